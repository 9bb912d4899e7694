"""Large graphs, long loops and many threads: linear time, flat memory, no wrong gradient."""

import gc
import importlib.util
import json
import platform
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim


@pytest.fixture(autouse=True)
def _without_garbage_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def growth(steps):
    """Train for some steps, and return the bytes and objects that another so many leave behind."""
    rng = np.random.default_rng(0)
    X, y = tg.tensor(rng.standard_normal((16, 8))), tg.tensor(rng.integers(0, 3, 16))
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3)).double()
    optimizer = optim.Adam(model.parameters(), lr=1e-3)

    def train(count):
        for _ in range(count):
            h = model(X)
            h[0] += h[1] * 0.1
            loss = nn.functional.cross_entropy(h, y)
            optimizer.zero_grad()
            loss.backward(create_graph=False)
            optimizer.step()

    train(20)
    tracemalloc.start()
    try:
        train(20)
        bytes_before = tracemalloc.get_traced_memory()[0]
        objects_before = len(gc.get_objects())
        train(steps)
        return tracemalloc.get_traced_memory()[0] - bytes_before, len(gc.get_objects()) - objects_before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("steps", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_the_memory_of_a_training_loop_is_flat(steps):
    bytes_more, objects_more = growth(steps)
    assert bytes_more < 200_000  # Python keeps up to 2000 freed tuples of each length for later use
    assert objects_more < 20


def fan_in_seconds(width):
    best = np.inf
    for _ in range(3):
        x = tg.tensor([1.0, 2.0], requires_grad=True)
        parts = [x * 1.0 for _ in range(width)]
        start = time.process_time()
        total = tg.stack(parts).sum()
        total.backward()
        best = min(best, time.process_time() - start)
        assert x.grad.tolist() == [float(width)] * 2
    return best


@pytest.mark.parametrize("width", [2_000, pytest.param(25_000, marks=pytest.mark.slow)])
def test_a_wide_fan_in_takes_linear_time(width):
    """Four times as many inputs of one operation take some four times as long; if it were quadratic, sixteen."""
    assert fan_in_seconds(4 * width) < 9 * fan_in_seconds(width)


def recurrence_seconds(length):
    best = np.inf
    for _ in range(3):
        x = tg.tensor([1.0], requires_grad=True)
        buffer = tg.zeros(10)
        start = time.process_time()
        buffer[0] = x[0]
        for i in range(1, length):
            buffer[i % 10] = buffer[(i - 1) % 10] * 1.0
        buffer.sum().backward()
        best = min(best, time.process_time() - start)
        assert x.grad.tolist() == [10.0]
    return best


def test_a_recurrence_in_place_takes_linear_time():
    assert recurrence_seconds(2_000) < 9 * recurrence_seconds(500)


def mix(seed, rounds, errors):
    """Record, differentiate and compute unrecorded by turns; note every gradient that is not what it must be."""
    rng = np.random.default_rng(seed)
    for i in range(rounds):
        value = float(rng.uniform(0.5, 2.0))
        x = tg.tensor([value, 1.0], dtype=tg.float64, requires_grad=True)
        if i % 3 == 0:
            with tg.no_grad():
                if (x * x).requires_grad:
                    errors.append("recorded inside no_grad")
        y = x * x * seed + x
        if i % 4 == 0:
            y += x
        y.sum().backward()
        expected = 2 * value * seed + 1 + (i % 4 == 0)
        if abs(x.grad.array[0] - expected) > 1e-12:
            errors.append((seed, i, x.grad.array[0], expected))


@pytest.mark.parametrize("rounds", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_eight_threads(rounds):
    errors = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns within an operation, not after hundreds of them
    threads = [threading.Thread(target=mix, args=(seed, rounds, errors)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert errors == []


CHAIN = """
import gc, json, time
import {library} as lib
from tests.benchmarks.workloads.memory import peak
if "{library}" == "torch":
    lib.set_num_threads(1)
gc.collect()
gc.disable()
w, y = lib.ones(1, requires_grad=True), lib.ones(1, requires_grad=True)
leaf, start = y, time.process_time()
for _ in range(1_000_000):
    y = y * w
built = time.process_time()
y.sum().backward()
back = time.process_time()
assert leaf.grad.item() == 1.0 and w.grad.item() == 1_000_000.0
y = leaf
for _ in range(1_000_000):
    y = y * w
del y
print(json.dumps({{"build": built - start, "back": back - built, "megabytes": peak() / 2**20}}))
"""


def measure(library):
    program = [sys.executable, "-c", CHAIN.format(library=library)]
    return json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)


@pytest.mark.slow
def test_a_million_operations():
    ours = measure("tinygrad_edu")
    print("tinygrad_edu", ours)
    assert ours["megabytes"] < 1600
    if importlib.util.find_spec("torch") is None:
        return
    theirs = measure("torch")
    print("torch", theirs)
    assert ours["build"] < 2 * theirs["build"]
    assert ours["back"] < 2 * theirs["back"]
    assert ours["megabytes"] < 1.05 * theirs["megabytes"]


PAGE_FAULTS = """
import resource
import numpy as np
import tinygrad_edu

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(3):
    x = np.ones(1_000_000, np.float32); y = x + 1; del x, y
before = faults()
for _ in range(20):
    x = np.ones(1_000_000, np.float32); y = x + 1; del x, y
print((faults() - before) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc: it has another allocator")
def test_large_arrays_get_the_memory_of_those_before():
    done = subprocess.run([sys.executable, "-c", PAGE_FAULTS], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 20  # without the hint, two arrays of 4 MB are up to 2000 pages
