import { createHash } from 'node:crypto';

/** RDS: 1 to 63 letters, digits and hyphens, first a letter, no hyphen at the end, no two in a row. */
export const MAX_SNAPSHOT_IDENTIFIER_LENGTH = 63;
const IDENTIFIER = /^[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*$/;

/** Whether RDS accepts the text as the identifier of a manual snapshot. */
export function isSnapshotIdentifier(text: string): boolean {
  return text.length <= MAX_SNAPSHOT_IDENTIFIER_LENGTH && IDENTIFIER.test(text);
}

/** What all identifiers made for one stack begin with, and what its roles may touch: `cab-` and eight hex digits. */
export function ownerOf(stackIdentity: string): string {
  return `cab-${hash([stackIdentity], 8)}`;
}

const OPERATION_HASH_LENGTH = 10;
// Of a snapshot (one hash), or of an export task (three).
const GENERATED = new RegExp(`^cab-[0-9a-f]{8}-(?:[0-9a-f]{${OPERATION_HASH_LENGTH}}|(?:[0-9a-f]{8}-){2}[0-9a-f]{8})-`);

/**
 * The identifier of what one operation makes: the owner's prefix, a hash of what identifies the operation, and as much
 * of the readable name as fits. The same operation always gets the same identifier, so a retry meets its own thing.
 */
export function operationIdentifier(owner: string, identity: readonly string[], readableName: string): string {
  const head = `${owner}-${hash(identity, OPERATION_HASH_LENGTH)}`;
  const room = MAX_SNAPSHOT_IDENTIFIER_LENGTH - head.length - 1;
  const tail = identifierText(withoutGeneratedHead(readableName)).slice(0, room).replace(/-+$/, '');
  return tail ? `${head}-${tail}` : head;
}

/** A short text that is equal exactly when all parts are; used in tags, where any character and length may come in. */
export function hash(parts: readonly string[], length: number): string {
  // JSON keeps ['a', 'bc'] and ['ab', 'c'] apart.
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length);
}

/** The readable part of an identifier that the library made. */
export function withoutGeneratedHead(identifier: string): string {
  return identifier.replace(GENERATED, '');
}

/** As much of a text as identifiers of RDS may hold. */
export function identifierText(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+/, '');
}
