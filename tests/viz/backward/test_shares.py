"""Every share of a backward pass: bit for bit what `.grad` is made of, and nothing is changed by looking."""

import gc
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.table import as_tensors, draw, every_sample, tracked, upstream
from tinygrad_edu.engine.graph import GraphError
from tinygrad_edu.engine.piece import Piece
from tinygrad_edu.utils.checkpoint import checkpoint
from tinygrad_edu.viz import trace
from tinygrad_edu.viz.backward.shares import record_backward
from tinygrad_edu.viz.tracing.walking import lent


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def agrees_with_backward(root, leaves, gradient=None, t=None):
    """Check the shares beside what `backward` computes from the same graph, and return them."""
    found = record_backward(root, gradient, trace=t)
    for leaf in leaves:
        leaf.grad = None
    root.backward(np.ones(root.shape) if gradient is None else gradient, retain_graph=True)
    for leaf in leaves:
        if leaf.grad is None:
            assert leaf not in found.gradients
            continue
        assert same_bits(found.gradients[leaf], leaf.grad.array)
        if leaf in found.received:
            *_, total = found.running_sums(leaf)
            assert same_bits(total, leaf.grad.array)
    for visit in found.visits:
        assert visit is found.visits[visit.order]
        for share in visit.shares:
            assert share.array.shape == np.shape(visit.node.arrays[share.index])
            assert found.received[share.source][share.number] is share
        if not visit.node.hooks and visit.node in found.received:
            *_, total = found.running_sums(visit.node)
            assert same_bits(total, visit.grad)
    times = [visit.node.time for visit in found.visits]
    assert times == sorted(times, reverse=True)
    return found


@pytest.mark.parametrize(**every_sample(only_differentiable=True, rest_is_slow=True))
def test_every_operation(op, sample):
    for dtype in (np.float64, np.float32):
        tensors = as_tensors(draw(op, sample, dtype=dtype))
        y = op(*tensors, **sample.params)
        agrees_with_backward(y * y + y, tracked(tensors), upstream(y.shape))


def leaf(*shape):
    return tg.tensor(np.random.default_rng(len(shape)).standard_normal(shape), requires_grad=True)


class Both(tg.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y + h, g * x + h


def a_function(x, y):
    return sum(Both.apply(x, y))


def views_and_writes(x, y):
    z = x * 2
    z[0] = y[1]
    z[1:] *= y[:-1]
    z += z.flip(0)
    return z


def rows_one_by_one(x, y):
    return sum(x[i] * y[i] for i in range(len(x)))  # their gradients are Pieces


def rows_that_cancel(x, y):
    return x[0] - x[0] + x[1] * 0 - x[2] * 0 + (x * -0.0 * y).sum(0)  # zeros of both signs


def one_weight_often(x, y):
    h = x[0]
    for _ in range(5):
        h = (h * y).tanh()
    return h


def a_checkpoint(x, y):
    return checkpoint(lambda x, y: (x * y).exp() * x, x, y)


def second_derivative(x, y):
    (g,) = tg.autograd.grad((x**3 * y).sum(), x, create_graph=True)
    return g * g


COMPUTATIONS = [
    a_function,
    views_and_writes,
    rows_one_by_one,
    rows_that_cancel,
    one_weight_often,
    a_checkpoint,
    second_derivative,
]


@pytest.mark.parametrize("compute", COMPUTATIONS)
def test_more_than_one_operation(compute):
    x, y = leaf(3, 4), leaf(3, 4)
    with trace() as t:
        root = compute(x, y)
    before = agrees_with_backward(root, [x, y], upstream(root.shape))
    root.backward(np.ones(root.shape))  # frees the graph
    with pytest.raises(GraphError, match="freed"):
        record_backward(root)
    after = record_backward(root, upstream(root.shape), trace=t)
    for one, other in ((before, after), (after, before)):
        assert all(same_bits(one.gradients[x], other.gradients[x]) for x in (x, y))
    assert root.node.pullbacks is None
    assert root.node.sources == ()


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_layers(kind):
    tg.manual_seed(0)
    model = getattr(tg.nn, kind)(2, 3, num_layers=2)
    x = leaf(4, 2, 2)
    out, _ = model(x.float())
    agrees_with_backward((out * out).sum(), [x, *model.parameters()])


def test_a_network():
    tg.manual_seed(0)
    model = tg.nn.Sequential(tg.nn.Conv2d(1, 2, 3), tg.nn.ReLU(), tg.nn.Flatten(), tg.nn.Linear(32, 3))
    loss = tg.nn.functional.cross_entropy(model(tg.randn(5, 1, 6, 6)), tg.tensor([0, 1, 2, 0, 1]))
    agrees_with_backward(loss, list(model.parameters()))


def test_raw_shares_and_what_unbroadcasting_makes_of_them():
    x, row = leaf(3, 4), leaf(4)
    y = x * row
    found = record_backward(y)
    share = found.received[row][0]
    np.testing.assert_array_equal(share.raw, x.array)
    np.testing.assert_array_equal(share.array, x.array.sum(0))


def test_running_sums():
    x = tg.tensor(3.0, requires_grad=True)
    y = x * 2 + x * x + x
    assert [float(s) for s in record_backward(y).running_sums(x)] == [1.0, 4.0, 7.0, 9.0]
    assert [float(s) for s in record_backward(y).running_sums(y.node)] == []


def test_a_leaf_as_root():
    x = tg.tensor([3.0, 4.0], requires_grad=True)
    found = record_backward(x, [1.0, 2.0])
    assert found.visits == []
    np.testing.assert_array_equal(found.gradients[x], [1.0, 2.0])


def test_the_gradient_that_is_given():
    x = tg.tensor([3.0, 4.0], requires_grad=True)
    y = x * 2
    np.testing.assert_array_equal(record_backward(y).seed, [1, 1])
    np.testing.assert_array_equal(record_backward(y, tg.tensor([1.0, 2.0])).gradients[x], [2, 4])
    with pytest.raises(ValueError, match=r"root's shape \(2,\), got \(3,\)"):
        record_backward(y, np.ones(3))
    with pytest.raises(GraphError, match="no operation was recorded"):
        record_backward(tg.ones(2))


def everything_about(root, leaves):
    """Return all that looking must not change."""
    with lent([root]) as nodes:
        state = [(node, node.pullbacks, node.hooks, node.sources, node.arrays) for node in nodes]
    return state, [(x.grad, x.grad is not None and x.grad.array.copy(), x.hooks) for x in leaves]


def check_unchanged(root, leaves, state):
    nodes, grads = state
    for node, *fields in nodes:
        for now, then in zip((node.pullbacks, node.hooks, node.sources, node.arrays), fields, strict=True):
            assert now is then
    for x, (grad, value, hooks) in zip(leaves, grads, strict=True):
        assert x.grad is grad
        assert x.hooks is hooks
        if grad is not None:
            np.testing.assert_array_equal(grad.array, value)


def test_looking_changes_nothing():
    x, y = leaf(3), leaf(3)
    h = x * y
    h.retain_grad()
    root = h.sum()
    root.backward(retain_graph=True)
    kept = h.grad.array.copy()
    state = everything_about(root, [x, y])
    record_backward(root)
    check_unchanged(root, [x, y], state)
    np.testing.assert_array_equal(h.grad.array, kept)
    root.backward()
    np.testing.assert_array_equal(h.grad.array, 2 * kept)


class Fails(tg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        raise KeyError("no way back")


def fail(g):
    raise KeyError("the hook fails")


@pytest.mark.parametrize("where", ["pullback", "hook of a node", "hook of a leaf"])
def test_nothing_is_changed_when_the_pass_fails(where):
    x, y = leaf(3), leaf(3)
    with trace() as t:
        h = Fails.apply(x * y) if where == "pullback" else x * y
        h.retain_grad()
        root = (h * x).sum()
    if where != "pullback":
        (h if "node" in where else x).register_hook(fail)
    state = everything_about(root, [x, y])
    with pytest.raises(KeyError):
        record_backward(root)
    check_unchanged(root, [x, y], state)
    assert h.grad is None
    with pytest.raises(KeyError):
        root.backward()
    with pytest.raises(KeyError):
        record_backward(root, trace=t)


def test_hooks_are_seen_and_stay():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    calls = []
    h = x * 2
    h.register_hook(lambda g: calls.append("h") or g * 10)
    x.register_hook(lambda g: calls.append("x") or g * 100)
    handle = h.register_hook(lambda g: handle.remove())
    other = x.register_hook(lambda g: other.remove())
    root = h.sum()
    found = record_backward(root)
    assert calls == ["h", "x"]
    np.testing.assert_array_equal(found.gradients[h.node], [10, 10])
    np.testing.assert_array_equal(found.gradients[x], [2000, 2000])
    *_, total = found.running_sums(x)
    np.testing.assert_array_equal(total, [20, 20])
    assert len(h.node.hooks) == len(x.hooks) == 2
    root.backward()
    np.testing.assert_array_equal(x.grad.array, [2000, 2000])


def test_a_value_that_was_overwritten():
    x = leaf(3)
    h = x * 1
    root = (h.exp() * h).sum()
    h.mul_(2)
    with pytest.raises(GraphError, match=r"mul needs mul₁, of shape \(3,\).*mul_ has.*before optimizer.step"):
        record_backward(root)


def seconds(count):
    x = y = tg.tensor(1.0, requires_grad=True)
    for _ in range(count):
        y = y * 1.0 + x
    start = time.process_time()
    found = record_backward(y)
    spent = time.process_time() - start
    assert len(found.visits) == 2 * count
    assert len(found.received[x]) == count + 1
    return spent


def test_the_time_is_linear():
    gc.collect()
    gc.disable()  # it looks at all objects now and then
    seconds(100)
    small, large = min(seconds(2_000) for _ in range(3)), seconds(20_000)
    gc.enable()
    assert large < 40 * small  # a time that grows with the square would be 100 times as long


def test_pieces_are_not_written_out_before_somebody_looks():
    x = tg.ones(300, 1000, requires_grad=True)
    found = record_backward(sum(x[i] for i in range(300)))
    assert len(found.received[x]) == 300
    assert all(isinstance(share._added, Piece) for share in found.received[x])
    assert found.received[x][7].array.sum() == 1000
