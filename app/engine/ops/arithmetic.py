"""Arithmetic, comparisons and choices: each element by itself, or pairs of elements with broadcasting.

Formulas: Griewank & Walther, "Evaluating Derivatives" (2008), ch. 3.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.elementwise import FLAT2, at_zero, elementwise, pairwise
from app.engine.ops.entry import Compute, Kink, Operation, Parameter, Sample, Watch, each, flat, free
from app.engine.program import Array, Shape
from app.engine.symbol import Symbol, apply, equal, log
from app.engine.syntax import As, Call, Cases, Enclosed, Form, Fraction, Infix, Power, Precedence, Prefix, Product, Silent

BOUNDS = (
    Parameter("low", "number", None, also=("min", "a_min", "min_val")),
    Parameter("high", "number", None, also=("max", "a_max", "max_val")),
)


def floats(ufunc: np.ufunc) -> Compute:
    """A comparison, or a logical function, whose result is 1.0 or 0.0, so that it can be calculated with."""

    def compute(*args: Array) -> Array:
        return ufunc(*args).astype(np.float64)  # type: ignore[no-any-return]

    return compute


def comparison(name: str, sign: str, math_sign: str, ufunc: np.ufunc) -> Operation:
    steps = "A small change of {%s} changes nothing, unless it tips the comparison: no gradient comes back."
    return pairwise(
        name, f"1 where a {sign} b, else 0.", (steps % "a", steps % "b"), floats(ufunc), FLAT2,
        form=Infix(sign, math_sign, Precedence.COMPARISON),
        kink=Kink(tie, "A comparison moves in steps: its derivative is taken as 0 everywhere, also at a tie.", side),
    )  # fmt: skip


def logical(name: str, summary: str, ufunc: np.ufunc, form: Form) -> Operation:
    asked = "It is only asked whether {%s} is 0: a small change of it counts nothing, and no gradient comes back."
    return pairwise(name, summary, (asked % "a", asked % "b"), floats(ufunc), FLAT2, form=form, domain=("mask",))


def steps(name: str, summary: str, where: str, ufunc: np.ufunc, jump: Callable[..., Any], **more: Any) -> Operation:
    """An operation that leaves only whole numbers; `jump` is a whole number exactly where it steps."""
    return elementwise(
        name, summary, f"{{out}} moves in steps, {where}: a small change of {{a}} changes nothing, and no gradient comes back.", ufunc,
        flat, kink=Kink(lambda a: whole(jump(a)),
                        f"{name} moves in steps, {where}: its derivative is taken as 0 everywhere, also at a step.",
                        lambda a: between_wholes(jump(a))), **more,
    )  # fmt: skip


def whole(a: Array) -> Any:
    return (a == np.floor(a)) & np.isfinite(a)


def between_wholes(a: Array) -> Any:
    """An even number at a whole number, and an odd one between two."""
    return np.floor(a) + np.ceil(a)


def quotient_whole(a: Array, b: Array) -> Any:
    """Where a is a whole multiple of b."""
    with np.errstate(all="ignore"):
        return whole(a / b)


def quotient_side(a: Array, b: Array) -> Any:
    with np.errstate(all="ignore"):
        return between_wholes(a / b)


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


def side(a: Array, b: Array) -> Any:
    """Which of two is the larger."""
    return 1 * (a > b) - 1 * (a < b)


def beaten_by_a_number(out: Array, a: Array, b: Array) -> Any:
    """Where one single number is the result, as 0 is in maximum(0, u)."""
    return out == b if np.ndim(b) == 0 else out == a if np.ndim(a) == 0 else np.zeros_like(out, dtype=bool)


def within(g: Symbol, out: Symbol, a: Symbol, low: float | None, high: float | None) -> Symbol:
    """What comes through between two bounds, of which either may be missing; at a bound, as for relu, nothing does."""
    passed = ([] if low is None else [a > low]) + ([] if high is None else [a < high])
    if not passed:
        return g
    return g * (passed[0] if len(passed) == 1 else passed[0] * passed[1])


def at_bound(a: Array, low: float | None, high: float | None) -> Any:
    return (False if low is None else a == low) | (False if high is None else a == high)


def side_of_bounds(a: Array, low: float | None, high: float | None) -> Any:
    return (0.0 if low is None else np.sign(a - low)) + (0.0 if high is None else np.sign(a - high))


def prepare_clip(a: Shape, low: float | None, high: float | None) -> Compute:
    if low is None:
        return np.positive if high is None else partial(np.minimum, high)
    return partial(np.maximum, low) if high is None else lambda x: np.clip(x, low, high)


def broadcast_three(a: Shape, b: Shape, c: Shape) -> Shape:
    """NumPy's broadcasting of three: every two must fit. What does not is told of the two that don't."""
    fitted = shapes.broadcast(a, b)
    for name, shape in (("a", a), ("b", b)):
        try:
            shapes.broadcast(shape, c)
        except shapes.Mismatch as mismatch:
            names = {"a": f"{{{name}}}", "b": "{c}"}
            hint = mismatch.hint.format(**names) if mismatch.hint else None
            raise shapes.Mismatch(mismatch.message.format(**names), hint) from None
    return shapes.broadcast(fitted, c)


# fmt: off
ENTRIES = (
    # arithmetic
    pairwise("add", "a plus b.", ("{a} is added: a small change of {a} counts once.", "{b} is added: a small change of {b} counts once."),
             operator.add, (lambda g, out, a, b: g, lambda g, out, a, b: g), form=Infix("+", "+", Precedence.SUM), analytic=True),
    pairwise("subtract", "a minus b.",
             ("{a} is what {b} is taken from: a small change of {a} counts once.",
              "{b} is subtracted: a small change of {b} counts −1 times."),
             operator.sub, (lambda g, out, a, b: g, lambda g, out, a, b: -g), form=Infix("-", "−", Precedence.SUM), analytic=True,
             also=("sub",)),
    pairwise("multiply", "a times b, element by element.",
             ("{a} is multiplied by {b}: a small change of {a} counts {b} times.",
              "{b} is multiplied by {a}: a small change of {b} counts {a} times."),
             operator.mul, (lambda g, out, a, b: g * b, lambda g, out, a, b: g * a), form=Product(), analytic=True, also=("mul",)),
    pairwise("divide", "a divided by b.",
             ("{a} is divided by {b}: a small change of {a} counts 1/{b} times.",
              "{b} divides {a}: a small change of {b} counts −{a}/{b}² times."),
             operator.truediv, (lambda g, out, a, b: g / b, lambda g, out, a, b: g * (-a / b ** 2)), form=Fraction(),
             domain=("positive",), analytic=True, edges="Where b is 0 the result is infinite, or NaN if a is 0 too.",
             also=("div", "true_divide")),
    pairwise("power", "a to the power of b.",
             ("{a} is raised to the power {b}: a small change of {a} counts {b}·{a}^({b} − 1) times.",
              "{b} is the exponent of {a}: a small change of {b} counts {out}·log({a}) times."),
             operator.pow, (power_base, power_exponent), form=Power(), domain=("positive",), analytic=True, cost=each(20),
             edges="A negative a with a b that is not whole gives NaN. At a = 0 the derivative for b is 0.", also=("pow", "float_power")),
    elementwise("negative", "a with its sign changed.", "The sign of {a} is changed: a small change of {a} counts −1 times.",
                operator.neg, lambda g, out, a: -g, form=Prefix("-", "−"), analytic=True, also=("neg",)),
    elementwise("identity", "a itself, under another name.", "It is {a} itself: a small change of {a} counts once.",
                np.positive, lambda g, out, a: g, analytic=True, also=("positive",), form=Silent()),
    elementwise("reciprocal", "1 divided by a.", "{a} divides 1: a small change of {a} counts −{out}² times.",
                np.reciprocal, lambda g, out, a: g * -out ** 2, form=As("1 / a"), domain=("positive",), analytic=True,
                edges="At 0 the result is infinite, and its derivative −∞."),
    pairwise("floor_divide", "How many whole times b goes into a: a/b, rounded down.",
             ("{out} moves in steps: a small change of {a} changes nothing, and no gradient comes back.",
              "{out} moves in steps: a small change of {b} changes nothing, and no gradient comes back."), np.floor_divide, FLAT2,
             domain=("positive",), cost=each(4),
             kink=Kink(quotient_whole,
                       "floor_divide moves in steps, where a/b is whole: its derivative is taken as 0 everywhere, also at a step.",
                       quotient_side),
             edges="Where b is 0 the result is infinite, or NaN if a is 0 too.",
             form=As("floor(a / b)", code=Infix("//", "", Precedence.PRODUCT))),
    pairwise("remainder", "What is left of a when b is taken away as often as it goes in whole: a − b·⌊a/b⌋, with the sign of b.",
             ("{a} is what is left over from: a small change of {a} counts once.",
              "{b} is taken away ⌊{a}/{b}⌋ times: a small change of {b} counts −⌊{a}/{b}⌋ times."), np.remainder,
             (lambda g, out, a, b: g, lambda g, out, a, b: g * -apply("floor_divide", a, b)), domain=("positive",), cost=each(4),
             kink=Kink(quotient_whole, "Where a is a whole multiple of b the remainder jumps between b and 0: "
                       "the derivative for b is taken as −a/b there, as it is for remainders just above 0.",
                       quotient_side),
             edges="Where b is 0 the result is NaN.", also=("mod",), form=Infix("%", "mod", Precedence.PRODUCT, loose=True)),
    elementwise("stop_gradient", "a itself; but no gradient goes back through it.",
                "{a} is treated as a constant here: it has its part in the value, and no gradient comes back.",
                np.positive, flat, cost=free, also=("detach",), holds=True, form=Call("stopgrad")),

    # comparisons, and what is made of them
    comparison("greater", ">", ">", np.greater),
    comparison("greater_equal", ">=", "≥", np.greater_equal),
    comparison("less", "<", "<", np.less),
    comparison("less_equal", "<=", "≤", np.less_equal),
    comparison("equal", "==", "=", np.equal),
    comparison("not_equal", "!=", "≠", np.not_equal),
    logical("logical_and", "1 where neither a nor b is 0, else 0.", np.logical_and, Infix(None, "∧", Precedence.AND)),
    logical("logical_or", "1 where a or b is not 0, else 0.", np.logical_or, Infix(None, "∨", Precedence.OR)),
    elementwise("logical_not", "1 where a is 0, else 0.",
                "It is only asked whether {a} is 0: a small change of it counts nothing, and no gradient comes back.",
                floats(np.logical_not), flat, domain=("mask",), form=Prefix(None, "¬")),
    Operation("where", ("a", "b", "c"), "b where a is not 0, and c where it is.",
              ("{a} only chooses: a small change of it counts nothing, and no gradient comes back.",
               "Where {a} is not 0, a small change of {b} counts once; elsewhere not at all.",
               "Where {a} is 0, a small change of {c} counts once; elsewhere not at all."),
              lambda a, b, c: np.where(a != 0, b, c), broadcast_three,
              (flat, lambda g, out, a, b, c: g * apply("not_equal", a, 0), lambda g, out, a, b, c: g * equal(a, 0)),
              domain=("mask", "any", "any"),
              samples=tuple(Sample("where(a, b, c)", each_of) for each_of in (
                  ((), (), ()), ((6,), (6,), (6,)), ((2, 3), (2, 3), (2, 3)), ((2, 3), (3,), ()), ((2, 1), (3,), (2, 3)),
                  ((3,), (2, 1), (3,)))), form=Cases()),

    # functions with a kink
    pairwise("maximum", "The larger of a and b.",
             ("Where {a} is the larger, a small change of it counts once; elsewhere not at all.",
              "Where {b} is the larger, a small change of it counts once; elsewhere not at all."), np.maximum,
             (lambda g, out, a, b: first_wins(g, out, a, b, ">"), lambda g, out, a, b: second_wins(g, out, a, b, ">")),
             form=Call("max"),
             watch=Watch("dead", beaten_by_a_number),
             kink=Kink(tie, "At a tie a constant takes the whole gradient, so the derivative of maximum(0, u) at u = 0 is 0; "
                            "two variables take half each.", side)),
    pairwise("minimum", "The smaller of a and b.",
             ("Where {a} is the smaller, a small change of it counts once; elsewhere not at all.",
              "Where {b} is the smaller, a small change of it counts once; elsewhere not at all."), np.minimum,
             (lambda g, out, a, b: first_wins(g, out, a, b, "<"), lambda g, out, a, b: second_wins(g, out, a, b, "<")),
             form=Call("min"),
             kink=Kink(tie, "At a tie a constant takes the whole gradient, so the derivative of minimum(0, u) at u = 0 is 0; "
                            "two variables take half each.", side)),
    elementwise("clip", "The number from low to high that is nearest to a; either bound may be left out.",
                "Between the bounds a small change of {a} counts once; outside nothing comes through.", prepare_clip, within,
                calls=("clip(a, -0.5, 1)", "clip(a, low=0.25)", "clip(a, high=0.25)", "clip(a, 1, -0.5)"), parameters=BOUNDS, cost=each(2),
                kink=Kink(at_bound, "At its bounds the derivative of clip is taken as 0.", side_of_bounds),
                edges="Where low is above high, every element is high.", also=("clamp",)),
    elementwise("abs", "a without its sign.", "A small change of {a} counts once where {a} is positive, −1 times where it is negative.",
                np.abs, lambda g, out, a: g * ((a > 0) - (a < 0)), form=Enclosed("|", "|"), also=("absolute", "fabs"),
                kink=Kink(at_zero, "The derivative of abs at 0 is taken as 0.", np.sign)),
    elementwise("sign", "1 where a is positive, −1 where it is negative, 0 where it is 0.",
                "{out} only says on which side of 0 {a} is: a small change of {a} changes nothing, and no gradient comes back.",
                np.sign, flat, form=Call("sign"), also=("sgn",),
                kink=Kink(at_zero, "sign moves in steps, at 0: its derivative is taken as 0 everywhere, also there.", np.sign)),
    steps("floor", "The largest whole number that is not above a.", "at whole numbers", np.floor, np.positive, form=Enclosed("⌊", "⌋")),
    steps("ceil", "The smallest whole number that is not below a.", "at whole numbers", np.ceil, np.positive, form=Enclosed("⌈", "⌉")),
    steps("round", "The whole number nearest to a; of two that are equally near, the even one.", "halfway between whole numbers",
          np.rint, lambda a: a + 0.5, form=Call("round"), also=("rint",)),
    elementwise("trunc", "The digits of a before the point: rounded towards 0.",
                "The result moves in steps: a small change of {a} changes nothing, and no gradient comes back.", np.trunc, flat,
                kink=Kink(lambda a: whole(a) & (a != 0), "trunc moves in steps, at whole numbers but 0: its derivative is taken as 0 "
                          "everywhere, also there.", lambda a: np.trunc(a) + 0.5 * whole(a) * np.sign(a)),
                form=Call("trunc"), also=("fix",)),
)
# fmt: on
