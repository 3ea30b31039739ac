import { ModifyDBClusterSnapshotAttributeCommand } from '@aws-sdk/client-rds';
import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { unusedRights } from '../../local/call-report';
import { ACCOUNT, HERE, THERE } from '../local/world';
import { useLocalAws } from './support/e2e';
import { copyOf, snapshotArn, snapshotOfOrders } from './support/subjects';
import { ClusterSnapshot, ClusterSnapshotCopy } from 'cdk-aurora-backup';

const aws = useLocalAws();
const OTHER_ACCOUNT = '222222222222';

const keyOf = (stack: Stack, arn: string, id = 'Key') => kms.Key.fromKeyArn(stack, id, arn);

/** What the role that starts may do for what is declared has been needed by now: nothing was allowed to be on the safe side. */
async function expectNoRightToSpare(except: RegExp[] = []) {
  const rights = await aws.local.unusedRights('AuroraBackupOperationsStartRole');
  expect(unusedRights(rights.filter((right) => /^kms:|Copy|CrossRegion|Create/.test(right.action)), except)).toEqual([]);
}

/** A cluster under a key of its own, and a finished snapshot of it. */
async function encryptedSource() {
  const key = await aws.world.key();
  await aws.world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'source', tags: { team: 'shop' } });
  return key;
}

test('an encrypted snapshot is copied to another Region under a key of that Region', async () => {
  await encryptedSource();
  const key = await aws.world.key(THERE);

  expect(await aws.stack().deploy((stack) => copyOf(snapshotArn('source'), { region: THERE, encryptionKey: keyOf(stack, key) })(stack)))
    .toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await aws.made(THERE)).toMatchObject([{ Status: 'available', KmsKeyId: key, SourceDBClusterSnapshotArn: snapshotArn('source'), Tags: { team: 'shop' } }]);
  await expectNoRightToSpare();
});

test('an alias is looked up in the Region of the copy', async () => {
  await encryptedSource();
  await aws.world.key(HERE, ACCOUNT, 'alias/elsewhere');
  const key = await aws.world.key(THERE, ACCOUNT, 'alias/elsewhere');

  expect(await aws.stack().deploy((stack) => {
    copyOf(snapshotArn('source'), { region: THERE, encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/elsewhere') })(stack);
  })).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await aws.made(THERE)).toMatchObject([{ Status: 'available', KmsKeyId: key }]);
  await expectNoRightToSpare();
});

test('a snapshot is copied within its Region under another key', async () => {
  await encryptedSource();
  const key = await aws.world.key();

  expect(await aws.stack().deploy((stack) => copyOf(snapshotArn('source'), { encryptionKey: keyOf(stack, key) })(stack)))
    .toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await aws.made()).toMatchObject([{ Status: 'available', KmsKeyId: key }]);
  await expectNoRightToSpare();
});

test('a snapshot is copied within its Region and keeps its key, which nobody told the app', async () => {
  const key = await encryptedSource();
  const { DBClusterSnapshotArn } = await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'automated' });

  expect(await aws.stack().deploy(copyOf(DBClusterSnapshotArn))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await aws.made()).toMatchObject([{ Status: 'available', KmsKeyId: key }]);
  await expectNoRightToSpare();
});

test('a snapshot is taken and copied under a key of the other Region in one deploy', async () => {
  const here = await encryptedSource();
  const there = await aws.world.key(THERE);

  expect(await aws.stack().deploy((stack) => {
    snapshotOfOrders({ clusterEncryptionKey: keyOf(stack, here, 'Here') })(stack);
    new ClusterSnapshotCopy(stack, 'Copy', {
      source: stack.node.findChild('Snapshot') as ClusterSnapshot, region: THERE, encryptionKey: keyOf(stack, there, 'There'),
    });
  })).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  const [taken] = await aws.made();
  expect(taken).toMatchObject({ KmsKeyId: here });
  expect(await aws.made(THERE)).toMatchObject([{ Status: 'available', KmsKeyId: there, SourceDBClusterSnapshotArn: taken.DBClusterSnapshotArn }]);
  // The local AWS lets RDS read a source of the account by itself; whether AWS asks for the caller's rights on its key is not proved.
  await expectNoRightToSpare([new RegExp(`kms:.* on ${here}$`)]);
});

test('an encrypted snapshot without a key for the other Region fails the deploy before anything is copied', async () => {
  await encryptedSource();

  expect(await aws.stack().deploy(copyOf(snapshotArn('source'), { region: THERE }))).toMatchObject({
    status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is encrypted, so a copy in eu-central-1 needs a key of that Region: set encryptionKey/)],
  });

  expect(await aws.local.calls({ action: 'rds:CopyDBClusterSnapshot' })).toEqual([]);
  expect(await aws.made(THERE)).toEqual([]);
});

test('a key for a snapshot that is not encrypted fails the deploy before anything is copied', async () => {
  await aws.local.settings({ defaultEncryption: 'none' });
  await aws.world.cluster('orders');
  await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type: 'manual', identifier: 'source' });
  const key = await aws.world.key(THERE);

  expect(await aws.stack().deploy((stack) => copyOf(snapshotArn('source'), { region: THERE, encryptionKey: keyOf(stack, key) })(stack))).toMatchObject({
    status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not encrypted, and Aurora cannot encrypt by copying: leave out encryptionKey/)],
  });

  expect(await aws.local.calls({ action: 'rds:CopyDBClusterSnapshot' })).toEqual([]);
  expect(await aws.made(THERE)).toEqual([]);
});

test('a disabled key fails the deploy with the words of RDS once new rights had their time', async () => {
  await encryptedSource();
  const key = await aws.world.key(THERE);
  await aws.world.kms('DisableKey', { KeyId: key }, THERE);
  const shop = aws.stack();
  await shop.begin((stack) => copyOf(snapshotArn('source'), { region: THERE, encryptionKey: keyOf(stack, key) })(stack));
  await aws.called('rds:CopyDBClusterSnapshot');

  await aws.local.clock({ advance: 310 });

  expect(await shop.settled()).toMatchObject({
    status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is not allowed, also after 5 minutes\. AWS said: KMSKeyNotAccessibleFault/)],
  });
  expect(await aws.made(THERE)).toEqual([]);
});

describe('a snapshot that another account shares', () => {
  async function sharedSource() {
    const theirKey = await aws.world.key(HERE, OTHER_ACCOUNT);
    await aws.world.kms('PutKeyPolicy', {
      KeyId: theirKey,
      PolicyName: 'default',
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: [`arn:aws:iam::${OTHER_ACCOUNT}:root`, `arn:aws:iam::${ACCOUNT}:root`] }, Action: 'kms:*', Resource: '*' }],
      }),
    }, HERE, OTHER_ACCOUNT);
    await aws.world.cluster('theirs', { StorageEncrypted: true, KmsKeyId: theirKey }, HERE, OTHER_ACCOUNT);
    await aws.local.seedSnapshot({ cluster: 'theirs', region: HERE, account: OTHER_ACCOUNT, type: 'manual', identifier: 'shared' });
    await aws.world.rds(HERE, OTHER_ACCOUNT).send(new ModifyDBClusterSnapshotAttributeCommand({
      DBClusterSnapshotIdentifier: 'shared', AttributeName: 'restore', ValuesToAdd: [ACCOUNT],
    }));
    return snapshotArn('shared', HERE, OTHER_ACCOUNT);
  }

  test('is copied into this account, in another Region and under a key of this account, in one step', async () => {
    const arn = await sharedSource();
    const key = await aws.world.key(THERE);

    expect(await aws.stack().deploy((stack) => copyOf(arn, { region: THERE, encryptionKey: keyOf(stack, key) })(stack))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

    expect(await aws.made(THERE)).toMatchObject([{ Status: 'available', KmsKeyId: key, SourceDBClusterSnapshotArn: arn }]);
    await expectNoRightToSpare();
  });

  test('needs a key of this account', async () => {
    const arn = await sharedSource();

    expect(await aws.stack().deploy(copyOf(arn))).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/is encrypted by account 222222222222, so the copy needs a key of this account: set encryptionKey/)],
    });
    expect(await aws.made()).toEqual([]);
  });
});

test.each(['automated', 'awsbackup'] as const)('a snapshot of the type %s is copied by its ARN, colon and all', async (type) => {
  await aws.world.cluster('orders');
  const source = await aws.local.seedSnapshot({ cluster: 'orders', region: HERE, type });

  expect(await aws.stack().deploy(copyOf(source.DBClusterSnapshotArn, { region: THERE }))).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });

  expect(await aws.made(THERE)).toMatchObject([{ Status: 'available', SourceDBClusterSnapshotArn: source.DBClusterSnapshotArn, SnapshotType: 'manual' }]);
});
