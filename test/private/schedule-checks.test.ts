import { Annotations as CdkAnnotations, CfnParameter, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { RetentionPolicy } from '../../src';
import { messageOf, stackIn } from '../support/constructs';
import { planIn, planWith } from '../support/plans';

const { cron, rate, expression } = ScheduleExpression;
const warningsIn = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
/** Of a plan that counts, which needs no quota beyond what it counts. */
const weekOf = (schedule: ScheduleExpression, stack = stackIn('eu-west-1')) => planIn(stack, { schedule, retention: RetentionPolicy.keepLast(7) });
const warningsOf = (schedule: ScheduleExpression) => warningsIn(weekOf(schedule).stack);

describe('runs less than an hour apart', () => {
  test('are warned of where a cron leaves out the minute, which is to say every minute', () => {
    expect(warningsOf(cron({ hour: '3' }))).toEqual([
      "schedule 'cron(* 3 * * ? *)' starts runs 1 minute apart, and where the retention counts (keepLast), each pushes out an older snapshot, until the history is that of a few hours; "
      + "a cron that leaves out minute means every minute: set it, for example minute: '0', or acknowledge this warning [ack: cdk-aurora-backup:shortInterval]",
    ]);
  });

  test.each([
    [rate(Duration.minutes(1)), '1 minute'], [rate(Duration.minutes(59)), '59 minutes'], [cron({ minute: '0/15', hour: '3' }), '15 minutes'],
    [cron({ minute: '0,50', hour: '3' }), '50 minutes'],
  ])('are warned of, whatever makes them: %#', (schedule, apart) => {
    expect(warningsOf(schedule)).toEqual([expect.stringMatching(`starts runs ${apart} apart, .*let an hour or more lie between two runs`)]);
  });

  test.each([
    [rate(Duration.hours(1))], [cron({ minute: '0' })], [cron({ minute: '30', hour: '0,23' })], [cron({ minute: '0', hour: '3', weekDay: 'MON-FRI' })],
  ])('are not an hour or more: %#', (schedule) => {
    expect(warningsOf(schedule)).toEqual([]);
  });

  test('can be acknowledged', () => {
    const plan = weekOf(rate(Duration.minutes(5)));
    CdkAnnotations.of(plan).acknowledgeWarning('cdk-aurora-backup:shortInterval', 'it is a test of runs');

    expect(warningsIn(plan.stack)).toEqual([]);
  });
});

describe('an expression that is not understood', () => {
  test.each(['every day', 'cron(0 3 * * ?)', '0 3 * * *', 'rate(1 week)', 'cron(0 25 * * ? *)'])('is warned of: %s', (text) => {
    expect(warningsOf(expression(text))).toEqual([expect.stringMatching(/^schedule '.*' is not understood, .*use ScheduleExpression.cron or .rate, or acknowledge .*cdk-aurora-backup:unknownSchedule\]$/)]);
    expect(warningsOf(expression(text))[0]).toContain(`'${text}'`);
  });

  test('may be one that is only known when the stack deploys', () => {
    const stack = stackIn('eu-west-1');
    weekOf(expression(new CfnParameter(stack, 'Schedule').valueAsString), stack);

    expect(warningsIn(stack)).toEqual([]);
  });
});

describe('the time zone', () => {
  test('that is not known is refused, as that of a retention is', () => {
    expect(messageOf(() => planWith({ schedule: cron({ minute: '0', hour: '3', timeZone: TimeZone.of('Europe/Pari') }) }))).toBe(
      "[Orders/Gold] schedule.timeZone must be the IANA name of a time zone, got 'Europe/Pari'; use a constant of TimeZone, for example TimeZone.EUROPE_PARIS",
    );
  });

  test('may be only known when the stack deploys', () => {
    const stack = stackIn('eu-west-1');
    const timeZone = TimeZone.of(new CfnParameter(stack, 'Zone').valueAsString);

    expect(() => planIn(stack, { schedule: cron({ minute: '0', hour: '3', timeZone }) })).not.toThrow();
  });
});

describe('an alarm for the newest snapshot', () => {
  const alarmed = (schedule: ScheduleExpression, maximumAge: Duration) => {
    const plan = weekOf(schedule);
    plan.alarmOnNewestSnapshotAge('Age', { maximumAge });
    return warningsIn(plan.stack);
  };

  test('that goes off before the next run is warned of, also when only a weekend is that long', () => {
    expect(alarmed(cron({ minute: '0', hour: '3', weekDay: 'MON-FRI' }), Duration.hours(71))).toEqual([
      "maximumAge is 71 hours, and the schedule 'cron(0 3 ? * MON-FRI *)' leaves up to 3 days between two runs, so that the alarm goes off though every run is well; "
      + 'give that time and on top of it what a run takes, or acknowledge this warning [ack: cdk-aurora-backup:earlyAlarm]',
    ]);
    expect(alarmed(rate(Duration.hours(12)), Duration.hours(6))).toEqual([expect.stringContaining('maximumAge is 6 hours')]);
  });

  test('may go off when a run is late', () => {
    expect(alarmed(cron({ minute: '0', hour: '3' }), Duration.hours(24))).toEqual([]);
  });

  test('may be of a schedule or an age that is only known when the stack deploys', () => {
    const stack = stackIn('eu-west-1');
    const later = weekOf(expression(new CfnParameter(stack, 'Schedule').valueAsString), stack);
    later.alarmOnNewestSnapshotAge('Age', { maximumAge: Duration.hours(1) });
    const nightly = weekOf(cron({ minute: '0', hour: '3' }));
    nightly.alarmOnNewestSnapshotAge('Age', { maximumAge: Duration.seconds(new CfnParameter(nightly.stack, 'Seconds', { type: 'Number' }).valueAsNumber) });

    expect([...warningsIn(stack), ...warningsIn(nightly.stack)]).toEqual([]);
  });
});
