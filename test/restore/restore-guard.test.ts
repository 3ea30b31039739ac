import { App, Aspects, CfnCondition, CfnParameter, Fn, IAspect, NestedStack, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { ClusterSnapshot, RestoreGuard, RestoredDatabaseCluster } from '../../src';
import { CREATE_ONLY_PROPERTIES } from '../../src/core/restore/restore-contract';
import { aStack, anApp, importedCluster, messageOf, templateOf } from '../support/constructs';

const GUARD = 'Custom::AuroraRestoreGuard';
const CLUSTER = 'AWS::RDS::DBCluster';
const ENGINE = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 });

interface Resource {
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
}

function only(stack: Stack, type: string): Resource & { readonly id: string } {
  const found = Object.entries(templateOf(stack).findResources(type));
  expect(found).toHaveLength(1);
  const [[id, resource]] = found;
  return { id, ...resource as unknown as Resource };
}

const clusterIn = (stack: Stack) => only(stack, CLUSTER).Properties;
const guardIn = (stack: Stack) => only(stack, GUARD).Properties;
const fromGuard = (stack: Stack, property: string) => ({ 'Fn::GetAtt': [only(stack, GUARD).id, property] });

function networkOf(stack: Stack) {
  return {
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  };
}

function restored(stack: Stack) {
  return new rds.DatabaseClusterFromSnapshot(stack, 'Cluster', {
    ...networkOf(stack), engine: ENGINE, snapshotIdentifier: 'orders-last', clusterIdentifier: 'orders',
  });
}

function cfnCluster(stack: Stack, props: Partial<rds.CfnDBClusterProps> = {}) {
  return new rds.CfnDBCluster(stack, 'Cluster', { engine: 'aurora-postgresql', ...props });
}

/** What fails when the app is synthesized. */
const refusalOf = (stack: Stack) => messageOf(() => (stack.node.root as App).synth());

describe('a cluster that is guarded', () => {
  test('takes from its guard what it cannot change, and waits for it', () => {
    const stack = aStack();
    RestoreGuard.protect(restored(stack));

    const { id, DependsOn, Properties } = only(stack, CLUSTER);
    expect(DependsOn).toContain(only(stack, GUARD).id);
    expect(Properties).toMatchObject({
      SnapshotIdentifier: fromGuard(stack, 'SnapshotIdentifier'),
      DBClusterIdentifier: fromGuard(stack, 'DBClusterIdentifier'),
      DBSubnetGroupName: fromGuard(stack, 'DBSubnetGroupName'),
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
    });
    expect(guardIn(stack)).toMatchObject({
      ContractVersion: 1,
      Values: { SnapshotIdentifier: 'orders-last', DBClusterIdentifier: 'orders', DBSubnetGroupName: { Ref: expect.stringMatching(/^ClusterSubnets/) } },
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      ClusterLogicalId: id,
      AllowReplacement: false,
    });
  });

  test('takes nothing that it does not have', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack, { availabilityZones: [] }));

    expect(clusterIn(stack)).toEqual({ Engine: 'aurora-postgresql' });
    expect(guardIn(stack).Values).toEqual({});
  });

  test('takes every property that cannot be changed, in the type that it has', () => {
    const stack = aStack();
    const cluster = cfnCluster(stack, {
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      clusterScalabilityType: 'standard',
      databaseName: 'shop',
      dbClusterIdentifier: 'orders',
      dbSubnetGroupName: 'inner',
      dbSystemId: 'A',
      engineMode: 'provisioned',
      kmsKeyId: 'alias/orders',
      publiclyAccessible: false,
      restoreToTime: '2026-11-22T12:00:00Z',
      restoreType: 'full-copy',
      snapshotIdentifier: 'last',
      sourceDbClusterIdentifier: 'billing',
      sourceRegion: 'eu-central-1',
      storageEncrypted: true,
      useLatestRestorableTime: true,
    });
    cluster.addPropertyOverride('SourceDbClusterResourceId', 'cluster-A');
    RestoreGuard.protect(cluster);

    expect(Object.keys(guardIn(stack).Values).sort()).toEqual([...CREATE_ONLY_PROPERTIES].sort());
    expect(guardIn(stack).Values).toMatchObject({ AvailabilityZones: 'eu-west-1a,eu-west-1b', StorageEncrypted: true, PubliclyAccessible: false });
    const { AvailabilityZones, ...others } = clusterIn(stack);
    expect(AvailabilityZones).toEqual({ 'Fn::Split': [',', fromGuard(stack, 'AvailabilityZones')] });
    CREATE_ONLY_PROPERTIES.filter((property) => property !== 'AvailabilityZones').forEach((property) => {
      expect([property, others[property]]).toEqual([property, fromGuard(stack, property)]);
    });
  });

  test('may be replaced when its user says so', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack), { allowReplacement: true });

    expect(guardIn(stack)).toMatchObject({ AllowReplacement: true });
  });

  test('has a guard of which nothing stays, whatever the app says of others', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack));

    expect(only(stack, GUARD)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('keeps its logical id, whether it is guarded or not', () => {
    const [stack, unguarded] = [aStack(), aStack()];
    RestoreGuard.protect(restored(stack));
    restored(unguarded);

    expect(only(stack, CLUSTER).id).toBe(only(unguarded, CLUSTER).id);
  });

  test('has the same guard, whichever class makes it', () => {
    const [stack, ofLibrary] = [aStack(), aStack()];
    RestoreGuard.protect(restored(stack));
    new RestoredDatabaseCluster(ofLibrary, 'Cluster', {
      ...networkOf(ofLibrary), engine: ENGINE, snapshot: ClusterSnapshot.fromSnapshotIdentifier(ofLibrary, 'Last', 'orders-last'),
    });

    expect(only(ofLibrary, GUARD).id).toBe(only(stack, GUARD).id);
  });

  test('has its guard under the same condition as itself', () => {
    const [stack, always] = [aStack(), aStack()];
    const cluster = cfnCluster(stack);
    RestoreGuard.protect(cluster);
    cluster.cfnOptions.condition = new CfnCondition(stack, 'Wanted');
    RestoreGuard.protect(cfnCluster(always));

    expect(only(stack, GUARD)).toMatchObject({ Condition: 'Wanted' });
    expect(only(always, GUARD)).not.toHaveProperty('Condition');
  });

  test('may be in a nested stack, whose own provider guards it', () => {
    const nested = new NestedStack(aStack(), 'Nested');
    RestoreGuard.protect(cfnCluster(nested, { snapshotIdentifier: 'last' }));

    expect(clusterIn(nested).SnapshotIdentifier).toEqual(fromGuard(nested, 'SnapshotIdentifier'));
  });

  test('may take values of another stack', () => {
    const app = anApp();
    const key = new kms.Key(aStack({ app, id: 'Keys' }), 'Key');
    const stack = aStack({ app });
    RestoreGuard.protect(cfnCluster(stack, { kmsKeyId: key.keyArn }));

    expect(guardIn(stack).Values.KmsKeyId).toEqual({ 'Fn::ImportValue': expect.stringContaining('Keys') });
  });
});

describe('what is set after the cluster is guarded', () => {
  const setting = (set: (cluster: rds.CfnDBCluster) => void): IAspect => ({
    visit: (node: IConstruct) => {
      if (node instanceof rds.CfnDBCluster) {
        set(node);
      }
    },
  });

  test('by an Aspect goes through the guard as well', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack));
    Aspects.of(stack).add(setting((cluster) => { cluster.storageEncrypted = true; }));

    expect(clusterIn(stack).StorageEncrypted).toEqual(fromGuard(stack, 'StorageEncrypted'));
    expect(guardIn(stack).Values).toEqual({ StorageEncrypted: true });
  });

  test.each([
    ['overridden', (cluster: rds.CfnDBCluster) => cluster.addPropertyOverride('SnapshotIdentifier', 'another')],
    ['taken away', (cluster: rds.CfnDBCluster) => cluster.addPropertyDeletionOverride('SnapshotIdentifier')],
    ['lost with all overrides', (cluster: rds.CfnDBCluster) => cluster.addOverride('Properties', {})],
  ])('behind its back is refused: a property %s', (_, change) => {
    const stack = aStack();
    const cluster = cfnCluster(stack, { snapshotIdentifier: 'last' });
    RestoreGuard.protect(cluster);
    change(cluster);

    expect(refusalOf(stack)).toMatch(/SnapshotIdentifier of a guarded cluster must not be overridden behind its guard.*set the property of the construct/);
  });

  test('was set before is taken over: an override, and one that takes a property away', () => {
    const stack = aStack();
    const cluster = cfnCluster(stack, { snapshotIdentifier: 'last', databaseName: 'shop' });
    cluster.addPropertyOverride('SnapshotIdentifier', 'another');
    cluster.addPropertyDeletionOverride('DatabaseName');
    RestoreGuard.protect(cluster);

    expect(guardIn(stack).Values).toEqual({ SnapshotIdentifier: 'another' });
    expect(clusterIn(stack)).toEqual({ Engine: 'aurora-postgresql', SnapshotIdentifier: fromGuard(stack, 'SnapshotIdentifier') });
  });

  test('an override of the engine and of its version, is what the guard looks at', () => {
    const stack = aStack();
    const cluster = cfnCluster(stack, { engineVersion: '16.4' });
    RestoreGuard.protect(cluster);
    cluster.addPropertyOverride('Engine', 'aurora-mysql');
    cluster.addPropertyOverride('EngineVersion', '8.0');

    expect(guardIn(stack)).toMatchObject({ Engine: 'aurora-mysql', EngineVersion: '8.0' });
  });
});

describe('values that are not plain', () => {
  test('one that a condition may take away is watched over, and stays with the cluster', () => {
    const stack = aStack();
    new CfnCondition(stack, 'Encrypted', { expression: Fn.conditionEquals(1, 1) });
    RestoreGuard.protect(cfnCluster(stack, { kmsKeyId: Fn.conditionIf('Encrypted', 'alias/orders', { Ref: 'AWS::NoValue' }).toString() }));

    const value = { 'Fn::If': ['Encrypted', 'alias/orders', { Ref: 'AWS::NoValue' }] };
    expect(clusterIn(stack).KmsKeyId).toEqual(value);
    expect(guardIn(stack).Values.KmsKeyId).toEqual(value);
  });

  test('zones that only the deploy knows are joined for the guard and split for the cluster', () => {
    const stack = aStack();
    // Not Fn.getAzs(): the newest CDK's own validation refuses to join that, though CloudFormation does not.
    const zones = new CfnParameter(stack, 'Zones', { type: 'List<AWS::EC2::AvailabilityZone::Name>' });
    RestoreGuard.protect(cfnCluster(stack, { availabilityZones: zones.valueAsList }));

    expect(guardIn(stack).Values.AvailabilityZones).toEqual({ 'Fn::Join': [',', { Ref: 'Zones' }] });
    expect(clusterIn(stack).AvailabilityZones).toEqual({ 'Fn::Split': [',', fromGuard(stack, 'AvailabilityZones')] });
  });

  test('a parameter of Parameter Store goes through the guard', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack, { snapshotIdentifier: '{{resolve:ssm:/source}}' }));

    expect(guardIn(stack).Values.SnapshotIdentifier).toBe('{{resolve:ssm:/source}}');
    expect(clusterIn(stack).SnapshotIdentifier).toEqual(fromGuard(stack, 'SnapshotIdentifier'));
  });

  test('one that a condition may take away and that Parameter Store holds is refused: nobody could watch over it', () => {
    const stack = aStack();
    new CfnCondition(stack, 'Restored', { expression: Fn.conditionEquals(1, 1) });
    RestoreGuard.protect(cfnCluster(stack, { snapshotIdentifier: Fn.conditionIf('Restored', '{{resolve:ssm:/source}}', { Ref: 'AWS::NoValue' }).toString() }));

    expect(refusalOf(stack)).toMatch(
      /SnapshotIdentifier of a guarded cluster must not be both left out by a condition \(AWS::NoValue\) and a dynamic reference \({{resolve:ssm:…}}\), .*; take the value from a CfnParameter of the type AWS::SSM::Parameter::Value<String>, or write it into the template/,
    );
  });

  test('a secret is refused', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack, { snapshotIdentifier: '{{resolve:secretsmanager:source}}' }));

    expect(refusalOf(stack)).toMatch(/SnapshotIdentifier of a guarded cluster must not come from a secret.*write it into the template/);
  });

  test('the user is watched over where it is no secret', () => {
    const [written, secret] = [aStack(), aStack()];
    RestoreGuard.protect(cfnCluster(written, { masterUsername: 'postgres', globalClusterIdentifier: 'world' }));
    RestoreGuard.protect(new rds.DatabaseCluster(secret, 'Cluster', { ...networkOf(secret), engine: ENGINE }));

    expect(guardIn(written).Conditional).toEqual({ MasterUsername: 'postgres', GlobalClusterIdentifier: 'world' });
    expect(JSON.stringify(clusterIn(secret).MasterUsername)).toContain('{{resolve:secretsmanager:');
    expect(guardIn(secret).Conditional).toEqual({});
    expect(clusterIn(written).MasterUsername).toBe('postgres');
  });
});

describe('what cannot be guarded', () => {
  test('is a cluster that the app does not make', () => {
    expect(messageOf(() => RestoreGuard.protect(importedCluster(aStack())))).toMatch(/only a DB cluster that this app makes can be guarded: an imported one .* guarded where it is made/);
  });

  test('is a construct that is no cluster', () => {
    expect(messageOf(() => RestoreGuard.protect(new kms.Key(aStack(), 'Key')))).toMatch(/only a DB cluster/);
  });

  test('is one without an engine, which would be replaced when it gets another', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack, { engine: undefined, sourceDbClusterIdentifier: 'orders' }));

    expect(refusalOf(stack)).toMatch(/engine of a guarded cluster must be set.*set it to that of the source/);
  });

  test('is one that is guarded already, by this call or by this library', () => {
    const stack = aStack();
    const cluster = restored(stack);
    RestoreGuard.protect(cluster);

    expect(messageOf(() => RestoreGuard.protect(cluster))).toMatch(/the cluster is guarded already.*set allowReplacement where the first is made/);
    expect(messageOf(() => RestoreGuard.protect(cluster.node.defaultChild!))).toMatch(/the cluster is guarded already/);
  });
});
