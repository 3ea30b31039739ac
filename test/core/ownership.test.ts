import * as fc from 'fast-check';
import { OwnershipTag, Release, belongsTo, dataTimeOf, isOurs, ownershipTags, releaseOf, userTags } from '../../src/core/ownership';
import { OWNER, STACK_ID } from '../support/events';
import { RESOURCE, aSnapshot, ourSnapshot, withTags } from '../support/snapshots';

const withoutTag = (key: string) => {
  const snapshot = ourSnapshot('orders');
  return { ...snapshot, tags: Object.fromEntries(Object.entries(snapshot.tags).filter(([tag]) => tag !== key)) };
};

describe('a snapshot is ours', () => {
  test('when we made it', () => {
    expect(isOurs(ourSnapshot('orders'), OWNER)).toBe(true);
  });

  test('also under an identifier that the user chose', () => {
    expect(isOurs(ourSnapshot('x', { identifier: 'before-migration' }), OWNER)).toBe(true);
  });

  test('also after it was released', () => {
    expect(isOurs(ourSnapshot('orders', { release: Release.RETAINED }), OWNER)).toBe(true);
  });
});

describe('a snapshot is not ours', () => {
  const copied = ourSnapshot('orders').tags;

  test.each([
    ['when it has no tags', aSnapshot()],
    ['when it was copied by hand together with our tags', aSnapshot({ identifier: 'copy-by-hand', tags: copied })],
    ['when it was copied by hand with our tags under our prefix', aSnapshot({ identifier: `${OWNER}-0123456789-copy`, tags: copied })],
    ['when it is a copy by hand of one with a chosen identifier', aSnapshot({ identifier: 'copy-by-hand', tags: ourSnapshot('x', { identifier: 'chosen' }).tags })],
    ['when only its name looks like ours', aSnapshot({ identifier: `${OWNER}-0123456789-orders` })],
    ['when another stack made it', ourSnapshot('orders', { resource: { ...RESOURCE, owner: 'cab-00000000' } })],
    ['when the name is neither ours nor said to be chosen', aSnapshot({
      identifier: 'odd', tags: { [OwnershipTag.OWNER]: OWNER, [OwnershipTag.IDENTIFIER]: 'odd' },
    })],
    ['when it begins with our prefix only by accident', aSnapshot({
      identifier: `${OWNER}0-x`, tags: { [OwnershipTag.OWNER]: OWNER, [OwnershipTag.IDENTIFIER]: `${OWNER}0-x` },
    })],
    ['when it is automated', { ...ourSnapshot('orders'), type: 'automated' }],
    ['when another account shares it', { ...ourSnapshot('orders'), type: 'shared' }],
    ['when AWS Backup made it', { ...ourSnapshot('orders'), type: 'awsbackup' }],
    ['when it has lost the tag of its owner', withoutTag(OwnershipTag.OWNER)],
    ['when it has lost the tag of its identifier', withoutTag(OwnershipTag.IDENTIFIER)],
  ])('%s', (_, snapshot) => {
    expect(isOurs(snapshot, OWNER)).toBe(false);
    expect(belongsTo(snapshot, RESOURCE)).toBe(false);
  });
});

describe('a snapshot belongs to a resource', () => {
  test('that made it', () => {
    expect(belongsTo(ourSnapshot('orders'), RESOURCE)).toBe(true);
  });

  test.each([
    ['not to another of the same stack', { ...RESOURCE, logicalId: 'Other' }],
    // A stack that was destroyed and deployed again has the same name and prefix, and another id.
    ['not to the same resource of an earlier life of the stack', { ...RESOURCE, stackId: `${STACK_ID}-earlier` }],
    ['not to one of another stack', { ...RESOURCE, owner: 'cab-00000000' }],
  ])('%s', (_, resource) => {
    expect(belongsTo(ourSnapshot('orders', { resource }), RESOURCE)).toBe(false);
  });
});

test('the tags that make a snapshot ours are recognized again', () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.boolean(), (operation, generation, chosen) => {
    const identifier = chosen ? 'chosen' : `${OWNER}-0123456789-orders`;
    const tags = ownershipTags(RESOURCE, identifier, operation, generation, chosen);

    expect(belongsTo(aSnapshot({ identifier, tags }), RESOURCE)).toBe(true);
  }));
});

test('only an identifier that the user chose is said to be chosen: roles are told apart by it', () => {
  const chosen = (explicit: boolean) => ownershipTags(RESOURCE, 'x', 'operation', 'request', explicit)[OwnershipTag.EXPLICIT_IDENTIFIER];

  expect([chosen(true), chosen(false)]).toEqual(['true', undefined]);
});

test('a snapshot tells why it was let go', () => {
  expect(releaseOf(ourSnapshot('orders'))).toBeUndefined();
  expect(releaseOf(withTags(ourSnapshot('orders'), { [OwnershipTag.RELEASED]: 'superseded' }))).toBe(Release.SUPERSEDED);
});

describe("a user's tags", () => {
  test('are what is neither ours nor of AWS', () => {
    expect(userTags({
      'team': 'billing',
      'Name': '',
      'awsome': 'yes',
      'rds-team': 'a',
      'aws:cloudformation:stack-name': 'Orders',
      'AWS:x': '1',
      'rds:x': '1',
      'cdk-aurora-backup:owner': OWNER,
      'cdk-aurora-backup:anything': '1',
    })).toEqual({ 'team': 'billing', 'Name': '', 'awsome': 'yes', 'rds-team': 'a' });
  });

  test('never bring ownership along', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), (tags) => {
      const kept = userTags({ ...tags, ...ourSnapshot('orders').tags });

      expect(Object.keys(kept).filter((key) => key.startsWith('cdk-aurora-backup:'))).toEqual([]);
    }));
  });
});

describe('the time of the data', () => {
  const MADE = new Date('2026-11-22T03:00:00Z');
  const tagged = (time: string) => ({ [OwnershipTag.DATA_TIME]: time });
  const copy = aSnapshot({ createTime: MADE, sourceArn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:source' });

  test('of an original is when it was made, whatever somebody has tagged it with', () => {
    expect(dataTimeOf(aSnapshot({ createTime: MADE }))).toEqual(MADE);
    expect(dataTimeOf(aSnapshot({ createTime: MADE, tags: tagged('2020-01-01T00:00:00Z') }))).toEqual(MADE);
  });

  test('of a copy only its tag tells: it was made later', () => {
    expect(dataTimeOf(withTags(copy, tagged('2026-11-20T03:00:00Z')))).toEqual(new Date('2026-11-20T03:00:00Z'));
    expect(dataTimeOf(copy)).toBeUndefined();
  });

  test('is not known where neither tells it', () => {
    expect(dataTimeOf(withTags(copy, tagged('last week')))).toBeUndefined();
    expect(dataTimeOf(aSnapshot({ createTime: undefined }))).toBeUndefined();
  });
});
