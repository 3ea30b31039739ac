import { Announcement, readAnnouncement } from '../../../src/core/vault/announcement';
import { ACCOUNT, OTHER_ACCOUNT, OTHER_REGION } from '../../support/events';
import { announced, shared } from '../../support/vault-events';

const NIGHTLY = shared('nightly').arn;
const read = (snapshotArn: unknown, account = OTHER_ACCOUNT, more: Partial<Announcement> = {}) => (
  readAnnouncement({ account, detail: { ...announced().event.detail, snapshotArn: snapshotArn as string, ...more } }, 'aws')
);
const arnOf = (identifier: string, partition = 'aws') => `arn:${partition}:rds:${OTHER_REGION}:${OTHER_ACCOUNT}:cluster-snapshot:${identifier}`;

describe('an announcement says where to look', () => {
  test('and that is all that is read of it', () => {
    expect(read(NIGHTLY)).toEqual({ snapshotArn: NIGHTLY, account: OTHER_ACCOUNT, region: OTHER_REGION });
  });

  test.each(['Nightly', 'nIGHTLY', 'NIGHTLY'])('and is of the same snapshot however that is spelled (%s): RDS does not mind either', (spelled) => {
    expect(read(arnOf(spelled))).toEqual(read(NIGHTLY));
  });

  test('of an identifier as long as RDS takes it', () => {
    expect(read(arnOf('x'.repeat(63)))).toEqual(expect.objectContaining({ snapshotArn: arnOf('x'.repeat(63)) }));
  });
});

describe('an announcement is rejected', () => {
  test.each<[string, unknown]>([
    ['of a longer identifier than RDS takes', arnOf('x'.repeat(64))],
    ['of an automated snapshot, which cannot be shared', arnOf('rds:orders-2026-11-22-03-00')],
    ['of an identifier that RDS would not take', arnOf('nightly_1')],
    ['of a snapshot in another partition', arnOf('nightly', 'aws-cn')],
    ['in a partition that there is not', arnOf('nightly', 'WHATEVER')],
    ['of a cluster', `arn:aws:rds:${OTHER_REGION}:${OTHER_ACCOUNT}:cluster:orders`],
    ['of a number', 1],
    ['of nothing', undefined],
    ['of what cannot be written as a text', { toString: 1 }],
  ])('%s', (_, snapshotArn) => {
    expect(read(snapshotArn)).toEqual({ rejected: expect.stringMatching(/^its snapshotArn is not the ARN of a manual DB cluster snapshot in the partition aws: '/) });
  });

  test.each<[string, ReturnType<typeof read>]>([
    ['that is no ARN', read('x'.repeat(200_000))],
    ['that is an ARN', read(arnOf('x'.repeat(200_000)))],
    ['of another account', read(NIGHTLY.replace(OTHER_ACCOUNT, '9'.repeat(200_000)))],
    ['of a version', read(NIGHTLY, OTHER_ACCOUNT, { version: '2'.repeat(200_000) })],
  ])('in few words, however long the text is (%s)', (_, answer) => {
    expect((answer as { rejected: string }).rejected.length).toBeLessThan(750);
  });

  test('of a snapshot of another account than that of the envelope', () => {
    expect(read(NIGHTLY, ACCOUNT)).toEqual({ rejected: `account ${ACCOUNT} announces ${NIGHTLY}, which belongs to account ${OTHER_ACCOUNT}` });
  });
});
