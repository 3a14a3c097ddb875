"""Functions that printed programs bring along, as source text: NumPy's, and what of them is another in JAX."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping


def sources(*texts: str) -> dict[str, str]:
    """Functions by their names."""
    found = {}
    for text in texts:
        plain = textwrap.dedent(text).strip()
        match = re.match(r"def (\w+)", plain)
        assert match
        found[match[1]] = plain
    return found


def needed(code: str, helpers: Mapping[str, str]) -> list[str]:
    """The functions that a text calls, and those that they call, each after what it needs."""
    found: list[str] = []

    def visit(text: str) -> None:
        for name in _called(text, helpers):
            if name not in found:
                _, _, body = helpers[name].split("\n", 2)  # what its first lines say calls nothing
                visit(body)
                found.append(name)

    visit(code)
    return [helpers[name] for name in found]


def _called(text: str, helpers: Mapping[str, str]) -> Iterable[str]:
    return dict.fromkeys(name for name in re.findall(r"(?<![\w.])(\w+)\(", text) if name in helpers)


SOURCES = sources(
    '''
    def sigmoid(a):
        """1 / (1 + exp(-a)), written so that the exponential never overflows."""
        e = np.exp(-np.abs(a))
        return np.where(a >= 0, 1, e) / (1 + e)
    ''',
    '''
    def leaky_relu(a, slope):
        """a where it is positive, else a times a small slope."""
        return np.where(a > 0, a, slope * a)
    ''',
    '''
    def elu(a, alpha):
        """a where it is positive, else alpha * (exp(a) - 1)."""
        return np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0)))
    ''',
    '''
    def selu(a, scale, alpha):
        """The elu with two numbers that keep mean 0 and variance 1 through many layers."""
        return scale * np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0)))
    ''',
    '''
    def softsign(a):
        """a / (1 + |a|), and 1 or -1 at infinity."""
        return np.where(np.isinf(a), np.sign(a), a / (1 + np.abs(a)))
    ''',
    '''
    def not_below(a):
        """Minus infinity drawn in to the lowest number, so that times 0 it comes out as 0."""
        return np.maximum(a, np.finfo(float).min)
    ''',
    '''
    def silu(a):
        """a times sigmoid(a)."""
        return not_below(a) * sigmoid(a)
    ''',
    '''
    def mish(a):
        """a times tanh(softplus(a))."""
        return not_below(a) * np.tanh(np.logaddexp(0, a))
    ''',
    '''
    def erf(a):
        """The error function, of every element."""
        return np.vectorize(math.erf, otypes=[float])(a)
    ''',
    '''
    def erfc(a):
        """1 - erf(a), exact for a large a too."""
        return np.vectorize(math.erfc, otypes=[float])(a)
    ''',
    '''
    def gelu(a):
        """a times the share of a bell curve that lies below a."""
        return not_below(a) * (0.5 * erfc(-a / math.sqrt(2)))
    ''',
    '''
    def gelu_by_tanh(a):
        """gelu, with (1 + tanh(x)) / 2 = sigmoid(2 * x) for the bell curve's share."""
        return not_below(a) * sigmoid(2 * math.sqrt(2 / math.pi) * (a + 0.044715 * a * a * a))
    ''',
    '''
    def softmax(a, axis):
        """exp(a) divided by its sum along an axis."""
        e = np.exp(a - np.max(a, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)
    ''',
    '''
    def log_softmax(a, axis):
        """The logarithm of softmax, without overflow."""
        shifted = a - np.max(a, axis=axis, keepdims=True)
        return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    ''',
    '''
    def logsumexp(a, axis, keepdims):
        """The logarithm of the sum of exp(a), without overflow."""
        top = np.max(a, axis=axis, keepdims=True)
        top = np.where(np.isfinite(top), top, 0)
        total = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
        return total if keepdims else np.sum(total, axis=axis)
    ''',
    '''
    def std(a, axis, keepdims, ddof):
        """The standard deviation, exactly 0 where all elements are equal; its derivative is 0 there."""
        options = {"axis": axis, "keepdims": keepdims}
        equal = np.max(a, **options) == np.min(a, **options)
        return np.where(equal, 0, np.sqrt(np.where(equal, 1, np.var(a, ddof=ddof, **options))))
    ''',
    '''
    def diag_embed(a, shape, offset):
        """Zeros of a shape, with the vectors along the last axis of a on their diagonals."""
        places = np.arange(a.shape[-1])
        out = np.zeros(shape)
        out[..., places - min(offset, 0), places + max(offset, 0)] = a
        return out
    ''',
    '''
    def singular(a):
        """Which matrices have no inverse."""
        sign, logarithm = np.linalg.slogdet(a)
        return ((sign == 0) | np.isnan(logarithm))[..., None, None]
    ''',
    '''
    def inv(a):
        """The inverse of each matrix; NaN where there is none."""
        try:
            return np.linalg.inv(a)
        except np.linalg.LinAlgError:
            sick = singular(a)
            return np.where(sick, np.nan, np.linalg.inv(np.where(sick, np.eye(a.shape[-1]), a)))
    ''',
    '''
    def solve(a, b):
        """What each matrix a must be multiplied by to give b; NaN where it has no inverse."""
        try:
            return np.linalg.solve(a, b)
        except np.linalg.LinAlgError:
            sick = singular(a)
            out = np.linalg.solve(np.where(sick, np.eye(a.shape[-1]), a), b)
            return np.where(sick[..., 0] if b.ndim == 1 else sick, np.nan, out)
    ''',
    '''
    def cholesky(a):
        """The lower triangular L for which L @ L.T is the symmetric part of a."""
        return np.linalg.cholesky((a + a.mT) / 2)
    ''',
    '''
    def cholesky_or_nan(a):
        """L for which L @ L.T is the symmetric part of a; NaN where there is none."""
        symmetric = (a + a.mT) / 2
        finite = np.isfinite(symmetric).all(axis=(-2, -1), keepdims=True)
        lowest = np.linalg.eigvalsh(np.where(finite, symmetric, 0))[..., :1, None]
        good = finite & (lowest > 0)
        lower = np.linalg.cholesky(np.where(good, symmetric, np.eye(a.shape[-1])))
        return np.where(good, lower, np.nan)
    ''',
    '''
    def cofactor(a):
        """The matrix of cofactors: det(a) * inv(a).T, but of a singular matrix too."""
        finite = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
        u, s, vt = np.linalg.svd(np.where(finite, a, np.eye(a.shape[-1])))
        others = np.where(np.eye(a.shape[-1], dtype=bool), 1, s[..., None, :]).prod(axis=-1)
        sign = np.sign(np.linalg.det(u) * np.linalg.det(vt))[..., None]
        return np.where(finite, (u * (sign * others)[..., None, :]) @ vt, np.nan)
    ''',
    '''
    def scatter(a, shape, index):
        """Zeros of a shape, with a added at the places of an index."""
        out = np.zeros(shape)
        np.add.at(out, index, a)
        return out
    ''',
    '''
    def there(b, size):
        """Which numbers in b name one of so many places."""
        return (b > -size - 0.5) & (b < size - 0.5)
    ''',
    '''
    def take(a, b, axis):
        """The slices of a along an axis, chosen by the whole numbers in b; NaN where there is none."""
        inside = there(b, a.shape[axis])
        chosen = np.take(a, np.where(inside, np.rint(b), 0).astype(int), axis=axis)
        return np.where(inside.reshape(b.shape + (1,) * (a.ndim - axis - 1)), chosen, np.nan)
    ''',
    '''
    def put(a, b, size, axis):
        """Zeros, with the slices of a added along an axis, each where its whole number in b says."""
        inside = there(b, size)
        tail = a.shape[axis + b.ndim :]
        out = np.zeros((*a.shape[:axis], size, *tail))
        places = (slice(None),) * axis + (np.where(inside, np.rint(b), 0).astype(int),)
        np.add.at(out, places, np.where(inside.reshape(b.shape + (1,) * len(tail)), a, 0))
        return out
    ''',
    '''
    def take_along_axis(a, b, axis):
        """Elements of a, chosen along an axis by the whole numbers in b; NaN where there is none."""
        inside = there(b, a.shape[axis])
        chosen = np.take_along_axis(a, np.where(inside, np.rint(b), 0).astype(int), axis=axis)
        return np.where(inside, chosen, np.nan)
    ''',
    '''
    def put_along_axis(a, b, size, axis):
        """Zeros, with the elements of a added along an axis, each where its whole number in b says."""
        inside = there(b, size)
        places = list(np.indices(b.shape, sparse=True))
        places[axis] = np.where(inside, np.rint(b), 0).astype(int)
        out = np.zeros((*a.shape[:axis], size, *a.shape[axis + 1 :]))
        np.add.at(out, tuple(places), np.where(inside, a, 0))
        return out
    ''',
    '''
    def one_hot(a, classes):
        """For each whole number in a, a row of zeros with 1 at that place, or NaN."""
        hits = np.rint(a)[..., None] == np.arange(classes)
        return np.where(hits.any(axis=-1, keepdims=True), hits, np.nan)
    ''',
    '''
    def dropout(a, rate, seed):
        """a without a share of its elements, the others made larger; the seed says which."""
        kept = np.random.default_rng(seed).random(a.shape) >= rate
        return np.where(kept, a / (1 - rate), 0)
    ''',
    '''
    def unfold(a, size, stride, padding, dilation, value=0):
        """The windows of a along its last axes, each with axes of its own at the end."""
        n = len(size)
        a = np.pad(a, [(0, 0)] * (a.ndim - n) + [(p, p) for p in padding], constant_values=value)
        index = []
        for i in range(n):
            count = (a.shape[i - n] - dilation[i] * (size[i] - 1) - 1) // stride[i] + 1
            places = np.arange(count)[:, None] * stride[i] + np.arange(size[i]) * dilation[i]
            shape = [1] * i + [count] + [1] * (n - 1) + [size[i]] + [1] * (n - 1 - i)
            index.append(places.reshape(shape))
        return a[(..., *index)]
    ''',
    '''
    def fold(a, shape, stride, padding, dilation):
        """Windows added back to where they came from; place 0 is the padding."""
        n, count = len(shape), math.prod(shape)
        numbers = np.arange(1, count + 1).reshape(shape)
        places = unfold(numbers, a.shape[-n:], stride, padding, dilation).reshape(-1)
        lead = a.shape[: -2 * n]
        out = np.zeros((*lead, count + 1))
        np.add.at(out, (..., places), a.reshape(*lead, -1))
        return out[..., 1:].reshape(*lead, *shape)
    ''',
    '''
    def conv(a, b, stride, padding, dilation):
        """The kernels b slid along a: at each place the products of what they meet, summed."""
        n = b.ndim - 2
        windows = unfold(a, b.shape[2:], stride, padding, dilation)
        met = (1, *range(-n, 0)), (1, *range(2, 2 + n))
        return np.moveaxis(np.tensordot(windows, b, met), -1, 1)
    ''',
)
