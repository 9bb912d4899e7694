"""Tensors over the memory of something else."""

import array

import numpy as np
import pytest

import tinygrad_edu as tg

DATA = bytes(range(1, 13))
CASES = {
    "all": ({"dtype": "int16"}, np.frombuffer(DATA, np.int16)),
    "some": ({"dtype": "int16", "count": 2}, np.frombuffer(DATA, np.int16)[:2]),
    "later ones": ({"dtype": "int32", "offset": 4}, np.frombuffer(DATA, np.int32)[1:]),
    "with a rest": ({"dtype": "int64", "count": 1, "offset": 3}, np.frombuffer(DATA[3:11], np.int64)),
    "floats": ({"dtype": "float32"}, np.frombuffer(DATA, np.float32)),
}
REFUSALS = {
    "nothing": (b"", {"dtype": "int16"}),
    "count of 0": (DATA, {"dtype": "int16", "count": 0}),
    "too many": (DATA, {"dtype": "int16", "count": 7}),
    "offset at the end": (DATA, {"dtype": "int16", "offset": 12}),
    "negative offset": (DATA, {"dtype": "int16", "offset": -2}),
    "half a number": (DATA, {"dtype": "int16", "offset": 1}),
}


def call(library, data, options):
    return library.frombuffer(data, **{**options, "dtype": getattr(library, options["dtype"])})


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    options, expected = CASES[name]
    found = call(tg, bytearray(DATA), options)
    np.testing.assert_array_equal(found.numpy(), expected)
    assert found.dtype == expected.dtype


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    with pytest.raises(ValueError, match="frombuffer: "):
        call(tg, *REFUSALS[name])


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:The given buffer is not writable")
@pytest.mark.parametrize("name", [*CASES, *REFUSALS])
def test_as_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")
    if name in CASES:
        found, expected = (call(library, bytearray(DATA), CASES[name][0]).numpy() for library in (tg, torch))
        np.testing.assert_array_equal(found, expected)
    else:
        with pytest.raises(ValueError):  # the words are our own
            call(torch, *REFUSALS[name])


def test_the_memory_is_shared():
    data = array.array("f", [1.0, 2.0])
    x = tg.frombuffer(data, dtype=tg.float32)
    x[0] = 5
    assert data[0] == 5
    data[1] = 7
    assert x.tolist() == [5.0, 7.0]
    assert tg.frombuffer(data, dtype=tg.float32, requires_grad=True).requires_grad
    with pytest.raises(tg.GraphError, match="read-only"):
        tg.frombuffer(DATA, dtype=tg.uint8)[0] = 1
