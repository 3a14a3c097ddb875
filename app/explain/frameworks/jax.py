"""The operations in JAX: NumPy's, by JAX's module, but for what JAX has itself, what changes no array, and kinks.

Where a number sits exactly at a kink, JAX's own functions may take another derivative than we do; then a function of the program's
own stands in, whose value is the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.engine.syntax import Precedence
from app.explain.frameworks.forms import braced, near_zero, product, subscripts, where_odd, where_tied
from app.explain.frameworks.helpers import SOURCES, sources
from app.explain.frameworks.numpy import FORMS, clipped, deviation, larger, lengths, reduced
from app.explain.frameworks.writing import Case, Dialect, Form, Piece, Way, static_text


def renamed(text: str) -> str:
    """NumPy's functions by the names that they have in JAX; random numbers are NumPy's own."""
    return re.sub(r"\bnp\.(?!random)", "jnp.", text)


def in_jax(form: Form) -> Way:
    """A form of NumPy's, with JAX's module."""

    def found(case: Case) -> Piece | str:
        made = form if isinstance(form, str) else form(case)
        if isinstance(made, str):
            return renamed(made)
        return made if made in case.args else Piece(renamed(made.text), made.precedence, made.kind, made.number)

    return found


def against_constant(plain: Way, careful: str) -> Way:
    """The larger or smaller of two. A constant takes the whole of a tie: with 0, maximum is relu."""

    def form(case: Case) -> Piece | str:
        numbers = [piece.number for piece in case.args]
        for varying, constant in ((0, 1), (1, 0)):
            if case.constant(constant) and not case.constant(varying):
                if numbers[constant] == 0 and careful == "at_least":
                    return f"jax.nn.relu({{{'ab'[varying]}}})"
                if case.tied:
                    return f"{careful}({{{'ab'[varying]}}}, {{{'ab'[constant]}}})"
        return plain(case)

    return form


def clip(case: Case) -> Piece | str:
    low, high = (case.static[name] for name in ("low", "high"))
    if case.tied:
        ends = ("-jnp.inf" if low is None else static_text(low)), ("jnp.inf" if high is None else static_text(high))
        return f"clip_inside({{a}}, {', '.join(ends)})"
    return in_jax(clipped)(case)


def gelu(case: Case) -> str:
    """JAX's own, unless it would lose digits to cancellation, or meets an infinity."""
    by_tanh = case.static["approximate"] == "tanh"
    if case.finite and near_zero(case):
        return f"jax.nn.gelu({{a}}, approximate={by_tanh})"
    return "gelu_by_tanh({a})" if by_tanh else "gelu({a})"


def added(case: Case) -> str:
    index = braced(case.dialect.index(case.static["index"]))
    return f"jnp.zeros({{out}}).at[{index}].add({{a}})"


def hard_sigmoid(case: Case) -> Piece | str:
    if case.tied:
        return Piece(case.filled("clip_inside({a}, -3, 3) / 6 + 0.5").text, Precedence.SUM)
    return "jax.nn.hard_sigmoid({a})"


FORMS_IN_JAX: Mapping[str, Form] = {
    **{name: in_jax(form) for name, form in FORMS.items()},
    "stop_gradient": "jax.lax.stop_gradient({a})",
    "maximum": against_constant(in_jax(larger("np.maximum")), "at_least"),
    "minimum": against_constant(in_jax(larger("np.minimum")), "at_most"),
    "clip": clip,
    "abs": where_tied("jnp.abs({a})", "absolute({a})"),
    "hypot": where_tied("jnp.hypot({a}, {b})", "hypot({a}, {b})"),
    "erf": "jax.scipy.special.erf({a})",
    "erfc": "jax.scipy.special.erfc({a})",
    "rsqrt": "jax.lax.rsqrt({a})",
    "relu": "jax.nn.relu({a})",
    "relu6": where_tied("jax.nn.relu6({a})", "clip_inside({a}, 0, 6)"),
    "hardtanh": where_tied("jnp.clip({a}, {low}, {high})", "clip_inside({a}, {low}, {high})"),
    "hardsigmoid": hard_sigmoid,
    "elu": "jax.nn.elu({a}, {alpha})",
    "selu": "jax.nn.selu({a})",
    "gelu": gelu,
    "sigmoid": "jax.nn.sigmoid({a})",
    "log_sigmoid": "jax.nn.log_sigmoid({a})",
    "softplus": "jax.nn.softplus({a})",
    "softsign": where_odd("jax.nn.soft_sign({a})", "softsign({a})"),
    "silu": where_odd("jax.nn.silu({a})", "silu({a})"),
    "mish": where_odd("jax.nn.mish({a})", "mish({a})"),
    "softmax": where_odd("jax.nn.softmax({a}, axis={axis})", "softmax({a}, axis={axis})"),
    "log_softmax": where_odd("jax.nn.log_softmax({a}, axis={axis})", "log_softmax({a}, axis={axis})"),
    "std": in_jax(deviation),
    "norm": lambda case: "norm({a}, {ord}, {axis}, {keepdims})" if case.tied else in_jax(lengths)(case),
    "logsumexp": reduced("jax.nn.logsumexp"),
    "dot": product,
    "einsum": lambda case: f"jnp.einsum({braced(subscripts(case))}, {{args}})",
    "scatter": added,
}

HELPERS_IN_JAX = {
    **{name: renamed(text) for name, text in SOURCES.items()},
    **sources(
        '''
        def at_least(a, constant):
            """The larger of a and a constant, with derivative 0 at a tie."""
            return jnp.where((a > constant) | jnp.isnan(a), a, constant)
        ''',
        '''
        def at_most(a, constant):
            """The smaller of a and a constant, with derivative 0 at a tie."""
            return jnp.where((a < constant) | jnp.isnan(a), a, constant)
        ''',
        '''
        def clip_inside(a, low, high):
            """The number from low to high that is nearest to a, with derivative 0 at either bound."""
            inside = (a > low) & (a < high)
            return jnp.where(inside, a, jnp.clip(jax.lax.stop_gradient(a), low, high))
        ''',
        '''
        def absolute(a):
            """a without its sign, with derivative 0 at 0."""
            return jnp.where(a == 0, 0, jnp.abs(a))
        ''',
        '''
        def hypot(a, b):
            """The square root of a * a + b * b, with derivative 0 where both are 0."""
            zero = (a == 0) & (b == 0)
            return jnp.where(zero, 0, jnp.hypot(jnp.where(zero, 1, a), b))
        ''',
        '''
        def norm(a, order, axis, keepdims):
            """The length of a, with derivative 0 where all elements are 0."""
            total = jnp.sum(absolute(a) ** order, axis=axis, keepdims=keepdims)
            zero = total == 0
            return jnp.where(zero, 0, jnp.where(zero, 1, total) ** (1 / order))
        ''',
        '''
        def erfc(a):
            """1 - erf(a), exact for a large a too."""
            return jax.scipy.special.erfc(a)
        ''',
        '''
        def diag_embed(a, shape, offset):
            """Zeros of a shape, with the vectors along the last axis of a on their diagonals."""
            places = jnp.arange(a.shape[-1])
            return jnp.zeros(shape).at[..., places - min(offset, 0), places + max(offset, 0)].set(a)
        ''',
        '''
        def inv(a):
            """The inverse of each matrix; NaN where there is none."""
            return jnp.where(singular(a), jnp.nan, jnp.linalg.inv(a))
        ''',
        '''
        def solve(a, b):
            """What each matrix a must be multiplied by to give b; NaN where it has no inverse."""
            sick = singular(a)
            return jnp.where(sick[..., 0] if b.ndim == 1 else sick, jnp.nan, jnp.linalg.solve(a, b))
        ''',
        '''
        def put(a, b, size, axis):
            """Zeros, with the slices of a added along an axis, each where its whole number in b says."""
            inside = there(b, size)
            tail = a.shape[axis + b.ndim :]
            places = (slice(None),) * axis + (jnp.where(inside, jnp.rint(b), 0).astype(int),)
            found = jnp.where(inside.reshape(b.shape + (1,) * len(tail)), a, 0)
            return jnp.zeros((*a.shape[:axis], size, *tail)).at[places].add(found)
        ''',
        '''
        def put_along_axis(a, b, size, axis):
            """Zeros, with the elements of a added along an axis, each where its whole number in b says."""
            inside = there(b, size)
            places = list(jnp.indices(b.shape, sparse=True))
            places[axis] = jnp.where(inside, jnp.rint(b), 0).astype(int)
            out = jnp.zeros((*a.shape[:axis], size, *a.shape[axis + 1 :]))
            return out.at[tuple(places)].add(jnp.where(inside, a, 0))
        ''',
        '''
        def fold(a, shape, stride, padding, dilation):
            """Windows added back to where they came from; place 0 is the padding."""
            n, count = len(shape), math.prod(shape)
            numbers = jnp.arange(1, count + 1).reshape(shape)
            places = unfold(numbers, a.shape[-n:], stride, padding, dilation).reshape(-1)
            lead = a.shape[: -2 * n]
            out = jnp.zeros((*lead, count + 1)).at[..., places].add(a.reshape(*lead, -1))
            return out[..., 1:].reshape(*lead, *shape)
        ''',
    ),
}

JAX = Dialect("jnp", FORMS_IN_JAX, HELPERS_IN_JAX, "jnp.array({})", "jnp.array({})", "{}.astype(float)", "jnp.array({})")
