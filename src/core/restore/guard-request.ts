import { GuardedCluster, guardedClusterOf } from './guard-memory';
import { RESTORE_CONTRACT_VERSION } from './restore-contract';
import { WireProperties } from '../resource-contract';

/** What is asked of a guard: its properties, read. */
export interface GuardRequest extends GuardedCluster {
  readonly engine: string;
  readonly engineVersion?: string;
  readonly userOfSource?: string;
  readonly allowReplacement: boolean;
}

/** The one place where the properties of a guard are strings. */
export function parseGuardRequest(properties: WireProperties): GuardRequest {
  if (Number(properties.ContractVersion) !== RESTORE_CONTRACT_VERSION) {
    throw new Error(`contract version ${String(properties.ContractVersion)} is not known to this runtime (it knows ${RESTORE_CONTRACT_VERSION}); `
      + 'deploy the construct and its provider from the same release of cdk-aurora-backup');
  }
  const cluster = guardedClusterOf(properties, String(properties.ClusterLogicalId ?? ''));
  if (!cluster.values.Engine || !cluster.logicalId) {
    throw new Error('the properties Engine and ClusterLogicalId must not be missing or empty');
  }
  return {
    ...cluster,
    engine: cluster.values.Engine,
    engineVersion: properties.EngineVersion ? String(properties.EngineVersion) : undefined,
    userOfSource: properties.UserOfSource ? String(properties.UserOfSource) : undefined,
    allowReplacement: String(properties.AllowReplacement) === 'true',
  };
}
