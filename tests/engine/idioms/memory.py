"""What a write may not touch: needed values and leaves; what detach, data and no_grad do."""

from tests.engine.idioms.table import idiom, squares

# A value that the backward pass needs is overwritten


def product_instead(T, x, w, m):
    y = x * 2
    z = y * y
    return z.sum() + (y + 1).sum(), z


@idiom(product_instead)
def value_needed_by_a_product(T, x, w, m):
    y = x * 2
    z = y * y
    y += 1
    return z.sum() + y.sum(), z


@idiom(product_instead)
def value_needed_by_a_product_overwritten_by_view(T, x, w, m):
    y = x * 2
    z = y * y
    y[1:].add_(1)
    y[0] += 1
    return z.sum() + y.sum(), z


@idiom(lambda T, x, w, m: (x.exp().sum() + 4, x.exp()))
def result_needed_by_its_own_operation(T, x, w, m):
    y = x.exp()
    kept = y.clone()
    y += 1
    return y.sum(), kept


@idiom(lambda T, x, w, m: ((x[:2] ** 2).sum() * 4, x[:2] * 2))
def view_whose_value_is_needed_and_whose_base_is_written(T, x, w, m):
    y = x * 2
    part = y[:2]
    kept = part.clone()
    loss = (part * part).sum()
    y *= 3
    return loss, kept


@idiom(lambda T, x, w, m: ((x * 2 * w).sum(), w.detach() * 1))
def constant_needed_by_a_product(T, x, w, m):
    c = w.detach().clone()
    kept = c.clone()
    loss = (x * 2 * c).sum()
    c += 1
    return loss, kept


@idiom()
def other_part_of_the_memory_that_no_gradient_needs(T, x, w, m):
    buffer = T.ones(8, dtype=T.float64)
    y = x * 2
    z = y * y
    buffer[4:] = 3.0
    return z.sum() + (buffer[:4] * x).sum(), z, buffer


# detach, data, no_grad


@idiom(is_slope=False)
def memory_of_detach_written_where_nobody_needs_it(T, x, w, m):
    y = x * 2
    y.detach().mul_(3)
    return (y * w.detach()).sum(), y


@idiom()
def memory_of_detach_written_where_it_is_needed(T, x, w, m):
    y = x * 2
    loss = squares(y)
    y.detach().mul_(3)
    return loss, x


@idiom()
def detached_part_written_where_it_is_needed(T, x, w, m):
    y = x * 2
    loss = squares(y)
    y[:2].detach().zero_()
    return loss, x


@idiom(is_slope=False)
def detached_element_written(T, x, w, m):
    y = x * 2
    y[1].detach().fill_(0.3)
    y.detach()[2].mul_(0.5)
    w.select(0, -1).detach().zero_()
    return (y * w * w).sum(), y, w


@idiom(wrong_there=True)
def data_written_where_it_is_needed(T, x, w, m):
    y = x * 2
    loss = squares(y)
    y.data.mul_(3)
    return loss, x


@idiom(is_slope=False)
def data_written_before_it_is_used(T, x, w, m):
    y = x * 2
    y.data[:2] = 5.0
    y.data += 1
    return squares(y), y


@idiom(is_slope=False)
def weights_changed_by_data(T, x, w, m):
    w.data[0] = 4.0
    w.data.mul_(2)
    return (x * w * w).sum(), w


@idiom(is_slope=False)
def weights_changed_under_no_grad(T, x, w, m):
    with T.no_grad():
        w[0].zero_()
        w[1:] *= 2
        w -= 0.1
        for row in m:
            row.div_(row.sum())
        m.view(-1)[2:4].clamp_(max=0.1)
    return (x * w * w).sum() + squares(m), w, m


@idiom()
def weights_changed_under_no_grad_though_needed(T, x, w, m):
    loss = (x * w * w).sum()
    with T.no_grad():
        w[0].zero_()
    return loss, w


@idiom(is_slope=False)
def training_steps(T, x, w, m):
    for _ in range(3):
        loss = squares(x * w - 1)
        loss.backward()
        with T.no_grad():
            w -= 0.1 * w.grad
            x[:2].sub_(x.grad[:2], alpha=0.05)
        w.grad = None
        x.grad.zero_()
    return squares(x * w), x, w


@idiom(is_slope=False)
def results_changed_under_no_grad(T, x, w, m):
    y = x * 2
    with T.no_grad():
        y += 1
        y[0] = 9.0
        y[1:3].mul_(w[:2])
    return squares(y), y


@idiom()
def result_changed_under_no_grad_though_needed(T, x, w, m):
    y = x * 2
    loss = squares(y)
    with T.no_grad():
        y += 1
    return loss, x


@idiom(is_slope=False)
def old_view_after_a_write_under_no_grad(T, x, w, m):
    y = x * 2
    part = y[:2]
    with T.no_grad():
        y *= w
    part *= 3
    return squares(y) + part.sum(), y, part


@idiom(lambda T, x, w, m: (squares(T.cat([x[:2] * 2 * w[:2], x[2:] * 2])), x))
def view_made_under_no_grad_then_written(T, x, w, m):
    y = x * 2
    with T.no_grad():
        part = y[:2]
    part *= w[:2]
    return squares(y), x


@idiom(is_slope=False)
def view_made_under_no_grad_then_read(T, x, w, m):
    y = x * 2
    with T.no_grad():
        part = y[:2]
    return squares(y) + (part * w[:2]).sum(), y, part


def view_of_a_buffer_made_under_no_grad_instead(T, x, w, m):
    buffer = T.cat([x[:2], T.zeros(2, dtype=T.float64)])
    return squares(buffer) + buffer[:2].sum(), buffer, buffer[:2]


@idiom(view_of_a_buffer_made_under_no_grad_instead)
def view_of_a_buffer_made_under_no_grad_then_written(T, x, w, m):
    buffer = T.zeros(4, dtype=T.float64)
    with T.no_grad():
        part = buffer[:2]
    part += x[:2]
    return squares(buffer) + part.sum(), buffer, part


@idiom()
def view_of_a_weight_made_and_written_under_no_grad(T, x, w, m):
    with T.no_grad():
        part = w[:2]
        part += 1
    return (x * w * w).sum(), w, part


@idiom(is_slope=False)
def gradient_written_in_place(T, x, w, m):
    squares(x * w).backward()
    x.grad.mul_(0.5)
    x.grad[0] = 7.0
    w.grad.zero_()
    return squares(x * w), x


@idiom(is_slope=False)
def clone_of_a_detached_part(T, x, w, m):
    y = x * 2
    part = y[:2].detach().clone()
    part += 1
    return squares(y) + (part * w[:2]).sum(), y, part


# Leaves


@idiom()
def leaf_added_to(T, x, w, m):
    x += 1
    return squares(x), x


@idiom()
def leaf_written_by_index(T, x, w, m):
    x[0] = w[0]
    return squares(x), x


@idiom()
def view_of_a_leaf_written(T, x, w, m):
    x[:2].mul_(2)
    return squares(x), x


@idiom()
def named_view_of_a_leaf_written(T, x, w, m):
    part = m.T[1]
    part += 1
    return squares(m), m


@idiom()
def element_of_a_leaf_written(T, x, w, m):
    x[0].zero_()
    return squares(x), x


@idiom()
def leaf_cloned_then_written(T, x, w, m):
    y = x.clone()
    y += w
    y[0] = 3.0
    return squares(y) + squares(x), x, y


@idiom()
def leaf_read_through_a_view_after_a_step(T, x, w, m):
    part = w[:2]
    first = (part * part).sum()
    (g,) = T.autograd.grad(first, [w])
    with T.no_grad():
        w -= g * 0
    return (part * x[:2]).sum(), g, part
