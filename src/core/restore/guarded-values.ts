import { createHash } from 'crypto';
import { CONDITIONAL_PROPERTIES, CREATE_ONLY_PROPERTIES, ConditionalProperty, CreateOnlyProperty } from './restore-contract';
import { WireProperties } from '../resource-contract';

/** What CloudFormation replaces a cluster for when it changes. */
export type GuardedProperty = CreateOnlyProperty | 'Engine';

/** The properties of a cluster that a guard watches over; those that are not set are missing. */
export type GuardedValues = Readonly<Partial<Record<GuardedProperty, string>>>;

export interface ValueChange {
  readonly property: GuardedProperty | ConditionalProperty;
  readonly from?: string;
  readonly to?: string;
}

const GUARDED_PROPERTIES: readonly GuardedProperty[] = [...CREATE_ONLY_PROPERTIES, 'Engine'];

/** Reads them from the properties of a guard; what cannot be read counts as not set. */
export function guardedValuesOf(properties: WireProperties = {}): GuardedValues {
  return textsIn({ ...objectIn(properties.Values), Engine: properties.Engine }, GUARDED_PROPERTIES);
}

/**
 * The id by which CloudFormation knows the guard: of which cluster it is, and which values it accepted. It is the guard's whole memory, because it
 * is sent back as it was written, whatever becomes of properties and attributes in updates that fail. `v1` says which properties the
 * release that wrote it knew: one that a later release adds is not to look like a change.
 */
export function guardIdOf(clusterLogicalId: string, values: GuardedValues): string {
  const known = GUARDED_PROPERTIES.filter((property) => values[property] !== undefined).sort();
  const text = JSON.stringify(known.map((property) => [property, values[property]]));
  return `${clusterLogicalId}/v1-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

export function changesBetween(before: GuardedValues, after: GuardedValues): ValueChange[] {
  return GUARDED_PROPERTIES
    .filter((property) => before[property] !== after[property])
    .map((property) => ({ property, from: before[property], to: after[property] }));
}

/** Changes between two deploys for which CloudFormation replaces a cluster only under a condition: another user, another global cluster. */
export function conditionalChangesBetween(before: WireProperties = {}, after: WireProperties = {}): ValueChange[] {
  const from = textsIn(objectIn(before.Conditional), CONDITIONAL_PROPERTIES);
  const to = textsIn(objectIn(after.Conditional), CONDITIONAL_PROPERTIES);
  return CONDITIONAL_PROPERTIES
    // A cluster leaves a global cluster in place. A user name that comes from, or goes into, a secret may well be the same.
    .filter((property) => to[property] !== undefined && to[property] !== from[property] && (from[property] !== undefined || property !== 'MasterUsername'))
    .map((property) => ({ property, from: from[property], to: to[property] }));
}

/** For people: `SnapshotIdentifier from 'a' to 'b'`. */
export function inWords(changes: readonly ValueChange[]): string {
  return changes.map(({ property, from, to }) => {
    if (from === undefined) {
      return `${property}, which was not set, to '${to}'`;
    }
    return to === undefined ? `${property} from '${from}' to nothing` : `${property} from '${from}' to '${to}'`;
  }).join(', ');
}

function textsIn<Name extends string>(values: WireProperties, names: readonly Name[]): Partial<Record<Name, string>> {
  const texts = names.flatMap((name) => (values[name] === undefined || values[name] === null ? [] : [[name, String(values[name])]]));
  return Object.fromEntries(texts) as Partial<Record<Name, string>>;
}

function objectIn(value: unknown): WireProperties {
  return typeof value === 'object' && value !== null ? value as WireProperties : {};
}
