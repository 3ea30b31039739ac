"""The life of an execution as Step Functions lives it (domain.md §11.2), where MiniStack's differs.

MiniStack runs a state machine well, but nothing ends it: a stopped execution slept on and tried again, that of a deleted machine went
on to its end, and a name was refused also to the caller who had merely lost the answer. A function that runs already is not
interrupted, as on AWS.
"""
import contextvars
import datetime
import json
import re
import time

from . import clock, distributed_map, execution_events, settings, work

_HISTORY, _STATE = 25_000, 262_144
_NAME = re.compile(r'[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}')
_execution = contextvars.ContextVar("local_aws_execution", default=None)
_run = _start = _fail = _delete = _delete_of_stack = _list = _describe = _add = None


class Ended(clock.Forgotten):
    """Somebody ended the execution whose work this is: no Retry or Catch may take it for a failure."""


class _Time:
    """Stands in for the module `time`: MiniStack lets each execution pause before it begins."""
    sleep = staticmethod(lambda seconds: None)

    def __getattr__(self, name):
        return getattr(time, name)


class HistoryFull(Exception):
    """Not MiniStack's error of a state: nothing can catch it."""


def current():
    return _execution.get()


def sleep(seconds):
    """A wait, or the pause before a retry, of an execution that may have ended before it is over."""
    clock.sleep(seconds, go_on, (_execution.get() or {}).get("executionArn"))


def go_on():
    """Raises if the execution whose work this is has ended."""
    execution = _execution.get()
    if execution is not None and execution["status"] != "RUNNING":
        raise Ended


def _ran(arn):
    from ministack.services import stepfunctions
    execution = stepfunctions._executions.get(arn)
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None
    token = _execution.set(execution)
    limit = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    alarm = clock.Alarm(clock.now() + limit, lambda: end(execution, "TIMED_OUT", "States.Timeout", None)) if limit else None
    try:
        _run(arn)
    except Ended:
        pass
    finally:
        _execution.reset(token)
        if alarm:
            alarm.cancel()


def run(execution, walk_all) -> None:
    """A child of a distributed map, from its start to its end: what MiniStack does for an execution that it started itself."""
    from ministack.services import stepfunctions
    token = _execution.set(execution)
    try:
        output = json.dumps(walk_all())
        if execution["status"] == "RUNNING":
            execution.update(status="SUCCEEDED", output=output, stopDate=clock.iso())
            stepfunctions._add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
            execution_events.tell(execution)
    except stepfunctions._ExecutionError as error:
        _failed(execution, error.error, error.cause)
    except HistoryFull as error:
        _failed(execution, "States.Runtime", str(error))
    except Ended:
        pass
    finally:
        _execution.reset(token)


def walk(execution, machine, data, ctx):
    """Its states, one after the other; returns what the last one put out."""
    from ministack.services import stepfunctions as sfn
    kinds = {"Pass": sfn._execute_pass, "Choice": sfn._execute_choice, "Wait": sfn._execute_wait}
    with_execution = {"Task": sfn._execute_task, "Parallel": sfn._execute_parallel, "Map": sfn._execute_map}
    name = machine["StartAt"]
    while name:
        go_on()
        state = machine["States"][name]
        kind = state["Type"]
        ctx["State"] = {"Name": name, "EnteredTime": clock.iso(), "RetryCount": 0}
        sfn._add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": {"name": name, "input": json.dumps(data)}})
        if kind == "Fail":
            raise sfn._ExecutionError(*sfn._fail_state_error(state, data, ctx))
        if kind == "Succeed":
            data, following = sfn._apply_output_path(state, sfn._apply_input_path(state, data, ctx), ctx), None
        elif kind in with_execution:
            data, following = with_execution[kind](state, data, execution, ctx)
        else:
            data, following = kinds[kind](state, data, ctx)
        sfn._add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": {"name": name, "output": json.dumps(data)}})
        name = following
    return data


def end(execution, status, error, cause) -> None:
    """Somebody, or its time, ends it. Whatever waits in it looks at once; the children of its maps end with it."""
    from ministack.services import stepfunctions
    if execution["status"] != "RUNNING":
        return
    execution.update(status=status, stopDate=clock.iso(), error=error, cause=cause)
    kind = {"ABORTED": "Aborted", "TIMED_OUT": "TimedOut"}[status]
    details = {name: value for name, value in (("error", error), ("cause", cause)) if value}
    stepfunctions._add_event(execution, f"Execution{kind}", {f"execution{kind}EventDetails": details})
    execution_events.tell(execution)
    clock.wake(execution["executionArn"])
    distributed_map.end_children(execution)


def _stopped(data):
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import stepfunctions
    execution = stepfunctions._executions.get(data.get("executionArn"))
    if execution is None:
        return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{data.get('executionArn')}'", 400)
    if execution["status"] not in ("RUNNING", "ABORTED"):
        return error_response_json("ValidationException", "Execution is not running", 400)
    end(execution, "ABORTED", data.get("error"), data.get("cause"))
    return json_response({"stopDate": execution["stopDate"]})


def _started(data):
    """The same name with the same input, while it runs, is the same execution: a caller may have lost the answer."""
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import stepfunctions
    name, text = data.get("name"), data.get("input", "{}")
    if name is not None and not _NAME.fullmatch(name):
        return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    if len(text.encode()) > _STATE:
        return error_response_json("ValidationException", "1 validation error detected: Value at 'input' failed to satisfy constraint: "
                                   f"Member must have length less than or equal to {_STATE}", 400)
    for execution in stepfunctions._executions.values():
        same = execution["name"] == name and execution["stateMachineArn"] == stepfunctions._resolve_state_machine_arn(data["stateMachineArn"])
        if same and execution["status"] == "RUNNING" and execution["input"] == text:
            return json_response({"executionArn": execution["executionArn"], "startDate": execution["startDate"]})
    return _start(data)


def _failed(execution, error, cause):
    """A stopped execution stays ABORTED, whatever its last function answers."""
    if execution["status"] == "RUNNING":
        _fail(execution, error[:256], cause[:32_768])


def _end_all_of(machine):
    from ministack.services import stepfunctions
    for execution in list(stepfunctions._executions.values()):
        if execution["stateMachineArn"] == machine and execution["status"] == "RUNNING":
            stepfunctions._stop_execution({"executionArn": execution["executionArn"]})


def _deleted(data):
    _end_all_of(data.get("stateMachineArn"))
    return _delete(data)


def _deleted_with_stack(physical_id, props):
    _end_all_of(physical_id)
    return _delete_of_stack(physical_id, props)


def _listed(data):
    from ministack.core.responses import error_response_json
    from ministack.services import stepfunctions
    machine = data.get("stateMachineArn")
    if machine and machine not in stepfunctions._state_machines:
        return error_response_json("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}'", 400)
    status, headers, body = _list({**data, "maxResults": min(int(data.get("maxResults") or 100), settings.get("pageSize"))})
    if status == 200:
        answer = json.loads(body)
        answer["executions"] = [execution for execution in answer["executions"] if _is_visible(execution)]
        body = json.dumps(answer).encode()
    return status, headers, body


def _described(data):
    from ministack.core.responses import error_response_json
    from ministack.services import stepfunctions
    execution = stepfunctions._executions.get(data.get("executionArn"))
    if execution and not _is_visible(execution):
        return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{data['executionArn']}'", 400)
    return _describe(data)


def _is_visible(execution):
    """Both are told by a copy of the truth that may be some seconds old."""
    started = datetime.datetime.fromisoformat(execution["startDate"].replace("Z", "+00:00")).timestamp()
    return clock.now() >= started + settings.get("executionVisibilitySeconds")


def _added(execution, kind, details=None):
    """The last event is that of the end. MiniStack leaves out that a task has started, which counts on AWS."""
    from ministack.services.stepfunctions import _ExecutionError
    if len(execution["events"]) >= _HISTORY - 1 and not kind.startswith("Execution"):
        raise HistoryFull(f"The execution reached the maximum number of history events ({_HISTORY}).")
    output = ((details or {}).get("stateExitedEventDetails") or {}).get("output", "")
    if len(output) > _STATE and is_too_big(json.loads(output)):
        raise _ExecutionError("States.DataLimitExceeded", "The state returned a result with a size exceeding the maximum number of bytes "
                              "service limit.")
    event = _add(execution, kind, details)
    if kind == "TaskScheduled":
        _added(execution, "TaskStarted", {"taskStartedEventDetails": details["taskScheduledEventDetails"]})
    return event


def is_too_big(value) -> bool:
    """As text without white space, in UTF-8."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) > _STATE


def install() -> None:
    global _run, _start, _fail, _delete, _delete_of_stack, _list, _describe, _add
    from ministack.services import stepfunctions as sfn
    from ministack.services.cloudformation import provisioners
    sfn._scaled_sleep = sleep
    sfn.threading, sfn.ThreadPoolExecutor, sfn.futures_wait = work.Threading(), work.Pool, work.wait
    sfn.time = _Time()
    sfn._stop_execution = _stopped
    sfn._emit_execution_status_event = execution_events.tell
    distributed_map.install()
    _run, sfn._run_execution = sfn._run_execution, _ran
    _start, sfn._start_execution = sfn._start_execution, _started
    _fail, sfn._fail_execution = sfn._fail_execution, _failed
    _delete, sfn._delete_state_machine = sfn._delete_state_machine, _deleted
    _list, sfn._list_executions = sfn._list_executions, _listed
    _describe, sfn._describe_execution = sfn._describe_execution, _described
    _add, sfn._add_event = sfn._add_event, _added
    handlers = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    _delete_of_stack, handlers["delete"] = handlers["delete"], _deleted_with_stack
