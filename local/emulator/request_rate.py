"""RDS answers only so many requests per second, per account and Region, when `apiRequestsPerSecond` is set: the real number is not published.

A bucket of as many tokens that fills on the emulated clock, so it is the emulated callers' pace that counts, not this machine's.
"""
from . import clock, control, settings

_buckets: dict[tuple, tuple] = {}


def is_exceeded_by(call: dict) -> bool:
    limit = settings.get("apiRequestsPerSecond")
    if not limit or call["service"] != "rds":
        return False
    key, now = (call["account"], call["region"]), clock.now()
    left, since = _buckets.get(key, (limit, now))
    left = min(limit, left + max(now - since, 0) * limit)
    exceeded = left < 1
    _buckets[key] = (left if exceeded else left - 1, now)
    return exceeded


def install() -> None:
    control.on_reset(_buckets.clear)
