"""An app of the learner's own beside the services of a lab: served, recorded, replaced, stopped."""

import gc
import threading
import weakref

import httpx2
import pytest
from fastapi import FastAPI

from labkit.errors import LabkitError, ServiceError, StartFailed, UsageError
from labkit.lab import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        yield running


def app_that_says(word):
    app = FastAPI()

    @app.get("/word")
    async def say() -> str:
        return word

    @app.get("/broken")
    async def break_it() -> None:
        raise ZeroDivisionError

    return app


async def by_hand(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"by hand"})


def test_an_app_of_ones_own_is_served_and_its_requests_are_recorded(lab):
    mine = lab.serve(app_that_says("first"), name="mine")
    assert mine.get("/word").json() == "first"
    asked = lab.requests[-1]
    assert (asked.service, asked.path, asked.status) == ("mine", "/word", 200)
    assert lab.services["mine"].url == mine.url


def test_a_cell_that_runs_again_replaces_the_app(lab):
    before = lab.serve(app_that_says("first"))
    after = lab.serve(app_that_says("second"))
    assert after.get("/word").json() == "second"
    with pytest.raises(ServiceError, match="was replaced"):
        before.get("/word")
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{before.url}/word")


def test_an_app_that_was_replaced_is_freed(lab):
    app = app_that_says("first")
    known = weakref.ref(app)
    lab.serve(app).get("/word")
    del app
    lab.serve(app_that_says("second"))
    gc.collect()
    assert known() is None


def test_two_names_are_two_services(lab):
    one = lab.serve(app_that_says("one"), name="one")
    two = lab.serve(app_that_says("two"), name="two")
    assert (one.get("/word").json(), two.get("/word").json()) == ("one", "two")


def test_a_plain_asgi_function_is_an_app(lab):
    assert lab.serve(by_hand, name="raw").get("/").text == "by hand"


def test_what_goes_wrong_in_the_app_is_in_the_log_and_not_in_a_cell(lab, capfd):
    mine = lab.serve(app_that_says("x"), name="mine")
    assert mine.get("/broken").status_code == 500
    httpx2.get(f"{mine.url}/word")  # By now the loop has done what it does after an answer.
    assert "ZeroDivisionError" in lab.log()
    assert capfd.readouterr() == ("", "")


def test_an_app_stops_with_its_lab():
    with Lab() as short:
        mine = short.serve(app_that_says("x"), name="short-lived")
        assert "labkit-short-lived" in {thread.name for thread in threading.enumerate()}
        assert ".services['short-lived'].docs_url" in repr(short)
    assert "labkit-short-lived" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ServiceError, match="this lab was stopped"):
        mine.get("/word")
    with pytest.raises(ServiceError, match="this lab was stopped"):
        short.serve(app_that_says("late"))


@pytest.mark.parametrize("name", ["issuer", "inspections", "", "Two words", "x" * 33, 7, None])
def test_a_name_that_cannot_be_used_is_refused(lab, name):
    with pytest.raises(UsageError, match="name is a short word"):
        lab.serve(by_hand, name=name)


@pytest.mark.parametrize("app", [None, "labkit.services.issuer:create_app", 7])
def test_what_is_no_app_is_refused(lab, app):
    with pytest.raises(UsageError, match="app is an ASGI app"):
        lab.serve(app)


def test_an_app_that_does_not_start_says_why_and_leaves_nothing_of_its_name(lab):
    async def bad_lifespan(_app):
        raise ZeroDivisionError("no database")
        yield

    with pytest.raises(StartFailed, match="no database") as failed:
        lab.serve(FastAPI(lifespan=bad_lifespan), name="broken")
    assert isinstance(failed.value, LabkitError)
    assert "broken" not in lab.services
    assert lab.serve(app_that_says("mended"), name="broken").get("/word").json() == "mended"
