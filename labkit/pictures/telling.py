"""
What is said of a trace and of its rows, in the same words wherever they are shown.

Glossary. *Flag*: a short remark behind a row's name, such as a status or an error.

Floor 0: imports nothing of labkit.
"""

from labkit.pictures.row import Layout, Row
from labkit.pictures.writing import counted, plain, shorten

NOTHING = "nothing was recorded"


def summary(layout: Layout) -> str:
    """Return how much there is: "12 spans, 2 services"."""
    spans, services = counted(layout.spans, "span"), counted(len(layout.services), "service")
    lost = f", {layout.dropped:,} older ones dropped" if layout.dropped else ""
    return f"{spans}, {services}{lost}"


def left_out(layout: Layout) -> str:
    """Say what had no room; empty if all had."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in layout.left_out)
    return f"not shown, for lack of room: {kinds}" if kinds else ""


def flags(row: Row) -> list[str]:
    """Return the remarks about a row, harmless."""
    found = [str(row.status)] if row.status is not None and row.status >= 400 else []
    found += [f"x {row.count:,}"] if row.count > 1 and not row.hidden else []
    found += ["(cached)"] if row.cached else []
    found += ["(unfinished)"] if row.unfinished else []
    if row.error and (row.raised_here or row.hidden):
        found.append(f"! {shorten(plain(row.error), 40)}")
    return found


def duration(ms: float) -> str:
    """Return milliseconds with a unit and three digits or so: "0.42 ms", "1.20 s"."""
    if ms >= 1000:
        return f"{ms / 1000:,.2f} s"
    return f"{ms:.0f} ms" if ms >= 100 else f"{ms:.1f} ms" if ms >= 1 else f"{ms:.2f} ms"
