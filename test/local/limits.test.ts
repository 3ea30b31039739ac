import { DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { ACCOUNT, ask } from './probe';
import { HERE, refusal, THERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

let local: LocalAws;
let world: World;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(() => local.reset());

describe('as many requests as the limit says', () => {
  const look = (region = HERE, account = ACCOUNT) => refusal(world.rds(region, account).send(new DescribeDBClustersCommand({})));
  const answered = async (requests: number) => {
    const answers = await Promise.all(Array.from({ length: requests }, () => look()));
    return answers.filter((answer) => answer === 'no error').length;
  };

  beforeEach(() => local.settings({ apiRequestsPerSecond: 5 }));

  test('are answered at once, the next is throttled', async () => {
    expect(await answered(5)).toBe(5);
    expect(await look()).toMatch(/^Throttling: Rate exceeded/);
  });

  test('are answered in every emulated second, and no more after a long pause', async () => {
    expect(await answered(8)).toBe(5);
    await local.clock({ advance: 0.4 });
    expect(await answered(8)).toBe(2);
    await local.clock({ advance: 3600 });
    expect(await answered(8)).toBe(5);
  });

  test('are counted for each account and Region', async () => {
    await answered(8);
    expect(await look(THERE)).toBe('no error');
    expect(await look(HERE, '222222222222')).toBe('no error');
  });

  test('are requests to RDS; other services have no limit', async () => {
    await answered(8);
    await ask(local, 'kms', 'TrentService.ListKeys', {});
  });
});

test('the most copies at once are remembered for each destination', async () => {
  await local.settings({ snapshotSeconds: 0, copySeconds: 60, defaultEncryption: 'none' });
  await world.cluster('orders');
  const { DBClusterSnapshotArn: arn } = await world.snapshot('s', 'orders');
  const copies = (...names: string[]) => Promise.all(names.map((name) => world.copy(arn!, name, {}, THERE)));
  await copies('a', 'b', 'c');
  await local.clock({ advance: 61 });
  await copies('d', 'e');
  await world.copy('s', 'here', {}, HERE);
  expect(await local.peaks()).toEqual([
    { account: ACCOUNT, region: THERE, copies: 3, exports: 0 },
    { account: ACCOUNT, region: HERE, copies: 1, exports: 0 },
  ]);
  await local.reset();
  expect(await local.peaks()).toEqual([]);
});
