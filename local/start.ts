import { LocalAws } from './local-aws';

/** Starts the local AWS for people and stays in the foreground: `ts-node local/start.ts [port] [speed]`. */
async function main() {
  const [port = '4566', speed = '1'] = process.argv.slice(2);
  const local = await LocalAws.start({ port: Number(port), speed: Number(speed), logFile: '.local-aws/emulator.log' });
  const variables = Object.entries(local.environment('eu-west-1')).map(([name, value]) => `export ${name}=${value}`);
  process.stdout.write([
    `The local AWS is up at ${local.endpoint}, ${speed} emulated seconds per second, until Ctrl-C. In another terminal:`, '',
    ...variables, '',
    'aws rds describe-db-cluster-snapshots', `curl ${local.endpoint}/_local/status`, '',
  ].join('\n'));
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
