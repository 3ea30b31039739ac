"""Copies in progress, which need until their end what they needed at their start: the source, its share, and both keys.

Nothing runs in the background: all copies are looked at before every request, because the world changes by requests.
"""
from moto.rds.exceptions import KMSKeyNotAccessibleFault

from . import calls, key_rights, rds_limits, rds_sharing, settings

_open: list[tuple] = []


def started(copy, source) -> None:
    _open.append((copy, source, calls.current()))


def settle() -> None:
    """That AWS fails a copy for each of these is not written down; with `copiesKeepRunning` only a deleted source does."""
    from . import rds
    if not _open:
        return
    with rds._lock:
        for entry in list(_open):
            copy, source, call = entry
            if copy.status == "copying" and not settings.get("copiesKeepRunning") and not _goes_on(copy, source, call):
                copy._fails_at = copy.percent_progress
            if copy.status != "copying":
                _open.remove(entry)


def _goes_on(copy, source, call) -> bool:
    return _usable(copy) and _usable(source) and (source.account_id == copy.account_id or _let_in(copy, source, call))


def _let_in(copy, source, call) -> bool:
    """By the owner of the source: the grantee's own policies were asked when the copy began."""
    return rds_sharing.is_shared_with(source, copy.account_id) and (
        call is None or all(key_rights.owner_allows(call, question) for question in key_rights.of_source(call, source.kms_key_id)))


def _usable(snapshot) -> bool:
    try:
        rds_limits.readable(snapshot)
        return True
    except KMSKeyNotAccessibleFault:
        return False


def install() -> None:
    from . import control
    control.on_reset(_open.clear)
