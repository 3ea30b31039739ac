/** Measurements, printed as tables: `npm run bench` for all, `npm run bench -- <name>` for one. */
const BENCHES = ['runtime-bundle'];

async function main(wanted: string[]): Promise<void> {
  const unknown = wanted.filter((name) => !BENCHES.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no measurement is called ${unknown.join(', ')}; there are: ${BENCHES.join(', ')}`);
  }
  for (const name of wanted.length > 0 ? wanted : BENCHES) {
    console.log(`\n${name}`);
    await import(`./${name}`);
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
