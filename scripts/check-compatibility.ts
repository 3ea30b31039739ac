/** The public API against the last release. Before the first one there is nothing to break, and no registry is asked. */
import { execFileSync, spawnSync } from 'child_process';
import { name } from '../package.json';

const releases = execFileSync('git', ['tag', '--list', 'v[0-9]*'], { encoding: 'utf8' }).trim();
if (!releases) {
  console.log('no release yet: nothing to be compatible with');
} else {
  // What is broken on purpose stands in .compatignore, with its reason.
  const { status } = spawnSync('npx', ['jsii-diff', `npm:${name}`, '--keys', '--ignore-file', '.compatignore'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
