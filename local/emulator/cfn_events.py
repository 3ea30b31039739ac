"""Rules and policies of event buses in a stack. MiniStack has no AWS::Events::EventBusPolicy, and takes a rule of a stack as it comes:
also on a bus that does not exist, with a pattern or a target that EventBridge refuses.
"""
import json

from . import bus_policies, event_buses

_create_rule = _update_rule = None


def _refused(answer):
    status, _, body = answer
    if status >= 400:
        raise ValueError(json.loads(body)["message"])


def _rule_created(logical_id, props, stack_name):
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners
    eventbridge._ensure_default_bus()
    bus = provisioners._eb_rule_bus_name(props)
    if bus not in eventbridge._event_buses:
        raise ValueError(f"Event bus {bus} does not exist.")
    pattern = props.get("EventPattern")
    if wrong := pattern and eventbridge._event_pattern_error(json.dumps(pattern) if isinstance(pattern, dict) else pattern):
        raise ValueError(f"Event pattern is not valid. Reason: {wrong}")
    _check_targets(props)
    return _create_rule(logical_id, props, stack_name)


def _rule_updated(physical_id, old_props, new_props, *more):
    _check_targets(new_props)
    return _update_rule(physical_id, old_props, new_props, *more)


def _check_targets(props):
    from ministack.services import eventbridge
    for target in props.get("Targets") or []:
        if error := eventbridge._validate_target_arn(target):
            _refused(error)
        if ":event-bus/" in target["Arn"] and any(target.get(name) for name in ("Input", "InputPath", "InputTransformer")):
            raise ValueError(f"Modifying the input for target {target['Id']} is not supported.")


def _put_policy(logical_id, props, stack_name):
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners
    eventbridge._ensure_default_bus()
    bus, name = provisioners._eb_rule_bus_name(props), props["StatementId"]
    if bus not in eventbridge._event_buses:
        raise ValueError(f"Event bus {bus} does not exist.")
    # The older properties are those of PutPermission.
    given = {**props["Statement"], "Sid": name} if props.get("Statement") else bus_policies.statement(props, event_buses.arn(bus))
    bus_policies.add_statement(bus, given)
    return f"{bus}|{name}", {}


def _update_policy(physical_id, old_props, new_props, stack_name):
    made = _put_policy(None, new_props, stack_name)
    if made[0] != physical_id:
        _delete_policy(physical_id, old_props)
    return made


def _delete_policy(physical_id, props):
    bus, _, name = physical_id.partition("|")
    bus_policies.set_statements(bus, [one for one in bus_policies.statements(bus) if one["Sid"] != name])


def install() -> None:
    global _create_rule, _update_rule
    from ministack.services.cloudformation import provisioners
    handlers = provisioners._RESOURCE_HANDLERS
    rule = handlers["AWS::Events::Rule"]
    _create_rule, _update_rule = rule["create"], rule["update"]
    rule.update(create=_rule_created, update=_rule_updated)
    handlers["AWS::Events::EventBusPolicy"] = {"create": _put_policy, "update": _update_policy, "delete": _delete_policy}
