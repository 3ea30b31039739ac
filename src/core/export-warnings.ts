/** What RDS lists in the warning message of an export task, and how a sentence about one begins. */
const KINDS: Readonly<Record<string, string>> = {
  skippedTables: 'skipped table',
  skippedObjectives: 'skipped object',
  general: 'in general',
};

/** Where an entry of the message may say what it is about, and why: RDS documents the lists, not their entries. */
const NAME_FIELDS = ['target', 'tableName', 'table', 'name', 'objective'];
const REASON_FIELDS = ['reason', 'reasons', 'warning', 'message'];

/**
 * What an export left out, one sentence each. A task can be COMPLETE and have skipped tables all the same: RDS says so in a
 * JSON text. What cannot be read is passed on as it is, because a warning that is dropped would look like a complete export.
 */
export function warningsOf(warningMessage: string | undefined): string[] {
  if (!warningMessage) {
    return [];
  }
  const parsed = parseObject(warningMessage);
  if (parsed === undefined) {
    return [warningMessage];
  }
  return Object.entries(parsed).flatMap(([kind, entries]) => asList(entries).map((entry) => `${KINDS[kind] ?? kind} ${textOf(entry)}`));
}

function textOf(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) {
    return String(entry);
  }
  const fields = entry as Record<string, unknown>;
  const name = firstOf(fields, NAME_FIELDS);
  const reason = firstOf(fields, REASON_FIELDS);
  const known = [name, reason].filter((part) => part !== undefined).join(': ');
  return known || JSON.stringify(entry);
}

function firstOf(fields: Record<string, unknown>, names: string[]): string | undefined {
  const name = names.find((candidate) => fields[candidate] !== undefined);
  return name === undefined ? undefined : asList(fields[name]).map(String).join(', ');
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
