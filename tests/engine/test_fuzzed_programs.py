"""Text made at random, of three kinds: any characters, the language's tokens, and programs of the gallery with something done to them.
It is a program, or refused at a place within it; and what is a program is printed as one that is the same."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.code import code
from app.engine.language import names
from app.engine.language.grammar import REFUSED, Source
from app.engine.language.prelude import prelude
from app.engine.language.proof import mended
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.program import CONSTANT, INPUT
from app.errors import CurlydError
from app.examples import gallery

LARGEST = 300
"""Nodes of an expression that is printed: what stands in it twice is written twice."""
LONGEST = 1_000
"""Characters of a message."""


def read(text):
    """Reads a text. All that it may raise is raised at a place within it."""
    try:
        program, faults = parse(text), ()
    except CurlydError as error:
        program, faults = None, error.faults
    assert program or faults
    for fault in faults:
        within(text, fault)
    if program:
        assert program.statements
        printed_and_read_again(program)


def within(text, fault):
    assert 0 < len(fault.message) < LONGEST
    assert len(fault.hint or "") < LONGEST
    (fault.message + (fault.hint or "")).encode()
    if fault.line is None:
        return
    lines = Source(text).lines
    assert 1 <= fault.line <= len(lines)
    # Something may be missing at the end of a line: that place is the column after it.
    end = len(lines[fault.line - 1]) + 1
    assert 1 <= fault.column <= end
    assert fault.column <= fault.end_column <= end + 1
    if fault.repair is not None:
        assert 1 <= fault.repair.line <= len(lines)
        assert 1 <= fault.repair.column <= fault.repair.end_column <= len(lines[fault.repair.line - 1]) + 1
        assert mended(text, fault.repair) != text


def printed_and_read_again(program):
    """Every statement, written over the inputs alone, is the same expression when it is read."""
    # A second number under one name is called a__2, which stands in no program.
    inputs = {item.node: f"x{number}" for number, item in enumerate(program.inputs)}
    sizes, waits = [], []
    for index, node in enumerate(program.nodes):
        sizes.append(1 + sum(sizes[arg] for arg in node.args))
        # What only the shapes will say has no form in code yet.
        waits.append(index in program.waiting or any(waits[arg] for arg in node.args))
    for statement in program.statements:
        node = statement.node
        if waits[node] or sizes[node] > LARGEST:
            continue
        text = code(program.nodes, node, inputs)
        # As a part of something: a number, a list or a name by itself would be no statement.
        again = parse(f"end = a * ({text})")
        called = {item.node: item.name for item in again.inputs}
        assert tree(again, again.nodes[again.statements[-1].node].args[1], called) == tree(program, node, inputs), text


def tree(program, root, called):
    """An expression as nested tuples, its inputs by what they are called."""
    found = []
    for index, node in enumerate(program.nodes[: root + 1]):
        op, args, parameters = node.op, tuple(found[arg] for arg in node.args), node.parameters
        if op == INPUT:
            parameters = called[index]
        elif op == "negative" and args[0][0] == CONSTANT and program.nodes[node.args[0]].parameters[1:] == ():
            # -2 is read as one number, whatever it was made as.
            op, args, parameters = CONSTANT, (), (("value", -program.nodes[node.args[0]].number),)
        # NaN is not equal to itself, but is written as itself.
        found.append((op, repr(parameters) if "nan" in repr(parameters) else parameters, args))
    return found[root]


# (a) any characters

ODD = st.sampled_from(
    "\x00\t\x0b\x0c\r\x1f\x7f\x85\xa0\xad²½ªªµßİſ\u0300\u2028\u2029\u200b\u202e\u2212ﬁ﹏𝐱１\ud800\ufeff\uffff\U000e0001🙂"
)


@settings(deadline=None, max_examples=500)
@given(st.text(st.one_of(st.characters(), st.characters(max_codepoint=127), ODD), max_size=80))
def test_any_characters(text):
    read(text)
    read(f"y = a {text}")


# (b) the language's tokens

WORDS = sorted(
    {*OPERATIONS, *prelude(), *names.ALSO, *names.WRITE_INSTEAD, *names.MISSING, *names.DELETED, *names.UNCHANGED, *names.CASTS, *names.CUT}
)
PARAMETERS = sorted({parameter.name for item in OPERATIONS.values() for parameter in item.parameters} | names.IGNORED | {"dim", "keepdim"})
SIGNS = ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "~", ">", "<=", "==", "!=", "^", "<<", "is", "in", "not", "and", "or", ":="]
OTHERS = [item.__name__.lower() for item in REFUSED] + ["else", "as", "from", "class", "async def", "except", "print"]
PLAIN = [
    "a", "b", "x", "hs", "n", "f", "i", "0", "1", "-1", "2.5", "1e400", "0x1f", "1j", "None", "True", "...", "[1, 2]", "(0, 1)", "'ij->ji'",
]  # fmt: skip
AROUND = [
    "(", ")", "[", "]", "{", "}", ", ", ":", ".", " = ", " += ", "\n", "\n    ", "\n        ", ";", "#", '"', "\\\n", "f(", "return ",
    "for i in range(2):\n    ", "def f(x, k=1):\n    ", "hs.append(", "x, y = ", ".T", ".shape", ".shape[0]", ".size(", "np.", "np.newaxis",
    "torch.nn.functional.", " for i in hs", " if a else b",
]  # fmt: skip
TOKEN = st.one_of(
    st.sampled_from(WORDS).map(lambda word: f"{word}("),
    st.sampled_from(WORDS).map(lambda word: f".{word}("),
    st.sampled_from(PARAMETERS).map(lambda word: f"{word}="),
    st.sampled_from(SIGNS).map(lambda sign: f" {sign} "),
    st.sampled_from(OTHERS).map(lambda word: f" {word} "),
    st.sampled_from(PLAIN),
    st.sampled_from(PLAIN),
    st.sampled_from(AROUND),
    st.sampled_from(AROUND),
)
BEFORE = "hs = [a, b]\nn = 2\ndef f(x, k=1):\n    return x * k\ny = "


@settings(deadline=None, max_examples=800)
@given(st.lists(TOKEN, max_size=25).map("".join))
def test_any_tokens(text):
    read(text)
    read(BEFORE + text)


ATTRIBUTES = ["T", "mT", "ndim", "size", "shape", "shape[0]", "float()", "item()", "data"]
ATOMS = st.sampled_from(PLAIN)
ARGUMENTS = st.one_of(st.just(""), st.tuples(st.sampled_from(PARAMETERS), ATOMS).map(lambda pair: f", {pair[0]}={pair[1]}"))


def larger(inner):
    """An expression with others in it."""
    word = st.sampled_from(WORDS)
    return st.one_of(
        st.tuples(word, inner, ARGUMENTS).map(lambda of: f"{of[0]}({of[1]}{of[2]})"),
        st.tuples(word, inner, inner, ARGUMENTS).map(lambda of: f"{of[0]}({of[1]}, {of[2]}{of[3]})"),
        st.tuples(inner, word, ATOMS).map(lambda of: f"({of[0]}).{of[1]}({of[2]})"),
        st.tuples(inner, st.sampled_from(["T", "ndim", "size", "shape", "shape[0]", "float()", "item()"])).map(
            lambda of: f"({of[0]}).{of[1]}"
        ),
        st.tuples(inner, st.sampled_from(SIGNS), inner).map(lambda of: f"({of[0]} {of[1]} {of[2]})"),
        st.tuples(inner, ATOMS).map(lambda of: f"({of[0]})[{of[1]}]"),
        st.lists(inner, min_size=1, max_size=3).map(lambda of: f"[{', '.join(of)}]"),
        inner.map(lambda of: f"-{of}"),
    )


@settings(deadline=None, max_examples=800)
@given(st.recursive(ATOMS, larger, max_leaves=8))
@example("-x.ndim")
@example("add([1, 2], [3, 4])")
def test_any_expressions(text):
    """Text that is nearly always an expression, of calls in calls: what is wrong with it is more than its grammar."""
    read(BEFORE + text)
    read(f"y = x * {text}")


# (c) programs of the gallery, with something done to them

GALLERY = [re.findall(r"\w+|\n *| +|\*\*|[^\w\s]", item.program) for item in gallery().values()]


@st.composite
def changed(draw):
    """A program with up to four tokens left out, doubled, exchanged, or replaced by something odd or by a token of another program."""
    tokens = list(draw(st.sampled_from(GALLERY)))
    for _ in range(draw(st.integers(1, 4))):
        one, other = (draw(st.integers(0, len(tokens) - 1)) for _ in range(2))
        match draw(st.sampled_from(["leave out", "double", "exchange", "odd", "other"])):
            case "leave out" if len(tokens) > 1:
                del tokens[one]
            case "double":
                tokens.insert(other, tokens[one])
            case "exchange":
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case "odd":
                tokens.insert(one, draw(ODD))
            case "other":
                tokens[one] = draw(st.one_of(TOKEN, st.sampled_from(GALLERY).flatmap(st.sampled_from)))
    return "".join(tokens)


@settings(deadline=None, max_examples=800)
@given(changed())
def test_any_change_to_a_program(text):
    read(text)


def test_programs_of_the_gallery_are_unchanged_by_being_cut():
    assert ["".join(tokens) for tokens in GALLERY] == [item.program for item in gallery().values()]
    for item in gallery().values():
        read(item.program)
