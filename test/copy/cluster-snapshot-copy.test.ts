import { Annotations as AckAnnotations, App, CfnParameter, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ClusterSnapshot, ClusterSnapshotCopy, ClusterSnapshotCopyProps, ClusterSnapshotProps, Completion, IClusterSnapshot, TimeoutBehavior } from '../../src';
import { CONTRACT_VERSION, parseRequest } from '../../src/core/resource-contract';
import { COPY, SNAPSHOT, aStack, anApp, asText, importedCluster, messageOf, propertiesOf, stackIn, templateOf } from '../support/constructs';

const ARN = 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:orders';

const imported = (stack: Stack, arn = ARN, encryptionKey?: kms.IKey) => ClusterSnapshot.fromSnapshotAttributes(stack, 'Source', { snapshotArn: arn, encryptionKey });
const keyIn = (stack: Stack, region: string) => kms.Key.fromKeyArn(stack, `Key-${region}`, `arn:aws:kms:${region}:111111111111:key/1`);

function copy(stack: Stack, props: Partial<ClusterSnapshotCopyProps> = {}, id = 'Copy'): ClusterSnapshotCopy {
  return new ClusterSnapshotCopy(stack, id, { source: props.source ?? imported(stack), ...props });
}

const propertiesWith = (props: Partial<ClusterSnapshotCopyProps>) => {
  const stack = stackIn('eu-west-1');
  copy(stack, props);
  return propertiesOf(stack, COPY);
};

/** The message of a copy whose props a stack in Ireland refuses. */
function refusal(props: (stack: Stack) => Partial<ClusterSnapshotCopyProps>, region = 'eu-west-1'): string {
  const stack = stackIn(region);
  return messageOf(() => copy(stack, props(stack)));
}

describe('the resource', () => {
  test('says what the handler needs to know, and nothing that was not asked for', () => {
    const { ServiceToken, Owner, WatchStateMachineArn, ...properties } = propertiesWith({});

    expect(properties).toEqual({
      ContractVersion: CONTRACT_VERSION,
      SourceSnapshotArn: ARN,
      Region: 'eu-west-1',
      CopyTags: true,
      RemovalPolicy: 'retain',
      Completion: 'continue',
      TimeoutMinutes: 50,
    });
    expect([ServiceToken, WatchStateMachineArn, Owner]).toEqual([expect.anything(), expect.anything(), expect.stringMatching(/^cab-[0-9a-f]{8}$/)]);
  });

  test.each<[string, Completion, true | undefined]>([
    ['may not have begun when the copy is made', Completion.background(), true],
    ['is complete by then', Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL }), undefined],
  ])('says of a source that it %s', (_, completion, queued) => {
    const stack = stackIn('eu-west-1');
    copy(stack, { source: new ClusterSnapshot(stack, 'Source', { cluster: importedCluster(stack), completion }) });

    expect(propertiesOf(stack, COPY).SourceMayBeQueued).toBe(queued);
  });

  test('says all that was asked for', () => {
    const stack = stackIn('eu-west-1');
    copy(stack, {
      region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-central-1'), copyTags: false, tags: { team: 'billing' }, targetIdentifier: 'there', removalPolicy: RemovalPolicy.DESTROY,
    });

    expect(propertiesOf(stack, COPY)).toMatchObject({
      Region: 'eu-central-1', KmsKeyId: 'arn:aws:kms:eu-central-1:111111111111:key/1', CopyTags: false, Tags: { team: 'billing' }, TargetIdentifier: 'there', RemovalPolicy: 'destroy',
    });
  });

  test('says it in the words that the handler reads', () => {
    const properties = propertiesWith({ region: 'eu-central-1', targetIdentifier: 'there', tags: { team: 'billing' } });
    const onTheWire = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, typeof value === 'object' ? value : String(value)]));

    expect(parseRequest(COPY, onTheWire, 'eu-west-1')).toMatchObject({
      kind: 'copy', sourceArn: ARN, region: 'eu-central-1', explicitIdentifier: 'there', copyTags: true, tags: { team: 'billing' }, timeoutMinutes: 50,
    });
  });

  test('is always deleted by CloudFormation, so that the handler decides about the copy', () => {
    const stack = stackIn('eu-west-1');
    copy(stack);

    templateOf(stack).hasResource(COPY, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('comes after its source, by naming it', () => {
    const stack = aStack();
    copy(stack, { source: new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack) }) });

    expect(propertiesOf(stack, COPY).SourceSnapshotArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Snapshot/), 'SnapshotArn'] });
  });

  test('is made in the Region of the stack when none is named, also when nobody knows that yet', () => {
    const stack = aStack();
    copy(stack);

    expect(propertiesOf(stack, COPY).Region).toEqual({ Ref: 'AWS::Region' });
  });

  test('says nothing of outputs', () => {
    const stack = stackIn('eu-west-1');
    copy(stack);

    expect(templateOf(stack).findOutputs('*')).toEqual({});
  });
});

describe('a copy is itself a snapshot', () => {
  test('that lives where it was copied to', () => {
    const stack = stackIn('eu-west-1');

    expect(copy(stack, { region: 'eu-central-1' }).env).toMatchObject({ region: 'eu-central-1', account: '111111111111' });
    expect(copy(stack, { source: imported(new Stack(stack, 'Other')) }, 'Here').env).toMatchObject({ region: 'eu-west-1' });
  });

  test('with the attributes of the resource', () => {
    const stack = stackIn('eu-west-1');
    const { snapshotArn, snapshotIdentifier } = copy(stack);

    expect(stack.resolve([snapshotArn, snapshotIdentifier])).toEqual(
      ['SnapshotArn', 'SnapshotIdentifier'].map((attribute) => ({ 'Fn::GetAtt': [expect.stringMatching(/^Copy/), attribute] })),
    );
  });

  test('under its own key, or that of its source', () => {
    const stack = stackIn('eu-west-1');
    const [own, ofSource] = [new kms.Key(stack, 'Own'), new kms.Key(stack, 'OfSource')];
    const source = imported(stack, ARN, ofSource);

    expect(copy(stack, { source, encryptionKey: own }).encryptionKey).toBe(own);
    expect(copy(stack, { source }, 'SameKey').encryptionKey).toBe(ofSource);
  });

  test('that can be copied on', () => {
    const stack = stackIn('eu-west-1');
    const first = copy(stack, { region: 'eu-central-1' });
    copy(stack, { source: first, region: 'us-east-1' }, 'Second');

    templateOf(stack).hasResourceProperties(COPY, { Region: 'us-east-1', SourceSnapshotArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Copy'), 'SnapshotArn'] } });
  });
});

describe('props that cannot be right are refused at synth, with what to do', () => {
  test.each(['', '1st', 'a--b', 'a-', 'rds:a', 'a'.repeat(64)])('targetIdentifier: %j', (targetIdentifier) => {
    expect(refusal(() => ({ targetIdentifier }))).toMatch(
      new RegExp(`^\\[Orders/Copy\\] targetIdentifier must be 1 to 63 letters, digits and hyphens, .*, got '${targetIdentifier}'$`),
    );
  });

  test('tags of our own', () => {
    expect(refusal(() => ({ tags: { 'cdk-aurora-backup:released': 'x' } }))).toContain("got 'cdk-aurora-backup:released'");
  });

  test('removalPolicy: snapshot', () => {
    expect(refusal(() => ({ removalPolicy: RemovalPolicy.SNAPSHOT }))).toContain("removalPolicy must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, got 'snapshot'");
  });

  test('a copy into China', () => {
    expect(refusal(() => ({ region: 'cn-northwest-1' }))).toBe(
      '[Orders/Copy] region is in cn-northwest-1, and AWS does not copy Aurora snapshots in the China Regions; take another snapshot instead of a copy',
    );
  });

  test('a copy within China', () => {
    expect(refusal((stack) => ({ source: imported(stack, 'arn:aws-cn:rds:cn-north-1:111111111111:cluster-snapshot:orders') }), 'cn-north-1')).toMatch(
      /source is in cn-north-1, and AWS does not copy Aurora snapshots in the China Regions/,
    );
  });

  test.each([['eu-west-1', 'us-gov-west-1', ARN], ['us-gov-west-1', 'eu-west-1', 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders']])(
    'a copy from %s to %s', (from, region, arn) => {
      expect(refusal((stack) => ({ source: imported(stack, arn), region }), from)).toMatch(
        new RegExp(`source is in ${from} and region is ${region}; snapshots of GovCloud Regions are copied to GovCloud Regions only`),
      );
    },
  );

  test('a key of another Region', () => {
    expect(refusal((stack) => ({ region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-west-1') }))).toMatch(
      /encryptionKey 'Orders\/Key-eu-west-1' is in eu-west-1 and the copy in eu-central-1; give a key of eu-central-1, for example a replica of a multi-Region key$/,
    );
  });

  test('a key of another Region, also when nobody knows where the source is', () => {
    expect(refusal((stack) => ({
      source: imported(stack, new CfnParameter(stack, 'Arn').valueAsString), region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-west-1'),
    }))).toMatch(/encryptionKey 'Orders\/Key-eu-west-1' is in eu-west-1 and the copy in eu-central-1/);
  });

  test('a Region that is none', () => {
    expect(refusal(() => ({ region: 'Frankfurt' }))).toBe("[Orders/Copy] region must be the code of an AWS Region, for example eu-central-1, got 'Frankfurt'");
  });

  test('no key for an encrypted source elsewhere', () => {
    expect(refusal((stack) => ({ source: imported(stack, ARN, keyIn(stack, 'eu-west-1')), region: 'eu-central-1' }))).toMatch(
      /source is encrypted with a key of eu-west-1, which cannot be used in eu-central-1; set encryptionKey to a key of eu-central-1$/,
    );
  });
});

describe('props that may be right are taken', () => {
  const taken = (props: (stack: Stack) => Partial<ClusterSnapshotCopyProps>, stack = stackIn('eu-west-1')) => {
    expect(() => copy(stack, props(stack))).not.toThrow();
  };

  test('a key of the Region of the copy', () => taken((stack) => ({ region: 'eu-central-1', encryptionKey: keyIn(stack, 'eu-central-1') })));

  test('an alias, which is looked up in the Region of the copy', () => taken((stack) => ({
    region: 'eu-central-1', encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/orders'),
  })));

  test('an alias whose name is only known when the stack deploys', () => taken((stack) => ({
    region: 'eu-central-1', encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', new CfnParameter(stack, 'Name').valueAsString),
  })));

  test('an encrypted source in the same Region without another key', () => taken((stack) => ({ source: imported(stack, ARN, keyIn(stack, 'eu-west-1')) })));

  test('a copy between GovCloud Regions', () => taken((stack) => ({
    source: imported(stack, 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders'), region: 'us-gov-east-1',
  }), stackIn('us-gov-west-1')));

  test('any key where nobody knows the Region of the stack yet', () => taken((stack) => ({ encryptionKey: keyIn(stack, 'eu-central-1') }), aStack()));

  test('a source of GovCloud where nobody knows the Region of the stack yet', () => taken((stack) => ({
    source: imported(stack, 'arn:aws-us-gov:rds:us-gov-west-1:111111111111:cluster-snapshot:orders'),
  }), aStack()));

  test('a copy to GovCloud of a source that nobody knows yet', () => taken((stack) => ({
    source: imported(stack, new CfnParameter(stack, 'Arn').valueAsString), region: 'us-gov-east-1',
  }), stackIn('us-gov-west-1')));

  test('an encrypted source without a key where nobody knows whether the copy is elsewhere', () => taken((stack) => ({
    source: imported(stack, ARN, keyIn(stack, 'eu-west-1')),
  }), aStack()));

  test('a Region and a source that are only known when the stack deploys', () => {
    const stack = aStack();
    const parameter = (id: string) => new CfnParameter(stack, id).valueAsString;
    taken(() => ({ source: imported(stack, parameter('Arn')), region: parameter('Region'), targetIdentifier: parameter('Name') }), stack);

    expect(propertiesOf(stack, COPY)).toMatchObject({ SourceSnapshotArn: { Ref: 'Arn' }, Region: { Ref: 'Region' }, TargetIdentifier: { Ref: 'Name' } });
  });

  test.each(['rds:orders-2026-11-22', 'awsbackup:job-1'])('a source like %s', (identifier) => {
    const stack = stackIn('eu-west-1');
    taken(() => ({ source: ClusterSnapshot.fromSnapshotIdentifier(stack, 'Source', identifier) }), stack);

    expect(asText(propertiesOf(stack, COPY).SourceSnapshotArn)).toMatch(new RegExp(`:cluster-snapshot:${identifier}$`));
  });
});

describe('a source in another stack', () => {
  const sourceIn = (app: App, region: string): IClusterSnapshot => {
    const stack = stackIn(region, { app, id: 'Home' });
    return new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack) });
  };

  test('of the same Region makes that stack come first', () => {
    const app = anApp();
    const source = sourceIn(app, 'eu-west-1');
    const stack = stackIn('eu-west-1', { app });
    copy(stack, { source });
    app.synth();

    expect(stack.dependencies.map(({ stackName }) => stackName)).toEqual(['Home']);
  });

  test('is not adopted by name: the stack that copies has a prefix of its own', () => {
    const app = anApp();
    const source = sourceIn(app, 'eu-west-1');
    const stack = stackIn('eu-west-1', { app });
    copy(stack, { source });
    const [home] = Object.values(templateOf(source.stack).findResources(SNAPSHOT));

    expect(propertiesOf(stack, COPY).Owner).not.toBe(home.Properties.Owner);
  });
});

test('tags of the app reach the copy, beside its own', () => {
  const app = anApp();
  const stack = stackIn('eu-west-1', { app });
  copy(stack, { tags: { stage: 'prod' } });
  Tags.of(app).add('team', 'billing');

  expect(propertiesOf(stack, COPY).Tags).toEqual({ stage: 'prod', team: 'billing' });
});

test.each([[RemovalPolicy.DESTROY, 'destroy'], [RemovalPolicy.RETAIN, 'retain']])('applyRemovalPolicy %s reaches the handler', (policy, expected) => {
  const stack = stackIn('eu-west-1');
  copy(stack).applyRemovalPolicy(policy);

  expect(propertiesOf(stack, COPY).RemovalPolicy).toBe(expected);
});

test('a platform team injects its own props', () => {
  const app = anApp({
    propertyInjectors: [{
      constructUniqueId: ClusterSnapshotCopy.PROPERTY_INJECTION_ID,
      inject: (props: ClusterSnapshotCopyProps) => ({ region: 'eu-central-1', ...props }),
    }],
  });
  const stack = stackIn('eu-west-1', { app });
  copy(stack);

  expect(propertiesOf(stack, COPY).Region).toBe('eu-central-1');
});

test('nothing is warned of', () => {
  const stack = stackIn('eu-west-1');
  copy(stack, { region: 'eu-central-1' });

  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

describe('of a snapshot with a trigger, of which every value makes another copy', () => {
  const WAITED_FOR = { completion: Completion.waitFor({ onTimeout: TimeoutBehavior.FAIL }) };
  const annotated = (source: Partial<ClusterSnapshotProps>, props: Partial<ClusterSnapshotCopyProps> = {}) => {
    const stack = stackIn('eu-west-1');
    const ofTrigger = copy(stack, { source: new ClusterSnapshot(stack, 'Source', { cluster: importedCluster(stack), keepLast: 3, trigger: '1', ...source }), ...WAITED_FOR, ...props });
    return { stack, ofTrigger, warnings: () => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('trigger')).map(({ entry }) => String(entry.data)) };
  };

  test('it is warned of that nothing deletes them, whatever the source keeps', () => {
    expect(annotated({}).warnings()).toEqual([
      "every new value of the trigger of 'Orders/Source' adds a full copy that nothing deletes, also where the source has keepLast, and the quota is 100 manual cluster snapshots per Region; "
      + 'set removalPolicy: RemovalPolicy.DESTROY to keep the newest copy only, and none when the stack goes, use the copies of an AuroraBackupPlan, or acknowledge this warning '
      + '[ack: cdk-aurora-backup:copyOfTrigger]',
    ]);
  });

  test('it is warned of for a copy of such a copy, too', () => {
    const { stack, ofTrigger, warnings } = annotated({}, { removalPolicy: RemovalPolicy.DESTROY });
    copy(stack, { source: ofTrigger, ...WAITED_FOR }, 'Further');

    expect(warnings()).toEqual([expect.stringContaining("the trigger of 'Orders/Copy'")]);
  });

  test('it can be acknowledged', () => {
    const { ofTrigger, warnings } = annotated({});
    AckAnnotations.of(ofTrigger).acknowledgeWarning('cdk-aurora-backup:copyOfTrigger', 'deleted by hand');

    expect(warnings()).toEqual([]);
  });

  test('it is not warned of under DESTROY, nor without a trigger', () => {
    expect(annotated({}, { removalPolicy: RemovalPolicy.DESTROY }).warnings()).toEqual([]);
    expect(annotated({ trigger: undefined, keepLast: undefined }).warnings()).toEqual([]);
  });
});

test('the logical id follows from the place in the tree, so that no release replaces the copies of users', () => {
  const stack = stackIn('eu-west-1');
  copy(stack);

  expect(Object.keys(templateOf(stack).findResources(COPY))).toEqual(['Copy1ED8A51E']);
});
