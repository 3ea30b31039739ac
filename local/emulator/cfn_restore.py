"""By which call of RDS the properties of an AWS::RDS::DBCluster want it made, and what is left for a ModifyDBCluster afterwards (domain.md §6.2)."""
from .cfn_calls import Refused

_POINT_IN_TIME = ("RestoreToTime", "RestoreType", "SourceDBClusterIdentifier", "SourceDbClusterResourceId", "SourceRegion", "UseLatestRestorableTime")
# MasterUserPassword may stand there, although the guide says it should not: the handler sets it by its modify. Of StorageEncrypted and
# KmsKeyId, which CDK always writes both, it passes on the key only.
_FORBIDDEN = ("GlobalClusterIdentifier", "MasterUsername", "ReplicationSourceIdentifier")
# What the handler does not give to RestoreDBClusterToPointInTime, although the call takes it.
_LEFT_OUT = ("BackupRetentionPeriod", "DBClusterParameterGroupName", "DeletionProtection", "EnableIAMDatabaseAuthentication")

# What its ModifyDBCluster after a restore does not carry: a version that the restore itself did not take is lost.
NEVER_AFTERWARDS = ("EngineVersion",)


def way(props):
    """(the call, the properties that are not for it but for ModifyDBCluster)."""
    source = [name for name in ("SourceDBClusterIdentifier", "SourceDbClusterResourceId") if props.get(name)]
    if props.get("SnapshotIdentifier"):
        _refuse_beside("SnapshotIdentifier", (*_FORBIDDEN, *_POINT_IN_TIME), props)
        return "RestoreDBClusterFromSnapshot", ()
    if len(source) > 1:
        raise _refusal("SourceDbClusterResourceId", "SourceDBClusterIdentifier")
    if source:
        _refuse_beside(source[0], _FORBIDDEN, props)
        return "RestoreDBClusterToPointInTime", _LEFT_OUT
    if given := [name for name in ("RestoreToTime", "RestoreType", "UseLatestRestorableTime") if props.get(name)]:
        raise Refused(f"{given[0]} needs SourceDBClusterIdentifier or SourceDbClusterResourceId", "InvalidRequest")
    return "CreateDBCluster", ()


def _refuse_beside(name, forbidden, props):
    for other in forbidden:
        if props.get(other) not in (None, False, ""):
            raise _refusal(other, name)


def _refusal(other, name):
    return Refused(f"{other} cannot be specified together with {name}", "InvalidRequest")
