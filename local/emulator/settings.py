"""What a test may change while the emulator runs (`POST /_local/settings`); `reset` brings the defaults back."""

DEFAULTS = {
    "snapshotSeconds": 60,        # a snapshot is `creating` for this long, on the emulated clock
    "copySeconds": 120,           # a copy is `copying` for this long
    "visibilitySeconds": 0,       # a new snapshot is neither listed nor found by its id for this long
    "manualSnapshotQuota": 100,   # per account and Region; `automated` and `awsbackup:` ones do not count
    "copyLimit": 5,               # copies in progress per account and destination Region
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
