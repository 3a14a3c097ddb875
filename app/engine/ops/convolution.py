"""Convolutions and pools, and the windows that their derivatives are made of.

Formulas: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import Compute, CostRule, Kink, Operation, Parameter, Rule, Sample, free, over
from app.engine.ops.windows import Grid, added_back, grid, pad, places, reduced, view, wholes
from app.engine.program import Array, Shape, Static
from app.engine.shapes import Mismatch, say
from app.engine.symbol import Symbol, apply, broadcast_to, equal, reshape
from app.engine.syntax import Call, Infix, Precedence

ROOM = 4_000_000
"""As many numbers are unfolded at once; beyond that a convolution goes from place to place."""

LAYOUT = {1: "(batch, channels, length)", 2: "(batch, channels, height, width)"}
KERNEL = {1: "(outputs, channels, length)", 2: "(outputs, channels, height, width)"}
LETTERS = {1: ("nox", "ocu", "ncxu"), 2: ("noxy", "ocuv", "ncxyuv")}
"""How the derivatives of a convolution name the axes: of what it gives, of the kernels, of the unfolded argument."""


def short(numbers: Shape, default: int) -> Static:
    """As one would write it: left out where it is the default."""
    return default if all(n == default for n in numbers) else numbers


def unfolded(a: Symbol, windows: Grid) -> Symbol:
    return apply("unfold", a, size=windows.size, **written(windows))


def folded(g: Symbol, windows: Grid) -> Symbol:
    return apply("fold", g, shape=windows.sizes, **written(windows))


def written(windows: Grid) -> dict[str, Static]:
    return {"stride": short(windows.stride, 1), "padding": short(windows.padding, 0), "dilation": short(windows.dilation, 1)}


# --- windows


def unfold_shape(a: Shape, size: Static, stride: Static, padding: Static, dilation: Static) -> Shape:
    windows = grid(a, size, stride, padding, dilation)
    return (*a[: -len(windows.size)], *windows.counts, *windows.size)


def fold_grid(a: Shape, shape: Static, stride: Static, padding: Static, dilation: Static) -> Grid:
    wanted = shape if isinstance(shape, tuple) else (int(shape or 0),)
    count = len(wanted)
    if not wanted or min(wanted) < 1 or len(a) < 2 * count:
        raise Mismatch(f"{{a}} is {say(a)}, which are no windows of the shape {wanted}: it needs at least {2 * max(1, count)} axes.")
    lead = a[: -2 * count]
    windows = grid((*lead, *wanted), a[-count:], stride, padding, dilation, whom="what {a} is folded to is ")
    if windows.counts != a[-2 * count : -count]:
        raise Mismatch(f"{{a}} is {say(a)}, with {a[-2 * count : -count]} windows, and the shape {wanted} has {windows.counts} of them.")
    return windows


def fold_shape(a: Shape, shape: Static, stride: Static, padding: Static, dilation: Static) -> Shape:
    windows = fold_grid(a, shape, stride, padding, dilation)
    return (*a[: -2 * len(windows.size)], *windows.sizes)


def unfold_back(g: Symbol, out: Symbol, a: Symbol, **parameters: Any) -> Symbol:
    return folded(g, grid(a.shape, **parameters))


def fold_back(g: Symbol, out: Symbol, a: Symbol, **parameters: Any) -> Symbol:
    return unfolded(g, fold_grid(a.shape, **parameters))


def prepare_unfold(a: Shape, **parameters: Any) -> Compute:
    windows = grid(a, **parameters)
    return lambda x: np.array(view(pad(x, windows), windows))


def prepare_fold(a: Shape, **parameters: Any) -> Compute:
    windows = fold_grid(a, **parameters)
    return lambda x: added_back(x, windows)


# --- convolutions


def conv_shape(count: int) -> shapes.ShapeRule:
    def shape(a: Shape, b: Shape, stride: Static, padding: Static, dilation: Static) -> Shape:
        both = f"{{a}} is {say(a)} and {{b}} is {say(b)}"
        if len(a) != count + 2:
            text = f"{both}; conv{count}d takes {{a}} as {LAYOUT[count]}, {count + 2} axes, and here are {len(a)}."
            raise Mismatch(text, input_repair(a, b, count))
        if len(b) != count + 2:
            repair = reshape_to("{b}", (1, 1, *b)) if len(b) == count and a[1] == 1 else None
            repair = reshape_to("{b}", (1, *b)) if len(b) == count + 1 and b[0] == a[1] else repair
            raise Mismatch(f"{both}; conv{count}d takes {{b}} as {KERNEL[count]}, {count + 2} axes, and here are {len(b)}.", repair)
        if a[1] != b[1]:
            text = f"{both}; on axis 1 {{a}} has {channels(a[1])} and the kernels {{b}} are for {channels(b[1])}: they must agree."
            raise Mismatch(text, channel_repair(a, b, count))
        return (a[0], b[0], *grid(a, b[2:], stride, padding, dilation).counts)

    return shape


def channels(n: int) -> str:
    return "1 channel" if n == 1 else f"{n} channels"


def reshape_to(name: str, shape: Shape) -> str:
    return f"Did you mean reshape({name}, {shape})?"


def input_repair(a: Shape, b: Shape, count: int) -> str | None:
    """What is most likely missing: the batch, the channels, or both."""
    if len(a) == count:
        return reshape_to("{a}", (1, 1, *a))
    if len(a) != count + 1:
        return None
    if len(b) == count + 2 and b[1] == a[0]:
        return reshape_to("{a}", (1, *a))
    return reshape_to("{a}", (a[0], 1, *a[1:])) if len(b) == count + 2 and b[1] == 1 else None


def channel_repair(a: Shape, b: Shape, count: int) -> str | None:
    if a[-1] == b[1]:
        return f"Did you mean transpose({{a}}, axes={(0, count + 1, *range(1, count + 1))})?"
    if a[1] == b[0]:
        return f"Did you mean transpose({{b}}, axes={(1, 0, *range(2, count + 2))})?"
    return None


def conv_input(g: Symbol, out: Symbol, a: Symbol, b: Symbol, **parameters: Any) -> Symbol:
    """Each window gets g times its kernels; the windows are added back."""
    given, kernels, parts = LETTERS[b.ndim - 2]
    sent = apply("einsum", g, b, subscripts=f"{given},{kernels}->{parts}")
    return folded(sent, grid(a.shape, b.shape[2:], **parameters))


def conv_kernel(g: Symbol, out: Symbol, a: Symbol, b: Symbol, **parameters: Any) -> Symbol:
    """Each element of a kernel gets g times what it met, summed over all windows."""
    given, kernels, parts = LETTERS[b.ndim - 2]
    return apply("einsum", g, unfolded(a, grid(a.shape, b.shape[2:], **parameters)), subscripts=f"{given},{parts}->{kernels}")


def conv_cost(out: Shape, a: Shape, b: Shape, **parameters: Any) -> float:
    return 2.0 * math.prod(out) * math.prod(b[1:])


def prepare_conv(a: Shape, b: Shape, **parameters: Any) -> Compute:
    windows = grid(a, b[2:], **parameters)
    count, places_in_window, spots = len(windows.size), math.prod(windows.size), math.prod(windows.counts)
    shape = (a[0], b[0], *windows.counts)
    order = (0, 1, *range(2 + count, 2 + 2 * count), *range(2, 2 + count))

    def at_once(x: Array, kernels: Array) -> Array:
        columns = view(pad(x, windows), windows).transpose(order).reshape(a[0], a[1] * places_in_window, spots)
        return (kernels.reshape(b[0], -1) @ columns).reshape(shape)

    def by_place(x: Array, kernels: Array) -> Array:
        padded, out = pad(x, windows), np.zeros((a[0], b[0], spots), np.result_type(x, kernels))
        for index in np.ndindex(windows.size):
            out += kernels[(..., *index)] @ padded[places(windows, index)].reshape(a[0], a[1], spots)
        return out.reshape(shape)

    return at_once if a[0] * a[1] * places_in_window * spots <= max(ROOM, math.prod(a)) else by_place


# --- pools


def pool_grid(count: int, a: Shape, size: Static, stride: Static, padding: Static) -> Grid:
    """The windows of a pool, each with at least half of its reach within the array.

    Raises:
        Mismatch: as of `grid`, or for too much padding.
    """
    if len(a) < count:
        text = f"{{a}} is {say(a)}, and a pool slides along its last {count} axes."
        raise Mismatch(text, reshape_to("{a}", (1, *a)) if a else None)
    window = wholes("size", size, count, 1)
    border = wholes("padding", padding, count, 0)
    for n, p in zip(window, border, strict=True):
        if 2 * p > n:
            raise Mismatch(f"padding can be at most half the size of the window, and is {p} for {n}.")
    return grid(a, window, window if stride is None else stride, border, 1)


def pool_shape(count: int) -> shapes.ShapeRule:
    def shape(a: Shape, size: Static, stride: Static = None, padding: Static = 0) -> Shape:
        return (*a[:-count], *pool_grid(count, a, size, stride, padding).counts)

    return shape


def per_window(a: Symbol, windows: Grid) -> Symbol:
    return reshape(a, (*a.shape, *(1,) * len(windows.size)))


def ones(a: Symbol) -> Symbol:
    return Symbol(a.recorder, a.recorder.constant(1.0, a.shape))


def max_pool_back(count: int) -> Rule:
    def back(g: Symbol, out: Symbol, a: Symbol, **parameters: Any) -> Symbol:
        """g goes where the largest is; padding is 0 among the windows, but is never the largest."""
        windows = pool_grid(count, a.shape, **parameters)
        hits = equal(unfolded(a, windows), per_window(out, windows))
        if any(windows.padding):
            hits = hits * unfolded(ones(a), windows)
        shared = hits / apply("sum", hits, axis=tuple(range(-count, 0)), keepdims=True)
        return folded(per_window(g, windows) * shared, windows)

    return back


def avg_pool_back(count: int) -> Rule:
    def back(g: Symbol, out: Symbol, a: Symbol, **parameters: Any) -> Symbol:
        windows = pool_grid(count, a.shape, **parameters)
        shares = per_window(g / math.prod(windows.size), windows)
        return folded(broadcast_to(shares, (*g.shape, *windows.size)), windows)

    return back


def prepare_max_pool(count: int) -> Compute:
    def prepare(a: Shape, **parameters: Any) -> Compute:
        windows = pool_grid(count, a, **parameters)
        return lambda x: reduced(np.maximum, pad(x, windows, -math.inf), windows)

    return prepare


def prepare_avg_pool(count: int) -> Compute:
    def prepare(a: Shape, **parameters: Any) -> Compute:
        windows = pool_grid(count, a, **parameters)
        number = math.prod(windows.size)
        return lambda x: reduced(np.add, pad(x, windows), windows) / number

    return prepare


def in_windows(count: int, a: Array, **parameters: Any) -> Array:
    """The windows of a max pool, each as one row."""
    windows = pool_grid(count, a.shape, **parameters)
    seen = view(pad(a, windows, -math.inf), windows)
    return seen.reshape(*seen.shape[:-count], -1)


def pool_kink(count: int) -> Kink:
    def at(a: Array, **parameters: Any) -> Any:
        rows = in_windows(count, a, **parameters)
        return (rows == rows.max(axis=-1, keepdims=True)).sum(axis=-1) > 1

    def side(a: Array, **parameters: Any) -> Any:
        return in_windows(count, a, **parameters).argmax(axis=-1)

    return Kink(at, "Where several elements of a window are the largest, they share what comes back equally.", side)


def pool_cost(count: int) -> CostRule:
    return lambda out, a, size, **parameters: float(math.prod(out) * math.prod(wholes("size", size, count, 1)))


SLIDING = (Parameter("stride", "shape", 1, also=("strides",)), Parameter("padding", "shape", 0), Parameter("dilation", "shape", 1))
FOLDED = Parameter("shape", "shape", also=("output_size",))
SIZE = Parameter("size", "shape", also=("kernel_size", "window_shape"))
POOL = (SIZE, Parameter("stride", "shape", None, also=("strides",)), Parameter("padding", "shape", 0))
CONV_SAMPLES = {
    1: (
        Sample("conv1d(a, b)", ((2, 3, 5), (2, 3, 2))), Sample("conv1d(a, b, stride=2, padding=1)", ((1, 2, 5), (3, 2, 3))),
        Sample("conv1d(a, b, dilation=2)", ((2, 1, 6), (1, 1, 2))), Sample("conv1d(a, b)", ((1, 2, 3), (2, 2, 3))),
    ),
    2: (
        Sample("conv2d(a, b)", ((2, 2, 4, 4), (3, 2, 2, 2))), Sample("conv2d(a, b, stride=2, padding=1)", ((1, 2, 5, 4), (2, 2, 3, 3))),
        Sample("conv2d(a, b, stride=(2, 1), padding=(0, 2), dilation=(1, 2))", ((1, 1, 5, 3), (2, 1, 2, 3))),
    ),
}  # fmt: skip
POOL_SAMPLES = {
    1: (("size=2", (2, 2, 4)), ("size=3, stride=1, padding=1", (2, 5)), ("size=2", (5,)), ("size=4", (1, 1, 5))),
    2: (("size=2", (1, 2, 4, 4)), ("size=(3, 2), stride=(2, 1), padding=(1, 1)", (1, 2, 4, 3)), ("size=3, stride=2", (2, 5, 5)),
        ("size=(3, 3), stride=1", (4, 4))),
}  # fmt: skip


# fmt: off
ENTRIES = (
    *(Operation(f"conv{n}d", ("a", "b"),
                f"Kernels b, {KERNEL[n]}, slid along a, {LAYOUT[n]}: at each place the products of what they meet, summed.",
                ("Each element of {a} meets the kernels in every window that it is in: what comes back through them is added.",
                 "Each element of {b} meets one element in every window: what comes back through those is added over all windows."),
                prepare_conv, conv_shape(n), (conv_input, conv_kernel),
                form=Infix(None, "∗", Precedence.PRODUCT), parameters=SLIDING, cost=conv_cost, samples=CONV_SAMPLES[n],
                analytic=True, edges="The kernels are not flipped, as everywhere in deep learning: strictly it is a cross-correlation.",
                also=("conv", "Conv2d") if n == 2 else ("Conv1d",))
      for n in (1, 2)),
    *(Operation(f"max_pool{n}d", ("a",), f"The largest element of each window along the last {'axis' if n == 1 else 'two axes'}.",
                ("Where an element of {a} is the largest of a window, a small change of it counts once for it; elsewhere not at all.",),
                prepare_max_pool(n), pool_shape(n), (max_pool_back(n),),
                form=Call("maxpool", plain=("size",)), parameters=POOL, cost=pool_cost(n), kink=pool_kink(n),
                samples=tuple(Sample(f"max_pool{n}d(a, {text})", (shape,)) for text, shape in POOL_SAMPLES[n]),
                edges="The stride is the window's size, unless it is given. Padding is never the largest. A window with NaN gives NaN.",
                also=("max_pool", "MaxPool2d") if n == 2 else ("MaxPool1d",))
      for n in (1, 2)),
    *(Operation(f"avg_pool{n}d", ("a",), f"The mean of each window along the last {'axis' if n == 1 else 'two axes'}.",
                ("Each element of {a} counts 1/n times for every window of n elements that it is in.",),
                prepare_avg_pool(n), pool_shape(n), (avg_pool_back(n),),
                form=Call("avgpool", plain=("size",)), parameters=POOL, cost=pool_cost(n),
                samples=tuple(Sample(f"avg_pool{n}d(a, {text})", (shape,)) for text, shape in POOL_SAMPLES[n]), analytic=True,
                edges="The stride is the window's size, unless it is given. The zeros of the padding are averaged too.",
                also=("avg_pool", "AvgPool2d") if n == 2 else ("AvgPool1d",))
      for n in (1, 2)),
    Operation("unfold", ("a",), "The windows along the last axes, each with axes of its own at the end.",
              ("Each element of {a} is copied into every window that it is in: a small change of it counts once for each.",),
              prepare_unfold, unfold_shape, (unfold_back,), parameters=(SIZE, *SLIDING), cost=free,
              samples=(Sample("unfold(a, size=2)", ((5,),)), Sample("unfold(a, size=(2, 2))", ((1, 2, 3, 4),)),
                       Sample("unfold(a, size=3, stride=2, padding=2, dilation=2)", ((2, 6),)),
                       Sample("unfold(a, size=(3, 1), stride=(1, 2), padding=(1, 0))", ((3, 4),))), analytic=True,
              edges="The windows keep their axes, as in NumPy's sliding_window_view; PyTorch's unfold makes columns of them.",
              also=("sliding_window_view", "im2col"), form=Call(plain=("size",))),
    Operation("fold", ("a",), "Windows added back to an array of the given sizes, each element where it came from.",
              ("Every element of {a} is added once, where its window lies: a small change of it counts once; in the padding, not at all.",),
              prepare_fold, fold_shape, (fold_back,), parameters=(FOLDED, *SLIDING), cost=over(1),
              samples=(Sample("fold(a, shape=5)", ((4, 2),)), Sample("fold(a, shape=(3, 4))", ((1, 2, 2, 3, 2, 2),)),
                       Sample("fold(a, shape=6, stride=2, padding=2, dilation=2)", ((2, 3, 3),)),
                       Sample("fold(a, shape=(4, 1), stride=1, padding=0)", ((2, 1, 3, 1),))), analytic=True,
              edges="Where windows overlap, their elements are summed.", also=("col2im",), form=Call(plain=("shape",))),
)
# fmt: on
