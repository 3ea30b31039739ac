import { CfnParameter, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { RetentionPolicy } from '../../src';
import { aStack, messageOf } from '../support/constructs';

const ruleOf = (policy: RetentionPolicy) => policy._rule('Europe/Paris');
const numberParameter = (stack = aStack()) => new CfnParameter(stack, 'Count', { type: 'Number' }).valueAsNumber;

describe('what is written into a plan', () => {
  test('of the newest, how many', () => {
    expect(ruleOf(RetentionPolicy.keepLast(30))).toEqual({ keep: 'last', count: 30 });
  });

  test('of an age, its seconds, and that the newest stays', () => {
    expect(ruleOf(RetentionPolicy.keepFor(Duration.days(14)))).toEqual({ keep: 'for', seconds: 1_209_600, minimumSnapshots: 1 });
    expect(ruleOf(RetentionPolicy.keepFor(Duration.hours(1), { minimumSnapshots: 3 }))).toEqual({ keep: 'for', seconds: 3600, minimumSnapshots: 3 });
  });

  test('of tiers, those that were asked for, in the time zone of the schedule', () => {
    expect(ruleOf(RetentionPolicy.tiered({ daily: 7, yearly: 1 })))
      .toEqual({ keep: 'tiers', daily: 7, yearly: 1, timeZone: 'Europe/Paris', minimumSnapshots: 1 });
    expect(ruleOf(RetentionPolicy.tiered({ hourly: 24, daily: 7, weekly: 5, monthly: 12, yearly: 7 })))
      .toEqual({ keep: 'tiers', hourly: 24, daily: 7, weekly: 5, monthly: 12, yearly: 7, timeZone: 'Europe/Paris', minimumSnapshots: 1 });
  });

  test('of tiers with a time zone of their own, that one', () => {
    expect(ruleOf(RetentionPolicy.tiered({ weekly: 5, timeZone: TimeZone.ASIA_TOKYO, minimumSnapshots: 2 })))
      .toEqual({ keep: 'tiers', weekly: 5, timeZone: 'Asia/Tokyo', minimumSnapshots: 2 });
  });

  test('of all, that', () => {
    expect(ruleOf(RetentionPolicy.keepAll())).toEqual({ keep: 'all' });
  });
});

describe('a policy that keeps nothing, or half a snapshot, is refused', () => {
  test.each<[sentence: string, make: () => RetentionPolicy]>([
    ['RetentionPolicy.keepLast: count must be a whole number from 1, got 0; to keep none, do not make any', () => RetentionPolicy.keepLast(0)],
    ['RetentionPolicy.keepLast: count must be a whole number from 1, got 1.5; to keep none, do not make any', () => RetentionPolicy.keepLast(1.5)],
    ['RetentionPolicy.keepLast: count must be a whole number from 1, got NaN; to keep none, do not make any', () => RetentionPolicy.keepLast(NaN)],
    ['RetentionPolicy.keepFor: age must be one hour or more, got 59 minutes; to keep only the newest ones, use RetentionPolicy.keepLast()', () => RetentionPolicy.keepFor(Duration.minutes(59))],
    ['RetentionPolicy.keepFor: minimumSnapshots must be a whole number from 1, got 0; the newest snapshot is always kept',
      () => RetentionPolicy.keepFor(Duration.days(1), { minimumSnapshots: 0 })],
    ['RetentionPolicy.tiered: minimumSnapshots must be a whole number from 1, got -1; the newest snapshot is always kept',
      () => RetentionPolicy.tiered({ daily: 1, minimumSnapshots: -1 })],
    ['RetentionPolicy.tiered: weekly must be a whole number from 1, got 0; leave the tier out if you do not need it', () => RetentionPolicy.tiered({ daily: 7, weekly: 0 })],
    ['RetentionPolicy.tiered: hourly must be a whole number from 1, got 0.5; leave the tier out if you do not need it', () => RetentionPolicy.tiered({ hourly: 0.5 })],
    ['RetentionPolicy.tiered must have at least one tier, got none; set one of hourly, daily, weekly, monthly, yearly, for example daily: 7',
      () => RetentionPolicy.tiered({ minimumSnapshots: 3 })],
    ["RetentionPolicy.tiered: timeZone must be the IANA name of a time zone, got 'Europe/Pari'; use a constant of TimeZone, for example TimeZone.EUROPE_PARIS",
      () => RetentionPolicy.tiered({ daily: 7, timeZone: TimeZone.of('Europe/Pari') })],
  ])('%s', (sentence, make) => {
    expect(messageOf(make)).toBe(sentence);
  });
});

test('every time zone that the CDK has a constant for is one', () => {
  const constants = Object.getOwnPropertyNames(TimeZone).map((name) => (TimeZone as unknown as Record<string, unknown>)[name])
    .filter((value): value is TimeZone => value instanceof TimeZone)
    .filter((timeZone) => timeZone !== TimeZone.FACTORY); // stands for "none has been set"

  expect(constants.length).toBeGreaterThan(300);
  constants.forEach((timeZone) => expect(() => RetentionPolicy.tiered({ daily: 1, timeZone })).not.toThrow());
});

describe('numbers that are only known when the stack deploys', () => {
  test.each<[kind: string, make: (stack: Stack) => RetentionPolicy, rule: string]>([
    ['how many', (stack) => RetentionPolicy.keepLast(numberParameter(stack)), '{"keep":"last","count":<Count>}'],
    ['an age', (stack) => RetentionPolicy.keepFor(Duration.seconds(numberParameter(stack))), '{"keep":"for","seconds":<Count>,"minimumSnapshots":1}'],
    ['a tier', (stack) => RetentionPolicy.tiered({ daily: numberParameter(stack) }),
      '{"keep":"tiers","daily":<Count>,"timeZone":"Europe/Paris","minimumSnapshots":1}'],
  ])('are passed on as numbers, unseen: %s', (_, make, rule) => {
    const stack = aStack();
    const { 'Fn::Join': [, parts] } = stack.resolve(stack.toJsonString(ruleOf(make(stack))));

    expect(parts.map((part: string | { Ref: string }) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('')).toBe(rule);
  });

  test('say that nothing can be forecast', () => {
    expect(RetentionPolicy.keepLast(numberParameter())._isKnownAtSynth()).toBe(false);
    expect(RetentionPolicy.keepFor(Duration.seconds(numberParameter()))._isKnownAtSynth()).toBe(false);
    expect(RetentionPolicy.tiered({ daily: 7, weekly: numberParameter() })._isKnownAtSynth()).toBe(false);
    expect(RetentionPolicy.tiered({ daily: 7, minimumSnapshots: numberParameter() })._isKnownAtSynth()).toBe(false);
  });

  test('and without any it is known what a policy keeps', () => {
    expect(RetentionPolicy.tiered({ daily: 7, weekly: 5 })._isKnownAtSynth()).toBe(true);
    expect(RetentionPolicy.keepAll()._isKnownAtSynth()).toBe(true);
  });
});
