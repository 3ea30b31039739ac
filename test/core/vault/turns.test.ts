import * as fc from 'fast-check';
import { inTurn, senderOf } from '../../../src/core/vault/turns';

const ORDERS = { account: '222222222222', region: 'eu-central-1', clusterIdentifier: 'orders' };

describe('who sends', () => {
  test('is an account and a cluster of it, whatever the cluster is called', () => {
    expect(senderOf(ORDERS)).toMatch(/^222222222222-[0-9a-f]{8}$/);
    expect(senderOf({ ...ORDERS, clusterIdentifier: 'o'.repeat(63) })).toHaveLength(senderOf(ORDERS).length);
  });

  test('is another one in another Region, account or cluster', () => {
    const senders = [ORDERS, { ...ORDERS, region: 'eu-west-1' }, { ...ORDERS, account: '999999999999' }, { ...ORDERS, clusterIdentifier: 'billing' }].map(senderOf);

    expect(new Set(senders).size).toBe(4);
  });

  test('is the same whichever cluster has the name by now', () => {
    expect(senderOf({ ...ORDERS, clusterResourceId: 'cluster-ANOTHER' })).toBe(senderOf(ORDERS));
  });
});

describe('of those that wait', () => {
  // The account, its cluster, and which of its snapshots: the oldest is first.
  test.each<[string, string[], string[]]>([
    ['nobody', [], []],
    ['of one cluster, the oldest is the first', ['a-x-1', 'a-x-2', 'a-x-3'], ['a-x-1', 'a-x-2', 'a-x-3']],
    ['who came last with one is behind the first of those that came with many', ['a-x-1', 'a-x-2', 'a-x-3', 'b-y-1'], ['a-x-1', 'b-y-1', 'a-x-2', 'a-x-3']],
    ['accounts take turns', ['a-x-1', 'a-x-2', 'b-y-1', 'b-y-2', 'a-x-3', 'c-z-1'], ['a-x-1', 'b-y-1', 'c-z-1', 'a-x-2', 'b-y-2', 'a-x-3']],
    ['so do the clusters of an account', ['a-x-1', 'a-x-2', 'a-x-3', 'a-y-1'], ['a-x-1', 'a-y-1', 'a-x-2', 'a-x-3']],
    ['an account with many clusters has no more turns for it', ['a-v-1', 'a-w-1', 'a-x-1', 'a-y-1', 'b-z-1', 'b-z-2'], ['a-v-1', 'b-z-1', 'a-w-1', 'b-z-2', 'a-x-1', 'a-y-1']],
    ['clusters of two accounts that are called the same are two', ['a-x-1', 'a-x-2', 'b-x-1'], ['a-x-1', 'b-x-1', 'a-x-2']],
  ])('%s', (_, waiting, expected) => {
    expect(inTurn(waiting)).toEqual(expected);
  });

  const waiting = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y')), { maxLength: 40 })
    .map((senders) => senders.map(([account, cluster], index) => `${account}-${cluster}-${index}`));

  test('nobody is lost, whoever waits', () => {
    fc.assert(fc.property(waiting, (all) => {
      expect([...inTurn(all)].sort()).toEqual([...all].sort());
    }));
  });

  test('the first of an account is never behind the second of another', () => {
    fc.assert(fc.property(waiting, (all) => {
      const order = inTurn(all).map((one) => one.split('-')[0]);
      const accounts = new Set(order).size;
      expect(new Set(order.slice(0, accounts)).size).toBe(accounts);
    }));
  });
});
