"""May this export write there? What StartExportTask refuses at once, and what RDS only finds out when it begins to write.

The role, the bucket and the key are MiniStack's, so its evaluator answers with the policies they have at that moment. The words of a
FAILED task are those of the guide's table of failure messages.
"""
import json

from moto.rds.exceptions import InvalidParameterValue, KMSKeyNotAccessibleFault, RDSClientError

from . import rds_limits, rights

SERVICE = "export.rds.amazonaws.com"
# The guide's list, whole: which of them RDS really uses, and for what, nobody has written down.
_ON_BUCKET, _ON_OBJECTS = ("s3:GetBucketLocation", "s3:ListBucket"), ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")
_ON_KEY = ("kms:GenerateDataKey", "kms:Decrypt")


def may_use_role(arn, source_arn, backend):
    role = _role(arn)
    if role is None or arn.split(":")[4] != backend.account_id:
        raise RDSClientError("IamRoleNotFound", f"The IAM role {arn} can't be found.")
    if not _assumable(role, source_arn, backend.account_id):
        raise RDSClientError("IamRoleMissingPermissions", f"The IAM role {arn} isn't valid, or it can't be assumed by {SERVICE}.")


def may_use_bucket(name, region):
    if _bucket(name) is None or _bucket(name)["region"] != region:
        raise RDSClientError("InvalidS3BucketFault", f"The S3 bucket {name} isn't valid. Either it isn't located in the current AWS Region "
                             "or it doesn't exist. Review your S3 bucket name and retry the export.")


def usable_key(given, backend):
    """Its ARN. A key that only encrypts in one direction, or that the role can never be allowed to use, is none for an export."""
    arn = rds_limits.key_arn(given, backend.account_id, backend.region_name)
    if arn == rds_limits.default_key_arn(backend.account_id, backend.region_name) or _key(arn).get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise KMSKeyNotAccessibleFault(given)
    return arn


def clean_prefix(prefix):
    if ":" in prefix:
        raise InvalidParameterValue("The parameter S3Prefix can't contain a colon.")
    return prefix.translate(str.maketrans('\\`" ', "____"))


def failure_cause(task):
    """Why the task can't write now, in RDS's words; None when it can."""
    role, bucket, key = _role(task.role_arn), _bucket(task.bucket), _key(task.key_arn)
    writing = f"The RDS export failed to write the export task's metadata to the S3 bucket {task.bucket} using the IAM role {task.role_arn} " \
              f"with the KMS key {task.key_arn}. Error code: "
    if role is None or not _assumable(role, task.source_arn, task.account):
        return f"The RDS export failed to write the export task's metadata because it can't assume the IAM role {task.role_arn}."
    if bucket is None:
        return writing + "NoSuchBucket"
    arn = f"arn:aws:s3:::{task.bucket}"
    for action, resource in [(a, arn) for a in _ON_BUCKET] + [(a, f"{arn}/{task.folder}/export_info_{task.name}.json") for a in _ON_OBJECTS]:
        if not _allowed(task, action, resource, bucket["policy"], bucket["owner"]):
            return f"The IAM role {task.role_arn} isn't authorized to call {action} on the S3 bucket {task.bucket}. " \
                   "Review your permissions and retry the export."
    if key.get("KeyState") != "Enabled":
        return writing + ("KMS.DisabledException" if key.get("KeyState") == "Disabled" else "KMS.KMSInvalidStateException")
    via = {"kms:ViaService": f"s3.{task.region}.amazonaws.com", "kms:CallerAccount": task.account}
    for action in _ON_KEY:
        if not _allowed(task, action, task.key_arn, key.get("Policy"), task.key_arn.split(":")[4], via, required=True):
            return "KMS key check failed. Check the credentials on your KMS key and try again."
    return None


def bucket_owner(name):
    return (_bucket(name) or {}).get("owner")


def _role(arn):
    from ministack.services import iam
    role = iam._roles.get_scoped(arn.split(":")[4], None, arn.rpartition("/")[2]) if arn.count(":") == 5 else None
    return role if role and role["Arn"] == arn else None


def _bucket(name):
    from ministack.services import s3
    owner = s3._bucket_owner_account(name)
    if owner is None:
        return None
    return {"owner": owner, "region": s3._buckets.get_scoped(owner, None, name).get("region") or "us-east-1",
            "policy": s3._bucket_policies.get_scoped(owner, None, name)}


def _key(arn):
    from ministack.services import kms
    *_, region, account, name = arn.split(":", 5)
    return kms._keys.get_scoped(account, region, name.removeprefix("key/")) or {}


def _assumable(role, source_arn, account):
    """MiniStack lets a service pass as the account's root only, so its statements are put to it as everybody's."""
    from ministack.core import iam_evaluator
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    context = iam_evaluator.EvalContext(SERVICE, "Service", account, "sts:AssumeRole", role["Arn"], source_arn.split(":")[3],
                                        service_context={"aws:sourceaccount": account, "aws:sourcearn": source_arn})
    named = [{**statement, "Principal": "*"} for statement in (statements if isinstance(statements, list) else [statements])
             if statement.get("Principal") == "*" or iam_evaluator._service_principal_matches(statement.get("Principal"), SERVICE)]
    return iam_evaluator.evaluate_trust_policy({"Statement": named}, SERVICE, context)


def _allowed(task, action, resource, policy, owner, service_context={}, required=False):
    from ministack.core import iam_evaluator as iam
    from ministack.services import iam as iam_service
    name = task.role_arn.rpartition("/")[2]
    context = iam.EvalContext(f"arn:aws:sts::{task.account}:assumed-role/{name}/rds-export", "AssumedRole", task.account, action, resource,
                              task.region, secure_transport=True, service_context={k.lower(): v for k, v in service_context.items()})
    with rights.asking():
        limits = iam._permissions_boundary(iam_service._roles, name, task.account)
        own = iam.evaluate(context, iam._gather_role_policies(name, task.account), *limits)
        return iam.combine_resource_policy(own, context, policy, owner, required=required, limits=limits).decision == "Allow"
