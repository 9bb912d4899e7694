"""The formula of a step, and what is said below it."""

import tinygrad_edu as tg
from tinygrad_edu import viz


def test_a_line_of_several_steps_is_written_once():
    x = tg.tensor(2.0, requires_grad=True)
    with viz.trace() as t:
        loss = (x * 3 + 1).tanh()
    explained = viz.explain(loss, trace=t)
    assert str(explained).count("loss = (x * 3 + 1).tanh()") == 1
    assert all("loss = (x * 3 + 1).tanh()" in str(step) for step in explained)


def test_what_the_formula_does_not_say_is_said_below_it():
    x = tg.randn(2, 3, 4, 5, requires_grad=True)
    text = str(viz.explain(tg.nn.BatchNorm2d(3)(x).mean()))
    assert "= Σ add₁ / 120 = " in text
    assert "reshaped to (3, 1, 1)" in text
    assert "√(var(leaf₁) + 1e-05)\n   with axis = (0, 2, 3)\n" in text
    y, _ = tg.nn.LSTM(3, 2)(tg.randn(2, 1, 3))
    text = str(viz.explain(y.sum()))
    assert "   where iₜ, fₜ, oₜ: the input, forget and output gates; " in text
    assert max(map(len, text.splitlines())) < 120


def test_a_function_of_the_readers_has_its_inputs():
    class Product(tg.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, g):
            return g, g

    a, b = tg.tensor(2.0, requires_grad=True), tg.tensor(3.0, requires_grad=True)
    (step,) = viz.explain(Product.apply(a, b), names={"a": a, "b": b})
    assert (step.formula, step.numbers) == ("Product₁ = Product(a, b)", ("Product(2, 3)", "6"))


def test_an_assignment_in_place_is_read_as_it_was_written():
    a = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = a * 1
    b[0] = 5
    step = viz.explain(b, names={"a": a, "b": b})[0]
    assert str(step).startswith("1. b[0] = 5\n   b = [5, 2, 3]\n")
    assert "overwrite" not in viz.explore(b.sum()).html.partition('id="data">')[2].partition("</script>")[0]
