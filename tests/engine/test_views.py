"""Writing in place and through views, without PyTorch: the numbers that it gave, and slopes by differences."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.engine.in_place_idioms import IDIOMS, LEAVES, difference, outcome, read_numbers

KEPT = read_numbers()
SLOPES = [idiom for idiom in IDIOMS if idiom.is_slope and KEPT[idiom.name]["numbers"] is not None]


@pytest.mark.parametrize("idiom", IDIOMS, ids=lambda idiom: idiom.name)
def test_numbers_or_refusal(idiom):
    right, what = outcome(idiom.program, KEPT[idiom.name])
    assert right, what


def loss_at(program, name, place, by):
    """Return the loss of a program when one element of a leaf is moved."""
    leaves = {key: tg.tensor(value, requires_grad=True) for key, value in LEAVES.items()}
    leaves[name].array[place] += by
    return program(tg, **leaves)[0].item()


@pytest.mark.parametrize("idiom", SLOPES, ids=lambda idiom: idiom.name)
def test_the_numbers_are_slopes(idiom):
    program, numbers, h = idiom.instead or idiom.program, KEPT[idiom.name]["numbers"], 1e-6
    for name, leaf in LEAVES.items():
        slopes = np.zeros_like(leaf)
        for place in np.ndindex(leaf.shape):
            slopes[place] = (loss_at(program, name, place, h) - loss_at(program, name, place, -h)) / (2 * h)
        expected = 0 if numbers[f"{name}.grad"] is None else numbers[f"{name}.grad"]["values"]
        np.testing.assert_allclose(slopes, np.broadcast_to(expected, leaf.shape), rtol=1e-6, atol=1e-6, err_msg=name)


def test_a_difference_is_seen():
    numbers = KEPT["multiply_a_slice"]["numbers"]
    assert difference(numbers, numbers) == ""
    for name, changed in (
        ("x.grad", None),
        ("loss", {"of": "float64 []", "values": numbers["loss"]["values"] * (1 + 1e-9)}),
        ("loss", {**numbers["loss"], "of": "float64 [1]"}),
        ("result 2", numbers["loss"]),
    ):
        assert difference(numbers | {name: changed}, numbers).startswith(name)
