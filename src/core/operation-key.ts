import { hash } from './identifiers';
import { OperationRequest } from './requests';
import { copyToShare, sharesCopy } from './sharing';

/**
 * What a request asks for, as a short text: two requests of one resource with the same key want the same snapshot
 * or export; with different keys, another one. Tags, policies and time limits are not part of it: they change in place.
 */
export function operationKey(request: OperationRequest): string {
  return hash(identityOf(request), 16);
}

function identityOf(request: OperationRequest): string[] {
  switch (request.kind) {
    case 'take':
      return ['take', request.clusterIdentifier, request.trigger ?? '', request.explicitIdentifier ?? ''];
    case 'copy':
      return ['copy', request.sourceArn, request.region, request.kmsKeyId ?? '', request.explicitIdentifier ?? ''];
    case 'share':
      // With whom it is shared changes in place.
      return sharesCopy(request) ? identityOf(copyToShare(request)) : ['share', request.sourceArn];
    case 'export':
      return [
        'export', request.sourceArn, request.bucket, request.prefix ?? '', request.roleArn, request.kmsKeyId, request.trigger ?? '',
        // In which order they are declared makes no difference to what is exported.
        ...[...request.exportOnly].sort(),
      ];
  }
}
