"""Numbers as text."""

import numpy as np
import pytest

from tinygrad_edu.formulas.arguments import format_parameter
from tinygrad_edu.tensors.numbers import format_number, format_statistics, largest, significant
from tinygrad_edu.viz.text import flaws, format_gradient, format_values, quote


@pytest.mark.parametrize(
    "x, text",
    [
        (np.float32(1 / 3), "0.3333"),
        (np.float32(0.1), "0.1"),
        (np.float32(0.1) * np.float32(3), "0.3"),  # 0.30000001, by rounding
        (np.tanh(np.float32(-6)), "-0.99999"),
        (np.tanh(np.float64(-10)), "-0.999999996"),
        (np.float64(2.00004), "2.00004"),
        (np.float64(12345.6), "1.235e+04"),
        (np.float64(20000.4), "20000.4"),
        (np.float64(0.0), "0"),
        (np.float64(-0.0), "-0"),
        (np.float32(4e-8), "4e-08"),
        (np.float64("nan"), "nan"),
        (np.float32("-inf"), "-inf"),
        (np.int64(12345678), "12345678"),
        (np.bool_(True), "True"),
        (np.complex128(1 - 0.5j), "1-0.5i"),
    ],
)
def test_a_number_is_never_shown_as_another(x, text):
    assert format_number(x.item(), x.dtype) == text


def test_significant_digits():
    assert [significant(x) for x in ("-0.0120", "2e+08", "1.25e-08", "0", "100")] == [2, 1, 3, 0, 1]


def test_what_rounding_made_is_about_zero():
    noise = np.float32(4e-8)
    assert format_number(noise, noise.dtype, scale=1.0) == "≈ 0"
    assert format_number(np.float64(4e-8), np.dtype(np.float64), scale=1.0) == "4e-08"  # not in this type
    assert format_values(np.float32([1, 4e-8])) == ["[1, 4e-08]"]
    assert format_values(np.float32([[4e-8, 4e-8]]), np.float32([[4e-8, 1]])) == ["[[4e-08, ≈ 0]]"]
    assert format_gradient(noise, 1.0) == ["4e-08", "≈ 0 beside 1"]
    assert format_gradient(noise) == ["4e-08"]
    assert format_gradient(np.full(100, noise), 3.0) == ["norm 4e-07", "≈ 0 beside 3"]
    assert format_gradient(np.float32(0), 2.5) == ["0"]


def test_values():
    assert format_values(np.float32(1 / 3)) == ["0.3333"]
    assert format_values(np.arange(6) / 4) == ["[0, 0.25, 0.5, 0.75,", "\xa01, 1.25]"]
    assert format_values(np.array([[1.0, -20.5], [300.0, 4.0]])) == [
        "[[\xa0\xa01, -20.5]",
        "\xa0[300, \xa0\xa0\xa0\xa04]]",
    ]
    assert format_values(np.array([True, False])) == ["[True, False]"]
    assert format_values(np.array([12345678, 0])) == ["[12345678, 0]"]
    assert format_values(np.array([np.nan, -np.inf])) == ["[nan, -inf]"]
    assert format_values(np.ones(9)) == []
    assert format_values(np.ones((1, 1, 1))) == []
    assert format_values(np.ones((0, 3))) == []


def test_statistics():
    assert format_statistics(np.arange(10) - 4.5) == ["-4.5 … 4.5", "mean 0"]
    assert format_statistics(np.full(10, 2)) == ["all 2"]
    assert format_statistics(np.arange(10) > 3) == ["6 of 10 true"]
    assert format_statistics(np.array([np.nan, 1.0, 2.0, np.inf])) == ["1 … 2", "mean 1.5", "finite: 2 of 4"]
    assert format_statistics(np.full(3, np.nan)) == []
    assert format_statistics(np.ones((0, 3))) == ["no elements"]
    assert format_statistics(np.full(10, 3 + 4j)) == ["sizes to 5"]
    assert format_statistics(np.full(1000, 1000, np.float16)) == ["all 1000"]


def test_gradients():
    assert format_gradient(None) == ["—"]
    assert format_gradient(np.float32(0.0)) == ["0"]
    assert format_gradient(np.full((3, 3), 2.0)) == ["norm 6"]
    assert format_gradient(np.full(1000, 1000, np.float16)) == ["norm 3.162e+04"]
    assert format_gradient(np.ones((0, 3))) == ["[]"]


def test_flaws():
    assert flaws(np.array([1.0, np.inf])) == "infinity"
    assert flaws(np.array([np.nan, np.inf])) == "NaN"
    assert flaws(np.array([1.0])) == flaws(np.array([1])) == flaws(None) == ""
    assert largest(np.array([-3.0, np.inf])) == 3.0
    assert largest(np.array([])) == largest(np.array([7])) == 0.0


@pytest.mark.parametrize(
    "value, text",
    [
        ((0, -1), "(0, -1)"),
        ((3,), "(3,)"),
        (slice(1, None), "1:"),
        (slice(None, None, -2), "::-2"),
        ((slice(None), 0, ..., None), "(:, 0, …, None)"),
        (np.array([2, 0]), "[2, 0]"),
        (np.zeros((5, 5), bool), "bool (5, 5)"),
        (np.dtype("float32"), "float32"),
        (np.int64(3), "3"),
        ([(1, 0)], "[(1, 0)]"),
        ("constant", "'constant'"),
    ],
)
def test_operation_parameters(value, text):
    assert format_parameter(value) == text


def test_quoted_text():
    assert quote('a "b" \\n\nc\x00') == '"a \\"b\\" \\\\n\\nc\ufffd"'
    assert len(quote("x" * 100_000)) < 16_384  # Graphviz reads no longer string
