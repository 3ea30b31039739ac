"""AWS::RDS::DBCluster and DBInstance of a stack, made through the RDS API above.

MiniStack's own handlers write records that only MiniStack's RDS would see. Here a property that is a parameter of the API call goes
into it, converted by the API's own model (templates say "7" where the API wants 7). Which changes replace is still MiniStack's table.
"""
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners as theirs

from . import rds


def _call(action, **params):
    return rds.call(action, params, get_account_id(), get_region())


def _parameters(action, props):
    """The properties the action takes, typed as it wants them. CloudFormation's own tags come later: no caller may pass `aws:` ones."""
    wanted = {**props, "Tags": [t for t in props.get("Tags", []) if not t["Key"].startswith("aws:")]}
    return _typed(wanted, rds._model.operation_model(action).input_shape)


def _typed(value, shape):
    if shape.type_name == "structure":
        return {k: _typed(v, shape.members[k]) for k, v in value.items() if k in shape.members and v is not None}
    if shape.type_name == "list":
        return [_typed(v, shape.member) for v in value]
    if shape.type_name == "boolean":
        return theirs._cfn_bool(value)
    return {"integer": int, "long": int, "double": float, "float": float}.get(shape.type_name, str)(value)


def _cluster_attributes(cluster):
    attributes = {"DBClusterArn": cluster["DBClusterArn"], "DBClusterResourceId": cluster["DbClusterResourceId"],
                  "Endpoint.Address": cluster["Endpoint"], "Endpoint.Port": str(cluster["Port"]), "ReadEndpoint.Address": cluster["ReaderEndpoint"]}
    if secret := cluster.get("MasterUserSecret"):
        attributes["MasterUserSecret.SecretArn"] = secret["SecretArn"]
    return attributes


def _cluster_create(logical_id, props, stack_name):
    name = props.get("DBClusterIdentifier") or theirs._physical_name(stack_name, logical_id, lowercase=True, max_len=63)
    cluster = _call("CreateDBCluster", **{**_parameters("CreateDBCluster", props), "DBClusterIdentifier": name})["DBCluster"]
    _tag(cluster["DBClusterArn"], {}, props)
    theirs._rds._clusters[cluster["DBClusterIdentifier"]] = cluster  # SecretTargetAttachment reads the endpoint there
    return cluster["DBClusterIdentifier"], _cluster_attributes(cluster)


def _cluster_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    _modify("ModifyDBCluster", old_props, new_props, DBClusterIdentifier=physical_id)
    cluster = _call("DescribeDBClusters", DBClusterIdentifier=physical_id)["DBClusters"][0]
    _tag(cluster["DBClusterArn"], old_props, new_props)
    return physical_id, _cluster_attributes(cluster)


def _cluster_delete(physical_id, props):
    theirs._rds._clusters.pop(physical_id, None)
    _gone("DeleteDBCluster", "DBClusterNotFoundFault", DBClusterIdentifier=physical_id, SkipFinalSnapshot=True)


def _cluster_snapshot(physical_id, props):
    """DeletionPolicy: Snapshot. MiniStack asks for the snapshot and then for the delete; in RDS they are one call."""
    _call("DeleteDBCluster", DBClusterIdentifier=physical_id, FinalDBSnapshotIdentifier=theirs._snapshot_id(physical_id))


def _instance_attributes(instance):
    return {"DBInstanceArn": instance["DBInstanceArn"], "DbiResourceId": instance["DbiResourceId"],
            "Endpoint.Address": instance["Endpoint"]["Address"], "Endpoint.Port": str(instance["Endpoint"]["Port"])}


def _instance_create(logical_id, props, stack_name):
    name = props.get("DBInstanceIdentifier") or theirs._physical_name(stack_name, logical_id, lowercase=True, max_len=63)
    # Groups are MiniStack's (they hang on its VPCs): moto would look for them in its own.
    known = {k: v for k, v in props.items() if k not in ("DBSubnetGroupName", "DBParameterGroupName")}
    instance = _call("CreateDBInstance", **{**_parameters("CreateDBInstance", known), "DBInstanceIdentifier": name})["DBInstance"]
    _tag(instance["DBInstanceArn"], {}, props)
    return instance["DBInstanceIdentifier"], _instance_attributes(instance)


def _instance_update(physical_id, old_props, new_props, stack_name, logical_id=None):
    _modify("ModifyDBInstance", old_props, new_props, DBInstanceIdentifier=physical_id)
    instance = _call("DescribeDBInstances", DBInstanceIdentifier=physical_id)["DBInstances"][0]
    _tag(instance["DBInstanceArn"], old_props, new_props)
    return physical_id, _instance_attributes(instance)


def _instance_delete(physical_id, props):
    _gone("DeleteDBInstance", "DBInstanceNotFound", DBInstanceIdentifier=physical_id, SkipFinalSnapshot=True)


def _modify(action, old_props, new_props, **identifier):
    changed = {k: v for k, v in new_props.items() if v != old_props.get(k) and k not in ("Engine", "DBParameterGroupName")}
    if params := _parameters(action, changed):
        _call(action, **{**params, "ApplyImmediately": True, **identifier})


def _tag(arn, old_props, new_props):
    old, new = theirs._tag_map(old_props.get("Tags")), theirs._tag_map(new_props.get("Tags"))
    if removed := sorted(old.keys() - new.keys()):
        _call("RemoveTagsFromResource", ResourceName=arn, TagKeys=removed)
    if changed := [{"Key": k, "Value": v} for k, v in new.items() if old.get(k) != v]:
        rds.rds_backends[get_account_id()][get_region()].add_tags_to_resource(arn, changed)  # not the API: it refuses `aws:` keys


def _gone(action, not_found, **params):
    try:
        _call(action, **params)
    except rds.RdsError as error:
        if error.code != not_found:
            raise


def install() -> None:
    theirs._STACK_TAG_PROPERTY["AWS::RDS::DBCluster"] = ("Tags", "list")
    handlers = theirs._RESOURCE_HANDLERS
    handlers["AWS::RDS::DBCluster"] = {"create": _cluster_create, "update": _cluster_update, "update_with_logical_id": True,
                                       "delete": _cluster_delete, "snapshot": _cluster_snapshot}
    handlers["AWS::RDS::DBInstance"] = {"create": _instance_create, "update": _instance_update, "update_with_logical_id": True,
                                        "delete": _instance_delete}
