"""What was made once and may be asked for again. All caches share one budget of bytes; what was not used for longest goes first."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LARGEST = 4
"""Nothing is kept that would take more than the budget divided by this."""


class Store:
    """The kept values of all caches, by cache and key, each with what it weighs."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.bytes: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        self._found: OrderedDict[tuple[str, Hashable], tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, cache: str, key: Hashable) -> tuple[bool, Any]:
        """Whether there is a value, and which."""
        with self._lock:
            kept = self._found.get((cache, key))
            if kept is None:
                self.misses[cache] += 1
                return False, None
            self._found.move_to_end((cache, key))
            self.hits[cache] += 1
            return True, kept[0]

    def put(self, cache: str, key: Hashable, value: Any, size: int) -> None:
        """Keeps a value that takes so many bytes, and lets go of others for it."""
        if size * LARGEST > self.most:
            return
        with self._lock:
            self._drop((cache, key))
            self._found[cache, key] = (value, size)
            self.bytes[cache] += size
            while self.bytes.total() > self.most:
                self._drop(next(iter(self._found)))

    def _drop(self, place: tuple[str, Hashable]) -> None:
        kept = self._found.pop(place, None)
        if kept is not None:
            self.bytes[place[0]] -= kept[1]

    def clear(self) -> None:
        """Forgets everything but the counts."""
        with self._lock:
            self._found.clear()
            self.bytes.clear()


store = Store(128 * 1024 * 1024)
"""That of this process."""


def kept(name: str, size: Callable[..., int]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keeps what a function returns, by its arguments, which are hashable.

    `size` is called with the result and the arguments, and says about how many bytes the result takes. `name` is that under which
    hits are counted: several functions may share one.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def found(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (function, args, *sorted(kwargs.items())) if kwargs else (function, args)
            there, value = store.get(name, key)
            if not there:
                value = function(*args, **kwargs)
                store.put(name, key, value, size(value, *args))
            return value  # type: ignore[no-any-return]

        return found

    return decorate


def kept_text(name: str) -> Callable[[Callable[P, str]], Callable[P, str]]:
    """Keeps a text that is made from a text."""
    return kept(name, lambda found, text, *_: 200 + 2 * (len(found) + len(text)))
