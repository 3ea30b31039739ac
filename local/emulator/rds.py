"""RDS: moto's, in this process, told honestly.

Requests that reach MiniStack's RDS handler go to moto's RDS response class, subclassed here: what a call does is moto's; when it is
done (rds_progress) and whether AWS would have allowed it (rds_limits) is ours. Parameter and subnet groups stay MiniStack's,
because they hang on its VPCs.
"""
import functools
import threading
from urllib.parse import parse_qsl, urlencode

import botocore.session
import botocore.parsers
import botocore.serialize
from moto.core.utils import get_service_model
from moto.core.request import Request
from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterSnapshotNotFoundError, RDSClientError
from moto.rds.models import rds_backends
from moto.rds.responses import RDSResponse

from . import rds_automated as automated
from . import rds_backups as backups
from . import rds_clusters as clusters
from . import rds_copies as copies
from . import rds_exports as exports
from . import rds_limits as limits
from . import rds_progress as progress
from . import rds_restore as restore
from . import rds_secrets as master_secrets
from .rds_sharing import find_source, share, visible

_lock = threading.RLock()
_theirs = _their_reset = None
_model = botocore.session.get_session().get_service_model("rds")
# Where the two worlds are divided: by a word in the action, or in the ARN for the tagging actions.
_MINISTACK_ACTIONS = ("ParameterGroup", "SubnetGroup", "DBParameters", "ClusterParameters", "EngineVersions", "OptionGroup", "Orderable", "DBProxy")
_MINISTACK_ARNS = (":subgrp:", ":pg:", ":cluster-pg:", ":og:", ":db-proxy:")


class Rds(RDSResponse):
    """Each method: may it, moto does it, then how long it takes."""

    def create_db_cluster(self):
        limits.may_create_cluster(self.backend, self.params)
        result = super().create_db_cluster()
        clusters.created(self.backend.clusters[self.params["DBClusterIdentifier"]], self.params)
        return result

    def delete_db_cluster(self):
        limits.may_delete_cluster(self.backend, self.params)
        final = self.params.get("FinalDBSnapshotIdentifier")
        result = super().delete_db_cluster()
        if final:
            progress.snapshot_started(self.backend.cluster_snapshots[final])
        backups.cluster_deleted(self.backend, result._result["DBCluster"], keep=self.params.get("DeleteAutomatedBackups") is False)
        return result

    def modify_db_cluster(self):
        with clusters.may_modify(self.backend, self.params):
            return super().modify_db_cluster()

    def create_db_instance(self):
        clusters.may_create_instance(self.backend, self.params)
        result = super().create_db_instance()
        clusters.instance_created(result._result["DBInstance"])
        return result

    def describe_db_clusters(self):
        if theirs := clusters.shared(self.backend, self.params.get("DBClusterIdentifier")):
            return ActionResult({"DBClusters": [theirs]})
        return self._page(super().describe_db_clusters(), "DBClusters")

    def create_db_cluster_snapshot(self):
        limits.may_create_snapshot(self.backend, self.params)
        result = super().create_db_cluster_snapshot()
        progress.snapshot_started(result._result["DBClusterSnapshot"])
        return result

    def copy_db_cluster_snapshot(self):
        source = find_source(self.backend, self.params["SourceDBClusterSnapshotIdentifier"])
        key = limits.may_copy_snapshot(self.backend, self.params, source)
        given = self.params.get("Tags") or []
        result = super().copy_db_cluster_snapshot()
        copies.started(result._result["DBClusterSnapshot"], source)
        progress.copy_started(result._result["DBClusterSnapshot"], source, key,
                              tags=given or (source.tags if self.params.get("CopyTags") and source.account_id == self.backend.account_id else []))
        return result

    def delete_db_cluster_snapshot(self):
        snapshot = visible(self.backend, self.params["DBClusterSnapshotIdentifier"])
        limits.may_delete_snapshot(snapshot)
        progress.snapshot_deleted(snapshot)
        return super().delete_db_cluster_snapshot()

    def describe_db_cluster_snapshots(self):
        """moto lacks IncludeShared, DbClusterResourceId and the rule that a named snapshot must exist; so the list is made here."""
        named = self.params.get("DBClusterSnapshotIdentifier")
        limits.may_describe_snapshots(self.params)
        found = progress.list_snapshots(self.backend, self.params)
        if named and not found:
            raise DBClusterSnapshotNotFoundError(named)
        return self._page(ActionResult({"DBClusterSnapshots": found}), "DBClusterSnapshots")

    def describe_db_cluster_snapshot_attributes(self):
        return _attributes(visible(self.backend, self.params["DBClusterSnapshotIdentifier"]))

    def modify_db_cluster_snapshot_attribute(self):
        snapshot = visible(self.backend, self.params["DBClusterSnapshotIdentifier"])
        share(snapshot, limits.may_share(snapshot, self.params))
        return _attributes(snapshot)

    def restore_db_cluster_from_snapshot(self):
        return restore.from_snapshot(self.backend, self.params)

    def restore_db_cluster_to_point_in_time(self):
        return restore.to_point_in_time(self.backend, self.params)

    def describe_db_cluster_automated_backups(self):
        return self._page(ActionResult({"DBClusterAutomatedBackups": backups.describe(self.backend, self.params)}), "DBClusterAutomatedBackups")

    def delete_db_cluster_automated_backup(self):
        return backups.delete(self.backend, self.params)

    def start_export_task(self):
        return exports.start(self.backend, self.params)

    def describe_export_tasks(self):
        return exports.describe(self.backend, self.params)

    def cancel_export_task(self):
        return exports.cancel(self.backend, self.params)

    def add_tags_to_resource(self):
        limits.may_tag(self.backend, self.params)
        return super().add_tags_to_resource()

    def remove_tags_from_resource(self):
        limits.may_tag(self.backend, self.params)
        return super().remove_tags_from_resource()

    def list_tags_for_resource(self):
        limits.may_tag(self.backend, self.params)
        return super().list_tags_for_resource()

    def _page(self, result, key):
        records, result._result["Marker"] = limits.page(result._result[key], self.params)
        result._result[key] = records
        return result


def _attributes(snapshot):
    return ActionResult({"DBClusterSnapshotAttributesResult": {
        "DBClusterSnapshotIdentifier": snapshot.resource_id,
        "DBClusterSnapshotAttributes": [{"AttributeName": name, "AttributeValues": values} for name, values in snapshot.attributes.items()]}})


def _get_snapshot(self, identifier, resource_type, not_found_exception):
    return find_source(self, identifier)


def dispatch(body: str, account: str, region: str):
    """One signed-in call, in RDS's query protocol: (status, headers, XML)."""
    suffix = ".cn" if region.startswith("cn-") else ""
    request = Request.from_primitives("POST", f"http://rds.{region}.amazonaws.com{suffix}/", {
        "Content-Type": "application/x-www-form-urlencoded", "x-moto-account-id": account}, body)
    with _lock:
        try:
            status, headers, xml = Rds.dispatch(request)
        except NotImplementedError as missing:
            return 400, {"Content-Type": "text/xml"}, (
                "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>"
                f"<Message>{missing} by the local AWS</Message></Error></ErrorResponse>").encode()
    return int(status), {"Content-Type": "text/xml"}, xml.encode() if isinstance(xml, str) else xml


class RdsError(Exception):
    """What `call` raises: RDS's wire code and message."""

    def __init__(self, code, message):
        super().__init__(f"{message} (Service: Rds, Code: {code})")
        self.code = code


def call(action: str, params: dict, account: str, region: str) -> dict:
    """For CloudFormation and tests inside this process: an RDS call with Python values, through the same door as everybody's."""
    operation = _model.operation_model(action)
    serialized = botocore.serialize.create_serializer("query").serialize_to_request(params, operation)
    status, headers, xml = dispatch(urlencode(serialized["body"]), account, region)
    answer = botocore.parsers.create_parser("query").parse({"status_code": status, "headers": headers, "body": xml}, operation.output_shape)
    if status >= 300:
        raise RdsError(answer["Error"]["Code"], answer["Error"]["Message"])
    return answer


def tags_of(arn: str) -> dict:
    """Tags by key of a cluster, snapshot or instance; empty when there is no such thing."""
    found = find(arn)
    return {tag["Key"]: tag["Value"] for tag in found.tags} if found else {}


def key_of(arn: str) -> str | None:
    """The ARN of the KMS key of a cluster or snapshot, if it has one."""
    return getattr(find(arn), "kms_key_id", None)


def source_of(call: dict):
    """The cluster, living or deleted, that a call restores to a point in time; None when it is nobody's to restore."""
    try:
        return restore.backup_named(rds_backends[call["account"]][call["region"]], call["parameters"]).cluster
    except RDSClientError:
        return None


def find(arn: str):
    """The cluster, snapshot or instance itself, whoever's it is."""
    try:
        *_, region, account, kind, name = arn.split(":", 6)
        return rds_backends[account][region]._find_resource(kind, name)
    except (ValueError, KeyError):
        return None


def _is_ministacks(form: dict) -> bool:
    return any(word in form.get("Action", "") for word in _MINISTACK_ACTIONS) or any(
        kind in form.get("ResourceName", "") for kind in _MINISTACK_ARNS)


async def handle_request(method, path, headers, body, query_params):
    from ministack.core.responses import get_account_id, get_region
    text = body.decode() if body else ""
    form = {**{k: v[0] for k, v in query_params.items()}, **dict(parse_qsl(text, keep_blank_values=True))}
    if _is_ministacks(form):
        return await _theirs(method, path, headers, body, query_params)
    return dispatch(text or urlencode(form), get_account_id(), get_region())


def _remembered(possible_keys):
    """By which names moto looks for a member of an answer depends on its class and shape only; finding out took a fourth of each answer."""
    known = {}

    def remembered(self, context):
        parent = getattr(context.shape, "parent", None)
        at = (type(context.obj), context.key, context.shape.name, parent and parent.name)
        if at not in known:
            known[at] = list(possible_keys(self, context))
        return known[at]
    return remembered


def reset() -> None:
    with _lock:
        for regions in rds_backends.values():
            regions.reset()
    _their_reset()


def install() -> None:
    global _theirs, _their_reset
    import ministack.services.rds as ministack_rds
    import xmltodict
    from moto.core.serialize import XFormedAttributePicker
    from moto.rds.models import RDSBackend
    get_service_model("rds")  # half a second, better now than in the first call
    XFormedAttributePicker.get_possible_keys = _remembered(XFormedAttributePicker.get_possible_keys)
    xmltodict._validate_name = functools.cache(xmltodict._validate_name)
    progress.install()
    clusters.install()
    automated.install()
    backups.install()
    exports.install()
    copies.install()
    restore.install()
    master_secrets.install()
    RDSBackend.get_snapshot = _get_snapshot  # moto looks in the caller's own account only
    RDSBackend._validate_kms_key = lambda self, key: limits.key_arn(key, self.account_id, self.region_name)  # keys live in MiniStack
    _theirs, ministack_rds.handle_request = ministack_rds.handle_request, handle_request
    _their_reset, ministack_rds.reset = ministack_rds.reset, reset
