"""What everyday programs ask besides computing: types, their limits, sizes, devices, threads, states of randomness."""

import copy
import importlib
import pickle
import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


@pytest.fixture
def double():
    """Make float64 the default dtype for a test."""
    tg.set_default_dtype(tg.float64)
    yield
    tg.set_default_dtype(tg.float32)


MADE = {
    "tensor": lambda: tg.tensor([1.0, 2.0]),
    "as_tensor": lambda: tg.as_tensor(0.5),
    "zeros": lambda: tg.zeros(2),
    "ones": lambda: tg.ones(2),
    "empty": lambda: tg.empty(2),
    "full": lambda: tg.full((2,), 1.5),
    "eye": lambda: tg.eye(2),
    "arange": lambda: tg.arange(0.0, 1.0, 0.5),
    "linspace": lambda: tg.linspace(0, 1, 3),
    "logspace": lambda: tg.logspace(0, 1, 3),
    "rand": lambda: tg.rand(2),
    "randn": lambda: tg.randn(2),
    "normal": lambda: tg.normal(0, 1, (2,)),
    "a fraction of integers": lambda: tg.arange(1, 3) / 2,
    "exp of integers": lambda: tg.arange(3).exp(),
    "mean of integers after float": lambda: (tg.arange(3) * 0.5).mean(),
    "linear": lambda: nn.Linear(2, 3).weight,
    "convolution": lambda: nn.Conv2d(1, 2, 3).bias,
    "running mean": lambda: nn.BatchNorm1d(2).running_mean,
    "embedding": lambda: nn.Embedding(2, 3).weight,
    "layer_norm": lambda: nn.LayerNorm(3).weight,
    "prelu": lambda: nn.PReLU().weight,
}


@pytest.mark.parametrize("name", MADE)
def test_the_default_dtype_is_float32(name):
    assert tg.get_default_dtype() == tg.float32
    assert MADE[name]().dtype == tg.float32


@pytest.mark.parametrize("name", MADE)
def test_the_default_dtype_can_be_float64(name, double):
    assert tg.get_default_dtype() == tg.float64
    made = MADE[name]()
    assert made.dtype == tg.float64
    if "rand" in name:  # drawn in full precision
        assert (made.numpy() != made.numpy().astype(np.float32)).any()


def test_what_the_default_dtype_leaves_alone(double):
    single = tg.ones(2, dtype=tg.float32)
    assert (single * 2.5).dtype == tg.float32
    assert tg.zeros_like(single).dtype == tg.float32
    assert tg.tensor(np.float32(1)).dtype == tg.float32
    assert tg.arange(3).dtype == tg.int64
    assert nn.Linear(2, 3, dtype=tg.float32).weight.dtype == tg.float32
    for wrong in (tg.int64, tg.float16, "nonsense"):
        with pytest.raises(TypeError, match="expected float32 or float64"):
            tg.set_default_dtype(wrong)


def test_limits_of_types():
    info = tg.finfo(tg.float32)
    assert (info.bits, info.dtype, info.eps) == (32, "float32", 2.0**-23)
    assert (info.min, info.max) == (-info.max, float(np.finfo(np.float32).max))
    assert info.tiny == info.smallest_normal == 2.0**-126
    assert isinstance(info.max, float)
    assert tg.finfo().dtype == "float32"
    assert tg.finfo(tg.float64).eps == 2.0**-52
    assert (tg.iinfo(tg.uint8).min, tg.iinfo(tg.uint8).max, tg.iinfo(tg.int64).bits) == (0, 255, 64)
    assert repr(tg.iinfo(tg.int16)) == "iinfo(min=-32768, max=32767, dtype=int16)"
    for wrong in (lambda: tg.finfo(tg.int64), lambda: tg.iinfo(tg.float32)):
        with pytest.raises(TypeError, match=r"info: expected .* type, got"):
            wrong()
    assert tg.tensor([0.0]).masked_fill(tg.tensor([True]), info.min).dtype == tg.float32


def test_kinds_of_types():
    x, i = tg.ones(2, 3), tg.arange(3)
    assert tg.is_floating_point(x)
    assert x.is_floating_point()
    assert not tg.is_floating_point(i)
    assert isinstance(x.dtype, tg.dtype)
    assert (x.type(), x.double().type(), i.type(), (x > 0).type()) == (
        "torch.FloatTensor", "torch.DoubleTensor", "torch.LongTensor", "torch.BoolTensor",
    )  # fmt: skip
    assert x.type(tg.int64).dtype == x.type("torch.LongTensor").dtype == x.type_as(i).dtype == tg.int64
    assert x.type(tg.float32) is x


def test_memory_of_a_tensor():
    x = tg.ones(2, 3, dtype=tg.float64)
    assert (x.nelement(), x.element_size(), x.itemsize, x.nbytes) == (6, 8, 8, 48)
    assert (x.stride(), x.stride(0), x.T.stride()) == ((3, 1), 3, (1, 3))
    assert x.is_contiguous()
    assert not x.is_cuda
    assert not x.T.is_contiguous()
    assert x.data_ptr() == x.view(3, 2).data_ptr() != x.clone().data_ptr()


@pytest.mark.parametrize("name", ["zeros", "ones", "full", "empty", "tensor"])
def test_new_tensors_of_the_same_kind(name):
    like = nn.Parameter(tg.ones(2, dtype=tg.float64))
    args = {"full": ((2, 3), 1), "tensor": ([[1, 0, 1], [0, 1, 1]],)}.get(name, (2, 3))
    new = getattr(like, f"new_{name}")(*args)
    assert type(new) is tg.Tensor
    assert (new.shape, new.dtype, new.requires_grad) == ((2, 3), tg.float64, False)
    expected = {"zeros": [[0.0] * 3] * 2, "tensor": [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]}.get(name, [[1.0] * 3] * 2)
    assert name == "empty" or new.tolist() == expected
    other = getattr(like, f"new_{name}")(*args, dtype=tg.float32, device="cpu", requires_grad=True)
    assert (other.dtype, other.requires_grad) == (tg.float32, True)
    assert like.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="expected 'cpu'"):
        getattr(like, f"new_{name}")(*args, device="cuda:0")


def test_a_new_tensor_is_a_copy():
    data = np.ones(2)
    new = tg.ones(1, dtype=tg.float64).new_tensor(data)
    data[0] = 5
    assert new.tolist() == [1.0, 1.0]


def test_sizes():
    size = tg.Size([2, 3])
    assert size == (2, 3)
    assert (size.numel(), tg.Size(()).numel(), repr(size)) == (6, 1, "Size([2, 3])")
    assert isinstance(tg.ones(2, 3).shape, tg.Size)
    assert isinstance(tg.ones(2, 3).size(), tg.Size)
    assert not isinstance([2, 3], tg.Size)
    assert pickle.loads(pickle.dumps(size)) == copy.copy(size) == size
    assert tg.zeros(size).shape == tg.zeros(size=size).shape == size


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "rand", "randn"])
def test_a_size_by_name(name):
    assert getattr(tg, name)(size=(2, 3), device="cpu").shape == (2, 3)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("BoolTensor", "bool"), ("ByteTensor", "uint8"), ("ShortTensor", "int16"), ("IntTensor", "int32"),
        ("LongTensor", "int64"), ("HalfTensor", "float16"), ("FloatTensor", "float32"), ("DoubleTensor", "float64"),
    ],
)  # fmt: skip
def test_old_makers_of_one_type(name, dtype):
    make = getattr(tg, name)
    assert make([1, 0]).dtype == dtype
    assert make(range(2)).tolist() == [0, 1]
    assert make(np.ones(2)).tolist() == make(tg.ones(2)).tolist() == [1, 1]
    assert make(2, 3).shape == (2, 3)
    assert make().shape == (0,)
    assert isinstance(make(2), make)
    assert not isinstance(tg.zeros(2, dtype=tg.float32 if dtype != "float32" else tg.float64), make)
    assert tg.ones(2).type(make).dtype == tg.zeros(2, dtype=make).dtype == dtype
    data = np.zeros(2, dtype)
    make(data).array[0] = 1
    make(tg.from_numpy(data)).array[0] = 1
    assert not data.any()  # copies


def test_indices_of_triangles():
    assert tg.tril_indices(2, 3, -1).tolist() == [[1], [0]]
    assert tg.triu_indices(2, 3, 1).tolist() == [[0, 0, 1], [1, 2, 2]]


def test_normal_takes_the_type_of_its_parameters():
    mean = tg.zeros(1000, dtype=tg.float64)
    drawn = tg.normal(mean, 2.0)
    assert drawn.dtype == tg.float64
    assert (drawn.numpy() != drawn.numpy().astype(np.float32)).any()
    assert 1.8 < drawn.numpy().std() < 2.2
    assert tg.normal(mean, 1.0, dtype=tg.float32).dtype == tg.float32
    assert tg.randperm(3, dtype=tg.int32).dtype == tg.int32


FILLED = {
    "normal_": ((2.0, 0.5), 2.0, 0.5),
    "uniform_": ((-1.0, 3.0), 1.0, 4 / np.sqrt(12)),
    "exponential_": ((2.0,), 0.5, 0.5),
    "bernoulli_": ((0.25,), 0.25, np.sqrt(3 / 16)),
    "random_": ((10,), 4.5, np.sqrt(99 / 12)),
}


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64], ids=str)
@pytest.mark.parametrize("name", FILLED)
def test_filling_with_random_numbers(name, dtype):
    args, mean, std = FILLED[name]
    x = tg.zeros(100, 200, dtype=dtype)
    assert getattr(x, name)(*args, generator=tg.Generator().manual_seed(0)) is x
    assert x.dtype == dtype
    assert abs(x.numpy().mean() - mean) < 5 * std / np.sqrt(x.numel())
    assert abs(x.numpy().std() / std - 1) < 0.05
    again = getattr(tg.zeros(100, 200, dtype=dtype), name)(*args, generator=tg.Generator().manual_seed(0))
    assert again.tolist() == x.tolist()


def test_filling_a_weight():
    weight = nn.Linear(3, 2).weight
    memory = weight.array
    assert weight.data.normal_(0, 0.02).requires_grad is False
    assert weight.array is memory
    assert 0 < np.abs(memory).max() < 0.2
    with pytest.raises(RuntimeError, match="uniform_: a leaf that requires a gradient"):
        weight.uniform_()
    with tg.no_grad():
        weight.uniform_(5, 6)
    assert memory.min() >= 5
    y = tg.ones(3, requires_grad=True) * 2
    y.normal_()  # what was there before no longer matters
    (y.sum() * 1).backward()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.uniform_(1, 0), "uniform_: expected a ≤ b"),
        (lambda t: t.normal_(0, -1), "normal_: expected a standard deviation std ≥ 0"),
        (lambda t: t.bernoulli_(1.5), "bernoulli_: expected probabilities"),
        (lambda t: t.exponential_(0), "exponential_: expected a rate"),
        (lambda t: t.random_(5, 5), "random_: expected a range"),
    ],
)
def test_mistakes_in_filling(call, message):
    with pytest.raises(ValueError, match=message):
        call(tg.ones(2))


def test_integers_without_a_range():
    x = tg.zeros(1000, dtype=tg.uint8).random_().numpy()
    assert x.min() < 20
    assert x.max() > 200
    assert set(tg.zeros(100, dtype=tg.bool).random_().tolist()) == {False, True}
    assert tg.zeros(100).random_().max() > 2**20


def test_the_state_of_the_default_generator():
    tg.manual_seed(7)
    assert tg.initial_seed() == 7
    tg.rand(3)
    state = tg.get_rng_state()
    first = tg.rand(3).tolist()
    tg.set_rng_state(state)
    assert tg.rand(3).tolist() == first
    generator = tg.Generator(device="cpu")
    seed = generator.seed()
    assert generator.initial_seed() == seed
    assert tg.rand(2, generator=generator).tolist() == tg.rand(2, generator=tg.Generator().manual_seed(seed)).tolist()
    with pytest.raises(ValueError, match="expected 'cpu'"):
        tg.Generator("cuda")


def test_determinism_is_noted():
    assert not tg.are_deterministic_algorithms_enabled()
    tg.use_deterministic_algorithms(True, warn_only=True)
    assert tg.are_deterministic_algorithms_enabled()
    tg.use_deterministic_algorithms(False)


def test_threads_of_matrix_products(monkeypatch):
    before = tg.get_num_threads()
    tg.set_num_threads(1)
    assert tg.get_num_threads() == 1
    tg.set_num_threads(before)
    for wrong in (0, 1.5, True):
        with pytest.raises(ValueError, match="expected a whole number of at least 1"):
            tg.set_num_threads(wrong)
    monkeypatch.setattr(tg.threads.importlib, "import_module", lambda name: threading)  # no library of NumPy's
    assert tg.get_num_threads() == 1
    tg.set_num_threads(2)
    assert tg.get_num_threads() == 1


def test_a_machine_without_other_devices():
    assert not (tg.cuda.is_available() or tg.accelerator.is_available() or tg.backends.mps.is_available())
    assert not (tg.backends.cudnn.is_available() or tg.cuda.is_bf16_supported() or tg.backends.cuda.is_built())
    assert tg.cuda.device_count() == tg.accelerator.device_count() == tg.cuda.max_memory_allocated() == 0
    assert tg.accelerator.current_accelerator() is None
    for nothing in (tg.cuda.synchronize, tg.cuda.empty_cache, tg.cuda.reset_peak_memory_stats):
        assert nothing() is None
    tg.cuda.manual_seed_all(0)
    cudnn = importlib.import_module("tinygrad_edu.backends.cudnn")
    cudnn.benchmark = True
    assert tg.backends.cudnn.benchmark
    cudnn.benchmark = False
    tg.backends.cuda.matmul.allow_tf32 = True
    tg.backends.cuda.matmul.allow_tf32 = False


def test_mixed_precision_is_understood():
    from tinygrad_edu.cuda.amp import GradScaler, autocast

    assert autocast is tg.amp.autocast is tg.autocast
    weight = tg.ones(2, requires_grad=True)
    optimizer = tg.optim.SGD([weight], lr=1.0)
    scaler = GradScaler(enabled=True)
    with tg.autocast(device_type="cpu", dtype=tg.float16):
        loss = (weight * 3).sum()
    assert loss.dtype == tg.float32
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert weight.tolist() == [-2.0, -2.0]
    scaler.load_state_dict(scaler.state_dict())
    assert (scaler.get_scale(), scaler.is_enabled()) == (1.0, False)
    assert autocast("cpu")(lambda x: x + 1)(1) == 2


def test_hints_are_understood():
    tg.set_float32_matmul_precision("high")
    assert tg.get_float32_matmul_precision() == "highest"
    tg.set_default_device("cpu")
    assert tg.get_default_device() == tg.device("cpu")
    for call in (lambda: tg.set_default_device("cuda"), lambda: tg.set_float32_matmul_precision("low")):
        with pytest.raises(ValueError, match="expected"):
            call()
