import { guardedValuesOf } from '../../../../src/core/restore/guarded-values';
import { ResourceStep } from '../../../../src/runtime/doors/custom-resource/events';
import { SourceCheck } from '../../../../src/runtime/doors/restore/source-check';
import { AutomatedBackup } from '../../../../src/runtime/rds/gateway';
import { ACCOUNT, NOON, OTHER_ACCOUNT, OTHER_REGION, REGION, minutes } from '../../../support/events';
import { FakeRds } from '../../../support/fake-rds';
import { aSnapshot } from '../../../support/snapshots';

const STACK = { partition: 'aws', region: REGION, account: ACCOUNT, uuid: '0a1b' };
const ENGINE = 'aurora-postgresql';

const ago = (count: number) => new Date(NOON - minutes(count));

let rds: FakeRds;
beforeEach(() => {
  rds = new FakeRds();
  rds.clusters = [{
    identifier: 'orders', resourceId: 'cluster-A', status: 'available', engine: ENGINE, engineVersion: '16.4', earliestRestorableTime: ago(600), latestRestorableTime: ago(5),
  }];
});
afterEach(() => expect(rds.writes).toEqual([]));

function look(Values: Record<string, string>, engineVersion?: string, userOfSource?: string): Promise<ResourceStep> {
  const request = { values: guardedValuesOf({ Values, Engine: ENGINE }), engine: ENGINE, engineVersion, userOfSource, logicalId: 'Cluster', conditional: {}, allowReplacement: false };
  return new SourceCheck(rds.asGateway(), () => NOON).look(request, STACK);
}

const FITS = { status: 'DONE' };
const failure = (words: RegExp) => ({ status: 'FAILED', message: expect.stringMatching(words) });
const waiting = (reason: RegExp, patienceMinutes: number) => ({ status: 'PENDING', reason: expect.stringMatching(reason), patienceSeconds: patienceMinutes * 60 });

test('a cluster that is not restored needs no source', async () => {
  expect(await look({ KmsKeyId: 'alias/orders', SnapshotIdentifier: '' })).toEqual(FITS);
});

describe('whom a new password is for', () => {
  const SOURCES: Record<string, Record<string, string>> = {
    snapshot: { SnapshotIdentifier: 'last' },
    cluster: { SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: 'true' },
    clone: { SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: 'true', RestoreType: 'copy-on-write' },
    backup: { SourceDbClusterResourceId: 'cluster-OLD', UseLatestRestorableTime: 'true' },
  };
  const seed = (masterUsername?: string) => {
    rds.snapshots = [aSnapshot({ identifier: 'last', engineVersion: '16.4', masterUsername })];
    rds.clusters = rds.clusters.map((cluster) => ({ ...cluster, masterUsername }));
    rds.automatedBackups = [{
      clusterIdentifier: 'orders', resourceId: 'cluster-OLD', status: 'retained', engine: ENGINE, masterUsername, earliestRestorableTime: ago(600), latestRestorableTime: ago(60),
    }];
  };

  test.each(Object.keys(SOURCES))('must be the user of the source (%s), where RDS tells it', async (source) => {
    seed('postgres');
    expect(await look(SOURCES[source], '16.4', 'postgres')).toEqual(FITS);
    expect(await look(SOURCES[source], '16.4')).toEqual(FITS);
    expect(await look(SOURCES[source], '16.4', 'admin')).toEqual(failure(
      /^the master user of .* is 'postgres', and snapshotCredentials are of 'admin', whom the cluster would not know: .*; set the user name of snapshotCredentials to 'postgres'$/,
    ));
    seed();
    expect(await look(SOURCES[source], '16.4', 'admin')).toEqual(FITS);
  });
});

describe('a snapshot', () => {
  const seed = (facts: Parameters<typeof aSnapshot>[0] = {}) => {
    rds.snapshots = [aSnapshot({ identifier: 'last', engineVersion: '16.4', ...facts })];
    return rds.snapshots[0].arn;
  };
  const last = { SnapshotIdentifier: 'last' };

  test('fits by its name and by its ARN, in whatever case', async () => {
    const arn = seed();
    expect(await look(last)).toEqual(FITS);
    expect(await look({ SnapshotIdentifier: 'LAST' })).toEqual(FITS);
    expect(await look({ SnapshotIdentifier: arn })).toEqual(FITS);
  });

  test('of a DB instance is left to RDS', async () => {
    expect(await look({ SnapshotIdentifier: `arn:aws:rds:${REGION}:${ACCOUNT}:snapshot:of-mysql` })).toEqual(FITS);
  });

  test('that does not exist may not be visible yet', async () => {
    expect(await look(last)).toEqual(waiting(/^there is no snapshot 'last'$/, 5));
  });

  test('of another account that does not exist may not be shared', async () => {
    expect(await look({ SnapshotIdentifier: aSnapshot({ identifier: 'theirs', account: OTHER_ACCOUNT }).arn }))
      .toEqual(waiting(/there is no snapshot 'arn:.*:theirs', or the account 222222222222 does not share it with this one/, 5));
  });

  test('of another Region has to be copied first', async () => {
    const arn = seed({ region: OTHER_REGION });
    expect(await look({ SnapshotIdentifier: arn })).toEqual(failure(/is in eu-central-1, and a cluster in eu-west-1 can only be restored from one that is there, too; copy it to eu-west-1 first/));
  });

  test.each(['creating', 'copying'])('that is %s is waited for', async (status) => {
    seed({ status });
    expect(await look(last)).toEqual(waiting(new RegExp(`the snapshot 'last' is still ${status}`), 50));
  });

  test('that failed is nothing to restore', async () => {
    seed({ status: 'failed' });
    expect(await look(last)).toEqual(failure(/is in status 'failed', and nothing can be restored from it; choose another/));
  });

  test('in a state that nobody has documented is left to RDS', async () => {
    seed({ status: 'optimizing' });
    expect(await look(last)).toEqual(FITS);
  });

  test('of another engine does not fit', async () => {
    seed({ engine: 'aurora-mysql' });
    expect(await look(last)).toEqual(failure(/is of the engine 'aurora-mysql', and the cluster is to be of 'aurora-postgresql': a restore cannot change the engine; set engine to that of the source/));
  });

  test.each([['16.4'], ['16.6'], ['17.1'], [undefined]])('is restored to version %s', async (version) => {
    seed();
    expect(await look(last, version)).toEqual(FITS);
  });

  test('is not restored to a lower version', async () => {
    seed();
    expect(await look(last, '15.8')).toEqual(failure(/is of engine version 16.4, and the cluster is to be of 15.8: a restore cannot go to a lower version; set the version of engine to 16.4 or higher/));
  });

  describe('of another account', () => {
    test('fits when nothing encrypts it, and under its key when the cluster has a key of its own', async () => {
      expect(await look({ SnapshotIdentifier: seed({ account: OTHER_ACCOUNT }) })).toEqual(FITS);
      expect(await look({ SnapshotIdentifier: seed({ account: OTHER_ACCOUNT, encrypted: true }), KmsKeyId: 'alias/own' })).toEqual(FITS);
    });

    test('does not make a cluster that its key could be taken away from', async () => {
      expect(await look({ SnapshotIdentifier: seed({ account: OTHER_ACCOUNT, encrypted: true }) }))
        .toEqual(failure(/under a key of the account 222222222222, and so would be the cluster: .*set storageEncryptionKey to a key of this account/));
    });
  });
});

describe('a point in time of a cluster', () => {
  const latest = { SourceDBClusterIdentifier: 'orders', UseLatestRestorableTime: 'true' };
  const at = (time: Date) => ({ SourceDBClusterIdentifier: 'orders', RestoreToTime: time.toISOString() });

  test('fits: the latest, and every one that its backups hold', async () => {
    expect(await look(latest)).toEqual(FITS);
    expect(await look({ ...latest, SourceDBClusterIdentifier: 'Orders' })).toEqual(FITS);
    expect(await look({ ...latest, SourceDBClusterIdentifier: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:orders` })).toEqual(FITS);
    expect(await look(at(ago(600)))).toEqual(FITS);
    expect(await look(at(ago(60)))).toEqual(FITS);
    expect(await look(at(ago(5)))).toEqual(FITS);
  });

  test('before its backups begin, or in the future, fails with the times that are possible', async () => {
    const allowed = /'orders' cannot be restored to that time: it can be restored to a time from 2026-11-22T02:00:00.000Z to 2026-11-22T11:55:00.000Z, got .*Choose a time in between, or restore from a snapshot/;
    expect(await look(at(ago(601)))).toEqual(failure(allowed));
    expect(await look(at(ago(-1)))).toEqual(failure(allowed));
  });

  test('that RDS has not reached yet is waited for', async () => {
    expect(await look(at(ago(1)))).toEqual(waiting(/'orders' cannot be restored to that time yet: it can be restored to a time from .*, got 2026-11-22T11:59:00.000Z/, 15));
  });

  test('of a cluster without a backup yet is waited for', async () => {
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: ENGINE }];
    expect(await look(latest)).toEqual(waiting(/cannot be restored to that time yet: RDS knows no time to which it can be restored: .*until its first backup is complete/, 15));
  });

  test.each(['15.8', '16.6', '17.1'])('has the version of its source, so that %s would only be in the template', async (version) => {
    const words = /^the .* is of engine version 16\.4, and the cluster is to be of .*: .* has the version of its source; set the version of engine to 16\.4, and upgrade in a later deploy$/;
    rds.automatedBackups = [{ clusterIdentifier: 'orders', resourceId: 'cluster-OLD', status: 'retained', engine: ENGINE, engineVersion: '16.4' }];

    expect(await look(latest, version)).toEqual(failure(words));
    expect(await look({ ...latest, RestoreType: 'copy-on-write' }, version)).toEqual(failure(words));
    expect(await look({ SourceDbClusterResourceId: 'cluster-A', UseLatestRestorableTime: 'true' }, version)).toEqual(failure(words));
    expect(await look({ SourceDbClusterResourceId: 'cluster-OLD', UseLatestRestorableTime: 'true' }, version)).toEqual(failure(words));
  });

  test('fits in the version of its source, and where only a part of it is said', async () => {
    expect(await look(latest, '16.4')).toEqual(FITS);
    expect(await look(latest, '16')).toEqual(FITS);
  });

  test('needs the engine of the source', async () => {
    rds.clusters = rds.clusters.map((cluster) => ({ ...cluster, engine: 'docdb' }));
    expect(await look(latest)).toEqual(failure(/is of the engine 'docdb'/));
  });

  test('of another Region cannot be', async () => {
    expect(await look({ ...latest, SourceDBClusterIdentifier: `arn:aws:rds:${OTHER_REGION}:${ACCOUNT}:cluster:orders` }))
      .toEqual(failure(/is in eu-central-1, and a cluster in eu-west-1 can only be made of one that is there, too; restore a snapshot that was copied to eu-west-1 instead/));
  });

  test('of a cluster of another account is left to RDS, which may not show it', async () => {
    expect(await look({ ...latest, SourceDBClusterIdentifier: `arn:aws:rds:${REGION}:${OTHER_ACCOUNT}:cluster:theirs` })).toEqual(FITS);
  });

  describe('that is gone', () => {
    const backup: AutomatedBackup = {
      clusterIdentifier: 'orders', resourceId: 'cluster-OLD', status: 'retained', engine: ENGINE, engineVersion: '16.4', earliestRestorableTime: ago(600), latestRestorableTime: ago(60),
    };
    beforeEach(() => {
      rds.clusters = [];
    });

    test('fails with the backups that are left of it, and how to name them', async () => {
      rds.automatedBackups = [backup, { ...backup, resourceId: 'cluster-OLDER', earliestRestorableTime: undefined }];
      expect(await look(latest)).toEqual(failure(
        /there is no cluster 'orders' in eu-west-1 any more, but there are retained automated backups: 'cluster-OLD' \(2026-11-22T02:00:00.000Z to 2026-11-22T11:00:00.000Z\), 'cluster-OLDER'\. Set sourceClusterResourceId/,
      ));
    });

    test('fails with where else to look when nothing is left of it', async () => {
      expect(await look(latest)).toEqual(failure(/neither a cluster 'orders' in eu-west-1 nor a retained automated backup of one; restore from a snapshot instead, which RestorePoint finds/));
    });

    test('fits by the resource id of its backup, which goes no further', async () => {
      rds.automatedBackups = [backup];
      const from = { SourceDbClusterResourceId: 'cluster-OLD' };
      expect(await look({ ...from, UseLatestRestorableTime: 'true' })).toEqual(FITS);
      expect(await look({ ...from, RestoreToTime: ago(90).toISOString() })).toEqual(FITS);
      expect(await look({ ...from, RestoreToTime: ago(30).toISOString() })).toEqual(failure(/the retained backup 'cluster-OLD' of the former cluster 'orders' cannot be restored to that time/));
      expect(await look({ ...from, UseLatestRestorableTime: 'true' }, '15.4')).toEqual(failure(/the retained backup 'cluster-OLD' .* is of engine version 16.4/));
    });

    test('and whose backup is gone, too, fails with how long backups are kept', async () => {
      expect(await look({ SourceDbClusterResourceId: 'cluster-OLD', UseLatestRestorableTime: 'true' }))
        .toEqual(failure(/neither a cluster nor a retained automated backup with the resource id 'cluster-OLD' in eu-west-1.*deleteAutomatedBackups: false.*restore from a snapshot instead/));
    });
  });

  test('fits by its resource id while it exists', async () => {
    expect(await look({ SourceDbClusterResourceId: 'cluster-A', RestoreToTime: ago(60).toISOString() })).toEqual(FITS);
    expect(await look({ SourceDbClusterResourceId: 'cluster-A', RestoreToTime: ago(900).toISOString() })).toEqual(failure(/the source cluster 'orders' cannot be restored to that time/));
  });
});

describe('a clone', () => {
  const clone = { RestoreType: 'copy-on-write', UseLatestRestorableTime: 'true' };

  test('needs a cluster, and no backup', async () => {
    rds.clusters = [{ identifier: 'orders', status: 'available', engine: ENGINE }];
    expect(await look({ ...clone, SourceDBClusterIdentifier: 'orders' })).toEqual(FITS);
  });

  test.each([
    [{ SourceDBClusterIdentifier: 'gone' }, /there is no cluster 'gone' in eu-west-1, and only a cluster that exists can be cloned/],
    [{ SourceDbClusterResourceId: 'cluster-GONE' }, /there is no cluster with the resource id 'cluster-GONE' in eu-west-1, and only a cluster that exists can be cloned/],
  ])('of a cluster that is gone fails: %j', async (source, words) => {
    expect(await look({ ...clone, ...source })).toEqual(failure(words));
  });
});
