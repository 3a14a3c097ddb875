"""Definitions, loops and lists: inlined and unrolled, each call and each pass a group of its own."""

import pytest
from small_programs import last

from app.engine.parser import parse
from app.engine.program import Place


def named(text):
    """All statements as name and group."""
    return [(item.name, item.group) for item in parse(text).statements]


# --- definitions


DOUBLE = "def f(x):\n    return x * 2\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DOUBLE + "L = f(a)", 10.0),
        (DOUBLE + "L = f(f(f(a)))", 40.0),
        (DOUBLE + "L = a.f()", 10.0),
        (DOUBLE + "z = f(a)\nL = z * z", 100.0),
        (DOUBLE + "L = f(x=a)", 10.0),
        ("def f(x, k=2):\n    return x * k\nL = f(a) + f(a, 3) + f(a, k=4) + f(k=1, x=a)", 50.0),
        ("def f(x, y=1, z=-1):\n    return x * 100 + y * 10 + z\nL = f(c, z=3) + f(c)", 213.0 + 209.0),
        ("def f(x, axis=None):\n    return sum(x, axis=axis)\nL = f(x) + f(x, 0)[0]", 26.0),
        ("k = 4\ndef f(x, k=k):\n    return x * k\nL = f(a)", 20.0),
        ("def f(p, q):\n    return p - q\nL = f(q=a, p=b)", -2.0),
        ("def f():\n    return a\nL = f() * 2", 10.0),
        ("def f(x):\n    return x\nL = f(a) * 2", 10.0),
        ("def f(x):\n    return x\nL = f(a)", 5.0),
        ("def f(x):\n    return 3\nL = f(a) * b", 9.0),
        ("def f(x):\n    return x * 2, x * 3\np, q = f(a)\nL = p * q", 150.0),
        ("def f(x):\n    return x * 2, x * 3\nL = f(a)[1]", 15.0),
        ("def f(x):\n    return x, 2\np, n = f(a)\nL = p * n", 10.0),
        ("def f(a):\n    return a * 2\nL = f(b) * 100 + a", 605.0),
        ("g = 4\ndef f(x):\n    return x * g\nL = f(a)", 20.0),
        ("def f(x):\n    return x * g\ng = 3 * b\nL = f(a)", 45.0),
        ("def f(x):\n    g = x + 1\n    return g\ng = b\nL = f(a) * g", 18.0),
        ("def f(x):\n    x = x + 1\n    x += 1\n    return x\nL = f(a) * a", 35.0),
        ("def relu(x):\n    return x * 100\nL = relu(c)", 200.0),
        ("def relu(x):\n    return x * 100\nL = F.relu(c)", 2.0),
        ("def mse(p, t):\n    return p * t\nL = mse(a, b)", 15.0),
        ("def nll_loss(p, t):\n    return cross_entropy(p, t) * 0 + 7\nL = nll_loss(x, [0, 1])", 7.0),
        ("def f(x):\n    'what it is'\n    return x\nL = f(a)", 5.0),
        ("def g(x):\n    return x + 1\ndef f(x):\n    return g(x) * 2\nL = f(a)", 12.0),
        ("def f(x):\n    return g(x) * 2\ndef g(x):\n    return x + 1\nL = f(a)", 12.0),
        ("def f(x):\n    hs = []\n    for i in range(3):\n        hs.append(x * i)\n    return stack(hs)\nL = sum(f(a))", 15.0),
        ("def f(hs):\n    return hs[0] + hs[1]\nL = f([a, b])", 8.0),
        ("def f(x, n=2):\n    for i in range(n):\n        x = x * 2\n    return x\nL = f(a) + f(a, 3)", 60.0),
    ],
)
def test_a_def_is_inlined_at_each_call(text, expected):
    assert last(text) == expected


def test_a_name_that_is_read_in_a_def_before_it_has_a_value_is_an_input():
    program = parse("def f(x):\n    return x * g\nL = f(a)\ng = 5\nM = L * g")
    assert [(item.name, item.literal) for item in program.inputs] == [("a", None), ("g", None), ("g__2", 5)]
    assert program.inputs[1].place == Place(2, 16, 17)


def test_the_prelude_does_not_see_the_program():
    assert last("inf = 3\nsize = 2\nL = sum(softmax(x @ x.T + causal_mask(2))[0]) * inf") == 3.0


def test_calls_are_groups():
    program = parse("def f(x):\n    h = x + 1\n    return h * h\nL = f(f(a)) * 2")
    assert [(g.id, g.name, g.is_call, g.parent) for g in program.groups] == [("f", "f", True, None), ("f__2", "f", True, None)]
    assert named(program.text) == [("f.h", "f"), ("f", "f"), ("f__2.h", "f__2"), ("f__2", "f__2"), ("L", None)]
    assert [program.nodes[i].op for i in range(program.groups[0].start, program.groups[0].stop)] == ["constant", "add", "multiply"]
    assert program.groups[0].args == (0,)
    assert program.groups[0].results == (3,)
    assert program.groups[1].args == (3,)
    assert program.groups[1].place == Place(4, 5, 12)


def test_calls_within_calls_are_groups_within_groups():
    program = parse("L = cross_entropy(x, k)")
    assert [(g.id, g.parent) for g in program.groups] == [("cross_entropy", None), ("cross_entropy.nll_loss", "cross_entropy")]
    outer, inner = program.groups
    assert outer.start < inner.start < inner.stop <= outer.stop
    assert ("cross_entropy.nll_loss.picked", "cross_entropy.nll_loss") in named(program.text)


def test_several_results_of_a_call_have_names_of_their_own():
    assert named("def f(x):\n    return x * 2, x * 3\nL = f(a)[0] * f(a)[1]") == [
        ("f.out1", "f"), ("f.out2", "f"), ("f__2.out1", "f__2"), ("f__2.out2", "f__2"), ("L", None),
    ]  # fmt: skip
    assert named("def f(x):\n    return x * 2, x * 3\np, q = f(a)\nL = p * q") == [("p", None), ("q", None), ("L", None)]


@pytest.mark.parametrize(
    "text", [DOUBLE + "hs = [f(a), f(b)]\nL = hs[0]", DOUBLE + "hs = []\nL = a * 2\nhs.append(f(L))", DOUBLE + "y = f(a)\nL = y"]
)
def test_the_last_statement_is_the_last_that_the_text_names(text):
    program = parse(text)
    assert program.statements[-1].name == "L"
    assert len({item.name for item in program.statements}) == len(program.statements)


# --- loops and lists


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L = a\nfor i in range(3):\n    L = L * 2", 40.0),
        ("L = a\nfor i in range(1, 6, 2):\n    L = L + i", 14.0),
        ("L = a\nfor i in range(2, 0, -1):\n    L = L * 10 + i", 521.0),
        ("L = a\nfor i in range(0):\n    L = L * 2", 5.0),
        ("L = a * 0\nfor i in range(3):\n    L = L + i * u[i]", 8.0),
        ("L = a\nfor i in range(2):\n    for j in range(i + 1):\n        L = L * 10 + i + j", 5012.0),
        ("L = a\nfor t in [1, 2, 3]:\n    L = L * t", 30.0),
        ("L = a\nfor t in (b, c):\n    L = L * t", 30.0),
        ("L = 0\nfor h in [a, b, c]:\n    L += h", 10.0),
        ("hs = [a, b, c]\nL = 0\nfor h in hs[1:]:\n    L += h", 5.0),
        ("L = a\nfor i in range(2): L = L + 1\nM = L * i", 7.0),
        ("hs = []\nfor i in range(3):\n    hs.append(a * i)\nL = hs[-1] + 100 * len(hs) + sum(hs)", 325.0),
        ("hs = []\nfor i in range(2):\n    hs.append(u @ w)\nL = sum(stack(hs)) + sum(concatenate(hs))", 32.0),
        ("hs = []\nfor i in range(3):\n    hs.append(u * i)\nL = sum(hs)[1] + stack(hs[1:])[1, 2] + concatenate(hs)[5]", 6 + 6 + 3),
        ("hs = [a]\nhs = hs + [b]\nhs += [c]\nL = hs[0] * 100 + hs[1] * 10 + hs[2]", 532.0),
        ("hs = [a, b, c]\nL = hs[0:2][1] + hs[::-1][0]", 5.0),
        ("hs = []\nfor i in range(3):\n    hs.append(i)\nL = u[hs[2]] + sum(hs) + sum(x, axis=hs[1])[0]", 3 + 3 + 6),
        ("L = sum([a, b, c]) + max([a, b, c]) * 10 + min([a, b, c]) * 100", 260.0),
        ("hs = [a, b]\nL = max(hs) - min(hs)", 2.0),
        ("hs = []\nbs = hs\nbs.append(a)\nL = hs[0]", 5.0),
    ],
)
def test_loops_are_unrolled_and_lists_collect_values(text, expected):
    assert last(text) == expected


def test_passes_of_a_loop_are_groups():
    program = parse("h = a\nfor t in range(2):\n    z = h * 2\n    h = z + t\nL = h")
    assert [(g.id, g.name, g.is_call, g.parent) for g in program.groups] == [
        ("t=0", "t = 0", False, None), ("t=1", "t = 1", False, None),
    ]  # fmt: skip
    assert named(program.text) == [
        ("h", None), ("z", "t=0"), ("h__2", "t=0"), ("z__2", "t=1"), ("h__3", "t=1"), ("L", None),
    ]  # fmt: skip


def test_loops_within_loops_and_calls_are_groups_within_groups():
    program = parse("L = a\nfor i in range(2):\n    for j in range(2):\n        L = L * 2")
    assert [(g.id, g.parent) for g in program.groups] == [
        ("i=0", None), ("j=0", "i=0"), ("j=1", "i=0"), ("i=1", None), ("j=0__2", "i=1"), ("j=1__2", "i=1"),
    ]  # fmt: skip
    program = parse("def f(x):\n    for i in range(1):\n        x = x * 2\n    return x + 1\nL = f(a)")
    assert [(g.id, g.parent) for g in program.groups] == [("f", None), ("f.i=0", "f")]
    assert named(program.text) == [("f.x", "f.i=0"), ("L", None)]


def test_passes_over_a_list_are_numbered():
    assert [g.id for g in parse("L = 0\nfor h in [a, b]:\n    L = L + h").groups] == ["h=0", "h=1"]
    assert [g.id for g in parse("L = a\nfor h in [3, 7]:\n    L = L + h").groups] == ["h=3", "h=7"]
