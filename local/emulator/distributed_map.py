"""A Map state in Distributed mode: each item an execution of its own, as AWS has it and MiniStack does not.

A child has its own history with its own limit, its own context and no variables of its parent; it ends when its parent ends; the map
ends as soon as more failed than it tolerates; what its children return together must fit into a state. A thousand children that wait
are a thousand threads that sleep on the clock.
"""
import copy
import json
import uuid

from . import clock, credentials, execution_events, executions, work

_MOST_AT_ONCE = 10_000


class _Run:
    """A Map Run: the children of one map of one execution."""

    def __init__(self, state, effective, execution, ctx):
        from ministack.services import stepfunctions as sfn
        self.state, self.execution, self.ctx = state, execution, ctx
        _, _, _, self.region, self.account, _, machine = execution["stateMachineArn"].split(":")
        # Of a map in a child of another map, too, it is the machine's own name with this map's label (nobody has written it down).
        self.name = f"{machine.partition('/')[0]}/{state.get('Label') or uuid.uuid4()}"
        self.items = self._items(effective)
        self.tolerated = min(self._number("ToleratedFailureCount", effective, len(self.items)),
                             self._number("ToleratedFailurePercentage", effective, 100) * len(self.items) / 100)
        if not any(name.startswith("Tolerated") for name in state):
            self.tolerated = 0
        self.at_once = self._number("MaxConcurrency", effective, 0) or _MOST_AT_ONCE
        self.failed, self.results = 0, [None] * len(self.items)
        zero = dict.fromkeys(("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
                              "failuresNotRedrivable", "pendingRedrive"), 0)
        self.counts = {**zero, "total": len(self.items), "pending": len(self.items)}
        arn = self._arn("mapRun", str(uuid.uuid4()))
        self.facts = sfn._map_runs[arn] = {
            "mapRunArn": arn, "executionArn": execution["executionArn"], "status": "RUNNING",
            "startDate": clock.iso(), "maxConcurrency": self._number("MaxConcurrency", effective, 0),
            "toleratedFailurePercentage": self._number("ToleratedFailurePercentage", effective, 0),
            "toleratedFailureCount": self._number("ToleratedFailureCount", effective, 0), "redriveCount": 0,
            "itemCounts": self.counts, "executionCounts": self.counts, "_stateMachineArn": self._arn("stateMachine")}

    def _arn(self, kind, *rest):
        return ":".join(["arn:aws:states", self.region, self.account, kind, self.name, *rest])

    def _items(self, effective):
        from ministack.services import stepfunctions as sfn
        if self.state.get("ItemReader"):
            return sfn._read_map_items(self.state["ItemReader"], effective, self.ctx)
        items = sfn._resolve_path_or_ctx(self.state.get("ItemsPath", "$"), effective, self.ctx)
        if isinstance(items, dict):
            return [{"Key": key, "Value": value} for key, value in items.items()]
        if not isinstance(items, list):
            raise sfn._ExecutionError("States.ItemReaderFailed", f"The items of the map are neither an array nor an object: {json.dumps(items)[:200]}")
        return items

    def _number(self, field, effective, otherwise):
        from ministack.services import stepfunctions as sfn
        if f"{field}Path" in self.state:
            return sfn._resolve_path_or_ctx(self.state[f"{field}Path"], effective, self.ctx)
        return self.state.get(field, otherwise)

    def run(self, processor, effective):
        def one(index):
            return lambda: self._child(index, processor, effective)
        work.in_parallel([one(index) for index in range(len(self.items))], self.at_once)
        ended = "ABORTED" if self.execution["status"] != "RUNNING" else "FAILED" if self.failed > self.tolerated else "SUCCEEDED"
        self.facts.update(status=ended, stopDate=clock.iso())
        return ended

    def _child(self, index, processor, effective):
        from ministack.services import stepfunctions as sfn
        if self.execution["status"] != "RUNNING" or self.failed > self.tolerated:
            return
        given = self._input(index, effective)
        text = json.dumps(given, separators=(",", ":"))
        name, config = str(uuid.uuid4()), processor.get("ProcessorConfig") or {}
        child = {
            "executionArn": self._arn("execution", name), "stateMachineArn": self._arn("stateMachine"), "name": name, "status": "RUNNING",
            "startDate": clock.iso(), "stopDate": None, "input": text, "inputDetails": {"included": True}, "output": None,
            "outputDetails": {"included": True}, "mapRunArn": self.facts["mapRunArn"], "testCase": "", "mockAttempts": {},
            "sync": config.get("ExecutionType") == "EXPRESS",
            "events": [{"id": 1, "type": "ExecutionStarted", "timestamp": clock.iso(), "executionStartedEventDetails": {"input": text}}]}
        sfn._executions[child["executionArn"]] = child
        self._count("pending", "running")
        execution_events.tell(child)
        executions.run(child, lambda: self._walk(child, processor, given))
        if child["status"] == "SUCCEEDED":
            self.results[index] = json.loads(child["output"])
        self._count("running", {"TIMED_OUT": "timedOut"}.get(child["status"], child["status"].lower()))

    def _input(self, index, effective):
        from ministack.services import stepfunctions as sfn
        selector = self.state.get("ItemSelector") or self.state.get("Parameters")
        if not selector:
            return self.items[index]
        return sfn._resolve_params_obj(selector, effective, {**self.ctx, "Map": {"Item": {"Index": index, "Value": self.items[index]}}})

    def _walk(self, child, processor, given):
        from ministack.services import stepfunctions as sfn
        ctx = {"QueryLanguage": self.ctx["QueryLanguage"], "variables": {}, "StateMachine": {"Id": child["stateMachineArn"], "Name": self.name},
               "Execution": {"Id": child["executionArn"], "Input": copy.deepcopy(given), "Name": child["name"], "StartTime": child["startDate"]}}
        if executions.is_too_big(given):
            raise sfn._ExecutionError("States.DataLimitExceeded", "The input of the child workflow execution exceeds the maximum number of bytes.")
        return executions.walk(child, processor, given, ctx)

    def _count(self, was, now):
        with work.lock:
            self.counts[was] -= 1
            self.counts[now] += 1
            self.failed += now in ("failed", "timedOut", "aborted")
            too_many = self.failed > self.tolerated
        if too_many:
            end_children(self.execution, self.facts["mapRunArn"])


def end_children(execution, run_arn=None) -> None:
    """Of one map run, or of all of an execution that has ended."""
    from ministack.services import stepfunctions as sfn
    runs = {run["mapRunArn"] for run in list(sfn._map_runs.values()) if run["executionArn"] == execution["executionArn"]}
    for child in list(sfn._executions.values()) if runs else ():
        if child["status"] == "RUNNING" and child.get("mapRunArn") in ({run_arn} if run_arn else runs):
            executions.end(child, "ABORTED", None, None)


def run(state, raw_input, effective, processor, execution, ctx):
    """In place of MiniStack's."""
    from ministack.services import stepfunctions as sfn
    for field in ("ItemBatcher", "ResultWriter"):
        if field in state:
            raise sfn._ExecutionError("States.Runtime", f"the local AWS knows no {field}")
    _may_start_children(execution, ctx)
    map_run = _Run(state, effective, execution, ctx)
    sfn._add_event(execution, "MapStateStarted", {"mapStateStartedEventDetails": {"length": len(map_run.items)}})
    sfn._add_event(execution, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": map_run.facts["mapRunArn"]}})
    ended = map_run.run(processor, effective)
    executions.go_on()
    sfn._add_event(execution, f"MapRun{ended.capitalize()}")
    if ended == "FAILED":
        sfn._add_event(execution, "MapStateFailed")
        raise sfn._ExecutionError("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")
    sfn._add_event(execution, "MapStateSucceeded")
    if executions.is_too_big(map_run.results):
        raise sfn._ExecutionError("States.DataLimitExceeded", "The state/task 'Map' returned a result with a size exceeding the maximum number "
                                  "of bytes service limit.")
    result = sfn._apply_result_selector(state, map_run.results)
    return sfn._apply_output_path(state, sfn._apply_result_path(state, raw_input, result), ctx), sfn._next_or_end(state)


def _may_start_children(execution, ctx):
    """Step Functions starts and looks at children with the role of the machine."""
    from ministack.services import stepfunctions as sfn
    machine = execution["stateMachineArn"].partition("/")[0]
    executions_of_it = f"{machine.replace(':stateMachine:', ':execution:')}:{execution['name']}"
    _, refused = credentials.ask(sfn._state_machines[machine]["roleArn"], execution["name"], "states:StartExecution", {"stateMachineArn": machine}, [
        ("states:StartExecution", machine, {}, "States.Permissions"), ("states:DescribeExecution", executions_of_it, {}, "States.Permissions")])
    if refused:
        raise sfn._ExecutionError(refused[0] or f"StepFunctions.{refused[1]}", refused[2])


def install() -> None:
    from ministack.services import stepfunctions
    stepfunctions._run_distributed_map = run
