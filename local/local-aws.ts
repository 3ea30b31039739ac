import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Call, UnusedRight } from './call-report';

/** Where the pinned emulators live: an ignored folder of the repository. */
const HOME = join(__dirname, '..', '.local-aws');
const REQUIREMENTS = join(__dirname, 'requirements.txt');

/** What can be changed while it runs; see emulator/settings.py for the meaning and the defaults. */
export interface Settings {
  readonly snapshotSeconds?: number;
  readonly copySeconds?: number;
  readonly copiesKeepRunning?: boolean;
  readonly restoreSeconds?: number;
  readonly instanceSeconds?: number;
  readonly firstBackupSeconds?: number;
  readonly restorableLagSeconds?: number;
  readonly dailySnapshots?: boolean;
  readonly restoredVersion?: 'default' | 'inherited';
  readonly restoredRetention?: 'inherited' | 'one-day';
  readonly visibilitySeconds?: number;
  readonly shareVisibilitySeconds?: number;
  readonly manualSnapshotQuota?: number;
  readonly copyLimit?: number;
  readonly exportSeconds?: number;
  readonly exportLimit?: number;
  readonly exportLimitCode?: string;
  readonly exportVisibilitySeconds?: number;
  readonly exportListedSeconds?: number;
  readonly cancelSeconds?: number;
  readonly passedToService?: string;
  readonly executionVisibilitySeconds?: number;
  readonly apiRequestsPerSecond?: number;
  readonly pageSize?: number;
  readonly defaultEncryption?: 'sse-rds' | 'none';
}

/** A fault on demand; emulator/faults.py says what the kinds do. The call it hits fits all that is given. */
export interface Fault {
  readonly kind: 'throttle' | 'error' | 'lost' | 'deny' | 'kmsDenied' | 'killLambda' | 'endsFailed' | 'twice' | 'lose';
  /** A pattern: `rds:CopyDBClusterSnapshot`, `rds:*`. */
  readonly action?: string;
  /** Part of the caller's ARN. */
  readonly principal?: string;
  readonly region?: string;
  /** A regular expression that some parameter must match. */
  readonly identifier?: string;
  /** The first call hit, from 1, and how many in a row. @default 1, 1 */
  readonly nth?: number;
  readonly times?: number;
  /** killLambda: before or after the call is carried out. @default 'before' */
  readonly when?: 'before' | 'after';
  /** endsFailed. @default 50 */
  readonly percent?: number;
  /** error, and with `message` as FailureCause an export that endsFailed. @default - 500 InternalFailure */
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
}

/** The facts of a cluster snapshot, with the names of the RDS API. */
export interface SnapshotFacts {
  readonly DBClusterSnapshotArn: string;
  readonly DBClusterSnapshotIdentifier: string;
  readonly DBClusterIdentifier: string;
  readonly DbClusterResourceId: string;
  readonly Status: string;
  readonly PercentProgress: number;
  readonly SnapshotType: string;
  readonly StorageEncrypted: boolean;
  readonly StorageEncryptionType: string;
  readonly KmsKeyId?: string;
  readonly SourceDBClusterSnapshotArn?: string;
  readonly SharedWith: string[];
  readonly Tags: Record<string, string>;
  readonly Origin: DataOrigin;
}

/** Whose data it is, through all copies and restores: the first cluster's, as it was at that time. */
export interface DataOrigin {
  readonly DBClusterArn: string;
  readonly DbClusterResourceId: string;
  readonly DataTime: string;
}

/** A snapshot, or a cluster at that time. */
export interface RestoredFrom {
  readonly SnapshotArn?: string;
  readonly DBClusterArn?: string;
  readonly DbClusterResourceId?: string;
  readonly RestoreToTime?: string;
  readonly RestoreType?: 'full-copy' | 'copy-on-write';
}

/** A cluster of whatever account and Region. */
export interface ClusterFacts {
  readonly DBClusterArn: string;
  readonly DBClusterIdentifier: string;
  readonly DbClusterResourceId: string;
  readonly Status: string;
  readonly Engine: string;
  readonly EngineVersion: string;
  readonly KmsKeyId: string | null;
  readonly BackupRetentionPeriod: number;
  readonly DeletionProtection: boolean;
  /** What its users log in with, which no call of AWS tells: of a restored one, what its source had. */
  readonly MasterUserPassword: string;
  /** Whether there is an instance behind its endpoints. */
  readonly Answers: boolean;
  /** Of a restored one, whose data it has. */
  readonly Origin: DataOrigin | null;
  /** Of a restored one, what the request named. */
  readonly RestoredFrom: RestoredFrom | null;
  readonly Tags: Record<string, string>;
}

/** An export task, with the names of the RDS API; times as ISO 8601, absent until they are known. */
export interface ExportTaskFacts {
  readonly ExportTaskIdentifier: string;
  readonly SourceArn: string;
  readonly SourceType: 'SNAPSHOT' | 'CLUSTER';
  readonly S3Bucket: string;
  readonly S3Prefix: string;
  readonly IamRoleArn: string;
  readonly KmsKeyId: string;
  readonly Status: 'STARTING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'CANCELING' | 'CANCELED';
  readonly PercentProgress: number;
  readonly TotalExtractedDataInGB: number;
  readonly ExportOnly?: string[];
  readonly SnapshotTime?: string;
  readonly TaskStartTime?: string;
  readonly TaskEndTime?: string;
  readonly FailureCause?: string;
  readonly WarningMessage?: string;
  readonly account: string;
  readonly region: string;
}

/** What an export of a cluster, or of its snapshots, finds in it. */
export interface SeededTables {
  readonly cluster: string;
  readonly region: string;
  readonly account?: string;
  /** `db.schema.table` (PostgreSQL) or `db.table` (MySQL); `skipped`: the reason why RDS leaves it out. */
  readonly tables: { name: string; skipped?: string }[];
  /** Reasons that concern no table: `FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE`. */
  readonly generalWarnings?: string[];
}

/** An event that reached a bus (those of AWS's own services are left out). */
export interface EventFacts {
  readonly id: string;
  readonly Source: string;
  readonly DetailType: string;
  /** As an object. */
  readonly Detail: any;
  readonly Resources: string[];
  /** The bus that it reached, by name and by ARN. */
  readonly EventBusName: string;
  readonly bus: string;
  /** Of whoever put it, not of the bus: as its receiver sees it. */
  readonly account: string;
  readonly region: string;
  /** When it reached the bus. */
  readonly time: string;
}

/** What a rule could not deliver to a target. */
export interface UndeliveredEvent {
  readonly rule: string;
  readonly target: string;
  /** As in the dead-letter queue's message: `NO_PERMISSIONS`. */
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  /** The ARN of the queue that got it, null when it is lost. */
  readonly deadLetterQueue: string | null;
  /** As the rule saw it. */
  readonly event: any;
  readonly time: string;
}

/** A message published to a topic, by whomever. */
export interface NotificationFacts {
  readonly TopicArn: string;
  readonly Subject: string | null;
  readonly Message: string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
}

export interface LocalAwsOptions {
  /** @default - a free one */
  readonly port?: number;
  /** Emulated seconds per real second. @default 60 */
  readonly speed?: number;
  /** Where the emulator's log goes. @default - nowhere, but the last lines are part of an error */
  readonly logFile?: string;
  /** Stay up when this process ends. @default false */
  readonly stays?: boolean;
  /** Leave out plug-ins (calls, authorization, credentials, faults, custom_resources). @default - all that exist are in */
  readonly without?: string[];
}

/** The emulated AWS: one process on the loopback interface, any number of accounts and Regions. */
export class LocalAws {
  /** Starts in about two seconds; the very first time on a machine, pip also needs a minute to fetch the emulators. */
  static async start(options: LocalAwsOptions = {}): Promise<LocalAws> {
    const args = ['-m', 'emulator', '--speed', String(options.speed ?? 60), '--port', String(options.port ?? 0),
      ...(options.stays ? [] : ['--until-stdin-ends']), ...(options.without ? ['--without', ...options.without] : [])];
    const process_ = spawn(preparedPython(), args, {
      env: { ...process.env, PYTHONPATH: __dirname }, detached: options.stays, stdio: [options.stays ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const log = options.logFile ? createWriteStream(options.logFile) : undefined;
    const tail: string[] = [];
    createInterface({ input: process_.stderr! }).on('line', (line) => {
      log?.write(`${line}\n`);
      tail.splice(0, tail.length - 40, ...tail.slice(-39), line);
    });
    return new Promise((resolve, reject) => {
      process_.once('exit', (code) => reject(new Error(`the local AWS ended with ${code}\n${tail.join('\n')}`)));
      createInterface({ input: process_.stdout! }).once('line', (line) => resolve(new LocalAws(JSON.parse(line).endpoint, process_)));
    });
  }

  private constructor(readonly endpoint: string, private readonly process: ChildProcess) {}

  /** For any AWS SDK client: `new RDSClient(local.client('eu-west-1'))`. The access key is the account, and its administrator. */
  client(region: string, account: string = '111111111111') {
    return { region, endpoint: this.endpoint, credentials: this.credentials(account), forcePathStyle: true };
  }

  credentials(account: string = '111111111111') {
    return { accessKeyId: account, secretAccessKey: 'local' };
  }

  /** What a child process (the CDK CLI, the aws CLI) needs to talk to this AWS and to nothing else. */
  environment(region: string, account: string = '111111111111'): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
  }

  /** Empties all accounts; settings, faults and calls go back to the beginning. The clock goes on. */
  async reset(): Promise<void> {
    await this.post('reset');
  }

  async settings(settings: Settings): Promise<void> {
    await this.post('settings', settings);
  }

  /**
   * `speed`: emulated seconds per real second; `advance`: jump that many seconds, halting where schedules are due; `at`: a moment to begin
   * with, ISO 8601. Returns the emulated time.
   */
  async clock(change: { speed?: number; advance?: number; at?: string } = {}): Promise<Date> {
    return new Date((await this.post('clock', change)).now);
  }

  /**
   * Plays so many seconds as fast as this machine can: everything that is due happens at its time, in order, and the clock stands still
   * while anything is under way (functions, deliveries, executions that are not waiting).
   */
  async play(seconds: number): Promise<Date> {
    for (;;) {
      const { now, left, busy } = await this.post('play', { seconds });
      if (left <= 0 && !busy.length) return new Date(now);
      seconds = left;
    }
  }

  /** A finished snapshot nobody asked for: automated (`rds:…`) or made by AWS Backup (`awsbackup:job-…`). */
  async seedSnapshot(seed: {
    cluster: string;
    region: string;
    account?: string;
    type?: 'automated' | 'awsbackup' | 'manual';
    identifier?: string;
    tags?: Record<string, string>;
    created?: string;
  }): Promise<SnapshotFacts> {
    return this.post('seed/snapshot', { account: '111111111111', ...seed });
  }

  /** What exports of this cluster find; may come before the cluster. Without it: two tables. */
  async seedTables(seed: SeededTables): Promise<void> {
    await this.post('seed/tables', { account: '111111111111', ...seed });
  }

  /** Puts a cluster (`backing-up`, `stopped`, …; for `seconds`, else until changed) or a snapshot (`failed`, …) into a status. */
  async setStatus(arn: string, status: string, options: { seconds?: number; percent?: number } = {}): Promise<void> {
    await this.post('status-of', { arn, status, ...options });
  }

  /**
   * What the organization forbids to everybody in this account, its root included: policy documents as `vault.lockPolicy` has them, in place of
   * those before. They bind requests, whatever a service does with a role of the account, and whatever CloudFormation does for a caller.
   */
  async serviceControlPolicies(account: string, ...policies: object[]): Promise<void> {
    await this.request('PUT', 'service-control-policies', { account, policies });
  }

  /** Credentials of a session of a role that may do everything: somebody in the account who is not its root. The role is made if need be. */
  async administrator(role: string = 'Administrator', account: string = '111111111111') {
    return this.post('administrator', { account, role });
  }

  /** Lets these accounts, and no others, see and clone a cluster: what AWS RAM does on AWS. */
  async shareCluster(arn: string, ...accounts: string[]): Promise<void> {
    await this.post('cluster-shares', { arn, accounts });
  }

  /** All cluster snapshots of all accounts and Regions. */
  async snapshots(): Promise<SnapshotFacts[]> {
    return this.get('snapshots');
  }

  /** All clusters of all accounts and Regions. */
  async clusters(): Promise<ClusterFacts[]> {
    return this.get('clusters');
  }

  /** All export tasks of all accounts and Regions, listed by RDS or not. */
  async exportTasks(): Promise<ExportTaskFacts[]> {
    return this.get('export-tasks');
  }

  /** The most copies and exports that were ever in progress at once. */
  async peaks(): Promise<{ account: string; region: string; copies: number; exports: number }[]> {
    return this.get('peaks');
  }

  /** What reached the event buses of this account and Region, or of all, oldest first. */
  async events(on: { account?: string; region?: string } = {}): Promise<EventFacts[]> {
    return this.get(`events?${new URLSearchParams(on)}`);
  }

  /** What rules could not deliver, and do not try again, oldest first. */
  async undelivered(): Promise<UndeliveredEvent[]> {
    return this.get('undelivered');
  }

  /** The messages published to topics of all accounts and Regions, oldest first. */
  async notifications(): Promise<NotificationFacts[]> {
    return this.get('notifications');
  }

  async fault(fault: Fault): Promise<void> {
    await this.post('faults', fault);
  }

  /** With `seen` and `fired`: how often each fitted and struck. */
  async faults(): Promise<(Fault & { id: number; seen: number; fired: number })[]> {
    return this.get('faults');
  }

  async clearFaults(): Promise<void> {
    await this.delete('faults');
  }

  /** The calls made since the start or the last `clearCalls`; the query narrows them (see emulator/calls.py). */
  async calls(query: Record<string, string> = {}): Promise<Call[]> {
    return this.get(`calls?${new URLSearchParams(query)}`);
  }

  async clearCalls(): Promise<void> {
    await this.delete('calls');
  }

  /** What policies allow and no recorded call has needed; `role`: part of the role's name. */
  async unusedRights(role: string = ''): Promise<UnusedRight[]> {
    return this.get(`unused-rights?${new URLSearchParams({ role })}`);
  }

  /** Any control endpoint under /_local/, for what has no method here. */
  async get(path: string): Promise<any> {
    return this.request('GET', path);
  }

  async post(path: string, body: object = {}): Promise<any> {
    return this.request('POST', path, body);
  }

  async delete(path: string): Promise<any> {
    return this.request('DELETE', path);
  }

  /** Ends the process; returns when it is gone. With `stays` the process goes on: this only lets go of it. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null) {
      return;
    }
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await gone;
  }

  /** Lets this Node process end while the emulator stays up (started with `stays`). */
  release(): number {
    this.process.unref();
    (this.process.stdout as any)?.unref?.();
    (this.process.stderr as any)?.unref?.();
    return this.process.pid!;
  }

  private async request(method: string, path: string, body?: object): Promise<any> {
    const response = await fetch(`${this.endpoint}/_local/${path}`, { method, body: body && JSON.stringify(body) });
    const result: any = await response.json();
    if (!response.ok) {
      throw new Error(`${method} /_local/${path}: ${result.error}`);
    }
    return result;
  }
}

/** The Python of a virtual environment with exactly the pinned packages; made once, and again when the pins change. */
export function preparedPython(): string {
  const pins = readFileSync(REQUIREMENTS);
  const venv = join(HOME, `venv-${createHash('sha256').update(pins).digest('hex').slice(0, 12)}`);
  if (!existsSync(venv)) {
    // Made beside its place and moved there when complete: several test processes may start at once, and any may be interrupted.
    const half = `${venv}.${process.pid}`;
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
    process.stderr.write('The local AWS is being installed into .local-aws/ (once, about half a minute) …\n');
    mkdirSync(HOME, { recursive: true });
    try {
      execFileSync('python3', ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10)'], quiet);
    } catch {
      throw new Error('the local AWS needs `python3` to be Python 3.10 or newer, with its modules venv and ensurepip (Debian: python3-venv)');
    }
    execFileSync('python3', ['-m', 'venv', '--clear', half], quiet);
    execFileSync(join(half, 'bin', 'python'), ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS], quiet);
    try {
      renameSync(half, venv);
    } catch {
      rmSync(half, { recursive: true }); // another one was faster
    }
  }
  return join(venv, 'bin', 'python');
}
