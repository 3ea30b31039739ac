"""AWS::Scheduler::Schedule of a stack: MiniStack's handlers forget the time zone and the dates, and do not notice a refusal."""
import json

from . import schedules

_PROPERTIES = ("Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone",
               "StartDate", "State", "Target")


def _told(answer):
    status, _, body = answer
    if status >= 400:
        raise ValueError(json.loads(body)["Message"])


def _body(props):
    given = {name: props[name] for name in _PROPERTIES if props.get(name) is not None}
    if wrong := schedules.problem(given):
        raise ValueError(wrong)
    return given


def _create(logical_id, props, stack_name):
    from ministack.services import scheduler
    from ministack.services.cloudformation import provisioners
    name = props.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=64)
    _told(scheduler._create_schedule(name, _body(props)))
    schedules.arm_all()
    return name, {"Arn": scheduler._schedule_arn(props.get("GroupName", "default"), name)}


def _update(physical_id, old_props, new_props, stack_name):
    from ministack.services import scheduler
    name, group = new_props.get("Name", physical_id), new_props.get("GroupName", "default")
    if (name, group) != (physical_id, old_props.get("GroupName", "default")):
        _told(scheduler._create_schedule(name, _body(new_props)))
        _delete(physical_id, old_props)
    else:
        _told(scheduler._update_schedule(physical_id, _body(new_props)))
    schedules.arm_all()
    return name, {"Arn": scheduler._schedule_arn(group, name)}


def _delete(physical_id, props):
    _theirs(physical_id, props)
    schedules.arm_all()


def install() -> None:
    global _theirs
    from ministack.services.cloudformation import provisioners
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Scheduler::Schedule"]
    _theirs = handlers["delete"]
    handlers.update(create=_create, update=_update, delete=_delete)
