"""The operations in PyTorch.

Where a number sits exactly at a kink, PyTorch's own functions may take another derivative than we do; then a function of the program's
own stands in, whose value is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from app.engine import shapes
from app.engine.ops.convolution import pool_grid
from app.engine.ops.windows import wholes
from app.engine.program import Span, Static
from app.explain.frameworks.forms import (
    braced,
    chosen,
    counted,
    folded,
    in_range,
    mask,
    near_zero,
    positive,
    product,
    put,
    put_along,
    quotient,
    subscripts,
    take_along,
    targets,
    unfolded,
    where_odd,
    where_tied,
)
from app.explain.frameworks.torch_helpers import SOURCES
from app.explain.frameworks.writing import Case, Dialect, Form, Piece, static_text


def dims(axes: tuple[int, ...]) -> str:
    return str(axes[0]) if len(axes) == 1 else static_text(axes)


def reduced(call: str, more: str = "") -> Callable[[Case], str]:
    """A reduction over the given axes. Without an axis PyTorch would take all: over none, it goes over a new one."""

    def form(case: Case) -> str:
        if not case.axes:
            return f"{call}({{A}}[None], dim=0{more})"
        keep = ", keepdim=True" if case.static.get("keepdims") else ""
        return f"{call}({{a}}, dim={dims(case.axes)}{keep}{more})"

    return form


def summed(call: str) -> Callable[[Case], str]:
    """A reduction that is over all where it is told no axis."""

    def form(case: Case) -> str:
        whole = case.static["axis"] is None and not (case.static["keepdims"] and case.shape())
        return f"{call}({{a}})" if whole else reduced(call)(case)

    return form


def multiplied(case: Case) -> str:
    """The product, which PyTorch takes over one axis at a time."""
    if case.static["axis"] is None and not case.static["keepdims"]:
        return "torch.prod({a})"
    keep = ", keepdim=True" if case.static["keepdims"] else ""
    text = "{a}"
    for axis in reversed(case.axes):
        text = f"torch.prod({text}, dim={axis}{keep})"
    return text if case.axes else "torch.prod({A}[None], dim=0)"


def deviation(case: Case) -> str:
    if case.tied:
        return f"std({{a}}, {static_text(case.axes)}, {{keepdims}}, {{ddof}})"
    return reduced("torch.std", ", correction={ddof}")(case)


def placed(call: str) -> Callable[[Case], str]:
    """The place of the largest or smallest, as a number."""

    def form(case: Case) -> str:
        whole = case.static["axis"] is None or not case.shape()
        return f"{call}({{a}}{'' if whole else f', dim={case.axes[0]}'}).double()" + (".reshape({out})" if case.static["keepdims"] else "")

    return form


def running(case: Case) -> str:
    return "torch.cumsum({A}.reshape(-1), dim=0)" if case.static["axis"] is None else f"torch.cumsum({{a}}, dim={dims(case.axes)})"


def along(call: str, own: str) -> Callable[[Case], str]:
    """A softmax: PyTorch's own goes along one axis, the program's along several."""

    def form(case: Case) -> str:
        if len(case.axes) == 1:
            return f"{call}({{a}}, dim={case.axes[0]})"
        return f"{own}({{a}}, {static_text(case.axes)})" if case.axes else f"{call}({{a}}, dim=0)"

    return form


def against_constant(call: str, bound: str, careful: str) -> Callable[[Case], str]:
    """The larger or smaller of two. A constant takes the whole of a tie: with 0, maximum is relu."""

    def form(case: Case) -> str:
        numbers = [piece.number for piece in case.args]
        for varying, constant in ((0, 1), (1, 0)):
            a, number = "ab"[varying], numbers[constant]
            if case.constant(constant) and not case.constant(varying):
                if number == 0 and bound == "min":
                    return f"torch.relu({{{a}}})"
                if case.tied:
                    return f"{careful}({{{a}}}, {{{'ab'[constant]}}})"
            if number is not None and numbers[varying] is None and not math.isnan(number):
                return f"torch.clamp({{{a}}}, {bound}={static_text(number)})"
        return f"{call}({{a}}, {{b}})"

    return form


def ends(low: Static, high: Static) -> str:
    """The bounds that there are."""
    return "".join(f", {name}={static_text(value)}" for name, value in (("min", low), ("max", high)) if value is not None)


def clip(case: Case) -> str:
    low, high = case.static["low"], case.static["high"]
    if low is None and high is None:
        return "{A}.clone()"
    return f"clip_inside({{a}}{ends(low, high)})" if case.tied else f"torch.clamp({{a}}{ends(low, high)})"


def gelu(case: Case) -> str:
    """PyTorch's own, unless it would lose digits to cancellation, or meets an infinity."""
    by_tanh = case.static["approximate"] == "tanh"
    if case.finite and near_zero(case):
        return 'F.gelu({a}, approximate="tanh")' if by_tanh else "F.gelu({a})"
    return "gelu_by_tanh({a})" if by_tanh else "gelu({a})"


def summed_to(case: Case) -> str:
    """Summed over the axes that came by broadcasting."""
    axes = shapes.summed_axes(case.shape(), case.out)
    lead = len(case.shape()) - len(case.out)
    if len(axes) == len(case.shape()) and not case.out:
        return "torch.sum({a})"
    if not lead:
        return f"torch.sum({{a}}, dim={dims(axes)}, keepdim=True)"
    return f"torch.sum({{a}}, dim={dims(axes)})" + ("" if axes == tuple(range(lead)) else ".reshape({out})")


def transposed(case: Case) -> str:
    axes = case.static["axes"]
    if axes is None and len(case.shape()) == 2:
        return "{A}.T"
    return f"torch.permute({{a}}, {static_text(tuple(reversed(range(len(case.shape())))) if axes is None else axes)})"


def indexed(case: Case) -> str:
    """The elements at an index; PyTorch takes no steps backwards."""
    index = case.static["index"]
    text = braced(case.dialect.index(index))
    items = index if isinstance(index, tuple) else (index,)
    backwards = any(isinstance(item, Span) and item.step is not None and item.step < 0 for item in items)
    return f"picked({{a}}, np.s_[{text}])" if backwards else f"{{A}}[{text}]"


def scattered(case: Case) -> str:
    return f"scatter({{a}}, {{out}}, np.s_[{braced(case.dialect.index(case.static['index']))}])"


def embedded(case: Case) -> str:
    plain = (case.shape()[-1] + abs(case.static["offset"]),) * 2
    if case.out[-2:] == plain:
        return "torch.diag_embed({a}, {offset})"
    return "torch.diagonal_scatter(torch.zeros({out}), {a}, {offset}, dim1=-2, dim2=-1)"


def solved(case: Case) -> str:
    """Where PyTorch would take a matrix for a batch of vectors, the batch is written out."""
    a, b = case.shape(0), case.shape(1)
    call = "torch.linalg.solve" if case.finite else "solve"
    if len(b) > 1 and b == a[:-1]:
        return f"{call}({{a}}, torch.broadcast_to({{b}}, {static_text((*a[:-2], *b[-2:]))}))"
    return f"{call}({{a}}, {{b}})"


def taken(case: Case) -> str:
    axis = positive(case.static["axis"], len(case.shape()))
    if in_range(case, case.shape()[axis]):
        return f"{{A}}[{':, ' * axis}torch.round({{b}}).long()]"
    return f"take({{a}}, {{b}}, axis={axis})"


def rolled(case: Case) -> str:
    axis = case.static["axis"]
    if axis is None:
        return "torch.roll({a}, {shift})"
    shifts = static_text((case.static["shift"],) * len(axis)) if isinstance(axis, tuple) else "{shift}"
    return f"torch.roll({{a}}, {shifts}, dims={{axis}})" if axis != () else "{A}.clone()"


def padded(case: Case) -> str:
    pairs = shapes.pad_widths(case.shape(), case.static["widths"])
    return f"F.pad({{a}}, {static_text(tuple(n for pair in reversed(pairs) for n in pair))}, value={{value}})" if pairs else "{A}.clone()"


def repeated(case: Case) -> str:
    axis = case.static["axis"]
    if axis is None:
        return "torch.repeat_interleave({A}.reshape(-1), {repeats}, dim=0)"
    return "torch.repeat_interleave({a}, {repeats}, dim={axis})"


def counting(case: Case) -> str:
    numbers = shapes.counting(case.static["start"], case.static["stop"], case.static["step"])
    return f"torch.arange({numbers.start}, {numbers.stop}, {numbers.step}, dtype=torch.float64)"


def convolved(count: int) -> Callable[[Case], str]:
    def form(case: Case) -> str:
        found = ((name, wholes(name, case.static[name], count, 0)) for name in ("stride", "padding", "dilation"))
        return f"F.conv{count}d({{a}}, {{b}}, {', '.join(f'{name}={static_text(numbers)}' for name, numbers in found)})"

    return form


def max_pool(count: int) -> Callable[[Case], str]:
    """PyTorch gives all to one of several that are the largest, and we share it: then the windows are taken by hand."""

    def form(case: Case) -> str:
        if not case.tied:
            return pool(f"F.max_pool{count}d")(case)
        grid = pool_grid(count, case.shape(), **case.static)
        axes = static_text(tuple(range(-count, 0)))
        return (
            f"torch.amax(unfold({{a}}, {grid.size}, stride={grid.stride}, padding={grid.padding}, dilation={grid.dilation}, "
            f"value=-torch.inf), dim={axes})"
        )

    return form


def pool(call: str) -> Callable[[Case], str]:
    """A pool over the last axes; PyTorch wants one axis before them, or two."""

    def form(case: Case) -> str:
        count = 1 if call.endswith("1d") else 2
        grid = pool_grid(count, case.shape(), **case.static)
        shape = case.shape()
        plain = len(shape) - count in (1, 2)
        given = "{a}" if plain else f"{{A}}.reshape({static_text((1, math.prod(shape[:-count]), *shape[-count:]))})"
        text = f"{call}({given}, {grid.size}, stride={grid.stride}, padding={grid.padding})"
        return text if plain else f"{text}.reshape({{out}})"

    return form


FORMS: Mapping[str, Form] = {
    # arithmetic, comparisons, choices
    "identity": "{A}.clone()",
    "stop_gradient": "{A}.detach()",
    "floor_divide": 'torch.div({a}, {b}, rounding_mode="floor")',
    "logical_and": mask("torch.logical_and({a}, {b})"),
    "logical_or": mask("torch.logical_or({a}, {b})"),
    "logical_not": mask("torch.logical_not({a})"),
    "where": chosen("torch"),
    "maximum": against_constant("torch.maximum", "min", "at_least"),
    "minimum": against_constant("torch.minimum", "max", "at_most"),
    "clip": clip,
    "sign": where_odd("torch.sign({a})", "sign({a})"),
    "hypot": where_tied("torch.hypot({a}, {b})", "hypot({a}, {b})"),
    # activations
    "relu": "torch.relu({a})",
    "leaky_relu": "F.leaky_relu({a}, {slope})",
    "relu6": "F.relu6({a})",
    "hardtanh": where_tied("torch.clamp({a}, {low}, {high})", "clip_inside({a}, {low}, {high})"),
    "hardsigmoid": quotient("F.relu6({A} + 3) / 6"),  # its own hardsigmoid divides by 6 in single precision
    "elu": "F.elu({a}, {alpha})",
    "selu": "F.selu({a})",
    "log_sigmoid": "F.logsigmoid({a})",
    "softplus": "F.softplus({a}, threshold=40)",
    "softsign": where_odd("F.softsign({a})", "softsign({a})"),
    "silu": where_odd("F.silu({a})", "silu({a})"),
    "mish": where_odd("F.mish({a})", "mish({a})"),
    "gelu": gelu,
    "softmax": along("torch.softmax", "softmax"),
    "log_softmax": along("torch.log_softmax", "log_softmax"),
    # reductions
    "sum": summed("torch.sum"),
    "mean": summed("torch.mean"),
    "prod": multiplied,
    "max": summed("torch.amax"),
    "min": summed("torch.amin"),
    "var": reduced("torch.var", ", correction={ddof}"),
    "std": deviation,
    "norm": reduced("torch.linalg.vector_norm", ", ord={ord}"),
    "logsumexp": reduced("torch.logsumexp"),
    "argmax": placed("torch.argmax"),
    "argmin": placed("torch.argmin"),
    "cumsum": running,
    # linear algebra
    "dot": product,
    "trace": "torch.diagonal({a}, dim1=-2, dim2=-1).sum(-1)",
    "diagonal": "torch.diagonal({a}, {offset}, dim1=-2, dim2=-1)",
    "diag": "torch.diag({a}, {offset})",
    "diag_embed": embedded,
    "tril": "torch.tril({a}, {k})",
    "triu": "torch.triu({a}, {k})",
    "inv": where_odd("torch.linalg.inv({a})", "inv({a})"),
    "det": "torch.linalg.det({a})",
    "cofactor": "cofactor({a})",
    "logabsdet": "torch.linalg.slogdet({a})[1]",
    "solve": solved,
    "cholesky": where_odd("cholesky({a})", "cholesky_or_nan({a})"),
    "einsum": lambda case: f"torch.einsum({braced(subscripts(case))}, {{args}})",
    # shapes
    "transpose": transposed,
    "matrix_transpose": "{A}.mT",
    "swapaxes": "torch.swapaxes({a}, {axis1}, {axis2})",
    **dict.fromkeys(("reshape", "flatten", "squeeze", "expand_dims"), "{A}.reshape({out})"),
    "broadcast_to": "torch.broadcast_to({a}, {out})",
    "sum_to": summed_to,
    "getitem": indexed,
    "scatter": scattered,
    "concatenate": "torch.concatenate([{args}], dim={axis})",
    "stack": "torch.stack([{args}], dim={axis})",
    "split": "torch.chunk({a}, {parts}, dim={axis})[{part}]",
    "flip": lambda case: f"torch.flip({{a}}, {static_text(case.axes)})",
    "roll": rolled,
    "pad": padded,
    "repeat": repeated,
    "tile": lambda case: f"torch.tile({{a}}, {static_text(shapes.tiled_axes(case.shape(), case.static['repeats'])[1])})",
    "size": counted("numel()"),
    "full": lambda case: f"torch.full({{out}}, {case.dialect.number(float(case.static['value'])).text})",
    "zeros": "torch.zeros({out})",
    "ones": "torch.ones({out})",
    "eye": "torch.eye({n})",
    "arange": counting,
    "linspace": "torch.linspace({start}, {stop}, {num})",
    # rows by index, classes, dropout
    "take": taken,
    "put": put,
    "take_along_axis": take_along,
    "put_along_axis": put_along,
    "one_hot": "one_hot({a}, {classes})",
    "class_targets": lambda case: "{A}.clone()" if isinstance(targets(case), Piece) else targets(case),
    "dropout": "dropout({a}, rate={rate}, seed={seed})",
    # convolutions and pools
    "conv1d": convolved(1),
    "conv2d": convolved(2),
    "max_pool1d": max_pool(1),
    "max_pool2d": max_pool(2),
    "avg_pool1d": pool("F.avg_pool1d"),
    "avg_pool2d": pool("F.avg_pool2d"),
    "unfold": unfolded,
    "fold": folded,
}

TORCH = Dialect("torch", FORMS, SOURCES, "torch.tensor({})", "torch.tensor({})", "{}.double()", "{}", tensors_only=True)
