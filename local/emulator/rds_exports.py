"""Export tasks: what they are at any moment of the emulated clock, what StartExportTask refuses, and how they are listed.

Nothing runs in the background. A task changes with the clock and with the world (its role, bucket and key), and the world changes by
calls: so all open tasks are brought up to date before every request (`settle`, called by __main__), and whoever looks sees the truth.
"""
import datetime
import re

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterNotFoundError, DBClusterSnapshotNotFoundError, InvalidParameterValue, RDSClientError
from moto.rds.models import rds_backends

from . import clock, control, export_files, export_rights, faults, peaks, rds_limits, rds_progress, settings

_STARTING_PART = 0.25  # the snapshot is restored or the cluster cloned before anything is written
_IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*")
_open: list["Task"] = []


class Task:
    """One export. `state` is only changed by `_go_on`, at the moment in which it happened."""

    def __init__(self, backend, params, source, key_arn):
        self.account, self.region = backend.account_id, backend.region_name
        self.name, self.source_arn, self.source = params["ExportTaskIdentifier"], params["SourceArn"], source
        self.source_type = "CLUSTER" if _kind(self.source_arn) == "cluster" else "SNAPSHOT"
        self.bucket, self.role_arn, self.key_arn = params["S3BucketName"], params["IamRoleArn"], key_arn
        self.prefix, self.export_only = export_rights.clean_prefix(params.get("S3Prefix") or ""), params.get("ExportOnly") or []
        self.folder = "/".join(part for part in (self.prefix.strip("/"), self.name) if part)
        self.state, self.percent, self.cause, self.started, self.ended = "STARTING", 0, None, None, None
        self.tables, self.general, self.written = {}, [], []
        now, seconds = clock.now(), settings.get("exportSeconds")
        self.begins, self.ends = now + seconds * _STARTING_PART, now + seconds
        self.visible_from, self.canceled_at = now + settings.get("exportVisibilitySeconds"), None
        self.fault = faults.ending_of(self.source_arn, "StartExportTask", self.name)

    def bring_up_to(self, now):
        if self.state == "CANCELING" and now >= self.canceled_at:
            self._end("CANCELED", self.canceled_at)
        if self.state == "STARTING" and now >= self.begins:
            self._begin()
        if self.state == "IN_PROGRESS":
            try:
                self._write(now)
            except export_files.Bucket as error:
                self._fail(str(error), now)

    def cancel(self):
        self.state, self.canceled_at = "CANCELING", clock.now() + settings.get("cancelSeconds")

    def is_listed(self):
        """A new task is not told at once, and nobody knows for how long a finished one is."""
        listed = settings.get("exportListedSeconds")
        return clock.now() >= self.visible_from and (listed is None or self.ended is None or clock.now() < self.ended + listed)

    def facts(self):
        """With the names of the RDS API; a time is absent until it is known, that of a cluster's data until its clone is made."""
        data = self.source.created if self.source_type == "SNAPSHOT" else _time(self.started)
        told = {"ExportTaskIdentifier": self.name, "SourceArn": self.source_arn, "SourceType": self.source_type, "S3Bucket": self.bucket,
                "S3Prefix": self.prefix, "IamRoleArn": self.role_arn, "KmsKeyId": self.key_arn, "Status": self.state,
                "PercentProgress": self.percent, "TotalExtractedDataInGB": len(self.written), "ExportOnly": self.export_only or None,
                "SnapshotTime": data, "TaskStartTime": _time(self.started), "TaskEndTime": _time(self.ended), "FailureCause": self.cause,
                "WarningMessage": export_files.warning_message(self.tables, self.general) if self.state == "COMPLETE" else None}
        return {name: value for name, value in told.items() if value is not None}

    def _begin(self):
        """The source is copied as it is at this moment; a snapshot may be deleted from the beginning."""
        gone = self.source_type == "CLUSTER" and self.source is not rds_backends[self.account][self.region].clusters.get(_name(self.source_arn))
        if gone:
            return self._fail(f"Failed to find or access the source DB cluster: {_name(self.source_arn)}", self.begins)
        if cause := export_rights.failure_cause(self):
            return self._fail(cause, self.begins)
        cluster = self.source if self.source_type == "CLUSTER" else self.source.cluster
        self.tables, self.general = export_files.content(cluster, self.export_only)
        self.state, self.started = "IN_PROGRESS", self.begins

    def _write(self, now):
        """What has been exported by now is in the bucket; what an interrupted export has written stays there."""
        seconds = self.ends - self.begins
        percent = int(100 * (now - self.begins) / seconds) if seconds and now < self.ends else 100
        fails = self.fault is not None and percent >= self.fault["percent"]
        self.percent = self.fault["percent"] if fails else percent
        if not fails and (cause := export_rights.failure_cause(self)):
            return self._fail(cause, min(now, self.ends))
        wanted = [name for name, skipped in self.tables.items() if not skipped]
        for name in wanted[len(self.written):len(wanted) * self.percent // 100]:
            export_files.write_table(self, name)
            self.written.append(name)
        if fails:
            self._fail(self.fault["message"], self.begins + seconds * self.percent / 100)
        elif percent == 100:
            self._end("COMPLETE", self.ends)
            export_files.write_summary(self, self.facts())

    def _fail(self, cause, when):
        self.cause = cause
        self._end("FAILED", when)

    def _end(self, state, when):
        self.state, self.ended = state, when


def settle() -> None:
    """Every open task as it is now."""
    from . import rds
    if _open:
        with rds._lock:
            for task in list(_open):
                task.bring_up_to(clock.now())
                if task.ended is not None:
                    _open.remove(task)


def start(backend, params) -> ActionResult:
    name, source_arn = params["ExportTaskIdentifier"], params["SourceArn"]
    if not _IDENTIFIER.fullmatch(name) or len(name) > 60:
        raise InvalidParameterValue("The export task identifier must begin with a letter, contain only letters, digits and single hyphens, not "
                                    "end with a hyphen, and have no more than 60 characters.")
    if name in backend.export_tasks:  # also of a task that is finished, or no longer listed: an identifier is used once
        raise RDSClientError("ExportTaskAlreadyExists", f"An export task with the identifier {name} already exists.")
    source = _source(backend, source_arn)
    if source.status != "available":
        raise _bad_state(f"The export source {source_arn} isn't available (is in state: {source.status}).")
    _check_export_only(params.get("ExportOnly") or [], source if _kind(source_arn) == "cluster" else source.cluster)
    export_rights.may_use_role(params["IamRoleArn"], source_arn, backend)
    export_rights.may_use_bucket(params["S3BucketName"], backend.region_name)
    key_arn = export_rights.usable_key(params["KmsKeyId"], backend)
    rds_limits.readable(source)
    running = [task for task in _open if (task.account, task.region) == (backend.account_id, backend.region_name)]
    if any(task.source_arn == source_arn for task in running):
        raise _bad_state(f"Another export of {source_arn} is in progress.")
    if len(running) >= settings.get("exportLimit"):
        raise RDSClientError(settings.get("exportLimitCode"), f"You can't have more than {settings.get('exportLimit')} export tasks in progress.")
    task = Task(backend, params, source, key_arn)
    backend.export_tasks[name] = task
    _open.append(task)
    peaks.saw("exports", task.account, task.region, len(running) + 1)
    return ActionResult(task.facts())


def describe(backend, params) -> ActionResult:
    settle()
    found = [task.facts() for task in backend.export_tasks.values() if task.is_listed()]
    if name := params.get("ExportTaskIdentifier"):
        found = [task for task in found if task["ExportTaskIdentifier"] == name]
        if not found:
            raise _not_found(name)
    wanted = {"SourceArn": [params["SourceArn"]]} if params.get("SourceArn") else {}
    if params.get("SourceType"):
        wanted["SourceType"] = [params["SourceType"]]
    found = [task for task in found if all(task[field] in values for field, values in wanted.items())]
    for given in params.get("Filters") or []:
        found = [task for task in found if _filtered(task, given["Name"]) in given["Values"]]
    records, marker = rds_limits.page(found, params)
    return ActionResult({"ExportTasks": records, "Marker": marker})


def cancel(backend, params) -> ActionResult:
    settle()
    task = backend.export_tasks.get(params["ExportTaskIdentifier"])
    if task is None or not task.is_listed():
        raise _not_found(params["ExportTaskIdentifier"])
    if task.state not in ("STARTING", "IN_PROGRESS"):
        raise RDSClientError("InvalidExportTaskStateFault", f"You can't cancel the export task {task.name}: it is {task.state}.")
    task.cancel()
    return ActionResult(task.facts())


def everywhere(_query=None, _body=None) -> list[dict]:
    """All tasks of all accounts and Regions, listed or not."""
    return [{key: export_files._iso(value) if isinstance(value, datetime.datetime) else value
             for key, value in {**task.facts(), "account": task.account, "region": task.region}.items()}
            for backend in rds_progress._backends() for task in backend.export_tasks.values()]


def _source(backend, arn):
    """The snapshot or cluster of this account and Region: one that is shared, or elsewhere, is copied first."""
    *_, region, account, kind, name = arn.split(":", 6) if arn.count(":") >= 6 else ("", "", "", arn)
    here = (region, account) == (backend.region_name, backend.account_id)
    if kind == "cluster":
        if not here or name not in backend.clusters:
            raise DBClusterNotFoundError(name)
        return backend.clusters[name]
    if kind == "cluster-snapshot":
        snapshot = backend.cluster_snapshots.get(name) if here else None
        if snapshot is None or not rds_progress.is_visible(snapshot):
            raise DBClusterSnapshotNotFoundError(name)
        return snapshot
    if kind == "snapshot":
        raise RDSClientError("DBSnapshotNotFound", f"DBSnapshot {name} not found.")
    raise InvalidParameterValue(f"Invalid source ARN: {arn}")


def _check_export_only(wanted, cluster):
    """PostgreSQL: database, database.schema or database.schema.table; MySQL: database or database.table."""
    longest = 3 if "postgres" in cluster.engine else 2
    for name in wanted:
        if not re.fullmatch(r"[A-Za-z0-9$_]+(\.[A-Za-z0-9$_]+){0,%d}" % (longest - 1), name):
            raise RDSClientError("InvalidExportOnly", f"The export is invalid for exporting from an Amazon RDS DB snapshot: {name}")


def _filtered(task, name):
    fields = {"export-task-identifier": "ExportTaskIdentifier", "s3-bucket": "S3Bucket", "source-arn": "SourceArn", "status": "Status"}
    if name not in fields:
        raise InvalidParameterValue(f"Unrecognized filter name: {name}")
    return task["Status"].lower() if name == "status" else task[fields[name]]


def _bad_state(message):
    return RDSClientError("InvalidExportSourceState", message)


def _not_found(name):
    return RDSClientError("ExportTaskNotFound", f"An export task with the identifier {name} can't be found.")


def _kind(arn):
    return arn.split(":", 6)[5]


def _name(arn):
    return arn.split(":", 6)[6]


def _time(seconds):
    return seconds and datetime.datetime.fromtimestamp(round(seconds, 3), datetime.timezone.utc).replace(tzinfo=None)


def install() -> None:
    control.route("GET", "/export-tasks", everywhere)
    control.on_reset(_open.clear)
    export_files.install()
