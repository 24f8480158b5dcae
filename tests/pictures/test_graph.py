"""The dependency graph: its twin, its layout, its legibility at every size, what it refuses."""

import random

import pytest
from matplotlib.text import Text

from labkit.errors import UsageError
from labkit.pictures import GraphNode, dependency_graph
from labkit.pictures.graph import MAX_NODES
from labkit.pictures.graph_layout import arrange

FAILED_COMMIT = (
    GraphNode("open_db", scope="request", enter=1, leave=6, error="IntegrityError"),
    GraphNode("stock", needs=(0,), enter=2),
    GraphNode("journal", needs=(0,), from_cache=frozenset({0}), always_new=True, enter=3),
    GraphNode("hold", "handler", (1, 2), enter=4),
    GraphNode("200", "answer", (3,), enter=5),
)


def words_of(picture) -> set[str]:
    return {text.get_text() for text in picture.figure.findobj(Text)}


def test_the_twin_tells_who_gets_what_and_in_which_order(legible):
    picture = dependency_graph(FAILED_COMMIT, title="POST /lots/{lot}/hold")
    assert repr(picture) == (
        "POST /lots/{lot}/hold\n"
        "  open_db  left in request scope\n"
        "  stock    gets open_db\n"
        "  journal  always new; gets open_db (cached)\n"
        "  hold     handler; gets stock, journal\n"
        "  200 OK   answer\n"
        "  in order:\n"
        "     1 in open_db\n"
        "     2 in stock\n"
        "     3 in journal\n"
        "     4 run hold\n"
        "     5 send 200 OK\n"
        "     6 out open_db, raised IntegrityError"
    )
    legible(picture)


def test_what_happened_after_the_answer_and_what_raised_is_said_in_the_picture():
    shown = words_of(dependency_graph(FAILED_COMMIT))
    assert {"in 1", "out 6 !", "runs 4", "sent 5", "IntegrityError", "answer 200"} <= shown
    assert {"left after the answer was sent", "raised an error (!)", "from the cache"} <= shown
    early = (
        GraphNode("open_db", scope="function", enter=1, leave=3),
        GraphNode("hold", "handler", (0,), enter=2),
        GraphNode("200", "answer", (1,), enter=4),
    )
    assert "left after the answer was sent" not in words_of(dependency_graph(early))


def test_a_legend_that_is_wider_than_the_picture_goes_on_in_a_second_row(legible):
    graph = (
        GraphNode("open_db", scope="request", enter=1, leave=9, error="IntegrityError"),
        GraphNode("lock", scope="function", enter=2, leave=7),
        GraphNode("stock", needs=(0, 1), enter=3),
        GraphNode("count", needs=(2,), from_cache=frozenset({2}), always_new=True, enter=4),
        GraphNode("journal", needs=(1, 2), enter=5),
        GraphNode("hold", "handler", (3, 4), enter=6),
        GraphNode("200", "answer", (5,), enter=8),
    )
    picture = dependency_graph(graph)
    said = [
        t for t in picture.figure.findobj(Text) if t.get_text().startswith(("one call", "rais"))
    ]
    assert len({text.get_position()[1] for text in said}) == 2
    legible(picture)


def test_without_a_run_there_are_no_steps(legible):
    graph = [GraphNode("open_db", scope="request"), GraphNode("hold", "handler", (0,))]
    picture = dependency_graph(graph, title="GET /")
    assert (
        repr(picture) == "GET /\n  open_db  left in request scope\n  hold     handler; gets open_db"
    )
    assert not any(word.startswith(("in ", "out ")) for word in words_of(picture))
    legible(picture)


def some_graph(count: int, seed: int) -> list[GraphNode]:
    dice = random.Random(seed)
    nodes = []
    for place in range(count):
        needs = tuple(sorted(dice.sample(range(place), min(place, dice.randrange(4)))))
        nodes.append(
            GraphNode(
                "dependency_" + "x" * dice.randrange(40),
                "handler" if place == count - 1 else "dependency",
                needs,
                from_cache=frozenset(needs[1:]),
                always_new=dice.random() < 0.2,
                scope=dice.choice((None, "request", "function")),
                instead_of="another_name_that_is_long" if dice.random() < 0.2 else "",
                enter=place + 1,
                leave=2 * count - place if dice.random() < 0.5 else None,
                error="AnErrorWithALongName" if dice.random() < 0.1 else "",
            )
        )
    return [*nodes, GraphNode("500", "answer", (count - 1,), enter=count + 1)]


@pytest.mark.parametrize(("count", "seed"), [(1, 1), (2, 2), (8, 3), (8, 4), (20, 5), (59, 6)])
def test_a_graph_of_any_size_is_legible(count, seed, legible):
    title = "A title that is much too long for its place " * 3
    legible(dependency_graph(some_graph(count, seed), title=title))


@pytest.mark.parametrize("seed", range(20))
def test_in_the_layout_values_go_right_and_nothing_lies_on_anything(seed):
    needs = [node.needs for node in some_graph(20, seed)]
    layout = arrange(needs, box=70, gap=10)
    for place, givers in enumerate(needs):
        for giver in givers:
            assert layout.columns[giver] < layout.columns[place]
            passed = [column for column, _ in layout.bends[giver, place]]
            assert passed == list(range(layout.columns[giver] + 1, layout.columns[place]))
    for column in range(max(layout.columns) + 1):
        own = [layout.middles[place] for place, at in enumerate(layout.columns) if at == column]
        bends = [y for way in layout.bends.values() for at, y in way if at == column]
        assert all(abs(one - other) >= 79.99 for one in own for other in own if one is not other)
        assert all(abs(one - other) >= 50.99 for one in own for other in bends)
        assert all(35 <= y <= layout.height - 35 for y in own)


def test_a_chain_and_two_that_need_the_same_are_drawn_without_a_detour():
    layout = arrange([(), (0,), (1,)], box=50, gap=10)
    assert list(layout.columns) == [0, 1, 2]
    assert len({layout.middles[place] for place in range(3)}) == 1
    fork = arrange([(), (0,), (0,), (1, 2)], box=50, gap=10)
    assert fork.middles[0] == fork.middles[3] == (fork.middles[1] + fork.middles[2]) / 2


def test_what_is_hostile_in_a_name_can_only_be_read(legible):
    picture = dependency_graph([GraphNode("a\x1b\u202e$x$", "handler")], title="b\n")
    assert repr(picture) == "b\\n\n  a\\x1b\\u202e$x$  handler"
    legible(picture)


def test_an_answer_that_is_no_status_is_shown_as_it_is(legible):
    nodes = [GraphNode("f", "handler", enter=1), GraphNode("no answer", "answer", (0,))]
    picture = dependency_graph(nodes)
    assert "no answer" in words_of(picture)
    legible(picture)


@pytest.mark.parametrize(
    "nodes",
    [
        None,
        7,
        [],
        ["open_db"],
        [GraphNode("f")] * (MAX_NODES + 1),
        [GraphNode("f", needs=(0,))],
        [GraphNode("f", needs=(1,)), GraphNode("g")],
        [GraphNode("f"), GraphNode("g", needs=(True,))],
        [GraphNode("f"), GraphNode("g", needs=(-1,))],
    ],
)
def test_what_is_no_graph_is_refused(nodes):
    with pytest.raises(UsageError, match=r"nodes|needs what"):
        dependency_graph(nodes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"name": "f", "kind": "box"},
        {"name": "f", "scope": "app"},
        {"name": "f", "enter": 0},
        {"name": "f", "leave": "2"},
        {"name": "f", "enter": True},
        {"name": "f", "error": None},
        {"name": "f", "instead_of": 7},
    ],
)
def test_a_node_that_cannot_be_drawn_is_refused_where_it_is_made(wrong):
    with pytest.raises(UsageError, match="GraphNode"):
        GraphNode(**wrong)


@pytest.mark.parametrize("title", ["", None])
def test_a_title_that_is_none_is_refused(title):
    with pytest.raises(UsageError, match="title"):
        dependency_graph([GraphNode("f")], title=title)
