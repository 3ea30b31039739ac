"""Rights that no call ever used: for each role, the (action, resource) pairs of its Allow statements that never decided anything.

Whatever policy a role has had while it called is remembered, so rights that only a clean-up uses may be asked for after it.
"""
import contextlib
import contextvars
import itertools
import json

_asking = contextvars.ContextVar("local_aws_asking", default=False)
_seen: dict[tuple, bool] = {}
_evaluate = _gather = None


class _OfRole(list):
    """A role's policies, parsed, that still know whose they are."""
    role = None


@contextlib.contextmanager
def asking():
    """Only decisions about real calls count as use."""
    token = _asking.set(True)
    try:
        yield
    finally:
        _asking.reset(token)


def _gathered(role, account):
    found = _OfRole(_gather(role, account))
    found.role = (account, role)
    for statement in itertools.chain(*found):
        for pair in _pairs(statement):
            _seen.setdefault((found.role, *pair), False)
    return found


def _pairs(statement):
    """One entry per action and resource; a list of exceptions (NotAction, NotResource) counts as one."""
    if statement.effect == "Allow":
        for action in statement.actions or [f"not {statement.not_actions}"]:
            for resource in statement.resources or [f"not {statement.not_resources}"]:
                yield action, resource, json.dumps(statement.conditions, sort_keys=True)


def _evaluated(ctx, policies, *limits):
    from ministack.core import iam_evaluator
    result = _evaluate(ctx, policies, *limits)
    if isinstance(policies, _OfRole) and _asking.get() and result.decision == "Allow":
        for statement in itertools.chain(*policies):
            if iam_evaluator._first_match(ctx, [statement], "Allow"):
                for action, resource, conditions in _pairs(statement):
                    if (not statement.actions or iam_evaluator.fnmatch_iam(ctx.action, action)) and (
                            not statement.resources or iam_evaluator.fnmatch_iam_cs(ctx.resource_arn, resource)):
                        _seen[policies.role, action, resource, conditions] = True
    return result


def unused(query: dict, _body: dict) -> list[dict]:
    """`role` is a part of the role's name; `account` narrows further."""
    from ministack.services import iam
    for account, *_, name in list(iam._roles._data):
        _gathered(name, account)  # also of roles that never called at all
    return [{"account": account, "role": role, "action": action, "resource": resource, "conditions": json.loads(conditions)}
            for ((account, role), action, resource, conditions), used in sorted(_seen.items())
            if not used and query.get("role", "") in role and query.get("account", account) == account]


def install() -> None:
    global _evaluate, _gather
    from ministack.core import iam_evaluator

    from . import control
    _evaluate, iam_evaluator.evaluate = iam_evaluator.evaluate, _evaluated
    _gather, iam_evaluator._gather_role_policies = iam_evaluator._gather_role_policies, _gathered
    control.route("GET", "/unused-rights", unused)
    control.on_reset(_seen.clear)
