"""Every AWS call as it happened: who, what, on which resources, with which parameters, allowed or not, and what came back.

One wrapper around MiniStack's dispatcher makes a record for each request and puts it into a context variable; authorization and
faults find it there. `GET /_local/calls` reads the records, `DELETE` clears them.
"""
import contextvars
import datetime
import email.utils
import fnmatch
import itertools
import re

from . import clock, faults, parameters, request_rate

_current = contextvars.ContextVar("local_aws_call", default=None)
_calls: list[dict] = []
_numbers = itertools.count(1)
_dispatch = _special = None


def current() -> dict | None:
    """The call this code runs for, or None inside the emulator's own work."""
    return _current.get()


def record(**fields) -> dict:
    """A new record. Also for calls that never were requests: a state machine invoking a function."""
    principal = fields["principal"]
    role, session = (re.findall(r":assumed-role/([^/]+)/(.+)", principal) or [(None, None)])[0]
    call = {"id": next(_numbers), "time": clock.iso(), **fields, "role": role, "session": session,
            "checks": [], "decision": "allowed", "status": None, "code": None, "message": None}
    _calls.append(call)
    return call


def checked(call: dict, check: dict, decision: str) -> None:
    """One decision about one action on one resource; a call has several, and is refused by the first that is not allowed."""
    call["checks"].append({"action": check["action"], "resource": check["resource"], "decision": decision})
    if decision != "allowed":
        call["decision"] = decision


def _begin(method, path, headers, body, query):
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator, responses
    routing = app._routing_params(method, path, headers, body, query)
    service = app.detect_service(method, path, headers, routing)
    form = {key: value[0] if isinstance(value, list) else value for key, value in routing.items()}
    action = iam_actions.extract_iam_action(service, method, path, headers, body, routing) or f"{service}:{method}"
    given, wrong = parameters.read(service, action, form, headers, body)
    caller = iam_evaluator.resolve_caller_identity(app.extract_access_key_id(headers, query)) or {"userArn": "anonymous"}
    return record(account=responses.get_account_id(), region=responses.get_region(), principal=caller["userArn"], service=service,
                  action=action, parameters=given, path=path, invalid=[f"{kind} parameter {name}" for kind, name in wrong]), wrong


def end(call: dict, answer: tuple) -> tuple:
    call["status"], _, body = answer
    if call["status"] >= 400 and isinstance(body, bytes):
        text = body.decode(errors="replace")
        code = re.search(r'<Code>(.*?)</Code>|"__type":\s*"(?:[^"]*#)?([^"]*)"', text, re.S)
        words = re.search(r'<Message>(.*?)</Message>|"[mM]essage":\s*"((?:[^"\\]|\\.)*)"', text, re.S)
        call["code"] = code and (code[1] or code[2])
        call["message"] = words and (words[1] or words[2])
    return answer


def _in_callers_time(headers, answer):
    """An SDK that sees another date than its own takes an error for clock skew and retries. Functions live on the emulated clock,
    the CDK CLI on the real one, so each is told its own time."""
    status, given, body = answer
    if stamp := headers.get("x-amz-date"):
        theirs = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%S%z")
        given = {**given, "Date": email.utils.format_datetime(theirs.astimezone(datetime.timezone.utc), usegmt=True)}
    return status, given, body


def answer(call: dict, status: int, code: str, message: str, headers: dict = {}) -> tuple:
    """An error in the spelling of the service's protocol."""
    from ministack.core import iam_actions
    _, kind, body = iam_actions.access_denied_response(
        call["service"], call["action"], call["principal"], f"local-{call['id']}", error_code=code, message=message, headers=headers)
    return status, {**kind, "x-amzn-requestid": f"local-{call['id']}"}, body


async def _recorded(method, path, headers, body, query_params, request_id):
    call, wrong = _begin(method, path, headers, body, query_params)
    _current.set(call)
    try:
        refused = faults.before(call, headers)
        if refused is None and request_rate.is_exceeded_by(call):
            refused = answer(call, *faults.throttling(call), headers)
        if refused is None and (problem := parameters.refusal(wrong)):
            refused = answer(call, 400, *problem, headers)
        if refused is not None:
            return _in_callers_time(headers, end(call, refused))
        carried_out = await _dispatch(method, path, headers, body, query_params, request_id)
        return _in_callers_time(headers, end(call, faults.after(call, headers, carried_out)))
    finally:
        _current.set(None)


async def _recorded_special(method, path, headers, body, query_params, request_id, **more):
    """S3 with the bucket in the host name, the one of these data planes that our functions and the CDK CLI use."""
    from ministack import app
    if app.detect_service(method, path, headers, query_params) != "s3":
        return await _special(method, path, headers, body, query_params, request_id, **more)
    call, _ = _begin(method, path, headers, body, query_params)
    _current.set(call)
    try:
        found = await _special(method, path, headers, body, query_params, request_id, **more)
    finally:
        _current.set(None)
    if found is None:  # not theirs: the ordinary dispatcher comes next and makes its own record
        _calls.remove(call)
        return None
    return _in_callers_time(headers, end(call, found))


def find(query: dict, _body: dict = None) -> list[dict]:
    """Records that fit: `action` a pattern, `principal` and `parameters` a part of the text, `after` an id, the rest equal."""
    def fits(call):
        for name, wanted in query.items():
            if name == "action":
                if not fnmatch.fnmatch(call["action"], wanted):
                    return False
            elif name == "after":
                if call["id"] <= int(wanted):
                    return False
            elif name in ("principal", "parameters", "message"):
                if wanted not in str(call[name]):
                    return False
            elif str(call.get(name)) != wanted:
                return False
        return True
    return [call for call in list(_calls) if fits(call)]


def clear(_query: dict = None, _body: dict = None) -> dict:
    _calls.clear()
    return {}


def install() -> None:
    """MiniStack resolves both names in its module at each request, so replacing them there is enough."""
    global _dispatch, _special
    from ministack import app

    from . import control
    _dispatch, app._dispatch_service_request = app._dispatch_service_request, _recorded
    _special, app._handle_special_data_plane_request = app._handle_special_data_plane_request, _recorded_special
    request_rate.install()
    control.route("GET", "/calls", find)
    control.route("DELETE", "/calls", clear)
    control.on_reset(_calls.clear)
