"""What a user can import: the names are exported, documented, and quick to load."""

import importlib
import subprocess
import sys
import types

import pytest

import tinygrad_edu as tg

MODULES = ["tinygrad_edu", "tinygrad_edu.ops", "tinygrad_edu.autograd", "tinygrad_edu.nn", "tinygrad_edu.optim"]


@pytest.mark.parametrize("name", MODULES)
def test_everything_exported_exists_and_is_documented(name):
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        thing = getattr(module, public)
        if isinstance(thing, type | types.FunctionType | types.ModuleType):
            assert thing.__doc__, f"{name}.{public} has no docstring"


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_exported(name):
    module = importlib.import_module(name)
    public = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and getattr(value, "__module__", "").startswith("tinygrad_edu")
        and not isinstance(value, types.ModuleType)
    }
    assert public <= set(module.__all__)


def test_methods_of_a_tensor_are_documented():
    missing = [
        name
        for name in dir(tg.Tensor)
        if not name.startswith("_")
        and callable(getattr(tg.Tensor, name))
        and not getattr(getattr(tg.Tensor, name), "__doc__", None)
        and name not in tg.ops.OPS  # an operation's formula is its documentation
    ]
    assert missing == []


def test_import_needs_numpy_and_the_standard_library_alone():
    code = (
        "import sys, tinygrad_edu\n"
        "roots = {name.split('.')[0] for name in sys.modules}\n"
        "print(*sorted(roots & {'tqdm', 'graphviz', 'torch', 'matplotlib', 'scipy', 'PIL', 'pytest'}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_lazy_modules_and_unknown_names():
    assert tg.viz.__name__ == "tinygrad_edu.viz"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tg.nonsense
