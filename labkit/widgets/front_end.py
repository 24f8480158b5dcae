"""
The widget itself: data that travels to the page once, and the files that show it there.

Only `labkit.widgets.trace_view` loads this module, when a view is displayed: it needs anywidget.

Floor 4: imports nothing of labkit.
"""

from importlib.resources import files
from typing import Any

import traitlets
from anywidget import AnyWidget

SCRIPTS = ("trace_tree.js", "trace_view.js")
"""One module for the page: anywidget loads one, and the second uses what the first defines."""

STYLES = "trace_view.css"


class TraceWidget(AnyWidget):
    """
    A trace on the page.

    Args:
        data: As `labkit.widgets.trace_data` makes it.
        about: What the widget says of itself where it can't be shown.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(self, data: dict[str, Any], about: str) -> None:
        self._about = about
        super().__init__(data=data, _esm="\n".join(map(_read, SCRIPTS)), _css=_read(STYLES))

    def __repr__(self) -> str:
        return self._about


def _read(name: str) -> str:
    return files("labkit.widgets").joinpath(name).read_text("utf-8")
