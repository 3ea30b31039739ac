"""What IAM is asked about a call, and how a refusal reads.

MiniStack (AUTH=true) evaluates role policies, key policies and conditions well, but knows one resource per call. RDS authorizes each
resource of a call by itself, tagging and the key's use besides; this module turns one RDS call into those questions. Sources:
domain.md §12 (actions, types, condition keys), §3 (keys). What stays a guess there is strict here: the policy must allow more, not less.
"""
from . import calls, key_rights, named_resources, parameter_store, rights, settings

# Required of a restore by the authorization reference, named or not.
_GROUPS = (("subgrp", "DBSubnetGroupName"), ("cluster-pg", "DBClusterParameterGroupName"), ("og", "OptionGroupName"))
# Per operation the resources its policy must allow: (type in the ARN, parameter). Others are asked with Resource "*".
_RESOURCES = {
    "CreateDBClusterSnapshot": [("cluster", "DBClusterIdentifier"), ("cluster-snapshot", "DBClusterSnapshotIdentifier")],
    "CopyDBClusterSnapshot": [("cluster-snapshot", "SourceDBClusterSnapshotIdentifier"),
                              ("cluster-snapshot", "TargetDBClusterSnapshotIdentifier")],
    "RestoreDBClusterFromSnapshot": [("cluster", "DBClusterIdentifier"), ("cluster-snapshot", "SnapshotIdentifier"), *_GROUPS],
    "RestoreDBClusterToPointInTime": [("cluster", "DBClusterIdentifier"), ("cluster", "SourceDBClusterIdentifier"),
                                      ("cluster-auto-backup", "SourceDbClusterResourceId"), *_GROUPS],
    "ModifyDBCluster": [("cluster", "DBClusterIdentifier")],
    "DeleteDBCluster": [("cluster", "DBClusterIdentifier"), ("cluster-snapshot", "FinalDBSnapshotIdentifier")],
    "CreateDBInstance": [("db", "DBInstanceIdentifier"), ("cluster", "DBClusterIdentifier")],
    "DeleteDBInstance": [("db", "DBInstanceIdentifier")],
    "DescribeDBClusterAutomatedBackups": [("cluster-auto-backup", "DbClusterResourceId"), ("cluster", "DBClusterIdentifier")],
    "DeleteDBClusterAutomatedBackup": [("cluster-auto-backup", "DbClusterResourceId")],
    "DeleteDBClusterSnapshot": [("cluster-snapshot", "DBClusterSnapshotIdentifier")],
    "DescribeDBClusterSnapshots": [("cluster-snapshot", "DBClusterSnapshotIdentifier"), ("cluster", "DBClusterIdentifier")],
    "DescribeDBClusterSnapshotAttributes": [("cluster-snapshot", "DBClusterSnapshotIdentifier")],
    "ModifyDBClusterSnapshotAttribute": [("cluster-snapshot", "DBClusterSnapshotIdentifier")],
    "StartExportTask": [("", "SourceArn")],
    "DescribeDBClusters": [("cluster", "DBClusterIdentifier")],
    "DescribeDBInstances": [("db", "DBInstanceIdentifier")],
    "AddTagsToResource": [("", "ResourceName")],
    "RemoveTagsFromResource": [("", "ResourceName")],
    "ListTagsForResource": [("", "ResourceName")],
}
_MAKES = {"CreateDBClusterSnapshot": ("cluster-snapshot", "DBClusterSnapshotIdentifier"),
          "CopyDBClusterSnapshot": ("cluster-snapshot", "TargetDBClusterSnapshotIdentifier"),
          "RestoreDBClusterFromSnapshot": ("cluster", "DBClusterIdentifier"),
          "RestoreDBClusterToPointInTime": ("cluster", "DBClusterIdentifier"),
          "CreateDBInstance": ("db", "DBInstanceIdentifier")}
_enforce = _worded = None


def _partition(region):
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _arn(call, kind, name):
    """RDS keeps identifiers in lower case, but not resource ids. A list without a name is asked for all: `cluster-snapshot:*`."""
    if (name or "").startswith("arn:"):
        return name
    name = name if kind == "cluster-auto-backup" else (name or "").lower()
    return f"arn:{_partition(call['region'])}:rds:{call['region']}:{call['account']}:{kind}:{name or '*'}"


def _request_tags(given):
    tags = {tag["Key"]: tag.get("Value", "") for tag in given.get("Tags") or []}
    keys = list(tags) or list(given.get("TagKeys") or [])
    context = {f"{prefix}/{key}": value for key, value in tags.items() for prefix in ("aws:RequestTag", "rds:req-tag")}
    return {**context, **({"aws:TagKeys": keys} if keys else {})}


def _resource_tags(call, arn):
    """Tags of what another account shares are not told, so they are no conditions either."""
    from . import rds
    if arn.split(":")[4] != call["account"]:
        return {}
    kind = arn.split(":")[5]
    own = {"cluster": "rds:cluster-tag", "cluster-snapshot": "rds:cluster-snapshot-tag", "db": "rds:db-tag"}.get(kind)
    return {f"{prefix}/{key}": value for key, value in rds.tags_of(arn).items() for prefix in ("aws:ResourceTag", own) if prefix}


def _rds_checks(call):
    operation, given, region = call["action"].partition(":")[2], call["parameters"], call["region"]
    tags, checks = _request_tags(given), []

    def ask(action, arn, **more):
        checks.append({"action": f"rds:{action}", "service": "rds", "resource": arn, "context": {**tags, **_resource_tags(call, arn), **more}})

    for position, (kind, parameter) in enumerate(_RESOURCES.get(operation, ())):
        if position == 0 or given.get(parameter) or (kind, parameter) in _GROUPS:
            extra = {"rds:TagsFromRequest": "true"} if operation == "AddTagsToResource" else {}
            ask(operation, _arn(call, kind, given.get(parameter)), **extra)
    if operation == "DescribeExportTasks":
        for source in _export_sources(call):
            ask(operation, source)
    elif operation not in _RESOURCES:
        checks.append({"action": call["action"], "service": "rds", "resource": "*", "context": tags})
    if operation in _MAKES and (given.get("Tags") or given.get("CopyTags")):
        # Tags given win over CopyTags, as on AWS; inherited ones are no tags "from the request".
        ask("AddTagsToResource", _arn(call, _MAKES[operation][0], given.get(_MAKES[operation][1])),
            **{"rds:TagsFromRequest": "true" if given.get("Tags") else "false"})
    if operation == "CopyDBClusterSnapshot":
        source = _arn(call, "cluster-snapshot", given.get("SourceDBClusterSnapshotIdentifier"))
        if source.split(":")[3] != region:
            ask("CrossRegionCommunication", source)
        checks += key_rights.of_copy(call, source)
    if operation == "RestoreDBClusterFromSnapshot":
        checks += key_rights.of_copy(call, _arn(call, "cluster-snapshot", given.get("SnapshotIdentifier")))
    if operation == "RestoreDBClusterToPointInTime":
        checks += key_rights.of_point_in_time(call)
    if operation == "StartExportTask":
        # The sources contradict each other about the service; see settings.
        checks.append({"action": "iam:PassRole", "service": "iam", "resource": given.get("IamRoleArn"),
                       "context": {"iam:PassedToService": settings.get("passedToService")}})
        checks += key_rights.of_export(call)
    return checks


def _export_sources(call):
    """DescribeExportTasks is asked for the source it names, else for all of the kind it names, else for all of both kinds."""
    given = call["parameters"]
    if given.get("SourceArn"):
        return [given["SourceArn"]]
    kinds = {"SNAPSHOT": ["cluster-snapshot"], "CLUSTER": ["cluster"]}.get(given.get("SourceType"), ["cluster-snapshot", "cluster"])
    return [_arn(call, kind, None) for kind in kinds]


def enforce(access_key, action, service, region, resource_arn="*", service_context=None):
    """In place of MiniStack's: asks it once for each question of the call, and writes down the answers."""
    from ministack.core.iam_evaluator import AuthError
    call = calls.current()
    questions = [{"action": action, "service": service, "resource": resource_arn, "context": service_context}]
    if call and service == "rds":
        questions = _rds_checks(call)
    if call and service == "ssm":
        questions = parameter_store.questions(call) or questions
    if call:
        questions += named_resources.passed_roles(call)
    for question in questions:
        with rights.asking():
            denied = _enforce(access_key, question["action"], question["service"], region,
                              resource_arn=question["resource"], service_context=question["context"])
        if denied is None and call:
            denied = key_rights.refuses_root(call, question)
        if call:
            calls.checked(call, question, "allowed" if denied is None else "unauthenticated" if isinstance(denied, AuthError) else "denied")
        if denied is not None:
            if call:
                call["_refused"] = question
            return denied
    return None


def _answer(service, action, principal_arn, request_id, *, error_code="", message="", resource_arn="*", explicit_deny=False, **more):
    """AWS's words name the action and resource that failed. A key one may not use is a fault of RDS, not of IAM."""
    from ministack.core.iam_actions import identity_denial_message
    question = (calls.current() or {}).pop("_refused", None)
    status = None
    if not error_code and question and question["service"] == "kms" and service == "rds":
        status, error_code = 400, "KMSKeyNotAccessibleFault"
        message = (f"The {question['key']} KMS key [{question['resource']}] does not exist, is not enabled or you do not have "
                   "permissions to access it.")
    elif not error_code and not message and question and not more.get("resource_policy_arn"):
        action, resource_arn = question["action"], question["resource"]
        message = identity_denial_message(action, principal_arn, resource_arn, explicit_deny)
    found = _worded(service, action, principal_arn, request_id, error_code=error_code, message=message,
                    resource_arn=resource_arn, explicit_deny=explicit_deny, **more)
    return (status or found[0], *found[1:])


def _condition_value(key, context):
    """To AWS, `aws:PrincipalArn` of a session is its role; MiniStack says the session."""
    value = _resolve(key, context)
    if key.lower() != "aws:principalarn" or ":assumed-role/" not in value:
        return value
    from ministack.services import iam
    _, _, _, _, account, session = value.split(":", 5)
    role = iam._roles.get_scoped(account, None, session.split("/")[1])
    return role["Arn"] if role else value


def install() -> None:
    """MiniStack's dispatcher imports these functions at each request, so replacing them in their modules is enough."""
    global _enforce, _worded, _resolve
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator
    _enforce, iam_evaluator.enforce = iam_evaluator.enforce, enforce
    _worded, iam_actions.access_denied_response = iam_actions.access_denied_response, _answer
    _resolve, iam_evaluator._resolve_condition_key = iam_evaluator._resolve_condition_key, _condition_value
    key_rights.install()
    named_resources.install()
    parameter_store.install()
    # Whoever calls AWS does it by HTTPS; that our endpoint has none is nothing that a bucket's or queue's policy should refuse.
    pin = app.pin_request_origin
    app.pin_request_origin = lambda address, _secure: pin(address, True)
    rights.install()
