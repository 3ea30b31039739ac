"""What a test may change while the emulator runs (`POST /_local/settings`); `reset` brings the defaults back."""

DEFAULTS = {
    "snapshotSeconds": 60,        # a snapshot is `creating` for this long, on the emulated clock
    "copySeconds": 120,           # a copy is `copying` for this long
    "copiesKeepRunning": False,   # also when their source is no longer shared, or a key is taken from them
    "restoreSeconds": 60,         # a cluster that is restored or cloned is `creating` for this long
    "instanceSeconds": 30,        # and each of its instances then
    "firstBackupSeconds": 0,      # a cluster has no restorable time yet for this long after it is there
    "restorableLagSeconds": 300,  # the latest restorable time is this long ago
    "restoredVersion": "default",      # of a restored snapshot, if the request says none: the default of the Region, or "inherited"
    "restoredRetention": "inherited",  # likewise of any restore, or "one-day"; AWS's documents say both, of both
    "dailySnapshots": False,      # an automated snapshot of each cluster each day, which goes with the retention period
    "visibilitySeconds": 0,       # a new snapshot is neither listed nor found by its id for this long
    "shareVisibilitySeconds": 0,  # whom a snapshot is shared with does not know of it for this long
    "exportSeconds": 600,         # an export takes this long, the first quarter of it STARTING
    "exportLimit": 5,             # exports in progress per account and Region
    "exportLimitCode": "ExportTaskLimitReachedFault",  # what the next one is refused with: AWS's own code is not known
    "exportVisibilitySeconds": 0,  # a new export is neither listed nor found by its id for this long
    "exportListedSeconds": None,  # for how long a finished one is still told; None: always
    "cancelSeconds": 30,          # a canceled export is CANCELING for this long
    "passedToService": "export.rds.amazonaws.com",  # iam:PassedToService of an export's role: the sources contradict each other
    "executionVisibilitySeconds": 0,  # a new execution is neither listed nor described for this long: both are eventually consistent
    "manualSnapshotQuota": 100,   # per account and Region; `automated` and `awsbackup:` ones do not count
    "copyLimit": 5,               # copies in progress per account and destination Region
    "apiRequestsPerSecond": 0,    # to RDS, per account and Region, and as many at once; 0: no limit
    "pageSize": 100,              # never more records than this per page, so that paging shows with a handful
    "defaultEncryption": "sse-rds",  # of a cluster created without a key; "none" makes the clusters of before February 2026
}
values = dict(DEFAULTS)


def get(name: str):
    return values[name]


def change(new: dict) -> dict:
    for name, value in new.items():
        if name not in DEFAULTS or not isinstance(value, type(DEFAULTS[name])) and not isinstance(value, (int, float)):
            raise ValueError(f"no setting {name}={value!r}; there are {', '.join(DEFAULTS)}")
    values.update(new)
    return values


def reset() -> None:
    values.update(DEFAULTS)
