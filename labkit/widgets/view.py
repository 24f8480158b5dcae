"""
What all views have in common: a picture that lasts, and below it a widget.

Floor 4: knows pictures and errors.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from labkit.errors import MissingDependency
from labkit.pictures import Picture

if TYPE_CHECKING:
    from labkit.widgets.front_end import PageWidget


class View:
    """
    Shows itself as a cell's last line: the picture, then the widget. Elsewhere it is text.

    Attributes:
        picture: What has to last: a page without a kernel has nothing else.
    """

    picture: Picture
    _without = "this view needs anywidget: pip install 'labkit[course]'"

    @cached_property
    def widget(self) -> "PageWidget":
        """
        The widget alone, to put it beside others.

        Raises:
            MissingDependency: anywidget isn't installed.
        """
        try:
            return self._make_widget()
        except ImportError as error:
            raise MissingDependency(self._without) from error

    def _make_widget(self) -> "PageWidget":
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        """Show the picture, then the view; without anywidget, how to get it."""
        from IPython.display import display

        display(self.picture)  # type: ignore[no-untyped-call]
        try:
            display(self.widget)  # type: ignore[no-untyped-call]
        except MissingDependency as error:
            print(error)  # noqa: T201  A line of the cell's own output.

    def __repr__(self) -> str:
        return self.picture.text
