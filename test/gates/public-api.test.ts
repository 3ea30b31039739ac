import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as ts from 'typescript';
import { Assembly, faultsOfAssembly } from './support/assembly-rules';
import { faultsOfSources } from './support/source-rules';

const TSCONFIG = ts.parseJsonConfigFileContent(ts.readConfigFile('tsconfig.json', ts.sys.readFile).config, ts.sys, '.').options;

describe('the public API', () => {
  test('has nothing that users of another language trip over', () => {
    if (!existsSync('.jsii')) throw new Error('there is no .jsii: run `npm run compile` first');
    expect(faultsOfAssembly(JSON.parse(readFileSync('.jsii', 'utf8')))).toEqual([]);
  });

  test('has nothing that jsii drops silently', () => {
    expect(faultsOfSources('src/index.ts', TSCONFIG)).toEqual([]);
  });
});

describe('the rules bite', () => {
  const docs = { summary: 'Good.' };
  const text = { primitive: 'string' };

  function faultsOf(type: object, assembly: Partial<Assembly> = {}) {
    const complete = { kind: 'class', name: 'Thing', fqn: 'lib.Thing', docs, ...type };
    return faultsOfAssembly({ name: 'lib', types: { 'lib.Thing': complete as NonNullable<Assembly['types']>[string] }, ...assembly });
  }
  const struct = (property: object) => ({ kind: 'interface', datatype: true, name: 'ThingProps', properties: [{ name: 'x', type: text, immutable: true, docs, ...property }] });
  const method = (more: object) => ({ methods: [{ name: 'act', docs, ...more }] });

  test.each<[fault: string, type: object]>([
    ['Thing has no docstring', { docs: undefined }],
    ['Thing.act has no docstring', method({ docs: undefined })],
    ['Thing.ONE has no docstring', { kind: 'enum', members: [{ name: 'ONE' }] }],
    ['ThingProps.x is optional without a telling @default', struct({ optional: true })],
    ['ThingProps.x is optional without a telling @default', struct({ optional: true, docs: { ...docs, default: 'undefined' } })],
    ['ThingProps.x is a union', struct({ type: { union: { types: [text, text] } } })],
    ['ThingProps.x is any', struct({ type: { collection: { elementtype: { primitive: 'any' } } } })],
    ['Thing.act(x) is json', method({ parameters: [{ name: 'x', type: { primitive: 'json' } }] })],
    ['ThingProps.x is not readonly', struct({ immutable: false })],
    ['Things is a struct: its name should end in (Props|Options|Rule|Attributes|Source)$', { ...struct({}), name: 'Things' }],
    ['IThingProps is called like a struct, but its I makes it an interface to implement', { kind: 'interface', name: 'IThingProps' }],
    ['Thing.wait() collides with a name of Java or .NET', method({ name: 'wait', static: true })],
    ['Thing.getName() collides with a name of Java or .NET', method({ name: 'getName' })],
    ['Thing.act() returns its own type: no fluent style in CDK', method({ returns: { type: { fqn: 'lib.Thing' } } })],
    ['Thing.grantUse() must return aws-cdk-lib.aws_iam.Grant', method({ name: 'grantUse' })],
    ['Thing is a construct without @propertyInjectable', { initializer: { parameters: [{ name: 'scope', type: text }, { name: 'id', type: text }] } }],
  ])('%s', (fault, type) => {
    expect(faultsOf(type)).toEqual([fault]);
  });

  test('a right API has no faults', () => {
    expect(faultsOf(struct({ optional: true, docs: { ...docs, default: '- none' } }))).toEqual([]);
  });

  test('types of the SDK are refused', () => {
    expect(faultsOf({}, { dependencies: { 'constructs': '^10', '@aws-sdk/client-rds': '^3' } })).toEqual(['the public API depends on @aws-sdk/client-rds']);
  });

  test.each<[fault: string, source: string]>([
    ['help is exported but no class, interface or enum: other languages would not see it', 'export function help() {}'],
    ['LIMIT is exported but no class, interface or enum: other languages would not see it', 'export const LIMIT = 5;'],
    ['Either is exported but no class, interface or enum: other languages would not see it', "export type Either = 'a' | 'b';"],
    ["Thing.mode has the union 'a' | 'b'", "export interface Thing { readonly mode?: 'a' | 'b'; }"],
    ['Thing.at has the union string | Date', 'export class Thing { static at(time: string | Date) { return time; } }'],
    ['Thing.act() is overloaded: other languages see one signature only', 'export class Thing { act(x: string): void; act(): void; act(_x?: string) {} }'],
  ])('%s', (fault, source) => {
    expect([...new Set(faultsOfFile(source))]).toEqual([fault]);
  });

  test('unions inside are nobody\'s business', () => {
    const source = `export class Thing {
      b?: string;
      c: string | undefined;
      /** @internal */
      _d: 1 | 2 = 1;
      private a: 1 | 2 = 1;
      e() { const f: 1 | 2 = this.a; return f; }
    }`;
    expect(faultsOfFile(source)).toEqual([]);
  });

  function faultsOfFile(source: string) {
    const folder = mkdtempSync(join(tmpdir(), 'public-api-'));
    try {
      writeFileSync(join(folder, 'index.ts'), source);
      return faultsOfSources(join(folder, 'index.ts'), { ...TSCONFIG, types: [], rootDir: folder });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
