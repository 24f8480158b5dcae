"""
The widget of a token: the page asks for a look at a text, the kernel answers.

::

    page      {"type": "look", "from": view, "number": n, "text": text}; null for the token itself
              {"type": "leave", "from": view} when the page takes the view off
    kernel    {"type": "look", "to": view, "number": n, "data": ...} to that view
              {"type": "changed"} to all, once: who wants to hear of the next change looks again

Nothing of it is a trait of the widget: a notebook may keep those, and a live token is kept nowhere.

Only `labkit.widgets.token_view` loads this module, when a view is displayed: it needs anywidget.

Floor 4: imports nothing of labkit.
"""

import threading
from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython

from labkit.widgets.front_end import PageWidget

SCRIPTS = ("token_model.js", "token_view.js")
STYLES = ("view.css", "token_view.css")


class TokenWidget(PageWidget):
    """
    A token on the page. It hears of cells only while a view of it has looked and hasn't left.

    Args:
        look: Returns what a page is told of a text, or of the token itself if it is None.
        moment: Returns something that is another thing as soon as a look may say something else.
            Asked after each cell, so it has to cost nothing.
        about: What the widget says of itself where it can't be shown.
    """

    def __init__(
        self,
        look: Callable[[str | None], dict[str, Any]],
        moment: Callable[[], object],
        about: str,
    ) -> None:
        self._look, self._moment = look, moment
        self._seen: object = None  # The moment before the first look of `_views`.
        self._views: set[str] = set()  # Those that want to hear of a change.
        self._lock = threading.Lock()  # Pages ask on subshells, cells end on the main one.
        self._shell = get_ipython()
        super().__init__(about, SCRIPTS, STYLES)
        self.on_msg(lambda _widget, content, _buffers: self._answer(content))

    def close(self) -> None:
        """Take it off the page; it looks at no cell any more."""
        self._leave(*self._views)
        super().close()

    def _answer(self, content: object) -> None:
        """Answer a page; what it can't have asked is left."""
        match content:
            case {
                "type": "look",
                "from": str(view),
                "number": int(number),
                "text": str() | None as text,
            }:
                self._come(view)
                data = self._look(text)
                self.send({"type": "look", "to": view, "number": number, "data": data})
            case {"type": "leave", "from": str(view)}:
                self._leave(view)

    def _come(self, view: str) -> None:
        with self._lock:
            if not self._views and self._shell is not None:
                self._seen = self._moment()
                self._shell.events.register("post_run_cell", self._after_cell)
            self._views.add(view)

    def _leave(self, *views: str) -> None:
        with self._lock:
            had_some = bool(self._views)
            self._views.difference_update(views)
            if had_some and not self._views and self._shell is not None:
                self._shell.events.unregister("post_run_cell", self._after_cell)

    def _after_cell(self, _result: object) -> None:
        """Tell the pages if a cell has set the clock or changed the keys."""
        if self._moment() != self._seen:
            self._leave(*self._views)  # A view that is gone doesn't come back.
            self.send({"type": "changed"})
