"""A picture in a notebook: PNG and twin, the same bytes each time, from any thread."""

import base64
import hashlib
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import matplotlib as mpl
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from labkit.errors import StorageError, UsageError
from labkit.pictures import (
    Hop,
    Party,
    Picture,
    RequestRow,
    compare_bits,
    course_map,
    key_holders,
    loop_unrolled,
    request_table,
    signature_flow,
    token_anatomy,
)
from labkit.pictures.lettering import load_matplotlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"  # PNG specification, section 5.2.
EVERY_PICTURE = {
    "token": lambda: token_anatomy("eyJhbGciOiJub25lIn0.e30."),
    "keys": lambda: key_holders([Party("issuer", ("private",)), Party("inspections", ("public",))]),
    "map": lambda: course_map([Hop("00", "The whole game", "question", 2, 1)], "00"),
    "requests": lambda: request_table([RequestRow("issuer", "GET", "/", 200)]),
    "flow": lambda: signature_flow("a.b", "a.c"),
    "loop": lambda: loop_unrolled(
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    ),
    "bits": lambda: compare_bits(b"\x0f" * 32, b"\xf0" * 32),
}


@pytest.mark.parametrize("make", EVERY_PICTURE.values(), ids=EVERY_PICTURE)
def test_it_gives_jupyter_a_sharp_png_and_its_twin(make):
    data, about = DisplayFormatter().format(make())
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    size = about["image/png"]
    assert sorted(data) == ["image/png", "text/plain"]
    assert image.size == (2 * size["width"], 2 * size["height"])
    assert (size["width"], 0 < size["height"] < 1000) == (900, True)
    assert data["text/plain"] == repr(make()) == image.text["Description"]
    assert size["alt"] == image.text["Title"] == repr(make()).splitlines()[0]


@pytest.mark.parametrize("make", EVERY_PICTURE.values(), ids=EVERY_PICTURE)
def test_it_is_a_small_png_with_transparent_corners(make):
    png = make().png()
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    assert png.startswith(SIGNATURE)
    assert 5_000 < len(png) < 200_000
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((20, image.height // 2))[3] == 255


def digest(make) -> str:
    return hashlib.sha256(make().png()).hexdigest()


@pytest.mark.parametrize("make", EVERY_PICTURE.values(), ids=EVERY_PICTURE)
def test_the_same_data_gives_the_same_bytes_in_any_style(make):
    first = digest(make)
    style = {
        "font.family": "serif",
        "font.size": 30,
        "text.color": "red",
        "text.parse_math": True,
        "lines.linewidth": 9,
        "lines.marker": "o",
        "patch.facecolor": "red",
        "figure.facecolor": "black",
        "figure.dpi": 30,
        "figure.autolayout": True,
        "savefig.dpi": 20,
        "savefig.bbox": "tight",
        "path.sketch": (1, 100, 2),
        "axes.facecolor": "red",
    }
    with mpl.rc_context(style):
        assert digest(make) == first
    assert digest(make) == first


def test_several_threads_draw_what_one_thread_draws():
    makers = [*EVERY_PICTURE.values()] * 4
    alone = [digest(make) for make in makers]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(digest, makers)) == alone


def test_several_threads_render_one_picture_once():
    inside = Barrier(2)
    alone = []

    def draw():
        try:
            inside.wait(timeout=0.2)  # Passes only if a second thread comes in as well.
        except BrokenBarrierError:
            alone.append(True)
        return Figure(figsize=(1, 1))

    picture = Picture(draw, "a square")
    with ThreadPoolExecutor(2) as pool:
        pngs = set(pool.map(lambda _: picture.png(), range(4)))
    assert (len(pngs), alone) == (1, [True])


def test_the_twin_alone_draws_nothing():
    picture = Picture(lambda: pytest.fail("drawn"), "words")
    assert (repr(picture), picture.text) == ("words", "words")


def test_it_takes_a_figure_of_the_learners_own(tmp_path):
    figure = Figure(figsize=(2, 1))
    figure.add_subplot().plot([1, 2])
    picture = Picture(figure, "a line\nthat rises")
    assert picture.figure is figure
    saved = picture.save(str(tmp_path / "line.PNG"))
    assert saved.read_bytes() == picture.png()
    assert Image.open(io.BytesIO(picture.png())).size == (384, 192)


@pytest.mark.parametrize("figure", [None, 7, "figure"])
def test_what_is_no_figure_is_refused(figure):
    with pytest.raises(UsageError, match="figure"):
        Picture(figure, "words")


@pytest.mark.parametrize("text", ["", " \n", None, b"words"])
def test_a_picture_needs_words(text):
    with pytest.raises(UsageError, match="text"):
        Picture(Figure(), text)


@pytest.mark.parametrize("path", ["", "picture", "picture.jpg", None, 7])
def test_a_path_that_is_no_png_is_refused(path):
    with pytest.raises(UsageError, match=r"\.png"):
        Picture(Figure(), "words").save(path)


def test_a_folder_that_isnt_there_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"nowhere.*name a folder"):
        Picture(Figure(), "words").save(tmp_path / "nowhere" / "a.png")


def test_without_matplotlib_the_twin_is_shown_with_the_way_to_get_it(monkeypatch):
    load_matplotlib.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    data, about = course_map([Hop("00", "Start", "question")])._repr_mimebundle_()
    load_matplotlib.cache_clear()
    assert list(data) == ["text/plain"]
    assert data["text/plain"].splitlines()[0] == "the path of one request"
    assert "pip install" in data["text/plain"].splitlines()[-1]
    assert about == {}


def test_an_error_while_drawing_is_not_swallowed():
    def draw():
        raise OSError(os.strerror(2))

    with pytest.raises(OSError, match=os.strerror(2)):
        Picture(draw, "words").png()
