"""
A figure as a small PNG: at most 256 colours, each pixel one byte.

A picture here has a few flat colours and the edges of letters between them. Stored with a palette
it takes a third of the room, and a saved notebook is made of pictures. Flat colours stay exact:
they are the most frequent ones; only rare shades at the edge of a letter move to a neighbour.

Floor 0: imports nothing of labkit. matplotlib, numpy and Pillow load with the first picture.
"""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

    Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

PALETTE_SIZE = 256  # What one byte can name (PNG specification, section 11.2.2: PLTE).
_EXACT = 96  # The most frequent colours stay as they are: measured, all flat fills are among them.
_CELL = 24  # Rarer shades closer than this per channel share an entry: no difference to be seen.
_CHUNK = 4096  # Colours matched at a time: bounds the memory of a picture with many.


def render(figure: "Figure", *, title: str, description: str) -> bytes:
    """Return *figure* at its own resolution as PNG with *title* and *description* inside."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib leaves these two untyped.
    pixels = np.array(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return encode(pixels, {"Title": title, "Description": description})


def encode(pixels: "Pixels", about: dict[str, str]) -> bytes:
    """Return *pixels* (height, width, RGBA) as PNG with a palette and *about* as its texts."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    indices, palette = _indexed(pixels)
    image = Image.fromarray(indices, mode=None)
    image.putpalette(palette[:, :3].tobytes(), "RGB")
    info = PngInfo()
    for name, text in about.items():
        info.add_itxt(name, text)  # Unicode (PNG specification, section 11.3.3.4).
    out = io.BytesIO()
    image.save(out, "png", pnginfo=info, transparency=palette[:, 3].tobytes())
    return out.getvalue()


def _indexed(pixels: "Pixels") -> "tuple[Pixels, Pixels]":
    """Return an index for each pixel, and the colours that the indices name."""
    import numpy as np

    packed = np.ascontiguousarray(pixels).view(np.uint32).ravel()
    starts = np.flatnonzero(np.diff(packed, prepend=~packed[:1]))  # Of runs of one colour.
    lengths = np.diff(starts, append=packed.size)
    colours, inverse = np.unique(packed[starts], return_inverse=True)
    counts = np.bincount(inverse, weights=lengths)
    channels = colours.view(np.uint8).reshape(-1, 4)
    order = np.argsort(-counts, kind="stable")
    exact, rare = order[:_EXACT], order[_EXACT:]
    shades = _shades(channels[rare], counts[rare], PALETTE_SIZE - len(exact))
    palette = np.concatenate([channels[exact], shades])
    indices = np.repeat(_nearest(channels, palette)[inverse], lengths)
    return indices.reshape(pixels.shape[:2]), palette


def _shades(colours: "Pixels", counts: "np.ndarray", most: int) -> "Pixels":
    """Return the mean colour of each of the *most* used cells that *colours* fall into."""
    import numpy as np

    cells = (colours // _CELL).astype(np.int64) @ (256 ** np.arange(4))
    _, cell = np.unique(cells, return_inverse=True)
    weight = np.bincount(cell, weights=counts)
    sums = [np.bincount(cell, weights=counts * colours[:, channel]) for channel in range(4)]
    means = np.rint(np.stack(sums, axis=1) / weight[:, None]).astype(np.uint8)
    return means[np.argsort(-weight, kind="stable")[:most]]


def _nearest(colours: "Pixels", palette: "Pixels") -> "Pixels":
    """Return for each colour the index of the closest one in the palette."""
    import numpy as np

    wanted, there = colours.astype(np.int64), palette.astype(np.int64)
    found = [
        ((wanted[start : start + _CHUNK, None] - there[None]) ** 2).sum(axis=2).argmin(axis=1)
        for start in range(0, len(wanted), _CHUNK)
    ]
    return np.concatenate(found).astype(np.uint8)
