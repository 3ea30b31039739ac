import { createHash } from 'crypto';
import { ConditionalValues, GuardedValues, conditionalValuesOf, guardedValuesOf } from './guarded-values';
import { CONDITIONAL_PROPERTIES, ConditionalProperty } from './restore-contract';
import { WireProperties } from '../resource-contract';

/** A cluster as a template describes it, as far as a change of it would replace it. */
export interface GuardedCluster {
  readonly logicalId: string;
  readonly values: GuardedValues;
  readonly conditional: ConditionalValues;
}

/** The same in digests: all that a guard has to know is whether something is another. */
interface State {
  readonly digest: string;
  readonly conditional: ConditionalValues;
}

/** What a guard accepted, and what it had accepted before that. */
export interface Accepted extends State {
  readonly logicalId: string;
  readonly former?: State;
}

/** The letters that stand for them in an id. */
const LETTERS: Readonly<Record<ConditionalProperty, string>> = { MasterUsername: 'u', GlobalClusterIdentifier: 'g' };

const STATE = '[0-9a-f]{32}(?:-[ug][0-9a-f]{8})*';
const ID = new RegExp(`^([^/]+)/v1-(${STATE})(?:/was-(${STATE}))?$`);

export function guardedClusterOf(properties: WireProperties, logicalId: string): GuardedCluster {
  return { logicalId, values: guardedValuesOf(properties), conditional: conditionalValuesOf(properties) };
}

/**
 * The id by which CloudFormation knows the guard: of which cluster it is, and what it accepted. It is the guard's whole memory, because it
 * is sent back as it was written, whatever becomes of properties and attributes in updates that fail. `v1` says which properties the
 * release that wrote it knew: one that a later release adds is not to look like a change.
 */
export function guardIdOf(cluster: GuardedCluster, before?: Accepted): string {
  const state = textOf(stateOf(cluster));
  const was = before === undefined ? undefined : textOf(before);
  // What was accepted before the same was accepted again, is what a rollback may still have to go back to.
  const former = was === state ? before!.former && textOf(before!.former) : was;
  return `${cluster.logicalId}/v1-${state}${former === undefined ? '' : `/was-${former}`}`;
}

/** Reads it; undefined if no guard has written it. */
export function acceptedIn(physicalId: string): Accepted | undefined {
  const [, logicalId, state, former] = ID.exec(physicalId) ?? [];
  return logicalId === undefined ? undefined : { logicalId, ...stateIn(state), former: former === undefined ? undefined : stateIn(former) };
}

/** Whether nothing in the cluster differs from what was accepted, for which CloudFormation would replace it. */
export function isAsAccepted(cluster: GuardedCluster, accepted: State | undefined): boolean {
  return accepted !== undefined && stateOf(cluster).digest === accepted.digest && conditionalChanges(cluster, accepted).length === 0;
}

/** Another user, or another global cluster, than was accepted. */
export function conditionalChanges({ conditional }: GuardedCluster, accepted: Pick<Accepted, 'conditional'>): ConditionalProperty[] {
  return CONDITIONAL_PROPERTIES.filter((property) => {
    const [before, after] = [accepted.conditional[property], shortDigest(conditional[property])];
    // A cluster leaves a global cluster in place. A user name that comes from, or goes into, a secret may well be the same: the first is compared with what RDS shows, the second cannot be.
    return after !== undefined && after !== before && (before !== undefined || property !== 'MasterUsername');
  });
}

function stateOf({ logicalId, values, conditional }: GuardedCluster): State {
  const text = JSON.stringify([logicalId, ...Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))]);
  return {
    digest: createHash('sha256').update(text).digest('hex').slice(0, 32),
    conditional: Object.fromEntries(CONDITIONAL_PROPERTIES.flatMap((property) => {
      const digest = shortDigest(conditional[property]);
      return digest === undefined ? [] : [[property, digest]];
    })),
  };
}

function textOf({ digest, conditional }: State): string {
  return [digest, ...CONDITIONAL_PROPERTIES.filter((property) => conditional[property]).map((property) => `${LETTERS[property]}${conditional[property]}`)].join('-');
}

function stateIn(text: string): State {
  const [digest, ...parts] = text.split('-');
  return {
    digest,
    conditional: Object.fromEntries(CONDITIONAL_PROPERTIES.flatMap((property) => {
      const part = parts.find((candidate) => candidate.startsWith(LETTERS[property]));
      return part === undefined ? [] : [[property, part.slice(1)]];
    })),
  };
}

function shortDigest(text: string | undefined): string | undefined {
  return text === undefined ? undefined : createHash('sha256').update(text).digest('hex').slice(0, 8);
}
