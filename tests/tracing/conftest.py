"""A lab to trace, and a way to say what lies inside of what."""

import pytest

from labkit.lab import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        yield running


@pytest.fixture
def read(lab):
    """One protected read, whose keys and connections are there already."""
    token = lab.token()
    lab.inspections.get("/lines", token=token)
    return lambda path="/lines", **more: lab.inspections.get(path, token=token, **more)


def tree(trace, *, middleware=False):
    """
    Return each span as "its name < the names around it", in order of start.

    The services' own middlewares are left out, unless one asks for them.
    """
    by_id = {span.span_id: span for span in trace}

    def path(span):
        names = []
        while span is not None:
            if middleware or span.kind != "middleware":
                names.append(span.name)
            span = by_id.get(span.parent_id)
        return " < ".join(names)

    return [path(span) for span in trace if middleware or span.kind != "middleware"]


@pytest.fixture(name="tree")
def _tree():
    return tree
