"""Edges between neighbouring rows run in right angles, each on a level of its own."""

import itertools
from dataclasses import replace

import anyio
import pytest

from app.draw import layout
from app.draw.graph import LABEL_SIZE, Direction
from app.draw.route import BOX, BOX_HEAD, LABEL_HEIGHT, LABEL_LONG, LABEL_RISE
from app.draw.type import width
from app.engine.views import Detail
from app.examples import gallery
from app.service import Given, picture


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


@pytest.fixture(params=[(name, detail) for name in gallery() for detail in Detail], ids=lambda param: f"{param[0]}-{param[1].value}")
def rightwards(request, analysed):
    name, detail = request.param
    return rightwards_of(analysed, name, detail)


def rightwards_of(analysed, name, detail=Detail.STATEMENTS):
    example = gallery()[name]
    inputs = {name: Given.of(value) for name, value in example.inputs.items()}
    frame = replace(picture(analysed(example.program, detail=detail, **inputs)).frame, direction=Direction.RIGHT)
    return frame, anyio.run(layout.positions, frame, 10.0)


def sides(frame, found):
    """Left, top, right and bottom of each card, by its id."""
    return {
        card.id: (x - card.width / 2, y - card.height / 2, x + card.width / 2, y + card.height / 2)
        for card, (x, y) in zip(frame.cards, found.cards, strict=True)
    }


def labels(frame, found):
    """Where the text of each label stands that is shown: left, top, right and bottom."""
    for edge, way in zip(frame.edges, found.routes, strict=True):
        shown = edge.width if edge.width <= way.room else width(edge.short, LABEL_SIZE)
        if edge.label and shown <= way.room:
            x, y = way.label
            yield x, y - (LABEL_HEIGHT - LABEL_RISE), x + shown, y + 3


def apart(one, other, by=0.0):
    return one[2] <= other[0] + by or other[2] <= one[0] + by or one[3] <= other[1] + by or other[3] <= one[1] + by


def test_to_the_right_cards_keep_apart_and_within(rightwards):
    frame, found = rightwards
    cards = sides(frame, found)
    for one, other in itertools.combinations(cards.values(), 2):
        assert apart(one, other)
    for left, top, right, bottom in [*cards.values(), *((x, y, x + w, y + h) for x, y, w, h in found.boxes)]:
        assert found.left <= left
        assert top >= 0
        assert right <= found.left + found.width
        assert bottom <= found.height


def test_to_the_right_edges_run_from_side_to_side_past_all_cards(rightwards):
    frame, found = rightwards
    cards = sides(frame, found)
    for edge, way in zip(frame.edges, found.routes, strict=True):
        (_, above, right, below), (left, top, _, bottom) = cards[edge.source], cards[edge.target]
        assert right < left
        (x, y), (to_x, to_y) = way.points[0], way.points[-1]
        assert abs(x - right) < 0.2
        assert above < y < below
        assert abs(to_x - left) < 0.2
        assert top < to_y < bottom
        for (ax, ay), (bx, by) in itertools.pairwise(way.points):
            assert abs(ay - by) < 1 or abs(ax - bx) < 0.2
            assert bx >= ax
            assert min(ay, by) >= 0
            assert max(ay, by) <= found.height
            line = (ax, min(ay, by), bx, max(ay, by))
            assert all(apart(line, card, 0.2) for card in cards.values())


def test_to_the_right_no_two_edges_share_a_line(rightwards):
    _, found = rightwards
    lines = [
        (i, min(a, b), max(a, b)) for i, way in enumerate(found.routes) for a, b in itertools.pairwise(way.points)
    ]  # fmt: skip
    for (i, a, b), (j, c, d) in itertools.combinations(lines, 2):
        for along, across in ((0, 1), (1, 0)):
            same = max(a[across], b[across], c[across], d[across]) - min(a[across], b[across], c[across], d[across]) < 3
            assert i == j or not same or min(b[along], d[along]) - max(a[along], c[along]) < 1


def test_to_the_right_labels_stand_free(rightwards):
    frame, found = rightwards
    shown = list(labels(frame, found))
    assert len(shown) == sum(bool(edge.label) for edge in frame.edges)
    for label in shown:
        left, top, right, bottom = label
        assert left >= found.left
        assert top >= 0
        assert right <= found.left + found.width
        assert bottom <= found.height
        assert all(apart(label, card) for card in sides(frame, found).values())
        for way in found.routes:
            for (ax, ay), (bx, by) in itertools.pairwise(way.points):
                assert apart(label, (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)), 2.5)
    for one, other in itertools.combinations(shown, 2):
        assert apart(one, other, 2.5)


def test_to_the_right_boxes_hold_their_cards_and_keep_labels_off_their_border(rightwards):
    frame, found = rightwards
    boxes = {box.id: (x, y, x + w, y + h) for box, (x, y, w, h) in zip(frame.boxes, found.boxes, strict=True)}
    parents = {box.id: box.parent for box in frame.boxes}
    for card in frame.cards:
        left, top, right, bottom = sides(frame, found)[card.id]
        name = card.group
        while name is not None:
            box = boxes[name]
            assert box[0] + BOX <= left + 0.2
            assert box[1] + BOX_HEAD <= top + 0.2
            assert box[2] - BOX >= right - 0.2
            assert box[3] - BOX >= bottom - 0.2
            name = parents[name]
    for left, above, right, below in labels(frame, found):
        for x, top, end, bottom in boxes.values():
            assert all(apart((left, above, right, below), (side, top, side, bottom), 0.2) for side in (x, end))


def test_to_the_right_labels_of_the_seed_network_are_whole(analysed):
    frame, found = rightwards_of(analysed, "seed-network")
    assert all(edge.width <= way.room for edge, way in zip(frame.edges, found.routes, strict=True))
    assert all(apart(one, other) for one, other in itertools.combinations(labels(frame, found), 2))


def test_to_the_right_a_long_label_does_not_widen_its_channel(analysed):
    frame, found = rightwards_of(analysed, "seed-code")
    box = sides(frame, found)
    assert max(edge.width for edge in frame.edges) > LABEL_LONG
    for name in {edge.target for edge in frame.edges}:
        before = max(box[edge.source][2] for edge in frame.edges if edge.target == name)
        assert box[name][0] - before <= LABEL_LONG + 50
