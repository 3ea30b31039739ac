"""Event buses of all accounts and Regions: how an event gets there, and to the rules it fits.

MiniStack knows the buses of the caller's account and Region only.
"""
import json
import uuid

from . import calls, clock, control, deliveries, faults

_events: list[dict] = []


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
    from ministack.core.responses import get_account_id
    from ministack.services import eventbridge
    eventbridge._ensure_default_bus()
    name = event.get("EventBusName") or "default"
    event.setdefault("Account", get_account_id())  # some services of MiniStack leave it to the bus
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


def install() -> None:
    from ministack.services import eventbridge
    eventbridge._dispatch_event = _arrive
    control.route("GET", "/events", _on_buses)
    control.on_reset(_events.clear)
