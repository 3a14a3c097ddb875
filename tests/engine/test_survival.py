"""Parsing survives anything, quickly: whatever the text, it is a program or one of our own errors."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.parser import parse
from app.errors import CurlydError, LimitError, ProgramError


def chain(first, step, last, count=60):
    """Definitions or statements that each hold the one before twice."""
    return "\n".join([first, *(step.format(i=i, j=i - 1) for i in range(1, count + 1)), last])


HOSTILE = {
    "a million parentheses": "y = " + "(" * 1_000_000 + "a" + ")" * 1_000_000,
    "200,000 parentheses": "(" * 200_000,
    "100,000 signs": "y = " + "-" * 100_000 + "a",
    "100,000 brackets": "y = " + "[" * 100_000,
    "a long chain of attributes": "y = a" + ".T" * 50_000,
    "a long chain of powers": "y = " + "a ** " * 20_000 + "a",
    "calls within calls": "y = " + "relu(" * 900 + "a" + ")" * 900,
    "a chain of methods": "y = a" + ".relu()" * 900,
    "a chain of indices": "y = a" + "[0]" * 1_900,
    "a chain of shapes": "y = a" + ".shape" * 900,
    "a chain of sizes": "y = " + "(" * 90 + "a" + " + b).shape[0]" * 90,
    "a long sum": "y = " + " + ".join(["a"] * 10_000),
    "a long sum of numbers": "y = a * (" + " + ".join(["1"] * 1_900) + ")",
    "an axis with many signs": "y = sum(a, axis=" + "-" * 1_900 + "1)",
    "a default with many signs": "def f(x, k=" + "-" * 1_900 + "1):\n    return x\ny = f(z=1)",
    "many signs in place": "y = a\ny += " + "-" * 1_900 + "a",
    "null bytes": "y = a\x00\x00",
    "a right-to-left mark": "y = a\u202e",
    "half a character": "y = a\ud800",
    "dunders": "y = ().__class__.__bases__[0].__subclasses__()",
    "a class by its name": "y = __class__",
    "imports": "y = __import__('os').system('true')",
    "defs that call twice": chain("def f0(x):\n    return x * 2", "def f{i}(x):\n    return f{j}(f{j}(x))", "y = f60(a)"),
    "defs that call twice and make nothing": chain("def f0(x):\n    return x", "def f{i}(x):\n    return f{j}(f{j}(x))", "y = f60(a)"),
    "defs that add": chain("def f0(x):\n    return x", "def f{i}(x):\n    return f{j}(x) + f{j}(x)", "y = f60(a)"),
    "defs of lists": chain("def f0():\n    return 2", "def f{i}():\n    return [f{j}(), f{j}()]", "y = f60()"),
    "lists of lists of numbers": chain("x0 = [1, 2]", "x{i} = [x{j}, x{j}]", "y = sum(x60)"),
    "lists of lists": chain("x0 = [a, 2]", "x{i} = [x{j}, x{j}]", "y = stack(x60)"),
    "lists that double": chain("x0 = [a, a]", "x{i} = x{j} + x{j}", "y = stack(x60)"),
    "tuples that double": chain("x0 = (1, 2)", "x{i} = x{j} + x{j}", "y = stack(x60)"),
    "lists that double in a loop": "hs = [a]\nfor i in range(60):\n    hs = hs + hs\ny = stack(hs)",
    "sizes that double": chain("n0 = x.shape[0]", "n{i} = n{j} + n{j}", "y = reshape(x, (n60, 1))"),
    "sizes in many steps": chain("n0 = x.shape[0]", "n{i} = n{j} + 1", "y = sum(x * n3000)", 3_000),
    "shapes that double": chain("s0 = x.shape", "s{i} = s{j} + s{j}", "y = reshape(x, s60)"),
    "shapes of shapes": chain("s0 = x.shape", "s{i} = (s{j}, s{j})", "y = reshape(x, s60)"),
    "tuples of tuples": chain("s0 = a.shape[0]", "s{i} = (s{j}, 2)", "y = sum(s5000)", 5_000),
    "numbers that double": chain("n0 = 2", "n{i} = n{j} * n{j}", "y = sum(x, axis=n60)"),
    "a billion passes": "for i in range(10**9):\n    y = a * i",
    "a billion empty passes": "for i in range(10**9):\n    pass",
    "more passes than there are": "for i in range(10**10**7):\n    y = a",
    "loops in loops": "".join(f"{' ' * i}for i{i} in range(100):\n" for i in range(15)) + " " * 15 + "y = a",
    "a huge power": "y = 10**10**7 * a",
    "a huge axis": "y = sum(a, axis=10**30)",
    "a huge index": "y = a[10**400] + a[99999999999999999999]",
    "a huge number": "y = a * " + "9" * 4_000,
    "a huge hexadecimal number": "y = a * 0x" + "f" * 5_000,
    "a huge shape": "y = zeros((10**9, 10**9)) * a",
    "a huge range": "y = sum(arange(10**12))",
    "a list in itself": "hs = []\nhs.append(hs)\ny = sum(hs) + stack(hs)",
    "a list that grows as it is read": "hs = [a]\nfor h in hs:\n    hs.append(h)\ny = sum(hs)",
    "defs that call each other": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\ny = f(a)",
    "a def that calls itself": "def f(x):\n    return f(x)\ny = f(a)",
    "calls nested in defs": chain("def f0(x):\n    return x * 2", "def f{i}(x):\n    return f{j}(x).shape[0] * x", "y = f60(a)"),
    "a long list": "y = [" + ", ".join(["1"] * 80_000) + "]\nz = sum(y)",
    "a long list read often": "xs = [" + ", ".join(["1"] * 40_000) + "]\n" + "y = xs + [a]\n" * 5_000,
    "5,000 statements": "\n".join(f"y{i} = a * {i}" for i in range(5_000)),
    "5,000 values of a name": "y = a\n" + "y = y * 2 + 1\n" * 5_000,
    "1,500 calls": "y = a\n" + "\n".join(f"y = mse(y, {i})" for i in range(1_500)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_parsing_survives(text):
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("name", ["100,000 signs", "a long chain of attributes", "a long chain of powers"])
def test_what_is_nested_too_deeply_is_refused(name):
    with pytest.raises(ProgramError, match="nested"):
        parse(HOSTILE[name])


@pytest.mark.parametrize("name", ["defs that call twice", "defs that call twice and make nothing", "a billion passes", "lists that double"])
def test_what_is_too_much_is_a_limit(name):
    with pytest.raises(LimitError):
        parse(HOSTILE[name])


@pytest.mark.parametrize("name", ["a long sum of numbers", "a chain of methods", "5,000 statements", "1,500 calls", "many signs in place"])
def test_what_is_merely_long_is_a_program(name):
    assert parse(HOSTILE[name]).statements


def test_sum_of_500_terms_is_a_program():
    assert len(parse("y = " + " + ".join(["a"] * 500)).nodes) == 500


TOKENS = [
    "a", "b", "y", "u1", "=", "\n", " ", "  ", "+", "-", "*", "/", "**", "@", "(", ")", ",", ".T", "0", "1", "2.5", "1e999", ">",
    "==", "sum", "mean", "relu", "maximum", "reshape", "transpose", "axis=", "keepdims=True", "axes=", "(0, 1)", "-1", "None", ";",
    ":", "[", "]", "#", "\t", "\r", "\\", "'", '"', "if", "lambda", "for", "é", "∂", "\u200b", "\x00", "0x", "1_", "..", "f'{a}'",
    "~", "%", "^", "//",
]  # fmt: skip
PHRASES = [
    "a", "b", "hs", "f", "n", "x", "y", "c__2", "mse.diff", "0", "1", "-1", "2.5", "[1, 2]", "[[1, 2], [3, 4]]", "[]", "(1, 2)", "None",
    "...",
    " + ", " - ", " * ", " @ ", " ** ", " // ", " > ", " == ", " & ", "~", "-", "(", ")", "[", "]", ", ", ":", ".", "=", " = ", " += ",
    "\n", "\n    ", "\n        ", "for i in range(2):\n    ", "for h in hs:\n    ", "def f(x, k=1):\n    ", "return ", "hs.append(", "i",
    "h",
    "sum(", "max(", "np.max(", "x.max(", "stack(", "concatenate(", "reshape(", "mse(", "lin(", "f(", "len(", "range(", "split(",
    "einsum('ij->ji', ",
    "axis=", "dim=", "keepdim=True", ".T", ".shape", ".shape[0]", ".size(", ".mean(", ".reshape(", ".transpose(0, 1)", ".float()",
    "np.pi", "torch.",
    "F.softmax(", "np.newaxis", "float('inf')", "torch.var(", "unbiased=False", "where(", "attention(", "slogdet(", "x, y = ", "pass",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
@example("\ud800")
@example("y = a\rz = b")
@example("y = '\\N{x}'")
@example("# -*- coding: rot13 -*-\ny = a")
@example("y = b'\\xff'")
def test_any_text_is_a_program_or_refused_in_our_own_words(text):
    read(text)


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
def test_any_tokens_are_a_program_or_refused_in_our_own_words(text):
    read(text)
    read(f"y = {text}")


@settings(deadline=None, max_examples=1_000)
@given(st.lists(st.sampled_from(PHRASES), max_size=20).map("".join))
def test_any_phrases_are_a_program_or_refused_in_our_own_words(text):
    read(text)
    read(f"hs = [a, b]\nn = 2\ndef f(x, k=1):\n    return x * k\ny = {text}")


def read(text):
    try:
        program = parse(text)
    except CurlydError as error:
        lines = max(text.count("\n") + text.count("\r") + 1, 1)
        for found in error.faults:
            if found.line is not None:
                assert 1 <= found.line <= lines
                assert 1 <= found.column <= found.end_column
    else:
        assert program.statements
        assert all(arg < index for index, node in enumerate(program.nodes) for arg in node.args)
        assert len({item.name for item in (*program.inputs, *program.statements)}) == len(program.inputs) + len(program.statements)
