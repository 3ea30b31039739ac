import { Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { TableName, tableFolder } from '../core/export-layout';

interface Naming {
  /** Of what has this many parts: `[1]` is the form of a database, and so on. */
  readonly forms: Readonly<Record<number, string>>;
  /** How many parts the name of a table can have. */
  readonly partsOfTable: readonly number[];
}

const NAMING: Readonly<Record<string, Naming>> = {
  'aurora-mysql': { forms: { 1: 'db', 2: 'db.table' }, partsOfTable: [2] },
  'aurora-postgresql': { forms: { 1: 'db', 2: 'db.schema', 3: 'db.schema.table' }, partsOfTable: [3] },
};

/** Where nobody knows the engine at synth, what any of them takes. */
const ANY_ENGINE: Naming = { forms: { 1: 'db', 2: 'db.table or db.schema', 3: 'db.schema.table' }, partsOfTable: [2, 3] };

/**
 * RDS takes 200 KB. A list reaches the handlers in the input of a state machine, which takes 256 KiB, and an update brings the
 * list of before, too.
 */
const MAX_LIST_CHARACTERS = 100_000;

export function checkExportOnly(scope: IConstruct, exportOnly: readonly string[] | undefined, engine: string | undefined): void {
  if (exportOnly === undefined || Token.isUnresolved(exportOnly)) {
    return;
  }
  if (exportOnly.length === 0) {
    fail(scope, 'exportOnly must not be an empty list; leave it out to export everything');
  }
  const known = exportOnly.filter((item) => !Token.isUnresolved(item));
  known.forEach((item) => checkItem(scope, item, engine));
  const twice = known.find((item, index) => known.indexOf(item) < index);
  if (twice !== undefined) {
    fail(scope, `exportOnly names '${twice}' twice; leave out one of the two`);
  }
  const length = JSON.stringify(known).length;
  if (length > MAX_LIST_CHARACTERS) {
    fail(scope, `exportOnly must not be longer than ${MAX_LIST_CHARACTERS} characters altogether, got ${length}; name whole databases or schemas instead of their tables`);
  }
}

function checkItem(scope: IConstruct, item: string, engine: string | undefined): void {
  const { forms } = namingOf(engine);
  const parts = item.split('.');
  if (!(parts.length in forms)) {
    fail(scope, `exportOnly takes ${listed(Object.values(forms))}${engine === undefined ? '' : ` for ${engine}`}, got '${item}'`);
  }
  if (!parts.every((part) => /^[A-Za-z0-9$_]+$/.test(part))) {
    fail(scope, `exportOnly takes names of the letters A to Z, digits, '$' and '_' only, got '${item}'; RDS exports other names only as part of everything: `
      + 'leave out exportOnly, or name what contains it');
  }
}

/** Where a table of the export is, below its folder: for `db.table` or `db.schema.table`. */
export function folderOfTable(scope: IConstruct, table: string, exportOnly: readonly string[] | undefined, engine: string | undefined): string {
  if (Token.isUnresolved(table)) {
    fail(scope, 's3UriForTable needs the name of the table at synth, got a token; put the path together from s3Uri while the stack deploys');
  }
  const { forms, partsOfTable } = namingOf(engine);
  const parts = table.split('.');
  if (!partsOfTable.includes(parts.length) || parts.some((part) => part === '')) {
    const wanted = partsOfTable.map((count) => (count === 2 ? 'db.table' : forms[count])).join(' or ');
    fail(scope, `s3UriForTable takes ${wanted}${engine === undefined ? '' : ` for ${engine}`}, got '${table}'`);
  }
  if (table.includes('/')) {
    fail(scope, `s3UriForTable has no folder for '${table}', because RDS leaves out tables with a slash in their names; rename the table`);
  }
  if (isLeftOut(table, exportOnly)) {
    fail(scope, `s3UriForTable has no folder for '${table}', which exportOnly leaves out (${exportOnly!.join(', ')}); add it to exportOnly`);
  }
  return tableFolder(parts as unknown as TableName);
}

function isLeftOut(table: string, exportOnly: readonly string[] | undefined): boolean {
  if (exportOnly === undefined || Token.isUnresolved(exportOnly) || exportOnly.some((item) => Token.isUnresolved(item))) {
    return false;
  }
  return !exportOnly.some((item) => table === item || table.startsWith(`${item}.`));
}

function namingOf(engine: string | undefined): Naming {
  return (engine === undefined ? undefined : NAMING[engine]) ?? ANY_ENGINE;
}

function listed(forms: string[]): string {
  return `${forms.slice(0, -1).join(', ')} or ${forms[forms.length - 1]}`;
}
