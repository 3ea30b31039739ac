"""A cluster made from a snapshot, one's own or shared, and where its data comes from."""
from moto.core.responses import ActionResult
from moto.rds.exceptions import InvalidDBClusterSnapshotStateFault, InvalidParameterValue

from . import control, rds_limits, rds_progress
from .rds_sharing import find_source

# What a restored cluster has from the one the snapshot was taken of. Its groups, names and Availability Zones it has not.
_INHERITED = ("engine_version", "master_username", "database_name", "port", "backup_retention_period", "preferred_backup_window",
              "storage_type", "allocated_storage", "engine_mode", "copy_tags_to_snapshot")


def from_snapshot(backend, params) -> ActionResult:
    """Under the given key, else under that of the snapshot, whoever owns it."""
    source = find_source(backend, params["SnapshotIdentifier"])
    key = _may_restore(backend, params, source)
    inherited = {name: getattr(source.cluster, name) for name in _INHERITED}
    given = {name: params[name] for name in params if params[name] is not None}
    cluster = backend.create_db_cluster({**inherited, "engine_version": source.engine_version, "master_user_password": "the-one-in-the-snapshot", **given})
    cluster._origin = rds_progress.origin(source)
    rds_progress.cluster_created(cluster, {"KmsKeyId": key})
    return ActionResult({"DBCluster": cluster})


def _may_restore(backend, params, source):
    """Returns the key the cluster is encrypted with, if any."""
    rds_limits.may_create_cluster(backend, params)
    if source.region != backend.region_name:
        raise InvalidParameterValue(f"The snapshot {source.arn} is in another Region; copy it first.")
    if source.status != "available":
        raise InvalidDBClusterSnapshotStateFault(f"The snapshot {source.resource_id} is not in an allowed state (is in state: {source.status}).")
    if params["Engine"] != source.engine:
        raise InvalidParameterValue(f"The snapshot {source.resource_id} is of {source.engine}, not of {params['Engine']}.")
    rds_limits.readable(source)
    given = params.get("KmsKeyId")
    return rds_limits.key_arn(given, backend.account_id, backend.region_name) if given else source.kms_key_id


def _clusters(_query=None, _body=None) -> list[dict]:
    """All clusters of all accounts and Regions; `Origin` of one that was restored."""
    return [{"DBClusterArn": cluster.arn, "DBClusterIdentifier": cluster.db_cluster_identifier, "DbClusterResourceId": cluster.db_cluster_resource_id,
             "Status": cluster.status, "Engine": cluster.engine, "KmsKeyId": cluster.kms_key_id, "Origin": getattr(cluster, "_origin", None),
             "Tags": {tag["Key"]: tag["Value"] for tag in cluster.tags}}
            for backend in rds_progress._backends() for cluster in backend.clusters.values()]


def install() -> None:
    control.route("GET", "/clusters", _clusters)
