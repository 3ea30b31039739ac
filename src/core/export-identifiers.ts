import { hash, identifierText, withoutGeneratedHead } from './identifiers';
import { OwningResource } from './ownership';

/** RDS does not document it; tools that made longer ones were refused. */
export const MAX_EXPORT_TASK_IDENTIFIER_LENGTH = 60;

const PART_LENGTH = 8;
const PART = `[0-9a-f]{${PART_LENGTH}}`;
const IDENTIFIER = new RegExp(`^(cab-${PART})-(${PART})-(${PART})-(${PART})(?:-|$)`);

/** What the identifier of an export task tells. Export tasks have no tags, so it is all there is to know them by. */
interface ExportTaskIdentity {
  readonly owner: string;
  readonly resource: string;
  readonly operation: string;
}

/**
 * The identifier of the export task that one request of one resource starts. RDS never takes an identifier twice, so every
 * generation has its own, and a retry of the same request the same one.
 */
export function exportTaskIdentifier(resource: OwningResource, operation: string, generation: string, readableName: string): string {
  const head = [...identityParts(resource, operation), hash([generation], PART_LENGTH)].join('-');
  const room = MAX_EXPORT_TASK_IDENTIFIER_LENGTH - head.length - 1;
  const tail = identifierText(withoutGeneratedHead(readableName)).slice(0, room).replace(/-+$/, '');
  return tail ? `${head}-${tail}` : head;
}

export function isExportTaskIdentifier(text: string): boolean {
  return text.length <= MAX_EXPORT_TASK_IDENTIFIER_LENGTH && IDENTIFIER.test(text);
}

/** Whether the resource started the task. */
export function startedBy(identifier: string, resource: OwningResource): boolean {
  const identity = parse(identifier);
  return identity !== undefined && identity.owner === resource.owner && identity.resource === resourcePart(resource);
}

/** Whether the resource started the task to do this. */
export function startedFor(identifier: string, resource: OwningResource, operation: string): boolean {
  return startedBy(identifier, resource) && parse(identifier)!.operation === operationPart(operation);
}

/** Whether both are of one resource. */
export function sameResource(a: string, b: string): boolean {
  const [first, second] = [parse(a), parse(b)];
  return first !== undefined && first.owner === second?.owner && first.resource === second.resource;
}

function parse(identifier: string): ExportTaskIdentity | undefined {
  const [, owner, resource, operation] = IDENTIFIER.exec(identifier) ?? [];
  return owner === undefined ? undefined : { owner, resource, operation };
}

function identityParts(resource: OwningResource, operation: string): string[] {
  return [resource.owner, resourcePart(resource), operationPart(operation)];
}

function resourcePart({ stackId, logicalId }: OwningResource): string {
  return hash([stackId, logicalId], PART_LENGTH);
}

function operationPart(operation: string): string {
  return operation.slice(0, PART_LENGTH);
}
