import { CfnResource, CustomResource, Fn, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct, IConstruct } from 'constructs';
import { alwaysDeleted } from './always-deleted';
import { fail } from './checks';
import { RestoreProvider } from './restore-provider';
import {
  CONDITIONAL_PROPERTIES, CREATE_ONLY_PROPERTIES, ConditionalProperty, CreateOnlyProperty, RESTORE_CONTRACT_VERSION, RestoreGuardProperties,
  RestoreResourceType,
} from '../core/restore/restore-contract';

/** Below the cluster, so that its logical id stays for as long as the cluster's does, whichever class made the cluster. */
export const GUARD_ID = 'RestoreGuard';

export interface GuardOptions {
  readonly allowReplacement?: boolean;
  /** What the cluster is to be made of, where that is not what its L1 says: `undefined` takes a property away. */
  readonly restoreValues?: Readonly<Partial<Record<CreateOnlyProperty, unknown>>>;
  /** Whom a new password is for. */
  readonly userOfSource?: string;
}

/** What the properties are called by the L1. Older releases of aws-cdk-lib lack some, and then have no value. */
const NAMES_IN_L1: Readonly<Record<CreateOnlyProperty | ConditionalProperty, string>> = {
  AvailabilityZones: 'availabilityZones',
  ClusterScalabilityType: 'clusterScalabilityType',
  DatabaseName: 'databaseName',
  DBClusterIdentifier: 'dbClusterIdentifier',
  DBSubnetGroupName: 'dbSubnetGroupName',
  DBSystemId: 'dbSystemId',
  EngineMode: 'engineMode',
  KmsKeyId: 'kmsKeyId',
  PubliclyAccessible: 'publiclyAccessible',
  RestoreToTime: 'restoreToTime',
  RestoreType: 'restoreType',
  SnapshotIdentifier: 'snapshotIdentifier',
  SourceDBClusterIdentifier: 'sourceDbClusterIdentifier',
  SourceDbClusterResourceId: 'sourceDbClusterResourceId',
  SourceRegion: 'sourceRegion',
  StorageEncrypted: 'storageEncrypted',
  UseLatestRestorableTime: 'useLatestRestorableTime',
  MasterUsername: 'masterUsername',
  GlobalClusterIdentifier: 'globalClusterIdentifier',
};

/** A value that a condition may take away is watched over, but does not go through the guard, whose attribute would then be an empty text. */
const MAY_BE_MISSING = /"AWS::NoValue"/;

/** Resolved again at every update of whoever holds it: through the guard it is what the guard has seen. */
const OF_PARAMETER_STORE = /\{\{resolve:ssm:/;

/** A custom resource is not to see it, and CloudFormation would not resolve it there. */
const SECRET = /\{\{resolve:(ssm-secure|secretsmanager):/;

/** Guards a cluster, for a construct that makes it. */
export function guardCluster(cluster: rds.CfnDBCluster, options: GuardOptions = {}): void {
  new RestoreGuardResource(new Construct(homeOfGuard(cluster), GUARD_ID), cluster, options);
}

/** The construct that the guard of the cluster is made in: the L2 of the cluster, or the cluster itself. */
export function homeOfGuard(cluster: CfnResource): IConstruct & Construct {
  const parent = cluster.node.scope as Construct;
  const home = parent.node.defaultChild === cluster ? parent : cluster;
  if (home.node.tryFindChild(GUARD_ID)) {
    fail(home, 'the cluster is guarded already: constructs of cdk-aurora-backup guard what they restore; leave out the second guard, '
      + 'and set allowReplacement where the first is made');
  }
  return home;
}

/** The custom resource from which a cluster takes what cannot be changed without replacing it. */
export class RestoreGuardResource {
  private readonly stack: Stack;
  private readonly resource: CustomResource;
  /** What was set behind the back of the L1's own properties, by the construct or by its user. */
  private readonly stated: Readonly<Record<string, unknown>>;
  private readonly routes = new Map<CreateOnlyProperty, unknown>();

  constructor(scope: Construct, private readonly cluster: rds.CfnDBCluster, options: GuardOptions) {
    this.stack = Stack.of(cluster);
    this.stated = { ...this.overrides(), ...options.restoreValues };
    if (this.stated.DBClusterIdentifier !== undefined) {
      // Policies ask the L1 what the cluster is called, and find only a reference to the guard in the override from now on.
      cluster.dbClusterIdentifier = Token.asString(this.stated.DBClusterIdentifier);
    }
    const provider = RestoreProvider.of(scope);
    this.resource = new CustomResource(scope, 'Resource', {
      serviceToken: provider.serviceToken,
      resourceType: RestoreResourceType.RESTORE_GUARD,
      properties: this.properties(options),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const guard = alwaysDeleted(this.resource);

    // Where there is no cluster there is nothing to guard, and nothing that the values could refer to.
    guard.addOverride('Condition', Lazy.any({ produce: () => cluster.cfnOptions.condition?.logicalId }));

    for (const property of CREATE_ONLY_PROPERTIES) {
      const route = Lazy.any({ produce: () => this.route(property) });
      this.routes.set(property, route);
      cluster.addPropertyOverride(property, route);
    }
    // Also where the guard gives nothing to the cluster: nothing is to happen to it before the guard has agreed.
    cluster.addDependency(guard);
    cluster.node.addValidation({ validate: () => this.unguarded() });
  }

  private properties({ allowReplacement = false, userOfSource }: GuardOptions) {
    const properties: Record<keyof RestoreGuardProperties, unknown> = {
      ContractVersion: RESTORE_CONTRACT_VERSION,
      // Late, so that what an Aspect sets counts as well.
      Values: Lazy.any({ produce: () => this.values() }),
      Conditional: Lazy.any({ produce: () => this.conditionalValues() }),
      Engine: Lazy.any({ produce: () => this.overrides().Engine ?? this.cluster.engine }),
      EngineVersion: Lazy.any({ produce: () => this.overrides().EngineVersion ?? this.cluster.engineVersion }),
      ClusterLogicalId: this.cluster.logicalId,
      AllowReplacement: allowReplacement,
      UserOfSource: userOfSource,
    };
    return properties;
  }

  private values(): Record<string, unknown> {
    return Object.fromEntries(CREATE_ONLY_PROPERTIES.filter((property) => this.isSet(property)).map((property) => {
      const value = this.valueOf(property);
      return [property, property === 'AvailabilityZones' ? Fn.join(',', value as string[]) : value];
    }));
  }

  private conditionalValues(): Record<string, unknown> {
    return Object.fromEntries(CONDITIONAL_PROPERTIES.map((property): [string, unknown] => {
      const value = this.overrides()[property] ?? this.inL1(property);
      return [property, SECRET.test(this.textOf(value)) ? undefined : value];
    }));
  }

  /** What the cluster gets instead of the value. */
  private route(property: CreateOnlyProperty): unknown {
    if (!this.isSet(property)) {
      return undefined;
    }
    if (MAY_BE_MISSING.test(this.resolved(property))) {
      return this.valueOf(property);
    }
    const attribute = this.resource.getAttString(property);
    return property === 'AvailabilityZones' ? Fn.split(',', attribute) : attribute;
  }

  private valueOf(property: CreateOnlyProperty): unknown {
    return property in this.stated ? this.stated[property] : this.inL1(property);
  }

  private inL1(property: CreateOnlyProperty | ConditionalProperty): unknown {
    return (this.cluster as unknown as Record<string, unknown>)[NAMES_IN_L1[property]];
  }

  private isSet(property: CreateOnlyProperty): boolean {
    return !['', '[]', 'null'].includes(this.resolved(property));
  }

  private resolved(property: CreateOnlyProperty): string {
    return this.textOf(this.valueOf(property));
  }

  private textOf(value: unknown): string {
    return JSON.stringify(this.stack.resolve(value)) ?? '';
  }

  private isResolvedBehindGuard(property: CreateOnlyProperty): boolean {
    return MAY_BE_MISSING.test(this.resolved(property)) && OF_PARAMETER_STORE.test(this.resolved(property));
  }

  /** What the guard cannot watch over. */
  private unguarded(): string[] {
    const overrides = this.overrides();
    return [
      ...(overrides.Engine ?? this.cluster.engine ? [] : ['engine of a guarded cluster must be set, because CloudFormation replaces a cluster when it changes; set it to that of the source']),
      ...CREATE_ONLY_PROPERTIES.filter((property) => overrides[property] !== this.routes.get(property)).map((property) =>
        `${property} of a guarded cluster must not be overridden behind its guard, which then could not refuse a change of it; `
        + 'set the property of the construct or of its CfnDBCluster instead, or override it before the cluster is guarded'),
      ...CREATE_ONLY_PROPERTIES.filter((property) => this.isResolvedBehindGuard(property)).map((property) =>
        `${property} of a guarded cluster must not be both left out by a condition (AWS::NoValue) and a dynamic reference ({{resolve:ssm:…}}), which the update of the cluster would resolve `
        + 'again behind its guard; take the value from a CfnParameter of the type AWS::SSM::Parameter::Value<String>, or write it into the template'),
      ...CREATE_ONLY_PROPERTIES.filter((property) => SECRET.test(this.resolved(property))).map((property) =>
        `${property} of a guarded cluster must not come from a secret, which its guard cannot read and so could not see changing; it is none: write it into the template`),
    ];
  }

  private overrides(): Readonly<Record<string, unknown>> {
    return (this.cluster as unknown as { rawOverrides: { Properties?: Record<string, unknown> } }).rawOverrides.Properties ?? {};
  }
}
