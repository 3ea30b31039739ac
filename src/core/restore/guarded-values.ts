import { createHash } from 'crypto';
import { CREATE_ONLY_PROPERTIES, CreateOnlyProperty } from './restore-contract';
import { WireProperties } from '../resource-contract';

/** What CloudFormation replaces a cluster for when it changes. */
export type GuardedProperty = CreateOnlyProperty | 'Engine';

/** The properties of a cluster that a guard watches over; those that are not set are missing. */
export type GuardedValues = Readonly<Partial<Record<GuardedProperty, string>>>;

export interface ValueChange {
  readonly property: GuardedProperty;
  readonly from?: string;
  readonly to?: string;
}

const GUARDED_PROPERTIES: readonly GuardedProperty[] = [...CREATE_ONLY_PROPERTIES, 'Engine'];

/** Reads them from the properties of a guard; what cannot be read counts as not set. */
export function guardedValuesOf(properties: WireProperties = {}): GuardedValues {
  const values: WireProperties = { ...(typeof properties.Values === 'object' ? properties.Values : {}), Engine: properties.Engine };
  return Object.fromEntries(GUARDED_PROPERTIES.flatMap((property) => {
    const value = values[property];
    return value === undefined || value === null ? [] : [[property, String(value)]];
  }));
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

/** For people: `SnapshotIdentifier from 'a' to 'b'`. */
export function inWords(changes: readonly ValueChange[]): string {
  return changes.map(({ property, from, to }) => {
    if (from === undefined) {
      return `${property}, which was not set, to '${to}'`;
    }
    return to === undefined ? `${property} from '${from}' to nothing` : `${property} from '${from}' to '${to}'`;
  }).join(', ');
}
