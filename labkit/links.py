"""
Where a browser finds what listens on this machine's loopback.

The kernel may run on another machine than the browser: behind JupyterHub, or behind a Jupyter
server that was reached through a tunnel. There ``http://127.0.0.1:PORT`` leads nowhere, and
jupyter-server-proxy, part of the Jupyter server, passes requests on.

::

    direct     http://127.0.0.1:PORT/docs, for a browser on the same machine
    proxied    /user/ann/proxy/PORT/docs, relative to the host that serves the notebook; JupyterLab
               leaves a link that begins with a slash as it is (``URLExt.isLocal`` of coreutils)

Floor 1: imports nothing of labkit.
"""

import importlib.util
import os
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit


def browser_links(url: str, *, hub_prefix: str | None = None) -> tuple[str, ...]:
    """
    Return the addresses of *url* that may work in the browser of a notebook, best first.

    Args:
        url: On loopback, such as ``http://127.0.0.1:8001/docs``.
        hub_prefix: The path under which a hub serves this user; there nothing else works.
    """
    if hub_prefix:
        return (_proxied(url, hub_prefix),)
    base_url = _base_url_of_our_server()
    return (url,) if base_url is None else (url, _proxied(url, base_url))


def anchor(link: str) -> str:
    """Return *link* as HTML that opens beside the notebook, not in its place."""
    text = escape(link.removeprefix("http://"))
    return f'<a href="{escape(link)}" target="_blank" rel="noopener">{text}</a>'


def _proxied(url: str, base_url: str) -> str:
    parts, prefix = urlsplit(url), base_url.strip("/")
    return f"{'/' if prefix else ''}{prefix}/proxy/{parts.port}{parts.path}"


def _base_url_of_our_server() -> str | None:
    """Return the base URL of the Jupyter server that started this kernel, if it has the proxy."""
    if importlib.util.find_spec("jupyter_server_proxy") is None:
        return None
    try:
        # Part of the course's packages, heavy, and of use only here.
        from jupyter_server.serverapp import list_running_servers

        return _base_url_of(os.getppid(), list_running_servers())
    except (ImportError, OSError):  # A link less; drawing a lab never fails.
        return None


def _base_url_of(pid: int, servers: Iterable[Mapping[str, Any]]) -> str | None:
    for server in servers:
        if server.get("pid") == pid:
            return str(server.get("base_url") or "/")
    return None
