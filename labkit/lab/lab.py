"""
One lab: services that run, and a method for whatever a learner does with them.

What may survive a process is the temporary folder of one that was killed (``kill -9``): the next
lab on the machine deletes it.

Floor 5: knows the backend and the course.
"""

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial
from html import escape
from typing import TYPE_CHECKING, Any, Self, overload

from starlette.types import ASGIApp

from labkit import course
from labkit.backend import Backend, Service
from labkit.client import ServiceClient
from labkit.clock import MovableClock
from labkit.errors import LabkitError, UsageError
from labkit.lab.card import as_html, as_text, kind_of
from labkit.lab.sigterm import stop_at_sigterm
from labkit.logs import LogBuffer
from labkit.outages import outage
from labkit.pictures import Picture
from labkit.pictures.parts import take_apart
from labkit.recorder import RecordedRequest
from labkit.services.hardening import ANY
from labkit.services.scopes import AUDIENCES, INSPECTIONS
from labkit.settings import Settings
from labkit.signin import sign_in
from labkit.tokens import AccessTokenPolicy, KeyRing
from labkit.tracing import Trace
from labkit.widgets import TokenView, TraceView, token_view, trace_view

if TYPE_CHECKING:
    from pandas import DataFrame

    from labkit.agent import Result, Tool, Toolset
    from labkit.agent.bound import BoundAgent
    from labkit.agent.gateway import Approve
    from labkit.agent.tools import Function
    from labkit.assistant import Assistant
    from labkit.widgets.chat import Chat


class Lab:
    """
    Running services, and the course's kit around them.

    Args:
        settings: Where files go and how the browser gets here; None reads the environment.
        database_url: A database to use as it is, instead of a fresh copy of the inspection data.
        name: What the lab is called where it shows itself, such as "01".

    Raises:
        LabkitError: A service doesn't start, or there is no place for its files. Nothing is left.
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        database_url: str | None = None,
        name: str | None = None,
    ) -> None:
        __tracebackhide__ = True  # IPython shows the caller's line and the error.
        self._settings = _checked(settings)
        for argument, value in (("database_url", database_url), ("name", name)):
            if value is not None and (not isinstance(value, str) or not value.strip()):
                raise UsageError(f"{argument} is a string with something in it, or left out")
        self.name = name
        url = database_url or self._settings.database_url
        self._database = kind_of(url)
        hosts = (*self._settings.hosts, *((ANY,) if self._settings.hub_prefix else ()))
        self._backend = Backend(cache=self._settings.cache, database_url=url, hosts=hosts)
        # Runs when nothing refers to this lab any more, and at exit.
        self._end = weakref.finalize(self, self._backend.stop)
        try:
            self._backend.start()
        except LabkitError as error:
            raise error.with_traceback(None)  # noqa: B904  How it got here tells a learner nothing.
        stop_at_sigterm(self)

    @property
    def running(self) -> bool:
        """Whether its services answer."""
        return self._end.alive

    @property
    def services(self) -> Mapping[str, Service]:
        """The services by name: each with ``url``, ``docs_url``, ``client`` and ``log``."""
        return self._backend.services

    @property
    def issuer(self) -> ServiceClient:
        """The HTTP client of the issuer."""
        return self.services["issuer"].client

    @property
    def inspections(self) -> ServiceClient:
        """The HTTP client of the inspections service."""
        return self.services["inspections"].client

    @property
    def search(self) -> ServiceClient:
        """The HTTP client of the outside search service, which starts when it's first used."""
        return self._backend.service("search").client

    @property
    def model(self) -> ServiceClient:
        """
        The HTTP client of the language model's endpoint, which starts when it's first used.

        Any OpenAI client can use it: ``OpenAI(base_url=f"{lab.model.url}/v1", api_key="none")``.
        """
        return self._backend.service("model").client

    @property
    def urls(self) -> Mapping[str, str]:
        """The base URL of each service by its name."""
        return {name: service.url for name, service in self.services.items()}

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The newest requests that the services answered, in order of arrival."""
        return self._backend.requests

    @property
    def issuer_keys(self) -> KeyRing:
        """The issuer's keys: ``publish_next``, ``rotate``, ``remove``, and the ``lives`` of all."""
        return self._backend.keys

    @property
    def clock(self) -> MovableClock:
        """What time it is for the services: ``lab.clock.advance(minutes=5)``. It can't go back."""
        return self._backend.clock

    def serve(self, app: ASGIApp, *, name: str = "mine") -> ServiceClient:
        """
        Serve an ASGI *app* of your own on a thread of its own, until `stop`; return its client.

        It shows in `services`, what it is asked in `requests`, what it says in `log`. Another one
        of the same *name* replaces it, as a cell that runs again does.

        Raises:
            UsageError: *app* isn't an ASGI app, or *name* is no word, or one of the lab's own.
            LabkitError: The lab was stopped, or the app doesn't start; the text says why.
        """
        return self._backend.serve(app, name=name).client

    def token(
        self,
        user: str = "quality-lead",
        *,
        audience: str = "inspections",
        scope: str = "inspections:read",
    ) -> str:
        """
        Sign a local user in and return an access token.

        Args:
            user: "quality-lead" sees both plants, "operator-a" and "operator-b" one each.
            audience: The one service that the token is for.
            scope: What it allows there, words separated by spaces; "" allows nothing.

        Raises:
            UsageError: The issuer refuses; the text says what, and what there is.
            ServiceError: The lab was stopped.
        """
        return sign_in(self.issuer, user, audience=audience, scope=scope)

    def ask(
        self, question: str, user: str = "quality-lead", *, approve: "Approve | None" = None
    ) -> "Result":
        """
        Ask the lab's agent, and wait for its answer; also inside Jupyter.

        Args:
            question: What to ask. Each question is a conversation of its own; to go on, ask
                ``lab.agent().run_sync("And ...?", transcript=answer.transcript)``.
            user: For whom; the agent can do what they may, and nothing else.
            approve: An async function that is asked before each call that writes; without it,
                nothing is written.

        Raises:
            UsageError: There is no such user, or nothing to ask.
            ModelError: The model's endpoint gave no usable reply; the text says what to do.
            ServiceError: The lab was stopped.
        """
        return self._assistant.usual(user).run_sync(question, approve=approve)

    def agent(
        self,
        user: str = "quality-lead",
        tools: "Iterable[Tool | Function | Toolset] | None" = None,
        model: str | None = None,
        instructions: str | None = None,
        approve: "Approve | None" = None,
    ) -> "BoundAgent":
        """
        Return an agent for *user*: ``run``, ``run_sync`` and ``stream`` ask it.

        Args:
            user: For whom it acts.
            tools: What it can call; None means labkit's own tools.
            model: Such as "rehearsal:obey"; None means ``LABKIT_MODEL``, or the lab's own.
            instructions: What the model is told first; None means a few sentences with the date.
            approve: As for `ask`.

        Raises:
            UsageError: One of them can't be used; the text says which.
            ServiceError: The lab was stopped.
        """
        return self._assistant.agent(user, tools, model, instructions, approve)

    def chat(
        self,
        user: str = "quality-lead",
        tools: "Iterable[Tool | Function | Toolset] | None" = None,
        model: str | None = None,
        instructions: str | None = None,
    ) -> "Chat":
        """
        Return a chat with an agent for *user*; as a cell's last line it shows itself.

        It answers while other cells compute. Calls that write ask for approval in the chat.
        Arguments as for `agent`. When the lab stops, the chat says so, and what was said stays.

        Raises:
            UsageError: One of them can't be used; the text says which.
            ServiceError: The lab was stopped.
        """
        from labkit.widgets.chat import Chat  # With the OpenAI SDK.

        chat = Chat(self.agent(user, tools, model, instructions), traces=True)
        self._backend.at_stop(partial(_say_stopped, weakref.ref(chat)))
        return chat

    def outage(self, name: str) -> AbstractContextManager[None]:
        """
        Take one layer out for a block: ``with lab.outage("issuer"): ...``. It's back behind it.

        Args:
            name: A service, such as "inspections" or "model", or "database".

        Raises:
            UsageError: There is no such layer, or the database is one of yours.
            LabkitError: The lab was stopped, or another program keeps the layer from coming back;
                the text says what to do.
        """
        return outage(self._backend, name)

    def audit(self, newest: int = 1000) -> "DataFrame":
        """
        Return who let the agents call what, as a table: a row per call, also for refused ones.

        It lasts as long as the lab; with ``LABKIT_AUDIT_DATABASE_URL`` it's kept in that database.

        Args:
            newest: How many rows at most; the newest ones, oldest first.

        Raises:
            UsageError: *newest* isn't a number of rows, 1 to 100,000.
            MissingDependency: pandas isn't installed.
            LabkitError: The lab was stopped, or the trail can't be read.
        """
        return self._assistant.rows(newest)

    @cached_property
    def _assistant(self) -> "Assistant":
        from labkit.assistant import Assistant  # With the OpenAI SDK: half a second.

        return Assistant(self._backend, self._settings)

    def trace(self) -> Trace:
        """
        Return a trace of what runs in its block: ``with lab.trace() as trace: ...``.

        It sees every hop: requests, middleware, dependencies, tokens, statements, tools.

        Raises:
            ServiceError: The lab was stopped.
        """
        self._backend.expect_running()
        return Trace()

    @overload
    def view(self, what: Trace) -> TraceView: ...

    @overload
    def view(self, what: str) -> TokenView: ...

    def view(self, what: Trace | str) -> TraceView | TokenView:
        """
        Return a trace or a token to take in one's hands, with mouse or keyboard.

        A trace can be folded, filtered and opened at any hop. A token shows where each claim stands
        and what a verifier does with it; it's checked as the service would that it names, by this
        lab's clock and keys, also after each change of a character.

        Raises:
            UsageError: It's neither a trace nor a text.
        """
        if isinstance(what, str):
            ring = self.issuer_keys
            return token_view(what, self._policy_for(what), ring.jwk_set, lambda: ring.lives)
        if not isinstance(what, Trace):
            raise UsageError("view takes a trace (`with lab.trace() as trace:`) or a token's text")
        return trace_view(what)

    def _policy_for(self, token: str) -> AccessTokenPolicy:
        """Return the policy of the service that *token* says it's for, or else of inspections."""
        named = take_apart(token).value("payload", "aud")
        audience = named if isinstance(named, str) and named in AUDIENCES else INSPECTIONS
        return AccessTokenPolicy(self.issuer.url, audience, clock=self.clock)

    def jwk_set(self) -> dict[str, Any]:
        """
        Return the issuer's public keys, ``{"keys": [...]}``, fetched now (RFC 7517 section 5).

        Raises:
            ServiceError: The lab was stopped.
        """
        keys: dict[str, Any] = self.issuer.get("/jwks.json").json()
        return keys

    def log(self, request_id: str | None = None) -> str:
        """
        Return what the services' threads had to say: warnings, errors, refused tokens.

        Args:
            request_id: Of one request only, such as the ``request_id`` of a problem says.
        """
        return self._lines(lambda log: log.text(request_id))

    def access_log(self, request_id: str | None = None) -> str:
        """Return a line of JSON for each of the newest requests, or for one, by its id."""
        return self._lines(lambda log: log.access_text(request_id))

    def exercise(self, exercise_id: str) -> course.Exercise:
        """
        Return an exercise, such as "01.2"; its checks may use this lab.

        Raises:
            UsageError: There is no such exercise; the text lists those that there are.
        """
        return course.exercise(exercise_id, settings=self._settings, room=self)

    def predict(
        self,
        prediction_id: str,
        options: Sequence[str | float],
        default: str | float,
        *,
        choice: str | float | None = None,
    ) -> course.Prediction:
        """
        Record a guess before the code runs; *default* stands in while there is no *choice*.

        Raises:
            UsageError: The id isn't like "08.stock", or the guess is none of the options.
        """
        return course.predict(
            prediction_id, options, default, choice=choice, settings=self._settings
        )

    def progress(self) -> Picture:
        """Return the path of the course, each stop filled as its exercises pass."""
        here = self.name if self.name in {stop.number for stop in course.STOPS} else None
        return course.progress(self._settings, here)

    def stop(self) -> None:
        """Stop the services and delete the temporary database. Twice is once."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self.running:
            return f"{self._title}: stopped"
        return as_text(f"{self._title}: {self._database}", self.services.values())

    def _repr_html_(self) -> str:
        """Draw the services with links to their documentation; it reads well without styles."""
        if not self.running:
            return f"<p>{escape(self._title)}: stopped</p>"
        title, services = f"{self._title}: {self._database}", self.services.values()
        return as_html(title, services, hub_prefix=self._settings.hub_prefix)

    def _lines(self, text_of: Callable[[LogBuffer], str]) -> str:
        said = ((name, text_of(service.log)) for name, service in self.services.items())
        return "\n".join(f"[{name}] {line}" for name, text in said for line in text.splitlines())

    @property
    def _title(self) -> str:
        return f"lab {self.name}" if self.name else "lab"

    def _ready(self) -> str:
        return f"{self._title} ready: {', '.join(self.services)} ({self._database})"


CHAT_ENDED = (
    "The lab of this chat was stopped, so nobody answers here any more. Run the cell that starts "
    "the lab, then the one that shows the chat. What was said stays here."
)


def _say_stopped(chat: "weakref.ref[Chat]") -> None:
    if (open_chat := chat()) is not None:
        open_chat.leave(CHAT_ENDED)


def _checked(settings: Settings | None) -> Settings:
    if not isinstance(settings, Settings | None):
        raise UsageError("settings is a labkit.settings.Settings, or None for the environment's")
    chosen = settings or Settings.from_environment()
    if chosen.profile != "local":
        raise UsageError(
            "a lab has throwaway keys and a sign-in without proof, for this machine alone: unset "
            "LABKIT_PROFILE"
        )
    return chosen
