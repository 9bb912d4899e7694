"""A rule can be watched: it touches arrays by NumPy's functions alone, and numbers by Python's operators alone."""

import copy
import operator
from types import SimpleNamespace

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.optim.rules import OWN, RULES, label
from tinygrad_edu import optim

START = np.array([[0.5, -1.0, 2.0], [0.1, 0.0, 3.0]])
GRADS = [np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]]), np.array([[1.0, 2.0, 0.25], [0.0, -1.0, 1.0]])] * 4


def plain(value):
    """Take the stand-ins away."""
    if isinstance(value, Number | Array):
        return value.value
    if isinstance(value, tuple | list):
        return type(value)(plain(part) for part in value)
    return {key: plain(part) for key, part in value.items()} if isinstance(value, dict) else value


class Number:
    """Stands for a number. Its value is not to be seen; that of an option tells whether there is any."""

    def __init__(self, value, is_option=False):
        self.value, self.is_option = value, is_option

    def __bool__(self):
        assert self.is_option, "a branch on a number that another step would change"
        return bool(self.value)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return Number(getattr(ufunc, method)(*plain(inputs), **plain(options)))

    def item(self):
        """Return one of Python's for one of NumPy's."""
        return Number(self.value.item())


def calculates(name):
    function = getattr(operator, name, None)

    def method(self, *others):
        if name.startswith("__r"):
            return Number(getattr(operator, name.replace("__r", "__", 1))(*plain(others), self.value))
        return (
            NotImplemented
            if any(isinstance(x, Array) for x in others)
            else Number(function(self.value, *plain(others)))
        )

    return method


for name in (
    "add",
    "sub",
    "mul",
    "truediv",
    "pow",
    "radd",
    "rsub",
    "rmul",
    "rtruediv",
    "rpow",
    "abs",
    "neg",
    "lt",
    "gt",
):
    setattr(Number, f"__{name}__", calculates(f"__{name}__"))


class Array(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array."""

    def __init__(self, value):
        self.value, self.shape, self.dtype = value, value.shape, value.dtype

    def item(self):
        return Number(self.value.item())

    def __setitem__(self, index, value):
        self.value[index] = plain(value)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        result = getattr(ufunc, method)(*plain(inputs), **plain(options))
        return options["out"][0] if "out" in options else Array(np.asarray(result))

    def __array_function__(self, function, types, args, options):
        result = function(*plain(args), **plain(options))
        return options.get("out", Array(np.asarray(result)))


def stand_in(option):
    if isinstance(option, tuple | list):
        return tuple(stand_in(part) for part in option)
    return option if isinstance(option, bool | None) else Number(option, is_option=True)


@pytest.mark.parametrize(("name", "options"), RULES + OWN, ids=label)
def test_a_step_is_one_of_functions_and_operators(name, options):
    p = tg.tensor(START.copy(), requires_grad=True)
    optimizer = getattr(optim, name)([p], **options)
    for i, grad in enumerate(GRADS):
        param, state = Array(p.array.copy()), copy.deepcopy(optimizer.state[p])
        if i:
            watched = getattr(optim, name)([tg.ones(1)], **options)
            group = {key: stand_in(option) for key, option in watched.param_groups[0].items() if key != "params"}
            held = {key: SimpleNamespace(array=Array(value.array)) for key, value in state.items()}
            watched.update(param, Array(grad.copy()), held, group)
        p.grad = tg.tensor(grad)
        optimizer.step()
        if i:
            assert param.value.tobytes() == p.array.tobytes()
            for key, value in optimizer.state[p].items():
                assert state[key].array.tobytes() == value.array.tobytes(), key
