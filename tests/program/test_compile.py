"""What can be compiled, how it is called, and what PyTorch's programs pass."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.compiled_steps import RNG, batches, mlp
from tinygrad_edu import nn
from tinygrad_edu.program.compile import compile


def test_arguments_of_all_kinds() -> None:
    @compile
    def mixed(pair: Any, factor: float, *, names: dict[str, Any], flag: bool = True) -> Any:
        a, b = pair
        result = a * factor + names["shift"]
        return {"sum": result, "rest": [b if flag else -b, "text"]}

    for factor in (2.0, 3.0, 2.0, 2.0):
        for flag in (True, False):
            shift = tg.tensor([factor])
            got = mixed((tg.ones(2), np.arange(3.0)), factor, names={"shift": shift}, flag=flag)
            assert got["sum"].tolist() == [2 * factor, 2 * factor]
            assert got["rest"][0].tolist() == ([0, 1, 2] if flag else [0, -1, -2])
            assert got["rest"][1] == "text"


def test_a_model_as_an_argument() -> None:
    @compile
    def forward(model: Any, x: Any) -> Any:
        return model(x).detach()

    x = tg.ones(2, 6)
    for model in [mlp(), mlp()] * 3:
        np.testing.assert_array_equal(forward(model, x).array, model(x).array)


def test_a_method() -> None:
    class Scale:
        def __init__(self, factor: float) -> None:
            self.factor = tg.tensor(factor)

        @compile
        def apply(self, x: Any) -> Any:
            return self.factor * x

    one, two = Scale(1.0), Scale(2.0)
    for _ in range(4):
        assert one.apply(tg.ones(1)).item() == 1
        assert two.apply(tg.ones(1)).item() == 2


def test_many_kinds_of_arguments_end_at_the_engine() -> None:
    double = compile(lambda x: x * 2)
    with pytest.warns(UserWarning, match="programs"):
        for n in range(1, 30):
            assert double(tg.ones(n)).sum().item() == 2 * n


def test_gradients_of_functions_of_arrays() -> None:
    slope = compile(tg.func.grad(lambda x: (np.sin(x) ** 2).sum()))
    for _ in range(4):
        x = RNG.normal(size=5)
        np.testing.assert_allclose(slope(x), np.sin(2 * x))


def test_a_compiled_function_inside_of_another() -> None:
    model = mlp()
    inner = compile(lambda x: model(x))
    outer = compile(lambda x: inner(x).sum().detach())
    for x, _ in batches(4, 8, 6):
        np.testing.assert_array_equal(outer(x).array, model(x).sum().array)


def test_a_module() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5))
    compiled = compile(model)
    assert isinstance(compiled, nn.Sequential)
    assert compiled.state_dict().keys() == model.state_dict().keys()
    assert [*compiled.parameters()] == [*model.parameters()]
    assert compiled[0] is model[0]
    x = batches(1, 3, 6)[0][0]
    compiled.eval()
    assert not model.training
    with tg.no_grad():
        for _ in range(3):
            np.testing.assert_array_equal(compiled(x).array, model(x).array)
        assert len(compiled.programs.ready) == 1
        model.load_state_dict({key: value * 2 for key, value in model.state_dict().items()})
        np.testing.assert_array_equal(compiled(x).array, model(x).array)
    twin = copy.deepcopy(compiled)
    twin[0].weight.data.fill_(0)
    assert model[0].weight.array.any()
    with tg.no_grad():
        np.testing.assert_array_equal(twin(x).array, np.broadcast_to(model[0].bias.array, (3, 4)))


def test_what_pytorchs_compile_takes() -> None:
    @compile(fullgraph=True, mode="reduce-overhead", dynamic=False, backend="inductor")
    def double(x: Any) -> Any:
        return x * 2

    assert double(tg.ones(2)).tolist() == [2, 2]
    assert double.__name__ == "double"
    assert compile(math.sqrt, disable=True) is math.sqrt
    with pytest.raises(TypeError, match="unknown settings: fulgraph"):
        compile(math.sqrt, fulgraph=True)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="expected a function or a Module"):
        compile(3)  # type: ignore[type-var]
