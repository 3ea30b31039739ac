"""Event buses of all accounts and Regions: whom their policies let put events there, and what becomes of an event on its bus.

MiniStack knows the buses of the caller's account and Region only, and asks no bus for its policy.
"""
import json
import uuid

from . import calls, clock, control, deliveries, faults

_events: list[dict] = []
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
        if arn(entry.get("EventBusName")) == resource_arn:
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


def arn(name: str | None) -> str:
    """Of a bus by its name, or by its ARN already."""
    from ministack.core.responses import get_account_id, get_region
    name = name or "default"
    return name if name.startswith("arn:") else f"arn:aws:events:{get_region()}:{get_account_id()}:event-bus/{name}"


def is_foreign(entry: dict) -> bool:
    from ministack.core.responses import get_account_id, get_region
    parts = arn(entry.get("EventBusName")).split(":")
    return parts[3] == get_region() and parts[4] != get_account_id()


def put(entry: dict) -> dict:
    """An entry for a bus of another account in this Region, whose policy has allowed it: the result of PutEvents. The event is its sender's."""
    from ministack.core.responses import get_account_id, get_region
    event = {**entry, "EventId": str(uuid.uuid4()), "Time": int(clock.now()), "Resources": entry.get("Resources") or [],
             "Account": get_account_id(), "Region": get_region()}
    forward(entry["EventBusName"], event)
    return {"EventId": event["EventId"]}


def forward(bus_arn: str, event: dict) -> None:
    """Onto a bus of whatever account and Region. One that does not exist takes it and drops it, as AWS's does."""
    *_, region, account, bus = bus_arn.split(":", 5)
    deliveries.elsewhere(account, region, _arrive, {**event, "EventBusName": bus.partition("/")[2]})


def _arrive(event, view=None):
    """In place of MiniStack's `_dispatch_event`, called in the account and Region of the bus."""
    from ministack.services import eventbridge
    eventbridge._ensure_default_bus()
    name = event.get("EventBusName") or "default"
    for _ in range(_copies(arn(name), event) if name in eventbridge._event_buses else 0):
        if not event["Source"].startswith("aws."):
            _events.append(_facts(arn(name), event))
        for key, rule in list(eventbridge._rules.items()):
            if rule.get("EventBusName", "default") == name and rule.get("State") == "ENABLED" and rule.get("EventPattern"):
                view = view or eventbridge._pattern_event_view(event)
                if eventbridge._matches_pattern_view(rule["EventPattern"], view, f"rule {key}"):
                    for target in list(eventbridge._targets.get(key, [])):
                        eventbridge._invoke_target(target, event, rule, view)


def _copies(bus_arn, event):
    """How often it arrives; `_By` is the role with which a rule sent it."""
    by = event.get("_By") or (calls.current() or {}).get("principal") or f"arn:aws:iam::{event['Account']}:root"
    return faults.arrivals({"action": "events:PutEvents", "principal": by, "region": bus_arn.split(":")[3], "parameters": {
        "EventBusName": bus_arn, **{name: event.get(name) for name in ("Source", "DetailType", "Detail", "Resources")}}})


def _facts(bus_arn, event):
    """As its receiver sees it: account and Region are those of whoever put it."""
    return {"id": event["EventId"], "Source": event["Source"], "DetailType": event["DetailType"], "Detail": json.loads(event["Detail"]),
            "Resources": event["Resources"], "EventBusName": bus_arn.rpartition("/")[2], "account": event["Account"], "region": event["Region"],
            "bus": bus_arn, "time": clock.iso()}


def _on_buses(query, body):
    """`account` and `region`: those of the bus."""
    def fits(event):
        _, _, _, region, account, _ = event["bus"].split(":", 5)
        return query.get("account", account) == account and query.get("region", region) == region
    return [event for event in list(_events) if fits(event)]


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
        add_statement(bus, statement(given, arn(bus)))
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
    eventbridge._dispatch_event = _arrive
    eventbridge._put_permission = _put_permission
    _delete, eventbridge._delete_event_bus = eventbridge._delete_event_bus, _deleted
    eventbridge.bus_policy_for_arn = policy_for_arn
    _enforce, iam_evaluator.enforce = iam_evaluator.enforce, _enforced
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["events"] = ("eventbridge", "bus_policy_for_arn")
    control.route("GET", "/events", _on_buses)
    control.on_reset(_events.clear)
