"""Nodes as code: what is printed is read again by our own parser, and gives the same numbers."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seed_network import EXAMPLE, PROGRAM, by_name, networks, traced
from table import NAMES, drawn

from app.engine.code import code, number, operand_code
from app.engine.gradient import differentiate
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.program import CONSTANT
from app.errors import CurlydError


def printed(text):
    """The last statement of a program, printed again."""
    program = parse(text)
    return code(program.nodes, program.statements[-1].node, program.names())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a - b) - c", "a - b - c"),
        ("a - (b - c)", "a - (b - c)"),
        ("a + (b + c)", "a + (b + c)"),
        ("a - (b + c)", "a - (b + c)"),
        ("(a + b) * c", "(a + b) * c"),
        ("a * (b * c)", "a * (b * c)"),
        ("a / (b * c)", "a / (b * c)"),
        ("a / b / c", "a / b / c"),
        ("a / (b / c)", "a / (b / c)"),
        ("a * b / c", "a * b / c"),
        ("a * (b / c)", "a * (b / c)"),
        ("-a ** 2", "-a ** 2"),
        ("(-a) ** 2", "(-a) ** 2"),
        ("(-2) ** a", "(-2) ** a"),
        ("-2 ** a", "-2 ** a"),
        ("2 ** -a", "2 ** -a"),
        ("a ** -2", "a ** -2"),
        ("a ** b ** c", "a ** b ** c"),
        ("(a ** b) ** c", "(a ** b) ** c"),
        ("a ** (b + c)", "a ** (b + c)"),
        ("-(a + b)", "-(a + b)"),
        ("-(a * b)", "-(a * b)"),
        ("-a * b", "-a * b"),
        ("a * -b", "a * -b"),
        ("a - -b", "a - -b"),
        ("--a", "--a"),
        ("a @ b.T", "a @ b.T"),
        ("(a @ b).T", "(a @ b).T"),
        ("(a + b).T", "(a + b).T"),
        ("a.T.T", "a.T.T"),
        ("(-a).T", "(-a).T"),
        ("(a ** 2).T", "(a ** 2).T"),
        ("a @ (b @ c)", "a @ (b @ c)"),
        ("a @ b @ c", "a @ b @ c"),
        ("a @ (b * c)", "a @ (b * c)"),
        ("a * (b @ c)", "a * (b @ c)"),
        ("relu(a) + exp(-b)", "relu(a) + exp(-b)"),
        ("(a > b) * c", "(a > b) * c"),
        ("(a > b) > c", "(a > b) > c"),
        ("a > (b > c)", "a > (b > c)"),
        ("a + b > c", "a + b > c"),
        ("a * (b + c == c)", "a * (b + c == c)"),
        ("sum(a)", "sum(a)"),
        ("sum(a, 0)", "sum(a, axis=0)"),
        ("mean(a, axis=(0, -1), keepdims=True)", "mean(a, axis=(0, -1), keepdims=True)"),
        ("mean(a, keepdims=False, axis=None)", "mean(a)"),
        ("transpose(a)", "a.T"),
        ("transpose(a, axes=(1, 0))", "transpose(a, axes=(1, 0))"),
        ("reshape(a, (3, 1))", "reshape(a, shape=(3, 1))"),
        ("reshape(a, 3)", "reshape(a, shape=(3,))"),
        ("maximum(0, a + b)", "maximum(0, a + b)"),
        ("add(a, multiply(b, c))", "a + b * c"),
        ("2.0 * a + .5", "2 * a + 0.5"),
        ("a * 1e300", "a * 1e+300"),
        ("(3).T", "(3).T"),
        ("2.5.T", "(2.5).T"),
        ("(-3).T", "(-3).T"),
    ],
)
def test_parentheses_stand_where_they_are_needed_and_only_there(text, expected):
    assert printed(f"y = {text}") == expected
    assert printed(f"y = {expected}") == expected


def test_names_close_what_is_named_but_not_the_root():
    program = parse("u = a * b\nv = u + a")
    assert code(program.nodes, program.statements[1].node, program.names()) == "u + a"
    assert code(program.nodes, program.statements[1].node, {0: "x", 1: "y"}) == "x * y + x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (2.0, "2"),
        (-3.0, "-3"),
        (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"),
        (1e16, "1e+16"),
        (123456789012345.0, "123456789012345"),
    ],
)
def test_number(value, expected):
    assert number(value)[0] == expected


@settings(deadline=None)
@given(st.floats(allow_nan=False))
@example(-0.0)
@example(math.inf)
@example(-math.inf)
def test_every_number_reads_back_as_itself(value):
    program = parse(f"y = x * {number(value)[0]}")
    found = [node.number for node in program.nodes if node.op == CONSTANT]
    assert (found, math.copysign(1, found[0])) == ([value], math.copysign(1, value))


def test_nan_reads_back_as_itself():
    assert number(math.nan)[0] == "nan"
    assert any(math.isnan(node.number) for node in parse("y = x * nan").nodes if node.op == CONSTANT)


def test_operand_stands_in_parentheses_unless_it_stands_by_itself():
    program = parse("y = relu(a + b) * (a - b) @ c.T")
    nodes, names = program.nodes, {item.node: item.name for item in program.inputs}
    at = {node.op: index for index, node in enumerate(nodes)}
    assert operand_code(nodes, names, at["relu"]) == "relu(a + b)"
    assert operand_code(nodes, names, at["subtract"]) == "(a - b)"
    assert operand_code(nodes, names, at["transpose"]) == "c.T"
    assert operand_code(nodes, names, at["multiply"]) == "(relu(a + b) * (a - b))"
    assert operand_code(nodes, names, at["multiply"], nodes[at["multiply"]]) == "relu(a + b) * (a - b)"


# --- every operation, printed and read again


def expression_of(text):
    """The nodes of an expression, and which of them is its root. As a part of something: a size alone would be no statement."""
    program = parse(f"y = negative({text})")
    return program, program.nodes[program.statements[-1].node].args[0]


def same_expression(first, second):
    """Whether two (program, node) are the same expression of the same names."""
    stack = [(first[1], second[1])]
    while stack:
        a, b = (program.nodes[index] for (program, _), index in zip((first, second), stack.pop(), strict=True))
        # NaN is not equal to itself, but is written as itself.
        same = a.parameters == b.parameters or repr(a.parameters) == repr(b.parameters)
        if not same or (a.op, len(a.args)) != (b.op, len(b.args)):
            return False
        stack.extend(zip(a.args, b.args, strict=True))
    return True


CALLS_OF_THE_TABLE = sorted({(item.name, sample.call) for item in OPERATIONS.values() for sample in item.samples})


@pytest.mark.parametrize(("name", "call"), CALLS_OF_THE_TABLE, ids=[call for _, call in CALLS_OF_THE_TABLE])
def test_every_call_of_the_table_reads_back_to_the_same_node(name, call):
    program, node = expression_of(call)
    assert program.nodes[node].op == name
    text = code(program.nodes, node, program.names())
    assert same_expression((program, node), expression_of(text))


@pytest.mark.parametrize(("name", "call"), CALLS_OF_THE_TABLE, ids=[call for _, call in CALLS_OF_THE_TABLE])
def test_every_call_reads_back_with_calculated_arguments_and_as_an_argument(name, call):
    wrapped = re.sub(r"\b([abc])\b(?![^']*'(?:[^']*'[^']*')*[^']*$)", r"(\1 - 2 * \1)", call)
    for text in (wrapped, f"({call}).T ** 2", f"-({call})[0]", f"2 - ({call}) * ({call})", f"2 ** ({call}) @ x"):
        program, node = expression_of(text)
        assert any(one.op == name for one in program.nodes)
        assert same_expression((program, node), expression_of(code(program.nodes, node, program.names())))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("einsum([a, b], 'ij,jk->ik')", "einsum([a, b], subscripts='ij,jk->ik')"),
        ("einsum('ij,jk->ik', a, b)", "einsum([a, b], subscripts='ij,jk->ik')"),
        ("a[0, 1:3]", "a[0, 1:3]"),
        ("a[..., None]", "a[..., None]"),
        ("a[::2, [0, 2], -1:]", "a[::2, [0, 2], -1:]"),
        ("a[()]", "a[()]"),
        ("(a + b)[0]", "(a + b)[0]"),
        ("a.T[0].T", "a.T[0].T"),
        ("-a[0] ** 2", "-a[0] ** 2"),
        ("concatenate([a, b], axis=1)", "concatenate([a, b], axis=1)"),
        ("concatenate([a + b, b])", "concatenate([a + b, b])"),
        ("c * a.shape[0]", "c * a.shape[0]"),
        ("c * (a + b).shape[-1]", "c * (a + b).shape[-1]"),
        ("c * a.size", "c * a.size"),
        ("split(a, 2)[0]", "split(a, parts=2, part=0)"),
        ("chunk(a, 3, dim=-1)[2]", "split(a, parts=3, axis=-1, part=2)"),
        ("a * inf - -inf", "a * inf - -inf"),
        ("a ** -inf", "a ** -inf"),
        ("a + nan", "a + nan"),
        ("a @ [[1, 2], [-3, 4.5]]", "a @ [[1, 2], [-3, 4.5]]"),
        ("a * [1, 2]", "a * [1, 2]"),
        ("reshape(a, 3)", "reshape(a, shape=(3,))"),
        ("sum_to(a, ())", "sum_to(a, shape=())"),
        ("zeros(3) + a", "zeros(shape=(3,)) + a"),
        ("a // b * c", "a // b * c"),
        ("a // (b * c)", "a // (b * c)"),
        ("a % b % c", "a % b % c"),
        ("a % (b % c)", "a % (b % c)"),
        ("(a + b) % c", "(a + b) % c"),
        ("a & b | ~c", "logical_or(logical_and(a, b), logical_not(c))"),
        ("where(a > 0, a, 0)", "where(a > 0, a, 0)"),
        ("pad(a, ((1, 0), (0, 2)), value=5)", "pad(a, widths=((1, 0), (0, 2)), value=5)"),
        ("scatter(a, shape=(3, 2), index=(slice(0, 2), 1))", "scatter(a, shape=(3, 2), index=(slice(0, 2, None), 1))"),
        ("transpose(a, (1, 0))", "transpose(a, axes=(1, 0))"),
        ("a.mT", "a.mT"),
    ],
)
def test_code_of_calls(text, expected):
    first = expression_of(text)
    printed_again = code(first[0].nodes, first[1], first[0].names())
    assert printed_again == expected
    assert same_expression(first, expression_of(expected))


SAMPLES = [(item, sample) for item in OPERATIONS.values() for sample in item.samples]


@pytest.mark.parametrize(("operation", "sample"), SAMPLES, ids=[f"{sample.call} {sample.shapes}" for _, sample in SAMPLES])
def test_backward_pass_of_every_sample_reads_back_to_the_same_numbers(operation, sample):
    arrays = dict(zip(NAMES, drawn(operation, sample, np.random.default_rng(len(sample.call))), strict=False))
    text = f"out = {sample.call}\nloss = sum(out * (1 + out))"
    if operation.name == "size":
        text = f"out = {sample.call} * a\nloss = sum(out * (1 + out))"
    same_gradients(traced(text, arrays), arrays, rtol=1e-12)


# --- the backward pass, printed and read again


def backward_program(trace):
    """The program, and below it a line for every gradient: name_g = …, in an order in which each can be calculated."""
    graph = trace.graph
    names = dict(graph.program.names())
    lines = [graph.program.text]
    back = {}
    for index in sorted(graph.gradients, reverse=True):
        name, node = f"n{index}_g", graph.gradients[index]
        if index in names:
            name = f"{names[index]}_g"
        back[index] = name
        lines.append(f"{name} = {back_code(graph, node, names)}")
        names.setdefault(node, name)
    # A program ends in a loss; what it is counts for nothing here, only that it is a single number.
    return "\n".join([*lines, f"end = sum(0 * {graph.loss.name})"]), back


def back_code(graph, node, names):
    return names[node] if node in names else code(graph.nodes, node, names)


def same_gradients(trace, arrays, rtol=0.0):
    """Whether the printed backward pass, parsed again and run, gives the same gradients: to the last bit, unless a tolerance is given."""
    text, back = backward_program(trace)
    again = forward_only(text, arrays)
    for index, name in back.items():
        expected, found = trace.gradient(index), again[name]
        assert found.shape == expected.shape, f"{name} in\n{text}"
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=0.0, err_msg=f"{name} in\n{text}")


def forward_only(text, arrays):
    """The values of a program whose gradients nobody asks for."""
    trace = traced(text, arrays, wrt=[])
    return {name: np.asarray(trace.value(node)) for name, node in by_name(trace).items()}


def test_seed_network_reads_as_in_the_tutorial():
    trace = traced(PROGRAM, EXAMPLE)
    lines = backward_program(trace)[0].splitlines()
    assert "u3_g = -u4_g" in lines
    assert "u2_g = u3_g @ w2.T" in lines
    assert "u1_g = u2_g * (u1 > 0)" in lines
    assert "w1_g = x.T @ u1_g" in lines
    assert "b1_g = sum_to(u1_g, shape=(3,))" in lines
    assert "u4_g = u5_g * (2 * u4)" in lines
    assert "w2_g = u2.T @ u3_g" in lines
    assert "y_g = u4_g" in lines


def test_backward_pass_of_the_seed_network_reads_back_to_the_same_numbers():
    same_gradients(traced(PROGRAM, EXAMPLE), EXAMPLE)
    for arrays in networks(10, seed=1):
        same_gradients(traced(PROGRAM, arrays), arrays)


@pytest.mark.parametrize(
    ("text", "arrays"),
    [
        ("loss = a @ b", {"a": [[1.0, 2.0]], "b": [[3.0], [4.0]]}),
        ("loss = (a @ b).T", {"a": [[1.0, 2.0]], "b": [[3.0], [4.0]]}),
        ("loss = a * b", {"a": [[2.0]], "b": 3.0}),
        ("u = a * b\nloss = sum(u, axis=0, keepdims=True)", {"a": [1.0, 2.0], "b": [3.0, 4.0]}),
        ("dead = a * b\nloss = sum(a)", {"a": [1.0, 2.0], "b": [[3.0], [4.0]]}),
        ("loss = sum(a > b)", {"a": [1.0, 2.0], "b": [3.0, 4.0]}),
        ("loss = sum(a ** 0)", {"a": [1.0, 2.0]}),
        ("loss = reshape(3, (1, 1)) @ a", {"a": [[2.0]]}),
    ],
)
def test_constants_with_a_shape_keep_it(text, arrays):
    same_gradients(traced(text, arrays), arrays)


SHAPES = [(), (1,), (3,), (2, 3), (3, 2), (1, 3), (2, 1), (3, 3), (2, 2, 3)]
CALLS = [
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / (1.5 + {1} ** 2)", "{0} @ {1}", "{0} @ {1}.T", "maximum({0}, {1})",
    "minimum({0}, 0.5)", "-{0} ** 2", "(-{0}) ** 3", "2 ** -{0}", "relu({0})", "abs({0})", "exp(-{0})", "log(2 + tanh({0}))",
    "tanh({0})", "sigmoid({0})", "square({0})", "sqrt(1 + {0} * {0})", "sum({0}, axis=0)", "mean({0}, axis=-1, keepdims=True)",
    "sum({0})", "mean({0})", "{0}.T", "({0} + {1}).T", "({0} > {1}) * {0}", "{0} - ({1} - {0})", "{0} / ({1} * 2 + 3)", "{0}",
    "(2 + {0} ** 2) ** {1}", "0.1 * {0}", "reshape({0}, (-1,))",
]  # fmt: skip


@st.composite
def programs(draw):
    """Up to 20 statements over inputs of mixed shapes, and the loss below them. A statement that does not fit is left out."""
    arrays = {}
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    for i in range(draw(st.integers(1, 3))):
        arrays[f"x{i}"] = rng.integers(-8, 9, draw(st.sampled_from(SHAPES))) / 4
    lines, names, known = [], list(arrays), {name: array.shape for name, array in arrays.items()}
    for i in range(draw(st.integers(1, 19))):
        call = draw(st.sampled_from(CALLS)).format(draw(st.sampled_from(names)), draw(st.sampled_from(names)))
        shape = fitting(call, known)
        if shape is not None:
            lines.append(f"u{i} = {call}")
            names.append(f"u{i}")
            known[f"u{i}"] = shape
    total = " + ".join(f"mean(tanh({name}))" for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)))
    text = "\n".join([*lines, f"loss = {total}"])
    used = {item.name for item in parse(text).inputs}
    return text, {name: array for name, array in arrays.items() if name in used}


def fitting(call, known):
    """The shape of a call on named values; None where they don't fit or there are many."""
    program = parse(f"y = {call}")
    inputs = {item.name: np.zeros(known[item.name]) for item in program.inputs}
    try:
        made = differentiate(parse(f"y = {call}\nz = sum(y)"), {name: array.shape for name, array in inputs.items()}, [])
    except CurlydError:
        return None
    shape = made.shapes[made.program.statements[0].node]
    return shape if len(shape) < 4 and np.prod(shape) <= 64 else None


@settings(deadline=None, max_examples=100)
@given(programs())
def test_backward_pass_of_any_program_reads_back_to_the_same_numbers(made):
    text, arrays = made
    same_gradients(traced(text, arrays), arrays)


@settings(deadline=None, max_examples=100)
@given(programs())
def test_printing_what_was_read_is_stable(made):
    text, _ = made
    once = reprinted(text)
    assert reprinted(once) == once
    assert [node.op for node in parse(once).nodes] == [node.op for node in parse(text).nodes]


def reprinted(text):
    program = parse(text)
    names = program.names()
    lines = []
    for statement in program.statements:
        node = program.nodes[statement.node]
        if node.op == "identity" and node.args[0] in names:
            lines.append(f"{statement.name} = {names[node.args[0]]}")
        else:
            lines.append(f"{statement.name} = {code(program.nodes, statement.node, names)}")
    return "\n".join(lines)
