import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { SnapshotExportRole, SnapshotExportRoleProps } from '../../src';
import { Statement, aStack, anApp, asText, messageOf, propertiesOf, resourcesOf, stackIn, templateOf } from '../support/constructs';
import { KEY_ARN, keyOf, lakeIn } from '../support/exports';

const ROLE = 'AWS::IAM::Role';
const OBJECT_ACTIONS = ['s3:PutObject*', 's3:GetObject*', 's3:DeleteObject*'];
const BUCKET_ACTIONS = ['s3:ListBucket', 's3:GetBucketLocation'];
const KEY_ACTIONS = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'];

function roleIn(stack: Stack, props: Partial<SnapshotExportRoleProps> = {}): SnapshotExportRole {
  return new SnapshotExportRole(stack, 'Role', { ...props, bucket: props.bucket ?? lakeIn(stack), encryptionKey: props.encryptionKey ?? keyOf(stack) });
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: { readonly Statement: Array<Record<string, unknown>> };
  readonly Policies: Array<{ readonly PolicyDocument: { readonly Statement: Statement[] } }>;
}

function roleWith(props: Partial<SnapshotExportRoleProps> = {}, stack = stackIn('eu-west-1')): RoleProperties {
  roleIn(stack, props);
  return propertiesOf(stack, ROLE) as unknown as RoleProperties;
}

const rightsOf = ({ Policies }: RoleProperties) => Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
  .map((statement) => [[statement.Action].flat(), resourcesOf(statement)]);

describe('the rights', () => {
  test('are those of the guide, on bucket and key, and there from the first moment', () => {
    expect(rightsOf(roleWith())).toEqual([
      [OBJECT_ACTIONS, ['arn:${AWS::Partition}:s3:::lake/*']],
      [BUCKET_ACTIONS, ['arn:${AWS::Partition}:s3:::lake']],
      [KEY_ACTIONS, [KEY_ARN]],
    ]);
  });

  test('are no others than those: no policy beside the role', () => {
    const stack = stackIn('eu-west-1');
    roleIn(stack, { bucket: new s3.Bucket(stack, 'Bucket'), encryptionKey: new kms.Key(stack, 'Key') });

    templateOf(stack).resourceCountIs('AWS::IAM::Policy', 0);
    expect(propertiesOf(stack, ROLE)).not.toHaveProperty('ManagedPolicyArns');
  });

  test('end at the prefix', () => {
    expect(rightsOf(roleWith({ prefix: 'lake/orders' }))[0]).toEqual([OBJECT_ACTIONS, ['arn:${AWS::Partition}:s3:::lake/lake/orders/*']]);
  });

  test('to a key that only its alias is known of are those to the key that bears it', () => {
    const stack = stackIn('eu-west-1');
    const { Policies } = roleWith({ encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/lake') }, stack);
    const statement = Policies[0].PolicyDocument.Statement[2];

    expect(resourcesOf(statement)).toEqual(['arn:${AWS::Partition}:kms:eu-west-1:111111111111:key/*']);
    expect(statement.Condition).toEqual({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/lake' } });
  });
});

describe('the trust', () => {
  const trustOf = ({ AssumeRolePolicyDocument }: RoleProperties) => AssumeRolePolicyDocument.Statement;

  test('is in exports of this account, of what is in the Region of the bucket', () => {
    const stack = stackIn('eu-west-1');
    const [statement, ...others] = trustOf(roleWith({ bucket: lakeIn(stack, 'eu-central-1'), encryptionKey: keyOf(stack, KEY_ARN.replace('eu-west-1', 'eu-central-1')) }, stack));

    expect(others).toEqual([]);
    expect(statement).toMatchObject({ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'export.rds.amazonaws.com' } });
    const { StringEquals, ArnLike, ...rest } = statement.Condition as Record<string, Record<string, unknown>>;
    expect(StringEquals).toEqual({ 'aws:SourceAccount': '111111111111' });
    expect(asText(ArnLike['aws:SourceArn'])).toBe('arn:${AWS::Partition}:rds:eu-central-1:111111111111:*');
    expect(rest).toEqual({});
  });

  test('has a switch, because AWS does not say whether exports support conditions', () => {
    expect(trustOf(roleWith({ restrictTrust: false }))).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'export.rds.amazonaws.com' } },
    ]);
  });
});

describe('a bucket and a key of another account', () => {
  const [BUCKET, KEY] = ['bucketPolicyStatements', 'keyPolicyStatements'] as const;

  /** The policies of a bucket and a key that belong to 222222222222 when the statements are added there. */
  function policiesThere(props: Partial<SnapshotExportRoleProps> = {}) {
    const app = anApp();
    const there = aStack({ app, id: 'Lake', env: { account: '222222222222', region: 'eu-west-1' } });
    const bucket = new s3.Bucket(there, 'Bucket', { bucketName: 'their-lake' });
    const encryptionKey = new kms.Key(there, 'Key', { alias: 'lake' });
    const role = roleIn(stackIn('eu-west-1', { app }), { bucket, encryptionKey: keyOf(there, 'arn:aws:kms:eu-west-1:222222222222:key/1'), ...props });
    role[BUCKET]().forEach((statement) => bucket.addToResourcePolicy(statement));
    role[KEY]().forEach((statement) => encryptionKey.addToResourcePolicy(statement));
    app.synth();
    const statements = (type: string, property: string) =>
      (propertiesOf(there, type)[property] as { Statement: Array<Record<string, unknown>> }).Statement;
    return { ofBucket: statements('AWS::S3::BucketPolicy', 'PolicyDocument'), ofKey: statements('AWS::KMS::Key', 'KeyPolicy') };
  }
  const principalOf = ({ Principal }: Record<string, unknown>) => asText((Principal as { AWS: unknown }).AWS);

  test('need a bucket policy for the account, because a role that does not exist yet cannot be named', () => {
    const { ofBucket } = policiesThere();

    expect(ofBucket.map(principalOf)).toEqual(['arn:${AWS::Partition}:iam::111111111111:root', 'arn:${AWS::Partition}:iam::111111111111:root']);
    expect(ofBucket.map(({ Action }) => Action)).toEqual([OBJECT_ACTIONS, BUCKET_ACTIONS]);
    expect(ofBucket.map(({ Resource }) => asText(Resource).replace(/\w+\.Arn/, 'Bucket'))).toEqual(['${Bucket}/*', '${Bucket}']);
    expect(ofBucket.map(({ Condition }) => Condition)).toEqual([undefined, undefined]);
  });

  test('need a bucket policy for this role alone, if it has a name, and below the prefix alone, if there is one', () => {
    const { ofBucket } = policiesThere({ roleName: 'orders-export', prefix: 'orders' });

    for (const { Condition } of ofBucket) {
      expect(asText((Condition as Record<string, Record<string, unknown>>).ArnEquals['aws:PrincipalArn'])).toBe('arn:${AWS::Partition}:iam::111111111111:role/orders-export');
    }
    expect(asText(ofBucket[0].Resource)).toMatch(/\/orders\/\*$/);
  });

  test('need a key policy for the account, whose callers need the key as well as the role', () => {
    const [, ofUs, ...others] = policiesThere({ roleName: 'orders-export' }).ofKey;

    expect(others).toEqual([]);
    expect(principalOf(ofUs)).toBe('arn:${AWS::Partition}:iam::111111111111:root');
    expect(ofUs).toMatchObject({ Action: KEY_ACTIONS, Resource: '*' });
    expect(ofUs).not.toHaveProperty('Condition');
  });

  test.each([BUCKET, KEY])('%s needs to know the account: in a policy of theirs, AWS::AccountId would be theirs', (method) => {
    expect(messageOf(() => roleIn(aStack())[method]())).toBe(
      `[Orders/Role] ${method} needs to know the account of stack 'Orders', because another account's policy has to name it; give the stack an env with an account`,
    );
  });

  test('are given anew each time, so that nobody changes those of another', () => {
    const role = roleIn(stackIn('eu-west-1'));
    role.bucketPolicyStatements()[0].addActions('s3:*');

    expect(role.bucketPolicyStatements()[0].actions).toEqual(OBJECT_ACTIONS);
  });
});

describe('props that cannot be right are refused at synth', () => {
  const refusal = (props: (stack: Stack) => Partial<SnapshotExportRoleProps>) => messageOf(() => {
    const stack = stackIn('eu-west-1');
    return roleIn(stack, props(stack));
  });

  test('a key in another Region than the bucket', () => {
    expect(refusal((stack) => ({ encryptionKey: keyOf(stack, KEY_ARN.replace('eu-west-1', 'eu-central-1')) }))).toBe(
      "[Orders/Role] encryptionKey 'Orders/LakeKey' is in eu-central-1 and the bucket in eu-west-1, and RDS exports only within one Region; give a key of eu-west-1",
    );
  });

  test.each(['/a', 'a:b', 'a b', 'a*'])('prefix: %j', (prefix) => {
    expect(refusal(() => ({ prefix }))).toMatch(/^\[Orders\/Role\] prefix must/);
  });
});

test('it is a role like any other', () => {
  const stack = stackIn('eu-west-1');
  const role = roleIn(stack, { roleName: 'orders-export' });

  expect(role).toBeInstanceOf(iam.Role);
  templateOf(stack).hasResourceProperties(ROLE, { RoleName: 'orders-export' });
});

test.each([
  [SnapshotExportRole.PROPERTY_INJECTION_ID, { prefix: 'injected' }, { Policies: expect.anything() }],
  [iam.Role.PROPERTY_INJECTION_ID, { permissionsBoundary: iam.ManagedPolicy.fromAwsManagedPolicyName('Boundary') }, { PermissionsBoundary: expect.anything() }],
])('a platform team injects props of %s', (constructUniqueId, injected, expected) => {
  const app = anApp({ propertyInjectors: [{ constructUniqueId, inject: (props: object) => ({ ...injected, ...props }) }] });
  const properties = roleWith({}, stackIn('eu-west-1', { app }));

  expect(properties).toMatchObject(expected);
  expect(rightsOf(properties)[0][1]).toEqual([constructUniqueId === iam.Role.PROPERTY_INJECTION_ID ? 'arn:${AWS::Partition}:s3:::lake/*' : 'arn:${AWS::Partition}:s3:::lake/injected/*']);
});
