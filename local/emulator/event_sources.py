"""Queues on the emulated clock, and functions that read them with their own rights.

MiniStack's event source mappings take messages without asking anybody. AWS refuses to make one whose function may not read the queue, or
works longer than a message stays hidden; and when the rights are taken away later it stops reading.
"""
import asyncio
import time

from . import clock, credentials, work

_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_refused: set[str] = set()
_mappings = _create = _create_in_stack = _run_batch = _receive = None


def _readable():
    """MiniStack's list of mappings, without those whose function may not read what waits."""
    for account, region, mapping in _mappings():
        if _messages(mapping) and _may_read(mapping, account, region):
            _refused.add(mapping["UUID"])
        else:
            _refused.discard(mapping["UUID"])
            yield account, region, mapping


def _messages(mapping):
    """How many the function could be given now."""
    from ministack.services import sqs
    queue = sqs._queue_by_arn(mapping["EventSourceArn"]) if ":sqs:" in mapping["EventSourceArn"] and mapping.get("Enabled", True) else None
    return sum(message.get("visible_at", 0) <= clock.now() for message in queue["messages"]) if queue else 0


def _may_read(mapping, account, region):
    """None, or the first right that the function's role lacks."""
    from ministack.core.responses import set_request_account_id, set_request_region
    from ministack.services import lambda_svc
    set_request_account_id(account)
    set_request_region(region)
    function = lambda_svc._functions.get(mapping["FunctionName"])
    if function is None:
        return None
    queue = mapping["EventSourceArn"]
    _, refused = credentials.ask(function["config"]["Role"], mapping["FunctionName"], "sqs:ReceiveMessage", {"QueueUrl": queue},
                                 [(action, queue, {}, action) for action in _ACTIONS])
    return refused and refused[0]


def _problem(function_name, queue_arn):
    """Why AWS does not make a mapping of this queue."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import lambda_svc, sqs
    queue, function = sqs._queue_by_arn(queue_arn), lambda_svc._functions.get(function_name)
    if queue is None or function is None:
        return None
    hidden, timeout = int(queue["attributes"].get("VisibilityTimeout", 30)), int(function["config"].get("Timeout", 3))
    if hidden < timeout:
        return f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"
    lacks = _may_read({"FunctionName": function_name, "EventSourceArn": queue_arn}, get_account_id(), get_region())
    return lacks and f"The provided execution role does not have permissions to call {lacks.partition(':')[2]} on SQS"


def _created(data):
    from ministack.core.responses import error_response_json
    from ministack.services import lambda_svc
    name, _ = lambda_svc._resolve_request_scoped_name_and_qualifier(data.get("FunctionName", ""))
    if wrong := _problem(name, data.get("EventSourceArn", "")):
        return error_response_json("InvalidParameterValueException", wrong, 400)
    return _create(data)


def _created_in_stack(logical_id, props, stack_name):
    from ministack.services.cloudformation import provisioners
    _, name, *_ = provisioners._lambda_function_for_cfn_ref(props.get("FunctionName", ""))
    if wrong := _problem(name, props.get("EventSourceArn", "")):
        raise ValueError(wrong)
    return _create_in_stack(logical_id, props, stack_name)


def _batch(mapping, function, event, batch, *queue):
    """What was not handled shows again when its time has come; somebody has to look then."""
    from ministack.core.concurrency import esm_wake
    _run_batch(mapping, function, event, batch, *queue)
    clock.Alarm(min(message["visible_at"] for message in batch), esm_wake.set)


def _unread():
    from ministack.core.concurrency import esm_wake
    from ministack.services import lambda_svc
    if lambda_svc._esm_inflight:
        return "a function that reads a queue"
    if any(_messages(mapping) and mapping["UUID"] not in _refused for _, _, mapping in _mappings()):
        esm_wake.set()
        return "a message that nobody has read yet"
    return None


async def _received(data, url):
    """Who waits for a message waits in real time: the emulated clock may stand still."""
    wait = data.get("WaitTimeSeconds")
    until = time.monotonic() + int(wait or 0)
    while True:
        found = await _receive({**data, "WaitTimeSeconds": 0}, url)
        if found or time.monotonic() >= until:
            return found
        await asyncio.sleep(0.05)


def install() -> None:
    global _mappings, _create, _create_in_stack, _run_batch, _receive
    from ministack.services import lambda_svc, sns, sqs
    from ministack.services.cloudformation import provisioners
    sqs.time = sns.time = clock.Time()
    _receive, sqs._act_receive_message = sqs._act_receive_message, _received
    sqs._HANDLERS["ReceiveMessage"] = _received
    _mappings, lambda_svc._iter_all_esms = lambda_svc._iter_all_esms, _readable
    _create, lambda_svc._create_esm = lambda_svc._create_esm, _created
    _run_batch, lambda_svc._run_sqs_batch = lambda_svc._run_sqs_batch, _batch
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    _create_in_stack, handlers["create"] = handlers["create"], _created_in_stack
    work.also(_unread)
