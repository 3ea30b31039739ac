"""Faults on demand: `POST /_local/faults` arms one, `GET` lists them, `DELETE` removes all.

A fault names the calls it is for (action pattern, part of the principal, Region, a regular expression that some parameter must
match), which of them it hits (the `nth`, and `times` in a row from there) and a kind:

  throttle    400 Throttling, "Rate exceeded"
  error       any code, status and message (default 500 InternalFailure)
  lost        the call is carried out, but its answer is a 500
  deny        AccessDenied as IAM words it: rights that are not yet in force
  kmsDenied   KMSKeyNotAccessibleFault
  killLambda  the calling function's process dies, `when` before or after the call is carried out
  twice       what a schedule or rule delivers with this call, or this event on a bus, arrives a second time: AWS promises at least once
  lose        it never arrives, although it was taken
  endsFailed  what the call starts ends in status `failed` when `percent` is reached (RDS asks for it when it has begun); an export
              gives `message` as its FailureCause
"""
import fnmatch
import itertools
import re

_faults: list[dict] = []
_numbers = itertools.count(1)
_DEFAULTS = {"action": "*", "principal": "", "region": None, "identifier": "", "nth": 1, "times": 1, "when": "before", "percent": 50,
             "status": 500, "code": "InternalFailure", "message": "An internal error has occurred. Please try your query again at a later time."}
# Services whose protocol is not JSON name a missing right differently.
_XML = ("rds", "sns", "sts", "iam", "cloudformation", "monitoring", "s3")
_KINDS = ("throttle", "error", "lost", "deny", "kmsDenied", "killLambda", "endsFailed", "twice", "lose")


def arm(_query: dict, body: dict) -> dict:
    if body.get("kind") not in _KINDS or (unknown := set(body) - set(_DEFAULTS) - {"kind"}):
        raise ValueError(f"a fault needs a kind of {', '.join(_KINDS)}, and may have {', '.join(_DEFAULTS)}")
    fault = {**_DEFAULTS, **body, "id": next(_numbers), "seen": 0, "fired": 0}
    _faults.append(fault)
    return fault


def _fires(call, kinds, **wanted):
    """The first armed fault of these kinds that this call sets off. A call is counted once by each fault it fits."""
    found = None
    for fault in _faults:
        if fault["kind"] not in kinds or any(fault[name] != value for name, value in wanted.items()):
            continue
        if not (fnmatch.fnmatch(call["action"], fault["action"]) and fault["principal"] in call["principal"]
                and fault["region"] in (None, call["region"])
                and (not fault["identifier"] or any(re.search(fault["identifier"], text) for text in _texts(call["parameters"])))):
            continue
        fault["seen"] += 1
        if found is None and fault["nth"] <= fault["seen"] and fault["fired"] < fault["times"]:
            fault["fired"] += 1
            found = fault
            call["fault"] = {"id": fault["id"], "kind": fault["kind"]}
    return found


def _texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else [str(value)]


def before(call: dict, headers: dict) -> tuple | None:
    """The answer instead of carrying the call out, or None."""
    from . import calls
    if _fires(call, ("killLambda",), when="before"):
        _kill_function(call)
        return 500, {}, b""  # nobody is left to read it
    fault = _fires(call, ("throttle", "error", "deny", "kmsDenied"))
    if fault is None:
        return None
    if fault["kind"] == "throttle":
        return calls.answer(call, *throttling(call), headers)
    if fault["kind"] == "kmsDenied":
        return calls.answer(call, 400, "KMSKeyNotAccessibleFault", "The target snapshot KMS key does not exist, is not enabled or you "
                            "do not have permissions to access it.", headers)
    if fault["kind"] == "deny":
        call["decision"] = "denied"
        code = "AccessDenied" if call["service"] in _XML else "AccessDeniedException"
        return calls.answer(call, 403, code, f"User: {call['principal']} is not authorized to perform: {call['action']} "
                            f"because no identity-based policy allows the {call['action']} action", headers)
    return calls.answer(call, fault["status"], fault["code"], fault["message"], headers)


def throttling(call: dict) -> tuple:
    """Status, code and words of the service."""
    return {"lambda": (429, "TooManyRequestsException", "Rate Exceeded."), "ssm": (400, "ThrottlingException", "Rate exceeded")}.get(
        call["service"], (400, "Throttling", "Rate exceeded"))


def arrivals(call: dict) -> int:
    """How often what this call delivers arrives."""
    fault = _fires(call, ("twice", "lose"))
    return 1 if fault is None else 2 if fault["kind"] == "twice" else 0


def after(call: dict, headers: dict, carried_out: tuple) -> tuple:
    """What the caller gets to see of a call that was carried out."""
    from . import calls
    if _fires(call, ("killLambda",), when="after"):
        _kill_function(call)
    if _fires(call, ("lost",)):
        return calls.answer(call, 500, "InternalFailure", _DEFAULTS["message"], headers)
    return carried_out


def ending_for(arn: str, action: str) -> int | None:
    """For RDS, when a snapshot or copy has begun: the percentage at which it will fail, or None."""
    fault = ending_of(arn, action)
    return fault["percent"] if fault else None


def ending_of(arn: str, action: str, *names: str) -> dict | None:
    """How what has just begun will fail: `percent` and, for an export, the `message` it gives as its cause."""
    from . import calls
    caller = calls.current() or {"principal": ""}
    fault = _fires({**caller, "action": f"rds:{action}", "region": arn.split(":")[3], "parameters": {"arn": arn, "names": list(names)}}, ("endsFailed",))
    if fault and fault["message"] == _DEFAULTS["message"]:
        return {**fault, "message": "An unknown internal error occurred."}
    return fault


def _kill_function(call):
    """Ends the process of the function that calls: its session is named after it (lambda_runtime.execution_credentials)."""
    from ministack.core import lambda_runtime
    for key, workers in list(lambda_runtime._workers.items()):
        account, _, name, _ = key.split(":", 3)
        for worker in workers if (account, name[:64]) == (call["account"], call["session"]) else ():
            if worker.in_use and worker._proc is not None:
                worker._proc.kill()


def clear(_query: dict = None, _body: dict = None) -> dict:
    _faults.clear()
    return {}


def install() -> None:
    from . import control
    control.route("GET", "/faults", lambda _query, _body: _faults)
    control.route("POST", "/faults", arm)
    control.route("DELETE", "/faults", clear)
    control.on_reset(_faults.clear)
