"""Linear algebra in autograd's NumPy."""

import autograd.numpy as anp
import numpy as np


def outer(a, b):
    return anp.array([[x * y for y in b] for x in a])


def einsum(*operands, subscripts):
    """Every operand with all letters as axes, multiplied, and summed over the letters that the output lacks."""
    given, arrow, output = subscripts.replace(" ", "").partition("->")
    letters = sorted(set(given) - {","})
    if not arrow:
        output = "".join(letter for letter in letters if given.count(letter) == 1)
    product = 1.0
    for term, operand in zip(given.split(","), operands, strict=True):
        order = [term.index(letter) for letter in letters if letter in term]
        product = product * anp.reshape(
            anp.transpose(operand, order), [operand.shape[term.index(letter)] if letter in term else 1 for letter in letters]
        )
    product = anp.sum(product, axis=tuple(i for i, letter in enumerate(letters) if letter not in output))
    left = [letter for letter in letters if letter in output]
    return anp.transpose(product, [left.index(letter) for letter in output])


def diagonal(a, offset=0):
    m, n = a.shape[-2:]
    return anp.stack([a[..., i, i + offset] for i in range(m) if 0 <= i + offset < n], axis=-1)


def diag_embed(a, offset=0, shape=None):
    n = a.shape[-1]
    rows, columns = shape or (n + abs(offset),) * 2
    places = np.zeros((n, rows, columns))
    for i in range(n):
        places[i, i + max(0, -offset), i + max(0, offset)] = 1.0
    return anp.tensordot(a, places, axes=1)


def band(keep):
    def twin(a, k=0):
        m, n = a.shape[-2:]
        return a * np.array([[float(keep(j - i, k)) for j in range(n)] for i in range(m)])

    return twin


def solve(a, b):
    return (anp.linalg.inv(a) @ b[..., None])[..., 0] if b.ndim == 1 else anp.linalg.inv(a) @ b


def cofactor(a):
    return anp.linalg.det(a)[..., None, None] * anp.swapaxes(anp.linalg.inv(a), -1, -2)


TWINS = {
    "matmul": anp.matmul,
    "dot": anp.dot,
    "outer": outer,
    "einsum": einsum,
    "trace": lambda a: sum(a[..., i, i] for i in range(min(a.shape[-2:]))),
    "diagonal": diagonal,
    "diag": diag_embed,
    "diag_embed": diag_embed,
    "tril": band(lambda over, k: over <= k),
    "triu": band(lambda over, k: over >= k),
    "inv": anp.linalg.inv,
    "det": anp.linalg.det,
    "cofactor": cofactor,
    "logabsdet": lambda a: anp.linalg.slogdet(a)[1],
    "solve": solve,
    "cholesky": lambda a: anp.linalg.cholesky((a + anp.swapaxes(a, -1, -2)) / 2),
}
