import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { RestoreGuard } from '../../src/restore/restore-guard';
import { aStack, templateOf } from '../support/constructs';

const GUARD = 'Custom::AuroraRestoreGuard';
const CLUSTER = 'AWS::RDS::DBCluster';
const ENGINE = rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 });

interface Resource { readonly Properties: Record<string, unknown>; readonly DependsOn?: string[] }

function only(stack: Stack, type: string): Resource & { readonly id: string } {
  const found = Object.entries(templateOf(stack).findResources(type));
  expect(found).toHaveLength(1);
  const [[id, resource]] = found;
  return { id, ...resource as unknown as Resource };
}

const fromGuard = (stack: Stack, property: string) => ({ 'Fn::GetAtt': [only(stack, GUARD).id, property] });

function restored(stack: Stack, props: Partial<rds.DatabaseClusterFromSnapshotProps> = {}) {
  return new rds.DatabaseClusterFromSnapshot(stack, 'Cluster', {
    engine: ENGINE,
    writer: rds.ClusterInstance.serverlessV2('Writer'),
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    snapshotIdentifier: 'orders-last',
    clusterIdentifier: 'orders',
    ...props,
  });
}

function cfnCluster(stack: Stack, props: rds.CfnDBClusterProps = {}) {
  return new rds.CfnDBCluster(stack, 'Cluster', { engine: 'aurora-postgresql', ...props });
}

describe('a cluster that is guarded', () => {
  test('takes from its guard what it cannot change, and waits for it', () => {
    const stack = aStack();
    RestoreGuard.protect(restored(stack));

    const cluster = only(stack, CLUSTER);
    expect(cluster.DependsOn).toContain(only(stack, GUARD).id);
    expect(cluster.Properties).toMatchObject({
      SnapshotIdentifier: fromGuard(stack, 'SnapshotIdentifier'),
      DBClusterIdentifier: fromGuard(stack, 'DBClusterIdentifier'),
      DBSubnetGroupName: fromGuard(stack, 'DBSubnetGroupName'),
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
    });
    expect(only(stack, GUARD).Properties).toMatchObject({
      ContractVersion: 1,
      Values: { SnapshotIdentifier: 'orders-last', DBClusterIdentifier: 'orders', DBSubnetGroupName: { Ref: expect.stringMatching(/^ClusterSubnets/) } },
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      ClusterLogicalId: cluster.id,
      AllowReplacement: false,
    });
  });

  test('takes nothing that it does not have', () => {
    const stack = aStack();
    RestoreGuard.protect(cfnCluster(stack));

    expect(only(stack, CLUSTER).Properties).toEqual({ Engine: 'aurora-postgresql' });
    expect(only(stack, GUARD).Properties.Values).toEqual({});
  });
});
