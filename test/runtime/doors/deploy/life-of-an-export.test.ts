import * as fc from 'fast-check';
import { hasEnded } from '../../../../src/core/export-task';
import { physicalIdOf } from '../../../../src/core/physical-id';
import { WatchedEvent, assignmentOf, requestOf } from '../../../../src/runtime/doors/deploy/events';
import { Step } from '../../../../src/runtime/steps';
import { DeployDoor } from '../../../support/deploy-door';
import { throttled } from '../../../support/errors';
import { createEvent, deleteEvent, exportProperties, minutes, watched } from '../../../support/events';
import { anExportTask } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { RESOURCE, aSnapshot } from '../../../support/snapshots';
import { WorkflowDoor } from '../../../support/workflow-door';

captureLog();

const FOREIGN = anExportTask({ identifier: 'by-hand' });

/** What may happen between two looks of a deploy or a watch. */
interface Happening {
  readonly minutes: number;
  /** What is throttled, or dies, during the next look. */
  readonly fault: 'none' | 'findSnapshot' | 'findExportTask' | 'startExportTask' | 'listExportTasks' | 'watches' | 'start';
  readonly source: 'creating' | 'available';
  readonly task: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
}

const anyHappening: fc.Arbitrary<Happening> = fc.record({
  minutes: fc.constantFrom(0, 1, 1, 2, 5, 20),
  fault: fc.constantFrom('none', 'none', 'none', 'findSnapshot', 'findExportTask', 'startExportTask', 'listExportTasks', 'watches', 'start'),
  source: fc.constantFrom('creating', 'available', 'available'),
  task: fc.constantFrom('IN_PROGRESS', 'IN_PROGRESS', 'IN_PROGRESS', 'COMPLETE', 'FAILED'),
});

const anyTime = fc.array(anyHappening, { maxLength: 12 });

class World {
  public readonly door = new DeployDoor(new FakeRds([aSnapshot()]));
  public readonly create: WatchedEvent;
  public readonly task: string;
  private next: Step | undefined;

  constructor(private readonly properties: ReturnType<typeof exportProperties>) {
    const event = createEvent(properties);
    this.task = assignmentOf(event, requestOf(event), 0).target;
    this.create = watched(event, physicalIdOf(requestOf(event), this.task, undefined));
    this.door.rds.exportTasks = [FOREIGN];
  }

  public happen({ minutes: passed, fault, source, task }: Happening): void {
    const { door } = this;
    door.now += minutes(passed);
    door.rds.heal();
    door.watches.heal();
    door.dying.start = fault === 'start' ? new Error('out of memory') : undefined;
    if (fault === 'watches') {
      door.watches.breaks(throttled());
    } else if (fault !== 'none' && fault !== 'start') {
      door.rds.breaks(fault, throttled());
    }
    door.rds.snapshots = [aSnapshot({ status: source })];
    const goesOn = door.rds.exportTasks.some((known) => known.identifier === this.task && !hasEnded(known));
    door.rds.changeTask(goesOn ? this.task : 'none', { status: task });
  }

  /** One look of the watch, as long as there is one. */
  public async watch(): Promise<void> {
    const [input] = this.door.watches.watchesOf(RESOURCE, this.task);
    if (!input || this.next?.step === 'report') {
      return;
    }
    const workflow = new WorkflowDoor(input.handle, this.door.rds);
    workflow.now = this.door.now;
    const { step } = this.next ?? input.answer;
    this.next = step === 'start' || step === 'settle' ? await workflow.start(this.next) : await workflow.look(this.next ?? input.answer);
  }

  /** The stack is destroyed, without further incidents. */
  public async destroy(): Promise<void> {
    this.happen({ minutes: 1, fault: 'none', source: 'available', task: 'IN_PROGRESS' });
    const event = watched(deleteEvent(this.create.PhysicalResourceId, this.properties));
    await this.door.finish({ ...event, Watch: { ...event.Watch, startedAt: this.door.now } }, () => {
      this.door.rds.exportTasks = this.door.rds.exportTasks.map((task) => (task.status === 'CANCELING' ? { ...task, status: 'CANCELED' } : task));
    });
  }
}

const WHATEVER_HAPPENS = 'an export is started once, nobody else\'s is touched, and nothing goes on after its stack';

test.each(['fail', 'continue', 'background'])(`%s: ${WHATEVER_HAPPENS}`, async (completion) => {
  let started = 0;
  let handedOver = 0;
  await fc.assert(fc.asyncProperty(anyTime, anyTime, async (duringTheDeploy, afterIt) => {
    const world = new World(exportProperties({ Completion: completion, TimeoutMinutes: '5' }));
    const { door, create, task } = world;
    for (const happening of duringTheDeploy) {
      world.happen(happening);
      const answer = await door.look(create).catch(() => ({ IsComplete: true }));
      if (answer.IsComplete) {
        break;
      }
    }
    for (const happening of afterIt) {
      world.happen(happening);
      await world.watch();
    }
    const writes = [...door.rds.writes];
    handedOver += door.watches.watchesOf(RESOURCE, task).length;
    await world.destroy();

    started += writes.filter((write) => write === `export ${task}`).length;
    expect(door.rds.writes.filter((write) => write.startsWith('export'))).toEqual(writes.includes(`export ${task}`) ? [`export ${task}`] : []);
    expect(door.rds.exportTasks).toContainEqual(FOREIGN);
    expect(door.rds.exportTasks.filter((known) => known.identifier === task && !hasEnded(known))).toEqual([]);
    expect(door.watches.watchesOf(RESOURCE, task)).toEqual([]);
    expect(door.watches.reportsOf(RESOURCE, task).length).toBeLessThanOrEqual(1);
  }), { numRuns: 300 });

  // Or nothing was shown.
  expect(started).toBeGreaterThan(30);
  expect(handedOver > 30).toBe(completion !== 'fail');
});
