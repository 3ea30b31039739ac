import { readdirSync } from 'fs';
import { join } from 'path';
import { LegacyESLint } from 'eslint/use-at-your-own-risk';
import { LAYERS } from '../../projenrc/layers';

const LAYER_RULES = /^import\/no-(restricted-paths|nodejs-modules)$|^no-restricted-/;

/** Lints a source that is not on disk with the project's own rules (some of them: others need types, which such a source has none of). */
async function lint(file: string, source: string, rules = LAYER_RULES): Promise<string[]> {
  const path = join(process.cwd(), file);
  const eslint = new LegacyESLint();
  const config = await eslint.calculateConfigForFile(path);
  const bare = new LegacyESLint({
    useEslintrc: false,
    overrideConfig: {
      ...config,
      parserOptions: { ...config.parserOptions, project: null },
      rules: Object.fromEntries(Object.entries(config.rules!).filter(([rule]) => rules.test(rule))),
    },
  });
  const [{ messages }] = await bare.lintText(source, { filePath: path });
  return messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

const WRONG_IMPORTS: Array<[file: string, module: string]> = [
  ['src/core/wrong.ts', 'aws-cdk-lib'],
  ['src/core/wrong.ts', 'constructs'],
  ['src/core/wrong.ts', '@aws-sdk/client-rds'],
  ['src/core/wrong.ts', '../runtime'],
  ['src/core/wrong.ts', '..'],
  ['src/core/wrong.ts', 'fs'],
  ['src/runtime/wrong.ts', 'aws-cdk-lib'],
  ['src/runtime/wrong.ts', 'constructs'],
  ['src/runtime/wrong.ts', '../index'],
  ['src/runtime/rds/wrong.ts', '../operations/operation'],
  ['src/runtime/aws/wrong.ts', '../rds/gateway'],
  ['src/runtime/operations/wrong.ts', '../doors/deploy/events'],
  ['src/runtime/operations/wrong.ts', '../work/work-loop'],
  ['src/runtime/work/wrong.ts', '../doors/plan/steps'],
  ['src/runtime/doors/plan/wrong.ts', '../restore/guard'],
  ['src/common/wrong.ts', '@aws-sdk/client-rds'],
  ['src/common/wrong.ts', '../runtime'],
  ['src/private/wrong.ts', '@aws-sdk/client-rds'],
  ['src/private/wrong.ts', '../runtime'],
  ['src/private/wrong.ts', '../index'],
  ['src/snapshot/wrong.ts', '@aws-sdk/client-rds'],
  ['src/copy/wrong.ts', '../runtime'],
  ['src/copy/wrong.ts', '../index'],
  ['src/plan/wrong.ts', 'fs'],
  ['src/vault/wrong.ts', '../../test/gates/layers.test'],
  ['src/index.ts', './runtime'],
];

test.each(WRONG_IMPORTS)('%s may not import %s', async (file, module) => {
  const messages = await lint(file, `import * as wrong from '${module}';\nexport const used = wrong;\n`);

  expect(messages).toEqual([expect.stringMatching(/^import\/no-(restricted-paths|nodejs-modules): /)]);
});

const RIGHT_IMPORTS: Array<[file: string, module: string]> = [
  ['src/core/right.ts', 'crypto'],
  ['src/runtime/right.ts', '@aws-sdk/client-rds'],
  ['src/runtime/right.ts', 'https'],
  ['src/runtime/operations/right.ts', '../rds/gateway'],
  ['src/runtime/doors/plan/right.ts', '../../rds/gateway'],
  ['src/runtime/doors/plan/right.ts', '../../../core/snapshot'],
  ['src/common/right.ts', 'aws-cdk-lib'],
  ['src/private/right.ts', 'aws-cdk-lib/aws-lambda'],
  ['src/private/right.ts', 'path'],
  ['src/snapshot/right.ts', 'constructs'],
];

test.each(RIGHT_IMPORTS)('%s may import %s', async (file, module) => {
  expect(await lint(file, `import * as right from '${module}';\nexport const used = right;\n`)).toEqual([]);
});

test('every folder of src has its place in the table', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

  expect(LAYERS.map(({ folder }) => folder)).toEqual(expect.arrayContaining(folders));
});

test('every door keeps away from the others', async () => {
  const doors = readdirSync('src/runtime/doors').filter((name) => name !== 'custom-resource');
  for (const door of doors) {
    const other = doors.find((one) => one !== door)!;
    const [file] = readdirSync(`src/runtime/doors/${other}`);
    const source = `import * as wrong from '../${other}/${file.replace('.ts', '')}';\nexport const used = wrong;\n`;
    expect(await lint(`src/runtime/doors/${door}/wrong.ts`, source)).toEqual([expect.stringContaining('a door knows its own caller only')]);
  }
});

test.each([
  ['a clock', 'export const at = Date.now();'],
  ['a clock', 'export const at = new Date();'],
  ['chance', 'export const name = Math.random();'],
  ['the environment', 'export const name = process.env.NAME;'],
])('synth may not depend on %s (%s)', async (_, source) => {
  for (const folder of ['core', 'common', 'private', 'snapshot']) {
    expect(await lint(`src/${folder}/wrong.ts`, source)).toEqual([expect.stringContaining('synth must be deterministic')]);
  }
  expect(await lint('src/runtime/right.ts', source)).toEqual([]);
});

test.each([
  ['by name', "import { CfnOutput } from 'aws-cdk-lib';\nnew CfnOutput(scope, 'Id', { value: '' });"],
  ['by namespace', "import * as cdk from 'aws-cdk-lib';\nnew cdk.CfnOutput(scope, 'Id', { value: '' });"],
])('constructs create no outputs, %s', async (_, source) => {
  expect(await lint('src/snapshot/wrong.ts', source)).toEqual([expect.stringContaining('creates no outputs')]);
});

test('nothing waits in a Lambda', async () => {
  expect(await lint('src/runtime/wrong.ts', 'setTimeout(() => undefined, 1000);')).toEqual([expect.stringContaining('nothing waits')]);
});

test('a circle of imports is refused', async () => {
  // projenrc/lint.ts imports projenrc/layers.ts: pretend that the latter imported back.
  const messages = await lint('projenrc/layers.ts', "import { configureLint } from './lint';\nexport const LAYERS = [configureLint];\n", /^import\/no-cycle$/);

  expect(messages).toEqual([expect.stringMatching(/^import\/no-cycle: /)]);
});
