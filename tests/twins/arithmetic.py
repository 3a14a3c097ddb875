"""Arithmetic, comparisons and choices in autograd's NumPy. Adding 0·a lets it see an argument that a step hides."""

import autograd.numpy as anp
from autograd.tracer import getval


def clip(a, low, high):
    a = a if low is None else anp.maximum(a, low)
    return 1.0 * a if high is None else anp.minimum(a, high)


TWINS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "negative": lambda a: -a,
    "identity": lambda a: 1.0 * a,
    "reciprocal": lambda a: 1 / a,
    "floor_divide": lambda a, b: anp.floor(getval(a) / getval(b)) + 0.0 * a + 0.0 * b,
    "remainder": lambda a, b: a - b * anp.floor(getval(a) / getval(b)),
    "stop_gradient": lambda a: getval(a) + 0.0 * a,
    "greater": lambda a, b: (a > b) + 0.0 * a + 0.0 * b,
    "greater_equal": lambda a, b: (a >= b) + 0.0 * a + 0.0 * b,
    "less": lambda a, b: (a < b) + 0.0 * a + 0.0 * b,
    "less_equal": lambda a, b: (a <= b) + 0.0 * a + 0.0 * b,
    "equal": lambda a, b: (a == b) + 0.0 * a + 0.0 * b,
    "not_equal": lambda a, b: (a != b) + 0.0 * a + 0.0 * b,
    "logical_and": lambda a, b: (a != 0) * (b != 0) + 0.0 * a + 0.0 * b,
    "logical_or": lambda a, b: 1 - (a == 0) * (b == 0) + 0.0 * a + 0.0 * b,
    "logical_not": lambda a: (a == 0) + 0.0 * a,
    "where": lambda a, b, c: (a != 0) * b + (a == 0) * c + 0.0 * a,
    "maximum": anp.maximum,
    "minimum": anp.minimum,
    "clip": clip,
    "abs": anp.abs,
    "sign": lambda a: 1.0 * (a > 0) - 1.0 * (a < 0) + 0.0 * a,
    "floor": lambda a: getval(a) // 1 + 0.0 * a,
    "trunc": lambda a: anp.sign(getval(a)) * (abs(getval(a)) // 1) + 0.0 * a,
    "ceil": lambda a: -(-getval(a) // 1) + 0.0 * a,
    "round": lambda a: (getval(a) + 0.5) // 1 + 0.0 * a,
}
