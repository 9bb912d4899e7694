"""`explain`: the worked example in words, and its numbers beside `.grad`."""

import ast
import re
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, tracked
from tinygrad_edu import viz
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.op import OPS, Sample
from tinygrad_edu.formulas import derivative, formula
from tinygrad_edu.formulas.names import gradient_name
from tinygrad_edu.viz.exact import exact, exact_values


def scalar(value, name=None):
    x = tg.tensor(value, requires_grad=True)
    x.name = name
    return x


def test_the_whole_text():
    a, b = scalar(2.0), scalar(-3.0)
    with viz.trace() as t:
        c = a * b + a
        y = c.tanh()
        loss = y * y + c
    lines = [(note.line, note.text) for note in t.notes.values()]
    where = [f"test_explanation.py:{line}: {text}" for line, text in lines]
    text = f"""\
The backward pass of loss, from the youngest operation to the oldest.
L stands for loss.
It starts with dL/dloss = 1.

1. loss = mul₂ + c = 0.99865913 + (-4) = -3.0013406
   {where[4]}
   It comes first: loss is the result.
   upstream gradient: dL/dloss = 1
   share of mul₂ = dL/dloss = 1
   share of c = dL/dloss = 1
      1 of 2 shares

2. mul₂ = y · y = (-0.9993293) · (-0.9993293) = 0.99865913
   It comes now: everything that used mul₂ has sent its share (loss).
   upstream gradient: dL/d(mul₂) = 1
   share of y = dL/d(mul₂) · y = 1 · (-0.9993293) = -0.9993293
      1 of 2 shares
   share of y = dL/d(mul₂) · y = 1 · (-0.9993293) = -0.9993293
      2 of 2 shares: -0.9993293 + (-0.9993293) = -1.9986587

3. y = tanh(c) = tanh(-4) = -0.9993293
   {where[2]}
   It comes now: everything that used y has sent its share (mul₂).
   upstream gradient: dL/dy = -1.9986587
   share of c = dL/dy · (1 - y²) = (-1.9986587) · (1 - (-0.9993293)²) = -0.0026799336
      2 of 2 shares: 1 + (-0.0026799336) = 0.99732006

4. c = mul₁ + a = (-6) + 2 = -4
   {where[1]}
   It comes now: everything that used c has sent its share (loss and y).
   upstream gradient: dL/dc = 0.99732006
   share of mul₁ = dL/dc = 0.99732006
   share of a = dL/dc = 0.99732006
      1 of 2 shares

5. mul₁ = a · b = 2 · (-3) = -6
   It comes now: everything that used mul₁ has sent its share (c).
   upstream gradient: dL/d(mul₁) = 0.99732006
   share of a = dL/d(mul₁) · b = 0.99732006 · (-3) = -2.99196
      2 of 2 shares: 0.99732006 + (-2.99196) = -1.99464
   share of b = dL/d(mul₁) · a = 0.99732006 · 2 = 1.9946401

The gradients of the leaves:
   dL/da = 0.99732006 + (-2.99196) = -1.99464
   dL/db = 1.9946401"""
    shown = str(viz.explain(loss, trace=t))
    assert numbers_apart(shown) == numbers_apart(text)


NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e-?\d+)?")


def numbers_apart(text):
    """Return a text with its longer numbers rounded: tanh is not the same everywhere to the last digit."""
    return NUMBER.sub(lambda number: f"{float(number[0]):.4f}", text)


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation(op, sample):
    tensors = as_tensors(draw(op, sample))
    y = op(*tensors, **sample.params)
    loss = (y * y).sum()
    explained = viz.explain(loss)
    assert str(explained).count("upstream gradient: ") == len(explained) == 3
    loss.backward()
    for g, x in zip(explained.gradients.values(), tracked(tensors), strict=True):
        assert g.tobytes() == x.grad.array.tobytes()
    for step in explained:
        assert all(c.name and c.rule for c in step.shares)


# What the signs of a formula are in NumPy.
SIGNS = {r"\^": "**", "·": "*", "²": "**2", "⁻¹": "**-1", "√": "sqrt", "π": "pi", "⌊(.*)⌋": r"floor(\1)"}
SIGNS |= {rf"\ba({name})": r"arc\1" for name in ("sin", "cos", "tan")}
SIGNS |= {r"\bmax\(": "maximum(", r"\bmin\(": "minimum("}
DIFFERENTIABLE = {name for name, op in OPS.items() if op.derivative}


def evaluated(text):
    """Return the value of a formula that is all numbers; None for one in words."""
    for sign, code in SIGNS.items():
        text = re.sub(sign, code, text)
    try:
        return eval(text, {**vars(np), "__builtins__": {}})
    except (NameError, SyntaxError, TypeError):
        return None


def test_the_numbers_in_a_rule_make_the_share():
    checked = set()
    for name in sorted(DIFFERENTIABLE):
        op = OPS[name]
        leaves = as_tensors(draw(op, Sample(*[()] * len(op.derivative), domain=op.samples[0].domain)))
        try:
            steps = viz.explain(op(*leaves) * 3.0)[1:]
        except (TypeError, ValueError, IndexError):
            continue  # it needs more than a number
        for step in steps:
            for c in step.shares:
                plain = derivative(step.node.op, c.share.index).kind == "mathematics"
                value = evaluated(c.numbers) if plain and c.numbers else None
                if value is not None:
                    np.testing.assert_allclose(value, c.share.array, rtol=1e-12)
                    checked.add((name, c.share.index))
            if len(step.numbers) == 2 and formula(step.node.op).kind == "mathematics":
                right, value = step.numbers
                if evaluated(right) is not None:
                    np.testing.assert_allclose(evaluated(right), float(value), rtol=1e-12)
                    checked.add(name)
    assert len(checked) > 90, len(checked)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numbers_are_exact(dtype):
    rng = np.random.default_rng(0)
    numbers = np.concatenate([rng.standard_normal(200), 10 ** rng.uniform(-6, 4, 200), [-1 + 2**-20, 0.1, -0.0, 3.0]])
    for x in numbers.astype(dtype):
        assert (dtype(exact(x)) + 0).tobytes() == (x + 0).tobytes()  # 0 and -0 are both written as 0
    assert exact(np.float32(-0.9999999)) == "-0.9999999"
    assert exact(dtype(-0.0)) == exact(-0.0) == "0"
    assert [exact(x) for x in (np.float32(3), 3, True, np.inf, np.nan)] == ["3", "3", "True", "inf", "nan"]
    array = rng.standard_normal((2, 3)).astype(dtype)
    assert np.array(ast.literal_eval(exact_values(array)), dtype).tobytes() == array.tobytes()
    assert exact_values(np.zeros((7,))) is None
    assert exact_values(np.zeros((0, 3))) == "[]"


def test_what_a_gradient_is_called():
    names = ["w", "h₁", "loss", "x1", "w_ih", "mul₁", "0.weight", "w[1, 2]", "x.detach()", "größe"]
    assert [gradient_name("L", name) for name in names] == [
        "dL/dw", "dL/dh₁", "dL/dloss", "dL/dx1", "dL/dw_ih", "dL/d(mul₁)", "dL/d(0.weight)", "dL/d(w[1, 2])",
        "dL/d(x.detach())", "dL/d(größe)",
    ]  # fmt: skip


def test_the_letter_for_the_result():
    x = scalar(2.0, "x")
    assert viz.explain(x * 2, names={"x": x}).letter == "L"
    loss = x * scalar(3.0, "L")
    assert viz.explain(loss).letter == "J"
    loss.name = "y"
    assert viz.explain(loss).letter == "y"
    assert str(viz.explain(loss)).splitlines()[1] == "It starts with dy/dy = 1."
    y = tg.ones(3, requires_grad=True) * 2
    y.name = "y"
    assert str(viz.explain(y)).splitlines()[1:3] == ["L stands for the sum of y.", "It starts with dL/dy = [1, 1, 1]."]


def test_the_data():
    x = tg.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    scale = tg.tensor(2.0, requires_grad=True)
    y = x * scale
    loss = (y * y).mean()
    explained = viz.explain(loss, names=locals())
    assert [step.name for step in explained] == ["loss", "mul₁", "y"]
    assert [step.number for step in explained[1:]] == [2, 3]
    last = explained[-1]
    assert last.formula == "y = x · scale"
    assert last.numbers == ("[1, 2, 3, 4] · 2", "[2, 4, 6, 8]")
    np.testing.assert_array_equal(last.upstream, y.array / 2)
    assert [c.name for c in last.shares] == ["x", "scale"]
    to_scale = last.shares[1]
    np.testing.assert_array_equal(to_scale.share.raw, [1, 4, 9, 16])
    assert to_scale.share.array == to_scale.total == 30
    assert "summed over the copies of scale: 30" in str(last)
    halves = [c for c in explained[1].shares if c.name == "y"]
    assert [c.share.number + 1 for c in halves] == [1, 2]
    assert halves[0].before is None
    np.testing.assert_array_equal(halves[0].total, halves[1].before)
    np.testing.assert_array_equal(halves[1].total, last.upstream)
    assert explained.passed.visits[2].node is y.node
    loss.backward()
    np.testing.assert_array_equal(explained.gradients["scale"], scale.grad.array)


def test_an_explanation_stays_as_it_was():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    explained = viz.explain(loss, names={"w": w, "loss": loss})
    before = str(explained)
    loss.backward()
    with tg.no_grad():
        w -= w.grad
    assert str(explained) == before


def test_what_was_overwritten_is_not_shown_as_a_number():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with viz.trace() as t:
        h = x * 3
        h += 1
        loss = h.sum()
    text = str(viz.explain(loss, names={"x": x}))
    assert "mul₁ = x · 3\n" in text
    assert "= [4, 7]" in text
    assert "[1, 2] · 3 = [3, 6]" in str(viz.explain(loss, trace=t))
    h = x * 3
    h *= 2
    loss = h.sum()
    assert "mul₂ = mul₁ · 2 = [6, 12]" in str(viz.explain(loss, names={"x": x}))
    h.data.mul_(5)
    assert "mul₂ = mul₁ · 2\n" in str(viz.explain(loss, names={"x": x}))


def test_a_graph_that_was_freed():
    x = scalar(2.0, "x")
    with viz.trace() as t:
        loss = x * x
    before = str(viz.explain(loss, trace=t))
    loss.backward()
    assert str(viz.explain(loss, trace=t)) == before
    with pytest.raises(GraphError, match="freed"):
        viz.explain(loss)


def test_hooks_and_functions_of_the_readers():
    class Double(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = scalar(2.0, "x")
    h = Double.apply(x)
    h.name = "h"
    h.register_hook(lambda g: g * 10)
    explained = viz.explain(h * 3)
    assert "A hook turned 3 into 30." in explained[1].why
    assert explained[1].shares[0].rule == "what Double makes of dL/dh"
    assert "hook" not in explained[0].why
    loss = h * 3
    loss.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g + 0.5)
    explained = viz.explain(loss)
    assert explained[0].why == "It comes first: mul₁ is the result. A hook turned 1 into 2."
    assert str(explained).endswith("   dL/dx = 120\n      A hook turned it into 120.5.")


@pytest.mark.parametrize("count, words", [(1, "u₁"), (2, "u₂ and u₁"), (4, "u₄, u₃, u₂ and u₁"), (5, "5 operations")])
def test_why_it_comes_now(count, words):
    y = scalar(1.0) * 1
    y.name = "y"
    uses = [y * i for i in range(count)]
    for i, use in enumerate(uses):
        use.name = "u" + "₁₂₃₄₅"[i]
    explained = viz.explain(tg.stack(uses).sum())
    assert explained[-1].why == f"It comes now: everything that used y has sent its share ({words})."
    assert explained[0].why == "It comes first: sum₁ is the result."


def test_large_tensors_and_large_graphs():
    x = tg.randn(30, 40, requires_grad=True)
    text = str(viz.explain((x * x).sum(), names={"x": x}))
    assert "an array (30, 40) of norm" in text
    assert "2 of 2 shares\n" in text
    y = z = scalar(1.0, "z")
    for _ in range(100):
        y = y * 1.0
    text = str(viz.explain(y * z))
    assert "… and 61 more steps" in text
    assert "share of z" in text


def test_rounding_is_no_finding():
    x = tg.tensor([1.0, 2.0, 4.0], requires_grad=True)
    y = x - x.mean()
    text = str(viz.explain((y * y).sum(), names={"x": x, "y": y}))
    assert "(≈ 0 beside 3.333333" in text


def test_in_notebooks():
    x = scalar(2.0, "<b>x</b>\x1b[1m")
    shown = viz.explain(x * x)._repr_mimebundle_()
    assert shown["text/plain"] == str(viz.explain(x * x))
    assert shown["text/html"].startswith("<pre")
    assert "&lt;b&gt;x&lt;/b&gt;\ufffd[1m" in shown["text/html"]
    assert "<b>" not in shown["text/html"]
    assert "\x1b" not in shown["text/plain"] + shown["text/html"] + str(viz.explain(x * x, at=x))


def test_a_leaf_as_the_result():
    assert str(viz.explain(scalar(2.0, "x"))) == (
        "The backward pass of x, from the youngest operation to the oldest.\nIt starts with dx/dx = 1.\n\n"
        "The gradients of the leaves:\n   dx/dx = 1"
    )


def seconds(count):
    y = x = scalar(1.0)
    for _ in range(count):
        y = y * 1.0 + x
    start = time.process_time()
    str(viz.explain(y))
    return time.process_time() - start


def test_the_time_is_linear():
    seconds(10)
    small, large = min(seconds(200) for _ in range(3)), seconds(2_000)
    assert large < 40 * small  # a time that grows with the square would be 100 times as long


def test_parameters_stand_in_words_as_they_do_in_formulas():
    x = tg.ones(2, 3, requires_grad=True)
    y = x.reshape(3, 2).double()
    first, second, *_ = viz.explain(y, names={"x": x, "y": y})
    assert first.formula == "y = reshape₁, as float64"
    assert first.shares[0].rule == "dL/dy, in the type of reshape₁"
    assert second.formula == "reshape₁ = x, reshaped to (3, 2)"
    assert second.shares[0].rule == "dL/d(reshape₁), reshaped as x"
