import { RestoreDBClusterFromSnapshotCommand } from '@aws-sdk/client-rds';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { useLocalAws } from './support/e2e';
import { DAY, FIRST_NOON, HOUR, MINUTE, clusterVerdicts } from './support/plans';
import { temporaryFolder } from './support/temporary-folders';
import {
  COPY_SECONDS, RECOVERY_ACCOUNT, VAULT_ACCOUNT, VAULT_NAME, backUp, beginWithVault, receipts, release, releases, remembered, sharedByHand, shopWith,
  stored, taken, vaultCopies, vaultMetric, vaultWith,
} from './support/vaults';
import { localSynthesizer } from '../../local/cdk-cli';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { RetentionPolicy, SnapshotVault } from 'cdk-aurora-backup';

/** Where the vault copies its copies to. */
const FARTHER = 'eu-north-1';

const aws = useLocalAws(0);

test('a snapshot of the shop is copied by the vault under its own key, and the shop knows that it is there', async () => {
  await beginWithVault(aws);

  await backUp(aws, 'first');

  const [source] = await taken(aws);
  const [copy, ...others] = await vaultCopies(aws);
  expect(others).toEqual([]);
  expect(copy).toMatchObject({
    Status: 'available',
    DBClusterIdentifier: 'orders',
    Origin: source.Origin,
    Tags: { 'cdk-aurora-backup:vault': VAULT_NAME, 'cdk-aurora-backup:source': source.DBClusterSnapshotArn, 'cdk-aurora-backup:cluster': 'orders' },
    SharedWith: [],
  });
  expect(copy.KmsKeyId).toContain(`:${VAULT_ACCOUNT}:key/`);
  expect(await receipts(aws)).toMatchObject([{ verdict: 'STORED', snapshotArn: source.DBClusterSnapshotArn }]);
  expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored 2027-03-01T12:/)]);
  expect(await clusterVerdicts(aws)).toMatchObject([{
    verdict: 'SUCCEEDED', parts: expect.arrayContaining([expect.objectContaining({ part: 'vault', verdict: 'SUCCEEDED' })]),
  }]);
  expect(await vaultMetric(aws, 'CopyStored')).toBe(1);
});

test('with everything gone in the account of the shop, a copy is lent to a third account, which restores it under its own key', async () => {
  const { shop } = await beginWithVault(aws);
  await backUp(aws, 'first');
  const [{ Origin }] = await taken(aws);

  await shop.destroy();
  for (const { DBClusterSnapshotIdentifier } of await aws.manual()) {
    await aws.world.remove(DBClusterSnapshotIdentifier);
  }
  await aws.world.deleteCluster('orders');
  await release(aws, { recoveryAccountId: RECOVERY_ACCOUNT, sourceAccountId: ACCOUNT, clusterIdentifier: 'orders', hours: 3, reason: 'the shop is gone' });
  await aws.local.play(10 * MINUTE);

  const [told] = await releases(aws);
  expect(told).toMatchObject({ state: 'SHARED', recoveryAccountId: RECOVERY_ACCOUNT, sourceAccount: ACCOUNT, clusterIdentifier: 'orders', reason: 'the shop is gone' });
  const ownKey = await aws.world.key(THERE, RECOVERY_ACCOUNT);
  await aws.world.rds(THERE, RECOVERY_ACCOUNT).send(new RestoreDBClusterFromSnapshotCommand({
    DBClusterIdentifier: 'orders-again', SnapshotIdentifier: told.snapshotArn, Engine: 'aurora-postgresql', KmsKeyId: ownKey,
  }));
  expect((await aws.local.clusters()).filter(({ DBClusterArn }) => DBClusterArn.includes(RECOVERY_ACCOUNT)))
    .toMatchObject([{ DBClusterIdentifier: 'orders-again', KmsKeyId: ownKey, Origin }]);

  await aws.local.play(4 * HOUR);
  expect(await vaultCopies(aws)).toMatchObject([{ Status: 'available', SharedWith: [] }]);
  expect((await releases(aws)).map(({ state }) => state)).toEqual(['SHARED', 'ENDED']);
});

describe('whichever is deployed first', () => {
  beforeEach(async () => {
    await aws.local.clock({ speed: 0, at: FIRST_NOON });
    await aws.local.settings({ snapshotSeconds: MINUTE, copySeconds: COPY_SECONDS, defaultEncryption: 'none' });
  });

  test('a vault that comes hours after the snapshot gets it', async () => {
    aws.excuse(({ action, role }) => action === 'events:PutEvents' && /PlanVaultsRole/.test(role ?? '')); // there is no bus yet
    await aws.stack().deploy(shopWith());
    await backUp(aws, 'early', 3 * HOUR);
    expect(await remembered(aws)).toEqual(['awaited']);

    await aws.stack('Vault', THERE, VAULT_ACCOUNT).deploy(vaultWith());
    await aws.local.play(2 * HOUR);

    expect(await stored(aws)).toEqual((await taken(aws)).map(({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier));
    expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored /)]);
  });

  test('a vault that was there for hours gets the first snapshot of a shop that comes', async () => {
    await aws.stack('Vault', THERE, VAULT_ACCOUNT).deploy(vaultWith());
    await aws.local.play(3 * HOUR);

    await aws.stack().deploy(shopWith());
    await backUp(aws, 'late');

    expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored /)]);
  });
});

test('a snapshot that is shared and that nobody announces is found within an hour, and answered', async () => {
  await beginWithVault(aws);

  const arn = await sharedByHand(aws, 'by-hand');
  await aws.local.play(90 * MINUTE);

  expect(await stored(aws)).toEqual(['by-hand']);
  expect(await receipts(aws)).toMatchObject([{ verdict: 'STORED', snapshotArn: arn }]);
});

test('every copy is copied once more, and each Region keeps its own time', async () => {
  const farther = await aws.world.key(FARTHER, VAULT_ACCOUNT);
  await beginWithVault(aws, (stack) => ({
    retention: RetentionPolicy.keepFor(Duration.days(3)),
    copies: [{ region: FARTHER, encryptionKey: kms.Key.fromKeyArn(stack, 'Farther', farther), retention: RetentionPolicy.keepFor(Duration.days(1)) }],
  }));
  const nights = ['first', 'second', 'third', 'fourth', 'fifth'];
  for (const night of nights) {
    await backUp(aws, night, DAY);
  }

  // Received some minutes after noon each day, and it is noon of the sixth: those of the last three days, and of the last one.
  expect(await daysOf(THERE)).toEqual(['2027-03-03', '2027-03-04', '2027-03-05']);
  expect(await daysOf(FARTHER)).toEqual(['2027-03-05']);
  expect((await vaultCopies(aws, FARTHER)).map(({ KmsKeyId }) => KmsKeyId)).toEqual([farther]);
  expect(await vaultMetric(aws, 'SnapshotsPruned')).toBe(2 + 4);
});

test('what a copy was promised when it was made holds, whatever is deployed later; the newest one stays anyway', async () => {
  const { vault } = await beginWithVault(aws, { retention: RetentionPolicy.keepFor(Duration.days(7)), minimumRetention: Duration.days(4) });
  await backUp(aws, 'promised', DAY);

  await vault.deploy(vaultWith({ retention: RetentionPolicy.keepFor(Duration.days(1)) }));
  await backUp(aws, 'not promised', DAY);
  await backUp(aws, 'newest', DAY);
  expect(await daysOf(THERE)).toEqual(['2027-03-01', '2027-03-03']);

  await aws.local.play(3 * DAY);
  expect(await daysOf(THERE)).toEqual(['2027-03-03']);
});

describe('by the CDK CLI', () => {
  /** Both sides in one app, each in its account and Region: the plan names the vault itself. In the other tests they are of two apps. */
  function appOf(retentionDays: number): string {
    const app = new App({ outdir: temporaryFolder() });
    const stackIn = (id: string, account: string, region: string) => (
      new Stack(app, id, { synthesizer: localSynthesizer(), env: { account, region } })
    );
    const bunker = stackIn('Vault', VAULT_ACCOUNT, THERE);
    vaultWith({ retention: RetentionPolicy.keepFor(Duration.days(retentionDays)) })(bunker);
    shopWith({ vaults: [bunker.node.findChild('Vault') as SnapshotVault] })(stackIn('Shop', ACCOUNT, HERE));
    return app.synth().directory;
  }

  test('plan and vault of one app live and go; the copies stay, and the vault goes on with them when it comes again', async () => {
    await aws.local.clock({ speed: 0, at: FIRST_NOON });
    await aws.local.settings({ snapshotSeconds: MINUTE, copySeconds: COPY_SECONDS, defaultEncryption: 'none' });
    const cdk = aws.cdk();

    expect(await cdk.deploy(appOf(35))).toMatchObject({ exitCode: 0 });
    await backUp(aws, 'first');
    expect(await remembered(aws)).toEqual([expect.stringMatching(/^stored /)]);
    expect(await cdk.deploy(appOf(2))).toMatchObject({ exitCode: 0 });
    await backUp(aws, 'second');
    const copies = await vaultCopies(aws);
    expect(copies).toHaveLength(2);

    expect(await cdk.destroy(appOf(2))).toMatchObject({ exitCode: 0 });
    await aws.local.play(3 * DAY);
    expect(await vaultCopies(aws)).toEqual(copies);

    expect(await cdk.deploy(appOf(2), 'Vault')).toMatchObject({ exitCode: 0 });
    await aws.local.play(2 * HOUR);
    expect(await vaultCopies(aws)).toMatchObject([{ DBClusterSnapshotIdentifier: copies[1].DBClusterSnapshotIdentifier }]);
  });
});

/** The days of the data of the copies in a Region. */
async function daysOf(region: string): Promise<string[]> {
  return (await vaultCopies(aws, region)).map(({ Tags }) => Tags['cdk-aurora-backup:data-time'].slice(0, 10)).sort();
}
