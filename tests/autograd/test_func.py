"""Derivatives of plain functions: written with NumPy, on arrays, Tensors, numbers and nests of them."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import func

X = np.array([0.3, -1.2, 2.0])


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    g = np.zeros_like(x)
    g[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def test_the_gradient_of_a_cost_function_is_one_line():
    """The source explainer's `compute_gradient(cost_function, weights, bias)`."""
    inputs, targets = np.array([[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]]), np.array([1.0, 0.0, 1.0])

    def cost_function(weights, bias):
        return np.mean((inputs @ weights + bias - targets) ** 2)

    def compute_gradient(cost_function, weights, bias):
        return func.grad(cost_function, argnums=(0, 1))(weights, bias)

    weights, bias = np.array([0.5, -0.25]), 0.1
    of_weights, of_bias = compute_gradient(cost_function, weights, bias)
    error = inputs @ weights + bias - targets
    np.testing.assert_allclose(of_weights, 2 / 3 * inputs.T @ error, rtol=1e-12)
    np.testing.assert_allclose(of_bias, 2 * error.mean(), rtol=1e-12)


def test_kind_and_dtype_come_out_as_they_went_in():
    def square(x):
        return (x * x).sum() if hasattr(x, "sum") else x * x

    g = func.grad(rosenbrock)(X)
    assert type(g) is np.ndarray
    assert g.dtype == np.float64
    np.testing.assert_allclose(g, rosenbrock_gradient(X), rtol=1e-12)
    assert func.grad(square)(X.astype(np.float32)).dtype == np.float32
    assert isinstance(func.grad(square)(tg.tensor(X)), tg.Tensor)
    number = func.grad(lambda x: x**3)(2.0)
    assert isinstance(number, float)
    assert number == 12.0
    zero_dimensional = func.grad(lambda x: x**3)(np.array(2.0))
    assert type(zero_dimensional) is np.ndarray
    assert func.value_and_grad(rosenbrock)(X)[0] == rosenbrock(X)
    assert not isinstance(func.value_and_grad(rosenbrock)(X)[0], tg.Tensor)


def test_nests_come_out_as_they_went_in():
    parameters = {"w": [X, X[:2]], "b": (1.0, None)}

    def f(p):
        return np.sum(p["w"][0] ** 2) + np.sum(p["w"][1]) * p["b"][0]

    g = func.grad(f)(parameters)
    assert list(g) == ["w", "b"]
    assert g["b"][1] is None
    np.testing.assert_allclose(g["w"][0], 2 * X)
    assert g["w"][1].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(g["b"][0], X[:2].sum())


def test_derivatives_of_derivatives():
    f = np.sin
    for expected in (np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7)):
        f = func.grad(f)
        np.testing.assert_allclose(f(0.7), expected, rtol=1e-12)


def test_an_inner_derivative_sees_what_the_outer_one_watches():
    """Each has a graph of its own: d/dx x · d/dy (x + y) is 1, not 2."""
    assert func.grad(lambda x: x * func.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert func.grad(lambda x: func.grad(lambda y: x * y * y)(3.0))(2.0) == 6.0
    assert func.grad(lambda x: func.grad(lambda y: x * y * y)(x))(2.0) == 8.0


def test_inside_an_ordinary_graph():
    w = tg.tensor(X, requires_grad=True)
    penalty = (func.grad(lambda v: (v**3).sum())(w) ** 2).sum()
    penalty.backward()
    np.testing.assert_allclose(w.grad.array, 36 * X**3, rtol=1e-12)
    with tg.no_grad():
        assert not func.grad(lambda v: (v**3).sum())(w).requires_grad


def test_argnums_keywords_and_auxiliary_values():
    def f(a, b, power=1):
        return np.sum(a * b**power), {"shown": a + b}

    g, aux = func.grad(f, argnums=-1, has_aux=True)(X, 2 * X, power=2)
    np.testing.assert_allclose(g, 4 * X * X)
    assert type(aux["shown"]) is np.ndarray
    (value, _), (ga, gb) = func.value_and_grad(f, argnums=(0, 1), has_aux=True)(X, X)
    np.testing.assert_allclose([value, *ga, *gb], [np.sum(X * X), *X, *X])


def test_outputs_that_do_not_depend_on_the_input():
    assert func.grad(lambda x: 3.0)(X).tolist() == [0.0] * 3
    assert func.grad(lambda x, y: y**2)(X, 2.0).tolist() == [0.0] * 3
    assert func.jacobian(lambda x: np.ones(2))(X).tolist() == [[0.0] * 3] * 2
    assert func.hessian(np.sum)(X).tolist() == [[0.0] * 3] * 3
    assert func.vjp(lambda x: np.ones(2), X)[1](np.ones(2))[0].tolist() == [0.0] * 3
    assert func.jvp(lambda x: np.ones(2), (X,), (X,))[1].tolist() == [0.0] * 2
    assert func.hvp(np.sum, (X,), (X,))[1][0].tolist() == [0.0] * 3


def test_products_with_the_jacobian():
    A = np.arange(6.0).reshape(2, 3)

    def f(x):
        return np.tanh(A @ x)

    J = (1 - np.tanh(A @ X) ** 2)[:, None] * A
    u, v = np.array([0.3, -0.7]), np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(func.jacobian(f)(X), J, rtol=1e-12)
    y, back = func.vjp(f, X)
    np.testing.assert_allclose(y, f(X))
    for _ in range(2):
        np.testing.assert_allclose(back(u)[0], u @ J, rtol=1e-12)
    y, along = func.jvp(f, (X,), (v,))
    assert type(y) is type(along) is np.ndarray
    np.testing.assert_allclose(along, J @ v, rtol=1e-12)


def test_products_with_nested_and_several_arguments():
    def f(p, c):
        return {"y": p["a"] * c, "z": np.sum(p["b"])}

    primals, tangents = ({"a": X, "b": X}, 2.0), ({"b": X, "a": 2 * X}, 0.5)
    out, slope = func.jvp(f, primals, tangents)
    assert set(out) == {"y", "z"}
    np.testing.assert_allclose(slope["y"], 2 * X * 2 + X * 0.5)
    np.testing.assert_allclose(slope["z"], X.sum())
    J = func.jacobian(f)(*primals)
    np.testing.assert_allclose(J["y"]["a"], 2 * np.eye(3))
    np.testing.assert_allclose(J["z"]["b"], np.ones(3))


def test_second_derivatives():
    H = func.hessian(rosenbrock)(X)
    eps = 1e-6
    differences = [(rosenbrock_gradient(X + e) - rosenbrock_gradient(X - e)) / (2 * eps) for e in eps * np.eye(3)]
    np.testing.assert_allclose(H, differences, rtol=1e-6, atol=1e-5)
    v = np.array([1.0, -2.0, 0.5])
    value, product = func.hvp(rosenbrock, (X,), (v,))
    assert value == rosenbrock(X)
    np.testing.assert_allclose(product[0], H @ v, rtol=1e-12)
    np.testing.assert_allclose(func.jvp(func.grad(rosenbrock), (X,), (v,))[1], H @ v, rtol=1e-12)
    np.testing.assert_allclose(func.jacobian(func.grad(rosenbrock))(X), H, rtol=1e-12)


def test_elementwise():
    np.testing.assert_allclose(func.elementwise_grad(np.tanh)(X), 1 - np.tanh(X) ** 2)
    second = func.elementwise_grad(func.elementwise_grad(np.tanh))
    np.testing.assert_allclose(second(X), -2 * np.tanh(X) * (1 - np.tanh(X) ** 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: func.grad(np.tanh)(X), ValueError, r"single number, not shape \(3,\).*jacobian or elementwise_grad"),
        (lambda: func.grad(np.sin)(2), TypeError, r"argument 0 holds 2, of type int.*write 2\.0"),
        (lambda: func.grad(np.sum)(np.arange(3)), TypeError, r"argument 0 is int64.*astype\(float\)"),
        (lambda: func.grad(np.sum)("text"), TypeError, "of type str"),
        (lambda: func.grad(lambda x: None)(X), TypeError, "is a return missing"),
        (lambda: func.grad(lambda x: "x")(X), TypeError, "must return numbers"),
        (lambda: func.grad(lambda x: (np.sum(x), x))(X), ValueError, "has_aux=True"),
        (lambda: func.grad(np.sum, has_aux=True)(X), TypeError, "must return a pair"),
        (lambda: func.grad(np.sum, argnums=1)(X), ValueError, "no argument 1.*called with 1"),
        (lambda: func.vjp(np.tanh, X)[1](np.ones(2)), ValueError, r"shape \(3,\), got \(2,\)"),
        (lambda: func.jvp(np.tanh, (X,), ([X],)), ValueError, r"jvp: expected"),
        (lambda: func.jvp(np.tanh, X, X), TypeError, "write a tuple"),
        (lambda: func.hvp(np.tanh, (X,), (X,)), ValueError, "single number"),
    ],
)  # fmt: skip
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
