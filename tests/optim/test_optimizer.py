"""What all optimizers share: groups, state, saving, and the mistakes they answer."""

import copy
import io

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.optim.rules import OWN, RULES, label
from tinygrad_edu import nn, optim


def weights(*shapes):
    return [tg.ones(*shape, requires_grad=True) for shape in shapes]


def fill_gradients(tensors, value=1.0):
    for t in tensors:
        t.grad = tg.ones_like(t) * value


def test_groups_have_options_of_their_own():
    a, b, c = weights((2,), (3,), (1,))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": (p for p in [c]), "weight_decay": 1.0})
    fill_gradients([a, b, c])
    optimizer.step()
    assert a.tolist() == pytest.approx([0.9] * 2)
    assert b.tolist() == pytest.approx([0.5] * 3)
    assert c.tolist() == pytest.approx([0.8])
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    assert a.tolist() == pytest.approx([-0.1] * 2)


def test_parameters_without_a_gradient_stay():
    a, b = weights((2,), (2,))
    optimizer = optim.Adam([a, b], weight_decay=1.0)
    fill_gradients([a])
    optimizer.step()
    assert b.tolist() == [1.0, 1.0]
    assert list(optimizer.state_dict()["state"]) == [0]


def test_zero_grad():
    a, b = weights((2,), (2,))
    optimizer = optim.SGD([a, b])
    fill_gradients([a])
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.tolist() == [0.0, 0.0]
    assert b.grad is None
    optimizer.zero_grad()
    assert a.grad is None


def test_closure_is_run_with_gradients_on_and_its_loss_returned():
    (p,) = weights((1,))
    optimizer = optim.SGD([p], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with tg.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert p.item() == 0.0
    assert optimizer.step() is None


def test_a_step_during_a_backward_pass_is_noticed():
    (p,) = weights((2,))
    x = tg.ones(2, requires_grad=True)
    loss = (p * x).sum()
    fill_gradients([p])
    optim.SGD([p], lr=0.1).step()
    with pytest.raises(tg.GraphError, match=r"SGD\.step has changed it in place"):
        loss.backward()


def test_a_rule_of_your_own_is_one_method():
    class SignDescent(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def update(self, param, grad, state, group):
            state["calls"] = state.get("calls", 0) + 1
            param -= group["lr"] * np.sign(grad)

    a, b = weights((2,), (1,))
    optimizer = SignDescent([a, b], lr=0.25)
    fill_gradients([a, b], -7.0)
    optimizer.step()
    assert a.tolist() == [1.25, 1.25]
    assert optimizer.state_dict()["state"] == {0: {"calls": 1}, 1: {"calls": 1}}
    with pytest.raises(NotImplementedError, match="Optimizer: update is not defined"):
        optim.Optimizer([a], {}).step()


# Saving and loading

START = [np.array([[0.5, -1.0], [2.0, 0.1]]), np.array(0.3), np.array([1.0, -2.0, 3.0])]


def started(start=START, dtype=np.float32):
    return [tg.tensor(array.astype(dtype), requires_grad=True) for array in start]


def run(tensors, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        sum((t * 2 + 1).cos().sum() for t in tensors).backward()
        optimizer.step()


def written_and_read(state):
    file = io.BytesIO()
    tg.save(state, file)
    file.seek(0)
    return tg.load(file)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), RULES + OWN, ids=label)
def test_a_run_that_was_saved_goes_on_as_if_it_had_not_stopped(name, options, dtype):
    def make(tensors):
        groups = [{"params": tensors[:1], "lr": 0.003}, {"params": tensors[1:]}]
        return getattr(optim, name)(groups, **options)

    straight = started(dtype=dtype)
    run(straight, make(straight), 6)

    first = started(dtype=dtype)
    optimizer = make(first)
    run(first, optimizer, 3)
    saved, second = written_and_read(optimizer.state_dict()), started([t.detach().numpy() for t in first], dtype)
    resumed = getattr(optim, name)([{"params": second[:1]}, {"params": second[1:]}])
    resumed.load_state_dict(saved)
    run(second, resumed, 3)
    assert [t.array.tobytes() for t in second] == [t.array.tobytes() for t in straight]
    assert [t.dtype for t in second] == [t.dtype for t in straight]
    run(first, optimizer, 1)  # the two share nothing
    assert resumed.param_groups[0]["lr"] == 0.003
    assert [t.array.tobytes() for t in second] == [t.array.tobytes() for t in straight]


@pytest.mark.parametrize("name", sorted({name for name, _ in RULES + OWN}))
def test_arguments_that_say_by_what_means_a_step_is_made(name):
    """PyTorch's: those that change no number are kept, the one that cannot be followed is refused."""
    rule, (p, q) = getattr(optim, name), weights((2,), (2,))
    plain, given = rule([p]), rule([q], **{key: True for key in rule.execution if key != "differentiable"})
    for _ in range(3):
        fill_gradients([p, q], 0.5)
        plain.step()
        given.step()
    assert p.tolist() == q.tolist() != [1.0, 1.0]
    assert given.param_groups[0]["foreach"] is True
    assert given.param_groups[0]["differentiable"] is False
    assert plain.param_groups[0]["foreach"] is None
    with pytest.raises(NotImplementedError, match=f"{name}: differentiable=True is not supported: a step changes arr"):
        rule([p], differentiable=True)
    with pytest.raises(TypeError, match=f"{name}: unexpected keyword argument 'nestrov'"):
        rule([p], nestrov=True)


def test_the_layout_of_the_state():
    a, b = weights((2,), (3,))
    optimizer = optim.Adam([{"params": [a]}, {"params": [b], "lr": 0.5}])
    fill_gradients([a, b])
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    assert [group["lr"] for group in state["param_groups"]] == [1e-3, 0.5]
    assert list(state["state"][1]) == ["step", "exp_avg", "exp_avg_sq"]
    assert state["state"][1]["step"] == 1
    assert state["state"][1]["exp_avg"].shape == (3,)
    momentum = optim.SGD([a], momentum=0.9)
    momentum.step()
    assert list(momentum.state_dict()["state"][0]) == ["momentum_buffer"]
    assert optim.SGD([a]).state_dict()["state"] == {}


@pytest.mark.parametrize("number", [5, 5.0, np.float32(5), np.array(5), tg.tensor(5.0)], ids=repr)
def test_arrays_and_numbers_load_as_well(number):
    a, b = weights((2,), ())
    optimizer = optim.Adam([a, b])
    fill_gradients([a, b])
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    for values in saved["state"].values():
        values.update(step=number, exp_avg=values["exp_avg"].array.astype(np.float64))
    optimizer.load_state_dict(saved)
    steps = optimizer.state[a]["step"]
    assert (steps.item(), steps.shape, steps.dtype) == (5, (), tg.float32)
    assert optimizer.state[a]["exp_avg"].dtype == tg.float32
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [6, 6]
    assert optimizer.state[a]["step"] is steps
    assert np.array(number) == 5  # it was copied


@pytest.mark.parametrize("number", ["3", None, [1], np.ones(2), 10**400], ids=["text", "none", "list", "two", "huge"])
def test_a_count_of_steps_that_is_no_number_is_refused(number):
    (a,) = weights((2,))
    optimizer = optim.Adam([a])
    saved = {**optimizer.state_dict(), "state": {0: {"step": number}}}
    with pytest.raises(ValueError, match=r"Adam\.load_state_dict: step of parameter 0: "):
        optimizer.load_state_dict(saved)
    assert not optimizer.state


def test_options_are_copied():
    optimizer = optim.Adam(weights((2,)))
    saved = optim.Adam(weights((2,)), betas=[0.5, 0.6]).state_dict()
    optimizer.load_state_dict(saved)
    saved["param_groups"][0]["betas"][0] = 0.0
    assert optimizer.param_groups[0]["betas"] == [0.5, 0.6]


def test_a_state_that_does_not_fit_changes_nothing():
    a, b = weights((2,), (3,))
    optimizer = optim.SGD([a, b], momentum=0.9, lr=0.1)
    fill_gradients([a, b])
    optimizer.step()
    before = copy.deepcopy(optimizer.state_dict())
    other = optim.SGD(weights((2,)), momentum=0.9).state_dict()
    with pytest.raises(ValueError, match=r"expected groups of \[2\] parameters, got groups of \[1\]"):
        optimizer.load_state_dict(other)
    wrong = copy.deepcopy(before)
    wrong["param_groups"][0]["lr"] = 7.0
    wrong["state"][1]["momentum_buffer"] = tg.ones(2)
    with pytest.raises(ValueError, match=r"momentum_buffer of parameter 1: expected shape \(3,\), got \(2,\)"):
        optimizer.load_state_dict(wrong)
    wrong["state"] = {7: {}}
    with pytest.raises(ValueError, match="state for a parameter 7, but none such"):
        optimizer.load_state_dict(wrong)
    with pytest.raises(ValueError, match='expected a dictionary of "state" and "param_groups"'):
        optimizer.load_state_dict({"0.weight": tg.ones(2)})
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    assert after["state"][0]["momentum_buffer"].tolist() == before["state"][0]["momentum_buffer"].tolist()


def test_repr():
    text = repr(optim.SGD(weights((1,)), lr=0.1))
    assert text == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )


W = weights((2,))
MISTAKES = {
    "nothing": (lambda: optim.SGD([]), ValueError, "SGD: there are no parameters"),
    "used up": (lambda: optim.SGD(iter(())), ValueError, "generator: it is empty when used a second time"),
    "one tensor": (lambda: optim.Adam(W[0]), TypeError, "Adam: expected an iterable.*one Tensor; put it into a list"),
    "one group": (lambda: optim.Adam({"params": W}), TypeError, "one dict; put it into a list"),
    "a set": (lambda: optim.SGD([{"params": set(W)}]), TypeError, "order of a set"),
    "no params": (lambda: optim.SGD([{"lr": 1.0}]), TypeError, 'a dictionary with "params"'),
    "named": (lambda: optim.SGD(nn.Linear(1, 1).named_parameters()), TypeError, r"got tuple; pass model.par"),
    "an array": (lambda: optim.SGD([np.ones(2)]), TypeError, "expected tensors as parameters, got ndarray"),
    "a result": (lambda: optim.SGD([W[0] * 2]), ValueError, r"shape \(2,\) is the result of mul; only leaves"),
    "twice": (lambda: optim.SGD([*W, *W]), ValueError, "given twice"),
    "twice in groups": (lambda: optim.SGD([{"params": W}, {"params": W}]), ValueError, "given twice"),
    "lr": (lambda: optim.SGD(W, lr=-0.1), ValueError, "SGD: expected lr ≥ 0, got -0.1"),
    "lr of a group": (lambda: optim.SGD([{"params": W, "lr": -1}]), ValueError, "expected lr ≥ 0, got -1"),
    "lr is NaN": (lambda: optim.SGD(W, lr=float("nan")), ValueError, "expected lr ≥ 0, got nan"),
    "momentum": (lambda: optim.SGD(W, momentum=-1), ValueError, "expected momentum ≥ 0"),
    "decay": (lambda: optim.AdamW(W, weight_decay=-1), ValueError, "AdamW: expected weight_decay ≥ 0"),
    "nesterov": (lambda: optim.SGD(W, nesterov=True), ValueError, "nesterov needs a momentum and no dampening"),
    "dampened": (lambda: optim.SGD(W, momentum=0.9, dampening=0.1, nesterov=True), ValueError, "no dampening"),
    "beta": (lambda: optim.Adam(W, betas=(0.9, 1.0)), ValueError, r"expected β2 in \[0, 1\), got 1.0"),
    "betas": (lambda: optim.NAdam(W, betas=0.9), ValueError, r"NAdam: expected two numbers, betas=.*, got 0.9"),
    "etas": (lambda: optim.Rprop(W, etas=(1.2, 0.5)), ValueError, r"Rprop: expected etas=\(η⁻, η⁺\)"),
    "eps": (lambda: optim.Adam(W, eps=-1), ValueError, "Adam: expected eps ≥ 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_by_name(name):
    call, error, message = MISTAKES[name]
    with pytest.raises(error, match=message):
        call()
