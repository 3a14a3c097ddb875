"""Text to program: statements, values and their names, where things stand, literals, limits."""

import pytest
from seed_network import PROGRAM, gradients, values
from small_programs import last

from app.engine.parser import parse
from app.engine.program import Fixed, Input, Node, Place
from app.errors import LimitError, ProgramError
from app.settings import Limits


def operations(text):
    return [node.op for node in parse(text).nodes]


def named(text):
    """All statements as name and group."""
    return [(item.name, item.group) for item in parse(text).statements]


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
        ("y = a // c", 2.0),
        ("y = -a // c", -3.0),
        ("y = a % b", 2.0),
        ("y = -a % b", 1.0),
        ("y = u @ u", 14.0),
        ("y = ~a + 2 * ~(a < b)", 2.0),
        ("y = (a & b) + 10 * (a & 0)", 1.0),
        ("y = (0 | b) + 10 * ((a < b) | 0)", 1.0),
        ("y = -a ** 2", -25.0),
        ("y = (-a) ** 2", 25.0),
        ("y = c ** b ** c", 2.0**9),
        ("y = c ** -c", 0.25),
        ("y = --a", 5.0),
        ("y = +a", 5.0),
        ("y = -3 + a", 2.0),
        ("y = (a > b) * (b >= c) + (a < c) + (a <= a) + (a == b) + (a != b)", 3.0),
        ("y = 1_000 + .5 + 1e3 + 0x10 + a", 2021.5),
        ("y = a\nz = y\nt = z + z", 10.0),
        ("k = 3\ny = k * a", 15.0),
        ("y = (a +\n     b)", 8.0),
        ("y = a \\\n  + b", 8.0),
        ("y = a; z = y + 1", 6.0),
        ("# first\ny = a  # a comment\n\n\n", 5.0),
        ("y = a\r\nz = y + b\r\n", 8.0),
        ("y = a\rz = y + b", 8.0),
        ("größe = a\nα = größe * 2", 10.0),
        ("p, q = a * 2, b\ny = p - q", 7.0),
        ("(p, q) = (a, b)\np, q = q, p\ny = p - 2 * q", -7.0),
        ("[p, q] = [a, b]\ny = p - q", 2.0),
        ("p = q = a * 2\ny = p * q", 100.0),
        ("a, b = b, a\ny = a - b", -2.0),
        ("y = a\ny += 1\ny *= b + 1\ny -= c\ny /= 2", 11.0),
        ("y = u\ny @= w\nz = sum(y)", 8.0),
        ("y = a\ny **= 2\ny //= 2\ny %= 5", 2.0),
        ("pass\ny = a", 5.0),
    ],
)
def test_statements_and_operators_mean_what_they_mean_in_python(text, expected):
    assert last(text) == expected


def test_same_name_under_another_name_is_a_value_of_its_own():
    program = parse("y = a\nz = y\nk = 3\nl = k")
    assert [node.op for node in program.nodes] == ["input", "identity", "identity", "input", "identity"]
    assert list(program.names().values()) == ["a", "k", "y", "z", "l"]


def test_sign_of_a_literal_is_part_of_it():
    assert operations("y = a ** -2") == ["input", "constant", "power"]
    assert parse("y = a ** -2").nodes[1].number == -2.0
    assert operations("y = -a") == ["input", "negative"]


def test_text_of_a_statement_is_one_line():
    assert parse("y = relu(a +\n     b)  # half of it").statements[0].text == "relu(a + b)"


def test_text_of_a_statement_in_place_says_what_is_calculated():
    statements = parse("y = a\ny += 1\ny *= b + 1\ny @= (b + 1)\ny //= f").statements
    assert [item.text for item in statements] == ["a", "y + 1", "y * (b + 1)", "y @ (b + 1)", "y // f"]


# --- names and their values


def test_a_later_value_of_a_name_is_a_value_of_its_own():
    text = "c = a * 2\nc = c + 1\nc += b\nd = c * c__2 - 1 * c"
    assert named(text) == [("c", None), ("c__2", None), ("c__3", None), ("d", None)]
    found = values(text, {"a": 5.0, "b": 3.0})
    assert [float(found[name]) for name in ("c", "c__2", "c__3", "d")] == [10.0, 11.0, 14.0, 14.0 * 11.0 - 14.0]
    assert float(gradients(text, {"a": 5.0, "b": 3.0})["a"]) == 2 * 11.0 + 2 * 14.0 - 2


def test_an_input_may_be_given_a_new_value():
    text = "x = x + 1\nL = sum(x)"
    assert [item.name for item in parse(text).inputs] == ["x"]
    assert named(text) == [("x__2", None), ("L", None)]
    assert last(text) == 27.0


def test_values_within_a_call_can_be_read():
    assert last("y = mse(u, 0)\nz = sum(mse.diff) + mse.sq[0]") == -4.0 + 1.0
    assert last("y = mse(u, 0)\ny = mse(u, 1)\nz = sum(mse__2.diff)") == -1.0
    assert last("def f(x):\n    h = x * 2\n    h = h + 1\n    return h\ny = f(a)\nz = f.h + 100 * f.h__2") == 1110.0


def test_values_within_a_call_that_are_called_size_are_no_sizes():
    assert last("y = huber(u, 0)\nz = sum(huber.size)") == 6.0


def test_a_value_may_be_called_as_an_operation_is():
    assert last("mean = x.mean()\ny = x - mean\nL = sum(y ** 2)") == 17.5
    assert named("loss = a * b\nreg = c ** 2\nloss = loss + reg") == [("loss", None), ("reg", None), ("loss__2", None)]
    assert last("loss = a * b\nreg = c ** 2\nloss = loss + reg") == 19.0


def test_a_value_called_as_a_call_is_keeps_its_name():
    text = "lin = x @ w\nL = sum(lin(x, w)) + sum(lin)"
    assert named(text) == [("lin", None), ("lin.out", "lin"), ("L", None)]
    assert last(text) == 84.0
    assert named("mse = mse(a, b)\nL = mse * 2") == [("mse.diff", "mse"), ("mse.sq", "mse"), ("mse", None), ("L", None)]


# --- literals


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("w = -4.0", -4.0),
        ("w = +4", 4),
        ("w = 2 * 3", 6),
        ("w = float(3)", 3),
        ("w = [1, -2]", (1, -2)),
        ("w = [[1, 2], [3, 4]]", ((1, 2), (3, 4))),
        ("w = [[[1], [2]]]", (((1,), (2,)),)),
        ("w = torch.tensor([[1., 2.]], requires_grad=True)", ((1.0, 2.0),)),
        ("w = torch.tensor(3.0)", 3.0),
        ("w = np.array([1., 2.], dtype=np.float64)", (1.0, 2.0)),
        ("w = jnp.asarray([1, 2])", (1, 2)),
    ],
)
def test_a_literal_with_a_name_is_an_input_that_has_a_value(text, literal):
    program = parse(f"{text}\nL = sum(w * a)")
    assert program.literals == {"w": literal}
    assert [item.name for item in program.inputs] == ["w", "a"]
    assert [item.name for item in program.statements] == ["L"]
    assert program.inputs[0].place == Place(1, 1, 2)


def test_a_literal_that_nothing_reads_is_an_input_all_the_same():
    assert parse("n = 3\ny = a").literals == {"n": 3}


def test_a_request_may_give_a_literal_another_value():
    assert float(values("w = 3\nL = w * 2", {})["L"]) == 6.0
    assert float(values("w = 3\nL = w * 2", {"w": 5.0})["L"]) == 10.0
    assert float(gradients("w = 3\nL = w * w", {})["w"]) == 6.0


def test_later_literals_of_a_name_are_inputs_of_their_own():
    program = parse("a = 2\nb = a * 3\na = 7\nc = a * b")
    assert program.literals == {"a": 2, "a__2": 7}
    assert float(values("a = 2\nb = a * 3\na = 7\nc = a * b", {})["c"]) == 42.0


def test_a_literal_handed_on_is_calculated_with():
    text = "a = 3\nb = a\nL = b * b"
    assert float(gradients(text, {})["a"]) == 6.0
    assert named(text) == [("b", None), ("L", None)]
    assert parse("a, b = 2, [3]\nL = sum(a * b)").literals == {"a": 2, "b": (3,)}


def test_within_a_def_or_a_loop_a_literal_is_a_number():
    program = parse("def f(x):\n    k = 3\n    return x * k\nL = f(a)\nfor i in range(2):\n    h = 5\n    L = L * h")
    assert program.literals == {}
    assert [item.name for item in program.inputs] == ["a"]
    assert last(program.text) == 5.0 * 3 * 25


@pytest.mark.parametrize(
    ("text", "fixed", "expected"),
    [
        ("n = 3\nL = a\nfor i in range(n):\n    L = L * 2", {"n": 3}, 40.0),
        ("k = 1\nL = sum(x.sum(axis=k) * [1, 10])", {"k": 1}, 156.0),
        ("n = 3\nL = reshape(x, (n, 2))[1, 0]", {"n": 3}, 3.0),
        ("n = 3\nL = x.reshape(n, -1)[1, 0]", {"n": 3}, 3.0),
        ("n = 2\nm = n + 1\nL = reshape(x, (m, n))[1, 0]", {"n": 2}, 3.0),
        ("k = -1\nL = sum(np.max(x, k) * [1, 10])", {"k": -1}, 63.0),
        ("xs = [1, 2]\nL = a\nfor t in xs:\n    L = L + t", {"xs": (1, 2)}, 8.0),
        ("xs = [1, 2]\nL = a\nfor i in range(len(xs)):\n    L = L + xs[i]", {"xs": (1, 2)}, 8.0),
        ("n = 2\ndef f(x, k):\n    return sum(x[:k])\nL = f(u, n)", {"n": 2}, 1.0),
        ("n = 1\nn += 1\nL = sum(u[:n])", {"n": 1}, 1.0),
    ],
)
def test_a_literal_that_the_structure_depends_on_is_fixed(text, fixed, expected):
    assert {name: item.literal for name, item in parse(text).fixed.items()} == fixed
    assert last(text) == expected


def test_what_is_fixed_says_where():
    assert parse("n = 3\nL = a\nfor i in range(n):\n    L = L * 2").fixed == {"n": Fixed(Place(3, 16, 17), 3)}


def test_literals_within_expressions_are_arrays():
    assert operations("y = u @ [[1, 2], [3, 4]]") == ["input", "array", "matmul"]
    assert last("y = sum(u * [1, 10, 100])") == 319.0


# --- where things stand


def test_places_count_characters_from_one():
    program = parse("y = a\nzz = (y + b) * c")
    assert program.statements[1].place == Place(2, 1, 17)
    assert program.inputs == (Input("a", 0, Place(1, 5, 6)), Input("b", 2, Place(2, 11, 12)), Input("c", 4, Place(2, 16, 17)))
    assert program.nodes[3].place == Place(2, 7, 12)


def test_places_count_characters_after_text_that_is_not_ascii():
    program = parse("größe = ü * é\nβ = größe + c  # ∂")
    assert [item.place for item in program.inputs] == [Place(1, 9, 10), Place(1, 13, 14), Place(2, 13, 14)]


# --- limits


def test_program_that_is_too_long():
    with pytest.raises(LimitError) as caught:
        parse("y = a" + " " * 100, Limits(program_characters=100))
    assert (caught.value.limit, caught.value.value, caught.value.maximum) == ("program_characters", 105, 100)
    assert len(parse("y = a" + " " * 95, Limits(program_characters=100)).statements) == 1


def refused(text, limits):
    with pytest.raises((ProgramError, LimitError)) as caught:
        parse(text, limits)
    return caught.value.faults[0]


def test_too_many_operations_are_refused_at_the_first_that_is_too_many():
    text = "a = x * 2\nb = a * 2"
    assert len(parse(text, Limits(nodes=5)).nodes) == 5
    found = refused(text, Limits(nodes=4))
    assert (found.line, found.column) == (2, 5)
    assert "more than 4 operations" in found.message


def test_too_many_inputs_are_refused_at_the_first_that_is_too_many():
    assert len(parse("y = a + b", Limits(inputs=2)).inputs) == 2
    found = refused("y = a + b\nz = y + c", Limits(inputs=2))
    assert (found.line, found.column, found.end_column) == (2, 9, 10)
    with pytest.raises(LimitError, match="more than 2 inputs"):
        parse("y = a + b + c", Limits(inputs=2))


def test_passes_and_calls_count_as_steps():
    text = "def f(x):\n    return x * 2\nL = a\nfor i in range(3):\n    L = f(L)"
    assert len(parse(text, Limits(statements=12)).statements) == 4
    found = refused(text, Limits(statements=11))
    assert (found.line, found.column) == (5, 9)
    assert "more than 11 steps" in found.message


def test_long_programs_are_read_statement_by_statement():
    lines = ["a0 = x * 2", *(f"a{i} = a{i - 1} * 2" for i in range(1, 5_000))]
    assert len(parse("\n".join(lines)).statements) == 5_000
    assert len(parse("; ".join(lines)).statements) == 5_000
