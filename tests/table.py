"""The table, entry by entry: one operation on arrays, its gradients, and what they are held against."""

from string import ascii_lowercase

import numpy as np
import pytest

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.ops import OPERATIONS
from app.engine.ops.entry import DOMAINS
from app.engine.parser import parse
from app.engine.program import INPUT, Input, Node, Place, Program, Statement
from app.engine.shapes import Mismatch

PLACE = Place(1, 1, 2)
NAMES = "abcdefgh"


def parameters_of(operation, sample):
    """The static arguments of a sample's call by name, as our own parser reads them."""
    program = parse(f"out = {sample.call}")
    node = program.nodes[program.statements[-1].node]
    assert node.op == operation.name
    return dict(node.parameters)


def drawn(operation, sample, rng):
    """Random arguments of a sample, from the operation's domains."""
    domains = operation.domain if len(operation.domain) > 1 else operation.domain * len(sample.shapes)
    return [DOMAINS[domain](rng, shape) for domain, shape in zip(domains, sample.shapes, strict=True)]


def graph_of(operation, shapes, parameters, out_shape):
    """out = operation(a, b, …); loss = sum(out * k)."""
    names = [*NAMES[: len(shapes)], "k"]
    nodes = [Node(INPUT, (), (("name", name),), PLACE) for name in names]
    inputs = tuple(Input(name, index, PLACE) for index, name in enumerate(names))
    k = len(shapes)
    nodes.append(Node(operation.name, tuple(range(k)), tuple(parameters.items()), PLACE))
    nodes.append(Node("multiply", (k + 1, k), (), PLACE))
    nodes.append(Node("sum", (k + 2,), (("axis", None), ("keepdims", False)), PLACE))
    statements = (Statement("out", k + 1, PLACE, "…"), Statement("loss", k + 3, PLACE, "sum(out * k)"))
    program = Program("", tuple(nodes), inputs, statements)
    return differentiate(program, dict(zip(names, [*shapes, out_shape], strict=True)), wrt=names[:-1])


def value_of(operation, arrays, parameters):
    """The operation's value, by its own `compute`."""
    shapes = [np.shape(array) for array in arrays]
    function = operation.compute(*shapes, **parameters) if operation.parameters else operation.compute
    with np.errstate(all="ignore"):
        return function(*arrays)


def gradients_of(operation, arrays, parameters, weights):
    """The gradient of sum(out · weights) for each argument, from the table's own rules."""
    shapes = [np.shape(array) for array in arrays]
    graph = graph_of(operation, shapes, parameters, np.shape(weights))
    names = [*NAMES[: len(arrays)], "k"]
    trace = run(graph, dict(zip(names, [*arrays, weights], strict=True)))
    return [trace.gradient(index) for index in range(len(arrays))]


def differences(function, array, step=1e-5):
    """Central differences of a scalar function at every element."""
    found = np.zeros(np.shape(array))
    for index in np.ndindex(found.shape):
        up, down = np.array(array, dtype=float), np.array(array, dtype=float)
        up[index] += step
        down[index] -= step
        found[index] = (function(up) - function(down)) / (2 * step)
    return found


# --- by name, for tests of single entries


def refused(name, *shapes, **parameters):
    """The texts with which the operation refuses these shapes, with a, b, c… for the arguments."""
    with pytest.raises(Mismatch) as caught:
        OPERATIONS[name].shape(*shapes, **parameters)
    names = dict(zip(ascii_lowercase, ascii_lowercase, strict=True))
    return caught.value.message.format(**names), caught.value.hint and caught.value.hint.format(**names)


def calculated(name, *arrays, **parameters):
    return value_of(OPERATIONS[name], [np.asarray(array, dtype=float) for array in arrays], parameters)


def gradients_by_name(name, arrays, weights, **parameters):
    given = [np.asarray(array, dtype=float) for array in arrays]
    return gradients_of(OPERATIONS[name], given, parameters, np.asarray(weights, dtype=float))
