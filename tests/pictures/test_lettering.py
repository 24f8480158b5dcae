"""What was measured is what is drawn, whatever the machine's fonts and the user's style are."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from labkit.errors import MissingDependency
from labkit.pictures import lettering
from labkit.pictures.lettering import (
    cell_width,
    drawable,
    fit,
    font,
    load_matplotlib,
    width_of,
    wrap,
)
from labkit.pictures.palette import BODY, CODE, CODE_STRONG, STRONG, TITLE, Face
from labkit.pictures.picture import SCALE
from labkit.pictures.sheet import Sheet

TEXT = "The quick brown fox jumps over the lazy dog, 1234567890 times"
FACES = (TITLE, STRONG, BODY, CODE)


@pytest.mark.parametrize("face", FACES)
def test_the_measured_width_is_the_drawn_one(face):
    sheet = Sheet(900, 60)
    sheet.text((20, 40), TEXT, face)
    renderer = FigureCanvasAgg(sheet.figure).get_renderer()
    (drawn,) = sheet.figure.findobj(Text)
    assert drawn.get_window_extent(renderer).width / SCALE == pytest.approx(
        width_of(TEXT, face), abs=1
    )


@pytest.mark.parametrize("face", [CODE, CODE_STRONG])
@pytest.mark.parametrize("count", [2, 40, 110])
def test_the_cells_of_code_add_up_in_both_weights(face, count):
    added = (count - 1) * cell_width(CODE) + width_of("0", face)
    assert width_of("0" * count, face) == pytest.approx(added, abs=1)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("room", [0, 1, 20, 100.5, 300, 5000])
def test_a_fitted_text_never_passes_its_room(face, room):
    shown = fit(TEXT, face, room)
    assert shown == "…" or width_of(shown, face) <= room
    assert shown == TEXT or shown.endswith("…")
    assert shown.rstrip("…") == TEXT[: len(shown.rstrip("…"))]


def test_lines_break_at_spaces_and_the_last_one_is_cut():
    lines = wrap(TEXT, BODY, 120, 2)
    assert [line.split()[0] for line in lines] == ["The", "fox"]
    assert lines[1].endswith("…")
    assert all(width_of(line, BODY) <= 120 for line in lines)
    assert " ".join(wrap(TEXT, BODY, 120, 99)) == TEXT


def test_nothing_to_wrap_makes_no_lines():
    assert (wrap("", BODY, 100, 3), wrap("a", BODY, 100, 0)) == ([], [])


def test_characters_that_the_font_lacks_are_escaped():
    assert drawable("a漢\U0001f9ff✓\u202e", CODE) == "a\\u6f22\\U0001f9ff✓\\u202e"


def test_the_font_is_a_file_of_matplotlibs_own():
    for face in (BODY, STRONG, CODE, CODE_STRONG):
        assert Path(font(face).get_file()).parent == load_matplotlib()
        assert font(face).get_size() == pytest.approx(face.size * 0.75)


def test_the_users_style_changes_no_width():
    with mpl.rc_context({"font.family": "DejaVu Serif", "font.size": 40, "font.weight": "bold"}):
        assert width_of("only once, in a style", BODY) == pytest.approx(
            width_of("only once, in a style", Face(BODY.size, bold=False)), abs=0.1
        )
        lettering.width_of.cache_clear()
        styled = width_of("only once, in a style", BODY)
    lettering.width_of.cache_clear()
    assert styled == width_of("only once, in a style", BODY)


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    load_matplotlib.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    level = logging.getLogger("matplotlib").level
    with pytest.raises(MissingDependency, match="pip install"):
        load_matplotlib()
    assert logging.getLogger("matplotlib").level == level


def test_the_first_picture_on_a_new_machine_prints_nothing(tmp_path):
    code = (
        "import sys, labkit.pictures as p\n"
        "loaded = {'matplotlib', 'numpy', 'PIL'} & sys.modules.keys()\n"
        "assert not loaded, loaded\n"
        "png = p.course_map([p.Hop('00', 'a', 'b')]).png()\n"
        "assert png[:4] == b'\\x89PNG'\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    no_folder = tmp_path / "file"
    no_folder.write_text("a file where matplotlib wants a folder")
    environment = {**os.environ, "MPLCONFIGDIR": str(no_folder)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
