"""Parameter Store, where MiniStack's is more generous than AWS: each name is asked of IAM by itself, a path by its own name, and the sizes are AWS's."""
from ministack.core.responses import error_response_json

_NAMED = {"PutParameter": "Name", "GetParameter": "Name", "DeleteParameter": "Name", "GetParameterHistory": "Name",
          "GetParametersByPath": "Path", "GetParameters": "Names", "DeleteParameters": "Names"}
_AT_ONCE = 10
_CHARACTERS = 4096  # of the standard tier; the advanced one is paid for and has to be asked for
_LEVELS = 15


def questions(call: dict) -> list[dict]:
    """What IAM is asked; tags of a new parameter are a right of their own."""
    operation, given = call["action"].partition(":")[2], call["parameters"]
    named = given.get(_NAMED.get(operation, ""))
    tags = {tag["Key"]: tag.get("Value", "") for tag in given.get("Tags") or []}
    context = {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, **({"aws:TagKeys": list(tags)} if tags else {})}
    actions = [operation, *(["AddTagsToResource"] if operation == "PutParameter" and tags else [])]
    return [{"action": f"ssm:{action}", "service": "ssm", "resource": _arn(call, name), "context": context}
            for name in (named if isinstance(named, list) else [named] if named else []) for action in actions]


def _arn(call, name):
    return name if name.startswith("arn:") else f"arn:aws:ssm:{call['region']}:{call['account']}:parameter/{name.partition(':')[0].lstrip('/')}"


def _refusal(operation, given):
    if len(given.get("Names") or []) > _AT_ONCE or (given.get("MaxResults") or 0) > _AT_ONCE:
        return "ValidationException", f"Member must have length or value less than or equal to {_AT_ONCE}"
    if operation == "_put_parameter":
        name, value = given.get("Name") or "", given.get("Value") or ""
        if len(value.encode()) > _CHARACTERS and given.get("Tier") in (None, "Standard"):
            return "ValidationException", f"Standard tier parameters support a maximum parameter value of {_CHARACTERS} characters."
        if name.count("/") > _LEVELS:
            return "HierarchyLevelLimitExceededException", f"A hierarchy can have a maximum of {_LEVELS} levels."
    return None


def _strictly(operation, theirs):
    def carried_out(given):
        refused = _refusal(operation, given)
        return error_response_json(*refused, 400) if refused else theirs(given)
    return carried_out


def install() -> None:
    """MiniStack's dispatcher takes these functions by name at each request."""
    from ministack.services import ssm
    for operation in ("_put_parameter", "_get_parameters", "_get_parameters_by_path", "_delete_parameters"):
        setattr(ssm, operation, _strictly(operation, getattr(ssm, operation)))
