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


@pytest.mark.parametrize(**every_sample(only_differentiable=True))
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
    assert "a hook or a backward of your own" in str(found)


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
