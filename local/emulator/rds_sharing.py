"""What an account sees of another's snapshots: those that are shared with it in this Region, by their ARN and without their tags."""
from moto.rds.exceptions import DBClusterSnapshotNotFoundError
from moto.rds.models import rds_backends

from . import clock, rds_progress, settings

EVERYBODY = "all"


class Seen:
    """A snapshot as whoever it is shared with gets it told: the identifier is the ARN, and the tags are its owner's business."""
    tags = tag_list = ()

    def __init__(self, snapshot, kind):
        self._snapshot = snapshot
        self.snapshot_type = kind
        self.db_cluster_snapshot_identifier = self.resource_id = snapshot.arn

    def __getattr__(self, name):
        return getattr(self._snapshot, name)


def listed(backend, params) -> list[Seen]:
    """Of others, what DescribeDBClusterSnapshots was asked for. Including them does not apply when a type is named."""
    kind = params.get("SnapshotType")
    wanted = {kind: True} if kind else {"shared": params.get("IncludeShared"), "public": params.get("IncludePublic")}
    granted = {"shared": backend.account_id, "public": EVERYBODY}
    return [Seen(snapshot, name) for name, grantee in granted.items() if wanted.get(name)
            for owner, regions in rds_backends.items() if owner != backend.account_id and backend.region_name in regions
            for snapshot in regions[backend.region_name].cluster_snapshots.values() if _knows(snapshot, grantee)]


def share(snapshot, grantees) -> None:
    """With exactly these. Who is new may not know of it at once; its owner does."""
    known, since = getattr(snapshot, "_known_from", {}), clock.now() + settings.get("shareVisibilitySeconds")
    snapshot._known_from = {grantee: known.get(grantee, since) for grantee in grantees}
    snapshot.attributes["restore"] = grantees


def is_shared_with(snapshot, account) -> bool:
    return snapshot is not None and (_knows(snapshot, account) or _knows(snapshot, EVERYBODY))


def _knows(snapshot, grantee):
    return grantee in snapshot.attributes["restore"] and clock.now() >= snapshot._known_from[grantee]


def find_source(backend, identifier):
    """The snapshot a copy or restore names: by id here, or by ARN anywhere, if it is this account's or shared with it."""
    if not identifier.startswith("arn:"):
        return visible(backend, identifier)
    *_, region, account, _, name = identifier.split(":", 6)
    snapshot = visible(rds_backends[account][region], name)
    if account != backend.account_id and not is_shared_with(snapshot, backend.account_id):
        raise DBClusterSnapshotNotFoundError(identifier)
    return snapshot


def visible(backend, identifier):
    snapshot = backend.cluster_snapshots.get(identifier)
    if snapshot is None or not rds_progress.is_visible(snapshot):
        raise DBClusterSnapshotNotFoundError(identifier)
    return snapshot
