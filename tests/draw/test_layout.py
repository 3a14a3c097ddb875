"""Positions: real Graphviz, in its own process."""

import time
from dataclasses import replace

import anyio
import pytest

from app.draw import layout
from app.draw.graph import Direction
from app.errors import LayoutError, NoLayoutEngineError
from app.service import picture


@pytest.fixture
def frame(analysed, seed):
    return picture(analysed(seed["program"], **seed["inputs"])).frame


def positions(frame, seconds=10.0, **options):
    async def ask():
        return await layout.positions(frame, seconds, **options)

    return anyio.run(ask)


def sleep_for_ever(_):
    time.sleep(60)


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
    found = positions(frame)
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
    with pytest.raises(LayoutError):
        positions(frame, cached=False)


def test_a_layout_that_hangs_is_killed_at_its_deadline(frame, monkeypatch):
    monkeypatch.setattr(layout, "_graphviz", sleep_for_ever)
    begin = time.monotonic()
    with pytest.raises(LayoutError, match="within 0\\.5 seconds"):
        positions(frame, 0.5, cached=False)
    assert time.monotonic() - begin < 30


def test_a_machine_without_graphviz_says_so(frame, monkeypatch):
    monkeypatch.setattr(layout, "_graphviz", no_engine)
    with pytest.raises(NoLayoutEngineError):
        positions(frame, cached=False)


def test_the_cache_is_bounded(frame, monkeypatch):
    monkeypatch.setattr(layout, "_CACHED", 2)
    monkeypatch.setattr(layout, "_cache", type(layout._cache)(a=None, b=None, c=None))
    positions(frame)
    assert len(layout._cache) <= 3
    assert layout.dot(frame) in layout._cache
