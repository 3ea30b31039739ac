"""What EventBridge Scheduler does when a schedule is due (domain.md §11.3): its target, with the rights of the schedule's role, at least
once; again after a failure, within the target's retry policy; then a message to the dead-letter queue.

A permanent error (no right, no such target) goes there at once, as its guide says.
"""
import datetime
import json
import uuid

from . import credentials, deliveries, faults
from .deliveries import Failed


def deliver(schedule: dict, moment: float) -> None:
    def send(number):
        nonlocal text
        text = _input(schedule, moment, number)
        _invoke(schedule, text)

    text = None
    deliveries.attempt(send, schedule["Target"].get("RetryPolicy") or {}, moment,
                       lambda failed, number, exhausted: _bury(schedule, moment, text, failed, number, exhausted))


def _input(schedule, moment, attempt):
    """With the context attributes replaced; without an input Scheduler tells what it is."""
    arn, time = schedule["Arn"], _iso(moment)
    text = schedule["Target"].get("Input") or json.dumps({
        "version": "0", "id": str(uuid.uuid4()), "detail-type": "Scheduled Event", "source": "aws.scheduler", "account": arn.split(":")[4],
        "time": time, "region": arn.split(":")[3], "resources": [arn], "detail": "{}"})
    for name, value in (("schedule-arn", arn), ("scheduled-time", time), ("execution-id", uuid.uuid4().hex[:16]), ("attempt-number", str(attempt + 1))):
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _iso(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _invoke(schedule, text):
    target = schedule["Target"]["Arn"]
    service = target.split(":")[2]
    if service not in _TARGETS:
        raise Failed("UnsupportedTarget", f"the local AWS delivers schedules to {', '.join(_TARGETS)} only, not to {target}")
    action, send = _TARGETS[service]
    call = _ask(schedule, action, target, {"Target": target, "Payload": text})
    for _ in range(faults.arrivals(call)):
        send(target, text)


def _ask(schedule, action, resource, parameters):
    call, refused = credentials.ask(schedule["Target"]["RoleArn"], schedule["Name"], action, parameters, [(action, resource, {}, None)])
    if refused:
        raise Failed(*refused[1:])
    return call


_TARGETS = {"lambda": ("lambda:InvokeFunction", deliveries.to_function), "states": ("states:StartExecution", deliveries.to_state_machine)}


def _bury(schedule, moment, text, failed, attempt, exhausted):
    """Without a dead-letter queue, or without the right to send to it, the failure is lost, as on AWS."""
    queue_arn = (schedule["Target"].get("DeadLetterConfig") or {}).get("Arn")
    if not queue_arn:
        return
    target = schedule["Target"]["Arn"]
    action = {"lambda": "lambda:invoke", "states": "sfn:startExecution"}.get(target.split(":")[2], target.split(":")[2])
    attributes = {"ERROR_CODE": failed.code, "ERROR_MESSAGE": failed.message, "EXECUTION_ID": uuid.uuid4().hex[:16],
                  "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": str(attempt), "SCHEDULED_TIME": _iso(moment),
                  "SCHEDULE_ARN": schedule["Arn"], "TARGET_ARN": f"arn:aws:scheduler:::aws-sdk:{action}",
                  **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {})}
    try:
        _ask(schedule, "sqs:SendMessage", queue_arn, {"QueueUrl": queue_arn, "MessageBody": text, "MessageAttributes": attributes})
        deliveries.to_queue(queue_arn, text, attributes)
    except Failed:
        pass
