"""Printed source as a text: names, headings, layout."""

import ast
import builtins
import functools
import keyword
import subprocess

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.steps import STEPS, Classifier, floats, prepared
from tests.program.test_source import FUNCTIONS
from tinygrad_edu import func, nn
from tinygrad_edu.program.printing import headings

CLASSIFIER = '''\
import numpy as np


def step(x, y, hidden_weight, hidden_bias, out_weight, out_bias):
    """Compute loss. Arrays with a * are changed in place.

    x (5, 4), y (5,) int64, hidden_weight* (8, 4), hidden_bias* (8,), out_weight* (3, 8), out_bias* (3,)
    """
    # linear: z = x @ hidden_weightᵀ + hidden_bias
    z = x @ hidden_weight.T + hidden_bias
    # relu: h = max(z, 0)
    h = np.maximum(z, 0)
    # linear: logits = h @ out_weightᵀ + out_bias
    logits = h @ out_weight.T + out_bias
    # softmax_cross_entropy: loss = Σₙ rₙ / N, rₙ = log(Σₖ exp(logits[n, k])) - logits[n, yₙ]
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - shifted[np.arange(len(x)), y]).sum() / len(x)

    # gradient of logits through softmax_cross_entropy: (1 / N) (softmax(logits) - onehot(y))
    d_logits = 1 / len(x) * (exponentials / total - (y[:, None] == np.arange(3)))
    # gradient of h through linear: d_logits @ out_weight
    d_h = d_logits @ out_weight
    # gradient of out_weight through linear: d_logitsᵀ @ h
    d_out_weight = d_logits.T @ h
    # gradient of out_bias through linear: Σₙ d_logits[n, j]
    d_out_bias = d_logits.sum(axis=0)
    # gradient of z through relu: d_h where z > 0, else 0
    d_z = d_h * (h != 0).astype(np.float32)
    # gradient of hidden_weight through linear: d_zᵀ @ x
    d_hidden_weight = d_z.T @ x
    # gradient of hidden_bias through linear: Σₙ d_z[n, j]
    d_hidden_bias = d_z.sum(axis=0)

    # update
    hidden_weight -= 0.1 * d_hidden_weight
    hidden_bias -= 0.1 * d_hidden_bias
    out_weight -= 0.1 * d_out_weight
    out_bias -= 0.1 * d_out_bias

    return loss
'''


def printed(name):
    if name in FUNCTIONS:
        f, args, *rest = FUNCTIONS[name]
        return func.source(f, *args, **(rest[0] if rest else {}))
    _, _, step, batch = prepared(name)
    return func.source(step, *map(tg.tensor, batch(5, seed=1)))


def test_a_step_reads_like_a_textbook():
    assert printed("sgd") == CLASSIFIER


def test_a_function_is_one_line():
    assert printed("one expression").splitlines()[-1] == "    return (np.tanh(w) ** 2).sum()"


@pytest.mark.parametrize("name", [*STEPS, *FUNCTIONS])
def test_names_are_names(name):
    function = ast.parse(printed(name)).body[-1]
    arguments = [x.arg for x in function.args.args]
    assigned = [x.id for x in ast.walk(function) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)]
    assert len(set(arguments)) == len(arguments)
    forbidden = {*dir(builtins), *keyword.kwlist, "np", "math", function.name} - {"_"}
    assert not {*arguments, *assigned} & forbidden
    changed = {getattr(x.target, "id", "") for x in ast.walk(function) if isinstance(x, ast.AugAssign)}
    once = [x for x in assigned if x not in {"_", *changed}]
    assert len(set(once)) == len(once)  # no name is given twice


def test_a_reader_s_names_come_first_but_do_not_hide_python_s():
    def f(input, sum):
        np = input + sum
        lambda_ = tg.exp(np)
        return lambda_ * np

    text = func.source(f, tg.ones(2), tg.ones(2))
    assert "def f(input_, sum_):" in text
    assert "    np_ = input_ + sum_\n    lambda_ = np.exp(np_)\n    return lambda_ * np_\n" in text


def test_a_gradient_is_named_after_what_it_is_of():
    def f(w, x):
        y = w * x
        z = tg.sin(y) + y
        return z.sum()

    text = func.source(func.grad(f), floats(3), floats(3))
    assert "d_y" in text and "d_w" in text and "# gradient of y: added up" in text


def test_layers_without_names_are_numbered():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    text = func.source(lambda x: model(x), tg.ones(3, 2))
    assert "def f(x, layer0_weight, layer0_bias, layer1_weight, layer1_bias):" in text


def test_an_index_that_is_given_has_its_name():
    table = tg.ones(5, 3, requires_grad=True)
    text = func.source(func.grad(lambda table, rows: (table[rows] ** 2).sum()), table, np.array([0, 4, 1]))
    assert "np.add.at(put, rows, " in text


def test_an_index_is_written_as_between_brackets():
    text = func.source(func.grad(lambda x: (nn.ReflectionPad1d((1, 0))(x) ** 2).sum()), floats(3, 4))
    assert "picked = x[:, np.array([1, 0, 1, 2, 3], np.int64)].copy()\n" in text
    assert "np.s_[:, np.array([1, 0, 1, 2, 3], np.int64)]" in text


def test_what_is_called_gives_its_name():
    def summed(model, x):
        return model(x).sum()

    model = Classifier()
    parameters = "hidden_weight, hidden_bias, out_weight, out_bias):"
    assert f"def classifier(x, {parameters}" in func.source(model, tg.ones(3, 4))
    assert f"def summed(x, {parameters}" in func.source(summed, model, tg.ones(3, 4))
    assert f"def summed(x, {parameters}" in func.source(functools.partial(summed, model), tg.ones(3, 4))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*STEPS, *FUNCTIONS])
def test_it_is_formatted_as_ruff_does(name):
    text = printed(name)
    command = ["ruff", "format", "--isolated", "--line-length=120", "-"]
    assert subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout == text
    command = ["ruff", "check", "--isolated", "--line-length=120", "--select=E,W,F", "-"]
    found = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


FIRST, SECOND, THIRD, FOURTH, FIFTH = (np.ones(2) for _ in range(5))


def test_what_a_function_refers_to_comes_in_the_order_in_which_it_does():
    text = func.source(lambda x: x * FIFTH * FIRST + FOURTH * SECOND - THIRD, np.ones(2))
    assert "def f(x, FIFTH, FIRST, FOURTH, SECOND, THIRD):" in text


def test_a_rule_that_another_one_uses_has_no_part_of_its_own():
    text = printed("batch norm")
    assert "    deviation = z - z.sum(axis=0, keepdims=True) / len(x)\n" in text
    assert text.count("    # standardize: ") == 1


def test_what_is_turned_twice_or_only_asked_for_its_shape_is_not_there():
    text = func.source(func.grad(lambda x, w: (x @ w.T).tanh().sum()), floats(2, 3), floats(4, 3))
    assert ".T.T" not in text and "sum(" not in text
    assert "d_product @ w" in text
    text = func.source(lambda x: x.transpose(0, 1).mT.swapaxes(-1, 0).T, tg.ones(2, 3))
    assert text.endswith("    return x\n")
    text = func.source(lambda x: x.transpose(0, 1).mT.swapaxes(-1, 0), tg.ones(2, 3, 4))
    assert not text.endswith("    return x\n")


@pytest.mark.parametrize(
    "formula, shorter",
    [
        ("y = (p · 1.0) @ v, p = softmax((0.5 · q) @ kᵀ + 0.0)", "y = p @ v, p = softmax((0.5 · q) @ kᵀ)"),
        ("1 · (1 - h²)", "(1 - h²)"),
        ("x · 10 + 0.01 + 0", "x · 10 + 0.01"),
        ("2 / 1 · b", "2 / 1 · b"),
        ("a · 1² + 0.0 · b", "a · 1² + 0.0 · b"),
    ],
)
def test_what_changes_nothing_is_left_out_of_a_heading(formula, shorter):
    assert headings.shortened("it", formula) == f"it: {shorter}"
