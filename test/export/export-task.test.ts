import { Annotations as AckAnnotations, App, CfnParameter, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ClusterSnapshot, ClusterSnapshotCopy, Completion, ExportSource, ExportTask, ExportTaskProps, SnapshotExportRole, TimeoutBehavior } from '../../src';
import { EVENT_SOURCE, OUTCOME_DETAIL_TYPE } from '../../src/core/outcome';
import { CONTRACT_VERSION, parseRequest } from '../../src/core/resource-contract';
import { EXPORT, aStack, anApp, asText, importedCluster, messageOf, newCluster, propertiesOf, stackIn, templateOf } from '../support/constructs';
import { KEY_ARN, SNAPSHOT_ARN, clusterOf, exportIn, exportWith, keyOf, lakeIn } from '../support/exports';

const WAITS_FOR_RESULT = Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL });

const propertiesWith = (props: Partial<ExportTaskProps>) => propertiesOf(exportWith(props).stack, EXPORT);

/** The message of an export whose props a stack in Ireland refuses. */
const refusal = (props: Partial<ExportTaskProps> | ((stack: Stack) => Partial<ExportTaskProps>)) => messageOf(() => exportWith(props));

test('an empty trigger is refused', () => {
  expect(refusal({ trigger: '' })).toBe("[Orders/Export] trigger must not be empty, which would be the same as none, got ''; give any other text, or leave it out");
});

describe('the resource', () => {
  test('says of a source that goes on in the background that it may not have begun when the export does', () => {
    const stack = stackIn('eu-west-1');
    const source = new ClusterSnapshot(stack, 'Source', { cluster: importedCluster(stack), completion: Completion.background() });
    exportIn(stack, { source: ExportSource.snapshot(source) });

    expect(propertiesOf(stack, EXPORT).SourceMayBeQueued).toBe(true);
  });

  test('says what the handler needs to know, and nothing that was not asked for', () => {
    const { ServiceToken, Owner, WatchStateMachineArn, RoleArn, ...properties } = propertiesWith({});

    expect(properties).toEqual({
      ContractVersion: CONTRACT_VERSION, SourceArn: SNAPSHOT_ARN, Bucket: 'lake', KmsKeyId: KEY_ARN, FailOnWarnings: false, Completion: 'continue', TimeoutMinutes: 50,
    });
    expect([ServiceToken, WatchStateMachineArn, Owner]).toEqual([expect.anything(), expect.anything(), expect.stringMatching(/^cab-[0-9a-f]{8}$/)]);
    expect(asText(RoleArn)).toMatch(/^\$\{ExportRole\w+\.Arn\}$/);
  });

  test('says all that was asked for', () => {
    expect(propertiesWith({ prefix: 'lake/orders', exportOnly: ['shop', 'shop.public'], trigger: '2026-11', failOnWarnings: true })).toMatchObject({
      Prefix: 'lake/orders', ExportOnly: ['shop', 'shop.public'], Trigger: '2026-11', FailOnWarnings: true,
    });
  });

  test('says it in the words that the handler reads', () => {
    const properties = { ...propertiesWith({ prefix: 'lake', exportOnly: ['shop'], trigger: '1', failOnWarnings: true }), RoleArn: 'arn:aws:iam::111111111111:role/export' };
    const onTheWire = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, typeof value === 'object' ? value : String(value)]));

    expect(parseRequest(EXPORT, onTheWire, 'eu-central-1')).toMatchObject({
      kind: 'export',
      region: 'eu-west-1',
      sourceArn: SNAPSHOT_ARN,
      bucket: 'lake',
      prefix: 'lake',
      roleArn: 'arn:aws:iam::111111111111:role/export',
      kmsKeyId: KEY_ARN,
      exportOnly: ['shop'],
      trigger: '1',
      failOnWarnings: true,
      completion: 'continue',
      timeoutMinutes: 50,
    });
  });

  test('is always deleted by CloudFormation, so that an export that still runs is cancelled', () => {
    templateOf(exportWith().stack).hasResource(EXPORT, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('has a logical id that follows from the place in the tree, so that no release exports again', () => {
    expect(Object.keys(templateOf(exportWith().stack).findResources(EXPORT))).toEqual(['Export16632B07']);
  });

  test('gives an alias by its name', () => {
    expect(exportWithAlias('alias/lake').KmsKeyId).toBe('alias/lake');
  });

  function exportWithAlias(aliasName: string) {
    const stack = stackIn('eu-west-1');
    exportIn(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', aliasName) });
    return propertiesOf(stack, EXPORT);
  }

  test('may have everything known only when the stack deploys', () => {
    const stack = aStack();
    const text = (id: string) => new CfnParameter(stack, id).valueAsString;
    exportIn(stack, {
      source: ExportSource.snapshotArn(text('Arn')),
      bucket: s3.Bucket.fromBucketName(stack, 'Bucket', text('BucketName')),
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', text('KeyArn')),
      role: iam.Role.fromRoleArn(stack, 'Role', text('RoleArn')),
      prefix: text('Prefix'),
      exportOnly: new CfnParameter(stack, 'Only', { type: 'CommaDelimitedList' }).valueAsList,
      trigger: text('Trigger'),
    });

    expect(propertiesOf(stack, EXPORT)).toMatchObject({
      SourceArn: { Ref: 'Arn' },
      Bucket: { Ref: 'BucketName' },
      KmsKeyId: { Ref: 'KeyArn' },
      RoleArn: { Ref: 'RoleArn' },
      Prefix: { Ref: 'Prefix' },
      ExportOnly: { Ref: 'Only' },
      Trigger: { Ref: 'Trigger' },
    });
  });
});

describe('the source', () => {
  const sourceArn = (stack: Stack) => asText(propertiesOf(stack, EXPORT).SourceArn);

  test('may be a snapshot that the stack takes', () => {
    const stack = stackIn('eu-west-1');
    exportIn(stack, { source: ExportSource.snapshot(new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack) })) });

    expect(sourceArn(stack)).toMatch(/^\$\{Snapshot\w+\.SnapshotArn\}$/);
  });

  test.each(['orders', 'rds:orders-2026-11-22', 'awsbackup:job-1'])('may be a snapshot like %s', (identifier) => {
    const arn = SNAPSHOT_ARN.replace(/[^:]+$/, identifier);

    expect(propertiesWith({ source: ExportSource.snapshotArn(arn) }).SourceArn).toBe(arn);
  });

  test('may be a cluster, in lower case as RDS stores it and IAM compares it', () => {
    const stack = stackIn('eu-west-1');
    exportIn(stack, { source: ExportSource.cluster(importedCluster(stack, 'Orders-DB')) });

    expect(sourceArn(stack)).toBe('arn:${AWS::Partition}:rds:eu-west-1:111111111111:cluster:orders-db');
  });

  test('may be a cluster in another Region, where the work is then done', () => {
    const app = anApp();
    const home = stackIn('eu-central-1', { app, id: 'Home' });
    const cluster = importedCluster(home);
    new ClusterSnapshot(home, 'AtHome', { cluster });
    const stack = stackIn('eu-west-1', { app });
    exportIn(stack, { source: ExportSource.cluster(cluster), bucket: lakeIn(stack, 'eu-central-1'), encryptionKey: keyOf(stack, KEY_ARN.replace('eu-west-1', 'eu-central-1')) });

    expect(sourceArn(stack)).toBe('arn:${AWS::Partition}:rds:eu-central-1:111111111111:cluster:orders');
  });

  test('is complete, instances included, before it is exported as a cluster', () => {
    const stack = stackIn('eu-west-1');
    exportIn(stack, { source: ExportSource.cluster(newCluster(stack)) });

    expect(dependenciesOf(stack)).toEqual(expect.arrayContaining([expect.stringMatching(/^Cluster[0-9A-F]{8}$/), expect.stringMatching(/^ClusterWriter/)]));
  });

  test.each(['arn:aws:rds:eu-west-1:111111111111:snapshot:orders', 'arn:aws:rds:eu-west-1:111111111111:cluster:orders', 'orders'])('cannot be %s as the ARN of a snapshot', (arn) => {
    expect(refusal({ source: ExportSource.snapshotArn(arn) })).toBe(
      `[Orders/Export] snapshotArn must be the ARN of a DB cluster snapshot (arn:aws:rds:<region>:<account>:cluster-snapshot:<identifier>), got '${arn}'`,
    );
  });

  test('cannot be a cluster of another engine', () => {
    expect(refusal((stack) => ({ source: ExportSource.cluster(clusterOf(stack, 'neptune')) }))).toBe(
      "[Orders/Export] source 'Orders/Orders' runs 'neptune'; only aurora-mysql and aurora-postgresql are supported",
    );
  });

  test('cannot be a cluster of another account', () => {
    const app = anApp();
    const theirs = importedCluster(aStack({ app, id: 'Theirs', env: { account: '222222222222', region: 'eu-west-1' } }));

    expect(messageOf(() => exportIn(stackIn('eu-west-1', { app }), { source: ExportSource.cluster(theirs) }))).toBe(
      "[Orders/Export] source 'Theirs/Imported-orders' is in account 222222222222 and the stack in 111111111111; put the export into a stack in 222222222222",
    );
  });
});

function dependenciesOf(stack: Stack): string[] {
  return Object.values(templateOf(stack).findResources(EXPORT))[0].DependsOn ?? [];
}

describe('what the export needs is complete before it starts', () => {
  test('the policies that the app attaches to a role of its own', () => {
    const stack = stackIn('eu-west-1');
    const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('export.rds.amazonaws.com') });
    exportIn(stack, { role });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: ['*'] }));

    expect(dependenciesOf(stack)).toEqual(expect.arrayContaining([expect.stringMatching(/^MineDefaultPolicy/), expect.stringMatching(/^Mine[0-9A-F]{8}$/)]));
  });

  test('the role that the construct makes', () => {
    expect(dependenciesOf(exportWith().stack)).toContainEqual(expect.stringMatching(/^ExportRole/));
  });

  test('the policies that the app attaches to the bucket, also later', () => {
    const stack = stackIn('eu-west-1');
    const bucket = new s3.Bucket(stack, 'Data');
    exportIn(stack, { bucket });
    bucket.addToResourcePolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], principals: [new iam.AnyPrincipal()], resources: [bucket.arnForObjects('*')] }));

    expect(dependenciesOf(stack)).toContainEqual(expect.stringMatching(/^DataPolicy/));
  });

  test('but not what the bucket calls when the data arrives, which may need to know the export', () => {
    const stack = stackIn('eu-west-1');
    const bucket = new s3.Bucket(stack, 'Data');
    const task = exportIn(stack, { bucket });
    const crawler = new lambda.Function(stack, 'Crawler', {
      code: lambda.Code.fromInline('//'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_22_X, environment: { EXPORT: task.exportTaskIdentifier },
    });
    bucket.addObjectCreatedNotification(new notifications.LambdaDestination(crawler));

    expect(() => templateOf(stack)).not.toThrow(); // it would be a circle
    expect(dependenciesOf(stack).filter((id) => id.startsWith('Data'))).toEqual([]);
  });
});

describe('the role', () => {
  test('is one for bucket, prefix and key, unless one is given', () => {
    const task = exportWith({ prefix: 'lake/orders' });

    expect(task.role).toBeInstanceOf(SnapshotExportRole);
    templateOf(task.stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [{ PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Resource: { 'Fn::Join': ['', Match.arrayWith([':s3:::lake/lake/orders/*'])] } })]) } }],
    });
  });

  test('may be given', () => {
    const stack = stackIn('eu-west-1');
    const role = iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/export');

    expect(exportIn(stack, { role }).role).toBe(role);
    expect(propertiesOf(stack, EXPORT).RoleArn).toBe('arn:aws:iam::111111111111:role/export');
    expect(stack.node.findChild('Export').node.tryFindChild('Role')).toBeUndefined();
  });

  test('cannot be of another account', () => {
    expect(refusal((stack) => ({ role: iam.Role.fromRoleArn(stack, 'Theirs', 'arn:aws:iam::222222222222:role/export') }))).toBe(
      "[Orders/Export] role 'Orders/Theirs' is in account 222222222222 and the stack in 111111111111; RDS takes roles of its own account only: give a role of 111111111111",
    );
  });
});

test('everything may come from another stack, and be shared by exports in a nested one', () => {
  const app = anApp();
  const [home, roles, exports] = ['Home', 'Roles', 'Exports'].map((id) => stackIn('eu-west-1', { app, id }));
  const encryptionKey = new kms.Key(home, 'Key');
  const bucket = new s3.Bucket(home, 'Bucket', { encryptionKey, enforceSSL: true });
  const role = new SnapshotExportRole(roles, 'Role', { bucket, encryptionKey });
  const common = { bucket, encryptionKey, role, notificationTopic: new sns.Topic(home, 'Topic', { masterKey: encryptionKey }) };
  const cluster = newCluster(home);
  const nested = new NestedStack(exports, 'Nested');
  const snapshot = new ClusterSnapshot(nested, 'Snapshot', { cluster });
  exportIn(exports, { ...common, source: ExportSource.cluster(cluster) }, 'OfCluster');
  exportIn(exports, { ...common, source: ExportSource.snapshot(snapshot), prefix: 'outside' }, 'Outside');
  exportIn(nested, { ...common, source: ExportSource.snapshot(snapshot), prefix: 'inside' }, 'Inside');

  app.synth(); // which refuses circles between stacks
  for (const stack of [home, roles, exports, nested]) {
    expect(() => templateOf(stack)).not.toThrow(); // and this within one
  }
  expect(exports.dependencies).toEqual(expect.arrayContaining([home, roles]));
});

describe('a role for exports to some other place is refused', () => {
  const OTHER_KEY = KEY_ARN.replace('lake', 'other');
  type Place = Pick<ExportTaskProps, 'bucket' | 'encryptionKey' | 'prefix'>;

  /** An export to one place with the role for another. */
  const exportWithRoleFor = (places: (stack: Stack) => { ofRole: Partial<Place>; ofExport: Partial<Place> }) => {
    const stack = stackIn('eu-west-1');
    const { ofRole, ofExport } = places(stack);
    const usual = { bucket: lakeIn(stack), encryptionKey: keyOf(stack) };
    return exportIn(stack, { ...usual, ...ofExport, role: new SnapshotExportRole(stack, 'Mine', { ...usual, ...ofRole }) });
  };
  const refusedFor = (places: Parameters<typeof exportWithRoleFor>[0]) => messageOf(() => exportWithRoleFor(places));

  test('another bucket by name', () => {
    expect(refusedFor((stack) => ({ ofRole: { bucket: s3.Bucket.fromBucketName(stack, 'Other', 'other') }, ofExport: {} }))).toBe(
      "[Orders/Export] role 'Orders/Mine' writes to bucket 'Orders/Other', not to 'Orders/Lake'; make a role for this export, or leave out role",
    );
  });

  test('another bucket of the app', () => {
    expect(refusedFor((stack) => ({ ofRole: { bucket: new s3.Bucket(stack, 'One') }, ofExport: { bucket: new s3.Bucket(stack, 'Two') } }))).toContain(
      "role 'Orders/Mine' writes to bucket 'Orders/One', not to 'Orders/Two'",
    );
  });

  test('another key', () => {
    expect(refusedFor((stack) => ({ ofRole: {}, ofExport: { encryptionKey: keyOf(stack, OTHER_KEY, 'Other') } }))).toContain(
      "role 'Orders/Mine' encrypts with 'Orders/LakeKey', not with 'Orders/Other'",
    );
  });

  test.each([[undefined, 'not anywhere in the bucket'], ['lake', "not below 'lake'"], ['lake/orders2', "not below 'lake/orders2'"]])('another prefix (%s)', (prefix, not) => {
    expect(refusedFor(() => ({ ofRole: { prefix: 'lake/orders' }, ofExport: { prefix } }))).toContain(`role 'Orders/Mine' writes below 'lake/orders' only, ${not}; make a role`);
  });

  test.each<[string, Parameters<typeof exportWithRoleFor>[0]]>([
    ['the same place', () => ({ ofRole: {}, ofExport: {} })],
    ['a prefix below that of the role', () => ({ ofRole: { prefix: 'lake' }, ofExport: { prefix: 'lake/orders' } })],
    ['the prefix of the role', () => ({ ofRole: { prefix: 'lake' }, ofExport: { prefix: 'lake' } })],
    ['any prefix for a role without', () => ({ ofRole: {}, ofExport: { prefix: 'lake' } })],
    ['a prefix that nobody knows yet', (stack) => ({ ofRole: { prefix: 'lake' }, ofExport: { prefix: new CfnParameter(stack, 'Prefix').valueAsString } })],
    ['the same bucket by another import', (stack) => ({ ofRole: { bucket: s3.Bucket.fromBucketArn(stack, 'Same', 'arn:aws:s3:::lake') }, ofExport: {} })],
    ['a bucket of the app that may be the one imported', (stack) => ({ ofRole: { bucket: new s3.Bucket(stack, 'Made') }, ofExport: {} })],
    ['a key of the app that may be the one imported', (stack) => ({ ofRole: { encryptionKey: new kms.Key(stack, 'Made') }, ofExport: {} })],
  ])('but not %s', (_, places) => {
    expect(() => exportWithRoleFor(places)).not.toThrow();
  });
});

describe('props that cannot be right are refused at synth, with what to do', () => {
  test('a bucket in another Region', () => {
    expect(refusal((stack) => ({ bucket: lakeIn(stack, 'eu-central-1') }))).toBe(
      "[Orders/Export] bucket 'Orders/Lake' is in eu-central-1 and the source in eu-west-1, and RDS exports only within one Region; "
      + 'give a bucket of eu-west-1; if an imported bucket is there, say so with s3.Bucket.fromBucketAttributes(…, { region })',
    );
  });

  test('a key in another Region', () => {
    expect(refusal((stack) => ({ encryptionKey: keyOf(stack, 'arn:aws:kms:eu-central-1:111111111111:key/1') }))).toBe(
      "[Orders/Export] encryptionKey 'Orders/LakeKey' is in eu-central-1 and the source in eu-west-1, and RDS exports only within one Region; give a key of eu-west-1",
    );
  });

  test('a key that is not symmetric', () => {
    expect(refusal((stack) => ({ encryptionKey: new kms.Key(stack, 'Key', { keySpec: kms.KeySpec.RSA_2048, keyUsage: kms.KeyUsage.ENCRYPT_DECRYPT }) }))).toBe(
      "[Orders/Export] encryptionKey 'Orders/Key' is an asymmetric or HMAC key (RSA_2048), and RDS uses symmetric keys only; give a key without keySpec",
    );
  });

  test('an alias of another account, which would be looked up in the own one', () => {
    expect(refusal((stack) => ({ encryptionKey: keyOf(stack, 'arn:aws:kms:eu-west-1:222222222222:alias/lake') }))).toBe(
      "[Orders/Export] encryptionKey 'Orders/LakeKey' is an alias of account 222222222222, which means nothing in 111111111111; give the key itself, with kms.Key.fromKeyArn",
    );
  });

  test('a key of the cluster beside that of the snapshot', () => {
    expect(refusal((stack) => ({
      source: ExportSource.snapshot(ClusterSnapshot.fromSnapshotAttributes(stack, 'Known', { snapshotArn: SNAPSHOT_ARN, encryptionKey: keyOf(stack, KEY_ARN, 'A') })),
      clusterEncryptionKey: keyOf(stack, KEY_ARN, 'B'),
    }))).toBe("[Orders/Export] clusterEncryptionKey 'Orders/B' has no effect, because source 'Orders/Known' tells its key itself; leave it out");
  });

  test('a key of the cluster in another Region', () => {
    expect(refusal((stack) => ({ clusterEncryptionKey: keyOf(stack, 'arn:aws:kms:eu-central-1:111111111111:key/1', 'Key') }))).toMatch(
      /clusterEncryptionKey 'Orders\/Key' is in eu-central-1 and the source in eu-west-1, .*; give a key of eu-west-1$/,
    );
  });

  test.each(['', '/lake', 'lake/', 'lake//orders'])('prefix: %j', (prefix) => {
    expect(refusal({ prefix })).toBe(`[Orders/Export] prefix must be one or more names with one slash between them, for example 'lake/orders', got '${prefix}'`);
  });

  test.each([['a b', ' '], ['a\\b', '\\'], ['a`b', '`'], ['a"b', '"']])('prefix: %j, which RDS would write elsewhere', (prefix, character) => {
    expect(refusal({ prefix })).toBe(
      `[Orders/Export] prefix must not contain '${character}', got '${prefix}': RDS would write to another prefix, with an underscore instead; use '_' or '-'`,
    );
  });

  test('prefix: a colon', () => {
    expect(refusal({ prefix: '2026:11' })).toBe("[Orders/Export] prefix must not contain ':', got '2026:11': RDS does not export to it; use '_' or '-'");
  });

  test.each([['a*', '*'], ['a?', '?'], ['${a}', '${']])('prefix: %j, which a policy would read as more than it says', (prefix, character) => {
    expect(refusal({ prefix })).toBe(`[Orders/Export] prefix must not contain '${character}', got '${prefix}': IAM would read it as more than this prefix; use '_' or '-'`);
  });

  test('prefix: too long for what comes behind it', () => {
    expect(refusal({ prefix: 'ä'.repeat(257) })).toMatch(/prefix must have at most 512 bytes, because S3 takes 1024 for a whole path, got 514 bytes \('ä{40}…'\)$/);
  });

  test.each<[string, string[], string]>([
    ['aurora-mysql', ['shop.public.orders'], 'db or db.table for aurora-mysql'],
    ['aurora-postgresql', ['shop.public.orders.x'], 'db, db.schema or db.schema.table for aurora-postgresql'],
  ])('exportOnly of %s: %j', (engine, exportOnly, forms) => {
    expect(refusal((stack) => ({ source: ExportSource.cluster(clusterOf(stack, engine)), exportOnly }))).toBe(
      `[Orders/Export] exportOnly takes ${forms}, got '${exportOnly[0]}'`,
    );
  });

  test('exportOnly of a source whose engine nobody knows: four parts', () => {
    expect(refusal({ exportOnly: ['a.b.c.d'] })).toBe("[Orders/Export] exportOnly takes db, db.table or db.schema or db.schema.table, got 'a.b.c.d'");
  });

  test.each(['', 'shop.', '.orders', 'shop.ordérs', 'shop.my orders', 'shop.my-orders', 'shop.*', '"shop"'])('exportOnly: %j', (item) => {
    expect(refusal({ exportOnly: ['good', item] })).toMatch(
      /exportOnly takes names of the letters A to Z, digits, '\$' and '_' only, got '.*'; RDS exports other names only as part of everything: leave out exportOnly, or name what contains it$/,
    );
  });

  test('exportOnly: the same twice', () => {
    expect(refusal({ exportOnly: ['shop.orders', 'crm', 'shop.orders'] })).toBe("[Orders/Export] exportOnly names 'shop.orders' twice; leave out one of the two");
  });

  test('exportOnly: nothing', () => {
    expect(refusal({ exportOnly: [] })).toBe('[Orders/Export] exportOnly must not be an empty list; leave it out to export everything');
  });

  test('exportOnly: more than fits into what AWS passes on', () => {
    const tables = Array.from({ length: 2000 }, (_, index) => `shop.table_with_a_name_as_long_as_this_one_is_${index}`);

    expect(refusal({ exportOnly: tables })).toMatch(
      /exportOnly must not be longer than 100000 characters altogether, got \d+; name whole databases or schemas instead of their tables$/,
    );
  });
});

describe('props that may be right are taken', () => {
  test.each<[string, string[]]>([
    ['aurora-mysql', ['shop', 'shop_2.orders$1']], ['aurora-postgresql', ['shop', 'shop.public', 'crm.Public.Orders']],
  ])('exportOnly of %s: %j', (engine, exportOnly) => {
    expect(() => exportWith((stack) => ({ source: ExportSource.cluster(clusterOf(stack, engine)), exportOnly }))).not.toThrow();
  });

  test('a list with something that is only known when the stack deploys', () => {
    const stack = stackIn('eu-west-1');
    exportIn(stack, { exportOnly: ['shop', new CfnParameter(stack, 'Database').valueAsString] });

    expect(propertiesOf(stack, EXPORT).ExportOnly).toEqual(['shop', { Ref: 'Database' }]);
  });

  test.each(['lake', 'lake/orders/2026-11', "it's/(a)=b&c+d,e"])('prefix: %s', (prefix) => {
    expect(propertiesWith({ prefix }).Prefix).toBe(prefix);
  });

  test('a prefix of 512 bytes', () => {
    expect(() => exportWith({ prefix: 'ä'.repeat(256) })).not.toThrow();
  });

  test('an alias of the same account, wherever it was imported', () => {
    expect(() => exportWith((stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/lake') }))).not.toThrow();
  });

  test('a bucket and a key of the Region of the source, in a stack of another', () => {
    expect(() => exportIn(stackIn('eu-central-1'))).not.toThrow();
  });

  test('any bucket and key where nobody knows where the source is', () => {
    const stack = aStack();
    const cluster = importedCluster(stack);

    expect(() => exportIn(stack, { source: ExportSource.cluster(cluster) })).not.toThrow();
  });
});

describe('where the data is', () => {
  const uriOf = (task: ExportTask) => asText(task.stack.resolve(task.s3Uri));

  test('is told by bucket, prefix and the identifier of the export', () => {
    expect(uriOf(exportWith())).toMatch(/^s3:\/\/lake\/\$\{Export\w+\.ExportTaskIdentifier\}$/);
    expect(uriOf(exportWith({ prefix: 'data/orders' }))).toMatch(/^s3:\/\/lake\/data\/orders\/\$\{Export\w+\.ExportTaskIdentifier\}$/);
  });

  /** The folder of a table below that of the export. */
  function folderOf(table: string, { engine, exportOnly }: { engine?: string; exportOnly?: string[] } = {}): string {
    const task = exportWith((stack) => ({ source: ExportSource.cluster(clusterOf(stack, engine)), exportOnly }));
    return task.s3UriForTable(table).slice(task.s3Uri.length);
  }

  test.each([
    ['aurora-postgresql', 'shop.public.orders', '/shop/public.orders/'],
    ['aurora-mysql', 'shop.orders', '/shop/shop.orders/'],
    ['aurora-mysql', 'shop.DataInsert_7', '/shop/shop.DataInsert_7/'],
    [undefined, 'shop.public.orders', '/shop/public.orders/'],
    [undefined, 'shop.orders', '/shop/shop.orders/'],
  ])('is told for a table (%s: %s)', (engine, table, folder) => {
    expect(folderOf(table, { engine })).toBe(folder);
  });

  test('is told with the underscores that RDS puts in', () => {
    expect(folderOf('shop.my `big` "orders\\')).toBe('/shop/shop.my__big___orders_/');
  });

  test.each([
    ['aurora-postgresql', 'shop.orders', 'db.schema.table for aurora-postgresql'],
    ['aurora-mysql', 'shop.public.orders', 'db.table for aurora-mysql'],
    ['aurora-mysql', 'orders', 'db.table for aurora-mysql'],
    [undefined, 'orders', 'db.table or db.schema.table'],
    [undefined, 'shop..orders', 'db.table or db.schema.table'],
  ])('is not told for what is no table (%s: %s)', (engine, table, forms) => {
    expect(messageOf(() => folderOf(table, { engine }))).toBe(`[Orders/Export] s3UriForTable takes ${forms}, got '${table}'`);
  });

  test('is not told for a table that RDS cannot export', () => {
    expect(messageOf(() => folderOf('shop.in/out'))).toContain("s3UriForTable has no folder for 'shop.in/out', because RDS leaves out tables with a slash in their names");
  });

  test.each([['shop'], ['shop.public'], ['shop.public.orders']])('is told for a table that exportOnly includes by %s', (item) => {
    expect(folderOf('shop.public.orders', { engine: 'aurora-postgresql', exportOnly: ['crm', item] })).toBe('/shop/public.orders/');
  });

  test.each([['sho'], ['shop.publ'], ['shop.public.order'], ['crm.public.orders']])('is not told for a table that exportOnly leaves out with %s', (item) => {
    expect(messageOf(() => folderOf('shop.public.orders', { exportOnly: [item] }))).toBe(
      `[Orders/Export] s3UriForTable has no folder for 'shop.public.orders', which exportOnly leaves out (${item}); add it to exportOnly`,
    );
  });

  test('is told where nobody knows what exportOnly includes', () => {
    const stack = stackIn('eu-west-1');
    const [item, list] = [new CfnParameter(stack, 'Item').valueAsString, new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList];
    const tasks = [exportIn(stack, { exportOnly: ['crm', item] }), exportIn(stack, { exportOnly: list, bucket: lakeIn(stack, 'eu-west-1', 'L2'), encryptionKey: keyOf(stack, KEY_ARN, 'K2') }, 'Other')];

    for (const task of tasks) {
      expect(task.s3UriForTable('shop.orders')).toMatch(/\/shop\/shop\.orders\/$/);
    }
  });

  test('is not told for a name that is only known when the stack deploys', () => {
    const task = exportWith();

    expect(messageOf(() => task.s3UriForTable(new CfnParameter(task.stack, 'Table').valueAsString))).toMatch(
      /s3UriForTable needs the name of the table at synth, got a token; put the path together from s3Uri while the stack deploys$/,
    );
  });

  test('is told for the engine of a snapshot that the app takes, and of its copy', () => {
    const stack = stackIn('eu-west-1');
    const snapshot = new ClusterSnapshot(stack, 'Snapshot', { cluster: clusterOf(stack, 'aurora-mysql') });
    const copy = new ClusterSnapshotCopy(stack, 'Copy', { source: snapshot });
    const task = exportIn(stack, { source: ExportSource.snapshot(copy) });

    expect(messageOf(() => task.s3UriForTable('shop.public.orders'))).toContain('takes db.table for aurora-mysql');
  });
});

describe('the result', () => {
  const MAY_GO_ON = [undefined, Completion.waitFor(), Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE }), Completion.background()];
  const RESULTS = [['snapshotTime', 'SnapshotTime'], ['totalExtractedDataInGB', 'TotalExtractedDataInGB'], ['warnings', 'Warnings']] as const;

  test.each(RESULTS)('%s is an attribute where the deploy waits for it', (name, attribute) => {
    const task = exportWith({ completion: WAITS_FOR_RESULT });

    expect(task.stack.resolve(task[name])).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Export/), attribute] });
  });

  test.each(RESULTS)('%s cannot be asked for where the deploy may go on without it', (name) => {
    for (const completion of MAY_GO_ON) {
      expect(messageOf(() => exportWith({ completion })[name])).toBe(
        `[Orders/Export] ${name} is not known while the stack deploys, because the deploy may go on before the export is complete; `
        + "use 'completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL })', or read it from the event (onOutcome)",
      );
    }
  });

  test('is never needed to know which export it is', () => {
    const task = exportWith({ completion: Completion.background() });

    expect(task.stack.resolve(task.exportTaskIdentifier)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Export/), 'ExportTaskIdentifier'] });
  });
});

describe('a rule for the outcome', () => {
  const patternOf = (stack: Stack) => Object.values(templateOf(stack).findResources('AWS::Events::Rule'))[0].Properties.EventPattern;

  test('matches the event in which the exports of this construct end', () => {
    const task = exportWith();
    task.onOutcome('Ended');

    expect(patternOf(task.stack)).toEqual({
      'source': [EVENT_SOURCE],
      'detail-type': [OUTCOME_DETAIL_TYPE],
      'detail': { stackId: [{ Ref: 'AWS::StackId' }], logicalId: Object.keys(templateOf(task.stack).findResources(EXPORT)) },
    });
  });

  test('may ask for more', () => {
    const task = exportWith();
    task.onOutcome('Failed', { eventPattern: { detail: { status: ['FAILED'] } }, ruleName: 'export-failed' });

    expect(patternOf(task.stack).detail).toMatchObject({ status: ['FAILED'], logicalId: [expect.stringMatching(/^Export/)] });
    templateOf(task.stack).hasResourceProperties('AWS::Events::Rule', { Name: 'export-failed' });
  });

  test('calls its target', () => {
    const task = exportWith();
    const crawler = lambda.Function.fromFunctionArn(task, 'Crawler', 'arn:aws:lambda:eu-west-1:111111111111:function:crawler');

    expect(task.onOutcome('Ended', { target: new targets.LambdaFunction(crawler) })).toBeInstanceOf(events.Rule);
    templateOf(task.stack).hasResourceProperties('AWS::Events::Rule', { Targets: [Match.objectLike({ Arn: crawler.functionArn })] });
  });

  test('may be in the stack of the target', () => {
    const app = anApp();
    const task = exportIn(stackIn('eu-west-1', { app }));
    const other = stackIn('eu-west-1', { app, id: 'Other' });
    task.onOutcome('Ended', { crossStackScope: other });

    templateOf(other).resourceCountIs('AWS::Events::Rule', 1);
    templateOf(task.stack).resourceCountIs('AWS::Events::Rule', 0);
  });
});

describe('a Region that does not offer it', () => {
  const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('exportNotOfferedInRegion'));
  const inRegion = (region: string, source: (stack: Stack) => ExportSource) => {
    const stack = stackIn(region);
    exportIn(stack, { source: source(stack), bucket: lakeIn(stack, region), encryptionKey: keyOf(stack, KEY_ARN.replace('eu-west-1', region)) });
    return stack;
  };
  const snapshotOf = (stack: Stack) => ExportSource.snapshot(ClusterSnapshot.fromSnapshotIdentifier(stack, 'Snapshot', 'orders'));
  const liveCluster = (stack: Stack) => ExportSource.cluster(importedCluster(stack));

  test('is warned of for snapshots', () => {
    const stack = inRegion('mx-central-1', snapshotOf);

    Annotations.fromStack(stack).hasWarning('/Orders/Export', Match.stringLikeRegexp(
      'in April 2026 RDS did not export snapshots in mx-central-1; export a copy of the snapshot in another Region, or the cluster itself where that is offered, or acknowledge this warning',
    ));
    expect(warnings(inRegion('mx-central-1', liveCluster))).toEqual([]);
  });

  test('is warned of for clusters', () => {
    const stack = inRegion('us-gov-west-1', liveCluster);

    Annotations.fromStack(stack).hasWarning('/Orders/Export', Match.stringLikeRegexp(
      'in April 2026 RDS did not export clusters in us-gov-west-1; export a snapshot of the cluster instead, or acknowledge this warning',
    ));
    expect(warnings(inRegion('us-gov-west-1', snapshotOf))).toEqual([]);
  });

  test('may offer it by now, so that the warning can be acknowledged', () => {
    const stack = inRegion('ap-southeast-5', snapshotOf);
    AckAnnotations.of(stack).acknowledgeWarning('cdk-aurora-backup:exportNotOfferedInRegion', 'it does since May');

    expect(warnings(stack)).toEqual([]);
  });

  test('is not known where nobody knows the Region', () => {
    const stack = aStack();
    exportIn(stack, { source: liveCluster(stack) });

    expect(warnings(stack)).toEqual([]);
  });
});

describe('the removal policy', () => {
  test('may be RETAIN, which is what happens', () => {
    expect(() => exportWith().applyRemovalPolicy(RemovalPolicy.RETAIN)).not.toThrow();
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.SNAPSHOT])('cannot be %s: exported data is never deleted', (policy) => {
    expect(messageOf(() => exportWith().applyRemovalPolicy(policy))).toBe(
      `[Orders/Export] removalPolicy '${policy}' cannot be applied to an export, because exported data is never deleted; let a lifecycle rule of the bucket expire it`,
    );
  });
});

test('a platform team injects its own props', () => {
  const app: App = anApp({
    propertyInjectors: [{
      constructUniqueId: ExportTask.PROPERTY_INJECTION_ID,
      inject: (props: ExportTaskProps) => ({ failOnWarnings: true, ...props }),
    }],
  });
  const stack = stackIn('eu-west-1', { app });
  exportIn(stack);

  expect(propertiesOf(stack, EXPORT).FailOnWarnings).toBe(true);
});

test('nothing is warned of that is as it should be', () => {
  const stack = stackIn('eu-west-1');
  exportIn(stack, { source: ExportSource.cluster(rds.DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Orders', { clusterIdentifier: 'orders' })) });

  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
