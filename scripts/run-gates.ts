/**
 * Runs the gates of projenrc/gates.ts one after the other, goes on after a failure so that one run shows all of them,
 * and ends with `N passed, N failed`: every test of the jest suites, and one for each other gate.
 */
import { spawnSync } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Gate, GATES, REPORTS } from '../projenrc/gates';

interface Outcome {
  readonly gate: Gate;
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  /** Tests that failed at first and passed at their second try (test/e2e/support/second-try.ts). */
  readonly passedLater: readonly string[];
  readonly seconds: number;
}

interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Test files that broke before their first test. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
}

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly invocations?: number;
}

function run(gate: Gate): Outcome {
  console.log(`\n── ${gate.task}: ${gate.promise}`);
  const report = gate.suite && join(REPORTS, `${gate.suite}.json`);
  if (report) rmSync(report, { force: true }); // an old one must not speak for this run

  const start = process.hrtime.bigint();
  const { status } = spawnSync('npx', ['projen', gate.task], { stdio: 'inherit' });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;

  const counts = report ? jestCounts(report, status === 0) : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, passedLater: [] };
  return { gate, ok: status === 0 && counts.failed === 0, seconds, ...counts };
}

function jestCounts(report: string, exitedWell: boolean) {
  if (!existsSync(report)) return { passed: 0, failed: exitedWell ? 0 : 1, passedLater: [] }; // no tests yet, or jest itself broke
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }: JestReport = JSON.parse(readFileSync(report, 'utf8'));
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  const passedLater = testResults.flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status, invocations = 1 }) => status === 'passed' && invocations > 1)
    .map(({ fullName }) => fullName);
  return { passed: numPassedTests, failed: failed || (exitedWell ? 0 : 1), passedLater };
}

function chosen(names: string[]): readonly Gate[] {
  const unknown = names.filter((name) => !GATES.some(({ task }) => task === name));
  if (unknown.length > 0) throw new Error(`no such gate: ${unknown.join(', ')}; there are: ${GATES.map(({ task }) => task).join(', ')}`);
  return names.length > 0 ? GATES.filter(({ task }) => names.includes(task)) : GATES;
}

mkdirSync(REPORTS, { recursive: true });
const outcomes = chosen(process.argv.slice(2)).map(run);
const total = (key: 'passed' | 'failed' | 'seconds') => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
const verdict = `${total('passed')} passed, ${total('failed')} failed`;

console.log('');
for (const { gate, ok, seconds, passed, failed } of outcomes) {
  console.log(`${ok ? '✔' : '✘'} ${gate.task.padEnd(14)} ${seconds.toFixed(0).padStart(4)} s  ${gate.suite ? `${passed} passed, ${failed} failed` : ''}`.trimEnd());
}
for (const name of outcomes.flatMap(({ passedLater }) => passedLater)) console.log(`  passed at the second try: ${name}`);
console.log(`  ${'all'.padEnd(14)} ${total('seconds').toFixed(0).padStart(4)} s`);
console.log(verdict);
writeFileSync(join(REPORTS, 'verdict.txt'), `${verdict}\n`);
process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);
