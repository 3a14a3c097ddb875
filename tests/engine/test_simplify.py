"""Gradients written shorter: the same numbers, whatever is named."""

import numpy as np
import pytest
from random_programs import Writer
from seed_network import EXAMPLE, PROGRAM, by_name, traced

from app.engine.code import code
from app.engine.samples import sample_inputs, samples
from app.engine.simplify import Scale, counted, scale_of, simplified
from app.engine.sketch import Sketch


def shortened(text, arrays, target, *, names=(), flip=True, data=()):
    trace = traced(text, arrays)
    graph, node = trace.graph, by_name(trace)
    inputs = sample_inputs(graph, data)
    known = samples(graph.nodes, graph.shapes, inputs) if inputs else None
    closed = {item.node: item.name for item in graph.program.inputs} | {node[name]: name for name in names}
    found = simplified(graph, graph.gradients[node[target]], closed.keys(), known, flip=flip)
    np.testing.assert_allclose(found.sketch.value(trace, found.root), trace.gradient(node[target]), rtol=1e-12, atol=1e-14)
    return code(found.sketch.nodes, found.root, closed, opened=found.root not in closed)


def test_numbers_gather_in_front_and_the_minus_turns_the_difference_round():
    assert shortened(PROGRAM, EXAMPLE, "w2", names=["u2", "u4"], flip=False) == "-2 / 3 * (u2.T @ u4)"
    assert shortened(PROGRAM, EXAMPLE, "w2", names=["u2", "u3"]) == "2 / 3 * (u2.T @ (u3 - y))"
    assert shortened(PROGRAM, EXAMPLE, "b2", names=["u3"], data=("x", "y")) == "2 / 3 * sum_to(u3 - y, shape=(1,))"


@pytest.mark.parametrize(
    ("text", "arrays", "expected"),
    [
        ("L = 3 * (x * 2) - 5", {"x": 1.5}, "6"),
        ("L = (7 - 2 * x) ** 2", {"x": 1.5}, "4 * (2 * x - 7)"),
        ("L = sum(x / 4 * 2)", {"x": np.ones(3)}, "broadcast_to(1 / 2, shape=(3,))"),
        ("L = x * 0.1", {"x": 2.0}, "0.1"),
        ("L = -(-x)", {"x": 2.0}, "1"),
        ("L = x * x + 2 * x", {"x": 2.0}, "x + x + 2"),
        ("L = sum((x.T).T * 2)", {"x": np.ones((2, 3))}, "broadcast_to(2, shape=(2, 3))"),
        ("L = sum(exp(log_softmax(x)) * x)", {"x": np.array([0.1, 0.2])}, None),
        ("L = x * 0 + x", {"x": 2.0}, None),
        ("L = sum(1 / x)", {"x": np.array([1.0, 2.0])}, None),
    ],
)
def test_numbers_are_reckoned_with(text, arrays, expected):
    found = shortened(text, arrays, "x")
    assert expected is None or found == expected


@pytest.mark.parametrize("seed", range(40))
def test_random_gradients_keep_their_numbers(seed):
    writer = Writer(seed)
    trace = traced(writer.write(3 + seed % 20), writer.arrays)
    graph = trace.graph
    inputs = sample_inputs(graph, {"x", "y"})
    known = samples(graph.nodes, graph.shapes, inputs) if inputs else None
    names = graph.program.names()
    for node in [item.node for item in graph.program.inputs]:
        for closed in (set(), set(names), set(list(names)[::2])):
            for flip in (False, True):
                found = simplified(graph, graph.gradients[node], closed, known, flip=flip)
                expected = np.asarray(trace.gradient(node))
                scale = max(1.0, float(np.max(np.abs(expected))))
                value = found.sketch.value(trace, found.root)
                assert np.shape(value) == np.shape(expected) == found.sketch.shapes[found.root]
                np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("classes", [[0.0, 2.0], [0.0, 5.0]])
def test_rows_of_one_hot_sum_to_one(classes):
    arrays = {"z": np.array([[0.1, 0.7, -0.3], [1.0, 0.2, 0.5]]), "y": np.array(classes)}
    trace = traced("L = cross_entropy(z, y)", arrays)
    graph = trace.graph
    found = simplified(graph, trace.graph.gradients[0], set(graph.program.names()), None, flip=True)
    np.testing.assert_allclose(found.sketch.value(trace, found.root), trace.gradient(0), rtol=1e-12)
    assert shortened("L = cross_entropy(z, y)", arrays, "z") == "1 / 2 * (softmax(z) - class_targets(y, shape=(2, 3)))"


def test_what_is_written_transposed_comes_back_as_it_is():
    trace = traced("L = sum((q @ k.T) ** 2)", {"q": np.ones((2, 3)), "k": np.ones((4, 3))})
    graph, names = trace.graph, trace.graph.program.names()
    found = code(graph.nodes, graph.gradients[by_name(trace)["q"]], names)
    assert found.endswith("@ k")


def test_shares_of_classes_are_not_taken_to_sum_to_one():
    arrays = {"z": np.array([[0.1, 0.7], [1.0, 0.2]]), "y": np.array([[0.5, 0.2], [0.0, 1.0]])}
    assert "sum(" in shortened("L = cross_entropy(z, y)", arrays, "z")


def test_what_a_mean_over_samples_divides_by_is_counted_in_samples():
    trace = traced("L = mean((x @ w - y) ** 2)", {"x": np.ones((4, 2)), "w": np.ones((2, 3)), "y": np.ones((4, 3))})
    graph = trace.graph
    known = samples(graph.nodes, graph.shapes, sample_inputs(graph, {"x", "y"}))
    assert list(counted(graph, known).values()) == [Scale(scale_of(3.0).ratio, 1.0, 1)]
    # A mean along another axis has nothing to do with samples, though it may divide by as many.
    beside = traced("m = mean(x, axis=1)\nL = sum(m * y)", {"x": np.ones((4, 4)), "y": np.ones(4)}).graph
    assert counted(beside, samples(beside.nodes, beside.shapes, sample_inputs(beside, {"x", "y"}))) == {}
    assert counted(graph, None) == {}


def test_scales_are_exact_where_they_can_be():
    assert scale_of(0.5).ratio * 2 == 1
    assert scale_of(-0.1) == Scale(scale_of(-1.0).ratio, 0.1)
    assert scale_of(0.0) is None
    assert scale_of(float("inf")) is None


def test_a_sketch_leaves_its_graph_alone():
    graph = traced(PROGRAM, EXAMPLE).graph
    before = len(graph.nodes)
    sketch = Sketch(graph)
    sketch.constant(2.0, (3,))
    sketch.apply("negative", (0,))
    assert len(graph.nodes) == before
    assert len(sketch.nodes) == before + 2
