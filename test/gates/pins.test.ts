import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { FileSystem } from 'aws-cdk-lib';
import { EXAMPLE_NAMES, loadExample } from './support/examples';

const PINS = join(__dirname, 'pins.json');
const RUNTIME = 'assets/runtime/index';

/** Logical id (and name, where one is set) → resource type. */
type Pinned = Record<string, string>;

interface Pins {
  /** Content of the one Lambda bundle: another value updates every function of every user. */
  readonly runtimeAsset: string;
  /** `<example>/<stack>` → what CloudFormation knows it by. */
  readonly stacks: Record<string, Pinned>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

/** Properties that are a resource's name: another one replaces the resource. */
const NAMES = ['Name', 'RoleName', 'PolicyName', 'FunctionName', 'LogGroupName', 'StateMachineName', 'TopicName', 'BucketName'];

const HOW_TO_ACCEPT = 'If that is meant, say so in the release notes, run `npm run pins:update` and commit test/gates/pins.json.';

function pinsOfResources(resources: Record<string, Resource>): Pinned {
  const pins = Object.entries(resources)
    .filter(([, { Type }]) => !Type.startsWith('AWS::EC2::')) // the network is the example's own
    .map(([id, { Type, Properties = {} }]) => {
      const names = NAMES.filter((name) => typeof Properties[name] === 'string').map((name) => ` ${name}=${Properties[name]}`);
      return [id, `${Type}${names.join('')}`] as const;
    });
  return Object.fromEntries(pins.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function actualPins(): Pins {
  const stacks = EXAMPLE_NAMES.flatMap((name) =>
    loadExample(name).app.synth().stacks.map((stack) => [`${name}/${stack.stackName}`, pinsOfResources(stack.template.Resources)]),
  );
  return { runtimeAsset: FileSystem.fingerprint(RUNTIME), stacks: Object.fromEntries(stacks) };
}

/** In words, because the reader has to decide what it means for users. */
function changes(pinned: Pins, actual: Pins): string[] {
  const ofStacks = [...new Set([...Object.keys(pinned.stacks), ...Object.keys(actual.stacks)])].flatMap((stack) => {
    const before = pinned.stacks[stack] ?? {};
    const now = actual.stacks[stack] ?? {};
    return [
      ...Object.keys(before).filter((id) => !(id in now)).map((id) => `${stack}: ${id} is gone; users' ${before[id]} will be deleted`),
      ...Object.keys(now).filter((id) => !(id in before)).map((id) => `${stack}: ${id} (${now[id]}) is new`),
      ...Object.keys(now).filter((id) => id in before && before[id] !== now[id]).map((id) => `${stack}: ${id} was ${before[id]}, is ${now[id]}; users' will be replaced`),
    ];
  });
  const ofRuntime = pinned.runtimeAsset === actual.runtimeAsset ? [] : ['the runtime bundle has changed; every function of every user will be updated'];
  return [...ofStacks, ...ofRuntime];
}

test('logical ids, names and the asset hash stay what they were', () => {
  const actual = actualPins();
  if (process.env.UPDATE_PINS) writeFileSync(PINS, `${JSON.stringify(actual, null, 2)}\n`);
  const pinned: Pins = existsSync(PINS) ? JSON.parse(readFileSync(PINS, 'utf8')) : { runtimeAsset: '', stacks: {} };

  const found = changes(pinned, actual);
  if (found.length > 0) throw new Error([...found, '', HOW_TO_ACCEPT].join('\n'));
});

test('the runtime bundle knows nothing of the machine it was made on', () => {
  const bundle = readFileSync(join(RUNTIME, 'index.js'), 'utf8');

  expect(bundle).not.toContain(process.cwd());
  expect(bundle).not.toContain('node_modules/');
});

describe('changes are told in the words of those who bear them', () => {
  const pins = (resources: Record<string, Resource>): Pins => ({ runtimeAsset: 'a', stacks: { 'example/Stack': pinsOfResources(resources) } });
  const before = pins({ Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'one' } } });

  test.each<[change: string, actual: Pins]>([
    ["example/Stack: Role is gone; users' AWS::IAM::Role RoleName=one will be deleted", pins({})],
    ["example/Stack: Role was AWS::IAM::Role RoleName=one, is AWS::IAM::Role RoleName=two; users' will be replaced", pins({ Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'two' } } })],
    ['the runtime bundle has changed; every function of every user will be updated', { ...before, runtimeAsset: 'b' }],
  ])('%s', (change, actual) => {
    expect(changes(before, actual)).toEqual([change]);
  });
});
