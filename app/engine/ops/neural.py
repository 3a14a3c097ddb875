"""Operations of neural networks that choose: rows by their numbers, classes, and what is dropped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import Compute, Operation, Parameter, Sample, flat, free, over
from app.engine.program import Array, Shape, Static
from app.engine.shapes import Mismatch, say
from app.engine.symbol import Symbol, apply, reshape
from app.engine.syntax import Call, Chosen

# --- by index


def axis_of(axis: int, rank: int) -> int:
    return shapes.axes_of(axis, rank)[0]


def indices(b: Any, size: int) -> tuple[Any, Any]:
    """The places that numbers name, counted from 0, and which of them are out of range (their place is 0 here)."""
    whole = np.rint(b)
    there = (whole >= -size) & (whole < size)
    place = np.where(there, whole, 0.0).astype(np.intp)
    return np.where(place < 0, place + size, place), ~there


def scatter(x: Array, place: Any, size: int) -> Array:
    """Adds x (lead, count, tail) at its places along the middle axis; places have the same shape, or sizes of 1."""
    lead, _, tail = x.shape
    at: Any = (np.arange(lead)[:, None, None] * size + place) * tail + np.arange(tail)
    total: Any = np.bincount(at.ravel(), x.ravel(), lead * size * tail)
    return total.reshape(lead, size, tail)  # type: ignore[no-any-return]


def take_shape(a: Shape, b: Shape, axis: int) -> Shape:
    if not a:
        raise Mismatch(f"take chooses along an axis, and {{a}} is a single number; {{b}} is {say(b)}.")
    at = axis_of(axis, len(a))
    return a[:at] + b + a[at + 1 :]


def put_split(a: Shape, b: Shape, axis: int) -> tuple[Shape, Shape]:
    """The axes of `a` before and after those that it has in common with the indices `b`.

    Raises:
        Mismatch: it has not.
    """
    rank = len(a) - len(b) + 1
    if rank < 1:
        raise Mismatch(f"{{a}} is {say(a)} and {{b}} is {say(b)}; {{a}} needs the axes of {{b}}.")
    if not -rank <= axis < rank:
        has = f"only {rank} axes, 0 to {rank - 1}" if rank > 1 else "only axis 0"
        raise Mismatch(f"there is no axis {axis}: what {{a}} is put into has {has}.")
    at = axis % rank
    if a[at : at + len(b)] != b:
        raise Mismatch(f"{{a}} is {say(a)} and {{b}} is {say(b)}; from axis {at} on, the sizes of {{a}} must be those of {{b}}.")
    return a[:at], a[at + len(b) :]


def sized(size: int) -> None:
    if size < 1:
        raise Mismatch(f"size must be at least 1, and is {size}.")


def put_shape(a: Shape, b: Shape, size: int, axis: int) -> Shape:
    sized(size)
    lead, tail = put_split(a, b, axis)
    return (*lead, size, *tail)


def along_shape(a: Shape, b: Shape, axis: int) -> Shape:
    """`b` has the axes of `a`, each of the same size but the one that is chosen along."""
    both = f"{{a}} is {say(a)} and {{b}} is {say(b)}"
    if len(a) != len(b) or not a:
        hint = "Did you mean take({a}, {b})?" if len(b) < len(a) else None
        if len(b) == len(a) - 1 and b == a[:-1] and axis == -1:
            hint = f"Did you mean reshape({{b}}, {(*b, 1)})?"
        raise Mismatch(f"{both}; the indices need as many axes, and at least one.", hint)
    at = axis_of(axis, len(a))
    odd = next((i for i, (m, n) in enumerate(zip(a, b, strict=True)) if m != n and i != at), None)
    if odd is not None:
        raise Mismatch(f"{both}; on axis {odd} the sizes {a[odd]} and {b[odd]} must agree: only axis {at} is chosen along.")
    return b


def put_along_shape(a: Shape, b: Shape, size: int, axis: int) -> Shape:
    sized(size)
    if a != b or not a:
        raise Mismatch(f"{{a}} is {say(a)} and {{b}} is {say(b)}; each element needs one index, and there must be an axis.")
    at = axis_of(axis, len(a))
    return (*a[:at], size, *a[at + 1 :])


def prepare_take(a: Shape, b: Shape, axis: int) -> Compute:
    at = axis_of(axis, len(a))
    size, tail = a[at], (1,) * (len(a) - at - 1)

    def compute(x: Array, index: Array) -> Array:
        place, odd = indices(index, size)
        out = np.take(x, place, axis=at)
        return np.where(np.reshape(odd, (*b, *tail)), np.nan, out) if np.any(odd) else out

    return compute


def prepare_put(a: Shape, b: Shape, size: int, axis: int) -> Compute:
    lead, tail = put_split(a, b, axis)
    shape = (math.prod(lead), math.prod(b), math.prod(tail))

    def compute(x: Array, index: Array) -> Array:
        place, odd = indices(np.reshape(index, (1, -1, 1)), size)
        flat_x = np.reshape(x, shape)
        return scatter(np.where(odd, 0.0, flat_x) if odd.any() else flat_x, place, size).reshape(*lead, size, *tail)

    return compute


def prepare_take_along(a: Shape, b: Shape, axis: int) -> Compute:
    at = axis_of(axis, len(a))

    def compute(x: Array, index: Array) -> Array:
        place, odd = indices(index, a[at])
        out = np.take_along_axis(x, place, axis=at)
        return np.where(odd, np.nan, out) if odd.any() else out

    return compute


def prepare_put_along(a: Shape, b: Shape, size: int, axis: int) -> Compute:
    at = axis_of(axis, len(a))
    shape = (math.prod(a[:at]), a[at], math.prod(a[at + 1 :]))

    def compute(x: Array, index: Array) -> Array:
        place, odd = indices(index.reshape(shape), size)
        return scatter(np.where(odd, 0.0, x.reshape(shape)), place, size).reshape(*a[:at], size, *a[at + 1 :])

    return compute


# --- classes


def one_hot_shape(a: Shape, classes: int) -> Shape:
    if classes < 1:
        raise Mismatch(f"classes must be at least 1, and is {classes}.")
    return (*a, classes)


def prepare_one_hot(a: Shape, classes: int) -> Compute:
    every = np.arange(classes)

    def compute(x: Array) -> Array:
        hits = np.equal(np.rint(x)[..., None], every)
        return np.where(hits.any(axis=-1, keepdims=True), hits, np.nan)

    return compute


def sizes(shape: Static) -> Shape:
    return shape if isinstance(shape, tuple) else (int(shape or 0),)


def class_targets_shape(a: Shape, shape: Static) -> Shape:
    shape = sizes(shape)
    if min(shape, default=1) < 1:
        raise Mismatch(f"shape must be sizes of at least 1, and is {shape}.")
    if not shape or a not in (shape, shape[:-1]):
        numbers = f", or {say(shape[:-1])} for one class number each" if shape else ""
        hint = None
        if shape and math.prod(a) == math.prod(shape[:-1]) and shape[:-1]:
            hint = f"Did you mean reshape({{a}}, {shape[:-1]})?"
        elif len(a) == 2 and a[::-1] == shape:
            hint = "Did you mean {a}.T?"
        raise Mismatch(f"{{a}} is {say(a)}, and targets for {say(shape)} are {say(shape)} for a share of each class{numbers}.", hint)
    return tuple(shape)


def there(b: Symbol, size: int) -> Symbol:
    """1 where a number in b names one of so many places, else 0; numbers are rounded to the nearest whole one."""
    return (b > -size - 0.5) * (b < size - 0.5)


def put_back(g: Symbol, out: Symbol, a: Symbol, b: Symbol, **static: int) -> Symbol:
    """What was left out gets nothing back."""
    size, axis = static["size"], static["axis"]
    tail = a.ndim - b.ndim - axis % (a.ndim - b.ndim + 1)
    return apply("where", reshape(there(b, size), (*b.shape, *(1,) * tail)), apply("take", g, b, axis=axis), 0.0)


def put_along_back(g: Symbol, out: Symbol, a: Symbol, b: Symbol, **static: int) -> Symbol:
    """What was left out gets nothing back."""
    return apply("where", there(b, static["size"]), apply("take_along_axis", g, b, axis=static["axis"]), 0.0)


def class_targets_back(g: Symbol, out: Symbol, a: Symbol, shape: Static) -> Symbol:
    return g if a.shape == sizes(shape) else flat(g, out, a)


def prepare_class_targets(a: Shape, shape: Static) -> Compute:
    return np.positive if a == sizes(shape) else prepare_one_hot(a, sizes(shape)[-1])


# --- dropout


def dropout_shape(a: Shape, rate: float, seed: int) -> Shape:
    if not 0 <= rate < 1:
        raise Mismatch(f"rate must be at least 0 and less than 1, and is {rate}.", "It is the share of the elements that are dropped.")
    if seed < 0:
        raise Mismatch(f"seed must be a whole number of at least 0, and is {seed}.")
    return a


def prepare_dropout(a: Shape, rate: float, seed: int) -> Compute:
    kept, share = np.random.default_rng(seed).random(a) >= rate, 1.0 - rate
    return lambda x: np.where(kept, x / share, 0.0)


AXIS = Parameter("axis", "whole", 0, also=("dim",))
LAST = Parameter("axis", "whole", -1, also=("dim",))
COUNT = Parameter("size", "whole", also=("num_segments",))
NOTHING = "{b} says which are chosen: it moves in steps, so nothing comes back to it."
WHERE = "{b} says where they are added: it moves in steps, so nothing comes back to it."
OUT_OF_RANGE = "A negative index counts from the end, one that is not whole is rounded; out of range it gives NaN"
LEFT_OUT = "A negative index counts from the end, one that is not whole is rounded; what has an index out of range is left out."


# fmt: off
ENTRIES = (
    Operation("take", ("a", "b"), "The slices of a along an axis, chosen by the whole numbers in b: rows, unless axis says otherwise.",
              ("Each slice of {a} counts as often as it is chosen: what comes back to its copies is added.", NOTHING),
              prepare_take, take_shape,
              (lambda g, out, a, b, axis: apply("put", g, b, size=a.shape[axis], axis=axis if axis >= 0 else axis + a.ndim), flat),
              parameters=(AXIS,), cost=free, domain=("any", "indices"),
              samples=(Sample("take(a, b)", ((3, 2), (4,))), Sample("take(a, b)", ((3,), ())), Sample("take(a, b)", ((2, 3), (2, 2))),
                       Sample("take(a, b, axis=1)", ((2, 3, 2), (4,))), Sample("take(a, b, axis=-1)", ((2, 3), (2, 1)))),
              edges=f"{OUT_OF_RANGE} throughout the slice. NumPy's take flattens a, unless it is given an axis.", form=Chosen()),
    Operation("put", ("a", "b"), "Slices a added into zeros, of the given size along an axis, each where its whole number in b says.",
              ("Every slice of {a} is added once, at its place: a small change of it counts once.", WHERE),
              prepare_put, put_shape, (put_back, flat), parameters=(COUNT, AXIS),
              cost=over(1), domain=("any", "indices"), also=("index_add", "segment_sum"),
              samples=(Sample("put(a, b, size=3)", ((4, 2), (4,))), Sample("put(a, b, size=2)", ((), ())),
                       Sample("put(a, b, size=2)", ((2, 2, 3), (2, 2))), Sample("put(a, b, size=4, axis=1)", ((2, 3, 2), (3,))),
                       Sample("put(a, b, size=2, axis=-1)", ((2, 3), (3,)))),
              edges=LEFT_OUT),
    Operation("take_along_axis", ("a", "b"), "Elements of a, chosen along an axis by the whole numbers in b, each in its own line.",
              ("Each element of {a} counts as often as it is chosen: what comes back to its copies is added.", NOTHING),
              prepare_take_along, along_shape,
              (lambda g, out, a, b, axis: apply("put_along_axis", g, b, size=a.shape[axis], axis=axis), flat), parameters=(LAST,),
              cost=free, domain=("any", "indices"),
              samples=(Sample("take_along_axis(a, b)", ((3, 2), (3, 1))), Sample("take_along_axis(a, b, axis=0)", ((3, 2), (4, 2))),
                       Sample("take_along_axis(a, b, axis=1)", ((2, 3, 2), (2, 2, 2)))),
              edges=f"{OUT_OF_RANGE}.", form=Call("gather")),
    Operation("put_along_axis", ("a", "b"), "Elements of a added into zeros, of the given size along an axis, each where b says.",
              ("Every element of {a} is added once, at its place: a small change of it counts once.", WHERE),
              prepare_put_along, put_along_shape,
              (put_along_back, flat), parameters=(COUNT, LAST), cost=over(1),
              domain=("any", "indices"), also=("scatter_add",),
              samples=(Sample("put_along_axis(a, b, size=4)", ((2, 3), (2, 3))),
                       Sample("put_along_axis(a, b, size=2, axis=0)", ((3, 2), (3, 2))),
                       Sample("put_along_axis(a, b, size=3, axis=1)", ((2, 2, 2), (2, 2, 2)))),
              edges=f"{LEFT_OUT} It adds, where NumPy's put_along_axis overwrites."),
    Operation("one_hot", ("a",), "For each whole number in a, a row of zeros with 1 at that place.",
              ("{a} says where the 1 is: it moves in steps, so nothing comes back to it.",),
              prepare_one_hot, one_hot_shape, (flat,), parameters=(Parameter("classes", "whole", also=("num_classes", "depth")),),
              cost=free, domain=("indices",),
              samples=(Sample("one_hot(a, classes=3)", ((4,),)), Sample("one_hot(a, classes=2)", ((),)),
                       Sample("one_hot(a, 3)", ((2, 2),))),
              edges="A number that is not whole is rounded; one that is negative, or no less than classes, gives a row of NaN.",
              form=Call("onehot", plain=("classes",))),
    Operation("class_targets", ("a",), "What predictions of a shape are compared with: a as it is, or one_hot of its class numbers.",
              ("If {a} holds a share of each class, a small change of it counts once; if it holds class numbers, nothing comes back.",),
              prepare_class_targets, class_targets_shape, (class_targets_back,), parameters=(Parameter("shape", "shape"),), cost=free,
              domain=("indices",),
              samples=(Sample("class_targets(a, shape=(2, 3))", ((2,),)), Sample("class_targets(a, shape=(2, 3))", ((2, 3),)),
                       Sample("class_targets(a, shape=(3,))", ((),)), Sample("class_targets(a, shape=(2, 2, 2))", ((2, 2),))),
              edges="The classes are on the last axis. A class number that is out of range gives a row of NaN.",
              form=Call("targets", plain=("shape",))),
    Operation("dropout", ("a",), "a with a share of its elements, drawn at random, set to 0, and the others divided by 1 − rate.",
              ("Where an element of {a} is kept, a small change of it counts 1/(1 − rate) times; where it is dropped, not at all.",),
              prepare_dropout, dropout_shape, (lambda g, out, a, rate, seed: apply("dropout", g, rate=rate, seed=seed),),
              parameters=(Parameter("rate", "number", 0.5, also=("p",)), Parameter("seed", "whole", 0)), analytic=True,
              samples=(Sample("dropout(a)", ((3, 4),)), Sample("dropout(a, rate=0.2, seed=7)", ((10,),)),
                       Sample("dropout(a, rate=0)", ((3,),))),
              edges="The seed and the shape say which are dropped, so every run drops the same: another seed draws others."),
)
# fmt: on
