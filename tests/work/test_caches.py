"""What is kept, and for how long."""

import threading

import pytest

from app.work import caches
from app.work.caches import Store, kept


@pytest.fixture
def store(monkeypatch):
    store = Store(1000)
    monkeypatch.setattr(caches, "store", store)
    return store


def test_what_was_made_is_not_made_again(store):
    made = []

    @kept("squares", lambda *_: 10)
    def square(number, *, sign=1):
        made.append(number)
        return sign * number * number

    assert [square(3), square(3), square(4), square(3, sign=-1)] == [9, 9, 16, -9]
    assert made == [3, 4, 3]
    assert (store.hits["squares"], store.misses["squares"], store.bytes["squares"]) == (1, 3, 30)


@pytest.mark.usefixtures("store")
def test_functions_of_one_name_do_not_mix():
    one = kept("both", lambda *_: 1)(lambda number: number)
    other = kept("both", lambda *_: 1)(lambda number: -number)
    assert (one(2), other(2), one(2)) == (2, -2, 2)


def test_the_budget_holds_for_all_caches_and_what_was_not_used_for_longest_goes(store):
    for number in range(5):
        store.put("a", number, number, 200)
    assert store.bytes.total() == 1000
    assert store.get("a", 0) == (True, 0)
    store.put("b", 0, "b", 200)
    assert store.get("a", 1) == (False, None)
    assert store.get("a", 0) == (True, 0)
    assert store.bytes == {"a": 800, "b": 200}


def test_what_is_too_large_is_not_kept(store):
    store.put("a", 1, "large", 251)
    assert store.get("a", 1) == (False, None)


def test_the_same_key_counts_once(store):
    for value in range(20):
        store.put("a", 1, value, 100)
    assert store.bytes["a"] == 100
    assert store.get("a", 1) == (True, 19)
    store.clear()
    assert store.bytes.total() == 0
    assert store.get("a", 1) == (False, None)


def test_threads_do_not_disturb_each_other(store):
    def fill(seed):
        for number in range(2000):
            store.put("a", (seed * number) % 37, number, 1 + number % 200)
            store.get("a", number % 37)

    threads = [threading.Thread(target=fill, args=(seed,)) for seed in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.bytes.total() == sum(size for _, size in store._found.values()) <= 1000
