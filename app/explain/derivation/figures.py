"""A derivation's last step, with the numbers put in: matrices as they are, single numbers in one line for a calculator."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from app.engine.code import READABLE, Written, lengths, listed, number, written
from app.engine.ops import OPERATIONS
from app.engine.program import Array, Nested, Trace, below, fold
from app.engine.sketch import Sketch
from app.engine.syntax import Infix, Precedence
from app.explain.derivation.outline import Outline
from app.explain.derivation.scribe import Scribe
from app.explain.derivation.teller import Read, Step
from app.explain.pens import LatexPen
from app.explain.writer import Part

PRINTED, ALL = 36, 200
"""Elements of a matrix that is printed in a formula, and of all in it."""
Figure = Callable[[float], str]
"""A number, rounded for the eye."""


def matrix(array: Array, figure: Figure) -> Part[str]:
    """A number, a row, or a matrix, as LaTeX."""
    pen = LatexPen()
    if np.ndim(array) == 0:
        text = pen.number(figure(float(array))) if math.isfinite(array) else pen.sign(figure(float(array)))
        return Part(text, Precedence.SIGN if text.startswith("-") else Precedence.ATOM, is_constant=True)
    rows = np.atleast_2d(array)
    lines = r" \\ ".join(" & ".join(matrix(np.asarray(value), figure).text for value in row) for row in rows.tolist())
    return Part(rf"\begin{{bmatrix}}{lines}\end{{bmatrix}}", Precedence.ATOM)


def numeric(found: Outline, trace: Trace, figure: Figure) -> Step | None:
    """The gradient with its numbers put in; None where they are too many, or where there is nothing to put them in."""
    graph, target = trace.graph, found.ways.target
    if not found.ways.count or found.gathered is None:
        return None
    sketch, root = found.gathered.sketch, found.gathered.root
    values = _values(found, trace, sketch, root)
    if values is None:
        return None
    result = trace.value(graph.gradients[target.node])
    instead = {index: matrix(value, figure) for index, value in values.items()}
    scribe = Scribe(sketch.nodes, sketch.shapes, found.scribe.signs, {}, instead)
    body = scribe.formula(root, opened=root not in instead).text
    sign = "=" if all(_is_exact(value, figure) for value in (*values.values(), result)) else r"\approx"
    written_result = matrix(result, figure).text
    latex = f"{found.scribe.settled(found.gradient)} {sign} {body}" + (f" {sign} {written_result}" if written_result != body else "")
    single = all(np.ndim(value) == 0 for value in values.values())
    said = "The numbers put in, in one line for a calculator." if single else "The numbers put in."
    return Step("numeric", target.id, said, latex, _code(sketch, root, values), Read(root, sketch))


def _values(found: Outline, trace: Trace, sketch: Sketch, root: int) -> dict[int, Array] | None:
    """What numbers stand in the formula, by node: those of names, and of comparisons as 1 and 0."""
    names = found.names.values

    def is_put_in(index: int) -> bool:
        return index in names or is_comparison(sketch.nodes[index].op)

    values = {index: np.asarray(sketch.value(trace, index)) for index in below(sketch.nodes, [root], is_put_in) if is_put_in(index)}
    sizes = [value.size for value in values.values()]
    printable = all(np.ndim(value) <= 2 and value.size <= PRINTED for value in values.values()) and sum(sizes) <= ALL
    short = lengths(sketch.nodes, values).opened[root] <= READABLE
    return values if printable and short else None


def is_comparison(op: str) -> bool:
    form = OPERATIONS[op].form if op in OPERATIONS else None
    return isinstance(form, Infix) and form.precedence is Precedence.COMPARISON


def _is_exact(value: Array, figure: Figure) -> bool:
    return all(not math.isfinite(one) or _reads_back(figure(one), one) for one in np.ravel(value).tolist())


def _reads_back(text: str, value: float) -> bool:
    return float(text.replace("−", "-")) == value


def _code(sketch: Sketch, root: int, values: Mapping[int, Array]) -> str:
    """The formula as code with the numbers themselves, every digit of them."""

    def leaf(index: int) -> Written | None:
        if index not in values:
            return None
        value = values[index]
        if np.ndim(value) == 0:
            return number(float(value))
        return listed(_frozen(value.tolist())), Precedence.ATOM

    def combine(index: int, args: list[Written]) -> Written:
        node = sketch.nodes[index]
        if node.op == "add" and all(text.startswith("[") and text.endswith("]") for text, _ in args):
            # Lists that are added are put one behind the other: an array has to be called one.
            args = [(f"identity({args[0][0]})", Precedence.ATOM), args[1]]
        return written(node, args)

    return fold(sketch.nodes, root, leaf, combine)[0]


def _frozen(value: Nested) -> Nested:
    return tuple(map(_frozen, value)) if isinstance(value, list) else float(value)
