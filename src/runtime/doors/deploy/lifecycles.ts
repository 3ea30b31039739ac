import { ExportLifecycle } from './export-lifecycle';
import { Lifecycle } from './lifecycle';
import { ShareLifecycle } from './share-lifecycle';
import { SnapshotLifecycle } from './snapshot-lifecycle';
import { OperationRequest } from '../../../core/requests';
import { RdsGateway } from '../../rds/gateway';

export function lifecycles(rds: RdsGateway): (request: OperationRequest) => Lifecycle<OperationRequest> {
  const ofSnapshots = new SnapshotLifecycle(rds);
  const byKind: Readonly<Record<OperationRequest['kind'], Lifecycle<never>>> = {
    take: ofSnapshots, copy: ofSnapshots, export: new ExportLifecycle(rds), share: new ShareLifecycle(rds),
  };
  return ({ kind }) => byKind[kind] as Lifecycle<OperationRequest>;
}
