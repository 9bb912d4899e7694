"""The backward pass: what adds up, what is kept, what is freed, and what is refused."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.graph import toposort
from tinygrad_edu.engine.op import Op
from tinygrad_edu.engine.value import Node


def leaf(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


def test_a_value_used_twice_gets_both_contributions():
    x = leaf(3.0)
    (x * x + x).sum().backward()
    assert x.grad.tolist() == [7.0]


def test_a_diamond_visits_the_shared_node_once_with_its_whole_gradient():
    x = leaf(2.0)
    calls = []
    shared = x * 3
    shared.register_hook(lambda g: calls.append(g.item()))
    (shared * 2 + shared * 5).sum().backward()
    assert calls == [7.0]
    assert x.grad.item() == 21.0


def test_backward_twice_adds_up_and_zeroing_starts_over():
    x = leaf(1.0, 2.0)
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad.tolist() == [4.0, 8.0]
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_a_second_pass_adds_to_the_same_gradient_tensor():
    x = leaf(1.0)
    x.sum().backward()
    first = x.grad
    x.sum().backward()
    assert x.grad is first
    assert first.item() == 2.0


def test_two_losses_that_share_a_node():
    x = leaf(2.0)
    h = x * x
    a, b = h.sum(), (h * 3).sum()
    a.backward(retain_graph=True)
    b.backward()
    assert x.grad.item() == 4.0 + 12.0


def test_a_freed_graph_says_so():
    x = leaf(2.0)
    h = x * x
    a, b = h.sum(), (h * 3).sum()
    a.backward()
    for again in (a, b):
        with pytest.raises(tg.GraphError, match=r"freed by an earlier backward pass.*retain_graph=True"):
            again.backward()


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (lambda: leaf(1.0, 2.0) * 2, r"single number only, not for shape \(2,\).*gradient="),
        (lambda: tg.tensor([1.0]), "does not require a gradient"),
        (lambda: leaf(1.0).detach(), "does not require a gradient"),
    ],
)
def test_what_cannot_be_started(start, message):
    with pytest.raises(tg.GraphError, match=message):
        start().backward()


def test_upstream_gradient():
    x = leaf(1.0, 2.0)
    (x * x).backward(tg.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), expected that of the tensor, \(2,\)"):
        (x * x).backward(np.ones(3))


def test_one_element_of_any_shape_starts_with_one():
    x = tg.tensor([[2.0]], requires_grad=True)
    (x * x).backward()
    assert x.grad.tolist() == [[4.0]]


def test_backward_on_a_leaf():
    x = leaf(5.0)
    x.backward()
    assert x.grad.tolist() == [1.0]


def test_a_leaf_gradient_owns_its_memory():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    g = np.ones(2)
    (x + y).backward(g)
    assert not np.shares_memory(x.grad.array, y.grad.array)
    assert not np.shares_memory(x.grad.array, g)
    x.grad.array[:] = 9
    assert y.grad.tolist() == [1.0, 1.0]


def test_only_leaves_keep_a_gradient_unless_asked():
    x = leaf(2.0)
    plain, asked = x * 2, x * 3
    asked.retain_grad()
    (plain * asked).sum().backward()
    assert plain.grad is None
    assert asked.grad.tolist() == [4.0]
    assert plain.is_leaf is False
    assert x.is_leaf is True


def test_hooks_see_and_replace_and_can_be_removed():
    x = leaf(1.0)
    y = x * 2
    handle = y.register_hook(lambda g: g * 10)
    (y * 1).sum().backward(retain_graph=True)
    assert x.grad.item() == 20.0
    handle.remove()
    x.grad = None
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * 2).sum().backward()
    assert seen == [2.0]
    with pytest.raises(tg.GraphError, match="requires no gradient"):
        tg.ones(1).register_hook(print)


def test_hooks_run_in_order_and_retain_grad_after_them():
    """As PyTorch does: each sees what the one before returned; what is retained is the last answer."""
    x, seen = leaf(1.0, 2.0), []
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    y.register_hook(lambda g: seen.append(g.tolist()) or g * 10)
    y.register_hook(lambda g: seen.append(g.tolist()) or g + 1)
    assert y.retains_grad
    y.sum().backward()
    assert seen == [[1.0, 1.0], [10.0, 10.0]]
    assert y.grad.tolist() == [11.0, 11.0]
    assert x.grad.tolist() == [22.0, 22.0]


def test_a_hook_on_a_leaf_sees_the_whole_gradient_of_a_pass_once():
    x, seen = leaf(1.0, 2.0), []
    x.register_hook(lambda g: seen.append(g) or g * 2)
    (x * 3 + x * 4).sum().backward()
    (g,) = tg.autograd.grad((x * x).sum(), [x])
    assert [s.tolist() for s in seen] == [[7.0, 7.0], [2.0, 4.0]]
    assert x.grad.tolist() == [14.0, 14.0]
    assert g.tolist() == [4.0, 8.0]


def test_what_a_hook_keeps_or_returns_stays_its_own():
    x, kept, answer = leaf(1.0, 2.0), [], tg.ones(2, dtype=tg.float64)
    x.register_hook(lambda g: kept.append(g) or answer)
    for _ in range(2):
        (x * 3).sum().backward()
    assert [g.tolist() for g in kept] == [[3.0, 3.0]] * 2
    assert x.grad.tolist() == [2.0, 2.0]
    assert answer.tolist() == [1.0, 1.0]


def test_a_hook_before_a_change_in_place_belongs_to_the_value_before():
    x, seen = leaf(1.0), []
    y = x * 2
    y.register_hook(lambda g: seen.append(("before", g.item())))
    y *= 5
    y.register_hook(lambda g: seen.append(("after", g.item())) or g * 3)
    y.sum().backward()
    assert seen == [("after", 1.0), ("before", 15.0)]


@pytest.mark.parametrize(("answer", "error"), [(3.0, TypeError), (np.ones(2), TypeError), (tg.ones(1), ValueError)])
def test_a_wrong_answer_of_a_hook(answer, error):
    y = leaf(1.0, 2.0) * 2
    y.register_hook(lambda g: answer)
    with pytest.raises(error, match="register_hook: a hook"):
        y.sum().backward()
    with pytest.raises(tg.GraphError, match="requires no gradient"):
        tg.ones(1).retain_grad()


def test_an_input_without_gradient_is_never_asked_for_one():
    asked = []

    def rule(a, b):
        return a * b, (lambda g: asked.append("a") or g * b, lambda g: asked.append("b") or g * a)

    spy = Op(rule, formula="y = a b")
    w = leaf(2.0)
    spy(tg.tensor([3.0], dtype=tg.float64), w).sum().backward()
    assert asked == ["b"]
    assert w.grad.item() == 3.0


def test_a_pullback_with_a_wrong_shape_is_named():
    def rule(a):
        return a.sum(), (lambda g: np.ones(7),)

    broken = Op(rule, formula="y = Σ a")
    with pytest.raises(ValueError, match=r"rule.*shape \(7,\).*shape \(3,\).*pullback is wrong"):
        broken(leaf(1.0, 2.0, 3.0)).backward()


# grad: the functional form


def test_grad_of_leaves_and_of_results_without_touching_grad():
    x, w = leaf(2.0), leaf(5.0)
    h = x * w
    y = (h * h).sum()
    gh, gx = tg.autograd.grad(y, [h, x])
    assert (gh.item(), gx.item()) == (20.0, 100.0)
    assert x.grad is None
    assert w.grad is None


def test_grad_of_an_unused_input():
    x, other = leaf(1.0), leaf(1.0)
    y = (x * 2).sum()
    with pytest.raises(tg.GraphError, match="do not depend on input 1"):
        tg.autograd.grad(y, [x, other], retain_graph=True)
    assert tg.autograd.grad(y, [x, other], allow_unused=True)[1] is None


def test_grad_visits_only_what_leads_to_the_inputs():
    x, w = leaf(1.0), leaf(1.0)
    visited = []
    side = w * 2
    side.register_hook(lambda g: visited.append(1))
    tg.autograd.grad((x * side).sum(), [x])
    assert visited == []


@pytest.mark.parametrize("order", range(1, 6))
def test_derivatives_of_any_order(order):
    x = leaf(0.7)
    y = tg.sin(x).sum()
    for _ in range(order):
        (y,) = tg.autograd.grad(y.sum(), [x], create_graph=True)
    expected = [np.sin, np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v)][order % 4](0.7)
    np.testing.assert_allclose(y.item(), expected, rtol=1e-13)


def test_backward_with_create_graph_leaves_a_gradient_that_can_be_differentiated():
    x = leaf(3.0)
    (x**3).sum().backward(create_graph=True)
    assert x.grad.item() == 27.0
    assert tg.autograd.grad(x.grad.sum(), [x])[0].item() == 18.0


def test_create_graph_inside_no_grad():
    x = leaf(3.0)
    y = (x**3).sum()
    with tg.no_grad():
        (g,) = tg.autograd.grad(y, [x], create_graph=True)
    assert g.requires_grad


# Size: no recursion, linear time, nothing left behind


def chain(length):
    x = tg.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(length):
        y = y * 1.0
    return x, y


def diamonds(count):
    x = tg.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(count):
        y = y * 0.5 + y * 0.5
    return x, y


@pytest.mark.parametrize(("build", "size"), [(chain, 200_000), (diamonds, 10_000)])
def test_deep_graphs_run_and_are_freed_without_recursion(build, size):
    gc.disable()
    try:
        x, y = build(size)
        y.backward()
        assert x.grad.item() == 1.0
        x, y = build(size)
        ghost = weakref.ref(y)
        del y  # never used: the whole graph is freed from its end, one node after the other
        assert ghost() is None
    finally:
        gc.enable()


def test_time_is_linear_in_the_number_of_operations():
    def seconds(size):
        best = np.inf
        for _ in range(3):
            start = time.process_time()  # of this process alone, whatever else the machine does
            diamonds(size)[1].backward()
            best = min(best, time.process_time() - start)
        return best

    small, large = seconds(1_000), seconds(16_000)
    assert large / small < 16 * 4  # quadratic time would be 256 times, recounting paths 2^15000 times


def test_toposort_puts_each_node_before_those_it_depends_on():
    _, y = diamonds(50)
    order = toposort([y.node])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order) == 150
    for node in order:
        assert all(place[node] < place[source] for source in node.sources if isinstance(source, Node))


def count_nodes():
    return sum(type(thing) is Node for thing in gc.get_objects())


@pytest.mark.parametrize("used", [False, True], ids=["unused", "after backward"])
def test_no_reference_cycle_keeps_a_graph_alive(used):
    gc.collect()
    gc.disable()
    before = count_nodes()
    try:
        x = tg.randn(4, 3, requires_grad=True)
        w = tg.randn(3, 3, requires_grad=True)
        h = tg.tanh(x @ w)
        h.retain_grad()
        loss = (tg.cat([h, h * 2]).softmax(dim=1) ** 2).sum() + h[0].logsumexp(0) + x.var()
        ghosts = [weakref.ref(h), weakref.ref(loss)]
        if used:
            loss.backward()
        del h, loss
        assert [ghost() for ghost in ghosts] == [None, None]
        assert count_nodes() == before
    finally:
        gc.enable()


def test_backward_lets_go_of_the_arrays_it_kept():
    x = tg.randn(10, requires_grad=True)
    h = x.exp()
    kept = weakref.ref(h.array)
    y = (h * h).sum()
    del h
    assert kept() is not None
    y.backward()
    assert kept() is None
    assert y.node.pullbacks is None


def test_threads_run_separate_graphs_undisturbed():
    failures = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for i in range(200):
            if i % 3 == 0:
                with tg.no_grad():
                    if (tg.ones(2, requires_grad=True) * 2).requires_grad:
                        failures.append("recorded inside no_grad")
            value = rng.standard_normal(3)
            x = tg.tensor(value, requires_grad=True)
            (x * x * x).sum().backward()
            if not np.allclose(x.grad.array, 3 * value**2, rtol=1e-12):
                failures.append("wrong gradient")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_gradients_of_chosen_tensors_alone():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    h = x * w
    loss = (h * h).sum()
    loss.backward(inputs=[w, h], retain_graph=True)
    assert x.grad is None
    assert w.grad.tolist() == [6.0, 32.0]
    assert h.grad.tolist() == [6.0, 16.0]
    tg.autograd.backward([loss, h], [None, tg.ones(2, dtype=tg.float64)], inputs=x)
    assert x.grad.tolist() == [18.0 + 3.0, 64.0 + 4.0]
    with pytest.raises(ValueError, match="grad_tensors for each of 2 outputs, got 1"):
        tg.autograd.backward([loss, h], [None])
    with pytest.raises(tg.GraphError, match="backward: input 1 does not require a gradient"):
        loss.backward(inputs=[w, w.detach()])


def test_the_graph_behind_an_intermediate_stays_for_another_pass():
    x = leaf(1.0, 2.0)
    h = x.exp()
    (g,) = tg.autograd.grad((h * h).sum(), [h])
    h.backward(g)
    np.testing.assert_allclose(x.grad.array, 2 * np.exp(2 * x.array))


def test_inputs_that_play_no_part():
    x, w = leaf(1.0), leaf(2.0)
    assert tg.autograd.grad(x * 2, [x, w], allow_unused=True)[1] is None
    assert tg.autograd.grad(x * 2, [x, w], materialize_grads=True)[1].tolist() == [0.0]
    with pytest.raises(ValueError, match="only_inputs=False"):
        tg.autograd.grad(x * 2, [x], only_inputs=False)


def test_variable():
    x = tg.autograd.Variable(tg.tensor([2.0]), requires_grad=True)
    assert isinstance(x, tg.autograd.Variable)
    (x * x).backward()
    assert x.grad.tolist() == [4.0]
