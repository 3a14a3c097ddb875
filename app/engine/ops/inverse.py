"""Inverses, determinants and what solves equations, on the last two axes; what stands before them is a batch, as in NumPy.

Formulas: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008);
Murray, "Differentiation of the Cholesky decomposition" (2016).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.engine import shapes
from app.engine.ops.entry import CostRule, Operation, Sample
from app.engine.ops.linalg import column, row
from app.engine.program import Array, Shape
from app.engine.shapes import Mismatch, say
from app.engine.symbol import Symbol, apply, reshape
from app.engine.syntax import As, Call, Raised


def square(name: str, a: Shape) -> int:
    """The size of a square matrix, or of each square matrix of a batch."""
    if len(a) < 2:
        raise Mismatch(f"{name} takes square matrices, and {{a}} is {say(a)}.")
    if a[-1] != a[-2]:
        raise Mismatch(f"{name} takes square matrices, and {{a}} is {say(a)}: the last two sizes {a[-2]} and {a[-1]} must agree.")
    return a[-1]


def same_square(name: str) -> shapes.ShapeRule:
    def shape(a: Shape) -> Shape:
        square(name, a)
        return a

    return shape


def number_of(name: str) -> shapes.ShapeRule:
    def shape(a: Shape) -> Shape:
        square(name, a)
        return a[:-2]

    return shape


def cubic(factor: float) -> CostRule:
    """So many times n³ for each matrix."""
    return lambda out, a, *args, **parameters: factor * math.prod(a) * a[-1]


def solve_shape(a: Shape, b: Shape) -> Shape:
    n = square("solve", a)
    if not b:
        raise Mismatch(f"solve takes a vector or a matrix on the right, and {{b}} is a single number; {{a}} is {say(a)}.")
    rows = b[0] if len(b) == 1 else b[-2]
    if rows != n:
        hint = None
        if b == a[:-1]:
            hint = f"Did you mean reshape({{b}}, {(*b, 1)})?"
        elif len(b) == 2 and b[1] == n:
            hint = "Did you mean solve({a}, {b}.T)?"
        raise Mismatch(f"{{a}} is {say(a)} and {{b}} is {say(b)}; {{b}} has {rows} rows and needs {n}, as many as {{a}}.", hint)
    if len(b) == 1:
        return a[:-1]
    try:
        return (*shapes.broadcast(a[:-2], b[:-2]), *b[-2:])
    except Mismatch:
        text = f"{{a}} is {say(a)} and {{b}} is {say(b)}; the leading sizes {say(a[:-2])} and {say(b[:-2])} must agree, or be 1."
        raise Mismatch(text) from None


def solve_right(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """a⁻ᵀ·g; of a batch, a vector stands in as one column, since only a single vector is one to solve."""
    if b.ndim == 1 and g.ndim > 1:
        return reshape(apply("solve", a.mT, column(g)), g.shape)
    return apply("solve", a.mT, g)


def solve_left(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> Symbol:
    back = solve_right(g, out, a, b)
    return -(column(back) * row(out)) if b.ndim == 1 else -(back @ out.mT)


def solve_cost(out: Shape, a: Shape, b: Shape) -> float:
    return 2 / 3 * math.prod(a) * a[-1] + 2.0 * math.prod(out) * a[-1]


def over_matrices(a: Symbol) -> Symbol:
    """One number per matrix, so that it multiplies each of its elements."""
    return a if a.ndim == 0 else reshape(a, (*a.shape, 1, 1))


def cofactor_back(g: Symbol, out: Symbol, a: Symbol) -> Symbol:
    """Of C = det(a)·a⁻ᵀ: (⟨g, C⟩·I − a⁻ᵀ·gᵀ·C)-shaped, with a⁻ᵀ in place of I."""
    inverse = apply("inv", a).mT
    whole = apply("sum", g * out, axis=(-2, -1), keepdims=True) if a.ndim > 2 else apply("sum", g * out)
    return whole * inverse - inverse @ (g.mT @ out)


def cholesky_back(g: Symbol, out: Symbol, a: Symbol) -> Symbol:
    """The symmetric part of L⁻ᵀ·Φ(Lᵀ·g)·L⁻¹, where Φ keeps the lower triangle and halves the diagonal."""
    product = out.mT @ g
    inner = 0.5 * (apply("tril", product) + apply("tril", product, k=-1))
    both = apply("solve", out.mT, apply("solve", out.mT, inner).mT)
    return 0.5 * (both + both.mT)


def singular(a: Array) -> Any:
    """Which matrices of a batch have no inverse that can be calculated."""
    sign, logarithm = np.linalg.slogdet(a)
    return (sign == 0) | np.isnan(logarithm)


def compute_solve(a: Array, b: Array) -> Any:
    """NumPy's solve; where a matrix is singular, NaN instead of an error."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        sick = singular(a)[..., None, None]
        out = np.linalg.solve(np.where(sick, np.eye(a.shape[-1]), a), b)
        return np.where(sick[..., 0] if b.ndim == 1 else sick, np.nan, out)


def compute_inverse(a: Array) -> Any:
    """NumPy's inv; where a matrix is singular, NaN instead of an error."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        sick = singular(a)[..., None, None]
        return np.where(sick, np.nan, np.linalg.inv(np.where(sick, np.eye(a.shape[-1]), a)))


def compute_logabsdet(a: Array) -> Any:
    return np.linalg.slogdet(a)[1]


def compute_cofactor(a: Array) -> Any:
    """U·diag(products of all other singular values)·Vᵀ, with the sign of det U·det V: it needs no inverse, so no division."""
    finite = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
    u, s, vt = np.linalg.svd(a if finite.all() else np.where(finite, a, np.eye(a.shape[-1])))
    ones = np.ones((*s.shape[:-1], 1))
    before = np.cumprod(np.concatenate([ones, s[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], -1), -1)[..., ::-1]
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    out = (u * (sign[..., None] * before * after)[..., None, :]) @ vt
    return out if finite.all() else np.where(finite, out, np.nan)


def compute_cholesky(a: Array) -> Any:
    """NumPy's cholesky of the symmetric part; where a matrix is not positive definite, NaN instead of an error."""
    symmetric = (a + a.swapaxes(-1, -2)) / 2
    try:
        return np.linalg.cholesky(symmetric)
    except np.linalg.LinAlgError:
        return by_columns(symmetric)


def by_columns(a: Array) -> Array:
    """Cholesky's L, column after column, for all matrices of a batch at once; NaN throughout where a pivot is not positive."""
    out = np.zeros(a.shape)
    for j in range(a.shape[-1]):
        rest = a[..., j:, j] - (out[..., j:, :j] @ out[..., j, :j, None])[..., 0]
        pivot = rest[..., :1]
        out[..., j:, j] = rest / np.sqrt(np.where(pivot > 0, pivot, np.nan))
    return np.where(np.isnan(out).any(axis=(-2, -1), keepdims=True), np.nan, out)


SINGULAR = "A matrix that is singular, as far as rounding lets it be seen, gives NaN throughout."


# fmt: off
ENTRIES = (
    Operation("inv", ("a",), "The inverse of a square matrix.",
              ("A small change of {a} passes through {out} on both sides, and counts with the opposite sign.",),
              compute_inverse, same_square("inv"), (lambda g, out, a: -(out.mT @ g @ out.mT),), form=Raised("−1"), domain=("invertible",),
              cost=cubic(2), samples=tuple(Sample("inv(a)", (shape,)) for shape in ((1, 1), (3, 3), (2, 3, 3))), analytic=True,
              edges=SINGULAR, also=("inverse",)),
    Operation("det", ("a",), "The determinant of a square matrix.",
              ("A small change of an element of {a} counts as often as its cofactor: the determinant, with sign, of what is left without "
               "its row and column.",),
              np.linalg.det, number_of("det"), (lambda g, out, a: over_matrices(g) * apply("cofactor", a),), form=Call("det"),
              domain=("invertible",), cost=cubic(2 / 3),
              samples=tuple(Sample("det(a)", (shape,)) for shape in ((1, 1), (3, 3), (2, 3, 3))), analytic=True,
              edges="At a singular matrix it is 0, and its derivative, the matrix of cofactors, is still right."),
    Operation("cofactor", ("a",), "The matrix of cofactors, det(a) times the inverse transposed: the derivative of the determinant.",
              ("Each cofactor is a determinant of the other rows and columns: a small change of {a} counts as it does in those.",),
              compute_cofactor, same_square("cofactor"), (cofactor_back,), domain=("invertible",), cost=cubic(20),
              samples=tuple(Sample("cofactor(a)", (shape,)) for shape in ((1, 1), (3, 3), (2, 3, 3))),
              edges="A singular matrix has cofactors too; what comes back to it is NaN, since that is calculated with the inverse.",
              form=Call("cof")),
    Operation("logabsdet", ("a",), "The logarithm of the size of the determinant, log |det a|.",
              ("A small change of {a} counts as often as the inverse, transposed, says.",),
              compute_logabsdet, number_of("logabsdet"), (lambda g, out, a: over_matrices(g) * apply("inv", a).mT,),
              domain=("invertible",), cost=cubic(2 / 3),
              samples=tuple(Sample("logabsdet(a)", (shape,)) for shape in ((1, 1), (3, 3), (2, 3, 3))),
              edges="Of a singular matrix it is −∞, and what comes back is NaN. The sign is sign(det(a)).", also=("logdet",),
              form=As("log(abs(det(a)))")),
    Operation("solve", ("a", "b"), "What a must be multiplied by, from the right, to give b.",
              ("A small change of {a} moves the solution the other way: what comes back to {b}, with the opposite sign, times {out}.",
               "A small change of {b} passes through the inverse of {a}: its share comes back by solving with {a} transposed."),
              compute_solve, solve_shape, (solve_left, solve_right), domain=("invertible", "any"), cost=solve_cost,
              samples=tuple(Sample("solve(a, b)", pair) for pair in (
                  ((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (2, 3, 4)), ((2, 3, 3), (3, 1)), ((3, 3), (2, 3, 1)))),
              analytic=True, edges=f"b is a vector only if it has one axis. {SINGULAR}", form=As("inv(a) @ b")),
    Operation("cholesky", ("a",), "The lower triangular L, with a positive diagonal, for which L·Lᵀ is a.",
              ("A small change of {a} passes through the inverse of {out} on both sides, of which the lower triangle is kept.",),
              compute_cholesky, same_square("cholesky"), (cholesky_back,), domain=("definite",), cost=cubic(1 / 3),
              samples=tuple(Sample("cholesky(a)", (shape,)) for shape in ((1, 1), (3, 3), (2, 3, 3))),
              edges="It is taken of the symmetric part, (a + aᵀ)/2, so what comes back is symmetric: mirrored elements share it. "
                    "A matrix that is not positive definite gives NaN throughout.", form=Call("chol")),
)
# fmt: on
