"""Activation functions in autograd's NumPy, by their definitions."""

import math

import autograd.numpy as anp

from twins.elementwise import erf


def softplus(a):
    return anp.log(1 + anp.exp(a))


def sigmoid(a):
    return 1 / (1 + anp.exp(-a))


def elu(a, alpha):
    return anp.maximum(a, 0.0) + alpha * (anp.exp(anp.minimum(a, 0.0)) - 1)


def gelu(a, approximate):
    if approximate == "tanh":
        return 0.5 * a * (1 + anp.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))
    return 0.5 * a * (1 + erf(a / math.sqrt(2)))


def softmax(a, axis):
    return anp.exp(a) / anp.sum(anp.exp(a), axis=axis, keepdims=True)


TWINS = {
    "relu": lambda a: anp.maximum(a, 0.0),
    "leaky_relu": lambda a, slope: anp.where(a > 0, a, slope * a),
    "relu6": lambda a: anp.minimum(anp.maximum(a, 0.0), 6.0),
    "hardtanh": lambda a, low, high: anp.minimum(anp.maximum(a, low), high),
    "hardsigmoid": lambda a: anp.minimum(anp.maximum(a + 3, 0.0), 6.0) / 6,
    "elu": elu,
    "selu": lambda a: 1.0507009873554804934 * elu(a, 1.6732632423543772848),
    "sigmoid": sigmoid,
    "log_sigmoid": lambda a: -softplus(-a),
    "softplus": softplus,
    "softsign": lambda a: a / (1 + anp.abs(a)),
    "silu": lambda a: a / (1 + anp.exp(-a)),
    "mish": lambda a: a * anp.tanh(softplus(a)),
    "gelu": gelu,
    "softmax": softmax,
    "log_softmax": lambda a, axis: anp.log(softmax(a, axis)),
}
