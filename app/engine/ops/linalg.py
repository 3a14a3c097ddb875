"""Products of matrices, their diagonals and triangles, on the last two axes; what stands before them is a batch, as in NumPy.

Formulas: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import Compute, Operation, Parameter, Sample, free
from app.engine.program import Array, Shape, Static
from app.engine.shapes import Mismatch, say
from app.engine.symbol import Symbol, apply, broadcast_to, reshape
from app.engine.syntax import Call, Infix, Precedence

# --- products


def matmul_left(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """g·bᵀ; a vector stands in as one row or one column."""
    if b.ndim == 1:
        return g * b if a.ndim == 1 else column(g) * b
    if a.ndim == 1 and b.ndim > 2:
        return reshape(row(g) @ b.mT, (*b.shape[:-2], a.shape[0]))
    return g @ b.mT


def matmul_right(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """aᵀ·g; a vector stands in as one row or one column."""
    if a.ndim == 1:
        return g * a if b.ndim == 1 else column(a) * row(g)
    if b.ndim == 1:
        return column(g) * a if a.ndim > 2 else a.T @ g
    return a.mT @ g


def column(a: Symbol) -> Symbol:
    return reshape(a, (*a.shape, 1))


def row(a: Symbol) -> Symbol:
    return reshape(a, (*a.shape[:-1], 1, a.shape[-1]))


def matmul_cost(out: Shape, a: Shape, b: Shape) -> float:
    return 2.0 * math.prod(out) * a[-1]


def dot_left(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    return g * b if 0 in (a.ndim, b.ndim) else matmul_left(g, out, a, b)


def dot_right(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    return g * a if 0 in (a.ndim, b.ndim) else matmul_right(g, out, a, b)


def dot_cost(out: Shape, a: Shape, b: Shape) -> float:
    return matmul_cost(out, a, b) if a and b else float(math.prod(out))


def dot_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        return a or b
    for name, shape in (("{a}", a), ("{b}", b)):
        if len(shape) > 2:
            raise Mismatch(f"dot takes single numbers, vectors and matrices, and {name} is {say(shape)}.", "Did you mean {a} @ {b}?")
    return shapes.matmul(a, b)


def outer_shape(a: Shape, b: Shape) -> Shape:
    for name, shape in (("{a}", a), ("{b}", b)):
        if len(shape) != 1:
            raise Mismatch(
                f"outer takes two vectors: {{a}} is {say(a)} and {{b}} is {say(b)}.",
                f"Did you mean reshape({name}, ({math.prod(shape)},))?",
            )
    return a + b


# --- diagonals and triangles


def matrix_of(name: str, a: Shape) -> tuple[int, int]:
    """The sizes of a matrix, or of each matrix of a batch."""
    if len(a) < 2:
        raise Mismatch(f"{name} takes matrices, and {{a}} is {say(a)}.", "Did you mean diag({a})?" if len(a) == 1 else None)
    return a[-2], a[-1]


def diagonal_length(m: int, n: int, offset: int) -> int:
    """How many elements a diagonal of an m by n matrix has; none where it lies outside."""
    return max(0, min(m, n - offset) if offset >= 0 else min(m + offset, n))


def trace_shape(a: Shape) -> Shape:
    matrix_of("trace", a)
    return a[:-2]


def diagonal_shape(a: Shape, offset: int) -> Shape:
    m, n = matrix_of("diagonal", a)
    length = diagonal_length(m, n, offset)
    if not length:
        raise Mismatch(f"{{a}} is {say(a)}, and has no diagonal at offset {offset}: there are those from {1 - m} to {n - 1}.")
    return (*a[:-2], length)


def diag_shape(a: Shape, offset: int) -> Shape:
    if len(a) != 1:
        hint = "Did you mean diagonal({a}), or diag_embed({a})?" if len(a) > 1 else None
        raise Mismatch(f"diag makes a matrix of a vector, and {{a}} is {say(a)}.", hint)
    return (a[0] + abs(offset),) * 2


def embedded_shape(a: Shape, offset: int, shape: Static) -> Shape:
    if not a:
        raise Mismatch("diag_embed makes matrices of vectors, and {a} is a single number.", "Did you mean reshape({a}, (1,))?")
    size = shape if isinstance(shape, tuple) else (a[-1] + abs(offset),) * 2
    if len(size) != 2:
        raise Mismatch(f"shape {size} must be two sizes: rows and columns.")
    length = diagonal_length(*size, offset)
    if length != a[-1]:
        raise Mismatch(
            f"{{a}} is {say(a)}, {a[-1]} numbers for each diagonal, and the diagonal of a {size} matrix at offset {offset} has {length}."
        )
    return (*a[:-1], *size)


def triangle_shape(name: str) -> shapes.ShapeRule:
    def shape(a: Shape, k: int) -> Shape:
        matrix_of(name, a)
        return a

    return shape


def embed(g: Symbol, matrix: Shape, offset: Static) -> Symbol:
    """Diagonals put back into matrices of a size, 0 elsewhere."""
    plain = (g.shape[-1] + abs(int(offset or 0)),) * 2
    return apply("diag_embed", g, offset=offset, shape=None if plain == matrix else matrix)


def trace_back(g: Symbol, out: Symbol, a: Symbol) -> Symbol:
    matrix = a.shape[-2:]
    return embed(broadcast_to(column(g), (*g.shape, min(matrix))), matrix, 0)


def compute_trace(a: Array) -> Any:
    return np.trace(a, axis1=-2, axis2=-1)


def prepare_diagonal(a: Shape, offset: int) -> Compute:
    return lambda x: np.diagonal(x, offset, -2, -1).copy()


def prepare_embedded(a: Shape, offset: int, shape: Static = None) -> Compute:
    size = embedded_shape(a, offset, shape)
    places = np.arange(a[-1])
    rows, columns = places - min(offset, 0), places + max(offset, 0)

    def compute(x: Array) -> Array:
        out = np.zeros(size, np.asarray(x).dtype)
        out[..., rows, columns] = x
        return out

    return compute


def prepare_triangle(keep: Callable[..., Any]) -> Compute:
    def prepare(a: Shape, k: int) -> Compute:
        mask = keep(np.arange(a[-1])[None, :] - np.arange(a[-2])[:, None], k)
        return lambda x: np.where(mask, x, 0.0)

    return prepare


OFFSET = Parameter("offset", "whole", 0, also=("k", "diagonal"))
BAND = (Parameter("k", "whole", 0, also=("diagonal",)),)


# fmt: off
ENTRIES = (
    # products
    Operation("matmul", ("a", "b"), "The matrix product.",
              ("Each element of {a} multiplies a row of {b}: its share comes back through {b}, transposed, from the right.",
               "Each element of {b} multiplies a column of {a}: its share comes back through {a}, transposed, from the left."),
              np.matmul, shapes.matmul, (matmul_left, matmul_right), form=Infix("@", "·", Precedence.PRODUCT), cost=matmul_cost,
              samples=tuple(Sample("matmul(a, b)", pair) for pair in (
                  ((3,), (3,)), ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)),
                  ((3,), (5, 3, 4)), ((5, 2, 3), (3,)))),
              analytic=True, also=("mm", "bmm", "mv")),
    Operation("dot", ("a", "b"), "The dot product of vectors, the product of matrices, or of a number and anything.",
              ("{a} is multiplied by {b}: its share comes back through {b}.",
               "{b} is multiplied by {a}: its share comes back through {a}."),
              np.dot, dot_shape, (dot_left, dot_right), cost=dot_cost,
              samples=tuple(Sample("dot(a, b)", pair) for pair in (
                  ((3,), (3,)), ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((), ()), ((), (2, 3)), ((3,), ()))),
              analytic=True, form=Infix(None, "·", Precedence.PRODUCT)),
    Operation("outer", ("a", "b"), "Every element of one vector times every element of another.",
              ("Each element of {a} makes a row, multiplied by all of {b}: a small change of it counts {b} times, summed over it.",
               "Each element of {b} makes a column, multiplied by all of {a}: a small change of it counts {a} times, summed over it."),
              np.multiply.outer, outer_shape, (lambda g, out, a, b: g @ b, lambda g, out, a, b: a @ g),
              samples=(Sample("outer(a, b)", ((3,), (2,))), Sample("outer(a, b)", ((1,), (4,)))), analytic=True, also=("ger",),
              form=Infix(None, "⊗", Precedence.PRODUCT)),

    # diagonals and triangles
    Operation("trace", ("a",), "The sum of the diagonal of a matrix, or of each matrix of a batch.",
              ("Each element on the diagonal of {a} is added once: a small change of it counts once; the others count nothing.",),
              compute_trace, trace_shape, (trace_back,), form=Call("tr"), cost=lambda out, a: math.prod(out) * min(a[-2:]),
              samples=tuple(Sample("trace(a)", (shape,)) for shape in ((3, 3), (2, 3), (4, 2), (2, 3, 3))), analytic=True,
              edges="Of a batch it takes the last two axes, where NumPy's trace takes the first two."),
    Operation("diagonal", ("a",), "The diagonal of a matrix, or of each matrix of a batch.",
              ("A small change of an element on that diagonal of {a} counts once; the others count nothing.",),
              prepare_diagonal, diagonal_shape, (lambda g, out, a, offset: embed(g, a.shape[-2:], offset),), parameters=(OFFSET,),
              cost=free,
              samples=(Sample("diagonal(a)", ((3, 3),)), Sample("diagonal(a, offset=1)", ((2, 4),)),
                       Sample("diagonal(a, offset=-1)", ((3, 3),)), Sample("diagonal(a, offset=-2)", ((2, 4, 3),))), analytic=True,
              edges="Of a batch it takes the last two axes, where NumPy's diagonal takes the first two."),
    Operation("diag", ("a",), "A matrix with a vector on its diagonal, and 0 elsewhere.",
              ("The elements of {a} are only moved onto the diagonal: a small change of each counts once.",),
              prepare_embedded, diag_shape, (lambda g, out, a, offset: apply("diagonal", g, offset=offset),), parameters=(OFFSET,),
              cost=free,
              samples=(Sample("diag(a)", ((3,),)), Sample("diag(a, offset=2)", ((3,),)), Sample("diag(a, offset=-1)", ((2,),))),
              analytic=True, edges="It takes vectors only; the diagonal of a matrix is diagonal(a).", also=("diagflat",)),
    Operation("diag_embed", ("a",), "Matrices with the vectors along the last axis on their diagonals, and 0 elsewhere.",
              ("The elements of {a} are only moved onto a diagonal: a small change of each counts once.",),
              prepare_embedded, embedded_shape, (lambda g, out, a, offset, shape: apply("diagonal", g, offset=offset),),
              parameters=(OFFSET, Parameter("shape", "shape", None)), cost=free,
              samples=(Sample("diag_embed(a)", ((3,),)), Sample("diag_embed(a, offset=-1)", ((2, 3),)),
                       Sample("diag_embed(a, offset=1, shape=(2, 5))", ((2, 2),))), analytic=True, form=Call("diag", plain=("shape",))),
    *(Operation(name, ("a",), f"The {part} triangle of a matrix, and 0 elsewhere.",
                (f"A small change of an element of {{a}} in the {part} triangle counts once; the others count nothing.",),
                prepare_triangle(keep), triangle_shape(name), (lambda g, out, a, k, name=name: apply(name, g, k=k),), parameters=BAND,
                cost=free, analytic=True, samples=(
                    Sample(f"{name}(a)", ((3, 3),)), Sample(f"{name}(a, k=1)", ((2, 4),)), Sample(f"{name}(a, k=-1)", ((2, 3, 3),))))
      for name, part, keep in (("tril", "lower", np.less_equal), ("triu", "upper", np.greater_equal))),
)
# fmt: on
