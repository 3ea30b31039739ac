/** API.md is committed, so a change of the public API is seen in review: it must be what the sources say. */
import { execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

const folder = mkdtempSync(join(tmpdir(), 'api-docs-'));
try {
  const fresh = join(folder, 'API.md');
  execFileSync('npx', ['jsii-docgen', '-o', fresh], { stdio: 'inherit' });
  if (!existsSync('API.md') || readFileSync('API.md', 'utf8') !== readFileSync(fresh, 'utf8')) {
    console.error('API.md is not current: run `npm run docgen` and commit it.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
