"""`detect_anomaly`: the first NaN, infinity or unannounced write, with its operation, tensor and line."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autograd import AnomalyError, detect_anomaly, is_anomaly_enabled, set_detect_anomaly


def leaf(*values, name=None):
    t = tg.tensor(values, dtype=tg.float64, requires_grad=True)
    t.name = name
    return t


@pytest.fixture(autouse=True)
def _silent():
    with np.errstate(all="ignore"):
        yield


FORWARD = {
    "log of a negative number": (lambda x: (x - 2).log().exp(), r"log \(.*makes a NaN.*index \[0\] of shape \(2,\)"),
    "division by zero": (lambda x: 1 / (x - 1), r"div \(.*makes an infinity.*index \[0\]"),
    "overflow": (lambda x: (x * 1000).exp().log(), r"exp \(.*makes an infinity"),
}


@pytest.mark.parametrize("name", FORWARD)
def test_forward(name):
    compute, message = FORWARD[name]
    with detect_anomaly(), pytest.raises(AnomalyError, match=f"forward: {message}.*test_anomaly.py:[0-9]+: "):
        compute(leaf(1.0, 3.0)).sum().backward()


def test_backward_names_the_operation_the_tensor_and_the_line():
    with detect_anomaly():
        x = leaf(4.0, 0.0, name="weights")
        y = x.sqrt()  # the culprit
        z = (y * 0).sum() + y.sum()
        with pytest.raises(
            AnomalyError,
            match=r"backward: sqrt .*an infinity.*input 0 'weights', at index \[1\].*test_anomaly.py:[0-9]+: "
            r"y = x.sqrt\(\)  # the culprit",
        ):
            z.backward()


def test_infinities_that_were_put_in_are_no_anomaly():
    with detect_anomaly():
        x = leaf(1.0, 2.0)
        masked = tg.where(tg.tensor([True, False]), x, -np.inf)
        masked.softmax(0)[0].backward()
    assert x.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("write", [lambda t, a: t.detach().numpy().fill(7), lambda t, a: a.fill(7)])
def test_writes_behind_the_engines_back(write):
    array = np.array([1.0, 2.0])
    x, t = leaf(3.0, 4.0), tg.from_numpy(array)

    def program():
        y = (x * t).sum()
        write(t, array)
        y.backward()

    program()  # unseen without
    array[:] = 1, 2
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"mul needs 'b'.*y = \(x \* t\).sum\(\).*past the engine"):
        program()


def test_announced_changes_name_both_lines():
    with detect_anomaly():
        x = leaf(1.0, 2.0) * 1
        y = x * x
        x += 1
        with pytest.raises(tg.GraphError) as error:
            y.sum().backward()
    assert "y = x * x" in str(error.value)
    assert "add_ (test_anomaly.py" in str(error.value)
    assert "x += 1" in str(error.value)


def test_the_same_gradients_with_it():
    def gradients():
        x = leaf(0.3, 1.2)
        y = (x.sin() * x).exp().sum()
        (g,) = tg.autograd.grad(y, [x], create_graph=True)
        g.sum().backward()
        return g.tolist(), x.grad.tolist()

    expected = gradients()
    with detect_anomaly():
        assert gradients() == expected


def test_switching():
    assert not is_anomaly_enabled()
    with detect_anomaly(check_nan=False):
        assert is_anomaly_enabled()
        leaf(-1.0).log().backward()
        with set_detect_anomaly(False):
            assert not is_anomaly_enabled()
        assert is_anomaly_enabled()
    set_detect_anomaly(True)
    assert is_anomaly_enabled()
    set_detect_anomaly(False)
    assert not is_anomaly_enabled()
    assert leaf(1.0).exp().node.hooks is None
