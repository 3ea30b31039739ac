import { App, Aws, CfnParameter, Duration, RemovalPolicy, SecretValue, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { AuroraBackupDefaults, DatabaseClusterClone, DatabaseClusterFromPointInTime, RestoreTime, RestoredClusterOptions } from '../../src';
import { aStack, anApp, messageOf, stackIn, templateOf } from '../support/constructs';
import { CLUSTER, GUARD, KEY_ARN, KINDS, Kind, MAKE, SOURCE, leastProps, propertiesIn, restoredIn } from '../support/restored-clusters';

const INJECTION_IDS: Readonly<Record<Kind, string>> = {
  'from a snapshot': 'cdk-aurora-backup.RestoredDatabaseCluster',
  'from a point in time': 'cdk-aurora-backup.DatabaseClusterFromPointInTime',
  'cloned': 'cdk-aurora-backup.DatabaseClusterClone',
};
const OWN_SECRET = '@aws-cdk/aws-rds:preventRenderingDeprecatedCredentials';

describe.each(KINDS)('a cluster %s', (kind) => {
  const make = (props: Partial<RestoredClusterOptions> = {}, stack = aStack()) => {
    const cluster = MAKE[kind](stack, { ...leastProps(stack), ...props });
    return { stack, cluster };
  };
  const properties = (props?: Partial<RestoredClusterOptions>) => propertiesIn(make(props).stack);
  const refusal = (props: Partial<RestoredClusterOptions>) => messageOf(() => make(props));
  const annotations = (props?: Partial<RestoredClusterOptions>) => Annotations.fromStack(make(props).stack);

  test('is restored from its source, and from nothing else', () => {
    const all = ['SnapshotIdentifier', 'SourceDBClusterIdentifier', 'SourceDbClusterResourceId', 'RestoreToTime', 'RestoreType', 'UseLatestRestorableTime', 'SourceRegion'];
    const actual = properties();

    expect(Object.fromEntries(all.filter((name) => name in actual).map((name) => [name, actual[name]]))).toEqual(SOURCE[kind]);
  });

  test('waits for its guard, which knows what it is restored from and what must not be changed', () => {
    const { stack } = make();
    const [[guardId, guard]] = Object.entries(templateOf(stack).findResources(GUARD));

    expect(restoredIn(stack).DependsOn).toContain(guardId);
    expect(guard.Properties).toMatchObject({
      Values: { ...SOURCE[kind], DBClusterIdentifier: expect.any(String), DBSubnetGroupName: { Ref: expect.stringMatching(/^ClusterSubnets/) } },
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      AllowReplacement: false,
    });
  });

  test('may be replaced only when that is asked for', () => {
    templateOf(make({ allowReplacement: true }).stack).hasResourceProperties(GUARD, { AllowReplacement: true });
  });

  describe('has an identifier that the template says', () => {
    const identifierOf = (props?: Partial<RestoredClusterOptions>, stack = aStack()) => propertiesIn(make(props, stack).stack).DBClusterIdentifier;

    const none = { clusterIdentifier: undefined };

    test('made from stack and path, the same at every synth, where none is given', () => {
      expect(identifierOf(none)).toMatch(/^orders-cluster-[0-9a-f]{8}$/);
      expect(identifierOf(none)).toBe(identifierOf(none));
      expect(identifierOf(none, aStack({ id: 'Billing' }))).not.toBe(identifierOf(none));
    });

    test('which should be given, because no guard stops a construct that is moved from being restored anew', () => {
      annotations(none).hasWarning('/Orders/Cluster', Match.stringLikeRegexp(
        "^clusterIdentifier is not given, and '(orders-cluster-[0-9a-f]{8})' is made up .*: moved or renamed, it would be restored anew .*Set clusterIdentifier to 'orders-cluster-[0-9a-f]{8}', "
        + 'which changes nothing, .*; or acknowledge this warning',
      ));
      annotations({ ...none, removalPolicy: RemovalPolicy.DESTROY }).hasNoWarning('*', Match.anyValue());
    });

    test('that RDS takes, however long or odd the name of the stack is', () => {
      for (const id of ['A'.repeat(100), 'a--b', 'Orders-', 'ORDERS']) {
        expect(identifierOf(none, aStack({ id }))).toMatch(/^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      }
    });

    test('in lower case, as RDS stores it', () => {
      expect(identifierOf({ clusterIdentifier: 'Orders-Back' })).toBe('orders-back');
    });

    test('as it is known when the stack deploys', () => {
      const stack = aStack();
      const parameter = new CfnParameter(stack, 'Name').valueAsString;

      expect(identifierOf({ clusterIdentifier: parameter }, stack)).toEqual({ Ref: 'Name' });
    });

    test.each(['', '1st', 'a--b', 'a-', 'a'.repeat(64)])('not as %j', (clusterIdentifier) => {
      expect(refusal({ clusterIdentifier })).toMatch(/^\[Orders\/Cluster\] clusterIdentifier must be 1 to 63 letters, digits and hyphens, /);
    });
  });

  describe('keeps automated backups', () => {
    test('for seven days, where AWS contradicts itself', () => {
      expect(properties()).toMatchObject({ BackupRetentionPeriod: 7 });
    });

    test('for as long as it is told, as far as RDS can', () => {
      expect(properties({ backup: { retention: Duration.days(35), preferredWindow: '01:00-02:00' } })).toMatchObject({ BackupRetentionPeriod: 35, PreferredBackupWindow: '01:00-02:00' });
      for (const retention of [Duration.days(0), Duration.days(36), Duration.hours(36)]) {
        expect(refusal({ backup: { retention } })).toMatch(/^\[Orders\/Cluster\] backup\.retention must be whole days from 1 to 35, .*, got /);
      }
      expect(refusal({ backup: { retention: Duration.days(7), preferredWindow: '1:00-2:00' } })).toMatch(/backup\.preferredWindow must be 'hh:mm-hh:mm' in UTC, .*, got '1:00-2:00'$/);
    });
  });

  describe('is not lost by mistake', () => {
    const policies = (props: Partial<RestoredClusterOptions> = {}, defaults?: RemovalPolicy) => {
      const stack = aStack();
      AuroraBackupDefaults.of(stack).configure({ removalPolicy: defaults });
      make(props, stack);
      const { DeletionPolicy, UpdateReplacePolicy, Properties: { DeletionProtection } } = restoredIn(stack);
      return [DeletionPolicy, UpdateReplacePolicy, DeletionProtection];
    };

    test('but protected, and leaves a snapshot', () => {
      expect(policies()).toEqual(['Snapshot', 'Snapshot', true]);
      expect(policies({ removalPolicy: RemovalPolicy.RETAIN })).toEqual(['Retain', 'Retain', true]);
      expect(policies({ removalPolicy: RemovalPolicy.RETAIN }, RemovalPolicy.DESTROY)).toEqual(['Retain', 'Retain', true]);
      expect(policies({ deletionProtection: false })).toEqual(['Snapshot', 'Snapshot', false]);
    });

    test('except in environments that are thrown away', () => {
      expect(policies({}, RemovalPolicy.DESTROY)).toEqual(['Delete', 'Delete', false]);
      expect(policies({ removalPolicy: RemovalPolicy.DESTROY })).toEqual(['Delete', 'Delete', false]);
      expect(policies({ deletionProtection: true }, RemovalPolicy.DESTROY)).toEqual(['Delete', 'Delete', true]);
    });
  });

  describe.each([true, false])('has the password of its source (the feature flag of aws-rds is %s)', (flag) => {
    const quietStack = () => {
      const stack = aStack({ app: anApp({ context: { [OWN_SECRET]: flag } }) });
      // The newest CDK can check templates, and wants a user beside a password; a restored cluster has that of its source, and CloudFormation forbids another.
      stack.node.addMetadata('aws:cdk:acknowledged-rules', { 'CloudFormation-Validate::F3021': 'a restored cluster has the user of its source' });
      return stack;
    };

    test('and no secret with another one, nor a warning of it', () => {
      const { stack, cluster } = make({}, quietStack());

      expect(cluster.secret).toBeUndefined();
      templateOf(stack).resourceCountIs('AWS::SecretsManager::Secret', 0);
      templateOf(stack).resourceCountIs('AWS::SecretsManager::SecretTargetAttachment', 0);
      Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
      expect(messageOf(() => cluster.addRotationSingleUser())).toMatch(/without a secret/);
    });

    test('or one that RDS makes and rotates', () => {
      const { stack, cluster } = make({ manageMasterUserPassword: true }, quietStack());
      const grantee = iam.Role.fromRoleArn(stack, 'Reader', 'arn:aws:iam::111111111111:role/reader');
      cluster.secret!.grantRead(grantee);

      expect(propertiesIn(stack)).toMatchObject({ ManageMasterUserPassword: true });
      expect(propertiesIn(stack)).not.toHaveProperty('MasterUserPassword');
      expect(stack.resolve(cluster.secret!.secretArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Cluster/), 'MasterUserSecret.SecretArn'] });
      templateOf(stack).resourceCountIs('AWS::SecretsManager::Secret', 0);
      Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
      expect(messageOf(() => cluster.addRotationSingleUser())).toMatch(/^\[Orders\/Cluster\] addRotationSingleUser cannot be combined with manageMasterUserPassword: true, because RDS itself rotates/);
    });

    test('or a generated one, in a secret that can be rotated', () => {
      const { stack, cluster } = make({ snapshotCredentials: rds.SnapshotCredentials.fromGeneratedSecret('postgres') }, quietStack());
      cluster.addRotationSingleUser();

      // Whom RDS would not know, would open nothing: before the restore the guard looks.
      templateOf(stack).hasResourceProperties(GUARD, { UserOfSource: 'postgres' });
      expect(JSON.stringify(propertiesIn(stack).MasterUserPassword)).toContain('{{resolve:secretsmanager:');
      templateOf(stack).resourceCountIs('AWS::SecretsManager::Secret', 1);
      templateOf(stack).resourceCountIs('AWS::SecretsManager::SecretTargetAttachment', 1);
      templateOf(stack).resourceCountIs('AWS::SecretsManager::RotationSchedule', 1);
      Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    });

    test('or a given one', () => {
      const { stack, cluster } = make({ snapshotCredentials: rds.SnapshotCredentials.fromPassword(SecretValue.secretsManager('orders')) }, quietStack());

      expect(propertiesIn(stack)).toMatchObject({ MasterUserPassword: '{{resolve:secretsmanager:orders:SecretString:::}}' });
      expect(cluster.secret).toBeUndefined();
      templateOf(stack).resourceCountIs('AWS::SecretsManager::Secret', 0);
    });
  });

  describe('refuses at synth what cannot be, and says what to do', () => {
    test('credentials', () => {
      expect(refusal({ credentials: rds.Credentials.fromGeneratedSecret('admin') })).toBe(
        '[Orders/Cluster] credentials cannot be set for a restored cluster, which keeps the user and the password of its source, so that a secret with another password would not open it; '
        + 'for a new password, set manageMasterUserPassword: true or snapshotCredentials',
      );
    });

    test('two ways to a new password', () => {
      expect(refusal({ manageMasterUserPassword: true, snapshotCredentials: rds.SnapshotCredentials.fromGeneratedSecret('postgres') })).toMatch(
        /snapshotCredentials cannot be combined with manageMasterUserPassword: true, .*; leave out one of the two$/,
      );
    });

    test('being a replica at the same time', () => {
      expect(refusal({ replicationSourceIdentifier: 'arn:aws:rds:eu-west-1:111111111111:cluster:orders' })).toMatch(/replicationSourceIdentifier cannot be set for a restored cluster, .*; leave it out$/);
    });

    test('a cluster without an instance', () => {
      expect(refusal({ writer: undefined })).toBe('[Orders/Cluster] writer is needed: a restore makes a cluster without instances, '
        + 'and nothing answers at its endpoint; set for example rds.ClusterInstance.serverlessV2(\'Writer\')');
    });

    test('a cluster without a network', () => {
      expect(refusal({ vpc: undefined })).toBe('[Orders/Cluster] vpc is needed: the network of the source is not restored with it; set the VPC that the new cluster is to be in');
    });

    test.each([true, false])('storageEncrypted: %s without a key', (storageEncrypted) => {
      expect(refusal({ storageEncrypted })).toMatch(new RegExp(`storageEncrypted: ${storageEncrypted} cannot be set alone, .* set storageEncryptionKey, else leave it out$`));
    });

    test('storageEncrypted: false with a key', () => {
      const stack = aStack();
      expect(messageOf(() => make({ storageEncrypted: false, storageEncryptionKey: new kms.Key(stack, 'Key') }, stack))).toMatch(/storageEncrypted: false contradicts storageEncryptionKey; leave out one of the two$/);
    });

    test('a Limitless Database, in both spellings', () => {
      expect(refusal({ clusterScalabilityType: rds.ClusterScalabilityType.LIMITLESS })).toMatch(/clusterScalabilityType LIMITLESS cannot be restored by this construct, .*; leave it out$/);
      expect(refusal({ clusterScailabilityType: rds.ClusterScailabilityType.LIMITLESS })).toMatch(/clusterScalabilityType LIMITLESS cannot be restored/);
    });

    test('an engine that is not Aurora of today', () => {
      expect(refusal({ engine: rds.DatabaseClusterEngine.AURORA, parameterGroup: undefined })).toMatch(/engine must be Aurora MySQL or Aurora PostgreSQL, got 'aurora'; /);
    });

    test.each([['PostgreSQL', rds.DatabaseClusterEngine.AURORA_POSTGRESQL], ['MySQL', rds.DatabaseClusterEngine.AURORA_MYSQL]])('Aurora %s without a version', (_name, engine) => {
      expect(refusal({ engine })).toMatch(/^\[Orders\/Cluster\] engine has no version, and without it RDS may restore to another version .* or restore from a restorePoint, which knows it$/);
    });
  });

  test.each(['masterUsername', 'globalClusterIdentifier', 'replicationSourceIdentifier'])('gets no %s behind its props either', (property) => {
    const { stack, cluster } = make();
    Object.assign(cluster.node.defaultChild!, { [property]: 'sample' });

    expect(messageOf(() => templateOf(stack))).toMatch(new RegExp(`${property} of the CfnDBCluster of a restored cluster must not be set, .*; leave it out`));
  });

  test('says nothing that has to be acknowledged', () => {
    annotations().hasNoWarning('*', Match.anyValue());
    annotations().hasNoError('*', Match.anyValue());
  });

  test('has its tags, metrics and grants as any cluster', () => {
    const { stack, cluster } = make({ manageMasterUserPassword: true, enableDataApi: true });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    Tags.of(cluster).add('team', 'billing');
    cluster.grantConnect(role, 'app');
    cluster.grantDataApiAccess(role);

    expect(propertiesIn(stack).Tags).toEqual([{ Key: 'team', Value: 'billing' }]);
    expect(cluster.metricCPUUtilization().dimensions).toEqual({ DBClusterIdentifier: cluster.clusterIdentifier });
    const actions = Object.values(templateOf(stack).findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement).flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['rds-db:connect', 'rds-data:ExecuteStatement', 'secretsmanager:GetSecretValue']));
  });

  test('takes the defaults of a platform team through property injection', () => {
    const injected: string[] = [];
    const app = new App({ context: { 'aws:cdk:disable-asset-staging-context': true } });
    const injector = (constructUniqueId: string) => ({
      constructUniqueId,
      inject: (props: any) => {
        injected.push(constructUniqueId);
        return { ...props, iamAuthentication: true };
      },
    });
    const stack = new Stack(app, 'Orders', { propertyInjectors: [injector(INJECTION_IDS[kind])] });
    make({}, stack);

    expect(injected).toEqual([INJECTION_IDS[kind]]);
    expect(propertiesIn(stack)).toMatchObject({ EnableIAMDatabaseAuthentication: true });
  });
});

describe('a cluster from a point in time', () => {
  const made = (props: Partial<ConstructorParameters<typeof DatabaseClusterFromPointInTime>[2]>, stack = aStack()) => {
    new DatabaseClusterFromPointInTime(stack, 'Cluster', { ...leastProps(stack), restoreTo: RestoreTime.latest(), ...props });
    return stack;
  };
  const refusal = (...args: Parameters<typeof made>) => messageOf(() => made(...args));

  test('may be made of the retained backups of a cluster that is gone, as it was at a time', () => {
    const stack = made({ sourceClusterResourceId: 'cluster-ABCD1234', restoreTo: RestoreTime.at(new Date('2025-03-09T01:30:00Z')) });

    expect(propertiesIn(stack)).toMatchObject({ SourceDbClusterResourceId: 'cluster-ABCD1234', RestoreToTime: '2025-03-09T01:30:00Z' });
    expect(propertiesIn(stack)).not.toHaveProperty('SourceDBClusterIdentifier');
    expect(propertiesIn(stack)).not.toHaveProperty('UseLatestRestorableTime');
  });

  test('takes source and time as they are known when the stack deploys', () => {
    const stack = aStack();
    const [name, time] = ['Name', 'Time'].map((id) => new CfnParameter(stack, id).valueAsString);
    made({ sourceClusterIdentifier: name, restoreTo: RestoreTime.atTimestamp(time) }, stack);

    expect(propertiesIn(stack)).toMatchObject({ SourceDBClusterIdentifier: { Ref: 'Name' }, RestoreToTime: { Ref: 'Time' } });
  });

  test('needs one source', () => {
    expect(refusal({})).toBe('[Orders/Cluster] one of sourceClusterIdentifier and sourceClusterResourceId is needed, which say what is restored; set one');
    expect(refusal({ sourceClusterIdentifier: 'orders', sourceClusterResourceId: 'cluster-1' })).toBe(
      '[Orders/Cluster] sourceClusterIdentifier and sourceClusterResourceId cannot be combined, because a cluster is restored from one source; leave out one of the two',
    );
  });

  test('is not made in place of its source', () => {
    expect(refusal({ sourceClusterIdentifier: 'orders', clusterIdentifier: 'Orders' })).toBe(
      "[Orders/Cluster] clusterIdentifier 'Orders' is that of the source, and a restore never goes into an existing cluster; give the new one another clusterIdentifier",
    );
  });

  test('knows names from resource ids', () => {
    expect(refusal({ sourceClusterResourceId: 'orders' })).toMatch(/sourceClusterResourceId must be the resource id of a cluster .*, got 'orders'; .* for a name there is sourceClusterIdentifier$/);
    expect(refusal({ sourceClusterIdentifier: 'arn:aws:rds:eu-west-1:111111111111:cluster:orders' })).toMatch(/sourceClusterIdentifier must be 1 to 63 letters/);
  });

  test('gets no name of a database, which it has from its source', () => {
    expect(refusal({ sourceClusterIdentifier: 'orders', defaultDatabaseName: 'shop' })).toMatch(/defaultDatabaseName 'shop' cannot be set .*; leave it out$/);
  });

  test('may get another key, without being called encrypted', () => {
    const stack = aStack();
    made({ sourceClusterIdentifier: 'orders', storageEncryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) }, stack);

    expect(propertiesIn(stack)).toMatchObject({ KmsKeyId: KEY_ARN });
    expect(propertiesIn(stack)).not.toHaveProperty('StorageEncrypted');
  });
});

describe('a clone', () => {
  const made = (sourceClusterIdentifier: string, props: Partial<RestoredClusterOptions> = {}, stack = stackIn('eu-west-1')) => {
    new DatabaseClusterClone(stack, 'Cluster', { ...leastProps(stack), sourceClusterIdentifier, ...props });
    return stack;
  };

  test('may be of a cluster that another account shares', () => {
    const arn = 'arn:aws:rds:eu-west-1:222222222222:cluster:orders';

    expect(propertiesIn(made(arn))).toMatchObject({ SourceDBClusterIdentifier: arn, RestoreType: 'copy-on-write', UseLatestRestorableTime: true });
  });

  test('is made where its source is', () => {
    expect(messageOf(() => made('arn:aws:rds:eu-central-1:222222222222:cluster:orders'))).toBe(
      '[Orders/Cluster] sourceClusterIdentifier is of eu-central-1 and the stack of eu-west-1, and a clone is made in the Region of its source; put it into a stack of eu-central-1',
    );
    expect(() => made('arn:aws:rds:eu-central-1:222222222222:cluster:orders', {}, aStack())).not.toThrow();
  });

  test.each([`arn:aws:rds:${Aws.REGION}:222222222222:cluster:orders`, `arn:${Aws.PARTITION}:rds:eu-west-1:${Aws.ACCOUNT_ID}:cluster:orders`])(
    'may be of an ARN that only the deploy knows: %s', (arn) => {
      const stack = aStack();

      expect(propertiesIn(made(arn, {}, stack))).toMatchObject({ SourceDBClusterIdentifier: stack.resolve(arn) });
    });

  test.each(['arn:aws:rds:eu-west-1:222222222222:cluster-snapshot:orders', 'or_ders', ''])('is not of %j', (source) => {
    expect(messageOf(() => made(source))).toMatch(/^\[Orders\/Cluster\] sourceClusterIdentifier must be /);
  });

  test('is not made in place of its source, and gets no name of a database', () => {
    expect(messageOf(() => made('arn:aws:rds:eu-west-1:111111111111:cluster:orders', { clusterIdentifier: 'orders' }))).toMatch(/clusterIdentifier 'orders' is that of the source, /);
    expect(() => made('arn:aws:rds:eu-west-1:222222222222:cluster:orders', { clusterIdentifier: 'orders' })).not.toThrow();
    expect(messageOf(() => made('orders', { clusterIdentifier: 'orders' }))).toMatch(/clusterIdentifier 'orders' is that of the source, /);
    expect(messageOf(() => made('orders', { defaultDatabaseName: 'shop' }))).toMatch(/defaultDatabaseName 'shop' cannot be set .*; leave it out$/);
  });
});

test('clusters of different names never share an identifier', () => {
  const stack = aStack();
  const least = leastProps(stack);
  const ids = ['A', 'B', 'a', 'AB'];
  ids.forEach((id) => new DatabaseClusterClone(stack, id, { ...least, clusterIdentifier: undefined, sourceClusterIdentifier: 'orders' }));

  expect(new Set(ids.map((id) => propertiesIn(stack, id).DBClusterIdentifier)).size).toBe(4);
  templateOf(stack).resourceCountIs(CLUSTER, 4);
});
