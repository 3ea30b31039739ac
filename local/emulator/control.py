"""The control endpoint: what a test may ask of the world, as JSON under /_local/.

Other modules add theirs with `route(method, path, fn)`: fn(query, body) returns something JSON can say. A ValueError becomes a 400
with its text; a KeyError says which field is missing.
"""
import asyncio
import datetime
import json
import time
from urllib.parse import parse_qs

from moto.rds.models import DBClusterSnapshot, rds_backends

from . import clock, rds_automated, rds_clusters, rds_progress, settings, work

_ANSWERS = 20

_routes = {}
_resets = []


def route(method: str, path: str, fn) -> None:
    """`path` without /_local, e.g. "/calls"."""
    _routes[method, path] = fn


def on_reset(fn) -> None:
    """Called by `POST /_local/reset`, after MiniStack's own."""
    _resets.append(fn)


async def answer(scope, receive, send) -> None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    query = {k: v[0] for k, v in parse_qs(scope["query_string"].decode()).items()}
    fn = _routes.get((scope["method"], scope["path"].removeprefix("/_local")))
    try:
        status, result = 200, await asyncio.to_thread(fn, query, json.loads(body or b"{}")) if fn else None
        if fn is None:
            status, result = 404, {"error": f"no such endpoint; there are {sorted(f'{m} /_local{p}' for m, p in _routes)}"}
    except (ValueError, KeyError) as error:
        status, result = 400, {"error": f"missing {error}" if isinstance(error, KeyError) else str(error)}
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(result, default=str).encode()})


def _status(query, body):
    return {"now": clock.iso(), "speed": clock.speed(), "settings": settings.values}


def _set_clock(query, body):
    if "speed" in body:
        clock.set_speed(body["speed"])
    if "at" in body:
        clock.set_to(datetime.datetime.fromisoformat(body["at"].replace("Z", "+00:00")).timestamp())
    if "advance" in body:
        until = clock.now() + body["advance"]
        while (moment := clock.next_moment(alarms_only=True)) <= until:
            clock.jump_to(moment)
            while work.wait_until_done(time.monotonic() + _ANSWERS):
                pass
        clock.jump_to(until)
    return _status(query, body)


def _play(query, body):
    """The clock stands still while anything is under way, then jumps to what is due next, for so many seconds. What is not played when
    some real ones are over is `left`, for the next request."""
    until, speed, answer_by = clock.now() + body["seconds"], clock.speed(), time.monotonic() + _ANSWERS
    clock.set_speed(0)
    try:
        while not (busy := work.wait_until_done(answer_by)) and clock.now() < until and time.monotonic() < answer_by:
            clock.jump_to(min(clock.next_moment(), until))
        return {**_status(query, body), "left": until - clock.now(), "busy": busy}
    finally:
        clock.set_speed(speed)


def _reset(query, body):
    from ministack import app
    clock.forget()
    app._reset_all_state()
    settings.reset()
    for fn in _resets:
        fn()
    return _status(query, body)


def _seed_snapshot(query, body):
    """An automated or AWS Backup snapshot of a cluster, finished, which exists without anybody having called CreateDBClusterSnapshot."""
    backend = rds_backends[body["account"]][body["region"]]
    cluster = backend.clusters.get(body["cluster"])
    if cluster is None:
        raise ValueError(f"no cluster {body['cluster']} in {body['account']}/{body['region']}")
    kind = body.get("type", "automated")
    made = datetime.datetime.fromisoformat(body["created"].replace("Z", "")) if "created" in body else clock.utcnow()
    name = body.get("identifier") or (
        f"awsbackup:job-{len(backend.cluster_snapshots)}" if kind == "awsbackup" else rds_automated.name(cluster, made))
    snapshot = DBClusterSnapshot(backend, cluster, name, "automated" if kind == "automated" else "manual",
                                 tags=[{"Key": k, "Value": v} for k, v in body.get("tags", {}).items()])
    rds_progress.like_its_cluster(snapshot)
    snapshot.created = made
    backend.cluster_snapshots[name] = snapshot
    return rds_progress.facts(snapshot)


def _set_status(query, body):
    """A cluster's or snapshot's status, by ARN."""
    *_, region, account, kind, name = body["arn"].split(":", 6)
    backend = rds_backends[account][region]
    thing = (backend.clusters if kind == "cluster" else backend.cluster_snapshots).get(name)
    if thing is None:
        raise ValueError(f"no {body['arn']}")
    if kind == "cluster":
        rds_clusters.set_status(thing, body["status"], body.get("seconds"))
    else:
        rds_progress.set_snapshot_status(thing, body["status"], body.get("percent"))
    return {"arn": body["arn"], "status": thing.status}


def _snapshots(query, body):
    """Everything there is, in all accounts and Regions, visible already or not: for tests and for looking."""
    return [rds_progress.facts(s) for backend in rds_progress._backends() for s in backend.cluster_snapshots.values()]


def install() -> None:
    route("GET", "/status", _status)
    route("POST", "/reset", _reset)
    route("POST", "/settings", lambda query, body: settings.change(body))
    route("POST", "/clock", _set_clock)
    route("POST", "/play", _play)
    route("POST", "/seed/snapshot", _seed_snapshot)
    route("POST", "/status-of", _set_status)
    route("GET", "/snapshots", _snapshots)
