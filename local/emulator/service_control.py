"""Service control policies: what the organization forbids to everybody in an account, its root included.

MiniStack keeps them and asks nobody. Here each is one more limit on whoever belongs to the account, beside permission boundaries: what it
denies is denied. As on AWS, the policies of an account bind its own principals, wherever they act, and not those of other accounts.
"""
import contextvars
import json

_SIZE = 5120
_ALLOWS_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_policies: dict[str, list[dict]] = {}
_denies = contextvars.ContextVar("local_aws_service_control", default=False)
_resolve = _boundary = _evaluate = _worded = None


class _Limit(list):
    """The parsed policies of an account's organization."""


def attach(_query: dict, body: dict) -> dict:
    """All of an account: `{account, policies: [document, …]}`. AWS's own FullAWSAccess stays beside them."""
    for policy in body["policies"]:
        if wrong := _problem(policy):
            raise ValueError(f"this is no service control policy: {wrong}")
    _policies[body["account"]] = body["policies"]
    return {}


def _problem(policy):
    from ministack.core import iam_evaluator
    if wrong := iam_evaluator.validate_policy_document(policy):
        return wrong
    if policy.get("Version") != "2012-10-17":
        return "its Version is not 2012-10-17"
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    if any(name in statement for statement in statements for name in ("Principal", "NotPrincipal")):
        return "it names a principal; use conditions on aws:PrincipalArn"
    size = len(json.dumps(policy, separators=(",", ":")))
    return f"it has {size} characters, more than {_SIZE}" if size > _SIZE else None


def _limits(account):
    from ministack.core import iam_evaluator
    documents = _policies.get(account)
    if not documents:
        return []
    return [_Limit(iam_evaluator.parse_policy_document(document) for document in ({"Statement": [_ALLOWS_ALL]}, *documents))]


def refusal(principal: str | None, action: str, resource: str) -> str | None:
    """AWS's words if the organization forbids it to somebody who may do everything else; without a principal: to the account's root."""
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_account_id, get_region
    account = get_account_id()
    limits = _limits(account)
    if not limits:
        return None
    principal = principal or f"arn:aws:iam::{account}:root"
    context = iam_evaluator.EvalContext(principal, "Root" if principal.endswith(":root") else "AssumedRole", account, action, resource, get_region())
    allowed = [iam_evaluator.parse_policy_document({"Statement": [_ALLOWS_ALL]})]
    denied = iam_evaluator.evaluate(context, allowed, *limits).decision == "Deny"
    return iam_actions.identity_denial_message(action, principal, resource, True) if denied else None


def _bounded(store, name, account):
    """Every user and role has these limits, in requests and in what services do with a role."""
    return [*_boundary(store, name, account), *_limits(account)]


def _resolved(access_key, account, credential=None):
    """An account's root has no policies that could be limited, until there is a limit."""
    found = _resolve(access_key, account, credential)
    if getattr(found, "type", None) == "Root" and (limits := _limits(found.account)):
        from ministack.core import iam_evaluator
        found.policies, found.limits = [iam_evaluator.parse_policy_document({"Statement": [_ALLOWS_ALL]})], limits
    return found


def _evaluated(context, policies, *limits):
    from ministack.core import iam_evaluator
    result = _evaluate(context, policies, *limits)
    _denies.set(result.decision == "Deny" and any(
        iam_evaluator._first_match(context, [statement for document in limit for statement in document], "Deny")
        for limit in limits if isinstance(limit, _Limit)))
    return result


def _message(action, principal, resource, explicit_deny):
    """The words of AWS tell which kind of policy it was."""
    words = _worded(action, principal, resource, explicit_deny)
    return words.replace("an identity-based policy", "a service control policy") if explicit_deny and _denies.get() else words


def install() -> None:
    global _resolve, _boundary, _evaluate, _worded
    from ministack.core import iam_actions, iam_evaluator

    from . import control
    _resolve, iam_evaluator.resolve_principal = iam_evaluator.resolve_principal, _resolved
    _boundary, iam_evaluator._permissions_boundary = iam_evaluator._permissions_boundary, _bounded
    _evaluate, iam_evaluator.evaluate = iam_evaluator.evaluate, _evaluated
    _worded, iam_actions.identity_denial_message = iam_actions.identity_denial_message, _message
    control.route("PUT", "/service-control-policies", attach)
    control.on_reset(_policies.clear)
