"""The inks can be read on JupyterLab's light and dark page, and on a chosen row of each."""

import pytest

from labkit.pictures.palette import BAD, FAMILY_INKS, MIN_CONTRAST, contrast
from labkit.widgets.inks import DARK_SURFACES, LIGHT_SURFACES, on_dark, themed_inks, token_inks


@pytest.mark.parametrize("inks", [*themed_inks().values(), *token_inks().values()])
def test_an_ink_reads_on_every_surface_of_its_theme(inks):
    light, dark = inks
    assert min(contrast(light, surface) for surface in LIGHT_SURFACES) >= MIN_CONTRAST
    assert min(contrast(dark, surface) for surface in DARK_SURFACES) >= MIN_CONTRAST


def test_the_light_inks_are_those_of_the_pictures():
    assert {name: light for name, (light, _) in themed_inks().items()} == {
        **FAMILY_INKS,
        "bad": BAD,
    }


def test_on_dark_changes_no_more_than_needed():
    assert on_dark("#FFFFFF") == "#ffffff"
    assert on_dark(BAD) not in (BAD.lower(), "#ffffff")
