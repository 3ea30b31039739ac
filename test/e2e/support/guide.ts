import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import * as ts from 'typescript';
import { temporaryFolder } from './temporary-folders';
import { localSynthesizer } from '../../../local/cdk-cli';

const GUIDES = join(__dirname, '..', '..', '..', 'docs', 'guides');

/** The programs of a guide, word for word, by the name of the stack that each of them makes. */
export class Guide {
  private readonly programs: readonly string[];

  constructor(name: string) {
    this.programs = [...readFileSync(join(GUIDES, name), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code);
  }

  /** The names of the stacks, in the order of the guide. */
  get stacks(): string[] {
    return this.programs.map(stackIn);
  }

  /** Runs all programs as they are, and returns their cloud assemblies. */
  synthesizeAll(): string[] {
    return this.programs.map(run);
  }

  /**
   * Runs the program of a stack, or the `version`-th of those that make it, and returns its cloud assembly. `replaced`: what stands for
   * something of the reader's own, and what it is here.
   */
  synthesize(stack: string, version: number = 1, replaced: Readonly<Record<string, string>> = {}): string {
    const program = this.programs.filter((code) => stackIn(code) === stack)[version - 1];
    return run(Object.entries(replaced).reduce((code, [before, after]) => {
      if (!code.includes(before)) {
        throw new Error(`the guide's program of '${stack}' does not have '${before}'`);
      }
      return code.replace(before, after);
    }, program));
  }
}

function stackIn(code: string): string {
  return /new Stack\(new App\(\), '(\w+)'/.exec(code)?.[1] ?? '';
}

/** Everything is the reader's but the App, which has the synthesizer of the local AWS. */
function run(code: string): string {
  const apps: cdk.App[] = [];
  class LocalApp extends cdk.App {
    constructor(props: cdk.AppProps = {}) {
      super({ ...props, outdir: temporaryFolder(), defaultStackSynthesizer: localSynthesizer() });
      apps.push(this);
    }
  }
  const cdkLib = new Proxy(cdk, { get: (library, name) => (name === 'App' ? LocalApp : library[name as keyof typeof cdk]) });
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const load = (module: string) => (module === 'aws-cdk-lib' ? cdkLib : require(module)); // eslint-disable-line @typescript-eslint/no-require-imports
  new Function('require', 'exports', outputText)(load, {});
  return apps[0].synth().directory;
}
