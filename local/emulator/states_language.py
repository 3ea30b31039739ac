"""Where Amazon States Language is stricter than MiniStack: a path that leads nowhere, a wait that is no number, a retry's longest pause.

MiniStack goes on with null where AWS fails the execution, so a watcher that forgets a field would only fail on AWS.
"""
import json

_TERMINAL = ("States.Runtime", "States.DataLimitExceeded")
_resolve = _matches = _retry = _wait = _rule = None


def _resolved(path, data):
    found = _resolve(path, data)
    if found is None and not _leads_somewhere(path, data):
        raise _runtime(f"The JSONPath '{path}' could not be found in the input '{json.dumps(data)[:500]}'")
    return found


def _leads_somewhere(path, data):
    """To null, for example. A path with a wildcard finds all there is, and be it nothing."""
    from ministack.services import stepfunctions
    for kind, name in stepfunctions._parse_jsonpath_tokens(path) or ():
        if kind == "wildcard":
            return True
        if not (isinstance(data, dict) and name in data if kind == "field" else isinstance(data, list) and name < len(data)):
            return False
        data = data[name]
    return True


def _evaluated(rule, data, ctx=None):
    """IsPresent is about the field, not about its value; every other comparison needs the field to be there."""
    from ministack.services import stepfunctions
    if "IsPresent" not in rule:
        return _rule(rule, data, ctx)
    variable = rule["Variable"]
    where = (variable[1:], ctx) if variable.startswith("$$.") else (variable, data)
    return _leads_somewhere(*where) == rule["IsPresent"]


def _matched(error_equals, error):
    """States.ALL does not stand for the errors that no retry could heal."""
    return error in error_equals if error in _TERMINAL else _matches(error_equals, error)


def _retrier(retriers, error, counts):
    found, index = _retry(retriers, error, counts)
    if found is None:
        return found, index
    pause = found.get("IntervalSeconds", 1) * found.get("BackoffRate", 2.0) ** counts.get(index, 0)
    return {**found, "IntervalSeconds": min(pause, found.get("MaxDelaySeconds", pause)), "BackoffRate": 1}, index


def _waited(state, raw_input, ctx=None):
    from ministack.services import stepfunctions
    if "SecondsPath" in state:
        seconds = _resolved(state["SecondsPath"], stepfunctions._apply_input_path(state, raw_input, ctx))
        if type(seconds) is not int or not 0 <= seconds <= 99_999_999:
            raise _runtime(f"The SecondsPath parameter does not reference an integer value: {state['SecondsPath']} == {json.dumps(seconds)}")
    return _wait(state, raw_input, ctx)


def _runtime(cause):
    from ministack.services.stepfunctions import _ExecutionError
    return _ExecutionError("States.Runtime", cause)


def install() -> None:
    global _resolve, _matches, _retry, _wait, _rule
    from ministack.services import stepfunctions as sfn
    _resolve, sfn._resolve_path = sfn._resolve_path, _resolved
    _matches, sfn._error_matches = sfn._error_matches, _matched
    _retry, sfn._find_matching_retrier = sfn._find_matching_retrier, _retrier
    _wait, sfn._execute_wait = sfn._execute_wait, _waited
    _rule, sfn._evaluate_rule = sfn._evaluate_rule, _evaluated
