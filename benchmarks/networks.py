"""The seed network by several hands: the values u1 … u5 and MSE, and the gradients of all of these and of every input."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.engine.program import Trace
from app.examples import gallery
from app.settings import Limits

INPUTS = ("x", "w1", "b1", "w2", "b2", "y")
VALUES = ("u1", "u2", "u3", "u4", "u5", "MSE")
Arrays: TypeAlias = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Network:
    """One peer. `both` is what is timed: forward and backward; `read` takes its result apart afterwards, into values by name and
    gradients by ∂name."""

    both: Callable[[], Any]
    read: Callable[[Any], dict[str, Any]]


def named(values: Any, gradients: Any) -> dict[str, Any]:
    """Values in the order of VALUES, and gradients in the order of VALUES and INPUTS, by name."""
    return dict(zip([*VALUES, *(f"∂{name}" for name in (*VALUES, *INPUTS))], [*values, *gradients], strict=True))


def arrays(n: int, d: int, h: int, o: int) -> dict[str, np.ndarray]:
    """Random inputs of a network with n samples, d inputs, h hidden units and o outputs."""
    make = np.random.default_rng(0).normal
    shapes = {"x": (n, d), "w1": (d, h), "b1": (h,), "w2": (h, o), "b2": (o,), "y": (n, o)}
    return {name: make(size=shape) for name, shape in shapes.items()}


def curlyd(given: Arrays, limits: Limits | None = None) -> Network:
    """Ours: the graph is made once, as a server does for one structure."""
    program = parse(gallery()["seed-network"].program)
    graph = differentiate(program, {name: array.shape for name, array in given.items()}, limits=limits)
    nodes = {name: node for node, name in graph.program.names().items()}

    def read(trace: Trace) -> dict[str, Any]:
        gradients = [trace.gradient(nodes[name]) for name in (*VALUES, *INPUTS)]
        return named([trace.value(nodes[name]) for name in VALUES], gradients)

    return Network(lambda: run(graph, given), read)


def by_hand(given: Arrays) -> Network:
    """NumPy as a careful person writes it out."""
    x, w1, b1, w2, b2, y = (given[name] for name in INPUTS)

    def both() -> Any:
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
        return (u1, u2, u3, u4, u5, mse), (u1_g, u2_g, u3_g, u4_g, u5_g, 1.0, x_g, w1_g, b1_g, w2_g, b2_g, u4_g)

    return Network(both, lambda result: named(*result))


def by_hand_lean(given: Arrays) -> Network:
    """The same by somebody who counts every call: what doesn't change is made beforehand, and sums go around NumPy's wrappers."""
    x, w1, b1, w2, b2, y = (given[name] for name in INPUTS)
    u5_g = np.full(y.shape, 1 / y.size)
    total = np.add.reduce

    def both() -> Any:
        u1 = x @ w1 + b1
        u2 = np.maximum(0, u1)
        u3 = u2 @ w2 + b2
        u4 = y - u3
        u5 = u4**2
        mse = total(u5, axis=(0, 1)) / u5.size
        u4_g = 2 * u4 * u5_g
        u3_g = -u4_g
        w2_g = u2.T @ u3_g
        b2_g = total(u3_g, axis=0)
        u2_g = u3_g @ w2.T
        u1_g = u2_g * (u1 > 0)
        w1_g = x.T @ u1_g
        b1_g = total(u1_g, axis=0)
        x_g = u1_g @ w1.T
        return (u1, u2, u3, u4, u5, mse), (u1_g, u2_g, u3_g, u4_g, u5_g, 1.0, x_g, w1_g, b1_g, w2_g, b2_g, u4_g)

    return Network(both, lambda result: named(*result))


def hips_autograd(given: Arrays) -> Network:
    """HIPS autograd; it gives the loss and the gradients of the inputs only."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss(values: Any) -> Any:
        x, w1, b1, w2, b2, y = values
        return anp.mean((y - (anp.maximum(0, x @ w1 + b1) @ w2 + b2)) ** 2)

    both = value_and_grad(loss)
    values = tuple(given[name] for name in INPUTS)

    def read(result: Any) -> dict[str, Any]:
        return {"MSE": result[0]} | {f"∂{name}": gradient for name, gradient in zip(INPUTS, result[1], strict=True)}

    return Network(lambda: both(values), read)


def pytorch(given: Arrays) -> Network:
    """PyTorch, eager; the intermediate gradients are retained."""
    import torch

    torch.set_num_threads(1)
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in given.items()}

    def both() -> Any:
        for leaf in leaves.values():
            leaf.grad = None
        x, w1, b1, w2, b2, y = (leaves[name] for name in INPUTS)
        u1 = x @ w1 + b1
        u2 = torch.relu(u1)
        u3 = u2 @ w2 + b2
        u4 = y - u3
        u5 = u4**2
        mse = u5.mean()
        values = (u1, u2, u3, u4, u5, mse)
        for value in values:
            value.retain_grad()
        mse.backward()
        return values

    def read(values: Any) -> dict[str, Any]:
        gradients = [tensor.grad for tensor in (*values, *(leaves[name] for name in INPUTS))]
        return named([value.detach().numpy() for value in values], [gradient.numpy() for gradient in gradients])

    return Network(both, read)


def jax_stepwise(given: Arrays) -> Network:
    """JAX as it is called without jit, operation by operation; it gives the loss and the gradients of the inputs."""
    jax = _jax()
    both = jax.value_and_grad(_jax_loss)
    leaves = _jax_leaves(given)
    return Network(lambda: jax.block_until_ready(both(leaves)), _read_jax)


def jax_compiled(given: Arrays) -> Network:
    """JAX, compiled for these shapes beforehand; it gives the loss and the gradients of the inputs, and need not keep anything else."""
    jax = _jax()
    both = jax.jit(jax.value_and_grad(_jax_loss))
    leaves = _jax_leaves(given)
    return Network(lambda: jax.block_until_ready(both(leaves)), _read_jax)


def jax_compiled_whole(given: Arrays) -> Network:
    """The same with every intermediate value and gradient: a zero is added to each value, and the gradient of that zero is the value's."""
    jax = _jax()
    import jax.numpy as jnp

    def loss(leaves: Any, zeros: Any) -> Any:
        x, w1, b1, w2, b2, y = leaves
        u1 = x @ w1 + b1 + zeros[0]
        u2 = jnp.maximum(0, u1) + zeros[1]
        u3 = u2 @ w2 + b2 + zeros[2]
        u4 = y - u3 + zeros[3]
        u5 = u4**2 + zeros[4]
        mse = jnp.mean(u5) + zeros[5]
        return mse, (u1, u2, u3, u4, u5, mse)

    both = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))
    leaves = _jax_leaves(given)
    hidden, out = (given["x"].shape[0], given["w1"].shape[1]), given["y"].shape
    zeros = tuple(jnp.zeros(shape) for shape in (hidden, hidden, out, out, out, ()))

    def read(result: Any) -> dict[str, Any]:
        (_, values), (inputs, intermediate) = result
        return named(values, (*intermediate, *inputs))

    return Network(lambda: jax.block_until_ready(both(leaves, zeros)), read)


def _jax() -> Any:
    """JAX with double precision, and one thread as all have it."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def _jax_leaves(given: Arrays) -> tuple[Any, ...]:
    import jax.numpy as jnp

    return tuple(jnp.asarray(given[name]) for name in INPUTS)


def _jax_loss(leaves: Any) -> Any:
    import jax.numpy as jnp

    x, w1, b1, w2, b2, y = leaves
    return jnp.mean((y - (jnp.maximum(0, x @ w1 + b1) @ w2 + b2)) ** 2)


def _read_jax(result: Any) -> dict[str, Any]:
    return {"MSE": result[0]} | {f"∂{name}": gradient for name, gradient in zip(INPUTS, result[1], strict=True)}


def micrograd(given: Arrays) -> Network:
    """micrograd, for the network of single numbers; the mean of one number is that number."""
    from micrograd.engine import Value

    numbers = [float(given[name].reshape(())) for name in INPUTS]

    def both() -> Any:
        x, w1, b1, w2, b2, y = leaves = [Value(number) for number in numbers]
        u1 = x * w1 + b1
        u2 = u1.relu()
        u3 = u2 * w2 + b2
        u4 = y - u3
        u5 = u4**2
        u5.backward()
        return (u1, u2, u3, u4, u5, u5), leaves

    def read(result: Any) -> dict[str, Any]:
        values, leaves = result
        return named([value.data for value in values], [value.grad for value in (*values, *leaves)])

    return Network(both, read)


HAND = "NumPy by hand"
PEERS: Mapping[str, tuple[str, Callable[[Arrays], Network]]] = {
    HAND: ("numpy", by_hand),
    "NumPy by hand, lean": ("numpy", by_hand_lean),
    "Curly d": ("numpy", curlyd),
    "HIPS autograd": ("autograd", hips_autograd),
    "PyTorch": ("torch", pytorch),
    "JAX, operation by operation": ("jax", jax_stepwise),
    "JAX, compiled": ("jax", jax_compiled),
    "JAX, compiled, with every value": ("jax", jax_compiled_whole),
    "micrograd": ("micrograd", micrograd),
}
"""By name: the package it needs, and what makes it."""


def networks(given: Arrays) -> dict[str, Network]:
    """Those that are installed; micrograd only where every array is a single number, as it knows no others."""
    single = all(array.size == 1 for array in given.values())
    return {name: make(given) for name, (package, make) in PEERS.items() if find_spec(package) and (single or package != "micrograd")}


def missing() -> list[str]:
    """The peers that are not installed."""
    return [name for name, (package, _) in PEERS.items() if not find_spec(package)]
