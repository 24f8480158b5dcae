"""Where a browser finds what listens on this machine's loopback."""

import importlib.util
import json
import os

import pytest

from labkit import links
from labkit.links import anchor, browser_links

URL = "http://127.0.0.1:8001/docs"


@pytest.fixture
def without_proxy(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def with_proxy(monkeypatch, tmp_path):
    """jupyter-server-proxy is installed; Jupyter servers write what they are to this folder."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "a spec")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_on_the_same_machine_the_direct_link_is_enough(without_proxy):
    assert browser_links(URL) == (URL,)


@pytest.mark.parametrize("prefix", ["/user/ann/", "/user/ann", "user/ann/"])
def test_in_a_hub_only_the_proxied_link_leads_anywhere(prefix):
    assert browser_links(URL, hub_prefix=prefix) == ("/user/ann/proxy/8001/docs",)


def test_a_hub_prefix_can_name_no_other_host():
    (link,) = browser_links(URL, hub_prefix="//evil.example/")
    assert link == "/evil.example/proxy/8001/docs"


@pytest.mark.parametrize(
    ("base_url", "proxied"), [("/", "/proxy/8001/docs"), ("/lab/x/", "/lab/x/proxy/8001/docs")]
)
def test_the_server_that_started_this_kernel_offers_its_proxy(with_proxy, base_url, proxied):
    info = {"pid": os.getppid(), "base_url": base_url}
    (with_proxy / "jpserver-1.json").write_text(json.dumps(info))
    assert browser_links(URL) == (URL, proxied)


def test_somebody_elses_jupyter_server_is_not_asked(with_proxy):
    info = {"pid": os.getpid(), "base_url": "/other/"}
    (with_proxy / "jpserver-1.json").write_text(json.dumps(info))
    assert browser_links(URL) == (URL,)


def test_a_runtime_folder_that_cannot_be_read_costs_a_link_and_no_more(with_proxy):
    (with_proxy / "jpserver-1.json").mkdir()
    assert browser_links(URL) == (URL,)


def test_an_anchor_opens_beside_the_notebook_and_escapes_its_address():
    opens = 'target="_blank" rel="noopener"'
    assert anchor(URL) == f'<a href="{URL}" {opens}>127.0.0.1:8001/docs</a>'
    assert links.anchor('/user/"><script>/docs').count("<") == 2
