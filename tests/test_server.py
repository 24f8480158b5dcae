"""Any ASGI app on a thread of its own: started, stopped, failed, with nothing left behind."""

import asyncio
import contextlib
import gc
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from labkit import httpd, server
from labkit.errors import (
    MissingDependency,
    PortTaken,
    ServiceError,
    StartFailed,
    StorageError,
    UsageError,
)
from labkit.server import Server

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")


async def answer(send, status=200, body=b"ok"):
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


def app_that(handle):
    """An ASGI app that knows no lifespan: *handle* gets scope, receive and send of each request."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only HTTP here")
        await handle(scope, receive, send)

    return lambda url: app


async def ok(scope, receive, send):
    await answer(send)


@pytest.fixture
def serve():
    """Servers that are stopped at the end of the test, whatever happens in it."""
    with contextlib.ExitStack() as stack:

        def start(factory, **options):
            one = Server(factory, name="bench", **options)
            stack.callback(one.stop)
            one.start()
            return one

        yield start


def threads():
    return {t for t in threading.enumerate() if t.name == "labkit-bench"}


# --- start ---------------------------------------------------------------------------------


def test_the_factory_is_told_the_url_that_answers(serve):
    told = []

    def factory(url):
        told.append(url)
        return app_that(ok)(url)

    one = serve(factory)
    assert told == [one.url]
    assert httpx2.get(f"{one.url}/").text == "ok"


def test_a_service_runs_in_its_own_thread_which_cannot_hold_up_the_exit(serve):
    async def whoami(scope, receive, send):
        thread = threading.current_thread()
        await answer(send, body=f"{thread.name} {thread.daemon}".encode())

    assert httpx2.get(serve(app_that(whoami)).url).text == "labkit-bench True"


def test_start_twice_is_once(serve):
    one = serve(app_that(ok))
    url, running = one.url, threads()
    one.start()
    assert (one.url, threads()) == (url, running)


def test_a_stopped_server_starts_again(serve):
    one = serve(app_that(ok))
    one.stop()
    one.start()
    assert httpx2.get(one.url).status_code == 200


def test_the_lifespan_runs_before_start_returns_and_ends_before_stop_does(serve):
    seen = []

    @contextlib.asynccontextmanager
    async def lifespan(app):
        seen.append("up")
        yield
        seen.append("down")

    one = serve(lambda url: FastAPI(lifespan=lifespan))
    assert seen == ["up"]
    one.stop()
    assert seen == ["up", "down"]


def test_it_listens_on_loopback_only(serve):
    assert serve(app_that(ok)).url.startswith("http://127.0.0.1:")


def test_it_listens_on_ipv6_loopback_when_told_to(serve):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    one = serve(app_that(ok), host="::1")
    assert one.url.startswith("http://[::1]:")
    assert httpx2.get(one.url).status_code == 200


def test_answers_carry_a_date_and_no_advertisement(serve):
    headers = httpx2.get(serve(app_that(ok)).url).headers
    assert "date" in headers
    assert "server" not in headers


def test_the_date_moves_on_without_a_request(serve, monkeypatch):
    ticks = threading.Semaphore(0)
    real = httpd.HttpServer.on_tick

    async def counted(self, counter):
        ticks.release()
        return await real(self, counter)

    monkeypatch.setattr(httpd.HttpServer, "on_tick", counted)
    monkeypatch.setattr(httpd, "DATE_REFRESH_S", 0.001)
    serve(app_that(ok))
    for _ in range(3):
        assert ticks.acquire(timeout=30)


async def test_small_answers_are_sent_at_once():
    """Without Nagle's algorithm: it would hold the body back until the head is acknowledged."""
    seen = asyncio.Queue()

    def accepted(reader, writer):
        connection = writer.get_extra_info("socket")
        seen.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = server.bind("bench", "127.0.0.1", 0)
    async with await asyncio.start_server(accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await seen.get() != 0
        writer.close()
        await writer.wait_closed()


def test_an_error_behind_a_complete_answer_is_logged_and_the_connection_stays(serve):
    async def too_late(scope, receive, send):
        await answer(send)
        raise RuntimeError("the commit failed")

    running = serve(app_that(too_late))
    peer = http.client.HTTPConnection(running.url.removeprefix("http://"))
    with contextlib.closing(peer):  # Unlike httpx2, it never turns to a connection of another day.
        for _ in range(3):
            peer.request("GET", "/")
            assert peer.getresponse().read() == b"ok"
    running.stop()  # What is logged behind an answer is logged by then.
    assert running.log.text().count("RuntimeError: the commit failed") == 3


def test_an_error_in_the_middle_of_an_answer_ends_the_connection(serve):
    async def half(scope, receive, send):
        headers = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("the disk is gone")

    running = serve(app_that(half))
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(running.url)


def test_nobody_can_claim_another_address_in_a_header(serve):
    async def client(scope, receive, send):
        await answer(send, body=scope["client"][0].encode())

    url = serve(app_that(client)).url
    assert httpx2.get(url, headers={"X-Forwarded-For": "10.9.8.7"}).text == "127.0.0.1"


# --- start that fails -----------------------------------------------------------------------


def fails_to_start(factory, kind, capfd, **options):
    """Start it, and return the error; the thread is gone and has printed nothing."""
    before = threads()
    one = Server(factory, name="bench", **options)
    with pytest.raises(kind) as caught:
        one.start()
    assert threads() == before
    assert not one.running
    assert capfd.readouterr() == ("", "")
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_taken_port_is_named(serve, capfd):
    port = int(serve(app_that(ok)).url.rpartition(":")[2])
    error = fails_to_start(app_that(ok), PortTaken, capfd, port=port)
    assert f"port {port}" in str(error)


def test_an_address_that_cannot_be_bound_fails_with_the_systems_reason(capfd, monkeypatch):
    def no(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", no)
    assert "Permission denied" in str(fails_to_start(app_that(ok), StartFailed, capfd, port=80))


def test_a_failing_factory_says_why_in_the_caller(capfd):
    def factory(url):
        raise ValueError("no plant is called\n  Atlantis")

    error = fails_to_start(factory, StartFailed, capfd)
    assert "bench didn't start" in str(error)
    assert "ValueError: no plant is called Atlantis" in str(error)
    assert "in factory" in error.details


@pytest.mark.parametrize("lifespan", ["on", "auto"])
def test_a_failing_lifespan_says_why_in_the_caller(capfd, lifespan):
    @contextlib.asynccontextmanager
    async def failing(app):
        if lifespan == "auto":
            raise ExceptionGroup("unhandled errors in a TaskGroup", [OSError("disk on fire")])
        raise OSError("disk on fire")
        yield

    error = fails_to_start(lambda url: FastAPI(lifespan=failing), StartFailed, capfd)
    assert "OSError: disk on fire" in str(error)


@pytest.mark.parametrize(("message", "shown"), [("no disk", "no disk"), ("", "gave no reason")])
def test_an_app_that_only_reports_the_failure_is_heard(capfd, message, shown):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": message})

    assert shown in str(fails_to_start(lambda url: app, StartFailed, capfd))


def test_an_error_of_labkit_itself_arrives_as_it_is(capfd):
    def factory(url):
        raise StorageError("the folder is full; free 20 MB")

    error = fails_to_start(factory, StorageError, capfd)
    assert str(error) == "the folder is full; free 20 MB"


def test_a_missing_package_is_named_with_the_command_that_mends_it(capfd):
    def factory(url):
        import package_that_nobody_has  # noqa: F401

    error = fails_to_start(factory, MissingDependency, capfd)
    assert "'package_that_nobody_has'" in str(error)
    assert "labkit doctor" in str(error)


def test_a_missing_module_of_labkit_itself_is_no_missing_dependency(capfd):
    def factory(url):
        import labkit.no_such_room  # noqa: F401

    assert "labkit.no_such_room" in str(fails_to_start(factory, StartFailed, capfd))


def test_a_start_that_takes_for_ever_is_given_up(capfd, monkeypatch):
    entered = threading.Event()

    @contextlib.asynccontextmanager
    async def endless(app):
        entered.set()
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(server, "START_LIMIT_S", 0.05)
    error = fails_to_start(lambda url: FastAPI(lifespan=endless), StartFailed, capfd)
    assert "didn't start within" in str(error)


def test_ctrl_c_during_the_start_leaves_nothing(monkeypatch):
    before = threads()

    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            super().wait(0)
            raise KeyboardInterrupt

    class Run(server._Run):
        def __init__(self, *args):
            super().__init__(*args)
            self._settled = Interrupted()
            runs.append(self)

    async def app(scope, receive, send):
        await asyncio.Event().wait()

    runs = []
    monkeypatch.setattr(server, "_Run", Run)
    with pytest.raises(KeyboardInterrupt):
        Server(lambda url: app, name="bench").start()
    assert threads() == before
    assert runs[0]._listener.fileno() == -1


def test_a_stop_that_comes_before_the_thread_has_a_loop_is_heard():
    one = Server(app_that(ok), name="bench")
    listener = server.bind("bench", "127.0.0.1", 0)
    run = server._Run("bench", app_that(ok), listener, one.log, server.WIRE_LIMITS)
    run._ask_to_stop()  # Nothing to cancel yet.
    run._unwanted = True
    run.thread.start()
    run.thread.join(30)
    assert run._server is None
    assert run._listener.fileno() == -1


def test_a_thread_that_cannot_be_made_leaves_no_socket(monkeypatch):
    def no(self):
        raise RuntimeError("can't start new thread")

    sockets = []
    real = socket.create_server
    monkeypatch.setattr(
        socket, "create_server", lambda *a, **k: sockets.append(real(*a, **k)) or sockets[0]
    )
    monkeypatch.setattr(threading.Thread, "start", no)
    with pytest.raises(RuntimeError, match="can't start"):
        Server(app_that(ok), name="bench").start()
    assert sockets[0].fileno() == -1


@pytest.mark.parametrize(
    "wrong",
    [
        {"app_factory": None},
        {"app_factory": "labkit.services.issuer:create_app"},
        {"name": ""},
        {"name": 7},
        {"port": -1},
        {"port": 65536},
        {"port": True},
        {"port": "8000"},
        {"host": ""},
        {"host": "0.0.0.0"},
        {"host": "localhost"},
        {"host": None},
    ],
)
def test_wrong_arguments_are_refused_by_name(wrong):
    good = {"app_factory": app_that(ok), "name": "bench"}
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Server(**{**good, **wrong})


# --- stop -----------------------------------------------------------------------------------


def test_stop_twice_is_once_and_before_start_is_nothing(serve):
    Server(app_that(ok), name="bench").stop()
    one = serve(app_that(ok))
    one.stop()
    one.stop()
    assert repr(one) == "<Server bench: stopped>"


def test_the_port_is_free_and_the_thread_gone_when_stop_returns(serve):
    one = serve(app_that(ok))
    port = int(one.url.rpartition(":")[2])
    assert repr(one) == "<Server bench: running>"
    one.stop()
    assert threads() == set()
    socket.create_server(("127.0.0.1", port)).close()
    with pytest.raises(ServiceError, match=r"start\(\)"):
        _ = one.url


def test_a_kept_alive_connection_is_closed_without_waiting_for_grace(serve, monkeypatch):
    timeouts = []
    real = asyncio.wait_for

    async def timed(waitable, timeout):  # noqa: ASYNC109  As the real one.
        try:
            return await real(waitable, timeout)
        except TimeoutError:
            timeouts.append(timeout)
            raise

    one = serve(app_that(ok))
    with httpx2.Client() as client, socket.create_connection(("127.0.0.1", _port(one))) as half:
        client.get(one.url)
        half.sendall(b"GET / HTTP/1.1\r\nHo")  # Never the rest.
        monkeypatch.setattr(asyncio, "wait_for", timed)
        one.stop()
        assert timeouts == []
        assert half.recv(1) == b""


def _port(one):
    return int(one.url.rpartition(":")[2])


def test_a_request_in_flight_may_finish(serve):
    arrived, go_on = threading.Event(), threading.Event()

    async def slow(scope, receive, send):
        arrived.set()
        await asyncio.to_thread(go_on.wait)
        await answer(send, body=b"finished")

    one = serve(app_that(slow))
    asked = _ask_from_a_thread(one.url)
    assert arrived.wait(30)
    stopping = threading.Thread(target=one.stop)
    stopping.start()
    go_on.set()
    stopping.join(30)
    asked.join(30)
    assert asked.answer == "finished"


def _ask_from_a_thread(url):
    def ask():
        with contextlib.suppress(httpx2.HTTPError):
            thread.answer = httpx2.get(url, timeout=30).text

    thread = threading.Thread(target=ask)
    thread.answer = None
    thread.start()
    return thread


def test_a_request_that_never_ends_is_cancelled_after_the_grace(serve, monkeypatch):
    ended = []
    arrived = threading.Event()

    async def endless(scope, receive, send):
        arrived.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    monkeypatch.setattr(httpd, "GRACE_S", 0.01)
    one = serve(app_that(endless))
    asked = _ask_from_a_thread(one.url)
    assert arrived.wait(30)
    one.stop()
    asked.join(30)
    assert ended == ["cleaned up"]
    assert threads() == set()


def test_an_answer_that_is_written_reaches_its_peer_before_the_stop(serve, monkeypatch):
    async def flood(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 50_000_000})
        written.set()

    written = threading.Event()
    monkeypatch.setattr(httpd, "GRACE_S", 30)
    one = serve(app_that(flood))
    with socket.create_connection(("127.0.0.1", _port(one))) as late:
        late.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
        assert written.wait(30)
        stopping = threading.Thread(target=one.stop)
        stopping.start()
        received = b"".join(iter(lambda: late.recv(65536), b""))
        stopping.join(30)
    assert received.count(b"x") == 50_000_000


def test_a_peer_that_does_not_read_cannot_hold_the_stop(serve, monkeypatch):
    monkeypatch.setattr(httpd, "GRACE_S", 0.01)
    written = threading.Event()

    async def flood(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        written.set()
        await send({"type": "http.response.body", "body": b"x" * 50_000_000})

    one = serve(app_that(flood))
    with socket.create_connection(("127.0.0.1", _port(one))) as deaf:
        deaf.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
        assert written.wait(30)
        one.stop()
        assert threads() == set()


def test_a_lifespan_that_never_ends_is_given_up(serve, monkeypatch):
    @contextlib.asynccontextmanager
    async def endless(app):
        yield
        await asyncio.Event().wait()

    monkeypatch.setattr(httpd, "LIFESPAN_LIMIT_S", 0.01)
    one = serve(lambda url: FastAPI(lifespan=endless))
    one.stop()
    assert threads() == set()


def test_a_service_stuck_in_a_blocking_call_is_abandoned_and_says_so(serve, monkeypatch):
    arrived, go_on = threading.Event(), threading.Event()

    async def stuck(scope, receive, send):
        arrived.set()
        go_on.wait()
        await answer(send)

    monkeypatch.setattr(server, "STOP_LIMIT_S", 0.01)
    one = serve(app_that(stuck))
    asked = _ask_from_a_thread(one.url)
    assert arrived.wait(30)
    (thread,) = threads()
    one.stop()
    assert "abandoned" in one.log.text()
    go_on.set()
    asked.join(30)
    thread.join(30)
    assert threads() == set()


def test_an_endpoint_can_stop_its_own_service(serve):
    async def farewell(scope, receive, send):
        one.stop()
        await answer(send, body=b"bye")

    one = serve(app_that(farewell))
    (thread,) = threads()
    assert httpx2.get(one.url).text == "bye"
    thread.join(30)
    assert threads() == set()
    assert "abandoned" not in one.log.text()


def test_a_stopped_server_is_garbage(serve):
    import weakref

    one = Server(app_that(ok), name="bench")
    one.start()
    one.stop()
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None


# --- what the thread has to say --------------------------------------------------------------


def test_an_error_in_the_app_is_findable_and_not_printed(serve, capfd):
    async def broken(scope, receive, send):
        raise ZeroDivisionError("seven over nothing")

    one = serve(app_that(broken))
    assert httpx2.get(one.url).status_code == 500
    assert "ZeroDivisionError: seven over nothing" in one.log.text()
    assert capfd.readouterr() == ("", "")


def test_other_loggers_of_the_service_thread_go_to_the_buffer_too(serve, capfd, monkeypatch):
    async def chatty(scope, receive, send):
        logging.getLogger("plant").warning("in the loop")
        await asyncio.to_thread(logging.getLogger("plant").warning, "in a worker")
        logging.getLogger("uvicorn.access").warning("GET /")
        await answer(send)

    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # As in a kernel: nobody set it up.
    one = serve(app_that(chatty))
    httpx2.get(one.url)
    assert one.log.text().splitlines() == [
        "WARNING plant: in the loop",
        "WARNING plant: in a worker",
    ]
    assert capfd.readouterr() == ("", "")


def test_an_answer_of_an_app_that_then_raises_says_that_the_connection_ends_with_it(serve):
    async def handle(scope, receive, send):
        await answer(send, status=500 if scope["path"] == "/broken" else 200)
        if scope["path"] == "/broken":
            raise ZeroDivisionError

    with httpx2.Client(base_url=serve(app_that(handle)).url, trust_env=False) as client:
        for _ in range(20):  # Without it, every second or third request is lost.
            broken, good = client.get("/broken"), client.get("/good")
            assert (broken.status_code, broken.headers["connection"]) == (500, "close")
            assert (good.status_code, good.headers.get("connection")) == (200, None)


def test_the_callers_own_logging_stays_as_it_was(serve, capfd, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    serve(app_that(ok))
    logging.getLogger("uvicorn.error").warning("from my own uvicorn")
    assert capfd.readouterr().err == "from my own uvicorn\n"


def test_without_a_last_resort_the_caller_stays_silent(serve, capfd, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging, "lastResort", None)
    serve(app_that(ok))
    logging.getLogger("plant").warning("unheard")
    assert capfd.readouterr() == ("", "")


# --- the end of the process -------------------------------------------------------------------


HEAD = """
import asyncio, os, signal, sys, threading, time
import httpx2
import labkit.httpd
from labkit.server import Server

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("torn down", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["path"] == "/slow":
        if "thread" in sys.argv:
            await asyncio.to_thread(lambda: (arrived.set(), time.sleep(0.2)))
        arrived.set()
        await asyncio.Event().wait()

labkit.httpd.GRACE_S = 0.01
arrived = threading.Event()
one = Server(lambda url: app, name="bench")
one.start()
def in_flight():
    try:
        httpx2.get(one.url + "/slow", timeout=60)
    except httpx2.HTTPError:
        pass
threading.Thread(target=in_flight, daemon=True).start()
arrived.wait()
"""


def run_script(tail, *arguments):
    return subprocess.run(
        [
            sys.executable,
            "-X",
            "dev",
            "-W",
            "error",
            "-c",
            HEAD + textwrap.dedent(tail),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1],
    )


@pytest.mark.parametrize("arguments", [(), ("thread",)])
@pytest.mark.parametrize(
    ("tail", "code", "error"),
    [
        ("", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("raise ValueError('my own')", 1, "ValueError: my own"),
    ],
)
def test_the_end_of_a_script_tears_down_with_a_request_in_flight(tail, code, error, arguments):
    done = run_script(tail, *arguments)
    assert (done.returncode, done.stdout) == (code, "torn down\n")
    assert error in done.stderr
    assert "labkit" not in done.stderr  # No traceback of ours.


@posix_only
def test_ctrl_c_in_a_script_tears_down():
    done = run_script("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)")
    assert done.returncode == -signal.SIGINT
    assert done.stdout == "torn down\n"


def test_who_starts_again_has_the_same_url(serve):
    one = serve(app_that(ok))
    url = one.url
    one.stop()
    one.start()
    assert one.url == url
    assert httpx2.get(f"{url}/").status_code == 200
