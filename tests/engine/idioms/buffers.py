"""Helpers, modules, and plain buffers that become tracked."""

from tests.engine.idioms.table import idiom, squares

# Helpers, modules, functions with inplace=True


def step(t):
    t += 1


def scale_rows(t, by):
    for i in range(len(t)):
        t[i] *= by[i]


@idiom()
def helper_that_adds(T, x, w, m):
    y = x * 2
    step(y)
    step(y[:2])
    return squares(y), y


@idiom()
def helper_that_scales_rows(T, x, w, m):
    y = m * 2
    scale_rows(y, x)
    scale_rows(y.T, w)
    return squares(y), y


@idiom()
def residual_in_a_module(T, x, w, m):
    class Block(T.nn.Module):
        def forward(self, x):
            h = T.nn.functional.linear(x, m)
            h += x[:2]
            h = T.sin(h)
            h += x[1:]
            return h

    y = Block()(x[:3])
    return squares(y), y


@idiom()
def relu_module_in_place(T, x, w, m):
    h = x * w
    y = T.nn.ReLU(inplace=True)(h)
    return squares(y) + h.sum(), y, h


@idiom()
def relu_function_on_a_part(T, x, w, m):
    h = x * w
    T.nn.functional.relu(h[1:], inplace=True)
    return squares(h), h


@idiom()
def leaky_relu_in_place(T, x, w, m):
    h = x * w
    T.nn.functional.leaky_relu(h, 0.1, inplace=True)
    return squares(h), h


@idiom()
def dropout_in_place(T, x, w, m):
    h = x * w
    y = T.nn.functional.dropout(h, 0.0, training=True, inplace=True)
    return squares(y) + h.sum(), y, h


@idiom()
def sequence_of_modules_in_place(T, x, w, m):
    net = T.nn.Sequential(T.nn.ReLU(inplace=True), T.nn.Dropout(0.5, inplace=True), T.nn.Hardtanh()).eval()
    y = net(x * w)
    return squares(y), y


# Buffers without gradient that become tracked


@idiom()
def fill_a_buffer_in_a_loop(T, x, w, m):
    y = T.zeros(4, dtype=T.float64)
    for i in range(4):
        y[i] = x[i] * w[3 - i]
    return squares(y), y


@idiom()
def fill_rows_then_columns(T, x, w, m):
    y = T.zeros(2, 3, dtype=T.float64)
    for i in range(2):
        y[i] = m[i] * w[i]
    for j in range(3):
        y[:, j] += x[j]
    return squares(y), y


@idiom()
def running_sum_in_a_buffer(T, x, w, m):
    y = T.zeros(5, dtype=T.float64)
    for i in range(4):
        y[i + 1] = y[i] + x[i] * y[: i + 1].sum() + w[i]
    return squares(y), y


@idiom()
def earlier_views_of_a_buffer_that_becomes_tracked(T, x, w, m):
    buffer = T.zeros(2, 4, dtype=T.float64)
    row, column, part = buffer[0], buffer[:, 1], buffer[0, :2]
    before = buffer * 5
    buffer[0] = x * w
    return row.sum() * 3 + squares(column) + squares(part) + before.sum(), row, column, part


@idiom()
def write_into_a_view_of_a_buffer(T, x, w, m):
    buffer = T.ones(2, 4, dtype=T.float64)
    row, sibling = buffer[0], buffer[:, :2]
    row.copy_(x * w)
    return squares(buffer) + 3 * squares(sibling) + row.sum(), buffer, row, sibling


@idiom()
def squeeze_of_a_buffer_then_copy(T, x, w, m):
    c = T.zeros(1, 4, dtype=T.float64)
    v = c.squeeze()
    v.copy_(w)
    return squares(c), c, v


def add_to_an_element_view_instead(T, x, w, m):
    one = T.ones(2, dtype=T.float64)
    buffer = T.cat([1 + x[1:2], one, w[:1]])
    return squares(buffer), buffer, buffer[0], buffer[3]


@idiom(add_to_an_element_view_instead)
def add_to_an_element_view_of_a_buffer(T, x, w, m):
    buffer = T.ones(4, dtype=T.float64)
    first, last = buffer[0], buffer[3]
    first += x[1]
    last.mul_(w[0])
    return squares(buffer), buffer, first, last


def views_of_a_buffer_instead(T, x, w, m):
    one = T.ones(2, dtype=T.float64)
    buffer = T.stack([T.cat([w[:1], one]), T.cat([x[:1] * w[1], one])])
    flat, row = buffer.reshape(6), buffer[:, 0]
    return squares(flat) + buffer.sum(), buffer, flat, row


@idiom(views_of_a_buffer_instead)
def views_of_a_buffer_tracked_by_another_view_of_a_view(T, x, w, m):
    buffer = T.ones(2, 3, dtype=T.float64)
    flat = buffer.view(-1)
    row = buffer.T[0]
    flat[3:][0] = x[0]
    row *= w[:2]
    return squares(flat) + buffer.sum(), buffer, flat, row


@idiom(is_slope=False)
def buffer_whose_detached_twin_stays_plain(T, x, w, m):
    buffer = T.zeros(4, dtype=T.float64)
    twin = buffer.detach()
    buffer += x
    return squares(buffer) + (twin * w).sum(), buffer, twin
