import { Aspects, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ClusterSnapshot, ClusterSnapshotCopy, RestoreGuard } from '../../src';
import { ownerOf } from '../../src/core/identifiers';
import {
  HelperRole, Statement, aStack, actionsOf, anApp, asText, importedCluster, newCluster, resourcesOf, stackIn, statementsFor, statementsOf,
} from '../support/constructs';

const OWNER = ownerOf('Orders');
const HERE = '${AWS::Region}:${AWS::AccountId}';
const SOURCE = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:rds:orders-2026';

const OWNER_IN_REQUEST = { StringEquals: { 'aws:RequestTag/cdk-aurora-backup:owner': OWNER } };
const MADE_BY_THE_STACK = {
  'aws:ResourceTag/cdk-aurora-backup:owner': OWNER,
  // Stacks of one name in two Regions share the owner.
  'aws:ResourceTag/cdk-aurora-backup:stack': { Ref: 'AWS::StackId' },
};
const OWNER_ON_RESOURCE = { StringEquals: MADE_BY_THE_STACK };
const OWNER_ON_CHOSEN = { StringEquals: { ...MADE_BY_THE_STACK, 'aws:ResourceTag/cdk-aurora-backup:explicit-identifier': 'true' } };

function take(stack: Stack, cluster = importedCluster(stack), props: { snapshotIdentifier?: string } = {}, id = 'Snapshot'): ClusterSnapshot {
  return new ClusterSnapshot(stack, id, { cluster, ...props });
}

function copy(stack: Stack, props: { region?: string; targetIdentifier?: string } = {}, id = 'Copy', arn = SOURCE): ClusterSnapshotCopy {
  return new ClusterSnapshotCopy(stack, id, { source: ClusterSnapshot.fromSnapshotArn(stack, `${id}Source`, arn), ...props });
}

function stackWithBoth(): Stack {
  const stack = aStack();
  take(stack);
  copy(stack, { region: 'eu-central-1' });
  return stack;
}

const allActions = (stack: Stack, role: HelperRole) => [...new Set(statementsOf(stack, role).flatMap(actionsOf))].sort();
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

describe('what each function may do', () => {
  const stack = stackWithBoth();

  test('the start makes, tags and shares, and never deletes', () => {
    expect(allActions(stack, 'Start')).toEqual([
      'cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks', 'kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt',
      'kms:GenerateDataKey*', 'kms:ReEncrypt*', ...LOG, 'rds:AddTagsToResource', 'rds:CopyDBClusterSnapshot', 'rds:CreateDBClusterSnapshot', 'rds:CrossRegionCommunication',
      'rds:DescribeDBClusterSnapshotAttributes', 'rds:DescribeDBClusterSnapshots', 'rds:DescribeDBClusters', 'rds:DescribeExportTasks',
      'rds:ModifyDBClusterSnapshotAttribute', 'rds:RemoveTagsFromResource',
    ]);
  });

  test('the cancel deletes and cancels, and never tags nor makes', () => {
    expect(allActions(stack, 'Cancel')).toEqual([
      ...LOG, 'rds:CancelExportTask', 'rds:DeleteDBClusterSnapshot', 'rds:DescribeDBClusterSnapshots', 'rds:DescribeExportTasks',
    ]);
  });

  test('the look looks and calls the two others', () => {
    expect(allActions(stack, 'IsComplete')).toEqual(['lambda:InvokeFunction', ...LOG, 'rds:DescribeDBClusterSnapshots', 'rds:DescribeExportTasks']);
    expect(resourcesOf(...statementsFor(stack, 'IsComplete', 'lambda:InvokeFunction'))).toEqual([
      expect.stringMatching(/^\$\{AuroraBackupOperationsStart\w+\.Arn\}$/), expect.stringMatching(/^\$\{AuroraBackupOperationsCancel\w+\.Arn\}$/),
    ]);
  });

  test('the first call has no rights but to write its log', () => {
    expect(allActions(stack, 'OnEvent')).toEqual(LOG);
  });

  test.each<HelperRole>(['Start', 'Cancel', 'IsComplete', 'OnEvent'])('%s writes to the log group of the library and no other', (role) => {
    expect(resourcesOf(...statementsFor(stack, role, 'logs:PutLogEvents'))).toEqual([expect.stringMatching(/^\$\{AuroraBackupOperationsLogs\w+\.Arn\}$/)]);
  });

  // RDS knows no resource for canceling an export: whose it is, is checked in code. What the guide asks for of the key of another account has wildcards.
  test.each<[HelperRole, string[], string[]]>([
    ['Start', [], ['kms:GenerateDataKey*', 'kms:ReEncrypt*']], ['Cancel', ['rds:CancelExportTask'], []], ['IsComplete', [], []], ['OnEvent', [], []],
  ])('%s has nothing on all resources but %j, and no action with a wildcard but %j', (role, onAll, wildcards) => {
    expect(statementsOf(stack, role).filter((statement) => resourcesOf(statement).includes('*')).flatMap(actionsOf)).toEqual(onAll);
    expect(allActions(stack, role).filter((action) => action.includes('*'))).toEqual(wildcards);
  });

  test('stacks are looked at one by one: only our own', () => {
    expect(resourcesOf(...statementsFor(stack, 'Start', 'cloudformation:DescribeStacks'))).toEqual(['${AWS::StackId}']);
  });
});

describe('the right to deal with what we made is constant', () => {
  const constant = (stack: Stack) => [
    ...statementsFor(stack, 'Cancel', 'rds:DeleteDBClusterSnapshot'),
    ...statementsFor(stack, 'Start', 'rds:RemoveTagsFromResource'),
    ...statementsFor(stack, 'Cancel', 'rds:DescribeDBClusterSnapshots'),
    ...statementsFor(stack, 'Cancel', 'rds:CancelExportTask'),
  ];

  test('by our prefix and our tag, in any Region; or, for chosen identifiers, by a second tag', () => {
    expect(statementsFor(stackWithBoth(), 'Cancel', 'rds:DeleteDBClusterSnapshot').map((statement) => [resourcesOf(statement), statement.Condition])).toEqual([
      [[`arn:\${AWS::Partition}:rds:*:\${AWS::AccountId}:cluster-snapshot:${OWNER}-*`], OWNER_ON_RESOURCE],
      [['arn:${AWS::Partition}:rds:*:${AWS::AccountId}:cluster-snapshot:*'], OWNER_ON_CHOSEN],
    ]);
  });

  test('exports are canceled whatever is declared, and whose they are is for the code to check', () => {
    expect(statementsFor(stackWithBoth(), 'Cancel', 'rds:CancelExportTask').map((statement) => [actionsOf(statement), resourcesOf(statement)])).toEqual([
      [['rds:CancelExportTask'], ['*']],
    ]);
  });

  test.each<HelperRole>(['Start', 'Cancel', 'IsComplete'])('%s lists snapshots and export tasks of the account in any Region', (role) => {
    const [resources, ...others] = statementsFor(stackWithBoth(), role, 'rds:DescribeExportTasks').map((statement) => resourcesOf(statement));

    expect(others).toEqual([]);
    // A list of export tasks may also hold those of instances.
    expect(resources).toEqual(['cluster-snapshot', 'cluster', 'snapshot'].map((type) => `arn:\${AWS::Partition}:rds:*:\${AWS::AccountId}:${type}:*`));
  });

  test('tags are changed on nothing else, but for the claim on what the stack shares', () => {
    expect(statementsFor(stackWithBoth(), 'Start', 'rds:RemoveTagsFromResource').map(({ Condition }) => Condition))
      .toEqual([OWNER_ON_RESOURCE, OWNER_ON_CHOSEN, expect.objectContaining({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cdk-aurora-backup:shared-by'] } })]);
  });

  test('whatever is declared now: CloudFormation narrows policies before it cleans up', () => {
    const little = aStack();
    take(little);
    const much = aStack();
    copy(much, { region: 'eu-central-1', targetIdentifier: 'chosen' });
    copy(much, { region: 'us-east-1' }, 'Another');

    expect(constant(much)).toEqual(constant(little));
  });
});

/** A call that makes needs both: a right on what exists, and one on what it makes, which has to bear our tag. */
function rightsTo(action: string, stack: Stack) {
  const statements = statementsFor(stack, 'Start', action);
  const making = statements.filter(({ Condition }) => Condition !== undefined);
  expect(making.map(({ Condition }) => Condition)).toEqual(making.map(() => OWNER_IN_REQUEST));
  return { from: resourcesOf(...statements.filter(({ Condition }) => Condition === undefined)), to: resourcesOf(...making) };
}

describe('the right to take snapshots', () => {
  const taking = (stack: Stack) => rightsTo('rds:CreateDBClusterSnapshot', stack);

  test('is of the cluster, for snapshots with our prefix and our tag', () => {
    const stack = aStack();
    take(stack);

    expect(taking(stack)).toEqual({
      from: [`arn:\${AWS::Partition}:rds:${HERE}:cluster:orders`], to: [`arn:\${AWS::Partition}:rds:${HERE}:cluster-snapshot:${OWNER}-*`],
    });
  });

  test('names clusters and chosen identifiers in lower case, as RDS stores them', () => {
    const stack = aStack();
    take(stack, importedCluster(stack, 'Orders'), { snapshotIdentifier: 'Chosen' });

    expect(taking(stack)).toEqual({ from: [expect.stringMatching(/:cluster:orders$/)], to: [expect.stringMatching(/:cluster-snapshot:chosen$/)] });
  });

  test('names a cluster of the stack by its reference, if CloudFormation makes up its identifier', () => {
    const stack = aStack();
    take(stack, newCluster(stack));

    expect(taking(stack).from).toEqual([expect.stringMatching(/:cluster:\$\{Cluster\w+\}$/)]);
  });

  describe('names it by its identifier, where that is known', () => {
    const resourceIn = (stack: Stack) => stack.node.findChild('Cluster').node.defaultChild as rds.CfnDBCluster;

    test.each<[how: string, state: (stack: Stack) => void]>([
      ['as a prop', (stack) => { resourceIn(stack).dbClusterIdentifier = 'Orders'; }],
      ['as an override', (stack) => resourceIn(stack).addPropertyOverride('DBClusterIdentifier', 'Orders')],
      ['by an Aspect', (stack) => Aspects.of(stack).add({
        visit: (node) => Object.assign(node === resourceIn(stack) ? node : {}, { dbClusterIdentifier: 'Orders' }),
      })],
      ['as a prop that a guard watches over', (stack) => {
        resourceIn(stack).dbClusterIdentifier = 'Orders';
        RestoreGuard.protect(stack.node.findChild('Cluster'));
      }],
      ['as an override that a guard watches over', (stack) => {
        resourceIn(stack).addPropertyOverride('DBClusterIdentifier', 'Orders');
        RestoreGuard.protect(stack.node.findChild('Cluster'));
      }],
    ])('%s', (_, state) => {
      const stack = aStack();
      take(stack, newCluster(stack));
      state(stack);

      expect(taking(stack).from).toEqual([`arn:\${AWS::Partition}:rds:${HERE}:cluster:orders`]);
    });

    test.each<[how: string, state: (stack: Stack) => void]>([
      ['as a prop', (stack) => { resourceIn(stack).dbClusterIdentifier = new CfnParameter(stack, 'Name').valueAsString; }],
      ['as an override', (stack) => resourceIn(stack).addPropertyOverride('DBClusterIdentifier', { Ref: new CfnParameter(stack, 'Name').logicalId })],
      ['as an override that a guard watches over', (stack) => {
        resourceIn(stack).dbClusterIdentifier = 'former';
        resourceIn(stack).addPropertyOverride('DBClusterIdentifier', { Ref: new CfnParameter(stack, 'Name').logicalId });
        RestoreGuard.protect(stack.node.findChild('Cluster'));
      }],
    ])('but not by what only the deploy knows (%s)', (_, state) => {
      const stack = aStack();
      take(stack, newCluster(stack));
      state(stack);

      expect(taking(stack).from).toEqual([expect.stringMatching(/:cluster:\$\{Cluster\w+\}$/)]);
    });
  });

  test('goes with the right to look at the same clusters, and to tag what is made', () => {
    const stack = aStack();
    take(stack);

    expect(resourcesOf(...statementsFor(stack, 'Start', 'rds:DescribeDBClusters'))).toEqual(taking(stack).from);
    expect(statementsFor(stack, 'Start', 'rds:AddTagsToResource').filter(({ Condition }) => JSON.stringify(Condition).includes('RequestTag')))
      .toEqual([expect.objectContaining({ Action: ['rds:AddTagsToResource', 'rds:CreateDBClusterSnapshot'] })]);
  });

  test('is not there for a stack that only copies', () => {
    const stack = aStack();
    copy(stack);

    expect(allActions(stack, 'Start')).not.toContain('rds:CreateDBClusterSnapshot');
    expect(allActions(stack, 'Start')).not.toContain('rds:DescribeDBClusters');
  });

  describe('of many clusters', () => {
    const withClusters = (count: number, name = (index: number) => `orders-${index}`) => {
      const stack = aStack();
      Array.from({ length: count }, (_, index) => take(stack, importedCluster(stack, name(index), `Cluster${index}`), {}, `Snapshot${index}`));
      return stack;
    };

    test('names up to 50', () => {
      expect(taking(withClusters(50)).from).toHaveLength(50);
    });

    test('and beyond that all at once, while what is made still needs our tag', () => {
      expect(taking(withClusters(51))).toEqual({
        from: [`arn:\${AWS::Partition}:rds:${HERE}:cluster:*`], to: [`arn:\${AWS::Partition}:rds:${HERE}:cluster-snapshot:${OWNER}-*`],
      });
    });

    test.each([[50, 63], [200, 63]])('stays within what IAM takes inline: %d clusters with names of %d characters', (count, length) => {
      const stack = withClusters(count, (index) => `orders-${index}-`.padEnd(length, 'x'));

      expect(sizeOf(statementsOf(stack, 'Start'))).toBeLessThan(10_240);
    });
  });

  test('one cluster with many triggers costs no further statement', () => {
    const one = aStack();
    take(one);
    const many = aStack();
    const cluster = importedCluster(many);
    [1, 2, 3].forEach((number) => take(many, cluster, {}, `Snapshot${number}`));

    expect(statementsOf(many, 'Start')).toEqual(statementsOf(one, 'Start'));
  });
});

describe('the right to copy', () => {
  const copying = (stack: Stack) => rightsTo('rds:CopyDBClusterSnapshot', stack);

  test('is of the source, for copies with our prefix and our tag in their Region', () => {
    const stack = aStack();
    copy(stack, { region: 'eu-central-1' });

    expect(copying(stack)).toEqual({
      from: [SOURCE], to: [`arn:\${AWS::Partition}:rds:eu-central-1:\${AWS::AccountId}:cluster-snapshot:${OWNER}-*`],
    });
  });

  test('names a source of the app by what its ARN will begin with: the resource itself would be a circle', () => {
    const stack = aStack();
    new ClusterSnapshotCopy(stack, 'Copy', { source: take(stack) });

    expect(copying(stack).from).toEqual([`arn:\${AWS::Partition}:rds:${HERE}:cluster-snapshot:${OWNER}-*`]);
  });

  test('names a chosen identifier', () => {
    const stack = aStack();
    copy(stack, { targetIdentifier: 'Chosen' });

    expect(copying(stack).to).toEqual([`arn:\${AWS::Partition}:rds:${HERE}:cluster-snapshot:chosen`]);
  });

  test('reaches across Regions only for sources elsewhere', () => {
    const within = stackIn('eu-west-1');
    copy(within);
    const across = stackIn('eu-west-1');
    copy(across, { region: 'eu-central-1' });

    expect(allActions(within, 'Start')).not.toContain('rds:CrossRegionCommunication');
    expect(resourcesOf(...statementsFor(across, 'Start', 'rds:CrossRegionCommunication'))).toEqual([SOURCE]);
  });

  test('lets a snapshot that another account shares be looked at, which its own account\'s pattern does not', () => {
    const shared = SOURCE.replace('111111111111', '222222222222');
    const stack = stackIn('eu-west-1');
    copy(stack, {}, 'Copy', shared);

    expect(resourcesOf(...statementsFor(stack, 'Start', 'rds:DescribeDBClusterSnapshots'))).toContain(shared);
  });

  test('of a copy of a copy reaches into the Region of the first copy', () => {
    const stack = stackIn('eu-west-1');
    const first = copy(stack, { region: 'eu-central-1' });
    new ClusterSnapshotCopy(stack, 'Second', { source: first, region: 'us-east-1' });

    expect(resourcesOf(...statementsFor(stack, 'Start', 'rds:CrossRegionCommunication'))).toContain(
      `arn:\${AWS::Partition}:rds:eu-central-1:111111111111:cluster-snapshot:${OWNER}-*`,
    );
  });

  test('of an ARN that is only known when the stack deploys names that', () => {
    const stack = aStack();
    const parameter = new CfnParameter(stack, 'Source').valueAsString;
    copy(stack, {}, 'Copy', parameter);

    expect(copying(stack).from).toEqual(['${Source}']);
  });

  test('of an imported value as well', () => {
    const stack = aStack();
    copy(stack, {}, 'Copy', Fn.importValue('SnapshotArn'));

    expect(copying(stack).from).toEqual([expect.stringContaining('SnapshotArn')]);
  });
});

describe('in another partition', () => {
  test('ARNs are those of the partition, where it is known', () => {
    const stack = stackIn('us-gov-west-1');
    take(stack);
    copy(stack, { region: 'us-gov-east-1' }, 'Copy', 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders');

    expect(resourcesOf(...statementsOf(stack, 'Start')).filter((arn) => arn.startsWith('arn:aws:'))).toEqual([]);
  });

  test('snapshots are taken in China too', () => {
    const stack = stackIn('cn-north-1');
    take(stack);

    expect(resourcesOf(...statementsFor(stack, 'Start', 'rds:CreateDBClusterSnapshot')).filter((arn) => arn.startsWith('arn:aws:'))).toEqual([]);
  });
});

test('an Aspect or another stack with the same construct ids has statements of its own', () => {
  const app = anApp();
  const [orders, billing] = ['Orders', 'Billing'].map((id) => aStack({ app, id }));
  [orders, billing].forEach((stack) => take(stack));

  expect(JSON.stringify(statementsOf(billing, 'Cancel'))).toContain(ownerOf('Billing'));
  expect(JSON.stringify(statementsOf(billing, 'Cancel'))).not.toContain(OWNER);
});

/** As IAM counts an inline policy, with the longest values that references can have. */
function sizeOf(statements: Statement[]): number {
  const resolved = statements.map((statement) => ({ ...statement, Effect: 'Allow', Resource: [statement.Resource].flat().map(asText) }));
  return JSON.stringify({ Statement: resolved, Version: '2012-10-17' })
    .replaceAll('${AWS::Partition}', 'aws-us-gov')
    .replaceAll('${AWS::Region}', 'ap-southeast-1')
    .replaceAll('${AWS::AccountId}', '111111111111')
    .length;
}
