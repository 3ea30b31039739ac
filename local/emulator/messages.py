"""What reached a topic, and what EventBridge, SNS and Step Functions' own integrations of them refuse.

MiniStack delivers events and messages, but takes any size and any detail; and a state machine's event is to have its detail as text,
its execution among the resources, and to fail the state when EventBridge does not take it.
"""
import json
import re

from . import clock, control, event_buses, executions

_ENTRIES = 262_144
_notifications: list[dict] = []
_put = _publish = _put_by_state = _publish_by_state = None


def _size(entry):
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or [])]
    return sum(len(text.encode()) for text in texts if text) + (14 if entry.get("Time") else 0)


def _refused(entry):
    """The result for an entry that EventBridge does not take, or None."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": f"Parameter {name} is not valid. Reason: {name} is a required argument."}
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except (TypeError, ValueError):
        is_object = False
    return None if is_object else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


def _put_events(data, allow_aws_source=False):
    from ministack.core.responses import error_response_json, json_response
    entries = data.get("Entries", [])
    if sum(_size(entry) for entry in entries) > _ENTRIES:
        return error_response_json("ValidationException", "Total size of the entries in the request is over the limit.", 400)
    results = []
    for entry in entries:
        result = _refused(entry)
        if result is None and event_buses.is_foreign(entry):
            result = event_buses.put(entry)
        elif result is None:
            status, _, body = answer = _put({**data, "Entries": [entry]}, allow_aws_source)
            if status >= 400:
                return answer
            result = json.loads(body)["Entries"][0]
        results.append(result)
    return json_response({"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results})


def _published(topic_arn, message, subject="", **more):
    from ministack.services.sns import SnsPublishError
    if not message:
        raise SnsPublishError("InvalidParameter", "Invalid parameter: Empty message")
    if subject and (len(subject) > 100 or re.search(r"[\x00-\x1f\x7f]", subject)):
        raise SnsPublishError("InvalidParameter", "Invalid parameter: Subject")
    result = _publish(topic_arn, message, subject, **more)
    if result is not None:
        *_, region, account, _ = topic_arn.split(":", 5)
        _notifications.append({"TopicArn": topic_arn, "Subject": subject or None, "Message": message, "account": account, "region": region,
                               "time": clock.iso()})
    return result


def _put_by_a_state(resource, given):
    from ministack.services.stepfunctions import _ExecutionError
    execution = executions.current()
    own = [execution["executionArn"], execution["stateMachineArn"]] if execution else []
    entries = [{**entry, "Resources": [*(entry.get("Resources") or []), *own],
                "Detail": entry["Detail"] if isinstance(entry.get("Detail"), str) else json.dumps(entry.get("Detail"), separators=(",", ":"))}
               for entry in given.get("Entries", [])]
    try:
        result = _put_by_state(resource, {**given, "Entries": entries})
    except _ExecutionError as error:
        raise _ExecutionError("EventBridge.EventBridgeException", f"{error.cause} (Service: EventBridge, Error: {error.error})") from None
    if result["FailedEntryCount"]:
        raise _ExecutionError("EventBridge.FailedEntry", json.dumps(result))
    return result


def _publish_by_a_state(resource, given):
    """The errors by the names of AWS's SDK, as Step Functions has them."""
    from ministack.services.stepfunctions import _ExecutionError
    try:
        return _publish_by_state(resource, given)
    except _ExecutionError as error:
        code = re.search("<Code>(.*?)</Code>", error.cause)
        words = re.search("<Message>(.*?)</Message>", error.cause, re.S)
        if code is None:
            raise
        raise _ExecutionError(f"SNS.{code[1]}Exception", words[1] if words else error.cause) from None


def install() -> None:
    global _put, _publish, _put_by_state, _publish_by_state
    from ministack.services import eventbridge, sns, stepfunctions
    _put, eventbridge._put_events = eventbridge._put_events, _put_events
    eventbridge._now_ts, eventbridge.time = clock.now, clock.Time()
    _publish, sns.publish_internal = sns.publish_internal, _published
    dispatch = stepfunctions._SERVICE_DISPATCH
    events, topic = "arn:aws:states:::events:putEvents", "arn:aws:states:::sns:publish"
    _put_by_state, dispatch[events] = dispatch[events], _put_by_a_state
    _publish_by_state, dispatch[topic] = dispatch[topic], _publish_by_a_state
    control.route("GET", "/notifications", lambda query, body: _notifications)
    control.on_reset(_notifications.clear)
