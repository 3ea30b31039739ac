"""Clusters made from other clusters' data: from a snapshot, to a point in time, as a clone. How long it takes, and whose data they have."""
import datetime

from moto.core.responses import ActionResult
from moto.rds.exceptions import (
    DBClusterNotFoundError, DBSubnetGroupNotFoundError, InvalidDBClusterSnapshotStateFault, InvalidDBClusterStateFault, InvalidParameterCombination,
    InvalidParameterValue)
from moto.rds.models import DBCluster

from . import clock, control, rds_backups, rds_clusters, rds_limits, rds_progress, settings
from .rds_sharing import find_source

# What a restored cluster has from the one whose data it gets. Its groups, names and Availability Zones it has not.
_INHERITED = ("engine", "master_username", "database_name", "storage_type", "allocated_storage", "engine_mode", "preferred_backup_window")
_CLONE = "copy-on-write"
# What a restore without a version gets, whatever its source has; new clusters likewise.
_DEFAULT_VERSIONS = {"aurora-postgresql": "17.5", "aurora-mysql": "8.0.mysql_aurora.3.10.1"}


def from_snapshot(backend, params) -> ActionResult:
    """Under the given key, else under that of the snapshot, whoever owns it."""
    source = find_source(backend, params["SnapshotIdentifier"])
    key = _may_restore(backend, params, source)
    cluster = _make(backend, params, source.cluster, {"port": source.port, "engine_version": _version(source)})
    cluster._origin = rds_progress.origin(source)
    cluster._restored_from = {"SnapshotArn": source.arn}
    return _begin(cluster, key, "RestoreDBClusterFromSnapshot")


def to_point_in_time(backend, params) -> ActionResult:
    """Of a living cluster, or of the retained backup of a deleted one. It has the version of its source and the default port of its engine."""
    backup = backup_named(backend, params)
    source = backup.cluster
    key = _may_restore_from(backend, params, backup)
    moment = _moment(params, backup)
    if not params.get("Tags") and backup.status == "active" and source.account_id == backend.account_id:
        params["Tags"] = list(source.tags)
    cluster = _make(backend, params, source, {"engine_version": source.engine_version})
    cluster._origin = getattr(source, "_origin", None) or {
        "DBClusterArn": source.arn, "DbClusterResourceId": source.db_cluster_resource_id, "DataTime": f"{_told(moment)}Z"}
    cluster._restored_from = {"DBClusterArn": source.arn, "DbClusterResourceId": source.db_cluster_resource_id, "RestoreToTime": f"{_told(moment)}Z",
                              "RestoreType": params.get("RestoreType") or "full-copy"}
    return _begin(cluster, key, "RestoreDBClusterToPointInTime", params.get("RestoreType"))


def _make(backend, params, source, defaults):
    """That the retention period is the source's, or one day, whatever the source's is: AWS's guide says both (domain.md §16.3)."""
    inherited = {name: getattr(source, name) for name in _INHERITED}
    retention = source.backup_retention_period if settings.get("restoredRetention") == "inherited" else 1
    password = getattr(source, "_master_user_password", "the-one-in-the-data")
    given = {name: params[name] for name in params if params[name] is not None}
    return backend.create_db_cluster({**inherited, "backup_retention_period": retention, "master_user_password": password, **defaults, **given})


def _version(snapshot):
    """If nobody says: the default of the Region (API reference), or the snapshot's (guide; domain.md §16.4)."""
    return snapshot.engine_version if settings.get("restoredVersion") == "inherited" else DBCluster.default_engine_version(snapshot.engine)


def _begin(cluster, key, *how) -> ActionResult:
    rds_clusters.created(cluster, {"KmsKeyId": key})
    rds_clusters.restoring(cluster, *how)
    return ActionResult({"DBCluster": cluster})


def _may_restore(backend, params, source):
    """Returns the key the cluster is encrypted with, if any."""
    rds_limits.may_create_cluster(backend, params)
    _groups(backend, params)
    if source.region != backend.region_name:
        raise InvalidParameterValue(f"The snapshot {source.arn} is in another Region; copy it first.")
    if source.status != "available":
        raise InvalidDBClusterSnapshotStateFault(f"The snapshot {source.resource_id} is not in an allowed state (is in state: {source.status}).")
    if params["Engine"] != source.engine:
        raise InvalidParameterValue(f"The snapshot {source.resource_id} is of {source.engine}, not of {params['Engine']}.")
    asked = params.get("EngineVersion") or _version(source)
    if rds_limits.version(asked) < rds_limits.version(source.engine_version):
        raise InvalidParameterCombination(f"Cannot restore a snapshot of version {source.engine_version} to the lower version {asked}.")
    return _key(backend, params, source)


def _may_restore_from(backend, params, backup):
    rds_limits.may_create_cluster(backend, params)
    _groups(backend, params)
    source = backup.cluster
    if params.get("RestoreType") not in (None, "full-copy", _CLONE):
        raise InvalidParameterValue(f"Invalid restore type: {params['RestoreType']}")
    if params.get("RestoreType") == _CLONE and (backup.status != "active" or source.status != "available"):
        raise InvalidDBClusterStateFault(f"DB cluster {source.db_cluster_identifier} is not in an allowed state "
                                         f"(is in state: {source.status if backup.status == 'active' else 'deleted'}) to be cloned.")
    if backup.window() is None:
        rds_backups.has_one(source)
    if params.get("KmsKeyId") and source.storage_encryption_type == "none":
        raise InvalidParameterValue("KmsKeyId is not allowed: the source DB cluster is not encrypted.")
    return _key(backend, params, source)


def backup_named(backend, params):
    """Of the source, by its name, ARN or resource id. Others' clusters are only there to be cloned, by those they are shared with."""
    name, resource_id = params.get("SourceDBClusterIdentifier"), params.get("SourceDbClusterResourceId")
    if bool(name) == bool(resource_id):
        raise InvalidParameterCombination("Exactly one of SourceDBClusterIdentifier and SourceDbClusterResourceId must be specified.")
    if resource_id:
        found = rds_backups.find(backend, resource_id)
        if found is None:
            raise rds_backups.not_found(resource_id)
        return found
    cluster = rds_clusters.shared(backend, name) if params.get("RestoreType") == _CLONE else None
    here = f":{backend.region_name}:{backend.account_id}:cluster:"
    if cluster is None and (not name.startswith("arn:") or here in name):
        cluster = backend.clusters.get(name.rpartition(":")[2])
    if cluster is None:
        raise DBClusterNotFoundError(name)
    return rds_backups.Active(cluster)


def _moment(params, backup) -> float:
    """The code for a moment outside the window is our reading; the window is in the words, as it is in ours (?)."""
    given, latest, window = params.get("RestoreToTime"), params.get("UseLatestRestorableTime"), backup.window()
    if given and params.get("RestoreType") == _CLONE:
        raise InvalidParameterCombination("RestoreToTime cannot be specified with the restore type copy-on-write.")
    if bool(given) == bool(latest):
        raise InvalidParameterCombination("Exactly one of RestoreToTime and UseLatestRestorableTime must be specified.")
    if params.get("RestoreType") == _CLONE:
        return clock.now()
    if latest:
        return window.latest
    moment = given.replace(tzinfo=given.tzinfo or datetime.timezone.utc).timestamp()
    if not window.holds(moment):
        raise InvalidParameterValue(f"The restore time {_told(moment)}Z is not within the restorable window of the DB cluster: {window}.")
    return moment


def _groups(backend, params):
    """Groups are MiniStack's; the one named default is always there."""
    from ministack.services import rds as theirs
    name = params.get("DBSubnetGroupName")
    if name and name != "default" and theirs._subnet_groups.get_scoped(backend.account_id, backend.region_name, name) is None:
        raise DBSubnetGroupNotFoundError(name)


def _key(backend, params, source):
    rds_limits.readable(source)
    given = params.get("KmsKeyId")
    return rds_limits.key_arn(given, backend.account_id, backend.region_name) if given else source.kms_key_id


def _clusters(_query=None, _body=None) -> list[dict]:
    """All clusters of all accounts and Regions, with the password that their users need; of one that was restored, `Origin` (whose data it has) and
    `RestoredFrom`."""
    return [{"DBClusterArn": cluster.arn, "DBClusterIdentifier": cluster.db_cluster_identifier, "DbClusterResourceId": cluster.db_cluster_resource_id,
             "Status": cluster.status, "Engine": cluster.engine, "EngineVersion": cluster.engine_version, "KmsKeyId": cluster.kms_key_id,
             "BackupRetentionPeriod": cluster.backup_retention_period, "DeletionProtection": bool(cluster.deletion_protection),
             "MasterUserPassword": cluster._master_user_password,
             "Answers": rds_clusters.answers(cluster), "Origin": getattr(cluster, "_origin", None),
             "RestoredFrom": getattr(cluster, "_restored_from", None), "Tags": {tag["Key"]: tag["Value"] for tag in cluster.tags}}
            for backend in rds_progress._backends() for cluster in backend.clusters.values()]


def _told(moment: float) -> str:
    return rds_backups.utc(moment).isoformat(timespec="milliseconds")


def install() -> None:
    theirs = DBCluster.default_engine_version
    DBCluster.default_engine_version = staticmethod(lambda engine: _DEFAULT_VERSIONS.get(engine) or theirs(engine))
    control.route("GET", "/clusters", _clusters)
