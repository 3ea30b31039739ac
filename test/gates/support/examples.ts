/** The examples as users run them: each folder of examples/ has an app.ts that exports its `app`, or folders that have one each. */
import { existsSync, readdirSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';

const EXAMPLES = join(process.cwd(), 'examples');

export interface Example {
  readonly name: string;
  readonly app: App;
  readonly stacks: Stack[];
}

export const EXAMPLE_NAMES: string[] = foldersIn(EXAMPLES).flatMap((name) => (
  existsSync(join(EXAMPLES, name, 'app.ts')) ? [name] : foldersIn(join(EXAMPLES, name)).map((side) => `${name}/${side}`)
));

function foldersIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort() : [];
}

/** The app as its file makes it, once for all tests of a file. */
export function loadExample(name: string): Example {
  const { app }: { app?: App } = require(join(EXAMPLES, name, 'app')); // eslint-disable-line @typescript-eslint/no-require-imports
  if (!app) throw new Error(`examples/${name}/app.ts must export its app`);
  return { name, app, stacks: app.node.findAll().filter((construct): construct is Stack => Stack.isStack(construct)) };
}

/** The app made anew, with modules of its own: what it synthesizes must not depend on what ran before. */
export function loadExampleAgain(name: string): Example {
  let example: Example | undefined;
  jest.isolateModules(() => (example = loadExample(name)));
  return example!;
}
