import { ArriveInput, ReceiveInput, ReceivedSource } from './steps';
import { hash } from '../../../core/identifiers';

/** RDS allows so many copies into a Region at a time. */
export const AT_A_TIME = 5;

/** Until then everybody who was started in the same moment is listed. */
const FIRST_LOOK_SECONDS = 5;

/** What the names of all executions of a lane begin with: no more than five of one are begun at a time. */
export function laneOf({ region }: Pick<ReceivedSource, 'region'>): string {
  return region === undefined ? 'r-' : `f-${region}-`;
}

/** What the names of executions that look into an announcement begin with. */
export const ARRIVALS = 'a-';

/** What the names of all executions for one snapshot begin with. */
export function namePrefix(lane: string, snapshotArn: string): string {
  return `${lane}${hash([snapshotArn], 16)}-`;
}

/** An execution of its own every minute: what fails is tried again, and what is announced or found twice in a moment is not. */
export function executionName(lane: string, snapshotArn: string, now: number): string {
  return `${namePrefix(lane, snapshotArn)}${new Date(now).toISOString().slice(0, 16).replace(/[^0-9T]/g, '')}`;
}

/** Whether there is anything to receive is looked up first: the definition says so. */
export function arriveInput(snapshotArn: string): ArriveInput {
  return { snapshotArn };
}

/** A copy, which has to wait for its turn. */
export function receiveInput(source: ReceivedSource): ReceiveInput {
  return { source, answer: { call: 'turn', waitSeconds: FIRST_LOOK_SECONDS, memory: { todo: 'receive' } } };
}
