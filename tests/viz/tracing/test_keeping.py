"""A trace keeps what was there: values and gradients from before a change in place, to the last bit."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, tracked, upstream
from tinygrad_edu import nn, viz
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.op import Op
from tinygrad_edu.utils.checkpoint import checkpoint
from tinygrad_edu.viz.backward.shares import record_backward


def leaf(value):
    return tg.tensor(value, requires_grad=True)


def spoil(*tensors):
    with tg.no_grad():
        for x in tensors:
            x.zero_()


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation_has_the_same_way_back(op, sample):
    tensors = as_tensors(draw(op, sample))
    leaves = tracked(tensors)
    with viz.trace() as t:
        y = op(*tensors, **sample.params)
    g = upstream(y.shape)
    before = record_backward(y, g).gradients
    value = y.array.copy()
    spoil(*(x for x in tensors if isinstance(x, tg.Tensor)), *([y] if y.array.flags.writeable else []))
    after = record_backward(y, g, trace=t).gradients
    np.testing.assert_array_equal(t.notes[y.node].value, value)
    for x in leaves:
        assert (x in before) == (x in after)
        if x in before:
            assert before[x].tobytes() == after[x].tobytes()


LOOKS = {
    "explain": lambda loss, model, **t: str(viz.explain(loss, model=model, **t)),
    "explain one element": lambda loss, model, **t: str(viz.explain(loss, (model[0].weight, (0, 1)), **t)),
    "explore": lambda loss, model, **t: viz.explore(loss, model=model, **t).html,
    "draw": lambda loss, model, **t: viz.draw(loss, model=model, grads=True, edges="backward", **t).source,
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("optimizer", [tg.optim.SGD, tg.optim.Adam])
@pytest.mark.parametrize("freed", [True, False], ids=["freed", "kept"])
def test_an_optimizers_step_changes_nothing_of_what_is_shown(look, optimizer, freed):
    tg.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Sigmoid(), nn.Linear(3, 1))
    x, target = tg.randn(4, 2), tg.randn(4, 1)
    with viz.trace() as t:
        loss = nn.functional.mse_loss(model(x), target)
    before = look(loss, model, trace=t)
    loss.backward(retain_graph=not freed)
    optimizer(model.parameters(), lr=0.5).step()
    now = [parameter.array.copy() for parameter in model.parameters()]
    assert look(loss, model, trace=t) == before
    assert look(loss, model, trace=t) == before
    for parameter, value in zip(model.parameters(), now, strict=True):
        np.testing.assert_array_equal(parameter.array, value)


def test_looking_does_not_hide_a_change_from_backward():
    w = leaf([1.0, 2.0])
    with viz.trace() as t:
        loss = (w * w).sum()
    spoil(w)
    viz.explain(loss, trace=t)
    with pytest.raises(GraphError, match="changed it in place"):
        loss.backward()


def test_a_leaf_that_was_changed_between_two_uses_has_each_time_its_own_value():
    w = leaf([1.0, 2.0])
    with viz.trace() as t:
        first = w.exp()
        with tg.no_grad():
            w += 1
        loss = (first + w * w).sum()
    spoil(w)
    text = str(viz.explain(loss, names={"w": w}, trace=t))
    assert "exp([1, 2])" in text
    assert "[2, 3] · [2, 3]" in text
    np.testing.assert_allclose(record_backward(loss, trace=t).gradients[w], np.add(np.exp([1, 2]), [4, 6]), rtol=1e-6)


def test_each_array_is_copied_once():
    w, x = leaf([1.0, 2.0]), tg.ones(2)
    with viz.trace() as t:
        h = w * x
        y = h * w.detach() + x.data * h
    mul, again, other, add = t.notes.values()
    assert mul.inputs[0] is again.inputs[1]  # the same memory, through another tensor
    assert mul.inputs[1] is other.inputs[0]
    assert mul.value is again.inputs[0] is other.inputs[1]
    assert [again.value, other.value] == [*add.inputs]
    assert not np.shares_memory(mul.inputs[0], w.array)
    assert y.node in t.notes


def test_what_was_written_by_parts():
    x = leaf([1.0, 2.0])
    with viz.trace() as t:
        buffer = tg.zeros(2, 2)
        buffer[0] = x
        buffer[1] = x * x
        loss = (buffer * buffer).sum()
    spoil(x, buffer.detach())
    found = record_backward(loss, trace=t)
    np.testing.assert_array_equal(found.gradients[x], [6, 36])  # of x² + x⁴
    first = next(note for note in t.notes.values() if note.pullbacks[0] is None)
    assert first.inputs[0] is first.arrays[0]  # of the zeros that were there nothing is known, and no copy claims it


def test_looking_writes_nowhere():
    x, index = leaf([3.0]), tg.tensor([0])
    with viz.trace() as t:
        buffer = tg.zeros(3)
        buffer[index] = x
        loss = (buffer * buffer).sum()
    index += 1
    with pytest.raises(GraphError, match=r"setitem \(.*\) needs what it keeps for buffer₁, of shape \(1,\)"):
        viz.explain(loss, trace=t)
    np.testing.assert_array_equal(buffer.array, [3, 0, 0])


class Square(tg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g


def random_rule(a):
    factor = np.random.default_rng().uniform(size=a.shape)
    return a * factor, (lambda g: g * factor * a,)


KEEP = {
    "Square": lambda w: Square.apply(w),
    "checkpoint": lambda w: checkpoint(lambda x: x * w, tg.ones(2)),
    "random_rule": Op(random_rule),
}


@pytest.mark.parametrize("name", KEEP)
def test_what_cannot_be_brought_back_is_an_error_that_says_what_and_where(name):
    w = leaf([1.0, 2.0])
    with viz.trace() as t:
        loss = KEEP[name](w).sum()
    spoil(w)
    expected = rf"^{name} \(test_keeping.py:\d+: .*\) needs w, of shape \(2,\), .* zero_ has changed it"
    for look in (viz.explain, viz.explore):
        with pytest.raises(GraphError, match=f"{expected}.*No trace can bring it back.*before optimizer.step"):
            look(loss, trace=t, names={"w": w})
    assert "No trace" in viz.draw(loss, trace=t, names={"w": w}, grads=True).source


def test_without_a_trace_the_error_says_that_one_helps():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    loss = model(tg.ones(1, 2)).sum()
    loss.backward(retain_graph=True)
    tg.optim.SGD(model.parameters(), lr=0.1).step()
    expected = r"linear needs 1.weight, of shape \(1, 2\).*SGD.step.*with viz.trace\(\) as t:.*before optimizer.step"
    for look in (viz.explain, viz.explore):
        with pytest.raises(GraphError, match=expected):
            look(loss, model=model)
