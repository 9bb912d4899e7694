"""What parameters and shapes make of a formula, and what is said beside it: axes, indices, letters."""

import numpy as np
import pytest

from tinygrad_edu.engine.op import OPS
from tinygrad_edu.formulas import input_names, share_formula, unsaid, value_formula


@pytest.mark.parametrize(
    ("name", "shape", "params", "expected"),
    [
        ("take_along_axis", (3,), {"axis": 0}, "yᵢ = x[at[i]]"),
        ("take_along_axis", (3, 4), {"axis": 0}, "yᵢⱼ = x[at[i, j], j]"),
        ("take_along_axis", (3, 4), {}, "yᵢⱼ = x[i, at[i, j]]"),
        ("take_along_axis", (2, 3, 4), {"axis": 1}, "y[i, j, k] = x[i, at[i, j, k], k]"),
        ("take_along_axis", (), {}, "yᵢ = x[at[i]]"),
        ("put_along_axis", (3,), {"axis": 0, "shape": (5,)}, "y = 0, then y[at[i]] += xᵢ"),
    ],
)
def test_along_an_axis_there_is_an_index_for_each_axis(name, shape, params, expected):
    assert value_formula(OPS[name], ["x", "at"], "y", params, [shape, shape]).text == expected


@pytest.mark.parametrize(("shape", "expected"), [((-1, 1, 1), "(6, 1, 1)"), ((3, -1), "(3, 2)"), ((6,), "(6,)")])
def test_a_size_that_is_left_to_numpy_is_written_out(shape, expected):
    one = value_formula(OPS["reshape"], ["x"], "y", {"shape": shape}, [(2, 3)])
    assert one.text == f"y = x, reshaped to {expected}"


def test_an_index_stands_apart_from_the_words_before_it():
    share = share_formula(OPS["getitem"], 0, ["x"], "y", params={"index": slice(None, 2)})
    assert share.text == "share of x = dL/dy, put at :2"
    assert "put at <math" in share.html


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("standardize", {"axis": (0, 2, 3), "eps": 1e-5}, {"axis": (0, 2, 3)}),
        ("setitem", {"index": 0, "overwrite": True}, {}),
        ("getitem", {"index": (np.arange(3), np.arange(3))}, {"index"}),  # too long for the formula
        ("sum", {"axis": 0, "keepdims": True}, {"axis": 0, "keepdims": True}),
        ("einsum", {"subscripts": "ij,jk->ik"}, {}),
        ("reshape", {"shape": (2, 3)}, {}),
    ],
)
def test_which_parameters_a_formula_does_not_speak_of(name, params, expected):
    found = unsaid(OPS[name], params)
    assert set(found) == set(expected)


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.where], ids=lambda op: op.name)
def test_letters_that_are_defined_are_those_of_the_formula(op):
    """Each letter before a colon stands in the formula or the derivatives, and is renamed as it is there."""
    letters = {token for part in op.where.split(";") if ": " in part for token in part.partition(": ")[0].split(", ")}
    formulas = " ".join((op.formula, *(op.derivative or ())))
    assert letters == {letter for letter in letters if letter.strip() in formulas}
    assert value_formula(op, input_names(op, 2), "y").meaning == op.where


def test_a_letter_that_stands_for_a_parameter_has_its_value():
    params = {"stride": (2, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    assert value_formula(OPS["convolution"], ["x", "w"], "y", params).meaning.endswith("s = (2, 1); d = (1, 1)")
    assert set(unsaid(OPS["convolution"], params)) == {"padding", "groups"}


def test_a_letter_is_renamed_where_it_is_defined_as_it_is_in_the_formula():
    one = value_formula(OPS["convolution"], ["i", "w"], "p")
    assert one.text == "p[n, o, r] = Σ[c, j] i[n, c, s r + d j] · w[o, c, j]"
    assert "r: the position in the output; j: the position in the window" in one.meaning
