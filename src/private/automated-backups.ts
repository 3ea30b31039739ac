import { CfnResource, Duration, Token } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { Place, fail } from './checks';

/** What a plan says about the automated backups of a cluster. */
export interface AutomatedBackupSettings {
  readonly automatedBackups?: rds.BackupProps;
  readonly managedByAwsBackup?: boolean;
  readonly deleteAutomatedBackups?: boolean;
}

const LONGEST_RETENTION_DAYS = 35;

/** Checks what one place says: the props of a plan, or the options of one cluster. */
export function checkAutomatedBackups(scope: IConstruct, settings: AutomatedBackupSettings): void {
  const { automatedBackups, managedByAwsBackup, deleteAutomatedBackups } = settings;
  if (managedByAwsBackup && (automatedBackups || deleteAutomatedBackups !== undefined)) {
    const prop = automatedBackups ? 'automatedBackups' : 'deleteAutomatedBackups';
    fail(scope, `${prop} cannot be combined with managedByAwsBackup: true, because AWS Backup then sets the automated backups of the cluster; leave out one of the two`);
  }
  if (!automatedBackups) {
    return;
  }
  checkBackupSettings(scope, 'automatedBackups', automatedBackups, 'what has to stay longer is up to the retention of the plan');
}

/** Checks what RDS can do, in the words of the prop. `remedy` says what keeps backups longer. */
export function checkBackupSettings(scope: Place, prop: string, { retention, preferredWindow }: rds.BackupProps, remedy: string): void {
  const days = daysOf(retention);
  if (!Token.isUnresolved(days) && (!Number.isInteger(days) || days < 1 || days > LONGEST_RETENTION_DAYS)) {
    fail(scope, `${prop}.retention must be whole days from 1 to ${LONGEST_RETENTION_DAYS}, which is what RDS keeps, got ${retention.toHumanString()}; ${remedy}`);
  }
  if (preferredWindow !== undefined && !Token.isUnresolved(preferredWindow) && !isWindow(preferredWindow)) {
    fail(scope, `${prop}.preferredWindow must be 'hh:mm-hh:mm' in UTC, at least 30 minutes long, for example '01:00-02:00', got '${preferredWindow}'`);
  }
}

/** Sets on the cluster what the plan says and the cluster does not. What is said for one cluster wins over what is said for all. */
export function setAutomatedBackups(
  scope: IConstruct, cluster: rds.IDatabaseCluster, ofPlan: AutomatedBackupSettings, ofCluster: AutomatedBackupSettings,
): void {
  checkAutomatedBackups(scope, ofCluster);
  if (ofCluster.managedByAwsBackup ?? ofPlan.managedByAwsBackup ?? false) {
    // Also where the plan sets it for all of its clusters; but not where it is set for this one.
    checkAutomatedBackups(scope, { ...ofCluster, managedByAwsBackup: true });
    return;
  }
  const backups = ofCluster.automatedBackups ?? ofPlan.automatedBackups;
  const deleteAutomatedBackups = ofCluster.deleteAutomatedBackups ?? ofPlan.deleteAutomatedBackups;
  if (backups === undefined && deleteAutomatedBackups === undefined) {
    return;
  }
  const resource = clusterResource(cluster);
  if (!resource) {
    fail(scope, `${backups ? 'automatedBackups' : 'deleteAutomatedBackups'} cannot be set on cluster '${cluster.node.path}', which is imported; `
      + 'set it where the cluster is defined, or leave it out here');
  }
  const wanted: Partial<Record<SettableProperty, Settable>> = {
    backupRetentionPeriod: backups && daysOf(backups.retention),
    preferredBackupWindow: backups?.preferredWindow,
    deleteAutomatedBackups,
  };
  for (const [property, value] of Object.entries(wanted)) {
    if (value !== undefined) {
      set(scope, cluster, resource, property as SettableProperty, value);
    }
  }
}

/** The resource of a cluster that is defined in the app. */
export function clusterResource(cluster: rds.IDatabaseCluster): rds.CfnDBCluster | undefined {
  const child = cluster.node.defaultChild;
  // Not instanceof: there may be two copies of aws-cdk-lib in one app.
  const isCluster = child && CfnResource.isCfnResource(child) && child.cfnResourceType === rds.CfnDBCluster.CFN_RESOURCE_TYPE_NAME;
  return isCluster ? child as rds.CfnDBCluster : undefined;
}

type SettableProperty = 'backupRetentionPeriod' | 'preferredBackupWindow' | 'deleteAutomatedBackups';

const PROPS: Readonly<Record<SettableProperty, string>> = {
  backupRetentionPeriod: 'automatedBackups.retention (days)',
  preferredBackupWindow: 'automatedBackups.preferredWindow',
  deleteAutomatedBackups: 'deleteAutomatedBackups',
};

type Settable = string | number | boolean;

function set(scope: IConstruct, cluster: rds.IDatabaseCluster, resource: rds.CfnDBCluster, property: SettableProperty, value: Settable): void {
  const present: unknown = (resource as Partial<Record<SettableProperty, unknown>>)[property];
  if (present === undefined) {
    if (!(property in resource)) {
      // An older CDK does not know it, but CloudFormation does.
      resource.addPropertyOverride(property[0].toUpperCase() + property.slice(1), value);
    }
    Object.assign(resource, { [property]: value });
  } else if (present !== value && !Token.isUnresolved(present) && !Token.isUnresolved(value)) {
    fail(scope, `${PROPS[property]} is ${value}, but cluster '${cluster.node.path}' says ${String(present)}; a plan does not change what a cluster says: make the two equal, or leave it out in one place`);
  }
}

function daysOf(retention: Duration): number {
  return retention.toDays({ integral: false });
}

function isWindow(text: string): boolean {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!match) {
    return false;
  }
  const [fromHour, fromMinute, toHour, toMinute] = match.slice(1).map(Number);
  // It may go beyond midnight.
  const minutes = (toHour * 60 + toMinute - fromHour * 60 - fromMinute + 1440) % 1440;
  return minutes >= 30;
}
