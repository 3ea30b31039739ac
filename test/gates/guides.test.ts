import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const GUIDES = join(ROOT, 'docs', 'guides');

interface Example {
  /** Where a user finds it. */
  readonly place: string;
  readonly code: string;
}

/** The code blocks of the guides: whole programs, which users copy. README and docstrings are compiled by jsii-rosetta. */
const EXAMPLES: readonly Example[] = readdirSync(GUIDES).flatMap((guide) => [...readFileSync(join(GUIDES, guide), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)]
  .map(([, code], index) => ({ place: `${guide}, example ${index + 1}`, code })));

/** What the compiler says about each example, the library being the one of this repository. */
function compile(examples: readonly Example[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'test', 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'test'));
  const sources = new Map(examples.map(({ code }, index) => [join(GUIDES, `example-${index}.ts`), code]));

  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const source = sources.get(file);
    return source === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, source, version);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map([...sources.keys()].map((file, index) => [
    examples[index].place,
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  ]));
}

const WRONG: Example = { place: 'a wrong example', code: 'import { ClusterSnapshot } from "cdk-aurora-backup"; new ClusterSnapshot(1);' };
const said = compile([...EXAMPLES, WRONG]);

test('the guides have examples', () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(5);
});

test.each(EXAMPLES)('$place compiles', ({ place }) => {
  expect(said.get(place)).toEqual([]);
});

test('an example that does not compile would be found', () => {
  expect(said.get(WRONG.place)).toEqual([expect.stringContaining('Expected 3 arguments')]);
});
