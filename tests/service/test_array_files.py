"""Files of numbers: what they become, and what is refused."""

import csv
import io
import math
import pickle
import struct
import time
import tracemalloc
import zipfile
import zlib
from contextlib import nullcontext, suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app import service
from app.engine.arrays import array_of
from app.errors import CurlydError, FileError, LimitError
from app.service import Given, Request, arrays_of
from app.settings import Limits

LIMITS = Limits()
SMALL = Limits(tensor_elements=100, rank=3, inputs=4, total_bytes=4_000, body_bytes=1_600)


def npy(array, **how):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), **how)
    return stream.getvalue()


def npz(compressed=False, **arrays):
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def zipped(*members, method=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def headed(header, data=b"", version=(1, 0), length=None):
    """An .npy file with any text as its header."""
    text = header if isinstance(header, bytes) else header.encode("latin-1")
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes(version) + size + text + data


def plain(descr="'<f8'", fortran="False", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


def table(text, name="x.csv", limits=LIMITS):
    body = text if isinstance(text, bytes) else text.encode()
    [found] = arrays_of(name, body, limits).arrays.values()
    return found


def back(value, limits=LIMITS):
    """A nested list as the engine reads it."""
    return array_of("x", value, limits)


def fault(filename, body, limits=LIMITS):
    """The one fault of a file that is refused."""
    with pytest.raises(FileError) as caught:
        arrays_of(filename, body if isinstance(body, bytes) else body.encode(), limits)
    [found] = caught.value.faults
    assert len(found.message) < 300
    return found


# --- names


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("x.csv", "x"), ("Weights_1.csv", "Weights_1"), ("_w.csv", "_w"), ("my data (1).csv", "my_data_1"),
        ("data.backup.csv", "data_backup"),
        ("2020-01.csv", "x2020_01"), ("größe.csv", "gro_e"), ("café.CSV", "cafe"), ("данные.csv", "x"), (".csv", "x"), ("---.csv", "x"),
        (r"C:\Users\me\w1.csv", "w1"), ("../../etc/w2.csv", "w2"), ("/tmp/b.csv", "b"), ("a__b.csv", "a_b"), ("lambda.csv", "lambda_2"),
        ("mean.csv", "mean_2"), ("mse.csv", "mse_2"), ("nan.csv", "nan_2"), ("q" * 300 + ".csv", "q" * 56), ("", "x"),
        ("numbers", "numbers"),
        (" x .csv ", "x"), ("x\x00\n<b>.csv", "x_b"), ("x/", "x"), ("..", "x"),
    ],
)  # fmt: skip
def test_a_file_gives_its_array_a_name_that_the_language_takes(filename, name):
    assert list(arrays_of(filename, b"1,2\n3,4", LIMITS).arrays) == [name]
    given_ = {name: Given([[1, 2], [3, 4]])}
    assert service.analyse(Request(f"L = sum({name} * 2)", given_), LIMITS).trace is not None


def test_members_that_would_have_the_same_name_are_numbered():
    body = npz(**{"a b": 1, "a-b": 2, "a_b": 3, "a_b_2": 4, "mean": 5, "class": 6})
    assert arrays_of("all.npz", body, LIMITS).arrays == {"a_b_3": 1, "a_b_4": 2, "a_b": 3, "a_b_2": 4, "mean_2": 5, "class_2": 6}


@pytest.mark.parametrize(("body", "names"), [(npy([1, 2]), ["x"]), (npz(w=[1], b=[2]), ["w", "b"]), (b"1,2", ["x"])])
def test_without_a_name_the_first_bytes_say_what_a_file_is(body, names):
    assert list(arrays_of("", body, LIMITS).arrays) == names


# --- tables


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]), ("1\n2\n3", [[1], [2], [3]]), ("1,2,3", [1, 2, 3]), ("7", 7), ("7\n", 7),
        ("1;2\n3;4", [[1, 2], [3, 4]]), ("1,5;2,5\n3;4", [[1.5, 2.5], [3, 4]]), ("1,5;2,5", [1.5, 2.5]), ("1.5;2.5", [1.5, 2.5]),
        ("1\t2\n3\t4", [[1, 2], [3, 4]]), ("1 2\n3 4", [[1, 2], [3, 4]]), ("   1.0    2.0  \n   3.0    4.0  \n", [[1, 2], [3, 4]]),
        ("1, 2\r\n3, 4\r\n", [[1, 2], [3, 4]]), ("1,2\r3,4\r", [[1, 2], [3, 4]]), ("\n\n1,2\n\n3,4\n\n", [[1, 2], [3, 4]]),
        ("1,2\n,\n3,4\n,\n", [[1, 2], [3, 4]]), ('"1","2"\n"3","4"', [[1, 2], [3, 4]]), ('"1,5";"2"', [1.5, 2]), (' "1", "2"', [1, 2]),
        ("−1,−2.5e−3", [-1, -0.0025]), ("+1,.5,5.,1e3,1E-3", [1, 0.5, 5, 1000, 0.001]), ("\ufeff1,2", [1, 2]), ("\ufeffa,b\n1,2", [1, 2]),
        ("NaN,nan,inf,-Infinity,−inf,+INF", ["NaN", "NaN", "Infinity", "-Infinity", "-Infinity", "Infinity"]),
        ("a,b\n1,2\n3,4", [[1, 2], [3, 4]]), ("a;b\n1,5;2", [1.5, 2]), ("my length, in cm\n1\n2", [[1], [2]]), ("1\xa0,2", [1, 2]),
        ("sepal length sepal width\n1 2\n3 4", [[1, 2], [3, 4]]), ("# made on Monday 5\n# a,b\n1,2\n3,4", [[1, 2], [3, 4]]),
        ("1e-400,-0", [0, -0.0]), ('"a\nb",c\n1,2', [1, 2]), ("1,2\n" * 3, [[1, 2]] * 3), ("count\n12\n13\n", [[12], [13]]),
    ],
)  # fmt: skip
def test_a_table_is_read(text, value):
    assert table(text) == value


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a,b\n1,2", ["a", "b"]), ("# a b\n1 2\n3 4", ["a", "b"]), ("#a,b\n1,2", ["a", "b"]), ("1,2", None), ("a,\n1,2", ["a", ""]),
        ("sepal length sepal width\n1 2\n3 4", None), ('"length, in cm";width\n1;2', ["length, in cm", "width"]), ("<b>\n1\n2", ["<b>"]),
    ],
)  # fmt: skip
def test_the_header_of_a_table_is_told(text, columns):
    found = arrays_of("x.csv", text.encode(), LIMITS)
    assert found.columns == ({"x": columns} if columns else {})


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "CSV"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_what_pythons_own_writer_writes_comes_back(ending, delimiter, quoting):
    numbers = np.random.default_rng(0).normal(size=(20, 3)) * 10.0 ** np.arange(-9, 11, 1)[:, None]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)
    writer.writerows([["a", "b", 'the "c"'], *numbers.tolist()])
    found = arrays_of(f"t.{ending}", stream.getvalue().encode(), LIMITS)
    assert found.arrays == {"t": numbers.tolist()}
    assert found.columns == {"t": ["a", "b", 'the "c"']}


@pytest.mark.parametrize("how", [{}, {"delimiter": ","}, {"delimiter": ";", "header": "a;b;c"}, {"delimiter": "\t", "fmt": "%.18e"}])
def test_what_savetxt_writes_comes_back(how):
    numbers = np.random.default_rng(1).normal(size=(5, 3))
    stream = io.StringIO()
    np.savetxt(stream, numbers, **how)
    np.testing.assert_array_equal(table(stream.getvalue(), "x.txt"), numbers)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)), st.sampled_from(",;\t "))
@settings(max_examples=100, deadline=None)
def test_any_matrix_comes_back_from_text(array, delimiter):
    text = "\n".join(delimiter.join(map(repr, row)) for row in array.tolist())
    np.testing.assert_array_equal(np.ravel(back(table(text))), array.ravel())


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("1,2\n3", 2, 2, "This row has 1 cell; those above it have 2."),
        ("1,2\n3,4,5", 2, 3, "This row has 3 cells; those above it have 2."),
        ("a,b,c\n1,2\n3,4", 2, 3, "This row has 2 cells; those above it have 3."),
        ("1,2\n\n3,\n", 3, 2, "This cell is empty."),
        ("1,,2", 1, 2, "This cell is empty."),
        ("1,2\n3,NA", 2, 2, "NA is not a number."),
        ("id,1\n2,3", 1, 1, "id is not a number."),
        ("a,b\nc,d\n1,2", 2, 1, "c is not a number."),
        ("1,2\n3,x\x00\x1by", 2, 2, r"x\x00\x1by is not a number."),
        ("1\n1_000", 2, 1, "1_000 is not a number."),
        ("1\n٣", 2, 1, "٣ is not a number."),
        ("1\n0x10", 2, 1, "0x10 is not a number."),
        ("1\n50%", 2, 1, "50% is not a number."),
        ("1\nTrue", 2, 1, "True is not a number."),
        ("1\n1+2j", 2, 1, "1+2j is not a number."),
        ("1.5,2\n1e400,2", 2, 1, "1e400 is beyond the largest number"),
        ("-1e999", 1, 1, "-1e999 is beyond the largest number"),
        ("9" * 400, 1, 1, "is beyond the largest number"),
        ('1,2\n3,"4', 2, 1, "A quotation mark in this row is not closed"),
        ('1,2\n"3"4,5', 2, 1, "A quotation mark in this row is not closed"),
        ('"', 1, 1, "A quotation mark in this row is not closed"),
        ('1\n5"', 2, 1, '5" is not a number.'),
        ("1,5;0.5\n", 1, 2, "0.5 has a decimal point, and numbers before it have decimal commas."),
        ("0.5;1\n2;1,234", 2, 2, "1,234 has a decimal comma, and numbers before it have decimal points."),
        ("1.234,5;1", 1, 1, "1.234,5 is not a number."),
        ('"1,5","2,5"', None, None, "There is no number in the file."),
        ("1\t2\n1,5\t2,5", 2, 1, "1,5 is not a number."),
        ("1\n" + "z" * 5000, 2, 1, "z" * 39 + "… is not a number."),
        ("1\n" + "1" * 200_000, 2, 1, "A cell has more than 131,072 characters."),
        ("1\n2\n=SUM(A1:A2)", 3, 1, "=SUM(A1:A2) is not a number."),
        ("", None, None, "The file is empty."),
        ("\n \n,,\n", None, None, "There is no number in the file."),
        ("a,b,c\n", None, None, "There is no number in the file."),
        ("\ufeff", None, None, "There is no number in the file."),
        ("<html><body>", None, None, "There is no number in the file."),
    ],
)
def test_a_table_at_fault_is_told_by_row_and_cell(text, line, column, said):
    found = fault("x.csv", text)
    assert (found.line, found.column) == (line, column)
    assert said in found.message


@pytest.mark.parametrize(
    "body", [b"1,2\n\xff,3", "größe\n1".encode("latin-1"), "1,2\n".encode("utf-16"), bytes(range(128, 256)), b"\xed\xa0\x80"]
)
def test_a_table_that_is_not_utf_8_is_told(body):
    assert "UTF-8" in fault("x.csv", body).message


def test_decimal_commas_that_are_not_read_are_told_of():
    assert "semicolons" in fault("x.csv", "1\t2\n1,5\t2,5").hint


def test_a_large_table_is_read_in_time_and_a_larger_one_refused():
    start = time.perf_counter()
    assert len(table("1.5,2.5\n" * 100_000)) == 100_000
    assert time.perf_counter() - start < 5
    for text in ("1\n" * 101, ",".join(["1"] * 101), "1,2\n" * 51):
        with pytest.raises(LimitError) as caught:
            table(text, limits=SMALL)
        assert caught.value.limit == "tensor_elements"
    with pytest.raises(LimitError, match="axes"):
        table("1,2\n3,4", limits=Limits(rank=1))


# --- .npy

DTYPES = ["?", "i1", "u1", "<i2", ">i2", "<u4", ">i4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<g", ">g"]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_arrays_of_all_kinds_and_orders_come_back(data):
    dtype = np.dtype(data.draw(st.sampled_from(DTYPES)))
    elements = st.floats(width=32) if dtype.kind == "f" and dtype.itemsize > 4 else None
    array = data.draw(hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, max_side=4), elements=elements))
    array = np.asarray(array, order=data.draw(st.sampled_from("CF")))
    version = data.draw(st.sampled_from([(1, 0), (2, 0), (3, 0)]))
    whole = array.astype(np.float64)
    np.testing.assert_array_equal(back(arrays_of("w.npy", npy(array, version=version), LIMITS).arrays["w"]), whole)
    found = arrays_of("w.npz", npz(data.draw(st.booleans()), w=array, v=array.T), LIMITS).arrays
    np.testing.assert_array_equal(back(found["w"]), whole)
    np.testing.assert_array_equal(back(found["v"]), whole.T)


def test_numbers_that_are_none_are_strings():
    assert arrays_of("w.npy", npy([math.nan, math.inf, -math.inf, 1]), LIMITS).arrays["w"] == ["NaN", "Infinity", "-Infinity", 1]


def test_headers_of_other_writers_are_read():
    data = np.array([1.0, 2.0]).tobytes()
    for header in (
        plain(), plain(shape="(2L,)"), plain().replace(" ", ""), plain().replace("'", '"'), f"  {plain()}", plain(descr="'=f8'"),
        plain(descr="'|f8'"), plain(descr="'float64'"), "{'shape': (2,), 'descr': '<f8', 'fortran_order': True}",
    ):  # fmt: skip
        assert arrays_of("w.npy", headed(header, data), LIMITS).arrays == {"w": [1, 2]}


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


HOSTILE_NPY = {
    "nothing but magic": (b"\x93NUMPY", "cut off at its beginning"),
    "half a magic": (b"\x93NUM", "not an .npy file"),
    "no header": (b"\x93NUMPY\x01\x00", "cut off within its header"),
    "half a length": (b"\x93NUMPY\x01\x00\x10", "cut off within its header"),
    "half a header": (npy([1.0])[:40], "cut off within its header"),
    "a huge header length": (headed(plain(), version=(2, 0), length=2**32 - 1), "header of 4,294,967,295 bytes"),
    "a header longer than NumPy's": (headed(plain() + " " * 20_000, b"\0" * 16), "at most 10,000"),
    "another version": (headed(plain(), b"\0" * 16, version=(9, 7)), "version 9.7"),
    "code": (headed("__import__('os').abort()"), "cannot be read"),
    "code in the shape": (headed(plain(shape="(__import__('os').abort(),)")), "cannot be read"),
    "a sum in the shape": (headed(plain(shape="(10**10**10,)")), "cannot be read"),
    "deep nesting": (headed("(" * 9_000), "cannot be read"),
    "a long sum": (headed("1+" * 4_000 + "1"), "cannot be read"),
    "many signs": (headed("-" * 9_000 + "1"), "cannot be read"),
    "nested dictionaries": (headed("{1:" * 150 + "1" + "}" * 150), "cannot be read"),
    "unhashable keys": (headed("{[]: 1}"), "cannot be read"),
    "a list": (headed("[1, 2]"), "cannot be read"),
    "a number": (headed("1"), "cannot be read"),
    "no text": (headed(""), "cannot be read"),
    "bytes that are no text": (headed(b"\xff\xfe" * 20, version=(3, 0)), "cannot be read"),
    "zeros": (headed(b"\0" * 64), "cannot be read"),
    "a missing key": (headed("{'descr': '<f8', 'shape': (2,)}"), "cannot be read"),
    "a further key": (headed(plain().replace("{", "{'x': 1, ")), "cannot be read"),
    "a hexadecimal giant": (headed(plain(shape=f"(-0x{'f' * 8_000},)")), "cannot be read"),
    "a decimal giant": (headed(plain(shape=f"({'9' * 8_000},)")), "cannot be read"),
    "numbers that run into words": (headed("1if 1else " * 900 + "1"), "cannot be read"),
    "a comment": (headed(plain() + "# os.abort()"), "cannot be read"),
    "an odd escape": (headed(plain(descr=r"'\d'")), "unknown kind|cannot be read"),
    "a negative size": (headed(plain(shape="(-1,)")), "says no shape, but (-1,)"),
    "two negative sizes": (headed(plain(shape="(-2, -1)"), b"\0" * 16), "says no shape"),
    "a fraction of a size": (headed(plain(shape="(2.0,)")), "says no shape"),
    "a truth as size": (headed(plain(shape="(True,)"), b"\0" * 8), "says no shape"),
    "a list as shape": (headed(plain(shape="[2]")), "says no shape"),
    "a number as shape": (headed(plain(shape="2")), "says no shape"),
    "text as shape": (headed(plain(shape=f"'{'q' * 900}'")), "says no shape"),
    "an order that is none": (headed(plain(fortran="'F'"), b"\0" * 16), "no order of the axes"),
    "an order of 1": (headed(plain(fortran="1"), b"\0" * 16), "no order of the axes"),
    "an unknown size of float": (headed(plain(descr="'<f3'"), b"\0" * 6), "unknown kind, <f3"),
    "an unknown kind": (headed(plain(descr="'<q8'"), b"\0" * 16), "unknown kind, <q8"),
    "bytes under the name of a number": (headed(plain(descr="'bytes'")), "unknown kind, bytes"),
    "a number as kind": (headed(plain(descr="8")), "unknown kind, 8"),
    "nothing as kind": (headed(plain(descr="None")), "unknown kind, None"),
    "a kind with a comma": (headed(plain(descr="'f8,O'")), "unknown kind"),
    "a kind of a million": (headed(plain(descr="'(1000000,1000000)f8'")), "unknown kind"),
    "a subarray": (headed(plain(descr="('<f8', (10, 10))")), "records of several fields"),
    "records": (npy(np.zeros(2, [("a", "f8"), ("b", "O")]), allow_pickle=True), "records of several fields"),
    "records of deep records": (headed(plain(descr="[('a'," * 30 + "'f8'" + ")]" * 30)), "records of several fields"),
    "objects": (npy(np.array([Bomb(), 1], object), allow_pickle=True), "never unpickled"),
    "text": (npy(np.array(["a", "b"])), "holds text"),
    "bytes": (npy(np.array([b"a", b"b"])), "holds text"),
    "bytes of another spelling": (headed(plain(descr="'a5'"), b"\0" * 10), "holds text"),
    "raw bytes": (npy(np.zeros(2, "V4")), "holds raw bytes"),
    "complex numbers": (npy(np.array([1 + 2j])), "holds complex numbers"),
    "dates": (npy(np.array(["2020-01-01"], "M8[D]")), "holds dates"),
    "durations": (npy(np.array([1], "m8[s]")), "holds durations"),
    "an empty array": (npy(np.zeros((0, 3))), "empty array, of shape (0, 3)"),
    "an empty array with a giant axis": (headed(plain(shape=f"(0, {10**30})")), "empty array"),
    "too few bytes": (npy([1.0, 2.0])[:-1], "promises 16 bytes of numbers, of shape (2,), and holds 15"),
    "too many bytes": (npy([1.0, 2.0]) + b"\0", "promises 16 bytes of numbers, of shape (2,), and holds more"),
    "no bytes": (headed(plain(shape="(1000, 1000)")), "promises 8,000,000 bytes of numbers, of shape (1000, 1000), and holds 0"),
    "two arrays": (npy([1.0]) + npy([2.0]), "holds more"),
    "a pickle": (pickle.dumps([Bomb()]), "a pickle, which is never unpickled"),
    "a text pickle": (pickle.dumps(Bomb(), protocol=0), "a pickle, which is never unpickled"),
    "a text pickle by hand": (b"cos\nsystem\n(S'false'\ntR.", "a pickle, which is never unpickled"),
    "a zip archive": (npz(a=[1]), "a zip archive"),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\0" * 20, "compressed by gzip"),
    "a table": (b"1,2\n3,4", "not an .npy file"),
    "nothing": (b"", "The file is empty."),
}


@pytest.mark.parametrize("case", list(HOSTILE_NPY))
def test_a_hostile_npy_file_is_refused(case):
    body, said = HOSTILE_NPY[case]
    message = fault("w.npy", body).message
    assert any(part in message for part in said.split("|")), message
    if body:
        inside = fault("all.npz", zipped(("w.npy", body))).message
        assert "w.npy" in inside


def test_numbers_beyond_float64_are_refused():
    if np.finfo(np.longdouble).max > np.finfo(float).max:
        assert "beyond 1.8e308" in fault("w.npy", npy(np.array([np.longdouble("1e400")]))).message
    assert arrays_of("w.npy", npy(np.array([np.inf], np.longdouble)), LIMITS).arrays == {"w": ["Infinity"]}


@pytest.mark.parametrize("dtype", DTYPES)
def test_any_bytes_are_numbers(dtype):
    data = np.random.default_rng(2).bytes(np.dtype(dtype).itemsize * 64)
    body = headed(plain(f"'{np.dtype(dtype).str}'", shape="(64,)"), data)
    # Of a longdouble, most bytes are numbers beyond float64.
    with suppress(FileError) if dtype.endswith("g") else nullcontext():
        assert len(arrays_of("w.npy", body, LIMITS).arrays["w"]) == 64


@pytest.mark.parametrize(
    ("shape", "limit", "value"),
    [
        ("(1000001,)", "tensor_elements", 1_000_001), ("(100000, 100000)", "tensor_elements", 10**10),
        (f"({10**300},)", "tensor_elements", 2**63), (f"({'9' * 4_000},)", "tensor_elements", 2**63),
        ("(1, 1, 1, 1, 1, 1, 1, 1, 1)", "rank", 9), (f"({'1, ' * 3000})", "rank", 3000),
        (f"({'9' * 1000}, {'9' * 1000})", "tensor_elements", 2**63),
    ],
)  # fmt: skip
def test_a_header_that_lies_allocates_nothing(shape, limit, value):
    body = headed(plain(shape=shape), b"\0" * 64)
    for filename, sent in (("w.npy", body), ("w.npz", zipped(("w.npy", body)))):
        tracemalloc.start()
        try:
            with pytest.raises(CurlydError) as caught:
                arrays_of(filename, sent, LIMITS)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()
        assert isinstance(caught.value, LimitError)
        assert (caught.value.limit, caught.value.value) == (limit, value)


# --- .npz


def patched(body, **fields):
    """An archive whose one member's entries say something else: in the local header, and in the directory at the end."""
    at = {"flags": (6, 8, "<H"), "method": (8, 10, "<H"), "crc": (14, 16, "<I"), "packed": (18, 20, "<I"), "size": (22, 24, "<I")}
    found = bytearray(body)
    for name, value in fields.items():
        local, central, form = at[name]
        struct.pack_into(form, found, local, value)
        struct.pack_into(form, found, body.index(b"PK\x01\x02") + central, value)
    return bytes(found)


ONE = npz(w=np.arange(6.0).reshape(2, 3))
PACKED = npz(True, w=np.arange(6.0).reshape(2, 3))
HOSTILE_NPZ = {
    "no arrays": (npz(), "holds no array"),
    "cut off": (ONE[:-30], "cannot be read"),
    "the beginning alone": (b"PK\x03\x04", "cannot be read"),
    "no archive": (b"1,2,3", "cannot be read"),
    "an array alone": (npy([1.0]), "an .npy file; its name ends in .npz"),
    "a wrong checksum": (patched(ONE, crc=1), "damaged"),
    "changed bytes": (ONE.replace(struct.pack("<d", 5.0), struct.pack("<d", 6.0)), "damaged"),
    "changed packed bytes": (PACKED[:60] + b"\xff" * 20 + PACKED[80:], "damaged"),
    "a member that is longer than it says": (patched(PACKED, size=140), "damaged|holds"),
    "a member that is shorter than it says": (patched(ONE, size=100_000, packed=100_000), "damaged|holds more"),
    "encryption": (patched(ONE, flags=1), "encrypted"),
    "strong encryption": (patched(ONE, flags=0x41), "encrypted"),
    "patch data": (patched(ONE, flags=0x20), "damaged"),
    "an unknown compression": (patched(ONE, method=99), "compressed in a way"),
    "bzip2": (zipped(("w.npy", npy([1.0])), method=zipfile.ZIP_BZIP2), "compressed in a way"),
    "lzma": (zipped(("w.npy", npy([1.0])), method=zipfile.ZIP_LZMA), "compressed in a way"),
    "a folder": (zipped(("layer/w.npy", npy([1.0]))), "lies in a folder"),
    "a folder of Windows": (zipped(("layer\\w.npy", npy([1.0]))), "lies in a folder"),
    "a way out": (zipped(("../../w.npy", npy([1.0]))), "lies in a folder"),
    "an absolute way": (zipped(("/etc/w.npy", npy([1.0]))), "lies in a folder"),
    "a folder alone": (zipped(("layer/", b"")), "not an .npy file"),
    "another file": (zipped(("w.npy", npy([1.0])), ("read me.txt", b"hello")), "read me.txt, which is not an .npy file"),
    "a sheet": (zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")), "not an .npy file"),
    "what torch saves": (zipped(("archive/data.pkl", pickle.dumps(Bomb()))), "not an .npy file"),
    "an archive within": (zipped(("w.npz", ONE)), "not an .npy file"),
    "a member of nothing": (zipped(("w.npy", b"")), "w.npy is not an .npy file"),
    "an object": (npz(w=np.array([Bomb()], object)), "never unpickled"),
    "an odd name": (zipped(("\x1b[31m" + "q" * 500 + ".npy", b"")), "q…"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(HOSTILE_NPZ))
def test_a_hostile_npz_file_is_refused(case):
    body, said = HOSTILE_NPZ[case]
    message = fault("all.npz", body).message
    assert any(part in message for part in said.split("|")), message
    assert message.isprintable()


def test_members_of_the_same_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        body = zipped(("w.npy", npy([1.0])), ("w.npy", npy([2.0])))
    assert "w.npy twice" in fault("all.npz", body).message


def test_an_archive_within_the_limits_is_read_and_one_beyond_refused():
    assert len(arrays_of("a.npz", npz(**{f"w{i}": np.zeros(50) for i in range(4)}), SMALL).arrays) == 4
    for arrays, limit, value in (
        ({f"w{i}": [1] for i in range(5)}, "inputs", 5),
        ({f"w{i}": np.zeros(100) for i in range(4)}, "body_bytes", 2400),
        ({"w": np.zeros(1000)}, "total_bytes", 8128),
        ({"w": np.zeros(101, "i1")}, "tensor_elements", 101),
        ({"w": np.zeros((1, 1, 1, 1))}, "rank", 4),
    ):
        with pytest.raises(LimitError) as caught:
            arrays_of("a.npz", npz(True, **arrays), SMALL)
        assert (caught.value.limit, caught.value.value) == (limit, value)


def test_bombs_do_not_go_off():
    zeros = zlib.compressobj(9, wbits=-15)
    packed = b"".join(zeros.compress(b"\0" * 1_000_000) for _ in range(300)) + zeros.flush()
    large = zipped(("w.npy", headed(plain(shape="(300000000,)", descr="'|u1'"))))
    honest = zipped(("w.npy", b"\0" * 3_000_000), method=zipfile.ZIP_DEFLATED)
    liar = zipped(("w.npy", packed))
    liar = patched(liar, method=zipfile.ZIP_DEFLATED, size=200_000_000)
    many = zipped(*((f"w{i}.npy", b"") for i in range(20_000)))
    small = npz(True, **{f"w{i}": np.zeros(1_000_000, "i1") for i in range(200)})
    for body, kind in ((large, LimitError), (honest, FileError), (liar, FileError), (many, LimitError), (small, LimitError)):
        tracemalloc.start()
        try:
            with pytest.raises(kind):
                arrays_of("a.npz", body, LIMITS)
            assert tracemalloc.get_traced_memory()[1] < 40_000_000
        finally:
            tracemalloc.stop()


# --- other files, and any bytes


@pytest.mark.parametrize(
    "filename",
    ["a.xlsx", "a.xls", "a.ods", "a.pt", "a.pth", "a.pkl", "a.json", "a.npy.gz", "a.mat", "a.h5", "a.parquet", "a.py", "a." + "q" * 900],
)
def test_other_files_are_refused_with_what_is_read(filename):
    found = fault(filename, "1,2")
    assert "are not read" in found.message
    assert ".npz" in found.hint


@pytest.mark.parametrize(
    ("filename", "body", "said"),
    [
        ("a.csv", npz(a=[1]), "zip archive"), ("a.csv", npy([1]), "an .npy file; its name ends in .csv"), ("a.txt", b"%PDF-1.7", "a PDF"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"), ("", pickle.dumps(1), "a pickle"), ("a", b"\x1f\x8b\x08", "gzip"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says_is_told(filename, body, said):
    assert said in fault(filename, body).message


@given(
    st.sampled_from(["x.csv", "x.tsv", "x.npy", "x.npz", "x", ""]),
    st.one_of(st.binary(max_size=300), st.text(alphabet='0123456789.,;\t \n\r"-eE−#aNinf', max_size=200).map(str.encode)),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(filename, body):
    with suppress(CurlydError):
        for name, value in arrays_of(filename, body, SMALL).arrays.items():
            assert name == "x"
            assert back(value, SMALL).size


@given(
    st.sampled_from([ONE, PACKED, npy(np.arange(6.0).reshape(2, 3))]),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=6),
)
@settings(max_examples=400, deadline=None)
def test_damaged_files_are_read_or_refused(body, changes):
    damaged = bytearray(body)
    for place, byte in changes:
        damaged[place % len(damaged)] = byte
    for filename in ("x.npy", "x.npz"):
        with suppress(CurlydError):
            arrays_of(filename, bytes(damaged), LIMITS)
