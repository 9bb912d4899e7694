"""The registry's formulas as mathematics: read, written, and with a reader's names in them."""

import pytest

from tinygrad_edu.engine.op import OPS
from tinygrad_edu.viz.formulas import kind, parse, share_formula, to_text, value_formula
from tinygrad_edu.viz.formulas.rules import own_symbols

TEXTS = {
    f"{op.name} {place}": (op, text)
    for op in OPS.values()
    for place, text in enumerate((op.formula, *(op.derivative or ())))
    if text != "-"
}


@pytest.mark.parametrize(("op", "text"), TEXTS.values(), ids=TEXTS)
def test_every_text_reads_the_same_when_it_is_written_again(op, text):
    tree = parse(text, own_symbols(op))
    assert parse(to_text(tree), own_symbols(op)) == tree


PRECEDENCE = {
    "a b / c": "a b / c",
    "a / (b c)": "a / (b c)",
    "-a²": "-a²",
    "(-a)²": "(-a)²",
    "(a + b) c": "(a + b) c",
    "((a)) + ((b))": "a + b",
    "a - (b - c)": "a - (b - c)",
    "aᵇ⁻¹": "a^(b - 1)",
    "log a": "log(a)",
    "Σ a b + c": "Σ a b + c",
    "(Σ a) b": "(Σ a) b",
    "(Σ a) / n": "(Σ a) / n",
    "|a| / |b|": "|a| / |b|",
    "y = a | b": "y = a | b",
    "y = a where a > 0, else b": "y = a where a > 0, else b",
    "aᵀ @ (b + c)": "aᵀ @ (b + c)",
}


@pytest.mark.parametrize("text", PRECEDENCE)
def test_parentheses_stand_where_the_tree_needs_them(text):
    assert to_text(parse(text)) == PRECEDENCE[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("g b", "mathematics"),
        ("y = a / b", "mathematics"),
        ("g / n, repeated", "mixed"),
        ("y = the largest a", "words"),
    ],
)
def test_kind(text, expected):
    assert kind(parse(text)) == expected


@pytest.mark.parametrize(
    ("name", "inputs", "output", "expected"),
    [
        ("mul", ["w", "x"], "h", "h = w · x"),
        ("mul", ["hidden.weight", "x"], "h", "h = hidden.weight · x"),
        ("mul", ["w", "-3.0"], "h", "h = w · (-3.0)"),
        ("mul", ["2.0", "3.0"], "y", "y = 2.0 · 3.0"),
        ("sub", ["w", "-3.0"], "h", "h = w - (-3.0)"),
        ("div", ["a + b", "a / b"], "c", "c = (a + b) / (a / b)"),
    ],
)
def test_value_in_the_readers_words(name, inputs, output, expected):
    assert value_formula(OPS[name], inputs, output).text == expected


@pytest.mark.parametrize(
    ("name", "index", "inputs", "output", "expected"),
    [
        ("mul", 0, ["w", "x"], "h", "share of w = dL/dh · x"),
        ("div", 1, ["w", "-3.0"], "h", "share of -3.0 = -dL/dh · w / (-3.0)²"),
        ("cumsum", 0, ["i"], "n", "share of i = dL/dn[j] + … + dL/dn[o]"),
    ],
)
def test_share_in_the_readers_words(name, index, inputs, output, expected):
    assert share_formula(OPS[name], index, inputs, output).text == expected


def test_an_input_without_a_gradient_has_no_share():
    assert share_formula(OPS["where"], 0, ["c", "a", "b"], "y") is None
    assert share_formula(OPS["eq"], 0, ["a", "b"], "y") is None
