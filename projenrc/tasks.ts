import { cdk } from 'projen';
import { GATES, REPORTS } from './gates';

const TS_NODE = 'ts-node --transpileOnly --project test/tsconfig.json';

/** Integration snapshots are compared without AWS; types are checked elsewhere, so stripping them is enough here. */
const INTEG_ENV = { TS_NODE_TRANSPILE_ONLY: 'true', TS_NODE_PROJECT: 'test/tsconfig.json' };
const INTEG = 'integ-runner --language typescript --directory test';

export function configureTasks(project: cdk.JsiiProject) {
  project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20'); // it works, and README recommends 22
  project.tasks.addEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true'); // the same, eight lines for every test file

  // `npm test` is everything, and the release build adds nothing but packages.
  project.testTask.reset();
  project.testTask.exec(`${TS_NODE} scripts/run-gates.ts`, { receiveArgs: true });
  project.testTask.description = 'Run every gate; `npm test -- lint test:unit` runs the named ones';
  // projen locks the phases of `build`, and its compile phases would run twice.
  project.tryFindObjectFile('.projen/tasks.json')!.addOverride('tasks.build.steps', [{ spawn: 'default' }, { spawn: 'test' }, { spawn: 'package' }]);

  // jsii wants the peer floor as the version to develop with; the lane of the oldest CDK proves the floor instead.
  project.compileTask.reset('jsii --silence-warnings=reserved-word --silence-warnings=metadata/missing-dev-dependency');
  const compat = project.tasks.tryFind('compat')!;
  compat.reset(`${TS_NODE} scripts/check-compatibility.ts`);

  for (const { task, promise, suite } of GATES.filter((gate) => gate.suite)) {
    project.addTask(task, {
      description: capitalized(promise),
      receiveArgs: true,
      exec: `jest --ci --selectProjects ${suite} --json --outputFile ${REPORTS}/${suite}.json ${JEST_ARGUMENTS[suite!] ?? ''}`.trim(),
    });
  }
  // projen made these for a single suite.
  project.tasks.removeTask('test:watch');
  project.tasks.removeTask('test:update');
  project.addTask('test:watch', { description: 'Unit tests again at every change', exec: 'jest --watch --selectProjects unit', receiveArgs: true });

  project.addTask('type-check', {
    description: 'Type-check what jsii does not compile',
    exec: 'tsc --project test/tsconfig.json --noEmit',
  });
  project.addTask('docs:examples', {
    description: 'Compile the examples of README and docstrings',
    exec: 'jsii-rosetta extract --strict',
  });
  project.addTask('docs:api', {
    description: 'Fail when API.md is not what `npm run docgen` makes of the sources',
    exec: `${TS_NODE} scripts/check-api-docs.ts`,
  });
  project.addTask('bindings', {
    description: 'Generate the bindings of all languages without building them',
    exec: 'jsii-pacmak --code-only --outdir .bindings --targets python java dotnet go',
  });

  project.addTask('test:integ', { description: 'Verify the committed integration snapshots', env: INTEG_ENV, exec: INTEG, receiveArgs: true });
  project.addTask('test:integ:update', {
    description: 'Write the integration snapshots again, without AWS',
    env: INTEG_ENV,
    exec: `${INTEG} --dry-run --update-on-failed`,
    receiveArgs: true,
  });
  project.addTask('pins:update', {
    description: 'Accept new logical ids and asset hashes: users see their resources replaced or updated',
    env: { UPDATE_PINS: 'true' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest --selectProjects gates --testPathPatterns pins' }],
  });

  project.addTask('accept', {
    description: 'Write again all that gates compare with: pins, integration snapshots, API.md. The diff says what it does to users',
    steps: ['compile', 'docgen', 'pins:update', 'test:integ:update'].map((task) => ({ spawn: task })),
  });

  for (const [lane, purpose] of Object.entries(CDK_LANES)) {
    project.addTask(`test:${lane}-cdk`, { description: purpose, exec: `${TS_NODE} scripts/cdk-lane.ts ${lane}`, receiveArgs: true });
  }
  project.addTask('demo', {
    description: 'The main job on a local AWS; `npm run demo -- <chapter>` for another',
    // The demo has to work right after `npm ci`, when nothing is built yet.
    steps: [{ spawn: 'bundle' }, { exec: `${TS_NODE} local/demo/main.ts`, receiveArgs: true }],
  });
  project.addTask('test:year', {
    description: 'A year of nightly runs in tiers on the local AWS: what remains is what the policy says. `npm test` plays sixty nights',
    env: { PLAYED_NIGHTS: '365' },
    steps: [{ spawn: 'bundle' }, { exec: 'jest --selectProjects e2e --testPathPatterns plan-year --testTimeout 1200000' }],
  });
  project.addTask('local', { description: 'A local AWS to look around in, until Ctrl-C', exec: `${TS_NODE} local/start.ts`, receiveArgs: true });
  project.addTask('bench', { description: 'Measurements, printed as tables', exec: `${TS_NODE} bench/index.ts`, receiveArgs: true });
}

/** Every test file has a local AWS of its own; two at a time is what a machine with two cores takes. */
const JEST_ARGUMENTS: Record<string, string> = {
  local: '--maxWorkers=2 --testTimeout 120000',
  e2e: '--maxWorkers=2 --testTimeout 300000',
  gates: '--testTimeout 120000',
};

const CDK_LANES = {
  newest: 'Construct tests against the newest aws-cdk-lib, its template validation as errors',
  oldest: 'Construct tests against the oldest aws-cdk-lib that users may have',
};

function capitalized(text: string) {
  return text[0].toUpperCase() + text.slice(1);
}
