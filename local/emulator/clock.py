"""One clock for everything that is emulated.

Snapshots take minutes and custom resources an hour, so tests run the world faster than the wall: emulated time moves `speed`
times as fast, from whatever moment it was last set. RDS, CloudFormation's time limits and the waits of Step Functions read it
here; Lambda workers read the same three numbers from a file (clock.cjs). Lambda's own time limit stays real: code takes as long as it takes.
"""
import contextvars
import datetime
import heapq
import itertools
import math
import os
import struct
import threading
import time

from . import work

_changed = threading.Condition(threading.RLock())
_waiting: list[tuple] = []
_numbers = itertools.count()
_real = _emulated = time.time()
_speed = 1.0
FILE = None
_resets = 0
_born = contextvars.ContextVar("local_aws_resets", default=0)


class Forgotten(BaseException):
    """Ends work of before the last reset. Not an Exception, so that neither a retry nor a rollback takes it for a failure."""


def begin() -> None:
    """A request begins: what it starts in the background belongs to the world as it is now."""
    _born.set(_resets)


def forget() -> None:
    """State machines and stack operations that wait, or will, are of a world that is no more; the next test may reuse their names."""
    global _resets
    with _changed:
        _resets += 1
        while _waiting:
            heapq.heappop(_waiting)[-1].wake()
        _changed.notify_all()


def _go_on() -> None:
    if _born.get() != _resets:
        raise Forgotten


def now() -> float:
    """Seconds since the epoch, emulated."""
    return _emulated + (time.time() - _real) * _speed


def utcnow() -> datetime.datetime:
    """The same as a naive UTC datetime, which is what moto keeps."""
    return datetime.datetime.fromtimestamp(now(), datetime.timezone.utc).replace(tzinfo=None)


class Time:
    """Stands in for the module `time` in a service that is to live on this clock."""
    time = staticmethod(now)

    def __getattr__(self, name):
        return getattr(time, name)


def iso() -> str:
    return utcnow().isoformat(timespec="milliseconds") + "Z"


def speed() -> float:
    return _speed


def set_speed(value: float) -> None:
    _anchor(now(), max(float(value), 0.0))


def jump_to(moment: float) -> None:
    """Whoever sleeps wakes up if its moment has come."""
    _anchor(max(moment, now()), _speed)


def set_to(moment: float) -> None:
    """Also back: a test that needs a certain day begins with it, in an empty world."""
    _anchor(moment, _speed)


def next_moment(alarms_only: bool = False) -> float:
    """When something is due next; infinite if nothing is."""
    with _changed:
        return min((until for until, _, due in _waiting if isinstance(due, Alarm) or not alarms_only), default=math.inf)


def sleep(seconds: float, go_on=lambda: None, sleeper=None) -> None:
    """Wait until the emulated clock has moved on by `seconds`, also when its speed changes meanwhile. `go_on` raises what ends it;
    `wake(sleeper)` lets it look at once."""
    with _changed:  # whoever ends it meanwhile either is seen here or finds a sleeper to wake
        _go_on()
        go_on()
        if seconds <= 0:
            return
        asleep = _Sleeper(now() + seconds, sleeper)
        asleep.lie_down()
    asleep.wait()
    _go_on()
    go_on()


def wake(sleeper) -> None:
    with _changed:
        found = [due for *_, due in _waiting if isinstance(due, _Sleeper) and due.name == sleeper]
        for due in found:
            _forget_about(due)
            due.wake()


def _forget_about(due):
    _waiting[:] = [entry for entry in _waiting if entry[-1] is not due]
    heapq.heapify(_waiting)


class _Sleeper:
    """A thread of its own lock: with one lock for all, every step of the clock would wake a thousand executions."""

    def __init__(self, until, name):
        self._until, self.name, self._thread, self._awake = until, name, work.counted(), threading.Event()

    def lie_down(self):
        _put(self._until, self)
        if not self._awake.is_set():
            work.rest(self._thread)

    def wait(self):
        self._awake.wait()

    def wake(self):
        work.go_on(self._thread)
        self._awake.set()


class Alarm:
    """Calls `fn` at that moment, in a thread and with the context of now. A jump of the clock halts at each alarm on its way."""

    def __init__(self, moment: float, fn):
        self._thread, self._born = work.Thread(target=self._run, args=(fn,), daemon=True, name=f"alarm for {fn.__qualname__}"), _resets
        _put(moment, self)

    def _run(self, fn):
        if self._born == _resets:
            fn()

    def wake(self):
        self._thread.start()

    def cancel(self):
        with _changed:
            _forget_about(self)


def _put(moment, due):
    with _changed:
        heapq.heappush(_waiting, (moment, next(_numbers), due))
        _changed.notify_all()
        _wake()


def _wake():
    while _waiting and _waiting[0][0] <= now():
        heapq.heappop(_waiting)[-1].wake()


def _tick():
    """While the clock runs by itself, somebody has to look at it."""
    with _changed:
        while True:
            _wake()
            _changed.wait(max(_waiting[0][0] - now(), 0) / _speed if _waiting and _speed else None)


def wait_for(event: threading.Event, seconds: float) -> bool:
    """`event.wait` whose limit is on the emulated clock. Polls: an event cannot be waited for together with a change of speed."""
    until = now() + seconds
    while now() < until:
        _go_on()
        if event.wait(min(0.2, (until - now()) / _speed) if _speed else 0.2):
            return True
    return event.is_set()


def _anchor(emulated: float, new_speed: float) -> None:
    global _real, _emulated, _speed
    with _changed:
        _real, _emulated, _speed = time.time(), emulated, new_speed
        if FILE is not None:
            os.pwrite(FILE, struct.pack("<ddd", _real * 1000, _emulated * 1000, _speed), 0)
        _wake()
        _changed.notify_all()


def _quietly(arguments) -> None:
    if not issubclass(arguments.exc_type, Forgotten):
        threading.__excepthook__(arguments)


def install(folder: str) -> None:
    """Called before any MiniStack service is loaded: they take these functions by name when they are imported."""
    threading.excepthook = _quietly
    threading.Thread(target=_tick, daemon=True, name="clock").start()
    global FILE
    import ministack.core.lambda_runtime as runtime
    import ministack.core.responses as responses
    import ministack.core.sigv4 as sigv4

    path = os.path.join(folder, "clock")
    FILE = os.open(path, os.O_RDWR | os.O_CREAT)
    _anchor(now(), _speed)
    os.environ["LOCAL_AWS_CLOCK"] = path

    # Every timestamp MiniStack reports (executions, functions, schedules) is on this clock ...
    real_iso, responses.now_iso = responses.now_iso, iso
    responses.now_epoch = now
    # Lambda code signs with emulated dates, the CDK CLI with real ones: neither is "too skewed" here.
    sigv4.request_time_failure = lambda *_, **__: None
    sigv4.presigned_request_is_expired = lambda *_, **__: False

    # Node workers load clock.cjs first. The deadline of an invocation, which the worker computes from Date, must stay real.
    preload = os.path.join(os.path.dirname(__file__), "clock.cjs")
    runtime._NODEJS_WORKER_SCRIPT = f"require({preload!r});\n" + runtime._NODEJS_WORKER_SCRIPT.replace(
        "_msDeadline = Date.now()", "_msDeadline = performance.now()").replace("_msDeadline - Date.now()", "_msDeadline - performance.now()")

    # ... but stack events: the CDK CLI, which lives in real time, shows those that are later than its own start.
    from ministack.services.cloudformation import changesets, handlers, stacks
    for module in (changesets, handlers, stacks):
        module.now_iso = real_iso

    import ministack.services.stepfunctions as stepfunctions
    stepfunctions.min = lambda *values: values[0] if values[1:] == (60,) else min(*values)  # AWS does not end a retry's wait after a minute
    stepfunctions._sleep_until = lambda timestamp: stepfunctions._scaled_sleep(
        datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp() - now())
