"""
The widget of a token: the page asks for a look at a text, the kernel answers.

::

    page      {"type": "look", "from": view, "text": text}; text is null for the token itself
    kernel    {"type": "look", "to": view, "data": ...} to that view; {"type": "changed"} to all

Nothing of it is a trait of the widget: a notebook may keep those, and a live token is kept nowhere.

Only `labkit.widgets.token_view` loads this module, when a view is displayed: it needs anywidget.

Floor 4: imports nothing of labkit.
"""

from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython

from labkit.widgets.chat_page import where_it_was_sent
from labkit.widgets.front_end import PageWidget

SCRIPTS = ("token_model.js", "token_view.js")
STYLES = ("token_view.css",)


class TokenWidget(PageWidget):
    """
    A token on the page.

    Args:
        look: Returns what a page is told of a text, or of the token itself if it is None.
        moment: Returns something that is another thing as soon as a look may say something else.
        about: What the widget says of itself where it can't be shown.
    """

    def __init__(
        self,
        look: Callable[[str | None], dict[str, Any]],
        moment: Callable[[], object],
        about: str,
    ) -> None:
        super().__init__(about, SCRIPTS, STYLES)
        self._look, self._moment = look, moment
        self._seen = moment()
        self.on_msg(lambda _widget, content, _buffers: self._answer(content))
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = where_it_was_sent
        self._shell = get_ipython()
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self._after_cell)

    def close(self) -> None:
        """Take it off the page; it looks at no cell any more."""
        if self._shell is not None:
            self._shell.events.unregister("post_run_cell", self._after_cell)
            self._shell = None
        super().close()

    def _answer(self, content: object) -> None:
        """Answer a page; what it can't have asked is left."""
        match content:
            case {"type": "look", "from": str(view), "text": str() | None as text}:
                self.send({"type": "look", "to": view, "data": self._look(text)})

    def _after_cell(self, _result: object) -> None:
        """Tell the pages if a cell has set the clock or changed the keys."""
        now = self._moment()
        if now != self._seen:
            self._seen = now
            self.send({"type": "changed"})
