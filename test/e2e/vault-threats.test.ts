import { InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import {
  AddTagsToResourceCommand, CopyDBClusterSnapshotCommand, CreateDBClusterSnapshotCommand, DeleteDBClusterCommand, DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand, ModifyDBClusterSnapshotAttributeCommand, RDSClient, RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { DeleteStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Duration } from 'aws-cdk-lib';
import { useLocalAws } from './support/e2e';
import { DAY, HOUR, MINUTE } from './support/plans';
import { snapshotArn } from './support/subjects';
import {
  FOREIGN_ACCOUNT, RECEIPT, RECOVERY_ACCOUNT, VAULT_ACCOUNT, VAULT_BUS, VAULT_NAME, announce, backUp, beginWithVault, heard, putEvent, receipts,
  release, releases, remembered, share, sharedByHand, stored, taken, vaultCopies, vaultLogs, vaultMetric, vaultStates,
} from './support/vaults';
import { Call } from '../../local/call-report';
import { ACCOUNT, HERE, THERE, refusal } from '../local/world';
import { RetentionPolicy } from 'cdk-aurora-backup';

/** Each heading of docs/guides/vault-threats.md is tried here, under the same name. */
const aws = useLocalAws(0);

const DEFAULT_BUS_OF_THE_SHOP = `arn:aws:events:${HERE}:${ACCOUNT}:event-bus/default`;

/** What the plan took last. */
async function newest(): Promise<string> {
  return (await taken(aws)).at(-1)!.DBClusterSnapshotIdentifier;
}

/** Everything that an administrator of the shop's account can take away by RDS. */
async function wipeTheShop() {
  const rds = aws.world.rds();
  for (const { DBClusterSnapshotIdentifier } of await aws.manual()) {
    await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));
  }
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true }));
}

test('the source admin deletes everything', async () => {
  const { shop } = await beginWithVault(aws, { retention: RetentionPolicy.keepFor(Duration.days(2)) });
  await backUp(aws, 'first');
  const first = await newest();
  expect(await stored(aws)).toEqual([first]);
  const keyOfTheShop = await shop.physicalId('Key');

  await wipeTheShop();
  await shop.destroy();
  await aws.world.kms('ScheduleKeyDeletion', { KeyId: keyOfTheShop, PendingWindowInDays: 7 });
  await aws.local.play(10 * DAY);

  expect(await stored(aws)).toEqual([first]); // five times as old as what the vault keeps beside the newest
  const [copy] = await vaultCopies(aws);
  expect(copy.KmsKeyId).toMatch(new RegExp(`^arn:aws:kms:${THERE}:${VAULT_ACCOUNT}:key/`));
  expect(copy.SharedWith).toEqual([]);
});

describe('the source floods the vault with junk', () => {
  test('beyond the daily admission everything is refused, which is told; a day later some is admitted again', async () => {
    await beginWithVault(aws, { dailyAdmission: 3 });
    await backUp(aws, 'good');
    const good = await newest();

    for (const name of ['junk-1', 'junk-2', 'junk-3', 'junk-4']) {
      await announce(aws, ACCOUNT, await sharedByHand(aws, name));
      await aws.local.play(HOUR);
    }
    expect(await stored(aws)).toEqual([good, 'junk-1', 'junk-2']);
    expect(await vaultMetric(aws, 'AdmissionRefused')).toBeGreaterThanOrEqual(2);
    expect(await receipts(aws)).toContainEqual(expect.objectContaining({
      verdict: 'REFUSED', snapshotArn: snapshotArn('junk-4'), reason: expect.stringContaining('dailyAdmission'),
    }));

    await aws.local.play(2 * DAY);
    expect((await stored(aws))[0]).toBe(good);
  });

  test('beyond the maximum the old ones stay, and new ones are refused', async () => {
    await beginWithVault(aws, { dailyAdmission: 50, maximumSnapshots: 3 });
    await backUp(aws, 'good');
    const good = await newest();

    for (let day = 1; day <= 5; day++) {
      await announce(aws, ACCOUNT, await sharedByHand(aws, `junk-${day}`));
      await aws.local.play(DAY);
    }

    expect(await stored(aws)).toEqual([good, 'junk-1', 'junk-2']);
    expect(await vaultMetric(aws, 'AdmissionRefused')).toBeGreaterThan(0);
  });

  test('a source waits behind itself: what another one sends is copied next', async () => {
    const sources = [{ accountId: ACCOUNT, regions: [HERE] }, { accountId: FOREIGN_ACCOUNT, regions: [HERE] }];
    await beginWithVault(aws, { dailyAdmission: 50, sources });
    // The other source has no plan that lets receipts in.
    aws.excuse(({ action, checks }) => action === 'events:PutEvents' && checks.some(({ resource }) => resource.includes(FOREIGN_ACCOUNT)));
    await aws.world.cluster('theirs', {}, HERE, FOREIGN_ACCOUNT);
    await aws.local.settings({ copySeconds: HOUR });

    for (let junk = 1; junk <= 25; junk++) {
      await announce(aws, ACCOUNT, await sharedByHand(aws, `junk-${junk}`));
    }
    await aws.local.play(5 * MINUTE);
    await announce(aws, FOREIGN_ACCOUNT, await sharedByHand(aws, 'good', { account: FOREIGN_ACCOUNT, cluster: 'theirs' }));
    await aws.local.play(3 * HOUR);

    const copied = await stored(aws);
    expect(copied).toContain('good');
    expect(copied.length).toBeLessThan(16); // five an hour
  });

  test('of what cannot be copied no more waits than a day admits, and a snapshot is one, however it is spelled', async () => {
    await beginWithVault(aws, { dailyAdmission: 2 });
    const key = await aws.world.key(); // of which the vault may know nothing
    await aws.world.cluster('bait', { StorageEncrypted: true, KmsKeyId: key });
    const onThatKey = (call: Call) => call.action === 'rds:CopyDBClusterSnapshot' && call.checks.some(({ resource }) => resource === key);
    aws.excuse(onThatKey);

    for (let bait = 1; bait <= 6; bait++) {
      const arn = await sharedByHand(aws, `bait-${bait}`, { cluster: 'bait' });
      for (const spelled of [arn, arn.replace('bait', 'Bait'), arn.replace('bait', 'BAIT')]) {
        await announce(aws, ACCOUNT, spelled);
      }
    }
    await aws.local.play(4 * MINUTE);

    const { stateMachines } = await vaultStates(aws, 'ListStateMachines');
    const countOf = async (machine: string, filter: object = {}) => {
      const { stateMachineArn } = stateMachines.find(({ name }: { name: string }) => name.endsWith(machine));
      return (await vaultStates(aws, 'ListExecutions', { stateMachineArn, ...filter })).executions.length;
    };
    expect(new Set((await heard(aws)).map(({ snapshotArn: of }) => of)).size).toBe(18);
    expect(await countOf('-arrive')).toBe(6);
    expect(await countOf('-receive', { statusFilter: 'RUNNING' })).toBe(2);
    expect((await receipts(aws)).map(({ verdict, reason }) => `${verdict}: ${reason}`))
      .toEqual(Array(4).fill(expect.stringMatching(/^REFUSED: the vault is busy with [2-5] snapshots of its cluster, and dailyAdmission is 2$/)));
  });

  test('what is older than the vault keeps anything is refused, and takes no place', async () => {
    await beginWithVault(aws, { retention: RetentionPolicy.keepFor(Duration.days(2)) });
    await backUp(aws, 'good');
    const good = await newest();

    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'ancient', created: '2020-01-01T00:00:00Z' });
    await share(aws, 'ancient');
    await announce(aws, ACCOUNT, snapshotArn('ancient'));
    await aws.local.play(DAY);

    expect(await stored(aws)).toEqual([good]);
    expect(await receipts(aws)).toContainEqual(expect.objectContaining({ verdict: 'REFUSED', snapshotArn: snapshotArn('ancient') }));
  });
});

test('a foreign account announces', async () => {
  await beginWithVault(aws);
  await aws.world.cluster('theirs', {}, HERE, FOREIGN_ACCOUNT);
  const theirs = await sharedByHand(aws, 'poison', { account: FOREIGN_ACCOUNT, cluster: 'theirs' });

  expect(await announce(aws, FOREIGN_ACCOUNT, theirs)).toMatch(/AccessDenied|NotAuthorized/);
  await backUp(aws, 'good', DAY); // the sweep, too, sees what is shared with the account

  expect(await stored(aws)).toEqual([await newest()]);
  expect(await vaultCopies(aws)).toHaveLength(1);
});

describe('a forged event names the snapshot of another account', () => {
  test('and is rejected, whatever that account shares with the vault', async () => {
    await beginWithVault(aws);
    await aws.world.cluster('theirs', {}, HERE, FOREIGN_ACCOUNT);
    const theirs = await sharedByHand(aws, 'poison', { account: FOREIGN_ACCOUNT, cluster: 'theirs' });

    expect(await announce(aws, ACCOUNT, theirs)).toBeUndefined(); // the account may announce, and EventBridge looks no further
    await backUp(aws, 'good');

    expect(await stored(aws)).toEqual([await newest()]);
    expect((await receipts(aws)).map(({ snapshotArn: of }) => of)).not.toContain(theirs);
    expect(await vaultMetric(aws, 'AnnouncementRejected')).toBe(1);
    expect(await vaultLogs(aws)).toContainEqual(expect.objectContaining({ message: expect.stringMatching(/reject/) }));
  });

  test('or what is not shared, what is no snapshot, and what the vault has not declared: nothing of it is copied', async () => {
    await beginWithVault(aws, { sources: [{ accountId: ACCOUNT, regions: [HERE], clusters: ['orders'] }] });
    await aws.world.cluster('toys');
    await aws.world.cluster('elsewhere', {}, THERE);
    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'private' });

    await announce(aws, ACCOUNT, snapshotArn('private'));
    await announce(aws, ACCOUNT, `arn:aws:rds:${HERE}:${ACCOUNT}:cluster:orders`);
    await announce(aws, ACCOUNT, await sharedByHand(aws, 'of-toys', { cluster: 'toys' }));
    await announce(aws, ACCOUNT, await sharedByHand(aws, 'of-elsewhere', { cluster: 'elsewhere', region: THERE }));
    await backUp(aws, 'good', DAY);

    expect(await stored(aws)).toEqual([await newest()]);
    expect(await vaultCopies(aws)).toHaveLength(1);
    expect(await vaultMetric(aws, 'AnnouncementRejected')).toBe(2); // the cluster, and what is in an undeclared Region
    expect(await receipts(aws)).toContainEqual(expect.objectContaining({ verdict: 'REFUSED', snapshotArn: snapshotArn('of-toys') }));
  });
});

describe('confused deputy', () => {
  test('the vault is led to the key of somebody who never wanted anything of it, and may not use it', async () => {
    await beginWithVault(aws);
    // The foreign account trusts the account of the vault with its key, for another purpose; the shop may use it, too.
    const keyPolicy = {
      Statement: [ACCOUNT, VAULT_ACCOUNT].map((account) => ({
        Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*',
      })),
    };
    const key = await aws.world.key(HERE, FOREIGN_ACCOUNT);
    await aws.world.kms('PutKeyPolicy', { KeyId: key, PolicyName: 'default', Policy: JSON.stringify(keyPolicy) }, HERE, FOREIGN_ACCOUNT);
    await aws.world.cluster('bait', { StorageEncrypted: true, KmsKeyId: key });
    const onTheirKey = (call: Call) => call.action === 'rds:CopyDBClusterSnapshot' && call.checks.some(({ resource }) => resource === key);
    aws.excuse(onTheirKey);

    await announce(aws, ACCOUNT, await sharedByHand(aws, 'bait-1', { cluster: 'bait' }));
    await backUp(aws, 'good', DAY);

    expect(await stored(aws)).toEqual([await newest()]);
    const tried = (await aws.local.calls()).filter(onTheirKey);
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.filter(({ decision }) => decision === 'allowed')).toEqual([]);
  });
});

test('the snapshot is unshared while it is copied', async () => {
  await beginWithVault(aws);
  await backUp(aws, 'first');
  const first = await newest();
  await aws.local.settings({ copySeconds: HOUR });
  await backUp(aws, 'second', HOUR / 2);
  const second = await newest();
  expect((await vaultCopies(aws)).map(({ Status }) => Status)).toEqual(['available', 'copying']);

  await share(aws, second, { remove: true });
  await aws.local.play(3 * HOUR);
  expect(await stored(aws)).toEqual([first]); // and what failed does not count as anything
  expect((await remembered(aws)).at(-1)).toMatch(/^refused it could not be copied/);
  expect(await vaultMetric(aws, 'CopyFailed')).toBeGreaterThan(0);

  await share(aws, second);
  await aws.local.play(6 * HOUR);
  expect(await stored(aws)).toEqual([first, second]);
  expect((await remembered(aws)).at(-1)).toMatch(/^stored /);
});

test('the key of the vault can no longer be used', async () => {
  const { vault } = await beginWithVault(aws);
  await backUp(aws, 'first');
  const first = await newest();
  const key = await vault.physicalId('Key');

  await aws.world.kms('DisableKey', { KeyId: key }, THERE, VAULT_ACCOUNT);
  await backUp(aws, 'second', 6 * HOUR);
  const second = await newest();
  expect(await stored(aws)).toEqual([first]);
  expect((await taken(aws)).map(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier)).toContain(second); // kept while the vault has none
  expect(await vaultMetric(aws, 'CopyFailed')).toBeGreaterThan(0);

  await aws.world.kms('EnableKey', { KeyId: key }, THERE, VAULT_ACCOUNT);
  await aws.local.play(6 * HOUR);
  expect(await stored(aws)).toEqual([first, second]);
});

describe('a forged receipt', () => {
  const receiptFor = (arn: string) => ({
    bus: DEFAULT_BUS_OF_THE_SHOP,
    detailType: RECEIPT,
    detail: {
      version: '1',
      verdict: 'STORED',
      vaultName: VAULT_NAME,
      vault: VAULT_BUS,
      sourceAccount: ACCOUNT,
      sourceRegion: HERE,
      snapshotArn: arn,
      storedAt: '2027-03-01T13:00:00.000Z',
    },
  });

  beforeEach(async () => {
    await beginWithVault(aws);
    await aws.local.settings({ copySeconds: 10 * HOUR });
    await backUp(aws, 'first', HOUR);
    expect(await remembered(aws)).toEqual(['awaited']);
  });

  test('from another account does not get in', async () => {
    expect(await putEvent(aws, FOREIGN_ACCOUNT, receiptFor(snapshotArn(await newest())))).toMatch(/AccessDenied|NotAuthorized/);
    await aws.local.play(HOUR);

    expect(await remembered(aws)).toEqual(['awaited']);
  });

  test('from the account of the shop is not heard', async () => {
    expect(await putEvent(aws, ACCOUNT, receiptFor(snapshotArn(await newest())))).toBeUndefined();
    await aws.local.play(HOUR);

    expect(await remembered(aws)).toEqual(['awaited']);
  });

  test('from the account of the vault, for what is not a snapshot of the plan, changes nothing', async () => {
    await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'by-hand', tags: { team: 'shop' } });

    expect(await putEvent(aws, VAULT_ACCOUNT, receiptFor(snapshotArn('by-hand')))).toBeUndefined();
    await aws.local.play(HOUR);

    expect((await aws.manual()).find(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier === 'by-hand')!.Tags).toEqual({ team: 'shop' });
  });
});

describe('an administrator of the vault tries what the lock policy denies', () => {
  const deniedByTheOrganization = /explicit deny in a service control policy/;

  test('and is denied it, while the vault itself goes on', async () => {
    aws.excuse(({ role }) => role === 'Administrator');
    const { vault } = await beginWithVault(aws, { retention: RetentionPolicy.keepFor(Duration.days(2)) });
    await backUp(aws, 'first');
    const first = await newest();
    await aws.local.serviceControlPolicies(VAULT_ACCOUNT, JSON.parse((await vault.outputs()).LockPolicy));
    const as = { ...aws.local.client(THERE, VAULT_ACCOUNT), credentials: await aws.local.administrator('Administrator', VAULT_ACCOUNT), maxAttempts: 1 };
    const [rds, lambda, states] = [new RDSClient(as), new LambdaClient(as), new SFNClient(as)];
    const [{ DBClusterSnapshotIdentifier, DBClusterSnapshotArn: copy }] = await vaultCopies(aws);
    const owner = DBClusterSnapshotIdentifier.slice(0, 'cab-01234567'.length);
    const machine = (name: string) => `arn:aws:states:${THERE}:${VAULT_ACCOUNT}:stateMachine:${owner}-${name}`;
    const key = await vault.physicalId('Key');
    const asRoot = async (service: string, target: string, body: object) => {
      const answer = await aws.world.json(service, target, body, THERE, VAULT_ACCOUNT);
      throw new Error(answer.message ?? answer.Message ?? answer.Entries?.[0].ErrorMessage ?? 'it was done');
    };

    const iamAsRoot = async (Action: string, parameters: object) => {
      const answer = await fetch(aws.local.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'authorization': `AWS4-HMAC-SHA256 Credential=${VAULT_ACCOUNT}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }),
      });
      throw new Error(await answer.text());
    };

    const attempts: Record<string, () => Promise<unknown>> = {
      'delete a copy': () => rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier })),
      'share a copy': () => rds.send(new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier, AttributeName: 'restore', ValuesToAdd: [FOREIGN_ACCOUNT] })),
      'copy a copy, to share that': () => rds.send(new CopyDBClusterSnapshotCommand({
        SourceDBClusterSnapshotIdentifier: DBClusterSnapshotIdentifier, TargetDBClusterSnapshotIdentifier: 'mine', KmsKeyId: key,
      })),
      'tag a copy': () => rds.send(new AddTagsToResourceCommand({ ResourceName: copy, Tags: [{ Key: 'cdk-aurora-backup:keep-until', Value: '2020-01-01T00:00:00Z' }] })),
      'untag a copy': () => rds.send(new RemoveTagsFromResourceCommand({ ResourceName: copy, TagKeys: ['cdk-aurora-backup:owner'] })),
      'end the key': () => asRoot('kms', 'TrentService.ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 }),
      'disable the key': () => asRoot('kms', 'TrentService.DisableKey', { KeyId: key }),
      'change the policy of the key': () => asRoot('kms', 'TrentService.PutKeyPolicy', { KeyId: key, PolicyName: 'default', Policy: '{"Statement":[]}' }),
      'change a function': () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: `${owner}-prune`, Handler: 'index.mine' })),
      'tell a function other rules': () => lambda.send(new InvokeCommand({ FunctionName: `${owner}-prune`, Payload: Buffer.from('{"door":"vault"}') })),
      'receive what nobody announced': () => states.send(new StartExecutionCommand({ stateMachineArn: machine('receive'), input: '{}' })),
      'have a receipt sent that says what they want': () => states.send(new StartExecutionCommand({
        stateMachineArn: machine('arrive'), input: '{"answer":{"call":"tell","then":"end"}}',
      })),
      'delete a state machine': () => states.send(new DeleteStateMachineCommand({ stateMachineArn: machine('sweep') })),
      'stop listening': () => asRoot('events', 'AWSEvents.DeleteEventBus', { Name: VAULT_NAME }),
      'make a role by the path of the vault': () => iamAsRoot('CreateRole', { Path: `/cdk-aurora-backup/${owner}/`, RoleName: 'mallory', AssumeRolePolicyDocument: '{}' }),
      'make a role by the path of its pruner': () => iamAsRoot('CreateRole', {
        Path: `/cdk-aurora-backup/${owner}/prune/`, RoleName: 'pruner', AssumeRolePolicyDocument: '{}',
      }),
      'take the name of a copy': () => rds.send(new CreateDBClusterSnapshotCommand({
        DBClusterSnapshotIdentifier: `${owner}-taken`, DBClusterIdentifier: 'any',
      })),
      'forge a receipt on the bus of the shop': () => asRoot('events', 'AWSEvents.PutEvents', {
        Entries: [{ Source: 'cdk-aurora-backup', DetailType: RECEIPT, Detail: '{}', EventBusName: DEFAULT_BUS_OF_THE_SHOP }],
      }),
      'forge a receipt': () => asRoot('events', 'AWSEvents.PutEvents', { Entries: [{ Source: 'cdk-aurora-backup', DetailType: RECEIPT, Detail: '{}' }] }),
    };
    const answers = await Promise.all(Object.entries(attempts).map(async ([name, attempt]) => [name, await refusal(attempt())] as const));
    expect(answers.filter(([, answer]) => !deniedByTheOrganization.test(answer))).toEqual([]);

    await backUp(aws, 'second');
    const second = await newest();
    expect(await stored(aws)).toEqual([first, second]);
    await aws.local.play(3 * DAY);
    expect(await stored(aws)).toEqual([second]); // and the pruner prunes
  });
});

test('a recovery account turns against its owner', async () => {
  await beginWithVault(aws);
  await backUp(aws, 'first');
  await backUp(aws, 'second');
  await release(aws, { recoveryAccountId: RECOVERY_ACCOUNT, sourceAccountId: ACCOUNT, clusterIdentifier: 'orders', hours: 2, reason: 'an exercise' });
  await aws.local.play(HOUR);
  const [{ snapshotArn: lent }] = await releases(aws);
  const rds = aws.world.rds(THERE, RECOVERY_ACCOUNT);
  const seen = async () => (await rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'shared' }))).DBClusterSnapshots!
    .map(({ DBClusterSnapshotArn }) => DBClusterSnapshotArn);

  expect(await seen()).toEqual([lent]);
  expect(await refusal(rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: lent })))).not.toBe('no error');
  expect(await refusal(rds.send(new ModifyDBClusterSnapshotAttributeCommand({
    DBClusterSnapshotIdentifier: lent, AttributeName: 'restore', ValuesToAdd: [FOREIGN_ACCOUNT],
  })))).not.toBe('no error');

  await aws.local.play(2 * HOUR);
  expect(await seen()).toEqual([]);
  expect(await stored(aws)).toHaveLength(2);
  expect((await vaultCopies(aws)).flatMap(({ SharedWith }) => SharedWith)).toEqual([]);
});
