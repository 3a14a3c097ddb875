"""Functions of each element, or of pairs of elements with broadcasting: roots, logarithms, angles and their kin.

Formulas: Griewank & Walther, "Evaluating Derivatives" (2008), ch. 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import Compute, Kink, Operation, Rule, Sample, Watch, each, flat
from app.engine.program import Array, Shape
from app.engine.symbol import Symbol, apply, equal, log
from app.engine.syntax import As, Call, Exponential, Raised, Root

SHAPES: tuple[Shape, ...] = ((), (3,), (2, 3))
PAIRS: tuple[tuple[Shape, Shape], ...] = (((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((2, 3), ()))
FLAT2 = (flat, flat)


def elementwise(name: str, summary: str, words: str, compute: Compute, vjp: Rule, *, calls: tuple[str, ...] = (), **more: Any) -> Operation:
    """An operation on each element by itself; `calls` are samples with static arguments."""
    samples = tuple(Sample(f"{name}(a)", (shape,)) for shape in SHAPES) + tuple(Sample(call, ((2, 3),)) for call in calls)
    return Operation(name, ("a",), summary, (words,), compute, shapes.same, (vjp,), **{"samples": samples, **more})


def pairwise(name: str, summary: str, words: tuple[str, str], compute: Compute, vjp: tuple[Rule, Rule], **more: Any) -> Operation:
    """An operation on pairs of elements, with broadcasting."""
    samples = tuple(Sample(f"{name}(a, b)", pair) for pair in PAIRS)
    return Operation(name, ("a", "b"), summary, words, compute, shapes.broadcast, vjp, **{"samples": samples, **more})


def at_zero(a: Array) -> Any:
    return a == 0


def both_zero(a: Array, b: Array) -> Any:
    return (a == 0) & (b == 0)


def log_of(number: float, a: Symbol) -> Symbol:
    """The logarithm of a plain number, written out in the formula of `a`."""
    return log(Symbol(a.recorder, a.recorder.constant(float(number))))


def one_by_one(function: Callable[[float], float]) -> Compute:
    """A function of Python's own `math`, which NumPy has not, on every element: exact to the last digit or so."""

    def compute(a: Array) -> Array:
        return np.fromiter(map(function, a.ravel().tolist()), np.float64, a.size).reshape(a.shape)

    return compute


def across_the_cut(a: Array, b: Array) -> Any:
    """Below the negative half of the axis, where the angle is near −π; above it, near π; elsewhere it is of no matter."""
    return np.where(b < 0, np.sign(a), 0.0)


compute_erf, compute_erfc = one_by_one(math.erf), one_by_one(math.erfc)
BELL = 2 / math.sqrt(math.pi)
"""The height of the derivative of erf."""


# fmt: off
ENTRIES = (
    # exponentials and logarithms
    elementwise("exp", "The number e to the power of a.", "e is raised to the power {a}: a small change of {a} counts {out} times.",
                np.exp, lambda g, out, a: g * out, form=Exponential(), cost=each(10), analytic=True),
    elementwise("expm1", "The number e to the power of a, less 1; exact for a near 0 too.",
                "e is raised to the power {a}: a small change of {a} counts exp({a}) times.", np.expm1,
                lambda g, out, a: g * apply("exp", a), cost=each(10), analytic=True, form=As("exp(a) - 1")),
    elementwise("exp2", "The number 2 to the power of a.",
                "2 is raised to the power {a}: a small change of {a} counts {out}·log(2) times.",
                np.exp2, lambda g, out, a: g * (out * log_of(2, a)), cost=each(10), analytic=True, form=As("2 ** a")),
    elementwise("log", "The natural logarithm of a.", "A small change of {a} counts 1/{a} times.", np.log, lambda g, out, a: g / a,
                form=Call("log"), domain=("positive",), cost=each(10), analytic=True,
                edges="log of 0 is −∞, log of a negative number is NaN."),
    elementwise("log1p", "The natural logarithm of 1 + a; exact for a near 0 too.", "A small change of {a} counts 1/(1 + {a}) times.",
                np.log1p, lambda g, out, a: g / (a + 1), domain=("unit",), cost=each(10), analytic=True,
                edges="log1p of −1 is −∞, of anything less it is NaN.", form=As("log(1 + a)")),
    elementwise("log2", "The logarithm of a to base 2.", "A small change of {a} counts 1/({a}·log(2)) times.", np.log2,
                lambda g, out, a: g / (a * log_of(2, a)), domain=("positive",), cost=each(10), analytic=True,
                edges="log2 of 0 is −∞, log2 of a negative number is NaN.", form=Call("log", below="2")),
    elementwise("log10", "The logarithm of a to base 10.", "A small change of {a} counts 1/({a}·log(10)) times.", np.log10,
                lambda g, out, a: g / (a * log_of(10, a)), domain=("positive",), cost=each(10), analytic=True,
                edges="log10 of 0 is −∞, log10 of a negative number is NaN.", form=Call("log", below="10")),
    pairwise("logaddexp", "The logarithm of exp(a) + exp(b), without overflow.",
             ("A small change of {a} counts exp({a} − {out}) times: its share of the sum.",
              "A small change of {b} counts exp({b} − {out}) times: its share of the sum."), np.logaddexp,
             (lambda g, out, a, b: g * apply("sigmoid", a - b), lambda g, out, a, b: g * apply("sigmoid", b - a)), cost=each(25),
             edges="Where a and b are the same infinity their shares are unknown, and the derivative is NaN.",
             form=As("log(exp(a) + exp(b))")),

    # powers and roots
    elementwise("square", "a times itself.", "{a} is squared: a small change of {a} counts 2·{a} times.",
                np.square, lambda g, out, a: g * (2 * a), form=Raised("2"), analytic=True),
    elementwise("sqrt", "The square root of a.", "A small change of {a} counts 1/(2·{out}) times.", np.sqrt,
                lambda g, out, a: g / (2 * out), form=Root(), domain=("positive",), analytic=True,
                edges="At 0 the derivative is infinite; sqrt of a negative number is NaN."),
    elementwise("rsqrt", "1 divided by the square root of a.", "A small change of {a} counts −{out}³/2 times.",
                lambda a: 1 / np.sqrt(a), lambda g, out, a: g * (-0.5 * out ** 3), domain=("positive",), cost=each(2), analytic=True,
                edges="At 0 the result is infinite, and its derivative too; rsqrt of a negative number is NaN.", form=As("1 / sqrt(a)")),
    pairwise("hypot", "The square root of a² + b²: the length of the long side, without overflow on the way.",
             ("A small change of {a} counts {a}/{out} times.", "A small change of {b} counts {b}/{out} times."), np.hypot,
             (lambda g, out, a, b: g * (a / (out + equal(out, 0))), lambda g, out, a, b: g * (b / (out + equal(out, 0)))), cost=each(5),
             kink=Kink(both_zero, "Where a and b are both 0, the derivative of hypot is taken as 0.", both_zero),
             edges="Of an infinite argument the derivative is NaN.", form=As("sqrt(a ** 2 + b ** 2)")),

    # angles
    elementwise("sin", "The sine of the angle a, in radians.", "A small change of {a} counts cos({a}) times.", np.sin,
                lambda g, out, a: g * apply("cos", a), form=Call("sin"), cost=each(10), analytic=True),
    elementwise("cos", "The cosine of the angle a, in radians.", "A small change of {a} counts −sin({a}) times.", np.cos,
                lambda g, out, a: g * -apply("sin", a), form=Call("cos"), cost=each(10), analytic=True),
    elementwise("tan", "The tangent of the angle a, in radians.", "A small change of {a} counts 1 + {out}² times.", np.tan,
                lambda g, out, a: g * (out ** 2 + 1), form=Call("tan"), domain=("unit",), cost=each(15), analytic=True,
                edges="Near π/2, and at every π from there, the result grows without bound and changes its sign."),
    elementwise("arcsin", "The angle whose sine is a, from −π/2 to π/2.", "A small change of {a} counts 1/√(1 − {a}²) times.",
                np.arcsin, lambda g, out, a: g / apply("sqrt", 1 - a ** 2), form=Call("arcsin"), domain=("unit",), cost=each(15),
                analytic=True, edges="At ±1 the derivative is infinite; beyond them arcsin is NaN.", also=("asin",)),
    elementwise("arccos", "The angle whose cosine is a, from 0 to π.", "A small change of {a} counts −1/√(1 − {a}²) times.",
                np.arccos, lambda g, out, a: -g / apply("sqrt", 1 - a ** 2), form=Call("arccos"), domain=("unit",), cost=each(15),
                analytic=True, edges="At ±1 the derivative is infinite; beyond them arccos is NaN.", also=("acos",)),
    elementwise("arctan", "The angle whose tangent is a, from −π/2 to π/2.", "A small change of {a} counts 1/(1 + {a}²) times.",
                np.arctan, lambda g, out, a: g / (a ** 2 + 1), form=Call("arctan"), cost=each(15), analytic=True, also=("atan",)),
    pairwise("arctan2", "The angle, from −π to π, at which the point with height a and width b is seen from the origin.",
             ("A small change of {a} counts {b}/({a}² + {b}²) times.", "A small change of {b} counts −{a}/({a}² + {b}²) times."),
             np.arctan2,
             (lambda g, out, a, b: g * (b / (a ** 2 + b ** 2)), lambda g, out, a, b: g * (-a / (a ** 2 + b ** 2))), cost=each(20),
             kink=Kink(lambda a, b: (a == 0) & (b < 0), "Where a is 0 and b negative the angle jumps from −π to π; "
                       "the derivative is the one that both sides have.", across_the_cut),
             edges="Where a and b are both 0 there is no derivative: it comes out as NaN.", also=("atan2",)),

    # hyperbolic functions
    elementwise("sinh", "The hyperbolic sine of a, (exp(a) − exp(−a)) / 2.", "A small change of {a} counts cosh({a}) times.", np.sinh,
                lambda g, out, a: g * apply("cosh", a), form=Call("sinh"), cost=each(15), analytic=True),
    elementwise("cosh", "The hyperbolic cosine of a, (exp(a) + exp(−a)) / 2.", "A small change of {a} counts sinh({a}) times.", np.cosh,
                lambda g, out, a: g * apply("sinh", a), form=Call("cosh"), cost=each(15), analytic=True),
    elementwise("tanh", "The hyperbolic tangent of a.", "A small change of {a} counts 1 − {out}² times: less, the further {a} is from 0.",
                np.tanh, lambda g, out, a: g * (1 - out ** 2), form=Call("tanh"), cost=each(15), analytic=True,
                watch=Watch("saturated", lambda out, a: 1 - out * out < 0.01)),
    elementwise("arcsinh", "The number whose hyperbolic sine is a.", "A small change of {a} counts 1/√({a}² + 1) times.",
                np.arcsinh, lambda g, out, a: g / apply("sqrt", a ** 2 + 1), form=Call("arsinh"), cost=each(15), analytic=True,
                also=("asinh",)),
    elementwise("arccosh", "The number, 0 or more, whose hyperbolic cosine is a.", "A small change of {a} counts 1/√({a}² − 1) times.",
                np.arccosh, lambda g, out, a: g / apply("sqrt", a ** 2 - 1), form=Call("arcosh"), domain=("above one",), cost=each(15),
                analytic=True, edges="At 1 the derivative is infinite; below it arccosh is NaN.", also=("acosh",)),
    elementwise("arctanh", "The number whose hyperbolic tangent is a.", "A small change of {a} counts 1/(1 − {a}²) times.",
                np.arctanh, lambda g, out, a: g / (1 - a ** 2), form=Call("artanh"), domain=("unit",), cost=each(15), analytic=True,
                edges="arctanh of ±1 is infinite, and its derivative too; beyond them it is NaN.", also=("atanh",)),

    # the error function
    elementwise("erf", "The error function: how much of a bell curve of width 1/√2 lies between −a and a.",
                "A small change of {a} counts 2/√π·exp(−{a}²) times: less, the further {a} is from 0.", compute_erf,
                lambda g, out, a: g * (BELL * apply("exp", -a ** 2)), form=Call("erf"), cost=each(30)),
    elementwise("erfc", "1 − erf(a); exact for a large a too, where erf(a) is nearly 1.",
                "A small change of {a} counts −2/√π·exp(−{a}²) times: less, the further {a} is from 0.", compute_erfc,
                lambda g, out, a: g * (-BELL * apply("exp", -a ** 2)), form=Call("erfc"), cost=each(30)),
)
# fmt: on
