"""`out=`: results are written into what is there, in its type, and never where a gradient would have to flow."""

import inspect
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.tensors.out import FUNCTIONS

PI = tg.tensor([3.0, 1.0, 2.0])


def test_every_function_takes_it():
    for name in FUNCTIONS:
        function = getattr(tg, name)
        with pytest.raises(TypeError, match=rf"^{function.__name__}: expected out= to be a Tensor .*, got str"):
            function(PI, out="here")
        assert "out" not in inspect.signature(function).parameters  # it is said once, for all of them


def test_a_function_is_still_one_by_all_its_names_and_pickle_finds_it():
    assert tg.absolute is tg.abs
    assert tg.concat is tg.cat
    for function in (tg.add, tg.cat, tg.absolute, tg.exp):
        assert pickle.loads(pickle.dumps(function)) is function


def test_a_result_is_written_into_what_is_there():
    place = tg.zeros(3, dtype=tg.float64)
    memory = place.array
    assert tg.add(PI, 1, out=place) is place
    assert place.array is memory
    assert memory.tolist() == [4, 2, 3]
    assert tg.exp(PI, out=PI.clone()).allclose(PI.exp())
    assert tg.cat([PI, PI], out=tg.empty(6)).tolist() == [3, 1, 2, 3, 1, 2]
    assert tg.matmul(PI, PI, out=tg.zeros(())).item() == 14
    assert tg.arange(3, out=tg.zeros(3)).tolist() == [0, 1, 2]


def test_a_view_and_an_input_can_be_the_place():
    rows = tg.zeros(2, 3)
    tg.mul(PI, 2, out=rows[1])
    assert rows.tolist() == [[0, 0, 0], [6, 2, 4]]
    x = PI.clone()
    assert tg.cumsum(x, 0, out=x).tolist() == [3, 4, 6]


def test_an_empty_place_for_an_empty_result():
    for shape in ((0,), (0, 5), (1, 0, 3)):
        place = tg.zeros(*shape)
        assert tg.exp(tg.zeros(*shape), out=place) is place
        assert tuple(place.shape) == shape


def test_several_results_need_several_places():
    values, indices = tg.empty(0), tg.empty(0, dtype=tg.int64)
    result = tg.sort(PI, out=(values, indices))
    assert result.values is values and result.indices is indices
    assert values.tolist() == [1, 2, 3] and indices.tolist() == [1, 2, 0]
    with pytest.raises(ValueError, match=r"^sort: returns 2 tensors, and out= has room for 1"):
        tg.sort(PI, out=values)


def test_the_place_must_fit():
    with pytest.raises(
        ValueError, match=r"^add: the result has shape \(3,\), out= \(2,\); give one as large, or empty"
    ):
        tg.add(PI, 1, out=tg.zeros(2))
    with pytest.raises(RuntimeError, match=r"^add: the result is float32, which out= of int64 cannot hold"):
        tg.add(PI, 1, out=tg.zeros(3, dtype=tg.int64))
    assert tg.add(PI, 1, out=tg.empty(0, dtype=tg.float64)).dtype == np.float64
    with pytest.raises(RuntimeError, match=r"^add: elements of out= stand in the same place"):
        tg.add(PI, 1, out=tg.from_numpy(np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (3,), (0,))))


@pytest.mark.parametrize("tracked", ["argument", "in a list", "place"])
def test_no_gradient_flows(tracked):
    leaf = tg.ones(3, requires_grad=True)
    calls = {
        "argument": lambda: tg.add(leaf, 1, out=tg.zeros(3)),
        "in a list": lambda: tg.cat([leaf], out=tg.zeros(3)),
        "place": lambda: tg.add(PI, 1, out=leaf),
    }
    with pytest.raises(RuntimeError, match=r"no gradient can flow into what out= names"):
        calls[tracked]()
    with tg.no_grad():
        assert calls[tracked]() is not None


def test_what_a_pullback_keeps_is_not_written_over_unnoticed():
    x, factor = tg.ones(3, requires_grad=True), PI.clone()
    y = (x * factor).sum()
    tg.exp(PI, out=factor)
    with pytest.raises(tg.GraphError, match="mul needs"):
        y.backward()
