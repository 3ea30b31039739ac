import { CopyDBClusterSnapshotCommand, DescribeDBClusterSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { asRole, setRights, Statement } from './probe';
import { allow, arnOf, letIn, root, Sharing, USE, VAULT } from './shop-and-vault';
import { ACCOUNT as SHOP, HERE, refusal, THERE, World } from './world';
import { LocalAws } from '../../local/local-aws';

let local: LocalAws;
let world: World;
let sharing: Sharing;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
  sharing = new Sharing(world);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(async () => {
  await local.reset();
  await local.settings({ snapshotSeconds: 0, copySeconds: 0 });
});

describe('the list of a snapshot\'s grantee', () => {
  const list = async (input: object, region = HERE, rds = world.rds(region, VAULT)) =>
    (await rds.send(new DescribeDBClusterSnapshotsCommand(input))).DBClusterSnapshots!;
  const names = async (...asked: Parameters<typeof list>) => (await list(...asked)).map((snapshot) => snapshot.DBClusterSnapshotIdentifier);

  test('names what others share by its ARN, as `shared`, with its facts and key, without its tags', async () => {
    const { arn, key } = await sharing.snapshot();
    const theirs = await world.look('s');

    expect(await list({ SnapshotType: 'shared' })).toEqual([{ ...theirs, DBClusterSnapshotIdentifier: arn, SnapshotType: 'shared', TagList: [] }]);
    expect(theirs).toMatchObject({ KmsKeyId: key, DBClusterIdentifier: 'orders', TagList: [{ Key: 'secret', Value: 'of the owner' }] });
  });

  test('has them only when asked for, in the Region where they are, for whom they are shared with', async () => {
    const { arn } = await sharing.snapshot();
    await world.cluster('own', {}, HERE, VAULT);

    expect(await names({ SnapshotType: 'shared' })).toEqual([arn]);
    expect(await names({ IncludeShared: true })).toEqual([arn, expect.stringMatching(/^rds:own/)]);
    expect(await names({})).toEqual([expect.stringMatching(/^rds:own/)]);
    expect(await names({ SnapshotType: 'manual', IncludeShared: true })).toEqual([]);
    expect(await names({ SnapshotType: 'public', IncludeShared: true })).toEqual([]);
    expect(await names({ SnapshotType: 'shared' }, THERE)).toEqual([]);
    expect(await names({ SnapshotType: 'shared' }, HERE, world.rds(HERE, '333333333333'))).toEqual([]);
    await sharing.unshare('s');
    expect(await names({ SnapshotType: 'shared' })).toEqual([]);
  });

  test('finds one by its ARN, not by its name, and not by its cluster', async () => {
    const { arn } = await sharing.snapshot();
    const SnapshotType = 'shared';
    const [{ DbClusterResourceId }] = await list({ SnapshotType });

    expect(await names({ SnapshotType, DBClusterSnapshotIdentifier: arn })).toEqual([arn]);
    expect(await names({ IncludeShared: true, DBClusterSnapshotIdentifier: arn })).toEqual([arn]);
    expect(await refusal(list({ DBClusterSnapshotIdentifier: arn }))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    expect(await refusal(list({ SnapshotType, DBClusterSnapshotIdentifier: 's' }))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    expect(await names({ SnapshotType, DBClusterIdentifier: 'orders' })).toEqual([]);
    expect(await names({ SnapshotType, DbClusterResourceId })).toEqual([]);
    expect(await names({ SnapshotType, Filters: [{ Name: 'db-cluster-id', Values: ['orders'] }] })).toEqual([]);
    expect(await names({ SnapshotType, Filters: [{ Name: 'engine', Values: ['aurora-postgresql'] }] })).toEqual([arn]);
    await sharing.unshare('s');
    expect(await refusal(list({ SnapshotType, DBClusterSnapshotIdentifier: arn }))).toMatch(/^DBClusterSnapshotNotFoundFault/);
  });

  test('may learn of a share late, and of its end at once', async () => {
    await local.settings({ shareVisibilitySeconds: 60 });
    const { arn } = await sharing.snapshot();
    const KmsKeyId = await world.key(HERE, VAULT);

    expect(await names({ SnapshotType: 'shared' })).toEqual([]);
    expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, HERE, VAULT))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    await local.clock({ advance: 61 });
    await sharing.share('s');
    expect(await names({ SnapshotType: 'shared' })).toEqual([arn]);
    expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, HERE, VAULT))).toBe('no error');
    await sharing.unshare('s');
    expect(await names({ SnapshotType: 'shared' })).toEqual([]);
  });

  test('pages, through several owners', async () => {
    await local.settings({ pageSize: 2, defaultEncryption: 'none' });
    for (const owner of [SHOP, '333333333333']) {
      await world.cluster('orders', {}, HERE, owner);
      for (const name of ['a', 'b', 'c']) {
        await local.seedSnapshot({ cluster: 'orders', region: HERE, account: owner, type: 'manual', identifier: name });
        await sharing.share(name, owner);
      }
    }
    const seen: string[][] = [];
    let Marker: string | undefined;
    do {
      const page = await world.rds(HERE, VAULT).send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'shared', Marker }));
      seen.push(page.DBClusterSnapshots!.map((snapshot) => snapshot.DBClusterSnapshotArn!));
      Marker = page.Marker;
    } while (Marker);

    expect(seen.map((page) => page.length)).toEqual([2, 2, 2]);
    expect(new Set(seen.flat()).size).toBe(6);
  });

  test('is asked of the role: of the owner\'s ARN, whose tags it cannot know', async () => {
    const { arn } = await sharing.snapshot();
    const credentials = await asRole(local, [allow('rds:DescribeDBClusterSnapshots', arnOf('*', HERE, VAULT))], VAULT);
    const rds = new RDSClient({ ...local.client(HERE, VAULT), credentials, maxAttempts: 1 });
    const byArn = () => names({ SnapshotType: 'shared', DBClusterSnapshotIdentifier: arn }, HERE, rds);

    expect(await names({ SnapshotType: 'shared' }, HERE, rds)).toEqual([arn]);
    expect(await refusal(byArn())).toMatch(/^AccessDenied: .*rds:DescribeDBClusterSnapshots on resource: .*111111111111:cluster-snapshot:s/);
    await setRights(local, [allow('rds:DescribeDBClusterSnapshots', arn, { StringEquals: { 'aws:ResourceTag/secret': 'of the owner' } })], VAULT);
    expect(await refusal(byArn())).toMatch(/^AccessDenied/);
    await setRights(local, [allow('rds:DescribeDBClusterSnapshots', arn)], VAULT);
    expect(await byArn()).toEqual([arn]);
  });
});

describe('a copy into the grantee\'s account', () => {
  const copying = (arn: string, region = HERE): Statement[] => [
    allow(['rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication'], arn),
    allow('rds:CopyDBClusterSnapshot', arnOf('cab-*', region, VAULT)),
  ];
  const using = (key: string, Action: string | string[] = USE, Condition?: object) => allow(Action, key, Condition);
  const through = (...regions: string[]) => ({ StringEquals: { 'kms:ViaService': regions.map((region) => `rds.${region}.amazonaws.com`) } });

  /** Copies as a role of the vault account with these rights. */
  async function as(...statements: Statement[]) {
    const credentials = await asRole(local, statements, VAULT);
    return (SourceDBClusterSnapshotIdentifier: string, region = HERE, more: object = {}, TargetDBClusterSnapshotIdentifier = 'cab-copy') =>
      new RDSClient({ ...local.client(region, VAULT), credentials, maxAttempts: 1 })
        .send(new CopyDBClusterSnapshotCommand({ SourceDBClusterSnapshotIdentifier, TargetDBClusterSnapshotIdentifier, ...more }));
  }

  test.each([['the same Region', HERE], ['another Region, in one step', THERE]])('in %s, under a key of its own', async (_, region) => {
    const { arn, key } = await sharing.snapshot();
    const KmsKeyId = await world.key(region, VAULT);
    const copy = await as(...copying(arn, region), using(key, USE, through(HERE, region)), using(KmsKeyId, ['kms:DescribeKey', 'kms:CreateGrant'], through(region)));

    expect(await refusal(copy(arn, region))).toMatch(/^InvalidParameterValue/);
    await copy(arn, region, { KmsKeyId });

    expect((await local.snapshots()).find((snapshot) => snapshot.DBClusterSnapshotArn === arnOf('cab-copy', region, VAULT))).toMatchObject({
      Status: 'available', SnapshotType: 'manual', KmsKeyId, SourceDBClusterSnapshotArn: arn, SharedWith: [],
    });
  });

  test('has no tags of its source, also when asked for them', async () => {
    const { arn } = await sharing.snapshot();
    const KmsKeyId = await world.key(HERE, VAULT);
    expect((await world.copy(arn, 'plain', { KmsKeyId, CopyTags: true }, HERE, VAULT)).TagList).toEqual([]);
    expect((await world.copy(arn, 'own', { KmsKeyId, Tags: [{ Key: 'by', Value: 'vault' }] }, HERE, VAULT)).TagList).toEqual([{ Key: 'by', Value: 'vault' }]);
  });

  test('is refused when the snapshot is not shared, or no longer', async () => {
    const { arn } = await sharing.snapshot();
    const KmsKeyId = await world.key(THERE, VAULT);
    await sharing.unshare('s');
    expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, THERE, VAULT))).toMatch(/^DBClusterSnapshotNotFoundFault/);
    await sharing.share('s');
    expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, THERE, VAULT))).toBe('no error');
  });

  test('takes one of five places of the account that copies, in the Region where the copy is', async () => {
    const { arn } = await sharing.snapshot();
    await local.settings({ copySeconds: 600, copyLimit: 1 });
    const [here, there, shops] = [await world.key(HERE, VAULT), await world.key(THERE, VAULT), await world.key(THERE)];
    await world.copy(arn, 'a', { KmsKeyId: there }, THERE, VAULT);

    expect(await refusal(world.copy(arn, 'b', { KmsKeyId: there }, THERE, VAULT))).toMatch(/^SnapshotQuotaExceeded.*: Cannot copy more than 1 snapshots/);
    expect(await refusal(world.copy(arn, 'b', { KmsKeyId: here }, HERE, VAULT))).toBe('no error');
    expect(await refusal(world.copy(arn, 'b', { KmsKeyId: shops }, THERE, SHOP))).toBe('no error');
  });

  describe('needs the right', () => {
    const both: [string, (arn: string, key: string, own: string) => Statement[], RegExp][] = [
      ['on the source', (_arn, key, own) => [...copying('arn:none', THERE), using(key), using(own)], /^AccessDenied.*CopyDBClusterSnapshot on resource: .*:s /],
      ['on the copy', (arn, key, own) => [...copying(arn, HERE), using(key), using(own)], /^AccessDenied.*CopyDBClusterSnapshot on resource: .*cab-copy /],
      ['to leave the Region', (_arn, key, own) => [allow('rds:Copy*'), using(key), using(own)], /^AccessDenied.*rds:CrossRegionCommunication on resource: .*:s /],
      ['on the own key', (arn, key) => [...copying(arn, THERE), using(key)], /^KMSKeyNotAccessibleFault: The target snapshot KMS key/],
      ['on the source\'s key', (arn, _key, own) => [...copying(arn, THERE), using(own)], /^KMSKeyNotAccessibleFault: The source snapshot KMS key/],
      ...USE.map((action): typeof both[number] => [
        `${action} on the source's key`, (arn, key, own) => [...copying(arn, THERE), using(key, USE.filter((other) => other !== action)), using(own)],
        /^KMSKeyNotAccessibleFault: The source snapshot KMS key/,
      ]),
      ...[HERE, THERE].map((only): typeof both[number] => [
        `on the source's key not only through RDS of ${only}`, (arn, key, own) => [...copying(arn, THERE), using(key, USE, through(only)), using(own)],
        /^KMSKeyNotAccessibleFault: The source snapshot KMS key/,
      ]),
    ];
    test.each(both)('%s', async (_, statements, words) => {
      const { arn, key } = await sharing.snapshot();
      const KmsKeyId = await world.key(THERE, VAULT);
      const copy = await as(...statements(arn, key, KmsKeyId));
      expect(await refusal(copy(arn, THERE, { KmsKeyId }))).toMatch(words);
      await setRights(local, [...copying(arn, THERE), using(key, USE, through(HERE, THERE)), using(KmsKeyId)], VAULT);
      expect(await refusal(copy(arn, THERE, { KmsKeyId }))).toBe('no error');
    });
  });

  describe('needs the source\'s key policy', () => {
    const ROLE = `arn:aws:iam::${VAULT}:role/tested`;
    const refused = /^KMSKeyNotAccessibleFault: The source snapshot KMS key \[.*\] does not exist, is not enabled or you do not have permissions to access it\.$/;

    async function copyUnder(...statements: object[]) {
      const { arn, key } = await sharing.snapshot();
      const KmsKeyId = await world.key(THERE, VAULT);
      const copy = await as(...copying(arn, THERE), using(key), using(KmsKeyId));
      await sharing.setPolicy(key, statements);
      return { arn, key, attempt: () => refusal(copy(arn, THERE, { KmsKeyId })) };
    }

    test.each<[string, object[]]>([
      ['the account', [letIn(root(VAULT))]],
      ['the role alone', [letIn(ROLE)]],
      ['grants only for AWS, the rest through RDS of both Regions', [
        letIn(root(VAULT), USE.filter((action) => action !== 'kms:CreateGrant'), through(HERE, THERE)),
        letIn(root(VAULT), 'kms:CreateGrant', { Bool: { 'kms:GrantIsForAWSResource': 'true' }, ...through(HERE, THERE) }),
      ]],
    ])('to let in %s', async (_, statements) => {
      const { attempt } = await copyUnder(...statements);
      expect(await attempt()).toBe('no error');
    });

    test.each<[string, object[]]>([
      ['nobody', []],
      ['another account', [letIn(root('333333333333'))]],
      ['another role of the account', [letIn(`arn:aws:iam::${VAULT}:role/other`)]],
      ['it for less', [letIn(root(VAULT), USE.slice(1))]],
      ['it through RDS of one Region', [letIn(root(VAULT), USE, through(HERE))]],
      ['it, and denies the role', [letIn(root(VAULT)), { ...letIn('*', 'kms:CreateGrant', { ArnLike: { 'aws:PrincipalArn': ROLE } }), Effect: 'Deny' }]],
    ])('and is refused where that lets in %s', async (_, statements) => {
      const { attempt } = await copyUnder(...statements);
      expect(await attempt()).toMatch(refused);
    });

    test('or a grant of the key to the role or its account, as long as that is not revoked', async () => {
      const { key, attempt } = await copyUnder();
      const grant = async (GranteePrincipal: string, Operations: string[]) => (await world.kms('CreateGrant', { KeyId: key, GranteePrincipal, Operations })).GrantId;
      const Operations = ['CreateGrant', 'DescribeKey', 'Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'];
      await grant(ROLE, ['DescribeKey', 'Decrypt']);
      expect(await attempt()).toMatch(refused);
      const GrantId = await grant(ROLE, Operations);
      await world.kms('RevokeGrant', { KeyId: key, GrantId });
      expect(await attempt()).toMatch(refused);
      await grant(root(VAULT), Operations);
      expect(await attempt()).toBe('no error');
    });

    test('also when the root of the account asks, which no policy of its own binds', async () => {
      const { arn, key } = await sharing.snapshot();
      const KmsKeyId = await world.key(HERE, VAULT);
      await sharing.setPolicy(key, []);
      expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, HERE, VAULT))).toMatch(refused);
      await sharing.setPolicy(key, [letIn(root(VAULT))]);
      expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, HERE, VAULT))).toBe('no error');
    });
  });

  describe('in progress', () => {
    async function copyHalfDone() {
      const { arn, key } = await sharing.snapshot();
      const own = await world.key(THERE, VAULT);
      await local.settings({ copySeconds: 100 });
      const copy = await as(...copying(arn, THERE), using(key), using(own));
      await copy(arn, THERE, { KmsKeyId: own });
      await local.clock({ advance: 40 });
      return { key, own };
    }
    const outcome = async () => {
      await local.clock({ advance: 100 });
      const found = (await local.snapshots()).find((snapshot) => snapshot.DBClusterSnapshotIdentifier === 'cab-copy')!;
      return `${found.Status} at ${found.PercentProgress} %`;
    };
    type Keys = Awaited<ReturnType<typeof copyHalfDone>>;
    const events: [string, (keys: Keys) => Promise<unknown>][] = [
      ['its source is no longer shared', () => sharing.unshare('s')],
      ['the source\'s key policy no longer lets it in', ({ key }) => sharing.setPolicy(key, [])],
      ['the source\'s key is disabled', ({ key }) => world.kms('DisableKey', { KeyId: key })],
      ['the source\'s key is to be deleted', ({ key }) => world.kms('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })],
      ['its own key is disabled', ({ own }) => world.kms('DisableKey', { KeyId: own }, THERE, VAULT)],
      ['its own key is to be deleted', ({ own }) => world.kms('ScheduleKeyDeletion', { KeyId: own }, THERE, VAULT)],
    ];

    test.each(events)('fails when %s', async (_, happens) => {
      const keys = await copyHalfDone();
      await happens(keys);
      expect(await outcome()).toBe('failed at 40 %');
    });

    test.each(events)('or not, which nobody has proved: when %s', async (_, happens) => {
      const keys = await copyHalfDone();
      await local.settings({ copiesKeepRunning: true });
      await happens(keys);
      expect(await outcome()).toBe('available at 100 %');
    });

    test('fails when its source is deleted, in any case', async () => {
      await copyHalfDone();
      await local.settings({ copiesKeepRunning: true });
      await world.remove('s');
      expect(await outcome()).toBe('failed at 40 %');
    });

    test('does not mind what happens when it is done', async () => {
      const { key } = await copyHalfDone();
      await local.clock({ advance: 61 });
      await sharing.unshare('s');
      await world.kms('DisableKey', { KeyId: key });
      await world.remove('s');
      expect(await outcome()).toBe('available at 100 %');
    });
  });
});

describe('faults', () => {
  test('hit one account of those that share', async () => {
    const { arn } = await sharing.snapshot();
    const KmsKeyId = await world.key(HERE, VAULT);
    await local.fault({ kind: 'throttle', action: 'rds:CopyDBClusterSnapshot', principal: VAULT });
    await local.fault({ kind: 'deny', action: 'rds:ModifyDBClusterSnapshotAttribute', principal: SHOP });
    await local.fault({ kind: 'lost', action: 'rds:ModifyDBClusterSnapshotAttribute', principal: SHOP });

    expect(await refusal(world.copy(arn, 'own', {}))).toBe('no error');
    expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, HERE, VAULT))).toMatch(/^Throttling/);
    expect(await refusal(world.copy(arn, 'c', { KmsKeyId }, HERE, VAULT))).toBe('no error');
    expect(await refusal(sharing.unshare('s'))).toMatch(/^AccessDenied/);
    expect(await refusal(sharing.unshare('s'))).toMatch(/^InternalFailure/);
    expect((await local.snapshots()).find((snapshot) => snapshot.DBClusterSnapshotArn === arn)!.SharedWith).toEqual([]);
  });

  test('let the copy of one account end `failed`, and any copy at any time', async () => {
    const { arn } = await sharing.snapshot();
    const KmsKeyId = await world.key(HERE, VAULT);
    await local.settings({ copySeconds: 100 });
    await local.fault({ kind: 'endsFailed', action: 'rds:CopyDBClusterSnapshot', principal: VAULT, percent: 30 });
    await world.copy(arn, 'own');
    await world.copy(arn, 'first', { KmsKeyId }, HERE, VAULT);
    await world.copy(arn, 'second', { KmsKeyId }, HERE, VAULT);
    await local.setStatus(arnOf('second', HERE, VAULT), 'failed', { percent: 7 });
    await local.clock({ advance: 101 });

    expect((await local.snapshots()).filter((snapshot) => snapshot.SourceDBClusterSnapshotArn).map((snapshot) =>
      `${snapshot.DBClusterSnapshotIdentifier} ${snapshot.Status} at ${snapshot.PercentProgress} %`).sort()).toEqual([
      'first failed at 30 %', 'own available at 100 %', 'second failed at 7 %',
    ]);
  });
});
