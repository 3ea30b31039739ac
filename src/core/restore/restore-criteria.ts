import { RESTORE_CONTRACT_VERSION, RestorePointSnapshotType } from './restore-contract';
import { WireProperties, required, text } from '../resource-contract';

/** Which snapshots of which cluster may be the restore point. */
export interface RestoreCriteria {
  /** In lower case. */
  readonly clusterIdentifier: string;
  readonly clusterResourceIdentifier?: string;
  readonly snapshotTypes: readonly RestorePointSnapshotType[];
  readonly planName?: string;
  readonly vaultName?: string;
  readonly vaultRegion?: string;
  /** Whose snapshots are shared, or were copied by the vault. */
  readonly sourceAccount?: string;
  /** The data must be older. */
  readonly before?: Date;
  readonly engine?: string;
}

/** The criteria as texts, by the names of the props: what is written down, and compared. */
export type CriteriaTexts = Readonly<Record<string, string>>;

export interface RestorePointRequest {
  readonly owner: string;
  readonly trigger?: string;
  readonly criteria: RestoreCriteria;
}

const TYPES: readonly string[] = ['automated', 'manual', 'shared'] satisfies RestorePointSnapshotType[];

/** The one place where the properties of a restore point are strings. */
export function parseRestorePointRequest(properties: WireProperties): RestorePointRequest {
  if (Number(properties.ContractVersion) !== RESTORE_CONTRACT_VERSION) {
    throw new Error(`contract version ${String(properties.ContractVersion)} is not known to this runtime (it knows ${RESTORE_CONTRACT_VERSION}); `
      + 'deploy the construct and its provider from the same release of cdk-aurora-backup');
  }
  return {
    owner: required(properties, 'Owner'),
    trigger: text(properties, 'Trigger'),
    criteria: {
      clusterIdentifier: required(properties, 'ClusterIdentifier').toLowerCase(),
      clusterResourceIdentifier: text(properties, 'ClusterResourceIdentifier'),
      snapshotTypes: types(properties),
      planName: text(properties, 'PlanName'),
      vaultName: text(properties, 'VaultName'),
      vaultRegion: text(properties, 'VaultRegion'),
      sourceAccount: text(properties, 'SourceAccount'),
      before: time(properties, 'Before'),
      engine: text(properties, 'Engine'),
    },
  };
}

/** Criteria are the same exactly when these texts are. */
export function criteriaTexts({ snapshotTypes, before, planName, vaultName, vaultRegion, ...others }: RestoreCriteria): CriteriaTexts {
  const texts = {
    ...others,
    snapshotTypes: [...snapshotTypes].sort().join(', '),
    before: before?.toISOString(),
    plan: planName,
    vault: vaultName && `${vaultName} of ${vaultRegion}`,
  };
  return Object.fromEntries(Object.entries(texts).flatMap(([prop, value]) => (value === undefined ? [] : [[prop, value]])));
}

/** For people: `before, which was not set, to '2026-…'`; nothing if they are the same. */
export function changedCriteria(from: CriteriaTexts, to: CriteriaTexts): string[] {
  const props = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return props.filter((prop) => from[prop] !== to[prop]).map((prop) => `${prop} from ${shown(from[prop])} to ${shown(to[prop])}`);
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : `'${value}'`;
}

function types(properties: WireProperties): RestorePointSnapshotType[] {
  const value = properties.SnapshotTypes;
  const unknown = Array.isArray(value) ? value.find((type) => !TYPES.includes(String(type))) : String(value);
  if (!Array.isArray(value) || value.length === 0 || unknown !== undefined) {
    throw new Error(`the property SnapshotTypes must name some of ${TYPES.join(', ')}, got '${String(unknown)}'`);
  }
  return value.map((type) => String(type) as RestorePointSnapshotType);
}

function time(properties: WireProperties, name: string): Date | undefined {
  const value = text(properties, name);
  const parsed = value === undefined ? undefined : new Date(value);
  if (parsed && Number.isNaN(parsed.getTime())) {
    throw new Error(`the property ${name} must be a time like 2026-11-22T12:00:00Z, got '${value}'`);
  }
  return parsed;
}
