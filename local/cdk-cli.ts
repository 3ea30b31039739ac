import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliCredentialsStackSynthesizer, IReusableStackSynthesizer } from 'aws-cdk-lib';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { LocalAws } from './local-aws';

/** Where assets are published: one bucket per account and Region, made by `CdkCli`. */
const BUCKET = 'local-assets-${AWS::AccountId}-${AWS::Region}';

/** So that the CLI has credentials of every account that an app has stacks in. */
const CREDENTIALS = join(__dirname, 'cdk-credentials.cjs');

/** The synthesizer for apps that are deployed to the local AWS: no bootstrap stack, the CLI's own credentials. */
export function localSynthesizer(): IReusableStackSynthesizer {
  return new CliCredentialsStackSynthesizer({ fileAssetsBucketName: BUCKET });
}

export interface CdkCliOptions {
  /** @default 'eu-west-1' */
  readonly region?: string;
  /** Other Regions that the app has stacks in. @default - of a synthesized app those of its stacks */
  readonly otherRegions?: string[];
  /** @default '111111111111' */
  readonly account?: string;
  /** Ends the CLI. @default - it ends by itself */
  readonly signal?: AbortSignal;
  /** Called with every line the CLI prints, as it comes. @default - nobody */
  readonly onLine?: (line: string) => void;
}

export interface CdkResult {
  readonly exitCode: number;
  /** Both streams, in the order they came. */
  readonly output: string;
  /** The stack outputs after a deploy: stack name → output key → value. */
  readonly outputs: Record<string, Record<string, string>>;
}

/** Runs the unmodified CDK CLI against the local AWS: every stack in its own account and Region, as many as the app has. */
export class CdkCli {
  constructor(private readonly local: LocalAws, private readonly options: CdkCliOptions = {}) {}

  /** `app`: a command (`node app.js`) or a folder with a synthesized cloud assembly. Fails by its exit code, never by throwing. */
  async deploy(app: string, stacks: string | string[] = '--all', args: string[] = []): Promise<CdkResult> {
    const folder = mkdtempSync(join(tmpdir(), 'cdk-outputs-'));
    try {
      const file = join(folder, 'outputs.json');
      await this.makeBuckets(app);
      const result = await this.run(['deploy', ...[stacks].flat(), '--app', app, '--require-approval', 'never', '--method', 'direct',
        '--outputs-file', file, ...args]);
      return { ...result, outputs: result.exitCode === 0 ? JSON.parse(readFileSync(file, 'utf8')) : {} };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async destroy(app: string, stacks: string | string[] = '--all', args: string[] = []): Promise<CdkResult> {
    return this.run(['destroy', ...[stacks].flat(), '--app', app, '--force', ...args]);
  }

  /** Any command of the CLI, without buckets for assets. */
  async run(args: string[]): Promise<CdkResult> {
    const region = this.options.region ?? 'eu-west-1';
    const account = this.options.account ?? '111111111111';
    // Nothing of the machine's own AWS settings may reach the CLI.
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
    const cli = spawn(process.execPath, [require.resolve('aws-cdk/bin/cdk'), ...args, '--plugin', CREDENTIALS, '--no-notices', '--no-version-reporting', '--no-color'], {
      env: { ...clean, ...this.local.environment(region, account), CDK_DISABLE_CLI_TELEMETRY: 'true', CI: 'true', NODE_NO_WARNINGS: '1', JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.options.signal,
    });
    let output = '';
    let line = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      const lines = (line + chunk).split('\n');
      line = lines.pop()!;
      lines.forEach((l) => this.options.onLine?.(l));
    };
    cli.stdout.on('data', read);
    cli.stderr.on('data', read);
    const exitCode = await new Promise<number>((resolve, reject) => cli.once('error', reject).once('close', (code) => resolve(code ?? 1)));
    return { exitCode, output, outputs: {} };
  }

  /** For the files of all its stacks, wherever they go. */
  private async makeBuckets(app: string): Promise<void> {
    const { region = 'eu-west-1', account = '111111111111', otherRegions = [] } = this.options;
    const stacks = existsSync(join(app, 'manifest.json')) ? new CloudAssembly(app).stacksRecursively : [];
    const places = new Set([region, ...otherRegions].map((assets) => `${account}/${assets}`));
    for (const { environment } of stacks) {
      places.add(`${environment.account.replace('unknown-account', account)}/${environment.region.replace('unknown-region', region)}`);
    }
    await Promise.all([...places].map((place) => this.makeBucket(...place.split('/') as [string, string])));
  }

  private async makeBucket(account: string, region: string): Promise<void> {
    const name = BUCKET.replace('${AWS::AccountId}', account).replace('${AWS::Region}', region);
    await fetch(`${this.local.endpoint}/${name}`, {
      method: 'PUT',
      // Unsigned but for the scope, from which the emulator takes the account and the Region.
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/s3/aws4_request, SignedHeaders=host, Signature=0` },
      body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
    });
  }
}
