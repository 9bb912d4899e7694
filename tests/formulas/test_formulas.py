"""The registry's formulas as mathematics: read, written, and with a reader's names in them."""

import itertools
import random
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.table import draw
from tinygrad_edu.engine.op import OPS
from tinygrad_edu.formulas import (
    derivative,
    formula,
    input_names,
    kind,
    parse,
    share_formula,
    to_mathml,
    to_text,
    value_formula,
)
from tinygrad_edu.formulas.rules import own_symbols
from tinygrad_edu.formulas.trees import Words, walk

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
    "aᵇ⁻¹": "aᵇ⁻¹",
    "a^(b c)": "a^(b c)",
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


KINDS = {
    "g b": "mathematics",
    "y = a / b": "mathematics",
    "yₜ = f(zₜ), zₜ = a": "mathematics",
    "g / n, repeated": "mixed",
    "y @ yᵀ = a, y lower triangular": "mixed",
    "y = the largest a": "words",
    "g at the place": "words",
}


@pytest.mark.parametrize("text", KINDS)
def test_kind(text):
    assert kind(parse(text)) == KINDS[text]


PIECES = [
    *"abgyi2 ,()[]|⌊⌋²ᵀᵢ₋₁⁻¹Σ√+-±·@/=≤^~…′",
    "word ",
    "where ",
    "else ",
    "exp",
    "max ",
    "0.5",
    "==",
    "not ",
    "and ",
]


def test_any_text_can_be_read():
    """A text without sense is words; one that is read as mathematics is read the same again."""
    draw = random.Random(3)
    for _ in range(2000):
        text = "".join(draw.choices(PIECES, k=draw.randrange(14)))
        tree = parse(text)
        ET.fromstring(to_mathml(tree))
        if not any(isinstance(part, Words) for part in walk(tree)) and "ᵀ" not in text:
            assert parse(to_text(tree)) == tree, text


@pytest.mark.parametrize(
    "piece", ["(", "(a ", "a + ", "-", "√", "|", "Σ", "f(", "a where b, ", "log ", "x^", "a[", "((a) "]
)
def test_a_silly_text_is_read_soon(piece):
    for count in (200, 20_000):
        began = time.process_time()
        to_mathml(parse(piece * count))
        assert time.process_time() - began < 2


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


def test_inputs_have_the_names_of_the_rule():
    assert input_names(OPS["mul"], 2) == ["a", "b"]
    assert input_names(OPS["convolution"], 2) == ["x", "w"]
    assert input_names(OPS["stack"], 3) == ["a₀", "a₁", "a₂"]


SHAPED = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}


@pytest.mark.parametrize(
    ("name", "inputs", "params", "expected"),
    [
        ("leaky_relu", ["x"], {}, "out = x where x > 0, else 0.01 · x"),
        ("leaky_relu", ["x"], {"negative_slope": 0.2}, "out = x where x > 0, else 0.2 · x"),
        ("leaky_relu", ["x"], None, "out = x where x > 0, else negative_slope · x"),
        ("softplus", ["x"], {"beta": 2.0}, "out = log(1 + exp(2 · x)) / 2"),
        ("clip", ["x"], {"min": -1.0}, "out = min(max(x, -1), ∞)"),
        ("getitem", ["x"], {"index": (slice(1, 3), 0)}, "out = x[1:3, 0]"),
        ("getitem", ["x"], {"index": 0}, "out = x[0]"),
        ("getitem", ["x"], {"index": slice(None, 2)}, "out = x[:2]"),
        ("setitem", ["x", "5"], {"index": 0}, "out = x, then out[0] = 5"),
        ("setitem", ["x", "5"], {"index": 0, "overwrite": True}, "out[0] = 5"),
        ("concatenate", ["u", "v"], {"axis": 0}, "out = [u, v], one after the other"),
        ("einsum", ["u", "v"], {"subscripts": "ij,jk->ik"}, "out[i, k] = Σⱼ uᵢⱼ · vⱼₖ"),
        ("einsum", ["u"], {"subscripts": "gy->"}, "out = Σᵢⱼ uᵢⱼ"),
        ("convolution", ["x", "w"], SHAPED, "out[n, o, p] = Σ[c, i] x[n, c, s p + d i] · w[o, c, i]"),
    ],
)
def test_parameters_and_what_is_left_out(name, inputs, params, expected):
    assert value_formula(OPS[name], inputs, "out", params).text == expected


def test_share_of_an_input_of_einsum():
    share = share_formula(OPS["einsum"], 1, ["u", "v"], "c", params={"subscripts": "ij,jk->ik"})
    assert share.text == "share of vⱼₖ = Σᵢ dL/dc[i, k] · uᵢⱼ"


NAMES = ["a", "b", "g", "y", "i", "j", "k", "n", "p", "s", "t", "w", "x", "z", "hidden.weight", "-3.0"]


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_no_letter_of_a_formula_is_a_name_of_the_readers(op):
    """Whatever inputs and output are called: each of the names stands where its symbol stood, and nowhere else."""
    count = len(input_names(op, 2))
    for start, step in itertools.product(range(len(NAMES)), (1, 3)):
        names = [NAMES[(start + k * step) % len(NAMES)] for k in range(count + 1)]
        *inputs, output = names
        own = formula(op)
        theirs = value_formula(op, inputs, output)
        for symbol, name in zip([*input_names(op, count), "y"], names, strict=True):
            if op.name not in ("concatenate", "stack", "einsum"):  # whose arrays have one name together
                assert count_of(theirs.tree, name) == count_of(own.tree, symbol)


def count_of(tree, text):
    return sum(getattr(part, "text", None) == text and not isinstance(part, Words) for part in walk(tree))


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_mathml_is_well_formed_and_says_the_text(op):
    shown = [formula(op), *(derivative(op, index) for index in range(len(op.derivative or ())))]
    for one in shown:
        if one is not None:
            math = ET.fromstring(one.mathml)
            assert math.tag == "math"
            assert math.get("alttext") == one.text
            ET.fromstring(f"<p>{one.html}</p>")


@pytest.mark.parametrize("name", ["</mi><script>alert(1)</script>", '"&lt;', "dL/d<b>", "\u202eabc", "-<i>"])
def test_names_do_no_harm(name):
    one = value_formula(OPS["mul"], [name, "x"], name)
    for text in (one.mathml, one.html):
        math = ET.fromstring(text)
        assert {part.tag for part in math.iter()} <= {"math", "mrow", "mi", "mo", "mn", "mfrac", "mspace"}
        assert name.removeprefix("dL/d") in [part.text for part in math.iter()]


def test_a_negative_number_and_a_derivative_are_drawn_as_what_they_are():
    drawn = share_formula(OPS["mul"], 0, ["w", "-3.0"], "h").mathml
    assert "<mfrac>" in drawn
    assert "<mo>−</mo><mn>3.0</mn>" in drawn
    assert "<mo>(</mo>" in drawn
    assert "<msub><mi>h</mi><mn>12</mn></msub>" in value_formula(OPS["neg"], ["h₁₂"], "y").mathml


def test_a_derivative_is_spelt_as_in_text():
    drawn = share_formula(OPS["mul"], 0, ["w", "x"], "mul₁").mathml
    assert "d</mi><mo>(</mo><msub><mi>mul</mi><mn>1</mn></msub><mo>)</mo></mrow></mfrac>" in drawn
    drawn = share_formula(OPS["mean"], 0, ["x"], "y", params={}, shapes=[(2, 2)]).mathml
    assert drawn.count("<mfrac>") == 1  # no fraction in a fraction
    assert "</mfrac><mo>/</mo><mi>4</mi>" in drawn.replace("<mn>4</mn>", "<mi>4</mi>")
    share = share_formula(OPS["einsum"], 0, ["u", "v"], "out₁", params={"subscripts": "ij,jk->ik"})
    assert "<mn>1</mn></msub><mo>[</mo><mi>i</mi><mo>,</mo><mi>k</mi><mo>]</mo>" in share.mathml


def test_the_right_side_with_numbers():
    share = share_formula(OPS["div"], 1, ["a", "b"], "c")
    numbers = share_formula(OPS["div"], 1, ["6.0", "-2.0"], "c", upstream="0.5")
    assert f"{share.text} = {numbers.right.text}" == "share of b = -dL/dc · a / b² = -0.5 · 6.0 / (-2.0)²"
    assert value_formula(OPS["mean"], ["a"], "c").right.text == "Σ a / n"


def is_of_numbers(op, inputs):
    return all(isinstance(x, np.ndarray | float) for x in inputs) and np.broadcast(*inputs).size


@pytest.mark.parametrize("op", [op for op in OPS.values() if formula(op).elementwise], ids=lambda op: op.name)
def test_an_elementwise_formula_is_one_of_each_element(op):
    for sample in op.samples:
        inputs = draw(op, sample)
        if is_of_numbers(op, inputs):
            whole = op(*inputs, **sample.params)
            one = op(*(x.flat[-1] for x in np.broadcast_arrays(*inputs)), **sample.params)
            np.testing.assert_allclose(whole.flat[-1], one, rtol=1e-13)


def test_which_formulas_are_elementwise():
    found = {op.name for op in OPS.values() if formula(op).elementwise}
    assert {"mul", "tanh", "relu", "where", "clip", "maximum", "log2", "floor"} <= found
    assert not found & {
        "sum",
        "max",
        "matmul",
        "inv",
        "softmax",
        "cumsum",
        "getitem",
        "transpose",
        "standardize",
        "linear",
    }


def test_a_parameter_decides_between_cases_and_an_exponent_is_worked_out():
    mean = value_formula(OPS["softmax_cross_entropy"], ["z", "t"], "loss", {"mean": True})
    assert mean.text == "loss = Σₙ rₙ / N, rₙ = log(Σₖ exp(zₙₖ)) - z[n, tₙ]"
    share = share_formula(OPS["softmax_cross_entropy"], 0, ["z", "t"], "loss", params={})
    assert share.text == "share of z = dL/dloss · (softmax(z) - onehot(t))"
    for exponent, expected in {"2": "2 · x", "3.0": "3.0 · x²", "-1": "(-1) · x^(-2)", "n": "n · x^(n - 1)"}.items():
        assert share_formula(OPS["pow"], 0, ["x", exponent], "p").text == f"share of x = dL/dp · {expected}"


@pytest.mark.parametrize(
    ("name", "shape", "params", "expected"),
    [
        ("mean", (3, 4), {}, "y = Σ x / 12"),
        ("mean", (3, 4), {"axis": -1}, "y = Σ x / 4"),
        ("mean", (), {"axis": 0}, "y = Σ x / 1"),
        ("var", (2, 3, 2), {"axis": (0, 2), "ddof": 1}, "y = Σ (x - mean(x))² / (4 - 1)"),
        ("cumsum", (3,), {"axis": 0}, "yᵢ = x₀ + … + xᵢ"),
    ],
)
def test_sizes(name, shape, params, expected):
    assert value_formula(OPS[name], ["x"], "y", params, [shape]).text == expected


def test_the_number_of_rows_of_a_loss():
    op = OPS["softmax_cross_entropy"]
    share = share_formula(op, 0, ["z", "t"], "loss", params={"mean": True}, shapes=[(5, 3), (5,)])
    assert share.text == "share of z = (dL/dloss / 5) (softmax(z) - onehot(t))"
    last = share_formula(OPS["cumsum"], 0, ["x"], "y", params={"axis": 0}, shapes=[(3,)])
    assert last.text == "share of x = dL/dy[i] + … + dL/dy[n]"
