"""Text to Python's syntax tree, and back to places in the text. Nothing is ever evaluated by Python."""

from __future__ import annotations

import ast
import re
import unicodedata
from itertools import takewhile
from typing import NoReturn

from app.engine.language.misread import TOO_DEEP, syntax_fault
from app.engine.program import Place
from app.errors import Fault, GrammarError, LimitError, ProgramError, Repair
from app.settings import Limits
from app.text import visible

_NEWLINE = re.compile(r"\r\n|\r|\n")


class Source:
    """A program's text with its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _NEWLINE.split(text)
        self.tree = ast.Module([], [])
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
        odd = next((i for i, c in enumerate(self.text) if _is_invisible(c) and not self._is_a_variant(i)), None)
        if odd is not None:
            before = _NEWLINE.split(self.text[:odd])
            line, column = len(before), len(before[-1]) + 1
            hint = "Delete it: it cannot be seen, and has no meaning here."
            message = f"There is an invisible character, U+{ord(self.text[odd]):04X}."
            end = column + len(list(takewhile(_is_invisible, self.text[odd:])))
            raise GrammarError(Fault(message, line, column, column + 1, hint, Repair(line, column, end, "")))
        try:
            module = ast.parse(self.text)
        except SyntaxError as error:
            raise GrammarError(syntax_fault(self.lines, error)) from None
        except (MemoryError, RecursionError, ValueError):
            raise GrammarError(Fault("An expression is nested too deeply to be read.", 1, 1, 1, TOO_DEEP)) from None
        self._bound_depth(module, limits.nesting)
        self.tree = module
        return module

    def _is_a_variant(self, index: int) -> bool:
        """Whether a sign only says how the one before it is drawn, such as a heart in a comment; in a name it would make another name."""
        return 0xFE00 <= ord(self.text[index]) <= 0xFE0F and index > 0 and not self.text[index - 1].isidentifier()

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

    def place(self, node: ast.AST) -> Place:
        """Characters, counted from 1: `ast` counts UTF-8 bytes from 0. What ends on a later line is marked to the end of its first."""
        line: int = getattr(node, "lineno", 1)
        start: int = getattr(node, "col_offset", 0)
        stop: int = getattr(node, "end_col_offset", None) or start + 1
        last = getattr(node, "end_lineno", line) == line
        return Place(line, self.column(line, start), self.column(line, stop) if last else len(self.lines[line - 1]) + 1)

    def column(self, line: int, offset: int) -> int:
        """The character, counted from 1, at so many bytes of a line."""
        text = self.lines[line - 1]
        if text.isascii():
            return offset + 1
        if line not in self._columns:
            self._columns[line] = [i for i, c in enumerate(text, 1) for _ in c.encode()] + [len(text) + 1]
        return self._columns[line][offset]

    def said(self, node: ast.expr) -> str:
        """What the text says of an expression, on one line."""
        lines = [line.encode() for line in self.lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b" ".join(lines).decode().split())


def _is_invisible(character: str) -> bool:
    if character.isascii() and character.isprintable():
        return False
    return character not in "\n\t\r" and (unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn") or visible(character) != character)


def fail(place: Place, message: str, hint: str | None = None, repair: Repair | None = None) -> NoReturn:
    """Refuses what stands at a place."""
    raise ProgramError(Fault(message, place.line, place.column, place.end_column, hint, repair))


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
