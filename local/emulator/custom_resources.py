"""The life of a custom resource as CloudFormation lives it (domain.md §10.1, §18), where MiniStack's differs.

MiniStack sends Create, Update and Delete, reverses failed updates and cleans up after the policies were narrowed. Added here: the
resource that is still pending is visible in its stack; the Delete for a failed Create, with the id it answered or an invented one;
"the stack failed elsewhere"; limits of an answer; ServiceTimeout on the emulated clock; Lambda's retries of an asynchronous
invocation; the cleanup phase by its name, in which a failing Delete is given up.
"""
import contextvars
import json
import random
import re
import string
import threading

from . import calls, clock, control

_CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
_IN_PROGRESS = {"Create": "CREATE_IN_PROGRESS", "Update": "UPDATE_IN_PROGRESS", "Delete": "DELETE_IN_PROGRESS"}
_request = contextvars.ContextVar("local_aws_custom_resource", default=None)
_pending: dict[str, dict] = {}
_invoke = _deliver = _execute = _delete = _roll_back = _resolve = _shortcuts = None


class _Answer:
    """Stands in for the event MiniStack waits on: ServiceTimeout counts emulated seconds."""

    def __init__(self):
        self._event = threading.Event()
        self.set, self.is_set = self._event.set, self._event.is_set

    def wait(self, timeout):
        return clock.wait_for(self._event, timeout)


def _stack(name):
    from ministack.services import cloudformation
    return cloudformation._stacks.get(name) or {}


def _invented_id(request):
    suffix = "".join(random.choices(string.ascii_uppercase + string.digits, k=12))
    return f"{request['stack']}-{request['logicalId']}-{suffix}"


def _invoked(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id=None, old_props=None):
    """One request to a provider and its answer, with the resource's record in the stack saying what is going on."""
    resources = _stack(stack_name).get("_resources", {})
    if request_type == "Create":
        resources[logical_id] = {"PhysicalResourceId": "", "ResourceType": resource_type, "LogicalResourceId": logical_id,
                                 "Properties": props, "Attributes": {}}
    entry = resources.get(logical_id)
    if entry is not None and entry["PhysicalResourceId"] in ("", physical_id):
        entry.update(ResourceStatus=_IN_PROGRESS[request_type], Timestamp=clock.iso())
    request = {"type": request_type, "logicalId": logical_id, "stack": stack_name, "stackId": stack_id, "physicalId": physical_id,
               "since": clock.iso(), "answeredId": None}
    token = _request.set(request)
    try:
        return _invoke(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id, old_props)
    except Exception as error:
        if request_type == "Create":
            # The rollback deletes what may have come into being: under the id of the FAILED answer, else under an invented one.
            entry["PhysicalResourceId"] = request["answeredId"] or _invented_id(request)
            entry.update(ResourceStatus="CREATE_FAILED", ResourceStatusReason=str(error))
        raise
    finally:
        _request.reset(token)
        _pending.pop(request.get("token"), None)


def _register(token):
    """MiniStack's register_token, which runs inside _invoked: from here on an answer is awaited."""
    from ministack.services.cloudformation import custom_resource
    answer, request = _Answer(), _request.get()
    with custom_resource._lock:
        custom_resource._pending[token] = {"event": answer, "result": None}
    if request is not None:
        request["token"] = token
        _pending[token] = request
    return answer


def _asynchronously(function, event):
    """CloudFormation does not wait for the function but for its answer, and Lambda runs a failed one twice more, after 1 and 2 minutes."""
    if _request.get() is None or "ResponseURL" not in (event or {}):
        return _execute(function, event)
    function_arn = function["config"]["FunctionArn"]
    call = calls.record(account=function_arn.split(":")[4], region=function_arn.split(":")[3], principal="cloudformation.amazonaws.com",
                        service="lambda", action="lambda:InvokeFunction", parameters={"FunctionName": function_arn, "Payload": event},
                        path="", invalid=[])
    call["status"] = 202

    def run():
        for pause in (60, 120, None):
            try:
                failed = _execute(function, event).get("error")
            except Exception:
                failed = True
            if not failed or pause is None:
                return
            clock.sleep(pause)
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    return {}


def _delivered(token, response):
    """An answer that CloudFormation would not accept becomes a failure."""
    request = _pending.get(token)
    physical_id = response.get("PhysicalResourceId")
    wrong = None
    if response.get("Status") not in ("SUCCESS", "FAILED"):
        wrong = f"Invalid Status: {response.get('Status')}"
    elif not isinstance(physical_id, str) or not physical_id:
        wrong = "Invalid PhysicalResourceId"
    elif len(physical_id.encode()) > 1024:
        wrong = "PhysicalResourceId is longer than 1024 bytes"
    if wrong:
        response = {**response, "Status": "FAILED", "Reason": wrong}
    elif request:
        request["answeredId"] = physical_id
        if response["Status"] == "FAILED":
            response = {**response, "Reason": "Received response status [FAILED] from custom resource. Message returned: "
                        f"{response.get('Reason')} (RequestId: {response.get('RequestId')})"}
    return _deliver(token, response)


async def _checked_size(method, path, headers, body, query_params, request_id):
    if path.startswith("/_ministack/cfn-response/") and len(body) > 4096:
        body = json.dumps({"Status": "FAILED", "Reason": "Response object is too long.", "PhysicalResourceId": None}).encode()
    return await _shortcuts(method, path, headers, body, query_params, request_id)


def _delete_unless_needed(stack, rtype, physical_id, props, stack_name, logical_id):
    """What could not be deleted keeps what it depends on: the next DeleteStack has to find a function to ask."""
    from ministack.services.cloudformation import stacks
    definitions, resources = stack.get("_template", {}).get("Resources", {}), stack.get("_resources", {})
    # Those of an earlier attempt are DELETE_FAILED too, until it is their turn.
    failed = [name for name, entry in resources.items() if name in stack.get("_undeletable", ()) and name != logical_id]
    if logical_id in stacks._with_dependencies(failed, definitions, set(resources)):
        raise RuntimeError(f"needed by {', '.join(failed)}, which could not be deleted")
    stack.setdefault("_undeletable", set()).discard(logical_id)
    try:
        return _delete(rtype, physical_id, props, stack_name, logical_id)
    except Exception:
        stack["_undeletable"].add(logical_id)
        raise


def _deleted(rtype, physical_id, props, stack_name=None, logical_id=None):
    """After an update what was replaced or removed is deleted in a phase of its own; a Delete that fails there is given up."""
    from ministack.services.cloudformation import stacks
    stack = _stack(stack_name)
    if stack.get("StackStatus") not in ("UPDATE_IN_PROGRESS", _CLEANUP):
        return _delete_unless_needed(stack, rtype, physical_id, props, stack_name, logical_id)
    stack_id = stack["StackId"]
    if stack["StackStatus"] != _CLEANUP:
        stack["StackStatus"] = _CLEANUP
        stacks._add_event(stack_id, stack_name, stack_name, "AWS::CloudFormation::Stack", _CLEANUP, physical_id=stack_id)
    stacks._add_event(stack_id, stack_name, logical_id, rtype, "DELETE_IN_PROGRESS", physical_id=physical_id)
    try:
        _delete(rtype, physical_id, props, stack_name, logical_id)
        stacks._add_event(stack_id, stack_name, logical_id, rtype, "DELETE_COMPLETE", physical_id=physical_id)
    except Exception as error:
        stacks._add_event(stack_id, stack_name, logical_id, rtype, "DELETE_FAILED", str(error), physical_id)


async def _rolled_back(stack_name, stack_id, stack, operation, *rest):
    """A Create that failed is rolled back like one that succeeded: by a Delete, unless its DeletionPolicy is Retain."""
    for logical_id, entry in stack.get("_resources", {}).items():
        if entry.get("ResourceStatus") == "CREATE_FAILED" and logical_id not in operation["created"]:
            operation["created"].append(logical_id)
    made = dict(stack.get("_resources", {}))
    outcome = await _roll_back(stack_name, stack_id, stack, operation, *rest)
    if stack["StackStatus"] == "ROLLBACK_FAILED":
        # MiniStack forgets what it could not delete; when the stack is deleted, CloudFormation tries again.
        from ministack.services import cloudformation
        why = {event["LogicalResourceId"]: event["ResourceStatusReason"] for event in cloudformation._stack_events[stack_id]}
        for logical_id in stack["_rollback_failed"]:
            stack["_resources"][logical_id] = {**made[logical_id], "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": why[logical_id]}
    return outcome


def _described(theirs):
    """DescribeStackResource(s) of a resource that is gone: CloudFormation still tells its last state, MiniStack that it never was."""
    from ministack.services import cloudformation
    from ministack.services.cloudformation import handlers

    def described(params):
        name, logical_id = handlers._p(params, "StackName"), handlers._p(params, "LogicalResourceId")
        stack = handlers._resolve_stack(name) or {}
        resources = stack.get("_resources", {})
        events = [e for e in cloudformation._stack_events.get(stack.get("StackId"), ()) if e["LogicalResourceId"] == logical_id]
        if not events or logical_id in resources:
            return theirs(params)
        resources[logical_id] = events[-1]
        try:
            return theirs(params)
        finally:
            del resources[logical_id]
    return described


def _cancel(query, body):
    """The stack fails elsewhere while this resource is pending. MiniStack makes one resource after the other, so nothing else can."""
    found = [(token, r) for token, r in _pending.items() if r["stack"] == body["stack"] and body.get("logicalId", r["logicalId"]) == r["logicalId"]]
    if not found:
        raise ValueError(f"no custom resource is pending in {body['stack']}; there are {list(_pending.values())}")
    for token, request in found:
        verb = {"Create": "creation", "Update": "update", "Delete": "deletion"}[request["type"]]
        _deliver(token, {"Status": "FAILED", "Reason": f"Resource {verb} cancelled"})
    return [request for _, request in found]


def _name_in_region(stack_name, logical_id, *, seeded=True, **options):
    """Roles of an account are the same in all Regions; AWS's names for them are random, MiniStack's the same for stacks of one name."""
    from ministack.core.responses import get_region
    from ministack.services.cloudformation import provisioners
    seed = provisioners._NAME_SEED
    token = seed.set(f"{seed.get() if seeded else ''}{get_region()}")
    try:
        return _physical_name(stack_name, logical_id, **options)
    finally:
        seed.reset(token)


def _without_secrets(value, *rest, **how):
    """Of the dynamic references only plain parameters are resolved in a custom resource; its provider gets the others as they are written."""
    if not isinstance(value, dict) or "ServiceToken" not in value:
        return _resolve(value, *rest, **how)
    kept = json.loads(re.sub(r"\{\{resolve:(ssm-secure|secretsmanager):", r"{{unresolved:\1:", json.dumps(value)))
    resolved, values = _resolve(kept, *rest, **how)
    return json.loads(json.dumps(resolved).replace("{{unresolved:", "{{resolve:")), values


def _reset():
    """Whoever still waits is let go: its stack is no more."""
    for token in list(_pending):
        _deliver(token, {"Status": "FAILED", "Reason": "reset"})


def install() -> None:
    global _invoke, _deliver, _execute, _delete, _roll_back, _resolve, _shortcuts, _physical_name
    from ministack import app
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import custom_resource, handlers, provisioners, stacks

    from . import quotas
    for action in ("DescribeStackResource", "DescribeStackResources"):
        handlers._ACTION_HANDLERS[action] = _described(handlers._ACTION_HANDLERS[action])
    _invoke, custom_resource.invoke_custom_resource = custom_resource.invoke_custom_resource, _invoked
    _deliver, custom_resource.deliver_response = custom_resource.deliver_response, _delivered
    custom_resource.register_token = _register
    _execute, lambda_svc._execute_function_with_config_scope = lambda_svc._execute_function_with_config_scope, _asynchronously
    _shortcuts, app._handle_post_body_shortcuts = app._handle_post_body_shortcuts, _checked_size
    _delete, stacks._delete_resource = stacks._delete_resource, _deleted
    _roll_back, stacks._roll_back_operation = stacks._roll_back_operation, _rolled_back
    _resolve, stacks._resolve_dynamic_references = stacks._resolve_dynamic_references, _without_secrets
    _physical_name, provisioners._physical_name = provisioners._physical_name, _name_in_region
    control.route("GET", "/custom-resources", lambda query, body: list(_pending.values()))
    control.route("POST", "/custom-resources/fail-elsewhere", _cancel)
    control.on_reset(_reset)
    quotas.install()
