import { DeployedStack } from './deployed-stack';
import { LogLine, readLogs } from './logs';
import { removeTemporaryFolders } from './temporary-folders';
import { until } from './until';
import { Call, assertAllowed } from '../../../local/call-report';
import { CdkCli, CdkCliOptions } from '../../../local/cdk-cli';
import { EventFacts, ExportTaskFacts, LocalAws, SnapshotFacts } from '../../../local/local-aws';
import { ACCOUNT, HERE, World } from '../../local/world';

/** Emulated seconds per second: a snapshot takes half a second, and a slow Lambda still only seconds of emulated time. */
const SPEED = 120;

/** An execution of the state machine that watches what was handed over, and reports outcomes. */
export interface Watch {
  readonly name: string;
  readonly status: string;
  /** Begun only to tell how work ended while the deploy waited. */
  readonly isReport: boolean;
}

/**
 * An outcome is told when its stack is at rest, which is asked for also while CloudFormation takes the role away from a stack that is
 * destroyed the moment after. It hides nothing: without this right nothing would ever start.
 */
function isAskedLate(call: Call): boolean {
  return call.action === 'cloudformation:DescribeStacks' && /AuroraBackupOperationsStartRole/.test(call.role ?? '');
}

/** The local AWS of one test file, with what tests ask of it in the words of the domain. */
export class E2e {
  private excuses: ((call: Call) => boolean)[] = [];

  constructor(readonly local: LocalAws) {}

  /** Lets calls of this test be refused by IAM, as a consequence of a fault that hit another call. */
  excuse(refused: (call: Call) => boolean): void {
    this.excuses.push(refused);
  }

  /**
   * The Provider framework polls on after a stack has turned back, and any call may meet the moment in which CloudFormation takes
   * the rights of the functions away.
   */
  excuseLatePolls(): void {
    this.excuse((call) => /AuroraBackupOperations(IsComplete|Start)Role/.test(call.role ?? ''));
  }

  async begin(speed: number): Promise<void> {
    this.excuses = [isAskedLate];
    await this.local.reset();
    await this.local.clock({ speed });
  }

  async assertNothingRefused(): Promise<void> {
    assertAllowed((await this.local.calls()).filter((call) => !this.excuses.some((excused) => excused(call))));
  }

  get world() {
    return new World(this.local);
  }

  stack(name = 'Shop', region: string = HERE, account: string = ACCOUNT) {
    return new DeployedStack(this.local, name, region, account);
  }

  cdk(options: CdkCliOptions = {}) {
    return new CdkCli(this.local, options);
  }

  /** The snapshots that the library has made in a Region, oldest first. */
  async made(region: string = HERE): Promise<SnapshotFacts[]> {
    return (await this.manual(region)).filter((snapshot) => snapshot.DBClusterSnapshotIdentifier.startsWith('cab-'));
  }

  /** All manual snapshots of a Region, whoever made them, oldest first. */
  async manual(region: string = HERE): Promise<SnapshotFacts[]> {
    return (await this.local.snapshots()).filter((snapshot) => snapshot.SnapshotType === 'manual' && snapshot.DBClusterSnapshotArn.split(':')[3] === region);
  }

  /** The export tasks that the library has started in a Region, oldest first, listed by RDS or not. */
  async exports(region: string = HERE): Promise<ExportTaskFacts[]> {
    return (await this.local.exportTasks()).filter((task) => task.region === region && task.ExportTaskIdentifier.startsWith('cab-'));
  }

  /** The outcome events that stacks of a Region have put on the bus, oldest first. */
  async outcomes(region: string = HERE): Promise<EventFacts[]> {
    return (await this.local.events()).filter((event) => event.region === region && event.DetailType === 'Aurora Backup Operation Outcome');
  }

  /** The executions of the state machines that watch and report, oldest first, of all stacks that are there. */
  async watches(region: string = HERE): Promise<Watch[]> {
    const executions = await Promise.all((await this.stateMachines(region))
      .filter((arn) => arn.includes('AuroraBackupOperationsWatch'))
      .map(async (arn) => (await this.states('ListExecutions', { stateMachineArn: arn, maxResults: 1000 }, region)).executions));
    return executions.flat().sort((a, b) => a.startDate - b.startDate)
      .map(({ name, status }) => ({ name, status, isReport: name.endsWith('-report') }));
  }

  /** What the functions of all stacks have written, oldest first. */
  async logs(region: string = HERE): Promise<LogLine[]> {
    return readLogs(this.world, region);
  }

  /** Waits until the functions have written such a line. */
  async logged(line: LogLine, region: string = HERE): Promise<void> {
    let lines: LogLine[] = [];
    await until(`the log has ${JSON.stringify(line)}`, async () => {
      lines = await this.logs(region);
      return lines.some((candidate) => Object.entries(line).every(([name, wanted]) => (
        wanted instanceof RegExp ? wanted.test(candidate[name]) : candidate[name] === wanted)));
    }, 10_000).catch(() => expect(lines).toContainEqual(line));
  }

  /** Waits until nothing polls or watches any more: the Provider framework's waiters go on after their stack has turned back. */
  async pollingEnds(region: string = HERE): Promise<void> {
    await until('the polling ends', async () => {
      const running = await Promise.all((await this.stateMachines(region))
        .map((stateMachineArn) => this.states('ListExecutions', { stateMachineArn, statusFilter: 'RUNNING' }, region)));
      return running.every(({ executions }) => executions.length === 0);
    });
  }

  /** Waits until a call of this action was made (a pattern), by whomever and with whatever answer. */
  async called(action: string, query: Record<string, string> = {}) {
    return until(`${action} is called`, async () => {
      const calls = await this.local.calls({ action, ...query });
      return calls.length > 0 && calls;
    });
  }

  private async stateMachines(region: string): Promise<string[]> {
    return (await this.states('ListStateMachines', {}, region)).stateMachines.map(({ stateMachineArn }: any) => stateMachineArn);
  }

  private async states(operation: string, input: object, region: string): Promise<any> {
    return this.world.json('states', `AWSStepFunctions.${operation}`, input, region);
  }
}

/**
 * Starts a local AWS for a test file, empties it before every test and looks at every call after it: no role may ask for
 * what its policies do not allow, and nothing may be asked that the service does not know. A fault excuses the calls it hits.
 */
export function useLocalAws(speed: number = SPEED): E2e {
  let started: E2e | undefined;
  beforeAll(async () => {
    started = new E2e(await LocalAws.start({ speed, logFile: process.env.LOCAL_AWS_LOG }));
  });
  afterAll(async () => {
    await started?.local.stop();
    removeTemporaryFolders();
  });
  beforeEach(async () => started!.begin(speed));
  afterEach(async () => started!.assertNothingRefused());
  // Tests name it when they are defined, before it has started.
  return new Proxy({} as E2e, { get: (_, name) => bound(started!, name as keyof E2e) });
}

function bound(e2e: E2e, name: keyof E2e) {
  const member = e2e[name];
  return typeof member === 'function' ? member.bind(e2e) : member;
}
