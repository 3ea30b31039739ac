/** Where RDS writes: `s3://<bucket>/<prefix>/<export task>`. */
export function exportUri(bucket: string, prefix: string | undefined, exportTaskIdentifier: string): string {
  return `s3://${[bucket, prefix, exportTaskIdentifier].filter((part) => part).join('/')}`;
}

/** The name of a table in parts: database and table, or database, schema and table. */
export type TableName = readonly [database: string, table: string] | readonly [database: string, schema: string, table: string];

/**
 * Where the files of a table are, below the folder of the export: `<database>/<schema>.<table>/`. What lies below differs between
 * exports, so a reader is given this folder.
 *
 * Aurora MySQL has no schemas, and its database stands in for one: the user guide's example is
 * `rdststdb/rdststdb.DataInsert_7ADB5D19965123A2/` ("File naming convention" of aurora-export-snapshot.Considerations), and readers of
 * such exports rely on it (pingcap/tidb#70585 strips exactly the name of the database and a dot).
 */
export function tableFolder(name: TableName): string {
  const [database, schema, table] = name.length === 2 ? [name[0], ...name] : name;
  return `${inPath(database)}/${inPath(`${schema}.${table}`)}/`;
}

/** What RDS turns into an underscore on the way into a path. */
export const TURNED_INTO_UNDERSCORE = /[\\`" ]/g;

function inPath(name: string): string {
  return name.replace(TURNED_INTO_UNDERSCORE, '_');
}
