/**
 * The construct tests against another aws-cdk-lib, in a temporary copy, so that the working tree keeps its own.
 *
 *   newest  what users get today; CDK's own template validation counts as errors
 *   oldest  the floor of our peer dependency: nothing newer may be used by accident
 */
import { execFileSync } from 'child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { CDK_FLOOR, CONSTRUCTS_FLOOR } from '../projenrc/versions';

interface Lane {
  readonly packages: string[];
  /** Feature flags of every App in the tests. */
  readonly context: Record<string, boolean>;
}

const LANES: Record<string, Lane> = {
  newest: { packages: ['aws-cdk-lib@^2', 'constructs@^10'], context: { '@aws-cdk/core:validateAgainstDefaultRules': true } },
  oldest: { packages: [`aws-cdk-lib@${CDK_FLOOR}`, `constructs@${CONSTRUCTS_FLOOR}`], context: {} },
};

/** Synth happens in the tests of constructs and in those of the examples; the rest knows no CDK, or needs tools with a floor of their own. */
const CONSTRUCT_TESTS = 'test/(?!(core|runtime|gates|local|e2e)/)|test/gates/examples';

const [laneName, ...jestArguments] = process.argv.slice(2);
const lane = LANES[laneName];
if (!lane) throw new Error(`no lane ${laneName}; there are: ${Object.keys(LANES).join(', ')}`);

const copy = mkdtempSync(join(tmpdir(), `${laneName}-cdk-`));
const run = (command: string, args: string[]) =>
  execFileSync(command, args, { cwd: copy, stdio: 'inherit', env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(lane.context) } });
try {
  const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'], { encoding: 'utf8' });
  for (const file of sources.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(file, join(copy, file), { errorOnExist: false });
  }
  // Tools in node_modules ask for other versions of their own; they are not under test here.
  run('npm', ['install', '--no-save', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error', ...lane.packages]);
  for (const name of ['aws-cdk-lib', 'constructs']) {
    console.log(`${name} ${JSON.parse(readFileSync(join(copy, 'node_modules', name, 'package.json'), 'utf8')).version}`);
  }
  run('npx', ['projen', 'bundle']);
  run('npx', ['tsc', '--project', 'tsconfig.json', '--noEmit']);
  run('npx', ['jest', '--ci', '--selectProjects', 'unit', 'gates', '--testPathPatterns', CONSTRUCT_TESTS, ...jestArguments]);
} catch (error) {
  console.error((error as Error).message); // what failed has said why
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true });
}
