import { CopySnapshot } from './copy-snapshot';
import { ExportToS3 } from './export-to-s3';
import { Operation, Removal } from './operation';
import { ShareSnapshot } from './share-snapshot';
import { TakeSnapshot } from './take-snapshot';
import { Assignment, Sight } from '../../core/assignment';
import { OwningResource } from '../../core/ownership';
import { Progress } from '../../core/progress';
import { OperationRequest } from '../../core/requests';
import { RdsGateway } from '../rds/gateway';

type Kind = OperationRequest['kind'];

/** The operations by their kind: which one it is, is decided here and nowhere else. */
export class Operations {
  private readonly byKind: Readonly<Record<Kind, Operation<OperationRequest, Removal>>>;

  constructor(rds: RdsGateway) {
    this.byKind = {
      take: new TakeSnapshot(rds),
      copy: new CopySnapshot(rds),
      export: new ExportToS3(rds),
      share: new ShareSnapshot(rds),
    } as Record<Kind, Operation<never, never>> as Record<Kind, Operation<OperationRequest, Removal>>;
  }

  public async start(request: OperationRequest, assignment: Assignment): Promise<Progress> {
    return this.byKind[request.kind].start(request, assignment);
  }

  public async check(request: OperationRequest, sight: Sight): Promise<Progress> {
    return this.byKind[request.kind].check(request, sight);
  }

  public async cancel(kind: Kind, removal: Removal, resource: OwningResource, elapsedSeconds: number): Promise<Progress> {
    return this.byKind[kind].cancel(removal, resource, elapsedSeconds);
  }
}
