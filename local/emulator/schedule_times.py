"""When a schedule of EventBridge Scheduler is due: at, rate and cron in a time zone (domain.md §11.3).

Cron's fields are read and walked by MiniStack; here they are walked along the clock on the wall, which in spring leaves out an hour
(what falls into it is skipped) and in autumn shows one twice (what falls into it happens the first time only).
"""
import datetime
import re

from dateutil import tz  # with zones of its own where the machine has none

_UTC = datetime.timezone.utc
_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


def problem(expression: str, zone: str) -> str | None:
    """Why AWS would not take it."""
    if tz.gettz(zone) is None:
        return "Invalid Schedule Expression Timezone."
    rate = _RATE.fullmatch(expression)
    if rate and int(rate[1]) > 0 or _AT.fullmatch(expression) or _cron(expression) is not None:
        return None
    return f"Invalid Schedule Expression {expression}."


def happens_once(expression: str) -> bool:
    return _AT.fullmatch(expression) is not None


def next_time(expression: str, zone: str, after: float, start: float | None, since: float) -> float | None:
    """The first moment later than `after` and not before `start`. A rate counts from `start`, else from when the schedule was made, which
    is its first moment."""
    if at := _AT.fullmatch(expression):
        moment = _moment(datetime.datetime.fromisoformat(at[1]), zone)  # start and end are ignored
        return moment if moment is not None and moment > after else None
    if start is not None:
        after = max(after, start - 1)
    if rate := _RATE.fullmatch(expression):
        every = int(rate[1]) * {"minute": 60, "hour": 3600, "day": 86_400}[rate[2]]
        first = since if start is None else start
        return first + max(0, (after - first) // every + 1) * every
    return _next_of_cron(expression, zone, after)


def _next_of_cron(expression, zone, after):
    from ministack.services import eventbridge
    fields = _cron(expression)
    wall = datetime.datetime.fromtimestamp(after, tz.gettz(zone)).replace(tzinfo=_UTC, fold=0) - datetime.timedelta(hours=2)
    while (wall := eventbridge._cron_next_fire(fields, wall)) is not None:
        moment = _moment(wall, zone)
        if moment is not None and moment > after:
            return moment
    return None


def _moment(wall, zone):
    """Of a time on the wall; None if the wall never shows it."""
    local = wall.replace(tzinfo=tz.gettz(zone), fold=0)
    moment = local.timestamp()
    shown = datetime.datetime.fromtimestamp(moment, local.tzinfo)
    return moment if shown.replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _cron(expression):
    from ministack.services import eventbridge
    fields = eventbridge._parse_cron_fields(expression)
    # MiniStack takes a field that names nothing (`61`, `FRI-MON`) and would look for its moment for years.
    if fields is None or expression.count("?") != 1:
        return None
    minutes, hours, days, months, weekdays, years, *_ = fields
    named = (minutes <= set(range(60)), hours <= set(range(24)), days["days"] <= set(range(1, 32)), months <= set(range(1, 13)),
             weekdays["days"] <= set(range(1, 8)), minutes, hours, months, years is None or years)
    return fields if all(named) else None
