"""A function's own dead-letter queue: the event as it came, after the last attempt, sent with the function's rights.

MiniStack sends the envelope of a destination instead, asks nobody, hides the message until the real clock says otherwise, and forgets
the queue of a function that a stack makes.
"""
import json
import uuid

from . import credentials

_ERROR_MESSAGE_LENGTH = 1024
_create = _update = _route = None


def _buried(target_arn, function_name, event, result):
    """Without the right to send, the event is lost, as on AWS."""
    from ministack.core import iam_evaluator
    from ministack.services import lambda_svc, sqs
    config = (lambda_svc._functions.get(function_name) or {}).get("config", {})
    if (config.get("DeadLetterConfig") or {}).get("TargetArn") != target_arn or ":sqs:" not in target_arn:
        _route(target_arn, function_name, event, result)
        return
    text, error = json.dumps(event), result.get("body") if isinstance(result.get("body"), dict) else {}
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": str(uuid.uuid4())},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": (error.get("errorMessage") or "unknown")[:_ERROR_MESSAGE_LENGTH]}}
    parameters = {"QueueUrl": target_arn, "MessageBody": text, "MessageAttributes": attributes}
    _, refused = credentials.ask(config["Role"], function_name, "sqs:SendMessage", parameters, [("sqs:SendMessage", target_arn, {}, None)])
    if refused:
        return
    iam_evaluator.pin_request_origin("", True)
    sqs._act_send_message({**parameters, "QueueUrl": sqs._queue_url(target_arn.rpartition(":")[2])}, "")


def _created(logical_id, props, stack_name):
    name, attributes = _create(logical_id, props, stack_name)
    _remember(name, props)
    return name, attributes


def _updated(physical_id, old_props, new_props, *more):
    made = _update(physical_id, old_props, new_props, *more)
    _remember(made[0], new_props)
    return made


def _remember(name, props):
    from ministack.services import lambda_svc
    config, letters = lambda_svc._functions[name]["config"], props.get("DeadLetterConfig")
    config.pop("DeadLetterConfig", None)
    if not letters:
        return
    _, refused = credentials.ask(config["Role"], name, "sqs:SendMessage", {"QueueUrl": letters["TargetArn"]},
                                 [("sqs:SendMessage", letters["TargetArn"], {}, None)])
    if refused:
        raise ValueError("The provided execution role does not have permissions to call SendMessage on SQS")
    config["DeadLetterConfig"] = letters


def install() -> None:
    global _create, _update, _route
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners
    _route, lambda_svc._route_async_failure = lambda_svc._route_async_failure, _buried
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    _create, _update = handlers["create"], handlers["update"]
    handlers.update(create=_created, update=_updated)
