import { NO_KEY, RestorePointAttribute, UNKNOWN_CLUSTER } from './restore-contract';
import { CriteriaTexts } from './restore-criteria';
import { Candidate } from './restore-point';
import { hash } from '../identifiers';

/** Rises when a former release could not read what is written any more. */
const RECORD_VERSION = 1;

type AttributeName = typeof RestorePointAttribute[keyof typeof RestorePointAttribute];

/** What a restore point shows to other resources. */
export type RestorePointAttributes = Readonly<Record<AttributeName, string>>;

/** What is written down of a restore point, once, and answered from then on. */
export interface RestorePointRecord {
  readonly criteria: CriteriaTexts;
  readonly attributes: RestorePointAttributes;
}

const PHYSICAL_ID = /^[A-Za-z0-9-]+\/[A-Za-z0-9]+\/[0-9a-f]{16}$/;

/**
 * The id by which CloudFormation knows a restore point for as long as it is there. It has records of its own, so that it never finds those
 * which one that failed left behind at the same place, and none of a former one takes them away.
 */
export function restorePointId(stackName: string, logicalId: string, request: string): string {
  return `${stackName}/${logicalId}/${hash([request], 16)}`;
}

/** Where all records of a restore point are; undefined if the id is not one. */
export function recordsOf(owner: string, physicalId: string): string | undefined {
  return PHYSICAL_ID.test(physicalId) ? `/cdk-aurora-backup/${owner}/${physicalId}` : undefined;
}

/** A trigger may be any text, and the name of a parameter may not. */
export function recordName(owner: string, physicalId: string, trigger = ''): string {
  return `/cdk-aurora-backup/${owner}/${physicalId}/${hash([trigger], 16)}`;
}

export function recordOf(criteria: CriteriaTexts, { snapshot, dataTime, incarnation }: Candidate): RestorePointRecord {
  return {
    criteria,
    attributes: {
      [RestorePointAttribute.IDENTIFIER]: snapshot.identifier,
      [RestorePointAttribute.ARN]: snapshot.arn,
      [RestorePointAttribute.DATA_TIME]: dataTime.toISOString(),
      [RestorePointAttribute.ENGINE]: snapshot.engine,
      [RestorePointAttribute.ENGINE_VERSION]: snapshot.engineVersion!,
      [RestorePointAttribute.KMS_KEY_ID]: snapshot.kmsKeyId ?? NO_KEY,
      [RestorePointAttribute.CLUSTER_RESOURCE_ID]: incarnation ?? UNKNOWN_CLUSTER,
    },
  };
}

export function writeRecord(record: RestorePointRecord): string {
  return JSON.stringify({ version: RECORD_VERSION, ...record });
}

/** Undefined if another release wrote it in another way, or somebody changed it by hand. */
export function readRecord(text: string): RestorePointRecord | undefined {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    return undefined;
  }
  const names = Object.values(RestorePointAttribute);
  const isReadable = record?.version === RECORD_VERSION
    && typeof record.criteria === 'object' && record.criteria !== null
    && names.every((name) => typeof record.attributes?.[name] === 'string' && record.attributes[name] !== '');
  return isReadable ? record : undefined;
}
