"""Which cards and edges are painted, and how large they are."""

import numpy as np

from app.draw import graph
from app.engine.views import Kind
from app.service import Given, picture


def frame_of(analysed, program, **inputs):
    return picture(analysed(program, **inputs)).frame


def test_the_chain_runs_from_the_data_to_the_loss(analysed, seed):
    frame = frame_of(analysed, seed["program"], **seed["inputs"])
    assert [card.id for card in frame.cards if card.chain] == ["x", "u1", "u2", "u3", "u4", "u5", "MSE"]
    assert [edge.id for edge in frame.edges if edge.chain] == [
        "x-u1-0", "u1-u2-0", "u2-u3-0", "u3-u4-0", "u4-u5-0", "u5-MSE-0"
    ]  # fmt: skip


def test_the_frame_depends_on_the_structure_alone(analysed, seed):
    first = frame_of(analysed, seed["program"], **seed["inputs"])
    assert frame_of(analysed, seed["program"], **(seed["inputs"] | {"b2": [1e9]})) is first


def test_small_tensors_show_every_number(analysed):
    drawn = picture(analysed("L = sum(x)", x=np.arange(48.0).reshape(8, 6).tolist()))
    assert [cell.text for cell in drawn.painted["x"]["value"].cells] == [str(n) for n in range(48)]
    assert drawn.painted["x"]["value"].line is None


def test_large_tensors_show_their_edges_and_a_summary(analysed):
    x = np.arange(90.0).reshape(9, 10)
    shown = picture(analysed("L = sum(x)", x=x.tolist())).painted["x"]["value"]
    cells = {cell.place: cell.text for cell in shown.cells if cell.place}
    assert cells == {f"{r},{c}": str(int(x[r, c])) for r in (0, 1, 8) for c in (0, 1, 9)}
    assert shown.line == "0 … 89, mean 44.5"


def test_a_batch_of_442_rows_is_a_picture_and_no_wall_of_numbers(analysed, seed):
    make = np.random.default_rng(0).normal
    inputs = {
        "x": make(size=(442, 10)), "y": make(size=(442, 1)), "w1": make(size=(10, 16)),
        "b1": make(size=16), "w2": make(size=(16, 1)), "b2": make(size=1),
    }  # fmt: skip
    drawn = picture(analysed(seed["program"], **{name: value.tolist() for name, value in inputs.items()}))
    assert all(len(parts["value"].cells) <= 16 for parts in drawn.painted.values())
    assert max(card.width for card in drawn.frame.cards) < 400
    assert max(card.height for card in drawn.frame.cards) < 140


def test_a_single_row_has_its_gradient_below(analysed):
    frame = frame_of(analysed, "L = sum(x * w)", x=[1, 2, 3], w=2)
    wide = {card.id: [block.y > 0 for block in card.blocks] for card in frame.cards}
    assert wide == {"x": [False, True], "w": [False, False], "L": [False, False]}


def test_a_constant_has_no_gradient_block(analysed):
    frame = frame_of(analysed, "L = x * 2", x=Given(3, Kind.CONSTANT))
    assert [block.part for block in frame.cards[0].blocks] == ["value"]


def test_a_long_expression_is_cut(analysed):
    frame = frame_of(analysed, "L = " + " + ".join(f"a{i}" for i in range(60)), **{f"a{i}": 1 for i in range(60)})
    card = frame.cards[-1]
    assert card.title[-1].text == "…"
    assert card.width < graph.TITLE_MOST + 200
    assert card.plain.endswith("a59")


def test_a_long_name_keeps_its_beginning(analysed):
    name = "the_" + "very_" * 11 + "long"
    card = frame_of(analysed, f"{name} = x * 2", x=1).cards[-1]
    text = "".join(run.text for run in card.name)
    assert text.startswith("the_very_very_")
    assert text.endswith("…")
    assert graph.width(card.name, graph.TITLE_SIZE) <= graph.TITLE_MOST


def test_what_is_heard_of_numbers():
    from app.draw.numbers import Cell

    cells = tuple(Cell(i // 2, i % 2, f"{i // 2},{i % 2}", str(i)) for i in range(4))
    assert graph.spoken(graph.Numbers(cells, None)) == "0 1; 2 3"
    assert graph.spoken(graph.Numbers(cells, "0 … 9, mean 4")) == "0 … 9, mean 4"
