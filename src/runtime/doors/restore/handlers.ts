import { RestoreHandler } from './events';
import { Guard, GuardServices } from './guard';
import { RestoreHandlers } from './restore-door';
import { RestoreResourceType } from '../../../core/restore/restore-contract';

/** Which handler each type of resource has. */
export function restoreHandlers(services: GuardServices): RestoreHandlers {
  const handlers: Readonly<Record<string, RestoreHandler>> = {
    [RestoreResourceType.RESTORE_GUARD]: new Guard(services),
  };
  return (resourceType) => {
    const handler = handlers[resourceType];
    if (!handler) {
      throw new Error(`the resource type ${resourceType} is not known to this runtime; deploy the construct and its provider from the same release of cdk-aurora-backup`);
    }
    return handler;
  };
}
