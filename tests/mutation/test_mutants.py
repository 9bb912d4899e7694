"""The tool itself: what it changes, what it notices, and that its explanations belong to lines that exist."""

import ast

import pytest

from tests.mutation.__main__ import FOLDER, is_noticed
from tests.mutation.explained import EQUAL
from tests.mutation.mutants import mutants_of

SOURCE = """
def half(x):
    return x / 2

def asked(x):
    return x is None or x == y

def unused(x):
    return x - 1

def rule(a):
    def grad_a(g):
        if a.ndim > 1 and True:
            return half(np.where(a == 0, -g, np.sin(g)))
        return f(a, g) if asked(g) else g.reshape(-1, 2)
    return a, (grad_a,)
"""
CHANGES = {
    ("rule.grad_a", "if a.ndim > 1 and True:"): {
        "if not (a.ndim > 1 and True):",
        "if a.ndim > 1 or True:",
        "if a.ndim >= 1 and True:",
        "if a.ndim > 2 and True:",
        "if a.ndim > 1 and False:",
    },
    ("rule.grad_a", "return half(np.where(a == 0, -g, np.sin(g)))"): {
        "return -half(np.where(a == 0, -g, np.sin(g)))",
        "return half(np.where(a == 0, -g, np.sin(g))) * 1.00001",
        "return half(np.where(a == 0, np.sin(g), -g))",
        "return half(np.where(a != 0, -g, np.sin(g)))",
        "return half(np.where(a == 1, -g, np.sin(g)))",
        "return half(np.where(a == 0, +g, np.sin(g)))",
        "return half(np.where(a == 0, -g, np.cos(g)))",
    },
    ("rule.grad_a", "return f(a, g) if asked(g) else g.reshape(-1, 2)"): {
        "return -(f(a, g) if asked(g) else g.reshape(-1, 2))",
        "return (f(a, g) if asked(g) else g.reshape(-1, 2)) * 1.00001",
        "return f(a, g) if not asked(g) else g.reshape(-1, 2)",
        "return f(g, a) if asked(g) else g.reshape(-1, 2)",
        "return f(a, g) if asked(g) else g.reshape(2, -1)",
        "return f(a, g) if asked(g) else g.reshape(+1, 2)",
        "return f(a, g) if asked(g) else g.reshape(-1, 3)",
    },
    ("asked", "return x is None or x == y"): {"return x is None and x == y", "return x is None or x != y"},
    ("half", "return x / 2"): {
        "return -(x / 2)",
        "return x / 2 * 1.00001",
        "return x * 2",
        "return 2 / x",
        "return x / 3",
    },
}


def test_every_change_of_pullbacks_and_of_the_helpers_they_call():
    found: dict[tuple[str, str], set[str]] = {}
    for mutant in mutants_of(SOURCE):
        assert mutant.after in ast.unparse(mutant.tree)
        found.setdefault((mutant.function, mutant.before), set()).add(mutant.after)
    assert found == CHANGES


def test_a_wrong_sign_is_noticed_and_forgotten():
    path = FOLDER / "arithmetic.py"
    source = path.read_text(encoding="utf-8")
    assert not is_noticed(path, source, "neg.grad_a")
    assert is_noticed(path, source.replace("return -g", "return g"), "neg.grad_a")
    assert not is_noticed(path, source, "neg.grad_a")


@pytest.mark.parametrize("file", sorted({equal.file for equal in EQUAL}))
def test_every_explanation_is_of_a_mutant_that_exists(file):
    """`python -m tests.mutation` tells whether it survives; this tells at once when the line is another by now."""
    keys = [mutant.key for mutant in mutants_of((FOLDER / file).read_text(encoding="utf-8"))]
    for equal in EQUAL:
        for after in equal.after if equal.file == file else ():
            assert keys.count((equal.function, equal.before, after)) == 1
