"""Two levels, one graph: which cards and edges there are, their ids and their kinds."""

import pytest
from seed_network import EXAMPLE, PROGRAM, by_name, traced

from app.engine.program import Use
from app.engine.views import Detail, Kind, Shown, kind, view


def seen(text, arrays, detail=Detail.STATEMENTS, **more):
    return view(traced(text, arrays, **more).graph, Shown(detail))


def test_seed_network_as_statements():
    shown = seen(PROGRAM, EXAMPLE)
    assert [card.id for card in shown.cards] == ["x", "w1", "b1", "u1", "u2", "w2", "b2", "u3", "y", "u4", "u5", "MSE"]
    assert [card.line for card in shown.cards] == [1, 1, 1, 1, 2, 3, 3, 3, 4, 4, 5, 6]
    assert [edge.id for edge in shown.edges] == [
        "x-u1-0",
        "w1-u1-0",
        "b1-u1-0",
        "u1-u2-0",
        "u2-u3-0",
        "w2-u3-0",
        "b2-u3-0",
        "y-u4-0",
        "u3-u4-0",
        "u4-u5-0",
        "u5-MSE-0",
    ]
    assert {card.id: card.expression for card in shown.cards if card.expression} == dict(line.split(" = ") for line in PROGRAM.splitlines())
    assert all(card.name == card.id for card in shown.cards)


def test_seed_network_as_operations():
    shown = seen(PROGRAM, EXAMPLE, Detail.OPERATIONS)
    assert [card.id for card in shown.cards] == ["x", "w1", "u1.1", "b1", "u1", "u2", "w2", "u3.1", "b2", "u3", "y", "u4", "u5", "MSE"]
    parts = {card.id: (card.name, card.expression) for card in shown.cards if card.name is None}
    assert parts == {"u1.1": (None, "x @ w1"), "u3.1": (None, "u2 @ w2")}
    assert {"x-u1.1-0", "u1.1-u1-0", "b1-u1-0", "u3.1-u3-0"} <= {edge.id for edge in shown.edges}
    assert len(shown.edges) == 13


def test_uses_of_the_same_value_are_counted():
    shown = seen("y = x * x + x", {"x": 2.0})
    assert [edge.id for edge in shown.edges] == ["x-y-0", "x-y-1", "x-y-2"]
    assert [edge.use for edge in shown.edges] == [Use(1, 0), Use(1, 1), Use(2, 1)]
    opened = seen("y = x * x + x", {"x": 2.0}, Detail.OPERATIONS)
    assert [edge.id for edge in opened.edges] == ["x-y.1-0", "x-y.1-1", "y.1-y-0", "x-y-0"]


def test_literals_are_no_cards():
    shown = seen("y = 3 * x + 2", {"x": 2.0}, Detail.OPERATIONS)
    assert [card.id for card in shown.cards] == ["x", "y.1", "y"]


def test_parts_are_folded_into_their_statement():
    text = "u = relu(x * 2) + x\nv = u"
    graph = traced(text, {"x": 2.0}).graph
    inside = {card.id: [graph.nodes[index].op for index in card.inside] for card in view(graph, Shown(Detail.STATEMENTS)).cards}
    assert inside == {"x": ["input"], "u": ["multiply", "relu", "add"], "v": ["identity"]}
    assert [card.id for card in view(graph, Shown(Detail.OPERATIONS)).cards] == ["x", "u.1", "u.2", "u", "v"]
    assert all(card.inside == (card.node,) for card in view(graph, Shown(Detail.OPERATIONS)).cards)


@pytest.mark.parametrize("detail", Detail)
def test_ids_address_one_card_or_edge_each(detail):
    shown = seen("a = x * x * x\nb = a * a + x\nc = sum(b) + b * b", {"x": 2.0}, detail)
    ids = [card.id for card in shown.cards] + [edge.id for edge in shown.edges]
    assert len(set(ids)) == len(ids)
    known = {card.id: card.node for card in shown.cards}
    assert all((known[edge.source], known[edge.target]) == (edge.source_node, edge.target_node) for edge in shown.edges)


def test_cards_stand_in_the_order_of_evaluation():
    for detail in Detail:
        nodes = [card.node for card in seen(PROGRAM, EXAMPLE, detail).cards]
        assert nodes == sorted(nodes)


def test_kinds():
    trace = traced(
        "k2 = k * 2\nu = x * k2 + w\nloss = sum(u)\nafter = u + 1", {"x": [1.0], "k": 2.0, "w": 3.0}, wrt=["x", "w"], loss="loss"
    )
    names = by_name(trace)
    roles = {"x": Kind.DATA, "w": Kind.PARAMETER, "k": Kind.CONSTANT}
    assert {name: kind(trace.graph, names[name], roles).value for name in names} == {
        "x": "data",
        "w": "parameter",
        "k": "constant",
        "k2": "intermediate",
        "u": "intermediate",
        "loss": "loss",
        "after": "intermediate",
    }


def test_a_part_too_long_to_read_is_an_ellipsis():
    cards = seen("L = x" + " + x" * 1200, {"x": 1.0}, Detail.OPERATIONS).cards
    assert [card.expression for card in cards[1:3]] == ["x + x", "x + x + x"]
    assert cards[-2].expression == "…"
    assert not cards[-2].readable
    assert cards[-1].expression.startswith("x + x")
