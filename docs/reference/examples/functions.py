import numpy as np

import tinygrad_edu as tg

# empty
tg.empty(2, 3).shape

# empty_like
tg.empty_like(tg.ones(2, 3)).shape

# from_numpy
array = np.array([1.0, 2.0])
x = tg.from_numpy(array)
array[0] = 5.0
x

# frombuffer
tg.frombuffer(bytearray([1, 2, 3]), dtype=tg.uint8)

# BoolTensor
tg.BoolTensor([True, False])

# ByteTensor
tg.ByteTensor([1, 255])

# DoubleTensor
tg.DoubleTensor([1, 2])

# FloatTensor
tg.FloatTensor([1, 2])

# HalfTensor
tg.HalfTensor([1, 2])

# IntTensor
tg.IntTensor([1, 2])

# LongTensor
tg.LongTensor([1, 2])

# ShortTensor
tg.ShortTensor([1, 2])

# cholesky_solve
A = tg.tensor([[4.0, 2.0], [2.0, 3.0]])
b = tg.tensor([[8.0], [7.0]])
tg.cholesky_solve(b, tg.linalg.cholesky(A))

# finfo
tg.finfo(tg.float32).eps

# iinfo
tg.iinfo(tg.int8).max

# can_cast
tg.can_cast(tg.float32, tg.float64), tg.can_cast(tg.float32, tg.int64)

# get_default_dtype
tg.get_default_dtype()

# set_default_dtype
tg.set_default_dtype(tg.float64)
tg.tensor(1.0).dtype
tg.set_default_dtype(tg.float32)

# Size
size = tg.Size([2, 3])
size.numel(), size == tg.ones(2, 3).shape

# Tensor
x = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
(x * x).sum().backward()
x.grad
x.shape, x.dtype, x.T

# Generator
generator = tg.Generator().manual_seed(1)
tg.rand(2, generator=generator)

# manual_seed, initial_seed
_ = tg.manual_seed(7)
tg.rand(2)
tg.initial_seed()

# get_rng_state, set_rng_state
state = tg.get_rng_state()
a = tg.rand(3)
tg.set_rng_state(state)
a.equal(tg.rand(3))

# no_grad
w = tg.tensor([1.0], requires_grad=True)
with tg.no_grad():
    y = w * 2

y.requires_grad

# enable_grad
w = tg.tensor([1.0], requires_grad=True)
with tg.no_grad():
    with tg.enable_grad():
        y = w * 2

y.requires_grad

# set_grad_enabled
w = tg.tensor([1.0], requires_grad=True)
with tg.set_grad_enabled(False):
    y = w * 2

y.requires_grad

# is_grad_enabled
with tg.no_grad():
    print(tg.is_grad_enabled())

tg.is_grad_enabled()

# GraphError
x = tg.tensor(3.0, requires_grad=True)
y = x * x
y.backward()
try:
    y.backward()
except tg.GraphError as error:
    print(str(error).split(";")[0])

# save, load
model = tg.nn.Linear(2, 1)
tg.save(model.state_dict(), "model.pt")
list(tg.load("model.pt"))

# set_printoptions
tg.set_printoptions(precision=2)
tg.tensor([1 / 3])
tg.set_printoptions(precision=4)

# are_deterministic_algorithms_enabled
tg.are_deterministic_algorithms_enabled()

# use_deterministic_algorithms
tg.use_deterministic_algorithms(True)
tg.are_deterministic_algorithms_enabled()
tg.use_deterministic_algorithms(False)

# compile
model = tg.compile(tg.nn.Linear(2, 1))
model(tg.ones(3, 2)).shape

# device
tg.device("cpu")
try:
    tg.device("cuda")
except ValueError as error:
    print(error)

# get_default_device
tg.get_default_device()

# set_default_device
tg.set_default_device("cpu")
tg.get_default_device()

# get_float32_matmul_precision
tg.get_float32_matmul_precision()

# set_float32_matmul_precision
tg.set_float32_matmul_precision("high")
tg.get_float32_matmul_precision()
tg.set_float32_matmul_precision("highest")

# memory_format
tg.contiguous_format

# get_num_threads
tg.get_num_threads() >= 1

# set_num_threads
threads = tg.get_num_threads()
tg.set_num_threads(threads)
tg.get_num_threads() == threads

# amp.GradScaler
w = tg.tensor([1.0], requires_grad=True)
optimizer = tg.optim.SGD([w], lr=0.1)
scaler = tg.amp.GradScaler()
scaler.scale((w * w).sum()).backward()
scaler.step(optimizer)
scaler.update()
w

# amp.autocast
with tg.amp.autocast("cpu", enabled=False):
    y = tg.ones(2) * 2

y
