"""Functions that events invoke: tried again when they fail, by a rule only if the function's own policy lets it; and a waiting room.

MiniStack tries again after seconds, runs what a rule invokes only once and asks nobody, and starts a process for every invocation that
comes while the others are busy, which a machine bears a few of: AWS has room for a thousand.
"""
import contextvars
import json
import threading

from . import calls, clock, dead_letters, rights, work

_PROCESSES = 4  # per function
_free = threading.Condition()
_rule = contextvars.ContextVar("local_aws_rule", default=None)
_acquire = _release = _invoke_target = None


def asynchronously(function, event) -> None:
    """Lambda's own queue: two more attempts after one and two minutes, then the function's dead-letter queue or destination."""
    work.Thread(target=_run, args=(function, event), daemon=True, name="asynchronous invocation").start()


def _run(function, event):
    from ministack.services import lambda_svc
    config = function.get("config") or function
    settings = function.get("event_invoke_config") or (function.get("event_invoke_configs") or {}).get("$LATEST") or {}
    retries, age = settings.get("MaximumRetryAttempts", 2), settings.get("MaximumEventAgeInSeconds", 21_600)
    began, result = clock.now(), None
    for pause in [0, 60, 120][:int(retries) + 1]:
        if pause and clock.now() + pause > began + int(age):
            break
        clock.sleep(pause)
        result = lambda_svc._execute_function_with_config_scope(function, event)
        if not result.get("error"):
            return
    failures = ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") \
        or (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if failures:
        lambda_svc._route_async_failure(failures, config["FunctionName"], event, result)


def _targeted(target, event, rule, view=None):
    token = _rule.set(rule)
    try:
        return _invoke_target(target, event, rule, view)
    finally:
        _rule.reset(token)


def _by_a_rule(arn, payload):
    """A rule has no role for a function; the function's policy must name EventBridge, and may name the rule."""
    from ministack import app
    from ministack.services import lambda_svc
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        return
    if app.AUTH and not _allowed(arn, function, (_rule.get() or {}).get("Arn", "")):
        return
    asynchronously(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


def _allowed(arn, function, rule_arn):
    from ministack.core import iam_evaluator
    _, _, _, region, account, _ = arn.split(":", 5)
    call = calls.record(account=account, region=region, principal="events.amazonaws.com", service="lambda", action="lambda:InvokeFunction",
                        parameters={"FunctionName": arn, "SourceArn": rule_arn}, path="", invalid=[])
    context = iam_evaluator.EvalContext("events.amazonaws.com", "Service", account, "lambda:InvokeFunction", arn, region,
                                        service_context={"aws:sourcearn": rule_arn, "aws:sourceaccount": account})
    with rights.asking():
        answer = iam_evaluator.evaluate_resource_policy(function["policy"], context, service="events.amazonaws.com")
    allowed = answer.decision == "Allow"
    calls.checked(call, {"action": "lambda:InvokeFunction", "resource": arn}, "allowed" if allowed else "denied")
    call["status"] = 202 if allowed else 403
    return allowed


def _acquired(*args, **kwargs):
    with _free:
        while True:
            worker, why = _acquire(*args, **{**kwargs, "max_concurrency": _PROCESSES})
            if worker is not None:
                return worker, why
            _free.wait()


def _released(worker):
    _release(worker)
    with _free:
        _free.notify_all()


def install() -> None:
    global _acquire, _release, _invoke_target
    from ministack.services import eventbridge, lambda_svc
    dead_letters.install()
    lambda_svc.invoke_async_with_retry = asynchronously
    eventbridge._dispatch_to_lambda = _by_a_rule
    _invoke_target, eventbridge._invoke_target = eventbridge._invoke_target, _targeted
    _acquire, lambda_svc.acquire_worker = lambda_svc.acquire_worker, _acquired
    _release, lambda_svc.release_worker = lambda_svc.release_worker, _released
