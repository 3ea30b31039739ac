import * as fc from 'fast-check';
import { OwnershipTag, Release, dataTimeOf } from '../../../src/core/ownership';
import { RestoreCriteria } from '../../../src/core/restore/restore-criteria';
import { RestorePointChoice, chooseRestorePoint } from '../../../src/core/restore/restore-point';
import { Snapshot } from '../../../src/core/snapshot';
import { ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION } from '../../support/events';
import { ORDERS, PLAN, planCopy, planSnapshot } from '../../support/plan-snapshots';
import { SnapshotFacts, aSnapshot, day, ourSnapshot, withTags } from '../../support/snapshots';
import { aVault, shared, stored } from '../../support/vault-events';

const FORMER = 'cluster-ORDERS2025';
const version = { engineVersion: '16.4' };

const on = (number: number, facts: SnapshotFacts = {}) => aSnapshot({ identifier: `day${number}`, createTime: day(number), ...version, ...facts });
const automatedOn = (number: number, facts: SnapshotFacts = {}) => on(number, { identifier: `rds:orders-day${number}`, type: 'automated', ...facts });
const plansOn = (number: number, facts: Parameters<typeof planSnapshot>[1] = {}) => (
  planSnapshot(`day${number}`, { createTime: day(number), ...version, ...facts })
);

const choose = (snapshots: Snapshot[], criteria: Partial<RestoreCriteria> = {}) => chooseRestorePoint({
  criteria: { clusterIdentifier: 'orders', snapshotTypes: ['automated', 'manual'], ...criteria }, snapshots, region: REGION, account: ACCOUNT,
});
const refusal = (choice: RestorePointChoice) => ('refused' in choice ? choice.refused : `chosen: ${choice.chosen.snapshot.identifier}`);
const chosenOf = (choice: RestorePointChoice) => ('refused' in choice ? choice.refused : choice.chosen.snapshot.identifier);
const remarksOn = (choice: RestorePointChoice) => ('refused' in choice ? [] : choice.remarks);

describe('the restore point', () => {
  test('is the newest snapshot, and the next best is told', () => {
    expect(choose([on(2), on(4), on(3)])).toMatchObject({
      chosen: { snapshot: on(4), dataTime: day(4) }, nextBest: { snapshot: on(3) }, remarks: [], passedOver: [],
    });
  });

  test('may be automated, taken by hand, by a plan or by AWS Backup: whichever is newest', () => {
    const ofAwsBackup = on(5, { identifier: 'awsbackup:job-1' });

    expect(chosenOf(choose([automatedOn(6), ofAwsBackup, on(4), plansOn(3)]))).toBe('rds:orders-day6');
    expect(chosenOf(choose([automatedOn(4), ofAwsBackup, plansOn(3)]))).toBe('awsbackup:job-1');
  });

  test('of a copy counts the time of the data, not that of the copy', () => {
    const copiedLate = withTags(planCopy('old', day(1)), {});

    expect(chosenOf(choose([{ ...copiedLate, ...version }, on(2)]))).toBe('day2');
  });

  test('is the only one there is, if that is good', () => {
    expect(choose([on(1)])).toMatchObject({ chosen: { snapshot: on(1) }, nextBest: undefined });
  });

  test('of a name in capitals is found', () => {
    expect(chosenOf(choose([on(1, { clusterIdentifier: 'Orders' })]))).toBe('day1');
  });
});

describe('not the restore point, though newer, is', () => {
  test.each<[string, Snapshot, string]>([
    ['one that is still made', on(9, { status: 'creating' }), 'it is creating'],
    ['one that is still copied', on(9, { status: 'copying' }), 'it is copying'],
    ['one that failed', on(9, { status: 'failed' }), 'it is failed'],
    ['one in a state that nobody knows', on(9, { status: 'incompatible-restore' }), 'it is incompatible-restore'],
    ['one of DocumentDB', on(9, { engine: 'docdb' }), 'it is of docdb, which is not Aurora'],
    ['one of a Multi-AZ cluster', on(9, { engine: 'postgres' }), 'it is of postgres, which is not Aurora'],
    ['one without a version of its engine', on(9, { engineVersion: undefined }), 'RDS does not tell its engine version'],
    ['a copy of which nothing tells the time of its data', on(9, { sourceArn: 'arn:of-somewhere' }), 'nothing tells the time of its data'],
    ['one that RDS tells no time of', on(9, { createTime: undefined }), 'nothing tells the time of its data'],
    ['a copy that says it is younger than itself',
      withTags(on(9, { sourceArn: 'arn:of-somewhere' }), { [OwnershipTag.DATA_TIME]: day(30).toISOString() }), 'nothing tells the time of its data'],
    ['a copy of AWS Backup, though RDS does not say that it is one', on(9, { identifier: 'awsbackup:copyjob-1' }), 'nothing tells the time of its data'],
    ['one that exists only to be shared',
      withTags(plansOn(9), { [OwnershipTag.SHARED_IN_PLACE_OF]: 'another' }), 'it exists only to be shared'],
    ['one that a deploy gave up', { ...ourSnapshot('x', { createTime: day(9), release: Release.ABANDONED }), ...version }, 'the deploy that began it gave it up'],
    ['a continuous backup of AWS Backup', on(9, { identifier: 'continuous:cluster-orders-1' }), 'it is a continuous backup, not a snapshot'],
  ])('%s', (_, newer, because) => {
    const choice = choose([on(1), newer]);

    expect(choice).toMatchObject({ chosen: { snapshot: on(1) }, passedOver: [{ snapshot: newer, because }] });
  });

  test('one that a deploy left behind on purpose is one', () => {
    expect(choose([on(1), { ...ourSnapshot('x', { createTime: day(9), release: Release.RETAINED }), ...version }])).toMatchObject({ chosen: { dataTime: day(9) } });
  });

  test.each([
    ['that of a sharing copy', withTags(plansOn(1), { [OwnershipTag.SHARED_IN_PLACE_OF]: 'another' }).tags],
    ['that of one that was given up', ourSnapshot('x', { release: Release.ABANDONED }).tags],
  ])('one is one though its cluster passed a tag on to it: %s', (_, tags) => {
    const inherited = { ...tags, [OwnershipTag.CLUSTER_RESOURCE_ID]: ORDERS };

    expect(choose([on(1), automatedOn(9, { tags: inherited })])).toMatchObject({ chosen: { dataTime: day(9) } });
  });

  test('one of another cluster is not even seen', () => {
    expect(choose([on(1), on(9, { clusterIdentifier: 'orders-eu' })])).toMatchObject({ chosen: { snapshot: on(1) }, passedOver: [] });
  });

  test('one that somebody else shares, unless it was asked for', () => {
    expect(choose([on(1), on(9, { account: OTHER_ACCOUNT, type: 'shared' })])).toMatchObject({ chosen: { snapshot: on(1) }, passedOver: [{ because: 'it is shared' }] });
  });

  test('what is newer and was meant, but is not good, is told', () => {
    expect(remarksOn(choose([on(1), on(9, { status: 'creating' })]))).toEqual(['newer, but not taken: day9 (2026-11-09T12:00:00.000Z): it is creating']);
  });

  test('what was not meant is not spoken of', () => {
    expect(remarksOn(choose([on(1), automatedOn(9)], { snapshotTypes: ['manual'] }))).toEqual([]);
    expect(remarksOn(choose([on(1), on(9)], { before: day(2) }))).toEqual([]);
  });
});

describe('what is asked for is', () => {
  const ofVault = { ...stored('day6', { source: shared('day6', { createTime: day(6), clusterResourceId: ORDERS }) }), ...version };
  const EVERYTHING = [
    on(0, { clusterResourceId: FORMER }), automatedOn(2, { clusterResourceId: ORDERS }), plansOn(3), { ...planCopy('day0', day(4)), ...version },
    on(5, { engine: 'aurora-mysql' }), ofVault, on(7),
  ];

  test.each<[string, Partial<RestoreCriteria>, string | Date]>([
    ['automated', { snapshotTypes: ['automated'] }, day(2)],
    ['older than a time', { clusterResourceIdentifier: ORDERS, before: day(3) }, day(2)],
    ['of an engine', { engine: 'aurora-mysql' }, day(5)],
    ['of a certain cluster', { clusterResourceIdentifier: FORMER }, day(0)],
    ['of a certain cluster, however its id is written', { clusterResourceIdentifier: FORMER.toLowerCase() }, day(0)],
    ['of a plan, its copies among them', { planName: 'Gold' }, day(4)],
    ['of a vault', { vaultName: aVault().vaultName, vaultRegion: REGION }, day(6)],
    ['of a vault, and there of an account', { vaultName: aVault().vaultName, vaultRegion: REGION, sourceAccount: OTHER_ACCOUNT }, day(6)],
  ])('%s', (_, criteria, dataTime) => {
    expect(choose(EVERYTHING, criteria)).toMatchObject({ chosen: { dataTime } });
  });

  test.each<[string, Partial<RestoreCriteria>, RegExp]>([
    ['another plan', { planName: 'Silver' }, /by the plan 'Silver' in eu-west-1\..* the plan did not make it/],
    ['another vault', { vaultName: 'Cellar', vaultRegion: REGION }, /by the vault 'Cellar' of eu-west-1 in .* the vault did not make it/],
    ['another account in a vault', { vaultName: aVault().vaultName, vaultRegion: REGION, sourceAccount: '999999999999' }, /it is of account 222222222222/],
    ['a cluster that nobody had', { clusterResourceIdentifier: 'cluster-NOBODYS' }, /with the resource id cluster-NOBODYS.*it is of cluster-ORDERS2026/],
    ['a time before the first', { before: day(0) }, /with data from before 2026-10-31T12:00:00.000Z .* its data is of 2026-10-31T12:00:00.000Z/],
  ])('never one of %s', (_, criteria, words) => {
    expect(refusal(choose(EVERYTHING, criteria))).toMatch(words);
  });

  test('what bears the tags of a plan, but was copied by hand, is not the plan\'s', () => {
    expect(refusal(choose([{ ...plansOn(9), identifier: 'by-hand' }], { planName: 'Gold' }))).toContain('the plan did not make it');
  });

  test('data of that very moment is not before it', () => {
    expect(refusal(choose([on(3)], { before: day(3) }))).toContain('its data is of 2026-11-03');
  });
});

describe('of another account', () => {
  const theirs = (number: number, facts: SnapshotFacts = {}) => on(number, { account: OTHER_ACCOUNT, type: 'shared', ...facts });
  const fromThem = (snapshots: Snapshot[], criteria: Partial<RestoreCriteria> = {}) => choose(snapshots, { snapshotTypes: ['shared'], sourceAccount: OTHER_ACCOUNT, ...criteria });

  test('the newest that it shares counts', () => {
    expect(fromThem([theirs(2), theirs(3)])).toMatchObject({ chosen: { snapshot: theirs(3), dataTime: day(3) }, remarks: [] });
  });

  test('nobody else can slip one in', () => {
    const stranger = theirs(9, { account: '999999999999' });

    expect(fromThem([theirs(2), stranger])).toMatchObject({ chosen: { snapshot: theirs(2) }, passedOver: [{ because: 'it belongs to account 999999999999' }] });
  });

  test('of a copy the time when it was made counts, and that is said', () => {
    const choice = fromThem([theirs(2, { sourceArn: 'arn:of-theirs' })]);

    expect(choice).toMatchObject({ chosen: { dataTime: day(2) } });
    expect(remarksOn(choice)).toEqual([expect.stringMatching(/is a copy that another account shares: its data may be older than 2026-11-02/)]);
  });

  test('its tags are not believed, if they are seen at all', () => {
    expect(fromThem([withTags(theirs(9, { sourceArn: 'arn:of-theirs' }), { [OwnershipTag.DATA_TIME]: day(1).toISOString() })], { before: day(5) }))
      .toMatchObject({ refused: expect.stringContaining('its data is of 2026-11-09') });
  });

  test('where it shares none of the cluster, only names of its own are told', () => {
    const choice = fromThem([theirs(2, { clusterIdentifier: 'billing' }), theirs(2, { account: '999999999999', clusterIdentifier: 'evil' })]);

    expect(refusal(choice)).toContain('There are snapshots of: billing. ');
  });
});

describe('where several clusters have the name', () => {
  const ofFormer = on(1, { clusterResourceId: FORMER });
  const ofNew = on(2, { clusterResourceId: ORDERS });

  test('one after the other, nobody gets the newest without having said so: it may be of an empty one', () => {
    expect(refusal(choose([ofFormer, ofNew, automatedOn(0, { clusterResourceId: FORMER })]))).toBe(
      "several clusters had the name 'orders', and the newest snapshot need not be of the one that is missed. There are: "
      + `${FORMER} (newest data of 2026-11-01T12:00:00.000Z: day1); ${ORDERS} (newest data of 2026-11-02T12:00:00.000Z: day2). `
      + 'Say which is meant with clusterResourceIdentifier, and deploy again',
    );
  });

  test.each<[string, Partial<RestoreCriteria>, Snapshot]>([
    ['the cluster is said', { clusterResourceIdentifier: FORMER }, ofFormer],
    ['only one of them is from before a time', { before: day(2) }, ofFormer],
    ['only one of them is of the engine', { engine: 'aurora-mysql' }, on(3, { engine: 'aurora-mysql', clusterResourceId: ORDERS })],
  ])('it is clear which when %s', (_, criteria, snapshot) => {
    expect(choose([ofFormer, ofNew, on(3, { engine: 'aurora-mysql', clusterResourceId: ORDERS })], criteria)).toMatchObject({ chosen: { snapshot } });
  });

  test.each<[string, Snapshot]>([
    ['that failed', { ...ofNew, status: 'failed' }],
    ['of which RDS does not tell the cluster', on(0)],
    ['of another engine of RDS', { ...ofNew, engine: 'docdb' }],
    ['that a deploy gave up', { ...ourSnapshot('x', { createTime: day(2), release: Release.ABANDONED }), clusterResourceId: ORDERS }],
  ])('one %s makes nothing unclear', (_, other) => {
    expect(choose([ofFormer, other])).toMatchObject({ chosen: { snapshot: ofFormer } });
  });

  test.each<[string, Snapshot, string]>([
    ['a copy made by hand', on(1, { sourceArn: 'arn:source', clusterResourceId: FORMER }), 'day1 (2026-11-01T12:00:00.000Z): nothing tells the time of its data'],
    ['a copy made by AWS Backup', on(1, { identifier: 'awsbackup:copyjob-1', clusterResourceId: FORMER }), 'awsbackup:copyjob-1 (2026-11-01T12:00:00.000Z): nothing tells the time of its data'],
    ['its continuous backup', on(1, { identifier: 'continuous:cluster-1', clusterResourceId: FORMER }), 'continuous:cluster-1 (2026-11-01T12:00:00.000Z): it is a continuous backup, not a snapshot'],
    ['its last one, still being made', on(1, { status: 'creating', clusterResourceId: FORMER }), 'day1 (2026-11-01T12:00:00.000Z): it is creating'],
  ])('nobody gets what the successor has, where of the one that is missed there is only %s', (_, ofMissed, seen) => {
    const ofEmpty = automatedOn(2, { clusterResourceId: ORDERS });

    expect(refusal(choose([ofEmpty, ofMissed]))).toBe(
      "several clusters had the name 'orders', and the newest snapshot need not be of the one that is missed. There are: "
      + `${FORMER} (nothing good: ${seen}); ${ORDERS} (newest data of 2026-11-02T12:00:00.000Z: rds:orders-day2). `
      + 'Say which is meant with clusterResourceIdentifier, and deploy again',
    );
    expect(choose([ofEmpty, ofMissed], { clusterResourceIdentifier: ORDERS })).toMatchObject({ chosen: { snapshot: ofEmpty } });
  });

  test('of very many, as many are named as an answer takes', () => {
    const many = Array.from({ length: 100 }, (_, index) => on(1, { identifier: `of-the-cluster-number-${index}`, clusterResourceId: `cluster-NUMBER${index}` }));

    expect(refusal(choose(many)).length).toBeLessThan(1500);
    expect(refusal(choose(many))).toMatch(/; and \d+ more\. Say which/);
  });

  test('in accounts of which a vault has copies, somebody has to say which is meant', () => {
    const ofAnother = withTags(stored('another'), { [OwnershipTag.SOURCE]: `arn:aws:rds:${OTHER_REGION}:999999999999:cluster-snapshot:x` });
    const copies = [stored('one'), ofAnother].map((copy) => ({ ...copy, ...version }));
    const ofVault = { vaultName: aVault().vaultName, vaultRegion: REGION };

    expect(refusal(choose(copies, ofVault))).toBe(`the vault 'Vault' has copies of clusters 'orders' of account ${OTHER_ACCOUNT} in ${OTHER_REGION} and of account 999999999999 in ${OTHER_REGION}. `
      + 'Say which is meant with sourceAccount, or with clusterResourceIdentifier');
    expect(choose(copies, { ...ofVault, sourceAccount: '999999999999' })).toMatchObject({ chosen: { snapshot: { identifier: ofAnother.identifier } } });
  });

  test('of a plan whose snapshots go with its stack is found by the name of the plan alone', () => {
    const ofThrowAway = plansOn(9, { plan: { ...PLAN, stackId: 'its stack' } });

    expect(choose([plansOn(1), ofThrowAway], { planName: 'Gold' })).toMatchObject({ chosen: { snapshot: ofThrowAway } });
  });
});

describe('where nothing is found', () => {
  test('it is said what was looked for, what was seen, and why each was not taken, the newest first', () => {
    expect(refusal(choose([on(1, { status: 'failed' }), automatedOn(2)], { snapshotTypes: ['manual'], engine: 'aurora-postgresql', before: day(9) }))).toBe(
      "there is no good manual snapshot of the cluster 'orders' of aurora-postgresql with data from before 2026-11-09T12:00:00.000Z in eu-west-1. "
      + 'Of the cluster were seen: rds:orders-day2 (2026-11-02T12:00:00.000Z): it is automated; day1 (2026-11-01T12:00:00.000Z): it is failed. '
      + 'Change what keeps out the one that is meant, or take a snapshot, and deploy again',
    );
  });

  test('of many, as many are named as an answer takes', () => {
    const many = Array.from({ length: 100 }, (_, index) => on(1, { identifier: `snapshot-with-a-long-name-number-${index}`, status: 'failed' }));
    const choice = choose(many);

    expect(refusal(choice).length).toBeLessThan(1500);
    expect(refusal(choice)).toMatch(/and \d+ more, which the log names/);
    expect(choice.passedOver).toHaveLength(100);
  });

  test('of a name that nobody has, the names that there are help', () => {
    expect(refusal(choose([on(1, { clusterIdentifier: 'order' }), on(2, { clusterIdentifier: 'billing' }), on(3, { clusterIdentifier: 'docs', engine: 'docdb' })]))).toBe(
      "there is no good automated or manual snapshot of the cluster 'orders' in eu-west-1, nor any other snapshot of it. There are snapshots of: billing, order. "
      + 'Correct clusterIdentifier, or restore where the snapshots are, and deploy again',
    );
  });

  test('there may be nothing at all', () => {
    expect(refusal(choose([]))).toContain('There are no snapshots of other clusters either');
  });
});

describe('whatever RDS lists', () => {
  const aTime = fc.integer({ min: 1, max: 6 }).map(day);
  const anySnapshot = fc.record({
    identifier: fc.string({ unit: fc.constantFrom(...'abcdef'), minLength: 6, maxLength: 6 }),
    clusterIdentifier: fc.constantFrom('orders', 'orders', 'orders', 'billing'),
    clusterResourceId: fc.constantFrom(ORDERS, FORMER, undefined),
    status: fc.constantFrom('available', 'available', 'available', 'creating', 'copying', 'failed', 'deleting'),
    engine: fc.constantFrom('aurora-postgresql', 'aurora-postgresql', 'aurora-mysql', 'docdb', 'postgres'),
    engineVersion: fc.constantFrom('16.4', undefined),
    type: fc.constantFrom('manual', 'automated'),
    account: fc.constantFrom(ACCOUNT, ACCOUNT, OTHER_ACCOUNT),
    createTime: fc.option(aTime, { nil: undefined }),
    sourceArn: fc.constantFrom(undefined, undefined, 'arn:source'),
    tagged: fc.option(aTime, { nil: undefined }),
  }).map(({ tagged, ...facts }) => withTags(aSnapshot(facts), tagged ? { [OwnershipTag.DATA_TIME]: tagged.toISOString() } : {}));
  const anyList = fc.uniqueArray(anySnapshot, { selector: ({ arn }) => arn, maxLength: 12 });
  const anyCriteria = fc.record({
    snapshotTypes: fc.constantFrom<RestoreCriteria['snapshotTypes']>(['automated', 'manual'], ['manual'], ['automated']),
    engine: fc.constantFrom(undefined, 'aurora-mysql'),
    clusterResourceIdentifier: fc.constantFrom(undefined, undefined, ORDERS),
    before: fc.option(aTime, { nil: undefined }),
  });

  /** The clusters of snapshots, as far as they are known. */
  const clustersOf = (snapshots: readonly Snapshot[]) => new Set(snapshots.flatMap(({ clusterResourceId }) => clusterResourceId ?? []));

  /** Said once more, in another way: what somebody would accept. */
  const isAcceptable = (snapshot: Snapshot, { snapshotTypes, engine, clusterResourceIdentifier, before }: Partial<RestoreCriteria>) => {
    const time = dataTimeOf(snapshot);
    return snapshot.clusterIdentifier === 'orders' && snapshot.status === 'available' && snapshot.arn.includes(ACCOUNT)
      && snapshotTypes!.some((type) => type === snapshot.type)
      && (engine === undefined ? snapshot.engine.startsWith('aurora') : snapshot.engine === engine) && snapshot.engineVersion !== undefined
      && (clusterResourceIdentifier === undefined || snapshot.clusterResourceId === clusterResourceIdentifier)
      && time !== undefined && !(snapshot.createTime && time > snapshot.createTime) && (before === undefined || time < before);
  };

  /** The same without what may be wrong with it: data that somebody may miss. */
  const mayBeMissed = (snapshot: Snapshot, criteria: Partial<RestoreCriteria>) => {
    const isUnreadable = dataTimeOf(snapshot) === undefined || (snapshot.createTime && dataTimeOf(snapshot)! > snapshot.createTime);
    const mended = { ...snapshot, status: 'available', engineVersion: '16.4' };
    return snapshot.status !== 'failed' && isAcceptable(isUnreadable ? { ...mended, createTime: day(0), tags: {}, sourceArn: undefined } : mended, criteria);
  };

  test('what is chosen is acceptable, and nothing acceptable is newer, nor may another cluster be missed', () => {
    fc.assert(fc.property(anyList, anyCriteria, (snapshots, criteria) => {
      const choice = choose(snapshots, criteria);
      const acceptable = snapshots.filter((snapshot) => isAcceptable(snapshot, criteria));
      const missable = snapshots.filter((snapshot) => mayBeMissed(snapshot, criteria));
      if ('refused' in choice) {
        expect(acceptable.length === 0 || clustersOf(missable).size > 1).toBe(true);
      } else {
        expect(clustersOf(missable).size).toBeLessThan(2);
        expect(acceptable).toContain(choice.chosen.snapshot);
        expect(choice.chosen.dataTime).toEqual(new Date(Math.max(...acceptable.map((snapshot) => dataTimeOf(snapshot)!.getTime()))));
      }
    }));
  });

  test('every snapshot of the cluster is chosen, a candidate or named with a reason', () => {
    fc.assert(fc.property(anyList, anyCriteria, (snapshots, criteria) => {
      const { passedOver } = choose(snapshots, criteria);

      expect(new Set(passedOver.map(({ snapshot }) => snapshot)))
        .toEqual(new Set(snapshots.filter((snapshot) => snapshot.clusterIdentifier === 'orders' && !isAcceptable(snapshot, criteria))));
      expect(passedOver.every(({ because }) => because !== '')).toBe(true);
    }));
  });

  test('the order of the list does not matter', () => {
    const listed = anyList.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));

    fc.assert(fc.property(listed, anyCriteria, ([list, shuffled], criteria) => {
      expect(choose(shuffled, criteria)).toEqual(choose(list, criteria));
    }));
  });
});
