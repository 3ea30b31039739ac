"""Who calls: functions and state machines with their own role, everybody with a 12-digit access key as root of that account.

MiniStack does it for functions once AUTH is on (lambda_runtime.execution_credentials: an assumed-role session of the function's role,
named after the function). Its state machines call inside the process without asking IAM; the one call ours make, invoking a function,
is asked for and recorded here.
"""
import contextvars
import os

from . import calls, rights

_machine = contextvars.ContextVar("local_aws_state_machine", default=None)
_execute_task = _call_lambda = None


def _task(state_def, raw_input, execution, ctx):
    from ministack.services import stepfunctions
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None
    token = _machine.set((machine["roleArn"], execution["name"]) if machine else None)
    try:
        return _execute_task(state_def, raw_input, execution, ctx)
    finally:
        _machine.reset(token)


def _invoke(function, event):
    """lambda:InvokeFunction with the rights of the state machine's role, at this moment."""
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_region
    from ministack.services import lambda_svc, stepfunctions
    if _machine.get() is None:
        return _call_lambda(function, event)
    role_arn, execution = _machine.get()
    account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    principal = f"arn:aws:sts::{account}:assumed-role/{role}/{execution[:64]}"
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    arn = (config or {}).get("FunctionArn", function)
    call = calls.record(account=account, region=get_region(), principal=principal, service="lambda", action="lambda:InvokeFunction",
                        parameters={"FunctionName": function, "Payload": event}, path="", invalid=[])
    policies = iam_evaluator._gather_role_policies(role, account)
    context = iam_evaluator.EvalContext(principal, "AssumedRole", account, call["action"], arn, get_region())
    with rights.asking():
        allowed = iam_evaluator.evaluate(context, policies).decision == "Allow"
    calls.checked(call, {"action": call["action"], "resource": arn}, "allowed" if allowed else "denied")
    call["status"] = 200 if allowed else 403
    if not allowed:
        call["code"] = "AccessDeniedException"
        call["message"] = iam_actions.identity_denial_message(call["action"], principal, arn, False)
        raise stepfunctions._ExecutionError("Lambda.AWSLambdaException", call["message"])
    return _call_lambda(function, event)


def install() -> None:
    """AUTH is read when MiniStack's app is imported; set for both cases, imported already or not."""
    global _execute_task, _call_lambda
    os.environ["AUTH"] = "true"
    from ministack import app
    app.AUTH = True
    from ministack.services import stepfunctions
    _execute_task, stepfunctions._execute_task = stepfunctions._execute_task, _task
    _call_lambda, stepfunctions._call_lambda = stepfunctions._call_lambda, _invoke
