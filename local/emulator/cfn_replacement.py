"""Clusters and instances that an update replaces, and what is left of one that is deleted: CloudFormation's part, where MiniStack's differs.

MiniStack makes the new one first, deletes the old one in the clean-up, refuses to replace under an unchanged name and goes back. Added
here: properties are compared with the types of the resource's schema ("7" is 7); all of its createOnly properties; `Snapshot` also as an
UpdateReplacePolicy and when what an operation created is rolled back; one that came into being but never became available is deleted
by the rollback; handlers that wait do so in a thread of their own.
"""
import contextlib
import contextvars

from ministack.services.cloudformation import provisioners as theirs

from . import clock, rds
from .cfn_calls import Refused

_CLUSTER, _INSTANCE = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"
# By which calls a property may reach RDS: their models know its type.
_CALLS = {_CLUSTER: ("CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime", "ModifyDBCluster"),
          _INSTANCE: ("CreateDBInstance", "ModifyDBInstance")}
_policy = contextvars.ContextVar("local_aws_deletion_policy", default=None)
_resource_policy = _with_stack_tags = _on_a_thread = None


def typed(value, shape):
    """A value of a template as the API's model wants it; a custom resource's attributes are strings, always."""
    if shape.type_name == "structure":
        return {k: typed(v, shape.members[k]) for k, v in value.items() if k in shape.members and v is not None}
    if shape.type_name == "list" and not isinstance(value, list):
        raise TypeError(f"{value} is no list")
    if shape.type_name == "list":
        return [typed(v, shape.member) for v in value]
    if shape.type_name == "boolean" and str(value).lower() not in ("true", "false"):
        raise ValueError(f"{value} is no boolean")
    if shape.type_name == "boolean":
        return theirs._cfn_bool(value)
    return {"integer": int, "long": int, "double": float, "float": float}.get(shape.type_name, str)(value)


def _tagged(resource_type, props, stack_tags, stack_name, stack_id, logical_id):
    """Both sides of each comparison of an update come through here."""
    tagged = _with_stack_tags(resource_type, props, stack_tags, stack_name, stack_id, logical_id)
    return {name: _typed_property(resource_type, name, value, logical_id) for name, value in tagged.items()} if resource_type in _CALLS else tagged


def _typed_property(resource_type, name, value, logical_id):
    for action in _CALLS[resource_type]:
        members = rds._model.operation_model(action).input_shape.members
        if name not in members:
            continue
        try:
            return typed(value, members[name])
        except (ValueError, TypeError, AttributeError):
            expected = {"structure": "JSONObject", "list": "JSONArray"}.get(members[name].type_name, members[name].type_name.capitalize())
            raise Refused(f"Properties validation failed for resource {logical_id} with message: #/{name}: expected type: {expected}, "
                          f"found: {value!r}", "InvalidRequest") from None
    return value


def _remembered_policy(res_def, attribute, *rest):
    """What it is asked about is deleted next, unless it is retained."""
    _policy.set(_resource_policy(res_def, attribute, *rest))
    return _policy.get()


def wants_snapshot() -> bool:
    return _policy.get() == "Snapshot"


@contextlib.contextmanager
def being_made(stack_name, logical_id, resource_type, props):
    """DescribeStackResource knows it from its beginning; yields what tells the name it has got. Whoever has one by then is deleted by the rollback."""
    from .custom_resources import _stack
    resources = _stack(stack_name).setdefault("_resources", {})
    before = resources.get(logical_id)
    entry = resources[logical_id] = {"PhysicalResourceId": before["PhysicalResourceId"] if before else "", "ResourceType": resource_type,
                                     "LogicalResourceId": logical_id, "Properties": props, "Attributes": {}, "Timestamp": clock.iso(),
                                     "ResourceStatus": "UPDATE_IN_PROGRESS" if before else "CREATE_IN_PROGRESS"}
    made = []

    def has(name):
        made.append(name)
        entry["PhysicalResourceId"] = name
    try:
        yield has
    except Exception as error:
        if made:
            entry.update(ResourceStatus="CREATE_FAILED", ResourceStatusReason=str(error))
        elif before:
            resources[logical_id] = before
        else:
            del resources[logical_id]
        raise


def install() -> None:
    global _resource_policy, _with_stack_tags, _on_a_thread
    from ministack.services.cloudformation import stacks
    theirs._STACK_TAG_PROPERTY[_CLUSTER] = ("Tags", "list")
    # Of the conditional ones these replace whatever else changes with them, as the resource's page says.
    theirs._REPLACING_PROPERTIES[_CLUSTER] = (*theirs._RDS_DB_CLUSTER_CREATE_ONLY, "AvailabilityZones", "Engine", "MasterUsername")
    _resource_policy, stacks._resource_policy = stacks._resource_policy, _remembered_policy
    _with_stack_tags, stacks._with_stack_tags = stacks._with_stack_tags, _tagged
    _on_a_thread, stacks._runs_on_worker_thread = stacks._runs_on_worker_thread, lambda kind: kind in _CALLS or _on_a_thread(kind)
