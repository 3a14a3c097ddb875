"""A derivation's last step, with the numbers put in: matrices as they are, single numbers in one line for a calculator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from app.engine import shapes
from app.engine.code import READABLE, Written, lengths, listed, number, written
from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Array, Nested, Node, Shape, Trace, below, fold
from app.engine.sketch import Sketch
from app.engine.symbol import turns
from app.engine.syntax import Infix, Precedence
from app.explain.derivation.outline import Outline
from app.explain.derivation.scribe import Scribe
from app.explain.derivation.teller import Read, Step
from app.explain.pens import LatexPen
from app.explain.writer import Part

PRINTED, ALL = 36, 200
"""Elements of a matrix that is printed in a formula, and of all in it."""
LINE = 8
"""Of a row or a column of which a single element is made."""
ELEMENTWISE = (shapes.same, shapes.broadcast)
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


def filled(scribe: Scribe, root: int, values: Mapping[int, Array], figure: Figure) -> Part[str]:
    """The formula of a node with its numbers in the place of what `values` holds."""
    instead = {index: matrix(value, figure) for index, value in values.items()}
    return replace(scribe, instead=instead).formula(root, opened=root not in instead)


def equality(values: Iterable[Array], figure: Figure) -> str:
    """= between numbers that are written in full, else ≈."""
    return "=" if all(_is_exact(value, figure) for value in values) else r"\approx"


def element(scribe: Scribe, root: int, values: Mapping[int, Array], place: Shape, figure: Figure) -> Part[str] | None:
    """One element of a node with its numbers: what is done element by element, of the same element of each value; a matrix product, of
    a row and a column of at most `LINE` numbers. None where it takes more than these."""

    def part(index: int, at: Shape) -> Part[str] | None:
        node, shape = scribe.nodes[index], scribe.shapes[index]
        # Where a value is repeated, its only element.
        at = tuple(min(i, size - 1) for i, size in zip(at[len(at) - len(shape) :], shape, strict=True))
        if index in values:
            return matrix(np.asarray(values[index][at]), figure)
        if node.op == CONSTANT:
            return scribe.number(node.number)
        if node.op == "broadcast_to":
            return part(node.args[0], at)
        if node.op == "matmul":
            return product(node, at)
        if node.op not in OPERATIONS or OPERATIONS[node.op].shape not in ELEMENTWISE:
            return None
        parts = [found for arg in node.args if (found := part(arg, at)) is not None]
        return scribe.combine(node, parts, ()) if len(parts) == len(node.args) else None

    def product(node: Node, at: Shape) -> Part[str] | None:
        left, right = (factor(arg) for arg in node.args)
        if left is None or right is None or not left.ndim == right.ndim == 2 or left.shape[1] > LINE:
            return None
        return scribe.combine(node, [matrix(left[at[0]], figure), matrix(right[:, at[1], np.newaxis], figure)], ())

    def factor(index: int) -> Array | None:
        """A value, or one that is transposed."""
        node = scribe.nodes[index]
        turned = values.get(node.args[0]) if turns(node) else None
        return values.get(index) if turned is None else turned.T

    return part(root, place)


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
    body = filled(Scribe(sketch.nodes, sketch.shapes, found.scribe.signs, {}), root, values, figure).text
    sign, written_result = equality((*values.values(), result), figure), matrix(result, figure).text
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
