"""Who may use a KMS key through RDS: the questions that one RDS call puts, and what key policies and grants answer.

MiniStack evaluates a key policy, but looks for the key in the caller's own account and Region only, and stores grants without asking
them. RDS uses a key with the rights of whoever calls it (domain.md §3, §4); what stays a guess there is strict here.
"""
from moto.rds.exceptions import KMSKeyNotAccessibleFault

# The documented minimum; and the guide's list for the key of a snapshot that another account shares.
_TO_HAND_OVER = ("DescribeKey", "CreateGrant")
_TO_READ_SHARED = (*_TO_HAND_OVER, "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
_combine = None


def of_copy(call, source):
    """The key a copy or a restored cluster is encrypted with, and the foreign key of a shared source."""
    from . import rds, rds_sharing
    foreign = source.split(":")[4] != call["account"]
    questions = []
    if given := call["parameters"].get("KmsKeyId"):
        questions += _questions(call, "target snapshot", _resolved(call, given))
    elif not foreign and source.split(":")[3] == call["region"]:
        questions += _questions(call, "target snapshot", rds.key_of(source))
    if foreign and rds_sharing.is_shared_with(rds.find(source), call["account"]):  # else RDS says that there is no such snapshot
        questions += of_source(call, rds.key_of(source))
    return questions


def of_point_in_time(call):
    """The key of the restored cluster, and that of a cluster which another account lets us clone."""
    from . import rds
    given, source = call["parameters"].get("KmsKeyId"), rds.source_of(call)
    if source is None:
        return []  # RDS says that there is no such cluster
    foreign = source.account_id != call["account"]
    target = _resolved(call, given) if given else None if foreign else source.kms_key_id
    return _questions(call, "target cluster", target) + (of_source(call, source.kms_key_id) if foreign else [])


def of_source(call, arn):
    """RDS uses the key of a shared snapshot where that is; whether it says so to KMS, or names the Region of the copy, nobody has written
    down: both must be allowed."""
    return [question for region in dict.fromkeys((_region(arn), call["region"]))
            for question in _questions(call, "source snapshot", arn, region, _TO_READ_SHARED)]


def of_export(call):
    """The key the data is encrypted with, and the one of the source: that RDS asks for the latter nobody has written down."""
    from . import rds, rds_limits
    given = call["parameters"]
    source = rds.key_of(given.get("SourceArn", ""))
    return _questions(call, "export", _resolved(call, given.get("KmsKeyId", ""))) + (
        [] if source == rds_limits.default_key_arn(call["account"], call["region"]) else _questions(call, "source", source))


def _resolved(call, given):
    from . import rds_limits
    try:
        return rds_limits.key_arn(given, call["account"], call["region"])
    except KMSKeyNotAccessibleFault:
        return None


def _questions(call, role, arn, through=None, operations=_TO_HAND_OVER):
    """RDS of the Region `through` uses this key with the caller's rights. `key` is how a refusal calls it."""
    record = key_of(arn)
    if arn is None or record.get("KeyManager") == "AWS":
        return []  # unencrypted, an AWS owned key, or no such key: then RDS itself answers
    from ministack.services import kms
    region, account, name = _region(arn), _account(arn), arn.rpartition("/")[2]
    aliases = ["alias/" + alias.partition(":alias/")[2] for (a, r, alias), key in list(kms._aliases._data.items())
               if (a, r, key) == (account, region, name)]
    through = through or region
    context = {"kms:ViaService": f"rds.{through}.amazonaws.com" + (".cn" if through.startswith("cn-") else ""),
               "kms:CallerAccount": call["account"], "kms:ResourceAliases": aliases}
    return [{"action": f"kms:{operation}", "service": "kms", "resource": arn, "key": role,
             "context": {**context, **({"kms:GrantIsForAWSResource": "true"} if operation == "CreateGrant" else {})}}
            for operation in operations]


def key_of(arn) -> dict:
    """MiniStack's record of the key, in whatever account and Region; empty when there is none."""
    from ministack.services import kms
    return (arn and ":key/" in arn and kms._keys.get_scoped(_account(arn), _region(arn), arn.rpartition("/")[2])) or {}


def refuses_root(call, question):
    """What MiniStack does not ask for the root of an account: its own key's policy may deny, another account's key must let it in."""
    from ministack.core import iam_evaluator
    arn = question["resource"]
    if question["service"] != "kms" or not call["principal"].endswith(":root") or not key_of(arn):
        return None
    decision = _policy_decision(call, question)
    if decision == "Deny" or _account(arn) != call["account"] and not owner_allows(call, question):
        return iam_evaluator.EvalResult(decision, call["principal"], resource_policy_arn=arn)
    return None


def owner_allows(call, question) -> bool:
    """Does the owner of the key let this caller use it, whatever the caller's own policies say?"""
    decision = _policy_decision(call, question)
    return decision == "Allow" or decision == "ImplicitDeny" and _granted(_context(call, question))


def _policy_decision(call, question):
    from ministack.core import iam_evaluator
    return iam_evaluator.evaluate_resource_policy(key_of(question["resource"]).get("Policy") or "", _context(call, question)).decision


def _context(call, question):
    from ministack.core import iam_evaluator
    kind = "Root" if call["principal"].endswith(":root") else "AssumedRole"
    return iam_evaluator.EvalContext(call["principal"], kind, call["account"], question["action"], question["resource"], call["region"],
                                     secure_transport=True, service_context={k.lower(): v for k, v in (question["context"] or {}).items()})


def _combined(identity, context, policy, owner, required=False, limits=()):
    """A grant counts like an Allow of the key policy: never against a Deny, and never instead of the caller's own policies."""
    result = _combine(identity, context, policy, owner, required=required, limits=limits)
    if required and result.decision == "ImplicitDeny" and identity.decision == "Allow" and _granted(context):
        return identity
    return result


def _granted(context):
    """Constraints of a grant are not looked at: RDS always names an encryption context of its own."""
    from ministack.core import iam_evaluator
    from ministack.services import kms
    operation = context.action.partition(":")[2]
    return any(grant["KeyId"] == context.resource_arn and operation in grant["Operations"]
               and iam_evaluator._principal_matches({"AWS": grant["GranteePrincipal"]}, context.principal_arn)
               for grant in list(kms._grants._data.values()))


def _key_policy(arn):
    """MiniStack looks for a key in the caller's account and Region only; a shared snapshot's key is elsewhere."""
    record = key_of(arn)
    return (record.get("Policy") or "", _account(arn)) if record else None


def _region(arn):
    return arn.split(":")[3] if arn else None


def _account(arn):
    return arn.split(":")[4] if arn else None


def install() -> None:
    global _combine
    from ministack.core import iam_evaluator
    from ministack.services import kms
    _combine, iam_evaluator.combine_resource_policy = iam_evaluator.combine_resource_policy, _combined
    kms.key_policy_for_arn = _key_policy
