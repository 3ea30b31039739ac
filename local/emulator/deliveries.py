"""What EventBridge's rules and its Scheduler have in common: rights of a role, functions and state machines as targets, further attempts
after a failure, and the message in a dead-letter queue that tells of the last one.
"""
import contextvars
import json

from . import clock


# No further attempt would change these, as the guides of both say.
_PERMANENT = ("AccessDeniedException", "ResourceNotFoundException", "ValidationException", "InvalidRequestContentException",
              "StateMachineDoesNotExist", "UnsupportedTarget", "FAILED_TO_ASSUME_ROLE", "THIRD_ACCOUNT_HOP_DETECTED", "THIRD_REGION_HOP_DETECTED")


class Failed(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.permanent = code, message, code in _PERMANENT


def attempt(send, policy: dict, began: float, give_up, number: int = 0) -> None:
    """`send(number)` until it does not fail, within the target's retry policy; else `give_up(failure, number, exhausted)`. How long the
    pauses are is not published."""
    attempts, age = int(policy.get("MaximumRetryAttempts", 185)), int(policy.get("MaximumEventAgeInSeconds", 86_400))
    try:
        send(number)
    except Failed as failed:
        again = clock.now() + min(15 * 2 ** number, 3600)
        exhausted = "MaximumRetryAttempts" if number >= attempts else "MaximumEventAgeInSeconds" if again > began + age else None
        if failed.permanent or exhausted:
            give_up(failed, number, None if failed.permanent else exhausted)
        else:
            clock.Alarm(again, lambda: attempt(send, policy, began, give_up, number + 1))


def elsewhere(account: str, region: str, fn, *args):
    """Calls it as that account in that Region, whoever the current request belongs to."""
    from ministack.core import responses

    def run():
        responses.set_request_account_id(account)
        responses.set_request_region(region)
        return fn(*args)
    return contextvars.copy_context().run(run)


def may_assume(service: str, role_arn: str) -> bool:
    """MiniStack's evaluator takes a service for the account's root, so the role's trust is read here."""
    from ministack import app
    from ministack.core import iam_evaluator
    from ministack.services import iam
    if not app.AUTH:
        return True
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rpartition("/")[2]) if role_arn.count(":") == 5 else None
    document = (role or {}).get("AssumeRolePolicyDocument") or {}
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    return any(statement.get("Effect") == "Allow" and iam_evaluator._service_principal_matches(statement.get("Principal"), service)
               for statement in (statements if isinstance(statements, list) else [statements]))


def to_function(arn: str, text: str) -> None:
    from ministack.services import lambda_svc
    try:
        event = json.loads(text)
    except ValueError as error:
        raise Failed("InvalidRequestContentException", f"Could not parse request body into json: {error}") from None
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        raise Failed("ResourceNotFoundException", f"Function not found: {arn}")
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), event)


def to_state_machine(arn: str, text: str) -> None:
    from ministack.services import stepfunctions
    status, _, body = stepfunctions._start_execution({"stateMachineArn": arn, "input": text})
    if status >= 400:
        answer = json.loads(body)
        raise Failed(answer["__type"], answer.get("message") or answer.get("Message"))


def to_queue(arn: str, text: str, attributes: dict = {}) -> None:
    """Whoever may send has been asked before. The queue is of the account and Region of whatever delivers."""
    from ministack.core import iam_evaluator
    from ministack.services import sqs
    iam_evaluator.pin_request_origin("", True)
    if sqs._queue_by_arn(arn) is None:
        raise Failed("ResourceNotFoundException", f"The specified queue does not exist: {arn}")
    sqs._act_send_message({"QueueUrl": sqs._queue_url(arn.rpartition(":")[2]), "MessageBody": text, "MessageAttributes": {
        key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}}, "")
