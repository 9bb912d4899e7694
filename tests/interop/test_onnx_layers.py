"""Every layer as an ONNX file, run by onnxruntime; those that cannot be exported are named."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.nn.module_cases import CASES
from tests.nn.test_modules_parity import flat
from tinygrad_edu import nn
from tinygrad_edu.interop.onnx import ExportError, export

pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tinygrad-edu[onnx]'")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime")
pytestmark = [pytest.mark.onnx, pytest.mark.torch]  # the table of layers is that of the comparison with PyTorch

REFUSED = {
    "AdaptiveMaxPool1d": "computed outside of the operations",
    "AdaptiveMaxPool2d": "computed outside of the operations",
    "AdaptiveMaxPool3d": "computed outside of the operations",
    "BCELoss": "binary_cross_entropy at .* no translation",
    "EmbeddingBag": "computed outside of the operations",
    "Fold": "add_windows at .* no translation",
    "Unfold": "cut_windows at .* no translation",
}


IN_HALF = ["BatchNorm1d", "Conv2d", "GELU", "GRU", "GroupNorm", "LayerNorm", "Softplus", "TransformerEncoderLayer"]


@pytest.mark.parametrize("name", IN_HALF)
def test_a_layer_in_half_precision(name, tmp_path):
    rng = np.random.default_rng(0)
    for case in CASES[name]:
        if case.call:
            continue
        tg.manual_seed(0)
        layer = case.build(nn, name).half()
        arrays = [rng.uniform(0.1, 2, v).astype(np.float16) for v in case.on]
        export(layer, tuple(map(tg.tensor, arrays)), tmp_path / "m.onnx", batch_dim=None)
        session = onnxruntime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
        theirs = session.run(None, {x.name: array for x, array in zip(session.get_inputs(), arrays, strict=True)})
        for a, b in zip(flat(layer.eval()(*map(tg.tensor, arrays))), theirs, strict=True):
            assert a.dtype == b.dtype == np.float16
            np.testing.assert_allclose(b, a.detach().numpy(), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("name", CASES)
def test_a_layer(name, tmp_path):
    rng = np.random.default_rng(0)
    for case in CASES[name]:
        if case.call:
            continue  # other arguments than tensors
        tg.manual_seed(0)
        layer = case.build(nn, name).float()
        arrays = [rng.uniform(0.1, 2, v).astype(np.float32) if isinstance(v, tuple) else v for v in case.on]
        arrays = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in arrays]
        if name in REFUSED:
            with pytest.raises(ExportError, match=REFUSED[name]):
                export(layer, tuple(map(tg.tensor, arrays)), tmp_path / "m.onnx", batch_dim=None)
            continue
        export(layer, tuple(map(tg.tensor, arrays)), tmp_path / "m.onnx", batch_dim=None)
        session = onnxruntime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
        theirs = session.run(None, {x.name: array for x, array in zip(session.get_inputs(), arrays, strict=True)})
        for a, b in zip(flat(layer.eval()(*map(tg.tensor, arrays))), theirs, strict=True):
            np.testing.assert_allclose(b, a.detach().numpy(), rtol=1e-5, atol=1e-5 * max(1, np.abs(b).max(initial=0)))
