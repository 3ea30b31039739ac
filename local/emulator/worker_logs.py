"""
What a function writes is in its log group when its invocation has ended.

MiniStack stops collecting a few milliseconds after the last line it saw. On a busy machine lines come later than that, and went
to the next invocation, or nowhere. Here the worker says when it has written its last line: just before it answers.
"""
import json
import queue
import time

END = "\0end of the invocation's log"

# Prepended to the worker's own script, which takes process.stdout.write for its answers when it begins.
_SCRIPT = """
{
  const answer = process.stdout.write.bind(process.stdout);
  process.stdout.write = (...args) => {
    // Its first answer says that it has started, before there is an invocation. Behind all that waits to be written: a line may be
    // longer than the pipe holds.
    if (!String(args[0]).includes('"ready"')) process.stderr.write(%s);
    return answer(...args);
  };
}
""" % json.dumps(END + "\n")


def _drain(worker, *_, cap=1.0, **__):
    lines, until = [], time.monotonic() + cap
    while (left := until - time.monotonic()) > 0:
        try:
            line = worker._stderr_queue.get(timeout=left)
        except queue.Empty:
            break  # it was killed, or its time was up
        if line == END:
            break
        lines.append(line)
    return "\n".join(lines)


def install() -> None:
    import ministack.core.lambda_runtime as runtime
    runtime._NODEJS_WORKER_SCRIPT = _SCRIPT + runtime._NODEJS_WORKER_SCRIPT
    runtime.Worker._drain_stderr_bounded = _drain
