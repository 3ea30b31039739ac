"""What RDS refuses, with its own codes and words. Each function says no by raising; what it lets pass, moto carries out."""
import re
import uuid

from moto.rds.exceptions import (
    DBClusterNotFoundError, DBClusterSnapshotAlreadyExistsError, DBClusterSnapshotNotFoundError, DBInstanceNotFoundError,
    InvalidDBClusterSnapshotStateFault, InvalidDBClusterStateFault, InvalidParameterCombination, InvalidParameterValue, KMSKeyNotAccessibleFault, RDSClientError,
    SharedSnapshotQuotaExceeded)

from . import rds_backups, settings

_IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*")


def may_create_cluster(backend, params):
    if params["DBClusterIdentifier"] in backend.clusters:
        raise RDSClientError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
    _identifier("DBClusterIdentifier", params["DBClusterIdentifier"])
    _tags(params)


def may_delete_cluster(backend, params):
    cluster = backend.clusters.get(params["DBClusterIdentifier"])
    if cluster is None:
        raise DBClusterNotFoundError(params["DBClusterIdentifier"])
    final, skip = params.get("FinalDBSnapshotIdentifier"), params.get("SkipFinalSnapshot")
    if not final and not skip:
        raise InvalidParameterCombination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
    if final:
        rds_backups.has_one(cluster)
        if final in backend.cluster_snapshots:
            raise DBClusterSnapshotAlreadyExistsError(final)
        _quota(backend)


def may_create_snapshot(backend, params):
    _identifier("DBClusterSnapshotIdentifier", params["DBClusterSnapshotIdentifier"])
    _tags(params)
    cluster = backend.clusters.get(params["DBClusterIdentifier"])
    if cluster is None:
        raise DBClusterNotFoundError(params["DBClusterIdentifier"])
    if params["DBClusterSnapshotIdentifier"] in backend.cluster_snapshots:
        raise DBClusterSnapshotAlreadyExistsError(params["DBClusterSnapshotIdentifier"])
    if cluster.status != "available":
        raise InvalidDBClusterStateFault(
            f"DB cluster {cluster.db_cluster_identifier} is not in an allowed state (is in state: {cluster.status}) to take a snapshot.")
    rds_backups.has_one(cluster)
    _quota(backend)


def may_copy_snapshot(backend, params, source):
    """Returns the ARN of the key the copy gets, or None when it keeps what the source has."""
    target, key = params["TargetDBClusterSnapshotIdentifier"], params.get("KmsKeyId")
    _identifier("TargetDBClusterSnapshotIdentifier", target)
    _tags(params)
    if target in backend.cluster_snapshots:
        raise DBClusterSnapshotAlreadyExistsError(target)
    if source.status != "available":
        raise _bad_state(source)
    if source.account_id != backend.account_id and source.snapshot_type != "manual":
        raise InvalidDBClusterSnapshotStateFault("Only manual snapshots may be shared.")
    if source.storage_encryption_type == "none" and key:
        raise InvalidParameterValue("Cannot encrypt an unencrypted DB cluster snapshot by copying it; KmsKeyId is not allowed.")
    if source.storage_encryption_type == "sse-kms" and not key:
        if source.region != backend.region_name:
            raise InvalidParameterValue("Must specify new KMS key for cross region encrypted snapshot copy.")
        if source.account_id != backend.account_id:
            raise InvalidParameterValue("KmsKeyId is required to copy an encrypted DB cluster snapshot shared by another account.")
    arn = key_arn(key, backend.account_id, backend.region_name) if key else None
    readable(source)
    if sum(s.status == "copying" for s in backend.cluster_snapshots.values()) >= settings.get("copyLimit"):
        raise RDSClientError("SnapshotQuotaExceeded", f"Cannot copy more than {settings.get('copyLimit')} snapshots across regions")
    _quota(backend)
    return arn


def may_delete_snapshot(snapshot):
    if snapshot.resource_id.startswith("awsbackup:"):
        raise InvalidDBClusterSnapshotStateFault(
            f"Cannot delete the snapshot {snapshot.resource_id} because it was created by AWS Backup. Delete its recovery point instead.")
    if snapshot.snapshot_type != "manual":
        raise InvalidDBClusterSnapshotStateFault("Only manual snapshots may be deleted.")
    if snapshot.status not in ("available", "copying", "failed"):
        raise _bad_state(snapshot)


def may_share(snapshot, params):
    """Returns the accounts it is shared with then. Nobody has written down with which code a snapshot under the default key is refused."""
    if params["AttributeName"] != "restore":
        raise InvalidParameterValue(f"Invalid snapshot attribute {params['AttributeName']}")
    new, old = set(params.get("ValuesToAdd") or []), set(params.get("ValuesToRemove") or [])
    if new & old:
        raise InvalidParameterCombination("A value may not appear in both the add list and remove list.")
    for account in new | old:
        if account != "all" and not re.fullmatch(r"\d{12}", account):
            raise InvalidParameterValue(f"Invalid account id: {account}")
    if new:
        _may_be_shared(snapshot, "all" in new)
    shared = sorted(set(snapshot.attributes["restore"]) - old | new)
    if len([account for account in shared if account != "all"]) > 20:
        raise SharedSnapshotQuotaExceeded()
    return shared


def _may_be_shared(snapshot, publicly):
    if snapshot.snapshot_type != "manual" or snapshot.resource_id.startswith("awsbackup:"):
        raise InvalidDBClusterSnapshotStateFault(f"Only manual snapshots may be shared; copy {snapshot.resource_id} and share the copy.")
    if snapshot.status != "available":
        raise _bad_state(snapshot)
    if publicly and snapshot.storage_encryption_type != "none":
        raise InvalidParameterValue("Encrypted snapshots cannot be shared publicly.")
    # That an AWS owned key (sse-rds) is treated like the default key is our reading.
    if snapshot.storage_encryption_type == "sse-rds" or snapshot.kms_key_id == default_key_arn(snapshot.account_id, snapshot.region):
        raise InvalidParameterValue("Sharing snapshots encrypted with the default service key for RDS is currently not supported.")


def may_describe_snapshots(params):
    for given in params.get("Filters") or []:
        if given["Name"] not in ("db-cluster-id", "db-cluster-snapshot-id", "snapshot-type", "engine"):
            raise InvalidParameterValue(f"Unrecognized filter name: {given['Name']}")
    if params.get("DBClusterIdentifier") and params.get("DBClusterSnapshotIdentifier"):
        raise InvalidParameterCombination("DBClusterIdentifier cannot be used with DBClusterSnapshotIdentifier.")


def may_tag(backend, params):
    """moto tags nothing without a word when there is nothing of that name, and ignores the Region of the ARN."""
    *_, region, account, kind, name = params["ResourceName"].split(":", 6)
    if (region, account) != (backend.region_name, backend.account_id):
        raise InvalidParameterValue(f"The specified resource name does not match an RDS resource in this region: {params['ResourceName']}")
    missing = {"cluster": DBClusterNotFoundError, "cluster-snapshot": DBClusterSnapshotNotFoundError, "db": DBInstanceNotFoundError}.get(kind)
    if missing and not backend._find_resource(kind, name):
        raise missing(name)
    _tags(params)


def page(records, params):
    """One page and the marker of the next, in the order of the list; the marker is the number of the first record it brings."""
    size = params.get("MaxRecords") or 100
    if not 20 <= int(size) <= 100:
        raise InvalidParameterValue(f"Invalid value {size} for MaxRecords. Must be between 20 and 100")
    start = int(params.get("Marker") or 0)
    end = start + min(int(size), settings.get("pageSize"))
    return records[start:end], str(end) if end < len(records) else None


def key_arn(key, account, region):
    """The ARN of a usable key named by id, ARN, alias or alias ARN, in MiniStack's KMS; RDS's error otherwise."""
    from ministack.services import kms
    if key in ("alias/aws/rds", default_key_arn(account, region)):
        return default_key_arn(account, region)
    if key.startswith("arn:"):
        *_, key_region, key_account, key = key.split(":", 5)
        if key_region != region:
            raise KMSKeyNotAccessibleFault(key)
        account = key_account
        key = key.removeprefix("key/")
    if key.startswith("alias/"):
        alias = next((arn for (a, r, arn) in kms._aliases._data if (a, r) == (account, region) and arn.endswith(":" + key)), None)
        key = kms._aliases.get_scoped(account, region, alias) if alias else key
    record = kms._keys.get_scoped(account, region, key)
    if record is None or record["KeyState"] != "Enabled":
        raise KMSKeyNotAccessibleFault(key)
    return record["Arn"]


def readable(source):
    """RDS must still be able to use the key of what it is to copy or export."""
    if source.storage_encryption_type == "sse-kms" and ":key/" in (source.kms_key_id or ""):
        *_, region, account, _ = source.kms_key_id.split(":", 5)
        key_arn(source.kms_key_id, account, region)


def default_key_arn(account, region):
    """The account's `aws/rds` key: RDS makes it by itself, and nobody can administer it."""
    return f"arn:aws:kms:{region}:{account}:key/{uuid.uuid5(uuid.NAMESPACE_DNS, f'rds.{region}.{account}')}"


def version(text):
    """To compare: `16.4`, `8.0.mysql_aurora.3.04.0`."""
    return [int(number) for number in re.findall(r"\d+", text)]


def _quota(backend):
    limit = settings.get("manualSnapshotQuota")
    counted = [s for s in backend.cluster_snapshots.values() if s.snapshot_type == "manual" and not s.resource_id.startswith("awsbackup:")]
    if len(counted) >= limit:
        raise RDSClientError("SnapshotQuotaExceeded", f"Cannot create more than {limit} manual snapshots")


def _identifier(parameter, value):
    if not _IDENTIFIER.fullmatch(value) or len(value) > 63:
        raise InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, "
            "digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.")


def _tags(params):
    tags = params.get("Tags") or []
    if any(tag["Key"].lower().startswith("aws:") for tag in tags):
        raise InvalidParameterValue("Tag keys cannot start with the reserved prefix aws:")
    if len(tags) > 50:
        raise InvalidParameterValue("No more than 50 tags can be added to a resource.")


def _bad_state(snapshot):
    return InvalidDBClusterSnapshotStateFault(
        f"The snapshot {snapshot.resource_id} is not in an allowed state (is in state: {snapshot.status}).")
