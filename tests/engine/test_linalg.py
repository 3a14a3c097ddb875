"""Linear algebra and einsum at their edges: what is refused, singular matrices, conventions, and what a rule must get right there."""

import numpy as np
import pytest
from table import calculated, differences, refused
from table import gradients_by_name as gradients

from app.engine.ops import OPERATIONS

NAN = np.nan


# --- products


@pytest.mark.parametrize(
    ("name", "shapes", "message", "hint"),
    [
        ("dot", ((5, 2, 3), (3,)), "dot takes single numbers, vectors and matrices, and a is (5, 2, 3).", "Did you mean a @ b?"),
        ("dot", ((3,), (5, 3, 4)), "dot takes single numbers, vectors and matrices, and b is (5, 3, 4).", "Did you mean a @ b?"),
        ("dot", ((2, 3), (4, 3)), "a is (2, 3) and b is (4, 3); the inner sizes 3 and 4 must agree.", "Did you mean a @ b.T?"),
        ("outer", ((2, 3), (4,)), "outer takes two vectors: a is (2, 3) and b is (4,).", "Did you mean reshape(a, (6,))?"),
        ("outer", ((3,), ()), "outer takes two vectors: a is (3,) and b is a single number.", "Did you mean reshape(b, (1,))?"),
    ],
)
def test_products_say_what_does_not_fit(name, shapes, message, hint):
    assert refused(name, *shapes) == (message, hint)


def test_dot_with_a_single_number_multiplies():
    assert OPERATIONS["dot"].shape((), (5, 2, 3)) == (5, 2, 3)
    np.testing.assert_array_equal(calculated("dot", 2.0, [[1.0, 3.0]]), [[2.0, 6.0]])
    assert OPERATIONS["dot"].flops((5, 2, 3), (), (5, 2, 3)) == 30


# --- einsum


@pytest.mark.parametrize(
    ("shapes", "subscripts", "message", "hint"),
    [
        (((2, 3),), "...j->...", "the subscripts '...j->...' hold an ellipsis, which is not part of the language.",
         "Did you mean a letter for each axis, as in 'bij,jk->bik'?"),
        (((2, 3),), "i1->i", "the subscripts 'i1->i' hold '1'; there can be letters, commas between the operands, and one ->.",
         "Did you mean something like 'ij,jk->ik'?"),
        (((2, 3),), "{a}->i", "the subscripts '{a}->i' hold '{'; there can be letters, commas between the operands, and one ->.",
         "Did you mean something like 'ij,jk->ik'?"),
        (((2, 3),), "ij->i->j", "the subscripts 'ij->i->j' hold '-'; there can be letters, commas between the operands, and one ->.",
         "Did you mean something like 'ij,jk->ik'?"),
        (((2, 3), (3,)), "ij,j->i,j",
         "the subscripts 'ij,j->i,j' hold a comma after the arrow; there can be letters, commas between the operands, and one ->.",
         "Did you mean something like 'ij,jk->ik'?"),
        (((2, 3), (3, 4), (4,)), "ij,jk", "the subscripts 'ij,jk' are for 2 operands, and there are 3.",
         "Separate the operands' letters by commas."),
        (((2, 3),), "ij,jk", "the subscripts 'ij,jk' are for 2 operands, and there is 1.", "Separate the operands' letters by commas."),
        ((), "", "the subscripts '' are for 1 operand, and there are 0.", "Separate the operands' letters by commas."),
        (((2, 3), (3, 4)), "ij,jkl->ik", "b is (3, 4), and 'jkl' gives it 3 letters for 2 axes.", "Give each axis one letter."),
        (((2,),), "ij->", "a is (2,), and 'ij' gives it 2 letters for 1 axis.", "Give each axis one letter."),
        (((3, 3),), "ii->", "the letter i stands twice in 'ii' for a, which is (3, 3).", "Did you mean trace(a) or diagonal(a)?"),
        (((2,), (3, 3)), "k,ii->i", "the letter i stands twice in 'ii' for b, which is (3, 3).", "Did you mean trace(b) or diagonal(b)?"),
        (((2, 3), (4, 5)), "ij,jk->ik", "the letter j is 3 in a, which is (2, 3), and 4 in b, which is (4, 5); they must agree.", None),
        (((2, 1), (4, 5)), "ij,jk->ik", "the letter j is 1 in a, which is (2, 1), and 4 in b, which is (4, 5); they must agree.", None),
        (((3,),), "i->ii", "the output 'ii' has the letter i twice.", "To make a matrix of a diagonal, call diag."),
        (((2, 3),), "ij->ik", "the output letter k is in no operand.", "The operands' letters are: i, j."),
    ],
)  # fmt: skip
def test_einsum_says_what_does_not_fit(shapes, subscripts, message, hint):
    assert refused("einsum", *shapes, subscripts=subscripts) == (message, hint)


def test_einsum_takes_as_many_operands_as_there_are_letters():
    assert refused("einsum", *[(2,)] * 26, (3,), subscripts=",".join("a" * 27))[0] == "einsum takes at most 26 operands, and there are 27."


def test_einsum_without_an_arrow_keeps_the_letters_that_stand_once_in_alphabetical_order():
    assert OPERATIONS["einsum"].shape((2, 3), (3, 4), subscripts="zj,ja") == (4, 2)
    assert OPERATIONS["einsum"].shape((2, 3), subscripts="aB") == (3, 2)
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(calculated("einsum", a, b, subscripts="zj,ja"), (a @ b).T)


def test_einsum_of_one_operand_has_memory_of_its_own():
    a = np.arange(6.0).reshape(2, 3)
    for subscripts in ("ij->ji", "ij->ij"):
        assert not np.shares_memory(calculated("einsum", a, subscripts=subscripts), a)


def test_einsum_counts_the_operations_of_its_contractions():
    operation = OPERATIONS["einsum"]
    assert operation.flops((20, 40), (20, 30), (30, 40), subscripts="ij,jk->ik") == 2 * 20 * 30 * 40
    chain = operation.flops((1, 40), (1, 30), (30, 50), (50, 40), subscripts="ij,jk,kl->il")
    assert chain == 2 * 30 * 50 + 2 * 50 * 40, "from the left, where the vector is"
    assert operation.flops((3,), (3, 4), subscripts="ij->i") == 12


def test_einsum_makes_nothing_on_the_way_that_is_much_larger_than_its_operands():
    n = 100
    found = OPERATIONS["einsum"].flops((), *[(n, n, n)] * 4, subscripts="abc,ade,bdf,cef->")
    assert found == 6.0 * n**6, "in one step: in two it would take n⁴ numbers"


def test_gradient_of_a_letter_that_only_one_operand_has_is_repeated():
    ones = np.ones((2, 3))
    (found,) = gradients("einsum", [ones], [5.0, 7.0], subscripts="ij->i")
    np.testing.assert_array_equal(found, [[5.0] * 3, [7.0] * 3])
    left, right = gradients("einsum", [ones, [1.0, 2.0]], 3.0, subscripts="ij,k->")
    np.testing.assert_array_equal(left, 9.0 * ones)
    np.testing.assert_array_equal(right, [18.0, 18.0])


# --- diagonals


@pytest.mark.parametrize(
    ("name", "shape", "parameters", "message", "hint"),
    [
        ("trace", (3,), {}, "trace takes matrices, and a is (3,).", "Did you mean diag(a)?"),
        ("trace", (), {}, "trace takes matrices, and a is a single number.", None),
        ("diagonal", (2, 4), {"offset": 4}, "a is (2, 4), and has no diagonal at offset 4: there are those from -1 to 3.", None),
        ("diagonal", (2, 4), {"offset": -(10**12)},
         "a is (2, 4), and has no diagonal at offset -1000000000000: there are those from -1 to 3.", None),
        ("diag", (2, 3), {"offset": 0}, "diag makes a matrix of a vector, and a is (2, 3).", "Did you mean diagonal(a), or diag_embed(a)?"),
        ("diag_embed", (), {"offset": 0, "shape": None}, "diag_embed makes matrices of vectors, and a is a single number.",
         "Did you mean reshape(a, (1,))?"),
        ("diag_embed", (3,), {"offset": 0, "shape": (2, 4)},
         "a is (3,), 3 numbers for each diagonal, and the diagonal of a (2, 4) matrix at offset 0 has 2.", None),
        ("diag_embed", (3,), {"offset": 0, "shape": (3,)}, "shape (3,) must be two sizes: rows and columns.", None),
        ("tril", (3,), {"k": 0}, "tril takes matrices, and a is (3,).", "Did you mean diag(a)?"),
    ],
)  # fmt: skip
def test_diagonals_say_what_does_not_fit(name, shape, parameters, message, hint):
    assert refused(name, shape, **parameters) == (message, hint)


def test_triangles_far_off_are_everything_or_nothing():
    a = np.array([[1.0, np.inf], [NAN, 4.0]])
    np.testing.assert_array_equal(calculated("tril", a, k=10**9), a)
    np.testing.assert_array_equal(calculated("triu", a, k=10**9), np.zeros((2, 2)))
    np.testing.assert_array_equal(calculated("triu", a, k=1), [[0.0, np.inf], [0.0, 0.0]])


def test_diagonal_has_memory_of_its_own():
    a = np.ones((3, 3))
    found = calculated("diagonal", a, offset=0)
    found[:] = 7.0
    assert a.max() == 1.0


# --- inverses and determinants


@pytest.mark.parametrize("name", ["inv", "det", "cofactor", "logabsdet", "cholesky"])
def test_square_matrices_are_asked_for(name):
    assert refused(name, (4, 2, 3))[0] == f"{name} takes square matrices, and a is (4, 2, 3): the last two sizes 2 and 3 must agree."
    assert refused(name, (3,))[0] == f"{name} takes square matrices, and a is (3,)."


@pytest.mark.parametrize(
    ("shapes", "message", "hint"),
    [
        (((3, 3), ()), "solve takes a vector or a matrix on the right, and b is a single number; a is (3, 3).", None),
        (((2, 3), (2,)), "solve takes square matrices, and a is (2, 3): the last two sizes 2 and 3 must agree.", None),
        (((3, 3), (2,)), "a is (3, 3) and b is (2,); b has 2 rows and needs 3, as many as a.", None),
        (((3, 3), (2, 3)), "a is (3, 3) and b is (2, 3); b has 2 rows and needs 3, as many as a.", "Did you mean solve(a, b.T)?"),
        (((2, 3, 3), (2, 3)), "a is (2, 3, 3) and b is (2, 3); b has 2 rows and needs 3, as many as a.",
         "Did you mean reshape(b, (2, 3, 1))?"),
        (((2, 3, 3), (4, 3, 1)), "a is (2, 3, 3) and b is (4, 3, 1); the leading sizes (2,) and (4,) must agree, or be 1.", None),
    ],
)  # fmt: skip
def test_solve_says_what_does_not_fit(shapes, message, hint):
    assert refused("solve", *shapes) == (message, hint)


SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
HEALTHY = np.array([[2.0, 1.0], [0.0, 4.0]])
BATCH = np.stack([HEALTHY, SINGULAR, HEALTHY.T])


def test_singular_matrix_has_an_inverse_of_nan_and_the_rest_of_its_batch_is_unharmed():
    np.testing.assert_array_equal(calculated("inv", SINGULAR), np.full((2, 2), NAN))
    found = calculated("inv", BATCH)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[[0, 2]] @ BATCH[[0, 2]], [np.eye(2)] * 2, atol=1e-15)


@pytest.mark.parametrize("shape", [(2,), (2, 3), (3, 2, 1), (4, 1, 2, 1)], ids=str)
def test_singular_matrix_solves_to_nan_and_the_rest_of_its_batch_is_unharmed(shape):
    b = np.ones(shape)
    found = calculated("solve", BATCH, b)
    assert found.shape == OPERATIONS["solve"].shape(BATCH.shape, b.shape)
    per_matrix = np.moveaxis(found, 0 if b.ndim < 4 else 1, 0)
    assert np.isnan(per_matrix[1]).all()
    assert np.isfinite(per_matrix[[0, 2]]).all()
    np.testing.assert_allclose(calculated("solve", BATCH[[0]], b if b.ndim < 3 else b[..., :1, :, :]).ravel(), per_matrix[0].ravel())


def test_matrix_with_nan_or_infinity_raises_nothing():
    for odd in (NAN, np.inf, -np.inf):
        a = np.stack([[[odd, 1.0], [1.0, 2.0]], SINGULAR, np.eye(2)])
        for name in ("inv", "det", "cofactor", "logabsdet", "cholesky"):
            found = calculated(name, a)
            np.testing.assert_allclose(found[2], calculated(name, np.eye(2)), err_msg=name)
        assert np.isnan(calculated("cofactor", a)[0]).all()
        calculated("solve", a, [1.0, 2.0])


def test_determinant_of_a_singular_matrix_has_the_right_gradient():
    a = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
    np.testing.assert_allclose(gradients("det", [a], 1.0)[0], [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], atol=1e-12)
    np.testing.assert_allclose(gradients("det", [np.zeros((1, 1))], 5.0)[0], [[5.0]])
    np.testing.assert_allclose(gradients("det", [np.zeros((3, 3))], 1.0)[0], np.zeros((3, 3)))


def test_logarithm_of_the_determinant_of_a_singular_matrix():
    assert calculated("logabsdet", SINGULAR) == -np.inf
    assert np.isnan(gradients("logabsdet", [SINGULAR], 1.0)[0]).all()
    assert calculated("logabsdet", [[-np.e]]) == pytest.approx(1.0)


def test_cholesky_takes_the_symmetric_part_and_sends_back_something_symmetric():
    lopsided = np.array([[4.0, 1.0], [3.0, 5.0]])
    found = calculated("cholesky", lopsided)
    np.testing.assert_allclose(found @ found.T, [[4.0, 2.0], [2.0, 5.0]], rtol=1e-15)
    weights = np.array([[1.0, 100.0], [2.0, 3.0]])
    (sent,) = gradients("cholesky", [lopsided], weights)
    np.testing.assert_array_equal(sent, sent.T)
    np.testing.assert_allclose(sent, differences(lambda a: np.sum(calculated("cholesky", a) * weights), lopsided), rtol=1e-8)


def test_matrix_that_is_not_positive_definite_has_a_cholesky_of_nan():
    rng = np.random.default_rng(4)
    good = rng.normal(size=(4, 5, 5))
    good = good @ good.swapaxes(-1, -2) + np.eye(5)
    batch = np.stack([good[0], -good[1], good[2], np.zeros((5, 5)), good[3]])
    found = calculated("cholesky", batch)
    assert np.isnan(found[[1, 3]]).all()
    np.testing.assert_allclose(found[[0, 2, 4]], np.linalg.cholesky(batch[[0, 2, 4]]), rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(np.triu(found[0], 1), np.zeros((5, 5)))
