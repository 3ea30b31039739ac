import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as rds from 'aws-cdk-lib/aws-rds';
import { BackupClass, PlatformBackupPlan, PlatformBackupPlanProps } from '../../examples/platform-backup-plan/platform-backup-plan';
import { AuroraBackupDefaults, AuroraBackupPlanOptions } from 'cdk-aurora-backup';

function stackOfTeam(options: AuroraBackupPlanOptions = {}, removalPolicy?: RemovalPolicy): Stack {
  const stack = new Stack(new App(), 'Payments', { env: { region: 'eu-west-1' } });
  AuroraBackupDefaults.of(stack).configure({ removalPolicy });
  const ledger = rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Ledger', { clusterIdentifier: 'ledger' });
  const props: PlatformBackupPlanProps = { backupClass: BackupClass.SILVER, team: 'payments', application: 'ledger', clusters: [ledger], ...options };
  new PlatformBackupPlan(stack, 'Plan', props);
  return stack;
}

const FORBIDDEN: AuroraBackupPlanOptions = {
  planName: 'mine', copies: [], shareWith: ['111122223333'], pruneFormerClusters: true, enabled: false, removalPolicy: RemovalPolicy.DESTROY,
};

describe("the platform team's construct", () => {
  test.each(Object.entries(FORBIDDEN))('refuses %s from a team', (option, value) => {
    expect(() => stackOfTeam({ [option]: value })).toThrow(`the platform team decides ${option};`);
  });

  test('takes what a team may say', () => {
    expect(() => stackOfTeam({ clusterMetrics: true, snapshotTags: { purpose: 'ledger' } })).not.toThrow();
  });

  test('keeps snapshots also in a stack whose default is DESTROY', () => {
    expect(Object.keys(Template.fromStack(stackOfTeam({}, RemovalPolicy.DESTROY)).findResources('Custom::AuroraBackupPlanRemoval'))).toEqual([]);
  });
});
