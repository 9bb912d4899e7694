"""What the samples of the convolutions leave out: many blocks of images, where rows are taken apart, the bias."""

import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.ops import convolution_layout
from tinygrad_edu.ops.convolution import PLAIN, _forward_by_loops, _input_by_loops, _weight_by_loops

LINE = {"stride": (1,), "padding": (0,), "dilation": (1,), "groups": 1}
SPACE = {"stride": (1, 1, 1), "padding": (1, 0, 1), "dilation": (1, 1, 2), "groups": 1}
GEOMETRIES = {
    "rows in Y": ((5, 3, 6, 5), (4, 3, 3, 2), {**PLAIN, "padding": (1, 1)}),
    "rows in X": ((5, 1, 6, 5), (4, 1, 3, 2), {**PLAIN, "padding": (1, 1)}),
    "groups, rows in Y": ((5, 4, 5, 5), (2, 2, 3, 3), {**PLAIN, "groups": 2}),
    "groups, rows in X": ((5, 2, 5, 5), (8, 1, 3, 3), {**PLAIN, "groups": 2, "dilation": (1, 2)}),
    "stride": ((5, 2, 7, 7), (3, 2, 3, 3), {**PLAIN, "stride": (3, 2), "padding": (2, 1)}),
    "one row": ((5, 2, 1, 7), (3, 2, 1, 3), {**PLAIN, "padding": (0, 2)}),
    "a line, rows in Y": ((5, 3, 7), (2, 3, 3), LINE),
    "a line, rows in X": ((5, 2, 7), (3, 2, 3), {**LINE, "padding": (2,)}),
    "a volume, rows in Y": ((5, 2, 4, 3, 5), (3, 2, 2, 1, 2), SPACE),
    "a volume, rows in X": ((5, 2, 4, 3, 5), (3, 2, 2, 2, 2), {**SPACE, "stride": (2, 1, 1)}),
    "more padding than image": ((5, 1, 1, 1), (3, 1, 2, 2), {**PLAIN, "padding": (3, 3)}),
    "nothing but padding": ((5, 1, 1, 1), (3, 1, 2, 2), {**PLAIN, "padding": (3, 3), "dilation": (5, 5)}),
}


def drawn(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("images_in_a_block", [1, 2, 5])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_blocks_make_no_difference(monkeypatch, name, images_in_a_block):
    """5 images in blocks of 1, of 2 (the last smaller) and in one: in value, gradients, and memory used again."""
    x_shape, w_shape, params = GEOMETRIES[name]
    x, w, b = drawn(x_shape, w_shape, w_shape[:1])
    y_shape = convolution_layout.output_shape(x_shape, w_shape, **params)
    (g,) = drawn(y_shape)
    whole = convolution_layout.Layout(x_shape, w_shape, 8, **params)
    numbers = (np.prod(whole.X) + np.prod(whole.Y)) * np.prod(whole.each)
    monkeypatch.setattr(convolution_layout, "CACHE", int(numbers) * 8 * images_in_a_block)
    assert len(convolution_layout.Layout(x_shape, w_shape, 8, **params).blocks) == -(-5 // images_in_a_block)
    assert whole.rows_in_y == ("rows in Y" in name or name == "one row")

    y, pullbacks = ops.convolution.rule(x, w, b, **params)
    grad_x, grad_w, grad_b = (pullback(g) for pullback in pullbacks)
    expected = (
        _forward_by_loops(x, w, b, **params),
        _input_by_loops(g, w, x_shape[2:], **params),
        _weight_by_loops(x, g, w_shape[2:], **params),
        g.sum((0, *range(2, g.ndim))),
    )
    for got, want in zip((y, grad_x, grad_w, grad_b), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    first = y.copy()
    ops.convolution.rule(2 * x, w, b, **params)
    np.testing.assert_array_equal(y, first)


def test_threads_do_not_disturb_each_other():
    x_shape, w_shape, params = (32, 4, 16, 16), (8, 4, 3, 3), {**PLAIN, "padding": (1, 1)}
    images, (w,) = drawn(*[x_shape] * 4), drawn(w_shape)
    expected = [ops.convolution(x, w, **params) for x in images]
    results = {}
    barrier = threading.Barrier(4)

    def work(k):
        barrier.wait()
        results[k] = [ops.convolution(images[k], w, **params) for _ in range(10)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, want in enumerate(expected):
        for got in results[k]:
            np.testing.assert_array_equal(got, want)


def test_only_the_bias_needs_a_gradient():
    """Then the rule is run again on arrays and one Tensor, for its pullbacks."""
    x, w, b = drawn((2, 2, 4, 4), (3, 2, 3, 3), (3,))
    bias = tg.tensor(b, requires_grad=True)
    y = ops.convolution(x, w, bias, **PLAIN)
    (grad,) = tg.autograd.grad((y * y).sum(), [bias], create_graph=True)
    (again,) = tg.autograd.grad(grad.sum(), [bias])
    np.testing.assert_allclose(grad.detach().array, 2 * y.detach().array.sum((0, 2, 3)))
    np.testing.assert_allclose(again.array, np.full(3, 2.0 * 2 * 2 * 2))


def test_a_bias_of_another_size_is_an_error():
    x, w, b = drawn((1, 2, 4, 4), (3, 2, 3, 3), (1,))
    with pytest.raises(ValueError, match=r"convolution.*the bias must be \(3,\).*not \(1,\)"):
        ops.convolution(tg.tensor(x), tg.tensor(w), tg.tensor(b), **PLAIN)
