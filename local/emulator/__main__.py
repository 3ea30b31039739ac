"""`python -m emulator --port N`: patches MiniStack in this process, serves it on the loopback interface, prints one line when ready."""
import argparse
import asyncio
import importlib.util
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

_OPTIONAL = ["calls", "authorization", "credentials", "faults", "custom_resources"]


def _arguments():
    parser = argparse.ArgumentParser(prog="emulator", description="The local AWS; see local/README.md")
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--speed", type=float, default=1, help="emulated seconds per real second")
    parser.add_argument("--until-stdin-ends", action="store_true", help="exit when the parent process goes away")
    parser.add_argument("--log-level", default="WARNING")
    parser.add_argument("--without", nargs="*", default=[], choices=_OPTIONAL, help="leave these plug-ins out, to find out which one does it")
    return parser.parse_args()


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _environment(port, folder, log_level):
    """MiniStack reads these when it is imported. The machine's own AWS settings must not reach it, nor the Lambda workers it starts."""
    for name in [n for n in os.environ if n.startswith(("AWS_", "MOTO_", "MINISTACK_"))]:
        del os.environ[name]
    os.environ.update({
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "localhost", "MINISTACK_ACCOUNT_ID": "000000000000",
        "AWS_ENDPOINT_URL": f"http://localhost:{port}", "LOG_LEVEL": log_level, "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "DOCKER_HOST": f"unix://{folder}/no-docker", "TMPDIR": folder,
        "MOTO_ALLOW_NONEXISTENT_REGION": "true", "MOTO_RDS_SNAPSHOT_LIMIT": "1000000"})  # quotas are ours: rds_limits
    tempfile.tempdir = folder


def _install(folder, speed, without):
    """The clock first (services take `now` by name when they are loaded), then the world, then who watches over it."""
    from . import clock
    clock.set_speed(speed)
    clock.install(folder)
    for name in ["worker_logs", "rds", "cfn_rds", "control", "peaks", "executions", "states_language", "messages", "event_buses",
                 "bus_policies", "rule_delivery", "cfn_events", "invocations", "event_sources", "schedules", "service_control",
                 "cfn_service_control", *_OPTIONAL]:
        if name not in without and importlib.util.find_spec(f"{__package__}.{name}"):
            importlib.import_module(f"{__package__}.{name}").install()


async def _serve(scope, receive, send):
    from ministack import app
    from . import clock, control, rds_backups, rds_copies, rds_exports
    clock.begin()
    rds_backups.settle()
    rds_copies.settle()
    rds_exports.settle()
    if scope["type"] == "http" and scope["path"].startswith("/_local/"):
        await control.answer(scope, receive, send)
    else:
        await app.app(scope, receive, send)


def _announce(port, started):
    while True:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    print(json.dumps({"ready": True, "endpoint": f"http://localhost:{port}", "pid": os.getpid(), "seconds": round(time.time() - started, 1)}), flush=True)


def _exit(folder):
    """At once: threads of state machines may be asleep for (emulated) hours, and nothing here is worth saving."""
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _exit_with_parent(folder):
    sys.stdin.read()
    _exit(folder)


def main():
    started, arguments = time.time(), _arguments()
    port = arguments.port or _free_port()
    folder = tempfile.mkdtemp(prefix="local-aws-")
    _environment(port, folder, arguments.log_level)
    _install(folder, arguments.speed, arguments.without)

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = arguments.log_level
    config.keep_alive_timeout = 75
    threading.Thread(target=_announce, args=(port, started), daemon=True).start()
    if arguments.until_stdin_ends:
        threading.Thread(target=_exit_with_parent, args=(folder,), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _exit(folder))
    asyncio.run(serve(_serve, config, shutdown_trigger=lambda: asyncio.Event().wait()))


if __name__ == "__main__":
    main()
