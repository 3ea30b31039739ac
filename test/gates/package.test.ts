import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';

/** What `npm publish` would send; jsii-pacmak wraps the same files for the other languages. */
function packedFiles(): string[] {
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const packs: Array<{ files: Array<{ path: string }> }> = Object.values(JSON.parse(answer));
  return packs[0].files.map(({ path }) => path);
}

const SHIPPED = [/^lib\/.+\.(js|d\.ts)$/, /^assets\/runtime\/index\/index\.js$/, /^docs\/guides\/.+/, /^(\.jsii|API\.md|README\.md|LICENSE|package\.json)$/];

describe('the npm package', () => {
  const files = packedFiles();

  test('holds what users need', () => {
    expect(files).toEqual(
      expect.arrayContaining(['.jsii', 'API.md', 'LICENSE', 'README.md', 'package.json', 'lib/index.js', 'lib/index.d.ts', 'assets/runtime/index/index.js']),
    );
  });

  test('holds nothing else', () => {
    expect(files.filter((file) => !SHIPPED.some((shipped) => shipped.test(file)))).toEqual([]);
  });

  test('holds the runtime as a bundle only', () => {
    expect(files.filter((file) => file.startsWith('lib/runtime/'))).toEqual([]);
  });
});

test('package.json and .jsii agree', () => {
  const [manifest, assembly] = ['package.json', '.jsii'].map((file) => JSON.parse(readFileSync(file, 'utf8')));

  for (const field of ['name', 'version', 'license']) expect([field, assembly[field]]).toEqual([field, manifest[field]]);
});

test('users get no dependency beside the CDK itself', () => {
  const { dependencies, bundledDependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

  expect({ ...dependencies, ...bundledDependencies }).toEqual({});
  expect(Object.keys(peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
});
