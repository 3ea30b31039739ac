"""Functions that are invoked asynchronously: tried again when they fail; and a waiting room.

MiniStack tries again after seconds, and starts a process for every invocation that comes while the others are busy, which a machine bears
a few of: AWS has room for a thousand.
"""
import threading

from . import clock, dead_letters, work

_PROCESSES = 4  # per function
_free = threading.Condition()
_acquire = _release = None


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
    global _acquire, _release
    from ministack.services import lambda_svc
    dead_letters.install()
    lambda_svc.invoke_async_with_retry = asynchronously
    _acquire, lambda_svc.acquire_worker = lambda_svc.acquire_worker, _acquired
    _release, lambda_svc.release_worker = lambda_svc.release_worker, _released
