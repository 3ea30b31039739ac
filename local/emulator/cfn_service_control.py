"""What CloudFormation does for somebody whom a service control policy forbids it: it acts with the caller's session, so it is refused, too.

MiniStack's CloudFormation asks nobody. Here it is asked for the parts of which an application's rights are made; what they are called is
known from the template or, for what exists, from its physical id.
"""
from . import calls, service_control


def _scope(service):
    from ministack.core.responses import get_account_id, get_region
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}"


def _role(name, path="/"):
    from ministack.core.responses import get_account_id
    from ministack.services import iam
    role = iam._roles.get(name)
    return role["Arn"] if role else f"arn:aws:iam::{get_account_id()}:role{path}{name}"


def _rule(name, bus):
    bus = bus.rpartition("/")[2]
    return f"{_scope('events')}:rule/{'' if bus == 'default' else bus + '/'}{name}"


# Each: the name in the template, the ARN of such a name (with the properties), and the actions that make, change and remove it.
_TYPES = {
    "AWS::Lambda::Function": ("FunctionName", lambda name, props: [f"{_scope('lambda')}:function:{name}"],
                              ("lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:DeleteFunction")),
    "AWS::Lambda::Permission": ("FunctionName", lambda name, props: [f"{_scope('lambda')}:function:{props['FunctionName'].rpartition(':')[2]}"],
                                ("lambda:AddPermission", "lambda:AddPermission", "lambda:RemovePermission")),
    "AWS::IAM::Role": ("RoleName", lambda name, props: [_role(name, props.get("Path") or "/")], ("iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole")),
    "AWS::IAM::Policy": ("PolicyName", lambda name, props: [_role(role) for role in props.get("Roles") or []],
                         ("iam:PutRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy")),
    "AWS::StepFunctions::StateMachine": (
        "StateMachineName", lambda name, props: [f"{_scope('states')}:stateMachine:{name.rpartition(':')[2]}"],
        ("states:CreateStateMachine", "states:UpdateStateMachine", "states:DeleteStateMachine")),
    "AWS::Events::Rule": ("Name", lambda name, props: [_rule(name, props.get("EventBusName") or "default")],
                          ("events:PutRule", "events:PutRule", "events:DeleteRule")),
    "AWS::Events::EventBus": ("Name", lambda name, props: [f"{_scope('events')}:event-bus/{name}"],
                              ("events:CreateEventBus", "events:UpdateEventBus", "events:DeleteEventBus")),
    "AWS::Events::EventBusPolicy": (
        "EventBusName", lambda name, props: [f"{_scope('events')}:event-bus/{(props.get('EventBusName') or 'default').rpartition('/')[2]}"],
        ("events:PutPermission", "events:PutPermission", "events:RemovePermission")),
    "AWS::Scheduler::Schedule": ("Name", lambda name, props: [f"{_scope('scheduler')}:schedule/{props.get('GroupName') or 'default'}/{name}"],
                                 ("scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule")),
    "AWS::KMS::Key": (None, lambda name, props: [f"{_scope('kms')}:key/{(name or '*').rpartition('/')[2]}"],
                      ("kms:CreateKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")),
}


def _check(action, resources):
    call = calls.current()
    for resource in resources:
        if refused := service_control.refusal(call["principal"] if call else None, action, resource):
            raise ValueError(refused)


def _watched(handlers, named, arns, actions):
    create, update, delete = handlers["create"], handlers.get("update"), handlers["delete"]

    def created(logical_id, props, stack_name):
        # A name that CloudFormation gives begins like this.
        _check(actions[0], arns(props.get(named) or f"{stack_name}-{logical_id}", props))
        return create(logical_id, props, stack_name)

    def updated(physical_id, old_props, new_props, *more):
        _check(actions[1], arns(physical_id, new_props))
        return update(physical_id, old_props, new_props, *more)

    def deleted(physical_id, props, *more):
        _check(actions[2], arns(physical_id, props))
        return delete(physical_id, props, *more)

    handlers.update(create=created, delete=deleted, **({"update": updated} if update else {}))


def install() -> None:
    """After those who replace the handlers themselves."""
    from ministack.services.cloudformation import provisioners
    for kind, about in _TYPES.items():
        _watched(provisioners._RESOURCE_HANDLERS[kind], *about)
