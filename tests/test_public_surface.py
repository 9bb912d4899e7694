"""What a user can import: the names are exported, documented, and quick to load."""

import importlib
import inspect
import pydoc
import subprocess
import sys
import types
from typing import TypeVar

import numpy as np
import pytest

import tinygrad_edu as tg

MODULES = [
    "tinygrad_edu",
    "tinygrad_edu.autograd",
    "tinygrad_edu.data",
    "tinygrad_edu.distributions",
    "tinygrad_edu.func",
    "tinygrad_edu.interop",
    "tinygrad_edu.interop.onnx",
    "tinygrad_edu.interop.torch",
    "tinygrad_edu.labs",
    "tinygrad_edu.linalg",
    "tinygrad_edu.nn",
    "tinygrad_edu.nn.functional",
    "tinygrad_edu.ops",
    "tinygrad_edu.optim",
    "tinygrad_edu.special",
    "tinygrad_edu.training",
    "tinygrad_edu.utils.data",
    "tinygrad_edu.vision",
    "tinygrad_edu.viz",
]
FILES = [
    "tinygrad_edu.autograd.functional",
    "tinygrad_edu.distributed",
    "tinygrad_edu.interop.safetensors",
    "tinygrad_edu.nn.init",
    "tinygrad_edu.nn.utils",
    "tinygrad_edu.nn.utils.parametrize",
    "tinygrad_edu.nn.utils.rnn",
    "tinygrad_edu.optim.lr_scheduler",
    "tinygrad_edu.optim.swa_utils",
]
"""Modules that hold what they export, beside helpers that they import."""


@pytest.mark.parametrize("name", MODULES + FILES)
def test_everything_exported_exists_and_is_documented(name):
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        thing = getattr(module, public)
        if isinstance(thing, type | types.FunctionType | types.ModuleType):
            assert thing.__doc__, f"{name}.{public} has no docstring"
        if isinstance(thing, type):
            methods = [key for key in dir(thing) if not key.startswith("_") and callable(getattr(thing, key))]
            # getdoc: what a method overrides may document it
            missing = [key for key in methods if key not in tg.ops.OPS and not inspect.getdoc(getattr(thing, key))]
            assert missing == [], f"methods of {name}.{public} have no docstring"


@pytest.mark.parametrize("name", MODULES + FILES)
def test_everything_public_is_exported(name):
    module = importlib.import_module(name)
    home = name if name in FILES else "tinygrad_edu"
    public = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and (getattr(value, "__module__", None) or "").startswith(home)
        and not isinstance(value, types.ModuleType | TypeVar)
    }
    assert public <= set(module.__all__)


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


def test_dir_shows_the_public_names_alone():
    assert dir(tg) == sorted([*tg.__all__, "__version__"])


@pytest.mark.parametrize("name", [*MODULES, *FILES, "tinygrad_edu.Tensor", "tinygrad_edu.nn.Module"])
def test_help_shows_the_arguments_of_every_callable(name):
    holder = pydoc.locate(name)
    names = getattr(holder, "__all__", None) or [key for key in dir(holder) if not key.startswith("_")]
    for public in names:
        thing = getattr(holder, public)
        if thing is np.dtype:
            continue  # NumPy's own, which has a signature from 2.4 on
        if callable(thing) and not (isinstance(thing, type) and issubclass(thing, Exception)):  # Python's have none
            arguments = [key for key in inspect.signature(thing).parameters if key != "self"]
            assert arguments != ["args", "kwargs"] or public in ("Identity", "forward"), public  # these take anything
            assert pydoc.render_doc(thing), public


@pytest.mark.parametrize(
    "function, arguments",
    [
        (tg.exp, ["a"]),
        (tg.matmul, ["a", "b"]),
        (tg.ops.clip, ["a", "min", "max"]),
        (tg.Tensor.exp, ["a"]),
        (tg.tensor(1.0).pow, ["b"]),
        (tg.Tensor.add_, ["input", "other", "alpha"]),
        (tg.tensor(1.0).exp_, []),
        (tg.sum, ["input", "dim", "keepdim", "dtype"]),
        (tg.nn.Linear, ["in_features", "out_features", "bias", "device", "dtype", "generator"]),
    ],
)
def test_a_signature_names_the_arguments(function, arguments):
    assert list(inspect.signature(function).parameters) == arguments


def test_help_of_an_operation_shows_its_formula_and_its_gradient():
    text = pydoc.plain(pydoc.render_doc(tg.exp))
    assert "exp(a)" in text and "Value: y = exp(a)" in text and "Gradient: g y" in text


UNTYPED = {
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "atleast_1d", "atleast_2d", "atleast_3d",
    "compile", "load", "max", "median", "min", "nonzero", "unique", "unique_consecutive",
}  # fmt: skip
"""Functions whose arguments decide what they return; `max`, `min`, `median` and `compile` say so in overloads."""


@pytest.mark.parametrize("name", ["tinygrad_edu", "tinygrad_edu.nn.functional", "tinygrad_edu.linalg"])
def test_functions_say_what_they_return(name):
    module = importlib.import_module(name)
    functions = {key: getattr(module, key) for key in module.__all__}
    untyped = {key for key, f in functions.items() if getattr(f, "__annotations__", {}).get("return") == "Any"}
    assert untyped <= UNTYPED
