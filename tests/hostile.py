"""What an attacker may send: a table of requests, each with the status that is an honest answer to it.

Everything large is made when it is sent, not when the table is: the table itself costs nothing.
"""

import bz2
import functools
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRAPH = "/api/v1/graph"
BODY_BYTES = 8 * 1024 * 1024

PROBLEM, PAGE, LIVE = "problem", "page", "live"
"""How a failure is answered: as a document; in the page, where a form was sent; within what the live page gets, with status 200."""

SEED = """u1 = x @ w1 + b1
u2 = maximum(0, u1)
u3 = u2 @ w2 + b2
u4 = y - u3
u5 = u4 ** 2
MSE = mean(u5)
"""
NUMBERS = {
    "x": [[1.0, 2.0], [-1.0, 0.5], [0.3, -1.2]],
    "y": [[1.0], [0.0], [-1.0]],
    "w1": [[0.5, -1.0, 0.8], [0.9, 0.25, -0.6]],
    "b1": [0.1, -0.2, 0.3],
    "w2": [[1.2], [-0.7], [0.4]],
    "b2": [0.05],
}


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `body` is bytes, or makes them, or an iterator of chunks, when it is called."""

    name: str
    expected: frozenset[int]
    body: bytes | Callable[[], Any] | None = None
    path: str = GRAPH
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    answer: str = PROBLEM

    def content(self):
        return self.body() if callable(self.body) else self.body


CASES = []


def case(name, expected, body=None, **more):
    """Adds a case; one status, or several where more than one is honest."""
    expected = frozenset([expected] if isinstance(expected, int) else expected)
    CASES.append(Case(name, expected, body, **more))


def program(name, expected, text, inputs=None, **more):
    """Adds a program; `text` may be a function that writes it. `more` are fields of the request, and `path`."""
    path = more.pop("path", GRAPH)

    def body():
        wanted = text() if callable(text) else text
        given = inputs() if callable(inputs) else {"x": 2} if inputs is None else inputs
        return json.dumps({"program": wanted, "inputs": given, **more}).encode()

    case(f"program: {name}", expected, body, path=path)


OK, BAD = 200, 422
EITHER = (200, 422)

# Programs that nest

DEEP = 10_000
for opening, closing, what in (
    ("(", ")", "parentheses"), ("[", "]", "brackets"), ("exp(", ")", "calls"), ("x[", "]", "indices"), ("{", "}", "braces"),
    ("-", "", "minus signs"), ("+", "", "plus signs"), ("~", "", "tildes"), ("not ", "", "nots"), ("x**", "", "powers"),
    ("lambda: ", "", "lambdas"), ("x if x else ", "", "choices"), ("([", "])", "mixed brackets"), ("maximum(0,", ")", "second arguments"),
    ("x + (", ")", "sums in parentheses"), ("await ", "", "awaits"), ("*", "", "stars"),
):  # fmt: skip
    program(f"{DEEP:,} {what}", BAD, lambda a=opening, b=closing: f"u = {a * DEEP}x{b * DEEP}")
    # Few enough for Python's own parser, and many enough for whatever walks its tree by calling itself.
    program(f"190 {what}", EITHER, lambda a=opening, b=closing: f"u = {a * 190}x{b * 190}")
for sign in ("-", "~", "x**"):
    program(f"1,400 of {sign}", EITHER, f"u = {sign * 1400}x")
for suffix in (".T", ".exp()", " + x", " * x", " @ x", " > x", " and x", "[0]", "[None]", ", x", ".a", "()", " is x", ":=x", "[...]"):
    program(f"ten thousand of {suffix}", BAD if suffix != ", x" else EITHER, lambda s=suffix: "u = x" + s * DEEP)
    program(f"a thousand of {suffix}", EITHER, lambda s=suffix: "u = x" + s * 1000)


def nested_blocks(head, levels):
    return "".join(f"{' ' * i}{head.format(i=i)}:\n" for i in range(levels)) + " " * levels + "u = x\nL = u"


for head in ("for i{i} in range(2)", "def f{i}(a)", "if x", "while x", "with x", "class C{i}", "try"):
    for levels in (15, 90, 1000):
        wanted = EITHER if head.startswith("for") and levels == 15 else BAD
        program(f"{levels} levels of {head.split()[0]}", wanted, lambda h=head, n=levels: nested_blocks(h, n))

# Programs that grow

program("19,999 statements", EITHER, lambda: "\n".join(["u0 = x"] + [f"u{i + 1} = u{i} + 1" for i in range(19_998)]))
program("40,000 statements", BAD, lambda: "\n".join(["u0 = x"] + [f"u{i + 1} = u{i} + 1" for i in range(39_999)]))
program("20,000 statements of one letter", BAD, lambda: "a=x\n" * 20_001)
program("100,000 blank lines", BAD, lambda: "\n" * 100_000)
program("100,000 comments", EITHER, lambda: "#\n" * 100_000 + "u = x")
program("300,000 characters", BAD, lambda: "u = x" + " " * 300_000)
program("a comment of 200,000 letters", OK, lambda: "u = x  # " + "z" * 200_000)
program("an input of 100,000 letters", EITHER, lambda: "u = 2 * " + "q" * 100_000, lambda: {"q" * 100_000: 1})
program("a name of 100,000 letters without a value", BAD, lambda: "u = 2 * " + "q" * 100_000)
program("a call of 100,000 letters", BAD, lambda: f"u = {'q' * 100_000}(x)")
program("a value of 100,000 letters", EITHER, lambda: f"{'q' * 100_000} = 2 * x")
program("a name of 100,000 letters that is no tensor", BAD, lambda: f"u = sum(x, {'q' * 100_000}=1)")
program("an attribute of 100,000 letters", BAD, lambda: f"u = x.{'q' * 100_000}")
program("a name of 3,000 letters in the wrong shape", BAD, lambda: f"u = x @ {'q' * 3000}", lambda: {"x": [1, 2], "q" * 3000: [1, 2, 3]})
program("a name of 3,000 letters that is not rectangular", BAD, lambda: f"u = {'q' * 3000}", lambda: {"q" * 3000: [[1], [2, 3]]})
program("a thousand names without a value", BAD, lambda: "u = " + " + ".join(f"{'q' * 60}{i}" for i in range(1000)))
program("200 long names without a value", BAD, lambda: "u = " + " + ".join(f"{'q' * 900}{i}" for i in range(200)))
program("64 doublings", OK, "c = x\n" + "c = c + c\n" * 64)
program("64 doublings, as calls", OK, "def d(a):\n    return a + a\nL = " + "d(" * 64 + "x" + ")" * 64)
program("64 doublings of a product", OK, "c = x\n" + "c = c * c\n" * 64)
program("64 doublings at the loss's paths", OK, "c = x\n" + "c = c + c\n" * 64, source="x", target="c__65", path="/api/v1/paths")
program("64 doublings derived", OK, "c = x\n" + "c = c + c\n" * 64, target="x", path="/api/v1/derivation")
program(
    "calls that call twice, 30 deep",
    BAD,
    "def f0(a):\n    return a + a\n" + "".join(f"def f{i}(a):\n    return f{i - 1}(f{i - 1}(a))\n" for i in range(1, 31)) + "L = f30(x)",
)
program(
    "calls that call twice side by side",
    BAD,
    "def f0(a):\n    return a\n" + "".join(f"def f{i}(a):\n    return f{i - 1}(a) + f{i - 1}(a)\n" for i in range(1, 41)) + "L = f40(x)",
)
program("calls that double a list", BAD, "h = [x, x]\nfor i in range(60):\n    h = h + h\nL = sum(h)")
program(
    "a chain of 1,000 calls",
    EITHER,
    lambda: "".join([f"def f{i}(a):\n    return " + (f"f{i - 1}(a)" if i else "a + 1") + "\n" for i in range(1000)]) + "L = f999(x)",
)
program("a function that calls itself", BAD, "def f(a):\n    return f(a)\nL = f(x)")
program("two functions that call each other", BAD, "def f(a):\n    return g(a)\ndef g(a):\n    return f(a)\nL = f(x)")
program("a function named as the operation it calls", EITHER, "def exp(a):\n    return exp(a)\nL = exp(x)")
program("a function of itself", BAD, "def f(a):\n    return a(a)\nL = f(f)")
program("a thousand parameters", EITHER, lambda: f"def f({', '.join(f'a{i}' for i in range(1000))}):\n    return a0\nL = f({'x, ' * 1000})")
program("one parameter twice", BAD, "def f(a, a):\n    return a\nL = f(x, x)")
program("a hundred thousand arguments", EITHER, lambda: f"L = maximum({'x,' * 100_000})")
program("a list of 100,000 values", EITHER, lambda: f"L = sum([{'x,' * 100_000}])")
program("a list of 100,000 numbers", EITHER, lambda: f"L = sum([{'1,' * 100_000}])")
program("257 inputs", BAD, lambda: "L = " + " + ".join(f"a{i}" for i in range(257)), lambda: {f"a{i}": 1 for i in range(257)})
program("256 inputs", OK, lambda: "L = " + " + ".join(f"a{i}" for i in range(256)), lambda: {f"a{i}": 1 for i in range(256)})

# Programs that loop

for count in ("10**9", "10**400", "10**5000", "9**9**9", "2**63", "1e9", "-1", "0", "1.5", "x", "10, 0, 0", "0, 10, -1", "0x" + "f" * 5000,
              "10**9, 10**10", "-10**5000, 10**5000, 3", "1/0", "0/0", "1e999", "-10**9", "True", "[1]", "", "1, 2, 3, 4", "1 % 0", "2**-1",
              "0**-1", "10**10**7", "(-8)**0.5", "len(x)", "1 << 10**9", "int(1e308)", "int(1e308*10)", "'1'"):  # fmt: skip
    name = count if len(count) < 40 else f"{count[:10]}…"
    program(
        f"a loop over range({name})",
        EITHER if count in ("-1", "0", "0, 10, -1", "-10**9", "True") else BAD,
        f"c = x\nfor i in range({count}):\n    c = c + 1\nL = c + 0",
    )
program("an empty loop a billion times", BAD, "for i in range(10**9):\n    pass\nL = x * 1")
program("an empty loop of 10^18 passes in two", BAD, "for i in range(10**9):\n    for j in range(10**9):\n        pass\nL = x * 1")
program(
    "three loops of a thousand", BAD, "c = x\n" + "for i in range(1000):\n for j in range(1000):\n  for k in range(1000):\n   c = c + 1\n"
)
program("loops of numbers alone", BAD, "n = 0\nfor i in range(10**4):\n    for j in range(10**4):\n        n = i * j\nL = x * n")
program("a number that is squared in a loop", BAD, "n = 3\nfor i in range(64):\n    n = n * n\nL = sum(zeros(n)) + x")
program("a number that is squared in a loop of floats", EITHER, "n = 3\nfor i in range(40):\n    n = n * n\nL = x * n")
program("a number that grows in its exponent", BAD, "n = 9\nfor i in range(9):\n    n = 9 ** n\nL = sum(zeros(n)) + x")
program("a list that is appended to a billion times", BAD, "h = []\nfor i in range(10**9):\n    h.append(x)\nL = sum(h)")
program("a list that is appended to while it is walked", EITHER, "h = [x]\nfor a in h:\n    h.append(a)\nL = sum(h)")
program("a list within itself", EITHER, "h = [x]\nh.append(h)\nL = sum(h)")
program("a list times a billion", BAD, "h = [x] * 10**9\nL = sum(h)")
program("a loop over a tensor", EITHER, "c = 0\nfor a in x:\n    c = c + a\nL = c", {"x": [1, 2]})
program("a loop over a number", BAD, "c = 0\nfor a in x:\n    c = c + a\nL = c")
program("a loop over a million rows", BAD, lambda: "c = 0\nfor a in zeros(1000000):\n    c = c + a\nL = c + x")
for name, text in {
    "a list": "[i for i in range(10**9)]", "lists in lists": "[[[i for i in range(999)] for j in range(999)] for k in range(999)]",
    "a generator": "sum(i for i in range(10**9))", "a set": "{i for i in range(10**9)}", "a dictionary": "{i: i for i in range(10**9)}",
    "twenty fors": "[x " + "for i in range(9) " * 20 + "]", "an async one": "[i async for i in x]",
    "a walrus": "[(a := i) for i in range(9)]",
}.items():  # fmt: skip
    program(f"a comprehension: {name}", BAD, f"L = {text} + x")

# Programs of odd numbers and texts

for name, number, wanted in (
    ("5,000 digits", "9" * 5000, BAD), ("100,000 digits", "9" * 100_000, BAD), ("400 digits", "9" * 400, EITHER),
    ("5,000 hexadecimal digits", "0x" + "f" * 5000, BAD), ("100,000 bits", "0b" + "1" * 100_000, BAD), ("octal", "0o" + "7" * 5000, BAD),
    ("1e999", "1e999", EITHER), ("1e-999", "1e-999", EITHER), ("a million zeros after the point", "1." + "0" * 100_000, EITHER),
    ("imaginary", "1j", BAD), ("with underscores", "1_0", EITHER), ("with a leading 0", "0123", BAD), ("a tower", "9**9**9**9", EITHER),
    ("a negative tower", "(-9)**9**9**0.5", EITHER), ("10**10**7", "10**10**7", EITHER), ("a shift", "1 << 10**10", BAD),
    ("0 ** -1", "0 ** -1", EITHER), ("1 / 0", "1 / 0", EITHER), ("1 // 0", "1 // 0", EITHER), ("1 % 0", "1 % 0", EITHER),
    ("-1 ** 0.5", "(-1) ** 0.5", EITHER), ("inf", "inf", EITHER), ("nan", "nan", EITHER), ("True", "True", EITHER), ("None", "None", BAD),
    ("1e308 * 10", "1e308 * 10", EITHER), ("infinity minus itself", "(1e999 - 1e999)", EITHER), ("...", "...", BAD),
    ("Arabic digits", "١٢٣", BAD), ("full-width digits", "１２", BAD), ("a power of ten thousand digits", "10**10000", EITHER),
):  # fmt: skip
    program(f"a number: {name}", wanted, f"L = x * {number}")
for name, text in {
    "100,000 letters": '"' + "a" * 100_000 + '"', "a billion letters": '"a" * 10**9', "bytes": 'b"\\x00"', "an f-string": 'f"{x}"',
    "f-strings in f-strings": "f'{f\"{x}\"}'", "a format": '"{0.__class__}".format(x)', "a percent": '"%s" % x',
    "a width": 'f"{x:{10**9}}"',
    "never closed": '"abc', "three quotes never closed": '"""abc', "a trailing backslash": '"\\', "many": '"a" ' * 5000,
    "an escape that is none": '"\\N{no such name}"', "half an escape": '"\\x"', "a surrogate": '"\\ud800"',
}.items():  # fmt: skip
    program(f"a text: {name}", BAD, f"L = {text}")
for name, text in {
    "index": "x[0xF]", "zeros": "sum(zeros(0xF))", "a reshape": "sum(x.reshape(0xF))", "an axis": "sum(x, axis=0xF)",
    "a shape": "x * zeros((1, 0xF))",
    "an axis below": "sum(x, axis=-0xF)", "a power": "x ** 0xF", "a round": "round(x, 0xF)", "a list": "sum([0xF, 1])",
    "a slice": "sum(x[0xF:])",
    "a roll": "sum(roll(x, 0xF))", "a literal": "0xF", "an arange": "sum(arange(0xF))", "an eye": "sum(eye(0xF))",
    "a seed": "dropout(x, 0.5, 0xF)",
}.items():  # fmt: skip
    # Python can hold such a number, and refuses to print it.
    program(
        f"a number too long to be printed: {name}",
        BAD if name not in ("a roll", "a seed") else EITHER,
        f"L = {text.replace('0xF', '0x' + 'F' * 5000)}",
        {"x": [1, 2]},
    )

# Programs: what Python could do

for text in (
    "L = __import__('os').system('id')", "import os\nL = x", "from os import *\nL = x", "L = eval('1')", "L = exec('1')",
    "L = open('/etc/passwd')",
    "L = compile('1', '', 'eval')", "L = getattr(x, '__class__')", "L = globals()", "L = locals()", "L = vars(x)", "L = dir(x)",
    "L = type(x)",
    "L = x.__class__.__bases__[0].__subclasses__()", "L = ().__class__", "L = x.__dict__", "L = x.__globals__", "L = sum.__globals__",
    "L = relu.__code__", "L = np.load('x.npy')", "L = np.os.system('id')", "L = np.core.multiarray.os", "L = torch.load('x')",
    "L = x.tofile('x')",
    "L = np.fromfile('/etc/passwd')", "L = x.dump('x')", "L = np.linalg.__init__", "L = input()", "L = breakpoint()", "L = exit()",
    "L = help()",
    "L = print(x)", "L = lambda: x", "L = (lambda f: f(f))(lambda f: f(f))", "L = (u := x)", "async def f(a):\n    return a\nL = f(x)",
    "L = await x", "L = (yield x)", "L = (yield from x)", "@x\ndef f(a):\n    return a\nL = f(x)", "class A:\n    pass\nL = x",
    "with x as u:\n    L = u",
    "try:\n    L = x\nexcept:\n    pass", "match x:\n    case _:\n        L = x", "global x\nL = x", "nonlocal x\nL = x", "del x\nL = x",
    "assert x\nL = x",
    "raise x\nL = x", "return x", "break", "continue", "pass", "L: int = x", "L = maximum(*x)", "L = maximum(**x)", "a, *b = x\nL = a",
    "def f(*a):\n    return a\nL = f(x)", "def f(**k):\n    return k\nL = f(a=x)", "def f(a, /):\n    return a\nL = f()", "x.y = 1\nL = x",
    "x() = 1\nL = x",
    "1 = x", "None = x", "True = x", "L = x if x else x", "L = x or x", "L = not x", "L = {}", "L = {1}", "L = {'a': x}", "L = x ^ x",
    "L = x << x", "...",
    "L = x <> x", "print x", "exec 'x'", "L = `x`", "L = x!", "L = $x", "L = x?", "L = x\n  u = 2", " L = x\n L = x\nL = x", "L =", "= x",
    "L = = x", "L = )x(",
    "L = x +", "L = x x", "(", ")", "]", "}", "'", '"', "\\", "\\\n", "L = x\\", "L = x;;", "if x: L = x", "while True: L = x",
    "for i in range(3):\nL = x",
    "def f(a):\nreturn a", "def f(a):\n    pass\nL = f(x)", "def f():\n    return\nL = f()", "def f(a=1/0):\n    return a\nL = f()",
    "def f(a=f):\n    return a\nL = f()",
    "L = type('a', (), {})", "x, x = x", "() = x", "[] = x", "[a, b] = x", "a, b = x", "a = b = c", "L = u\nu = L", "L = L", "L = L + 1",
    "L = x.append(x)", "x.append(x)", "exp = exp", "L = exp", "L = np", "L = torch.nn", "L = F", "L = x.T.T()", "L = sum", "L = sum()",
    "L = sum(x, x, x, x)",
    "L = x.mean.mean", "L = exp(exp)", "L = exp(x=x)", "L = exp(a=x, a=x)", "L = exp(x, x)", "L = where(x)", "L = stack(x)",
    "L = stack([])", "L = concatenate([x])",
):  # fmt: skip
    program(
        f"refused: {text[:50]!r}", EITHER if text in ("exp = exp", "L = exp(x=x)", "def f(a=1/0):\n    return a\nL = f()") else BAD, text
    )
for text in (
    "L = x; u = L",
    "L = x\n;",
    "L = (\n\n\nx\n\n)",
    "a = b = x",
    "L = x # {{7*7}}",
    "L @= x",
    "L += x",
    "x += 1",
    "L = x.data",
    "L = x.grad",
):
    program(f"either: {text!r}", EITHER, text)

# Programs of odd characters

for name, sign, wanted in (
    ("NUL", "\0", BAD), ("BOM", "\ufeff", BAD), ("form feed", "\f", BAD), ("vertical tab", "\v", BAD), ("bell", "\a", BAD),
    ("escape", "\x1b", BAD),
    ("delete", "\x7f", BAD), ("C1", "\x9b", BAD), ("control-Z", "\x1a", BAD), ("line separator", "\u2028", BAD),
    ("paragraph separator", "\u2029", BAD),
    ("next line", "\x85", BAD), ("no-break space", "\xa0", BAD), ("zero-width space", "\u200b", BAD), ("zero-width joiner", "\u200d", BAD),
    ("right-to-left override", "\u202e", BAD), ("left-to-right isolate", "\u2066", BAD), ("soft hyphen", "\xad", BAD),
    ("noncharacter", "\ufffe", BAD),
    ("lone high surrogate", "\ud800", BAD), ("lone low surrogate", "\udfff", BAD), ("tag letter", "\U000e0041", BAD),
    ("private use", "\ue000", BAD),
    ("unassigned", "\U0010ffff", BAD), ("variation selector", "\ufe0f", EITHER), ("a combining mark", "\u0301", EITHER),
    ("emoji", "\U0001f600", BAD),
    ("CRLF", "\r\n", OK), ("CR", "\r", OK), ("tab", "\t", OK), ("Greek question mark", "\u037e", BAD), ("division slash", "\u2215", BAD),
    ("replacement character", "\ufffd", BAD), ("Hangul filler", "\u3164", BAD), ("ideographic space", "\u3000", BAD),
    ("annotation anchor", "\ufff9", BAD),
):  # fmt: skip
    breaks = sign in ("\r\n", "\r")
    program(f"a character between tokens: {name}", wanted, f"L = x{sign}L2 = x" if breaks else f"L = x {sign}", None)
    program(f"a character in a comment: {name}", EITHER, f"L = x  # {sign} = 1")
for name, text in {
    "a ligature": "\ufb01 = x\nL = fi", "full-width": "L = \uff58", "mathematical bold": "L = \U0001d431", "homoglyph": "L = \u0445",
    "Greek": "L = \u03c9 * x",
    "a decomposed name": "e\u0301 = x\nL = \xe9", "an Arabic name": "L = \u0633 * x", "a name of one combining mark": "\u0301 = x",
    "many combining marks": "a" + "\u0301" * 5000 + " = x", "Hangul": "\u1112\u1161\u11ab = x\nL = \ud55c",
    "a long s": "\u017fum = x\nL = sum(x)",
    "a name that becomes a keyword": "L = \U0001d422\U0001d41f", "superscripts": "x\xb2 = x", "a middle dot": "x\xb7y = x",
    "prime": "x\u2032 = x",
}.items():  # fmt: skip
    program(f"a name: {name}", EITHER, text)
program("tabs and spaces", BAD, "def f(a):\n\treturn a\n        return a\nL = f(x)")
program("a thousand backslashes at line ends", EITHER, "L = x + \\\n" * 1000 + "x")
program("comments of every kind", OK, "# -*- coding: utf-7 -*-\n#!/bin/sh\n# type: ignore\nL = x * 1")
program("a coding cookie that does not exist", EITHER, "# -*- coding: no-such -*-\nL = x * 1")

# Programs of shapes that cost too much

for name, text in {
    "a column meets a row": "sum(zeros((200000, 1)) + zeros((1, 200000)))", "outer": "sum(outer(arange(100000), arange(100000)))",
    "outer of outers": "sum(outer(outer(ones(999), ones(999)), outer(ones(999), ones(999))))", "tile": "sum(tile(x, 10**9))",
    "tile of many axes": "sum(tile(x, (9,) * 40))", "repeat": "sum(repeat(x, 10**12))", "pad": "sum(pad(x, 10**9))",
    "pad below 0": "sum(pad(x, -5))",
    "arange": "sum(arange(10**12))", "arange by little": "sum(arange(0, 1, 1e-300))", "arange by 0": "sum(arange(0, 1, 0))",
    "arange of inf": "sum(arange(inf))",
    "arange of nan": "sum(arange(nan))", "zeros": "sum(zeros(10**18))", "zeros of many axes": "sum(zeros((10**5, 10**5, 10**5)))",
    "zeros below 0": "sum(zeros(-1))",
    "ones of floats": "sum(ones(1.5))", "full": "sum(full((10**9,), 1))", "eye": "sum(eye(10**6))",
    "linspace": "sum(linspace(0, 1, 10**10))",
    "linspace of none": "sum(linspace(0, 1, 0))", "linspace below 0": "sum(linspace(0, 1, -1))", "one-hot": "sum(one_hot(x, 10**9))",
    "diag": "sum(diag(ones(100000)))", "diag far off": "sum(diag(x, 10**9))", "diag_embed": "sum(diag_embed(ones(100000)))",
    "causal mask": "sum(causal_mask(10**6))",
    "broadcast_to": "sum(broadcast_to(x, (10**6, 10**6, 2)))", "reshape to more": "sum(x.reshape(10**9, -1))",
    "reshape to 0": "sum(x.reshape(0, -1))",
    "reshape by two -1": "sum(x.reshape(-1, -1))", "reshape below": "sum(x.reshape(-2))", "put": "sum(put(x, x, 10**12))",
    "put along": "sum(put_along_axis(x, x, 10**12))",
    "scatter": "sum(scatter(x, (10**12,), 0))",
    "kron by einsum": "sum(einsum('i,j,k,l,m->ijklm', ones(99), ones(99), ones(99), ones(99), ones(99)))",
    "einsum of sixty letters": "einsum('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', x)", "einsum of nothing": "einsum('', x)",
    "einsum of arrows": "einsum('i->->', x)",
    "einsum of one letter": "einsum('i" + "i" * 10000 + "', x)", "einsum of commas": "einsum('" + "," * 10000 + "', x)",
    "einsum of dots": "einsum('" + "." * 5000 + "', x)",
    "einsum without a letter": "einsum(x, x)", "einsum of strange letters": "einsum('é,→', x, x)",
    "conv of a huge padding": "sum(conv1d(ones((1, 1, 9)), ones((1, 1, 3)), 1, 10**9))",
    "conv of a huge dilation": "sum(conv1d(ones((1, 1, 9)), ones((1, 1, 3)), 1, 0, 10**9))",
    "conv of stride 0": "sum(conv1d(ones((1, 1, 9)), ones((1, 1, 3)), 0))",
    "conv of stride below": "sum(conv2d(ones((1, 1, 9, 9)), ones((1, 1, 3, 3)), -1))",
    "conv of a window too large": "sum(conv2d(ones((1, 1, 9, 9)), ones((1, 1, 99, 99))))",
    "conv of much work": "sum(conv2d(ones((1, 9, 300, 300)), ones((9, 9, 150, 150))))",
    "pool of nothing": "sum(max_pool1d(ones((1, 1, 9)), 0))",
    "pool beyond": "sum(max_pool2d(ones((1, 1, 9, 9)), 10**9))", "pool of a huge padding": "sum(avg_pool1d(ones((1, 1, 9)), 3, 1, 10**9))",
    "unfold of much": "sum(unfold(ones((1, 1, 900, 900)), 400))", "fold of much": "sum(fold(ones((1, 9, 9)), (10**9, 10**9), 3))",
    "rank 9": "sum(zeros((1,) * 9))",
    "rank 9 by None": "sum(x[" + "None," * 9 + "])", "rank 100": "sum(x[" + "None," * 100 + "])",
    "rank by expand_dims": "sum(" + "expand_dims(" * 12 + "x" + ", 0)" * 12 + ")",
    "rank by outer stacks": "sum(" + "stack([" * 12 + "x" + "])" * 12 + ")", "a split in a billion": "sum(split(x, 10**9)[0])",
    "a split in none": "sum(split(x, 0)[0])",
    "dropout of all": "sum(dropout(x, 1))", "dropout of more": "sum(dropout(x, 1e9))", "an axis that is not there": "sum(x, axis=10**30)",
    "axes twice": "sum(x, axis=(0, 0))",
    "a transpose of axes twice": "sum(transpose(x, (0, 0)))", "swapped axes beyond": "sum(swapaxes(x, 0, 10**30))",
    "a roll by much": "sum(roll(x, 10**30))",
    "squeeze of what is long": "sum(squeeze(x, 0))", "a norm of order 0": "norm(x, 0)", "a norm of order nan": "norm(x, nan)",
    "var of too few": "var(x, ddof=10**30)",
    "a clip the wrong way": "sum(clip(x, 1, 0))", "a list of lists of no rectangle": "sum([[1], [2, 3]])", "det of a vector": "det(x)",
    "inv of a vector": "sum(inv(x))",
    "trace of a vector": "trace(x)", "solve of two vectors": "sum(solve(x, x))", "flatten from beyond": "sum(flatten(x, 10**30))",
    "gelu by another name": "sum(gelu(x, 'none of these'))",
    "no single number": "x",
    "three matrices of a million": "sum(ones((999, 999)) @ ones((999, 999)) @ ones((999, 999)) @ ones((999, 999)))",
}.items():  # fmt: skip
    tolerant = {"gelu by another name", "a roll by much", "a norm of order 0", "a norm of order nan", "var of too few",
        "a clip the wrong way", "dropout of all",
                "pad below 0", "rank by outer stacks", "einsum of nothing", "solve of two vectors", "inv of a vector",
                "conv of a window too large", "three matrices of a million"}  # fmt: skip
    program(f"a shape: {name}", EITHER if name in tolerant else BAD, f"L = {text}", {"x": [1, 2]})
for index in ("::0", "10**30:", "10**30", "-10**30", "..., ...", "True", "1.5", "'a'", "x", "()", ":, :, :", "[]", "[[]]", "[10**30]",
    "[0] * 9", "[0, 'a']", "nan", "None:", "0:1:2:3",
              "slice(0)", "[[0], [0, 1]]", "-1::-1", "1e0", "~0", "not 0", "x > 0", "[True, False]", "0, 0", "lambda: 0", "*x", "i := 0",
              "...:", ":" + ", 0" * 500):  # fmt: skip
    tolerant = index in (
        "10**30:",
        "()",
        "~0",
        "-1::-1",
        "x",
        "x > 0",
        "[True, False]",
        "True",
        "[0] * 9",
        "not 0",
        "None:",
        "[]",
        "1e0",
        "slice(0)",
        "nan",
    )
    program(f"an index: {index[:30]}", EITHER if tolerant else BAD, f"L = sum(x[{index}])", {"x": [1, 2]})
program("two hundred products of matrices", BAD, lambda: "u = ones((1000, 1000))\n" + "u = u @ u\n" * 200 + "L = mean(u) * x")
program("two hundred sums of a million numbers", BAD, lambda: "u = ones((1000, 1000))\n" + "u = u + u\n" * 200 + "L = mean(u) * x")
program("a product just within the limits", EITHER, "L = sum(ones((1000, 1000)) @ ones((1000, 1000))) * x")
program("an inverse of a large matrix", EITHER, "L = sum(inv(eye(1000) + x))")
program("a determinant of a large matrix", EITHER, "L = det(eye(900) * x)")
program("a cofactor of a large matrix", EITHER, "L = sum(cofactor(eye(900) * x))")
for operation in ("sum(inv(x))", "det(x)", "sum(cofactor(x))", "logabsdet(x)", "sum(solve(x, x))", "sum(cholesky(x))", "slogdet(x)[1]"):
    for name, matrix in {
        "singular": [[1, 2], [2, 4]], "of zeros": [[0, 0], [0, 0]], "of NaN": [["NaN", 1], [1, 1]],
        "of infinities": [["Infinity", 0], [0, 1]],
        "huge": [[1e308, 1e308], [1e308, -1e308]], "tiny": [[5e-324, 0], [0, 5e-324]], "not square": [[1, 2, 3], [4, 5, 6]],
    }.items():  # fmt: skip
        program(
            f"{operation} of a matrix {name}",
            BAD if name == "not square" and "solve" not in operation else EITHER,
            f"L = {operation}",
            {"x": matrix},
        )
for value in ("NaN", "Infinity", "-Infinity", 1e308, -1e308, 5e-324, -0.0, 0):
    text = "a = x / 0\nb = a - a\nc = log(x) + sqrt(x) + x ** x + exp(x) + arccosh(x) + 1 / x\nL = b * c"
    for path in (GRAPH, "/api/v1/graph.svg", "/api/v1/verify"):
        program(f"numbers that end nowhere from {value}, {path.rpartition('/')[2]}", EITHER, text, {"x": value}, path=path)

# Graphs that layouts are afraid of


def all_skips(count):
    """Every value uses all earlier ones."""
    return "a0 = x * 1\n" + "\n".join(f"a{i} = " + " + ".join(f"a{j}" for j in range(i)) for i in range(1, count))


for count in (30, 60, 149):
    program(f"{count} values that use all before them, drawn", EITHER, lambda n=count: all_skips(n), path="/api/v1/graph.svg")
program("150 values that use all before them, as numbers", EITHER, lambda: all_skips(150))
program(
    "all before them, drawn to the right", EITHER, lambda: all_skips(45), path="/api/v1/graph.svg", direction="right", detail="operations"
)
program(
    "a hundred inputs of one sum",
    OK,
    lambda: "L = " + " + ".join(f"a{i}" for i in range(100)),
    lambda: {f"a{i}": 1 for i in range(100)},
    path="/api/v1/graph.svg",
)
program(
    "a chain of 140 cards", OK, lambda: "a0 = x * 1\n" + "\n".join(f"a{i} = a{i - 1} + 1" for i in range(1, 140)), path="/api/v1/graph.svg"
)
program(
    "a chain of 5,000 cards",
    EITHER,
    lambda: "a0 = x * 1\n" + "\n".join(f"a{i} = a{i - 1} + 1" for i in range(1, 5000)),
    path="/api/v1/graph.svg",
)
program(
    "two layers, each with each",
    EITHER,
    lambda: "\n".join(
        [f"a{i} = x * {i}" for i in range(60)]
        + [f"b{i} = " + " + ".join(f"a{j}" for j in range(60)) for i in range(60)]
        + ["L = " + " + ".join(f"b{i}" for i in range(60))]
    ),
    path="/api/v1/graph.svg",
)
program(
    "a ladder of groups",
    EITHER,
    lambda: "c = x\nfor i in range(40):\n    for j in range(3):\n        c = mse(c, x) + c\nL = c",
    path="/api/v1/graph.svg",
    detail="operations",
)
program(
    "names as wide as a card can be", EITHER, lambda: "\n".join(f"{'W' * 3000}{i} = x * {i}" for i in range(20)), path="/api/v1/graph.svg"
)
program("DOT in a name", EITHER, 'a = x  # "]; n0 -> n1 [label=<<b>x</b>>]\nL = a', path="/api/v1/graph.dot")

# JSON


def short(value):
    """A name for a number: of a long one how long it is."""
    text = str(value)
    return text if len(text) <= 24 else f"of {len(text)} characters"


def seed_with(**more):
    return json.dumps({"program": SEED, "inputs": NUMBERS} | more).encode()


def raw(name, expected, body, **more):
    case(f"JSON: {name}", expected, body, **more)


def valued(text):
    return b'{"program": "u = x", "inputs": {"x": ' + text + b"}}"


MALFORMED = 400
for text in (b"NaN", b"Infinity", b"-Infinity", b"nan", b"inf", b"+1", b"01", b".5", b"1.", b"1e", b"0x1", b"1_0", b"'1'", b"[1,]",
    b"[,1]", b"{1}", b"tru", b"undefined",
             b"1 2", b"[1 2]", b'"a', b'"\t"', b'"\\x41"', b'"\\u12"', b"\xff", b"[", b"]", b"//\n1", b"/* */1", b"#\n1", b"--1",
             b"9" * 5000, b"-" + b"9" * 5000):  # fmt: skip
    raw(f"the value {text[:20]!r}{'…' if len(text) > 20 else ''}", MALFORMED, valued(text))
for text in (b"1e999", b"-1e999", b"-0", b"-0.0", b"1e-999", b"5e-324", b"1E400", b"0." + b"0" * 100_000 + b"1", b"1" * 309 + b".0"):
    raw(f"the number {text[:20].decode()}{'…' if len(text) > 20 else ''}", EITHER, valued(text))
raw("400 digits", BAD, valued(b"9" * 400))
raw("4,000 digits", BAD, valued(b"9" * 4000))
raw("strings for numbers", BAD, valued(b'"1"'))
raw("a boolean", BAD, valued(b"true"))
raw("null", BAD, valued(b"null"))
raw("an empty list", BAD, valued(b"[]"))
raw("empty lists in a list", BAD, valued(b"[[], []]"))
raw("a list nine deep", BAD, valued(b"[" * 9 + b"1" + b"]" * 9))
raw("a ragged list", BAD, valued(b"[[1, 2], [3]]"))
raw("a list of numbers and lists", BAD, valued(b"[1, [2]]"))
raw("a list of a list and a number", BAD, valued(b"[[1], 2]"))
raw("an object in a list", BAD, valued(b'[{"value": 1}]'))
raw("booleans in a list", BAD, valued(b"[1, true]"))
raw("null in a list", BAD, valued(b"[1, null]"))
raw("100,000 letters for a number", BAD, lambda: valued(b'"' + b"a" * 100_000 + b'"'))
raw("a million numbers", EITHER, lambda: valued(b"[" + b"1," * 999_999 + b"1]"))
raw("two million numbers", BAD, lambda: valued(b"[" + b"1," * 1_999_999 + b"1]"))
raw("a million empty lists", BAD, lambda: valued(b"[" + b"[]," * 999_999 + b"[]]"))
raw("a million objects", BAD, lambda: valued(b"[" + b"{}," * 999_999 + b"{}]"))
for depth in (100, 900, 10_000, 1_000_000):
    deep = 400 if depth >= 10_000 else (400, 422)
    raw(f"{depth:,} lists", deep, lambda n=depth: valued(b"[" * n + b"1" + b"]" * n))
    raw(f"{depth:,} objects", deep, lambda n=depth: valued(b'{"a":' * n + b"1" + b"}" * n))
    raw(f"{depth:,} lists that never end", MALFORMED, lambda n=depth: b"[" * n)
    raw(f"{depth:,} objects that never end", MALFORMED, lambda n=depth: b'{"a":' * n)
    raw(
        f"{depth:,} lists as an answer",
        deep if depth >= 10_000 else (200, 400, 422),
        lambda n=depth: seed_with()[:-1] + b', "answers": {"w1": ' + b"[" * n + b"1" + b"]" * n + b"}}",
        path="/api/v1/check",
    )
raw("keys twice", (200, 400), b'{"program": "u = x", "program": "u = x", "inputs": {"x": 1, "x": 2}}')
raw("a surrogate as a key", BAD, b'{"program": "u = x", "inputs": {"\\ud800": 1}}')
raw("a surrogate as a field", BAD, b'{"program": "u = x", "\\udfff": 1}')
raw("a surrogate as the loss", BAD, seed_with(loss="\ud800"))
raw("a surrogate as a detail", BAD, seed_with(detail="\ud800"))
raw("a surrogate as a group", EITHER, seed_with(open=["\ud800"]))
raw("a NUL as the loss", BAD, seed_with(loss="\0"))
for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"):
    raw(f"in {encoding}", (400, 200) if encoding == "utf-8-sig" else 400, '{"program": "u = x", "inputs": {"x": 1}}'.encode(encoding))
# UTF-7 is plain ASCII: a program of other names.
raw("in UTF-7", BAD, '{"program": "u = é"}'.encode("utf-7"))
raw("in latin-1", MALFORMED, '{"program": "u = é"}'.encode("latin-1"))
raw("overlong UTF-8", MALFORMED, b'{"program": "\xc0\xaf"}')
raw("surrogates in UTF-8", MALFORMED, b'{"program": "\xed\xa0\x80"}')
raw("cut off", MALFORMED, seed_with()[:-7])
raw("something behind", MALFORMED, seed_with() + b"x")
raw("two documents", MALFORMED, seed_with() * 2)
raw("a line for each document", MALFORMED, seed_with() + b"\n" + seed_with())
raw("a comment", MALFORMED, b"/* */" + seed_with())
raw("a prefix against hijacking", MALFORMED, b")]}',\n" + seed_with())
raw("single quotes", MALFORMED, b"{'program': 'u = x'}")
raw("keys without quotes", MALFORMED, b'{program: "u = x"}')
raw("NULs behind", MALFORMED, seed_with() + b"\0\0")
raw("a no-break space before", MALFORMED, "\xa0{}".encode())
for text in (b"null", b"true", b"1", b"-1", b"1e999", b'"text"', b"[]", b"[[]]", b"{}", b'""', b"[1, 2]"):
    raw(f"the whole is {text.decode()}", BAD, text)
FIELDS = ("program", "inputs", "loss", "detail", "theme", "open", "closed", "show", "digits", "fractions", "sample", "direction")
for name in FIELDS:
    raw(f"{name} is null", EITHER if name in ("loss", "sample") else BAD, seed_with(**{name: None}))
    for kind, value in {"a number": 1.5, "a list": [[1]], "an object": {"a": 1}, "a boolean": True, "a long text": "q" * 50_000}.items():
        if (name, kind) not in {("fractions", "a boolean"), ("inputs", "an object")}:
            # Lists of groups and samples may be taken as Python takes them: true as 1.
            raw(f"{name} is {kind}", EITHER if kind == "a boolean" and name in ("digits", "sample") else BAD, seed_with(**{name: value}))
for name in (
    "__proto__",
    "constructor",
    "__class__",
    "toString",
    "",
    " ",
    "$where",
    "program ",
    "PROGRAM",
    "q" * 9000,
    "\u202e",
    "a.b",
    "a[0]",
):
    raw(f"a field {name[:20]!r}", BAD, seed_with(**{name: 1}))
    raw(f"an input {name[:20]!r}", EITHER, seed_with(inputs=NUMBERS | {name: 1}))
    raw(f"an input {name[:20]!r} that stands for another", BAD, seed_with(inputs={name: 1}))
raw("ten thousand fields", BAD, lambda: seed_with(**{f"{'q' * 40}{i}": i for i in range(10_000)}))
raw("ten thousand inputs", EITHER, lambda: seed_with(inputs=NUMBERS | {f"i{i}": i for i in range(10_000)}))
raw("ten thousand inputs and none that is used", BAD, lambda: seed_with(inputs={f"{'q' * 200}{i}": i for i in range(10_000)}))
raw("200,000 inputs", EITHER, lambda: seed_with(inputs=NUMBERS | {f"i{i}": i for i in range(200_000)}))
raw("ten thousand inputs at fault", EITHER, lambda: seed_with(inputs=NUMBERS | {f"i{i}": {"role": "x"} for i in range(10_000)}))
for name, value in {
    "empty": {}, "of another form": {"v": 1}, "with more": {"value": 1, "role": "data", "more": 1},
    "of no role": {"value": 1, "role": "hero"}, "of a null role": {"value": 1, "role": None},
    "of a list of roles": {"value": 1, "role": ["data"]}, "in itself": {"value": {"value": 1}}, "without a value": {"role": "data"},
    "of a long role": {"value": 1, "role": "q" * 9000},
}.items():  # fmt: skip
    raw(
        f"an input as an object {name}",
        EITHER if name == "of a null role" else BAD,
        json.dumps({"program": "u = x", "inputs": {"x": value}}).encode(),
    )
for field_name in ("open", "closed"):
    raw(f"{field_name} of 100,000 entries", BAD, lambda f=field_name: seed_with(**{f: ["a"] * 100_000}))
    raw(f"{field_name} of 9,000 long entries", EITHER, lambda f=field_name: seed_with(**{f: ["a" * 700] * 9_000}), path="/api/v1/graph.svg")
    raw(
        f"{field_name} of paths",
        EITHER,
        seed_with(**{field_name: ["../../etc/passwd", "\0", "<script>", "t=0", ""]}),
        path="/api/v1/graph.svg",
    )
for number in (-1, 0, 1, 9, 10**30, 10**400, -(10**30), 2.5, "3", "٣", [3], 1e308):
    raw(f"digits {short(number)}", EITHER if number == "3" else BAD, seed_with(digits=number), path="/api/v1/graph.svg")
for number in (-1, 10**9, 10**30, 10**4000, 1.5, "1", "x", [0]):
    raw(f"sample {short(number)}", BAD if number in (-1, 1.5, "x", [0]) else EITHER, seed_with(sample=number), path="/api/v1/graph.svg")
for name in ("nothing", "x", "MSE ", "u1.1", "u1", "__class__", "../..", "<script>", "q" * 60_000, "MSE__2", "", "\n", "MSE\0"):
    raw(f"the loss {name[:20]!r}", (BAD, 200) if name == "" else BAD, seed_with(loss=name))

for name, limits in {
    "higher": {"nodes": 10**30}, "0": {"nodes": 0}, "negative": {"cards": -1}, "unknown": {"q" * 9000: 1}, "a text": {"flops": "1"},
    "null": {"flops": None}, "a list": [1], "a number": 1, "of 400 digits": {"flops": 10**400},
    "fractions": {"rank": 0.5}, "a dunder": {"__class__": 1}, "an object": {"nodes": {}}, "many": {f"a{i}": 1 for i in range(10_000)},
    "tiny": {"seconds": 5e-324}, "below one": {"layout_seconds": 1e-9}, "surrogate": {"\ud800": 1},
}.items():  # fmt: skip
    # What is done at once, or is kept already, takes none of its seconds.
    raw(f"limits: {name}", EITHER if name in ("tiny", "below one") else BAD, lambda v=limits: seed_with(limits=v), path="/api/v1/graph.svg")
for name in (
    "nodes",
    "inputs",
    "statements",
    "tensor_elements",
    "total_bytes",
    "flops",
    "json_elements",
    "cards",
    "edges",
    "response_bytes",
    "memory_bytes",
    "seconds",
    "layout_seconds",
    "nesting",
    "rank",
    "body_bytes",
):
    raw(f"limits: {name} is 1", EITHER, seed_with(limits={name: 1}), path="/api/v1/graph.svg")

# Bodies

case("body: none", MALFORMED, b"")
case("body: random bytes", MALFORMED, bytes(range(256)) * 100)
case("body: NULs", MALFORMED, b"\0" * 10_000)
case("body: an SVG", MALFORMED, b"<svg/>")
case("body: white space up to the limit", MALFORMED, lambda: b" " * BODY_BYTES)
case("body: 9 MB", 413, lambda: b" " * 9_000_000)
case("body: 9 MB in one text", 413, lambda: b'{"program": "' + b"a" * 9_000_000 + b'"}')


def chunks(chunk, total):
    def made():
        for _ in range(0, total, len(chunk)):
            yield chunk

    return made


case("body: endless chunks", 413, chunks(b" " * 65_536, 20_000_000))
case("body: many small chunks", 413, chunks(b"[" * 1024, BODY_BYTES + 4096))
case("body: one byte a chunk", MALFORMED, chunks(b"[", 5_000))
case("body: empty chunks", MALFORMED, lambda: iter([b"", b"", b"{"]))
for kind in (
    "", "text/plain", "text/html", "application/xml", "application/octet-stream", "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=",
    "json", "application/", "/json", "application/json+xml", "applicationjson", "application/json,text/plain", "image/svg+xml", "q" * 8000,
    "application/x-python-pickle",
):  # fmt: skip
    case(f"type: {kind[:40]!r}", 415, seed_with(), headers={"Content-Type": kind})
case("type: none at all", 415, seed_with(), headers={})
for kind in ("application/json; charset=utf-7", "application/json;charset=utf-16", "APPLICATION/JSON", " application/json ",
    "application/json; q=" + "1" * 4000, "application/vnd.x+json",
             "application/json; charset=no-such", "application/json;;;;", 'application/json; a="b'):  # fmt: skip
    case(f"type: {kind[:40]!r}", (200, 415), seed_with(), headers={"Content-Type": kind})
for coding in ("gzip", "deflate", "br", "zstd", "identity, gzip", "no-such"):
    case(f"encoded: {coding}, and it is gzip", (400, 415), lambda: gzip.compress(seed_with()), headers=JSON | {"Content-Encoding": coding})
    case(f"encoded: {coding}, and it is not", (200, 400, 415), seed_with(), headers=JSON | {"Content-Encoding": coding})
case("encoded: a bomb", (400, 413, 415), lambda: gzip.compress(b" " * 50_000_000, 9), headers=JSON | {"Content-Encoding": "gzip"})

# The other endpoints


def posted(name, path, expected, answer=PROBLEM, **more):
    case(f"{path}: {name}", expected, lambda: seed_with(**more), path=path, answer=answer)


STRANGE = {
    "none": "nothing", "empty": "", "a space": " ", "long": "q" * 50_000, "NUL": "\0", "surrogate": "\ud800",
    "a tag": "<script>window.marker=1</script>", "a path": "../../etc/passwd",
    "a dunder": "__class__", "a gradient": "w1_g", "a part beyond": "u1.999999999999999999999", "dots": "." * 5000, "an index": "w1[0]",
    "a second": "u1__99999999999999999999",
    "a quote": "w1'\"`", "bidi": "\u202ew1", "a line break": "w1\nw2", "digits": "9" * 5000,
}  # fmt: skip
for name, target in STRANGE.items():
    for path in ("/api/v1/derivation", "/api/v1/derivation.md", "/api/v1/derivation.tex", "/api/v1/nudge"):
        posted(f"the target is {name}", path, BAD, target=target)
    posted(f"the variable is {name}", "/api/v1/hints", BAD, variable=target)
    posted(f"an answer to {name}", "/api/v1/check", BAD, answers={target: "1"})
    posted(f"the source is {name}", "/api/v1/paths", BAD, source=target, target="MSE")
    posted(f"the target is {name}", "/api/v1/paths", BAD, source="w1", target=target)
    posted(f"the framework is {name}", "/api/v1/code", BAD, framework=target)
    case(f"/paths: the source is {name}", BAD, lambda t=target: seed_with(source=t, target="MSE"), path="/paths")
    case(
        f"/live: {name} is selected",
        OK,
        lambda t=target: json.dumps({"request": {"program": SEED, "inputs": NUMBERS}, "select": t}).encode(),
        path="/live",
        answer=LIVE,
    )
    case(
        f"/derivation: {name} is selected",
        EITHER,
        lambda t=target: json.dumps({"request": {"program": SEED, "inputs": NUMBERS}, "select": t}).encode(),
        path="/derivation",
    )
posted("backwards", "/api/v1/paths", (200, 422), source="MSE", target="w1")
for name, more in {
    "no target": {}, "a null target": {"target": None}, "a list of targets": {"target": ["w1"]},
    "no notation": {"target": "w1", "notation": "none"}, "no order": {"target": "w1", "order": "q" * 9000},
}.items():  # fmt: skip
    posted(name, "/api/v1/derivation", BAD, **more)
for name, index in {
    "huge": [10**30, 0], "below": [-1, -1], "far below": [-(10**30), 0], "long": [0] * 64, "longer": [0] * 65, "of floats": [0.5, 0],
    "of texts": ["a", "b"], "no list": 0, "nested": [[0], [0]],
    "null": None, "empty": [], "too short": [0], "of 4,000 digits": [10**4000, 0], "of nulls": [None, None], "very long": [0] * 100_000,
}.items():  # fmt: skip
    posted(f"an index {name}", "/api/v1/nudge", EITHER if name in ("below",) else BAD, target="w1", index=index)
for name, epsilon in {
    "0": 0, "tiny": 5e-324, "huge": 1e6, "beyond": 1e7, "far below": -1e300, "text": "x", "null": None, "of 400 digits": 10**400,
    "a list": [1], "an object": {}, "true": True,
}.items():  # fmt: skip
    posted(
        f"epsilon is {name}",
        "/api/v1/nudge",
        EITHER if name in ("0", "tiny", "huge", "true") else BAD,
        target="w1",
        index=[0, 0],
        epsilon=epsilon,
    )
    posted(f"epsilon is {name}", "/api/v1/verify", EITHER if name in ("null", "true") else BAD, epsilon=epsilon)
for name in ("NaN", "Infinity", "1e999"):
    case(
        f"/api/v1/nudge: epsilon is {name} unquoted",
        MALFORMED if name != "1e999" else BAD,
        seed_with(target="w1", index=[0, 0], epsilon=0.25).replace(b"0.25}", name.encode() + b"}"),
        path="/api/v1/nudge",
    )
    case(
        f"/api/v1/verify: epsilon is {name} unquoted",
        MALFORMED if name != "1e999" else BAD,
        seed_with(epsilon=0.125).replace(b"0.125}", name.encode() + b"}"),
        path="/api/v1/verify",
    )
for step in (-1, 10**6, 10**30, 10**4000, 1.5, "x", [0]):
    posted(f"step {short(step)}", "/api/v1/steps", BAD, step=step)
for seed in (-1, 2**32, 10**30, 10**4000, 1.5, "x", None):
    posted(f"seed {short(seed)}", "/api/v1/exercises", BAD, seed=seed)
for framework in ("numpy-steps", "numpy", "pytorch", "jax"):
    program(f"64 doublings as {framework}", EITHER, "c = x\n" + "c = c + c\n" * 64, framework=framework, path="/api/v1/code")
    program(
        f"Python's words as {framework}",
        EITHER,
        "lambda_ = x\nself = lambda_ + x\nprint = self * 1\nnumpy = print * 1\ntorch = numpy\nmain = torch + jax",
        {"x": 1, "jax": 2},
        framework=framework,
        path="/api/v1/code",
    )
for path in (
    "/api/v1/verify",
    "/api/v1/derivation",
    "/api/v1/paths",
    "/api/v1/steps",
    "/api/v1/nudge",
    "/api/v1/code",
    "/api/v1/exercises",
    "/api/v1/hints",
    "/api/v1/check",
):
    more = {"target": "x", "source": "x", "variable": "x", "answers": {"x": "1"}}
    wanted = {
        "/api/v1/derivation": ["target"],
        "/api/v1/paths": ["source", "target"],
        "/api/v1/nudge": ["target"],
        "/api/v1/hints": ["variable"],
        "/api/v1/check": ["answers"],
    }.get(path, [])
    more = {name: more[name] for name in wanted}
    program(
        f"90 values that use all before them at {path}",
        EITHER,
        lambda: all_skips(90),
        path=path,
        **(more | ({"target": "a89"} if path.endswith("paths") else {})),
    )
    program(
        f"3,000 statements at {path}",
        EITHER,
        lambda: "a0 = x * 1\n" + "\n".join(f"a{i} = sin(a{i - 1})" for i in range(1, 3000)),
        path=path,
        **(more | ({"target": "a2999"} if path.endswith("paths") else {})),
    )
    program(
        f"a million numbers at {path}",
        EITHER,
        "a = ones((1000, 1000)) * x\nL = sum(a)",
        path=path,
        **(more | ({"target": "L"} if path.endswith("paths") else {})),
    )
    program(f"no program at {path}", BAD, "", path=path, **more)

ANSWERS = {
    "deep parentheses": "(" * 5000 + "x" + ")" * 5000, "deep minus signs": "-" * 5000 + "x", "a long sum": "x" + " + x" * 10_000,
    "a list of much": "[" + "1," * 100_000 + "]",
    "a tower": "9**9**9**9", "many digits": "9" * 5000, "hexadecimal": "0x" + "f" * 5000, "zeros of much": "zeros((10**9, 10**9))",
    "outer of much": "outer(arange(10**5), arange(10**5))",
    "a generator": "sum(x.T @ u3 for i in range(10**9))",
    "generators in generators": "sum(sum(x for i in range(10**5)) for j in range(10**5))", "a loop": "for i in range(10**9):\n    a = x\na",
    "loops in loops": "for i in range(10**4):\n    for j in range(10**4):\n        a = x\na", "import": "import os\nos.system('id')",
    "eval": "eval('1')", "dunder": "x.__class__.__mro__",
    "a lambda": "(lambda f: f(f))(lambda f: f(f))", "a def": "def f(a):\n    return f(a)\nf(x)", "while": "while True:\n    pass",
    "a class": "class A: pass", "nothing": "", "spaces": " " * 50_000,
    "line breaks": "\n" * 50_000, "NUL": "x\0", "surrogate": "\ud800", "bidi": "\u202ex", "a name of much": "q" * 100_000,
    "a text": "'" + "a" * 50_000 + "'", "a walrus": "(a := x)", "print": "print(x)",
    "20,000 helper lines": "".join(f"a{i} = x\n" for i in range(20_000)) + "a0", "doublings": "a = x\n" + "a = a + a\n" * 64 + "a",
    "itself": "w1_g", "a shape that is not": "x @ x @ x",
    "everything at once": "x.T @ (2/3 * (u3 - y) @ w2.T * (u1 > 0))" + " * 1" * 800, "a tag": "<script>window.marker=1</script>",
    "a division by zero": "x / 0 - x / 0", "an index": "x[10**30]",
    "assignments": "w1 = 1\nx = 2\nw1_g = 3", "in place": "x[x <= 0] = 0\nx -= 1", "much in place": "x[0] = 1\n" * 5000 + "x",
    "semicolons": "x;" * 5000, "a comment": "# " + "z" * 100_000,
    "many paths": "u1" + "*u1" * 1500, "an einsum of much": "einsum('i,j,k->ijk', ones(999), ones(999), ones(999))",
    "an f-string": "f'{x}'", "a format": "'{0.__class__}'.format(x)", "@": "@" * 1000,
}  # fmt: skip
for name, answer in ANSWERS.items():
    posted(f"an answer: {name}", "/api/v1/check", EITHER, answers={"w1": answer})
    posted(f"a backward pass: {name}", "/api/v1/check", EITHER, backward=answer)
for name, answers in {
    "none": {}, "65": {f"a{i}": "1" for i in range(65)}, "null": {"w1": None}, "a boolean": {"w1": True}, "a list": ["w1"],
    "an object": {"w1": {}}, "an unknown object": {"w1": {"a": 1}},
    "a sign of 2": {"w1": {"element": [0, 0], "sign": 2}}, "an element beyond": {"w1": {"element": [10**30, 0], "number": 1}},
    "a long element": {"w1": {"element": [0] * 9999, "number": 1}},
    "an infinite number": {"w1": {"element": [0, 0], "number": "Infinity"}}, "a negative shape": {"w1": {"shape": [-1]}},
    "a shape of much": {"w1": {"shape": [10**30] * 64}},
    "a shape of 4,000 digits": {"w1": {"shape": [10**4000]}}, "a number of 400 digits": {"w1": 10**400},
    "numbers of 400 digits": {"w1": [[10**400] * 3] * 2}, "numbers of texts": {"w1": [["a", "b", "c"]] * 2},
    "another shape": {"w1": [1]}, "ragged": {"w1": [[1], [2, 3]]}, "nine deep": {"w1": [[[[[[[[[1]]]]]]]]]},
    "NaN": {"w1": [["NaN"] * 3] * 2}, "huge": {"w1": [[1e308] * 3] * 2}, "an empty list": {"w1": []},
    "a number of 400 digits for an element": {"w1": {"element": [0, 0], "number": 10**400}},
    "both": {"w1": {"element": [0, 0], "number": 1, "sign": 1}}, "a constant": {"2": "1"}, "the loss": {"MSE": "9"},
}.items():  # fmt: skip
    tolerant = ("another shape", "NaN", "huge", "the loss", "a shape of much", "a shape of 4,000 digits", "nine deep")
    posted(f"answers: {name}", "/api/v1/check", EITHER if name in tolerant else BAD, answers=answers)
posted("a backward pass that is a list", "/api/v1/check", BAD, backward=["w1_g = 1"])
posted("neither answers nor a backward pass", "/api/v1/check", BAD)

# What the page itself posts

for path in ("/live", "/verdict", "/derivation", "/paths"):
    live = path == "/live"
    headers = {} if path != "/paths" else JSON
    for name, body, status in (
        ("nothing", b"", 400), ("no JSON", b"{", 400), ("bytes", b"\xff\xfe\x00", 400), ("a list", b"[]", 422), ("null", b"null", 422),
        ("a number", b"1", 422), ("no fields", b"{}", 422),
        ("deep lists", b"[" * 100_000, 400), ("NaN", b"NaN", 400), ("many digits", b"9" * 5000, 400),
        ("an unknown field", b'{"request": {}, "a": 1}', 422),
        ("a request that is none", b'{"request": [], "select": "x"}', 422), ("an empty request", b'{"request": {}, "select": "x"}', 422),
    ):  # fmt: skip
        case(f"{path}: {name}", OK if live else status, body, path=path, headers=headers, answer=LIVE if live else PROBLEM)
    case(
        f"{path}: 9 MB", (200, 413) if live else 413, lambda: b" " * 9_000_000, path=path, headers=headers, answer=LIVE if live else PROBLEM
    )
SENT = {"program": SEED, "inputs": NUMBERS}
for name, more in {
    "an id that is none": {"id": "x"}, "an id of 4,000 digits": {"id": 10**4000}, "since nothing": {"since": {}},
    "since an unknown input": {"since": {"input": "q" * 9000, "index": [], "value": 1}},
    "since an element beyond": {"since": {"input": "x", "index": [10**30, 0], "value": 1}},
    "since far below": {"since": {"input": "x", "index": [-(10**30), 0], "value": 1}},
    "since a long index": {"since": {"input": "x", "index": [0] * 1000, "value": 1}},
    "since a huge number": {"since": {"input": "x", "index": [0, 0], "value": 1e308}},
    "since a number of 400 digits": {"since": {"input": "x", "index": [0, 0], "value": 10**400}},
    "since a short index": {"since": {"input": "x", "index": [], "value": 1}},
    "a table that is none": {"table": "yes please"}, "a selection that is none": {"select": [1]},
}.items():  # fmt: skip
    case(f"/live: {name}", OK, lambda m=more: json.dumps({"request": SENT} | m).encode(), path="/live", answer=LIVE)
for name, explained in {
    "texts": dict.fromkeys(("notation", "order", "epsilon", "framework", "element"), "q" * 9000),
    "lists": dict.fromkeys(("notation", "order", "epsilon", "framework", "element"), "[[1]]"),
    "an element beyond": {"element": "[" + "9" * 70 + "]"}, "an element of texts": {"element": "a, b"},
    "an epsilon of much": {"epsilon": "1e999"}, "an epsilon of none": {"epsilon": "nan"},
    "an element of other digits": {"element": "٣, ٤"}, "an element of powers": {"element": "², ³"},
    "listed": {"listed": "1", "framework": "jax"}, "unknown": {"a" * 9000: 1},
    "a negative element": {"element": "-1, -1"}, "an epsilon of other digits": {"epsilon": "٣"},
    "an epsilon of an integer of 40 digits": {"epsilon": "9" * 40}, "a surrogate": {"element": "\ud800"},
}.items():  # fmt: skip
    case(
        f"/derivation: {name}",
        EITHER,
        lambda e=explained: json.dumps({"request": SENT, "select": "w1", "explained": e}).encode(),
        path="/derivation",
    )


def form(name, expected, fields, path="/"):
    case(
        f"form {path}: {name}",
        expected,
        (lambda: urlencode(fields() if callable(fields) else fields, errors="surrogatepass").encode()),
        path=path,
        headers=FORM,
        answer=PAGE,
    )


FORMS = ("/", "/graph.svg", "/program.py", "/derivation.md", "/derivation.tex")
for path in FORMS:
    form("nothing", BAD, {}, path)
    form("a program that is none", BAD, {"program": "u ="}, path)
    form("deep parentheses", BAD, {"program": "u = " + "(" * 9000}, path)
    form("a selection that is none", EITHER, {"program": "u = 2 * x", "shape:x": "", "cell:x:0,0": "1", "select": "q" * 9000}, path)
    form(
        "an unknown framework",
        EITHER,
        {"program": "u = 2 * x", "shape:x": "", "cell:x:0,0": "1", "framework": "<script>", "notation": "none", "order": "none"},
        path,
    )
    form("a shape of much", EITHER, {"program": "u = 2 * x", "shape:x": "999999 × 999999", "cell:x:0,0": "1"}, path)
    case(f"form {path}: 9 MB", 413, lambda: b"a=" + b"b" * 9_000_000, path=path, headers=FORM)
    case(f"form {path}: 200,000 fields", 400, lambda: b"a=1&" * 200_000, path=path, headers=FORM)
    case(f"form {path}: bytes", BAD, bytes(range(256)) * 50, path=path, headers=FORM, answer=PAGE)
    case(f"form {path}: percent signs", BAD, b"%" * 5000 + b"&%zz=%u0000&program=%00%ff%ed%a0%80", path=path, headers=FORM, answer=PAGE)
    case(
        f"form {path}: in parts",
        EITHER,
        b'--q\r\nContent-Disposition: form-data; name="program"\r\n\r\nu = 1\r\n--q--',
        path=path,
        headers={"Content-Type": "multipart/form-data; boundary=q"},
        answer=PAGE,
    )
for name, fields in {
    "cells far off": {"shape:x": "2 × 2", "cell:x:999999,999999": "1"}, "cells below": {"shape:x": "", "cell:x:-1,-1": "1"},
    "cells of other digits": {"shape:x": "2", "cell:x:٠,٠": "1"},
    "a cell of much": {"shape:x": "", "cell:x:0,0": "9" * 100_000}, "a cell of an exponent": {"shape:x": "", "cell:x:0,0": "1e999999999"},
    "a cell of other digits": {"shape:x": "", "cell:x:0,0": "٣"},
    "a block of deep lists": {"block:x": "[" * 900 + "1" + "]" * 900}, "a block of very deep lists": {"block:x": "[" * 100_000},
    "a block of objects": {"block:x": '[{"a": 1}]'},
    "a block of many digits": {"block:x": "[" + "9" * 5000 + "]"}, "a block of NaN": {"block:x": "[NaN, Infinity]"},
    "a block of words": {"block:x": "a b c\nd"}, "a block of 300 digits": {"block:x": "9" * 400},
    "a block of integers of 400 digits": {"block:x": "[" + "9" * 400 + "]"},
    "a literal of deep lists": {"block:x": "[" * 900 + "1" + "]" * 900, "literal:x": "[" * 900 + "1" + "]" * 900},
    "a literal that is none": {"block:x": "1", "literal:x": "["}, "a literal of many digits": {"block:x": "1", "literal:x": "9" * 5000},
    "a role that is none": {"shape:x": "", "cell:x:0,0": "1", "role:x": "hero"},
    "a shape of other digits": {"shape:x": "٣ × ٣"}, "a shape of powers": {"shape:x": "² × ³"},
    "a shape of 6 axes": {"shape:x": "1 × 1 × 1 × 1 × 1 × 1"}, "digits of other scripts": {"digits": "٣"},
    "digits of powers": {"digits": "²"}, "a sample beyond": {"sample": "99999"}, "a sample of 20 digits": {"sample": "9" * 20},
    "groups that are none": {"group": "q" * 9000, "open": "x"},
    "an element beyond": {"select": "x", "element": "99999999999999999999", "epsilon": "1e-300"},
    "an epsilon of much": {"epsilon": "9" * 40}, "a program to be listed": {"listed": "1", "framework": "jax"},
    "a table": {"view": "table"}, "an example that is none": {"example": "../../etc/passwd"}, "a detail that is none": {"detail": "\0"},
    "another detail than before": {"was": "q" * 9000, "open": "x"},
    "a block of a list in a list": {"block:x": "[[[[[[[[[[1]]]]]]]]]]"}, "a block of texts": {"block:x": '["<script>", "a"]'},
    "a block of null": {"block:x": "[null]"}, "a block of true": {"block:x": "[true]"},
    "a block of empty lists": {"block:x": "[[], []]"}, "a block of a ragged list": {"block:x": "[[1], 2, [[3]]]"},
    "a block of a hundred thousand": {"block:x": "1 " * 100_000}, "a block of nothing": {"block:x": ""},
    "a block of a surrogate": {"block:x": '["\\ud800"]'}, "a cell of a surrogate": {"shape:x": "", "cell:x:0,0": "\ud800"},
    "a program of a surrogate": {"program": "u = x # \ud800"},
}.items():  # fmt: skip
    form(name, EITHER, {"program": "L = sum(2 * x)"} | fields)
form("100,000 lines", EITHER, lambda: {"program": "\n" * 100_000})
form("20,000 inputs", EITHER, lambda: {"program": "L = 2 * x"} | {f"shape:x{i}": "" for i in range(20_000)})
form("inputs of many cells", EITHER, lambda: {"program": "L = 2 * x"} | {f"shape:x{i}": "16 × 20" for i in range(5000)})
form(
    "inputs whose cells are looked for in many fields",
    EITHER,
    lambda: {"program": "L = 2 * x"} | {f"shape:x{i}": "0" for i in range(10_000)} | {f"cell:x:{i},0": "1" for i in range(60_000)},
)

# Files


def file(name, expected, body, filename="x.csv", **more):
    case(
        f"file: {name}",
        expected,
        body,
        path=f"/api/v1/arrays?filename={quote(filename, errors='surrogatepass')}",
        headers={"Content-Type": "application/octet-stream"},
        **more,
    )


def npy(header, data=b"", version=(1, 0), length=None):
    text = header.encode() if isinstance(header, str) else header
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes(version) + size.to_bytes(2 if version[0] == 1 else 4, "little") + text + data


def described(descr="'<f8'", shape="(2,)", fortran="False"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


def saved(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def one_member(packed, method, size, crc=0, name=b"x.npy", flags=0):
    """An archive of one member, written by hand: what it says of itself need not be true."""
    head = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0, crc, len(packed), size, len(name), 0)
    central = b"PK\x01\x02\x14\x00" + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    start = b"PK\x03\x04" + head + name + packed
    return start + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(start), 0)


class Payload:
    """What a pickle would run."""

    def __reduce__(self):
        return print, ("a pickle was run",)


@functools.cache
def zeros_packed(kind, megabytes=1000):
    """So many megabytes of zeros, packed piece by piece."""
    packer = {"deflate": lambda: zlib.compressobj(9, zlib.DEFLATED, -15), "bzip2": bz2.BZ2Compressor, "lzma": lzma.LZMACompressor}[kind]()
    block = b"\0" * 1_000_000
    parts = [packer.compress(npy(described(shape=f"({megabytes * 125_000},)")))]
    parts += [packer.compress(block) for _ in range(megabytes)]
    return b"".join(parts) + packer.flush()


for protocol in range(6):
    file(f"a pickle of protocol {protocol}", BAD, pickle.dumps(Payload(), protocol), "x.npy" if protocol % 2 else "")
file("a pickle in an .npy file", BAD, lambda: saved(np.array([Payload()], object)), "x.npy")
file("a pickle in an .npz file", BAD, lambda: zipped([("x.npy", saved(np.array([Payload()], object)))]), "x.npz")
file("a pickle as a member", BAD, lambda: zipped([("x.npy", saved(np.ones(2))), ("archive/data.pkl", pickle.dumps(Payload()))]), "x.npz")
for name, descr in {
    "objects": "'|O'", "empty texts": "'|S0'", "texts": "'<U9'", "records": "[('a', '<f8'), ('b', '<f8')]",
    "nested records": "[('a', [('b', '<f8')])]", "subarrays": "('<f8', (1000, 1000))", "void": "'|V8'",
    "empty void": "'|V0'", "complex": "'<c16'", "dates": "'<M8[ns]'", "durations": "'<m8'", "floats of 16 bytes": "'<f16'",
    "floats of 3 bytes": "'<f3'", "floats of no bytes": "'<f0'", "nothing": "''",
    "a number": "8", "null": "None", "a long name": f"'{'f' * 5000}'", "many bytes": "'<f99999999'",
    "a call": "__import__('os').system('id')", "a list in itself": "[[[[]]]]", "a dictionary": "{'names': ['a']}",
    "two types": "'<f8,<f8'", "spaces": "' <f8'", "a shape before": "'(1000,1000)<f8'", "bits": "'|b1'", "a NUL": "'<f8\\x00'",
}.items():  # fmt: skip
    file(
        f".npy of {name}",
        EITHER if name in ("bits", "floats of 16 bytes", "spaces") else BAD,
        npy(described(descr=descr), b"\0" * 16),
        "x.npy",
    )
for name, shape in {
    "10^12 elements": "(1000000, 1000000)", "10^30 elements": "(" + "10000000000, " * 3 + ")", "below 0": "(-1,)",
    "a product of minus": "(-2, -1)", "none": "()", "0": "(0,)", "0 and much": "(0, 10000000000000)",
    "floats": "(1.5,)", "a list": "[2]", "a number": "2", "texts": "('a',)", "True": "(True, True)", "null": "None", "9 axes": "(1,) * 9",
    "many axes": "(" + "1," * 3000 + ")", "5,000 digits": f"({'9' * 5000},)",
    "400 digits": f"({'9' * 400},)", "hexadecimal": "(0x" + "f" * 4900 + ",)", "a sum": "(1+1,)", "a complex sum": "(1+1j,)",
    "deep": "(" * 150 + ")" * 150, "deeper": "(" * 4000 + ")" * 4000, "minus signs": "(" + "-" * 4000 + "1,)",
    "Python 2's": "(2L,)",
}.items():  # fmt: skip
    tolerant = ("none", "Python 2's", "0", "0 and much")
    file(f".npy of shape {name}", EITHER if name in tolerant else BAD, npy(described(shape=shape), b"\0" * 16), "x.npy")
for name, body in {
    "a magic alone": b"\x93NUMPY", "a magic and a version": b"\x93NUMPY\x01\x00", "version 9": npy(described(), b"\0" * 16, (9, 0)),
    "version 1.9": npy(described(), b"\0" * 16, (1, 9)),
    "a header of 4 GB": npy("", b"", (2, 0), 2**32 - 1), "a header of 64 kB": npy(" " * 65_000), "an empty header": npy(""),
    "a header of bytes": npy(bytes(range(128, 256)), b"", (3, 0)),
    "a header that is no table": npy("[1, 2]"), "a header of one key": npy("{'descr': '<f8'}"),
    "a header of more keys": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'a': 1}", b"\0" * 16),
    "a header of keys twice": npy("{'descr': '<f8', 'descr': '|O', 'fortran_order': False, 'shape': (2,)}", b"\0" * 16),
    "an order that is none": npy(described(fortran="2"), b"\0" * 16),
    "an order of texts": npy(described(fortran="'no'"), b"\0" * 16), "cut off": npy(described(), b"\0" * 15),
    "too much": npy(described(), b"\0" * 17), "a header with a set": npy("{{}}"), "a header that lies": npy("x" * 118),
    "a header of an unhashable key": npy("{[]: 1}"),
    "a header of a line break": npy("{'descr': '<f8',\n\n\n'fortran_order': False,\n'shape': (2,)}\n\n", b"\0" * 15),
    "a thousand brackets": npy("[" * 9000),
}.items():  # fmt: skip
    file(f".npy with {name}", BAD, body, "x.npy")
file(".npy in Fortran's order", OK, npy(described(shape="(2, 1)", fortran="True"), b"\0" * 16), "x.npy")
file(".npy of eight million bytes", BAD, lambda: npy(described("'|i1'", "(8000000,)"), b"\0" * 8_000_000), "x.npy")
file(".npy of 9 MB", 413, lambda: npy(described(shape="(1125000,)"), b"\0" * 9_000_000), "x.npy")
METHODS = {"deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}
for kind, method in METHODS.items():
    # Packed, a gigabyte of zeros takes a second or more: bzip2 and LZMA are refused before anything is unpacked, so less does for them.
    megabytes = 300 if kind == "deflate" else 20
    file(
        f".npz: a bomb by {kind}",
        BAD,
        lambda k=kind, m=method, n=megabytes: one_member(zeros_packed(k, n), m, n * 1_000_000 + 128),
        "x.npz",
    )
    file(
        f".npz: a bomb by {kind} that says it is small",
        BAD,
        lambda k=kind, m=method, n=megabytes: one_member(zeros_packed(k, n), m, 100),
        "x.npz",
    )
file(
    ".npz: a bomb that lies in its header too",
    BAD,
    lambda: one_member(zlib.compress(npy(described()) + b"\0" * 100_000_000, 9)[2:-4], 8, 128 + 16),
    "x.npz",
)
file(".npz: a thousand members share one bomb", BAD, lambda: zipped([(f"x{i}.npy", b"\0" * 200_000) for i in range(250)]), "x.npz")
file(".npz: ten thousand members", BAD, lambda: zipped([(f"x{i}.npy", b"") for i in range(10_000)], zipfile.ZIP_STORED), "x.npz")
file(".npz: a zip in a zip", BAD, lambda: zipped([("x.npy", zipped([("x.npy", saved(np.ones(2)))]))]), "x.npz")
file(".npz: a zip in a zip by its name", BAD, lambda: zipped([("x.zip", zipped([("x.npy", saved(np.ones(2)))]))]), "x.npz")
for member in ("../../etc/passwd.npy", "/etc/passwd.npy", "..\\..\\x.npy", "C:\\x.npy", "a/b.npy", "x.npy/", ".npy", "x", "x.NPY",
    "x.npy\n", "\u202ex.npy", "q" * 60_000 + ".npy", "x\x1b.npy", "..npy", "é.npy", "__proto__.npy", "def.npy",
               "<script>.npy", "x.npy\0.txt"):  # fmt: skip
    tolerant = (
        ".npy",
        "\u202ex.npy",
        "q" * 60_000 + ".npy",
        "x\x1b.npy",
        "..npy",
        "é.npy",
        "__proto__.npy",
        "def.npy",
        "<script>.npy",
        "x.npy\0.txt",
    )
    file(
        f".npz: a member {member[:30]!r}", EITHER if member in tolerant else BAD, lambda m=member: zipped([(m, saved(np.ones(2)))]), "x.npz"
    )
file(
    ".npz: one name twice",
    BAD,
    lambda: b"".join([zipped([("x.npy", saved(np.ones(2))), ("y.npy", saved(np.ones(2)))]).replace(b"y.npy", b"x.npy")]),
    "x.npz",
)
file(".npz: encrypted", BAD, lambda: one_member(b"\0" * 200, 0, 188, flags=1), "x.npz")
for method in (1, 6, 9, 93, 97, 99, 65535):
    file(f".npz: compressed by method {method}", BAD, one_member(b"\0" * 200, method, 200), "x.npz")
file(".npz: a wrong checksum", BAD, one_member(npy(described(), b"\0" * 16), 0, len(npy(described(), b"\0" * 16)), 1), "x.npz")
file(".npz: sizes beyond the file", BAD, one_member(b"\0" * 20, 0, 2**32 - 2), "x.npz")
file(".npz: cut off", BAD, lambda: zipped([("x.npy", saved(np.ones(2)))])[:-5], "x.npz")
file(".npz: cut off in its middle", BAD, lambda: zipped([("x.npy", saved(np.ones(200)))])[:60], "x.npz")
file(".npz: something before it", EITHER, lambda: b"MZ" * 50 + zipped([("x.npy", saved(np.ones(2)))]), "x.npz")
file(".npz: an empty one", BAD, b"PK\x05\x06" + b"\0" * 18, "x.npz")
file(".npz: its end alone, with much said of it", BAD, b"PK\x05\x06" + b"\xff" * 18, "x.npz")
file(".npz: random bytes behind its mark", BAD, b"PK\x03\x04" + bytes(range(256)) * 20, "x.npz")
file(
    ".npz: its directory points back at itself",
    BAD,
    lambda: zipped([("x.npy", saved(np.ones(2)))]).replace(b"PK\x01\x02", b"PK\x01\x03"),
    "x.npz",
)
file(".npz: a long comment", EITHER, lambda: zipped([("x.npy", saved(np.ones(2)))])[:-2] + b"\xff\xff" + b"q" * 65_535, "x.npz")
file(".npz: a folder", BAD, lambda: zipped([("x/", b"")]), "x.npz")

for name, body, wanted in (
    ("nothing", b"", BAD), ("blank lines", b"\n" * 1_000_000, BAD),
    ("one line of a million columns", lambda: b"1," * 999_999 + b"1", EITHER), ("half a million rows", lambda: b"1\n" * 500_000, EITHER),
    ("two million rows", lambda: b"1\n" * 2_000_000, BAD), ("four million empty cells", lambda: b"," * 4_000_000, BAD),
    ("one cell of 5 MB", lambda: b"1" * 5_000_000, BAD), ("5 MB of letters", lambda: b"a" * 5_000_000, BAD),
    ("5 MB in quotes", lambda: b'"' + b"1" * 5_000_000 + b'"', BAD), ("NULs", b"\0" * 10_000, BAD), ("numbers with NULs", b"1,\0,2", BAD),
    ("a quote never closed", b'1,"2\n3,4', BAD), ("quotes in quotes", b'"1""2",3', BAD),
    ("many quotes", lambda: b'"' * 2_000_001, BAD), ("a formula", b"1,=1+1", BAD), ("a call", b"1,=cmd|' /C calc'!A0", BAD),
    ("Arabic digits", "1,٣".encode(), BAD), ("1_000", b"1,1_000", BAD), ("hexadecimal", b"1,0x10", BAD),
    ("1e999", b"1,1e999", BAD), ("5,000 digits", b"1," + b"9" * 5000, BAD), ("infinities", b"1,inf,-Infinity,nan", OK),
    ("nan of many names", b"1,nan(123)", BAD), ("latin-1", "1,é".encode("latin-1"), BAD),
    ("UTF-16", "1,2".encode("utf-16"), BAD), ("UTF-32", "1,2".encode("utf-32"), BAD), ("a BOM", "1,2".encode("utf-8-sig"), OK),
    ("two BOMs", "\ufeff\ufeff1,2".encode(), EITHER), ("mixed encodings", "1,é\n".encode() + "2,é".encode("latin-1"), BAD),
    ("ragged rows", b"1,2\n3", BAD), ("rows that grow", lambda: b"\n".join(b"1," * i + b"1" for i in range(500)), BAD),
    ("an empty cell", b"1,,2", BAD), ("separators of all kinds", b"1;2,3\t4 5", BAD), ("decimal commas", b"1,5;2,5", OK),
    ("both decimals", b"1,5;2.5", BAD), ("CR", b"1,2\r3,4", EITHER), ("form feeds", b"1,2\x0c3,4", BAD),
    ("U+2028", "1,2\u20283,4".encode(), BAD), ("bidi", "1,\u202e2".encode(), BAD), ("a tag", b"1,<script>window.marker=1</script>", BAD),
    ("a header of tags", b"<script>,<img>\n1,2", OK), ("a header of a million letters", lambda: b"a" * 1_000_000 + b",b\n1,2", (200, 422)),
    ("a header of 100,000 columns", lambda: b"a," * 100_000 + b"a\n" + b"1," * 100_000 + b"1", EITHER),
    ("many comments", lambda: b"# 1\n" * 500_000 + b"1", EITHER), ("tabs", lambda: b"\t" * 3_000_000, BAD),
    ("spaces", lambda: b" " * 3_000_000, BAD), ("minus signs", "−" * 20, BAD), ("HTML", b"<!doctype html><p>1", BAD),
    ("JSON", b"[1, 2]", BAD),
    ("XML with entities", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', BAD), ("a gzip", gzip.compress(b"1,2"), BAD),
    ("a PDF", b"%PDF-1.4", BAD), ("an Excel workbook", b"\xd0\xcf\x11\xe0", BAD), ("backslashes", b"1\\,2\n3\\,4", BAD),
    ("one number", b"1", OK), ("a plus", b"+1,+2", OK), ("a deep number", b"1e-400,1", OK), ("9 MB", lambda: b"1\n" * 4_500_000, 413),
    ("a number of many zeros", b"0" * 100_000 + b"1,2", EITHER), ("semicolons", lambda: b";" * 3_000_000, BAD),
):  # fmt: skip
    file(f"a table: {name}", wanted, body.encode() if isinstance(body, str) else body)
for name, filename, wanted in (
    ("a path", "../../etc/passwd", EITHER), ("a path of the other kind", "..\\..\\x.csv", OK),
    ("control characters", "x\x00\x1b\n.csv", EITHER), ("bidi", "\u202evsc.x", BAD), ("900 letters", "q" * 896 + ".csv", OK),
    ("an ending of 900 letters", "x." + "q" * 897, BAD),
    ("5,000 letters", "q" * 5000, BAD), ("an ending of another kind", "x.exe", BAD), ("an ending of NUL", "x.csv\0.exe", EITHER),
    ("dots", "." * 900, EITHER), ("nothing but an ending", ".csv", OK), ("a tag", "<script>window.marker=1</script>.csv", OK),
    ("a surrogate", "\ud800.csv", EITHER), ("emoji", "\U0001f600.csv", OK), ("a keyword", "lambda.csv", OK),
    ("an operation", "relu.csv", OK), ("a dunder", "__class__.csv", OK), ("digits", "123.csv", OK),
    ("combining marks", "a" + "\u0301" * 500 + ".csv", OK),
    ("a device", "CON.csv", OK), ("a stream", "x.csv::$DATA", EITHER), ("an address", "http://localhost/x.csv", OK),
    ("capitals", "X.CSV", OK), ("an expanding letter", "\ufdfa" * 900, EITHER),
):  # fmt: skip
    file(f"a name: {name}", wanted, b"1,2", filename)
case("file: the name twice", EITHER, b"1,2", path="/api/v1/arrays?filename=x.csv&filename=x.npy", headers={})
case(
    "file: in parts",
    EITHER,
    b'--q\r\nContent-Disposition: form-data; name="f"; filename="x.csv"\r\n\r\n1,2\r\n--q--',
    path="/api/v1/arrays",
    headers={"Content-Type": "multipart/form-data; boundary=q"},
)
case("file: endless chunks", 413, chunks(b"1\n" * 32_768, 20_000_000), path="/api/v1/arrays?filename=x.csv", headers={})

# What is asked for by address


def get(path, expected, name=None, **more):
    case(f"GET {name or path[:70]}", expected, path=path, method="GET", headers=more.pop("headers", {}), answer=PROBLEM, **more)


for value in (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "%ff",
    "%ed%a0%80",
    "seed-network%00",
    "SEED-NETWORK",
    "__class__",
    "<script>",
    "q" * 10_000,
    "%2e%2e",
    "seed-network/",
    "%F0%9F%98%80",
    "a%0d%0aSet-Cookie:b",
    "",
):
    get(f"/?example={value}", 404)
    get(f"/api/v1/worksheet?example={value}", BAD if len(value) > 100 else 404)
    if value:
        get(f"/api/v1/examples/{value}", (404, 307) if value.endswith("/") else 404)
for query in (
    "seed=1e99",
    "seed=-1",
    "seed=4294967296",
    "seed=" + "9" * 5000,
    "seed=x",
    "seed=1.5",
    "seed=",
    "format=xml",
    "format=",
    "format=" + "q" * 10_000,
    "seed=%00",
    "seed=%D9%A3x",
    "seed[]=1x&seed=x",
):
    get(f"/api/v1/worksheet?example=seed-network&{query}", BAD)
get("/api/v1/worksheet", BAD)
get("/api/v1/worksheet?example=seed-network&seed=0x10", BAD)
get("/api/v1/worksheet?example=seed-network&seed=4294967295&format=html", OK)
get("/api/v1/worksheet?example=seed-network&a=" + "q" * 50_000, OK, "a worksheet with a long query")
get("/?example=chain-rule&example=seed-network", OK)
get("/?" + "&".join(f"a{i}={i}" for i in range(5000)), EITHER, "the page with 5,000 parameters")
for query in ("detail=none", "select=" + "q" * 10_000, "select=%00", "digits=999999", "digits=%D9%A3", "digits=%C2%B2", "sample=99999",
    "sample=%D9%A3", "sample=-1", "show=x", "direction=%ff", "view=" + "q" * 9000, "notation=x&order=y", "epsilon=1e999",
              "element=" + "9" * 80, "element=%C2%B2", "listed=1&framework=jax", "fractions=<script>", "sample=" + "9" * 30, "epsilon=nan",
              "element=a,b", "select=<script>&detail=operations"):  # fmt: skip
    get(f"/?example=seed-network&{query}", OK)
for path in ("/static/../app/main.py", "/static/..%2fapp%2fmain.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%5c..%5cetc",
    "/static/%252e%252e%252fapp", "/static//etc/passwd", "/static/%00", "/static/page.css%00.js", "/static/", "/static", "/static/js",
             "/static/js/", "/static/" + "q" * 5000, "/static/" + "a/" * 2000, "/static/%ff", "/static/%ed%a0%80",
             "/static/....//....//etc/passwd", "/.git/config", "/.env", "/app/main.py", "/api/v1/examples/", "/api/v1/", "/api/v2/graph",
             "/api",
             "/" + "q" * 20_000, "/%00", "/%ff", "//example.org", "/\\example.org", "/..", "/%2e%2e%2f",
             "/api/v1/examples/seed-network%2f..", "/static/page.css/", "/metrics", "/admin", "/server-status", "/wp-login.php",
             "/redoc"):  # fmt: skip
    tolerant = {"/static": (404, 307), "/metrics": (404, 200, 403), "/api/v1/examples/": (404, 307), "/static/page.css/": (404, 200),
        "/static/../app/main.py": 404, "/..": (404, 200), "//example.org": (404, 200)}  # fmt: skip
    get(path, tolerant.get(path, 404))
get("/docs?q=" + "q" * 10_000, OK, "the documentation with a long query")
get("/problems?x=<script>window.marker=1</script>", OK)
get("/healthz?a=" + "q" * 10_000, OK, "health with a long query")
for path in (GRAPH, "/api/v1/arrays", "/live", "/verdict", "/graph.svg", "/api/v1/check", "/api/v1/live"):
    get(path, 405 if path != "/api/v1/live" else 404)

# Methods and headers

for method in ("TRACE", "PROPFIND", "DELETE", "PUT", "PATCH", "OPTIONS", "QUERY", "CONNECT", "FOO", "GETT", "MKCOL", "post"):
    for path in ("/", GRAPH):
        # Whether a method in small letters is the same is for the client to say: some send it in capitals.
        expected = 405 if method != "post" else {"/": (405, 422), GRAPH: (405, 400)}[path]
        case(
            f"{method} {path}",
            expected,
            b"",
            path=path,
            method=method,
            headers=JSON,
            answer=PAGE if method == "post" and path == "/" else PROBLEM,
        )
for path in ("/", GRAPH, "/static/page.css", "/healthz", "/problems", "/api/v1/examples"):
    case(f"HEAD {path}", (200, 405), None, path=path, method="HEAD", headers={})
case("a GET with a body", EITHER, b"[" * 100_000, path="/api/v1/examples", method="GET", headers=JSON)
for name, value in {
    "Accept": "q" * 8000, "Accept-Encoding": "gzip;q=nan, *;q=1e999, " + "br," * 1000, "Accept-Language": "x" * 8000,
    "X-Forwarded-For": "1.2.3.4, " * 500, "X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "evil.example",
    "Host": "evil.example", "Cookie": "a=b; " * 1500, "Origin": "null", "Referer": "javascript:alert(1)",
    "If-None-Match": '"' + "q" * 8000, "If-Modified-Since": "never", "User-Agent": "<script>window.marker=1</script>", "Expect": "200-ok",
    "X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/admin", "X-Rewrite-URL": "/admin", "Upgrade": "websocket",
    "Transfer-Encoding": "gzip", "TE": "trailers", "Forwarded": "for=<script>", "Authorization": "Basic " + "q" * 8000, "Via": "q" * 8000,
    "traceparent": "00-" + "f" * 500, "X-Request-ID": "q" * 8000, "Prefer": "wait=999999999", "Cache-Control": "max-age=-1",
    "Priority": "u=99",
}.items():  # fmt: skip
    case(f"header {name}", (200, 400), seed_with(), headers=JSON | {name: value})
for host in ("a b", "[::1", "evil.example/../", "a@b", "<script>", "", "a" * 5000, "localhost:99999999", "/", "?"):
    case(f"Host {host[:30]!r}", (200, 400), None, path="/api/v1/examples", method="GET", headers={"Host": host})
for ranges in ("bytes=0-0," + ",".join(f"{i}-{i}" for i in range(3000)), "bytes=" + "0-," * 3000 + "0-", "bytes=-", "bytes=5-1",
    "bytes=99999999999999999999-", "bytes=a-b", "lines=1-2", "bytes=0-18446744073709551616", "bytes=" + "9" * 5000 + "-", "bytes=-0",
               "bytes", "bytes=,,,,", "bytes= 0 - 1 "):  # fmt: skip
    case(f"Range {ranges[:30]!r}", (200, 206, 400, 416), None, path="/static/page.css", method="GET", headers={"Range": ranges})
for kind in ("text/html", "application/xml", "*/*;q=0", "image/svg+xml", "q/" * 2000, "application/json;q=0"):
    case(f"Accept {kind[:30]!r} and a fault", BAD, b'{"program": "u ="}', headers=JSON | {"Accept": kind})
    case(
        f"Accept {kind[:30]!r} and a worksheet",
        (200, 406),
        None,
        path="/api/v1/worksheet?example=seed-network",
        method="GET",
        headers={"Accept": kind},
    )
