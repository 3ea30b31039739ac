import { existsSync, readFileSync } from 'fs';
import { EXAMPLE_NAMES, loadExample, loadExampleAgain } from './support/examples';

describe.each(EXAMPLE_NAMES)('examples/%s', (name) => {
  test('synthesizes', () => {
    const { app, stacks } = loadExample(name);

    expect(stacks.length).toBeGreaterThan(0);
    expect(app.synth().stacks.map((stack) => stack.template)).not.toContainEqual({});
  });

  test('synthesizes the same template every time', () => {
    const templates = () => loadExampleAgain(name).app.synth().stacks.map((stack) => stack.template);

    expect(templates()).toEqual(templates());
  });

  test('has nothing to be warned of', () => {
    const messages = loadExample(name).app.synth().stacks.flatMap((stack) => stack.messages);

    expect(messages.map(({ id, entry }) => `${id}: ${entry.data}`)).toEqual([]);
  });

  test('leaves no outputs that nobody asked for', () => {
    for (const { template } of loadExample(name).app.synth().stacks) {
      // What one stack hands to another is an output too, named ExportsOutput… by the CDK.
      expect(Object.keys(template.Outputs ?? {}).filter((output) => !output.startsWith('ExportsOutput'))).toEqual([]);
    }
  });

  test('imports the package as users do, and nothing beside it', () => {
    const source = readFileSync(`examples/${name}/app.ts`, 'utf8');
    const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, module]) => module);

    expect(imported).toContain('cdk-aurora-backup');
    expect(imported.filter((module) => !/^(aws-cdk-lib|constructs|cdk-aurora-backup|\.\/)/.test(module))).toEqual([]);
  });

  test('can be run by the CDK CLI', () => {
    expect(existsSync(`examples/${name}/cdk.json`)).toBe(true);
  });
});
