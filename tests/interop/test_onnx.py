"""Models as ONNX files: onnxruntime and our own reader give what the model gives, for any size of the batch."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.interop.onnx_models import FUNCTIONS, MODELS, Of, floats
from tinygrad_edu import nn
from tinygrad_edu.interop.onnx import export, load

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tinygrad-edu[onnx]'")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime")
pytestmark = pytest.mark.onnx


def flat(results):
    if isinstance(results, tuple | list):
        return [x for part in results for x in flat(part)]
    return [results]


def prepare(model):
    """Give a model weights and statistics that hide nothing."""
    rng = np.random.default_rng(2)
    for x in model.buffers():
        if x.dtype == tg.float32:
            x.array[...] = rng.uniform(0.1, 0.9, x.shape)
    for x in model.parameters():
        x.array[...] = rng.uniform(-0.4, 0.5, x.shape)
    return model


def check(model, sample, path, batch_dim=0):
    """Export; compare with onnxruntime and our reader, on a batch of another size with other values."""
    export(model, sample, path, batch_dim=batch_dim)
    rng = np.random.default_rng(3)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    again = load(path).eval()
    model.eval()
    for rows in (5, 1, 2):
        arrays = []
        for x in sample if isinstance(sample, tuple) else (sample,):
            shape = list(x.shape)
            shape[batch_dim] = rows
            arrays.append(
                (rng.uniform(-2, 2, shape) if x.dtype == tg.float32 else rng.integers(0, 11, shape)).astype(x.dtype)
            )
        expected = [y.detach().numpy() for y in flat(model(*map(tg.tensor, arrays)))]
        theirs = session.run(None, {x.name: array for x, array in zip(session.get_inputs(), arrays, strict=True)})
        ours = [y.detach().numpy() for y in flat(again(*map(tg.tensor, arrays)))]
        for a, b, c in zip(expected, theirs, ours, strict=True):
            assert a.shape == b.shape == c.shape and a.dtype == b.dtype == c.dtype
            near = {"rtol": 1e-5, "atol": 1e-5 * max(1, np.abs(a[np.isfinite(a)]).max(initial=0))}
            np.testing.assert_allclose(b, a, **near)
            np.testing.assert_allclose(c, a, **near)
    return again


@pytest.mark.parametrize("name", MODELS)
def test_a_model_there_and_back(name, tmp_path):
    build, sample = MODELS[name]
    model = prepare(build())
    model.train()
    again = check(model, sample, tmp_path / "model.onnx")
    assert not model.training  # the test itself
    state = again.state_dict()
    for key, value in model.state_dict().items():
        if key in state:
            np.testing.assert_array_equal(state[key].numpy(), value.numpy())
    trained = {key for key, _ in model.named_parameters()}
    assert trained == {key for key, _ in again.named_parameters()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_there_and_back(name, tmp_path):
    check(Of(FUNCTIONS[name]), floats(3, 4, 5), tmp_path / "model.onnx")


def test_another_dimension_is_the_batch(tmp_path):
    check(nn.LSTM(3, 4), floats(5, 2, 3), tmp_path / "m.onnx", batch_dim=1)
