import { RESTORE_CONTRACT_VERSION } from '../../../src/core/restore/restore-contract';
import { changedCriteria, criteriaTexts, parseRestorePointRequest } from '../../../src/core/restore/restore-criteria';

/** As CloudFormation hands them over: every scalar is a text. */
const properties = (changes: object = {}) => ({
  ContractVersion: String(RESTORE_CONTRACT_VERSION), Owner: 'cab-1', ClusterIdentifier: 'orders', SnapshotTypes: ['automated', 'manual'], ...changes,
});
const textsOf = (changes: object = {}) => criteriaTexts(parseRestorePointRequest(properties(changes)).criteria);

const EVERY = {
  ClusterResourceIdentifier: 'cluster-1',
  PlanName: 'gold',
  VaultName: 'bunker',
  VaultRegion: 'eu-central-1',
  SourceAccount: '222222222222',
  Before: '2026-11-22T12:00:00Z',
  Engine: 'aurora-mysql',
};

test('the least that can be asked for is a cluster, and kinds of snapshots', () => {
  expect(parseRestorePointRequest(properties())).toEqual({ owner: 'cab-1', criteria: { clusterIdentifier: 'orders', snapshotTypes: ['automated', 'manual'] } });
});

test('everything that can be asked for is read', () => {
  expect(parseRestorePointRequest(properties({ ...EVERY, Trigger: 'release-7' }))).toEqual({
    owner: 'cab-1',
    trigger: 'release-7',
    criteria: {
      clusterIdentifier: 'orders',
      snapshotTypes: ['automated', 'manual'],
      clusterResourceIdentifier: 'cluster-1',
      planName: 'gold',
      vaultName: 'bunker',
      vaultRegion: 'eu-central-1',
      sourceAccount: '222222222222',
      before: new Date('2026-11-22T12:00:00Z'),
      engine: 'aurora-mysql',
    },
  });
});

test('RDS keeps names in lower case, so it is asked in lower case', () => {
  expect(parseRestorePointRequest(properties({ ClusterIdentifier: 'Orders' })).criteria.clusterIdentifier).toBe('orders');
});

test('an empty text is none', () => {
  expect(parseRestorePointRequest(properties({ Trigger: '', Engine: '', Before: '' }))).toEqual(parseRestorePointRequest(properties()));
});

test.each<[object, RegExp]>([
  [{ ContractVersion: '99' }, /contract version 99 is not known to this runtime \(it knows 1\)/],
  [{ ClusterIdentifier: '' }, /property ClusterIdentifier is missing or empty/],
  [{ Owner: undefined }, /property Owner is missing or empty/],
  [{ SnapshotTypes: ['manual', 'public'] }, /SnapshotTypes must name some of automated, manual, shared, got 'public'/],
  [{ SnapshotTypes: [] }, /SnapshotTypes must name some of automated, manual, shared/],
  [{ SnapshotTypes: 'manual' }, /SnapshotTypes must name some of automated, manual, shared, got 'manual'/],
  [{ Before: 'yesterday' }, /Before must be a time like 2026-11-22T12:00:00Z, got 'yesterday'/],
])('%j is refused', (changes, words) => {
  expect(() => parseRestorePointRequest(properties(changes))).toThrow(words);
});

describe('criteria are the same', () => {
  test('when nothing changed', () => {
    expect(changedCriteria(textsOf(EVERY), textsOf(EVERY))).toEqual([]);
  });

  test.each<[string, object]>([
    ['in whatever order kinds are named', { SnapshotTypes: ['manual', 'automated'] }],
    ['in whatever case the name of the cluster is written', { ClusterIdentifier: 'ORDERS' }],
    ['however a time is written', { Before: '2026-11-22T13:00:00+01:00' }],
    ['whatever the trigger is, by which they are kept', { Trigger: 'another' }],
  ])('%s', (_, changes) => {
    expect(changedCriteria(textsOf(EVERY), textsOf({ ...EVERY, ...changes }))).toEqual([]);
  });

  test.each<[object, string]>([
    [{ ClusterIdentifier: 'billing' }, "clusterIdentifier from 'orders' to 'billing'"],
    [{ ClusterResourceIdentifier: 'cluster-2' }, "clusterResourceIdentifier from 'cluster-1' to 'cluster-2'"],
    [{ SnapshotTypes: ['manual'] }, "snapshotTypes from 'automated, manual' to 'manual'"],
    [{ PlanName: 'silver' }, "plan from 'gold' to 'silver'"],
    [{ VaultName: 'cellar' }, "vault from 'bunker of eu-central-1' to 'cellar of eu-central-1'"],
    [{ SourceAccount: undefined }, "sourceAccount from '222222222222' to nothing"],
    [{ Before: undefined }, "before from '2026-11-22T12:00:00.000Z' to nothing"],
    [{ Engine: 'aurora-postgresql' }, "engine from 'aurora-mysql' to 'aurora-postgresql'"],
  ])('but not with %j', (changes, words) => {
    expect(changedCriteria(textsOf(EVERY), textsOf({ ...EVERY, ...changes }))).toEqual([words]);
  });
});
