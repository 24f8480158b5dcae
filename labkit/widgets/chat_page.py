"""
The widget of a chat: the files that the page loads, and messages to and fro.

Only `labkit.widgets.chat` loads this module, when a chat is displayed: it needs anywidget.

Floor 4: imports nothing of labkit.
"""

from collections.abc import Callable

from labkit.widgets.front_end import PageWidget

SCRIPTS = (
    "trace_tree.js",
    "trace_view.js",
    "chat_model.js",
    "chat_text.js",
    "chat_code.js",
    "chat_parts.js",
    "chat.js",
)
"""One module for the page: anywidget loads one, and each uses what those before it define."""

STYLES = ("view.css", "trace_view.css", "chat.css")


class ChatWidget(PageWidget):
    """
    A chat on the page.

    Args:
        receive: Takes what a page asks for; called on a thread of the kernel.
        about: What the widget says of itself where it can't be shown.
    """

    def __init__(self, receive: Callable[[object], None], about: str) -> None:
        super().__init__(about, SCRIPTS, STYLES)
        self.on_msg(lambda _widget, content, _buffers: receive(content))
