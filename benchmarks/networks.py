"""The seed network by several hands. Each gives the values u1 … u5 and MSE and the gradients of all of these and of every input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.examples import gallery

INPUTS = ("x", "w1", "b1", "w2", "b2", "y")
Arrays = Mapping[str, np.ndarray]
Result = Callable[[], Any]


def arrays(n: int, d: int, h: int, o: int) -> dict[str, np.ndarray]:
    """Random inputs of a network with n samples, d inputs, h hidden units and o outputs."""
    make = np.random.default_rng(0).normal
    shapes = {"x": (n, d), "w1": (d, h), "b1": (h,), "w2": (h, o), "b2": (o,), "y": (n, o)}
    return {name: make(size=shape) for name, shape in shapes.items()}


def curlyd(given: Arrays) -> Result:
    """Ours: the graph is made once, as a server does for one structure."""
    graph = differentiate(parse(gallery()["seed-network"].program), {name: array.shape for name, array in given.items()})
    return lambda: run(graph, given)


def by_hand(given: Arrays) -> Result:
    """NumPy as a careful person writes it out."""
    x, w1, b1, w2, b2, y = (given[name] for name in INPUTS)

    def both() -> dict[str, Any]:
        u1 = x @ w1 + b1
        u2 = np.maximum(0, u1)
        u3 = u2 @ w2 + b2
        u4 = y - u3
        u5 = u4**2
        mse = np.mean(u5)
        u5_g = np.full(u5.shape, 1 / u5.size)
        u4_g = 2 * u4 * u5_g
        u3_g = -u4_g
        w2_g = u2.T @ u3_g
        b2_g = u3_g.sum(axis=0)
        u2_g = u3_g @ w2.T
        u1_g = u2_g * (u1 > 0)
        w1_g = x.T @ u1_g
        b1_g = u1_g.sum(axis=0)
        x_g = u1_g @ w1.T
        return {
            "values": (u1, u2, u3, u4, u5, mse), "inner": (u5_g, u3_g, u2_g, u1_g),
            "x": x_g, "w1": w1_g, "b1": b1_g, "w2": w2_g, "b2": b2_g, "y": u4_g,
        }  # fmt: skip

    return both


def hips_autograd(given: Arrays) -> Result | None:
    """HIPS autograd; it gives the gradients of the inputs only."""
    if not find_spec("autograd"):
        return None
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss(values: Any) -> Any:
        x, w1, b1, w2, b2, y = values
        return anp.mean((y - (anp.maximum(0, x @ w1 + b1) @ w2 + b2)) ** 2)

    both = value_and_grad(loss)
    values = tuple(given[name] for name in INPUTS)
    return lambda: dict(zip(INPUTS, both(values)[1], strict=True))


def pytorch(given: Arrays) -> Result | None:
    """PyTorch, eager; the intermediate gradients are retained."""
    if not find_spec("torch"):
        return None
    import torch

    torch.set_num_threads(1)
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in given.items()}

    def both() -> dict[str, Any]:
        for leaf in leaves.values():
            leaf.grad = None
        x, w1, b1, w2, b2, y = (leaves[name] for name in INPUTS)
        u1 = x @ w1 + b1
        u2 = torch.relu(u1)
        u3 = u2 @ w2 + b2
        u4 = y - u3
        u5 = u4**2
        loss = u5.mean()
        for value in (u1, u2, u3, u4, u5):
            value.retain_grad()
        loss.backward()
        return {name: leaf.grad for name, leaf in leaves.items()}

    return both


def micrograd(given: Arrays) -> Result | None:
    """micrograd, for the network of single numbers."""
    if not find_spec("micrograd") or any(array.size > 1 for array in given.values()):
        return None
    from micrograd.engine import Value

    numbers = {name: float(array.reshape(())) for name, array in given.items()}

    def both() -> dict[str, Any]:
        leaves = {name: Value(number) for name, number in numbers.items()}
        x, w1, b1, w2, b2, y = (leaves[name] for name in INPUTS)
        loss = (y - ((x * w1 + b1).relu() * w2 + b2)) ** 2
        loss.backward()
        return {name: leaf.grad for name, leaf in leaves.items()}

    return both


PEERS: dict[str, Callable[[Arrays], Result | None]] = {
    "NumPy by hand": by_hand, "Curly d": curlyd, "HIPS autograd": hips_autograd, "PyTorch": pytorch, "micrograd": micrograd,
}  # fmt: skip
