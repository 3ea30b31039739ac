"""What a rule does with an event that fits it: each target, with the rights that EventBridge needs for it; again after a failure, within
the target's retry policy; then a message to the dead-letter queue. Its guide (eb-rule-dlq) has the attributes and codes.

MiniStack asks nobody, tries once, forgets what could not be delivered, and knows no bus of another account or Region.
"""
import json

from . import bus_policies, calls, clock, control, credentials, deliveries, event_buses, faults, rights
from .deliveries import Failed

_SERVICE = "events.amazonaws.com"
# How the dead-letter queue's ERROR_CODE says it.
_CODES = {"AccessDeniedException": "NO_PERMISSIONS", "ResourceNotFoundException": "NO_RESOURCE", "StateMachineDoesNotExist": "NO_RESOURCE",
          "InvalidRequestContentException": "INVALID_JSON", "ValidationException": "INVALID_PARAMETER", "Throttling": "THROTTLING",
          "TooManyRequestsException": "THROTTLING"}
_undelivered: list[dict] = []
_invoke_target = None


def deliver(target, event, rule, view=None) -> None:
    """In the account and Region of the rule."""
    from ministack.services import eventbridge
    view = view or eventbridge._pattern_event_view(event)
    began = clock.now()
    deliveries.attempt(lambda number: _send(target, event, rule, view), target.get("RetryPolicy") or {}, began,
                       lambda failed, number, exhausted: _give_up(target, rule, view, failed, number, exhausted))


def _send(target, event, rule, view):
    _, _, service, region, account, resource = target["Arn"].split(":", 5)
    if service == "events" and resource.startswith("event-bus/"):
        _to_bus(target, event, rule)
    elif service not in _TARGETS:
        _invoke_target(target, event, rule, view)
    elif (region, account) != tuple(rule["Arn"].split(":")[3:5]):
        raise Failed("UnsupportedTarget", f"the local AWS delivers to event buses of other accounts and Regions only, not to {target['Arn']}")
    else:
        _TARGETS[service](target, rule, _text(target, rule, view))


def _to_bus(target, event, rule):
    """With the rights of the target's role, if the policy of a bus elsewhere lets it; the event stays its first sender's. No further
    than one bus: what came from another one, or from another account, is not sent on."""
    bus, role = target["Arn"], target.get("RoleArn")
    if event.get("_Forwarded") or event["Account"] != rule["Arn"].split(":")[4]:
        hop = "ACCOUNT" if bus.split(":")[3] == rule["Arn"].split(":")[3] else "REGION"
        raise Failed(f"THIRD_{hop}_HOP_DETECTED", "Events received from another event bus cannot be forwarded to this event bus.")
    by = None
    if role:
        by = _as_role(role, rule, "events:PutEvents", bus, {"EventBusName": bus, **{name: event[name] for name in ("Source", "DetailType", "Detail")}},
                        {**bus_policies.conditions(event), "events:eventBusInvocation": "true", "aws:SourceArn": rule["Arn"]})["principal"]
    event_buses.forward(bus, {**event, "_Forwarded": True, "_By": by})


def _as_role(role, rule, action, resource, parameters, conditions={}):
    if not deliveries.may_assume(_SERVICE, role):
        raise Failed("FAILED_TO_ASSUME_ROLE", f"{_SERVICE} may not assume {role}")
    call, refused = credentials.ask(role, rule["Name"], action, parameters, [(action, resource, conditions, None)])
    if refused:
        raise Failed(*refused[1:])
    return call


def _to_state_machine(target, rule, text):
    machine = target["Arn"]
    call = _as_role(target.get("RoleArn") or "", rule, "states:StartExecution", machine, {"stateMachineArn": machine, "input": text})
    for _ in range(faults.arrivals(call)):
        deliveries.to_state_machine(machine, text)


def _to_function(target, rule, text):
    function = target["Arn"]
    call = _by_policy(rule, "lambda:InvokeFunction", function, {"FunctionName": function, "Payload": text})
    for _ in range(faults.arrivals(call)):
        deliveries.to_function(function, text)


def _to_queue(target, rule, text):
    queue = target["Arn"]
    call = _by_policy(rule, "sqs:SendMessage", queue, {"QueueUrl": queue, "MessageBody": text})
    for _ in range(faults.arrivals(call)):
        deliveries.to_queue(queue, text)


def _to_topic(target, rule, text):
    from ministack.services import sns
    topic = target["Arn"]
    call = _by_policy(rule, "sns:Publish", topic, {"TopicArn": topic, "Message": text})
    for _ in range(faults.arrivals(call)):
        sns.publish_internal(topic, text)


_TARGETS = {"states": _to_state_machine, "lambda": _to_function, "sqs": _to_queue, "sns": _to_topic}


def _by_policy(rule, action, resource, parameters):
    """A rule has no role for functions, queues and topics; their own policies must name EventBridge, and may name the rule."""
    from ministack import app
    from ministack.core import iam_evaluator
    _, _, service, region, account, _ = resource.split(":", 5)
    call = calls.record(account=account, region=region, principal=_SERVICE, service=service, action=action,
                        parameters={**parameters, "SourceArn": rule["Arn"]}, path="", invalid=[])
    if (answer := faults.before(call, {})) is not None:
        calls.end(call, answer)
        raise Failed(call["code"], call["message"])
    found = iam_evaluator._resource_policy(service, resource)
    if found is None:
        call["status"] = 404
        raise Failed("ResourceNotFoundException", f"{resource} does not exist")
    context = iam_evaluator.EvalContext(_SERVICE, "Service", account, action, resource, region, secure_transport=True,
                                        service_context={"aws:sourcearn": rule["Arn"], "aws:sourceaccount": rule["Arn"].split(":")[4]})
    with rights.asking():
        answer = iam_evaluator.evaluate_resource_policy(found[0], context, service=_SERVICE)
    allowed = not app.AUTH or answer.decision == "Allow"
    calls.checked(call, {"action": action, "resource": resource}, "allowed" if allowed else "denied")
    call["status"] = 202 if allowed else 403
    if not allowed:
        raise Failed("AccessDeniedException", f"{_SERVICE} is not authorized to perform: {action} on resource: {resource} "
                     f"because no resource-based policy allows the {action} action")
    return call


def _text(target, rule, view):
    """What the target is to get of the event. A path that leads nowhere: all of it."""
    from ministack.services import eventbridge
    if target.get("InputTransformer"):
        return eventbridge._apply_input_transformer(target["InputTransformer"], rule, view)
    if target.get("Input"):
        return target["Input"]
    value = event = view.event_with_detail()
    for part in (target.get("InputPath") or "$").removeprefix("$").split("."):
        value = value.get(part) if part and isinstance(value, dict) else value
    return json.dumps(event if value is None else value)


def _give_up(target, rule, view, failed, number, exhausted):
    """Without a dead-letter queue, or if the queue's policy does not let EventBridge send to it, the event is lost, as on AWS."""
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    text = json.dumps(view.event_with_detail())
    attributes = {"RULE_ARN": rule["Arn"], "TARGET_ARN": target["Arn"], "ERROR_CODE": _CODES.get(failed.code, failed.code),
                  "ERROR_MESSAGE": failed.message, **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
                  **({"RETRY_ATTEMPTS": str(number)} if number else {})}
    buried = None
    if queue:
        try:
            _by_policy(rule, "sqs:SendMessage", queue, {"QueueUrl": queue, "MessageBody": text, "MessageAttributes": attributes})
            deliveries.to_queue(queue, text, attributes)
            buried = queue
        except Failed:
            pass
    _undelivered.append({"rule": rule["Arn"], "target": target["Arn"], "code": attributes["ERROR_CODE"], "message": failed.message,
                         "attempts": number + 1, "deadLetterQueue": buried, "event": view.event_with_detail(), "time": clock.iso()})


def install() -> None:
    global _invoke_target
    from ministack.services import eventbridge
    _invoke_target, eventbridge._invoke_target = eventbridge._invoke_target, deliver
    control.route("GET", "/undelivered", lambda query, body: list(_undelivered))
    control.on_reset(_undelivered.clear)
