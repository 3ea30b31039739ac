import { App, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClusterSnapshot, ClusterSnapshotShare, ClusterSnapshotShareProps, Completion, IClusterSnapshot, TimeoutBehavior } from '../../src';
import { CONTRACT_VERSION, parseRequest } from '../../src/core/resource-contract';
import {
  SHARE, aStack, actionsOf, anApp, asText, importedCluster, messageOf, propertiesOf, resourcesOf, stackIn, statementsFor, statementsOf, templateOf,
} from '../support/constructs';

const ARN = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders';
const THEM = '222222222222';
const OTHERS = '333333333333';
const SHARED_BY = 'cdk-aurora-backup:shared-by';

const imported = (stack: Stack, snapshotArn = ARN, encryptionKey?: kms.IKey, id = 'Source') =>
  ClusterSnapshot.fromSnapshotAttributes(stack, id, { snapshotArn, encryptionKey });
const keyIn = (stack: Stack, region = 'eu-west-1') => kms.Key.fromKeyArn(stack, `Key-${region}`, `arn:aws:kms:${region}:111111111111:key/1`);
const defaultKey = (stack: Stack) => kms.Alias.fromAliasName(stack, 'Default', 'alias/aws/rds');

function share(stack: Stack, props: Partial<ClusterSnapshotShareProps> = {}, id = 'Share'): ClusterSnapshotShare {
  return new ClusterSnapshotShare(stack, id, { snapshot: props.snapshot ?? imported(stack), accountIds: [THEM], ...props });
}

const sharedIn = (props: (stack: Stack) => Partial<ClusterSnapshotShareProps> = () => ({})): Stack => {
  const stack = stackIn('eu-west-1');
  share(stack, props(stack));
  return stack;
};
const refusal = (props: (stack: Stack) => Partial<ClusterSnapshotShareProps>, region = 'eu-west-1') => {
  const stack = stackIn(region);
  return messageOf(() => share(stack, props(stack)));
};
const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));

describe('the resource', () => {
  test('says what the handler needs to know, and nothing that was not asked for', () => {
    const { ServiceToken, Owner, WatchStateMachineArn, ...properties } = propertiesOf(sharedIn(), SHARE);

    expect(properties).toEqual({ ContractVersion: CONTRACT_VERSION, SourceSnapshotArn: ARN, AccountIds: [THEM], Completion: 'fail', TimeoutMinutes: 50 });
    expect([ServiceToken, WatchStateMachineArn, Owner]).toEqual([expect.anything(), expect.anything(), expect.stringMatching(/^cab-[0-9a-f]{8}$/)]);
  });

  test('says it in the words that the handler reads', () => {
    const stack = sharedIn((scope) => ({ encryptionKey: keyIn(scope), accountIds: [THEM, OTHERS], completion: Completion.background() }));

    expect(parseRequest(SHARE, { ...propertiesOf(stack, SHARE), WatchStateMachineArn: 'arn' }, 'us-east-1')).toMatchObject({
      kind: 'share',
      region: 'eu-west-1',
      sourceArn: ARN,
      accounts: [THEM, OTHERS],
      kmsKeyId: 'arn:aws:kms:eu-west-1:111111111111:key/1',
      completion: 'background',
    });
  });

  test('says of a source that it may not have begun when it is shared', () => {
    const stack = sharedIn((scope) => ({
      snapshot: new ClusterSnapshot(scope, 'Source', { cluster: importedCluster(scope), completion: Completion.background() }),
    }));

    expect(propertiesOf(stack, SHARE).SourceMayBeQueued).toBe(true);
  });

  test('tells the ARN that the others use', () => {
    const stack = stackIn('eu-west-1');

    expect(asText(stack.resolve(share(stack).sharedSnapshotArn))).toMatch(/^\$\{Share\w+\.SnapshotArn\}$/);
  });

  test('lives where the snapshot is', () => {
    const stack = stackIn('eu-west-1');

    expect(share(stack, { snapshot: imported(stack, ARN.replace('eu-west-1', 'eu-central-1')) }).env.region).toBe('eu-central-1');
  });

  test('is always deleted by CloudFormation, so that the sharing ends', () => {
    expect(Object.values(templateOf(sharedIn()).findResources(SHARE))).toEqual([expect.objectContaining({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' })]);
  });
});

describe('the key', () => {
  const statements = (stack: Stack) => Object.values(templateOf(stack).findResources('AWS::KMS::Key'))[0].Properties.KeyPolicy.Statement.slice(1);

  test('of the app, under which the snapshot is, lets the accounts in, through RDS of its Region', () => {
    const stack = sharedIn((scope) => ({ snapshot: imported(scope, ARN, new kms.Key(scope, 'Key')) }));

    expect(statements(stack)).toHaveLength(2);
    for (const { Principal, Condition } of statements(stack)) {
      expect(Principal).toEqual({ AWS: `arn:aws:iam::${THEM}:root` });
      expect(Condition.StringEquals).toEqual({ 'kms:ViaService': ['rds.eu-west-1.amazonaws.com'] });
    }
    expect(warnings(stack)).toEqual([]);
  });

  test('of the app, under which the copy is made, does; that of the snapshot stays closed', () => {
    const stack = stackIn('eu-west-1');
    share(stack, { snapshot: imported(stack, ARN, keyIn(stack)), encryptionKey: new kms.Key(stack, 'KeyOfCopy') });

    expect(statements(stack)).toHaveLength(2);
    expect(warnings(stack)).toEqual([]);
  });

  test('is opened for the Regions that it is copied to, and for all services where that is wanted', () => {
    const elsewhere = sharedIn((scope) => ({ snapshot: imported(scope, ARN, new kms.Key(scope, 'Key')), destinationRegions: ['eu-central-1'] }));
    expect(statements(elsewhere)[0].Condition.StringEquals['kms:ViaService']).toEqual(['rds.eu-west-1.amazonaws.com', 'rds.eu-central-1.amazonaws.com']);

    const freely = sharedIn((scope) => ({ snapshot: imported(scope, ARN, new kms.Key(scope, 'Key')), restrictKeyToRds: false }));
    expect(statements(freely)[0].Condition).toBeUndefined();
  });

  test('that is imported is opened by its owner, who is told how, also by the construct', () => {
    const stack = stackIn('eu-west-1');
    const { keyPolicyStatements } = share(stack, { snapshot: imported(stack, ARN, keyIn(stack)) });

    expect(keyPolicyStatements).toHaveLength(2);
    expect(warnings(stack)).toEqual([expect.stringContaining(JSON.stringify(stack.resolve(keyPolicyStatements[1].toStatementJson())))]);
  });

  test('that nobody told is asked for, unless it is shared with nobody', () => {
    expect(warnings(sharedIn())).toEqual([expect.stringMatching(/the key of snapshot 'Orders\/Source' is not known.*\[ack: cdk-aurora-backup:unknownKey\]/)]);
    expect(warnings(sharedIn(() => ({ accountIds: [] })))).toEqual([]);
  });
});

describe('what the functions may do', () => {
  const claims = (stack: Stack) => statementsFor(stack, 'Start', 'rds:AddTagsToResource').filter(({ Condition }) => Condition?.StringLike !== undefined);
  const copies = (stack: Stack) => statementsFor(stack, 'Start', 'rds:CopyDBClusterSnapshot');

  test('claim this snapshot, with this one tag, for this stack', () => {
    expect(claims(sharedIn())).toEqual([{
      Effect: 'Allow',
      Action: 'rds:AddTagsToResource',
      Resource: ARN,
      Condition: {
        'StringLike': { [`aws:RequestTag/${SHARED_BY}`]: { 'Fn::Join': ['', [{ Ref: 'AWS::StackId' }, '/*']] } },
        'ForAllValues:StringEquals': { 'aws:TagKeys': [SHARED_BY] },
      },
    }]);
    expect(copies(sharedIn())).toEqual([]);
  });

  test('share what the stack has claimed, and nothing else, also when it is no longer declared', () => {
    const stack = stackIn('eu-west-1');
    new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack) });

    const claimed = { [`aws:ResourceTag/${SHARED_BY}`]: { 'Fn::Join': ['', [{ Ref: 'AWS::StackId' }, '/*']] } };
    expect(statementsFor(stack, 'Start', 'rds:ModifyDBClusterSnapshotAttribute').map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [['rds:DescribeDBClusterSnapshotAttributes', 'rds:ModifyDBClusterSnapshotAttribute'], { StringLike: claimed }],
    ]);
    expect(statementsFor(stack, 'Start', 'rds:RemoveTagsFromResource').filter(({ Condition }) => Condition?.StringLike).map(({ Condition }) => Condition)).toEqual([
      { 'StringLike': claimed, 'ForAllValues:StringEquals': { 'aws:TagKeys': [SHARED_BY] } },
    ]);
    for (const role of ['Cancel', 'IsComplete', 'OnEvent'] as const) {
      expect(statementsOf(stack, role).flatMap(actionsOf)).not.toContain('rds:ModifyDBClusterSnapshotAttribute');
    }
  });

  test('of a snapshot of the app, claim whatever it makes', () => {
    const stack = sharedIn((scope) => ({ snapshot: new ClusterSnapshot(scope, 'Source', { cluster: importedCluster(scope) }) }));

    expect(resourcesOf(...claims(stack))).toEqual([expect.stringMatching(/^arn:\$\{AWS::Partition\}:rds:eu-west-1:111111111111:cluster-snapshot:cab-[0-9a-f]{8}-\*$/)]);
  });

  test.each<[string, (stack: Stack) => Partial<ClusterSnapshotShareProps>]>([
    ['a key of its own', (stack) => ({ encryptionKey: keyIn(stack) })],
    ['an automated snapshot', (stack) => ({ snapshot: imported(stack, `${ARN.replace('orders', 'rds:orders')}`) })],
    ['a snapshot of AWS Backup', (stack) => ({ snapshot: imported(stack, `${ARN.replace('orders', 'awsbackup:job-1')}`) })],
    ['an automated snapshot of the account', (stack) => ({ snapshot: ClusterSnapshot.fromSnapshotIdentifier(stack, 'Source', 'rds:orders') })],
  ])('for %s, copy, and claim nothing', (_, props) => {
    const stack = sharedIn(props);

    expect(claims(stack)).toEqual([]);
    expect(copies(stack)).not.toEqual([]);
  });

  test('of a snapshot that is only known when the stack deploys, claim or copy it', () => {
    const stack = stackIn('eu-west-1');
    const { valueAsString } = new CfnParameter(stack, 'Arn');
    share(stack, { snapshot: imported(stack, valueAsString) });

    expect(resourcesOf(...claims(stack))).toEqual(['${Arn}']);
    expect(resourcesOf(...copies(stack))).toContain('${Arn}');
  });

  test('use the key of the copy, and the key that the copy keeps', () => {
    const keysOf = (stack: Stack) => resourcesOf(...statementsFor(stack, 'Start', 'kms:CreateGrant'));

    expect(keysOf(sharedIn((scope) => ({ encryptionKey: keyIn(scope) })))).toEqual(['arn:aws:kms:eu-west-1:111111111111:key/1']);
    expect(keysOf(sharedIn((scope) => ({ snapshot: imported(scope, ARN.replace('orders', 'rds:orders'), keyIn(scope)) })))).toEqual(['arn:aws:kms:eu-west-1:111111111111:key/1']);
    expect(keysOf(sharedIn((scope) => ({ snapshot: imported(scope, ARN.replace('orders', 'rds:orders')) })))).toEqual([expect.stringMatching(/:kms:eu-west-1:111111111111:key\/\*$/)]);
    expect(keysOf(sharedIn((scope) => ({ snapshot: imported(scope, ARN, keyIn(scope)) })))).toEqual([]);
  });
});

describe('props that cannot be right are refused at synth, with what to do', () => {
  test.each([
    ['all', /must name accounts by their 12 digits, got 'all'; an organization or everybody cannot be named/],
    ['2222-2222-2222', /12 digits, got '2222-2222-2222'/],
    ['111111111111', /names '111111111111', the account of the snapshot itself/],
  ])('accountIds: %s', (account, message) => {
    expect(refusal(() => ({ accountIds: [account] }))).toMatch(message);
  });

  test('an account twice, more accounts than RDS takes, and a list that nobody knows', () => {
    expect(refusal(() => ({ accountIds: [THEM, OTHERS, THEM] }))).toBe(`[Orders/Share] accountIds names '${THEM}' twice; leave out one of the two`);
    expect(refusal(() => ({ accountIds: Array.from({ length: 21 }, (_, i) => String(200000000000 + i)) }))).toMatch(/at most 20 accounts, .* got 21$/);
    expect(refusal((stack) => ({ accountIds: new CfnParameter(stack, 'Them', { type: 'CommaDelimitedList' }).valueAsList }))).toMatch(/accountIds must be a list that is known at synth/);
  });

  test('a snapshot of another account', () => {
    expect(refusal((stack) => ({ snapshot: imported(stack, ARN.replace('111111111111', OTHERS)) })))
      .toBe(`[Orders/Share] snapshot 'Orders/Source' is of account ${OTHERS} and the stack of 111111111111, and only its owner can share it; copy it with ClusterSnapshotCopy, and share the copy`);
  });

  test('a snapshot under the default key', () => {
    expect(refusal((stack) => ({ snapshot: imported(stack, ARN, defaultKey(stack)) }))).toMatch(/default key of the account \(aws\/rds\).*set encryptionKey to a key of yours/);
  });

  test('the default key for the copy, or a key of another Region', () => {
    expect(refusal((stack) => ({ encryptionKey: defaultKey(stack) }))).toMatch(/encryptionKey 'Orders\/Default' is the default key of the account/);
    expect(refusal((stack) => ({ encryptionKey: keyIn(stack, 'eu-central-1') }))).toMatch(/is in eu-central-1 and the snapshot in eu-west-1; give a key of eu-west-1/);
  });

  test('a Region that is none', () => {
    expect(refusal(() => ({ destinationRegions: ['Frankfurt'] }))).toMatch(/destinationRegions must be the code of an AWS Region, for example eu-central-1, got 'Frankfurt'/);
  });

  test('a copy in China', () => {
    const automated = 'arn:aws-cn:rds:cn-north-1:111111111111:cluster-snapshot:rds:orders';
    expect(refusal((stack) => ({ snapshot: imported(stack, automated) }), 'cn-north-1')).toMatch(/would have to be copied, and AWS does not copy Aurora snapshots in the China Regions/);
  });

  test.each([RemovalPolicy.RETAIN, RemovalPolicy.SNAPSHOT])('applyRemovalPolicy %s', (policy) => {
    const construct = share(stackIn('eu-west-1'));

    expect(messageOf(() => construct.applyRemovalPolicy(policy))).toMatch(/cannot be applied to a share, which ends when its construct goes/);
    expect(() => construct.applyRemovalPolicy(RemovalPolicy.DESTROY)).not.toThrow();
  });
});

describe('with whom a snapshot is shared has one owner', () => {
  type Two = [IClusterSnapshot, IClusterSnapshot];
  const second = (snapshots: (stack: Stack) => Two, props: (stack: Stack) => Partial<ClusterSnapshotShareProps> = () => ({})) => {
    const stack = stackIn('eu-west-1');
    const [one, other] = snapshots(stack);
    share(stack, { snapshot: one });
    return () => share(stack, { snapshot: other, ...props(stack) }, 'Second');
  };
  const same = (stack: Stack): Two => {
    const snapshot = new ClusterSnapshot(stack, 'Source', { cluster: importedCluster(stack) });
    return [snapshot, snapshot];
  };

  test('also in another stack of the app', () => {
    const app = anApp();
    const here = stackIn('eu-west-1', { app });
    share(here);
    const there = stackIn('eu-west-1', { app, id: 'Audit' });

    expect(messageOf(() => share(there))).toMatch(/^\[Audit\/Share\] snapshot 'Audit\/Source' is shared by 'Orders\/Share' already/);
  });

  test('of one construct', () => {
    expect(messageOf(second(same))).toMatch(/snapshot 'Orders\/Source' is shared by 'Orders\/Share' already, .* name all accounts there, or set encryptionKey here/);
  });

  test('but a copy of it is another snapshot, and so is one of another name', () => {
    expect(second(same, (stack) => ({ encryptionKey: keyIn(stack) }))).not.toThrow();
    expect(second((stack) => [imported(stack), imported(stack, `${ARN}-2`, undefined, 'Other')])).not.toThrow();
  });

  test('and other apps have other owners', () => {
    expect(() => [share(stackIn('eu-west-1')), share(stackIn('eu-west-1', { app: new App() }))]).not.toThrow();
  });
});

describe('props that may be right are taken', () => {
  test('accounts that are only known when the stack deploys', () => {
    const stack = stackIn('eu-west-1');
    const { valueAsString } = new CfnParameter(stack, 'Them');
    share(stack, { accountIds: [valueAsString, OTHERS], snapshot: imported(stack, ARN, new kms.Key(stack, 'Key')) });

    expect(propertiesOf(stack, SHARE).AccountIds).toEqual([{ Ref: 'Them' }, OTHERS]);
  });

  test('a stack whose account and Region nobody knows', () => {
    const stack = aStack();
    share(stack, { snapshot: ClusterSnapshot.fromSnapshotIdentifier(stack, 'Source', 'orders'), encryptionKey: keyIn(stack) });

    expect(asText(propertiesOf(stack, SHARE).SourceSnapshotArn)).toBe('arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:cluster-snapshot:orders');
  });
});

test('a platform team injects its own props', () => {
  const app = anApp({
    propertyInjectors: [{
      constructUniqueId: ClusterSnapshotShare.PROPERTY_INJECTION_ID,
      inject: (props: ClusterSnapshotShareProps) => ({ ...props, accountIds: [...props.accountIds, OTHERS] }),
    }],
  });
  const stack = stackIn('eu-west-1', { app });
  share(stack);

  expect(propertiesOf(stack, SHARE).AccountIds).toEqual([THEM, OTHERS]);
});

test('a deploy that waits for a source that nobody waits for is warned of', () => {
  const stack = sharedIn((scope) => ({
    snapshot: new ClusterSnapshot(scope, 'Source', { cluster: importedCluster(scope), completion: Completion.waitFor({ onTimeout: TimeoutBehavior.CONTINUE }) }),
    accountIds: [],
  }));

  expect(warnings(stack)).toEqual([expect.stringContaining('waitsForBackgroundResult')]);
});
