"""Program text to `Program`: an allow-list over Python's own grammar. Nothing is ever evaluated by Python."""

from __future__ import annotations

import ast
import difflib
import math
import re
import unicodedata
from typing import NoReturn

from app.engine.ops import OPERATIONS, REQUIRED, Operation, Parameter
from app.engine.program import CONSTANT, INPUT, Input, Node, Parameters, Place, Program, Statement, Static
from app.errors import Fault, LimitError, ProgramError
from app.settings import Limits

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power", ast.MatMult: "matmul",
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
TOO_LARGE = "This number is too large: the largest is about 1.8e308."
TOO_DEEP = "Split it: give the inner parts names of their own."
_NEWLINE = re.compile(r"\r\n|\r|\n")
ATTRIBUTES = {"T": "transpose"}
WRITE_INSTEAD = {
    "max": "maximum(a, b)", "min": "minimum(a, b)", "pow": "a ** b", "dot": "a @ b", "add": "a + b", "mm": "a @ b", "sigma": "sigmoid(a)",
}  # fmt: skip
GRAMMAR_HINTS: dict[type[ast.AST], str] = {
    ast.BitXor: "Powers are written with **: u ** 2.",
    ast.FloorDiv: "Division is written with a single /.",
    ast.Expr: "Give the value a name: loss = …",
    ast.AugAssign: "Write it out under a new name: b = a + 1.",
    ast.AnnAssign: "Leave the annotation out: name = expression.",
    ast.Import: "Imports are not needed: the operations are there already.",
    ast.ImportFrom: "Imports are not needed: the operations are there already.",
    ast.If: "Use relu, maximum or a comparison: (u > 0) * u.",
    ast.For: "Write the steps out, one statement each.",
    ast.While: "Write the steps out, one statement each.",
    ast.FunctionDef: "Write its statements directly.",
    ast.List: "Give the numbers as an input: use a name here, and set its value beside the program.",
    ast.Tuple: "Give the numbers as an input: use a name here, and set its value beside the program.",
}


def parse(text: str, limits: Limits | None = None) -> Program:
    """The program that a text says: one assignment `name = expression` a line.

    Names that are used but never assigned are its inputs, in the order of their first use.

    Raises:
        ProgramError: the text is no such program; every fault has its line and column, and a hint where one helps.
        LimitError: it is longer than the limits allow.
    """
    limits = limits or Limits()
    if len(text) > limits.program_characters:
        message = f"The program has {len(text):,} characters; at most {limits.program_characters:,} are allowed."
        raise LimitError("program_characters", len(text), limits.program_characters, Fault(message))
    return _Parser(text, limits).program()


class _Parser:
    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.lines = _NEWLINE.split(text)
        self.columns: dict[int, list[int]] = {}
        self.nodes: list[Node] = []
        self.inputs: list[Input] = []
        self.statements: list[Statement] = []
        self.known: dict[str, int] = {}
        self.named: set[int] = set()

    def program(self) -> Program:
        for statement in self.module().body:
            self.statement(statement)
        if not self.statements:
            raise ProgramError(Fault("The program is empty.", 1, 1, 1, "Write a first line, such as y = 3 * x ** 2."))
        return Program(self.text, tuple(self.nodes), tuple(self.inputs), tuple(self.statements))

    def module(self) -> ast.Module:
        odd = next((i for i, c in enumerate(self.text) if c not in "\n\t\r" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn")), None)
        if odd is not None:
            before = _NEWLINE.split(self.text[:odd])
            line, column = len(before), len(before[-1]) + 1
            hint = "Delete it: it cannot be seen, and has no meaning here."
            raise ProgramError(Fault(f"There is an invisible character, U+{ord(self.text[odd]):04X}.", line, column, column + 1, hint))
        try:
            return ast.parse(self.text)
        except SyntaxError as error:
            raise ProgramError(self.syntax_fault(error)) from None
        except (MemoryError, RecursionError, ValueError):
            raise ProgramError(Fault("An expression is nested too deeply to be read.", 1, 1, 1, TOO_DEEP)) from None

    def syntax_fault(self, error: SyntaxError) -> Fault:
        line = min(max(error.lineno or 1, 1), len(self.lines))
        column = max(error.offset or 1, 1)
        end = error.end_offset if error.end_lineno == line and error.end_offset else 0
        said = error.msg.split("(<unknown>")[0].strip().rstrip(".")
        hint = None
        if "Perhaps you forgot a comma" in said or said == "invalid syntax":
            said, hint = "This is not an expression that can be read", "Is an operator missing, such as * or @ between two names?"
        elif "never closed" in said:
            hint = "Close it, or delete it."
        elif "cannot assign" in said:
            said, hint = "Only a name can stand left of =", "Write name = expression."
        elif "too many nested" in said:
            hint = TOO_DEEP
        elif "Exceeds the limit" in said:
            said = TOO_LARGE.rstrip(".")
        elif "indent" in said:
            said, hint = "This line is indented", "Begin every statement at the first column."
        return Fault(f"{said[:1].upper()}{said[1:]}.", line, column, max(end, column + 1), hint)

    def place(self, node: ast.AST) -> Place:
        """Characters, counted from 1: `ast` counts UTF-8 bytes from 0. What ends on a later line is marked to the end of its first."""
        line: int = getattr(node, "lineno", 1)
        start: int = getattr(node, "col_offset", 0)
        stop: int = getattr(node, "end_col_offset", None) or start + 1
        text = self.lines[line - 1]
        last = getattr(node, "end_lineno", line) == line
        if text.isascii():
            return Place(line, start + 1, stop + 1 if last else len(text) + 1)
        if line not in self.columns:
            self.columns[line] = [i for i, c in enumerate(text, 1) for _ in c.encode()] + [len(text) + 1]
        columns = self.columns[line]
        return Place(line, columns[start], columns[stop] if last else columns[-1])

    def source(self, node: ast.expr) -> str:
        """What the text says of an expression, on one line."""
        lines = [line.encode() for line in self.lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b" ".join(lines).decode().split())

    def fail(self, node: ast.AST, message: str, hint: str | None = None) -> NoReturn:
        place = self.place(node)
        raise ProgramError(Fault(message, place.line, place.column, place.end_column, hint))

    def refuse(self, node: ast.AST, where: ast.AST | None = None) -> NoReturn:
        """Grammar that Python has and programs have not."""
        kind = type(node).__name__
        names = {"BitXor": "^", "FloorDiv": "//", "Mod": "%", "Expr": "An expression without a name", "Is": "is", "In": "in"}
        what = names.get(kind, kind)
        self.fail(where or node, f"{what} is not part of the language.", GRAMMAR_HINTS.get(type(node)))

    def statement(self, statement: ast.stmt) -> None:
        if not isinstance(statement, ast.Assign):
            self.refuse(statement)
        target = statement.targets[0]
        if len(statement.targets) > 1 or not isinstance(target, ast.Name):
            self.fail(statement, "A statement gives one name to one value.", "Write name = expression.")
        name = self.name(target)
        self.unassigned(target, name)
        node = self.expression(statement.value)
        self.unassigned(target, name)
        if node in self.named or self.nodes[node].op in (INPUT, CONSTANT):
            node = self.emit(Node("identity", (node,), (), self.place(statement.value)))
        self.known[name] = node
        self.named.add(node)
        self.statements.append(Statement(name, node, self.place(statement), self.source(statement.value)))

    def unassigned(self, target: ast.Name, name: str) -> None:
        """A name gets its value once, and before it is used."""
        if name in self.known:
            if any(item.name == name for item in self.inputs):
                first = next(item.place.line for item in self.inputs if item.name == name)
                message = f"{name} is used in line {first}, before it gets its value here."
                self.fail(target, message, "Move this statement up, or choose another name.")
            self.fail(target, f"{name} has a value already.", f"Choose another name, such as {self.fresh(name)}.")

    def fresh(self, name: str) -> str:
        number = 2
        while f"{name}_{number}" in self.known:
            number += 1
        return f"{name}_{number}"

    def name(self, node: ast.Name) -> str:
        if node.id in OPERATIONS:
            self.fail(node, f"{node.id} is the name of an operation.", f"Call it, {node.id}(…), or choose another name for a value.")
        if "·" in node.id:
            self.fail(node, "The dot · is part of a name here, not a product.", "Write * for elements and @ for matrices.")
        if "__" in node.id or len(node.id) > 64:
            self.fail(node, "A name has at most 64 characters and no double underscore.", "Choose a shorter, plainer name.")
        return node.id

    def emit(self, node: Node) -> int:
        if len(self.nodes) >= self.limits.nodes:
            assert node.place is not None
            message = f"The program has more than {self.limits.nodes:,} operations."
            fault = Fault(message, node.place.line, node.place.column, node.place.end_column)
            raise LimitError("nodes", len(self.nodes) + 1, self.limits.nodes, fault)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def expression(self, root: ast.expr) -> int:
        """The index of the node of an expression, its parts first; with a stack of its own, so that depth is no limit."""
        results: list[int] = []
        stack: list[tuple[ast.expr, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            parts = self.parts(node)
            if not ready and parts:
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(parts))
                continue
            split = len(results) - len(parts)
            args = tuple(results[split:])
            del results[split:]
            results.append(self.node(node, args))
        return results[0]

    def parts(self, node: ast.expr) -> list[ast.expr]:
        """The tensor arguments of an expression that is allowed; anything else is refused."""
        match node:
            case ast.Name() | ast.Constant():
                return []
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in BINARY:
                    self.refuse(op, node)
                return [left, right]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return [operand]
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) not in COMPARISONS:
                    self.refuse(op, node)
                return [left, right]
            case ast.Compare():
                self.fail(node, "Comparisons cannot be chained.", "Write (a < b) * (b < c).")
            case ast.Attribute(value=value, attr=attr):
                if attr not in ATTRIBUTES:
                    self.fail(
                        node, f".{attr} is not part of the language.", "The transpose is written .T; operations are called, as in mean(u)."
                    )
                return [value]
            case ast.Call():
                return self.arguments(node)[0]
            case _:
                self.refuse(node)

    def node(self, node: ast.expr, args: tuple[int, ...]) -> int:
        place = self.place(node)
        match node:
            case ast.Name():
                return self.variable(node, place)
            case ast.Constant(value=value) if type(value) in (int, float):
                return self.constant(node, value)  # type: ignore[arg-type]
            case ast.Constant():
                self.fail(node, "Only real numbers can stand here.")
            case ast.BinOp(op=op):
                return self.emit(Node(BINARY[type(op)], args, (), place))
            case ast.UnaryOp(op=ast.UAdd()):
                return args[0]
            case ast.UnaryOp(op=ast.USub()):
                operand = self.nodes[args[0]]
                if operand.op == CONSTANT and args[0] == len(self.nodes) - 1:
                    self.nodes[args[0]] = Node(CONSTANT, (), (("value", -operand.number),), place)
                    return args[0]
                return self.emit(Node("negative", args, (), place))
            case ast.Compare(ops=ops):
                return self.emit(Node(COMPARISONS[type(ops[0])], args, (), place))
            case ast.Attribute(attr=attr):
                operation = OPERATIONS[ATTRIBUTES[attr]]
                return self.emit(Node(operation.name, args, tuple((p.name, p.default) for p in operation.parameters), place))  # type: ignore[misc]
            case ast.Call(func=ast.Name(id=name)):
                return self.emit(Node(name, args, self.arguments(node)[1], place))
        self.refuse(node)

    def variable(self, node: ast.Name, place: Place) -> int:
        name = self.name(node)
        if name not in self.known:
            if len(self.inputs) >= self.limits.inputs:
                fault = Fault(f"The program has more than {self.limits.inputs} inputs.", place.line, place.column, place.end_column)
                raise LimitError("inputs", len(self.inputs) + 1, self.limits.inputs, fault)
            self.known[name] = self.emit(Node(INPUT, (), (("name", name),), place))
            self.inputs.append(Input(name, self.known[name], place))
        return self.known[name]

    def constant(self, node: ast.Constant, value: float) -> int:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            self.fail(node, TOO_LARGE)
        return self.emit(Node(CONSTANT, (), (("value", number),), self.place(node)))

    def arguments(self, call: ast.Call) -> tuple[list[ast.expr], Parameters]:
        """A call's tensor arguments, and its static ones by name in the order of the table."""
        operation = self.operation(call)
        count = len(operation.arguments)
        signature = operation.signature
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                self.fail(argument, "Arguments cannot be unpacked with *.", f"Write them out: {signature}.")
        if len(call.args) < count or len(call.args) > count + len(operation.parameters):
            needs = "one argument" if count == 1 else f"{count} arguments"
            self.fail(call, f"{operation.name} takes {needs}, not {len(call.args)}.", f"It is called as {signature}.")
        given: dict[str, ast.expr] = dict(zip((p.name for p in operation.parameters), call.args[count:], strict=False))
        for keyword in call.keywords:
            name = keyword.arg or "**"
            if name not in {p.name for p in operation.parameters}:
                near = difflib.get_close_matches(name, [p.name for p in operation.parameters], 1)
                hint = f"Did you mean {near[0]}=?" if near else f"It is called as {signature}."
                self.fail(keyword, f"{operation.name} takes no argument called {name}.", hint)
            if name in given:
                self.fail(keyword, f"{name} is given twice.")
            given[name] = keyword.value
        static = []
        for parameter in operation.parameters:
            if parameter.name in given:
                static.append((parameter.name, self.static(parameter, given[parameter.name])))
            elif parameter.default is REQUIRED:
                self.fail(call, f"{operation.name} needs {parameter.name}.", f"It is called as {signature}.")
            else:
                static.append((parameter.name, parameter.default))  # type: ignore[arg-type]
        return list(call.args[:count]), tuple(static)

    def operation(self, call: ast.Call) -> Operation:
        if not isinstance(call.func, ast.Name):
            self.fail(call.func, "Only an operation can be called, by its name.", "Write mean(u), for example.")
        name = call.func.id
        if name in OPERATIONS:
            return OPERATIONS[name]
        near = difflib.get_close_matches(name, OPERATIONS, 1)
        if name in WRITE_INSTEAD:
            self.fail(call.func, f"There is no operation called {name}.", f"Write {WRITE_INSTEAD[name]}.")
        if name in self.known:
            self.fail(call.func, f"{name} is a value, not an operation.", f"To multiply, write {name} * (…).")
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(OPERATIONS)}."
        self.fail(call.func, f"There is no operation called {name}.", hint)

    def static(self, parameter: Parameter, node: ast.expr) -> Static:
        """An axis, a flag or a shape: written out as literals, since the graph depends on it."""
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            value = self
        if isinstance(value, list):
            value = tuple(value)
        whole = type(value) is int and abs(value) < 2**31
        wholes = isinstance(value, tuple) and all(type(item) is int and abs(item) < 2**31 for item in value)
        if parameter.kind == "flag" and isinstance(value, bool):
            return value
        if parameter.kind == "axis" and (whole or wholes or value is None):
            return value  # type: ignore[no-any-return]
        if parameter.kind == "shape" and (whole or wholes or (value is None and parameter.default is None)):
            return (value,) if whole else value
        wanted = {
            "flag": "True or False",
            "axis": "a whole number such as 0, several such as (0, 1), or None",
            "shape": "sizes such as (3, 1)",
        }
        self.fail(node, f"{parameter.name} must be {wanted[parameter.kind]}, written out.")
