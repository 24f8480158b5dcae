"""What the tests of the audit trail share: rows, and a real PostgreSQL where there is one."""

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.agent import AuditRow
from labkit.agent.audit import fingerprint

NOBODY = "postgres"  # PostgreSQL refuses to run as root.


def row(**changes):
    usual = {
        "run_id": "r1",
        "call_id": "call_0",
        "sub": "quality-lead",
        "act": "agent",
        "tool": "lots",
        "arguments_sha256": fingerprint("{}"),
        "audience": "inspections",
        "scope": "inspections:read",
        "jti": "jti-1",
        "result": "ok",
        "ms": 1.5,
        "at": 1_000_000.25,
    }
    return AuditRow(**{**usual, **changes})


def why_no_postgresql():
    """Return what is missing to start a PostgreSQL here; empty if nothing is."""
    missing = [each for each in ("initdb", "pg_ctl") if shutil.which(each) is None]
    missing += [] if find_spec("asyncpg") else ["asyncpg"]
    if os.name != "posix":
        missing.append("a POSIX system")
    return f"no {' and no '.join(missing)} here" if missing else ""


@contextmanager
def postgresql():
    """Start a server of its own; yield the URL of its database."""
    as_nobody = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
    with TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = Path(name), free.getsockname()[1]
        if as_nobody:
            shutil.chown(folder, NOBODY, NOBODY)

        def run(*command):
            # What the server inherits stays open: a pipe would never end.
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(command, check=True, cwd=folder, **quiet, **as_nobody)

        data = folder / "data"
        run("initdb", "-D", data, "-U", "lab", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {port} -k '' -F"
        free.close()  # Just before the server takes it: else another program might.
        run("pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
        try:
            yield f"postgresql://lab@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
