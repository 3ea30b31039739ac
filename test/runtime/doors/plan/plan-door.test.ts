import { PlanDoor } from '../../../support/plan-door';

test.each(['look', 'start', 'prune', 'turn'] as const)('a task that this release does not know is refused, not guessed at (%s)', async (call) => {
  const ask = new PlanDoor()[call].bind(new PlanDoor()) as (event: object) => Promise<unknown>;

  await expect(ask({ door: 'plan', task: 'restore' })).rejects.toThrow(
    "this runtime does not know the task 'restore'; deploy the plan and its functions from the same release of cdk-aurora-backup",
  );
});

test.each([['look', 'launch'], ['start', 'select'], ['prune', 'tally'], ['turn', 'formers']] as const)('no function does the work of another: %s does not %s', async (call, task) => {
  const ask = new PlanDoor()[call].bind(new PlanDoor()) as (event: object) => Promise<unknown>;

  await expect(ask({ door: 'plan', task })).rejects.toThrow(`does not know the task '${task}'`);
});
