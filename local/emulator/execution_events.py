"""What EventBridge hears of executions: `Step Functions Execution Status Change` on the default bus, as the Step Functions guide shows it.

MiniStack says nothing of why an execution was aborted, and calls only a failed one redrivable.
"""
import datetime
import json

_LIMIT = 248 * 1024


def tell(execution) -> None:
    from ministack.services import eventbridge
    if execution.get("sync"):
        return
    answer = eventbridge._put_events({"Entries": [{
        "Source": "aws.states", "DetailType": "Step Functions Execution Status Change", "Detail": json.dumps(_detail(execution)),
        "Resources": [execution["executionArn"]]}]}, allow_aws_source=True)
    if answer[0] >= 400 or json.loads(answer[2])["FailedEntryCount"]:
        raise RuntimeError(f"the status of {execution['executionArn']} could not be told: {answer[2]}")


def _detail(execution):
    status = execution["status"]
    given, output = execution.get("input"), execution.get("output") if status == "SUCCEEDED" else None
    output_fits = len(json.dumps(output)) <= _LIMIT
    input_fits = len(json.dumps(given)) + (len(json.dumps(output)) if output_fits else 0) <= _LIMIT
    redrivable = status in ("FAILED", "TIMED_OUT", "ABORTED")
    return {
        **{name: execution[name] for name in ("executionArn", "stateMachineArn", "name")}, "status": status,
        "startDate": _milliseconds(execution["startDate"]), "stopDate": _milliseconds(execution["stopDate"]),
        "input": given if input_fits else None, "inputDetails": {"included": input_fits},
        "output": output if output_fits else None, "outputDetails": {"included": output_fits} if status == "SUCCEEDED" else None,
        "stateMachineVersionArn": None, "stateMachineAliasArn": None, "redriveCount": 0, "redriveDate": None,
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
        "redriveStatusReason": f"Execution is {status} and {'is redrivable' if redrivable else 'cannot be redriven'}",
        "error": execution.get("error"), "cause": execution.get("cause")}


def _milliseconds(text):
    return text and int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
