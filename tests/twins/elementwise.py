"""Functions of each element, or of pairs, in autograd's NumPy; by another way than the table's where there is one."""

import math

import autograd.numpy as anp
import numpy as np
from autograd.extend import defvjp, primitive

ROOT_PI = 1.7724538509055160273


@primitive
def erf(a):
    return np.vectorize(math.erf, otypes=[float])(a)


@primitive
def erfc(a):
    return np.vectorize(math.erfc, otypes=[float])(a)


defvjp(erf, lambda out, a: lambda g: g * 2 * np.exp(-a * a) / ROOT_PI)  # noqa: ARG005 (autograd's own form)
defvjp(erfc, lambda out, a: lambda g: g * -2 * np.exp(-a * a) / ROOT_PI)  # noqa: ARG005

TWINS = {
    "exp": anp.exp,
    "expm1": lambda a: anp.exp(a) - 1,
    "exp2": lambda a: 2.0**a,
    "log": anp.log,
    "log1p": lambda a: anp.log(1 + a),
    "log2": lambda a: anp.log(a) / math.log(2),
    "log10": lambda a: anp.log(a) / math.log(10),
    "logaddexp": lambda a, b: anp.log(anp.exp(a) + anp.exp(b)),
    "square": lambda a: a * a,
    "sqrt": lambda a: a**0.5,
    "rsqrt": lambda a: a**-0.5,
    "hypot": lambda a, b: anp.sqrt(a**2 + b**2),
    "sin": anp.sin,
    "cos": anp.cos,
    "tan": lambda a: anp.sin(a) / anp.cos(a),
    "arcsin": anp.arcsin,
    "arccos": lambda a: math.pi / 2 - anp.arcsin(a),
    "arctan": anp.arctan,
    "arctan2": lambda a, b: 2 * anp.arctan(a / (anp.sqrt(a * a + b * b) + b)),
    "sinh": lambda a: (anp.exp(a) - anp.exp(-a)) / 2,
    "cosh": lambda a: (anp.exp(a) + anp.exp(-a)) / 2,
    "tanh": anp.tanh,
    "arcsinh": lambda a: anp.log(a + anp.sqrt(a * a + 1)),
    "arccosh": lambda a: anp.log(a + anp.sqrt(a * a - 1)),
    "arctanh": lambda a: (anp.log(1 + a) - anp.log(1 - a)) / 2,
    "erf": erf,
    "erfc": erfc,
}
