"""`explain(loss, at=...)`: the paths of one element, whose products add up to its gradient."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, tracked
from tinygrad_edu import viz
from tinygrad_edu.viz.explaining import paths as limits


def scalar(value, name=None):
    x = tg.tensor(np.float64(value), requires_grad=True)
    x.name = name
    return x


def test_every_path_of_a_small_graph():
    x, y = scalar(3.0, "x"), scalar(2.0, "y")
    z = x * y
    z.name = "z"
    loss = z * x + z
    loss.name = "loss"
    paths = viz.explain(loss, at=x)
    assert [(p.elements, p.derivatives, p.product) for p in paths] == [
        (("x", "mul₁", "loss"), (6.0, 1.0), 6.0),
        (("x", "z", "mul₁", "loss"), (2.0, 3.0, 1.0), 6.0),
        (("x", "z", "loss"), (2.0, 1.0), 2.0),
    ]
    assert paths.total == paths.gradient == 14
    assert (paths.beginnings, paths.left_out) == (0, 0.0)
    assert str(paths) == (
        """\
The way from x to loss.
L stands for loss.
dL/dx is a sum over all paths: of each, the product of the local derivatives along it.

   x → mul₁ → loss
   6 · 1 = 6

   x → z → mul₁ → loss
   2 · 3 · 1 = 6

   x → z → loss
   2 · 1 = 2

The sum over all paths: 14.
In the backward pass, dL/dx = 14."""
    )
    assert paths._repr_mimebundle_()["text/html"].startswith("<pre")


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation(op, sample):
    tensors = as_tensors(draw(op, sample))
    y = op(*tensors, **sample.params)
    loss = (y * y).sum()
    loss.backward(retain_graph=True)
    for x in tracked(tensors):
        if x.array.size == 0:
            continue
        place = tuple(size - 1 for size in x.shape)
        found = viz.explain(loss, at=(x, place))
        assert found.gradient == x.grad.array[place]
        np.testing.assert_allclose(found.total, found.gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("paths, followed", [(1, 4000), (7, 4000), (10_000, 3), (10_000, 4000)])
def test_what_is_left_out_is_known(monkeypatch, paths, followed):
    monkeypatch.setattr(limits, "PATHS", paths)
    monkeypatch.setattr(limits, "FOLLOWED", followed)
    tg.manual_seed(0)
    model = tg.nn.Sequential(tg.nn.Linear(4, 5), tg.nn.Tanh(), tg.nn.Linear(5, 3)).double()
    loss = tg.nn.functional.cross_entropy(model(tg.randn(6, 4).double()), tg.tensor([0, 1, 2, 0, 1, 2]))
    found = viz.explain(loss, at=(model[0].weight, (-4, 2)), model=model)
    assert found.element == "0.weight[1, 2]"
    if (paths, followed) == (10_000, 4000):
        assert len(found) == 6 * 3
        assert found.beginnings == 0
    else:
        assert len(found) <= paths
        assert found.beginnings > 0
        assert "left out here" in str(found)
        assert found.left_out == pytest.approx(found.gradient - sum(p.product for p in found))
    assert found.total == pytest.approx(found.gradient, rel=1e-12)
    assert all(len(p.elements) == len(p.derivatives) + 1 for p in found)
    for p in found:
        assert p.product == pytest.approx(np.prod(p.derivatives), rel=1e-12)
    assert [abs(p.product) for p in found] == sorted((abs(p.product) for p in found), reverse=True)


def test_paths_through_both_inputs_and_paths_that_cancel():
    x = scalar(3.0, "x")
    found = viz.explain(x * x, at=x)
    assert [p.product for p in found] == [3.0, 3.0]
    assert "2 such paths, through different inputs of one operation: 6" in str(found)
    h = x * 2
    found = viz.explain(h - h, at=x)
    assert [p.product for p in found] == [2.0, -2.0]
    assert found.total == found.gradient == 0


def test_only_elements_that_matter():
    x = tg.tensor([[1.0, -2.0], [3.0, -4.0]], requires_grad=True)
    loss = x.relu().sum()
    assert len(viz.explain(loss, at=(x, (0, 1)))) == 0
    assert [p.elements for p in viz.explain(loss, at=(x, (1, 0)), names={"x": x})] == [
        ("x[1, 0]", "relu₁[1, 0]", "sum₁")
    ]


def test_a_tensor_in_between_and_the_result_itself():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    loss = h * h
    found = viz.explain(loss, at=(h, 1), names={"h": h, "y": loss})
    assert found.of_sum
    assert [p.elements for p in found] == [("h[1]", "y[1]")] * 2
    assert "L stands for the sum of y." in str(found)
    (path,) = viz.explain(loss, at=(loss, 0))
    assert (path.elements, path.derivatives, path.product) == (("mul₂[0]",), (), 1.0)
    assert "1 = 1" in str(viz.explain(loss, at=(loss, 0)))


def test_a_long_way():
    y = x = scalar(1.0, "x")
    for _ in range(2000):
        y = y * 1.0
    found = viz.explain(y, at=x)
    assert len(found[0].elements) == 2001
    assert " → … → " in str(found)
    assert found.total == 1


def test_what_changes_gradients_on_the_way():
    x = scalar(3.0, "x")
    h = x * 2
    h.register_hook(lambda g: g * 10)
    found = viz.explain(h * 1, at=x)
    assert found.gradient == 20
    assert found[0].product == 2
    assert str(found).endswith("= 20; on the way, a hook on mul₁ made something else of it.")


def test_a_backward_of_the_readers_own_is_named():
    class Twice(tg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return tg.sign(g) * 2 if isinstance(g, tg.Tensor) else np.sign(g) * 2

    x = scalar(3.0, "x")
    found = viz.explain(Twice.apply(x) * 5, at=x)
    assert found.gradient == 2
    assert str(found).endswith("= 2; on the way, the backward of Twice made something else of it.")


def quietly(compute):
    with np.errstate(all="ignore"):
        return compute()


def matrix_product(i):
    left = tg.tensor([[0.0, 1.0], [2.0, 3.0]], requires_grad=True)
    right = tg.tensor([[np.inf, 0.0], [2.0, np.nan]], requires_grad=True)
    return quietly(lambda: (left @ right).sum()), (left, right)[i]


NOT_FINITE = {
    "0 / 0": (lambda x: ((x * 0).log() * 0).sum(), [0.0, 2.0]),
    "0 · infinity in one product": (lambda x: (x * x.sqrt()).sum(), [0.0, 1.0]),
    "infinity - infinity": (lambda x: (1 / x - 1 / x).sum(), [0.0, 1.0]),
    "a branch that is not taken": (lambda x: tg.where(x > 0, x.sqrt(), 0.0).sum(), [0.0, 1.0]),
    "NaN behind relu": (lambda x: (x.relu() * np.nan).sum(), [-1.0, 1.0]),
    "softmax of infinity": (lambda x: x.softmax(0).sum(), [np.inf, 1.0, 2.0]),
}


@pytest.mark.parametrize("name", NOT_FINITE)
def test_the_paths_add_up_to_the_gradient_where_numbers_are_not_finite(name):
    compute, numbers = NOT_FINITE[name]
    x = tg.tensor(np.array(numbers), requires_grad=True)
    check_every_element(quietly(lambda: compute(x)), x)


@pytest.mark.parametrize("i", [0, 1])
def test_a_product_with_a_matrix_that_is_not_finite(i):
    check_every_element(*matrix_product(i))


def check_every_element(loss, x):
    for place in np.ndindex(x.shape):
        found = viz.explain(loss, at=(x, place))
        assert np.array_equal(found.total, found.gradient, equal_nan=True), place
        assert "hook" not in str(found)


def test_of_what_is_not_finite_every_path_is_written():
    w = tg.tensor([0.0, 2.0], requires_grad=True)
    loss = quietly(lambda: ((w * 0).log() * 0).sum())
    text = str(viz.explain(loss, at=(w, 0), names={"w": w, "loss": loss}))
    assert "   w[0] → mul₁[0] → log₁[0] → mul₂[0] → loss\n   0 · inf · 0 · 1 = nan\n" in text
    assert text.endswith("The sum over all paths: nan.\nIn the backward pass, dL/d(w[0]) = nan.")


def test_where_the_pass_overflows_no_hook_is_blamed():
    x = tg.tensor(1.0, requires_grad=True)
    loss = x * 1e-30 * 1e-30 * 1e30 * 1e30
    found = viz.explain(loss, at=x)
    assert found.total == pytest.approx(1)
    assert found.gradient == np.inf
    assert str(found).endswith("= inf; some number on the way is not finite in float32, and 0 · inf is nan there.")


EMPTY_AND_NOT_FINITE = {
    "the mean of nothing": lambda: (tg.zeros(0, 3, requires_grad=True) * 2).mean(),
    "the spread of nothing": lambda: tg.zeros(0, 3, requires_grad=True).std(),
    "a few": lambda: (tg.tensor([np.nan, 1.0, -np.inf, np.inf], requires_grad=True) * 2).exp().std(),
    "many": lambda: (tg.full((20, 20), np.inf, requires_grad=True) * 2).softmax(1).log().std(),
    "very many": lambda: (tg.full((200, 200), 3e38, requires_grad=True) * 2).softmax(1).log().std(),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", EMPTY_AND_NOT_FINITE)
def test_numpy_does_not_warn(name):
    loss = quietly(EMPTY_AND_NOT_FINITE[name])
    explained = viz.explain(loss)
    str(explained)
    for step in explained:
        str(step)
    for leaf in explained.leaves.values():
        if leaf.array.size:
            str(viz.explain(loss, at=(leaf, (0,) * leaf.array.ndim)))
    assert viz.explore(loss).html
    assert viz.draw(loss, grads=True).source


def test_a_graph_that_was_freed():
    x = scalar(3.0)
    with viz.trace() as t:
        loss = x * x
    loss.backward()
    assert viz.explain(loss, at=x, trace=t).total == 6


def test_mistakes():
    x, other = tg.ones(2, 3, requires_grad=True), tg.ones(2, requires_grad=True)
    loss = (x * 2).sum()
    for place in [(0,), (2, 0), (0, 0, 0), (0, -4), 1]:
        with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
            viz.explain(loss, at=(x, place))
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        viz.explain(loss, at=x)
    with pytest.raises(ValueError, match="no gradient"):
        viz.explain(loss, at=(other, 0))
    with pytest.raises(ValueError, match="no gradient"):
        viz.explain(loss, at=(tg.ones(2), 0))
    with pytest.raises(TypeError, match="a tensor"):
        viz.explain(loss, at=("x", (0, 0)))


def test_lines_are_not_too_long():
    tg.manual_seed(0)
    model = tg.nn.Sequential(*(layer for _ in range(4) for layer in (tg.nn.Linear(1, 1), tg.nn.Tanh())))
    with viz.trace() as t:
        loss = model(tg.ones(1, 1)).sum()
    text = str(viz.explain(loss, at=(model[0].weight, (0, 0)), trace=t))
    way = text[text.index("0.weight[0, 0] →") : text.index("The sum")].splitlines()
    assert max(map(len, way)) <= 100
    assert way[1].startswith("      → ")
