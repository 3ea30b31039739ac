import { App, Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { clusters } from './clusters';
import { ELSEWHERE, HOME } from './shop';
import { AuroraBackupPlan, RetentionPolicy, SnapshotVault } from '../../src';
import { localSynthesizer } from '../cdk-cli';

export const SHOP = '111111111111';
export const VAULT = '222222222222';
export const RECOVERY = '333333333333';

export const RECOVERY_KEY = 'alias/recovery';

export const PLAN_NAME = 'shop-nightly';
export const VAULT_NAME = 'shop-vault';

/** The app of the shop, written as users write theirs. Only the synthesizer is for the local AWS. */
export function shopApp(outdir: string): App {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Shop', { env: { account: SHOP, region: HOME }, synthesizer: localSynthesizer() });
  const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  const { orders, billing } = clusters(stack, key, RemovalPolicy.DESTROY, key);

  const plan = new AuroraBackupPlan(stack, 'Plan', {
    planName: PLAN_NAME,
    schedule: ScheduleExpression.cron({ minute: '0', hour: '3', timeZone: TimeZone.EUROPE_PARIS }),
    retention: RetentionPolicy.keepLast(2),
    vaults: [SnapshotVault.fromEventBusArn(stack, 'Vault', `arn:aws:events:${ELSEWHERE}:${VAULT}:event-bus/${VAULT_NAME}`)],
  });
  for (const cluster of [orders, billing]) {
    plan.addCluster(cluster, { clusterEncryptionKey: key });
  }
  return app;
}

/** The app of the vault, likewise. It knows the shop by its account and Region only. */
export function vaultApp(outdir: string): App {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Vault', { env: { account: VAULT, region: ELSEWHERE }, synthesizer: localSynthesizer() });
  const vault = new SnapshotVault(stack, 'Vault', {
    vaultName: VAULT_NAME,
    sources: [{ accountId: SHOP, regions: [HOME] }],
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    retention: RetentionPolicy.keepFor(Duration.days(4)),
    minimumRetention: Duration.days(2),
    recoveryAccounts: [RECOVERY],
  });
  vault.alarmOnNewestCopyAge('TooOld', { maximumAge: Duration.hours(36) });
  return app;
}

/** What the account has in which the data is to come back: a key. */
export function recoveryApp(outdir: string): App {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Recovery', { env: { account: RECOVERY, region: ELSEWHERE }, synthesizer: localSynthesizer() });
  new kms.Key(stack, 'Key', { alias: RECOVERY_KEY, enableKeyRotation: true });
  return app;
}
