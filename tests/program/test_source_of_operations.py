"""Every operation, on every one of its samples, can be printed: its value, and the gradients of its inputs."""

import ast
from types import MappingProxyType

import numpy as np
import pytest

from tests.program.steps import loaded, parameters
from tests.program.test_every_operation import arrays_of, there_and_back
from tests.table import every_sample
from tinygrad_edu import func
from tinygrad_edu.program.comparing import same


@pytest.mark.parametrize(**every_sample(rest_is_slow=True))
def test_what_is_printed_runs_on_other_data(op, sample):
    function = there_and_back(op, MappingProxyType(sample.params))  # as they are: an index is no part of it
    first, other = (arrays_of(op, sample, seed, np.float32) for seed in (0, 1))
    text = func.source(function, *first)
    assert ast.parse(text).body[-1].name == "function"
    given = [x for x in other if isinstance(x, np.ndarray)]
    if len(parameters(text)) > len(given):  # with a constant that is too long to be written out
        return
    ours, engine = loaded(text)(*given), function(*other)
    assert len(ours) == len(engine)
    for mine, theirs in zip(ours, engine, strict=True):
        assert mine is None if theirs is None else same(mine, np.asarray(theirs))
