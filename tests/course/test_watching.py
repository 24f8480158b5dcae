"""Watching shows a call, what it gave, what it printed and which requests it caused."""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import httpx2
import pytest

from labkit.course import TODO, Exercise, Progress, Task, Watched
from labkit.errors import MissingDependency
from labkit.lab import Lab
from labkit.pictures import Picture
from labkit.tracing.hop import open_recordings

spec = spec_from_file_location("sample_lesson", Path(__file__).with_name("sample_lesson.py"))
sample = module_from_spec(spec)
spec.loader.exec_module(sample)
MEAN, BOTH = sample.EXERCISES


@dataclass(frozen=True)
class Request:
    service: str
    method: str
    path: str
    status: int


class Room:
    """A lab whose record of requests is as full as it gets."""

    def __init__(self) -> None:
        self.urls = {"inspections": "http://127.0.0.1:1"}
        self.recorded = deque([Request("issuer", "GET", "/old", 200)] * 3, maxlen=3)

    @property
    def requests(self) -> tuple[Request, ...]:
        return tuple(self.recorded)

    def token(self, user: str = "quality-lead", *, audience: str = "", scope: str = "") -> str:
        return "token"


async def watch(task: Task, submission: object, tmp_path: Path, room=None) -> Watched:
    return await Exercise(task, Progress(tmp_path), room=room).watch(submission)


def loud(numbers):
    print("adding", len(numbers))
    return sum(numbers)


async def test_the_call_its_result_and_its_prints_are_shown(tmp_path: Path, capsys) -> None:
    watched = await watch(MEAN, loud, tmp_path)
    assert repr(watched) == "loud([1.0, 2.0])\n  -> 3.0\n  printed:\n    adding 2"
    assert capsys.readouterr().out == ""


async def test_an_async_submission_is_awaited(tmp_path: Path) -> None:
    assert (await watch(BOTH, BOTH.solution, tmp_path)).result == "-> [1, 1]"


async def test_the_requests_made_meanwhile_are_shown(tmp_path: Path) -> None:
    room = Room()

    def asks(numbers):
        room.recorded.append(Request("inspections", "GET", "/lines", 401))
        return

    watched = await watch(MEAN, asks, tmp_path, room)
    assert watched.requests == (Request("inspections", "GET", "/lines", 401),)
    text = repr(watched)
    assert text.startswith("asks([1.0, 2.0])\n  -> None\n  Requests: 1\n")
    assert "/lines" in text.splitlines()[-1]
    shown, about = watched._repr_mimebundle_()
    assert shown["text/plain"] == text
    assert shown["image/png"]
    assert about["image/png"]


async def test_in_a_lab_the_trace_of_the_run_is_shown(tmp_path: Path) -> None:
    with Lab() as lab:

        def asks(numbers):
            return lab.issuer.get("/health").status_code

        async def asks_async(numbers):
            async with httpx2.AsyncClient() as client:
                return (await client.get(f"{lab.issuer.url}/health")).status_code

        first = await watch(MEAN, asks, tmp_path, lab)
        again = await watch(MEAN, asks, tmp_path, lab)
        other = await watch(MEAN, asks_async, tmp_path, lab)
    text = repr(first)
    assert text.startswith("asks([1.0, 2.0])\n  -> 200\n  Trace: ")
    for line in ("notebook  trace", "notebook    GET /health", "issuer        GET /health"):
        assert f"    {line}\n" in text
    assert text == repr(again)
    assert text.splitlines()[2:] == repr(other).splitlines()[2:]
    shown, _ = first._repr_mimebundle_()
    assert (list(shown), shown["text/plain"]) == (["image/png", "text/plain"], text)


async def test_a_run_in_a_lab_that_asks_nobody_has_no_picture(tmp_path: Path) -> None:
    with Lab() as lab:
        watched = await watch(MEAN, loud, tmp_path, lab)
    assert watched.picture is None
    assert repr(watched) == "loud([1.0, 2.0])\n  -> 3.0\n  printed:\n    adding 2"


async def test_a_run_that_is_stopped_leaves_no_trace_open(tmp_path: Path) -> None:
    async def forever(numbers):
        await asyncio.Event().wait()

    with Lab() as lab:
        await watch(replace(MEAN, limit_s=0.1), forever, tmp_path, lab)
    assert open_recordings == []


async def test_without_requests_there_is_no_picture(tmp_path: Path) -> None:
    watched = await watch(MEAN, loud, tmp_path, Room())
    assert watched._repr_mimebundle_() == ({"text/plain": repr(watched)}, {})


def test_without_matplotlib_the_text_is_enough(monkeypatch) -> None:
    def missing(*_: object) -> None:
        raise MissingDependency("pictures need matplotlib")

    monkeypatch.setattr(Picture, "_repr_mimebundle_", missing)
    watched = Watched("f()", "-> None", requests=[Request("issuer", "POST", "/token", 200)])
    assert watched._repr_mimebundle_() == ({"text/plain": repr(watched)}, {})


def test_a_path_cannot_move_a_cursor() -> None:
    watched = Watched("f()", "-> None", requests=[Request("x", "GET", "/\x1b[2J", 404)])
    assert r"/\x1b[2J" in repr(watched)


def raises(numbers):
    raise SystemExit(3)


def unfinished(numbers):
    return TODO


@pytest.mark.parametrize(
    ("submission", "text"),
    [
        (raises, "raises([1.0, 2.0])\n  raised SystemExit: 3"),
        (unfinished, "unfinished([1.0, 2.0])\n  TODO: there is code left to write"),
        (None, "This is None, and not a function."),
        (lambda: 1, "Your function takes (); the starter takes (numbers)."),
        (TODO, "TODO: there is code left to write"),
    ],
)
async def test_whatever_is_passed_is_answered(tmp_path: Path, submission, text) -> None:
    assert repr(await watch(MEAN, submission, tmp_path)) == text


async def test_without_an_example_it_says_so(tmp_path: Path) -> None:
    watched = await watch(replace(MEAN, call=None), loud, tmp_path)
    assert "no example to watch" in repr(watched)


def test_what_never_returns_is_stopped(tmp_path: Path) -> None:
    async def forever(numbers):
        await asyncio.Event().wait()

    watched = asyncio.run(watch(replace(MEAN, limit_s=0.1), forever, tmp_path))
    assert repr(watched) == "still running after 0.1 seconds: stopped"


def test_watching_is_no_try(tmp_path: Path) -> None:
    asyncio.run(watch(MEAN, loud, tmp_path))
    assert list(tmp_path.iterdir()) == []
