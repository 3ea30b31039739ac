"""AWS::RDS::DBCluster and DBInstance of a stack, made through the RDS API as CloudFormation's own handlers do it (domain.md §6.2).

MiniStack's own handlers write records that only MiniStack's RDS would see. Here a property that is a parameter of the API call goes
into it; a restore is followed by a ModifyDBCluster with what it did not carry; and a resource is complete when it is `available`.
"""
import secrets

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners as theirs

from . import cfn_replacement, cfn_restore, rds
from .cfn_calls import Refused, call, is_failed, until_available, until_gone

# What a parameter of ModifyDBCluster is, but belongs to the creation.
_OF_CREATION = ("Engine", "DBParameterGroupName")


def _parameters(action, props):
    """The properties the action takes. CloudFormation's own tags come later: no caller may pass `aws:` ones."""
    wanted = {**props, "Tags": [t for t in props.get("Tags", []) if not t["Key"].startswith("aws:")]}
    return cfn_replacement.typed(wanted, rds._model.operation_model(action).input_shape)


def _cluster(name):
    return _found("DescribeDBClusters", "DBClusters", "DBClusterNotFoundFault", DBClusterIdentifier=name)


def _instance(name):
    return _found("DescribeDBInstances", "DBInstances", "DBInstanceNotFound", DBInstanceIdentifier=name)


def _found(action, key, not_found, **identifier):
    try:
        return call(action, **identifier)[key][0]
    except rds.RdsError as error:
        if error.code != not_found:
            raise
        return None


def _available_cluster(name):
    return until_available(lambda: _present(_cluster(name), name), "Status", "DB Cluster", name)


def _available_instance(name):
    return until_available(lambda: _present(_instance(name), name), "DBInstanceStatus", "DB Instance", name)


def _present(thing, name):
    if thing is None:
        raise Refused(f"{name} not found", "NotFound")
    return thing


def _cluster_attributes(cluster):
    attributes = {"DBClusterArn": cluster["DBClusterArn"], "DBClusterResourceId": cluster["DbClusterResourceId"],
                  "Endpoint.Address": cluster["Endpoint"], "Endpoint.Port": str(cluster["Port"]), "ReadEndpoint.Address": cluster["ReaderEndpoint"]}
    if secret := cluster.get("MasterUserSecret"):
        attributes["MasterUserSecret.SecretArn"] = secret["SecretArn"]
    return attributes


def _cluster_create(logical_id, props, stack_name):
    name = props.get("DBClusterIdentifier") or theirs._physical_name(stack_name, logical_id, lowercase=True, max_len=63)
    with cfn_replacement.being_made(stack_name, logical_id, "AWS::RDS::DBCluster", props) as has:
        action, left_out = cfn_restore.way(props)
        given = _parameters(action, {k: v for k, v in props.items() if k not in left_out})
        made = call(action, **{**given, "DBClusterIdentifier": name})["DBCluster"]
        has(made["DBClusterIdentifier"])
        _available_cluster(made["DBClusterIdentifier"])
        _tag(made["DBClusterArn"], {}, props)
        if action != "CreateDBCluster":
            rest = {k: v for k, v in props.items() if k not in cfn_restore.NEVER_AFTERWARDS}
            _modify("ModifyDBCluster", given, rest, DBClusterIdentifier=made["DBClusterIdentifier"])
        cluster = _available_cluster(made["DBClusterIdentifier"])
    theirs._rds._clusters[cluster["DBClusterIdentifier"]] = cluster  # SecretTargetAttachment reads the endpoint there
    return cluster["DBClusterIdentifier"], _cluster_attributes(cluster)


def _cluster_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    _modify("ModifyDBCluster", old_props, new_props, DBClusterIdentifier=physical_id)
    cluster = _available_cluster(physical_id)
    _tag(cluster["DBClusterArn"], old_props, new_props)
    return physical_id, _cluster_attributes(cluster)


def _cluster_delete(physical_id, props):
    """A final snapshot is part of the call. What never became available has nothing to take one of."""
    cluster = _cluster(physical_id) if physical_id else None
    if cluster is None:
        return
    final = cfn_replacement.wants_snapshot() and cluster["Status"] != "creating" and not is_failed(cluster["Status"])
    how = {"FinalDBSnapshotIdentifier": f"{physical_id[:38].rstrip('-')}-final-snapshot-{secrets.token_hex(4)}"} if final else {"SkipFinalSnapshot": True}
    keep = {name: value for name, value in props.items() if name == "DeleteAutomatedBackups"}
    call("DeleteDBCluster", DBClusterIdentifier=physical_id, **how, **_parameters("DeleteDBCluster", keep))
    until_gone(lambda: _cluster(physical_id))
    theirs._rds._clusters.pop(physical_id, None)


def _instance_attributes(instance):
    return {"DBInstanceArn": instance["DBInstanceArn"], "DbiResourceId": instance["DbiResourceId"],
            "Endpoint.Address": instance["Endpoint"]["Address"], "Endpoint.Port": str(instance["Endpoint"]["Port"])}


def _instance_create(logical_id, props, stack_name):
    name = props.get("DBInstanceIdentifier") or theirs._physical_name(stack_name, logical_id, lowercase=True, max_len=63)
    # Groups are MiniStack's (they hang on its VPCs): moto would look for them in its own.
    known = {k: v for k, v in props.items() if k not in ("DBSubnetGroupName", "DBParameterGroupName")}
    with cfn_replacement.being_made(stack_name, logical_id, "AWS::RDS::DBInstance", props) as has:
        made = call("CreateDBInstance", **{**_parameters("CreateDBInstance", known), "DBInstanceIdentifier": name})["DBInstance"]
        has(made["DBInstanceIdentifier"])
        instance = _available_instance(made["DBInstanceIdentifier"])
        _tag(instance["DBInstanceArn"], {}, props)
    return instance["DBInstanceIdentifier"], _instance_attributes(instance)


def _instance_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    _modify("ModifyDBInstance", old_props, new_props, DBInstanceIdentifier=physical_id)
    instance = _available_instance(physical_id)
    _tag(instance["DBInstanceArn"], old_props, new_props)
    return physical_id, _instance_attributes(instance)


def _instance_delete(physical_id, props):
    if physical_id and _instance(physical_id):
        call("DeleteDBInstance", DBInstanceIdentifier=physical_id, SkipFinalSnapshot=True)
        until_gone(lambda: _instance(physical_id))


def _modify(action, old_props, new_props, **identifier):
    changed = {k: v for k, v in new_props.items() if v != old_props.get(k) and k not in _OF_CREATION}
    if params := _parameters(action, changed):
        call(action, **{**params, "ApplyImmediately": True, **identifier})


def _tag(arn, old_props, new_props):
    old, new = theirs._tag_map(old_props.get("Tags")), theirs._tag_map(new_props.get("Tags"))
    if removed := sorted(old.keys() - new.keys()):
        call("RemoveTagsFromResource", ResourceName=arn, TagKeys=removed)
    if changed := [{"Key": k, "Value": v} for k, v in new.items() if old.get(k) != v]:
        rds.rds_backends[get_account_id()][get_region()].add_tags_to_resource(arn, changed)  # not the API: it refuses `aws:` keys


def _in_its_words(handler):
    """Stack events quote RDS, with a prefix of their own."""
    def handled(*args, **kwargs):
        try:
            return handler(*args, **kwargs)
        except rds.RdsError as error:
            raise Refused(error, error.code) from error
    return handled


def install() -> None:
    cfn_replacement.install()
    for kind, create, update, delete in (("DBCluster", _cluster_create, _cluster_update, _cluster_delete),
                                         ("DBInstance", _instance_create, _instance_update, _instance_delete)):
        theirs._RESOURCE_HANDLERS[f"AWS::RDS::{kind}"] = {"create": _in_its_words(create), "update": _in_its_words(update),
                                                          "update_with_logical_id": True, "delete": _in_its_words(delete)}
