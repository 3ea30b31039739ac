import { Annotations, Token } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { longestIntervalSeconds, shortestIntervalSeconds } from '../core/plan/forecast';
import { inWords } from '../core/plan/in-words';
import { isTimeZone } from '../core/plan/is-time-zone';
import { Schedule, parseSchedule } from '../core/plan/schedule';

const HOUR_SECONDS = 3600;

/** Undefined for what is only known when the stack deploys, or is not understood here. */
export function scheduleOf({ expressionString }: scheduler.ScheduleExpression): Schedule | undefined {
  return Token.isUnresolved(expressionString) ? undefined : parseSchedule(expressionString);
}

/** Refuses what is no schedule of a plan, and warns of what most likely is not the one that was meant. */
export function checkSchedule(scope: IConstruct, schedule: scheduler.ScheduleExpression): void {
  const { expressionString, timeZone } = schedule;
  if (!Token.isUnresolved(expressionString) && /^at\(/i.test(expressionString)) {
    fail(scope, `schedule must recur, got '${expressionString}', which runs once; use ScheduleExpression.cron or .rate, or a ClusterSnapshot for a single snapshot`);
  }
  const zone = timeZone?.timezoneName;
  if (zone !== undefined && !Token.isUnresolved(zone) && !isTimeZone(zone)) {
    fail(scope, `schedule.timeZone must be the IANA name of a time zone, got '${zone}'; use a constant of TimeZone, for example TimeZone.EUROPE_PARIS`);
  }
  if (!Token.isUnresolved(expressionString)) {
    warnOfUnknown(scope, expressionString);
    warnOfShortIntervals(scope, expressionString);
  }
}

/** It may be right all the same: EventBridge Scheduler has the last word when the stack deploys. */
function warnOfUnknown(scope: IConstruct, expression: string): void {
  if (parseSchedule(expression) === undefined) {
    Annotations.of(scope).addWarningV2('cdk-aurora-backup:unknownSchedule',
      `schedule '${expression}' is not understood, so the deploy may refuse it, and nothing can be forecast: EventBridge Scheduler takes rate(value unit) and cron with six fields `
      + '(minutes, hours, day of month, month, day of week, year); use ScheduleExpression.cron or .rate, or acknowledge this warning');
  }
}

/** Before the next run is complete, the newest snapshot is older than the time between two. */
export function warnOfEarlyAlarm(scope: IConstruct, schedule: scheduler.ScheduleExpression, maximumAgeSeconds: number): void {
  const known = scheduleOf(schedule);
  const longest = known && longestIntervalSeconds(known);
  if (longest !== undefined && Number.isFinite(longest) && !Token.isUnresolved(maximumAgeSeconds) && maximumAgeSeconds < longest) {
    Annotations.of(scope).addWarningV2('cdk-aurora-backup:earlyAlarm',
      `maximumAge is ${inWords(maximumAgeSeconds)}, and the schedule '${schedule.expressionString}' leaves up to ${inWords(longest)} between two runs, so that the alarm goes off though every run is well; `
      + 'give that time and on top of it what a run takes, or acknowledge this warning');
  }
}

/** Each run takes a snapshot, and a policy that counts lets an older one go for it: within an hour, seven nights can become seven minutes. */
function warnOfShortIntervals(scope: IConstruct, expression: string): void {
  const schedule = parseSchedule(expression);
  const seconds = schedule && shortestIntervalSeconds(schedule);
  if (seconds === undefined || seconds >= HOUR_SECONDS) {
    return;
  }
  const remedy = /^cron\(\s*\*/.test(expression)
    ? "a cron that leaves out minute means every minute: set it, for example minute: '0'"
    : 'let an hour or more lie between two runs';
  Annotations.of(scope).addWarningV2('cdk-aurora-backup:shortInterval',
    `schedule '${expression}' starts runs ${inWords(seconds)} apart, and where the retention counts (keepLast), each pushes out an older snapshot, until the history is that of a few hours; `
    + `${remedy}, or acknowledge this warning`);
}
