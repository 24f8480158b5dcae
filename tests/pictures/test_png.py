"""A picture as PNG: small, exact where it counts, with its words inside."""

import io

import numpy as np
import pytest
from PIL import Image

from labkit.pictures.png import PALETTE_SIZE, encode


def decoded(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (*shape, 4), dtype=np.uint8)


def test_few_colours_stay_exact_with_their_transparency():
    pixels = noise(10, 9).repeat(8, axis=0)
    assert np.array_equal(np.array(decoded(encode(pixels, {})).convert("RGBA")), pixels)


def test_flat_colours_stay_exact_among_thousands_of_shades():
    pixels = noise(200, 100)
    pixels[:, 50:] = (10, 200, 30, 255)
    shown = np.array(decoded(encode(pixels, {})).convert("RGBA"))
    assert (shown[:, 50:] == (10, 200, 30, 255)).all()
    assert len(np.unique(shown.reshape(-1, 4), axis=0)) <= PALETTE_SIZE


def test_shades_between_two_colours_move_by_less_than_can_be_seen():
    ramp = np.linspace(0, 255, 1000).astype(np.uint8)[:, None, None]
    pixels = np.concatenate([np.broadcast_to(ramp, (1000, 5, 3)), np.full((1000, 5, 1), 255)], 2)
    pixels = pixels.astype(np.uint8)
    moved = np.array(decoded(encode(pixels, {})).convert("RGBA")).astype(int) - pixels
    assert abs(moved).max() <= 24


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_the_smallest_pictures_work_too(shape):
    assert decoded(encode(noise(*shape), {})).size == shape[::-1]


def test_texts_are_kept_in_any_language():
    image = decoded(encode(noise(2, 2), {"Title": "a", "Description": "é 漢\nsecond line"}))
    assert image.text == {"Title": "a", "Description": "é 漢\nsecond line"}
