"""Edges between neighbouring rows run in right angles, each on a level of its own."""

import itertools

import anyio

from app.draw import layout
from app.service import picture


def routed(analysed, program, **inputs):
    frame = picture(analysed(program, **inputs)).frame
    found = anyio.run(layout.positions, frame, 10.0)
    return frame, found, dict(zip((edge.id for edge in frame.edges), found.routes, strict=True))


def test_every_edge_begins_and_ends_at_its_cards(analysed, seed):
    frame, found, routes = routed(analysed, seed["program"], **seed["inputs"])
    box = {card.id: (middle, card) for card, middle in zip(frame.cards, found.cards, strict=True)}
    for edge in frame.edges:
        points = routes[edge.id].points
        (sx, sy), source = box[edge.source]
        (tx, ty), target = box[edge.target]
        assert abs(points[0][0] - sx) <= source.width / 2
        assert abs(points[0][1] - (sy + source.height / 2)) < 1.5
        assert abs(points[-1][0] - tx) <= target.width / 2
        assert abs(points[-1][1] - (ty - target.height / 2)) < 1.5


def test_bent_edges_do_not_share_a_line(analysed, seed):
    _, _, routes = routed(analysed, seed["program"], **seed["inputs"])
    levels = [route.points[1][1] for route in routes.values() if not route.curved and len(route.points) == 4]
    assert len(levels) == 5
    assert all(abs(a - b) >= 4 for a, b in itertools.combinations(levels, 2))


def test_two_uses_in_one_statement_are_two_edges(analysed):
    _, _, routes = routed(analysed, "L = x * x", x=3)
    first, second = routes["L-x-0"] if "L-x-0" in routes else routes["x-L-0"], routes["x-L-1"]
    assert first.points != second.points
    assert abs(first.points[0][0] - second.points[0][0]) >= 10


def test_a_way_over_several_rows_keeps_graphviz_curve(analysed):
    _, _, routes = routed(analysed, "a = 2 * x\nb = 3 * a\nL = b + x", x=3)
    assert routes["x-L-0"].curved
    assert (len(routes["x-L-0"].points) - 1) % 3 == 0
    assert not routes["x-a-0"].curved
