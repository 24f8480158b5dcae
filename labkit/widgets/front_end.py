"""
The widgets themselves: what travels to the page, and the files that show it there.

Only the views load this module, when one is displayed: it needs anywidget.

Floor 4: imports nothing of labkit.
"""

from importlib.resources import files
from typing import Any

import traitlets
from anywidget import AnyWidget

SCRIPTS = ("trace_tree.js", "trace_view.js", "trace_page.js")
"""One module for the page: anywidget loads one, and each uses what those before it define."""

STYLES = ("view.css", "trace_view.css")


class PageWidget(AnyWidget):
    """
    A widget made of plain files.

    Args:
        about: What the widget says of itself where it can't be shown.
        scripts: JavaScript files of this folder; together they are one module.
        styles: CSS files of this folder.
        synced: Values of its traits: what the page is given, and a notebook may keep.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, about: str, scripts: tuple[str, ...], styles: tuple[str, ...], **synced: object
    ) -> None:
        self._about = about
        super().__init__(_esm=_joined(scripts), _css=_joined(styles), **synced)
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = _where_it_was_sent

    def __repr__(self) -> str:
        return self._about


class TraceWidget(PageWidget):
    """
    A trace on the page: data that travels there once.

    Args:
        data: As `labkit.widgets.trace_data` makes it.
        about: What the widget says of itself where it can't be shown.
    """

    data = traitlets.Dict().tag(sync=True)

    def __init__(self, data: dict[str, Any], about: str) -> None:
        super().__init__(about, SCRIPTS, STYLES, data=data)


def _where_it_was_sent(_content: object, subshell_id: str | None) -> str | None:
    """
    Return the subshell that the page chose, so that a cell doesn't hold up the answer to a page.

    ipykernel 7.4 moves a page's message to the shell that last wrote to it, for cells that await an
    answer. The cell that shows a widget is the first to write, so all would wait for the cells.
    """
    return subshell_id


def _joined(names: tuple[str, ...]) -> str:
    folder = files("labkit.widgets")
    return "\n".join(folder.joinpath(name).read_text("utf-8") for name in names)
