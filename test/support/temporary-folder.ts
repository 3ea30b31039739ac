import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/**
 * Jest's global set-up. Every `new App()` leaves a cloud assembly in the temporary folder of the system; here it gets
 * a folder that goes when the run ends. Workers inherit the environment.
 */
export default function useOwnTemporaryFolder(): void {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-aurora-backup-tests-'));
  process.env.TMPDIR = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}
