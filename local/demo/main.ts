/** Plays a chapter on a local AWS: `npm run demo [-- <chapter>] [-- --stay]`. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';
import { Chapter, say } from './stage';
import { stay } from './stay';
import { LocalAws } from '../local-aws';

const CHAPTERS = join(__dirname, 'chapters');
const DEFAULT_CHAPTER = 'backup';

/** Emulated seconds per second: half an hour of waiting for RDS passes while one watches. */
const SPEED = 60;

async function main(): Promise<void> {
  const { positionals: [name = DEFAULT_CHAPTER], values } = parseArgs({ allowPositionals: true, options: { stay: { type: 'boolean', default: false } } });
  const chapter = find(name);

  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
  }
  const folder = mkdtempSync(join(tmpdir(), 'cdk-aurora-backup-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const began = Date.now();
  say('', `cdk-aurora-backup, chapter ${name}: ${chapter.title}`, '', ...chapter.story, '');
  say('Starting the local AWS');
  const local = await LocalAws.start({ speed: SPEED });
  try {
    say(`It is up at ${local.endpoint}; one second here is one minute there.`, '');
    await chapter.play({ local, speed: SPEED, folder, signal: interrupted.signal });
    say('', `Done in ${Math.round((Date.now() - began) / 1000)} s.`);
    await stay(local, chapter, values.stay, interrupted.signal);
  } catch (error) {
    // Whatever broke after Ctrl-C, broke because of it.
    throw interrupted.signal.aborted ? interrupted.signal.reason : error;
  } finally {
    await local.stop();
  }
}

function find(name: string): Chapter {
  const names = readdirSync(CHAPTERS).map((file) => parse(file).name);
  if (!names.includes(name)) {
    throw new Error(`there is no chapter '${name}'. There are:\n${names.map((known) => `  npm run demo -- ${known.padEnd(12)}${load(known).title}`).join('\n')}`);
  }
  return load(name);
}

function load(name: string): Chapter {
  return createRequire(__filename)(join(CHAPTERS, name)).chapter;
}

main().catch((error) => {
  process.stderr.write(`\nThe demo failed: ${error.message}\n`);
  process.exitCode = 1;
});
