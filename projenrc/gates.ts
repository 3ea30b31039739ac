/**
 * Everything `npm test` asks for, in this order. Each gate is a task of its own (`npm run <task>`), so what fails can be run alone.
 * `suite` marks a jest run: its tests are counted one by one; any other gate counts as one.
 */
export interface Gate {
  readonly task: string;
  readonly promise: string;
  readonly suite?: string;
}

export const GATES: readonly Gate[] = [
  { task: 'bundle', promise: 'the runtime bundles into one file' },
  { task: 'compile', promise: 'jsii compiles the library' },
  { task: 'compat', promise: 'the public API breaks nobody who uses the last release' },
  { task: 'lint', promise: 'style, layer rules, deterministic synth' },
  { task: 'type-check', promise: 'runtime, tests, examples, local AWS and tools are typed' },
  { task: 'test:unit', promise: 'unit tests', suite: 'unit' },
  { task: 'test:gates', promise: 'public API, examples, cdk-nag, pinned ids', suite: 'gates' },
  { task: 'docs:examples', promise: 'code in README and docstrings compiles strictly' },
  { task: 'docs:api', promise: 'API.md is current' },
  { task: 'test:integ', promise: 'integration snapshots are verified' },
  { task: 'bindings', promise: 'Python, Java, .NET and Go bindings can be generated' },
  { task: 'test:local', promise: 'the local AWS behaves', suite: 'local' },
  { task: 'test:e2e', promise: 'every behaviour shown on the local AWS', suite: 'e2e' },
];

/** Where a jest run leaves its counts; ignored by git. */
export const REPORTS = 'test-reports';
