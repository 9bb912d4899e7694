"""What `docs/compared.md` says that each library has or lacks: a small program for each mark in its table.

A mark ✓ says that the program gives the right answer, a dash that it gives an error or another answer, or that there is
nothing of such a name in the library's source.
"""

import functools
import importlib
import re
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "compared.md").read_text(encoding="utf-8")
HEAD, _, *ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\|.*\|$", PAGE, re.M)]
TABLE = {claim: dict(zip(HEAD[1:], marks, strict=True)) for claim, *marks in ROWS}
LINES = "thousand lines of Python, tests not counted"
MODULES = {
    "tinygrad_edu": "tinygrad_edu",
    "PyTorch": "torch",
    "JAX": "jax",
    "HIPS autograd": "autograd",
    "MyGrad": "mygrad",
    "micrograd": "micrograd.engine",
}
NAMESPACES = {"JAX": "jax.numpy", "HIPS autograd": "autograd.numpy"}  # where their functions of arrays are
FUNCTIONAL = {"JAX", "HIPS autograd"}  # grad(f)(x), where the others have y.backward() and x.grad


def gradient(name, f, x):
    """Return the gradient of f(functions, x) with respect to x, as a library computes it."""
    library = importlib.import_module(MODULES[name])
    functions = importlib.import_module(NAMESPACES.get(name, MODULES[name]))
    if name in FUNCTIONAL:
        return np.asarray(library.grad(lambda x: f(functions, x))(functions.array(x)))
    leaf = leaf_of(name, x)
    f(functions, leaf).backward()
    return np.asarray(leaf.grad)


def leaf_of(name, x):
    """Return what a library makes of a number or a list, to be differentiated with respect to."""
    library = importlib.import_module(MODULES[name])
    if name == "micrograd":
        return library.Value(x)
    return library.tensor(x) if name == "MyGrad" else library.tensor(x, requires_grad=True)


def write_into_a_part(functions, x):
    y = x * 1.0
    y[0] = 0.0
    return (y * y).sum()


def go_deep(functions, x):
    for _ in range(5000):
        x = x * 1.0001
    return x


def third_derivative(name, x):
    """Return the third derivative of x⁴."""
    library = importlib.import_module(MODULES[name])
    if name in FUNCTIONAL:
        return library.grad(library.grad(library.grad(lambda x: x**4)))(x)
    leaf = leaf_of(name, x)
    y = leaf**4
    for _ in range(3):
        if hasattr(library, "autograd"):
            (y,) = library.autograd.grad(y, leaf, create_graph=True)
        else:
            y.backward()
            y = leaf.grad
    return y.item()


def use_numpy(_, x):
    return np.exp(np.concatenate([x, x])).sum()


def compiles(name):
    """Tell whether there is a function that makes another one of a function."""
    library = importlib.import_module(MODULES[name])
    make = getattr(library, "jit" if name == "JAX" else "compile")
    return make(go_deep) is not go_deep


def checks_gradients(name):
    """Tell whether a library's own check passes a right gradient, and not a wrong one."""
    if not mentions("gradcheck", "check_grads")(name):
        return False
    if name not in FUNCTIONAL:
        library = importlib.import_module(MODULES[name])
        x = library.tensor(A, dtype=library.float64, requires_grad=True)
        check = library.autograd.gradcheck
        return check(lambda x: x.exp(), [x]) and not check(lambda x: x.detach() * x, [x], raise_exception=False)
    functions = importlib.import_module(NAMESPACES[name])
    check = importlib.import_module(f"{MODULES[name]}.test_util").check_grads
    if name == "JAX":
        check(functions.exp, (functions.array(A),), order=1)
    else:
        check(functions.exp, order=1)(np.array(A))
    return True


def draws(name):
    """Tell whether a library makes a picture of a recorded computation: text for Graphviz."""
    x = leaf_of(name, A)
    if name == "MyGrad":
        drawing = importlib.import_module("mygrad.computational_graph").build_graph((x * x).sum(), names={})
    else:
        drawing = importlib.import_module(MODULES[name]).viz.draw((x * x).sum())
    return "digraph" in drawing.source


@functools.cache
def source_of(name):
    """Return the text of all of a library's files in Python."""
    folder = Path(importlib.import_module(MODULES[name].split(".")[0]).__path__[0])
    files = [path for path in sorted(folder.rglob("*.py")) if "tests" not in path.parts]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


def mentions(*names):
    """Return a claim: a function or class of one of these names is defined in a library."""
    return lambda name: (
        re.search(rf"^ *(?:def|class) (?:{'|'.join(names)})\b", source_of(name), re.MULTILINE) is not None
    )


def needs(name):
    """Return the names of the packages that are installed with a library."""
    lines = metadata.requires({"PyTorch": "torch"}.get(name, MODULES[name].split(".")[0])) or []
    return {re.match(r"[\w-]+", line)[0] for line in lines if "extra ==" not in line}


def has_a_training_kit(name):
    return all(mentions(*names)(name) for names in (("Linear",), ("SGD", "sgd"), ("DataLoader",)))


A = [0.5, 2.0]
CLAIMS = {
    "gradients of arrays": lambda name: np.allclose(gradient(name, lambda _, x: (x * x).sum(), A), [1, 4]),
    "derivatives of any order": lambda name: third_derivative(name, 2.0) == 48,
    "NumPy's own functions": lambda name: np.allclose(gradient(name, use_numpy, A), 2 * np.exp(A)),
    "writing into a part, `y[0] = 0`": lambda name: np.allclose(gradient(name, write_into_a_part, A), [0, 4]),
    "chains of 5,000 operations": lambda name: np.allclose(gradient(name, go_deep, 1.0), 1.0001**5000, rtol=1e-3),
    "complex numbers": lambda name: np.allclose(
        gradient(name, lambda functions, x: functions.real(functions.exp(1j * x)).sum(), A), -np.sin(A)
    ),
    "products along a direction, `jvp`": mentions("jvp", "make_jvp"),
    "many examples at once, `vmap`": mentions("vmap"),
    "compiled programs": compiles,
    "layers, optimizers, data loaders": has_a_training_kit,
    "a check by finite differences": checks_gradients,
    "pictures of the graph": draws,
    "nothing to install but NumPy": lambda name: needs(name) <= {"numpy"},
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the others' own
@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("name", MODULES)
def test_mark(name, claim):
    pytest.importorskip(MODULES[name].split(".")[0], reason=f"{name} is not installed")
    try:
        shown = bool(CLAIMS[claim](name))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        shown = False
    assert TABLE[claim][name] == ("✓" if shown else "–")


@pytest.mark.parametrize("name", MODULES)
def test_lines(name):
    pytest.importorskip(MODULES[name].split(".")[0], reason=f"{name} is not installed")
    said = 1000 * float(TABLE[LINES][name].replace(",", ""))
    assert 0.8 < source_of(name).count("\n") / said < 1.25


def test_every_mark_is_checked():
    assert list(TABLE) == [*CLAIMS, LINES]
    assert all(list(row) == list(MODULES) for row in TABLE.values())
