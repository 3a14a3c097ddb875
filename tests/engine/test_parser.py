"""Text to program: what is accepted, where things stand, and how wrong programs are refused."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seed_network import PROGRAM, values

from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.program import Input, Node, Place
from app.errors import CurlydError, LimitError, ProgramError
from app.settings import Limits


def fault(text, limits=None):
    """The first fault of a text that is no program."""
    with pytest.raises((ProgramError, LimitError)) as caught:
        parse(text, limits)
    return caught.value.faults[0]


def operations(text):
    return [node.op for node in parse(text).nodes]


# --- what is accepted


def test_seed_network():
    program = parse(PROGRAM)
    assert [item.name for item in program.inputs] == ["x", "w1", "b1", "w2", "b2", "y"]
    assert [item.name for item in program.statements] == ["u1", "u2", "u3", "u4", "u5", "MSE"]
    assert [item.text for item in program.statements] == [line.split(" = ")[1] for line in PROGRAM.splitlines()]
    assert program.names()[program.statements[-1].node] == "MSE"


def test_inputs_stand_in_the_order_of_their_first_use_and_nodes_after_what_they_use():
    program = parse("a = z * y + x\nb = (a - y) ** k")
    assert [item.name for item in program.inputs] == ["z", "y", "x", "k"]
    assert [node.op for node in program.nodes] == ["input", "input", "multiply", "input", "add", "subtract", "input", "power"]
    assert all(arg < index for index, node in enumerate(program.nodes) for arg in node.args)


def test_arguments_stand_in_the_order_in_which_they_are_written():
    program = parse("y = a - b")
    assert program.nodes[2] == Node("subtract", (0, 1), (), Place(1, 5, 10))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = a - b - c", 5.0 - 3.0 - 2.0),
        ("y = a - (b - c)", 5.0 - (3.0 - 2.0)),
        ("y = a + b * c", 11.0),
        ("y = a / b / c", 5.0 / 3.0 / 2.0),
        ("y = -a ** 2", -25.0),
        ("y = (-a) ** 2", 25.0),
        ("y = c ** b ** c", 2.0**9),
        ("y = c ** -c", 0.25),
        ("y = --a", 5.0),
        ("y = +a", 5.0),
        ("y = -3 + a", 2.0),
        ("y = (a > b) * (b >= c) + (a < c) + (a <= a) + (a == b) + (a != b)", 3.0),
        ("y = 1_000 + .5 + 1e3 + 0x10", 2016.5),
        ("y = a\nz = y\nt = z + z", 10.0),
        ("k = 3\ny = k * a", 15.0),
        ("y = (a +\n     b)", 8.0),
        ("y = a \\\n  + b", 8.0),
        ("y = a; z = y + 1", 6.0),
        ("# first\ny = a  # a comment\n\n\n", 5.0),
        ("y = a\r\nz = y + b\r\n", 8.0),
        ("y = a\rz = y + b", 8.0),
        ("größe = a\nα = größe * 2", 10.0),
        ("y = sum(a)", 5.0),
        ("y = maximum(a, b) - minimum(b, c)", 3.0),
        ("y = sum(reshape(a, (1, 1)), axis=(0, 1))", 5.0),
        ("y = sum(reshape(a, [1, 1]))", 5.0),
        ("y = sum(reshape(a, 1))", 5.0),
        ("y = sum(transpose(reshape(a, (1, 1)), axes=(1, 0)), None, False)", 5.0),
        ("y = sum(a.T)", 5.0),
    ],
)
def test_grammar(text, expected):
    given_values = {name: value for name, value in {"a": 5.0, "b": 3.0, "c": 2.0}.items() if name in {i.name for i in parse(text).inputs}}
    found = values(text, given_values)
    assert float(found[parse(text).statements[-1].name]) == expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_can_be_called_by_its_name(name):
    operation = OPERATIONS[name]
    static = ["(1,)" for parameter in operation.parameters if parameter.kind == "shape" and parameter.default is not None]
    program = parse(f"y = {name}({', '.join([*operation.arguments, *static])})")
    assert program.nodes[-1].op == name
    assert [key for key, _ in program.nodes[-1].parameters] == [parameter.name for parameter in operation.parameters]


def test_same_name_under_another_name_is_a_value_of_its_own():
    program = parse("y = a\nz = y\nk = 3")
    assert [node.op for node in program.nodes] == ["input", "identity", "identity", "constant", "identity"]
    assert len(program.names()) == 4


def test_sign_of_a_literal_is_part_of_it():
    assert operations("y = a ** -2") == ["input", "constant", "power"]
    assert parse("y = a ** -2").nodes[1].number == -2.0
    assert operations("y = -a") == ["input", "negative"]


def test_text_of_a_statement_is_one_line():
    assert parse("y = relu(a +\n     b)  # half of it").statements[0].text == "relu(a + b)"


# --- where things stand


def test_places_count_characters_from_one():
    program = parse("y = a\nzz = (y + b) * c")
    assert program.statements[1].place == Place(2, 1, 17)
    assert program.inputs == (Input("a", 0, Place(1, 5, 6)), Input("b", 2, Place(2, 11, 12)), Input("c", 4, Place(2, 16, 17)))
    assert program.nodes[3].place == Place(2, 7, 12)


def test_places_count_characters_after_text_that_is_not_ascii():
    program = parse("größe = ü * é\nβ = größe + c  # ∂")
    assert [item.place for item in program.inputs] == [Place(1, 9, 10), Place(1, 13, 14), Place(2, 13, 14)]
    found = fault("größe = ü ^ 2")
    assert (found.line, found.column, found.end_column) == (1, 9, 14)
    found = fault("größe = ü + relv(é)")
    assert (found.line, found.column, found.end_column) == (1, 13, 17)


def test_what_ends_on_a_later_line_is_marked_to_the_end_of_its_first():
    found = fault("y = (a ^\n  b)")
    assert (found.line, found.column, found.end_column) == (1, 6, 9)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(newline):
    found = fault(f"y = a{newline}z = y ^ 2")
    assert (found.line, found.column, found.end_column) == (2, 5, 10)


# --- wrong programs

WRONG = [
    ("y = a +", 1, None, "can be read", "operator missing"),
    ("y = a b", 1, None, "can be read", "operator missing"),
    ("y = (a + b", 1, 5, "never closed", "Close it"),
    ("y = a)", 1, 6, "nmatched", ""),
    ("3 = y", 1, 1, "Only a name can stand left of =", "name = expression"),
    (" y = a", 1, None, "indented", "first column"),
    ("y = a\n  z = y", 2, None, "indented", "first column"),
    ("y = x ^ 2", 1, 5, "^ is not part", "**"),
    ("a = 1\ny = a + x // 2", 2, 9, "// is not part", "single /"),
    ("y = a % 2", 1, 5, "% is not part", ""),
    ("y = a << 2", 1, 5, "not part of the language", ""),
    ("y = max(0, u)", 1, 5, "no operation called max", "maximum(a, b)"),
    ("y = min(0, u)", 1, 5, "no operation called min", "minimum(a, b)"),
    ("y = relv(u)", 1, 5, "no operation called relv", "Did you mean relu?"),
    ("y = 1 + Relu(u)", 1, 9, "no operation called Relu", "Did you mean relu?"),
    ("y = frobnicate(u)", 1, 5, "no operation called frobnicate", "There are add, "),
    ("z = 1\ny = z(3)", 2, 5, "z is a value, not an operation", "z * ("),
    ("y = u.shape", 1, 5, ".shape is not part", ".T"),
    ("y = np.mean(u)", 1, 5, "Only an operation can be called", "mean(u)"),
    ("y = x.sum()", 1, 5, "Only an operation can be called", "mean(u)"),
    ("y = f(a)(b)", 1, 5, "Only an operation can be called", ""),
    ("y = a < b < c", 1, 5, "cannot be chained", "(a < b) * (b < c)"),
    ("y = a is b", 1, 5, "is is not part", ""),
    ("y = a not in b", 1, 5, "not part of the language", ""),
    ("y = a and b", 1, 5, "not part of the language", ""),
    ("y = not a", 1, 5, "not part of the language", ""),
    ("y = ~a", 1, 5, "not part of the language", ""),
    ("y = relu()", 1, 5, "relu takes one argument, not 0", "relu(a)"),
    ("y = relu(a, b)", 1, 5, "relu takes one argument, not 2", "relu(a)"),
    ("y = add(a)", 1, 5, "add takes 2 arguments, not 1", "add(a, b)"),
    ("y = sum(a, 0, False, 1)", 1, 5, "sum takes", "sum(a, axis=None, keepdims=False)"),
    ("y = relu(*a)", 1, 10, "cannot be unpacked", "relu(a)"),
    ("y = sum(a, **k)", 1, 12, "no argument called **", "sum(a, axis=None"),
    ("y = sum(a, axes=0)", 1, 12, "no argument called axes", "axis="),
    ("y = sum(a, dim=0)", 1, 12, "no argument called dim", "sum(a, axis=None"),
    ("y = relu(a, axis=0)", 1, 13, "no argument called axis", "relu(a)"),
    ("y = sum(a, 0, axis=1)", 1, 15, "given twice", ""),
    ("y = sum(a, axis=k)", 1, 17, "axis must be a whole number", ""),
    ("y = sum(a, axis=0.5)", 1, 17, "axis must be a whole number", ""),
    ("y = sum(a, axis=True)", 1, 17, "axis must be a whole number", ""),
    ("y = sum(a, axis=(0, 'x'))", 1, 17, "axis must be a whole number", ""),
    ("y = sum(a, axis=1 + 1)", 1, 17, "axis must be a whole number", ""),
    ("y = sum(a, keepdims=1)", 1, 21, "keepdims must be True or False", ""),
    ("y = reshape(a)", 1, 5, "reshape needs shape", "reshape(a, shape)"),
    ("y = reshape(a, (2, n))", 1, 16, "shape must be sizes", ""),
    ("y = reshape(a, None)", 1, 16, "shape must be sizes", ""),
    ("y = a\ny = 2", 2, 1, "y has a value already", "y_2"),
    ("y = a\ny_2 = a\ny = 2", 3, 1, "y has a value already", "y_3"),
    ("y = y + 1", 1, 1, "y is used in line 1", "another name"),
    ("a = 1\nb = c\nc = 2", 3, 1, "c is used in line 2", "Move this statement up"),
    ("mean = 3", 1, 1, "mean is the name of an operation", "mean(…)"),
    ("y = 2 * mean", 1, 9, "mean is the name of an operation", "mean(…)"),
    ("y = 'x'", 1, 5, "Only real numbers", ""),
    ("y = f'{a}'", 1, 5, "not part of the language", ""),
    ("y = True", 1, 5, "Only real numbers", ""),
    ("y = None", 1, 5, "Only real numbers", ""),
    ("y = 2j", 1, 5, "Only real numbers", ""),
    ("y = ...", 1, 5, "Only real numbers", ""),
    ("a = 1\nimport os", 2, 1, "not part of the language", "Imports are not needed"),
    ("from os import path", 1, 1, "not part of the language", "Imports are not needed"),
    ("if a: b = 1", 1, 1, "not part of the language", "relu"),
    ("for i in x: y = i", 1, 1, "not part of the language", "Write the steps out"),
    ("while x: y = 2", 1, 1, "not part of the language", "Write the steps out"),
    ("def f(): pass", 1, 1, "not part of the language", "statements directly"),
    ("class A: pass", 1, 1, "not part of the language", ""),
    ("del x", 1, 1, "not part of the language", ""),
    ("y = lambda a: a", 1, 5, "not part of the language", ""),
    ("y = a if b else c", 1, 5, "not part of the language", ""),
    ("y = (z := a)", 1, 6, "not part of the language", ""),
    ("y = sum(a for a in b)", 1, 8, "not part of the language", ""),
    ("y = [1, 2]", 1, 5, "not part of the language", "as an input"),
    ("y = 1 + (1, 2)", 1, 9, "not part of the language", "as an input"),
    ("y = a[0]", 1, 5, "not part of the language", ""),
    ("y == 3", 1, 1, "An expression without a name", "Give the value a name"),
    ("y = a\ny", 2, 1, "An expression without a name", "Give the value a name"),
    ("y += 1", 1, 1, "not part of the language", "new name"),
    ("y: float = 3", 1, 1, "not part of the language", "annotation"),
    ("y, z = a", 1, 1, "one name to one value", "name = expression"),
    ("y = z = a", 1, 1, "one name to one value", "name = expression"),
    ("", 1, 1, "empty", "first line"),
    ("# only a comment\n\n", 1, 1, "empty", "first line"),
    ("y = a\u200b + b", 1, 6, "U+200B", "Delete it"),
    ("y = a\nz = é\u202e + y", 2, 6, "U+202E", "Delete it"),
    ("y =\x00 a", 1, 4, "U+0000", "Delete it"),
    ("y = a\x0c + b", 1, 6, "U+000C", "Delete it"),
    ("y = a − b", 1, 7, "U+2212", ""),
    ("y = x²", 1, 6, "U+00B2", ""),
    ("a__b = 3", 1, 1, "double underscore", "plainer name"),
    ("y = __import__", 1, 5, "double underscore", "plainer name"),
    ("y = __import__('os')", 1, 5, "no operation called __import__", ""),
    ("y = a.__class__", 1, 5, ".__class__ is not part", ""),
    (f"y = {'n' * 65}", 1, 5, "64 characters", ""),
    (f"y = a + {'9' * 400}", 1, 9, "too large", ""),
    (f"y = a + {'9' * 5000}", 1, None, "too large", ""),
    ("y = a + 1e999", 1, 9, "too large", ""),
    (f"y = a + {'9' * 400}.5", 1, 9, "too large", ""),
    (f"y = {'(' * 10_000}a{')' * 10_000}", 1, None, "ested", "Split it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), WRONG, ids=[repr(row[0][:40]) for row in WRONG])
def test_wrong_program_is_told_where_and_how_to_mend_it(text, line, column, message, hint):
    found = fault(text)
    assert message in found.message
    assert hint in (found.hint or "")
    assert found.line == line
    assert column in (None, found.column)
    assert found.column >= 1
    assert found.end_column >= found.column
    assert "<unknown>" not in found.message
    assert "sys." not in found.message


@pytest.mark.parametrize("text", ["y = " + "-" * 100_000 + "a", "y = a" + ".T" * 50_000, "y = " + "a ** " * 20_000 + "a"])
def test_what_is_nested_too_deeply_is_refused(text):
    assert "too deeply" in fault(text).message


def test_long_sum_is_a_program_or_nested_too_deeply():
    text = "y = " + " + ".join(["a"] * 10_000)
    try:
        read_as = f"{len(parse(text).nodes):,} nodes"
    except ProgramError as error:
        read_as = error.faults[0].message
    assert read_as in ("10,000 nodes", "An expression is nested too deeply to be read.")


def test_sum_of_500_terms_is_a_program():
    assert len(parse("y = " + " + ".join(["a"] * 500)).nodes) == 500


def test_program_that_is_too_long():
    with pytest.raises(LimitError) as caught:
        parse("y = a" + " " * 100, Limits(program_characters=100))
    assert (caught.value.limit, caught.value.value, caught.value.maximum) == ("program_characters", 105, 100)
    assert len(parse("y = a" + " " * 95, Limits(program_characters=100)).statements) == 1


def test_too_many_operations_are_refused_at_the_first_that_is_too_many():
    text = "a = x * 2\nb = a * 2"
    assert len(parse(text, Limits(nodes=5)).nodes) == 5
    found = fault(text, Limits(nodes=4))
    assert (found.line, found.column) == (2, 5)
    assert "more than 4 operations" in found.message


def test_too_many_inputs_are_refused_at_the_first_that_is_too_many():
    assert len(parse("y = a + b", Limits(inputs=2)).inputs) == 2
    found = fault("y = a + b\nz = y + c", Limits(inputs=2))
    assert (found.line, found.column, found.end_column) == (2, 9, 10)
    with pytest.raises(LimitError, match="more than 2 inputs"):
        parse("y = a + b + c", Limits(inputs=2))


def test_long_programs_are_read_statement_by_statement():
    lines = ["a0 = x * 2", *(f"a{i} = a{i - 1} * 2" for i in range(1, 5_000))]
    assert len(parse("\n".join(lines)).statements) == 5_000
    assert len(parse("; ".join(lines)).statements) == 5_000


TOKENS = [
    "a", "b", "y", "u1", "=", "\n", " ", "  ", "+", "-", "*", "/", "**", "@", "(", ")", ",", ".T", "0", "1", "2.5", "1e999", ">",
    "==", "sum", "mean", "relu", "maximum", "reshape", "transpose", "axis=", "keepdims=True", "axes=", "(0, 1)", "-1", "None", ";",
    ":", "[", "]", "#", "\t", "\r", "\\", "'", '"', "if", "lambda", "for", "é", "∂", "\u200b", "\x00", "0x", "1_", "..", "f'{a}'",
    "~", "%", "^", "//",
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


def read(text):
    try:
        program = parse(text)
    except CurlydError as error:
        lines = max(text.count("\n") + text.count("\r") + 1, 1)
        for found in error.faults:
            assert 1 <= found.line <= lines
            assert 1 <= found.column <= found.end_column
    else:
        assert program.statements
        assert all(arg < index for index, node in enumerate(program.nodes) for arg in node.args)


def test_a_dot_between_names_is_no_product():
    with pytest.raises(ProgramError) as caught:
        parse("y = x·w")
    (fault,) = caught.value.faults
    assert (fault.line, fault.column, fault.end_column) == (1, 5, 8)
    assert "@" in fault.hint
