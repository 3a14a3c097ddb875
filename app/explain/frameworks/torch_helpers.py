"""Functions that printed programs bring along, as source text, in PyTorch."""

from __future__ import annotations

from app.explain.frameworks.helpers import sources

SOURCES = sources(
    '''
    def at_least(a, constant):
        """The larger of a and a constant, with derivative 0 at a tie."""
        return torch.where((a > constant) | torch.isnan(a), a, constant)
    ''',
    '''
    def at_most(a, constant):
        """The smaller of a and a constant, with derivative 0 at a tie."""
        return torch.where((a < constant) | torch.isnan(a), a, constant)
    ''',
    '''
    def clip_inside(a, min=-torch.inf, max=torch.inf):
        """The number from min to max that is nearest to a, with derivative 0 at either bound."""
        return torch.where((a > min) & (a < max), a, torch.clamp(a.detach(), min, max))
    ''',
    '''
    def sign(a):
        """1, -1 or 0; of NaN, NaN."""
        return torch.where(torch.isnan(a), a, torch.sign(a))
    ''',
    '''
    def hypot(a, b):
        """The square root of a * a + b * b, with derivative 0 where both are 0."""
        zero = (a == 0) & (b == 0)
        return torch.where(zero, 0.0, torch.hypot(torch.where(zero, 1.0, a), b))
    ''',
    '''
    def softsign(a):
        """a / (1 + |a|), and 1 or -1 at infinity."""
        return torch.where(torch.isinf(a), torch.sign(a), a / (1 + torch.abs(a)))
    ''',
    '''
    def not_below(a):
        """Minus infinity drawn in to the lowest number, so that times 0 it comes out as 0."""
        return torch.clamp(a, min=torch.finfo(torch.float64).min)
    ''',
    '''
    def silu(a):
        """a times sigmoid(a)."""
        return not_below(a) * torch.sigmoid(a)
    ''',
    '''
    def mish(a):
        """a times tanh(softplus(a))."""
        return not_below(a) * torch.tanh(F.softplus(a, threshold=40))
    ''',
    '''
    def gelu(a):
        """a times the share of a bell curve that lies below a."""
        return not_below(a) * (0.5 * torch.erfc(-a / math.sqrt(2)))
    ''',
    '''
    def gelu_by_tanh(a):
        """gelu, with (1 + tanh(x)) / 2 = sigmoid(2 * x) for the bell curve's share."""
        return not_below(a) * torch.sigmoid(2 * math.sqrt(2 / math.pi) * (a + 0.044715 * a * a * a))
    ''',
    '''
    def softmax(a, axes):
        """exp(a) divided by its sum over several axes."""
        e = torch.exp(a - torch.amax(a, dim=axes, keepdim=True))
        return e / torch.sum(e, dim=axes, keepdim=True)
    ''',
    '''
    def log_softmax(a, axes):
        """The logarithm of softmax over several axes, without overflow."""
        return a - torch.logsumexp(a, dim=axes, keepdim=True)
    ''',
    '''
    def std(a, axes, keepdims, ddof):
        """The standard deviation, exactly 0 where all elements are equal; its derivative is 0 there."""
        options = {"dim": axes, "keepdim": keepdims}
        equal = torch.amax(a, **options) == torch.amin(a, **options)
        variance = torch.var(a, correction=ddof, **options)
        return torch.where(equal, 0.0, torch.sqrt(torch.where(equal, 1.0, variance)))
    ''',
    '''
    def singular(a):
        """Which matrices have no inverse."""
        sign, logarithm = torch.linalg.slogdet(a)
        return ((sign == 0) | torch.isnan(logarithm))[..., None, None]
    ''',
    '''
    def inv(a):
        """The inverse of each matrix; NaN where there is none."""
        sick = singular(a)
        healthy = torch.where(sick, torch.eye(a.shape[-1]), a)
        return torch.where(sick, torch.nan, torch.linalg.inv(healthy))
    ''',
    '''
    def solve(a, b):
        """What each matrix a must be multiplied by to give b; NaN where it has no inverse."""
        sick = singular(a)
        out = torch.linalg.solve(torch.where(sick, torch.eye(a.shape[-1]), a), b)
        return torch.where(sick[..., 0] if b.ndim == 1 else sick, torch.nan, out)
    ''',
    '''
    def cholesky(a):
        """The lower triangular L for which L @ L.T is the symmetric part of a."""
        return torch.linalg.cholesky((a + a.mT) / 2)
    ''',
    '''
    def cholesky_or_nan(a):
        """L for which L @ L.T is the symmetric part of a; NaN where there is none."""
        lower, failed = torch.linalg.cholesky_ex((a + a.mT) / 2)
        return torch.where((failed != 0)[..., None, None] | torch.isnan(lower), torch.nan, lower)
    ''',
    '''
    def cofactor(a):
        """The matrix of cofactors: det(a) * inv(a).T, but of a singular matrix too."""
        finite = torch.isfinite(a).all(dim=-1, keepdim=True).all(dim=-2, keepdim=True)
        u, s, vt = torch.linalg.svd(torch.where(finite, a, torch.eye(a.shape[-1])))
        same = torch.eye(a.shape[-1], dtype=torch.bool)
        others = torch.where(same, 1.0, s[..., None, :]).prod(dim=-1)
        sign = torch.sign(torch.linalg.det(u) * torch.linalg.det(vt)).detach()[..., None]
        return torch.where(finite, (u * (sign * others)[..., None, :]) @ vt, torch.nan)
    ''',
    '''
    def places_of(shape, index):
        """Where in a row of all numbers of a shape those at an index stand."""
        return torch.as_tensor(np.arange(math.prod(shape)).reshape(shape)[index].copy())
    ''',
    '''
    def picked(a, index):
        """The elements of a at an index that may go backwards."""
        return a.reshape(-1)[places_of(a.shape, index)]
    ''',
    '''
    def scatter(a, shape, index):
        """Zeros of a shape, with a added at the places of an index."""
        places = places_of(shape, index).reshape(-1)
        return torch.zeros(math.prod(shape)).index_add(0, places, a.reshape(-1)).reshape(shape)
    ''',
    '''
    def there(b, size):
        """Which numbers in b name one of so many places."""
        return (b > -size - 0.5) & (b < size - 0.5)
    ''',
    '''
    def places(b, size):
        """The places that numbers name, counted from 0 on."""
        return torch.where(there(b, size), torch.round(b), 0.0).long() % size
    ''',
    '''
    def take(a, b, axis):
        """The slices of a along an axis, chosen by the whole numbers in b; NaN where there is none."""
        size = a.shape[axis]
        inside = there(b, size).reshape(b.shape + (1,) * (a.ndim - axis - 1))
        return torch.where(inside, a[(slice(None),) * axis + (places(b, size),)], torch.nan)
    ''',
    '''
    def put(a, b, size, axis):
        """Zeros, with the slices of a added along an axis, each where its whole number in b says."""
        lead, tail = a.shape[:axis], a.shape[axis + b.ndim :]
        found = torch.where(there(b, size).reshape(b.shape + (1,) * len(tail)), a, 0.0)
        out = torch.zeros(*lead, size, *tail)
        return out.index_add(axis, places(b, size).reshape(-1), found.reshape(*lead, -1, *tail))
    ''',
    '''
    def take_along_axis(a, b, axis):
        """Elements of a, chosen along an axis by the whole numbers in b; NaN where there is none."""
        size = a.shape[axis]
        return torch.where(there(b, size), torch.gather(a, axis, places(b, size)), torch.nan)
    ''',
    '''
    def put_along_axis(a, b, size, axis):
        """Zeros, with the elements of a added along an axis, each where its whole number in b says."""
        out = torch.zeros(*a.shape[:axis], size, *a.shape[axis + 1 :])
        return out.scatter_add(axis, places(b, size), torch.where(there(b, size), a, 0.0))
    ''',
    '''
    def one_hot(a, classes):
        """For each whole number in a, a row of zeros with 1 at that place, or NaN."""
        hits = torch.round(a)[..., None] == torch.arange(classes)
        return torch.where(hits.any(dim=-1, keepdim=True), hits.double(), torch.nan)
    ''',
    '''
    def dropout(a, rate, seed):
        """a without a share of its elements, the others made larger; the seed says which."""
        kept = torch.as_tensor(np.random.default_rng(seed).random(a.shape) >= rate)
        return torch.where(kept, a / (1 - rate), 0.0)
    ''',
    '''
    def unfold(a, size, stride, padding, dilation, value=0):
        """The windows of a along its last axes, each with axes of its own at the end."""
        n = len(size)
        a = F.pad(a, [p for p in reversed(padding) for _ in (0, 1)], value=value)
        index = []
        for i in range(n):
            count = (a.shape[i - n] - dilation[i] * (size[i] - 1) - 1) // stride[i] + 1
            steps = torch.arange(count)[:, None] * stride[i] + torch.arange(size[i]) * dilation[i]
            shape = [1] * i + [count] + [1] * (n - 1) + [size[i]] + [1] * (n - 1 - i)
            index.append(steps.reshape(shape))
        return a[(..., *index)]
    ''',
    '''
    def fold(a, shape, stride, padding, dilation):
        """Windows added back to where they came from; place 0 is the padding."""
        n, count = len(shape), math.prod(shape)
        numbers = torch.arange(1, count + 1).reshape(shape)
        spots = unfold(numbers, a.shape[-n:], stride, padding, dilation).reshape(-1)
        lead = a.shape[: -2 * n]
        out = torch.zeros(*lead, count + 1).index_add(-1, spots, a.reshape(*lead, -1))
        return out[..., 1:].reshape(*lead, *shape)
    ''',
)
