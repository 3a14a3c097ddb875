"""Files that people keep their numbers in, as inputs of a program: CSV and its kin, .npy and .npz. Nothing in them is ever unpickled."""

from __future__ import annotations

import ast
import csv
import io
import keyword
import math
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, NoReturn

import numpy as np
from numpy.lib import format as npy_format

from app.engine.arrays import Nested, nested
from app.engine.language.prelude import prelude
from app.engine.ops import OPERATIONS
from app.engine.program import Array
from app.errors import Fault, FileError, LimitError
from app.settings import Limits
from app.text import visible

TABLES = ("csv", "tsv", "txt")
SAVE_AS = "Read are .csv, .tsv, .txt, .npy and .npz: save a sheet as CSV, and arrays with numpy.save or numpy.savez."
LONGEST_NAME = 56
LONGEST_HEADER = 10_000
"""Bytes of an .npy file's header, as NumPy itself bounds it."""
SAMPLE = 20_000
"""Characters of a table from which its delimiter is guessed."""

_CONTENTS = (
    (re.compile(rb"\x93NUMPY"), "npy", "an .npy file"),
    (re.compile(rb"PK(\x03\x04|\x05\x06)"), "npz", "a zip archive, as .npz, .xlsx and .pt files are"),
    (re.compile(rb"\x80[\x02-\x05]|c[\w.]+\n[A-Za-z_]\w*\n(p\d+\n)?\("), "pkl", "a pickle, which is never unpickled"),
    (re.compile(rb"\x1f\x8b"), "gz", "compressed by gzip"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "xls", "an old Excel workbook"),
    (re.compile(rb"%PDF"), "pdf", "a PDF"),
)
"""How files begin, the ending that is theirs, and what they are."""
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_LITERALS = re.compile(r"(?:'[^'\\\n]*'|\"[^\"\\\n]*\"|True|False|None|[\d\s{}()\[\],:.+-])*", re.ASCII)
"""Of what headers are made."""
_REFUSED = {
    "O": "Python objects, which are never unpickled", "U": "text", "S": "text", "a": "text", "c": "complex numbers", "M": "dates",
    "m": "durations", "V": "raw bytes",
}  # fmt: skip
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, IndexError)
"""What `zipfile` raises at archives that are none, or not whole."""


@dataclass(frozen=True, slots=True)
class FileArrays:
    """Arrays by name, and for a table with a header what its columns are called."""

    arrays: dict[str, Nested]
    columns: dict[str, list[str]]


def arrays_of(filename: str, body: bytes, limits: Limits) -> FileArrays:
    """The arrays that a file holds, each under a name that the language takes.

    The ending of the file's name says what it is; without one, its first bytes do.

    Raises:
        FileError: it is of another kind, damaged, empty, or holds something that is no number; of a table, row and cell are told.
        LimitError: an array is beyond the limits, or all of them together.
    """
    stem, dot, ending = re.split(r"[\\/]", filename)[-1].strip().rpartition(".")
    stem, ending = (stem, ending.lower()) if dot else (ending, "")
    content, described = next(((kind, words) for start, kind, words in _CONTENTS if start.match(body)), ("csv", ""))
    if ending and ending not in (*TABLES, "npy", "npz"):
        _refuse(f"Files whose names end in .{_shown(ending)} are not read.", SAVE_AS)
    if not body:
        _refuse("The file is empty.")
    kind = ending or content
    if described and (kind != content or kind not in ("npy", "npz")):
        _refuse(f"The file is {described}{f'; its name ends in .{ending}' if ending else ''}.", SAVE_AS)
    if kind == "npz":
        found = _members(body, limits)
        return FileArrays({name: nested(array) for name, array in zip(_names(found), found.values(), strict=True)}, {})
    [name] = _names([stem])
    array, header = (_npy("The file", io.BytesIO(body), limits), []) if kind == "npy" else _table(_text(body), limits)
    return FileArrays({name: nested(array)}, {name: [visible(one) for one in header]} if header else {})


def _refuse(message: str, hint: str | None = None, line: int | None = None, column: int | None = None) -> NoReturn:
    raise FileError(Fault(message, line, column, hint=hint))


def _shown(said: Any) -> str:
    """What stands in a file, in at most 40 characters; all of them can be seen."""
    text = said[:41] if isinstance(said, str) else repr(said)
    text = visible(text) if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= 40 else f"{text[:39]}…"


def _bound(what: str, shape: Sequence[int], limits: Limits) -> None:
    if len(shape) > limits.rank:
        raise LimitError("rank", len(shape), limits.rank, Fault(f"{what} has {len(shape)} axes; at most {limits.rank} are allowed."))
    size = math.prod(shape)
    if size > limits.tensor_elements:
        # What a header says may have thousands of digits, which no problem document can hold.
        fault = Fault(f"{what} has more than {limits.tensor_elements:,} numbers.")
        raise LimitError("tensor_elements", min(size, 2**63), limits.tensor_elements, fault)


# names


def _names(stems: Iterable[str]) -> list[str]:
    """A name for each stem, no two the same; stems that are such names already are kept."""
    stems = list(stems)
    taken = {*keyword.kwlist, *OPERATIONS, *prelude(), "inf", "nan"}
    kept = {stem for stem in stems if _NAME.fullmatch(stem) and "__" not in stem and len(stem) <= LONGEST_NAME} - taken
    taken |= kept
    found = []
    for stem in stems:
        name = stem if stem in kept else _free(stem, taken)
        taken.add(name)
        found.append(name)
    return found


def _free(stem: str, taken: set[str]) -> str:
    """A name like a stem, and not yet taken."""
    # Letters lose their accents, and what is no letter becomes an underscore.
    letters = "".join(c for c in unicodedata.normalize("NFKD", stem) if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9]+", "_", letters).strip("_")[:LONGEST_NAME].rstrip("_") or "x"
    plain = f"x{plain}" if plain[0].isdigit() else plain
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    return name


# tables of text


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"The file is not text in UTF-8: see byte {error.start}.", 'Save it as "CSV UTF-8".')


def _table(text: str, limits: Limits) -> tuple[Array, list[str]]:
    """The numbers of a table with its header, if it has one. One row is a vector, one number a scalar, anything else a matrix."""
    delimiter = _delimiter(text)
    header: list[str] = []
    rows: list[list[float]] = []
    count, width, headed, marks = 0, 0, False, set[str]()
    for line, cells in _rows(text, delimiter):
        numbers = [_number(cell, delimiter) for cell in cells]
        comment = cells[0].startswith("#")
        if not rows and (comment or (not headed and all(number is None for number in numbers))):
            header, headed = _header(cells), not comment
            # Prose, and names with spaces in them, need not have as many words as there are columns.
            width = 0 if comment or delimiter == " " else len(header)
            continue
        width = width or len(cells)
        if len(cells) != width:
            message = f"This row has {len(cells)} {'cell' if len(cells) == 1 else 'cells'}; those above it have {width}."
            _refuse(message, "Every row needs the same number of cells.", line, min(len(cells), width) + 1)
        for column, (number, cell) in enumerate(zip(numbers, cells, strict=True), 1):
            wrong = _wrong(number, cell, delimiter, marks)
            if wrong:
                _refuse(*wrong, line, column)
        rows.append([number for number in numbers if number is not None])
        count += width
        if count > limits.tensor_elements:
            _bound("The table", (count,), limits)
    if not rows:
        _refuse("There is no number in the file.", SAVE_AS)
    array = np.array(rows if len(rows) > 1 else rows[0] if width > 1 else rows[0][0])
    _bound("The table", array.shape, limits)
    return array, header if len(header) == width else []


def _rows(text: str, delimiter: str, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with its first line in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=strict)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            if "limit" in str(error):
                _refuse(f"A cell has more than {csv.field_size_limit():,} characters.", "Is a quotation mark not closed?", line, 1)
            _refuse("A quotation mark in this row is not closed, or more follows it in its cell.", None, line, 1)
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if delimiter == " " and cells and not cells[-1]:
            cells.pop()
        if any(cells):
            yield line, cells


def _delimiter(text: str) -> str:
    """What stands between the cells: a tab if there is one, else what leaves the most numbers. A comma may be a decimal comma beside ;"""
    sample = text[:SAMPLE]
    if "\t" in sample:
        return "\t"
    # Where no semicolon stands, a comma is no decimal comma beside one.
    read = {sign: sign if sign in sample else "" for sign in ";, "}
    found = {sign: sum(_number(cell, read[sign]) is not None for _, cells in _rows(sample, sign, False) for cell in cells) for sign in read}
    return max(found, key=lambda sign: found[sign]) if any(found.values()) else ","


def _number(cell: str, delimiter: str) -> float | None:
    """The number that a cell holds; None where it holds none."""
    plain = cell.replace("−", "-")
    try:
        # Python's own 1_000, and digits of other scripts, are not what files mean.
        return float(plain.replace(",", ".") if delimiter == ";" else plain) if plain.isascii() and "_" not in plain else None
    except ValueError:
        return None


def _wrong(number: float | None, cell: str, delimiter: str, marks: set[str]) -> tuple[str, str | None] | None:
    """What is wrong with a cell, and how to mend it. `marks` are the signs before decimals in the cells so far."""
    if not cell:
        return "This cell is empty.", "Write NaN where a number is missing."
    if number is None:
        hint = "Write NaN where a number is missing. A first row that holds no number at all is overlooked."
        if delimiter != ";" and re.fullmatch(r"[+-]?\d+,\d+", cell):
            hint = "Decimal commas are read where cells are separated by semicolons."
        return f"{_shown(cell)} is not a number.", hint
    if math.isinf(number) and "i" not in cell.lower():
        return f"{_shown(cell)} is beyond the largest number, about 1.8e308.", None
    if delimiter == ";":
        marks.update({",", "."} & set(cell))
        if len(marks) > 1:
            has, others = ("comma", "points") if "," in cell else ("point", "commas")
            return f"{_shown(cell)} has a decimal {has}, and numbers before it have decimal {others}.", "Write all of them alike."
    return None


def _header(cells: list[str]) -> list[str]:
    """What columns are called; numpy.savetxt writes a # before them."""
    first = cells[0].lstrip("#").strip()
    return [first, *cells[1:]] if first or cells[0] != "#" else cells[1:]


# NumPy's own files


def _npy(what: str, stream: IO[bytes], limits: Limits) -> Array:
    """The array of an .npy file; nothing is allocated before its header is found to be within the limits."""
    shape, fortran, dtype = _header_of(what, stream)
    _bound(what, shape, limits)
    if 0 in shape:
        _refuse(f"{what} holds an empty array, of shape {_shown(shape)}.", "Give it at least one number.")
    promised = math.prod(shape) * dtype.itemsize
    data = stream.read(promised + 1)
    if len(data) != promised:
        actual = f"{len(data):,}" if len(data) < promised else "more"
        _refuse(f"{what} promises {promised:,} bytes of numbers, of shape {_shown(shape)}, and holds {actual}.", "Is it whole?")
    stored = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    with np.errstate(all="ignore"):
        array = stored.astype(np.float64)
        if (np.isinf(array) & np.isfinite(stored)).any():
            _refuse(f"{what} holds a number beyond 1.8e308.")
    return array


def _header_of(what: str, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, Fortran order and dtype that the header of an .npy file says.

    Read by ourselves: NumPy's own reader makes any dtype that is asked for, and tokenizes headers that it cannot read.
    """
    try:
        major, minor = npy_format.read_magic(stream)
    except ValueError:
        _refuse(f"{what} is not an .npy file, or is cut off at its beginning.", SAVE_AS)
    if major not in (1, 2, 3) or minor != 0:
        _refuse(f"{what} is an .npy file of version {major}.{minor}; versions 1.0, 2.0 and 3.0 are read.")
    size = 2 if major == 1 else 4
    prefix = stream.read(size)
    length = int.from_bytes(prefix, "little")
    if length > LONGEST_HEADER:
        _refuse(f"{what} has a header of {length:,} bytes; at most {LONGEST_HEADER:,} are read.", SAVE_AS)
    header = stream.read(length)
    if len(prefix) < size or len(header) < length:
        _refuse(f"{what} is cut off within its header.", "Is it whole?")
    try:
        # Python 2 wrote sizes as 3L.
        text = re.sub(r"(\d)L\b", r"\1", header.decode("utf-8" if major == 3 else "latin-1")).strip()
        # Else the log would fill with the compiler's warnings, and a number in hexadecimal could be too large to be printed.
        said = ast.literal_eval(text) if _LITERALS.fullmatch(text) else {}
        if said.keys() != {"descr", "fortran_order", "shape"}:
            raise ValueError
    except (ValueError, SyntaxError, TypeError, AttributeError, RecursionError, MemoryError):
        _refuse(f"{what} has a header that cannot be read.", SAVE_AS)
    shape, fortran, descr = said["shape"], said["fortran_order"], said["descr"]
    if not isinstance(shape, tuple) or not all(type(axis) is int and axis >= 0 for axis in shape):
        _refuse(f"{what} has a header that says no shape, but {_shown(shape)}.")
    if type(fortran) is not bool:
        _refuse(f"{what} has a header that says no order of the axes, but {_shown(fortran)}.")
    return shape, fortran, _dtype(what, descr)


def _dtype(what: str, descr: Any) -> np.dtype[Any]:
    """The dtype that a header says, of numbers."""
    if isinstance(descr, list | tuple):
        _refuse(f"{what} holds records of several fields.", "Save each field as an array of its own.")
    match = re.fullmatch(r"[<>|=]?([A-Za-z?])([\d\[\]A-Za-z]{0,8})", descr) if isinstance(descr, str) else None
    if match and match[1] in _REFUSED:
        _refuse(f"{what} holds {_REFUSED[match[1]]}.", "Only numbers are read: booleans, integers and floats.")
    if match and match[1] in "?biuf":
        with suppress(TypeError, ValueError):
            found: np.dtype[Any] = np.dtype(descr)
            if found.kind in "biuf":
                return found
    _refuse(f"{what} holds numbers of an unknown kind, {_shown(descr)}.", "Booleans, integers and floats are read.")


def _members(body: bytes, limits: Limits) -> dict[str, Array]:
    """The arrays of an .npz file by the stems of their members, in their order."""
    # Every member has such an entry at the end of the archive: counted here, before `zipfile` makes objects of them.
    entries = body.count(b"PK\x01\x02")
    if entries > limits.inputs:
        raise LimitError("inputs", entries, limits.inputs, Fault(f"The archive holds more than {limits.inputs} arrays."))
    found: dict[str, Array] = {}
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except _DAMAGED:
        _refuse("The archive cannot be read.", "Is it whole?")
    with archive:
        unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > limits.total_bytes:
            fault = Fault(f"The archive unpacks to more than {limits.total_bytes:,} bytes.")
            raise LimitError("total_bytes", unpacked, limits.total_bytes, fault)
        numbers = 0
        for info in archive.infolist():
            stem = _stem(info, found)
            found[stem] = _member(archive, info, limits)
            numbers += found[stem].size
            if 8 * numbers > limits.body_bytes:
                fault = Fault("The archive holds more numbers than one request can carry, at 8 bytes each.")
                raise LimitError("body_bytes", 8 * numbers, limits.body_bytes, fault)
    if not found:
        _refuse("The archive holds no array.")
    return found


def _stem(info: zipfile.ZipInfo, found: dict[str, Array]) -> str:
    """What a member is called, if it may be one of an .npz file."""
    name = info.filename
    if not name.endswith(".npy"):
        _refuse(f"The archive holds {_shown(name)}, which is not an .npy file.", SAVE_AS)
    if "/" in name or "\\" in name:
        _refuse(f"The archive holds {_shown(name)}, which lies in a folder.", "Save each array under a name without slashes.")
    stem = name.removesuffix(".npy")
    if stem in found:
        _refuse(f"The archive holds {_shown(name)} twice.")
    if info.flag_bits & 0x1:
        _refuse(f"{_shown(name)} is encrypted.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        _refuse(f"{_shown(name)} is compressed in a way that is not read.", "Save it with numpy.savez or numpy.savez_compressed.")
    return stem


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> Array:
    try:
        with archive.open(info) as stream:
            return _npy(_shown(info.filename), stream, limits)
    except _DAMAGED:
        raise FileError(Fault(f"{_shown(info.filename)} is damaged, and cannot be unpacked.", hint="Is the archive whole?")) from None
