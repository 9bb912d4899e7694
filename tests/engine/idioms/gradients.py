"""Hooks, retain_grad, autograd.grad and second derivatives beside writes in place."""

from tests.engine.idioms.table import idiom, squares

# retain_grad and hooks


@idiom()
def retain_grad_before_a_write(T, x, w, m):
    h = x * 2
    h.retain_grad()
    h *= w
    return squares(h), h


@idiom()
def retain_grad_after_a_write(T, x, w, m):
    h = x * 2
    h *= w
    h.retain_grad()
    return squares(h), h


@idiom()
def retain_grad_before_and_after_two_writes(T, x, w, m):
    h = x * 2
    h.retain_grad()
    h += 1
    h.mul_(w)
    h[0] = x[3]
    return squares(h), h


@idiom()
def retain_grad_on_a_view(T, x, w, m):
    h = x * 2
    part = h[1:]
    part.retain_grad()
    return squares(part) + squares(h), part, h


@idiom()
def retain_grad_on_a_view_that_is_written(T, x, w, m):
    h = x * 2
    part = h[1:]
    part *= w[1:]
    part.retain_grad()
    return squares(part) + squares(h), part, h


@idiom()
def retain_grad_on_a_base_whose_view_is_written_later(T, x, w, m):
    h = x * 2
    h.retain_grad()
    h[1:].mul_(w[1:])
    return squares(h), h


@idiom()
def retain_grad_on_a_base_whose_view_was_written(T, x, w, m):
    h = x * 2
    h[1:].mul_(w[1:])
    h.retain_grad()
    return squares(h), h


@idiom()
def flatten_of_one_axis_is_the_tensor_itself(T, x, w, m):
    h = x * 2
    h.flatten().retain_grad()
    return squares(h), h


def recorder(seen, factor=None):
    """Return a hook that notes the gradient, and multiplies it by `factor` if there is one."""

    def hook(g):
        seen.append(g * 1)
        return None if factor is None else g * factor

    return hook


@idiom(is_slope=False)
def hook_before_a_write(T, x, w, m):
    seen = []
    h = x * 2
    h.register_hook(recorder(seen, 3.0))
    h *= w
    return squares(h), h, seen


@idiom(is_slope=False)
def hook_after_a_write(T, x, w, m):
    seen = []
    h = x * 2
    h *= w
    h.register_hook(recorder(seen, 3.0))
    return squares(h), h, seen


@idiom()
def hooks_before_and_after_a_write(T, x, w, m):
    before, after = [], []
    h = x * 2
    h.register_hook(recorder(before))
    h *= w
    h.register_hook(recorder(after))
    return squares(h), before, after


@idiom()
def hook_on_a_view_that_was_written(T, x, w, m):
    seen, base = [], []
    h = x * 2
    part = h[1:]
    part *= w[1:]
    part.register_hook(recorder(seen))
    h.register_hook(recorder(base))
    return squares(part) + squares(h), h, seen, base


@idiom(is_slope=False)
def hook_on_a_leaf_used_in_place(T, x, w, m):
    seen = []
    x.register_hook(recorder(seen, 0.5))
    h = w * 2
    h += x
    h[0] *= x[0]
    return squares(h), seen


# autograd.grad, create_graph


def second(T, loss, of):
    """Return the sum of the squares of the gradient, which is differentiated again, and the gradient."""
    (g,) = T.autograd.grad(loss, [of], create_graph=True)
    return squares(g), g


@idiom()
def grad_of_a_base_and_of_its_view(T, x, w, m):
    y = x * 2
    part = y[:2]
    loss = squares(part) + squares(y)
    base, view = T.autograd.grad(loss, [y, part], retain_graph=True)
    return loss, base, view


@idiom()
def grad_of_a_base_after_a_write_by_view(T, x, w, m):
    y = x * 2
    part = y[:2]
    part *= w[:2]
    loss = squares(y)
    (base,) = T.autograd.grad(loss, [y], retain_graph=True)
    return loss, base


@idiom()
def grad_of_a_view_after_a_write(T, x, w, m):
    y = x * 2
    part = y[:2]
    part *= w[:2]
    loss = squares(part)
    view, leaf = T.autograd.grad(loss, [part, w], retain_graph=True)
    return loss, view, leaf


@idiom(lambda T, x, w, m: (squares(x * 2), x))
def grad_of_a_view_that_the_loss_does_not_use(T, x, w, m):
    y = x * 2
    part = y[:2]
    loss = squares(y)
    T.autograd.grad(loss, [part], retain_graph=True)
    return loss, x


@idiom(is_slope=False)
def second_backward_through_a_write(T, x, w, m):
    h = x * 2
    h += h
    h *= w
    loss = squares(h)
    loss.backward(retain_graph=True)
    return loss, h


@idiom()
def create_graph_through_addition(T, x, w, m):
    y = x * x
    y += x
    return second(T, (y * w).sum(), x)


def create_graph_through_multiplication_instead(T, x, w, m):
    y = x * w * x
    return second(T, (y * y).sum(), x)


@idiom(create_graph_through_multiplication_instead)
def create_graph_through_multiplication(T, x, w, m):
    y = x * w
    y *= x
    y *= y
    return second(T, y.sum(), x)


@idiom()
def create_graph_through_activations(T, x, w, m):  # as the gradient penalty of an adversarial network does
    y = (x * w).relu_()
    y = (y + x).exp_()
    y = (y * w).tanh_()
    y = (y + x).clamp_(-0.2, 0.9)
    y = (y - w).mul_(0.5)
    return second(T, squares(y), x)


@idiom()
def create_graph_through_an_element(T, x, w, m):
    y = x * w
    y[0] = x[0] ** 2
    y[1] *= x[2]
    return second(T, squares(y), x)


@idiom()
def create_graph_through_a_view(T, x, w, m):
    y = x * w
    part = y[:2]
    part *= x[2:]
    y.view(2, 2)[:, 1].mul_(x[:2])
    return second(T, squares(y) + squares(part), x)


@idiom()
def create_graph_through_a_stale_view(T, x, w, m):
    y = x * x
    part = y[1:]
    y *= w
    return second(T, squares(part), x)


@idiom()
def create_graph_through_a_buffer(T, x, w, m):
    y = T.zeros(2, 3, dtype=T.float64)
    row = y[0]
    y[0] = m[0] * m[1]
    y[1].add_(m[0] ** 2)
    return second(T, squares(y) + (row**3).sum(), m)


def create_graph_through_functions_instead(T, x, w, m):
    y = (x * w).sigmoid().exp()
    y = T.cat([y[:1], y[1:].tanh()])
    return second(T, y.sum(), x)


@idiom(create_graph_through_functions_instead)
def create_graph_through_functions_in_place(T, x, w, m):
    y = x * w
    y.sigmoid_().exp_()
    y[1:].tanh_()
    return second(T, y.sum(), x)


@idiom()
def create_graph_through_masked_writes(T, x, w, m):
    y = x * x
    y[x > 0] *= w[:3]
    y[T.tensor([0, 1])] += x[2:]
    y.masked_fill_(x > 1.5, 3.0)
    return second(T, (y**3).sum(), x)


@idiom(lambda T, x, w, m: second(T, (x * 2).sigmoid().sum(), x))
def create_graph_where_an_input_was_overwritten(T, x, w, m):
    y = x * 2
    z = y.sin()
    y += 1
    return second(T, z.sum(), x)


@idiom()
def gradient_accumulated_then_differentiated(T, x, w, m):
    y = x * w
    y += x**2
    (g,) = T.autograd.grad(squares(y), [x], create_graph=True)
    g = g * 1
    g += w
    g[0].mul_(x[0])
    return squares(g), g
