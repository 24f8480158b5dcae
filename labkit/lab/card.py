"""
How a lab shows itself: a line or a row for each service, with the way to its documentation.

Floor 5: knows the backend's services.
"""

from collections.abc import Iterable
from html import escape

from labkit.backend import ABOUT, Service
from labkit.database.engine import POOL_SIZE
from labkit.links import anchor, browser_links

_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def kind_of(database_url: str | None) -> str:
    """Return what is shown of a database: "SQLite, pool of 4", and nothing else of its URL."""
    backend = (database_url or "sqlite:").partition(":")[0].partition("+")[0]
    return f"{_DATABASES.get(backend, backend)}, pool of {POOL_SIZE}"


def as_text(title: str, services: Iterable[Service]) -> str:
    """Return the lab for a terminal."""
    rows = (f"  {each.name:<12} {each.about:<36} {_docs(each.name)}" for each in services)
    return "\n".join([title, *rows])


def as_html(title: str, services: Iterable[Service], *, hub_prefix: str | None) -> str:
    """Return the lab for a notebook's page; behind a hub, with its links."""
    rows = "".join(_row(each, hub_prefix) for each in services)
    head = "<tr><th>service</th><th>what it does</th><th>its documentation</th></tr>"
    return (
        f"<table><caption>{escape(title)}</caption>"
        f"<thead>{head}</thead><tbody>{rows}</tbody></table>"
    )


def _row(service: Service, hub_prefix: str | None) -> str:
    links = browser_links(service.docs_url, hub_prefix=hub_prefix)
    cells = (escape(service.name), escape(service.about), " or ".join(map(anchor, links)))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _docs(name: str) -> str:
    """Return how a service's documentation is reached from the lab."""
    return f".{name}.docs_url" if name in ABOUT else f".services[{name!r}].docs_url"
