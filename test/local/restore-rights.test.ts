import {
  CreateDBInstanceCommand, DeleteDBClusterAutomatedBackupCommand, DeleteDBClusterCommand, DeleteDBInstanceCommand,
  DescribeDBClusterAutomatedBackupsCommand, ModifyDBClusterCommand, RDSClient, RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { asRole, setRights } from './probe';
import { allow, letIn, root, Sharing, USE } from './shop-and-vault';
import { ACCOUNT, HERE, refusal, World } from './world';
import { LocalAws } from '../../local/local-aws';

let local: LocalAws;
let world: World;
beforeAll(async () => {
  local = await LocalAws.start({ speed: 0 });
  world = new World(local);
}, 300_000);
afterAll(() => local?.stop());
beforeEach(() => local.reset());

/** A policy must say something. */
const NOTHING = allow('sts:GetCallerIdentity');
const LATEST = { UseLatestRestorableTime: true };
const arn = (kind: string, name: string, account = ACCOUNT) => `arn:aws:rds:${HERE}:${account}:${kind}:${name}`;
const someone = async () => new RDSClient({ ...local.client(HERE), credentials: await asRole(local, [NOTHING]), maxAttempts: 1 });
const restore = (rds: RDSClient, more: object) => refusal(rds.send(new RestoreDBClusterToPointInTimeCommand({ DBClusterIdentifier: 'again', ...LATEST, ...more })));
const GROUPS = [arn('subgrp', '*'), arn('cluster-pg', '*'), arn('og', '*')];

/** Each of the rights is needed, and all of them are enough. */
async function needsExactly(rights: { action: string | string[]; resource: string; refusal: RegExp }[], attempt: () => Promise<string>) {
  const having = (without?: object) => [NOTHING, ...rights.filter((right) => right !== without).map((right) => allow(right.action, right.resource))];
  for (const right of rights) {
    await setRights(local, having(right));
    expect(await attempt()).toMatch(right.refusal);
  }
  await setRights(local, having());
  expect(await attempt()).toBe('no error');
}

const action = 'rds:RestoreDBClusterToPointInTime';
const denied = /^AccessDenied.*rds:RestoreDBClusterToPointInTime/;

test('a restore to a point in time needs the rights on both clusters and the groups, and on the key', async () => {
  const key = await world.key();
  await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
  const rds = await someone();

  await needsExactly([
    ...[arn('cluster', 'again'), arn('cluster', 'orders'), ...GROUPS].map((resource) => ({ action, resource, refusal: denied })),
    { action: ['kms:DescribeKey', 'kms:CreateGrant'], resource: key, refusal: /^KMSKeyNotAccessibleFault: The target cluster KMS key/ },
  ], () => restore(rds, { SourceDBClusterIdentifier: 'orders' }));
});

test('one from a retained backup needs the right on that backup, and on the key of the deleted cluster', async () => {
  const key = await world.key();
  const { DbClusterResourceId } = await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key });
  await world.rds().send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true, DeleteAutomatedBackups: false }));
  const rds = await someone();

  await needsExactly([
    ...[arn('cluster', 'again'), arn('cluster-auto-backup', DbClusterResourceId!), ...GROUPS].map((resource) => ({ action, resource, refusal: denied })),
    { action: ['kms:DescribeKey', 'kms:CreateGrant'], resource: key, refusal: /^KMSKeyNotAccessibleFault: The target cluster KMS key/ },
  ], () => restore(rds, { SourceDbClusterResourceId: DbClusterResourceId }));
});

test('tags need the right to tag the new cluster', async () => {
  await world.cluster('orders');
  const rds = await someone();

  await needsExactly([
    ...[arn('cluster', '*'), ...GROUPS].map((resource) => ({ action, resource, refusal: denied })),
    { action: 'rds:AddTagsToResource', resource: arn('cluster', 'again'), refusal: /^AccessDenied.*rds:AddTagsToResource/ },
  ], () => restore(rds, { SourceDBClusterIdentifier: 'orders', Tags: [{ Key: 'for', Value: 'the audit' }] }));
});

test('a clone of another account\'s cluster needs the use of its key, from both accounts', async () => {
  const THEIRS = '222222222222';
  const key = await world.key(HERE, THEIRS);
  const { DBClusterArn } = await world.cluster('orders', { StorageEncrypted: true, KmsKeyId: key }, HERE, THEIRS);
  await local.shareCluster(DBClusterArn!, ACCOUNT);
  const own = await world.key();
  const sharing = new Sharing(world);
  await sharing.setPolicy(key, [letIn(root(ACCOUNT))], HERE, THEIRS);
  const rds = await someone();
  const clone = () => restore(rds, { SourceDBClusterIdentifier: DBClusterArn, RestoreType: 'copy-on-write', KmsKeyId: own });

  await setRights(local, [allow(action), allow(USE, [key, own])]);
  await sharing.setPolicy(key, [], HERE, THEIRS);
  expect(await clone()).toMatch(/^KMSKeyNotAccessibleFault: The source snapshot KMS key/);
  await sharing.setPolicy(key, [letIn(root(ACCOUNT))], HERE, THEIRS);
  await needsExactly([
    { action, resource: '*', refusal: denied },
    { action: USE, resource: key, refusal: /^KMSKeyNotAccessibleFault: The source snapshot KMS key/ },
    { action: USE, resource: own, refusal: /^KMSKeyNotAccessibleFault: The target cluster KMS key/ },
  ], clone);
});

test('clusters, instances and backups are asked for by their names', async () => {
  const { DbClusterResourceId } = await world.cluster('orders');
  const rds = await someone();
  const attempts: [string, string[], (client: RDSClient) => Promise<unknown>][] = [
    ['rds:DescribeDBClusterAutomatedBackups', [arn('cluster-auto-backup', '*')],
      (client) => client.send(new DescribeDBClusterAutomatedBackupsCommand({}))],
    ['rds:DescribeDBClusterAutomatedBackups', [arn('cluster-auto-backup', '*'), arn('cluster', 'orders')],
      (client) => client.send(new DescribeDBClusterAutomatedBackupsCommand({ DBClusterIdentifier: 'Orders' }))],
    ['rds:ModifyDBCluster', [arn('cluster', 'orders')],
      (client) => client.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'orders', BackupRetentionPeriod: 7 }))],
    ['rds:CreateDBInstance', [arn('db', 'orders-1'), arn('cluster', 'orders')],
      (client) => client.send(new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'orders-1', DBClusterIdentifier: 'orders', DBInstanceClass: 'db.r6g.large', Engine: 'aurora-postgresql',
      }))],
    ['rds:DeleteDBInstance', [arn('db', 'orders-1')],
      (client) => client.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'orders-1' }))],
    ['rds:DeleteDBCluster', [arn('cluster', 'orders')],
      (client) => client.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true, DeleteAutomatedBackups: false }))],
    ['rds:DeleteDBClusterAutomatedBackup', [arn('cluster-auto-backup', DbClusterResourceId!)],
      (client) => client.send(new DeleteDBClusterAutomatedBackupCommand({ DbClusterResourceId }))],
  ];
  for (const [name, resources, attempt] of attempts) {
    await needsExactly(resources.map((resource) => ({ action: name, resource, refusal: new RegExp(`^AccessDenied.*${name}`) })), () => refusal(attempt(rds)));
  }
});
