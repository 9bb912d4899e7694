"""ONNX files of others: what is read, and what is refused in one line."""

import random
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.mutated.mutate import mutate
from tinygrad_edu import nn
from tinygrad_edu.interop.onnx import export, load
from tinygrad_edu.interop.onnx.loading import OnnxModule
from tinygrad_edu.system.files import FormatError

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tinygrad-edu[onnx]'")
pytestmark = pytest.mark.onnx


def document(nodes, weights=(), opset=20, domain=""):
    helper = onnx.helper
    kind = onnx.TensorProto.FLOAT
    x, y = (helper.make_tensor_value_info(name, kind, ["n"]) for name in "xy")
    weights = [w if isinstance(w, onnx.TensorProto) else onnx.numpy_helper.from_array(w[1], w[0]) for w in weights]
    graph = helper.make_graph([helper.make_node(*n[:3], **n[3]) for n in nodes], "g", [x], [y], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, opset)], ir_version=10)


def external():
    tensor = onnx.numpy_helper.from_array(np.ones(3, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return tensor


def lying():
    tensor = onnx.numpy_helper.from_array(np.ones(3, np.float32), "w")
    tensor.dims[0] = 1 << 40
    return tensor


ONES = np.ones(3, np.float32)
HOSTILE = {
    "text": (b"hello, this is no such file", "no whole ONNX file"),
    "nothing": (b"", "no whole ONNX file"),
    "an unknown operator": (document([("Loop", ["x"], ["y"], {})]), "it needs Loop, which is not known here|Loop"),
    "a foreign operator": (document([("Own", ["x"], ["y"], {"domain": "me"})]), "Own|me"),
    "another file": (document([("Add", ["x", "w"], ["y"], {})], [external()]), "kept in another file|external|passwd"),
    "a lying size": (document([("Add", ["x", "w"], ["y"], {})], [lying()]), "no whole ONNX file"),
    "a missing value": (document([("Add", ["x", "z"], ["y"], {})]), "no whole ONNX file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_cannot_be_run_is_refused_in_one_line(case, tmp_path):
    content, message = HOSTILE[case]
    path = tmp_path / "m.onnx"
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    with pytest.raises(FormatError, match=message) as raised:
        load(path)
    assert str(raised.value).startswith(f"load: {path} is no whole ONNX file that can be run here: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "attributes, message",
    [({"auto_pad": "SAME_UPPER"}, "Conv with auto_pad='SAME_UPPER'"), ({"nothing": 1}, "nothing")],
)
def test_an_attribute_that_is_not_known_is_named(attributes, message, tmp_path):
    path = tmp_path / "m.onnx"
    weight = np.ones((1, 1, 3), np.float32)
    content = document([("Conv", ["x", "w"], ["y"], attributes)], [("w", weight)]).SerializeToString()
    path.write_bytes(content)
    with pytest.raises((FormatError, NotImplementedError, ValueError), match=message):
        load(path)(tg.ones(1, 1, 5))


def run(operator, inputs, outputs=1, opset=20, **attributes):
    """Run one operator, on inputs that stand in the file; return what onnxruntime makes of it, and what we do."""
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime")
    names = [f"in_{i}" for i in range(len(inputs))]
    helper, weights = onnx.helper, [onnx.numpy_helper.from_array(x, n) for n, x in zip(names, inputs, strict=True)]
    node = helper.make_node(operator, names, [f"y_{i}" for i in range(outputs)], **attributes)
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(np.int64 if "Arg" in operator else inputs[0].dtype))
    made = [helper.make_tensor_value_info("y_0", kind, None)]
    content = helper.make_model(
        helper.make_graph([node], "g", [], made, weights), opset_imports=[helper.make_opsetid("", opset)], ir_version=10
    )
    theirs = runtime.InferenceSession(content.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {})[0]
    ours = OnnxModule(content)().detach().numpy()
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_attributes_of_operators_are_followed():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4)).astype(np.float32)
    for exclusive, reverse in ((0, 0), (0, 1), (1, 0), (1, 1)):
        run("CumSum", [x, np.array(1)], exclusive=exclusive, reverse=reverse)
    run("Pow", [np.array([2, 3]), np.array([0.5, 2], np.float32)])
    for operator in ("Softmax", "LogSoftmax"):
        for opset, axis in ((11, {}), (11, {"axis": 2}), (12, {"axis": -2}), (13, {}), (13, {"axis": 1})):
            run(operator, [rng.standard_normal((2, 3, 4)).astype(np.float32)], opset=opset, **axis)
    run("ArgMax", [x], axis=1, select_last_index=0)
    series, w, r = (rng.standard_normal(shape).astype(np.float32) for shape in ((5, 2, 3), (2, 4, 3), (2, 4, 4)))
    run("RNN", [series, w, r], hidden_size=4, direction="bidirectional", activations=["Relu", "Tanh"])


@pytest.mark.parametrize(
    "operator, gates, attributes, message",
    [
        ("LSTM", 4, {"activations": ["Sigmoid", "Relu", "Tanh"]}, "LSTM with other activations"),
        ("GRU", 3, {"activations": ["Sigmoid", "Relu"], "linear_before_reset": 1}, "GRU with other activations"),
        ("ArgMax", 0, {"select_last_index": 1}, "the last of several"),
    ],
)
def test_what_is_not_followed_is_refused(operator, gates, attributes, message):
    rng = np.random.default_rng(0)
    shapes = ((5, 2, 3), (1, 4 * gates, 3), (1, 4 * gates, 4))[: 3 if gates else 1]
    inputs = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    with pytest.raises(NotImplementedError, match=message):
        run(operator, inputs, **attributes, **({"hidden_size": 4} if gates else {}))


def test_names_that_no_module_can_have_are_kept_apart(tmp_path):
    names = ["_parameters", "training", "forward.w", "a..b", "a", "a.w", "b.w", "b", ".".join("c" * 30), "x.", "ok.w"]
    nodes = [("Add", ["x", names[0]], ["s0"], {})]
    nodes += [("Add", [f"s{i}", name], [f"s{i + 1}"], {}) for i, name in enumerate(names[1:])]
    nodes.append(("Identity", [nodes[-1][2][0]], ["y"], {}))
    path = tmp_path / "m.onnx"
    path.write_bytes(document(nodes, [(name, ONES * 2**i) for i, name in enumerate(names)]).SerializeToString())
    model = load(path)
    assert model.train().training is True
    assert model(tg.zeros(3)).tolist() == [2.0 ** len(names) - 1] * 3
    assert len(model.state_dict()) == len(names)
    assert "ok.w" in model.state_dict()


def test_what_other_programs_write_is_read(tmp_path):
    rng = np.random.default_rng(0)
    vectors = [rng.uniform(0.5, 1, 2).astype(np.float32) for _ in range(4)]
    nodes = [
        ("Conv", ["x", "w"], ["c"], {"kernel_shape": [3, 3], "pads": [0, 0, 1, 1]}),
        ("BatchNormalization", ["c", "v0", "v1", "v2", "v3"], ["n"], {"epsilon": 1e-3}),
        ("GlobalAveragePool", ["n"], ["g"], {}),
        ("Flatten", ["g"], ["f"], {}),
        ("Dropout", ["f"], ["y"], {}),
    ]
    weight = rng.uniform(-1, 1, (2, 1, 3, 3)).astype(np.float32)
    weights = [("w", weight), *((f"v{i}", v) for i, v in enumerate(vectors))]
    path = tmp_path / "m.onnx"
    path.write_bytes(document(nodes, weights).SerializeToString())
    model = load(path)
    x = tg.tensor(rng.uniform(-1, 1, (2, 1, 5, 5)).astype(np.float32))
    norm = nn.BatchNorm2d(2, eps=1e-3).eval()
    norm.load_state_dict(dict(zip(norm.state_dict(), [*vectors, np.array(0)], strict=True)))
    expected = norm(nn.functional.conv2d(nn.functional.pad(x, (0, 1, 0, 1)), tg.tensor(weight))).mean(dim=(2, 3))
    np.testing.assert_allclose(model(x).detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert {name for name, _ in model.named_parameters()} == {"w", "v0", "v1"}


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_damaged_files_are_answered_or_refused(count, tmp_path):
    path = tmp_path / "m.onnx"
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
    export(model, tg.ones(2, 1, 5, 5), path)
    whole = path.read_bytes()
    rng = random.Random(0)
    answered = 0
    for _ in range(count):
        path.write_bytes(mutate(whole, rng, [whole]))
        try:
            load(path)
            answered += 1
        except FormatError as error:
            assert "\n" not in str(error)
    assert count // 50 < answered < count


MEASURE = """
import re, sys
import tinygrad_edu as tg
from tinygrad_edu.interop.onnx import load

def most():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

load(sys.argv[1])
before = most()
weight = load(sys.argv[2]).w
with tg.no_grad():
    weight += 1  # it can be written to
assert weight[0].item() == 2.0
print(most() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the most memory of a process")
def test_no_more_memory_than_twice_the_file(tmp_path):
    size = 20_000_000
    for name, count in (("small", 3), ("large", size)):
        content = document([("Add", ["x", "w"], ["y"], {})], [("w", np.ones(count, np.float32))])
        (tmp_path / name).write_bytes(content.SerializeToString())
    command = [sys.executable, "-W", "error", "-c", MEASURE, tmp_path / "small", tmp_path / "large"]
    more = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert 4 * size < more < 2.1 * 4 * size


def from_pytorch(torch):
    """Models as PyTorch itself exports them, with their inputs for a batch."""

    class Series(torch.nn.Module):
        def __init__(self, kind, **options):
            super().__init__()
            self.embedding = torch.nn.Embedding(11, 5)
            self.network = getattr(torch.nn, kind)(5, 4, batch_first=True, **options)

        def forward(self, x):
            return self.network(self.embedding(x))[0]

    class Image(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = torch.nn.Sequential(
                torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.ReLU6(), torch.nn.MaxPool2d(2),
                torch.nn.ConvTranspose2d(4, 2, 3, 2, 1, 1), torch.nn.GroupNorm(1, 2), torch.nn.Hardswish(),
                torch.nn.PReLU(), torch.nn.Hardsigmoid(), torch.nn.AvgPool2d(2), torch.nn.AdaptiveAvgPool2d(1),
            )  # fmt: skip

        def forward(self, x):
            return self.parts(x).flatten(1).softmax(-1)

    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    blocks = torch.nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
    words = lambda n: torch.randint(0, 11, (n, 6))  # noqa: E731
    yield Image(), lambda n: torch.randn(n, 1, 8, 8)
    yield torch.nn.Sequential(torch.nn.Embedding(11, 8), blocks, torch.nn.Linear(8, 3)), words
    for kind, options in (("LSTM", {"bidirectional": True}), ("LSTM", {}), ("GRU", {}), ("RNN", {})):
        yield Series(kind, **options), words


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")  # of an exporter that PyTorch is about to replace; the new one needs onnxscript
def test_what_pytorch_exports_is_read(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    torch.manual_seed(0)
    for model, draw in from_pytorch(torch):
        path = tmp_path / "m.onnx"
        names = {"input_names": ["x"], "dynamic_axes": {"x": {0: "n"}}, "dynamo": False, "opset_version": 18}
        torch.onnx.export(model.eval(), (draw(2),), path, **names)
        x = draw(3)
        ours = load(path)(tg.tensor(x.numpy())).detach().numpy()
        np.testing.assert_allclose(ours, model(x).detach().numpy(), rtol=1e-5, atol=1e-6)
