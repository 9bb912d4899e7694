"""What PyTorch itself saves, in every form that is meant to be read."""

import collections

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.interop.torch import load
from tinygrad_edu.system.files import FormatError

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
pytestmark = pytest.mark.torch


def same(ours, theirs):
    if isinstance(theirs, torch.Tensor):
        if theirs.dtype == torch.bfloat16:
            theirs = theirs.float()
        np.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().numpy(), strict=True)
        assert ours.requires_grad == theirs.requires_grad
        assert isinstance(ours, nn.Parameter) == isinstance(theirs, torch.nn.Parameter)
    elif isinstance(theirs, dict):
        assert isinstance(ours, dict) and list(ours) == list(theirs)
        for key in theirs:
            same(ours[key], theirs[key])
    elif isinstance(theirs, list | tuple):
        assert type(ours) is (list if isinstance(theirs, list) else tuple) and len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    else:
        assert type(ours) is type(theirs) and ours == theirs


def states():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(8, 3)
    )
    optimizer = torch.optim.AdamW(model.parameters(), amsgrad=True)
    model(torch.randn(3, 1, 4, 4)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    yield {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "epoch": 3,
    }
    x = torch.arange(24.0).reshape(2, 3, 4)
    yield x
    yield [x.T.mT, x[1:, ::2], x[..., 1], x[0, 0, 0], x[:0], x.permute(2, 0, 1)]
    kinds = ("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool")
    yield {kind: (torch.arange(5) - int(kind[0] != "u")).to(getattr(torch, kind)) for kind in kinds}
    yield (model[0].weight, torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.ones(2), requires_grad=False))
    yield {"n": [1, -5, 2**40, 2**70, True, None, 0.5, "ü"], 3: (), 1.5: {}, None: [[]], "s": x.shape}


@pytest.mark.filterwarnings("ignore:The use of `x.T`")
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_pytorch_saves_is_read(protocol, tmp_path):
    for state in states():
        torch.save(state, tmp_path / "x.pt", pickle_protocol=protocol)
        same(load(tmp_path / "x.pt"), state)
        with (tmp_path / "x.pt").open("rb") as file:
            same(load(file), state)


def test_it_loads_into_a_model(tmp_path):
    theirs, ours = torch.nn.LSTM(3, 4, 2), nn.LSTM(3, 4, 2)
    torch.save(theirs.state_dict(), tmp_path / "lstm.pth")
    assert str(ours.load_state_dict(load(tmp_path / "lstm.pth"))) == "<All keys matched successfully>"
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(ours(tg.tensor(x))[0].detach(), theirs(torch.tensor(x))[0].detach(), atol=1e-6)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.nn.Linear(2, 2), "it holds torch.nn.modules.linear.Linear, and reading that could run any program"),
        (torch.ones(2).to(torch.complex64), "it holds torch.ComplexFloatStorage"),
        (torch.ones(2).to_sparse(), "it holds torch._utils._rebuild_sparse_tensor"),
        (torch.ones(2).expand(5, 2), "larger than its storage of 2 numbers"),
        (collections.Counter("a"), "it holds collections.Counter"),
        ({"kind": torch.float32}, "it holds torch.float32"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_read_is_named(value, message, tmp_path):
    torch.save(value, tmp_path / "x.pt")
    with pytest.raises(FormatError, match=message):
        load(tmp_path / "x.pt")


def test_an_old_file_is_named(tmp_path):
    torch.save(torch.ones(2), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(FormatError, match="it is a pickle alone, as PyTorch before"):
        load(tmp_path / "old.pt")
