import { CONDITIONAL_PROPERTIES, CREATE_ONLY_PROPERTIES, ConditionalProperty, CreateOnlyProperty } from './restore-contract';
import { WireProperties } from '../resource-contract';

/** What CloudFormation replaces a cluster for when it changes. */
export type GuardedProperty = CreateOnlyProperty | 'Engine';

/** The properties of a cluster that a guard watches over; those that are not set are missing. */
export type GuardedValues = Readonly<Partial<Record<GuardedProperty, string>>>;

/** Another user or global cluster replaces a cluster, too, but not everything that differs is another. */
export type ConditionalValues = Readonly<Partial<Record<ConditionalProperty, string>>>;

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

export function conditionalValuesOf(properties: WireProperties = {}): ConditionalValues {
  return textsIn(objectIn(properties.Conditional), CONDITIONAL_PROPERTIES);
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

function textsIn<Name extends string>(values: WireProperties, names: readonly Name[]): Partial<Record<Name, string>> {
  const texts = names.flatMap((name) => (values[name] === undefined || values[name] === null ? [] : [[name, String(values[name])]]));
  return Object.fromEntries(texts) as Partial<Record<Name, string>>;
}

function objectIn(value: unknown): WireProperties {
  return typeof value === 'object' && value !== null ? value as WireProperties : {};
}
