"""
A picture that shows itself in a notebook, and says the same in words.

Glossary. *Twin*: the text that says what the picture shows: names and nesting, nothing that
changes from run to run. It is the picture's ``repr``, its description for those who don't see it,
and what a test compares. *Drawing*: the matplotlib figure, made when it's first needed, so a
terminal that shows the twin needs no matplotlib.

PNG, not SVG or HTML: an untrusted notebook shows those as text or without their styles.

Floor 0: imports nothing of labkit but its errors.
"""

import base64
from collections.abc import Callable, Container
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from labkit.errors import MissingDependency, StorageError, UsageError
from labkit.pictures.png import render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCALE = 2  # Image pixels per CSS pixel: sharp on dense screens.
CSS_DPI = 96  # CSS pixels per inch (CSS Values and Units 4, section 6.2).


class Picture:
    """
    A drawing and its twin in text.

    Args:
        figure: A matplotlib figure, or a function that draws one when it's first needed. Its size
            in inches times `CSS_DPI` is its size on the page in CSS pixels.
        text: The twin. Its first line also serves as the short description.

    Attributes:
        text: The twin.
    """

    def __init__(self, figure: "Figure | Callable[[], Figure]", text: str) -> None:
        if not callable(figure) and not hasattr(figure, "savefig"):
            raise UsageError("figure has to be a matplotlib Figure or a function that draws one")
        if not isinstance(text, str) or not text.strip():
            raise UsageError("text has to say in words what the picture shows")
        self.text = text
        self._source = figure
        self._figure: Figure | None = None
        self._png: bytes | None = None
        self._lock = Lock()  # A figure can be rendered by one thread at a time.

    @property
    def figure(self) -> "Figure":
        """The matplotlib figure, for whoever wants to change it or put it elsewhere."""
        with self._lock:
            return self._drawn()

    def png(self) -> bytes:
        """
        Return the picture as PNG at `SCALE` image pixels per CSS pixel, the same bytes each time.

        Raises:
            MissingDependency: matplotlib isn't installed.
        """
        with self._lock:
            if self._png is None:
                self._png = self._rendered()
            return self._png

    def save(self, path: str | Path) -> Path:
        """
        Write the PNG to *path* and return where it is.

        Raises:
            UsageError: *path* is no path, or doesn't end in .png.
            StorageError: The file can't be written.
        """
        if not isinstance(path, str | Path) or Path(path).suffix.lower() != ".png":
            raise UsageError("path has to name a file that ends in .png")
        png, target = self.png(), Path(path)
        try:
            target.write_bytes(png)
        except OSError as error:
            raise StorageError(
                f"can't write the picture to {target}: {error.strerror}; name a folder that is "
                "there and can be written"
            ) from error
        return target

    def _rendered(self) -> bytes:
        figure = self._drawn()
        figure.set_dpi(CSS_DPI * SCALE)
        return render(figure, title=_first_line(self.text), description=self.text)

    def _drawn(self) -> "Figure":
        if self._figure is None:
            self._figure = self._source() if callable(self._source) else self._source
        return self._figure

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        """Give Jupyter the PNG with its size on the page, and the twin."""
        del include, exclude  # Jupyter filters by itself.
        try:
            image = base64.b64encode(self.png()).decode("ascii")
        except MissingDependency as error:
            return {"text/plain": f"{self.text}\n({error})"}, {}
        width, height = (round(inches * CSS_DPI) for inches in self.figure.get_size_inches())
        about: dict[str, object] = {"width": width, "height": height, "alt": _first_line(self.text)}
        return {"image/png": image, "text/plain": self.text}, {"image/png": about}

    def __repr__(self) -> str:
        return self.text


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]
