"""Words of like meaning: from the table, from its pieces, and when the table can't be read."""

import subprocess
import sys

import numpy as np
import pytest

from labkit.rehearsal import meaning


@pytest.mark.parametrize(
    ("one", "other", "stranger"),
    [("picture", "image", "invoice"), ("remove", "delete", "forecast"), ("grass", "lawn", "price"),
     ("doctor", "physician", "train"), ("quickly", "fast", "table")],
)  # fmt: skip
def test_words_of_like_meaning_are_nearer_than_strangers(one, other, stranger):
    assert meaning.alike(one, other) >= meaning.SYNONYM > meaning.alike(one, stranger)
    assert meaning.alike(one, one) == 1.0


def test_a_word_with_an_ending_is_looked_up_by_its_plain_form():
    assert meaning.alike("grasses", "grass") > 0.99
    assert meaning.alike("unplugged", "unplug") > 0.5


def test_any_word_has_a_vector_of_length_one_or_none():
    words = ["sjuksk\u00f6terska", "x" * 500, "\U0001f680", "a", "naphthalene"]
    lengths = np.linalg.norm(meaning.vectors_of(words), axis=1)
    assert lengths == pytest.approx(np.ones(len(words)), abs=1e-5)


def test_likeness_has_a_row_for_each_word_and_no_more_digits_than_count():
    found = meaning.likeness(["rain", "tax"], meaning.vectors_of(["umbrella", "invoice", "rain"]))
    assert found.shape == (2, 3)
    assert found[0, 2] == pytest.approx(1, abs=1e-4)
    assert found == pytest.approx(np.round(found, meaning.DIGITS), abs=1e-9)
    assert meaning.vectors_of([]).shape == (0, 256)


@pytest.fixture
def unread():
    """Nothing of the table kept, before and after."""
    for kept in (meaning._table, meaning._vector):
        kept.cache_clear()
    yield
    for kept in (meaning._table, meaning._vector):
        kept.cache_clear()


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch, unread):
    monkeypatch.setattr(meaning, "PACKAGE", "no_such_package")
    with pytest.raises(meaning.NoWordVectorsError, match="pip install no_such_package"):
        meaning.alike("rain", "tax")


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.unlink(), lambda path: path.write_bytes(b"\x02"),
     lambda path: path.write_bytes(path.read_bytes()[:-512])],
)  # fmt: skip
def test_a_missing_or_broken_table_is_named_with_what_to_do(monkeypatch, tmp_path, unread, spoil):
    home = meaning._home()
    for name in (meaning.TABLE, meaning.PIECES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((home / name).read_bytes())
    monkeypatch.setattr(meaning, "_home", lambda: tmp_path)
    spoil(tmp_path / meaning.TABLE)
    with pytest.raises(meaning.NoWordVectorsError, match="force-reinstall wordllama"):
        meaning.alike("rain", "tax")


def test_the_table_is_read_when_the_first_word_is_compared_and_the_package_never_imported():
    program = (
        "import sys, labkit.rehearsal.meaning as m; "
        "assert m._table.cache_info().currsize == 0; m.alike('rain', 'tax'); "
        "assert not {'wordllama', 'tokenizers', 'safetensors'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
