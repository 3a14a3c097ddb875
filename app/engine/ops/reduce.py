"""Operations that make one number of many, over some axes or over all; and the running sum."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import Compute, Kink, Operation, Parameter, Sample, flat, over
from app.engine.program import Array, Shape, Static
from app.engine.symbol import Symbol, apply, broadcast_to, equal, reshape
from app.engine.syntax import Call, Enclosed

AXIS = Parameter("axis", "axis", None, also=("dim",))
REDUCTION = (AXIS, Parameter("keepdims", "flag", False, also=("keepdim",)))
DDOF = Parameter("ddof", "whole", 0, also=("correction",))
ORDER = Parameter("ord", "number", 2, also=("p",))


def samples(name: str, *more: str) -> tuple[Sample, ...]:
    """Of a reduction: over all, over one axis, over several, with and without keeping them; `more` with other static arguments."""
    return (
        Sample(f"{name}(a)", ((),)), Sample(f"{name}(a)", ((3,),)), Sample(f"{name}(a)", ((2, 3),)),
        Sample(f"{name}(a, axis=0)", ((2, 3),)), Sample(f"{name}(a, axis=-1, keepdims=True)", ((2, 3),)),
        Sample(f"{name}(a, axis=(0, 2))", ((2, 3, 4),)), *(Sample(f"{name}(a, {one})", ((2, 3),)) for one in more),
    )  # fmt: skip


def kept(s: Symbol, a: Symbol, axis: Static) -> Symbol:
    """A reduction's result, or its gradient, with the reduced axes at size 1, so that it meets every element it was made of."""
    return s if s.ndim == 0 else reshape(s, shapes.reduction(a.shape, axis, True))


def spread(g: Symbol, a: Symbol, axis: Static) -> Symbol:
    """A reduction's gradient handed to every element it was made of."""
    return broadcast_to(kept(g, a, axis), a.shape)


def over_axes(op: str, a: Symbol, axis: Static) -> Symbol:
    return apply(op, a, axis=axis, keepdims=True)


def count(shape: Shape, axis: Static) -> int:
    return math.prod(shape[i] for i in shapes.axes_of(axis, len(shape)))


def prepare(ufunc: np.ufunc) -> Callable[..., Compute]:
    """What a ufunc makes of all elements along the axes."""

    def prepare_reduction(a: Shape, axis: Static, keepdims: bool) -> Compute:
        return partial(ufunc.reduce, axis=shapes.axes_of(axis, len(a)), keepdims=keepdims)

    return prepare_reduction


prepare_sum = prepare(np.add)


def prepare_mean(a: Shape, axis: Any, keepdims: bool) -> Compute:
    total, n = prepare_sum(a, axis, keepdims), count(a, axis)
    return lambda x: total(x) / n


def prod_back(g: Symbol, out: Symbol, a: Symbol, axis: Static, keepdims: bool) -> Symbol:
    """The product of the others. Zeros are taken out of the product first: where one is, only it gets something; where two are, none."""
    zero = equal(a, 0)
    factors = a + zero
    others = over_axes("prod", factors, axis) / factors
    return kept(g, a, axis) * (others * equal(over_axes("sum", zero, axis), zero))


def extreme_back(g: Symbol, out: Symbol, a: Symbol, axis: Static, keepdims: bool) -> Symbol:
    """To the largest, or smallest; those that tie share it."""
    chosen = equal(a, kept(out, a, axis))
    return kept(g, a, axis) * (chosen / over_axes("sum", chosen, axis))


def tied(ufunc: np.ufunc) -> Callable[..., Any]:
    """Where two or more elements tie for the largest or smallest."""

    def at(a: Array, axis: Static, keepdims: Any) -> Any:
        return np.count_nonzero(holders(ufunc, a, axis), axis=shapes.axes_of(axis, np.ndim(a)), keepdims=keepdims) > 1

    return at


def holders(ufunc: np.ufunc, a: Array, axis: Static) -> Any:
    """Which elements are the largest or smallest."""
    return a == ufunc.reduce(a, axis=shapes.axes_of(axis, np.ndim(a)), keepdims=True)


def leading(ufunc: np.ufunc) -> Callable[..., Any]:
    def side(a: Array, axis: Static, keepdims: bool) -> Any:
        return holders(ufunc, a, axis)

    return side


def extreme(name: str, word: str, ufunc: np.ufunc) -> Operation:
    return Operation(
        name, ("a",), f"The {word} over the given axes, or over all.",
        (f"Only the {word} element of {{a}} counts, once: a small change of any other changes nothing.",),
        prepare(ufunc), shapes.reduction, (extreme_back,), form=Call(name), parameters=REDUCTION, samples=samples(name), cost=over(1),
        kink=Kink(tied(ufunc), f"At a tie the {word} elements share the gradient equally.", leading(ufunc)), also=(f"a{name}",),
    )  # fmt: skip


def one_axis(axis: Static, rank: int) -> int | None:
    """The one axis that is meant, counted from 0; None for all of them.

    Raises:
        Mismatch: there are several, or it is out of range.
    """
    if axis is None:
        return None
    axes = shapes.axes_of(axis, rank)
    if len(axes) != 1:
        raise shapes.Mismatch(f"it takes one axis, or None for all, not axis={axis}.")
    return axes[0]


def place_shape(a: Shape, axis: Static = None, keepdims: Static = False) -> Shape:
    one_axis(axis, len(a))
    return shapes.reduction(a, axis, keepdims)


def place(name: str, word: str, ufunc: np.ufunc, find: Callable[..., Any]) -> Operation:
    def prepare_place(a: Shape, axis: Static, keepdims: bool) -> Compute:
        one = one_axis(axis, len(a))
        return lambda x: find(x, axis=one, keepdims=keepdims).astype(np.float64)

    return Operation(
        name, ("a",), f"The place of the {word} element along an axis, counted from 0; over all, as if they stood in one row.",
        (f"A place is a whole number, and moves in steps: a small change of {{a}} changes nothing, unless another element becomes "
         f"the {word}. No gradient comes back.",),
        prepare_place, place_shape, (flat,), parameters=REDUCTION, cost=over(1),
        samples=tuple(sample for sample in samples(name) if "(0, 2)" not in sample.call),
        kink=Kink(tied(ufunc), f"At a tie the first of the {word} elements is taken. The derivative of {name} is 0 everywhere.",
                  leading(ufunc)),
    )  # fmt: skip


def spread_shape(a: Shape, axis: Static = None, keepdims: Static = False, ddof: Static = 0) -> Shape:
    assert isinstance(ddof, (int, float))
    shape, n = shapes.reduction(a, axis, keepdims), count(a, axis)
    if n <= ddof:
        numbers = "a single number" if n == 1 else f"{n} numbers"
        raise shapes.Mismatch(f"with ddof={ddof} it needs more than {ddof} numbers to spread, and has {numbers}.", "Leave ddof out.")
    return shape


def prepare_var(a: Shape, axis: Static, keepdims: bool, ddof: int) -> Compute:
    axes = shapes.axes_of(axis, len(a))
    n = count(a, axis)
    first = tuple(slice(1) if i in axes else slice(None) for i in range(len(a)))
    total, result = partial(np.add.reduce, axis=axes, keepdims=True), partial(np.add.reduce, axis=axes, keepdims=keepdims)

    def compute(x: Array) -> Array:
        # Counted from the first element, so that equal numbers have variance 0 exactly, whatever their mean is rounded to.
        d = x - x[first]
        d -= total(d) / n
        d *= d
        return result(d) / (n - ddof)  # type: ignore[no-any-return]

    return compute


def prepare_std(a: Shape, axis: Static, keepdims: bool, ddof: int) -> Compute:
    var = prepare_var(a, axis, keepdims, ddof)
    return lambda x: np.sqrt(var(x))


def from_mean(a: Symbol, axis: Static) -> Symbol:
    return a - over_axes("mean", a, axis)


def var_back(g: Symbol, out: Symbol, a: Symbol, *, axis: Static, keepdims: bool, ddof: int) -> Symbol:
    return kept(2 * g / (count(a.shape, axis) - ddof), a, axis) * from_mean(a, axis)


def std_back(g: Symbol, out: Symbol, a: Symbol, *, axis: Static, keepdims: bool, ddof: int) -> Symbol:
    """(a − mean) / (n·out), and 0 where out is 0: there the mean's own rounding may be left of a − mean, and is taken out."""
    n = count(a.shape, axis) - ddof
    return kept(g * (out > 0) / (n * (out + equal(out, 0))), a, axis) * from_mean(a, axis)


def constant_along(a: Array, axis: Static, keepdims: Any, ddof: int) -> Any:
    axes = shapes.axes_of(axis, np.ndim(a))
    return np.maximum.reduce(a, axis=axes, keepdims=keepdims) == np.minimum.reduce(a, axis=axes, keepdims=keepdims)


def norm_shape(a: Shape, ord: Static = 2, axis: Static = None, keepdims: Static = False) -> Shape:  # noqa: A002 (NumPy's name)
    assert isinstance(ord, (int, float))
    if not 1 <= ord < math.inf:
        hint = "Did you mean max(abs({a}))?" if ord == math.inf else None
        raise shapes.Mismatch(f"ord must be 1 or more, and a plain number; it is {ord}.", hint)
    return shapes.reduction(a, axis, keepdims)


def prepare_norm(a: Shape, ord: float, axis: Static, keepdims: bool) -> Compute:  # noqa: A002
    total = prepare_sum(a, axis, keepdims)
    if ord == 2:
        return lambda x: np.sqrt(total(x * x))
    if ord == 1:
        return lambda x: total(np.abs(x))
    return lambda x: total(np.abs(x) ** ord) ** (1 / ord)


def norm_back(g: Symbol, out: Symbol, a: Symbol, *, ord: float, axis: Static, keepdims: bool) -> Symbol:  # noqa: A002
    """a/out for the Euclidean norm; in general the sign, times (|a|/out) to the power of ord − 1."""
    if ord == 1:
        return kept(g, a, axis) * apply("sign", a)
    length = out + equal(out, 0)
    if ord == 2:
        return kept(g / length, a, axis) * a
    return kept(g, a, axis) * (apply("sign", a) * (apply("abs", a) / kept(length, a, axis)) ** (ord - 1))


def norm_zero(a: Array, ord: float, axis: Static, keepdims: Any) -> Any:  # noqa: A002
    zero, axes = a == 0, shapes.axes_of(axis, np.ndim(a))
    found = np.logical_or if ord == 1 else np.logical_and
    return found.reduce(zero, axis=axes, keepdims=keepdims)


def norm_side(a: Array, ord: float, axis: Static, keepdims: bool) -> Any:  # noqa: A002
    return np.sign(a) if ord == 1 else norm_zero(a, ord, axis, keepdims)


def prepare_logsumexp(a: Shape, axis: Static, keepdims: bool) -> Compute:
    axes = shapes.axes_of(axis, len(a))
    total = prepare_sum(a, axis, keepdims)
    shape = shapes.reduction(a, axis, keepdims)

    def compute(x: Array) -> Array:
        top = np.maximum.reduce(x, axis=axes, keepdims=True)
        top = np.where(np.isfinite(top), top, 0.0)
        return np.log(total(np.exp(x - top))) + top.reshape(shape)  # type: ignore[no-any-return]

    return compute


def running_shape(a: Shape, axis: Static = None) -> Shape:
    return (math.prod(a),) if one_axis(axis, len(a)) is None else a


def prepare_cumsum(a: Shape, axis: Static) -> Compute:
    one = one_axis(axis, len(a))
    return partial(np.cumsum, axis=one) if one is None else partial(np.add.accumulate, axis=one)


def cumsum_back(g: Symbol, out: Symbol, a: Symbol, axis: Static) -> Symbol:
    """Each element is in its own sum and in all that follow: the gradient is summed up from the end."""
    along = 0 if axis is None else axis
    return reshape(apply("flip", apply("cumsum", apply("flip", g, axis=along), axis=along), axis=along), a.shape)


# fmt: off
ENTRIES = (
    Operation("sum", ("a",), "The sum over the given axes, or over all.",
              ("Every element of {a} is added once: a small change of it counts once.",),
              prepare_sum, shapes.reduction, (lambda g, out, a, axis, keepdims: spread(g, a, axis),),
              form=Call("Σ"), parameters=REDUCTION, samples=samples("sum"), cost=over(1), analytic=True),
    Operation("mean", ("a",), "The mean over the given axes, or over all.",
              ("Each of the n elements that are averaged counts 1/n times.",),
              prepare_mean, shapes.reduction,
              (lambda g, out, a, axis, keepdims: spread(g / count(a.shape, axis), a, axis),),
              form=Call("mean"), parameters=REDUCTION, samples=samples("mean"), cost=over(1), analytic=True, also=("average",)),
    Operation("prod", ("a",), "The product over the given axes, or over all.",
              ("A small change of an element of {a} counts as often as the product of all the others says.",),
              prepare(np.multiply), shapes.reduction, (prod_back,), form=Call("Π"), parameters=REDUCTION, samples=samples("prod"),
              cost=over(1), analytic=True,
              edges="With one 0 among the factors only that one gets a gradient, with two or more none does."),
    extreme("max", "largest", np.maximum),
    extreme("min", "smallest", np.minimum),
    Operation("var", ("a",), "The variance over the given axes, or over all: the mean of the squared distances from the mean.",
              ("A small change of an element of {a} counts 2/n times its distance from the mean (2/(n − ddof), where ddof is given).",),
              prepare_var, spread_shape, (var_back,), form=Call("Var"), parameters=(*REDUCTION, DDOF),
              samples=samples("var", "ddof=1", "axis=-1, ddof=1"), cost=over(4), analytic=True),
    Operation("std", ("a",), "The standard deviation over the given axes, or over all: the square root of the variance.",
              ("A small change of an element of {a} counts 1/(n·{out}) times its distance from the mean "
               "(1/((n − ddof)·{out}), where ddof is given).",),
              prepare_std, spread_shape, (std_back,), form=Call("std"), parameters=(*REDUCTION, DDOF),
              samples=(*samples("std", "ddof=1", "axis=-1, ddof=1")[1:],), cost=over(4), analytic=True,
              kink=Kink(constant_along, "Where all elements are equal the deviation is 0, and its derivative is taken as 0.",
                        constant_along)),
    Operation("norm", ("a",), "The length over the given axes, or over all: the square root of the sum of squares. Another ord p gives "
              "the sum of |a|ᵖ, to the power 1/p.",
              ("A small change of an element of {a} counts {a}/{out} times, with the usual length; with another ord p it counts "
               "(|{a}|/{out})^(p − 1) times, with the sign of {a}.",),
              prepare_norm, norm_shape, (norm_back,), form=Enclosed("‖", "‖", plain=("ord",)), parameters=(ORDER, *REDUCTION),
              samples=samples("norm", "1", "ord=3, axis=0", "ord=1.5"), cost=over(3),
              kink=Kink(norm_zero, "Where all elements are 0 the derivative of the norm is taken as 0; with ord=1, that of each 0.",
                        norm_side)),
    Operation("logsumexp", ("a",), "The logarithm of the sum of exp(a) over the given axes, or over all, without overflow.",
              ("A small change of an element of {a} counts exp({a} − {out}) times: its share of the sum.",),
              prepare_logsumexp, shapes.reduction,
              (lambda g, out, a, axis, keepdims: kept(g, a, axis) * apply("softmax", a, axis=axis),),
              parameters=REDUCTION, samples=samples("logsumexp"), cost=over(15), analytic=True,
              edges="Where all elements are −∞, or one is ∞, the shares are unknown, and the derivative is NaN."),
    place("argmax", "largest", np.maximum, np.argmax),
    place("argmin", "smallest", np.minimum, np.argmin),
    Operation("cumsum", ("a",), "The running sum along an axis: each element and all before it. Without an axis, of all in one row.",
              ("An element of {a} is added to its own sum and to all that follow: a small change of it counts once for each of them.",),
              prepare_cumsum, running_shape, (cumsum_back,), parameters=(AXIS,), cost=over(1), analytic=True,
              samples=(Sample("cumsum(a)", ((),)), Sample("cumsum(a)", ((4,),)), Sample("cumsum(a)", ((2, 3),)),
                       Sample("cumsum(a, axis=0)", ((2, 3),)), Sample("cumsum(a, axis=-1)", ((2, 3),)),
                       Sample("cumsum(a, axis=1)", ((2, 3, 4),)))),
)
# fmt: on
