"""Colours can be read and told apart, measured."""

import itertools

import numpy as np
import pytest

from labkit.errors import UsageError
from labkit.pictures import palette
from labkit.pictures.palette import MIN_CONTRAST, TINTS, channels, contrast

SURFACES = (palette.CARD, palette.PANEL)
INKS = (palette.INK, *TINTS)

# What each kind of eye sees of linear red, green and blue. Source: Machado, Oliveira, Fernandes,
# "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
EYES = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
FAR = 18  # CIELAB distance; two colours side by side differ plainly from about 10 on.


def lab(colour, eye):
    """The CIELAB coordinates of a colour as *eye* sees it (CIE 15, white point D65)."""
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour])
    seen = np.clip(np.array(eye) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ seen / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize("surface", SURFACES)
def test_every_ink_is_readable_on_every_surface(ink, surface):
    assert contrast(ink, surface) >= MIN_CONTRAST


@pytest.mark.parametrize(("ink", "tint"), TINTS.items())
def test_every_ink_is_readable_on_its_tint_and_so_is_the_second_voice(ink, tint):
    assert contrast(ink, tint) >= MIN_CONTRAST
    assert contrast(palette.INK, tint) >= MIN_CONTRAST
    assert contrast(palette.SOFT, tint) >= MIN_CONTRAST


@pytest.mark.parametrize("ink", TINTS)
def test_the_panels_white_is_readable_on_every_ink(ink):
    assert contrast(palette.PANEL, ink) >= MIN_CONTRAST


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(
    "family",
    [
        (palette.HEADER, palette.PAYLOAD, palette.SIGNATURE),
        (palette.GOOD, palette.BAD),
        (palette.LIT, palette.BAD),
        (palette.LIT, palette.WARN),
    ],
)
def test_colours_that_stand_side_by_side_differ_for_every_eye(family, eye):
    for one, other in itertools.combinations(family, 2):
        apart = lab(channels(one), EYES[eye]) - lab(channels(other), EYES[eye])
        assert np.linalg.norm(apart) >= FAR


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#FFFFFF", "#767676", 4.54), ("#123456", "#123456", 1)],
)
def test_contrast_is_the_one_of_the_guidelines(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#gggggg", "1234567", None, 7])
def test_what_is_no_colour_is_refused(colour):
    with pytest.raises(UsageError, match="#rrggbb"):
        contrast(colour, "#ffffff")
