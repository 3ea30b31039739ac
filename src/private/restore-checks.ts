import { Stack, Token } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { IConstruct } from 'constructs';
import { checkBackupSettings } from './automated-backups';
import { Place, checkSnapshotIdentifier, fail, required } from './checks';
import { isAurora } from '../core/snapshot';

/** What a user may say about a restored cluster, of whichever kind. */
export interface RestoredClusterSettings extends rds.DatabaseClusterProps {
  readonly manageMasterUserPassword?: boolean;
  readonly snapshotCredentials?: rds.SnapshotCredentials;
}

/** Checks what is the same for all kinds of restored clusters, before aws-rds stumbles over it. */
export function checkRestoredCluster(scope: Place, props: RestoredClusterSettings): void {
  required(scope, 'engine', props.engine, 'give the engine of the source, for example with rds.DatabaseClusterEngine.auroraPostgres');
  checkInstances(scope, props);
  checkSnapshotIdentifier(scope, 'clusterIdentifier', props.clusterIdentifier);
  if (!isAurora(props.engine.engineType)) {
    fail(scope, `engine must be Aurora MySQL or Aurora PostgreSQL, got '${props.engine.engineType}'; only aurora-mysql and aurora-postgresql are supported`);
  }
  checkCredentials(scope, props);
  checkParameterGroup(scope, props);
  if (props.replicationSourceIdentifier !== undefined) {
    fail(scope, 'replicationSourceIdentifier cannot be set for a restored cluster, because CloudFormation does not allow both: a cluster is restored, or it replicates another; leave it out');
  }
  if (props.storageEncrypted !== undefined && props.storageEncryptionKey === undefined) {
    fail(scope, `storageEncrypted: ${props.storageEncrypted} cannot be set alone, because a restored cluster is encrypted as its source is; for another key, set storageEncryptionKey, else leave it out`);
  }
  if (props.storageEncrypted === false) {
    fail(scope, 'storageEncrypted: false contradicts storageEncryptionKey; leave out one of the two');
  }
  // The older of the two spellings is deprecated.
  if ((props.clusterScalabilityType ?? props.clusterScailabilityType) === rds.ClusterScalabilityType.LIMITLESS) {
    fail(scope, 'clusterScalabilityType LIMITLESS cannot be restored by this construct, which makes the instances that a Limitless Database does not have; leave it out');
  }
  if (props.backup) {
    checkBackupSettings(scope, 'backup', props.backup, 'what has to stay longer is up to an AuroraBackupPlan');
  }
}

function checkCredentials(scope: Place, { credentials, snapshotCredentials, manageMasterUserPassword }: RestoredClusterSettings): void {
  if (credentials !== undefined) {
    fail(scope, 'credentials cannot be set for a restored cluster, which keeps the user and the password of its source, so that a secret with another password would not open it; '
      + 'for a new password, set manageMasterUserPassword: true or snapshotCredentials');
  }
  if (manageMasterUserPassword && snapshotCredentials) {
    fail(scope, 'snapshotCredentials cannot be combined with manageMasterUserPassword: true, because the password is then made by RDS; leave out one of the two');
  }
}

/** A parameter group is of a version, and where nobody knows it aws-rds takes a family of long ago. Aurora MySQL reads its roles from there, too. */
function checkParameterGroup(scope: Place, { engine, parameterGroup, ...props }: RestoredClusterSettings): void {
  const roles = engine.engineType === 'aurora-mysql' ? ['s3ImportRole', 's3ImportBuckets', 's3ExportRole', 's3ExportBuckets'] as const : [];
  const given = (['parameters', ...roles] as const).find((prop) => props[prop] !== undefined);
  if (given !== undefined && engine.engineVersion?.fullVersion === undefined && parameterGroup === undefined) {
    fail(scope, `${given} needs a parameter group, and for an engine without a version none can be made; set the version of engine, or parameterGroup`);
  }
}

function checkInstances(scope: Place, { writer, vpc, instanceProps }: rds.DatabaseClusterProps): void {
  if (!writer && !instanceProps) {
    fail(scope, "writer is needed: a restore makes a cluster without instances, and nothing answers at its endpoint; set for example rds.ClusterInstance.serverlessV2('Writer')");
  }
  if (!vpc && !instanceProps) {
    fail(scope, 'vpc is needed: the network of the source is not restored with it; set the VPC that the new cluster is to be in');
  }
}

/** What CloudFormation does not allow beside what is restored, and no prop sets. */
const FORBIDDEN = ['masterUsername', 'globalClusterIdentifier', 'replicationSourceIdentifier'] as const;

/** What an Aspect, an injector or somebody with the resource in his hands has set all the same. */
export function forbiddenIn(cluster: rds.CfnDBCluster): string[] {
  return FORBIDDEN.filter((property) => cluster[property] !== undefined).map((property) =>
    `${property} of the CfnDBCluster of a restored cluster must not be set, because CloudFormation does not allow it beside what is restored; leave it out`);
}

/** Exactly one of the props that say what is restored. */
export function checkOneSource(scope: IConstruct, sources: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(sources);
  const given = names.filter((name) => sources[name] !== undefined);
  if (given.length === 0) {
    fail(scope, `one of ${names.join(' and ')} is needed, which say what is restored; set one`);
  }
  if (given.length > 1) {
    fail(scope, `${given.join(' and ')} cannot be combined, because a cluster is restored from one source; leave out ${given.length === 2 ? 'one of the two' : 'all but one'}`);
  }
}

/** What is known at synth of the snapshot that is restored. */
interface SourceSnapshot {
  readonly inWords: string;
  readonly region: string;
  readonly engine?: string;
}

export function checkSourceSnapshot(scope: IConstruct, { engineType }: rds.IClusterEngine, { inWords, region, engine }: SourceSnapshot): void {
  const own = Stack.of(scope).region;
  if (!Token.isUnresolved(region) && !Token.isUnresolved(own) && region !== own) {
    fail(scope, `${inWords} is in ${region} and the stack in ${own}, but a snapshot is restored in its own Region; `
      + `copy it to ${own} with ClusterSnapshotCopy, or restore it with a stack in ${region}`);
  }
  if (engine !== undefined && engine !== engineType) {
    fail(scope, `engine is '${engineType}' and that of ${inWords} is '${engine}', but a restore does not change the engine; set the engine of the source`);
  }
}

/** The name of a cluster of this account and Region that is restored or cloned. */
export function checkSourceCluster(scope: IConstruct, source: string | undefined, clusterIdentifier: string | undefined): void {
  checkSnapshotIdentifier(scope, 'sourceClusterIdentifier', source);
  const [from, to] = [source, clusterIdentifier].map((name) => Token.isUnresolved(name) ? undefined : name?.toLowerCase());
  if (from !== undefined && from === to) {
    fail(scope, `clusterIdentifier '${clusterIdentifier}' is that of the source, and a restore never goes into an existing cluster; give the new one another clusterIdentifier`);
  }
}

const CLUSTER_ARN = /^arn:[^:]+:rds:([^:]+):(\d{12}):cluster:([a-zA-Z0-9-]+)$/;

/** The ARN of a cluster, of another account which shares it. */
export function checkSourceArn(scope: IConstruct, arn: string, clusterIdentifier: string | undefined): void {
  if (Token.isUnresolved(arn)) {
    return;
  }
  const [, region, account, identifier] = CLUSTER_ARN.exec(arn)
    ?? fail(scope, `sourceClusterIdentifier must be an identifier or arn:aws:rds:<region>:<account>:cluster:<identifier>, got '${arn}'`);
  const { region: own, account: ownAccount } = Stack.of(scope);
  if (account === ownAccount) {
    checkSourceCluster(scope, identifier, clusterIdentifier);
  }
  if (!Token.isUnresolved(own) && region !== own) {
    fail(scope, `sourceClusterIdentifier is of ${region} and the stack of ${own}, and a clone is made in the Region of its source; put it into a stack of ${region}`);
  }
}

/** The request to RDS takes none. */
export function checkNoDatabaseName(scope: IConstruct, { defaultDatabaseName }: rds.DatabaseClusterProps): void {
  if (defaultDatabaseName !== undefined) {
    fail(scope, `defaultDatabaseName '${defaultDatabaseName}' cannot be set for a cluster that has its databases from another; leave it out`);
  }
}

/** RDS makes them up: `cluster-`, then letters and digits. */
export function checkResourceId(scope: IConstruct, resourceId: string | undefined): void {
  if (resourceId !== undefined && !Token.isUnresolved(resourceId) && !/^cluster-[A-Z0-9]+$/i.test(resourceId)) {
    fail(scope, `sourceClusterResourceId must be the resource id of a cluster (cluster-, then letters and digits), got '${resourceId}'; `
      + 'aws rds describe-db-cluster-automated-backups shows it as DbClusterResourceId, and for a name there is sourceClusterIdentifier');
  }
}
