import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { posix } from 'path';

/** What `npm publish` would send; jsii-pacmak wraps the same files for the other languages. */
function packedFiles(): string[] {
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const packs: Array<{ files: Array<{ path: string }> }> = Object.values(JSON.parse(answer));
  return packs[0].files.map(({ path }) => path);
}

const SHIPPED = [/^lib\/.+\.(js|d\.ts)$/, /^assets\/runtime\/index\/index\.js$/, /^docs\/((adr|guides)\/)?[\w-]+\.md$/, /^examples\/(README\.md|.+\.ts|.+\/cdk\.json)$/,
  /^(\.jsii|API\.md|README\.md|LICENSE|package\.json)$/];

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

/** What a heading of a Markdown file is linked by, as GitHub and npm make it; API.md names its own. */
function anchorsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```.*?^```/gms, '');
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-'));
  return [...headings, ...[...text.matchAll(/ (?:name|id)="([^"]+)"/g)].map(([, name]) => name)];
}

/** `<file>: <link>` for every link in a text that leads to nothing in the package. */
function deadLinks(file: string, text: string, files: readonly string[]): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^[a-z]+:/.test(link)).filter((link) => {
    const [path, anchor] = link.split('#');
    const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path));
    const isThere = files.some((packed) => packed === target || packed.startsWith(`${target.replace(/\/$/, '')}/`));
    return !isThere || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  }).map((link) => `${file}: ${link}`);
}

describe('links in what is packed', () => {
  const files = packedFiles();
  const documents = files.filter((file) => file.endsWith('.md'));

  test('lead to what is packed, too', () => {
    expect(documents.flatMap((file) => deadLinks(file, readFileSync(file, 'utf8'), files))).toEqual([]);
  });

  test('that lead nowhere would be found', () => {
    expect(deadLinks('docs/bench.md', '[a](../local/README.md) [b](#nothing) [c](../README.md) [d](https://example.com)', files))
      .toEqual(['docs/bench.md: ../local/README.md', 'docs/bench.md: #nothing']);
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
