"""Reductions in autograd's NumPy."""

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval


def var(a, axis, keepdims, ddof):
    n = np.size(getval(a)) / np.size(np.sum(getval(a), axis=axis))
    return (anp.mean(a**2, axis=axis, keepdims=keepdims) - anp.mean(a, axis=axis, keepdims=keepdims) ** 2) * n / (n - ddof)


def norm(a, ord, axis, keepdims):  # noqa: A002 (NumPy's name)
    return anp.sum(anp.abs(a) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def place(find):
    return lambda a, axis, keepdims: find(getval(a), axis=axis, keepdims=keepdims) + 0.0 * anp.sum(a, axis=axis, keepdims=keepdims)


TWINS = {
    "sum": anp.sum,
    "mean": anp.mean,
    "prod": anp.prod,
    "max": anp.max,
    "min": anp.min,
    "var": var,
    "std": lambda a, axis, keepdims, ddof: anp.sqrt(var(a, axis, keepdims, ddof)),
    "norm": norm,
    "logsumexp": lambda a, axis, keepdims: anp.log(anp.sum(anp.exp(a), axis=axis, keepdims=keepdims)),
    "argmax": place(np.argmax),
    "argmin": place(np.argmin),
    "cumsum": anp.cumsum,
}
