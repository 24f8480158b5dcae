"""
The widget of a chat: the files that the page loads, and messages to and fro.

Only `labkit.widgets.chat` loads this module, when a chat is displayed: it needs anywidget.

Floor 4: imports nothing of labkit.
"""

from collections.abc import Callable
from importlib.resources import files

import traitlets
from anywidget import AnyWidget

SCRIPTS = ("chat_model.js", "chat.js")
"""One module for the page: anywidget loads one, and the second uses what the first defines."""

STYLES = "chat.css"


class ChatWidget(AnyWidget):
    """
    A chat on the page.

    Args:
        receive: Takes what a page asks for; called on a thread of the kernel.
        about: What the widget says of itself where it can't be shown.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, receive: Callable[[object], None], about: str) -> None:
        self._about = about
        super().__init__(_esm="\n".join(map(_read, SCRIPTS)), _css=_read(STYLES))
        self.on_msg(lambda _widget, content, _buffers: receive(content))
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = where_it_was_sent

    def __repr__(self) -> str:
        return self._about


def where_it_was_sent(_content: object, subshell_id: str | None) -> str | None:
    """
    Return the subshell that the page chose, so that a cell doesn't hold up the chat.

    ipykernel 7.4 moves a page's message to the shell that last wrote to it, for cells that await an
    answer. The cell that shows a chat is the first to write, so all would wait for the cells.
    """
    return subshell_id


def _read(name: str) -> str:
    return files("labkit.widgets").joinpath(name).read_text("utf-8")
