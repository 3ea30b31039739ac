import { DatedSnapshot, RetentionDecision, RetentionRule, decideRetention } from '../../../src/core/plan/retention';
import { calendarOfTimeZones } from '../../../src/runtime/plan/calendar';
import { dated } from '../../support/plan-snapshots';

const PARIS = 'Europe/Paris';
const NOW = '2026-11-22T03:10:00+01:00';
const calendar = calendarOfTimeZones();
const decide = (snapshots: DatedSnapshot[], rule: RetentionRule, now = NOW) => decideRetention(snapshots, rule, calendar, new Date(now));

const last = (count: number): RetentionRule => ({ keep: 'last', count });
const days = (count: number, minimumSnapshots = 1): RetentionRule => ({ keep: 'for', seconds: count * 86_400, minimumSnapshots });
const tiers = (counts: object, timeZone = PARIS, minimumSnapshots = 1): RetentionRule => ({ keep: 'tiers', ...counts, timeZone, minimumSnapshots });

/** The reasons why those stay that stay, by name. */
const kept = (...situation: Parameters<typeof decide>) => reasonsOf(decide(...situation).filter((decision) => decision.kept));

/** The reasons why those go that go, by name. */
const gone = (...situation: Parameters<typeof decide>) => reasonsOf(decide(...situation).filter((decision) => !decision.kept));

const reasonsOf = (decisions: RetentionDecision[]) => Object.fromEntries(decisions.map(({ snapshot, because }) => [snapshot.identifier, because]));

/** A completed snapshot for each of so many nights, the last one in the night to 22 November 2026, a Sunday. */
function nightly(nights: number): DatedSnapshot[] {
  return Array.from({ length: nights }, (_, ago) => {
    const night = new Date(Date.UTC(2026, 10, 22 - ago)).toISOString().slice(0, 10);
    return dated(`${night}T02:00:00Z`, 'available', night);
  });
}

describe('of the newest', () => {
  test('so many are kept as the policy says', () => {
    expect(kept(nightly(5), last(2))).toEqual({ '2026-11-22': ['newest good one', 'one of the newest 2'], '2026-11-21': ['one of the newest 2'] });
    expect(Object.keys(gone(nightly(5), last(2)))).toEqual(['2026-11-20', '2026-11-19', '2026-11-18']);
    expect(gone(nightly(3), last(2))).toEqual({ '2026-11-20': ['it is not one of the newest 2'] });
  });

  test('all are kept while there are fewer', () => {
    expect(gone(nightly(5), last(5))).toEqual({});
  });
});

describe('by age', () => {
  test('what is not older than the policy says is kept, to the second', () => {
    const snapshots = [dated('2026-11-21T03:10:00+01:00', 'available', 'a day old'), dated('2026-11-21T03:09:59+01:00', 'available', 'older'), dated(NOW)];

    expect(kept(snapshots, days(1))).toMatchObject({ 'a day old': ['not older than 1 day'] });
    expect(gone(snapshots, days(1))).toEqual({ older: ['its data is older than 1 day'] });
  });

  test('the newest is kept however old it is', () => {
    expect(kept([dated('2020-01-01T00:00:00Z'), dated('2020-01-02T00:00:00Z')], days(14)))
      .toEqual({ 'of-2020-01-02T00:00:00Z': ['newest good one', 'minimumSnapshots: one of the newest 1'] });
  });

  test('as many are kept as minimumSnapshots says, however old they are', () => {
    expect(Object.keys(kept(nightly(5), days(2, 4), '2027-11-22T00:00:00Z'))).toEqual(['2026-11-22', '2026-11-21', '2026-11-20', '2026-11-19']);
  });
});

describe('in tiers', () => {
  test('a year of nights comes to what the calendar says, with every reason', () => {
    expect(kept(nightly(400), tiers({ daily: 7, weekly: 5, monthly: 12, yearly: 7 }))).toEqual({
      '2026-11-22': ['newest good one', 'daily 2026-11-22', 'weekly 2026-W47', 'monthly 2026-11', 'yearly 2026', 'minimumSnapshots: one of the newest 1'],
      '2026-11-21': ['daily 2026-11-21'],
      '2026-11-20': ['daily 2026-11-20'],
      '2026-11-19': ['daily 2026-11-19'],
      '2026-11-18': ['daily 2026-11-18'],
      '2026-11-17': ['daily 2026-11-17'],
      '2026-11-16': ['daily 2026-11-16'],
      '2026-11-15': ['weekly 2026-W46'],
      '2026-11-08': ['weekly 2026-W45'],
      '2026-11-01': ['weekly 2026-W44'],
      '2026-10-31': ['monthly 2026-10'],
      '2026-10-25': ['weekly 2026-W43'],
      '2026-09-30': ['monthly 2026-09'],
      '2026-08-31': ['monthly 2026-08'],
      '2026-07-31': ['monthly 2026-07'],
      '2026-06-30': ['monthly 2026-06'],
      '2026-05-31': ['monthly 2026-05'],
      '2026-04-30': ['monthly 2026-04'],
      '2026-03-31': ['monthly 2026-03'],
      '2026-02-28': ['monthly 2026-02'],
      '2026-01-31': ['monthly 2026-01'],
      '2025-12-31': ['monthly 2025-12', 'yearly 2025'],
    });
  });

  test('of several on one day the newest good one is kept', () => {
    const oneDay = [
      dated('2026-11-20T21:00:00+01:00', 'failed', 'failed'), dated('2026-11-20T15:00:00+01:00', 'available', 'afternoon'),
      dated('2026-11-20T09:00:00+01:00', 'available', 'morning'), dated('2026-11-19T09:00:00+01:00', 'available', 'day before'),
    ];

    expect(Object.keys(kept(oneDay, tiers({ daily: 2 })))).toEqual(['failed', 'afternoon', 'day before']);
    expect(gone(oneDay, tiers({ daily: 2 }))).toEqual({ morning: ['no tier holds it'] });
  });

  test('days without a snapshot use up nothing', () => {
    const withGap = nightly(30).filter(({ identifier }) => identifier > '2026-11-20' || identifier < '2026-11-05');

    expect(Object.keys(kept(withGap, tiers({ daily: 4 })))).toEqual(['2026-11-22', '2026-11-21', '2026-11-04', '2026-11-03']);
  });

  test('the time zone decides which day it is', () => {
    const evening = dated('2026-11-20T23:30:00+01:00', 'available', 'evening');
    const night = dated('2026-11-21T00:30:00+01:00', 'available', 'night');
    const day = dated('2026-11-22T02:00:00+01:00', 'available', 'day');

    expect(Object.keys(kept([evening, night, day], tiers({ daily: 3 }, PARIS)))).toEqual(['day', 'night', 'evening']);
    expect(Object.keys(kept([evening, night, day], tiers({ daily: 3 }, 'UTC')))).toEqual(['day', 'night']);
  });

  test('an hour that the clocks repeat counts as two hours and as one day', () => {
    const hours = ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'].map((time) => dated(time));

    expect(Object.keys(kept(hours, tiers({ hourly: 2 })))).toHaveLength(2);
    expect(Object.keys(kept(hours, tiers({ daily: 2 })))).toEqual(['of-2026-10-25T02:30:00+01:00']);
  });

  test('a day that the clocks lead into a second time is held once', () => {
    const zone = 'America/St_Johns';
    const snapshots = ['2010-11-07T02:30:30Z', '2010-11-07T03:00:00Z', '2010-11-07T12:00:00Z'].map((time) => dated(time));

    expect(Object.values(kept(snapshots, tiers({ daily: 5 }, zone))).flat().filter((reason) => reason.startsWith('daily')))
      .toEqual(['daily 2010-11-07', 'daily 2010-11-06']);
  });

  test('minimumSnapshots stay, also when no tier holds them', () => {
    const sameDay = ['2026-11-21T01:00:00Z', '2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z'].map((time) => dated(time));

    expect(kept(sameDay, tiers({ daily: 1 }, PARIS, 2))).toEqual({
      'of-2026-11-21T03:00:00Z': ['newest good one', 'daily 2026-11-21', 'minimumSnapshots: one of the newest 2'],
      'of-2026-11-21T02:00:00Z': ['minimumSnapshots: one of the newest 2'],
    });
  });
});

test('keepAll keeps all', () => {
  expect(gone([...nightly(500), dated(undefined)], { keep: 'all' })).toEqual({});
  expect(kept(nightly(2), { keep: 'all' })).toEqual({ '2026-11-22': ['newest good one', 'everything is kept'], '2026-11-21': ['everything is kept'] });
});

describe('what cannot be judged is kept, and takes nobody\'s place', () => {
  test('without a time', () => {
    expect(kept([...nightly(3), dated(undefined, 'available', 'timeless')], last(1)))
      .toEqual({ '2026-11-22': expect.anything(), 'timeless': ['its data time is not known'] });
  });

  test('with a time that is yet to come: as the newest it would let all the others go', () => {
    expect(kept([...nightly(3), dated('2099-01-01T00:00:00Z', 'available', 'ahead')], last(1)))
      .toEqual({ '2026-11-22': ['newest good one', 'one of the newest 1'], 'ahead': ['its data time is in the future'] });
  });

  test.each(['creating', 'copying', 'deleting', 'modifying', 'incompatible-restore'])('not complete: %s', (status) => {
    const old = dated('2020-01-01T00:00:00Z', status, 'odd');
    const newest = dated('2026-11-22T02:30:00Z', status, 'odd');

    expect(kept([...nightly(3), old], last(1))).toEqual({ '2026-11-22': expect.anything(), 'odd': [`not complete: it is '${status}'`] });
    expect(kept([...nightly(3), newest], last(1))).toEqual({ '2026-11-22': expect.anything(), 'odd': [`not complete: it is '${status}'`] });
  });
});

describe('one that failed', () => {
  test('goes when a newer one is complete', () => {
    expect(gone([...nightly(1), dated('2026-11-21T02:00:00Z', 'failed', 'failed')], last(9)))
      .toEqual({ failed: ['it failed, and a newer one is complete'] });
  });

  test('stays where everything is kept', () => {
    expect(kept([...nightly(1), dated('2026-11-21T02:00:00Z', 'failed', 'failed')], { keep: 'all' })).toMatchObject({ failed: ['everything is kept'] });
  });

  test.each<[string, DatedSnapshot[]]>([
    ['it is newer than all that are complete', [...nightly(3), dated('2026-11-22T02:30:00Z', 'failed', 'failed')]],
    ['it is as old as the newest', [...nightly(1), dated('2026-11-22T02:00:00Z', 'failed', 'failed')]],
    ['nothing is complete', [dated('2026-11-21T02:00:00Z', 'failed', 'failed'), dated('2026-11-22T02:00:00Z', 'creating')]],
    ['what is complete has no time', [dated('2026-11-21T02:00:00Z', 'failed', 'failed'), dated(undefined)]],
    ['what is complete has a time that is yet to come', [dated('2026-11-21T02:00:00Z', 'failed', 'failed'), dated('2099-01-01T00:00:00Z')]],
    ['it has no time', [...nightly(3), dated(undefined, 'failed', 'failed')]],
  ])('stays when %s', (_, snapshots) => {
    expect(kept(snapshots, last(9))).toMatchObject({ failed: ["not complete: it is 'failed'"] });
  });
});

test('the decisions come in the order of the data, the newest first, and before them those without a time', () => {
  expect(decide([dated('2026-11-20T00:00:00Z'), dated(undefined), dated(NOW, 'creating')], last(1)).map(({ snapshot }) => snapshot.identifier))
    .toEqual(['of-undefined', `of-${NOW}`, 'of-2026-11-20T00:00:00Z']);
});

test('of two of one time it is the same one that goes, in whatever order RDS lists them', () => {
  const [one, two] = [dated(NOW, 'available', 'a'), dated(NOW, 'available', 'b')];

  expect(Object.keys(gone([one, two], last(1)))).toEqual(['b']);
  expect(Object.keys(gone([two, one], last(1)))).toEqual(['b']);
});

describe('a rule that makes no sense stops the pruning', () => {
  test.each<[string, object]>([
    ['count of a retention rule must be a whole number from 1, got 0', { keep: 'last', count: 0 }],
    ['count of a retention rule must be a whole number from 1, got "30"', { keep: 'last', count: '30' }],
    ['count of a retention rule must be a whole number from 1, got undefined', { keep: 'last' }],
    ['seconds of a retention rule must be a whole number from 1, got null', { keep: 'for', seconds: null, minimumSnapshots: 1 }],
    ['minimumSnapshots of a retention rule must be a whole number from 1, got undefined', { keep: 'for', seconds: 3600 }],
    ['weekly of a retention rule must be a whole number from 1, got 0.5', { keep: 'tiers', weekly: 0.5, timeZone: 'UTC', minimumSnapshots: 1 }],
    ['minimumSnapshots of a retention rule must be a whole number from 1, got 0', { keep: 'tiers', weekly: 1, timeZone: 'UTC', minimumSnapshots: 0 }],
    ['the retention rule {"keep":"odd ones"} is not known to this runtime', { keep: 'odd ones' }],
  ])('%s', (sentence, rule) => {
    expect(() => decide(nightly(3), rule as RetentionRule)).toThrow(`${sentence}: nothing is pruned; deploy the plan again`);
  });

  test('also a time zone that nobody knows', () => {
    expect(() => decide(nightly(3), tiers({ daily: 1 }, 'Europe/Pari'))).toThrow("the time zone 'Europe/Pari' is not one that the runtime knows");
  });
});
