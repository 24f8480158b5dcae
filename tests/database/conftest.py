"""One seeded database for the whole run; each test gets its own copy."""

import pytest

from labkit.database import seeded_database


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    seeded_database(folder, folder / "first.sqlite")
    return folder
