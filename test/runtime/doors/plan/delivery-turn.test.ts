import { DeliveryAnswer, DeliveryEvent } from '../../../../src/runtime/doors/plan/steps';
import { throttled } from '../../../support/errors';
import { OTHER_REGION } from '../../../support/events';
import { captureLog } from '../../../support/log';
import { PlanDoor } from '../../../support/plan-door';
import { aPlan, deliveryEvent } from '../../../support/plan-events';

captureLog();

const LANE = `c-${OTHER_REGION}-`;
const copying = (execution: string, tries?: number): DeliveryEvent => deliveryEvent({ kind: 'copy', name: OTHER_REGION, execution }, { tries });

/** Executions that began in this order. */
function doorWith(...names: string[]): PlanDoor {
  const door = new PlanDoor();
  names.forEach((name) => door.deliveries.put(name));
  return door;
}
const isLetIn = async (door: PlanDoor, execution: string) => (await door.turn(copying(execution)) as DeliveryAnswer).call === 'start';

describe('of those that began in the same moment', () => {
  const queue = ['d', 'e', 'a', 'g', 'b', 'c', 'f'].map((name) => `${LANE}${name}`);

  test('the oldest five of a lane are let in, the others wait', async () => {
    const door = doorWith(...queue);

    expect(await Promise.all(queue.map((name) => isLetIn(door, name)))).toEqual([true, true, true, true, true, false, false]);
  });

  test('the next is let in when one has ended', async () => {
    const door = doorWith(...queue);
    door.deliveries.put(queue[2], { status: 'SUCCEEDED' });

    expect(await isLetIn(door, queue[5])).toBe(true);
    expect(await isLetIn(door, queue[6])).toBe(false);
  });

  test('those of other lanes do not count', async () => {
    const door = doorWith(...['1', '2', '3', '4', '5'].flatMap((name) => [`c-us-east-1-${name}`, `x-${name}`]), `${LANE}mine`);

    expect(await isLetIn(door, `${LANE}mine`)).toBe(true);
  });

  test('one that is not listed yet waits: who is before it is not known', async () => {
    expect(await isLetIn(doorWith(), `${LANE}mine`)).toBe(false);
  });
});

test('who is let in begins with tries of its own', async () => {
  expect(await doorWith(`${LANE}mine`).turn(copying(`${LANE}mine`, 7))).toMatchObject({ call: 'start', waitSeconds: 0, memory: { tries: 0 } });
});

test('who waits asks more and more rarely, but at least every two minutes', async () => {
  const door = doorWith('1', '2');
  const wait = async (tries: number) => (await door.turn(copying(`${LANE}mine`, tries)) as { waitSeconds: number }).waitSeconds;

  expect(await wait(0)).toBeLessThanOrEqual(19);
  expect(await wait(2)).toBeGreaterThanOrEqual(45);
  expect(await wait(9)).toBe(120);
  expect(await door.turn(copying(`${LANE}mine`, 3))).toMatchObject({ call: 'turn', memory: { tries: 4 } });
});

test('RDS is not asked, and when Step Functions throttles the state machine tries again', async () => {
  const door = doorWith(`${LANE}mine`);
  door.deliveries.breaks(throttled());

  await expect(door.turn(copying(`${LANE}mine`))).rejects.toThrow('Rate exceeded');
  expect([door.rds.writes, door.rds.listed]).toEqual([[], []]);
});

test('rules of another release are refused', async () => {
  await expect(doorWith().turn({ ...copying('x'), plan: { ...aPlan(), version: 99 } })).rejects.toThrow('version 99 of the rules of a plan');
});
