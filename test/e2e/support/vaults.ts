import { ModifyDBClusterSnapshotAttributeCommand } from '@aws-sdk/client-rds';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Declaration, DeployedStack } from './deployed-stack';
import { E2e } from './e2e';
import { LogLine, readLogs } from './logs';
import { AT_THREE, FIRST_NOON, HOUR, MINUTE, run } from './plans';
import { clusterOf, snapshotArn } from './subjects';
import { SnapshotFacts } from '../../../local/local-aws';
import { ACCOUNT, HERE, THERE } from '../../local/world';
import { AuroraBackupPlan, AuroraBackupPlanProps, RetentionPolicy, SnapshotVault, SnapshotVaultProps } from 'cdk-aurora-backup';

export const VAULT_ACCOUNT = '222222222222';
export const RECOVERY_ACCOUNT = '333333333333';
/** Of somebody who has nothing to do with any of it. */
export const FOREIGN_ACCOUNT = '444444444444';

export const VAULT_NAME = 'shop-vault';
export const VAULT_BUS = `arn:aws:events:${THERE}:${VAULT_ACCOUNT}:event-bus/${VAULT_NAME}`;

export const ANNOUNCEMENT = 'Aurora Backup Snapshot Announcement';
export const RECEIPT = 'Aurora Backup Vault Receipt';
export const RELEASE = 'Aurora Backup Vault Release';

/** How long a copy takes; and a run, until the vault has answered and the plan has seen it. */
export const COPY_SECONDS = 10 * MINUTE;
export const UNTIL_STORED = 2 * HOUR;

/** The tag with which a snapshot remembers how far the vault is with it. */
export const VAULT_TAG = `cdk-aurora-backup:vault/${VAULT_ACCOUNT}/${THERE}/${VAULT_NAME}`;

type Props<P> = Partial<P> | ((stack: Stack) => Partial<P>);

/** A plan that backs up `orders` into the vault. The tests start its runs. */
export function shopWith(props: Props<AuroraBackupPlanProps> = {}): Declaration {
  return (stack) => {
    const key = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.RETAIN });
    const orders = new rds.CfnDBCluster(stack, 'Orders', {
      dbClusterIdentifier: 'orders',
      engine: 'aurora-postgresql',
      masterUsername: 'postgres',
      masterUserPassword: 'not-a-secret',
      storageEncrypted: true,
      kmsKeyId: key.keyArn,
    });
    orders.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const plan = new AuroraBackupPlan(stack, 'Plan', {
      planName: 'gold',
      schedule: AT_THREE,
      enabled: false,
      retention: RetentionPolicy.keepLast(1),
      vaults: [SnapshotVault.fromEventBusArn(stack, 'Vault', VAULT_BUS)],
      ...(typeof props === 'function' ? props(stack) : props),
    });
    plan.addCluster(clusterOf(stack, 'orders'), { clusterEncryptionKey: key });
  };
}

/** A vault that takes what account and Region of the shop share with it. */
export function vaultWith(props: Props<SnapshotVaultProps> = {}): Declaration {
  return (stack) => {
    const vault = new SnapshotVault(stack, 'Vault', {
      vaultName: VAULT_NAME,
      sources: [{ accountId: ACCOUNT, regions: [HERE] }],
      encryptionKey: new kms.Key(stack, 'Key', { alias: 'alias/vault', removalPolicy: RemovalPolicy.RETAIN }),
      retention: RetentionPolicy.keepFor(Duration.days(35)),
      recoveryAccounts: [RECOVERY_ACCOUNT],
      ...(typeof props === 'function' ? props(stack) : props),
    });
    new CfnOutput(stack, 'LockPolicy', { value: stack.toJsonString(vault.lockPolicy) });
  };
}

/** The shop and the vault, each in its account and Region. */
export interface Sides {
  readonly shop: DeployedStack;
  readonly vault: DeployedStack;
}

/** Begins at noon with both sides deployed. */
export async function beginWithVault(aws: E2e, vault: Props<SnapshotVaultProps> = {}, shop: Props<AuroraBackupPlanProps> = {}): Promise<Sides> {
  await aws.local.clock({ speed: 0, at: FIRST_NOON });
  await aws.local.settings({ snapshotSeconds: MINUTE, copySeconds: COPY_SECONDS, defaultEncryption: 'none' });
  const sides = { shop: aws.stack(), vault: aws.stack('Vault', THERE, VAULT_ACCOUNT) };
  for (const [stack, declared] of [[sides.shop, shopWith(shop)], [sides.vault, vaultWith(vault)]] as const) {
    const { status, reasons } = await stack.deploy(declared);
    expect({ status, reasons }).toEqual({ status: 'CREATE_COMPLETE', reasons: [] });
  }
  return sides;
}

/** A run of the plan by hand, and all that follows until the vault has answered. */
export async function backUp(aws: E2e, name: string, seconds: number = UNTIL_STORED): Promise<void> {
  await run(aws, name, seconds);
}

/** The copies of the vault in a Region, oldest first. */
export async function vaultCopies(aws: E2e, region: string = THERE): Promise<SnapshotFacts[]> {
  return (await aws.made(region)).filter(({ DBClusterSnapshotArn, Tags }) => (
    DBClusterSnapshotArn.split(':')[4] === VAULT_ACCOUNT && Tags['cdk-aurora-backup:vault'] === VAULT_NAME));
}

/** What the vault was given, oldest first: the identifiers of the sources of its finished copies. */
export async function stored(aws: E2e, region: string = THERE): Promise<string[]> {
  return (await vaultCopies(aws, region)).filter(({ Status }) => Status === 'available')
    .map(({ Tags }) => Tags['cdk-aurora-backup:source'].split(':').at(-1)!);
}

/** What the plan has taken, oldest first. */
export async function taken(aws: E2e): Promise<SnapshotFacts[]> {
  return (await aws.made()).filter(({ Tags }) => Tags['cdk-aurora-backup:plan'] === 'gold');
}

/** How far the vault is with each snapshot of the plan, as these remember it, oldest first. */
export async function remembered(aws: E2e): Promise<string[]> {
  return (await taken(aws)).map(({ Tags }) => Tags[VAULT_TAG]);
}

/** What the functions of the vault have written, oldest first. */
export async function vaultLogs(aws: E2e): Promise<LogLine[]> {
  return readLogs(aws.world, THERE, VAULT_ACCOUNT);
}

/** How often a metric of the vault was told, in sum. */
export async function vaultMetric(aws: E2e, name: string): Promise<number> {
  return (await vaultLogs(aws)).filter((line) => line._aws !== undefined && line.Vault === VAULT_NAME && line[name] !== undefined)
    .reduce((sum, line) => sum + line[name], 0);
}

/** The receipts that the vault has sent, oldest first. */
export async function receipts(aws: E2e): Promise<any[]> {
  return eventsInTheVault(aws, RECEIPT);
}

/** The announcements that have reached the vault, oldest first. */
export async function heard(aws: E2e): Promise<any[]> {
  return eventsInTheVault(aws, ANNOUNCEMENT);
}

/** What the vault has told of giving copies back, oldest first. */
export async function releases(aws: E2e): Promise<any[]> {
  return eventsInTheVault(aws, RELEASE);
}

async function eventsInTheVault(aws: E2e, detailType: string): Promise<any[]> {
  const events = await aws.local.events({ account: VAULT_ACCOUNT, region: THERE });
  return events.filter(({ DetailType }) => DetailType === detailType).map(({ Detail }) => Detail);
}

/** Somebody in the account of the vault starts a release. Answers the ARN of its execution. */
export async function release(aws: E2e, request: object): Promise<string> {
  const { stateMachines } = await vaultStates(aws, 'ListStateMachines');
  const { stateMachineArn } = stateMachines.find(({ name }: { name: string }) => name.endsWith('-release'));
  return (await vaultStates(aws, 'StartExecution', { stateMachineArn, input: JSON.stringify(request) })).executionArn;
}

export async function vaultStates(aws: E2e, operation: string, input: object = {}): Promise<any> {
  return aws.world.json('states', `AWSStepFunctions.${operation}`, input, THERE, VAULT_ACCOUNT);
}

/** Somebody puts an event on a bus, with the rights of the root of an account. Answers what EventBridge said: undefined, or the code of its refusal. */
export async function putEvent(
  aws: E2e, account: string, event: { bus: string; detailType: string; detail: object; source?: string }, region: string = event.bus.split(':')[3],
): Promise<string | undefined> {
  const answer = await aws.world.json('events', 'AWSEvents.PutEvents', {
    Entries: [{ Source: event.source ?? 'cdk-aurora-backup', DetailType: event.detailType, Detail: JSON.stringify(event.detail), EventBusName: event.bus }],
  }, region, account);
  return answer.__type ?? answer.Entries[0].ErrorCode;
}

/** An announcement on the bus of the vault. */
export async function announce(aws: E2e, account: string, announced: string): Promise<string | undefined> {
  return putEvent(aws, account, {
    bus: VAULT_BUS,
    detailType: ANNOUNCEMENT,
    detail: { version: '1', vault: VAULT_BUS, snapshotArn: announced, planName: 'gold', run: 'forged' },
  });
}

/** A snapshot that somebody has made by hand and shares with the vault. */
export async function sharedByHand(aws: E2e, identifier: string, { account = ACCOUNT, cluster = 'orders', region = HERE } = {}): Promise<string> {
  await aws.local.seedSnapshot({ cluster, region, account, type: 'manual', identifier });
  await share(aws, identifier, { account, region });
  return snapshotArn(identifier, region, account);
}

export async function share(
  aws: E2e, identifier: string, { account = ACCOUNT, region = HERE, remove = false, with: grantee = VAULT_ACCOUNT } = {},
): Promise<void> {
  await aws.world.rds(region, account).send(new ModifyDBClusterSnapshotAttributeCommand({
    DBClusterSnapshotIdentifier: identifier, AttributeName: 'restore', [remove ? 'ValuesToRemove' : 'ValuesToAdd']: [grantee],
  }));
}
