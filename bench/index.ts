import { fleet } from './fleet';
import { planRun } from './plan-run';
import { retention } from './retention';
import { runtimeBundle } from './runtime-bundle';
import { synth } from './synth';

/** Measurements, printed as tables: `npm run bench` for all, `npm run bench -- <name>` for one. */
const BENCHES: Readonly<Record<string, () => void | Promise<void>>> = {
  'fleet': () => fleet(),
  'plan-run': planRun,
  'retention': retention,
  'runtime-bundle': runtimeBundle,
  'synth': synth,
};

async function main(wanted: string[]): Promise<void> {
  const unknown = wanted.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    throw new Error(`no measurement is called ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  }
  for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHES)) {
    console.log(`\n${name}`);
    await BENCHES[name]();
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
