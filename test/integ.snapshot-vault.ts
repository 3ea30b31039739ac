/**
 * A vault with everything, and an alarm. On its own it shows that AWS takes the template: the bus and its policy, rules to another account, names and
 * paths, the key that refuses deployments; and that its hourly work goes well when there is nothing to do.
 *
 * `npx integ-runner --language typescript --update-on-failed` deploys it to a real account and destroys it; the key stays, as that of a vault does, and
 * is to be deleted by hand. Without an account only the templates are compared (`npm run test:integ`).
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AuroraBackupDefaults, RetentionPolicy, SnapshotVault } from '../src';
import { vaultOwner } from '../src/core/vault/vault-ownership';

/** No accounts of anybody: receipts would go nowhere, and nothing is ever taken in. */
const SOURCE = '111122223333';
const RECOVERY = '444455556666';

const app = new App({
  // The committed snapshot would hold the paths of the machine that wrote it.
  postCliContext: { 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true },
});
const stack = new Stack(app, 'SnapshotVaultIntegration');
AuroraBackupDefaults.of(stack).configure({ removalPolicy: RemovalPolicy.DESTROY });

const vault = new SnapshotVault(stack, 'Vault', {
  vaultName: 'snapshot-vault-integ',
  sources: [{ accountId: SOURCE, regions: ['eu-west-1', 'eu-west-2'], clusters: ['orders'] }],
  encryptionKey: new kms.Key(stack, 'Key'),
  retention: RetentionPolicy.keepFor(Duration.days(35)),
  minimumRetention: Duration.days(7),
  recoveryAccounts: [RECOVERY],
});
vault.alarmOnNewestCopyAge('TooOld', { maximumAge: Duration.hours(36) });
vault.alarmOnRefusedAdmission('Refused');

const test = new IntegTest(app, 'Test', { testCases: [stack] });
const sweep = test.assertions.awsApiCall('StepFunctions', 'startExecution', {
  stateMachineArn: stack.formatArn({
    service: 'states', resource: 'stateMachine', resourceName: `${vaultOwner(vault.vaultName)}-sweep`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  }),
  input: '{}',
});
test.assertions
  .awsApiCall('StepFunctions', 'describeExecution', { executionArn: sweep.getAttString('executionArn') })
  .expect(ExpectedResult.objectLike({ status: 'SUCCEEDED' }))
  .waitForAssertions({ totalTimeout: Duration.minutes(10), interval: Duration.seconds(20) });
