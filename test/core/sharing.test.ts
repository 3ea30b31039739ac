import { OwnershipTag } from '../../src/core/ownership';
import { claimsOfStack, copyToShare, isSharedBy, shareClaim, sharesCopy } from '../../src/core/sharing';
import { shareRequest } from '../support/assignments';
import { RESOURCE, aSnapshot } from '../support/snapshots';

const claimed = (claim: string) => aSnapshot({ tags: { [OwnershipTag.SHARED_BY]: claim } });
const arnOf = (identifier: string) => `arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:${identifier}`;

describe('a claim', () => {
  test('is known by the resource whose it is, whichever request made it, and by no other', () => {
    expect(isSharedBy(claimed(shareClaim(RESOURCE, 'one')), RESOURCE)).toBe(true);
    expect(isSharedBy(claimed(shareClaim(RESOURCE, 'another')), RESOURCE)).toBe(true);
    expect(isSharedBy(claimed(shareClaim({ ...RESOURCE, logicalId: 'Other' }, 'one')), RESOURCE)).toBe(false);
    expect(isSharedBy(claimed(shareClaim({ ...RESOURCE, stackId: `${RESOURCE.stackId}0` }, 'one')), RESOURCE)).toBe(false);
    expect(isSharedBy(aSnapshot(), RESOURCE)).toBe(false);
  });

  test('tells the request that made it', () => {
    expect(shareClaim(RESOURCE, 'one')).not.toBe(shareClaim(RESOURCE, 'another'));
  });

  test('begins with the stack, as the policies of its roles ask', () => {
    const [stackId, wildcard] = [claimsOfStack(RESOURCE.stackId).slice(0, -1), claimsOfStack(RESOURCE.stackId).slice(-1)];

    expect(wildcard).toBe('*');
    expect(shareClaim(RESOURCE, 'one').startsWith(stackId)).toBe(true);
  });

  test('fits into a tag, also of the stack with the longest name and the resource with the longest id', () => {
    const stackId = `arn:aws-us-gov:cloudformation:us-gov-west-1:111111111111:stack/${'s'.repeat(128)}/0a1b2c3d-0000-4000-8000-000000000001`;

    expect(shareClaim({ ...RESOURCE, stackId, logicalId: 'L'.repeat(255) }, 'request').length).toBeLessThanOrEqual(256);
  });
});

describe('what is shared is', () => {
  test.each([['orders', false], ['rds:orders-2026-11-22', true], ['awsbackup:job-1', true], ['continuous:cluster-1', true]])('of %s a copy: %s', (identifier, copied) => {
    expect(sharesCopy(shareRequest({ SourceSnapshotArn: arnOf(identifier) }))).toBe(copied);
  });

  test('a copy when it is to have another key', () => {
    expect(sharesCopy(shareRequest({ KmsKeyId: 'alias/audit' }))).toBe(true);
  });
});

test('a copy that exists only to be shared is deleted with its share', () => {
  expect(copyToShare(shareRequest({ KmsKeyId: 'alias/audit' }))).toMatchObject({ kind: 'copy', kmsKeyId: 'alias/audit', copyTags: true, removal: 'destroy' });
});
