"""What is under way at this moment: executions that are not asleep, functions that run, deliveries.

To play months in minutes the clock may only jump to the next moment when nothing is left to do at this one (`control.play`). So whatever
works in the background is a Thread of this module, counted from its start to its end, except while it sleeps on the clock or waits for
threads that it started. A count is always handed over, never dropped and taken up again: there is no gap through which the clock could slip.
"""
import concurrent.futures
import contextvars
import threading
import time

lock = threading.RLock()
_changed = threading.Condition(lock)
_busy: set["Thread"] = set()
_others = []
_moved = time.monotonic()  # when anything last began, went to sleep, woke or ended
_PATIENCE = 60
_mine = threading.local()


class Stuck(ValueError):
    """Something waits for what does not come, such as a function for real time."""


def _notify():
    global _moved
    _moved = time.monotonic()
    _changed.notify_all()


class Thread(threading.Thread):
    """As Python's, in the context of whoever starts it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._ours, self._over, self._heir = contextvars.copy_context(), False, None

    def start(self):
        with _changed:
            _busy.add(self)
            _notify()
        super().start()

    def run(self):
        _mine.thread = self
        try:
            self._ours.run(super().run)
        finally:
            with _changed:
                self._over = True
                _busy.discard(self)
                go_on(self._heir)
                _notify()

    def join(self, timeout=None):
        with _changed:
            if timeout is None and not self._over:
                self._heir = counted()
                rest(self._heir)
        super().join(timeout)


class Threading:
    """Stands in for the module `threading` in a service whose threads count."""
    Thread = Thread

    def __getattr__(self, name):
        return getattr(threading, name)


def counted() -> Thread | None:
    """The current thread, if it counts; others may sleep as they like."""
    thread = getattr(_mine, "thread", None)
    return thread if thread in _busy else None


def rest(thread: Thread | None) -> None:
    with _changed:
        _busy.discard(thread)
        _notify()


def go_on(thread: Thread | None) -> None:
    """Called by whoever wakes the thread, before it wakes."""
    if thread is not None:
        with _changed:
            _busy.add(thread)
            _notify()


def in_parallel(calls, workers: int) -> None:
    """All of them, at most so many at once, each in a context of its own; returns when all have ended."""
    waiting = iter([(contextvars.copy_context(), call) for call in calls])

    def work():
        while True:
            with lock:
                context, call = next(waiting, (None, None))
            if call is None:
                return
            context.run(call)

    threads = [Thread(target=work, daemon=True) for _ in range(min(workers, len(calls)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Pool(concurrent.futures.ThreadPoolExecutor):
    """Where it is used by `with`, everything is submitted and then waited for, so it can be work that counts."""

    def __enter__(self):
        return _Submitted(self._max_workers)

    def __exit__(self, *_):
        self.shutdown()


class _Submitted(list):
    def __init__(self, workers):
        super().__init__()
        self._workers = workers

    def submit(self, fn, *args):
        self.append(lambda: fn(*args))
        return self

    def wait(self):
        in_parallel(self, self._workers)


def wait(submitted: list[_Submitted]) -> None:
    if submitted:
        submitted[0].wait()


def also(describe) -> None:
    """Work that is no thread yet, such as a message that nobody has fetched; `describe()` says what it is, or None."""
    _others.append(describe)


def left() -> list[str]:
    with _changed:
        return [*(thread.name for thread in _busy), *(what for describe in _others if (what := describe()))]


def wait_until_done(until: float) -> list[str]:
    """What is still under way at this real moment (`time.monotonic()`); usually nothing."""
    with _changed:
        while (doing := left()) and time.monotonic() < until:
            _changed.wait(0.002 if not _busy else 0.05)
    if doing and time.monotonic() > _moved + _PATIENCE:
        raise Stuck(f"nothing has gone on for {_PATIENCE} real seconds: {', '.join(sorted(set(doing)))}")
    return doing
