"""What EventBridge Scheduler does when a schedule is due (domain.md §11.3): its target, with the rights of the schedule's role, at least
once; again after a failure, within the target's retry policy; then a message to the dead-letter queue.

A permanent error (no right, no such target) goes there at once, as its guide says.
"""
import datetime
import json
import uuid

from . import clock, credentials, faults

_PERMANENT = ("AccessDeniedException", "ResourceNotFoundException", "ValidationException", "InvalidRequestContentException",
              "StateMachineDoesNotExist", "UnsupportedTarget")


class _Failed(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def deliver(schedule: dict, moment: float, attempt: int = 0) -> None:
    policy = schedule["Target"].get("RetryPolicy") or {}
    attempts, age = int(policy.get("MaximumRetryAttempts", 185)), int(policy.get("MaximumEventAgeInSeconds", 86_400))
    text = _input(schedule, moment, attempt)
    try:
        _invoke(schedule, text)
    except _Failed as failed:
        again = clock.now() + min(15 * 2 ** attempt, 3600)
        exhausted = "MaximumRetryAttempts" if attempt >= attempts else "MaximumEventAgeInSeconds" if again > moment + age else None
        if failed.code in _PERMANENT or exhausted:
            _bury(schedule, moment, text, failed, attempt, None if failed.code in _PERMANENT else exhausted)
        else:
            clock.Alarm(again, lambda: deliver(schedule, moment, attempt + 1))


def may_assume(role_arn: str) -> bool:
    """MiniStack's evaluator takes a service for the account's root, so its trust is read here."""
    from ministack import app
    from ministack.core import iam_evaluator
    from ministack.services import iam
    if not app.AUTH:
        return True
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rpartition("/")[2]) if role_arn.count(":") == 5 else None
    document = (role or {}).get("AssumeRolePolicyDocument") or {}
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    return any(statement.get("Effect") == "Allow" and iam_evaluator._service_principal_matches(statement.get("Principal"), "scheduler.amazonaws.com")
               for statement in (statements if isinstance(statements, list) else [statements]))


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
        raise _Failed("UnsupportedTarget", f"the local AWS delivers schedules to {', '.join(_TARGETS)} only, not to {target}")
    action, send = _TARGETS[service]
    call = _ask(schedule, action, target, {"Target": target, "Payload": text})
    for _ in range(2 if faults.twice(call) else 1):
        send(target, text)


def _ask(schedule, action, resource, parameters):
    call, refused = credentials.ask(schedule["Target"]["RoleArn"], schedule["Name"], action, parameters, [(action, resource, {}, None)])
    if refused:
        raise _Failed(*refused[1:])
    return call


def _to_function(arn, text):
    from ministack.services import lambda_svc
    try:
        event = json.loads(text)
    except ValueError as error:
        raise _Failed("InvalidRequestContentException", f"Could not parse request body into json: {error}") from None
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        raise _Failed("ResourceNotFoundException", f"Function not found: {arn}")
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), event)


def _to_state_machine(arn, text):
    from ministack.services import stepfunctions
    status, _, body = stepfunctions._start_execution({"stateMachineArn": arn, "input": text})
    if status >= 400:
        answer = json.loads(body)
        raise _Failed(answer["__type"], answer.get("message") or answer.get("Message"))


_TARGETS = {"lambda": ("lambda:InvokeFunction", _to_function), "states": ("states:StartExecution", _to_state_machine)}


def _bury(schedule, moment, text, failed, attempt, exhausted):
    """Without a dead-letter queue, or without the right to send to it, the failure is lost, as on AWS."""
    from ministack.core import iam_evaluator
    from ministack.services import sqs
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
    except _Failed:
        return
    name = queue_arn.rpartition(":")[2]
    iam_evaluator.pin_request_origin("", True)
    sqs._act_send_message({"QueueUrl": sqs._queue_url(name), "MessageBody": text, "MessageAttributes": {
        key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}}, "")
