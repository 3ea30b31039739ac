import { AddTagsToResourceCommand, DeleteDBClusterSnapshotCommand } from '@aws-sdk/client-rds';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Declaration } from './support/deployed-stack';
import { useLocalAws } from './support/e2e';
import { COPY, bystanders, copyOf, prepareWorld, snapshotArn, snapshotOfOrders, somethingThatFails, together } from './support/subjects';
import { SnapshotFacts } from '../../local/local-aws';
import { HERE, THERE } from '../local/world';

const aws = useLocalAws();
beforeEach(async () => {
  await aws.local.settings({ snapshotSeconds: 30, copySeconds: 30 });
  await prepareWorld(aws);
});

const { RETAIN, DESTROY } = RemovalPolicy;
const names = (snapshots: SnapshotFacts[]) => snapshots.map((snapshot) => snapshot.DBClusterSnapshotIdentifier);
const DELETE = 'rds:DeleteDBClusterSnapshot';

describe('a name that the user chose', () => {
  const FOREIGN: [string, string, Declaration][] = [
    ['snapshot', HERE, snapshotOfOrders({ snapshotIdentifier: 'Taken', removalPolicy: DESTROY })],
    ['copy', THERE, copyOf(snapshotArn('source'), { targetIdentifier: 'Taken', region: THERE, removalPolicy: DESTROY })],
  ];

  test.each(FOREIGN)('that belongs to the %s of somebody else fails the deploy and is left alone, also by rollback and destroy', async (_, region, declared) => {
    await aws.local.seedSnapshot({ cluster: region === HERE ? 'orders' : 'elsewhere', region, type: 'manual', identifier: 'taken', tags: { mine: 'yes' } });
    const others = await bystanders(aws);
    const shop = aws.stack();

    expect(await shop.deploy(declared)).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/identifier 'taken' exists already and was not made by this deployment.*Choose another identifier/)],
    });
    await shop.destroy();

    expect(await bystanders(aws)).toEqual(others);
    expect(await aws.local.calls({ action: DELETE })).toEqual([]);
    expect(await aws.local.calls({ action: 'rds:AddTagsToResource' })).toEqual([]);
  });

  test.each(FOREIGN)('makes a %s of that name in lower case, which DESTROY deletes', async (_, region, declared) => {
    const shop = aws.stack();

    expect(await shop.deploy(declared)).toMatchObject({ status: 'CREATE_COMPLETE', reasons: [] });
    expect(names(await aws.manual(region))).toContain('taken');

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(names(await aws.manual(region))).not.toContain('taken');
  });

  test('that the stack itself retained earlier is taken as well: it is kept, and the error says so', async () => {
    const declared = snapshotOfOrders({ snapshotIdentifier: 'mine', removalPolicy: RETAIN });
    const shop = aws.stack();
    await shop.deploy(declared);
    await shop.destroy();

    expect(await shop.deploy(declared)).toMatchObject({
      status: 'ROLLBACK_COMPLETE', reasons: [expect.stringMatching(/identifier 'mine' exists already/)],
    });
    expect(names(await aws.manual())).toContain('mine');
  });
});

describe('a copy that somebody made by hand, with all tags of ours', () => {
  /** As `aws rds copy-db-cluster-snapshot --copy-tags` makes it. */
  async function copiedByHand(original: SnapshotFacts, name: string) {
    await aws.world.copy(original.DBClusterSnapshotIdentifier, name, { CopyTags: true });
    await aws.local.setStatus(snapshotArn(name), 'available');
  }

  const NAMES = ['by-hand', 'cab-b5b984a2-0123456789-by-hand'];
  const keeping = (trigger: string) => snapshotOfOrders({ trigger, keepLast: 2, removalPolicy: DESTROY });

  /** Two snapshots of a construct, and a copy by hand of the one that may be pruned and deleted: the tags say so of the copy, too. */
  async function deployedWithCopyByHand(name: string) {
    const shop = aws.stack();
    await shop.deploy(keeping('a'));
    await shop.deploy(keeping('b'));
    const [first, second] = await aws.made();
    expect(first.DBClusterSnapshotIdentifier).toMatch(/^cab-b5b984a2-/);
    expect(first.Tags['cdk-aurora-backup:released']).toBe('superseded');
    await copiedByHand(first, name);
    return { shop, first: first.DBClusterSnapshotIdentifier, second: second.DBClusterSnapshotIdentifier };
  }

  test.each(NAMES)('named %s is neither pruned nor counted', async (name) => {
    const { shop, first, second } = await deployedWithCopyByHand(name);

    await shop.deploy(keeping('c'));

    const kept = names(await aws.manual());
    expect(kept).toEqual(expect.arrayContaining([name, 'source', second]));
    expect(kept).toHaveLength(4);
    expect(kept).not.toContain(first);
  });

  test.each(NAMES)('named %s is not deleted with the stack', async (name) => {
    const { shop } = await deployedWithCopyByHand(name);

    expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE' });

    expect(names(await aws.manual()).sort()).toEqual([name, 'source'].sort());
  });
});

describe('copies that leave', () => {
  const copyTo = (id: string, region: string, removalPolicy = DESTROY) => copyOf(snapshotArn('source'), { region, removalPolicy }, id);

  test('one of two is deleted although the policies no longer name its Region, and the other stays', async () => {
    const shop = aws.stack();
    await shop.deploy(together(copyTo('Frankfurt', THERE), copyTo('Paris', 'eu-west-3')));

    expect(await shop.deploy(copyTo('Frankfurt', THERE))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    expect(await aws.made('eu-west-3')).toEqual([]);
    expect(await aws.made(THERE)).toHaveLength(1);
  });

  test('a copy moves to another Region: the new one is made first, then the old one deleted', async () => {
    const shop = aws.stack();
    await shop.deploy(copyTo('Copy', THERE));

    expect(await shop.deploy(copyTo('Copy', 'eu-west-3'))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    expect(await aws.made('eu-west-3')).toMatchObject([{ Status: 'available' }]);
    expect(await aws.made(THERE)).toEqual([]);
    const [, made, deleted] = await aws.local.calls({ action: 'rds:*DBClusterSnapshot', principal: 'AuroraBackupOperations', status: '200' })
      .then((calls) => calls.filter((call) => /Copy|Delete/.test(call.action)));
    expect([made.action, deleted.action]).toEqual(['rds:CopyDBClusterSnapshot', DELETE]);
  });

  test('a copy gets another key: the old one is deleted under DESTROY and kept under RETAIN', async () => {
    const keys = [await aws.world.key(THERE), await aws.world.key(THERE)];
    await aws.world.cluster('secret', { StorageEncrypted: true, KmsKeyId: await aws.world.key() });
    await aws.local.seedSnapshot({ cluster: 'secret', region: HERE, type: 'manual', identifier: 'secret' });
    const under = (key: string): Declaration => (stack) => [DESTROY, RETAIN].forEach((removalPolicy) => copyOf(snapshotArn('secret'), {
      region: THERE, encryptionKey: kms.Key.fromKeyArn(stack, `Key${removalPolicy}`, key), removalPolicy,
    }, removalPolicy)(stack));
    const shop = aws.stack();
    await shop.deploy(under(keys[0]));

    expect(await shop.deploy(under(keys[1]))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    const copies = await aws.made(THERE);
    expect(copies.map((copy) => [copy.KmsKeyId, copy.Tags['cdk-aurora-backup:released']]).sort()).toEqual([
      [keys[0], 'retained'], [keys[1], undefined], [keys[1], undefined],
    ].sort());
  });
});

describe('an update in place', () => {
  test('changes tags and policies, takes nothing, and the policies of the last update count', async () => {
    const shop = aws.stack();
    await shop.deploy(snapshotOfOrders({ tags: { stage: 'test', old: 'yes' } }));
    const [before] = await aws.made();

    expect(await shop.deploy(snapshotOfOrders({ tags: { stage: 'prod', new: 'yes' }, removalPolicy: DESTROY }))).toMatchObject({ status: 'UPDATE_COMPLETE' });

    const [after, ...more] = await aws.made();
    expect(more).toEqual([]);
    expect(after.DBClusterSnapshotArn).toBe(before.DBClusterSnapshotArn);
    expect(after.Tags).toMatchObject({ stage: 'prod', new: 'yes' });
    expect(after.Tags).not.toHaveProperty('old');
    await shop.destroy();
    expect(await aws.made()).toEqual([]);
  });

  test('leaves the tags alone that somebody else has put on the snapshot', async () => {
    const shop = aws.stack();
    await shop.deploy(snapshotOfOrders({ tags: { stage: 'test' } }));
    const [{ DBClusterSnapshotArn }] = await aws.made();
    await aws.world.rds().send(new AddTagsToResourceCommand({ ResourceName: DBClusterSnapshotArn, Tags: [{ Key: 'audit', Value: '2026' }] }));

    await shop.deploy(snapshotOfOrders({ tags: { stage: 'prod' } }));

    expect((await aws.made())[0].Tags).toMatchObject({ stage: 'prod', audit: '2026' });
  });

  test.each([['snapshot', HERE, (tags: Record<string, string>) => snapshotOfOrders({ tags })], ['copy', THERE, (tags: Record<string, string>) => COPY.declared({ tags })]] as const)(
    'of a %s that somebody has deleted succeeds and makes no other', async (_, region, tagged) => {
      const shop = aws.stack();
      await shop.deploy(tagged({ stage: 'test' }));
      const [{ DBClusterSnapshotIdentifier }] = await aws.made(region);
      await aws.world.rds(region).send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier }));

      expect(await shop.deploy(tagged({ stage: 'prod' }))).toMatchObject({ status: 'UPDATE_COMPLETE', reasons: [] });

      expect(await aws.made(region)).toEqual([]);
      await aws.logged({ level: 'WARN', message: 'the snapshot of this resource does not exist' });
      expect(await shop.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', reasons: [] });
    });

  test('that fails elsewhere puts the tags back', async () => {
    const shop = aws.stack();
    await shop.deploy(snapshotOfOrders({ tags: { stage: 'test' } }));

    expect(await shop.deploy(together(snapshotOfOrders({ tags: { stage: 'prod', more: 'yes' } }), somethingThatFails('Snapshot'))))
      .toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });

    const [{ Tags }, ...more] = await aws.made();
    expect(more).toEqual([]);
    expect(Tags).toMatchObject({ stage: 'test' });
    expect(Tags).not.toHaveProperty('more');
  });
});
