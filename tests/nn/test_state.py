"""state_dict and load_state_dict: everything or nothing."""

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


def model():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    net.register_buffer("mean", tg.ones(2))
    net.register_buffer("cache", tg.ones(1), persistent=False)
    return net


def test_order_names_and_shared_memory():
    net = model()
    state = net.state_dict()
    assert list(state) == ["mean", "0.weight", "0.bias", "2.weight", "2.bias"]
    assert list(net.state_dict(prefix="net.")) == ["net." + name for name in state]
    assert all(type(t) is tg.Tensor and not t.requires_grad for t in state.values())
    net[0].bias.array[:] = 7
    assert state["0.bias"].tolist() == [7.0] * 3


def test_round_trip():
    source, target = model(), model()
    state = copy.deepcopy(source.state_dict())
    before = [id(p) for p in target.parameters()]
    result = target.load_state_dict(state)
    assert result == ([], [])
    assert repr(result) == "<All keys matched successfully>"
    assert [id(p) for p in target.parameters()] == before
    for name, value in target.state_dict().items():
        assert value.tolist() == state[name].tolist()
        assert not np.shares_memory(value.array, state[name].array)


def test_arrays_load_and_take_the_type_of_the_module():
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": np.array([[1.0, 2.0]]), "bias": [3]})
    assert layer.weight.tolist() == [[1.0, 2.0]]
    assert layer.bias.tolist() == [3.0]
    assert layer.weight.dtype == tg.float32


def test_shared_modules_appear_under_every_name():
    net = nn.Module()
    net.a = nn.Linear(1, 1, bias=False)
    net.b = net.a
    assert list(net.state_dict()) == ["a.weight", "b.weight"]
    assert net.load_state_dict(net.state_dict()) == ([], [])


def test_a_name_that_is_registered_anew_is_saved_as_it_says():
    net = model()
    net.register_buffer("cache", tg.ones(1))
    assert "cache" in net.state_dict()
    net.register_buffer("cache", tg.ones(1), persistent=False)
    assert "cache" not in net.state_dict()
    net.cache = nn.Parameter(tg.ones(1))
    assert "cache" in net.state_dict()


def test_a_state_that_shares_memory_with_the_module_can_be_loaded_crosswise():
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    first, second = (layer.weight.tolist() for layer in net)
    state = net.state_dict()
    net.load_state_dict({"0.weight": state["1.weight"], "1.weight": state["0.weight"]})
    assert [layer.weight.tolist() for layer in net] == [second, first]


def test_all_that_does_not_fit_is_named_at_once_and_nothing_changes():
    net = model()
    before = copy.deepcopy(net.state_dict())
    state = {
        "mean": tg.zeros(2),
        "0.weight": tg.zeros(3, 2),
        "0.bias": tg.zeros(4),
        "2.weight": "zeros",
        "3.weight": tg.zeros(1),
        "3.bias": tg.zeros(1),
    }
    with pytest.raises(ValueError) as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    assert "does not fit Sequential; nothing was changed" in message
    assert "missing in the state: 2.bias" in message
    assert "not in the module: 3.weight, 3.bias" in message
    assert "0.bias has shape (4,) in the state, (3,) in the module" in message
    assert "2.weight cannot be read" in message
    assert "zeros" in message
    for name, value in net.state_dict().items():
        assert value.tolist() == before[name].tolist()


def test_not_strict_loads_what_is_there_but_still_refuses_a_wrong_shape():
    net = model()
    before = net[2].bias.item()
    result = net.load_state_dict({"0.bias": tg.ones(3), "other": tg.ones(1)}, strict=False)
    assert result.missing_keys == ["mean", "0.weight", "2.weight", "2.bias"]
    assert result.unexpected_keys == ["other"]
    assert "missing_keys=['mean'" in repr(result)
    assert net[0].bias.tolist() == [1.0] * 3
    assert net[2].bias.item() == before
    with pytest.raises(ValueError, match=r"0.bias has shape \(1,\)"):
        net.load_state_dict({"0.bias": tg.ones(1)}, strict=False)


def test_something_else_than_a_dictionary_is_refused():
    with pytest.raises(TypeError, match=r"expected a dictionary.*list"):
        model().load_state_dict([1, 2])


def test_loading_during_a_backward_pass_is_noticed():
    layer = nn.Linear(2, 2)
    x = tg.ones(1, 2, requires_grad=True)
    result = layer(x).sum()
    layer.load_state_dict(copy.deepcopy(layer.state_dict()))
    with pytest.raises(tg.GraphError, match="load_state_dict has changed it in place"):
        result.backward()
