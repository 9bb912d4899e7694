"""What an exported file says, what is left as it was, and what cannot be exported."""

import contextlib

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.interop.onnx_models import Of, floats
from tinygrad_edu import nn
from tinygrad_edu.interop.onnx import ExportError, export, load
from tinygrad_edu.nn import functional as F

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tinygrad-edu[onnx]'")
pytestmark = pytest.mark.onnx


def test_the_file_says_what_it_is(tmp_path):
    model = nn.Sequential(nn.Linear(6, 3), nn.Softmax(1))
    export(model, floats(1, 6), tmp_path / "m.onnx", input_names=["x"], output_names=["p"])
    document = onnx.load(tmp_path / "m.onnx")
    assert document.producer_name == "tinygrad_edu"
    assert [x.name for x in document.graph.input] == ["x"] and [x.name for x in document.graph.output] == ["p"]
    assert [d.dim_param or d.dim_value for d in document.graph.output[0].type.tensor_type.shape.dim] == ["batch", 3]
    assert [x.name for x in document.graph.initializer] == ["0.weight", "0.bias"]
    assert [x.op_type for x in document.graph.node] == ["Gemm", "Softmax", "Identity"]


def test_sizes_that_follow_the_batch_stay_open(tmp_path):
    model = Of(lambda m, x: (x.reshape(-1, 2), x[1:]))
    export(model, floats(2, 6), tmp_path / "m.onnx")
    outputs = onnx.load(tmp_path / "m.onnx").graph.output
    sizes = [[d.dim_param or d.dim_value for d in y.type.tensor_type.shape.dim] for y in outputs]
    assert sizes == [["3*batch", 2], ["batch-1", 6]]


def test_all_sizes_may_be_fixed(tmp_path):
    model = Of(lambda m, x: x.reshape(-1)[:7])
    export(model, floats(2, 6), tmp_path / "fixed.onnx", batch_dim=None)
    shape = onnx.load(tmp_path / "fixed.onnx").graph.input[0].type.tensor_type.shape
    assert [d.dim_value for d in shape.dim] == [2, 6]


def test_a_loaded_model_can_be_trained(tmp_path):
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
    export(model, floats(2, 6), tmp_path / "m.onnx")
    again, x = load(tmp_path / "m.onnx"), floats(4, 6)
    for m in (model, again):
        m(x).square().mean().backward()
    for a, b in zip(model.parameters(), again.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_the_model_and_the_operations_are_left_as_they_were(tmp_path):
    from tinygrad_edu.engine.op import OPS
    from tinygrad_edu.engine.watchers import watchers

    rules = {name: op.rule for name, op in OPS.items()}
    model = nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3), nn.Dropout())
    model[2].eval()
    before = {key: value.numpy().copy() for key, value in model.state_dict().items()}
    for bad in (False, True):
        if bad:
            model.append(Of(lambda m, x: tg.linalg.inv(x @ x.mT)))
        with pytest.raises(ExportError) if bad else contextlib.nullcontext():
            export(model, floats(2, 6), tmp_path / "m.onnx")
        assert [m.training for m in model.modules()][:4] == [True, True, True, False]
        assert not watchers and {name: op.rule for name, op in OPS.items()} == rules
        assert not any(m._hooks.get("before") and m._hooks["before"].hooks for m in model.modules())
        for key, value in model.state_dict().items():
            np.testing.assert_array_equal(value.numpy(), before[key])


REFUSED = {
    "no translation": (
        lambda m, x: tg.linalg.det(x @ x.mT),
        r"export: det at test_onnx_exporting.py:\d+: .* in the model",
    ),
    "a number taken out": (lambda m, x: x * x.detach().mean().item(), "mul at .*computed outside of the operations"),
    "numbers of NumPy": (lambda m, x: x + np.tanh(x.detach().numpy()), "add at .*computed outside of the operations"),
    "another way": (lambda m, x: x.relu() if x.shape[0] % 2 else x.tanh(), "another input led to other operations"),
    "chance": (lambda m, x: F.dropout(x, training=True), "mul at .*computed outside of the operations"),
    "several positions": (lambda m, x: x[[0, 1], [1, 0]], "getitem at .*not of several"),
    "truth as an index": (lambda m, x: x[tg.tensor([True, False, True, False, True, False]).expand(x.shape)], "truth"),
    "changed unseen": (lambda m, x: outside(x), "output 0 of the file would not be that of the model|computed outside"),
}


def outside(x):
    y = x * 2
    y.array[...] *= 1 + y.array
    return y + 1


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_exported_is_named_with_its_line(case, tmp_path):
    function, message = REFUSED[case]
    path = tmp_path / "m.onnx"
    with pytest.raises(ExportError, match=message) as raised:
        export(Of(function), floats(2, 6), path)
    assert "\n" not in str(raised.value) and not path.exists()


def test_an_if_on_values_is_told(tmp_path):
    """Both runs may go the same way, and then the file has that way alone."""
    with pytest.warns(UserWarning, match=r"gt at test_onnx_exporting.py:\d+: .* use where instead"):
        export(Of(lambda m, x: x * 2 if x.sum() > -1000 else x), floats(2, 6), tmp_path / "m.onnx")


def test_one_number_without_a_gradient_is_no_constant(tmp_path):
    function = lambda x: ((x > -5).all(), x.argmax(), (x > 0).sum(), x + x.argmax())  # noqa: E731
    export(Of(lambda m, x: function(x)), floats(2, 6), tmp_path / "m.onnx")
    for x in (floats(3, 6), -10 * tg.ones(2, 6)):
        for mine, expected in zip(load(tmp_path / "m.onnx")(x), function(x), strict=True):
            np.testing.assert_allclose(mine.numpy(), expected.numpy())


class Outside(nn.Module):
    def forward(self, x):
        return tg.tensor(x.detach().numpy() ** 2)


def test_wrong_arguments_are_named(tmp_path):
    with pytest.raises(TypeError, match="export: expected a Module, got function"):
        export(lambda x: x, floats(2, 3), tmp_path / "m.onnx")
    with pytest.raises(TypeError, match="export: expected a tensor or a tuple of tensors"):
        export(nn.ReLU(), "text", tmp_path / "m.onnx")
    for dim, shape in ((2, (2, 3)), (-1, (2, 3)), (0, (0, 3)), (0, ())):
        with pytest.raises(ValueError, match=f"export: dimension {dim} of the sample is not there, or is empty"):
            export(nn.ReLU(), floats(*shape), tmp_path / "m.onnx", batch_dim=dim)
    for names in (["a", "b"], ["a", "a"]):
        with pytest.raises(ValueError, match="export: expected 1 different input_names that no weight has, got"):
            export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx", input_names=names)
        with pytest.raises(ValueError, match="export: expected 1 output_names that nothing else has, got"):
            export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx", output_names=names)
    for name in ("weight", ""):
        with pytest.raises(ValueError, match="export: expected 1 different input_names that no weight has, got"):
            export(nn.Linear(3, 2), floats(2, 3), tmp_path / "m.onnx", input_names=[name])
    with pytest.raises(ExportError, match="export: an output: it uses numbers that follow the input"):
        export(Outside(), floats(2, 3), tmp_path / "m.onnx")
    with pytest.raises(ValueError, match="output_names that nothing else has"):
        export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx", output_names=["input"])
    export(nn.ReLU(), floats(2, 3), tmp_path / "m.onnx")
    with pytest.raises(TypeError, match=r"OnnxModule: expected 1 inputs \(input\), got 2"):
        load(tmp_path / "m.onnx")(floats(2), floats(2))
