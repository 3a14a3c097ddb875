"""Text to Python's syntax tree, and back to places in the text. Nothing is ever evaluated by Python."""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import NoReturn

from app.engine.program import Place
from app.errors import Fault, LimitError, ProgramError
from app.settings import Limits

TOO_LARGE = "This number is too large."
TOO_LARGE_HINT = "The largest is about 1.8e308."
TOO_DEEP = "Split it: give the inner parts names of their own."
SIGNS = {
    "²": "Powers are written with **: x ** 2.", "³": "Powers are written with **: x ** 3.", "−": "Write the keyboard's own sign, -.",
    "–": "Write the keyboard's own sign, -.", "×": "Write * for elements and @ for matrices.",
    "·": "Write * for elements and @ for matrices.",
    "÷": "Write /.", "≤": "Write <=.", "≥": "Write >=.", "≠": "Write !=.", "√": "Write sqrt(x).",
    "Σ": "Write sum(x).", "∑": "Write sum(x).",
    "&": "Write a & b, or (a > 0) * (b > 0).", "|": "Write a | b.", "!": "Write ~a, or logical_not(a).", "?": "Write where(c, a, b).",
}  # fmt: skip
"""What to write instead of a sign that is not read."""
_NEWLINE = re.compile(r"\r\n|\r|\n")


class Source:
    """A program's text with its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _NEWLINE.split(text)
        self._columns: dict[int, list[int]] = {}

    def module(self, limits: Limits) -> ast.Module:
        """The syntax tree.

        Raises:
            ProgramError: the text is not Python's grammar, or holds a character that cannot be seen.
            LimitError: it is too long, or nested too deeply.
        """
        size, most = len(self.text), limits.program_characters
        if size > most:
            raise LimitError("program_characters", size, most, Fault(f"The program has {size:,} characters; at most {most:,} are allowed."))
        odd = next((i for i, c in enumerate(self.text) if c not in "\n\t\r" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn")), None)
        if odd is not None:
            before = _NEWLINE.split(self.text[:odd])
            line, column = len(before), len(before[-1]) + 1
            hint = "Delete it: it cannot be seen, and has no meaning here."
            raise ProgramError(Fault(f"There is an invisible character, U+{ord(self.text[odd]):04X}.", line, column, column + 1, hint))
        try:
            module = ast.parse(self.text)
        except SyntaxError as error:
            raise ProgramError(self._syntax_fault(error)) from None
        except (MemoryError, RecursionError, ValueError):
            raise ProgramError(Fault("An expression is nested too deeply to be read.", 1, 1, 1, TOO_DEEP)) from None
        self._bound_depth(module, limits.nesting)
        return module

    def _bound_depth(self, module: ast.Module, most: int) -> None:
        level: list[ast.AST] = [module]
        depth = 0
        while level:
            depth += 1
            if depth > most:
                node = next((one for one in level if hasattr(one, "lineno")), module)
                place = self.place(node)
                message = f"An expression is nested more than {most:,} deep."
                raise LimitError("nesting", depth, most, Fault(message, place.line, place.column, place.end_column, TOO_DEEP))
            level = [child for node in level for child in ast.iter_child_nodes(node)]

    def _syntax_fault(self, error: SyntaxError) -> Fault:
        line = min(max(error.lineno or 1, 1), len(self.lines))
        column = max(error.offset or 1, 1)
        end = error.end_offset if error.end_lineno == line and error.end_offset else 0
        said = error.msg.split("(<unknown>")[0].strip().rstrip(".")
        hint = None
        if "Perhaps you forgot a comma" in said or said == "invalid syntax":
            said = "This is not an expression that can be read"
            hint = SIGNS.get(self.lines[line - 1][column - 1 : column], "Is an operator missing, such as * or @ between two names?")
        elif "Maybe you meant '=='" in said:
            said, hint = "There is an = too many", "= gives a name to a value, once in a line; numbers are compared with ==."
        elif "unmatched" in said or "does not match" in said:
            hint = "Delete it, or open one before it."
        elif "invalid character" in said or "invalid non-printable" in said:
            hint = SIGNS.get(self.lines[line - 1][column - 1 : column], "Only letters, digits and the keyboard's own signs can stand here.")
        elif "decimal literal" in said:
            said, hint = "A name cannot begin with a digit", "To multiply, write the sign: 2 * x."
        elif "leading zeros" in said:
            said, hint = "A whole number cannot begin with 0", "Leave the leading zeros out."
        elif "expected ':'" in said:
            hint = "The first line of a def or a for ends with a colon."
        elif "string literal" in said:
            hint = "There is no text here, only numbers: delete the quote."
        elif "never closed" in said:
            hint = "Close it, or delete it."
        elif "cannot assign" in said:
            said, hint = "Only a name can stand left of =", "Write name = expression."
        elif "too many nested" in said:
            hint = TOO_DEEP
        elif "Exceeds the limit" in said:
            said, hint = TOO_LARGE.rstrip("."), TOO_LARGE_HINT
        elif "expected an indented block" in said:
            hint = "Indent the lines below by four spaces."
        elif "unindent" in said or "inconsistent use of tabs" in said:
            said, hint = "This line is indented unlike the lines around it", "Use four spaces for each level."
        elif "indent" in said:
            said, hint = "This line is indented", "Begin it at the first column; only the lines of a def or a for are indented."
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
        if line not in self._columns:
            self._columns[line] = [i for i, c in enumerate(text, 1) for _ in c.encode()] + [len(text) + 1]
        columns = self._columns[line]
        return Place(line, columns[start], columns[stop] if last else columns[-1])

    def said(self, node: ast.expr) -> str:
        """What the text says of an expression, on one line."""
        lines = [line.encode() for line in self.lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b" ".join(lines).decode().split())


def fail(place: Place, message: str, hint: str | None = None) -> NoReturn:
    """Refuses what stands at a place."""
    raise ProgramError(Fault(message, place.line, place.column, place.end_column, hint))


REFUSED: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.BitXor: ("^", "Powers are written with **: u ** 2."),
    ast.LShift: ("<<", "Multiply: a * 2 ** b."),
    ast.RShift: (">>", "Divide: a // 2 ** b."),
    ast.Is: ("The operator 'is'", "Compare numbers with ==."),
    ast.IsNot: ("The operator 'is not'", "Compare numbers with !=."),
    ast.In: ("The operator 'in'", "Compare numbers with ==."),
    ast.NotIn: ("The operator 'not in'", "Compare numbers with !=."),
    ast.AnnAssign: ("A type annotation", "Leave it out: name = expression."),
    ast.Import: ("import", "Delete this line: the operations are there already."),
    ast.ImportFrom: ("import", "Delete this line: the operations are there already."),
    ast.If: ("if", "Choose between values with where(c, a, b), relu, maximum, or a comparison: (u > 0) * u."),
    ast.IfExp: ("if … else", "Write where(c, a, b): a where c is not 0, else b."),
    ast.While: ("while", "Write for i in range(10): with the number of steps written out."),
    ast.ClassDef: ("class", "Write its calculation as a def, or as plain statements."),
    ast.AsyncFunctionDef: ("async", "Write def."),
    ast.Lambda: ("lambda", "Write a def with a return."),
    ast.ListComp: ("A list comprehension", "Write a for loop that appends: hs = [], then for i in range(3): and hs.append(…)."),
    ast.GeneratorExp: ("A comprehension", "Write a for loop that appends: hs = [], then for i in range(3): and hs.append(…)."),
    ast.SetComp: ("A comprehension", "Write a for loop that appends to a list."),
    ast.DictComp: ("A comprehension", "Write a for loop that appends to a list."),
    ast.Dict: ("A dictionary", "Give each value a name of its own."),
    ast.Set: ("A set", "Write a list: [a, b]."),
    ast.NamedExpr: (":=", "Give the value its name in a line of its own: name = expression."),
    ast.JoinedStr: ("A string", "There is no text here, only numbers: delete it."),
    ast.BoolOp: ("and / or", "Multiply comparisons, (a > 0) * (b > 0), or write logical_and(a, b)."),
    ast.Not: ("not", "Write logical_not(a), or 1 - a."),
    ast.Try: ("try", "Write its lines without it."),
    ast.With: ("with", "Write its lines without it, at the first column: there is no gradient mode to set."),
    ast.Assert: ("assert", "Delete this line."),
    ast.Raise: ("raise", "Delete this line."),
    ast.Delete: ("del", "Delete this line."),
    ast.Global: ("global", "Delete this line: names outside a def can be read in it."),
    ast.Nonlocal: ("nonlocal", "Delete this line."),
    ast.Return: ("return", "It belongs at the end of a def. Write loss = … instead."),
    ast.Break: ("break", "A loop runs to its end: write the number of passes into range(…)."),
    ast.Continue: ("continue", "Choose between values with where(c, a, b)."),
    ast.Yield: ("yield", "A def ends with a single return."),
    ast.Await: ("await", "Delete it."),
    ast.Starred: ("*", "Write the values out, one by one."),
    ast.Match: ("match", "Choose between values with where(c, a, b)."),
}
"""Grammar that Python has and programs have not: what it is called, and what to write instead."""


def refuse(place: Place, node: ast.AST) -> NoReturn:
    """Refuses grammar that is not part of the language."""
    what, hint = REFUSED.get(type(node), (type(node).__name__, None))
    fail(place, f"{what} is not part of the language.", hint)
