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
    levels = [route.points[1][1] for route in routes.values() if len(route.points) == 4]
    assert len(levels) == 5
    assert all(abs(a - b) >= 7 for a, b in itertools.combinations(levels, 2))


def test_two_uses_in_one_statement_are_two_edges(analysed):
    _, _, routes = routed(analysed, "L = x * x", x=3)
    first, second = routes["x-L-0"], routes["x-L-1"]
    assert first.points != second.points
    assert abs(first.points[0][0] - second.points[0][0]) >= 10


def test_a_way_over_several_rows_runs_in_right_angles_past_the_cards(analysed):
    frame, found, routes = routed(analysed, "a = 2 * x\nb = 3 * a\nc = b * a + x\nL = c + b + x + x", x=[3], a0=1)
    boxes = [
        (x - card.width / 2, y - card.height / 2, x + card.width / 2, y + card.height / 2)
        for card, (x, y) in zip(frame.cards, found.cards, strict=True)
    ]
    for route in routes.values():
        for (ax, ay), (bx, by) in itertools.pairwise(route.points):
            assert abs(ax - bx) < 0.2 or abs(ay - by) < 0.2
            for left, top, right, bottom in boxes:
                inside = max(ax, bx) > left + 1 and min(ax, bx) < right - 1 and max(ay, by) > top + 1 and min(ay, by) < bottom - 1
                assert not inside
    assert len(routes["x-L-0"].points) >= 4


def test_many_edges_in_one_channel_make_it_higher(analysed):
    names = [f"p{i}" for i in range(14)]
    frame, found, routes = routed(analysed, "L = " + " + ".join(names), **dict.fromkeys(names, 1))
    levels = sorted(route.points[1][1] for route in routes.values() if len(route.points) == 4)
    assert all(b - a >= 7 or b - a < 0.2 for a, b in itertools.pairwise(levels))
    loss = found.cards[-1][1] - frame.cards[-1].height / 2
    assert loss - levels[-1] >= 7


def test_a_label_ends_before_the_next_edge(analysed):
    _, _, routes = routed(analysed, "a = tanh(x) * sqrt(x)\nL = exp(a) * tanh(a / 3) + x", x=3)
    label = routes["x-a-0"]
    following = [route.points[0][0] for route in routes.values() if route.points[0][1] == label.points[0][1]]
    after = [x for x in following if x > label.points[0][0]]
    assert all(label.label[0] + label.room < x for x in after)
    assert after
