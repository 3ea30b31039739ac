"""Which resources IAM is asked about, where MiniStack names others than AWS: a policy that denies something by its name must find it there.
And the role that a call hands to a service (`iam:PassRole`), which MiniStack does not ask about.
"""
from . import calls

_RULE = {"events:PutRule": "Name", "events:DeleteRule": "Name", "events:DescribeRule": "Name", "events:EnableRule": "Name",
         "events:DisableRule": "Name", "events:PutTargets": "Rule", "events:RemoveTargets": "Rule", "events:ListTargetsByRule": "Rule"}
_BUS = {"events:CreateEventBus": "Name", "events:DeleteEventBus": "Name", "events:UpdateEventBus": "Name", "events:DescribeEventBus": "Name",
        "events:PutPermission": "EventBusName", "events:RemovePermission": "EventBusName"}
# Who gets the role, and where it is in the parameters.
_PASSED = {"lambda:CreateFunction": ("lambda", "Role"), "lambda:UpdateFunctionConfiguration": ("lambda", "Role"),
           "states:CreateStateMachine": ("states", "roleArn"), "states:UpdateStateMachine": ("states", "roleArn"),
           "events:PutRule": ("events", "RoleArn"), "events:PutTargets": ("events", "Targets", "RoleArn"),
           "scheduler:CreateSchedule": ("scheduler", "Target", "RoleArn"), "scheduler:UpdateSchedule": ("scheduler", "Target", "RoleArn")}
_extract = None


def _extracted(service, method, path, headers, body, query_params, region, account_id):
    from ministack.services import iam
    call = calls.current() or {"action": "", "parameters": {}}
    action, given = call["action"], call["parameters"]
    if action in _RULE:
        bus = (given.get("EventBusName") or "default").rpartition("/")[2]
        return f"arn:aws:events:{region}:{account_id}:rule/{'' if bus == 'default' else bus + '/'}{given.get(_RULE[action])}"
    if action in _BUS:
        return f"arn:aws:events:{region}:{account_id}:event-bus/{(given.get(_BUS[action]) or 'default').rpartition('/')[2]}"
    if action == "lambda:CreateFunction":
        return f"arn:aws:lambda:{region}:{account_id}:function:{given.get('FunctionName')}"
    if service == "iam" and given.get("RoleName"):
        # A role's path is part of its ARN.
        role = iam._roles.get(given["RoleName"])
        return role["Arn"] if role else f"arn:aws:iam::{account_id}:role{given.get('Path') or '/'}{given['RoleName']}"
    return _extract(service, method, path, headers, body, query_params, region, account_id)


def passed_roles(call: dict) -> list[dict]:
    """The questions about the roles that the call hands over."""
    service, *where = _PASSED.get(call["action"], (None,))
    found = [call["parameters"]] if service else []
    for name in where:
        found = [value for part in found for value in _as_list(part.get(name))]
    return [{"action": "iam:PassRole", "service": "iam", "resource": role, "context": {"iam:PassedToService": f"{service}.amazonaws.com"}}
            for role in found]


def _as_list(value):
    return value if isinstance(value, list) else [value] if value else []


def install() -> None:
    """MiniStack imports the function at each request."""
    global _extract
    from ministack.core import iam_actions
    _extract, iam_actions.extract_resource_arn = iam_actions.extract_resource_arn, _extracted
