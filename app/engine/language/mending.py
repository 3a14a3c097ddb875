"""Repairs of what Python reads and the language has not: what to write, where, wherever that is certain."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from app.engine.language import names
from app.engine.language.grammar import REFUSED, Source
from app.engine.language.misread import multiplies
from app.engine.ops import Parameter
from app.errors import Repair

PLAIN = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List)
"""What stands beside an operator as it is."""
OPERATORS: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.LShift: ("<<", "* 2 **"), ast.RShift: (">>", "// 2 **"), ast.Is: (r"\bis\b", "=="),
    ast.IsNot: (r"\bis\s+not\b", "!="),
}  # fmt: skip
"""Operators that are written otherwise: how to find one between its operands, and what to write."""
COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
DELETED = (ast.Import, ast.ImportFrom, ast.Assert, ast.Raise, ast.Delete, ast.Global, ast.Nonlocal)
"""Statements that are left out as a whole."""
CALLS: Mapping[str, str] = {
    "hstack": "concatenate({0}, axis=1)", "isnan": "({0} != {0})",
    "Value": "{0}", "gather": "take_along_axis({0}, {2}, axis={1})", "index_select": "take({0}, {2}, axis={1})",
    "masked_fill_": "where({1}, {2}, {0})",
}  # fmt: skip
"""Calls that are written otherwise, of just as many arguments."""


# what stands somewhere


def instead(source: Source, node: ast.AST, text: str) -> Repair | None:
    """`text` for a part of the program, if that stands on one line."""
    place = source.place(node)
    return Repair(place.line, place.column, place.end_column, text) if _line(node) == _line(node, "end_lineno") else None


def before(source: Source, node: ast.AST, text: str) -> Repair:
    place = source.place(node)
    return Repair(place.line, place.column, place.column, text)


def after(source: Source, node: ast.AST, text: str) -> Repair:
    line = _line(node, "end_lineno")
    column = source.column(line, getattr(node, "end_col_offset", 0))
    return Repair(line, column, column, text)


def between(source: Source, left: ast.AST, right: ast.AST, pattern: str, text: str) -> Repair | None:
    """`text` for what stands between two parts of the program, in the line in which the first ends."""
    line = _line(left, "end_lineno")
    start = source.column(line, getattr(left, "end_col_offset", 0)) - 1
    end = source.column(line, getattr(right, "col_offset", 0)) - 1 if _line(right) == line else len(source.lines[line - 1])
    found = re.compile(pattern).search(source.lines[line - 1], start, end)
    return Repair(line, found.start() + 1, found.end() + 1, text) if found else None


def name_of(source: Source, func: ast.expr, name: str, text: str) -> Repair | None:
    """`text` for the name that a call, or an attribute, ends with."""
    place, here = source.place(func), source.lines
    start = place.end_column - len(name)
    if _line(func) != _line(func, "end_lineno") or here[place.line - 1][start - 1 : place.end_column - 1] != name:
        return None
    return Repair(place.line, start, place.end_column, text)


def without(source: Source, node: ast.AST) -> Repair | None:
    """The statement that something is part of, left out, if it has its line for itself and says nothing of other values."""
    block, statement = source.tree.body, _holding(source.tree.body, node)
    while statement is not None and hasattr(statement, "body"):
        inner = [getattr(statement, "body", []), getattr(statement, "orelse", [])]
        block = next((one for one in inner if _holding(one, node)), [])
        statement = _holding(block, node)
    if statement is None or statement.lineno != statement.end_lineno or isinstance(statement, ast.AugAssign):
        return None
    if _read(statement) - _read(node) - names.MODULES:
        return None
    place = source.place(statement)
    text = source.lines[place.line - 1]
    if text[: place.column - 1].strip() or not re.fullmatch(r"\s*;?\s*(#.*)?", text[place.end_column - 1 :]):
        return None
    if len(block) == 1 and block is not source.tree.body:
        return Repair(place.line, place.column, place.end_column, "pass")
    return Repair(place.line, 1, len(text) + 1, "")


def _read(node: ast.AST) -> set[str]:
    """The names that a part of the program reads."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _holding(block: list[ast.stmt], node: ast.AST) -> ast.stmt | None:
    """The statement of a block in which something stands."""
    start, stop = _start(node), (_line(node, "end_lineno"), getattr(node, "end_col_offset", 0))
    return next((one for one in block if _start(one) <= start and stop <= (one.end_lineno or 0, one.end_col_offset or 0)), None)


def _start(node: ast.AST) -> tuple[int, int]:
    return _line(node), getattr(node, "col_offset", 0)


def operand(source: Source, node: ast.expr) -> str:
    """What the text says of an expression, in parentheses unless it stands beside an operator as it is."""
    said = source.said(node)
    return said if isinstance(node, PLAIN) else f"({said})"


def stands_free(source: Source, node: ast.AST) -> bool:
    """Whether nothing beside an expression could bind to a part of what is written in its place."""
    place = source.place(node)
    text = source.lines[place.line - 1]
    left, right = text[: place.column - 1].rstrip(), text[place.end_column - 1 :].lstrip()
    return (not left or left[-1] in "=(,[") and (not right or right[0] in "),]#;")


# what is refused


def of_refused(source: Source, node: ast.AST) -> Repair | None:
    """Of grammar that is not part of the language."""
    match node:
        case ast.BinOp(op=ast.BitXor()):
            return _powers(source, node)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS and isinstance(left, PLAIN) and isinstance(right, PLAIN):
            return between(source, left, right, *OPERATORS[type(op)])
        case ast.AugAssign(target=target, op=ast.BitXor(), value=value):
            return between(source, target, value, r"\^=", "**=")
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            return between(source, left, right, *OPERATORS[type(op)])
        case ast.IfExp(test=test, body=body, orelse=other):
            return instead(source, node, f"where({source.said(test)}, {source.said(body)}, {source.said(other)})")
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return instead(source, node, _logic(source, node))
        case ast.Set():
            return instead(source, node, f"[{source.said(node)[1:-1].strip()}]")
        case ast.Await(value=inner):
            return instead(source, node, operand(source, inner))
        case ast.AsyncFunctionDef():
            place = source.place(node)
            found = re.compile(r"async\s+").match(source.lines[place.line - 1], place.column - 1)
            return Repair(place.line, place.column, found.end() + 1, "") if found else None
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return between(source, target, value, r"\s*:.*=\s*", " = ")
        case ast.Return(value=ast.expr()) if source.tree.body[-1] is node:
            place = source.place(node)
            return Repair(place.line, place.column, place.column + len("return"), "loss =")
    return without(source, node) if isinstance(node, DELETED) else None


def of_append(source: Source, statement: ast.stmt, name: str) -> Repair | None:
    """The list that a program appends to, begun before that, and before the loop it is in."""
    outer = _holding(source.tree.body, statement) or statement
    return before(source, outer, f"{name} = []\n") if not outer.col_offset else None


def of_def(source: Source, tree: ast.FunctionDef) -> Repair | None:
    """The return that a def lacks: of its last expression, or of the name that its last line gives a value."""
    match tree.body[-1]:
        case ast.Expr(value=value) as last if not isinstance(value, ast.Constant) and type(value) not in REFUSED:
            return before(source, last, "return ")
        case ast.Assign(targets=[ast.Name(id=name)]) as last if last.lineno > tree.lineno:
            line, indent = _line(last, "end_lineno"), source.lines[last.lineno - 1][: source.place(last).column - 1]
            at = len(source.lines[line - 1]) + 1
            return Repair(line, at, at, f"\n{indent}return {name}") if not indent.strip() else None
    return None


def _logic(source: Source, node: ast.expr, deep: int = 20) -> str:
    """and, or, not as calls, those within each other too."""
    match node:
        case ast.BoolOp(op=op, values=[first, *others]) if deep:
            text = _logic(source, first, deep - 1)
            for other in others:
                text = f"{'logical_and' if isinstance(op, ast.And) else 'logical_or'}({text}, {_logic(source, other, deep - 1)})"
            return text
        case ast.UnaryOp(op=ast.Not(), operand=inner) if deep:
            return f"logical_not({_logic(source, inner, deep - 1)})"
    return source.said(node)


def _powers(source: Source, node: ast.BinOp) -> Repair | None:
    """Every ^ of an expression; none where x ^ T may mean a transpose."""
    place = source.place(node)
    text = source.lines[place.line - 1][: place.end_column - 1]
    signs = [one.start() for one in re.finditer(r"\^", text) if one.start() >= place.column - 1]
    if not signs or re.search(r"\^\s*T\b", text[signs[0] :]):
        return None
    return Repair(place.line, signs[0] + 1, signs[-1] + 2, text[signs[0] : signs[-1] + 1].replace("^", "**"))


def of_comparison(source: Source, node: ast.Compare) -> Repair | None:
    """a < b < c as a product of comparisons."""
    if not all(type(op) in COMPARED for op in node.ops):
        return None

    def side(part: ast.expr) -> str:
        return source.said(part) if isinstance(part, (*PLAIN, ast.BinOp)) else operand(source, part)

    sides = [side(part) for part in (node.left, *node.comparators)]
    pairs = zip(sides, node.ops, sides[1:], strict=False)
    return instead(source, node, " * ".join(f"({a} {COMPARED[type(op)]} {b})" for a, op, b in pairs))


# what is called


def of_call(source: Source, node: ast.Call, name: str, arguments: list[ast.expr]) -> Repair | None:
    """Of a call that other libraries have: the one that means the same, with its own arguments."""
    template, plain = CALLS.get(name), [keyword for keyword in node.keywords if keyword.arg not in names.IGNORED]
    if name == "Value":
        plain, arguments = [], arguments[:1]
    if template and not plain and len(arguments) == 1 + max(int(place) for place in re.findall(r"\{(\d)\}", template)):
        says = operand if name in ("isnan", "Value") else Source.said
        return instead(source, node, template.format(*(says(source, one) for one in arguments)))
    if name in names.RENAMED and arguments:
        return name_of(source, node.func, name, names.RENAMED[name])
    if name in ("layer_norm", "rms_norm") and not plain and len(arguments) > 1 and _is_last_axis(arguments[1]):
        kept = [source.said(one) for one in (arguments[0], *arguments[2:])]
        return instead(source, node, f"{name}({', '.join(kept)})")
    if name in ("conv1d", "conv2d"):
        bias = [*arguments[2:], *(keyword.value for keyword in plain if keyword.arg == "bias")]
        others = [f"{keyword.arg}={source.said(keyword.value)}" for keyword in plain if keyword.arg != "bias"]
        if len(bias) == 1:
            sizes = "(-1, 1)" if name == "conv1d" else "(-1, 1, 1)"
            call = f"{name}({', '.join([*(source.said(one) for one in arguments[:2]), *others])})"
            whole = f"{call} + reshape({source.said(bias[0])}, {sizes})"
            return instead(source, node, whole if stands_free(source, node) else f"({whole})")
    return None


def _is_last_axis(node: ast.expr) -> bool:
    """Whether a shape, as PyTorch's norms take it, is certainly that of the last axis alone."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple | ast.List) and len(node.elts) == 1)


def keyword(source: Source, node: ast.keyword, name: str) -> Repair:
    """Another name for a keyword."""
    place = source.place(node)
    return Repair(place.line, place.column, place.column + len(node.arg or ""), name)


def of_word(source: Source, node: ast.expr, parameter: Parameter) -> Repair | None:
    """A static argument that is written like a name: true, or a word without its quotes."""
    if isinstance(node, ast.Name) and parameter.kind == "flag" and node.id.lower() in ("true", "false"):
        return instead(source, node, node.id.capitalize())
    return instead(source, node, f"'{node.id}'") if isinstance(node, ast.Name) and node.id in parameter.choices else None


def of_product(source: Source, func: ast.expr) -> Repair | None:
    """2(a + b): the * that is missing before the parenthesis."""
    place, line = source.place(func), _line(func, "end_lineno")
    found = re.compile(r"(\)*)\s*(?=\()").match(source.lines[line - 1], source.column(line, getattr(func, "end_col_offset", 0)) - 1)
    if found is None or not multiplies(source.lines[place.line - 1][: place.column - 1].rstrip("( ")):
        return None
    return Repair(line, found.end(1) + 1, found.end() + 1, " * ")


def _line(node: ast.AST, which: str = "lineno") -> int:
    line: int = getattr(node, which, 1)
    return line
