import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** A folder for the time of one test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-aurora-backup-e2e-'));
  folders.push(folder);
  return folder;
}

export function removeTemporaryFolders(): void {
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true }));
}
