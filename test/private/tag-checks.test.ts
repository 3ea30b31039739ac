import { CfnParameter, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { ClusterSnapshot, ClusterSnapshotCopy } from '../../src';
import { OwnershipTag } from '../../src/core/ownership';
import { planTags } from '../../src/core/plan/plan-ownership';
import { SnapshotRemoval } from '../../src/core/removal';
import { maxUserTags } from '../../src/private/plan-checks';
import { checkTags } from '../../src/private/tag-checks';
import { tooManyTags } from '../../src/runtime/operations/tag-limit';
import { aStack, importedCluster, messageOf, stackIn, templateOf } from '../support/constructs';
import { PLAN } from '../support/plan-snapshots';
import { planWith } from '../support/plans';

const someTags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`tag-${n}`, 'x']));

describe('tags', () => {
  test('are the user\'s', () => {
    expect(() => checkTags(aStack(), { team: 'shop', awsome: 'yes' })).not.toThrow();
  });

  test.each(['aws:cloudformation:stack-name', 'AWS:x', 'rds:x'])('%s is for AWS to set, which would drop or refuse it', (key) => {
    expect(messageOf(() => checkTags(aStack(), { team: 'shop', [key]: 'x' })))
      .toBe(`[Orders] tags must not have keys that begin with 'aws:' or 'rds:', got '${key}': only AWS may set them; choose another key`);
  });

  test('by which the library knows its snapshots cannot be given', () => {
    expect(messageOf(() => checkTags(aStack(), { 'cdk-aurora-backup:owner': 'me' }))).toContain("got 'cdk-aurora-backup:owner': the library knows its snapshots by them");
  });

  test.each(['R&D', 'a,b', 'x'.repeat(129), 'tab\t', ''])('have keys that RDS takes, which is not %j', (key) => {
    expect(messageOf(() => checkTags(aStack(), { [key]: 'x' }))).toBe(
      `[Orders] tags must have keys of 1 to 128 letters, digits, spaces and _ . : / = + - @, which is what RDS takes, got '${key}'; choose another key`,
    );
  });

  test.each(['R&D', 'x'.repeat(257), '(none)'])('have values that RDS takes, which is not %j', (value) => {
    expect(messageOf(() => checkTags(aStack(), { team: value }))).toBe(
      `[Orders] tag 'team' must have a value of at most 256 letters, digits, spaces and _ . : / = + - @, which is what RDS takes, got '${value}'; choose another value`,
    );
  });

  test('may have letters of any language, and values that are empty or only known when the stack deploys', () => {
    const stack = aStack();

    expect(() => checkTags(stack, {
      'Kostenträger 7': 'a_b.c:d/e=f+g-h@i', '部署': '', ['x'.repeat(128)]: 'x'.repeat(256), 'later': new CfnParameter(stack, 'Tag').valueAsString,
    })).not.toThrow();
  });
});

describe.each<[what: string, make: (stack: Stack) => unknown, most: number]>([
  ['a snapshot', (stack) => new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack) }), 42],
  ['a snapshot of a chosen name', (stack) => new ClusterSnapshot(stack, 'Snapshot', { cluster: importedCluster(stack), snapshotIdentifier: 'chosen' }), 41],
  ['a copy', (stack) => new ClusterSnapshotCopy(stack, 'Snapshot', { source: ClusterSnapshot.fromSnapshotIdentifier(stack, 'Source', 'orders') }), 41],
])('%s', (_, make, most) => {
  const synthWith = (tags: Record<string, string>) => {
    const stack = stackIn('eu-west-1');
    make(stack);
    Object.entries(tags).forEach(([key, value]) => Tags.of(stack.node.findChild('Snapshot')).add(key, value));
    return () => templateOf(stack);
  };

  test('takes as many tags of the app as leave room for its own', () => {
    expect(synthWith(someTags(most))).not.toThrow();
    expect(messageOf(synthWith(someTags(most + 1)))).toContain(
      `[Orders/Snapshot] tags and the tags of the app come to ${most + 1}, and RDS takes 50 tags on a snapshot, of which up to ${50 - most} are the library's own; leave some out`,
    );
  });

  test('takes no tags of the app that RDS refuses', () => {
    expect(messageOf(synthWith({ team: 'R&D' }))).toContain("[Orders/Snapshot] tag 'team' must have a value of at most 256 letters");
  });
});

describe('a plan', () => {
  test.each<[string, SnapshotRemoval, string | undefined]>([['stay', SnapshotRemoval.RETAIN, undefined], ['go with their stack', SnapshotRemoval.DESTROY, 'arn:stack']])(
    'whose snapshots %s may have as many tags as its snapshots and their copies have room for', (_, removal, stackId) => {
      const own = { ...planTags({ ...PLAN, stackId }, 'id', 'orders', 'cluster-1', { name: 'run', scheduledTime: '' }), [OwnershipTag.DATA_TIME]: 'then' };
      const most = maxUserTags(0, removal);

      expect(tooManyTags({ ...someTags(most), ...own })).toBeUndefined();
      expect(tooManyTags({ ...someTags(most + 1), ...own })).toBeDefined();
    },
  );

  test('takes no tags of the app that RDS refuses, in any run', () => {
    const plan = planWith();
    Tags.of(plan).add('team', 'R&D');

    expect(messageOf(() => templateOf(plan.stack))).toContain("[Orders/Gold] tag 'team' must have a value of at most 256 letters");
  });

  test('counts one tag more when it is told late that its snapshots go with their stack', () => {
    const plan = planWith();
    Object.keys(someTags(40)).forEach((key) => Tags.of(plan).add(key, 'x'));
    expect(() => templateOf(plan.stack)).not.toThrow();

    const thrownAway = planWith();
    Object.keys(someTags(40)).forEach((key) => Tags.of(thrownAway).add(key, 'x'));
    thrownAway.applyRemovalPolicy(RemovalPolicy.DESTROY);
    expect(messageOf(() => templateOf(thrownAway.stack))).toContain('come to 40, and RDS takes 50 tags on a snapshot, of which up to 11 are');
  });
});
