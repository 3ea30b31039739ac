import { Annotations, Aws, Duration, Names, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { RestoredClusterOptions } from './restored-cluster-options';
import { AuroraBackupDefaults } from '../common/defaults';
import { MAX_SNAPSHOT_IDENTIFIER_LENGTH, identifierText } from '../core/identifiers';
import { fail, placeBelow } from '../private/checks';
import { inLowerCase } from '../private/operation-policies';
import { checkRestoredCluster, forbiddenIn } from '../private/restore-checks';
import { guardCluster } from '../private/restore-guard-resource';

/** AWS says both that a restored cluster inherits what its source had and that it has one day: so it is always said. */
const DEFAULT_BACKUP: rds.BackupProps = { retention: Duration.days(7) };

/** The properties of a cluster that say what it is restored from. */
export interface RestoreProperties {
  readonly SnapshotIdentifier?: string;
  readonly SourceDBClusterIdentifier?: string;
  readonly SourceDbClusterResourceId?: string;
  readonly RestoreToTime?: string;
  readonly RestoreType?: 'copy-on-write';
  readonly UseLatestRestorableTime?: true;
}

/** What a cluster is restored from. */
export interface RestoredFrom {
  readonly properties: RestoreProperties;
  /** If the stack finds it out by itself, for an engine without a version. */
  readonly engineVersion?: string;
  /** Whether the snapshot is under a key that another account may take away at any time. */
  readonly ofAnotherAccount?: boolean;
}

/**
 * A cluster that is restored. What aws-rds makes for a cluster from a snapshot is right for every kind of restore, but for a few properties of the
 * cluster itself, which are changed here.
 *
 * @internal
 */
export abstract class RestoredClusterBase extends rds.DatabaseClusterFromSnapshot {
  private readonly isManagedByRds: boolean;
  private readonly ownKey?: kms.Key;

  constructor(scope: Construct, id: string, props: RestoredClusterOptions, source: RestoredFrom) {
    checkRestoredCluster(placeBelow(scope, id), props);
    const surroundings = AuroraBackupDefaults.of(scope)._read().removalPolicy;
    const removalPolicy = props.removalPolicy ?? surroundings ?? RemovalPolicy.SNAPSHOT;
    const { allowReplacement, manageMasterUserPassword = false, ...ofCluster } = props;
    super(scope, id, {
      ...ofCluster,
      engine: props.engine.engineVersion?.fullVersion === undefined ? withoutParameterGroup(props.engine) : props.engine,
      clusterIdentifier: props.clusterIdentifier && inLowerCase(props.clusterIdentifier),
      backup: props.backup ?? DEFAULT_BACKUP,
      removalPolicy,
      deletionProtection: props.deletionProtection ?? removalPolicy !== RemovalPolicy.DESTROY,
      snapshotIdentifier: source.properties.SnapshotIdentifier ?? 'none',
    });
    this.isManagedByRds = manageMasterUserPassword;

    const cluster = this.node.defaultChild as rds.CfnDBCluster;
    cluster.snapshotIdentifier = source.properties.SnapshotIdentifier;
    cluster.dbClusterIdentifier ??= this.madeUpIdentifier(removalPolicy);
    cluster.engineVersion ??= source.engineVersion ?? this.failWithoutVersion();
    if (source.ofAnotherAccount && cluster.kmsKeyId === undefined) {
      this.ownKey = this.makeOwnKey(surroundings === RemovalPolicy.DESTROY ? removalPolicy : RemovalPolicy.RETAIN);
      cluster.kmsKeyId = this.ownKey.keyArn;
      cluster.storageEncrypted = true;
    }
    this.removeStraySecret();
    if (manageMasterUserPassword) {
      cluster.manageMasterUserPassword = true;
      this.setSecret(secretsmanager.Secret.fromSecretCompleteArn(this, 'MasterUserSecret', cluster.attrMasterUserSecretSecretArn));
    }
    this.node.addValidation({ validate: () => forbiddenIn(cluster) });
    guardCluster(cluster, {
      allowReplacement,
      restoreValues: restoreValuesOf(source.properties),
      userOfSource: userOf(props.snapshotCredentials),
    });
  }

  public addRotationSingleUser(options?: rds.RotationSingleUserOptions): secretsmanager.SecretRotation {
    if (this.isManagedByRds) {
      fail(this, 'addRotationSingleUser cannot be combined with manageMasterUserPassword: true, because RDS itself rotates the secret that it manages; leave out the call');
    }
    return super.addRotationSingleUser(options);
  }

  /**
   * Applies a removal policy to the cluster. With any but DESTROY the key that was made for the cluster stays, too: without it the data could not be read.
   *
   * @param policy The removal policy.
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    super.applyRemovalPolicy(policy);
    if (policy !== RemovalPolicy.DESTROY) {
      this.ownKey?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
  }

  /** One that CloudFormation made up would let it replace the cluster without a word. */
  private madeUpIdentifier(removalPolicy: RemovalPolicy): string {
    const name = identifierText(Names.uniqueResourceName(this, { maxLength: MAX_SNAPSHOT_IDENTIFIER_LENGTH, separator: '-' })).replace(/-+$/, '');
    if (removalPolicy !== RemovalPolicy.DESTROY) {
      Annotations.of(this).addWarningV2('cdk-aurora-backup:madeUpClusterIdentifier',
        `clusterIdentifier is not given, and '${name}' is made up of the stack and the path of the construct: moved or renamed, it would be restored anew from its old source, `
        + `without an error, and this cluster would no longer be the one that is used. Set clusterIdentifier to '${name}', which changes nothing, or to a name of your choice before `
        + 'the first deploy; or acknowledge this warning');
    }
    return name;
  }

  private failWithoutVersion(): never {
    return fail(this, 'engine has no version, and without it RDS may restore to another version than that of the source; use for example '
      + 'rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_16_4 }) with the version of the source, or restore from a restorePoint, which knows it');
  }

  private makeOwnKey(removalPolicy: RemovalPolicy): kms.Key {
    Annotations.of(this).addWarningV2('cdk-aurora-backup:ownKeyForForeignSnapshot',
      'the snapshot belongs to another account, and a cluster under the key of that account would be lost with that key; so the cluster is restored under a key of its own, '
      + 'which is not yet proven on AWS. Set storageEncryptionKey to choose the key, or acknowledge this warning');
    return new kms.Key(this, 'Key', {
      description: `Cluster ${this.node.path}, restored from a snapshot of another account`,
      enableKeyRotation: true,
      // All snapshots of the cluster are under the key, too. They are retained even if the cluster itself is not, unless both it and everything around it are thrown away.
      removalPolicy: removalPolicy === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
  }

  /** aws-rds makes a secret with a password that the cluster does not have, unless a feature flag prevents it, and warns of it in any case. */
  private removeStraySecret(): void {
    const stray = this.node.tryFindChild('Secret');
    if (stray && this.secret?.node.scopes.includes(stray)) {
      this.setSecret(undefined);
    }
    this.node.tryRemoveChild('Secret');
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-rds:generatedCredsNotApplied', 'there are none');
  }

  private setSecret(secret: secretsmanager.ISecret | undefined): void {
    (this as { secret?: secretsmanager.ISecret }).secret = secret;
  }
}

/** Whom a new password is for, if it is said in plain text: RDS gives it to the user of the source, and the secret would name another. */
function userOf(credentials: rds.SnapshotCredentials | undefined): string | undefined {
  return Token.isUnresolved(credentials?.username) ? undefined : credentials?.username;
}

/** CloudFormation allows a key beside a source cluster, but not to say that the cluster is encrypted. */
function restoreValuesOf(properties: RestoreProperties): RestoreProperties & { readonly StorageEncrypted?: undefined } {
  return properties.SnapshotIdentifier === undefined ? { ...properties, StorageEncrypted: undefined } : properties;
}

/**
 * For an engine without a version aws-rds takes the default parameter group of an old version, or none at all and fails; RDS takes that of the version
 * which is restored.
 */
function withoutParameterGroup(engine: rds.IClusterEngine): rds.IClusterEngine {
  const bindToCluster: rds.IClusterEngine['bindToCluster'] = (scope, options) => engine.bindToCluster(scope, {
    ...options,
    parameterGroup: options.parameterGroup ?? rds.ParameterGroup.fromParameterGroupName(scope, 'DefaultParameterGroup', Aws.NO_VALUE),
  });
  return Object.create(engine, { bindToCluster: { value: bindToCluster, enumerable: true } });
}
