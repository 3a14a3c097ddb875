"""The seed's network, for tests: its program, an independent twin in NumPy, its closed forms, and random instances of it."""

import numpy as np

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse

PROGRAM = """\
u1 = x @ w1 + b1
u2 = maximum(0, u1)
u3 = u2 @ w2 + b2
u4 = y - u3
u5 = u4 ** 2
MSE = mean(u5)"""

INPUTS = ("x", "y", "w1", "b1", "w2", "b2")
STATEMENTS = ("u1", "u2", "u3", "u4", "u5")

EXAMPLE = {
    "x": np.array([[1.0, 2.0], [-1.0, 0.5], [0.3, -1.2]]),
    "y": np.array([[1.0], [0.0], [-1.0]]),
    "w1": np.array([[0.5, -1.0, 0.8], [0.9, 0.25, -0.6]]),
    "b1": np.array([0.1, -0.2, 0.3]),
    "w2": np.array([[1.2], [-0.7], [0.4]]),
    "b2": np.array([0.05]),
}


def traced(text, arrays, wrt=None, loss=None):
    """A program, differentiated and run."""
    program = parse(text)
    arrays = {name: np.asarray(array, dtype=np.float64) for name, array in (program.literals | arrays).items()}
    return run(differentiate(program, {name: array.shape for name, array in arrays.items()}, wrt, loss), arrays)


def by_name(trace):
    """The node of every name of a trace's program."""
    return {name: node for node, name in trace.graph.program.names().items()}


def gradients(text, arrays, wrt=None, loss=None):
    """The gradient of every named value that has one."""
    trace = traced(text, arrays, wrt, loss)
    return {name: trace.gradient(node) for name, node in by_name(trace).items() if trace.gradient(node) is not None}


def values(text, arrays):
    """The value of every name of a program that ends in a loss."""
    trace = traced(text, arrays)
    return {name: trace.value(node) for name, node in by_name(trace).items()}


def forward(given, np=np):
    """Every value of the network in plain NumPy (or in a twin of it). What `given` already holds, u1 for example, is taken as it is."""
    found = dict(given)
    found.setdefault("u1", found["x"] @ found["w1"] + found["b1"])
    found.setdefault("u2", np.where(found["u1"] > 0, found["u1"], 0.0))
    found.setdefault("u3", found["u2"] @ found["w2"] + found["b2"])
    found.setdefault("u4", found["y"] - found["u3"])
    found.setdefault("u5", found["u4"] ** 2)
    found.setdefault("MSE", np.sum(found["u5"]) / found["u5"].size)
    return found


def closed_forms(given):
    """The seed's formulas, sample by sample, put right: cases within the sum, the mean over all N·o squares, x for each sample alone."""
    x, w1, b1, w2, b2, y = (given[name] for name in ("x", "w1", "b1", "w2", "b2", "y"))
    samples, outputs = y.shape
    found = {name: np.zeros_like(given[name]) for name in INPUTS}
    for i in range(samples):
        u1 = x[i] @ w1 + b1
        hidden = np.where(u1 > 0, u1, 0.0)
        share = 2 / (samples * outputs) * (hidden @ w2 + b2 - y[i])
        through = np.where(u1 > 0, w2 @ share, 0.0)
        found["w1"] += np.outer(x[i], through)
        found["b1"] += through
        found["x"][i] = w1 @ through
        found["w2"] += np.outer(hidden, share)
        found["b2"] += share
        found["y"][i] = -share
    return found


def difference(function, array, index, step=2.0**-7):
    """The central difference of a function of an array at one element. For a quadratic it is exact but for rounding."""
    up, down = array.copy(), array.copy()
    up[index] += step
    down[index] -= step
    return (function(up) - function(down)) / (2 * step)


def differences(function, array, step=2.0**-7):
    """The central differences at every element."""
    found = np.zeros(np.shape(array))
    for index in np.ndindex(found.shape):
        found[index] = difference(function, np.asarray(array, dtype=np.float64), index, step)
    return found


def networks(count, seed=0):
    """Random seed networks. Every second one holds small integers, rows and weights of exact zeros: u1 is exactly 0 there at times."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        samples, inputs, hidden, outputs = (int(rng.integers(1, most + 1)) for most in (8, 6, 6, 3))
        shapes = {
            "x": (samples, inputs),
            "y": (samples, outputs),
            "w1": (inputs, hidden),
            "b1": (hidden,),
            "w2": (hidden, outputs),
            "b2": (outputs,),
        }
        if number % 2:
            given = {name: rng.integers(-2, 3, shape).astype(np.float64) for name, shape in shapes.items()}
            given["x"][rng.integers(samples)] = 0.0
            given["w1"][:, rng.integers(hidden)] = 0.0
            given["b1"][rng.integers(hidden)] = 0.0
            given["w2"][rng.integers(hidden)] = 0.0
        else:
            given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        yield given
