"""Activation functions: what a network bends its sums with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.arithmetic import at_bound, side_of_bounds, within
from app.engine.ops.elementwise import at_zero, compute_erfc, elementwise
from app.engine.ops.entry import Compute, Kink, Operation, Parameter, Sample, Watch, each, over
from app.engine.program import Array, Shape, Static
from app.engine.symbol import Symbol, apply
from app.engine.syntax import As, Call

LARGEST = float(np.finfo(np.float64).max)
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Klambauer et al., "Self-Normalizing Neural Networks" (2017), to double precision."""
BEND = 0.044715
GELU_SCALE = 2 * math.sqrt(2 / math.pi)
"""Hendrycks & Gimpel, "Gaussian Error Linear Units" (2016), written with the sigmoid: (1 + tanh(x)) / 2 is σ(2x)."""


def not_below(a: Array) -> Array:
    """−∞ drawn in to the lowest number, so that −∞·0 comes out as its limit."""
    return np.maximum(a, -LARGEST)


def compute_sigmoid(a: Array) -> Array:
    """1 / (1 + e⁻ᵃ), with full precision on both sides: the exponential never overflows and nothing cancels."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1.0, e) / (1.0 + e)


def compute_silu(a: Array) -> Array:
    return not_below(a) * compute_sigmoid(a)


def compute_mish(a: Array) -> Array:
    return not_below(a) * np.tanh(np.logaddexp(0.0, a))


def compute_softsign(a: Array) -> Array:
    bounded = np.clip(a, -LARGEST, LARGEST)
    return bounded / (1.0 + np.abs(bounded))


def prepare_leaky_relu(a: Shape, slope: float) -> Compute:
    return lambda x: np.where(x > 0, x, slope * x)


def prepare_elu(a: Shape, alpha: float) -> Compute:
    return lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def compute_selu(a: Array) -> Array:
    return SELU_SCALE * np.where(a > 0, a, SELU_ALPHA * np.expm1(np.minimum(a, 0.0)))


def prepare_gelu(a: Shape, approximate: str) -> Compute:
    if approximate == "tanh":
        return lambda x: not_below(x) * compute_sigmoid(GELU_SCALE * (x + BEND * x * x * x))
    return lambda x: not_below(x) * (0.5 * compute_erfc(-x / math.sqrt(2)))


def exp_below(a: Symbol) -> Symbol:
    """eᵃ up to a = 0, and 1 from there on: it never overflows."""
    return apply("exp", apply("minimum", a, 0))


def elu_back(g: Symbol, out: Symbol, a: Symbol, alpha: float) -> Symbol:
    return g * exp_below(a) if alpha == 1 else g * ((a > 0) + (a <= 0) * (alpha * exp_below(a)))


def silu_back(g: Symbol, out: Symbol, a: Symbol) -> Symbol:
    s = apply("sigmoid", a)
    return g * (s + out * (1 - s))


def mish_back(g: Symbol, out: Symbol, a: Symbol) -> Symbol:
    t = apply("tanh", apply("softplus", a))
    return g * (t + a * apply("sigmoid", a) * (1 - t**2))


def gelu_back(g: Symbol, out: Symbol, a: Symbol, approximate: str) -> Symbol:
    """Φ(a) + a·φ(a), the bell curve's area and height; for the approximation, silu's rule and the inner derivative."""
    if approximate == "tanh":
        s = apply("sigmoid", GELU_SCALE * (a + BEND * a**3))
        # Multiplied one by one: a² alone would overflow, and ∞ times the 0 before it is NaN.
        bent = out * (1 - s)
        return g * (s + GELU_SCALE * (bent + 3 * BEND * bent * a * a))
    return g * (0.5 * apply("erfc", -a / math.sqrt(2)) + a * (1 / math.sqrt(2 * math.pi) * apply("exp", -(a**2) / 2)))


def hardsigmoid_back(g: Symbol, out: Symbol, a: Symbol) -> Symbol:
    return within(g, out, a, -3, 3) / 6


def outside(out: Array, a: Array, low: float, high: float) -> Any:
    return (a <= low) | (a >= high)


def prepare_softmax(a: Shape, axis: Static) -> Compute:
    axes = shapes.axes_of(axis, len(a))

    def compute(x: Array) -> Array:
        e = np.exp(x - np.maximum.reduce(x, axis=axes, keepdims=True))
        e /= np.add.reduce(e, axis=axes, keepdims=True)
        return e

    return compute


def prepare_log_softmax(a: Shape, axis: Static) -> Compute:
    axes = shapes.axes_of(axis, len(a))

    def compute(x: Array) -> Array:
        shifted = x - np.maximum.reduce(x, axis=axes, keepdims=True)
        shifted -= np.log(np.add.reduce(np.exp(shifted), axis=axes, keepdims=True))
        return shifted

    return compute


def softmax_back(g: Symbol, out: Symbol, a: Symbol, axis: Static) -> Symbol:
    return out * (g - apply("sum", g * out, axis=axis, keepdims=True))


def log_softmax_back(g: Symbol, out: Symbol, a: Symbol, axis: Static) -> Symbol:
    return g - apply("exp", out) * apply("sum", g, axis=axis, keepdims=True)


LAST = (Parameter("axis", "axis", -1, also=("dim",)),)


def along_samples(name: str) -> tuple[Sample, ...]:
    return (
        Sample(f"{name}(a)", ((3,),)), Sample(f"{name}(a)", ((2, 3),)), Sample(f"{name}(a, axis=0)", ((2, 3),)),
        Sample(f"{name}(a, axis=None)", ((2, 3),)), Sample(f"{name}(a, axis=(0, 2))", ((2, 3, 4),)), Sample(f"{name}(a, axis=None)", ((),)),
    )  # fmt: skip


# fmt: off
ENTRIES = (
    # piecewise straight
    elementwise("relu", "a where it is positive, else 0.",
                "Where {a} is positive, a small change of it counts once; elsewhere nothing comes through.",
                lambda a: np.maximum(a, 0.0), lambda g, out, a: g * (a > 0), form=Call("ReLU"),
                watch=Watch("dead", lambda out, a: out == 0),
                kink=Kink(at_zero, "The derivative of relu at 0 is taken as 0.", np.sign)),
    elementwise("leaky_relu", "a where it is positive, else a times a small slope.",
                "Where {a} is positive, a small change of it counts once; elsewhere as often as the slope says.",
                prepare_leaky_relu, lambda g, out, a, slope: g * ((a > 0) + slope * (a <= 0)),
                calls=("leaky_relu(a, slope=0.2)", "leaky_relu(a, 1.5)"),
                parameters=(Parameter("slope", "number", 0.01, also=("negative_slope",)),), cost=each(2),
                kink=Kink(lambda a, slope: (a == 0) & (slope != 1), "The derivative of leaky_relu at 0 is taken as the slope.",
                          lambda a, slope: np.sign(a)), form=Call("LeakyReLU")),
    elementwise("relu6", "The number from 0 to 6 that is nearest to a.",
                "Where {a} is between 0 and 6, a small change of it counts once; elsewhere nothing comes through.",
                lambda a: np.clip(a, 0.0, 6.0), lambda g, out, a: within(g, out, a, 0, 6), form=Call("ReLU6"), domain=("wide",),
                cost=each(2), watch=Watch("dead", lambda out, a: out == 0),
                kink=Kink(lambda a: at_bound(a, 0, 6), "The derivative of relu6 at 0 and at 6 is taken as 0.",
                          lambda a: side_of_bounds(a, 0, 6))),
    elementwise("hardtanh", "The number from low to high that is nearest to a.",
                "Between the bounds a small change of {a} counts once; outside nothing comes through.",
                lambda a, low, high: lambda x: np.clip(x, low, high), within,
                calls=("hardtanh(a, low=-0.5, high=2)", "hardtanh(a, -2, 0.25)"),
                parameters=(Parameter("low", "number", -1.0, also=("min_val",)), Parameter("high", "number", 1.0, also=("max_val",))),
                cost=each(2), watch=Watch("saturated", outside),
                kink=Kink(at_bound, "At its bounds the derivative of hardtanh is taken as 0.", side_of_bounds), also=("hard_tanh",)),
    elementwise("hardsigmoid", "A straight line in place of the sigmoid: a/6 + 1/2, but not below 0 and not above 1.",
                "Where {a} is between −3 and 3, a small change of it counts a sixth; elsewhere nothing comes through.",
                lambda a: np.clip(a / 6.0 + 0.5, 0.0, 1.0), hardsigmoid_back, domain=("wide",), cost=each(4),
                watch=Watch("saturated", lambda out, a: outside(out, a, -3, 3)),
                kink=Kink(lambda a: at_bound(a, -3, 3), "The derivative of hardsigmoid at −3 and at 3 is taken as 0.",
                          lambda a: side_of_bounds(a, -3, 3)), also=("hard_sigmoid",)),

    # bent on one side
    elementwise("elu", "a where it is positive, else alpha·(exp(a) − 1).",
                "Where {a} is positive, a small change of it counts once; elsewhere alpha·exp({a}) times.",
                prepare_elu, elu_back, calls=("elu(a, alpha=0.5)",), parameters=(Parameter("alpha", "number", 1.0),), cost=each(15),
                kink=Kink(lambda a, alpha: (a == 0) & (alpha != 1),
                          "Where alpha is not 1, the slope of elu jumps at 0: its derivative there is taken as alpha.",
                          lambda a, alpha: np.sign(a)), form=Call("ELU")),
    elementwise("selu", "The elu with alpha 1.6733, times 1.0507: these two keep mean 0 and variance 1 through many layers.",
                "Where {a} is positive, a small change of it counts 1.0507 times; elsewhere 1.7581·exp({a}) times.",
                compute_selu,
                lambda g, out, a: g * (SELU_SCALE * (a > 0) + SELU_SCALE * SELU_ALPHA * (a <= 0) * exp_below(a)), cost=each(15),
                kink=Kink(at_zero, "The slope of selu jumps at 0: its derivative there is taken as the one from the left, 1.7581.",
                          np.sign), form=Call("SELU")),

    # smooth
    elementwise("sigmoid", "1 / (1 + exp(−a)).", "A small change of {a} counts {out}·(1 − {out}) times, at most a quarter.",
                compute_sigmoid, lambda g, out, a: g * (out * (1 - out)), form=Call("σ"), cost=each(15), also=("expit",),
                watch=Watch("saturated", lambda out, a: out * (1 - out) < 0.0025)),
    elementwise("log_sigmoid", "The logarithm of sigmoid(a), without overflow.", "A small change of {a} counts 1 − sigmoid({a}) times.",
                lambda a: -np.logaddexp(0.0, -a), lambda g, out, a: g * apply("sigmoid", -a), cost=each(25), also=("logsigmoid",),
                form=As("log(sigmoid(a))")),
    elementwise("softplus", "The logarithm of 1 + exp(a): relu without the kink.", "A small change of {a} counts sigmoid({a}) times.",
                lambda a: np.logaddexp(0.0, a), lambda g, out, a: g * apply("sigmoid", a), cost=each(25)),
    elementwise("softsign", "a / (1 + |a|).", "A small change of {a} counts 1/(1 + |{a}|)² times: less, the further {a} is from 0.",
                compute_softsign, lambda g, out, a: g / (apply("abs", a) + 1) ** 2, cost=each(3), also=("soft_sign",)),
    elementwise("silu", "a times sigmoid(a): relu made smooth, with a dip below 0.",
                "A small change of {a} counts s + {out}·(1 − s) times, where s is sigmoid({a}).", compute_silu, silu_back,
                form=Call("SiLU"), cost=each(16), edges="At a = ∞ the derivative is NaN.", also=("swish",)),
    elementwise("mish", "a times tanh(softplus(a)): relu made smooth, with a dip below 0.",
                "A small change of {a} counts t + {a}·sigmoid({a})·(1 − t²) times, where t is tanh(softplus({a})).",
                compute_mish, mish_back, cost=each(40), edges="At an infinite a the derivative is NaN.", form=Call("Mish")),
    elementwise("gelu", "a times the share of a bell curve that lies below a; with approximate='tanh', a formula close to it.",
                "A small change of {a} counts twice: by the share of the bell curve below {a}, and by {a} times its height there.",
                prepare_gelu, gelu_back, calls=("gelu(a, approximate='tanh')",), form=Call("GELU", plain=("approximate",)), cost=each(35),
                parameters=(Parameter("approximate", "word", "none", choices=("none", "tanh")),),
                edges="At an infinite a the derivative is NaN."),

    # over an axis
    Operation("softmax", ("a",), "Along an axis, exp(a) divided by its sum: positive numbers that add up to 1.",
              ("A small change of an element of {a} raises its own share by {out}·(1 − {out}), and takes it from the others, "
               "each in proportion to its share.",),
              prepare_softmax, shapes.along, (softmax_back,), form=Call("softmax"), parameters=LAST, samples=along_samples("softmax"),
              cost=over(15), analytic=True, edges="An element of −∞ gets 0; where all are −∞, or one is ∞, the result is NaN."),
    Operation("log_softmax", ("a",), "The logarithm of softmax along an axis, without overflow.",
              ("A small change of an element of {a} counts once for its own result, and is taken from every result "
               "as often as its share exp({out}) says.",),
              prepare_log_softmax, shapes.along, (log_softmax_back,), parameters=LAST, samples=along_samples("log_softmax"),
              cost=over(25), analytic=True, edges="An element of −∞ gets −∞; where all are −∞, or one is ∞, the result is NaN.",
              form=Call("log softmax")),
)
# fmt: on
