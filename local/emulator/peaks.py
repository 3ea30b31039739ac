"""How many copies and exports were ever in progress at once, per account and destination Region: limits that were never passed."""
from . import control

_peaks: dict[tuple, dict] = {}


def saw(what: str, account: str, region: str, count: int) -> None:
    peak = _peaks.setdefault((account, region), {"account": account, "region": region, "copies": 0, "exports": 0})
    peak[what] = max(peak[what], count)


def install() -> None:
    control.route("GET", "/peaks", lambda query, body: list(_peaks.values()))
    control.on_reset(_peaks.clear)
