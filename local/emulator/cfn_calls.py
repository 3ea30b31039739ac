"""CloudFormation's own calls to RDS: recorded like everybody's, reached by faults, repeated after errors that pass, and looked after until they are done.

Its handlers wait on the emulated clock in threads of their own (`cfn_replacement`), so nobody else has to wait with them.
"""
import uuid

from ministack.core.responses import get_account_id, get_region

from . import calls, clock, faults, rds

PRINCIPAL = "cloudformation.amazonaws.com"
_LOOK_EVERY = 5
_PATIENCE = 36 * 3600  # of the handlers of clusters and instances
_PAUSES = (5, 15, 45)
_PASSING = ("Throttling", "InternalFailure", "ServiceUnavailable")


class Refused(Exception):
    """Why a resource failed, as stack events word it."""

    def __init__(self, message, code):
        super().__init__(f'Resource handler returned message: "{message}" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})')


def call(action, **params):
    """What only looks is neither recorded nor disturbed: how often a handler looks is nobody's business."""
    if action.startswith("Describe"):
        return rds.call(action, params, get_account_id(), get_region())
    for pause in (*_PAUSES, None):
        try:
            return _recorded(action, params)
        except rds.RdsError as error:
            if error.code not in _PASSING or pause is None:
                raise
            clock.sleep(pause)


def _recorded(action, params):
    record = calls.record(account=get_account_id(), region=get_region(), principal=PRINCIPAL, service="rds", action=f"rds:{action}",
                          parameters=params, path="", invalid=[])
    token = calls._current.set(record)
    try:
        if (refused := faults.before(record, {})) is not None:
            calls.end(record, refused)
            raise rds.RdsError(record["code"], record["message"])
        answer = rds.call(action, params, get_account_id(), get_region())
        record["status"] = 200
        return answer
    except rds.RdsError as error:
        record.update(status=record["status"] or 400, code=error.code, message=str(error))
        raise
    finally:
        calls._current.reset(token)


def until_available(look, status, kind, identifier):
    """The thing itself, as soon as it is `available`; a state that does not end by itself fails its resource."""
    until = clock.now() + _PATIENCE
    while clock.now() < until:
        thing = look()
        if thing[status] == "available":
            return thing
        if is_failed(thing[status]):
            raise Refused(f"{kind} {identifier} is in state: {thing[status]}", "NotStabilized")
        clock.sleep(_LOOK_EVERY)
    raise Refused(f"Exceeded attempts to wait for {kind} {identifier}", "NotStabilized")


def until_gone(look):
    while look() is not None:
        clock.sleep(_LOOK_EVERY)


def is_failed(status):
    return status.endswith("failed") or status.startswith(("inaccessible-", "incompatible-"))
