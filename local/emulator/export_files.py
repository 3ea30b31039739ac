"""What an export leaves in the bucket: small real Parquet files under the layout of the guide, and RDS's own two JSON files.

Which tables a cluster has is what a test seeded (`POST /_local/seed/tables`), else one or two by its engine.
"""
import io
import json
import uuid

from . import control

_seeded: dict[tuple, dict] = {}


class Bucket(Exception):
    """S3 refused an object."""


def seed(_query, body):
    """`tables`: [{name, skipped?}] with names like ExportOnly's: db.schema.table (PostgreSQL) or db.table (MySQL)."""
    _seeded[body["account"], body["region"], body["cluster"].lower()] = {
        "tables": {table["name"]: table.get("skipped") for table in body["tables"]}, "general": body.get("generalWarnings", [])}
    return {"tables": len(body["tables"])}


def content(cluster, export_only):
    """({table: None or why it is skipped}, general warnings) of an export of this cluster. Seeds are found by the cluster's name, so
    they may come before it or, for a snapshot, after."""
    found = _seeded.get((cluster.account_id, cluster.region, cluster.db_cluster_identifier))
    if found is None:
        database = cluster.database_name or ("postgres" if "postgres" in cluster.engine else "mydb")
        schema = f"{database}.public" if "postgres" in cluster.engine else database
        found = {"tables": {f"{schema}.customers": None, f"{schema}.orders": None}, "general": []}
    chosen = {name: why for name, why in found["tables"].items()
              if not export_only or any(f"{name}.".startswith(f"{wanted}.") for wanted in export_only)}
    return chosen, found["general"]


def warning_message(tables, general):
    """RDS's JSON, or None. Its outer form and `general` are from the guide; what an entry of skippedTables looks like nobody shows."""
    skipped = [{"target": name, "reason": why} for name, why in tables.items() if why]
    if not skipped and not general:
        return None
    return json.dumps({"skippedTables": skipped, "skippedObjectives": [], "general": [{"reason": why} for why in general]}, separators=(",", ":"))


def write_table(task, table):
    """`<db>/<schema.table>/<partition>/`; MySQL has no schemas: there its database stands in both places."""
    database, _, rest = table.partition(".")
    folder = f"{database}/{rest if '.' in rest else table}/1"
    _put(task, f"{folder}/part-00000-{uuid.uuid4()}-c000.gz.parquet", _parquet(table), "application/octet-stream")
    _put(task, f"{folder}/_SUCCESS", b"", "binary/octet-stream")


def write_summary(task, facts):
    """The two JSON files that RDS adds when all tables are there."""
    size = facts["TotalExtractedDataInGB"]
    info = {"exportTaskIdentifier": task.name, "sourceArn": task.source_arn, "exportOnly": task.export_only,
            "snapshotTime": _iso(facts["SnapshotTime"]), "taskStartTime": _iso(facts["TaskStartTime"]), "taskEndTime": _iso(facts["TaskEndTime"]),
            "s3Bucket": task.bucket, "s3Prefix": task.prefix, "exportedFilesPath": task.folder, "iamRoleArn": task.role_arn,
            "kmsKeyId": task.key_arn, "status": facts["Status"], "percentProgress": 100, "totalExportedDataInGB": float(size)}
    tables = [{"target": name, "status": "SKIPPED" if why else "COMPLETE", **({"warningMessage": why} if why else {"sizeGB": 1.0})}
              for name, why in task.tables.items()]
    _put(task, f"export_info_{task.name}.json", json.dumps(info).encode(), "application/json")
    _put(task, f"export_tables_info_{task.name}_from_1_to_{len(tables)}.json", json.dumps({"perTableStatus": tables}).encode(), "application/json")


def _parquet(table):
    """Two rows. RDS's `.gz.parquet` is Parquet with gzip inside, not the other way round."""
    import pyarrow
    import pyarrow.parquet
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "of": [table, table]}), sink, compression="gzip")
    return sink.getvalue()


def _put(task, name, body, kind):
    from ministack.core.responses import request_scope
    from ministack.services import s3

    from . import export_rights
    headers = {"content-type": kind, "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": task.key_arn}
    with request_scope(export_rights.bucket_owner(task.bucket), task.region):
        status, _, answer = s3._put_object(task.bucket, f"{task.folder}/{name}", body, headers)
    if status >= 300:
        raise Bucket(answer)


def _iso(time):
    return time and time.isoformat(timespec="milliseconds") + "Z"


def install() -> None:
    control.route("POST", "/seed/tables", seed)
    control.on_reset(_seeded.clear)
