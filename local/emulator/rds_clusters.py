"""What a cluster and its instances are at any moment of the emulated clock.

A cluster that is made anew is `available` at once, and so are its instances. One that is restored takes its time, and then its instances
take theirs; until the first of them is there, its endpoints do not answer.
"""
import contextlib
import math

from moto.rds.exceptions import DBClusterNotFoundError, InvalidDBClusterStateFault, InvalidParameterCombination
from moto.rds.models import DBCluster, DBInstanceClustered, rds_backends
from moto.rds.utils import FilterDef

from . import clock, rds_automated, rds_backups, rds_progress, settings

_GONE_WRONG = {"copy-on-write": "cloning-failed"}


def created(cluster, params) -> None:
    """The key as ARN; with none, what RDS does since February 2026 (an AWS owned key), which the old boolean does not show."""
    from .rds_limits import default_key_arn, key_arn
    key = params.get("KmsKeyId")
    if key or params.get("StorageEncrypted"):
        arn = key_arn(key, cluster.account_id, cluster.region) if key else default_key_arn(cluster.account_id, cluster.region)
        rds_progress.encrypt(cluster, "sse-kms", arn)
    else:
        rds_progress.encrypt(cluster, settings.get("defaultEncryption"), None)
    cluster.status = "available"
    for snapshot in rds_automated.snapshots(cluster):  # moto has already made the first one
        snapshot.cluster.storage_encryption_type, snapshot.cluster.kms_key_id = cluster.storage_encryption_type, cluster.kms_key_id
        snapshot.cluster._origin = getattr(cluster, "_origin", None)
        rds_progress.like_its_cluster(snapshot)
    rds_backups.begins(cluster, clock.now())


def restoring(cluster, action, how="full-copy") -> None:
    """From now on for its time, at the end of which its automated backups begin. A fault may end it early, and for good."""
    seconds, percent, then = settings.get("restoreSeconds"), 100, "available"
    with contextlib.suppress(ImportError):
        from . import faults
        if (ending := faults.ending_for(cluster.arn, action)) is not None:
            percent, then = ending, _GONE_WRONG.get(how, "failed")
    done = clock.now() + seconds * percent / 100
    cluster._status, cluster._status_ends, cluster._status_then = "creating", done, then
    cluster._restore_began, cluster._restore_seconds, cluster._restore_percent = clock.now(), seconds, percent
    rds_backups.begins(cluster, done if then == "available" else math.inf)
    rds_automated.forget(cluster)
    if then == "available":
        rds_automated.make(cluster, done + settings.get("firstBackupSeconds"))


def set_status(cluster, status, seconds=None) -> None:
    """`backing-up`, `stopped`, …; with seconds it becomes `available` again by itself."""
    cluster._status, cluster._status_then = status, "available"
    cluster._status_ends = None if seconds is None else clock.now() + seconds


@contextlib.contextmanager
def may_modify(backend, params):
    """moto makes whatever it modifies `available`. That a restore must have ended is our reading of InvalidDBClusterStateFault (?)."""
    cluster = backend.clusters.get(params["DBClusterIdentifier"])
    if cluster is None:
        raise DBClusterNotFoundError(params["DBClusterIdentifier"])
    if cluster.status not in ("available", "backing-up"):
        raise _not_available(cluster, "to be modified")
    _password(cluster, params)
    was = cluster._status, getattr(cluster, "_status_ends", None)
    if params.get("BackupRetentionPeriod"):
        rds_backups.retention_changes(cluster)
    yield
    cluster._status, cluster._status_ends = was
    if params.get("EnableIAMDatabaseAuthentication") is not None:
        cluster.iam_auth = params["EnableIAMDatabaseAuthentication"]


def _password(cluster, params):
    """Either RDS manages it or somebody gives it; moto would make another secret each time."""
    manage, managed = params.get("ManageMasterUserPassword"), cluster.manage_master_user_password
    if params.get("MasterUserPassword") and (manage or managed and manage is None):
        raise InvalidParameterCombination("You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.")
    if manage and managed:
        params.pop("manage_master_user_password")


def may_create_instance(backend, params) -> None:
    cluster = backend.clusters.get(params.get("DBClusterIdentifier") or "")
    if cluster and cluster.status != "available":
        raise _not_available(cluster, "to create a DB instance in it")


def instance_created(instance) -> None:
    if isinstance(instance, DBInstanceClustered) and hasattr(instance.cluster, "_restored_from"):
        instance._creating_until = clock.now() + settings.get("instanceSeconds")


def shared(backend, identifier):
    """Another account's cluster of this Region, named by its ARN, if that account lets this one see and clone it (by AWS RAM)."""
    if not (identifier or "").startswith("arn:"):
        return None
    *_, region, account, _, name = identifier.split(":", 6)
    cluster = rds_backends[account][region].clusters.get(name) if region == backend.region_name and account != backend.account_id else None
    return cluster if cluster and backend.account_id in getattr(cluster, "_shared_with", ()) else None


def _share(_query, body):
    """In place of AWS RAM, which is not emulated: with exactly these accounts."""
    *_, region, account, _, name = body["arn"].split(":", 6)
    cluster = rds_backends[account][region].clusters.get(name)
    if cluster is None:
        raise ValueError(f"no {body['arn']}")
    cluster._shared_with = body["accounts"]
    return {"arn": body["arn"], "accounts": body["accounts"]}


def answers(cluster) -> bool:
    """Is there something behind its endpoints?"""
    return cluster.status == "available" and any(member.status == "available" for member in cluster.members)


def _not_available(cluster, what):
    return InvalidDBClusterStateFault(
        f"DB cluster {cluster.db_cluster_identifier} is not in an allowed state (is in state: {cluster.status}) {what}.")


def _status(cluster):
    ends = getattr(cluster, "_status_ends", None)
    if ends is not None and clock.now() >= ends:
        cluster._status, cluster._status_ends = getattr(cluster, "_status_then", "available"), None
    return cluster._status


def _set_status(cluster, value):
    cluster._status, cluster._status_ends, cluster._status_then = value, None, "available"


def _percent(cluster):
    """Of a restore; otherwise RDS says nothing."""
    if cluster.status != "creating" or not getattr(cluster, "_restore_seconds", 0):
        return None
    return str(min(cluster._restore_percent, int(100 * (clock.now() - cluster._restore_began) / cluster._restore_seconds)))


def _is_creating(instance):
    return clock.now() < getattr(instance, "_creating_until", 0)


def install() -> None:
    from . import control
    control.route("POST", "/cluster-shares", _share)
    DBCluster.storage_encryption_type = "none"
    DBCluster.SUPPORTED_FILTERS["db-cluster-resource-id"] = FilterDef(["db_cluster_resource_id"], "DB Cluster Resource Ids")
    DBCluster.status = property(_status, _set_status)
    DBCluster.percent_progress = property(_percent)
    told = DBInstanceClustered.endpoint
    DBInstanceClustered.endpoint = property(lambda instance: None if _is_creating(instance) else told.fget(instance))
    DBInstanceClustered.status = property(lambda instance: "creating" if _is_creating(instance) else instance._status,
                                          lambda instance, value: setattr(instance, "_status", value))
