"""PyTorch's names for several devices, and the other paths under which programs look for layers."""

import importlib

import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


def test_data_parallel_calls_the_module():
    layer = nn.Linear(3, 2)
    model = nn.DataParallel(layer, device_ids=["cpu"]).to("cpu")
    x = tg.randn(4, 3)
    assert model(x).tolist() == model(input=x).tolist() == layer(x).tolist()
    assert [name for name, _ in model.named_parameters()] == ["module.weight", "module.bias"]
    assert model.module is layer
    fresh = nn.DataParallel(nn.Linear(3, 2))
    fresh.load_state_dict(model.state_dict())
    assert fresh(x).tolist() == layer(x).tolist()
    with pytest.raises(ValueError, match="expected 'cpu', got '0'"):
        nn.DataParallel(layer, device_ids=[0, 1])


@pytest.mark.torch
def test_data_parallel_has_the_names_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")

    def names(library):
        layers = library.nn.Sequential(library.nn.Linear(3, 2), library.nn.BatchNorm1d(2))
        return list(library.nn.DataParallel(layers).state_dict())

    assert names(tg) == names(torch)


def test_modules_is_another_path_to_the_layers():
    modules = importlib.import_module("tinygrad_edu.nn.modules")
    assert nn.modules is modules
    assert modules.Linear is nn.Linear
    assert set(dir(modules)) == set(nn.__all__)
    space = {}
    exec("from tinygrad_edu.nn.modules import *; from tinygrad_edu.nn.modules import Module", space)
    assert space["Conv2d"] is nn.Conv2d
    assert space["Module"] is nn.Module
    with pytest.raises(AttributeError, match="nonsense"):
        _ = modules.nonsense
