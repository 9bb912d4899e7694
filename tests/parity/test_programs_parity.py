"""The same programs in PyTorch: from the same weights, in float64, every loss of 20 steps is the same to 1e-9."""

import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.parity.program import NAMES, load, stand_in_for_torchvision

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch
torch.set_num_threads(1)  # the tensors are tiny; more threads only wait for each other


@pytest.fixture
def both(request, monkeypatch):
    """Return the program in both libraries and a model of each, with the same weights, in float64."""
    if request.param == "mnist_convnet":
        monkeypatch.setitem(sys.modules, "torchvision", None)
        stand_in_for_torchvision(torch)
    theirs, ours = load(request.param, lambda source: source), load(request.param)
    torch_model, model = theirs.build().double(), ours.build().double()
    model.load_state_dict({name: t.numpy() for name, t in torch_model.state_dict().items()})
    return ours, model, theirs, torch_model


@pytest.mark.parametrize("both", NAMES, indirect=True)
def test_the_losses_are_the_same(both):
    ours, model, theirs, torch_model = both
    losses, expected = ours.run(model, dtype=tg.float64), theirs.run(torch_model, dtype=torch.float64)
    assert len(losses) >= 20
    np.testing.assert_allclose(losses, expected, rtol=0, atol=1e-9)
    for (name, a), b in zip(model.state_dict().items(), torch_model.state_dict().values(), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("both", ["characters_gru", "characters_transformer"], indirect=True)
def test_they_write_the_same(both):
    ours, model, theirs, torch_model = both
    if hasattr(ours, "write"):
        assert ours.write(model) == theirs.write(torch_model)
    else:
        assert ours.generate(model, "the ", 20) == theirs.generate(torch_model, "the ", 20)
