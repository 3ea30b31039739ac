/**
 * The account in which nobody works: a vault fetches the snapshots of the shop, keeps them for 90 days under a key of its own, and each at least for 30
 * whatever is deployed later. Whoever administers the organization attaches the lock policy to the account. The app of the shop is in ../source.
 *
 *   cdk deploy
 */
import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { RetentionPolicy, SnapshotVault } from 'cdk-aurora-backup';

const SHOP = '444455556666';
const RECOVERY = '999900001111';

class Vault extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const vault = new SnapshotVault(this, 'Vault', {
      vaultName: 'shop-vault',
      sources: [{ accountId: SHOP, regions: ['eu-west-1'], clusters: ['orders'] }],
      encryptionKey: new kms.Key(this, 'Key', { enableKeyRotation: true }),
      retention: RetentionPolicy.keepFor(Duration.days(90)),
      minimumRetention: Duration.days(30),
      recoveryAccounts: [RECOVERY],
    });

    const wakeSomebody = new actions.SnsAction(new sns.Topic(this, 'Alarms', { enforceSSL: true }));
    vault.alarmOnNewestCopyAge('TooOld', { maximumAge: Duration.hours(36) }).addAlarmAction(wakeSomebody);
    vault.alarmOnRefusedAdmission('Refused').addAlarmAction(wakeSomebody);

    // Where whoever administers the organization fetches the service control policy, and compares it with that of the reviewed template, because an
    // administrator of this account could change it here. A standard parameter is too small for it.
    new ssm.StringParameter(this, 'LockPolicy', {
      parameterName: '/shop-vault/lock-policy',
      tier: ssm.ParameterTier.ADVANCED,
      stringValue: this.toJsonString(vault.lockPolicy),
    });
  }
}

export const app = new App();
new Vault(app, 'Vault', { env: { account: '777788889999', region: 'eu-central-1' } });
