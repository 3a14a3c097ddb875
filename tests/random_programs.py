"""Random programs of any length, written line by line and calculated as they are written, in autograd's NumPy."""

import autograd.numpy as anp
import numpy as np

DEFINITIONS = """\
def gate(x, k=2.0):
    h = sigmoid(x) * k
    h = h - 1
    return tanh(h + x)
def cross(p, q):
    s = p + q
    return tanh(s), p * 0.5 - gate(q, k=0.5)
def deep(x, n):
    hs = []
    for j in range(n):
        x = gate(x) * 0.9 + j
        hs.append(x)
    return sum(hs) / len(hs)
"""


# --- the language's names, in autograd's NumPy


def lin(x, w, b=0):
    return x @ w + b


def mse(pred, target):
    return anp.mean((target - pred) ** 2)


def softmax(x, axis=-1):
    e = anp.exp(x - anp.max(x, axis=axis, keepdims=True))
    return e / anp.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    return anp.log(softmax(x, axis))


def layer_norm(x, gamma=1, beta=0, eps=1e-5):
    centred = x - anp.mean(x, axis=-1, keepdims=True)
    return gamma * centred / anp.sqrt(anp.mean(centred**2, axis=-1, keepdims=True) + eps) + beta


def cross_entropy(logits, target):
    return -anp.mean(anp.sum(anp.eye(logits.shape[-1])[np.array(target)] * log_softmax(logits), axis=-1))


def attention(q, k, v):
    return softmax(q @ anp.swapaxes(k, -1, -2) / k.shape[-1] ** 0.5) @ v


def huber(pred, target, delta=1.0):
    size = abs(target - pred)
    inner = anp.minimum(size, delta)
    return anp.mean(inner * (size - 0.5 * inner))


def cosine_similarity(a, b):
    return anp.sum(a * b, axis=-1) / (anp.sqrt(anp.sum(a * a, axis=-1)) * anp.sqrt(anp.sum(b * b, axis=-1)))


def total(a, axis=None, keepdims=False):
    return sum(a[1:], a[0]) if isinstance(a, list) else anp.sum(a, axis=axis, keepdims=keepdims)


def largest(a, b=None, **more):
    return anp.max(a, **more) if b is None else anp.maximum(a, b)


def flip(a, axis):
    return a[tuple(slice(None, None, -1 if i == axis % a.ndim else 1) for i in range(a.ndim))]


NAMES = {name: getattr(anp, name) for name in (
    "tanh", "exp", "log", "sqrt", "sin", "cos", "arctan", "maximum", "minimum", "mean", "prod", "reshape", "concatenate", "stack",
    "var", "std", "cumsum", "outer", "einsum", "tile", "repeat", "roll", "trace", "expand_dims", "matmul", "logaddexp",
)} | {
    "np": anp, "flip": flip, "where": lambda c, a, b: c * a + (1 - c) * b, "sum": total, "max": largest,
    "relu": lambda a: anp.maximum(a, 0), "sigmoid": lambda a: 1 / (1 + anp.exp(-a)),
    "softplus": lambda a: anp.log1p(anp.exp(a)), "square": lambda a: a * a, "lin": lin, "mse": mse, "softmax": softmax,
    "log_softmax": log_softmax, "layer_norm": layer_norm, "cross_entropy": cross_entropy, "attention": attention, "huber": huber,
    "cosine_similarity": cosine_similarity, "silu": lambda a: a / (1 + anp.exp(-a)), "logsumexp": lambda a: anp.log(anp.sum(anp.exp(a))),
}  # fmt: skip


# --- the programs

INPUTS = {"x": (2, 3), "y": (2, 3), "v": (3,), "w": (3, 3), "z": (3, 2), "s": (), "r": (1, 3), "t": (2, 1), "q": (2, 3, 2)}
ONE = [
    "tanh({a})", "sigmoid({a}) * 2", "relu({a}) - 0.25", "exp(-{a} ** 2)", "log(2 + {a} * {a})", "sqrt(1 + square({a}))", "abs({a}) * 0.5",
    "sin({a}) + cos({a})", "-{a} + 1", "{a} / 3", "1 / (1 + {a} ** 2)", "2.0 ** ({a} / 4)", "({a} > 0.1) * {a} + 0.07", "softplus({a})",
    "np.exp({a} / 4)",
    "max(0, {a}) - 0.21", "max({a}, {c})", "where({a} > 0, {a}, 0.1 * {a})", "gate({a})", "gate({a}, 0.5)", "gate(k=3.0, x={a})",
    "deep({a}, 2)",
    "arctan({a})", "silu({a})", "np.tanh({a}) * np.pi", "0 - {a}", "maximum({a}, {c})", "minimum({c}, {a})",
]  # fmt: skip
TWO = [
    "{a} + {b}", "{a} - {b} * 0.5", "{a} * {b} / 2", "{a} / (1.5 + {b} ** 2)", "maximum({a}, {b})", "minimum({a}, {b})", "tanh({a} * {b})",
    "cross({a}, {b})[0]", "cross({a}, {b})[1] * 0.5", "where({a} > {b}, {a}, {b} * 2)", "(1 + {a} ** 2) ** ({b} / 8)",
    "logaddexp({a}, {b})",
    "({a} < {b}) * {a} + {b}",
]  # fmt: skip
BROAD = [
    "{a}.sum(axis={k})", "sum({a}, axis={k}, keepdims=True)", "mean({a}, axis={k})", "{a}.mean({k}, keepdims=True)", "np.max({a}, {k})",
    "max({a}, axis={k})", "var({a}, axis={k}) + 0.13", "softmax({a}, axis={k})", "log_softmax({a}, {k}) + 0.12", "cumsum({a}, axis={k})",
    "{a}[0]", "{a}[-1]",
    "{a}[None]", "{a}[..., 0]", "{a}[..., ::-1]", "{a}[:1]", "{a}[[0, 1, 0]]", "{a}[..., None]", "{a}.T", "{a}.reshape(-1)",
    "reshape({a}, (-1, 1))",
    "{a}.reshape(1, -1)", "flip({a}, {k})", "roll({a}, 1, {k})", "expand_dims({a}, 0)", "repeat({a}, 2, {k})", "stack([{a}, {a} * 2])",
    "stack([{a}, {a}], axis={k})", "concatenate([{a}, tanh({a})], axis={k})", "layer_norm({a}) + 0.11", "{a}.sum() * 0.2", "std({a})",
    "logsumexp({a})", "{a} * {a}.shape[0]", "{a} / len({a})", "{a} * [[0.5]]", "mse({a}, 0.5)", "huber({a}, 0.25)",
    "{a} - 0.9 * {a}.mean()",
]  # fmt: skip
WITH_INPUTS = [
    "lin(x, w, {v})", "x @ w + v", "w @ z", "x @ (w * s)", "mse(x, y)", "mse(lin(x, w), y) + mse(x, y)", "cross_entropy(x @ w, [0, 2])",
    "attention(x, y, x @ w)", "einsum('ij,kj->ik', x, y)", "outer(v, v) @ z", "cosine_similarity(x, y)", "q[:, 1:] * t[..., None]",
    "q[..., 1] + r",
    "trace(w) * s", "tile(r, (2, 1)) * x", "v[[0, 2]] * t", "np.matmul(x, z) / 2", "x[0] * y[1, 2] - v", "w[1:, :2] + t",
    "q.reshape(2, -1)[:, ::2]",
]  # fmt: skip
LARGEST = 60


class Writer:
    """Writes one program; a value that is written is calculated at once, so that shapes are known and numbers stay moderate."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.arrays = {name: self.rng.uniform(-1, 1, shape) for name, shape in INPUTS.items()}
        self.space = NAMES | self.arrays
        self.lines = []
        self.known = list(INPUTS)
        exec(DEFINITIONS, self.space)

    def one_of(self, items):
        return items[int(self.rng.integers(len(items)))]

    def value(self):
        return self.one_of(self.known[-8:] if self.rng.random() < 0.6 else self.known)

    def alone(self, name):
        # The numbers are odd ones, so that none meets a kink: a tie with a number is not shared here, and is by autograd.
        return self.one_of(ONE).format(a=name, c=round(self.rng.uniform(-0.5, 0.5), 6))

    def expression(self):
        kind = self.rng.random()
        a = self.value()
        if kind < 0.25:
            return self.alone(a)
        if kind < 0.5:
            return self.one_of(TWO).format(a=a, b=self.value())
        if kind < 0.85:
            rank = np.ndim(self.space[a])
            # Of single numbers autograd cannot index, and of one number the standard deviation has no derivative there.
            fits = [
                one
                for one in BROAD
                if (rank or ("{k}" not in one and "{a}[" not in one)) and ("std" not in one or np.std(self.space[a]) > 0)
            ]
            return self.one_of(fits).format(a=a, k=int(self.rng.integers(-1, max(rank, 1))))
        return self.one_of(WITH_INPUTS).format(v=self.one_of(["v", "s", "r"]))

    def statement(self, number):
        kind, old, one, two = self.rng.random(), self.value(), f"p{number}", f"q{number}"
        if kind < 0.6:
            return f"{one} = {self.expression()}", [one]
        if kind < 0.7:
            return f"{old} {self.one_of(['+=', '-=', '*='])} {self.alone(self.value())}", [old]
        if kind < 0.75:
            return f"{old} = {self.alone(old)}", [old]
        if kind < 0.8:
            return f"{one}, {two} = cross({self.value()}, {self.value()})", [one, two]
        if kind < 0.85:
            return f"{one}, {two} = {self.expression()}, {self.expression()}", [one, two]
        if kind < 0.95:
            body = f"{one} = tanh({one} * 0.5 + i * {self.value()})"
            return f"{one} = {self.value()}\nfor i in range({int(self.rng.integers(1, 4))}):\n    {body}", [one]
        lines = [f"hs{number} = []", f"for h in [{old}, {old} * 2]:", f"    hs{number}.append(gate(h))", f"{one} = stack(hs{number})[-1]"]
        return "\n".join([*lines, f"{two} = sum(hs{number}[1:]) + sum(hs{number}) + len(hs{number})"]), [one, two]

    def write(self, count):
        while len(self.lines) < count:
            text, made = self.statement(len(self.lines))
            # In Python += changes an array in place, and all that share its memory; a copy of each shares none.
            space = {name: np.array(one) if isinstance(one, np.ndarray) else one for name, one in self.space.items()}
            try:
                exec(text, space)
            except (ValueError, IndexError, np.exceptions.AxisError, TypeError):
                continue
            found = [space[name] for name in made]
            if any(np.size(one) > LARGEST or np.ndim(one) > 4 or not np.all(np.abs(one) < 20) for one in found):
                continue
            self.space = space
            self.lines.append(text)
            self.known = [name for name in self.known if name not in made] + made
        used = self.known[-6:] + list(INPUTS)
        self.lines.append("loss = " + " + ".join(f"mean({name})" for name in dict.fromkeys(used)))
        return DEFINITIONS + "\n".join(self.lines)
