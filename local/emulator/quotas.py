"""Sizes that AWS refuses and MiniStack does not: resources per template, policies per role, environment, state machine data."""
import json

from . import executions

_LAMBDA_ENVIRONMENT, _INLINE, _MANAGED, _MANAGED_PER_ROLE, _RESOURCES = 4096, 10_240, 6_144, 10, 500
_parse = _provision = _update = _invoke = None


def _size(document) -> int:
    """IAM does not count white space."""
    return len(json.dumps(json.loads(document) if isinstance(document, str) else document, separators=(",", ":")))


def _parsed(body):
    template = _parse(body)
    if (count := len(template.get("Resources") or {})) > _RESOURCES:
        raise ValueError(f"Template format error: Number of resources, {count}, is greater than maximum allowed, {_RESOURCES}")
    return template


def _may(rtype, props):
    if rtype == "AWS::Lambda::Function":
        variables = (props.get("Environment") or {}).get("Variables") or {}
        if len(json.dumps(variables, separators=(",", ":")).encode()) > _LAMBDA_ENVIRONMENT:
            raise ValueError("Lambda was unable to configure your environment variables because the environment variables you have "
                             "provided exceeded the 4KB limit.")
    if rtype == "AWS::IAM::ManagedPolicy" and _size(props["PolicyDocument"]) > _MANAGED:
        raise ValueError(f"Cannot exceed quota for PolicySize: {_MANAGED}")


def _roles_fit(rtype):
    """Looked at afterwards: several resources add to one role."""
    from ministack.services import iam
    for name, role in iam._roles.items() if rtype.startswith("AWS::IAM::") else ():
        if sum(_size(document) for document in (role.get("InlinePolicies") or {}).values()) > _INLINE:
            raise ValueError(f"Maximum policy size of {_INLINE} bytes exceeded for role {name}")
        if len(role.get("AttachedPolicies") or ()) > _MANAGED_PER_ROLE:
            raise ValueError(f"Cannot exceed quota for PoliciesPerRole: {_MANAGED_PER_ROLE}")


def _provisioned(rtype, logical_id, props, stack_name):
    _may(rtype, props)
    result = _provision(rtype, logical_id, props, stack_name)
    _roles_fit(rtype)
    return result


def _updated(rtype, physical_id, old_props, new_props, *rest):
    _may(rtype, new_props)
    result = _update(rtype, physical_id, old_props, new_props, *rest)
    _roles_fit(rtype)
    return result


def _task(resource, given):
    """A task that would be given too much is never begun."""
    _fits(resource, given)
    result = _invoke(resource, given)
    _fits(resource, result)
    return result


def _fits(resource, data):
    from ministack.services.stepfunctions import _ExecutionError
    if executions.is_too_big(data):
        raise _ExecutionError("States.DataLimitExceeded", f"The state/task '{resource}' returned a result with a size exceeding the "
                              "maximum number of bytes service limit.")


def install() -> None:
    """These names were imported into the modules that use them, so they are replaced there."""
    global _parse, _provision, _update, _invoke
    from ministack.services import stepfunctions
    from ministack.services.cloudformation import changesets, engine, handlers, stacks
    _parse = engine._parse_template
    for module in (engine, handlers, changesets):
        module._parse_template = _parsed
    _provision, stacks._provision_resource = stacks._provision_resource, _provisioned
    _update, stacks._update_resource = stacks._update_resource, _updated
    _invoke, stepfunctions._invoke_resource = stepfunctions._invoke_resource, _task
