"""How long snapshots and copies take, and what they are meanwhile.

moto's snapshots are finished when they are made. Here `status` and `percent_progress` of moto's own class become properties over the
emulated clock, so every answer moto gives, to whatever call, is right at that moment. Nothing runs in the background.
"""
import contextlib

from moto.rds import models
from moto.rds.models import DBClusterSnapshot

from . import clock, peaks, rds_sharing, settings


def snapshot_started(snapshot):
    like_its_cluster(snapshot)
    _start(snapshot, "creating", settings.get("snapshotSeconds"), "CreateDBClusterSnapshot")


def like_its_cluster(snapshot):
    encrypt(snapshot, snapshot.cluster.storage_encryption_type, snapshot.cluster.kms_key_id)


def encrypt(thing, encryption, key):
    thing.storage_encryption_type = encryption
    thing.storage_encrypted = thing.encrypted = encryption == "sse-kms"
    thing.kms_key_id = key if encryption == "sse-kms" else None


def copy_started(copy, source, key, tags):
    """A copy is a snapshot of its own: own time, own key, only the tags asked for."""
    copy.tags = tags
    copy.source_db_cluster_snapshot_arn = source.arn
    copy._origin = origin(source)
    encryption = "sse-kms" if key else source.storage_encryption_type
    encrypt(copy, encryption, key or source.kms_key_id)
    copy.engine_version = source.engine_version
    _start(copy, "copying", settings.get("copySeconds"), "CopyDBClusterSnapshot")
    peaks.saw("copies", copy.account_id, copy.region, sum(s.status == "copying" for s in copy.backend.cluster_snapshots.values()))


def snapshot_deleted(snapshot):
    """Deleting the source early may fail a copy; here it does."""
    for backend in _backends():
        for copy in backend.cluster_snapshots.values():
            if getattr(copy, "source_db_cluster_snapshot_arn", None) == snapshot.arn and copy.status == "copying":
                copy._fails_at = copy.percent_progress


def set_snapshot_status(snapshot, status, percent=None):
    snapshot._fixed = (status, 100 if percent is None and status == "available" else percent or 0)


def is_visible(snapshot):
    return clock.now() >= getattr(snapshot, "_visible_from", 0)


def list_snapshots(backend, params):
    """DescribeDBClusterSnapshots' choice: own automated and manual ones, shared ones when asked for, narrowed by every parameter."""
    kind = params.get("SnapshotType")
    own = list(backend.cluster_snapshots.values()) if kind in (None, "automated", "manual") else []
    of_others = rds_sharing.listed(backend, params)
    wanted = {f["Name"]: [v.lower() for v in f["Values"]] for f in params.get("Filters") or []}
    for parameter, name in (("DBClusterIdentifier", "db-cluster-id"), ("DBClusterSnapshotIdentifier", "db-cluster-snapshot-id"),
                            ("DbClusterResourceId", "db-cluster-resource-id")):
        if params.get(parameter):
            wanted[name] = [params[parameter].lower()]
    if kind in ("automated", "manual"):
        wanted["snapshot-type"] = [kind]

    if kind != "automated" and wanted.get("db-cluster-snapshot-id", [""])[0].startswith("rds:"):
        return []  # "if this identifier is for an automated snapshot, SnapshotType must also be specified"

    def matches(s):
        has = {"db-cluster-snapshot-id": (s.resource_id, s.arn), "snapshot-type": (s.snapshot_type,), "engine": (s.engine,)}
        if s.account_id == backend.account_id:  # "must match the identifier of an existing DBCluster": what others share is not found by its cluster
            has.update({"db-cluster-id": (s.db_cluster_identifier, s.cluster.arn), "db-cluster-resource-id": (s.db_cluster_resource_id,)})
        return all(any(v.lower() in values for v in has.get(name, ())) for name, values in wanted.items())

    return sorted((s for s in own + of_others if is_visible(s) and matches(s)), key=lambda s: s.arn)


def facts(s):
    """One snapshot for other modules, with the names of the RDS API."""
    return {"DBClusterSnapshotArn": s.arn, "DBClusterSnapshotIdentifier": s.resource_id, "DBClusterIdentifier": s.db_cluster_identifier,
            "DbClusterResourceId": s.db_cluster_resource_id, "Status": s.status, "PercentProgress": s.percent_progress,
            "SnapshotType": s.snapshot_type, "StorageEncrypted": s.storage_encrypted, "StorageEncryptionType": s.storage_encryption_type,
            "KmsKeyId": s.kms_key_id, "SourceDBClusterSnapshotArn": s.source_db_cluster_snapshot_arn,
            "SharedWith": list(s.attributes["restore"]), "Tags": {t["Key"]: t["Value"] for t in s.tags}, "Origin": origin(s)}


def origin(snapshot):
    """Whose data it is, through all copies and restores: the first cluster's, and since when it is no longer that cluster's own."""
    return getattr(snapshot, "_origin", None) or getattr(snapshot.cluster, "_origin", None) or {
        "DBClusterArn": snapshot.cluster.arn, "DbClusterResourceId": snapshot.db_cluster_resource_id, "DataTime": f"{snapshot.created.isoformat()}Z"}


def _start(snapshot, status, seconds, action):
    snapshot._doing, snapshot._seconds, snapshot._began = status, seconds, clock.now()
    snapshot._visible_from = clock.now() + settings.get("visibilitySeconds")
    with contextlib.suppress(ImportError):
        from . import faults
        snapshot._fails_at = faults.ending_for(snapshot.arn, action)


def _percent(snapshot):
    if fixed := getattr(snapshot, "_fixed", None):
        return fixed[1]
    seconds = getattr(snapshot, "_seconds", 0)
    done = 100 if not seconds else min(100, int(100 * (clock.now() - snapshot._began) / seconds))
    fails_at = getattr(snapshot, "_fails_at", None)
    return done if fails_at is None else min(done, fails_at)


def _status(snapshot):
    if fixed := getattr(snapshot, "_fixed", None):
        return fixed[0]
    percent, fails_at = _percent(snapshot), getattr(snapshot, "_fails_at", None)
    if fails_at is not None and percent >= fails_at:
        return "failed"
    return "available" if percent >= 100 else snapshot._doing


def _backends():
    return [backend for regions in models.rds_backends.values() for backend in regions.values()]


def install():
    models.utcnow = clock.utcnow  # creation times
    ignore = lambda self, value: None  # noqa: E731 moto's constructor sets what we compute
    DBClusterSnapshot.status = property(_status, ignore)
    DBClusterSnapshot.percent_progress = property(_percent, ignore)
    DBClusterSnapshot.source_db_cluster_snapshot_arn = None
    DBClusterSnapshot.storage_encryption_type = "none"
    for name in ("db_cluster_resource_id", "availability_zones", "engine_mode", "license_model", "storage_type",
                 "iam_database_authentication_enabled", "backup_retention_period", "preferred_backup_window"):
        setattr(DBClusterSnapshot, name, property(lambda self, name=name: getattr(self.cluster, name)))
