"""Running a graph: every node has its value, whether or not its memory was used again."""

import numpy as np
import pytest
from seed_network import EXAMPLE, PROGRAM

from app.engine import evaluate
from app.engine.gradient import differentiate
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.program import CONSTANT, INPUT

PROGRAMS = {
    "the seed network": (PROGRAM, EXAMPLE),
    "transposes and views": (
        "a = (x @ w + b).T * 2 - (x + x).T @ w * 0.1\nL = sum(reshape(a * a, (9,)) + reshape(b - (x @ w) / 3, (9,)) ** 2)",
        {"x": np.arange(9.0).reshape(3, 3), "w": np.eye(3) + 0.5, "b": np.ones((3, 3))},
    ),
    "parts used twice": (
        "a = (x * y + 1) * (x * y + 1) / (y + 2)\nL = mean(a - (x - y) * x)",
        {"x": np.arange(6.0), "y": np.arange(6.0) + 1},
    ),
    "ties and comparisons": (
        "a = (x > 0) * x + maximum(x, y) * (y - x)\nL = sum(a)",
        {"x": np.array([1.0, -2, 3]), "y": np.array([1.0, 2, -3])},
    ),
}


def plainly(graph, arrays):
    """Every node by itself, in fresh memory."""
    values = []
    for index, node in enumerate(graph.nodes):
        if node.op == INPUT:
            values.append(arrays[node.parameter("name")])
        elif node.op == CONSTANT:
            values.append(np.full(graph.shapes[index], node.number))
        else:
            operation, args = OPERATIONS[node.op], [values[arg].copy() for arg in node.args]
            made = operation.compute
            if operation.parameters:
                made = made(*(graph.shapes[arg] for arg in node.args), **dict(node.parameters))
            values.append(np.array(made(*args)))
    return values


@pytest.mark.parametrize("name", list(PROGRAMS))
@pytest.mark.parametrize("large", [1, 10**9])
def test_every_value_is_there_even_where_its_memory_was_used_again(name, large, monkeypatch):
    monkeypatch.setattr(evaluate, "LARGE", large)
    program, given = PROGRAMS[name]
    parsed = parse(program)
    arrays = {item.name: np.asarray(given[item.name], float) for item in parsed.inputs}
    before = {key: array.copy() for key, array in arrays.items()}
    graph = differentiate(parsed, {key: array.shape for key, array in arrays.items()})
    for _ in range(2):
        trace = evaluate.run(graph, arrays)
        for index, want in enumerate(plainly(graph, arrays)):
            np.testing.assert_array_equal(trace.value(index), want, err_msg=f"{index}: {graph.nodes[index]}")
    for key, array in before.items():
        np.testing.assert_array_equal(arrays[key], array)
    forgotten = [index for index, value in enumerate(trace.values) if value is None]
    assert bool(forgotten) == (large == 1)
    named = parsed.names().keys() | set(graph.gradients.values()) | set(graph.contributions.values())
    assert not named & set(forgotten)


def test_what_does_not_depend_on_the_inputs_is_calculated_once():
    graph = differentiate(parse("L = 2 * 3 * x + exp(2 * 3)"), {"x": ()})
    plan = evaluate._plan(graph)
    known = {graph.nodes[index].op for index, value in enumerate(plan.start) if value is not None}
    assert {"multiply", "exp"} <= known
    assert float(evaluate.run(graph, {"x": np.float64(2)}).value(graph.loss.node)) == 12 + np.exp(6)
