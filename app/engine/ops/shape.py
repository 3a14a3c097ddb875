"""Operations that make, move, repeat or choose numbers, and change none of them."""

from __future__ import annotations

import math
from functools import partial
from operator import attrgetter, methodcaller
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import Compute, Operation, Parameter, Sample, flat, free, over
from app.engine.program import Array, Shape, Span, Static
from app.engine.symbol import Symbol, apply, broadcast_to, reshape, sum_to
from app.engine.syntax import Call, Enclosed, Index, Letter, Raised, Shaped, Sized, swaps_last

SHAPE = Parameter("shape", "shape", also=("size", "newshape"))
AXIS = Parameter("axis", "whole", 0, also=("dim",))
MOVED = ("The elements of {a} are only moved: a small change of each counts once, at its new place.",)


def arranged(name: str, summary: str, compute: Compute, shape: shapes.ShapeRule, **more: Any) -> Operation:
    """An operation that arranges the same numbers in another shape; its derivative arranges them back."""
    words = ("The elements of {a} are only arranged anew: a small change of each counts once.",)
    back = (lambda g, out, a, **static: reshape(g, a.shape),)
    return Operation(name, ("a",), summary, words, compute, shape, back, cost=free, shares=True, analytic=True, **more)


def made(name: str, summary: str, compute: Compute, shape: shapes.ShapeRule, **more: Any) -> Operation:
    """An operation that makes numbers of nothing: no argument, so no derivative."""
    return Operation(name, (), summary, (), compute, shape, (), cost=free, **more)


def transpose_back(g: Symbol, axes: Static) -> Symbol:
    if not isinstance(axes, tuple):
        return g.T
    return apply("transpose", g, axes=tuple(int(i) for i in np.argsort([axis % len(axes) for axis in axes])))


def concatenate_back(g: Symbol, out: Symbol, *args: Symbol, axis: int, position: int) -> Symbol:
    """The slice of g that belongs to one of the parts."""
    axis %= g.ndim
    start = sum(arg.shape[axis] for arg in args[:position])
    index = (Span(),) * axis + (Span(start, start + args[position].shape[axis]),)
    return apply("getitem", g, index=index)


def stack_back(g: Symbol, out: Symbol, *args: Symbol, axis: int, position: int) -> Symbol:
    return apply("getitem", g, index=(Span(),) * (axis % g.ndim) + (position,))


def pad_back(g: Symbol, out: Symbol, a: Symbol, widths: Static, value: float) -> Symbol:
    pairs = shapes.pad_widths(a.shape, widths)
    return apply("getitem", g, index=tuple(Span(low, low + size) for (low, _), size in zip(pairs, a.shape, strict=True)))


def repeat_back(g: Symbol, out: Symbol, a: Symbol, repeats: int, axis: Static) -> Symbol:
    """The repetitions of each element stand side by side: they become an axis, which is summed over."""
    if axis is None:
        return reshape(apply("sum", reshape(g, (math.prod(a.shape), repeats)), axis=1), a.shape)
    axis %= a.ndim
    return apply("sum", reshape(g, (*a.shape[: axis + 1], repeats, *a.shape[axis + 1 :])), axis=axis + 1)


def tile_back(g: Symbol, out: Symbol, a: Symbol, repeats: Static) -> Symbol:
    """Each axis of g is split into the repetitions and the axis of a, and the repetitions are summed over."""
    sizes, times = shapes.tiled_axes(a.shape, repeats)
    split = tuple(size for pair in zip(times, sizes, strict=True) for size in pair)
    return reshape(apply("sum", reshape(g, split), axis=tuple(range(0, len(split), 2))), a.shape)


def python_index(index: Static) -> Any:
    """An index as NumPy takes it."""
    items = index if isinstance(index, tuple) else (index,)
    return tuple(
        slice(item.start, item.stop, item.step) if isinstance(item, Span) else list(item) if isinstance(item, tuple) else item
        for item in items
    )


def prepare_getitem(a: Shape, index: Static) -> Compute:
    where = python_index(index)
    if shapes.indexed(a, index) == ():
        return lambda x: x[where][()]
    return lambda x: x[where]


def prepare_scatter(a: Shape, shape: Shape, index: Static) -> Compute:
    where = python_index(index)
    places = np.arange(math.prod(shape)).reshape(shape)[where] if any(isinstance(item, tuple) for item in index) else np.empty(0)
    twice = np.unique(places).size < places.size

    def compute(x: Array) -> Array:
        out = np.zeros(shape, dtype=np.asarray(x).dtype)
        if twice:
            np.add.at(out, where, x)
        else:
            out[where] = x
        return out

    return compute


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


def prepare_size(a: Shape, axis: Static) -> Compute:
    number = np.float64(math.prod(a) if axis is None else a[axis])
    return lambda x: number


def prepare_pad(a: Shape, widths: Static, value: float) -> Compute:
    pairs = shapes.pad_widths(a, widths)
    return lambda x: np.pad(x, pairs, constant_values=value)


def prepare_split(a: Shape, parts: int, axis: int, part: int) -> Compute:
    where = python_index(split_index(a, parts, axis, part))
    return lambda x: x[where]


def split_index(a: Shape, parts: int, axis: int, part: int) -> Static:
    axis %= len(a)
    size = a[axis] // parts
    return (Span(),) * axis + (Span(part * size, (part + 1) * size),)


def fixed(array: Array) -> Compute:
    return lambda: array


# fmt: off
ENTRIES = (
    Operation("transpose", ("a",), "a with its axes reversed, or in the order given.", MOVED,
              lambda a, axes: attrgetter("T") if axes is None else methodcaller("transpose", axes),
              shapes.transposed, (lambda g, out, a, axes: transpose_back(g, axes),),
              form=Raised("T", "T", covers=swaps_last),
              parameters=(Parameter("axes", "shape", None, also=("dims",)),), cost=free, shares=True, analytic=True,
              samples=(Sample("transpose(a)", ((),)), Sample("transpose(a)", ((3,),)), Sample("transpose(a)", ((2, 3),)),
                       Sample("transpose(a, axes=(2, 0, 1))", ((2, 3, 4),)), Sample("transpose(a, axes=(0, -1, 1))", ((2, 3, 4),))),
              also=("permute", "t")),
    Operation("matrix_transpose", ("a",), "a with its last two axes exchanged: each matrix of a batch transposed.", MOVED,
              methodcaller("swapaxes", -1, -2), shapes.matrix_transposed, (lambda g, out, a: apply("matrix_transpose", g),),
              form=Raised("T", "mT"), cost=free, shares=True, analytic=True,
              samples=(Sample("matrix_transpose(a)", ((2, 3),)), Sample("matrix_transpose(a)", ((4, 2, 3),))), also=("adjoint",)),
    Operation("swapaxes", ("a",), "a with two axes exchanged.", MOVED,
              lambda a, axis1, axis2: methodcaller("swapaxes", axis1, axis2), shapes.swapped,
              (lambda g, out, a, axis1, axis2: apply("swapaxes", g, axis1=axis1, axis2=axis2),),
              parameters=(Parameter("axis1", "whole", also=("dim0",)), Parameter("axis2", "whole", also=("dim1",))), cost=free, shares=True,
              analytic=True, samples=(Sample("swapaxes(a, 0, 2)", ((2, 3, 4),)), Sample("swapaxes(a, axis1=-1, axis2=0)", ((2, 3),))),
              also=("swapdims",), form=Call(plain=("axis1", "axis2"))),
    arranged("reshape", "The same numbers in another shape; a size of −1 is worked out.",
             lambda a, shape: methodcaller("reshape", shapes.reshaped(a, shape)), shapes.reshaped, parameters=(SHAPE,),
             samples=(Sample("reshape(a, (3, 2))", ((2, 3),)), Sample("reshape(a, (-1, 1))", ((2, 3),))), also=("view",), form=Shaped()),
    arranged("flatten", "All numbers in one row; with start, the axes before it are left as they are.",
             lambda a, start: methodcaller("reshape", shapes.flattened(a, start)), shapes.flattened,
             parameters=(Parameter("start", "whole", 0, also=("start_dim",)),),
             samples=(Sample("flatten(a)", ((2, 3),)), Sample("flatten(a, start=1)", ((2, 3, 4),)), Sample("flatten(a)", ((),))),
             also=("ravel",)),
    arranged("squeeze", "a without its axes of size 1, or without the one named.",
             lambda a, axis: methodcaller("reshape", shapes.squeezed(a, axis)), shapes.squeezed,
             parameters=(Parameter("axis", "axis", None, also=("dim",)),),
             samples=(Sample("squeeze(a)", ((1, 3, 1),)), Sample("squeeze(a, axis=-1)", ((1, 3, 1),))), form=Shaped()),
    arranged("expand_dims", "a with a new axis of size 1 at the place named.",
             lambda a, axis: methodcaller("reshape", shapes.expanded(a, axis)), shapes.expanded,
             parameters=(Parameter("axis", "places", also=("dim",)),),
             samples=(Sample("expand_dims(a, 0)", ((3,),)), Sample("expand_dims(a, axis=-1)", ((2, 3),)),
                      Sample("expand_dims(a, axis=(0, 2))", ((3,),))), also=("unsqueeze",), form=Shaped()),
    Operation("broadcast_to", ("a",), "a repeated to a larger shape.",
              ("{a} is repeated: a small change of it counts once for each repetition.",),
              prepare_broadcast_to, shapes.widened, (lambda g, out, a, shape: sum_to(g, a.shape),), parameters=(SHAPE,), cost=free,
              samples=(Sample("broadcast_to(a, (4, 3))", ((3,),)), Sample("broadcast_to(a, (2, 3))", ((2, 1),)),
                       Sample("broadcast_to(a, (2,))", ((),))), also=("expand",), form=Shaped(quiet=True)),
    Operation("sum_to", ("a",), "a summed back to the shape from which it was broadcast.",
              ("Every element of {a} is added once: a small change of it counts once.",),
              prepare_sum_to, shapes.narrowed, (lambda g, out, a, shape: broadcast_to(g, a.shape),), parameters=(SHAPE,), cost=over(1),
              samples=(Sample("sum_to(a, (3,))", ((4, 3),)), Sample("sum_to(a, (2, 1))", ((2, 3),)), Sample("sum_to(a, ())", ((2, 3),))),
              analytic=True, form=Call("Σ", plain=("shape",), below="→")),
    Operation("getitem", ("a",), "The elements of a that the index names: a[0], a[:, 1:], a[[0, 2]], a[..., None].",
              ("An element of {a} that is taken counts once for each time it is taken; one that is not, not at all.",),
              prepare_getitem, shapes.indexed, (lambda g, out, a, index: apply("scatter", g, shape=a.shape, index=index),),
              form=Index(), parameters=(Parameter("index", "index"),), cost=free, shares=True, analytic=True,
              samples=tuple(Sample(f"getitem(a, index={index})", (shape,)) for index, shape in (
                  ("0", (3,)), ("(1, -1)", (2, 3)), ("(-1,)", (2, 3)), ("([0, 2, 0],)", (3, 2)), ("(None, 0)", (2, 3)),
                  ("(..., 0)", (2, 3, 4)), ("([0, 1], [2, 0])", (2, 3))))),
    Operation("scatter", ("a",), "Zeros of a shape, with a added at the places that the index names: what indexing sends back.",
              ("Each element of {a} is added at its place: a small change of it counts once there.",),
              prepare_scatter, shapes.scattered, (lambda g, out, a, shape, index: apply("getitem", g, index=index),),
              parameters=(SHAPE, Parameter("index", "index")), cost=free, analytic=True,
              samples=(Sample("scatter(a, shape=(3, 2), index=([0, 2, 0],))", ((3, 2),)),
                       Sample("scatter(a, shape=(2, 3), index=(1,))", ((3,),))), form=Call(plain=("shape", "index"))),
    Operation("concatenate", ("a",), "The tensors of a list put one behind the other along an axis.",
              ("Each part is only put beside the others: a small change of it counts once, in its own place.",),
              lambda *args, axis: lambda *arrays: np.concatenate(arrays, axis), shapes.concatenated, (concatenate_back,),
              parameters=(AXIS,), variadic=True, cost=free, analytic=True,
              samples=(Sample("concatenate([a, b])", ((2,), (3,))), Sample("concatenate([a, b], axis=1)", ((2, 1), (2, 3))),
                       Sample("concatenate([a, b, c], axis=-2)", ((1, 3), (2, 3), (1, 3)))), also=("cat", "concat"),
              form=Enclosed("[", "]")),
    Operation("stack", ("a",), "The tensors of a list, all of one shape, put side by side along a new axis.",
              ("Each part is only put beside the others: a small change of it counts once, in its own place.",),
              lambda *args, axis: lambda *arrays: np.stack(arrays, axis), shapes.stacked, (stack_back,),
              parameters=(AXIS,), variadic=True, cost=free, analytic=True,
              samples=(Sample("stack([a, b])", ((), ())), Sample("stack([a, b, c], axis=1)", ((2, 3), (2, 3), (2, 3))),
                       Sample("stack([a, b], axis=-1)", ((2,), (2,))))),
    Operation("split", ("a",), "One of the equal parts into which a is cut along an axis; the call gives the list of them all.",
              ("An element of {a} counts once in the part it comes to stand in, and not at all in the others.",),
              prepare_split, shapes.cut,
              (lambda g, out, a, parts, axis, part: apply("scatter", g, shape=a.shape, index=split_index(a.shape, parts, axis, part)),),
              parameters=(Parameter("parts", "whole", also=("chunks", "sections", "indices_or_sections")),
                          Parameter("axis", "whole", 0, also=("dim",)), Parameter("part", "whole", 0)),
              cost=free, shares=True, analytic=True,
              samples=(Sample("split(a, 2, part=1)", ((4, 3),)), Sample("split(a, 3, axis=-1, part=2)", ((2, 3),))), also=("chunk",),
              form=Call(plain=("parts",), always=("part",))),
    Operation("flip", ("a",), "a with the order along an axis, or all of them, reversed.", MOVED,
              lambda a, axis: lambda x: np.flip(x, axis), shapes.along, (lambda g, out, a, axis: apply("flip", g, axis=axis),),
              parameters=(Parameter("axis", "axis", None, also=("dim", "dims")),), cost=free, shares=True, analytic=True,
              samples=(Sample("flip(a)", ((2, 3),)), Sample("flip(a, axis=1)", ((2, 3),)), Sample("flip(a)", ((),)))),
    Operation("roll", ("a",), "a with its elements moved along an axis by so many places; what leaves at one end comes in at the other.",
              MOVED,
              lambda a, shift, axis: lambda x: np.roll(x, shift, axis), lambda a, shift, axis: shapes.along(a, axis),
              (lambda g, out, a, shift, axis: apply("roll", g, shift=-shift, axis=axis),),
              parameters=(Parameter("shift", "whole", also=("shifts",)), Parameter("axis", "axis", None, also=("dim", "dims"))), cost=free,
              analytic=True, samples=(Sample("roll(a, 1)", ((2, 3),)), Sample("roll(a, -2, axis=1)", ((2, 3),))),
              form=Call(plain=("shift",))),
    Operation("pad", ("a",), "a with a border of one number, 0 unless told otherwise, around it.",
              ("{a} stands within the border: a small change of it counts once.",), prepare_pad, shapes.padded, (pad_back,),
              parameters=(Parameter("widths", "widths", also=("pad_width",)),
                          Parameter("value", "number", 0, also=("constant_values",))), cost=free, analytic=True,
              samples=(Sample("pad(a, 1)", ((2, 3),)), Sample("pad(a, ((1, 0), (0, 2)))", ((2, 3),)),
                       Sample("pad(a, (1, 2), value=5)", ((3,),))),
              form=Call(plain=("widths",))),
    Operation("repeat", ("a",), "Each element of a, or each slice along an axis, so many times in a row.",
              ("Each element of {a} is repeated: a small change of it counts once for each repetition.",),
              lambda a, repeats, axis: lambda x: np.repeat(x, repeats, axis), shapes.repeated, (repeat_back,),
              parameters=(Parameter("repeats", "whole"), Parameter("axis", "whole", None, also=("dim",))), cost=free, analytic=True,
              samples=(Sample("repeat(a, 2)", ((2, 3),)), Sample("repeat(a, 3, axis=1)", ((2, 3),)), Sample("repeat(a, 2)", ((),))),
              also=("repeat_interleave",), form=Call(plain=("repeats",))),
    Operation("tile", ("a",), "The whole of a, so many times along each axis.",
              ("{a} is repeated: a small change of it counts once for each repetition.",),
              lambda a, repeats: lambda x: np.tile(x, repeats), shapes.tiled, (tile_back,),
              parameters=(Parameter("repeats", "shape", also=("reps",)),), cost=free, analytic=True,
              samples=(Sample("tile(a, (2, 3))", ((2, 3),)), Sample("tile(a, 2)", ((2, 3),)), Sample("tile(a, (2, 2))", ((3,),))),
              form=Call(plain=("repeats",))),
    Operation("size", ("a",), "How many elements a has, or what the size of one axis is: a number that the shape says.",
              ("The size of {a} does not change with its numbers: no gradient comes back.",),
              prepare_size, shapes.counted, (flat,), form=Sized(), parameters=(Parameter("axis", "whole", None, also=("dim",)),), cost=free,
              samples=(Sample("size(a)", ((2, 3),)), Sample("size(a, axis=0)", ((2, 3),)))),
    made("full", "A tensor of a shape, with one number everywhere.", lambda shape, value: fixed(np.full(shape, float(value))),
         lambda shape, value: shapes.fresh(shape), parameters=(SHAPE, Parameter("value", "number", also=("fill_value",))),
         samples=(Sample("full((2, 3), 1.5)", ()),), form=Letter("{value}", "shape")),
    made("zeros", "A tensor of a shape, with 0 everywhere.", lambda shape: fixed(np.zeros(shape)), shapes.fresh, parameters=(SHAPE,),
         samples=(Sample("zeros((2, 3))", ()),), form=Letter("0", "shape")),
    made("ones", "A tensor of a shape, with 1 everywhere.", lambda shape: fixed(np.ones(shape)), shapes.fresh, parameters=(SHAPE,),
         samples=(Sample("ones((2, 3))", ()),), form=Letter("1", "shape")),
    made("eye", "The unit matrix: 1 on the diagonal, 0 elsewhere.", lambda n: fixed(np.eye(n)), lambda n: shapes.fresh((n, n)),
         parameters=(Parameter("n", "whole"),), samples=(Sample("eye(3)", ()),), also=("identity_matrix",), form=Letter("I", "n")),
    made("arange", "The whole numbers from 0 up to n, n itself not among them; or from a start, in steps.",
         lambda start, stop, step: fixed(np.asarray(shapes.counting(start, stop, step), dtype=np.float64)),
         lambda start, stop, step: shapes.fresh((len(shapes.counting(start, stop, step)),)),
         parameters=(Parameter("start", "whole", also=("n",)), Parameter("stop", "whole", None, also=("end",)),
                     Parameter("step", "whole", 1)),
         samples=(Sample("arange(4)", ()), Sample("arange(1, 8, 3)", ()))),
    made("linspace", "So many numbers at equal distances, both ends among them.",
         lambda start, stop, num: fixed(np.linspace(start, stop, num)), lambda start, stop, num: shapes.fresh((num,)),
         parameters=(Parameter("start", "number"), Parameter("stop", "number", also=("end",)), Parameter("num", "whole", also=("steps",))),
         samples=(Sample("linspace(0, 1, 5)", ()),)),
)
# fmt: on
