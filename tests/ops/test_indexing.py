"""Adding at an index: many elements go another way than few, to the same result."""

import numpy as np
import pytest

import tinygrad_edu as tg

RNG = np.random.default_rng(0)
MASK = RNG.random((20, 30)) > 0.5

# name: (shape, an index into it that reads more than 1000 elements)
CASES = {
    "rows": ((20, 30), RNG.integers(-20, 20, 60)),
    "rows, two-dimensional": ((20, 30), RNG.integers(0, 20, (5, 12))),
    "few of many rows": ((2000, 30), np.array([0, 1999, -1, 0] * 10)),
    "pairs": ((20, 30), (RNG.integers(0, 20, 1200), RNG.integers(-30, 30, 1200))),
    "pairs that broadcast": ((20, 30, 3), (RNG.integers(0, 20, (20, 1)), RNG.integers(0, 30, 20))),
    "columns": ((20, 30), (slice(None), RNG.integers(0, 30, 60))),
    "rows and columns apart": ((20, 30, 25), (RNG.integers(0, 20, 60), slice(None), RNG.integers(0, 25, 60))),
    "a number and rows": ((3, 20, 30), (1, RNG.integers(0, 20, 60))),
    "new axis": ((20, 30), (None, RNG.integers(0, 20, 60))),
    "ellipsis": ((3, 20, 30), (..., RNG.integers(0, 30, 60))),
    "mask": ((40, 20, 30), (slice(None), MASK)),
    "mask of rows": ((20, 60, 4), (MASK[:, 0], slice(1, 60))),
    "mask and rows": ((20, 30, 60), (MASK, RNG.integers(0, 60, MASK.sum()))),
    "vector": ((50,), RNG.integers(0, 50, 1200)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_many_elements(name, dtype):
    shape, index = CASES[name]
    g = RNG.standard_normal(np.zeros(shape)[index].shape).astype(dtype)
    assert g.size > 1000 or name == "mask and rows"
    expected = np.zeros(shape)
    np.add.at(expected, index, g)
    for layout in (g, np.asfortranarray(g)):
        result = tg.ops.put(layout, index=index, shape=shape)
        assert result.dtype == dtype
        np.testing.assert_allclose(result, expected, rtol=1e-4 if dtype is np.float32 else 1e-12, atol=1e-6)


@pytest.mark.parametrize("rows", [10, 1200])
def test_an_index_out_of_range_is_an_error(rows):
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        tg.zeros(3, 2).index_add(0, tg.tensor([3] * rows), tg.ones(rows, 2))
