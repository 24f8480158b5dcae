"""
`Chat`: talk with an agent in a cell's output, while other cells compute.

::

    chat = labkit.Chat(agent)
    chat                                     # the last line of a cell shows it

Two outputs: the chat itself, which needs a running kernel, and below it the transcript as text,
which the notebook keeps.

Floor 4: knows the agent and errors; anywidget loads with the first chat that is displayed.
"""

import asyncio
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, get_args

from labkit.agent import Agent, Authority, BoundAgent, Transcript
from labkit.background import BackgroundLoop
from labkit.errors import MissingDependency, ServiceError, UsageError
from labkit.tracing import Trace
from labkit.widgets.export import Form
from labkit.widgets.session import Ask, Session
from labkit.widgets.twin import Twin

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from labkit.widgets.chat_page import ChatWidget

NO_WIDGET = (
    "the chat needs anywidget: pip install 'labkit[course]'; "
    'without it, agent.run_sync("...") asks the same agent'
)
NOT_SHOWN = "A chat: run this cell in JupyterLab, and it stands here."

NO_PAGE = (
    'A chat shows in JupyterLab and Notebook. Here, chat.ask("...") asks the same agent, and '
    "print(chat.export()) shows what was said."
)


class Chat:
    """
    A chat with *agent*, for JupyterLab and Notebook.

    It runs on the background loop, so it answers while a cell computes. Tools that write ask for
    approval in the chat; no answer means no.

    Args:
        agent: Who answers: an `Agent`, or what ``lab.agent()`` returns, which has its user.
        authority: For whom the tools of an `Agent` act; None is nobody, and then no tool gets a
            token.
        traces: Whether each answer has a button that opens its trace: what it took, hop by hop.

    Raises:
        UsageError: *agent* isn't an agent, or has a user already.
    """

    def __init__(
        self,
        agent: Agent | BoundAgent,
        *,
        authority: Authority | None = None,
        traces: bool = False,
    ) -> None:
        self._agent = agent
        ask = _ask(agent, authority)
        self._session = Session(ask, self._send, self._update, traces=traces)
        self._handles: list[DisplayHandle] = []

    @property
    def transcript(self) -> Transcript:
        """What was said so far: a copy, to save it or to go on elsewhere."""
        return BackgroundLoop.shared().run(self._copy())

    @cached_property
    def widget(self) -> "ChatWidget":
        """
        The chat alone, without the transcript below it.

        Raises:
            MissingDependency: anywidget isn't installed.
        """
        try:
            from labkit.widgets.chat_page import ChatWidget
        except ImportError as error:
            raise MissingDependency(NO_WIDGET) from error
        return ChatWidget(self._session.receive, NOT_SHOWN)

    def ask(self, question: str) -> None:
        """
        Ask as if it had been typed, and wait until everything is answered; also in a cell.

        The answer is in the chat, in `transcript` and in `export`. A call that writes waits for
        somebody to approve it on the page. Ctrl-C presses Stop.

        Raises:
            UsageError: There is nothing to ask.
            ServiceError: Nobody answers any more: the chat's lab was stopped.
        """
        if not isinstance(question, str) or not question.strip():
            raise UsageError("question is a string with something in it")
        BackgroundLoop.shared().run(self._answered(question))

    async def _answered(self, question: str) -> None:
        await self._session.handle({"type": "send", "text": question})
        try:
            await self._session.idle()
        except asyncio.CancelledError:
            await self._session.stop()
            raise
        if self._session.left:
            raise ServiceError(self._session.left)

    def leave(self, reason: str) -> None:
        """Stop what goes on, say *reason* in the chat, and answer no more. It doesn't wait."""
        self._session.leave(reason)

    @property
    def traces(self) -> list[Trace]:
        """The traces of the newest answers, oldest first; empty if none is recorded."""
        return list(self._session.traces.kept.values())

    def export(self, form: Form = "markdown") -> str:
        """
        Return what was said so far, as one text.

        Args:
            form: "markdown" for people, or "json": what `Transcript.load` reads from a file.

        Raises:
            UsageError: There is no such form.
        """
        if form not in get_args(Form):
            raise UsageError(f"form is one of {', '.join(get_args(Form))}")
        return BackgroundLoop.shared().run(self._export(form))

    async def _copy(self) -> Transcript:
        return self._session.transcript.copy()

    async def _export(self, form: Form) -> str:
        return self._session.export(form)

    def _send(self, message: dict[str, Any]) -> None:
        if "widget" in self.__dict__:
            self.widget.send(message)

    def _update(self) -> None:
        """Renew the transcript below each chat. Runs on the background loop."""
        twin = self._twin()
        for handle in self._handles:
            handle.update(twin)  # type: ignore[no-untyped-call]

    def _twin(self) -> Twin:
        return Twin(self._session.conversation.messages)

    def _ipython_display_(self) -> None:
        """Show the chat, then its transcript; where that can't be, say what can."""
        from IPython.display import display

        if not _has_page():
            print(NO_PAGE)  # noqa: T201  What a terminal shows instead.
            return
        try:
            display(self.widget)  # type: ignore[no-untyped-call]
        except MissingDependency as error:
            print(error)  # noqa: T201  A line of the cell's own output.
            return
        handle = display(self._twin(), display_id=True)  # type: ignore[no-untyped-call]
        if handle is not None:
            self._handles.append(handle)

    def __repr__(self) -> str:
        """Who answers; the same for the same agent, whatever was said."""
        return f"<Chat with {self._agent!r}>"


def _ask(agent: Agent | BoundAgent, authority: Authority | None) -> Ask:
    """Return how *agent* is asked for its user."""
    if isinstance(agent, BoundAgent):
        if authority is not None:
            raise UsageError("what lab.agent(...) returns has its user: leave authority out")
        return agent.stream
    if not isinstance(agent, Agent):
        raise UsageError("agent is a labkit.Agent: Chat(Agent(model=..., tools=[...]))")
    return partial(agent.stream, authority=authority)


def _has_page() -> bool:
    """Tell whether this runs in a kernel: a terminal and a script have no page."""
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")
