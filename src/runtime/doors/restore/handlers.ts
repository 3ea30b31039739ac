import { Guard, GuardServices } from './guard';
import { RestorePointHandler, RestorePointServices } from './restore-point';
import { RestoreResourceType } from '../../../core/restore/restore-contract';
import { ResourceHandlers } from '../custom-resource/custom-resource-door';
import { ResourceHandler } from '../custom-resource/events';

/** Which handler each type of resource has. */
export function restoreHandlers(services: GuardServices & RestorePointServices): ResourceHandlers {
  const handlers: Readonly<Record<string, ResourceHandler>> = {
    [RestoreResourceType.RESTORE_GUARD]: new Guard(services),
    [RestoreResourceType.RESTORE_POINT]: new RestorePointHandler(services),
  };
  return (resourceType) => {
    const handler = handlers[resourceType];
    if (!handler) {
      throw new Error(`the resource type ${resourceType} is not known to this runtime; deploy the construct and its provider from the same release of cdk-aurora-backup`);
    }
    return handler;
  };
}
