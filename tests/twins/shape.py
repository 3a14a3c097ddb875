"""What moves, repeats and chooses numbers, in autograd's NumPy."""

import autograd.numpy as anp
import numpy as np


def sum_to(a, shape):
    lead = a.ndim - len(shape)
    axes = (*range(lead), *(lead + i for i, size in enumerate(shape) if size != a.shape[lead + i]))
    return anp.reshape(anp.sum(a, axis=axes), shape)


def scatter(a, shape, index):
    """By a matrix that says which element of the result each element of a is added to."""
    places = np.arange(np.prod(shape)).reshape(shape)[plain(index)].ravel()
    matrix = np.zeros((int(np.prod(shape)), places.size))
    matrix[places, np.arange(places.size)] = 1.0
    return anp.reshape(anp.dot(matrix, anp.reshape(a, (-1,))), shape)


def plain(index):
    return tuple(list(item) if isinstance(item, tuple) else item for item in index) if isinstance(index, tuple) else index


def tile(a, repeats):
    """By one concatenation for each axis."""
    a = anp.reshape(a, (1,) * (len(repeats) - a.ndim) + a.shape)
    for axis, times in enumerate(reversed(repeats)):
        a = anp.concatenate([a] * times, -1 - axis)
    return a


def part_of(a, parts, axis, part):
    return anp.split(a, parts, axis)[part]


TWINS = {
    # autograd's own derivative of transpose is wrong for negative axes.
    "transpose": lambda a, axes: anp.transpose(a, axes and [axis % a.ndim for axis in axes]),
    "matrix_transpose": lambda a: anp.einsum("...ij->...ji", a),
    "swapaxes": anp.swapaxes,
    "reshape": anp.reshape,
    "flatten": lambda a, start: anp.reshape(a, (*a.shape[:start], -1)),
    "squeeze": anp.squeeze,
    "expand_dims": lambda a, axis: (
        anp.expand_dims(anp.expand_dims(a, axis[0]), axis[1]) if isinstance(axis, tuple) else anp.expand_dims(a, axis)
    ),
    "broadcast_to": lambda a, shape: a + anp.zeros(shape),
    "sum_to": sum_to,
    "getitem": lambda a, index: a[plain(index)],
    "scatter": scatter,
    "concatenate": lambda *args, axis: anp.concatenate(args, axis),
    "stack": lambda *args, axis: anp.concatenate([anp.expand_dims(a, axis) for a in args], axis),
    "split": part_of,
    "flip": lambda a, axis: a[tuple(slice(None, None, -1 if axis is None or axis % a.ndim == i else 1) for i in range(np.ndim(a)))],
    "roll": anp.roll,
    "pad": lambda a, widths, value: anp.pad(a, widths, mode="constant", constant_values=value),
    "repeat": lambda a, repeats, axis: anp.repeat(a, repeats, axis) if np.ndim(a) else anp.concatenate([anp.reshape(a, (1,))] * repeats),
    "tile": tile,
    "size": lambda a, axis: np.shape(a)[axis] + 0.0 * anp.sum(a) if axis is not None else np.size(a) + 0.0 * anp.sum(a),
    "full": lambda shape, value: np.full(shape, float(value)),
    "zeros": np.zeros,
    "ones": np.ones,
    "eye": lambda n: np.diag(np.ones(n)),
    "arange": lambda start, stop, step: np.arange(start, dtype=float) if stop is None else np.arange(start, stop, step, dtype=float),
    "linspace": np.linspace,
}
