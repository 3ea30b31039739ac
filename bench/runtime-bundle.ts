import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

/**
 * How large the runtime bundle is and how long it takes to load, beside ways to build it that were not taken. The times
 * are of this machine: compare them with one another, not with those of another run.
 */
const ROOT = join(__dirname, '..');
const ENTRY = join(ROOT, 'src', 'runtime', 'index.ts');
const RUNS = 15;

interface Variant {
  readonly name: string;
  readonly file: string;
}

function build(folder: string, name: string, options: { minify?: boolean; mainFields?: string[] }): Variant {
  const outfile = join(folder, `${name.replace(/\W+/g, '-')}.js`);
  buildSync({ entryPoints: [ENTRY], outfile, bundle: true, platform: 'node', target: 'node22', format: 'cjs', ...options });
  return { name, file: outfile };
}

/** Milliseconds to load the file in a fresh process, the start of the process itself not counted. */
function loadTime(file: string): number {
  const script = `const t = process.hrtime.bigint(); require(${JSON.stringify(file)}); console.log(Number(process.hrtime.bigint() - t) / 1e6);`;
  const env = { ...process.env, AWS_REGION: 'eu-west-1', NODE_NO_WARNINGS: '1' };
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env }).trim().split('\n').pop());
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

export function runtimeBundle(): void {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-bundle-'));
  try {
    const variants: Variant[] = [
      { name: 'shipped', file: join(ROOT, 'assets', 'runtime', 'index', 'index.js') },
      build(folder, 'minified, ES modules first, all credential providers', { minify: true, mainFields: ['module', 'main'] }),
      build(folder, 'minified, default fields', { minify: true }),
      build(folder, 'naive', {}),
    ];
    // Taken in turns, so that a noisy moment of the machine does not fall on one variant alone.
    const times = new Map(variants.map(({ name }) => [name, [] as number[]]));
    for (let run = 0; run < RUNS; run++) {
      variants.forEach(({ name, file }) => times.get(name)!.push(loadTime(file)));
    }
    console.table(variants.map(({ name, file }) => {
      const code = readFileSync(file);
      return {
        'build': name,
        'kB': Math.round(code.length / 1000),
        'kB gzipped': Math.round(gzipSync(code).length / 1000),
        'load, ms (median)': Math.round(median(times.get(name)!)),
      };
    }));
    console.log(`${RUNS} loads each, Node ${process.version}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
