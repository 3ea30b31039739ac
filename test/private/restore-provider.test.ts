import { Stack } from 'aws-cdk-lib';
import { RestorePoint, RestoredDatabaseCluster } from '../../src';
import { Statement, aStack, actionsOf, resourcesOf, templateOf } from '../support/constructs';
import { leastProps } from '../support/restored-clusters';

/** A stack with two restored clusters, of which one is found by a restore point. */
function withRestores(): Stack {
  const stack = aStack();
  const props = leastProps(stack);
  const restorePoint = new RestorePoint(stack, 'Point', { clusterIdentifier: 'orders' });
  new RestoredDatabaseCluster(stack, 'First', { ...props, restorePoint });
  new RestoredDatabaseCluster(stack, 'Second', { ...props, restorePoint });
  return stack;
}

function statementsOf(stack: Stack, role: 'OnEvent' | 'IsComplete'): Statement[] {
  const roles = Object.entries(templateOf(stack).findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith(`AuroraBackupRestores${role}`));
  expect(roles).toHaveLength(1);
  return roles[0][1].Properties.Policies.flatMap((policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement);
}

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

test('all restores of a stack share one provider, and need none of snapshots', () => {
  const handlers = Object.values(templateOf(withRestores()).findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties.Handler);

  expect(handlers.filter((handler) => handler.startsWith('index.')).sort()).toEqual(['index.restoreIsComplete', 'index.restoreOnEvent']);
});

test('the first function may do nothing, and the second looks and keeps records: neither makes or deletes anything of RDS', () => {
  const stack = withRestores();

  expect(statementsOf(stack, 'OnEvent').flatMap(actionsOf).sort()).toEqual(LOG);
  expect(statementsOf(stack, 'IsComplete').flatMap(actionsOf).sort()).toEqual([
    'cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks', ...LOG,
    'rds:DescribeDBClusterAutomatedBackups', 'rds:DescribeDBClusterSnapshots', 'rds:DescribeDBClusters',
    'ssm:DeleteParameters', 'ssm:GetParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter',
  ]);
});

test('records are those of the stack: no other is read, written or removed', () => {
  const ofRecords = statementsOf(withRestores(), 'IsComplete').filter((statement) => actionsOf(statement).includes('ssm:DeleteParameters'));

  expect(resourcesOf(...ofRecords)).toEqual([expect.stringMatching(/:parameter\/cdk-aurora-backup\/cab-[0-9a-f]{8}\/\*$/)]);
});

test('its rights refer to nothing that is declared, so that whatever is restored may wait for it', () => {
  const stack = withRestores();
  const declared = Object.keys(templateOf(stack).toJSON().Resources).filter((id) => !id.startsWith('AuroraBackup'));
  const ofRestores = statementsOf(stack, 'IsComplete').filter((statement) => !actionsOf(statement).some((action) => LOG.includes(action)));

  for (const id of declared) {
    expect(JSON.stringify(ofRestores)).not.toContain(`"${id}"`);
  }
  expect(declared.length).toBeGreaterThan(0);
});
