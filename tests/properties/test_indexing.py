"""Random index expressions: reading and writing agree with NumPy, and the gradient is the slope."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu.autograd import gradcheck

QUIET = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def slices(draw, size):
    bounds = st.one_of(st.none(), st.integers(-size - 1, size + 1))
    return slice(draw(bounds), draw(bounds), draw(st.sampled_from([None, 1, 2, -1, -2])))


@st.composite
def indexed(draw):
    """Draw a shape and an index into it: numbers, slices, lists, masks, new axes and an ellipsis, mixed."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    if draw(st.integers(0, 9)) == 0:  # one mask for the whole array
        mask = draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        return shape, np.array(mask).reshape(shape)
    count = draw(st.integers(0, len(shape)))
    length = draw(st.integers(1, 3))  # all lists of integers are of one length, so that they broadcast
    parts = []
    ellipsis_at = draw(st.one_of(st.none(), st.integers(0, count)))
    sizes = shape[:count] if ellipsis_at is None else shape[:ellipsis_at] + shape[len(shape) - count + ellipsis_at :]
    for size in sizes:
        kind = draw(st.sampled_from(["number", "slice", "list", "mask", "tensor", "nested"]))
        numbers = st.integers(-size, size - 1)
        if kind == "number":
            parts.append(draw(numbers))
        elif kind == "slice":
            parts.append(draw(slices(size)))
        elif kind == "mask":
            if any(isinstance(part, list | tg.Tensor | np.ndarray) for part in parts):
                parts.append(draw(slices(size)))  # NumPy asks that as many be true as the lists are long
            else:
                mask = np.zeros(size, bool)
                mask[: min(size, length)] = True
                parts.append(np.roll(mask, draw(numbers)))
                length = min(size, length)
        elif kind == "nested":
            parts.append(np.array(draw(st.lists(numbers, min_size=2 * length, max_size=2 * length))).reshape(2, length))
        else:
            chosen = draw(st.lists(numbers, min_size=length, max_size=length))
            parts.append(chosen if kind == "list" else tg.tensor(chosen))
    if any(isinstance(part, np.ndarray) and part.dtype == bool for part in parts):
        length = sum(p for part in parts if isinstance(part, np.ndarray) and part.dtype == bool for p in part)
        parts = [_of_length(part, int(length)) for part in parts]
    if ellipsis_at is not None:
        parts.insert(ellipsis_at, ...)
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    return shape, parts[0] if len(parts) == 1 and draw(st.booleans()) else tuple(parts)


def _of_length(part, length):
    """Bring a list of integers to the length that a mask beside it has."""
    if isinstance(part, np.ndarray) and part.dtype != bool:
        return part[:, [0] * length]
    if isinstance(part, list):
        return [part[0]] * length
    return tg.tensor([part.tolist()[0]] * length) if isinstance(part, tg.Tensor) else part


def plain(index):
    if isinstance(index, tuple):
        return tuple(getattr(part, "array", part) for part in index)
    return getattr(index, "array", index)


def values(shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


@settings(max_examples=150, **QUIET)
@given(case=indexed())
def test_reading(case):
    shape, index = case
    x = tg.tensor(values(shape), requires_grad=True)
    expected = x.array[plain(index)]
    result = x[index]
    assert result.shape == np.shape(expected)
    np.testing.assert_array_equal(result.array, expected)
    if result.numel():
        assert gradcheck(lambda x: x[index], [x])


@settings(max_examples=150, **QUIET)
@given(case=indexed(), whole=st.booleans())
def test_writing(case, whole):
    shape, index = case
    expected = values(shape)
    x = tg.tensor(expected.copy(), requires_grad=True)
    places = np.arange(expected.size).reshape(shape)[plain(index)]
    v = tg.tensor(values(places.shape if whole else (), 1), requires_grad=True)

    def write(x, v):
        y = x * 1
        y[index] = v
        return y

    expected[plain(index)] = v.array
    np.testing.assert_array_equal(write(x, v).array, expected)
    if len(np.unique(places)) == places.size:  # where an element is written twice, NumPy does not say which stays
        assert gradcheck(write, [x, v])


@settings(max_examples=60, **QUIET)
@given(case=indexed())
def test_adding_in_place(case):
    shape, index = case
    expected = values(shape)
    x, v = tg.tensor(expected.copy(), requires_grad=True), tg.tensor(0.7, dtype=tg.float64, requires_grad=True)
    places = np.arange(expected.size).reshape(shape)[plain(index)]

    def add(x, v):
        y = x * 1
        y[index] += v
        y[index] *= v
        return y

    expected[plain(index)] += 0.7
    expected[plain(index)] *= 0.7
    np.testing.assert_allclose(add(x, v).array, expected, rtol=1e-15)
    if len(np.unique(places)) == places.size:
        assert gradcheck(add, [x, v])
