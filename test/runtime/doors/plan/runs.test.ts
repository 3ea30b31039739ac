import { NOT_TOLD_ERROR, TOLD_ERROR } from '../../../../src/core/plan/verdict';
import { DeadLetter } from '../../../../src/runtime/doors/plan/runs';
import { EndedEvent, LaunchEvent, PlanFacts, RunReport } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { ACCOUNT, NOON, REGION, TOPIC_ARN, minutes } from '../../../support/events';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { RUN_MACHINE_ARN } from '../../../support/plan-events';

const logged = captureLog();
const metrics = () => logged().filter((line) => '_aws' in line).map(({ _aws, ...line }) => line);

const FACTS: PlanFacts = { planName: 'Gold', account: ACCOUNT, region: REGION, notificationTopicArn: TOPIC_ARN };
const DUE = '2026-11-22T11:00:00Z';
const NAME = '2026-11-22T11-00-00Z';
const LAUNCH: LaunchEvent = { door: 'plan', task: 'launch', stateMachineArn: RUN_MACHINE_ARN, scheduledTime: DUE, facts: FACTS };
const arnOf = (name: string) => `${RUN_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:${name}`;

const toldOf = (door: PlanDoor, name = `${NAME}-verdict`) => door.runs.inputOf<{ report: RunReport & { detail: Record<string, unknown> } }>(name).report;

describe('a schedule that fires', () => {
  test('begins a run under the time at which it was due', async () => {
    const door = new PlanDoor();
    await door.turn(LAUNCH);

    expect(door.runs.names).toEqual([NAME]);
    expect(door.runs.inputOf(NAME)).toEqual({ scheduledTime: DUE });
    expect(logged()).toEqual([expect.objectContaining({ message: 'run begun', plan: 'Gold', run: NAME })]);
  });

  test('twice begins one run', async () => {
    const door = new PlanDoor();
    await door.turn(LAUNCH);
    await door.turn(LAUNCH);

    expect(door.runs.names).toEqual([NAME]);
    expect(logged().map(({ message }) => message)).toEqual(['run begun', 'run had begun already']);
  });

  test('when Step Functions throttles is tried again by Lambda', async () => {
    const door = new PlanDoor();
    door.runs.breaks(throttled());

    await expect(door.turn(LAUNCH)).rejects.toThrow('Rate exceeded');
  });

  describe('and comes late', () => {
    const HOURLY: LaunchEvent = { ...LAUNCH, latestBeginningSeconds: 3600 };
    const launchAfter = async (late: number, event = HOURLY, door = new PlanDoor()) => {
      door.now = Date.parse(DUE) + minutes(late);
      await door.turn(event);
      return door;
    };

    test('begins its run all the same, as long as the next is not due', async () => {
      expect((await launchAfter(59)).runs.names).toEqual([NAME]);
    });

    test('begins none when the next is due, but tells that it never began: otherwise all that are late would begin at once', async () => {
      const door = await launchAfter(83);

      expect(door.runs.names).toEqual([`${NAME}-verdict`]);
      expect(toldOf(door).detail).toMatchObject({
        verdict: 'FAILED',
        run: NAME,
        scheduledTime: DUE,
        message: 'The run never began: the event of the schedule came 83 minutes late. Start the state machine by hand to make up for it.',
      });
    });

    test('and for the second time, is no reason to tell anything of a run that has begun', async () => {
      const door = new PlanDoor();
      door.runs.put(NAME);
      await launchAfter(83, HOURLY, door);

      expect(door.runs.names).toEqual([NAME]);
    });

    test('has six hours if it is of a release that did not say how many', async () => {
      expect((await launchAfter(359, LAUNCH)).runs.names).toEqual([NAME]);
      expect((await launchAfter(360, LAUNCH)).runs.names).toEqual([`${NAME}-verdict`]);
    });

    test('or with a time that cannot be read begins its run: nobody knows that it is late', async () => {
      expect((await launchAfter(83, { ...HOURLY, scheduledTime: 'noon' })).runs.names).toEqual(['noon']);
    });
  });

  describe('tells of earlier runs of which EventBridge has told nothing', () => {
    const EARLIER = '2026-11-21T11-00-00Z';
    const launch = async (door: PlanDoor) => {
      await door.turn(LAUNCH);
      return door.runs.names.filter((name) => name.endsWith('-verdict'));
    };

    test.each(['FAILED', 'TIMED_OUT', 'ABORTED'])('because they ended as %s', async (status) => {
      const door = new PlanDoor();
      door.runs.put(EARLIER, { status, input: '{"scheduledTime":"2026-11-21T11:00:00Z"}' });

      expect(await launch(door)).toEqual([`${EARLIER}-verdict`]);
      expect(toldOf(door, `${EARLIER}-verdict`).detail).toMatchObject({ verdict: 'FAILED', run: EARLIER, message: expect.stringContaining(`The run ended as ${status}`) });
      expect(door.runs.names).toContain(NAME);
    });

    test('once', async () => {
      const door = new PlanDoor();
      door.runs.put(EARLIER, { status: 'ABORTED' });
      await launch(door);
      await launch(door);

      expect(metrics()).toHaveLength(1);
    });

    test.each([TOLD_ERROR, NOT_TOLD_ERROR])('but not of those that have a verdict (%s)', async (error) => {
      const door = new PlanDoor();
      door.runs.put(EARLIER, { status: 'FAILED', error });

      expect(await launch(door)).toEqual([]);
      expect(logged().map(({ message }) => message)).toEqual(['run begun']);
    });

    test('nor of those that only told of another', async () => {
      const door = new PlanDoor();
      door.runs.put('other-verdict', { status: 'TIMED_OUT' });

      expect(await launch(door)).toEqual(['other-verdict']);
      expect(logged().map(({ message }) => message)).toEqual(['run begun']);
    });

    test('nor of those that ended so long ago that nobody remembers whether they were told of', async () => {
      const door = new PlanDoor();
      door.runs.put(EARLIER, { status: 'ABORTED' }).endedAt = NOON - minutes(35 * 1440);

      expect(await launch(door)).toEqual([]);
    });

    test('and when it cannot, the run begins all the same', async () => {
      const door = new PlanDoor();
      door.runs.newest = () => Promise.reject(throttled());

      expect(await launch(door)).toEqual([]);
      expect(door.runs.names).toEqual([NAME]);
      expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'runs without a verdict could not be looked for', why: 'Rate exceeded' }));
    });
  });
});

describe('an execution that ended', () => {
  const ended = (status: string, name = NAME): EndedEvent => ({
    door: 'plan', task: 'ended', stateMachineArn: RUN_MACHINE_ARN, facts: FACTS, detail: { executionArn: arnOf(name), name, status },
  });
  const input = JSON.stringify({ scheduledTime: DUE });

  test.each([
    ['TIMED_OUT', { input }, 'The run ended as TIMED_OUT. '],
    ['ABORTED', { input, error: 'ByHand', cause: 'maintenance' }, 'The run ended as ABORTED: maintenance. '],
    ['ABORTED', { input, error: 'ByHand' }, 'The run ended as ABORTED: ByHand. '],
    ['FAILED', { input, error: 'States.DataLimitExceeded', cause: 'too much' }, 'The run ended as FAILED: too much. '],
    ['FAILED', { input, error: 'UnreadablePlanRules', cause: '{"errorType":"UnreadablePlanRules","errorMessage":"copies must","trace":["at x"]}' }, 'The run ended as FAILED: copies must. '],
  ])('as %s without a verdict gets one, as metric, log and event', async (status, facts, message) => {
    const door = new PlanDoor();
    door.runs.put(NAME, { status, ...facts });
    await door.turn(ended(status));

    expect(toldOf(door)).toMatchObject({
      detail: {
        verdict: 'FAILED', planName: 'Gold', run: NAME, scheduledTime: DUE, message: `${message}What it had begun goes on; what it had not begun is up to the next run.`,
      },
      resources: [arnOf(NAME)],
      topicArn: TOPIC_ARN,
      subject: 'Backup FAILED: Gold',
    });
    expect(metrics()).toEqual([{ Plan: 'Gold', Region: REGION, RunFailed: 1 }]);
    expect(logged()).toContainEqual(expect.objectContaining({ level: 'ERROR', message: 'run verdict' }));
  });

  test('and of which nothing is to be found any more gets one all the same', async () => {
    const door = new PlanDoor();
    await door.turn(ended('TIMED_OUT'));

    expect(toldOf(door).detail).toMatchObject({ verdict: 'FAILED', run: NAME });
    expect(toldOf(door).detail).not.toHaveProperty('scheduledTime');
  });

  test.each(['by hand', '{"scheduledTime":5}'])('and was begun by hand with %s is not told to have been due', async (byHand) => {
    const door = new PlanDoor();
    door.runs.put(NAME, { status: 'ABORTED', input: byHand });
    await door.turn(ended('ABORTED'));

    expect(toldOf(door).detail).not.toHaveProperty('scheduledTime');
  });

  test('is told once, however often Step Functions says so', async () => {
    const door = new PlanDoor();
    door.runs.put(NAME, { status: 'ABORTED', input });
    await door.turn(ended('ABORTED'));
    await door.turn(ended('ABORTED'));

    expect(door.runs.names).toEqual([NAME, `${NAME}-verdict`]);
    expect(metrics()).toHaveLength(1);
  });

  test('with a name that is as long as names may be is told under one that is not longer', async () => {
    const door = new PlanDoor();
    const long = 'n'.repeat(80);
    await door.turn(ended('ABORTED', long));

    expect(door.runs.names).toEqual([`${'n'.repeat(72)}-verdict`]);
  });

  test.each([NAME, `${NAME}-verdict`])('after it has told its verdict itself is left at that (%s)', async (name) => {
    const door = new PlanDoor();
    door.runs.put(name, { status: 'FAILED', error: TOLD_ERROR, cause: '1 cluster: 1 failed.' });
    await door.turn(ended('FAILED', name));

    expect(door.runs.names).toEqual([name]);
    expect(logged()).toEqual([]);
  });

  test('because its verdict could not be published has a verdict already, and no second one', async () => {
    const door = new PlanDoor();
    door.runs.put(NAME, { status: 'FAILED', error: NOT_TOLD_ERROR, cause: 'no such topic' });
    await door.turn(ended('FAILED'));

    expect(door.runs.names).toEqual([NAME]);
    expect(logged()).toEqual([expect.objectContaining({ level: 'ERROR', message: 'a verdict could not be published', run: NAME, why: 'no such topic' })]);
  });

  test('and was only to tell of another is written down, and does not go round in circles', async () => {
    const door = new PlanDoor();
    door.runs.put(`${NAME}-verdict`, { status: 'TIMED_OUT' });
    await door.turn(ended('TIMED_OUT', `${NAME}-verdict`));

    expect(door.runs.names).toEqual([`${NAME}-verdict`]);
    expect(logged()).toEqual([expect.objectContaining({ level: 'ERROR', status: 'TIMED_OUT' })]);
  });

  test('is told later when Step Functions throttles', async () => {
    const door = new PlanDoor();
    door.runs.breaks(throttled());

    await expect(door.turn(ended('ABORTED'))).rejects.toThrow('Rate exceeded');
    expect(metrics()).toEqual([]);
  });
});

describe('a dead letter', () => {
  const attributes = (pairs: Record<string, string>) => Object.fromEntries(Object.entries(pairs).map(([key, stringValue]) => [key, { stringValue }]));
  const letter = (body: unknown, pairs: Record<string, string> = {}): DeadLetter => ({ body: typeof body === 'string' ? body : JSON.stringify(body), messageAttributes: attributes(pairs) });
  const read = async (message: DeadLetter, door = new PlanDoor(), at = NOON) => {
    door.now = at;
    await door.turn({ Records: [message] } as never);
    return door;
  };

  describe('of a run that did not begin', () => {
    test('begins it: some hours late is better than never', async () => {
      const door = await read(letter(LAUNCH, { ERROR_CODE: 'AWS.Lambda.TooManyRequestsException' }), undefined, Date.parse(DUE) + minutes(360) - 1);

      expect(door.runs.names).toEqual([NAME]);
      expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'run could not be begun in time', run: NAME, why: 'AWS.Lambda.TooManyRequestsException' }));
      expect(metrics()).toEqual([]);
    });

    test('after hours in which nothing could be begun is one for each that is due, not all at once', async () => {
      const door = new PlanDoor();
      for (const hour of ['07', '08', '09', '10', '11']) {
        await read(letter({ ...LAUNCH, scheduledTime: `2026-11-22T${hour}:00:00Z`, latestBeginningSeconds: 3600 }), door, NOON - minutes(10));
      }

      expect(door.runs.names.filter((name) => !name.endsWith('-verdict'))).toEqual([NAME]);
      expect(metrics()).toHaveLength(4);
    });

    test('tells that it never began after six hours: by then it would be in the way of the next', async () => {
      const door = await read(letter(LAUNCH, { ERROR_CODE: 'Throttled', ERROR_MESSAGE: 'slow down' }), undefined, Date.parse(DUE) + minutes(360));

      expect(door.runs.names).toEqual([`${NAME}-verdict`]);
      expect(toldOf(door)).toMatchObject({
        detail: { verdict: 'FAILED', run: NAME, scheduledTime: DUE, message: 'The run never began: Throttled: slow down. Start the state machine by hand to make up for it.' },
        resources: [],
      });
      expect(metrics()).toEqual([expect.objectContaining({ RunFailed: 1 })]);
    });

    test('but did begin is no reason to tell anything', async () => {
      const door = new PlanDoor();
      door.runs.put(NAME, { status: 'SUCCEEDED' });
      await read(letter(LAUNCH), door, Date.parse(DUE) + minutes(600));

      expect(door.runs.names).toEqual([NAME]);
      expect(metrics()).toEqual([]);
    });

    test('says why in the words of Lambda, too, or that nobody knows', async () => {
      const late = Date.parse(DUE) + minutes(600);

      expect(toldOf(await read(letter(LAUNCH, { ErrorCode: '200', ErrorMessage: 'Rate exceeded' }), undefined, late)).detail.message).toContain('never began: 200: Rate exceeded.');
      expect(toldOf(await read(letter(LAUNCH), undefined, late)).detail.message).toContain('never began: nobody knows why.');
    });

    test('without its time, which Scheduler may not have filled in, has that which Scheduler tells beside', async () => {
      const unresolved = { ...LAUNCH, scheduledTime: '<aws.scheduler.scheduled-time>' };

      expect((await read(letter(unresolved, { SCHEDULED_TIME: DUE }))).runs.names).toEqual([NAME]);
      expect((await read(letter(unresolved))).runs.names).toEqual(['2026-11-22T12-00-00-000Z']);
    });

    test('comes back when Step Functions throttles', async () => {
      const door = new PlanDoor();
      door.runs.breaks(throttled());

      await expect(read(letter(LAUNCH), door)).rejects.toThrow('Rate exceeded');
    });
  });

  test('of an execution that ended is told like the event itself', async () => {
    const event: EndedEvent = { door: 'plan', task: 'ended', stateMachineArn: RUN_MACHINE_ARN, facts: FACTS, detail: { executionArn: arnOf(NAME), name: NAME, status: 'ABORTED' } };

    expect(toldOf(await read(letter(event))).detail).toMatchObject({ run: NAME, message: expect.stringMatching(/^The run ended as ABORTED\. /) });
  });

  test.each(['no JSON', '{"door":"other","task":"launch"}', 'null', JSON.stringify({ door: 'plan', task: 'age' })])('that is none of these is written down as it is: %s', async (body) => {
    const door = await read(letter(body, { ERROR_MESSAGE: 'no right' }));

    expect(door.runs.names).toEqual([]);
    expect(logged()).toEqual([expect.objectContaining({ level: 'ERROR', message: 'dead letter that cannot be read', body, why: 'no right' })]);
  });

  test('is read with all that come along', async () => {
    const door = new PlanDoor();
    await door.turn({ Records: [letter(LAUNCH), letter({ ...LAUNCH, scheduledTime: '2026-11-22T10:00:00Z' })] } as never);

    expect(door.runs.names).toEqual([NAME, '2026-11-22T10-00-00Z']);
  });
});
