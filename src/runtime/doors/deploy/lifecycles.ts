import { ExportLifecycle } from './export-lifecycle';
import { Lifecycle } from './lifecycle';
import { SnapshotLifecycle } from './snapshot-lifecycle';
import { OperationRequest } from '../../../core/requests';
import { RdsGateway } from '../../rds/gateway';

export function lifecycles(rds: RdsGateway): (request: OperationRequest) => Lifecycle<OperationRequest> {
  const ofSnapshots = new SnapshotLifecycle(rds);
  const ofExports = new ExportLifecycle(rds);
  return ({ kind }) => (kind === 'export' ? ofExports : ofSnapshots) as Lifecycle<OperationRequest>;
}
