"""DOT text that Graphviz reads again."""

import pygraphviz
import pytest

from app.service import picture, to_dot

GOLDEN = r"""digraph curlyd {
	graph [rankdir=TB]
	node [fontname=monospace shape=box]
	x [label="x\lvalue\l        2\lgradient of y\l       12\l" color="#0b7a75"]
	u [label="u = 7 + x ** 2\lvalue\l       11\lgradient of y\l        3\l" color="#33415c"]
	y [label="y = 3 * u\lvalue\l       33\lgradient of y\l        1\l" color="#b3261e"]
	x -> u [label="2x\l"]
	u -> y [label="3\l"]
}
"""


def test_golden(analysed):
    assert to_dot(picture(analysed("u = 7 + x ** 2\ny = 3 * u", x=2))) == GOLDEN


@pytest.mark.parametrize("name", ["node", "graph", "edge", "digraph", "strict", "ä", "n_1"])
def test_any_name_survives(analysed, name):
    text = to_dot(picture(analysed(f"{name} = x < 3\nL = {name} * 2", x=2)))
    graph = pygraphviz.AGraph(string=text)
    assert set(graph.nodes()) == {"x", name, "L"}
    assert f"{name} = x < 3" in graph.get_node(name).attr["label"]


def test_open_groups_are_clusters_within_clusters(analysed):
    program = "def f(a):\n    return a * 2\ndef g(a):\n    b = f(a)\n    return b + 1\nL = g(x)"
    text = to_dot(picture(analysed(program, x=2, open=frozenset({"g", "g.f"}))))
    graph = pygraphviz.AGraph(string=text)
    (outer,) = graph.subgraphs()
    (inner,) = outer.subgraphs()
    assert set(outer.nodes()) == {"g.b", "L"}
    assert inner.nodes() == ["g.b"]
    assert outer.graph_attr["label"] == "g\\l"
