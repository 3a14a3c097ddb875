"""What Python's grammar refuses: told in our own words, with what to write instead where the text leaves no doubt."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from textwrap import dedent
from typing import TypeAlias

from app.errors import Fault, Repair

TOO_LARGE = "This number is too large."
TOO_LARGE_HINT = "The largest is about 1.8e308."
TOO_DEEP = "Split it: give the inner parts names of their own."
UNREADABLE = "This is not an expression that can be read"
MISSING = "Is an operator missing, such as * or @ between two names?"
SIGNS: Mapping[str, tuple[str, str | None]] = {
    "²": ("Powers are written with **: x ** 2.", " ** 2"), "³": ("Powers are written with **: x ** 3.", " ** 3"),
    "−": ("Write the keyboard's own sign, -.", "-"), "–": ("Write the keyboard's own sign, -.", "-"),
    "×": ("Write * for elements and @ for matrices.", "*"), "⊙": ("Write *.", "*"), "∗": ("Write *.", "*"),
    **dict.fromkeys("·⋅∙", ("Write * for elements and @ for matrices.", None)),
    "÷": ("Write /.", "/"), "≤": ("Write <=.", "<="), "≥": ("Write >=.", ">="), "≠": ("Write !=.", "!="),
    "√": ("Write sqrt(x).", None), "Σ": ("Write sum(x).", None), "∑": ("Write sum(x).", None),
    "&": ("Write a & b, or (a > 0) * (b > 0).", None), "|": ("Write a | b.", None), "!": ("Write ~a, or logical_not(a).", None),
    "?": ("Write where(c, a, b).", None),
}  # fmt: skip
"""Signs that are not read: what to write instead, in words and, where it is always the same, as text."""
DOTS = "·⋅∙"
ROOTS = {"√": "sqrt", "∑": "sum"}
ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    (r"&&", "&", "Write a & b, or (a > 0) * (b > 0)."),
    (r"\|\|", "|", "Write a | b."),
    (r"!(?=[\w(])", "~", "Write ~a, or logical_not(a)."),
    (r"!==", "!=", "Write !=."),
    (r"===", "==", "Write ==."),
    (r"=>", ">=", "Write >=."),
    (r"=<", "<=", "Write <=."),
    (r"<>", "!=", "Write !=."),
    (r":=", "=", "Write =: it gives a name to a value."),
    (r"(?<!\s)\s*\.\^\s*", " ** ", "Powers are written with **: u ** 2."),
    (r"(?<!\s)\s*\.\*\s*", " * ", "Write *: it multiplies element by element."),
    (r"(?<!\s)\s*\./\s*", " / ", "Write /: it divides element by element."),
    (r"(?P<before>^\s*\w+\s*)(\*\*|//|[-+*/@%])\s+=(?!=)", r"\2=", r"Write \2= in one piece."),
    (r"(?<=\w)\s*(\+|-)\1\s*$", r" \1= 1", r"Write \1= 1."),
    (r"^\s*(let|var|const|auto|float|double)\s+(?=\w+\s*=)", "", r"Leave \1 out: name = expression."),
    (r"\blambda\b(?![^:]*:)(?P<after>.*)", "lambda_", "lambda is a word of Python's own. Choose another name, such as lambda_."),
    (
        r"(?P<before>^\s*\w+\s*=\s*)([^?:=\s][^?:]*?)(?<!\s)\s*\?\s*([^?:\s][^?:]*?)(?<!\s)\s*:\s*([^?:#\s][^?:#]*?)(?<!\s)\s*$",
        r"where(\2, \3, \4)",
        "Write where(c, a, b).",
    ),
    (r"(?P<before>^\s*for\s.*\))\s+(?=\w)", ": ", "The first line of a def or a for ends with a colon."),
    (r"^\s*//", "#", "A comment begins with #."),
    (r";(?=;)", "", "Leave one of them out."),
)
"""What other languages write, what it is here, and the hint that says so; what stands `before` and `after` is left as it is."""
LONGEST = 200
"""Of what a repair writes, in characters."""
_BRACKETS = re.compile(r"#.*|'[^']*'|\"[^\"]*\"|[()\[\]{}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_END = re.compile(r"(?<!\s)\s*(#.*)?$")
_ROW = re.compile(r"\[\s*[-+]?\.?\d[^\s\[\],]*(?:\s+[-+]?\.?\d[^\s\[\],]*)+\s*\]")

Told: TypeAlias = tuple[str, str | None, Repair | None]
"""What is wrong, the hint, and the repair."""


def syntax_fault(lines: Sequence[str], error: SyntaxError) -> Fault:
    """What a text is told that Python cannot read."""
    line = min(max(error.lineno or 1, 1), len(lines))
    column = max(error.offset or 1, 1)
    end = error.end_offset if error.end_lineno == line and error.end_offset else 0
    said = error.msg.split("(<unknown>")[0].strip().rstrip(".")
    tell = next((tell for words, tell in _TOLD if any(word in said for word in words)), None)
    said, hint, repair = tell(lines, line, column, said) if tell else (said, None, None)
    return Fault(f"{said[:1].upper()}{said[1:]}.", line, column, max(end, column + 1), hint, repair)


def sign_repair(lines: Sequence[str], line: int, column: int) -> Repair | None:
    """The signs of a line that no keyboard has, from a column on, as the keyboard writes them; up to one that may mean several things."""
    text = lines[line - 1].partition("#")[0]
    written, at, end = "", column - 1, column - 1
    while at < len(text) and len(written) < LONGEST:
        in_name = at > column - 1 and text[at] not in DOTS and f"a{text[at]}".isidentifier()
        if in_name or text[at].isascii():
            at += 1
            continue
        found = _sign(text, at)
        if found is None:
            break
        written += text[end:at] + found[0]
        at = end = found[1]
    return Repair(line, column, end + 1, written) if written else None


def _sign(text: str, at: int) -> tuple[str, int] | None:
    """What to write for the sign at a place, and up to where; None where it is not certain."""
    sign, before, after = text[at], text[:at], text[at + 1 :]
    if sign in DOTS:
        return " " * (before[-1:] != " ") + product(before, after) + " " * (after[:1] != " "), at + 1
    if sign in ROOTS:
        # √x² may be either.
        whole = re.match(r"(?=\()|([^\W²³]+)(?!\s*[\w.(\[]|\s*\*\*)", after)
        if whole is None or re.search(r"[\w)\]]\s*$", before):
            return None
        return f"{ROOTS[sign]}({whole[1]})" if whole[1] else ROOTS[sign], at + 1 + whole.end()
    wanted = SIGNS[sign][1] if sign in SIGNS else unicodedata.normalize("NFKC", sign)
    return (wanted, at + 1) if wanted and wanted.isascii() else None


def product(before: str, after: str) -> str:
    """The sign for a dot between two factors: beside a number * can be meant alone, and between names @ is refused where it is not."""
    return "*" if re.search(r"(?<![\w.])[\d.]+\s*$", before) or re.match(r"\s*[\d.]", after) else "@"


def multiplies(before: str) -> bool:
    """Whether a * behind what is written so far means what the missing sign does: a / 2x is not a / 2 * x."""
    return bool(before.strip()) and not re.search(r"(\*\*|[/%@])\s*$", before)


def _unreadable(lines: Sequence[str], line: int, column: int, _: str) -> Told:
    text, at = lines[line - 1], column - 1
    for pattern, instead, hint in ELSEWHERE:
        found = next((one for one in re.finditer(pattern, text) if one.start() <= at <= one.end()), None)
        # & and | bind more tightly than comparisons do.
        if found and not (instead in ("&", "|") and re.search(r"[<>]|[=!]=", text)):
            start = found.end("before") if "before" in found.re.groupindex else found.start()
            end = found.start("after") if "after" in found.re.groupindex else found.end()
            return UNREADABLE, found.expand(hint), Repair(line, start + 1, end + 1, found.expand(instead))
        if found:
            return UNREADABLE, hint, None
    rows = list(_ROW.finditer(text))
    if any(one.start() <= at <= one.end() for one in rows):
        start, end = rows[0].start(), rows[-1].end()
        written = _ROW.sub(lambda row: f"[{', '.join(row[0][1:-1].split())}]", text[start:end])
        return UNREADABLE, "Write commas between the numbers: [1, 2, 3].", Repair(line, start + 1, end + 1, written)
    number = re.search(r"(?<![\w.])[\d.]+(\s+)$", text[:at])
    if number and re.match(r"[^\W\d]", text[at:]) and multiplies(text[: number.start()]):
        return UNREADABLE, "To multiply, write the sign: 2 * x.", Repair(line, number.start(1) + 1, column, " * ")
    return UNREADABLE, SIGNS.get(text[at:column], (MISSING, None))[0], None


def _equals(lines: Sequence[str], line: int, column: int, said: str) -> Told:
    found = re.compile(r"(?<![=!<>])=(?!=)").search(lines[line - 1], column) if ":=" in said else None
    repair = Repair(line, found.start() + 1, found.end() + 1, "==") if found else None
    return "There is an = too many", "= gives a name to a value, once in a line; numbers are compared with ==.", repair


def _unmatched(lines: Sequence[str], line: int, column: int, said: str) -> Told:
    # At the end it is the same to open one before it; a + b) * c may have been (a + b) * c.
    repair = Repair(line, column, column + 1, "") if _END.fullmatch(lines[line - 1][column:]) else None
    return said, "Delete it, or open one before it.", repair


def _mismatched(lines: Sequence[str], line: int, column: int, said: str) -> Told:
    """A bracket that closes another kind: it is the wrong one, or the right one is missing before it."""
    text, wanted = lines[line - 1], _CLOSING.get(said.rstrip("'")[-1:], "")
    for end in (column, column - 1):
        if _reads(f"{text[: column - 1]}{wanted}{text[end:]}"):
            return said, f"Write {wanted} {'instead' if end == column else 'before it'}.", Repair(line, column, end + 1, wanted)
    return said, "Delete it, or open one before it.", None


def _character(lines: Sequence[str], line: int, column: int, said: str) -> Told:
    hint = SIGNS.get(lines[line - 1][column - 1 : column], ("Only letters, digits and the keyboard's own signs can stand here.", None))[0]
    return said, hint, sign_repair(lines, line, column)


def _decimal(lines: Sequence[str], line: int, column: int, _: str) -> Told:
    text = lines[line - 1]
    number = re.search(r"(?<![\w.])(\d+\.?\d*|\.\d+)$", text[:column])
    times = number and re.match(r"[^\W\d_]", text[column:]) and not re.match(r"[eE]\b", text[column:])
    repair = Repair(line, column + 1, column + 1, " * ") if times and number and multiplies(text[: number.start()]) else None
    return "A name cannot begin with a digit", "To multiply, write the sign: 2 * x.", repair


def _zeros(lines: Sequence[str], line: int, column: int, _: str) -> Told:
    found = re.compile(r"0+(?=\d)").match(lines[line - 1], column - 1)
    return (
        "A whole number cannot begin with 0", "Leave the leading zeros out.",
        Repair(line, column, found.end() + 1, "") if found else None,
    )  # fmt: skip


def _colon(lines: Sequence[str], line: int, column: int, said: str) -> Told:
    at = len(_END.sub("", lines[line - 1][: column - 1])) + 1
    return said, "The first line of a def or a for ends with a colon.", Repair(line, at, at, ":")


def _quote(lines: Sequence[str], line: int, column: int, said: str) -> Told:
    text = lines[line - 1]
    if re.search(r"[\w)\]]$", text[: column - 1]):
        return (
            said,
            "There is no text here, only numbers: delete the quote, or write x.T for the transpose.",
            Repair(line, column, column + 1, ".T"),
        )
    single = text[column - 1 : column] in ("'", '"') and text[column : column + 1] != text[column - 1 : column]
    return said, "There is no text here, only numbers: delete the quote.", Repair(line, column, column + 1, "") if single else None


def _unclosed(lines: Sequence[str], line: int, *_: object) -> Told:
    return str(_[-1]), "Close it, or delete it.", _closing(lines, line)


def _closing(lines: Sequence[str], line: int) -> Repair | None:
    """The missing brackets, at the end of the lines that belong to the expression: those that stand further in."""
    stack: list[tuple[str, int, int]] = []
    for number, text in enumerate(lines[: line + 50]):
        for mark in _BRACKETS.finditer(text):
            if mark[0] in _CLOSING:
                stack.append((_CLOSING[mark[0]], number, mark.start()))
            elif stack and mark[0] == stack[-1][0]:
                stack.pop()
        if number + 1 < line or not stack:
            continue
        first = stack[0][1]
        following = next((one for one in lines[number + 1 :] if one.strip()), "")
        if _indent(following) <= _indent(lines[first]):
            closing, at = "".join(one for one, *_ in reversed(stack)), len(_END.sub("", text))
            sure = not any(_may_end_before(lines[opened], start) for _, opened, start in stack)
            reads = sure and _reads("\n".join([*lines[first:number], text[:at] + closing]))
            return Repair(number + 1, at + 1, at + 1, closing) if reads else None
    return None


def _may_end_before(text: str, start: int) -> bool:
    """Whether a parenthesis may have been meant to close before the end: (a + b * c as (a + b) * c. That of a call is not."""
    inner = text[start + 1 :].partition("#")[0]
    called = text[start] != "(" or re.search(r"[\w)\]]\s*$", text[:start])
    return not called and bool(re.search(r"[-+<>=]", inner) and re.search(r"[*/@%]", inner))


def _target(*_: object) -> Told:
    return "Only a name can stand left of =", "Write name = expression.", None


def _inside(lines: Sequence[str], line: int, *_: object) -> Told:
    """A block whose lines are not indented. Which they are is certain of one with a return, and of the last."""
    text, before = lines[line - 1], _before(lines, line)
    sure = text.lstrip().startswith("return") or not any(one.strip() for one in lines[line:])
    repair = Repair(line, 1, _indent(text) + 1, " " * (_indent(before) + 4)) if sure else None
    return str(_[-1]), "Indent the lines below by four spaces.", repair


def _unlike(lines: Sequence[str], line: int, *_: object) -> Told:
    """Indented to a level that no line has, or by tabs where others are by spaces: the level that is nearest."""
    text = lines[line - 1]
    width = len(text[: _indent(text)].expandtabs(4))
    above = [one for one in lines[: line - 1] if one.strip()]
    levels = {len(one[: _indent(one)].expandtabs(4)): one[: _indent(one)] for one in above}
    distance = min((abs(width - level) for level in levels), default=0)
    near = [indent for level, indent in levels.items() if abs(width - level) == distance]
    repair = Repair(line, 1, _indent(text) + 1, near[0]) if len(near) == 1 else None
    return "This line is indented unlike the lines around it", "Use four spaces for each level.", repair


def _indented(lines: Sequence[str], line: int, *_: object) -> Told:
    text, before = lines[line - 1], _before(lines, line)
    in_block = re.match(r"\s*(for|def)\b", before)
    repair = None if in_block else Repair(line, 1, _indent(text) + 1, before[: _indent(before)])
    return "This line is indented", "Begin it at the first column; only the lines of a def or a for are indented.", repair


def _print(lines: Sequence[str], line: int, *_: object) -> Told:
    text = lines[line - 1]
    # A block is never left empty.
    repair = Repair(line, 1, len(text) + 1, f"{text[: _indent(text)]}pass" * (_indent(text) > 0)) if ";" not in text else None
    return "print is not part of the language", "Delete this line: every value is shown.", repair


def _before(lines: Sequence[str], line: int) -> str:
    """The line of code before a line."""
    return next((one for one in reversed(lines[: line - 1]) if _END.sub("", one)), "")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _reads(text: str) -> bool:
    try:
        ast.parse(dedent(text))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _hinted(hint: str, message: str | None = None) -> Callable[..., Told]:
    return lambda *given: (message or given[-1], hint, None)


_TOLD: tuple[tuple[tuple[str, ...], Callable[..., Told]], ...] = (
    (("Perhaps you forgot a comma",), _unreadable),
    (("Maybe you meant '=='",), _equals),
    (("invalid syntax",), _unreadable),
    (("unmatched",), _unmatched),
    (("does not match any",), _unlike),
    (("does not match",), _mismatched),
    (("invalid character", "invalid non-printable"), _character),
    (("decimal literal",), _decimal),
    (("leading zeros",), _zeros),
    (("expected ':'",), _colon),
    (("string literal",), _quote),
    (("never closed",), _unclosed),
    (("cannot assign", "illegal expression for augmented"), _target),
    (("too many nested",), _hinted(TOO_DEEP)),
    (("Exceeds the limit",), _hinted(TOO_LARGE_HINT, TOO_LARGE.rstrip("."))),
    (("call to 'print'",), _print),
    (("expected an indented block",), _inside),
    (("unindent", "inconsistent use of tabs"), _unlike),
    (("indent",), _indented),
)
"""What Python says, by words of its message, and how it is told here; the first that fits."""
