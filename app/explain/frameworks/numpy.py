"""The operations in NumPy. What stands in no table here is a sign of Python's, or NumPy's function of the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.engine import shapes
from app.engine.ops.activation import SELU_ALPHA, SELU_SCALE
from app.engine.ops.einsum import path_of, terms_of
from app.engine.syntax import Precedence
from app.explain.frameworks.forms import (
    braced,
    chosen,
    convolved,
    counted,
    folded,
    in_range,
    mask,
    pooled,
    positive,
    put,
    put_along,
    quotient,
    same,
    signed,
    subscripts,
    take_along,
    targets,
    unfolded,
    where_odd,
)
from app.explain.frameworks.helpers import SOURCES
from app.explain.frameworks.writing import Case, Dialect, Form, Piece, static_text


def reduced(call: str, more: str = "") -> Callable[[Case], str]:
    """A reduction over the given axes; `more` are further arguments."""

    def form(case: Case) -> str:
        axis = "" if case.static["axis"] is None else ", axis={axis}"
        keep = ", keepdims=True" if case.static.get("keepdims") else ""
        return f"{call}({{a}}{axis}{keep}{more})"

    return form


def spread(call: str) -> Callable[[Case], str]:
    return lambda case: reduced(call, ", ddof={ddof}" if case.static["ddof"] else "")(case)


def deviation(case: Case) -> str:
    return "std({a}, {axis}, {keepdims}, {ddof})" if case.tied else spread("np.std")(case)


def lengths(case: Case) -> Piece | str:
    """The norm, by its definition: NumPy's own takes two axes for a matrix's."""
    order = case.static["ord"]
    total = reduced("np.sum")(case)
    if order == 1:
        return total.replace("{a}", "np.abs({a})")
    if order == 2:
        return f"np.sqrt({total.replace('{a}', '{A} ** 2')})"
    text = case.filled(total.replace("{a}", "np.abs({a}) ** {ord}")).text
    return Piece(f"{text} ** (1 / {order!r})", Precedence.POWER)


def placed(call: str) -> Callable[[Case], Piece]:
    """The place of the largest or smallest, as a number."""

    def form(case: Case) -> Piece:
        axes = case.axes
        one = None if case.static["axis"] is None or not case.shape() else axes[0]
        keep = ", keepdims=True" if case.static["keepdims"] and case.shape() else ""
        return case.filled(f"{call}({{a}}{'' if one is None else f', axis={one}'}{keep}).astype(float)")

    return form


def summed_to(case: Case) -> str:
    """Summed over the axes that came by broadcasting."""
    axes = shapes.summed_axes(case.shape(), case.out)
    lead = len(case.shape()) - len(case.out)
    axis = axes[0] if len(axes) == 1 else axes
    if len(axes) == len(case.shape()) and not case.out:
        return "np.sum({a})"
    if not lead:
        return f"np.sum({{a}}, axis={axis}, keepdims=True)"
    return f"np.sum({{a}}, axis={axis})" + ("" if axes == tuple(range(lead)) else ".reshape({out})")


def summed(case: Case) -> str:
    """An Einstein sum; one of many operands in the order in which the engine takes them."""
    terms, output = terms_of(case.static["subscripts"])
    path = path_of(terms, output, tuple(map(case.shape, range(len(terms))))) if len(terms) > 2 else []
    order = f", optimize={['einsum_path', *path]}".replace("'", '"') if path else ""
    return f"np.einsum({braced(subscripts(case))}, {{args}}{order})"


def transposed(case: Case) -> str:
    return "{A}.T" if case.static["axes"] is None else "np.transpose({a}, {axes})"


def indexed(case: Case) -> str:
    return f"{{A}}[{braced(case.dialect.index(case.static['index']))}]"


def clipped(case: Case) -> Piece | str:
    low, high = case.static["low"], case.static["high"]
    if low is None:
        return case.args[0] if high is None else "np.minimum({a}, {high})"
    return "np.maximum({a}, {low})" if high is None else "np.clip({a}, {low}, {high})"


def larger(call: str) -> Callable[[Case], Piece]:
    """The larger or smaller of two: a plain number stays as it is."""

    def form(case: Case) -> Piece:
        both = [piece.number for piece in case.args]
        texts = [case.text(0), case.text(1)]
        for i in (0, 1):
            number, other = both[i], both[1 - i]
            if number is not None and other is None:
                texts[i] = case.dialect.number(number, whole=True).text
        return Piece(f"{call}({', '.join(texts)})")

    return form


def taken(case: Case) -> str:
    axis = positive(case.static["axis"], len(case.shape()))
    if in_range(case, case.shape()[axis]):
        return f"np.take({{a}}, np.rint({{b}}).astype(int), axis={axis})"
    return f"take({{a}}, {{b}}, axis={axis})"


def counting(case: Case) -> str:
    """The numbers of arange: the same ones, all three said where one is not as usual."""
    numbers = shapes.counting(case.static["start"], case.static["stop"], case.static["step"])
    ends = [str(numbers.stop)] if numbers.start == 0 and numbers.step == 1 else [str(numbers.start), str(numbers.stop)]
    return f"np.arange({', '.join(ends if numbers.step == 1 else [*ends, str(numbers.step)])}, dtype=float)"


def rolled(case: Case) -> str:
    return "np.roll({a}, {shift})" if case.static["axis"] is None else "np.roll({a}, {shift}, axis={axis})"


def pairs(case: Case) -> str:
    return static_text(shapes.pad_widths(case.shape(), case.static["widths"]))


FORMS: Mapping[str, Form] = {
    # arithmetic, comparisons, choices
    "identity": same,
    "stop_gradient": same,
    "reciprocal": quotient("1 / {A}"),
    "logical_and": mask("np.logical_and({a}, {b})"),
    "logical_or": mask("np.logical_or({a}, {b})"),
    "logical_not": mask("np.logical_not({a})"),
    "where": chosen("np"),
    "maximum": larger("np.maximum"),
    "minimum": larger("np.minimum"),
    "clip": clipped,
    "round": "np.rint({a})",
    # functions of each element
    "rsqrt": quotient("1 / np.sqrt({a})"),
    "erf": "erf({a})",
    "erfc": "erfc({a})",
    # activations
    "relu": "np.maximum({a}, 0)",
    "leaky_relu": "leaky_relu({a}, {slope})",
    "relu6": "np.clip({a}, 0, 6)",
    "hardtanh": "np.clip({a}, {low}, {high})",
    "hardsigmoid": "np.clip({A} / 6 + 0.5, 0, 1)",
    "elu": "elu({a}, {alpha})",
    "selu": f"selu({{a}}, {SELU_SCALE!r}, {SELU_ALPHA!r})",
    "sigmoid": "sigmoid({a})",
    "log_sigmoid": signed("np.logaddexp(0, -{A})"),
    "softplus": "np.logaddexp(0, {a})",
    "softsign": "softsign({a})",
    "silu": "silu({a})",
    "mish": "mish({a})",
    "gelu": lambda case: "gelu_by_tanh({a})" if case.static["approximate"] == "tanh" else "gelu({a})",
    "softmax": "softmax({a}, axis={axis})",
    "log_softmax": "log_softmax({a}, axis={axis})",
    # reductions
    **{name: reduced(f"np.{name}") for name in ("sum", "mean", "prod", "max", "min")},
    "var": spread("np.var"),
    "std": deviation,
    "norm": lengths,
    "logsumexp": "logsumexp({a}, axis={axis}, keepdims={keepdims})",
    "argmax": placed("np.argmax"),
    "argmin": placed("np.argmin"),
    "cumsum": "np.cumsum({a}, axis={axis})",
    # linear algebra
    "dot": "np.dot({a}, {b})",
    "trace": "np.trace({a}, axis1=-2, axis2=-1)",
    "diagonal": "np.diagonal({a}, {offset}, axis1=-2, axis2=-1)",
    "diag": "np.diag({a}, {offset})",
    "diag_embed": "diag_embed({a}, {out}, offset={offset})",
    "tril": "np.tril({a}, {k})",
    "triu": "np.triu({a}, {k})",
    "inv": where_odd("np.linalg.inv({a})", "inv({a})"),
    "det": "np.linalg.det({a})",
    "cofactor": "cofactor({a})",
    "logabsdet": "np.linalg.slogdet({a})[1]",
    "solve": where_odd("np.linalg.solve({a}, {b})", "solve({a}, {b})"),
    "cholesky": where_odd("cholesky({a})", "cholesky_or_nan({a})"),
    "einsum": summed,
    # shapes
    "transpose": transposed,
    "matrix_transpose": "{A}.mT",
    "swapaxes": "np.swapaxes({a}, {axis1}, {axis2})",
    **dict.fromkeys(("reshape", "flatten", "squeeze", "expand_dims"), "{A}.reshape({out})"),
    "broadcast_to": "np.broadcast_to({a}, {out})",
    "sum_to": summed_to,
    "getitem": indexed,
    "scatter": lambda case: f"scatter({{a}}, {{out}}, np.s_[{braced(case.dialect.index(case.static['index']))}])",
    "concatenate": "np.concatenate([{args}], axis={axis})",
    "stack": "np.stack([{args}], axis={axis})",
    "split": "np.split({a}, {parts}, axis={axis})[{part}]",
    "flip": "np.flip({a}, axis={axis})",
    "roll": rolled,
    "pad": lambda case: f"np.pad({{a}}, {pairs(case)}, constant_values={{value}})",
    "repeat": "np.repeat({a}, {repeats}, axis={axis})",
    "tile": "np.tile({a}, {repeats})",
    "size": counted("size"),
    "full": lambda case: f"np.full({{out}}, {case.dialect.number(float(case.static['value'])).text})",
    "zeros": "np.zeros({out})",
    "ones": "np.ones({out})",
    "eye": "np.eye({n})",
    "arange": counting,
    "linspace": "np.linspace({start}, {stop}, {num})",
    # rows by index, classes, dropout
    "take": taken,
    "put": put,
    "take_along_axis": take_along,
    "put_along_axis": put_along,
    "one_hot": "one_hot({a}, {classes})",
    "class_targets": targets,
    "dropout": "dropout({a}, rate={rate}, seed={seed})",
    # convolutions and pools
    "conv1d": convolved(1),
    "conv2d": convolved(2),
    "max_pool1d": pooled(1, "np.max({windows}, axis={axes[0]})", "-np.inf"),
    "max_pool2d": pooled(2, "np.max({windows}, axis={axes})", "-np.inf"),
    "avg_pool1d": pooled(1, "np.mean({windows}, axis={axes[0]})", "0"),
    "avg_pool2d": pooled(2, "np.mean({windows}, axis={axes})", "0"),
    "unfold": unfolded,
    "fold": folded,
}

NUMPY = Dialect("np", FORMS, SOURCES, "np.array({})", "np.array({})", "{}.astype(float)", "{}")
