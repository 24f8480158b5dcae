"""A lab in a real Jupyter kernel: interrupted, crowded, shut down."""

import os
import re
import signal

import pytest
from jupyter_client.manager import KernelManager

from labkit.course.kernels import ThisEnvironment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")

LIMIT_S = 120  # A kernel on a busy machine; nothing here measures time.


class Kernel:
    """One kernel, and a cell at a time."""

    def __init__(self, folder):
        self.place = folder / "tmp"
        self.place.mkdir(parents=True)
        self.manager = KernelManager(
            kernel_spec_manager=ThisEnvironment(), connection_file=str(folder / "kernel.json")
        )
        environment = {
            **os.environ,
            "TMPDIR": str(self.place),
            "LABKIT_HOME": str(folder / "home"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        environment.pop("COVERAGE_PROCESS_START", None)
        self.manager.start_kernel(env=environment, cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LIMIT_S)

    def run(self, code, *, on_text=None):
        """Run a cell; return what it printed and, if it failed, the name of its error."""
        printed = []

        def listen(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
                if on_text is not None:
                    on_text()

        reply = self.client.execute_interactive(
            code, timeout=LIMIT_S, output_hook=listen, store_history=False, allow_stdin=False
        )
        return "".join(printed), reply["content"].get("ename")

    def error(self, code):
        """Run a cell that fails; return what the notebook shows, without colours."""
        shown = []

        def listen(message):
            if message["msg_type"] == "error":
                shown.extend(message["content"]["traceback"])

        self.client.execute_interactive(
            code, timeout=LIMIT_S, output_hook=listen, store_history=False, allow_stdin=False
        )
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(shown))

    def interrupted(self, code):
        """Run a cell that prints once it is under way, and interrupt it then."""
        return self.run(code, on_text=self.manager.interrupt_kernel)[1]

    def left(self):
        return sorted(path.name for path in self.place.iterdir() if "labkit" in path.name)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    one = Kernel(tmp_path_factory.mktemp("kernel"))
    try:
        yield one
    finally:
        one.close()


@pytest.fixture
def lab(kernel):
    """A lab under the name ``lab`` in the kernel."""
    assert kernel.run('import labkit\nlab = labkit.start("01")') == (
        "lab 01 ready: issuer, inspections (SQLite, pool of 4)\n",
        None,
    )


ASK = 'print(lab.inspections.get("/lines", token=lab.token()).status_code)'


def test_a_lab_answers_in_a_cell(kernel, lab):
    assert kernel.run(ASK) == ("200\n", None)


def test_a_cell_that_runs_again_replaces_its_lab(kernel, lab):
    kernel.run("before = lab")
    kernel.run('lab = labkit.start("01")')
    assert kernel.run("print(before.running, lab.running)") == ("False True\n", None)


def test_two_labs_in_one_kernel_do_not_know_each_other(kernel, lab):
    kernel.run("other = labkit.Lab()")
    code = 'print(lab.inspections.get("/lines", token=other.token()).status_code)'
    assert kernel.run(code) == ("401\n", None)
    assert kernel.run(f"other.stop()\n{ASK}") == ("200\n", None)


WAITING_TOOL = """
import asyncio, labkit
free = asyncio.Event()
@labkit.tool
async def wait_for_parts() -> str:
    "Wait for parts."
    print("now", flush=True)
    await free.wait()
    return "17 parts"
"""


def test_a_run_begun_in_one_cell_is_read_in_another(kernel, lab):
    begin = f"""{WAITING_TOOL}
agent = lab.agent(tools=[wait_for_parts])
stream = agent.stream("Wait for parts")
events = await stream.__aenter__()
seen = [await anext(events)]
while type(seen[-1]).__name__ != "ToolStarted": seen.append(await anext(events))
"""
    assert kernel.run(begin)[1] is None
    between = "import time\nawait asyncio.sleep(0)\nprint(stream.result)"
    assert kernel.run(between)[0].splitlines()[-1] == "None"
    end = """
free.set()
async for event in events: seen.append(event)
await stream.__aexit__(None, None, None)
print("end:", type(seen[-1]).__name__, "17" in stream.result.text, stream.result.stopped)
"""
    assert kernel.run(end)[0].splitlines()[-1] == "end: Done True answered"


@pytest.mark.parametrize(
    "busy",
    [
        "print('now', flush=True)\nwhile True: pass",
        "import time\nprint('now', flush=True)\ntime.sleep(600)",
        "print('now', flush=True)\nwhile True: lab.inspections.get('/health')",
        # A service that accepts and never answers: interrupted in the middle of a request.
        "import socket\n"
        "from labkit.client import ServiceClient\n"
        "silent = socket.create_server(('127.0.0.1', 0))\n"
        "stuck = ServiceClient('stuck', 'http://127.0.0.1:%d' % silent.getsockname()[1])\n"
        "print('now', flush=True)\n"
        "stuck.get('/')",
        # A coroutine on the background loop.
        "import asyncio\n"
        "from labkit.background import BackgroundLoop\n"
        "print('now', flush=True)\n"
        "BackgroundLoop.shared().run(asyncio.sleep(600))",
        # A tool of the lab's agent, in the middle of its call.
        f"{WAITING_TOOL}lab.agent(tools=[wait_for_parts]).run_sync('Wait for parts')",
    ],
    ids=["computing", "sleeping", "asking", "waiting", "background", "agent"],
)
def test_an_interrupted_cell_leaves_kernel_and_services_healthy(kernel, lab, busy):
    assert kernel.interrupted(busy) == "KeyboardInterrupt"
    assert kernel.run(ASK) == ("200\n", None)
    assert kernel.run(
        "import asyncio\n"
        "from labkit.background import BackgroundLoop\n"
        "print(BackgroundLoop.shared().run(asyncio.sleep(0, 'runs')))"
    ) == ("runs\n", None)


def test_an_interrupted_await_leaves_kernel_and_services_healthy(kernel, lab):
    # In steps: ipykernel 7.4 hears an interrupt only when its loop wakes up.
    code = "import asyncio\nprint('now', flush=True)\nwhile True: await asyncio.sleep(0.01)"
    assert kernel.interrupted(code) == "CancelledError"
    assert kernel.run(ASK) == ("200\n", None)


def test_an_interrupted_start_leaves_nothing_and_the_next_one_works(kernel):
    code = """
import labkit, tempfile
from labkit import backend
from pathlib import Path
def endless(cache, target):
    print("now", flush=True)
    while True: pass
real, backend.seeded_database = backend.seeded_database, endless
try:
    labkit.Lab()
finally:
    backend.seeded_database = real
"""
    kernel.run("import labkit\nlabkit.start('01').stop()")
    assert kernel.interrupted(code) == "KeyboardInterrupt"
    assert kernel.left() == []
    assert kernel.run(f"lab = labkit.Lab()\n{ASK}") == ("200\n", None)


def test_a_start_that_fails_shows_the_callers_line_and_one_paragraph(kernel):
    code = """
from labkit import backend
def broken(config):
    raise RuntimeError("no gate")
whole, backend.inspections.create_app = backend.inspections.create_app, broken
"""
    assert kernel.run(code)[1] is None
    shown = kernel.error('labkit.start("01")')
    assert kernel.run("backend.inspections.create_app = whole")[1] is None
    assert "StartFailed: inspections didn't start. It said: RuntimeError: no gate" in shown
    assert 'labkit.start("01")' in shown
    assert "backend.py" not in shown
    details = kernel.run("import sys; print(sys.last_value.details)")[0]
    assert "in broken" in details


def test_a_service_that_logs_an_error_prints_it_in_no_cell(kernel, lab):
    code = 'lab.inspections.get("/lines", token="bm90.YQ.dG9rZW4"); print("quiet")'
    assert kernel.run(code) == ("quiet\n", None)
    assert kernel.run("print(len(lab.log().splitlines()))") == ("1\n", None)


def test_a_patched_loop_disturbs_no_lab(kernel, lab):
    """nest-asyncio2, which ipykernel brings and some notebooks apply."""
    assert kernel.run("import nest_asyncio2\nnest_asyncio2.apply()")[1] is None
    assert kernel.run(f"lab = labkit.start('01')\n{ASK}")[0].endswith("200\n")
    assert kernel.run(
        "import asyncio\n"
        "from labkit.background import BackgroundLoop\n"
        "print(BackgroundLoop.shared().run(asyncio.sleep(0, 'runs')))"
    ) == ("runs\n", None)


@pytest.mark.parametrize("how", ["shutdown", "restart", "SIGTERM"])
def test_a_kernel_that_ends_leaves_nothing(tmp_path, how):
    one = Kernel(tmp_path)
    try:
        assert one.run("import labkit\nlab = labkit.start('01')")[1] is None
        assert one.left() != []
        if how == "shutdown":
            one.client.stop_channels()
            one.manager.shutdown_kernel()
        elif how == "restart":
            one.manager.restart_kernel()
        else:
            os.kill(one.manager.provisioner.pid, signal.SIGTERM)
            one.manager.provisioner.process.wait(LIMIT_S)
        assert one.left() == []
    finally:
        one.close()
