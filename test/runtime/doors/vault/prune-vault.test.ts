import { OwnershipTag } from '../../../../src/core/ownership';
import { Snapshot } from '../../../../src/core/snapshot';
import { releaseTag } from '../../../../src/core/vault/vault-ownership';
import { PruneAnswer, PruneEvent } from '../../../../src/runtime/doors/vault/steps';
import { denied, throttled } from '../../../support/errors';
import { NOON } from '../../../support/events';
import { anExportTask } from '../../../support/export-tasks';
import { FakeRds } from '../../../support/fake-rds';
import { captureLog } from '../../../support/log';
import { VaultDoor } from '../../../support/vault-door';
import { DAY, FAR_REGION, aFurtherCopy, aVault, pruning, shared, stored, storedFar } from '../../../support/vault-events';

const logged = captureLog();

const copy = (days: number) => {
  const createTime = new Date(NOON - days * DAY);
  return stored(`s${days}`, { source: shared(`s${days}`, { createTime }), createTime });
};
const OLD = [copy(42), copy(41), copy(40)];
const NEWEST = copy(1);
const deleted = (...copies: Snapshot[]) => copies.map(({ identifier }) => `delete ${identifier}`);

async function prune(rds: FakeRds, rules = aVault()) {
  const answer = await new VaultDoor(rds).prune(pruning(rules)) as PruneAnswer;
  return { answer, writes: rds.writes };
}

test('what retention no longer keeps goes, the oldest first, and is counted', async () => {
  expect(await prune(new FakeRds([...OLD, NEWEST]))).toEqual({
    answer: { call: 'end', memory: { deleted: 3, troubles: [] } }, writes: deleted(...OLD),
  });
  expect(logged()).toContainEqual(expect.objectContaining({ SnapshotsPruned: 3, Vault: 'Vault' }));
});

test('twenty at a time, until there is no more', async () => {
  const many = Array.from({ length: 45 }, (_, index) => copy(40 + index));
  const door = new VaultDoor(new FakeRds([...many, NEWEST]));
  const calls: PruneAnswer[] = [];
  for (let event: PruneEvent = pruning(); calls[calls.length - 1]?.call !== 'end';) {
    const answer = await door.prune(event) as PruneAnswer;
    calls.push(answer);
    event = { ...event, answer };
  }

  expect(calls).toEqual([20, 40, 45].map((count) => expect.objectContaining({ memory: { deleted: count, troubles: [] } })));
  expect(calls[0]).toMatchObject({ call: 'prune', waitSeconds: 15 });
});

describe('in every Region', () => {
  const rules = aVault({ copies: [aFurtherCopy()] });

  test('its own retention decides', async () => {
    const copies = [copy(20), copy(10)];
    const far = copies.map((of) => storedFar(of, { createTime: of.createTime }));

    expect((await prune(new FakeRds([...copies, ...far, NEWEST]), rules)).writes).toEqual([`delete ${far[0].identifier}`]);
  });

  test('a copy stays from which one is being made, or exported', async () => {
    const rds = new FakeRds([...OLD, NEWEST, storedFar(OLD[0], { status: 'copying' })]);
    rds.exportTasks = [anExportTask({ identifier: 'x', sourceArn: OLD[1].arn, status: 'IN_PROGRESS' }), anExportTask({ identifier: 'y', sourceArn: OLD[2].arn, status: 'COMPLETE' })];

    expect((await prune(rds, rules)).writes).toEqual(deleted(OLD[2]));
  });

  test.each(['listManualSnapshots', 'listExportTasks'] as const)('nothing goes anywhere when %s cannot be had of one of them', async (call) => {
    const rds = new FakeRds([...OLD, NEWEST]);
    const list = rds[call].bind(rds) as (region: string) => Promise<never[]>;
    rds[call] = async (region: string) => (region === FAR_REGION ? Promise.reject(throttled()) : list(region));

    await expect(prune(rds, rules)).rejects.toThrow('Rate exceeded');
    expect(rds.writes).toEqual([]);
    expect(logged()).toContainEqual(expect.objectContaining({ SweepFailed: 1, Vault: 'Vault' }));
  });
});

describe('a deletion', () => {
  const failing = (at: number, error: Error) => {
    const rds = new FakeRds([...OLD, NEWEST]);
    const remove = rds.deleteSnapshot.bind(rds);
    let count = 0;
    jest.spyOn(rds, 'deleteSnapshot').mockImplementation(async (region, identifier) => {
      count += 1;
      return count === at ? Promise.reject(error) : remove(region, identifier);
    });
    return rds;
  };

  test('that is throttled is tried again: by the state machine if it is the first, by the next call otherwise', async () => {
    await expect(prune(failing(1, throttled()))).rejects.toThrow('Rate exceeded');
    expect(await prune(failing(2, throttled()))).toEqual({ answer: { call: 'prune', waitSeconds: 15, memory: { deleted: 1, troubles: [] } }, writes: deleted(OLD[0]) });
  });

  test('that is refused keeps no other from going, and is told', async () => {
    expect(await prune(failing(1, denied()))).toEqual({
      answer: { call: 'end', memory: { deleted: 2, troubles: [expect.stringMatching(new RegExp(`^${OLD[0].arn} could not be deleted: AccessDenied`))] } },
      writes: deleted(OLD[1], OLD[2]),
    });
    expect(logged()).toContainEqual(expect.objectContaining({ SweepFailed: 1 }));
  });

  /** RDS deletes the first, and its answer is lost; then comes what is done to the gateway. */
  const losingTheAnswer = (then: (rds: FakeRds) => void, at = 1) => {
    const rds = new FakeRds([...OLD, NEWEST]);
    const remove = rds.deleteSnapshot.bind(rds);
    let count = 0;
    jest.spyOn(rds, 'deleteSnapshot').mockImplementation(async (region, identifier) => {
      await remove(region, identifier);
      count += 1;
      if (count === at) {
        then(rds);
        throw denied();
      }
    });
    return rds;
  };

  test('whose answer was lost is refused by IAM the second time, and has been done', async () => {
    expect((await prune(losingTheAnswer(() => undefined))).answer).toEqual({ call: 'end', memory: { deleted: 3, troubles: [] } });
  });

  test('after which RDS is too busy to say whether it was done leaves the rest to the next call, and those before it are counted', async () => {
    const rds = losingTheAnswer((busy) => busy.breaks('findSnapshot', throttled()), 2);

    expect((await prune(rds)).answer).toEqual({ call: 'prune', waitSeconds: 15, memory: { deleted: 1, troubles: [] } });
    expect(logged()).toContainEqual(expect.objectContaining({ SnapshotsPruned: 1 }));
  });

  test.each([['for some hours', releaseTag(new Date(NOON + 1))], ['until a time that cannot be read', { [OwnershipTag.RELEASED_UNTIL]: 'soon' }]])(
    'does not come to a copy that is released %s while the one before it is deleted', async (_, tag) => {
      const rds = new FakeRds([...OLD, NEWEST]);
      const remove = rds.deleteSnapshot.bind(rds);
      jest.spyOn(rds, 'deleteSnapshot').mockImplementation(async (region, identifier) => {
        rds.change(OLD[1].arn, { tags: { ...OLD[1].tags, ...tag } });
        await remove(region, identifier);
      });

      expect(await prune(rds)).toEqual({ answer: { call: 'end', memory: { deleted: 2, troubles: [] } }, writes: deleted(OLD[0], OLD[2]) });
    });

  test('that somebody else was quicker with is no trouble, and is not ours to count', async () => {
    const rds = new FakeRds([...OLD, NEWEST]);
    jest.spyOn(rds, 'findSnapshot').mockImplementation(async (arn) => (arn === OLD[0].arn ? undefined : rds.find(arn)));

    expect((await prune(rds)).answer).toEqual({ call: 'end', memory: { deleted: 2, troubles: [] } });
  });
});

test('what is odd is written down', async () => {
  await prune(new FakeRds([copy(-1), NEWEST]));

  expect(logged()).toContainEqual(expect.objectContaining({ level: 'WARN', message: 'retention', report: expect.stringMatching(/received in the future/) }));
});
