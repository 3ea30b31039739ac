"""Automated snapshots: the first of a cluster, and when somebody wants them to, one each day for as long as the retention period says."""
import datetime

from moto.rds.models import DBCluster, DBClusterSnapshot

from . import clock, rds_backups, rds_progress


def snapshots(cluster) -> list:
    """Of this incarnation of its name."""
    return [snapshot for snapshot in list(cluster.backend.cluster_snapshots.values())
            if snapshot.snapshot_type == "automated" and snapshot.cluster.db_cluster_resource_id == cluster.db_cluster_resource_id]


def make(cluster, moment: float) -> None:
    """Finished at that moment, which may be in the future: until then nobody sees it."""
    made = rds_backups.utc(moment)
    identifier = name(cluster, made)
    snapshot = DBClusterSnapshot(cluster.backend, cluster, identifier, "automated")
    rds_progress.like_its_cluster(snapshot)
    snapshot.created, snapshot._visible_from = made, moment
    cluster.backend.cluster_snapshots[identifier] = snapshot


def name(cluster, made: datetime.datetime) -> str:
    """Minutes are all that tells two apart: what stays of a deleted cluster of this name has its own."""
    while (found := f"rds:{cluster.db_cluster_identifier}-{made:%Y-%m-%d-%H-%M}") in cluster.backend.cluster_snapshots:
        made += datetime.timedelta(minutes=1)
    return found


def bring_up_to_now(cluster) -> None:
    """Those of the days since the last look, except while there was nothing to take one of; without those that have expired."""
    now, last = clock.now(), getattr(cluster, "_last_daily", cluster.created.replace(tzinfo=datetime.timezone.utc).timestamp())
    hour, minute = map(int, cluster.preferred_backup_window[:5].split(":"))
    due = rds_backups.utc(last).replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=datetime.timezone.utc).timestamp()
    while (due := due if due > last else due + rds_backups.DAY) <= now:
        if cluster.status != "stopped" and due >= getattr(cluster, "_restorable_from", due):
            make(cluster, due)
        last = due
    cluster._last_daily = last
    for snapshot in snapshots(cluster):
        if snapshot.created < rds_backups.utc(now - rds_backups.retention(cluster)):
            del cluster.backend.cluster_snapshots[snapshot.resource_id]


def forget(cluster) -> None:
    for snapshot in snapshots(cluster):
        del cluster.backend.cluster_snapshots[snapshot.resource_id]


def install() -> None:
    DBCluster.save_automated_backup = lambda cluster: cluster.backend.create_auto_cluster_snapshot(
        cluster.db_cluster_identifier, name(cluster, clock.utcnow()))
