"""THE TABLE. One entry per operation: how it is computed, its shape, its derivative, how it is written and explained.

A derivative rule (`vjp`, one per argument) takes `g`, the gradient of the loss with respect to the result, the result `out`, then the
operation's own arguments, and returns what the argument gets back. It computes with symbols, so that the same line is
read as numbers, as a formula and as code. Summing back over broadcast axes is not a rule's business: `differentiate` does it.

Formulas: Griewank & Walther, "Evaluating Derivatives" (2008), ch. 3, and Giles, "Collected matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008), for those of matmul.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter, methodcaller
from typing import Any, TypeAlias

import numpy as np

from app.engine import shapes
from app.engine.program import Array, Shape, Static
from app.engine.symbol import Symbol, apply, broadcast_to, equal, log, reshape, sum_to
from app.engine.syntax import (
    CALL,
    Call,
    Enclosed,
    Exponential,
    Form,
    Fraction,
    Infix,
    Negation,
    Power,
    Precedence,
    Product,
    Raised,
    Root,
)

Rule: TypeAlias = Callable[..., Symbol]
Compute: TypeAlias = Callable[..., Any]
REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A static argument, such as an axis: part of the program, not a value. `kind` is axis, flag or shape."""

    name: str
    kind: str
    default: object = REQUIRED


@dataclass(frozen=True, slots=True)
class Kink:
    """Where a function has no derivative, and which one we take there."""

    at: Callable[..., Any]
    """Given the arguments' values: True where they sit on the kink."""
    convention: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry. `samples` are shapes of arguments within `domain` (low, high), for the tests and the reference."""

    name: str
    arguments: tuple[str, ...]
    summary: str
    derivative: str
    compute: Compute
    """The arrays' function; of an operation with parameters, what makes it from the arguments' shapes and the parameters."""
    shape: shapes.ShapeRule
    vjp: tuple[Rule, ...]
    form: Form = CALL
    parameters: tuple[Parameter, ...] = ()
    kink: Kink | None = None
    samples: tuple[tuple[Shape, ...], ...] = ()
    domain: tuple[float, float] = (-2.0, 2.0)

    @property
    def signature(self) -> str:
        """The call as one would write it: sum(a, axis=None, keepdims=False)."""
        static = (p.name if p.default is REQUIRED else f"{p.name}={p.default}" for p in self.parameters)
        return f"{self.name}({', '.join((*self.arguments, *static))})"

    @property
    def differentiable(self) -> bool:
        return flat not in self.vjp


def flat(g: Symbol, out: Symbol, *args: Symbol) -> Symbol:
    """The rule of what moves in steps: its derivative is 0 wherever it has one. Stated, never assumed."""
    return Symbol(g.recorder, g.recorder.constant(0.0, g.shape))


# --- rules that need more than a line


def power_base(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """b·aᵇ⁻¹. A literal exponent keeps the schoolbook form; with a variable one, a = 0 and b = 0 give 0 and not 0/0."""
    n = b.number
    if n is not None:
        return flat(g, out) if n == 0 else g * (n * a ** (n - 1))
    return g * (b * a ** (b - 1 + equal(b, 0)))


def power_exponent(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """aᵇ·log a, and 0 at a = 0, its limit for b > 0 (as PyTorch and autograd have it)."""
    return g * (out * log(a + equal(a, 0)))


def first_wins(g: Symbol, out: Symbol, a: Symbol, b: Symbol, sign: str) -> Symbol:
    """The share of `a` in maximum (sign >) or minimum (sign <).

    Ties: a constant takes the whole, so that maximum(0, u) has derivative 0 at u = 0; two variables take half each, as in PyTorch.
    """

    def wins(*, tied: bool) -> Symbol:
        if sign == ">":
            return a >= b if tied else a > b
        return a <= b if tied else a < b

    if b.constant:
        return g * wins(tied=False)
    if a.constant:
        return g * wins(tied=True)
    return g * (0.5 * (wins(tied=False) + wins(tied=True)))


def second_wins(g: Symbol, out: Symbol, a: Symbol, b: Symbol, sign: str) -> Symbol:
    return first_wins(g, out, b, a, sign)


def tie(a: Array, b: Array) -> Any:
    return a == b


def matmul_left(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """g·bᵀ; a vector stands in as one row or one column."""
    if b.ndim == 1:
        return g * b if a.ndim == 1 else column(g) * b
    if a.ndim == 1 and b.ndim > 2:
        return reshape(row(g) @ b.mT, (*b.shape[:-2], a.shape[0]))
    return g @ b.mT


def matmul_right(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """aᵀ·g; a vector stands in as one row or one column."""
    if a.ndim == 1:
        return g * a if b.ndim == 1 else column(a) * row(g)
    if b.ndim == 1:
        return column(g) * a if a.ndim > 2 else a.T @ g
    return a.mT @ g


def column(a: Symbol) -> Symbol:
    return reshape(a, (*a.shape, 1))


def row(a: Symbol) -> Symbol:
    return reshape(a, (*a.shape[:-1], 1, a.shape[-1]))


def spread(g: Symbol, a: Symbol, axis: Static) -> Symbol:
    """A reduction's gradient handed to every element it was made of."""
    kept = g if g.ndim == 0 else reshape(g, shapes.reduction(a.shape, axis, True))
    return broadcast_to(kept, a.shape)


def transpose_back(g: Symbol, axes: Static) -> Symbol:
    if not isinstance(axes, tuple):
        return g.T
    return apply("transpose", g, axes=tuple(int(i) for i in np.argsort([axis % len(axes) for axis in axes])))


def count(shape: Shape, axis: Static) -> int:
    return math.prod(shape[i] for i in shapes.axes_of(axis, len(shape)))


def compare(ufunc: np.ufunc) -> Compute:
    """A comparison whose result is 1.0 or 0.0, so that it can be calculated with."""

    def compute(a: Array, b: Array) -> Array:
        return ufunc(a, b).astype(np.float64)  # type: ignore[no-any-return]

    return compute


def compute_sigmoid(a: Array) -> Array:
    """1 / (1 + e⁻ᵃ), with full precision on both sides: the exponential never overflows and nothing cancels."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1.0, e) / (1.0 + e)


def prepare_sum(a: Shape, axis: Any, keepdims: bool) -> Compute:
    return partial(np.add.reduce, axis=shapes.axes_of(axis, len(a)), keepdims=keepdims)


def prepare_mean(a: Shape, axis: Any, keepdims: bool) -> Compute:
    total, n = prepare_sum(a, axis, keepdims), count(a, axis)
    return lambda x: total(x) / n


def prepare_transpose(a: Shape, axes: Any) -> Compute:
    return attrgetter("T") if axes is None else methodcaller("transpose", axes)


def prepare_reshape(a: Shape, shape: Any) -> Compute:
    return methodcaller("reshape", shape)


def prepare_broadcast_to(a: Shape, shape: Shape) -> Compute:
    def compute(x: Array) -> Array:
        out = np.empty(shape)
        out[...] = x
        return out

    return compute


def prepare_sum_to(a: Shape, shape: Shape) -> Compute:
    axes, lead = shapes.summed_axes(a, shape), len(a) - len(shape)
    if axes == tuple(range(lead)):
        return partial(np.add.reduce, axis=axes)
    return lambda x: np.add.reduce(x, axis=axes).reshape(shape)


REDUCTION = (Parameter("axis", "axis", None), Parameter("keepdims", "flag", False))
SHAPE = (Parameter("shape", "shape"),)
PAIRS = (((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((2, 3), ()))
SINGLES = (((),), ((3,),), ((2, 3),))
FLAT2 = (flat, flat)


def elementwise(name: str, summary: str, derivative: str, compute: Compute, vjp: Rule, **more: Any) -> Operation:
    """An operation on each element by itself."""
    return Operation(name, ("a",), summary, derivative, compute, shapes.same, (vjp,), samples=SINGLES, **more)


def pairwise(name: str, summary: str, derivative: str, compute: Compute, vjp: tuple[Rule, Rule], **more: Any) -> Operation:
    """An operation on pairs of elements, with broadcasting."""
    return Operation(name, ("a", "b"), summary, derivative, compute, shapes.broadcast, vjp, samples=PAIRS, **more)


def comparison(name: str, sign: str, math_sign: str, ufunc: np.ufunc) -> Operation:
    return pairwise(
        name, f"1 where a {sign} b, else 0.", "No gradient: it moves in steps.", compare(ufunc), FLAT2,
        form=Infix(sign, math_sign, Precedence.COMPARISON),
    )  # fmt: skip


# fmt: off
_TABLE = (
    # arithmetic
    pairwise("add", "a plus b.", "1 for both.", operator.add,
             (lambda g, out, a, b: g, lambda g, out, a, b: g), form=Infix("+", "+", Precedence.SUM)),
    pairwise("subtract", "a minus b.", "1 for a, −1 for b.", operator.sub,
             (lambda g, out, a, b: g, lambda g, out, a, b: -g), form=Infix("-", "−", Precedence.SUM)),
    pairwise("multiply", "a times b, element by element.", "The other factor.", operator.mul,
             (lambda g, out, a, b: g * b, lambda g, out, a, b: g * a), form=Product()),
    pairwise("divide", "a divided by b.", "1/b for a, −a/b² for b.", operator.truediv,
             (lambda g, out, a, b: g / b, lambda g, out, a, b: g * (-a / b ** 2)), form=Fraction(), domain=(0.5, 2.0)),
    pairwise("power", "a to the power of b.", "b·aᵇ⁻¹ for a, aᵇ·log a for b.", operator.pow,
             (power_base, power_exponent), form=Power(), domain=(0.5, 2.0)),
    elementwise("negative", "a with its sign changed.", "−1.", operator.neg, lambda g, out, a: -g, form=Negation()),
    elementwise("identity", "a itself, under another name.", "1.", np.positive, lambda g, out, a: g),

    # comparisons
    comparison("greater", ">", ">", np.greater),
    comparison("greater_equal", ">=", "≥", np.greater_equal),
    comparison("less", "<", "<", np.less),
    comparison("less_equal", "<=", "≤", np.less_equal),
    comparison("equal", "==", "=", np.equal),
    comparison("not_equal", "!=", "≠", np.not_equal),

    # functions with a kink
    pairwise("maximum", "The larger of a and b.", "1 for the larger, 0 for the smaller.", np.maximum,
             (lambda g, out, a, b: first_wins(g, out, a, b, ">"), lambda g, out, a, b: second_wins(g, out, a, b, ">")),
             form=Call("max"),
             kink=Kink(tie, "At a tie a constant takes the whole gradient, so the derivative of maximum(0, u) at u = 0 is 0; "
                            "two variables take half each.")),
    pairwise("minimum", "The smaller of a and b.", "1 for the smaller, 0 for the larger.", np.minimum,
             (lambda g, out, a, b: first_wins(g, out, a, b, "<"), lambda g, out, a, b: second_wins(g, out, a, b, "<")),
             form=Call("min"),
             kink=Kink(tie, "At a tie a constant takes the whole gradient, so the derivative of minimum(0, u) at u = 0 is 0; "
                            "two variables take half each.")),
    elementwise("relu", "a where it is positive, else 0.", "1 where a > 0, else 0.",
                lambda a: np.maximum(a, 0.0), lambda g, out, a: g * (a > 0), form=Call("ReLU"),
                kink=Kink(lambda a: a == 0, "The derivative of relu at 0 is taken as 0.")),
    elementwise("abs", "a without its sign.", "1 where a > 0, −1 where a < 0.", np.abs,
                lambda g, out, a: g * ((a > 0) - (a < 0)), form=Enclosed("|", "|"),
                kink=Kink(lambda a: a == 0, "The derivative of abs at 0 is taken as 0.")),

    # smooth functions
    elementwise("exp", "e to the power of a.", "exp(a) itself.", np.exp, lambda g, out, a: g * out, form=Exponential()),
    elementwise("log", "The natural logarithm of a.", "1/a.", np.log, lambda g, out, a: g / a,
                form=Call("log"), domain=(0.5, 2.0)),
    elementwise("tanh", "The hyperbolic tangent of a.", "1 − tanh²(a).", np.tanh,
                lambda g, out, a: g * (1 - out ** 2), form=Call("tanh")),
    elementwise("sigmoid", "1 / (1 + exp(−a)).", "σ(a)·(1 − σ(a)).", compute_sigmoid,
                lambda g, out, a: g * (out * (1 - out)), form=Call("σ")),
    elementwise("square", "a times itself.", "2a.", np.square, lambda g, out, a: g * (2 * a), form=Raised("2")),
    elementwise("sqrt", "The square root of a.", "1 / (2·sqrt(a)).", np.sqrt, lambda g, out, a: g / (2 * out),
                form=Root(), domain=(0.5, 2.0)),

    # reductions
    Operation("sum", ("a",), "The sum over the given axes, or over all.", "1 for every element that was added.",
              prepare_sum, shapes.reduction, (lambda g, out, a, axis, keepdims: spread(g, a, axis),),
              form=Call("sum"), parameters=REDUCTION, samples=SINGLES),
    Operation("mean", ("a",), "The mean over the given axes, or over all.", "1/n for every one of the n elements.",
              prepare_mean, shapes.reduction,
              (lambda g, out, a, axis, keepdims: spread(g / count(a.shape, axis), a, axis),),
              form=Call("mean"), parameters=REDUCTION, samples=SINGLES),

    # linear algebra and shape
    Operation("matmul", ("a", "b"), "The matrix product.", "bᵀ from the right for a, aᵀ from the left for b.",
              np.matmul, shapes.matmul, (matmul_left, matmul_right), form=Infix("@", "·", Precedence.PRODUCT),
              samples=(((3,), (3,)), ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)),
                       ((3,), (5, 3, 4)), ((5, 2, 3), (3,)))),
    Operation("transpose", ("a",), "a with its axes reversed, or in the order given.", "The same, back again.",
              prepare_transpose, shapes.transposed, (lambda g, out, a, axes: transpose_back(g, axes),),
              form=Raised("T", "T"), parameters=(Parameter("axes", "shape", None),), samples=SINGLES),
    Operation("reshape", ("a",), "The same numbers in another shape.", "The same, back again.",
              prepare_reshape, shapes.reshaped, (lambda g, out, a, shape: reshape(g, a.shape),), parameters=SHAPE),
    Operation("broadcast_to", ("a",), "a repeated to a larger shape.", "The sum over the repetitions.",
              prepare_broadcast_to, shapes.widened, (lambda g, out, a, shape: sum_to(g, a.shape),), parameters=SHAPE),
    Operation("sum_to", ("a",), "a summed back to the shape from which it was broadcast.", "The sum's gradient, repeated.",
              prepare_sum_to, shapes.narrowed, (lambda g, out, a, shape: broadcast_to(g, a.shape),), parameters=SHAPE),
)
# fmt: on


OPERATIONS: Mapping[str, Operation] = {operation.name: operation for operation in _TABLE}
"""Every operation by its name, in the order of the reference."""
