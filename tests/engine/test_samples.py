"""How values stand to the samples: what is said of a node is what it does when it gets single rows."""

import numpy as np
import pytest
from random_programs import Writer
from seed_network import EXAMPLE, PROGRAM, by_name, traced

from app.engine import shapes as rules
from app.engine.ops import OPERATIONS
from app.engine.ops.arithmetic import broadcast_three
from app.engine.program import LEAVES
from app.engine.samples import Stand, sample_inputs, samples
from app.examples import gallery
from app.service import Given, Request, analyse
from app.service.derive import sample_data
from app.settings import Limits

MIXING = {"convolution", "rnn", "attention"}
"""Examples in which nothing, or not all, can be said of single rows."""

SINGLE = {"chain-rule", "used-twice", "neuron", "softmax-safe", "convolution"}
"""Examples without samples, or with one."""


def row_of(array, stand, sample):
    if stand is Stand.ROWS:
        return array[sample : sample + 1]
    return array[..., sample : sample + 1] if stand is Stand.TURNED else array


def one_row(node, count, rank):
    """A node's static arguments for one sample: a size that counts them is 1."""
    static = dict(node.parameters)
    if isinstance(static.get("shape"), tuple) and len(static["shape"]) == rank and static["shape"][:1] == (count,):
        static["shape"] = (1, *static["shape"][1:])
    return static


def on_elements(node):
    return OPERATIONS[node.op].shape in (rules.same, rules.broadcast, broadcast_three)


def check_every_node(trace, inputs):
    """Each node that is said to hold rows is calculated row by row, and each that sums them is the sum of what single rows give."""
    graph = trace.graph
    known = samples(graph.nodes, graph.shapes, inputs)
    seen = set()
    for index, node in enumerate(graph.nodes):
        stand = known.stands[index]
        args = [known.stands[arg] for arg in node.args]
        if node.op in LEAVES or stand in (Stand.SHARED, Stand.MIXED) or not {Stand.ROWS, Stand.TURNED} & set(args):
            continue
        whole = np.asarray(trace.value(index))
        parts = []
        for sample in range(known.count):
            given = []
            for arg, how in zip(node.args, args, strict=True):
                value = np.asarray(trace.value(arg))
                # What is the same in every row of an operation on elements is cut to one of them, too.
                if how is Stand.SHARED and on_elements(node) and value.shape[:1] == (known.count,) and value.ndim == whole.ndim:
                    value = value[sample : sample + 1]
                given.append(row_of(value, how, sample))
            operation = OPERATIONS[node.op]
            static = one_row(node, known.count, len(graph.shapes[index])) if stand is not Stand.SUMMED else dict(node.parameters)
            compute = operation.compute(*map(np.shape, given), **static) if operation.parameters else operation.compute
            with np.errstate(all="ignore"):
                parts.append(compute(*given))
        if stand is Stand.SUMMED:
            total = sum(parts) / (known.count if node.op == "mean" else 1)
            np.testing.assert_allclose(np.reshape(total, whole.shape), whole, rtol=1e-9, atol=1e-12, err_msg=f"{node.op} {index}")
        else:
            for sample, part in enumerate(parts):
                np.testing.assert_allclose(part, row_of(whole, stand, sample), rtol=1e-12, atol=1e-14, err_msg=f"{node.op} {index}")
        seen.add(stand)
    return seen


@pytest.mark.parametrize("name", list(gallery()))
def test_every_node_of_the_gallery_does_by_rows_what_is_said_of_it(name):
    example = gallery()[name]
    analysis = analyse(Request(example.program, {key: Given.of(value) for key, value in example.inputs.items()}), Limits())
    inputs = sample_inputs(analysis.graph, sample_data(analysis))
    if inputs:
        seen = check_every_node(analysis.trace, inputs)
        assert name in MIXING or {Stand.ROWS, Stand.SUMMED} <= seen
    else:
        assert name in SINGLE


@pytest.mark.parametrize("seed", range(60))
def test_every_node_of_random_programs_does_by_rows_what_is_said_of_it(seed):
    writer = Writer(seed)
    trace = traced(writer.write(4 + seed % 20), writer.arrays)
    inputs = sample_inputs(trace.graph, {"x", "y"})
    if inputs:
        check_every_node(trace, inputs)
    else:
        assert not {"x", "y"} & {item.name for item in trace.graph.program.inputs if item.node in trace.graph.reaching}


def test_the_seed_network_holds_rows_sums_and_what_is_shared():
    trace = traced(PROGRAM, EXAMPLE)
    graph, node = trace.graph, by_name(trace)
    known = samples(graph.nodes, graph.shapes, sample_inputs(graph, {"x", "y"}))
    assert known.count == 3
    for name in ("x", "y", "u1", "u2", "u3", "u4", "u5"):
        assert known.stands[node[name]] is Stand.ROWS, name
    assert known.stands[node["MSE"]] is Stand.SUMMED
    for name in ("w1", "b1", "w2", "b2"):
        assert known.stands[node[name]] is Stand.SHARED
        assert known.stands[graph.gradients[node[name]]] is Stand.SUMMED
    for name in ("x", "u1", "u2", "u3", "u4"):
        assert known.stands[graph.gradients[node[name]]] is Stand.ROWS


@pytest.mark.parametrize(
    ("text", "shapes", "expected"),
    [
        ("L = sum(x * w)", {"x": (3,), "w": (3,)}, ()),
        ("L = mean((x @ w - y) ** 2)", {"x": (3, 2), "w": (2,), "y": (3,)}, ("x", "y")),
        ("L = mean((x @ w - y) ** 2)", {"x": (3, 2), "w": (2, 3), "y": (1, 3)}, ()),
        ("L = (x @ w - y) ** 2", {"x": (3,), "w": (3,), "y": ()}, ()),
        ("L = sum(x @ w)", {"x": (3, 2), "w": (2,)}, ("x",)),
        ("L = sum(a)", {"a": (3, 2)}, ()),
    ],
)
def test_samples_are_counted_only_where_the_data_agrees(text, shapes, expected):
    trace = traced(text, {name: np.ones(shape) for name, shape in shapes.items()})
    assert sample_inputs(trace.graph, {"x", "y"}) == tuple(by_name(trace)[name] for name in expected)
