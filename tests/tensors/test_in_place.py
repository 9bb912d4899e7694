"""Changing tensors in place: the right gradient, or an error that names what changed and who needed it."""

import numpy as np
import pytest

import tinygrad_edu as tg


def leaf(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


def test_values_change_in_the_same_memory():
    t = tg.zeros(3)
    memory = t.array
    t += 2
    t *= 3
    t -= 1
    t /= 5
    t[0] = 7
    t.add_(1, alpha=2).clamp_(max=8.0)
    assert t.tolist() == [8.0, 3.0, 3.0]
    assert t.array is memory


def test_gradients_flow_through_changes_of_a_result():
    x = leaf(1.0, 2.0)
    y = x * 3
    y += x
    y *= 2
    y[0] = x[1] * 10
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 8.0 + 10.0]


def test_a_node_that_used_the_old_value_leads_back_to_it():
    x = leaf(1.0, 2.0)
    y = x * 3
    old = y + 0
    y += x * 100
    (old * 1).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_tracked_value_written_into_a_plain_buffer():
    x = leaf(1.0, 2.0)
    buffer = tg.zeros(2, 2, dtype=tg.float64)
    before = buffer * 5
    for i in range(2):
        buffer[i] = x * (i + 1)
    assert buffer.requires_grad
    assert not before.requires_grad
    buffer.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_old_value_needed_by_an_operation():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y * y
    y += 1
    with pytest.raises(tg.GraphError, match=r"mul needs '[ab]', of shape \(2,\).*add_ has changed it in place"):
        z.sum().backward()


def test_old_value_changed_through_a_view_or_detached_or_data():
    for change in (lambda t: t[0:1].fill_(9.0), lambda t: t.detach().zero_(), lambda t: t.data.add_(1)):
        w = leaf(1.0, 2.0)
        y = w.exp()
        z = (y * y).sum()
        with tg.no_grad():
            change(y)
        with pytest.raises(tg.GraphError, match="has changed it in place"):
            z.backward()


def test_a_change_that_no_pullback_minds():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y + 1  # addition keeps nothing
    y += 5
    z.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_output_kept_by_its_own_operation():
    x = leaf(1.0, 2.0)
    y = x.exp()
    y += 1
    with pytest.raises(tg.GraphError, match="exp needs 'y'"):
        y.sum().backward()


def test_in_place_forms_that_keep_a_result_of_their_own_work():
    x = leaf(-1.0, 2.0)
    y = (x * 1).relu_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 1.0]


def test_with_create_graph_every_input_must_be_unchanged():
    x = leaf(1.0)
    y = x * 2
    z = y.sigmoid()
    y += 1
    with pytest.raises(tg.GraphError, match="input 0"):
        tg.autograd.grad(z.sum(), [x], create_graph=True)


def test_a_leaf_that_requires_a_gradient():
    w = leaf(1.0)
    for change in (lambda: w.add_(1), lambda: w.zero_(), lambda: w.__setitem__(0, 2.0)):
        with pytest.raises(tg.GraphError, match=r"a leaf that requires a gradient.*no_grad"):
            change()
    with tg.no_grad():
        w += 1
        w[0] = w[0] * 2
    assert w.tolist() == [4.0]
    assert w.is_leaf
    assert w.requires_grad


def test_weights_may_change_between_steps_but_not_between_forward_and_backward():
    w = leaf(2.0)
    for _ in range(3):
        loss = (w * w).sum()
        loss.backward()
        with tg.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    np.testing.assert_allclose(w.item(), 2 * 0.8**3)
    loss = (w * w).sum()
    with tg.no_grad():
        w += 1
    with pytest.raises(tg.GraphError, match="add_ has changed it"):
        loss.backward()


def test_writing_into_a_shared_view():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    part = y[:2]
    part += x[:2]
    assert y.tolist() == [3.0, 6.0, 6.0]
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0, 2.0]


@pytest.mark.parametrize("index", [0, slice(2), (slice(None), 1), [1, 0], ..., (None, 0), [True, False]])
@pytest.mark.parametrize("tracked", [True, False])
def test_adding_to_a_part(index, tracked):
    """`y[i] += v` reads, adds and writes back."""
    a, v = leaf([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]), leaf(10.0).sum()

    def steps(a, v):
        y = a * 2
        y[index] += v
        y[index] *= v
        y[index] -= 1
        y[index] /= 4
        return y

    if tracked:
        assert tg.autograd.gradcheck(steps, [a, v])
    y = tg.tensor(a.tolist(), dtype=tg.float64)
    expected = a.detach().clone().array
    y[index] += v
    y[index] *= 3
    expected[index] += 10.0
    expected[index] *= 3
    assert y.tolist() == expected.tolist()
    (g,) = tg.autograd.grad(y.sum(), [v])
    written = np.zeros_like(expected)
    written[index] = 3
    assert g.item() == written.sum()


def test_an_operation_in_place_that_needs_the_old_value():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)

    def products(x, w):
        y = x * 2
        y *= w
        y **= 2
        return y

    def steps(x, w):
        y = products(x, w)
        y.sigmoid_().tanh_().clamp_(-0.5, 0.9)
        y /= w
        return y

    assert tg.autograd.gradcheck(steps, [x, w])
    assert tg.autograd.gradgradcheck(products, [x, w])


def test_adding_to_a_part_of_a_part_and_in_an_attribute():
    class Holder:
        pass

    x = leaf(1.0, 2.0)
    holder = Holder()
    holder.t = x * 2
    holder.t[0] += x[1] * 10
    holder.t.sum().backward()
    assert x.grad.tolist() == [2.0, 12.0]


def test_a_view_that_was_taken_before_a_write_to_its_base():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    part = y[:2]
    before = part + 0  # used before the change: right
    y[0] = x[2] * 10
    after = part + 0  # sees the new value, and leads back to what was written
    before.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [2.0, 2.0, 0.0]
    x.grad = None
    after.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [0.0, 2.0, 10.0]
    y[1] = 0
    x.grad = None
    (part + 0).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 10.0]


@pytest.mark.parametrize(
    "write",
    [
        lambda y, x: y[:2].add_(x[:2]),
        lambda y, x: [y[:2]][0].add_(x[:2]),
        lambda y, x: y[:2][:].__iadd__(x[:2]),
        lambda y, x: y.reshape(3, 1)[:2, 0].add_(x[:2]),
        lambda y, x: y.view(1, 3).T[:2].squeeze(1).add_(x[:2]),
    ],
)
def test_writing_through_a_view_is_recorded_on_its_base(write):
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    write(y, x)
    assert y.tolist() == [3.0, 6.0, 6.0]
    (y * y).sum().backward()
    assert x.grad.tolist() == [18.0, 36.0, 24.0]
    with pytest.raises(tg.GraphError, match="a leaf that requires a gradient"):
        x[0] += 1
    with pytest.raises(tg.GraphError, match="a view of a leaf that requires a gradient"):
        x[:2].add_(1)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.add_(tg.ones(2, 3)), ValueError, r"shape \(2, 3\), which does not fit in place into \(3,\)"),
        (lambda t: t.long().add_(0.5), TypeError, "does not fit in place into int64"),
        (lambda t: t.__setitem__(0.5, 1), IndexError, "integers, slices, masks"),
        (lambda t: t.__setitem__(slice(2), tg.ones(3)), ValueError, "broadcast"),
    ],
)
def test_refused(change, error, message):
    with pytest.raises(error, match=message):
        change(tg.zeros(3))


def test_an_array_does_not_take_a_tensor_in_place():
    array = np.zeros(1)
    with pytest.raises(TypeError, match=r"np.add: the argument out=.*a = a \+ t"):
        array += leaf(1.0)
