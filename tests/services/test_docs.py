"""The documentation page: offline, and under any prefix."""

import re

import pytest

from labkit.services import docs


async def test_the_page_names_no_other_host_and_no_path_from_the_root(client):
    page = (await client.get("/docs")).text
    addresses = re.findall(r"""(?:src|href)="([^"]*)"|url: '([^']*)'""", page)
    found = {address for pair in addresses for address in pair if address}
    assert found == {*(f"docs/{name}" for name in docs.ASSETS), "openapi.json"}
    assert "http" not in page
    assert '"validatorUrl": null' in page


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("favicon.png", "image/png"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-ui.css", "text/css"),
    ],
)
async def test_the_files_of_the_page_are_served(client, name, media_type):
    response = await client.get(f"/docs/{name}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(media_type)
    assert len(response.content) > 1000


@pytest.mark.parametrize("name", ["redoc.standalone.js", "core.py", "..%2fcore.py", "x"])
async def test_no_other_file_is(client, name):
    assert (await client.get(f"/docs/{name}")).status_code == 404


async def test_the_document_points_to_where_it_came_from(client):
    document = (await client.get("/openapi.json")).json()
    assert [server["url"] for server in document["servers"]] == ["."]


async def test_a_slash_too_many_redirects_nowhere(client):
    assert (await client.get("/docs/")).status_code == 404
