import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as events from 'aws-cdk-lib/aws-events';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ClusterBackupOptions } from '../../src';
import { importedCluster, messageOf, newCluster, stackIn } from '../support/constructs';
import { PropsOf, planIn, planWith, resourceOf } from '../support/plans';

const TWO_WEEKS = { retention: Duration.days(14), preferredWindow: '01:00-02:00' };

/** A cluster of the app, which may say something of its automated backups itself. */
function clusterSaying(stack: Stack, says: Partial<rds.CfnDBCluster> = {}): rds.DatabaseCluster {
  const cluster = newCluster(stack);
  Object.assign(cluster.node.defaultChild!, says);
  return cluster;
}

const clusterIn = (stack: Stack) => resourceOf(stack, 'AWS::RDS::DBCluster', 'Cluster').Properties;

function clusterOfPlan(props: PropsOf, says: Partial<rds.CfnDBCluster> = {}, options?: ClusterBackupOptions) {
  const plan = planWith((stack) => ({ clusters: [], ...(typeof props === 'function' ? props(stack) : props) }));
  plan.addCluster(clusterSaying(plan.stack, says), options);
  return clusterIn(plan.stack);
}

const refusal = (...args: Parameters<typeof clusterOfPlan>) => messageOf(() => clusterOfPlan(...args));

describe('the automated backups of a cluster', () => {
  test('are left alone by a plan that says nothing of them', () => {
    const alone = stackIn('eu-west-1');
    newCluster(alone);

    expect(clusterOfPlan({})).toEqual(clusterIn(alone));
  });

  test('are set where the cluster says nothing', () => {
    expect(clusterOfPlan({ automatedBackups: TWO_WEEKS, deleteAutomatedBackups: false })).toMatchObject({
      BackupRetentionPeriod: 14, PreferredBackupWindow: '01:00-02:00', DeleteAutomatedBackups: false,
    });
  });

  test('are set for one cluster, which wins over what is said for all', () => {
    const forOne = { automatedBackups: { retention: Duration.days(35) } };

    expect(clusterOfPlan({ automatedBackups: TWO_WEEKS }, {}, forOne)).toMatchObject({ BackupRetentionPeriod: 35 });
  });

  test('may be said twice, if it is the same', () => {
    expect(clusterOfPlan({ automatedBackups: TWO_WEEKS }, { backupRetentionPeriod: 14, preferredBackupWindow: '01:00-02:00' })).toMatchObject({ BackupRetentionPeriod: 14 });
  });

  test.each<[what: string, says: Partial<rds.CfnDBCluster>, message: string]>([
    ['longer', { backupRetentionPeriod: 21 }, "automatedBackups.retention (days) is 14, but cluster 'Orders/Cluster' says 21"],
    ['shorter', { backupRetentionPeriod: 7 }, "automatedBackups.retention (days) is 14, but cluster 'Orders/Cluster' says 7"],
    ['at another time', { preferredBackupWindow: '05:00-06:00' }, "automatedBackups.preferredWindow is 01:00-02:00, but cluster 'Orders/Cluster' says 05:00-06:00"],
    ['for good', { deleteAutomatedBackups: false }, "deleteAutomatedBackups is true, but cluster 'Orders/Cluster' says false"],
  ])('are never changed by a plan when the cluster wants them %s', (_, says, message) => {
    expect(refusal({ automatedBackups: TWO_WEEKS, deleteAutomatedBackups: true }, says)).toBe(
      `[Orders/Gold] ${message}; a plan does not change what a cluster says: make the two equal, or leave it out in one place`,
    );
  });

  test('whose retention is only known when the stack deploys stay as they are', () => {
    const plan = planWith((stack) => ({ clusters: [], automatedBackups: { retention: Duration.days(new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber) } }));
    plan.addCluster(clusterSaying(plan.stack, { backupRetentionPeriod: 7 }));

    expect(clusterIn(plan.stack).BackupRetentionPeriod).toBe(7);
  });

  test.each([['automatedBackups', { automatedBackups: TWO_WEEKS }], ['deleteAutomatedBackups', { deleteAutomatedBackups: false }]])(
    'of an imported cluster cannot be set (%s)', (prop, props) => {
      expect(messageOf(() => planWith((stack) => ({ ...props, clusters: [importedCluster(stack)] })))).toBe(
        `[Orders/Gold] ${prop} cannot be set on cluster 'Orders/Imported-orders', which is imported; set it where the cluster is defined, or leave it out here`,
      );
    },
  );
});

describe('what a plan says of automated backups is refused', () => {
  test.each<[what: string, props: PropsOf, message: string | RegExp]>([
    ['for less than a day', { automatedBackups: { retention: Duration.hours(12) } },
      'automatedBackups.retention must be whole days from 1 to 35, which is what RDS keeps, got 12 hours; what has to stay longer is up to the retention of the plan'],
    ['for more than RDS keeps', { automatedBackups: { retention: Duration.days(36) } }, /automatedBackups\.retention must be whole days from 1 to 35.* got 36 days/],
    ['for half days', { automatedBackups: { retention: Duration.hours(36) } }, /automatedBackups\.retention .* got 1 day 12 hours/],
    ['in a window of local time', { automatedBackups: { retention: Duration.days(7), preferredWindow: '1am-2am' } },
      "automatedBackups.preferredWindow must be 'hh:mm-hh:mm' in UTC, at least 30 minutes long, for example '01:00-02:00', got '1am-2am'"],
    ['in a window that is too short', { automatedBackups: { retention: Duration.days(7), preferredWindow: '23:50-00:10' } }, /at least 30 minutes long.* got '23:50-00:10'/],
    ['when AWS Backup manages them', { automatedBackups: TWO_WEEKS, managedByAwsBackup: true },
      'automatedBackups cannot be combined with managedByAwsBackup: true, because AWS Backup then sets the automated backups of the cluster; leave out one of the two'],
    ['when AWS Backup manages what becomes of them', { deleteAutomatedBackups: false, managedByAwsBackup: true }, /deleteAutomatedBackups cannot be combined with managedByAwsBackup/],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toMatch(typeof message === 'string' ? `[Orders/Gold] ${message}` : message);
  });

  test('of a cluster in the same words', () => {
    expect(refusal({}, {}, { automatedBackups: { retention: Duration.days(36) } })).toContain('automatedBackups.retention must be whole days from 1 to 35');
  });

  test('of a cluster that AWS Backup manages', () => {
    for (const [props, options] of [[{}, { managedByAwsBackup: true }], [{ managedByAwsBackup: true }, {}]]) {
      expect(refusal(props, {}, { automatedBackups: TWO_WEEKS, ...options })).toContain('automatedBackups cannot be combined with managedByAwsBackup');
    }
  });

  test('unless the window goes beyond midnight and is long enough', () => {
    expect(clusterOfPlan({ automatedBackups: { retention: Duration.days(7), preferredWindow: '23:45-00:15' } })).toMatchObject({ PreferredBackupWindow: '23:45-00:15' });
  });
});

describe('a cluster under a continuous rule of AWS Backup', () => {
  function stackWithRule(options?: ClusterBackupOptions): Stack {
    const stack = stackIn('eu-west-1');
    const cluster = clusterSaying(stack);
    new backup.BackupPlan(stack, 'Continuous', {
      backupPlanRules: [new backup.BackupPlanRule({
        enableContinuousBackup: true, deleteAfter: Duration.days(35), scheduleExpression: events.Schedule.cron({ minute: '0', hour: '1' }),
      })],
    }).addSelection('Clusters', { resources: [backup.BackupResource.fromArn(cluster.clusterArn)] });
    planIn(stack, { clusters: [], automatedBackups: TWO_WEEKS, deleteAutomatedBackups: false }).addCluster(cluster, options);
    return stack;
  }

  test('keeps what AWS Backup sets, and has a plan beside it', () => {
    const { BackupRetentionPeriod, PreferredBackupWindow, DeleteAutomatedBackups } = clusterIn(stackWithRule({ managedByAwsBackup: true }));

    expect([BackupRetentionPeriod, PreferredBackupWindow, DeleteAutomatedBackups]).toEqual([undefined, undefined, undefined]);
  });

  test('would be changed by a plan that does not know', () => {
    expect(clusterIn(stackWithRule())).toMatchObject({ BackupRetentionPeriod: 14 });
  });

  test('may be taken out of what a plan says for all of its clusters', () => {
    const properties = clusterOfPlan({ managedByAwsBackup: true }, {}, { managedByAwsBackup: false, automatedBackups: TWO_WEEKS });

    expect(properties).toMatchObject({ BackupRetentionPeriod: 14 });
  });
});
