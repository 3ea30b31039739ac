import { Annotations as AckAnnotations, App, Aspects, CfnParameter, CfnResource, IAspect, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct, IConstruct } from 'constructs';
import { ClusterSnapshot, ClusterSnapshotProps } from '../../src';
import { CONTRACT_VERSION, parseRequest } from '../../src/core/resource-contract';
import { SNAPSHOT, aStack, anApp, importedCluster, messageOf, newCluster, propertiesOf, stackIn, templateOf } from '../support/constructs';

function take(stack: Stack, props: Partial<ClusterSnapshotProps> = {}, id = 'Snapshot'): ClusterSnapshot {
  return new ClusterSnapshot(stack, id, { cluster: props.cluster ?? importedCluster(stack), ...props });
}

const propertiesWith = (props: Partial<ClusterSnapshotProps>) => {
  const stack = aStack();
  take(stack, props);
  return propertiesOf(stack, SNAPSHOT);
};

const refusal = (props: Partial<ClusterSnapshotProps>, stack = aStack()) => messageOf(() => take(stack, props));

describe('the resource', () => {
  test('says what the handler needs to know, and nothing that was not asked for', () => {
    const { ServiceToken, Owner, WatchStateMachineArn, ...properties } = propertiesWith({});

    expect(properties).toEqual({
      ContractVersion: CONTRACT_VERSION, ClusterIdentifier: 'orders', RemovalPolicy: 'retain', Completion: 'fail', TimeoutMinutes: 50,
    });
    expect([ServiceToken, WatchStateMachineArn, Owner]).toEqual([expect.anything(), expect.anything(), expect.stringMatching(/^cab-[0-9a-f]{8}$/)]);
  });

  test('says all that was asked for', () => {
    expect(propertiesWith({ trigger: '2026-11', keepLast: 5, tags: { team: 'billing' }, removalPolicy: RemovalPolicy.DESTROY })).toMatchObject({
      Trigger: '2026-11', KeepLast: 5, Tags: { team: 'billing' }, RemovalPolicy: 'destroy',
    });
    expect(propertiesWith({ snapshotIdentifier: 'before-migration' })).toMatchObject({ SnapshotIdentifier: 'before-migration' });
  });

  test('says it in the words that the handler reads', () => {
    const properties = propertiesWith({ trigger: '2026-11', keepLast: 5, tags: { team: 'billing' } });
    const onTheWire = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, typeof value === 'number' ? String(value) : value]));

    expect(parseRequest(SNAPSHOT, onTheWire, 'eu-west-1')).toMatchObject({
      kind: 'take', clusterIdentifier: 'orders', trigger: '2026-11', keepLast: 5, tags: { team: 'billing' }, removal: 'retain', timeoutMinutes: 50,
    });
  });

  test('is always deleted by CloudFormation, so that the handler decides about the snapshot', () => {
    for (const removalPolicy of [RemovalPolicy.RETAIN, RemovalPolicy.DESTROY]) {
      const stack = aStack();
      take(stack, { removalPolicy });

      templateOf(stack).hasResource(SNAPSHOT, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    }
  });

  test('comes after the cluster and its instances', () => {
    const stack = aStack();
    take(stack, { cluster: newCluster(stack) });
    const [{ DependsOn }] = Object.values(templateOf(stack).findResources(SNAPSHOT));

    expect(DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^Cluster[0-9A-F]{8}$/), expect.stringMatching(/^ClusterWriter/)]));
  });

  test('gives the ARN and the identifier as attributes', () => {
    const stack = aStack();
    const snapshot = take(stack);

    expect(stack.resolve([snapshot.snapshotArn, snapshot.snapshotIdentifier])).toEqual(
      ['SnapshotArn', 'SnapshotIdentifier'].map((attribute) => ({ 'Fn::GetAtt': [expect.stringMatching(/^Snapshot/), attribute] })),
    );
  });

  test('knows the key when it is told, and lives in the Region of its stack', () => {
    const stack = stackIn('eu-west-1');
    const key = new kms.Key(stack, 'Key');

    expect(take(stack, { clusterEncryptionKey: key }).encryptionKey).toBe(key);
    expect(take(stack, { cluster: importedCluster(stack, 'billing') }, 'Other').encryptionKey).toBeUndefined();
    expect((stack.node.findChild('Snapshot') as ClusterSnapshot).env).toMatchObject({ region: 'eu-west-1', account: '111111111111' });
  });

  test('may be of a cluster whose identifier is only known when the stack deploys', () => {
    const stack = aStack();
    take(stack, { cluster: importedCluster(stack, new CfnParameter(stack, 'Name').valueAsString, 'Imported') });

    expect(propertiesOf(stack, SNAPSHOT).ClusterIdentifier).toEqual({ Ref: 'Name' });
  });
});

describe('props that cannot be right are refused at synth, with what to do', () => {
  test.each(['', '1st', 'a--b', 'a-', '-a', 'a_b', 'rds:a', 'a'.repeat(64)])('snapshotIdentifier: %j', (snapshotIdentifier) => {
    expect(refusal({ snapshotIdentifier })).toBe(
      '[Orders/Snapshot] snapshotIdentifier must be 1 to 63 letters, digits and hyphens, begin with a letter, not end with a hyphen '
      + `and have no two hyphens in a row, got '${snapshotIdentifier}'`,
    );
  });

  test('snapshotIdentifier with trigger', () => {
    expect(refusal({ snapshotIdentifier: 'chosen', trigger: '1' })).toMatch(/^\[Orders\/Snapshot\] snapshotIdentifier 'chosen' cannot be combined with trigger, .*; leave out one/);
  });

  test.each([0, 101, -1, 1.5, NaN])('keepLast: %d', (keepLast) => {
    expect(refusal({ keepLast, trigger: '1' })).toMatch(new RegExp(`keepLast must be a whole number from 1 to 100 .*, got ${keepLast}$`));
  });

  test.each<Partial<ClusterSnapshotProps>>([{}, { keepLast: 3 }])('an empty trigger, with %j', (props) => {
    expect(refusal({ trigger: '', ...props })).toBe("[Orders/Snapshot] trigger must not be empty, which would be the same as none, got ''; give any other text, or leave it out");
  });

  test('keepLast without trigger', () => {
    expect(refusal({ keepLast: 3 })).toMatch(/keepLast: 3 has no effect without trigger, .*; set trigger, or leave out keepLast$/);
  });

  test.each([RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('removalPolicy: %s', (removalPolicy) => {
    expect(refusal({ removalPolicy })).toMatch(new RegExp(`removalPolicy must be RemovalPolicy\\.RETAIN or RemovalPolicy\\.DESTROY, got '${removalPolicy}'`));
  });

  test('tags of our own', () => {
    expect(refusal({ tags: { 'cdk-aurora-backup:owner': 'me' } })).toMatch(/tags must not have keys that begin with 'cdk-aurora-backup:', got 'cdk-aurora-backup:owner'/);
  });

  test('a cluster of another engine', () => {
    const stack = aStack();
    const cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Neptune', {
      clusterIdentifier: 'graph', engine: { engineType: 'neptune', supportedLogTypes: [], bindToCluster: () => ({}), singleUserRotationApplication: undefined as never, multiUserRotationApplication: undefined as never },
    });

    expect(refusal({ cluster }, stack)).toBe("[Orders/Snapshot] cluster 'Orders/Neptune' runs 'neptune'; only aurora-mysql and aurora-postgresql are supported");
  });

  test('a cluster in another Region', () => {
    const app = anApp();
    const elsewhere = stackIn('eu-central-1', { app, id: 'Elsewhere' });

    expect(refusal({ cluster: importedCluster(elsewhere) }, stackIn('eu-west-1', { app }))).toBe(
      "[Orders/Snapshot] cluster 'Elsewhere/Imported-orders' is in eu-central-1 and the stack in eu-west-1; put the snapshot into a stack in eu-central-1",
    );
  });
});

test('a cluster in another account is refused at synth', () => {
  const app = anApp();
  const theirs = aStack({ app, id: 'Theirs', env: { account: '222222222222', region: 'eu-west-1' } });

  expect(refusal({ cluster: importedCluster(theirs) }, stackIn('eu-west-1', { app }))).toBe(
    "[Orders/Snapshot] cluster 'Theirs/Imported-orders' is in account 222222222222 and the stack in 111111111111; put the snapshot into a stack in 222222222222",
  );
});

describe('props that may be right are taken', () => {
  test.each([rds.DatabaseClusterEngine.AURORA_MYSQL, rds.DatabaseClusterEngine.AURORA_POSTGRESQL])('the engine $engineType', (engine) => {
    const stack = aStack();
    const cluster = rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', { clusterIdentifier: 'orders', engine });

    expect(() => take(stack, { cluster })).not.toThrow();
  });

  test.each([1, 100])('keepLast: %d', (keepLast) => {
    expect(propertiesWith({ keepLast, trigger: '1' })).toMatchObject({ KeepLast: keepLast });
  });

  test('what is only known when the stack deploys', () => {
    const stack = aStack();
    const text = new CfnParameter(stack, 'Text').valueAsString;
    const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    const cluster = importedCluster(stack);
    take(stack, { cluster, snapshotIdentifier: text });
    take(stack, { cluster, trigger: text, keepLast: number }, 'Other');

    templateOf(stack).hasResourceProperties(SNAPSHOT, { SnapshotIdentifier: { Ref: 'Text' } });
    templateOf(stack).hasResourceProperties(SNAPSHOT, { Trigger: { Ref: 'Text' }, KeepLast: { Ref: 'Number' } });
  });

  test('a cluster of a stack whose Region nobody knows yet', () => {
    const app = anApp();
    const elsewhere = aStack({ app, id: 'Elsewhere' });

    expect(() => take(stackIn('eu-west-1', { app }), { cluster: importedCluster(elsewhere) })).not.toThrow();
  });
});

describe('a trigger without keepLast', () => {
  const WARNING = Match.stringLikeRegexp('adds a manual snapshot that nothing deletes, and the quota is 100 .* set keepLast, or removalPolicy: RemovalPolicy\\.DESTROY');
  const annotated = (props: Partial<ClusterSnapshotProps>) => {
    const stack = aStack();
    take(stack, props);
    return Annotations.fromStack(stack);
  };

  test('is warned of, with the arithmetic of the quota', () => {
    annotated({ trigger: '1' }).hasWarning('/Orders/Snapshot', WARNING);
  });

  test('is no error, and can be acknowledged', () => {
    const stack = aStack();
    take(stack, { trigger: '1' });
    AckAnnotations.of(stack).acknowledgeWarning('cdk-aurora-backup:triggerWithoutKeepLast', 'the account is thrown away every week');

    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
  });

  test.each<[string, Partial<ClusterSnapshotProps>]>([
    ['with keepLast', { trigger: '1', keepLast: 3 }], ['under DESTROY', { trigger: '1', removalPolicy: RemovalPolicy.DESTROY }], ['without a trigger', {}],
  ])('is not warned of %s', (_, props) => {
    annotated(props).hasNoWarning('*', Match.anyValue());
  });
});

describe('takeBefore', () => {
  const dependenciesOf = (stack: Stack, type: string): string[] => Object.values(templateOf(stack).findResources(type))[0].DependsOn ?? [];

  test('makes what is named wait for the snapshot', () => {
    const stack = aStack();
    const migration = new CfnResource(stack, 'Migration', { type: 'Custom::Migration' });
    const other = new CfnResource(stack, 'Other', { type: 'Custom::Other' });
    take(stack).takeBefore(migration, other);

    for (const type of ['Custom::Migration', 'Custom::Other']) {
      expect(dependenciesOf(stack, type)).toContainEqual(expect.stringMatching(/^Snapshot[0-9A-F]{8}$/));
    }
  });

  test('makes a construct with all its resources wait', () => {
    const stack = aStack();
    const group = new Construct(stack, 'Group');
    new CfnResource(group, 'Migration', { type: 'Custom::Migration' });
    take(stack).takeBefore(group);

    expect(dependenciesOf(stack, 'Custom::Migration')).toContainEqual(expect.stringMatching(/^Snapshot/));
  });

  test('makes a resource of another stack wait, by making that stack wait', () => {
    const app = anApp();
    const [orders, migrations] = ['Orders', 'Migrations'].map((id) => aStack({ app, id }));
    take(orders).takeBefore(new CfnResource(migrations, 'Migration', { type: 'Custom::Migration' }));
    app.synth();

    expect(migrations.dependencies).toEqual([orders]);
  });

  describe('cannot put the snapshot', () => {
    const stack = aStack();
    const group = new Construct(stack, 'Group');
    const cluster = newCluster(group);
    const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster });

    test.each<[string, IConstruct, RegExp]>([
      ['before its own cluster', cluster, /before 'Orders\/Group\/Cluster', which belongs to the cluster .*Put the snapshot into a stack of its own, .* deploy that stack before this one/],
      ['before an instance of its own cluster', cluster.node.findChild('Writer'), /before 'Orders\/Group\/Cluster\/Writer', which belongs to the cluster/],
      ['before what holds the snapshot', stack, /before 'Orders', which contains the snapshot itself; name the constructs that have to wait/],
      ['before itself', snapshot, /which contains the snapshot itself/],
      ['before what holds the cluster', group, /before 'Orders\/Group', which contains the cluster that the snapshot is taken of; name the constructs/],
    ])('%s', (_, target, message) => {
      expect(messageOf(() => snapshot.takeBefore(target))).toMatch(message);
    });
  });
});

describe('applyRemovalPolicy', () => {
  test.each([[RemovalPolicy.DESTROY, 'destroy'], [RemovalPolicy.RETAIN, 'retain']])('%s reaches the handler', (policy, expected) => {
    const stack = aStack();
    take(stack).applyRemovalPolicy(policy);

    expect(propertiesOf(stack, SNAPSHOT).RemovalPolicy).toBe(expected);
    templateOf(stack).hasResource(SNAPSHOT, { DeletionPolicy: 'Delete' });
  });

  test('of anything else is refused', () => {
    expect(messageOf(() => take(aStack()).applyRemovalPolicy(RemovalPolicy.SNAPSHOT))).toContain("got 'snapshot'");
  });
});

describe('tags', () => {
  test.each<[string, (app: App, stack: Stack, snapshot: ClusterSnapshot) => IConstruct]>([
    ['app', (app) => app], ['stack', (_, stack) => stack], ['snapshot', (_app, _stack, snapshot) => snapshot],
  ])('of the %s reach the snapshot', (_, choose) => {
    const app = anApp();
    const stack = aStack({ app });
    const snapshot = take(stack, { tags: { stage: 'prod' } });
    Tags.of(choose(app, stack, snapshot)).add('team', 'billing');

    expect(propertiesOf(stack, SNAPSHOT).Tags).toEqual({ stage: 'prod', team: 'billing' });
  });

  test('can be kept away from snapshots by their resource type', () => {
    const stack = aStack();
    take(stack);
    Tags.of(stack).add('team', 'billing', { excludeResourceTypes: [SNAPSHOT] });

    expect(propertiesOf(stack, SNAPSHOT)).not.toHaveProperty('Tags');
  });
});

test('an Aspect reaches the snapshot and its resource', () => {
  const visited: string[] = [];
  const aspect: IAspect = { visit: (node) => visited.push(node.node.path) };
  const stack = aStack();
  take(stack);
  Aspects.of(stack).add(aspect);
  templateOf(stack);

  expect(visited).toEqual(expect.arrayContaining(['Orders/Snapshot', 'Orders/Snapshot/Resource', 'Orders/AuroraBackupOperations/StartRole']));
});

test('a platform team injects its own props', () => {
  const app = anApp({
    propertyInjectors: [{
      constructUniqueId: ClusterSnapshot.PROPERTY_INJECTION_ID,
      inject: (props: ClusterSnapshotProps) => ({ removalPolicy: RemovalPolicy.DESTROY, ...props }),
    }],
  });
  const stack = aStack({ app });
  take(stack);

  expect(propertiesOf(stack, SNAPSHOT)).toMatchObject({ RemovalPolicy: 'destroy' });
});

test('two snapshots of one cluster live beside each other', () => {
  const stack = aStack();
  const cluster = importedCluster(stack);
  take(stack, { cluster, trigger: '1', keepLast: 1 });
  take(stack, { cluster, trigger: '2', keepLast: 1 }, 'Other');

  templateOf(stack).resourceCountIs(SNAPSHOT, 2);
});

test('the logical id follows from the place in the tree, so that no release replaces the snapshots of users', () => {
  const stack = aStack();
  take(stack);

  expect(Object.keys(templateOf(stack).findResources(SNAPSHOT))).toEqual(['Snapshot86FBE57A']);
});
