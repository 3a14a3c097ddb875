"""Positions: real Graphviz, in its own process."""

import os
import time
from dataclasses import replace

import anyio
import pytest

from app.draw import layout
from app.draw.graph import Direction
from app.draw.rows import span
from app.examples import gallery
from app.service import Given, picture
from app.work.caches import store


@pytest.fixture
def frame(analysed, seed):
    return picture(analysed(seed["program"], **seed["inputs"])).frame


def positions(frame, seconds=10.0, **options):
    async def ask():
        return await layout.positions(frame, seconds, **options)

    return anyio.run(ask)


def sleep_for_ever(_):
    time.sleep(60)


def end(_):
    os._exit(1)


def hoard(_):
    return bytes(layout.MEMORY)


def crash(_):
    raise ValueError("not a graph")


def no_engine(_):
    import graphviz

    raise graphviz.ExecutableNotFound(["dot"])


def test_the_chain_is_straight_and_goes_down(frame):
    found = positions(frame)
    chain = [place for card, place in zip(frame.cards, found.cards, strict=True) if card.chain]
    assert len({x for x, _ in chain}) == 1
    assert [y for _, y in chain] == sorted(y for _, y in chain)
    for edge, route in zip(frame.edges, found.routes, strict=True):
        if edge.chain:
            assert len({x for x, _ in route.points}) == 1


def test_cards_do_not_overlap_and_lie_inside(frame):
    assert_apart(frame, positions(frame))


def assert_apart(frame, found):
    boxes = [
        (x - card.width / 2, y - card.height / 2, x + card.width / 2, y + card.height / 2)
        for card, (x, y) in zip(frame.cards, found.cards, strict=True)
    ]
    for i, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= found.width
        assert bottom <= found.height
        for other in boxes[i + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_the_chain_is_straight_and_goes_right(frame):
    frame = replace(frame, direction=Direction.RIGHT)
    found = positions(frame)
    chain = [place for card, place in zip(frame.cards, found.cards, strict=True) if card.chain]
    assert len({y for _, y in chain}) == 1
    assert [x for x, _ in chain] == sorted(x for x, _ in chain)


def test_one_frame_has_a_layout_for_each_direction(frame):
    down, right = positions(frame), positions(replace(frame, direction=Direction.RIGHT))
    assert down.width < right.width
    assert down.height > right.height
    assert positions(frame) is down


def test_other_labels_are_another_layout(frame):
    edges = tuple(replace(edge, width=edge.width + 30) for edge in frame.edges)
    for direction in Direction:
        first, second = replace(frame, direction=direction), replace(frame, direction=direction, edges=edges)
        assert positions(first) is not positions(second)


def test_graphviz_gets_no_word_of_the_user(analysed):
    drawn = picture(analysed('evil_name = other_name * 2  # "<script>"', other_name=3))
    text = layout.dot(drawn.frame)
    assert "evil" not in text
    assert "other" not in text
    assert "script" not in text


def test_the_same_structure_is_laid_out_once(frame, monkeypatch):
    first = positions(frame)
    monkeypatch.setattr(layout, "_graphviz", crash)
    assert positions(frame) is first


def test_a_layout_that_hangs_is_killed_at_its_deadline_and_the_cards_stand_in_rows(frame, monkeypatch):
    monkeypatch.setattr(layout, "_graphviz", sleep_for_ever)
    begin = time.monotonic()
    found = positions(frame, 1.0, cached=False)
    assert time.monotonic() - begin < 30
    assert_apart(frame, found)


@pytest.mark.parametrize("engine", [crash, no_engine, end])
def test_without_an_engine_the_cards_stand_in_rows(frame, monkeypatch, engine):
    store.clear()
    monkeypatch.setattr(layout, "_graphviz", engine)
    without = positions(frame)
    assert_apart(frame, without)
    monkeypatch.undo()
    assert positions(frame) != without, "what failed is not kept"


def test_a_process_has_its_limits(frame, monkeypatch):
    monkeypatch.setattr(layout, "_graphviz", hoard)
    assert_apart(frame, positions(frame, cached=False))


def skipping(analysed, count):
    """Cards that all use all cards before them."""
    lines = ["a0 = x * 2"] + [f"a{i} = {' + '.join(f'a{j}' for j in range(i))}" for i in range(1, count)]
    return picture(analysed("\n".join(lines), x=1.0)).frame


def test_the_steps_are_taken_by_what_the_edges_span(analysed, monkeypatch):
    asked = []

    async def run(function, *args, **_):
        if function is not layout._graphviz:
            return function(*args)
        asked.append("nslimit" in args[0])
        raise RuntimeError

    monkeypatch.setattr(layout.processes, "run", run)
    for count, spanned, steps in ((20, 1331, [False, True]), (30, 4496, [True]), (50, 20_826, [])):
        frame = skipping(analysed, count)
        assert span(frame) == spanned
        positions(frame, cached=False)
        assert asked == steps
        asked.clear()


def test_fifty_cards_that_all_use_each_other_are_drawn(analysed):
    frame = skipping(analysed, 50)
    begin = time.monotonic()
    found = positions(frame, 6.0, cached=False)
    assert time.monotonic() - begin < 15
    assert_apart(frame, found)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("example", list(gallery()))
def test_rows_are_a_layout_of_any_graph(analysed, example, direction):
    one = gallery()[example]
    frame = replace(
        picture(analysed(one.program, **{name: Given.of(value) for name, value in one.inputs.items()})).frame, direction=direction
    )
    found = layout._read(None, frame)
    assert_apart(frame, found)
    inside = {box.id: {box.id} for box in frame.boxes}
    for box in reversed(frame.boxes):
        if box.parent is not None:
            inside[box.parent] |= inside[box.id]
    for box, (left, top, width, height) in zip(frame.boxes, found.boxes, strict=True):
        for card, (x, y) in zip(frame.cards, found.cards, strict=True):
            within = left <= x <= left + width and top <= y <= top + height
            assert within == (card.group in inside[box.id]), (box.id, card.id)
