"""The engine that a lesson builds gives what the real one gives, on every sample of every operation."""

import linecache

import numpy as np
import pytest

from tests.docs.lesson import LESSONS, Lesson
from tests.table import as_tensors, draw, every_sample, upstream

(TENSOR_ENGINE,) = [path for path in LESSONS if path.stem == "16-tensor-engine"]


@pytest.fixture(scope="module")
def engine():
    """Run the cells of the lesson up to those that check the engine, and return its names."""
    names = {}
    for i, cell in enumerate(Lesson(TENSOR_ENGINE.read_text(encoding="utf-8")).cells):
        if "import tinygrad_edu as tg" in cell.source:
            return names
        name = f"cell {i} of {TENSOR_ENGINE.stem}"
        linecache.cache[name] = (len(cell.source), None, cell.source.splitlines(keepends=True), name)  # it counts lines
        exec(compile(cell.source, name, "exec"), names)
    pytest.fail("the real engine is never asked")


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_its_gradients_are_those_of_the_real_engine(engine, op, sample):
    inputs = draw(op, sample)
    theirs = as_tensors(inputs)
    ours = [engine["Tensor"](x, requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x for x in inputs]
    expected = op(*theirs, **sample.params)
    result = engine["record"](op, ours, sample.params)
    np.testing.assert_array_equal(result.array, expected.array)
    g = upstream(expected.shape)
    expected.backward(g)
    result.backward(g)
    for our, their in zip(ours, theirs, strict=True):
        if getattr(their, "requires_grad", False):
            np.testing.assert_allclose(our.grad, their.grad.array, rtol=1e-12, atol=1e-14)
