"""Whom an event bus lets put events there. MiniStack keeps the policies of buses, in a form that names nobody, and asks none of them."""
import json

from . import calls, event_buses

_enforce = _delete = None


def policy_for_arn(bus_arn: str) -> tuple[str, str] | None:
    """As MiniStack's of other services. A bus that does not exist lets nobody of another account in, either."""
    from ministack.services import eventbridge
    if ":event-bus/" not in bus_arn:
        return None
    *_, region, account, bus = bus_arn.split(":", 5)
    policy = eventbridge._event_bus_policies.get_scoped(account, region, bus.partition("/")[2])
    return json.dumps(policy) if policy else "", account


def conditions(entry: dict) -> dict:
    """The condition keys of an entry of PutEvents."""
    return {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}


def _enforced(access_key, action, service, region, resource_arn="*", service_context=None):
    """MiniStack asks once per bus, without condition keys, and lets an account's root do everything, also on a bus of others."""
    call = calls.current()
    if action != "events:PutEvents" or call is None:
        return _enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
    for entry in call["parameters"].get("Entries", []):
        if event_buses.arn(entry.get("EventBusName")) == resource_arn:
            keys = conditions(entry)
            denied = _enforce(access_key, action, service, region, resource_arn=resource_arn, service_context={**(service_context or {}), **keys})
            denied = denied or _denied_to_root(call, resource_arn, keys)
            if denied is not None:
                return denied
    return None


def _denied_to_root(call, bus_arn, keys):
    from ministack.core import iam_evaluator
    if not call["principal"].endswith(":root") or ":event-bus/" not in bus_arn:
        return None
    context = iam_evaluator.EvalContext(call["principal"], "Root", call["account"], "events:PutEvents", bus_arn, call["region"],
                                        service_context={key.lower(): value for key, value in keys.items()})
    allowed = iam_evaluator.EvalResult("Allow", call["principal"])
    answer = iam_evaluator.combine_resource_policy(allowed, context, *policy_for_arn(bus_arn))
    return None if answer.decision == "Allow" else answer


def statement(given: dict, bus_arn: str) -> dict:
    """What EventBridge makes of the parameters of PutPermission and the older properties of a stack's policy."""
    condition = given.get("Condition")
    principal = given["Principal"] if given["Principal"] == "*" else {"AWS": f"arn:aws:iam::{given['Principal']}:root"}
    return {"Sid": given["StatementId"], "Effect": "Allow", "Principal": principal, "Action": given["Action"], "Resource": bus_arn,
            **({"Condition": {condition["Type"]: {condition["Key"]: condition["Value"]}}} if condition else {})}


def add_statement(bus: str, given: dict) -> None:
    """In place of one with the same Sid."""
    set_statements(bus, [*(one for one in statements(bus) if one["Sid"] != given["Sid"]), given])


def statements(bus: str) -> list[dict]:
    from ministack.services import eventbridge
    return (eventbridge._event_bus_policies.get(bus) or {}).get("Statement", [])


def set_statements(bus: str, given: list[dict]) -> None:
    from ministack.services import eventbridge
    if given:
        eventbridge._event_bus_policies[bus] = {"Version": "2012-10-17", "Statement": given}
    else:
        eventbridge._event_bus_policies.pop(bus, None)


def _put_permission(given):
    """A whole policy, or one statement. MiniStack knows no whole ones, and takes a number for a principal's name."""
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import eventbridge
    bus = (given.get("EventBusName") or "default").rpartition("/")[2]
    if bus not in eventbridge._event_buses:
        return error_response_json("ResourceNotFoundException", f"Event bus {bus} does not exist.", 400)
    if given.get("Policy"):
        set_statements(bus, json.loads(given["Policy"])["Statement"])
    else:
        add_statement(bus, statement(given, event_buses.arn(bus)))
    return json_response({})


def _deleted(given):
    """Its policy goes with it."""
    from ministack.services import eventbridge
    answer = _delete(given)
    if answer[0] < 400:
        eventbridge._event_bus_policies.pop(given.get("Name"), None)
    return answer


def install() -> None:
    global _enforce, _delete
    from ministack.core import iam_evaluator
    from ministack.services import eventbridge
    eventbridge._put_permission = _put_permission
    _delete, eventbridge._delete_event_bus = eventbridge._delete_event_bus, _deleted
    eventbridge.bus_policy_for_arn = policy_for_arn
    _enforce, iam_evaluator.enforce = iam_evaluator.enforce, _enforced
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["events"] = ("eventbridge", "bus_policy_for_arn")
