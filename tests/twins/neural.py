"""Operations of neural networks in autograd's NumPy: windows are cut out one by one, and numbers of rows read as plain numbers."""

import itertools

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval


def several(numbers, count):
    numbers = numbers if isinstance(numbers, tuple) else (numbers,)
    return numbers * count if len(numbers) == 1 else numbers


def padded(a, padding, value):
    """Grown by one border after the other: autograd has no pad with another value than 0."""
    for axis, p in zip(range(-len(padding), 0), padding, strict=True):
        if p:
            border = np.full([p if i == a.ndim + axis else n for i, n in enumerate(a.shape)], value)
            a = anp.concatenate([border, a, border], axis=axis)
    return a


def window_starts(shape, size, stride, dilation):
    return [range(0, n - d * (k - 1), s) for n, k, s, d in zip(shape, size, stride, dilation, strict=True)]


def unfold(a, size, stride=1, padding=0, dilation=1, value=0.0):
    size = size if isinstance(size, tuple) else (size,)
    n = len(size)
    stride, padding, dilation = (several(numbers, n) for numbers in (stride, padding, dilation))
    a = padded(a, padding, value)
    starts = window_starts(a.shape[-n:], size, stride, dilation)
    cut = [
        a[(..., *(slice(at, at + d * (k - 1) + 1, d) for at, k, d in zip(start, size, dilation, strict=True)))]
        for start in itertools.product(*starts)
    ]
    stacked = anp.stack(cut, axis=-n - 1)
    return anp.reshape(stacked, (*a.shape[:-n], *(len(every) for every in starts), *size))


def fold(a, shape, stride=1, padding=0, dilation=1):
    """Multiplied by the 0 and 1 that say which element of which window lies where."""
    shape = shape if isinstance(shape, tuple) else (shape,)
    n, size = len(shape), int(np.prod(shape))
    numbers = unfold(np.arange(1.0, size + 1).reshape(shape), a.shape[-n:], stride, padding, dilation)
    belongs = (numbers.reshape(-1, 1) == np.arange(1, size + 1)).astype(float)
    lead = a.shape[: -2 * n]
    return anp.reshape(anp.reshape(a, (*lead, -1)) @ belongs, (*lead, *shape))


def conv(a, b, stride=1, padding=0, dilation=1):
    """The sum over the places of the kernel, each times a slice of the argument."""
    n = b.ndim - 2
    stride, padding, dilation = (several(numbers, n) for numbers in (stride, padding, dilation))
    a = padded(a, padding, 0.0)
    counts = [len(every) for every in window_starts(a.shape[2:], b.shape[2:], stride, dilation)]
    total = 0.0
    for place in itertools.product(*map(range, b.shape[2:])):
        slices = (slice(i * d, i * d + s * (m - 1) + 1, s) for i, d, s, m in zip(place, dilation, stride, counts, strict=True))
        met = a[(slice(None), slice(None), *slices)]
        kernel = b[(slice(None), slice(None), *place)]
        total = total + anp.moveaxis(anp.tensordot(kernel, met, axes=[[1], [1]]), 0, 1)
    return total


def pool(n, pick, value):
    def twin(a, size, stride=None, padding=0):
        size = several(size, n)
        cut = unfold(a, size, size if stride is None else stride, padding, 1, value)
        return pick(cut, axis=tuple(range(-n, 0)))

    return twin


def seen(a):
    """Numbers of rows, as Python reads them."""
    return np.asarray(getval(a)).astype(int)


def unmoved(b):
    """0, but made of b: autograd sees it."""
    return 0.0 * anp.sum(b)


def take(a, b, axis=0):
    chosen = [a[(slice(None),) * (axis % a.ndim) + (int(i),)] for i in seen(b).ravel()]
    at = axis % a.ndim
    stacked = anp.stack(chosen, axis=at)
    return anp.reshape(stacked, (*a.shape[:at], *np.shape(b), *a.shape[at + 1 :])) + unmoved(b)


def put(a, b, size, axis=0):
    """Multiplied by the 0 and 1 that say which slice goes where."""
    at = axis % (np.ndim(a) - np.ndim(b) + 1)
    shape = np.shape(a)
    lead, tail = shape[:at], shape[at + np.ndim(b) :]
    goes = (np.arange(size)[:, None] == seen(b).ravel()).astype(float)
    flat = anp.reshape(a, (int(np.prod(lead)), np.size(seen(b)), int(np.prod(tail))))
    return anp.reshape(anp.matmul(goes, flat), (*lead, size, *tail)) + unmoved(b)


def take_along_axis(a, b, axis=-1):
    at = axis % a.ndim
    values = []
    for place in np.ndindex(b.shape):
        values.append(a[(*place[:at], int(seen(b)[place]), *place[at + 1 :])])
    return anp.reshape(anp.array(values), b.shape) + unmoved(b)


def put_along_axis(a, b, size, axis=-1):
    at = axis % a.ndim
    goes = (np.arange(size) == seen(b)[..., None]).astype(float)
    return anp.moveaxis(anp.sum(a[..., None] * goes, axis=at), -1, at) + unmoved(b)


def one_hot(a, classes):
    return np.eye(classes)[seen(a)] + unmoved(a)


def class_targets(a, shape):
    return 1.0 * a if a.shape == shape else one_hot(a, shape[-1])


def dropout(a, rate=0.5, seed=0):
    scale = [0.0 if number < rate else 1 / (1 - rate) for number in np.random.default_rng(seed).random(np.size(a))]
    return a * np.reshape(scale, np.shape(a))


TWINS = {
    "conv1d": conv,
    "conv2d": conv,
    "max_pool1d": pool(1, anp.max, -np.inf),
    "max_pool2d": pool(2, anp.max, -np.inf),
    "avg_pool1d": pool(1, anp.mean, 0.0),
    "avg_pool2d": pool(2, anp.mean, 0.0),
    "unfold": unfold,
    "fold": fold,
    "take": take,
    "put": put,
    "take_along_axis": take_along_axis,
    "put_along_axis": put_along_axis,
    "one_hot": one_hot,
    "class_targets": class_targets,
    "dropout": dropout,
}
