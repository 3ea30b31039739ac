import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { SFNClient, StartExecutionCommand, paginateGetExecutionHistory, paginateListExecutions, paginateListMapRuns } from '@aws-sdk/client-sfn';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Call } from '../local/call-report';
import { CdkCli, localSynthesizer } from '../local/cdk-cli';
import { LocalAws } from '../local/local-aws';
import { AuroraBackupPlan, AuroraBackupPlanOptions, RetentionPolicy } from '../src';
import { RUN_VERDICT_DETAIL_TYPE } from '../src/core/plan/verdict';

export const HOME = 'eu-west-1';
export const ELSEWHERE = 'eu-central-1';

/** What the calls of RDS that change something begin with. */
const MUTATING = /^rds:(Create|Copy|Delete|Modify|Start|Cancel|Add|Remove)/;

/** Clusters of the local AWS have this tag. */
const FLEET = { fleet: 'bench' };

export type FleetOptions = AuroraBackupPlanOptions | ((stack: Stack) => AuroraBackupPlanOptions);

/** How one run went. */
export interface RunFacts {
  readonly counts: Readonly<Record<string, number>>;
  readonly emulatedSeconds: number;
  readonly realSeconds: number;
  /** All calls of RDS by the functions. */
  readonly calls: readonly Call[];
}

export function isMutating({ action }: Call): boolean {
  return MUTATING.test(action);
}

/** A plan of so many clusters on a local AWS, whose runs are started by hand. */
export class PlannedFleet {
  /** Makes the clusters and deploys the plan. */
  public static async deploy(local: LocalAws, clusters: number, options: FleetOptions): Promise<PlannedFleet> {
    await makeClusters(local, clusters);
    const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
    try {
      const { exitCode, output, outputs } = await new CdkCli(local, { region: HOME }).deploy(synthesized(folder, options));
      if (exitCode !== 0) {
        throw new Error(output);
      }
      return new PlannedFleet(local, { run: outputs.Fleet.Run, delivery: outputs.Fleet.Delivery });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private readonly sfn: SFNClient;
  private runs = 0;

  private constructor(private readonly local: LocalAws, private readonly machines: { readonly run: string; readonly delivery: string }) {
    this.sfn = new SFNClient(local.client(HOME));
  }

  /** One run, played as fast as this machine can. */
  public async run(mostSeconds: number): Promise<RunFacts> {
    await this.local.clearCalls();
    const began = await this.local.clock({ speed: 0 });
    const beganReally = Date.now();
    await this.sfn.send(new StartExecutionCommand({ stateMachineArn: this.machines.run, name: `run-${++this.runs}`, input: '{}' }));
    for (;;) {
      const now = await this.local.play(60);
      const verdict = (await this.local.events()).find(({ DetailType, Detail }) => DetailType === RUN_VERDICT_DETAIL_TYPE && Detail.run === `run-${this.runs}`);
      const emulatedSeconds = (+now - +began) / 1000;
      if (verdict) {
        return { counts: verdict.Detail.counts, emulatedSeconds, realSeconds: (Date.now() - beganReally) / 1000, calls: await this.local.calls({ action: 'rds:*' }) };
      }
      if (emulatedSeconds > mostSeconds) {
        throw new Error(`the run has no verdict after ${emulatedSeconds} s`);
      }
    }
  }

  /** What Step Functions charges for since the plan was deployed: the states that its executions entered, those of clusters, copies and exports too. */
  public async transitions(): Promise<number> {
    const executions = (await Promise.all(Object.values(this.machines).map((stateMachineArn) => this.executions({ stateMachineArn })))).flat();
    // Grows meanwhile: the maps of a run have executions, and so have theirs.
    for (const executionArn of executions) {
      for await (const { mapRuns = [] } of paginateListMapRuns({ client: this.sfn }, { executionArn })) {
        executions.push(...(await Promise.all(mapRuns.map(({ mapRunArn }) => this.executions({ mapRunArn })))).flat());
      }
    }
    let entered = 0;
    for (const executionArn of executions) {
      for await (const { events = [] } of paginateGetExecutionHistory({ client: this.sfn }, { executionArn, maxResults: 1000 })) {
        entered += events.filter(({ type }) => type!.endsWith('StateEntered')).length;
      }
    }
    return entered;
  }

  private async executions(of: { readonly stateMachineArn?: string; readonly mapRunArn?: string }): Promise<string[]> {
    const arns: string[] = [];
    for await (const { executions = [] } of paginateListExecutions({ client: this.sfn }, { ...of, maxResults: 1000 })) {
      arns.push(...executions.map(({ executionArn }) => executionArn!));
    }
    return arns;
  }
}

async function makeClusters(local: LocalAws, count: number): Promise<void> {
  const client = new RDSClient(local.client(HOME));
  for (let index = 0; index < count; index++) {
    await client.send(new CreateDBClusterCommand({
      DBClusterIdentifier: `cluster-${index}`,
      Engine: 'aurora-postgresql',
      MasterUsername: 'postgres',
      MasterUserPassword: 'not-a-secret',
      Tags: Object.entries(FLEET).map(([Key, Value]) => ({ Key, Value })),
    }));
  }
}

/** The plan runs by hand only, and tells no ages: what is measured is a run. */
function synthesized(outdir: string, options: FleetOptions): string {
  const app = new App({ outdir });
  const stack = new Stack(app, 'Fleet', { env: { region: HOME }, synthesizer: localSynthesizer() });
  const plan = new AuroraBackupPlan(stack, 'Plan', {
    planName: 'bench',
    clusterTags: FLEET,
    schedule: ScheduleExpression.cron({ minute: '0', hour: '0', day: '1', month: '1' }),
    enabled: false,
    retention: RetentionPolicy.keepLast(1),
    snapshotQuota: 100_000,
    ...(typeof options === 'function' ? options(stack) : options),
  });
  new CfnOutput(stack, 'Run', { value: plan.stateMachine.stateMachineArn });
  new CfnOutput(stack, 'Delivery', { value: (plan.node.findChild('Workflow').node.findChild('Delivery') as sfn.StateMachine).stateMachineArn });
  return app.synth().directory;
}
