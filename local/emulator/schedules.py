"""EventBridge Scheduler on the emulated clock: fires what is due, each time once, at its time, also when the clock jumps over it.

MiniStack keeps the schedules; its own ticker looks every ten real seconds, knows no time zones, asks no role, tries nothing again and
has no dead-letter queue. Here each schedule has an alarm for its next moment, and whatever changes schedules sets the alarms anew.
"""
import contextvars
import json
import threading
import zlib

from . import clock, deliveries, schedule_delivery, schedule_times

_lock = threading.RLock()
_armed: dict[tuple, "_Armed"] = {}
_handle = None


class _Armed:
    """One schedule, from the moment it was made or changed."""

    def __init__(self, key, schedule):
        self.key, self.schedule, self.text, self.since, self.alarm = key, schedule, _text(schedule), clock.now(), None
        # A rate without a start begins at once; what is due this very moment by the calendar was due before there was a schedule.
        self.arm(after=self.since - 1 if schedule["ScheduleExpression"].startswith("rate") else self.since)

    def arm(self, after):
        """For the next moment later than that, if there is one."""
        self.moment = self._next(after) if self.schedule["State"] == "ENABLED" else None
        if self.moment is not None:
            self.alarm = clock.Alarm(self.moment + self._delay(), self._ring)

    def disarm(self):
        if self.alarm is not None:
            self.alarm.cancel()

    def _next(self, after):
        from ministack.services import scheduler
        expression, start, end = (self.schedule.get(name) for name in ("ScheduleExpression", "StartDate", "EndDate"))
        moment = schedule_times.next_time(expression, self.schedule.get("ScheduleExpressionTimezone") or "UTC", after,
                                          scheduler._to_epoch(start), self.since)
        ends = scheduler._to_epoch(end)
        return None if ends and moment and moment > ends and not schedule_times.happens_once(expression) else moment

    def _delay(self):
        """Somewhere in the flexible window: always the same for the same moment."""
        minutes = int((self.schedule.get("FlexibleTimeWindow") or {}).get("MaximumWindowInMinutes") or 0)
        return zlib.crc32(f"{self.schedule['Arn']} {self.moment}".encode()) % (minutes * 60) if minutes else 0

    def _ring(self):
        from ministack.core.responses import set_request_account_id, set_request_region
        from ministack.services import scheduler
        account, region, _ = self.key
        set_request_account_id(account)
        set_request_region(region)
        with _lock:
            if _armed.get(self.key) is not self:
                return
            moment = self.moment
            self.arm(after=moment)
            if self.moment is None and self.schedule.get("ActionAfterCompletion") == "DELETE":
                scheduler._schedules._data.pop(self.key, None)
                _armed.pop(self.key)
        schedule_delivery.deliver(dict(self.schedule), moment)


def _text(schedule):
    names = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "State", "FlexibleTimeWindow", "ActionAfterCompletion")
    return json.dumps([schedule.get(name) for name in names], default=str)


def arm_all() -> None:
    """Schedules may have been made, changed or deleted. An alarm has a context of its own: not that of the request which made the schedule."""
    from ministack.services import scheduler
    schedules = scheduler._schedules._data
    with _lock:
        for key, armed in list(_armed.items()):
            if schedules.get(key) is None or _text(schedules[key]) != armed.text:
                _armed.pop(key).disarm()
        for key, schedule in list(schedules.items()):
            if key in _armed:
                _armed[key].schedule = schedule  # its target may be another one
            else:
                contextvars.Context().run(_arm, key, schedule)


def _arm(key, schedule):
    clock.begin()
    _armed[key] = _Armed(key, schedule)


async def _handled(method, path, headers, body, query_params):
    """MiniStack takes any expression, and would be silent about it for ever."""
    from ministack.services import scheduler
    if method in ("POST", "PUT") and path.startswith("/schedules/"):
        given = json.loads(body or b"{}")
        if wrong := problem(given):
            return scheduler._error(400, "ValidationException", wrong)
    answer = await _handle(method, path, headers, body, query_params)
    if method != "GET":
        arm_all()
    return answer


def problem(given: dict) -> str | None:
    """Why AWS does not take a schedule: its expression, or a role that Scheduler may not assume."""
    target = given.get("Target") or {}
    wrong = schedule_times.problem(given.get("ScheduleExpression") or "", given.get("ScheduleExpressionTimezone") or "UTC")
    return wrong or (None if deliveries.may_assume("scheduler.amazonaws.com", target.get("RoleArn") or "") else
                     "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")


def install() -> None:
    global _handle
    from ministack.services import scheduler

    from . import cfn_schedules, control
    scheduler.start_scheduler = lambda: None  # its ticker
    scheduler._now = clock.now
    _handle, scheduler.handle_request = scheduler.handle_request, _handled
    control.on_reset(_armed.clear)
    cfn_schedules.install()
