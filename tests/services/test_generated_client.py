"""A client made from the document of the service: it works, and knows the errors by their shape."""

import importlib
import json
import subprocess
import sys

import pytest

from labkit import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        yield running


def generate(client, folder):
    """Make a package from the document of the service that *client* talks to; no warning passes."""
    document, config = folder / "openapi.json", folder / "config.json"
    document.write_text(client.get("/openapi.json").text, encoding="utf-8")
    config.write_text(json.dumps({"post_hooks": []}), encoding="utf-8")  # Nobody reads the code.
    package = folder / f"{client.name}_client"
    done = subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none",
            "--fail-on-warning", "--path", document, "--config", config, "--output-path", package,
        ],
        capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return package


@pytest.fixture(scope="module")
def made(lab, tmp_path_factory):
    """Import parts of the client of the inspections service by their names."""
    package = generate(lab.inspections, tmp_path_factory.mktemp("generated"))
    sys.path.insert(0, str(package.parent))
    yield lambda name: importlib.import_module(f"{package.name}.{name}")
    sys.path.remove(str(package.parent))
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


@pytest.fixture
def caller(lab, made):
    token = lab.token("operator-a", scope="inspections:read inspections:write")
    client = made("client").AuthenticatedClient(
        base_url=lab.inspections.url, token=token, raise_on_unexpected_status=True
    )
    with client as caller:
        yield caller


def test_a_list_comes_as_typed_rows(made, caller):
    lines = made("api.read.list_lines").sync(client=caller, limit=3)
    assert type(lines).__name__ == "Lines"
    assert [line.id for line in lines.items] == ["A1", "A2", "A3"]
    assert lines.next_.startswith("/lines?")


def test_another_plants_row_is_a_typed_problem(made, caller):
    answer = made("api.read.get_lot").sync_detailed(5, client=caller)
    assert answer.status_code == 404
    assert answer.parsed.detail == "there is no such thing in your plants"


def test_a_lot_is_quarantined_once_and_the_conflict_shows_it(made, caller):
    quarantine = made("models").Quarantine(quarantined=True, version=1)
    set_quarantine = made("api.write.set_quarantine").sync_detailed
    lot = set_quarantine(1, client=caller, body=quarantine)
    assert (lot.status_code, lot.parsed.quarantined, lot.parsed.version) == (200, True, 2)
    conflict = set_quarantine(1, client=caller, body=quarantine)
    assert conflict.status_code == 409
    assert conflict.parsed.current.additional_properties == lot.parsed.to_dict()


def test_an_inspection_is_recorded_once_with_a_typed_time(made, caller):
    last = made("api.read.list_inspections").sync(client=caller, line="A4", limit=1).items[0]
    new = made("models").NewInspection(
        line_id="A4", camera_id=last.camera_id, lot_id=last.lot_id, model_version_id="v2.0",
        inspected_at=last.inspected_at, score=0.75,
    )  # fmt: skip
    record = made("api.write.record_inspection").sync
    first, again = (record(client=caller, body=new, idempotency_key="one") for _ in range(2))
    assert first == again
    assert (first.defective, first.inspected_at) == (True, last.inspected_at)
    assert first.id > last.id


@pytest.mark.parametrize("name", ["issuer", "inspections"])
def test_the_document_of_each_service_is_good_enough_for_the_generator(lab, tmp_path, name):
    assert (generate(getattr(lab, name), tmp_path) / "client.py").is_file()
