"""Recurrent networks: steps and series agree; what they cannot run on is refused."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.ops import recurrence


def flat(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_a_cell_called_again_and_again_is_the_network(name, bias):
    network = getattr(nn, name)(3, 4, bias=bias).double()
    cell = getattr(nn, f"{name}Cell")(3, 4, bias=bias).double()
    cell.load_state_dict({key.removesuffix("_l0"): value for key, value in network.state_dict().items()})
    x = tg.tensor(np.random.default_rng(0).normal(size=(5, 2, 3)))
    outputs, last = network(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        np.testing.assert_allclose(flat(state)[0].detach().numpy(), outputs[t].detach().numpy(), rtol=1e-12)
    for a, b in zip(flat(state), flat(last), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b[0].detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_products_for_what_is_frozen_or_data_are_left_out(name, monkeypatch):
    """Those of all steps together, for the weights' gradients and for the series', are the largest of the way back."""
    made = []
    for product in ("_of_weights", "_of_series"):
        function = getattr(recurrence, product)
        monkeypatch.setattr(recurrence, product, noting(made, product, function))
    network = getattr(nn, name)(3, 4)
    x = tg.ones(5, 2, 3)
    network(x)[0].sum().backward()
    assert set(made) == {"_of_weights"}
    made.clear()
    network.requires_grad_(False)
    network(x.requires_grad_())[0].sum().backward()
    assert made == ["_of_series"]


def noting(made, name, function):
    """Return the function with a note of each time that it, or the function that it returns, computes something."""

    def noted(*args):
        result = function(*args)
        if callable(result):
            return lambda: (made.append(name), result())[1]
        made.append(name)
        return result

    return noted


def test_dropout_between_the_layers_in_training_alone():
    network = nn.LSTM(3, 4, 2, dropout=0.5).double()
    x = tg.tensor(np.random.default_rng(0).normal(size=(5, 2, 3)))
    tg.manual_seed(0)
    first, other = network(x)[0], network(x)[0]
    assert not np.array_equal(first.detach().numpy(), other.detach().numpy())
    tg.manual_seed(0)
    np.testing.assert_array_equal(network(x)[0].detach().numpy(), first.detach().numpy())
    network.eval()
    np.testing.assert_array_equal(network(x)[0].detach().numpy(), network(x)[0].detach().numpy())


WRONG = {
    "no step": (lambda: nn.GRU(3, 4)(tg.zeros(0, 2, 3)), "at least one step"),
    "a state of another size": (lambda: nn.RNN(3, 4)(tg.zeros(5, 2, 3), tg.zeros(1, 2, 3)), "state of shape"),
    "a cell's state of another size": (lambda: nn.RNNCell(3, 4)(tg.zeros(2, 3), tg.zeros(1, 4)), "state of shape"),
    "another input": (lambda: nn.LSTM(3, 4)(tg.zeros(5, 2, 4)), "the last of size 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()
