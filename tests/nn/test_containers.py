"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict."""

from collections import OrderedDict

import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


def three():
    return nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)


def test_sequential_applies_in_order():
    a, b, c = three()
    model = nn.Sequential(a, b, c)
    x = tg.randn(4, 2)
    assert model(x).tolist() == c(b(a(x))).tolist()
    assert nn.Sequential()(x) is x


def test_sequential_as_a_list():
    a, b, c = three()
    model = nn.Sequential(a, b, c)
    assert len(model) == 3
    assert model[0] is a
    assert model[-1] is c
    assert list(model) == [a, b, c]
    part = model[1:]
    assert isinstance(part, nn.Sequential)
    assert list(part) == [b, c]
    assert list(part.state_dict()) == ["2.weight", "2.bias"]  # names stay, as in PyTorch
    assert list(model[::-1]) == [c, b, a]
    assert len(model[5:]) == 0
    assert model.append(nn.Tanh()) is model
    assert repr(model[3]) == "Tanh()"
    model[1] = nn.Sigmoid()
    assert [type(m).__name__ for m in model] == ["Linear", "Sigmoid", "Linear", "Tanh"]


def test_sequential_with_names():
    a, b, c = three()
    model = nn.Sequential(OrderedDict([("hidden", a), ("act", b), ("output", c)]))
    assert model.output is c
    assert model[2] is c
    assert list(model.state_dict()) == ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]


def test_append_never_takes_a_name_that_is_there():
    model = nn.Sequential(*three())
    del model._modules["0"]
    model.append(nn.Tanh())
    assert [type(m).__name__ for m in model] == ["ReLU", "Linear", "Tanh"]


def test_module_list():
    a, b, c = three()
    layers = nn.ModuleList([a, b])
    layers += [c]
    layers.extend(nn.Tanh() for _ in range(2))
    assert len(layers) == 5
    assert layers[2] is c
    assert isinstance(layers[:2], nn.ModuleList)
    assert list(layers[:2]) == [a, b]
    layers.insert(0, c)
    assert layers[0] is c
    assert layers[1] is a
    assert len(nn.ModuleList()) == 0
    assert len(list(nn.ModuleList([a, c]).parameters())) == 4
    with pytest.raises(NotImplementedError, match="ModuleList: forward is not defined"):
        layers(tg.ones(1))


def test_module_dict():
    a, b, c = three()
    layers = nn.ModuleDict({"a": a})
    layers["b"] = b
    layers.update([("c", c)])
    assert list(layers) == list(layers.keys()) == ["a", "b", "c"]
    assert list(layers.values()) == [a, b, c]
    assert dict(layers.items())["b"] is b
    assert "c" in layers
    assert "d" not in layers
    assert layers.pop("a") is a
    del layers["b"]
    assert len(layers) == 1
    assert list(layers.state_dict()) == ["c.weight", "c.bias"]
    layers.clear()
    assert len(layers) == 0


def test_taking_out_and_joining():
    a, b, c = three()
    layers = nn.ModuleList([a, b, c])
    del layers[1]
    assert list(layers) == [a, c]
    assert list(layers.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]  # numbers close up
    assert layers.pop(0) is a
    assert list(layers + nn.ModuleList([b])) == [c, b]
    assert list(layers) == [c]
    named = nn.Sequential(OrderedDict(first=a, second=b, third=c))
    del named[:2]
    assert list(named.state_dict()) == ["third.weight", "third.bias"]
    assert list(nn.Sequential(a, c).insert(1, b)) == [a, b, c]


def test_equal_neighbours_in_a_module_list_print_as_one():
    layers = nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2), nn.ReLU()])
    assert repr(layers).splitlines()[1:3] == [
        "  (0-1): 2 x Linear(in_features=1, out_features=2, bias=True)", "  (2): ReLU()",
    ]  # fmt: skip
    assert repr(nn.ModuleList()) == "ModuleList()"


def test_parameter_list():
    p = nn.Parameter(tg.ones(2))
    parameters = nn.ParameterList([p, tg.zeros(1)])
    assert parameters[0] is p
    assert isinstance(parameters[1], nn.Parameter)
    parameters.append(nn.Parameter(tg.ones(3)))
    assert list(parameters.state_dict()) == ["0", "1", "2"]
    assert [len(q) for q in parameters.parameters()] == [2, 1, 3]
    assert [len(q) for q in parameters[1:]] == [1, 3]
    assert len(parameters) == 3
    assert "(2): Parameter containing: [torch.float32 of size 3]" in repr(parameters)


def test_parameter_dict():
    p = nn.Parameter(tg.ones(2, 3))
    parameters = nn.ParameterDict({"left": p})
    parameters["right"] = tg.zeros(1)
    assert list(parameters) == ["left", "right"]
    assert list(parameters.state_dict()) == ["left", "right"]
    assert parameters.pop("left") is p
    assert len(parameters) == len(list(parameters.parameters())) == 1


MISTAKES = {
    "no parameter": (lambda: nn.ParameterList([1.0]), TypeError, "ParameterList: expected a Parameter, got float"),
    "parameter key": (lambda: nn.ParameterDict()["b"], KeyError, "no parameter is named 'b'; there are none"),
    "a function": (
        lambda: nn.Sequential(nn.Linear(1, 1), tg.relu),
        TypeError,
        "Sequential: expected a Module.*function",
    ),
    "a class": (lambda: nn.Sequential(nn.ReLU), TypeError, r"write ReLU\(\)"),
    "in a list": (lambda: nn.ModuleList([1]), TypeError, "ModuleList: expected a Module, got 1"),
    "in a dictionary": (lambda: nn.ModuleDict({"a": None}), TypeError, "ModuleDict: expected a Module, got None"),
    "name of a method": (lambda: nn.ModuleDict({"keys": nn.ReLU()}), ValueError, "cannot be named 'keys'"),
    "index": (lambda: nn.Sequential(nn.ReLU())[1], IndexError, "index 1 is out of range for 1 modules"),
    "key": (lambda: nn.ModuleDict({"a": nn.ReLU()})["b"], KeyError, "no module is named 'b'; there are a"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
