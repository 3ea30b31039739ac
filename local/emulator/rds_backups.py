"""The automated backup of each cluster: the moments it can be restored to, and what stays of it when the cluster is deleted.

While a cluster is still being restored there is no such moment: both ends of the window are NULL, and neither a snapshot nor another
restore can be asked of it (domain.md §1).
"""
import datetime
import math

from moto.core.responses import ActionResult
from moto.rds.exceptions import InvalidDBClusterStateFault, InvalidParameterValue, RDSClientError
from moto.rds.models import DBCluster

from . import clock, rds_automated, rds_progress, settings

DAY = 86_400
_FILTERS = ("status", "db-cluster-id", "db-cluster-resource-id")


class Window:
    """To the millisecond, as RDS tells it: what it tells as its ends can be asked for."""

    def __init__(self, earliest, latest):
        self.earliest = math.floor(earliest * 1000) / 1000
        self.latest = max(self.earliest, math.floor(latest * 1000) / 1000)

    def holds(self, moment: float) -> bool:
        return self.earliest <= moment <= self.latest

    def __str__(self):
        return f"{utc(self.earliest).isoformat(timespec='milliseconds')}Z to {utc(self.latest).isoformat(timespec='milliseconds')}Z"


class Retained:
    """What a deleted cluster leaves behind, until the last moment it can be restored to is older than its retention period."""
    status = "retained"

    def __init__(self, cluster, window):
        self.cluster, self._window = cluster, window

    def window(self) -> Window | None:
        earliest = max(self._window.earliest, clock.now() - retention(self.cluster))
        return Window(earliest, self._window.latest) if earliest <= self._window.latest else None


class Active:
    status = "active"

    def __init__(self, cluster):
        self.cluster = cluster

    def window(self) -> Window | None:
        return window(self.cluster)


def utc(moment: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).replace(tzinfo=None)


def retention(cluster) -> float:
    return int(cluster.backup_retention_period) * DAY


def begins(cluster, moment: float) -> None:
    """From then on there is something to go back to: of a new cluster at once, of a restored one when it is `available`."""
    cluster._restorable_from = moment + settings.get("firstBackupSeconds")


def window(cluster) -> Window | None:
    """None: there is nothing to restore yet, and nothing can be backed up."""
    now, since = clock.now(), getattr(cluster, "_restorable_from", math.inf)
    if now < since:
        return None
    earliest = max(since, now - retention(cluster))
    return Window(earliest, now - settings.get("restorableLagSeconds"))


def has_one(cluster) -> Window:
    found = window(cluster)
    if found is None:
        raise InvalidDBClusterStateFault(
            f"DB cluster {cluster.db_cluster_identifier} is not in an allowed state: it has no automated backup yet "
            "(EarliestRestorableTime is not known).")
    return found


def retention_changes(cluster) -> None:
    """A longer period brings back nothing that a shorter one has let go."""
    if found := window(cluster):
        cluster._restorable_from = found.earliest


def cluster_deleted(backend, cluster, keep: bool) -> None:
    """Automated snapshots go with their cluster, unless asked to stay; then they go when they would have gone anyway."""
    found = window(cluster)
    if keep and found:
        _kept(backend)[cluster.db_cluster_resource_id] = Retained(cluster, found)
    else:
        rds_automated.forget(cluster)


def settle() -> None:
    """What has expired is gone; called before every request."""
    from . import rds
    if not settings.get("dailySnapshots") and not any(map(_kept, rds_progress._backends())):
        return
    with rds._lock:
        for backend in rds_progress._backends():
            for cluster in backend.clusters.values() if settings.get("dailySnapshots") else ():
                rds_automated.bring_up_to_now(cluster)
            for backup in [backup for backup in _kept(backend).values() if backup.window() is None]:
                _remove(backend, backup)


def find(backend, resource_id: str):
    """Of a living cluster or of a deleted one; without regard to case."""
    wanted = resource_id.rpartition(":")[2].lower()
    return next((backup for backup in _all(backend) if backup.cluster.db_cluster_resource_id.lower() == wanted), None)


def describe(backend, params) -> list[dict]:
    """A named one must exist, and a name is that of a living cluster: deleted ones are found by their resource id, and by filters."""
    found = _all(backend)
    if given := params.get("DbClusterResourceId"):
        found = [_existing(backend, given)]
    if given := params.get("DBClusterIdentifier"):
        found = [backup for backup in found if backup.status == "active" and given.lower() in _names(backup)]
        if not found:
            raise not_found(given)
    for each in params.get("Filters") or []:
        if each["Name"] not in _FILTERS:
            raise InvalidParameterValue(f"Unrecognized filter name: {each['Name']}")
        wanted = {value.lower() for value in each["Values"]}
        found = [backup for backup in found if wanted & _told_as(backup, each["Name"])]
    return [_facts(backup) for backup in found]


def delete(backend, params) -> ActionResult:
    backup = _existing(backend, params["DbClusterResourceId"])
    if backup.status == "active":
        raise RDSClientError("InvalidDBClusterAutomatedBackupStateFault",
                             f"The automated backup of {backup.cluster.db_cluster_identifier} is associated with an active cluster.")
    _remove(backend, backup)
    return ActionResult({"DBClusterAutomatedBackup": {**_facts(backup), "Status": "deleting"}})


def not_found(name) -> RDSClientError:
    return RDSClientError("DBClusterAutomatedBackupNotFoundFault", f"No automated backup for the DB cluster {name} was found.")


def _all(backend):
    return [*map(Active, backend.clusters.values()), *_kept(backend).values()]


def _existing(backend, resource_id):
    backup = find(backend, resource_id)
    if backup is None:
        raise not_found(resource_id)
    return backup


def _told_as(backup, name):
    if name == "status":
        return {backup.status}
    return _names(backup) if name == "db-cluster-id" else {backup.cluster.db_cluster_resource_id.lower(), _arn(backup.cluster).lower()}


def _names(backup):
    return {backup.cluster.db_cluster_identifier, backup.cluster.arn.lower()}


def _arn(cluster):
    return cluster.arn.rpartition(":cluster:")[0] + f":cluster-auto-backup:{cluster.db_cluster_resource_id}"


def _facts(backup):
    """With the names of the RDS API."""
    cluster, found = backup.cluster, backup.window()
    return {
        "DBClusterAutomatedBackupsArn": _arn(cluster), "DBClusterIdentifier": cluster.db_cluster_identifier, "DBClusterArn": cluster.arn,
        "DbClusterResourceId": cluster.db_cluster_resource_id, "Region": cluster.region, "Status": backup.status, "Engine": cluster.engine,
        "EngineVersion": cluster.engine_version, "EngineMode": cluster.engine_mode, "LicenseModel": cluster.license_model, "Port": cluster.port,
        "MasterUsername": cluster.master_username, "ClusterCreateTime": cluster.created, "AvailabilityZones": cluster.availability_zones,
        "StorageEncrypted": cluster.storage_encrypted, "StorageEncryptionType": cluster.storage_encryption_type, "KmsKeyId": cluster.kms_key_id,
        "StorageType": cluster.storage_type, "AllocatedStorage": cluster.allocated_storage, "BackupRetentionPeriod": cluster.backup_retention_period,
        "PreferredBackupWindow": cluster.preferred_backup_window,
        "IAMDatabaseAuthenticationEnabled": cluster.iam_database_authentication_enabled,
        "RestoreWindow": {"EarliestTime": utc(found.earliest), "LatestTime": utc(found.latest)} if found else {},
        "TagList": cluster.tags}


def _kept(backend) -> dict:
    """moto empties the backend's attributes when it is reset, this with them."""
    return backend.__dict__.setdefault("_retained_backups", {})


def _remove(backend, backup):
    del _kept(backend)[backup.cluster.db_cluster_resource_id]
    rds_automated.forget(backup.cluster)


def install() -> None:
    def end(name):
        return property(lambda cluster: (found := window(cluster)) and utc(getattr(found, name)), lambda cluster, value: None)
    DBCluster.earliest_restorable_time = end("earliest")
    DBCluster.latest_restorable_time = end("latest")
