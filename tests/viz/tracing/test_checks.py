"""What is no result and no trace is an error that says what was expected, what came, and what to write."""

import pytest

import tinygrad_edu as tg
from tinygrad_edu import viz
from tinygrad_edu.engine.graph import GraphError

LOOKS = {"draw": viz.draw, "explain": viz.explain, "explore": viz.explore, "record_backward": viz.record_backward}


@pytest.fixture
def x():
    return tg.tensor([1.0, 2.0], requires_grad=True)


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("given", [True, viz.trace, {}], ids=["bool", "the function", "dict"])
def test_what_is_no_trace(name, given, x):
    expected = rf"^{name}: expected trace= to be the t of .with viz.trace\(\) as t:., got {type(given).__name__}"
    with pytest.raises(TypeError, match=expected):
        LOOKS[name](x.sum(), trace=given)


@pytest.mark.parametrize("name", LOOKS)
def test_what_nothing_was_recorded_for(name, x):
    for nothing in (x.detach(), tg.tensor([1, 2])):
        with pytest.raises(GraphError, match=rf"^{name}: no operation was recorded for this tensor, of shape \(2,\)"):
            LOOKS[name](nothing)


@pytest.mark.parametrize("name", [name for name in LOOKS if name != "draw"])
def test_several_results_where_one_is_expected(name, x):
    with pytest.raises(TypeError, match=rf"^{name}: expected a Tensor, got list; .* or their sum"):
        LOOKS[name]([x.sum(), x.sum()])


def test_which_of_several_results_it_is(x):
    with pytest.raises(GraphError, match=r"^draw: .* for result 2 of 3, of shape \(1,\) and dtype .*int64"):
        viz.draw([x, tg.tensor([1]), x.sum()])


@pytest.mark.parametrize("place", [slice(0, 1), (slice(0, 1),), 0.0, None, "0", (0, 0)])
def test_what_is_no_place_of_one_element(place, x):
    with pytest.raises(
        ValueError, match=r"in its shape \(2,\), a whole number for each axis, got .*at=\(tensor, \(0,\)\)"
    ):
        viz.explain(x.sum(), at=(x, place))
