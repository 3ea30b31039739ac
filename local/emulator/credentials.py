"""Who calls: functions and state machines with their own role, everybody with a 12-digit access key as root of that account.

MiniStack does it for functions once AUTH is on (lambda_runtime.execution_credentials: an assumed-role session of the function's role,
named after the function). Its state machines call inside the process without asking IAM; what ours call (functions, event buses,
topics) is asked for and recorded here.
"""
import contextvars
import json
import os

from . import bus_policies, calls, control, deliveries, event_buses, faults, rights

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

# Of a fault in a state machine's own call.
_AS_STEP_FUNCTIONS_SAYS = {"lambda": "Lambda", "events": "EventBridge", "sns": "SNS"}
_machine = contextvars.ContextVar("local_aws_state_machine", default=None)
_execute_task = _call_lambda = _put_events = _publish = None


def _task(state_def, raw_input, execution, ctx):
    from ministack.services import stepfunctions
    # Children of a distributed map have a machine of their own name, `machine/label`, and their parent's role.
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"].partition("/")[0]) if execution else None
    token = _machine.set((machine["roleArn"], execution["name"]) if machine else None)
    try:
        return _execute_task(state_def, raw_input, execution, ctx)
    finally:
        _machine.reset(token)


def ask(role_arn, session, action, parameters, questions):
    """A call that never is a request, with the rights its role has at this moment. `questions`: (action, resource, condition keys, what
    a refusal is called). Returns the call and None, or (that name, or None for a fault; the code; the words)."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_region
    from ministack.services import iam
    account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    principal = f"arn:aws:sts::{account}:assumed-role/{role}/{session[:64]}"
    call = calls.record(account=account, region=get_region(), principal=principal, service=action.partition(":")[0], action=action,
                        parameters=parameters, path="", invalid=[])
    if (answer := faults.before(call, {})) is not None:
        calls.end(call, answer)
        return call, (None, call["code"], call["message"])
    limits = iam_evaluator._permissions_boundary(iam._roles, role, account)
    for asked, resource, keys, refusal in questions if app.AUTH else ():
        service = asked.partition(":")[0]
        context = iam_evaluator.EvalContext(principal, "AssumedRole", account, asked, resource, get_region(), secure_transport=True,
                                            service_context={key.lower(): value for key, value in keys.items()})
        with rights.asking():
            result = iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(role, account), *limits)
        if service != "lambda" and (found := iam_evaluator._resource_policy(service, resource)):
            result = iam_evaluator.combine_resource_policy(result, context, *found, required=service == "kms", limits=limits)
        allowed = result.decision == "Allow"
        calls.checked(call, {"action": asked, "resource": resource}, "allowed" if allowed else "denied")
        call["status"] = 200 if allowed else 403
        if not allowed:
            call["code"] = "AccessDeniedException"
            call["message"] = iam_actions.identity_denial_message(asked, principal, resource, result.decision == "Deny")
            return call, (refusal, call["code"], call["message"])
    return call, None


def _ask(action, parameters, questions):
    from ministack.services import stepfunctions
    _, refused = ask(*_machine.get(), action, parameters, questions)
    if refused:
        name, code, message = refused
        raise stepfunctions._ExecutionError(name or f"{_AS_STEP_FUNCTIONS_SAYS[action.partition(':')[0]]}.{code}", message)


def _invoke(function, event):
    from ministack.services import lambda_svc
    if _machine.get() is not None:
        _, config, _ = lambda_svc._get_func_record_for_ref(function)
        arn = (config or {}).get("FunctionArn", function)
        _ask("lambda:InvokeFunction", {"FunctionName": function, "Payload": event},
             [("lambda:InvokeFunction", arn, {}, "Lambda.AWSLambdaException")])
    return _call_lambda(function, event)


def _put(resource, given):
    if _machine.get() is not None:
        _ask("events:PutEvents", given, [
            ("events:PutEvents", event_buses.arn(entry.get("EventBusName")), bus_policies.conditions(entry), "EventBridge.EventBridgeException")
            for entry in given.get("Entries", [])])
    return _put_events(resource, given)


def _send(resource, given):
    """An encrypted topic's key is used with the publisher's rights; that of the default `alias/aws/sns` allows everybody."""
    if _machine.get() is not None:
        topic = given.get("TopicArn") or given.get("TargetArn") or "*"
        questions = [("sns:Publish", topic, {}, "SNS.AuthorizationErrorException")]
        if key := _key_of(topic):
            region = topic.split(":")[3]
            questions += [(action, key, {"kms:ViaService": f"sns.{region}.amazonaws.com"}, "SNS.KmsAccessDeniedException")
                          for action in ("kms:GenerateDataKey", "kms:Decrypt")]
        _ask("sns:Publish", given, questions)
    return _publish(resource, given)


def _key_of(topic_arn):
    from moto.rds.exceptions import KMSKeyNotAccessibleFault
    from ministack.services import sns

    from . import rds_limits
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"attributes": {}}
    key = topic["attributes"].get("KmsMasterKeyId")
    if not key or key.endswith("alias/aws/sns"):
        return None
    *_, region, account, _ = topic_arn.split(":", 5)
    try:
        return rds_limits.key_arn(key, account, region)
    except KMSKeyNotAccessibleFault:
        return key  # disabled or gone: nobody is allowed to use it


def _administrator(query, body):
    """A session of a role with AdministratorAccess, which is made if there is none of that name: somebody who is not the root."""
    from ministack.services import iam, sts
    account, role = body["account"], body["role"]
    if iam._roles.get_scoped(account, None, role) is None:
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}]}
        deliveries.elsewhere(account, "us-east-1", iam._create_role, {"RoleName": role, "AssumeRolePolicyDocument": json.dumps(trust)})
        deliveries.elsewhere(account, "us-east-1", iam._attach_role_policy, {"RoleName": role, "PolicyArn": _ADMINISTRATOR})
    key, secret, token = sts._gen_session_access_key(), sts._gen_secret(), sts._gen_session_token()
    sts.register_session(key, {"Arn": f"arn:aws:sts::{account}:assumed-role/{role}/session", "UserId": f"{role}:session", "SecretAccessKey": secret,
                               "SessionToken": token, "AccountId": account, "PrincipalType": "AssumedRole"})
    return {"accessKeyId": key, "secretAccessKey": secret, "sessionToken": token}


def install() -> None:
    """AUTH is read when MiniStack's app is imported; set for both cases, imported already or not."""
    global _execute_task, _call_lambda, _put_events, _publish
    os.environ["AUTH"] = "true"
    from ministack import app
    app.AUTH = True
    from ministack.services import stepfunctions
    _execute_task, stepfunctions._execute_task = stepfunctions._execute_task, _task
    _call_lambda, stepfunctions._call_lambda = stepfunctions._call_lambda, _invoke
    dispatch = stepfunctions._SERVICE_DISPATCH
    events, topic = "arn:aws:states:::events:putEvents", "arn:aws:states:::sns:publish"
    _put_events, dispatch[events] = dispatch[events], _put
    _publish, dispatch[topic] = dispatch[topic], _send
    control.route("POST", "/administrator", _administrator)
