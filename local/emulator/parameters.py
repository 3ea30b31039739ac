"""The parameters of a call, read with botocore's own model of the service, and what that model says is wrong with them.

The emulators behind us ignore what they do not know; a misspelt or mistyped parameter would only show on AWS.
"""
import json

import botocore.serialize
import botocore.validate
from moto.core.utils import get_service_model
from moto.core.parse import QueryParser

# MiniStack's names of the services that our functions call, in botocore's spelling; others are recorded unchecked.
_MODELS = {"rds": "rds", "cloudformation": "cloudformation", "sns": "sns", "sts": "sts", "monitoring": "cloudwatch",
           "kms": "kms", "states": "stepfunctions", "events": "events", "logs": "logs", "ssm": "ssm"}


def read(service: str, action: str, form: dict, headers: dict, body: bytes) -> tuple[dict, list]:
    """(the parameters, what is wrong with them as (kind, text)); kind is unknown, missing or invalid."""
    operation = action.partition(":")[2]
    if service not in _MODELS or operation not in get_service_model(_MODELS[service]).operation_names:
        return {**form, **_json(body)}, []
    model = get_service_model(_MODELS[service]).operation_model(operation)
    given, wrong = (_json(body), []) if headers.get("x-amz-target") else _query(model, form)
    if model.input_shape is not None:
        report = botocore.validate.ParamValidator().validate(given, model.input_shape)
        for kind, where, details in report._errors:
            kind = {"missing required field": "missing", "unknown field": "unknown"}.get(kind, "invalid")
            wrong.append((kind, details.get("required_name") or details.get("unknown_param") or where.lstrip(".")))
    return given, wrong


def _query(model, form):
    try:
        given = QueryParser(model).parse({"values": form})
    except ValueError as error:  # a number that is none
        return dict(form), [("invalid", str(error))]
    # What the model would have made of these parameters; a key that is not in it is unknown.
    known = botocore.serialize.create_serializer("query", include_validation=False).serialize_to_request(given, model)["body"]
    wrong = [("unknown", key) for key in form if key not in known and key not in ("Action", "Version") and form[key] != ""]
    wrong += [("invalid", key) for key, value in known.items()
              if value in ("true", "false") and str(form.get(key, value)).lower() not in ("true", "false")]
    return given, wrong


def _json(body):
    try:
        found = json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def refusal(wrong: list) -> tuple[str, str] | None:
    """The code and words of AWS's answer; None for unknown parameters, which its query services ignore."""
    for kind, name in wrong:
        if kind == "missing":
            return "MissingParameter", f"The request must contain the parameter {name}"
        if kind == "invalid":
            return "InvalidParameterValue", f"Invalid value for the parameter {name}"
    return None
