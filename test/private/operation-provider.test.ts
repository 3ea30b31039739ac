import { NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AuroraBackupDefaults, ClusterSnapshot, ClusterSnapshotCopy } from '../../src';
import { AuroraBackupDefaultsOptions } from '../../src/common/defaults';
import { ownerOf } from '../../src/core/identifiers';
import { OperationProvider } from '../../src/private/operation-provider';
import * as runtime from '../../src/runtime';
import { COPY, HelperRole, SNAPSHOT, aStack, anApp, asText, elementsOf, importedCluster, newCluster, propertiesOf, stackIn, templateOf } from '../support/constructs';

const HELPERS: HelperRole[] = ['Start', 'Cancel', 'IsComplete', 'OnEvent'];
const FUNCTION = 'AWS::Lambda::Function';

function snapshotsIn(stack: Stack, count = 1): ClusterSnapshot {
  const [first] = Array.from({ length: count }, (_, index) => new ClusterSnapshot(stack, `Snapshot${index}`, { cluster: importedCluster(stack, `orders${index}`) }));
  return first;
}

function withDefaults(options: (stack: Stack) => AuroraBackupDefaultsOptions): Stack {
  const stack = aStack();
  AuroraBackupDefaults.of(stack).configure(options(stack));
  snapshotsIn(stack);
  return stack;
}

/** The four functions of ours, without those of the Provider framework. */
function helpersOf(stack: Stack) {
  return Object.entries(templateOf(stack).findResources(FUNCTION))
    .filter(([, { Properties }]) => /^index\./.test(Properties.Handler))
    .map(([id, { Properties }]) => ({ id, ...Properties }));
}

/** All functions, also those of the framework: what concerns the network or keys concerns them too. */
const functionsOf = (stack: Stack) => Object.values(templateOf(stack).findResources(FUNCTION)).map(({ Properties }) => Properties);

describe('one stack', () => {
  test('has one provider, and a further resource adds no helper', () => {
    const one = aStack();
    snapshotsIn(one);
    const many = aStack();
    const source = snapshotsIn(many, 5);
    new ClusterSnapshotCopy(many, 'Copy', { source });
    const helpers = (stack: Stack) => Object.entries(templateOf(stack).toJSON().Resources)
      .filter(([, resource]) => ![SNAPSHOT, COPY].includes((resource as { Type: string }).Type))
      .map(([id]) => id);

    expect(helpers(many)).toEqual(helpers(one));
    expect(helpersOf(many)).toHaveLength(4);
  });

  test('has all its resources served by the same function', () => {
    const stack = aStack();
    const source = snapshotsIn(stack);
    new ClusterSnapshotCopy(stack, 'Copy', { source });

    expect(propertiesOf(stack, COPY).ServiceToken).toEqual(propertiesOf(stack, SNAPSHOT).ServiceToken);
  });

  test.each(['startWork', 'cancel', 'look', 'deployOnEvent'] as const)('has a function for %s, which the runtime exports', (handler) => {
    const stack = aStack();
    snapshotsIn(stack);

    templateOf(stack).hasResourceProperties(FUNCTION, { Handler: `index.${handler}`, Runtime: 'nodejs22.x' });
    expect(runtime[handler]).toBeInstanceOf(Function);
  });

  test('has all functions from one bundle', () => {
    const stack = aStack();
    snapshotsIn(stack);

    expect(new Set(helpersOf(stack).map(({ Code }) => JSON.stringify(Code))).size).toBe(1);
  });

  test('has a function that looks, which knows the names of the two that act and outlives their answers', () => {
    const stack = aStack();
    snapshotsIn(stack);
    const timeouts = Object.fromEntries(helpersOf(stack).map(({ Handler, Timeout }) => [Handler, Timeout]));

    templateOf(stack).hasResourceProperties(FUNCTION, {
      Handler: 'index.look',
      Environment: {
        Variables: {
          START_FUNCTION_NAME: { Ref: Match.stringLikeRegexp('^AuroraBackupOperationsStart') },
          CANCEL_FUNCTION_NAME: { Ref: Match.stringLikeRegexp('^AuroraBackupOperationsCancel') },
        },
      },
    });
    expect(timeouts['index.look']).toBeGreaterThan(timeouts['index.startWork']);
    expect(timeouts['index.look']).toBeGreaterThan(timeouts['index.cancel']);
  });

  test('waits a little longer than the handlers do, and not longer than CloudFormation', () => {
    const stack = aStack();
    snapshotsIn(stack);
    const definitions = Object.values(templateOf(stack).findResources('AWS::StepFunctions::StateMachine')).map(({ Properties }) => asText(Properties.DefinitionString));

    expect(definitions.filter((definition) => definition.includes('framework-isComplete-task'))).toEqual([expect.stringContaining('"IntervalSeconds":10,"MaxAttempts":360,"BackoffRate":1')]);
  });

  test('has no outputs', () => {
    const stack = aStack();
    new ClusterSnapshotCopy(stack, 'Copy', { source: snapshotsIn(stack) });

    expect(templateOf(stack).findOutputs('*')).toEqual({});
  });
});

describe('another stack', () => {
  test('has a provider and a prefix of its own', () => {
    const app = anApp();
    const [orders, billing] = ['Orders', 'Billing'].map((id) => aStack({ app, id }));
    [orders, billing].forEach((stack) => snapshotsIn(stack));

    expect(propertiesOf(orders, SNAPSHOT).Owner).toBe(ownerOf('Orders'));
    expect(propertiesOf(billing, SNAPSHOT).Owner).toBe(ownerOf('Billing'));
    expect(helpersOf(billing)).toHaveLength(4);
  });

  test('is known by its name, which moving it in the app does not change', () => {
    const moved = aStack({ id: 'Elsewhere', stackName: 'Orders' });
    snapshotsIn(moved);

    expect(propertiesOf(moved, SNAPSHOT).Owner).toBe(ownerOf('Orders'));
  });

  test('that is nested has its own, known by its place in the stack around it', () => {
    const stack = aStack();
    const nested = ['One', 'Two'].map((id) => new NestedStack(stack, id));
    nested.forEach((part) => snapshotsIn(part));

    expect(nested.map((part) => propertiesOf(part, SNAPSHOT).Owner)).toEqual([ownerOf('Orders/One'), ownerOf('Orders/Two')]);
    expect(stack.node.tryFindChild('AuroraBackupOperations')).toBeUndefined();
  });
});

test('a construct deep in a stack finds the provider of its stack', () => {
  const stack = aStack();
  const cluster = newCluster(stack);

  expect(OperationProvider.of(cluster)).toBe(OperationProvider.of(stack));
});

test('a stack without our constructs has no helpers', () => {
  const stack = aStack();
  importedCluster(stack);

  expect(elementsOf(stack)).toEqual([]);
});

describe('the log group', () => {
  test('is one for all functions, kept for three months, also after the stack is gone', () => {
    const stack = aStack();
    snapshotsIn(stack);

    templateOf(stack).resourceCountIs('AWS::Logs::LogGroup', 1);
    templateOf(stack).hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' });
    expect(functionsOf(stack).map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref)).toEqual(
      functionsOf(stack).map(() => expect.stringMatching(/^AuroraBackupOperationsLogs/)),
    );
  });

  test('has the retention and the removal policy of the defaults', () => {
    const stack = withDefaults(() => ({ logRetention: logs.RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.DESTROY }));

    templateOf(stack).hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 365 }, DeletionPolicy: 'Delete' });
  });
});

describe('the encryption key of the defaults', () => {
  const stack = withDefaults((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  const key = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };

  test('encrypts the log group', () => {
    expect(Object.values(templateOf(stack).findResources('AWS::Logs::LogGroup'))[0].Properties.KmsKeyId).toEqual(key);
  });

  test('encrypts the environment of every function', () => {
    for (const { KmsKeyArn } of functionsOf(stack)) {
      expect(KmsKeyArn).toEqual(key);
    }
  });

  test('is not that of snapshots', () => {
    expect(propertiesOf(stack, SNAPSHOT)).not.toHaveProperty('KmsKeyId');
  });
});

describe('the VPC of the defaults', () => {
  const subnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
  const stack = withDefaults((scope) => {
    const vpc = new ec2.Vpc(scope, 'Vpc', {
      maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'Isolated', ...subnets }, { name: 'Public', subnetType: ec2.SubnetType.PUBLIC }],
    });
    return { vpc, vpcSubnets: subnets, securityGroups: [new ec2.SecurityGroup(scope, 'Group', { vpc })] };
  });

  test('holds every function, in the subnets and groups that were given', () => {
    expect(functionsOf(stack).length).toBeGreaterThan(4);
    for (const { VpcConfig } of functionsOf(stack)) {
      expect(VpcConfig).toEqual({
        SubnetIds: [1, 2].map((number) => ({ Ref: expect.stringMatching(new RegExp(`^VpcIsolatedSubnet${number}`)) })),
        SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^Group/), 'GroupId'] }],
      });
    }
  });

  test('comes with the right to be in it', () => {
    for (const helper of HELPERS) {
      const [role] = Object.entries(templateOf(stack).findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith(`AuroraBackupOperations${helper}Role`));

      expect(role[1].Properties.ManagedPolicyArns.map(asText)).toEqual(['arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole']);
    }
  });

  test('is in nobody else\'s template', () => {
    const plain = aStack();
    snapshotsIn(plain);

    expect(functionsOf(plain).filter(({ VpcConfig }) => VpcConfig !== undefined)).toEqual([]);
    expect(JSON.stringify(templateOf(plain).toJSON())).not.toContain('AWSLambdaVPCAccessExecutionRole');
  });
});

test('the same app gives the same template twice', () => {
  const synthesize = () => {
    const stack = stackIn('eu-west-1');
    new ClusterSnapshotCopy(stack, 'Copy', { source: snapshotsIn(stack, 3), region: 'eu-central-1' });
    return templateOf(stack).toJSON();
  };

  expect(synthesize()).toEqual(synthesize());
});
