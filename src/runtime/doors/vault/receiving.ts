import { ArriveInput, Arrived, ReceiveInput, ReceivedSource } from './steps';
import { hash } from '../../../core/identifiers';
import { ADMISSION_WINDOW_SECONDS } from '../../../core/vault/admission';
import { inTurn, senderOf } from '../../../core/vault/turns';
import { SourceFacts } from '../../../core/vault/vault-ownership';

/** RDS allows so many copies into a Region at a time. */
export const AT_A_TIME = 5;

/** Until then everybody who was started in the same moment is listed. */
const FIRST_LOOK_SECONDS = 5;

/** What the names of all executions of a lane begin with: no more than five of one are begun at a time. */
function laneOf({ region }: Pick<ReceivedSource, 'region'>): string {
  return region === undefined ? 'r-' : `f-${region}-`;
}

/** Something to receive, as RDS calls it. */
export function arrivedFrom({ arn, sourceArn, clusterIdentifier }: SourceFacts): Arrived {
  return { snapshotArn: sourceArn, sender: senderOf({ ...arn, clusterIdentifier }) };
}

/** What the names of all executions begin with that copy what one sender sent. */
function senderPrefix(source: Arrived): string {
  return `${laneOf(source)}${source.sender}-`;
}

/** What the names of all executions begin with that copy one snapshot. */
export function namePrefix(source: Arrived): string {
  return `${senderPrefix(source)}${hash([source.snapshotArn], 16)}-`;
}

/** An execution of its own every minute: what fails is tried again, and what is announced or found twice in a moment is not. */
export function executionName(source: Arrived, now: number): string {
  return `${namePrefix(source)}${minuteOf(now)}`;
}

/** That of one that looks into an announcement. */
export function arrivalName(snapshotArn: string, now: number): string {
  return `a-${hash([snapshotArn], 16)}-${minuteOf(now)}`;
}

/** Of those that run, the oldest first, how many of the same sender were begun before it, on the same day. */
export function countBefore(running: readonly string[], source: ReceivedSource, now: number): number {
  const before = running.slice(0, Math.max(0, running.indexOf(source.execution)));
  const dayAgo = minuteOf(now - ADMISSION_WINDOW_SECONDS * 1000);
  return before.filter((name) => name.startsWith(senderPrefix(source)) && name.slice(-dayAgo.length) > dayAgo).length;
}

/** How many begin before it; negative if it is not listed yet. */
export function placeOf(running: readonly string[], { execution, ...source }: ReceivedSource): number {
  const lane = laneOf(source);
  const waiting = running.filter((name) => name.startsWith(lane)).map((name) => name.slice(lane.length));
  return inTurn(waiting).indexOf(execution.slice(lane.length));
}

function minuteOf(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace(/[^0-9T]/g, '');
}

/** Whether there is anything to receive is looked up first: the definition says so. */
export function arriveInput(snapshotArn: string): ArriveInput {
  return { snapshotArn };
}

/** A copy, which has to wait for its turn. */
export function receiveInput(source: ReceivedSource): ReceiveInput {
  return { source, answer: { call: 'turn', waitSeconds: FIRST_LOOK_SECONDS, memory: { todo: 'receive' } } };
}
