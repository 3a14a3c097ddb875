"""Repairs of shapes that don't fit: a hint names arguments, and the text says where each of them stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from app.engine.language import names
from app.engine.language.draft import dotted_name
from app.engine.language.expressions import COMPARISONS
from app.engine.language.grammar import Source
from app.engine.language.mending import PLAIN, instead, name_of, stands_free
from app.engine.ops import OPERATIONS
from app.engine.program import Place
from app.errors import Repair
from app.settings import Limits

PAIRS = {"max": "maximum", "min": "minimum"}
_TURNED = re.compile(r"\{a\} @ (\{b\}\.T)|(\{a\}\.T) @ \{b\}|solve\(\{a\}, (\{b\}\.T)\)")
"""The same operation, of one argument transposed."""


def of_mismatch(text: str, limits: Limits, place: Place, op: str, hint: str, *, told: Mapping[str, str]) -> Repair | None:
    """What a hint of `shapes.Mismatch` says, put into the program that `text` is, for the operation at a place.

    A hint that names one argument is for this one; one that names several is for the whole expression. `told` is what the hint calls
    each argument.
    """
    wanted = re.fullmatch(r"Did you mean (.+)\?", hint)
    source = Source(text)
    source.module(limits)
    here = [node for node in _expressions(source.tree) if source.place(node) == place]
    found = next((node for node in here if _is_op(node, op)), None)
    if wanted is None:
        return None
    template, turned = wanted[1], _TURNED.fullmatch(wanted[1])
    if found is None:
        return _handed_on(source, here, told[turned[turned.lastindex][1]]) if turned and turned.lastindex else None
    if turned and turned.lastindex and not isinstance(found, ast.AugAssign):
        template = turned[turned.lastindex]
    named = sorted(set(re.findall(r"\{([a-z])\}", template)))
    if not named and isinstance(found, ast.Call) and template in OPERATIONS:
        return name_of(source, found.func, _name(found), template)
    arguments = dict(zip("abcdefgh", _arguments(found, op), strict=False))
    if not named or not set(named) <= set(arguments) or not _is_expression(template):
        return None
    written = re.sub(r"\{([a-z])\}", lambda match: _written(source, arguments[match[1]], template, match), template).replace(".T.T", "")
    if isinstance(found, ast.AugAssign) and named != ["b"]:
        return instead(source, found, f"{source.said(found.target)} = {written}") if named == ["a", "b"] else None
    if len(named) == 1 and not template.startswith("max("):
        repair = instead(source, arguments[named[0]], written)
        return repair if repair is None or isinstance(found, ast.Call | ast.Attribute) else _with_parentheses(source, repair)
    free = isinstance(found, ast.BinOp) or re.fullmatch(r"\w+\(.*\)", template) or stands_free(source, found)
    return instead(source, found, written if free else f"({written})")


def _with_parentheses(source: Source, repair: Repair) -> Repair:
    """An operand together with the parentheses around it, which are not needed any more."""
    around = source.lines[repair.line - 1][repair.column - 2 : repair.end_column]
    return Repair(repair.line, repair.column - 1, repair.end_column + 1, repair.text) if around[:1] + around[-1:] == "()" else repair


def _handed_on(source: Source, calls: list[ast.expr | ast.AugAssign], name: str) -> Repair | None:
    """Of a call that has the operation inside: the argument by this name, transposed, if there is one."""
    arguments = [one for call in calls if isinstance(call, ast.Call) for one in (*call.args, *(keyword.value for keyword in call.keywords))]
    meant = [one for one in arguments if source.said(one) == name]
    return instead(source, meant[0], f"{name}.T".removesuffix(".T.T")) if len(meant) == 1 else None


def _expressions(tree: ast.AST) -> Iterator[ast.expr | ast.AugAssign]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.AugAssign))


def _is_op(node: ast.AST, op: str) -> bool:
    """Whether an expression is the operation, and not a call of something that has it inside."""
    match node:
        case ast.BinOp(op=sign) | ast.AugAssign(op=sign):
            return names.OPERATORS.get(names.SIGNS.get(type(sign), "")) == op
        case ast.Compare(ops=[sign]):
            return COMPARISONS.get(type(sign)) == op
        case ast.Attribute(attr=attr):
            return {"T": "transpose", "mT": "matrix_transpose"}.get(attr) == op
        case ast.Call():
            name = _name(node)
            return op in (names.find(name), PAIRS.get(name))
    return False


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _arguments(node: ast.AST, op: str) -> list[ast.expr]:
    """What an operation is of, in the table's order, as far as the text says it plainly."""
    match node:
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.AugAssign(target=ast.Name() as left, value=right):
            return [left, right]
        case ast.Attribute(value=value):
            return [value]
        case ast.Call(func=func, args=args) if not OPERATIONS[op].variadic:
            method = isinstance(func, ast.Attribute) and (dotted_name(func) or "").partition(".")[0] not in names.MODULES
            given = [func.value, *args] if method and isinstance(func, ast.Attribute) else args
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            return [*given, *(keywords[name] for name in OPERATIONS[op].arguments[len(given) :] if name in keywords)]
    return []


def _written(source: Source, node: ast.expr, template: str, match: re.Match[str]) -> str:
    """An argument, in parentheses where what is beside it would bind to a part of it."""
    alone = re.search(r"(\(|, )$", template[: match.start()]) and re.match(r"[,)]", template[match.end() :])
    said = source.said(node)
    plain = isinstance(node, PLAIN) and not (isinstance(node, ast.Constant) and template[match.end() :].startswith("."))
    return said if alone or plain else f"({said})"


def _is_expression(template: str) -> bool:
    """Whether a hint says one thing to write: not diagonal(a), or diag_embed(a)."""
    try:
        tree = ast.parse(re.sub(r"\{([a-z])\}", r"\1", template), mode="eval")
    except SyntaxError:
        return False
    return not isinstance(tree.body, ast.BoolOp | ast.Tuple)
