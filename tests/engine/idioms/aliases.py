"""Several tensors in one memory: views from one call, views of views, views and their bases, old and new."""

from tests.engine.idioms.table import idiom, squares

# Several views at once: PyTorch refuses writes into one of several views that one call made


def chunk_instead(T, x, w, m):
    y = x * 2
    q, k = y.chunk(2)
    q = q * w[0]
    y = T.cat([q, k])
    return squares(y) + (q * k).sum(), y, q, k


@idiom(chunk_instead)
def chunk(T, x, w, m):
    y = x * 2
    q, k = y.chunk(2)
    q *= w[0]
    return squares(y) + (q * k).sum(), y, q, k


@idiom(lambda T, x, w, m: (squares(T.cat([x[:1] * 2, x[1:] * w[1:]])), T.cat([x[:1] * 2, x[1:] * w[1:]])))
def split(T, x, w, m):
    y = x * 1
    a, b = y.split([1, 3])
    a *= 2
    b *= w[1:]
    return squares(y), y


@idiom(lambda T, x, w, m: (squares(m + x[:2, None]), m + x[:2, None]))
def unbind(T, x, w, m):
    y = m * 1
    for row, v in zip(y.unbind(0), x[:2], strict=True):
        row += v
    return squares(y), y


@idiom()
def tensor_split(T, x, w, m):
    y = x * 1
    y.tensor_split(2)[0].mul_(3)
    return squares(y), y


@idiom(lambda T, x, w, m: (squares(m * 2 + 1), m * 2 + 1))
def rows_of_a_loop(T, x, w, m):
    y = m * 2
    for row in y:
        row.add_(1)
    return squares(y), y


@idiom(lambda T, x, w, m: (squares(x * 2 + 1), x * 2 + 1))
def elements_of_a_loop(T, x, w, m):
    y = x * 2
    for element in y:
        element.add_(1)
    return squares(y), y


@idiom()
def rows_of_a_loop_over_a_plain_buffer(T, x, w, m):
    y = T.ones(2, 4, dtype=T.float64)
    for row in y:
        row.add_(1)
    for element in y[0]:
        element.mul_(5)
    return (y * x).sum(), y


@idiom()
def chunks_that_are_only_read_after_a_write_to_the_base(T, x, w, m):
    y = x * 2
    y *= w
    a, b = y.chunk(2)
    return (a * b).sum(), a, b


# Views of views


@idiom()
def view_of_a_view(T, x, w, m):
    y = m * 2
    row = y[1]
    part = row[1:]
    part *= x[:2]
    return squares(y) + row.sum() + squares(part), y, row, part


@idiom()
def views_of_views_of_views(T, x, w, m):
    y = m * 2
    y.T[1:].T.reshape(2, 2)[0].unsqueeze(0).mul_(x[:2])
    return squares(y), y


@idiom()
def write_to_each_of_a_chain_of_views(T, x, w, m):
    y = m * 2
    a = y.T
    b = a[1:]
    c = b[:, 0]
    c += x[:2]
    b *= w[0]
    a[0] = x[2:]
    y -= 1
    return squares(c) + b.sum() + (a * a * a).sum() + squares(y), y, a, b, c


@idiom()
def chained_index_add(T, x, w, m):
    y = m * 2
    y[0][1] += x[0]
    y[1][1:] *= w[:2]
    return squares(y), y


@idiom()
def chained_index_write(T, x, w, m):
    y = x * 2
    y[1:][0] = w[3]
    y[1:][1:][:1] = w[:1]
    return squares(y), y


# Views and their bases, old and new


@idiom()
def row_taken_before_it_is_overwritten(T, x, w, m):
    buffer = m * 2
    row = buffer[0]
    buffer[0] = x[:3]
    return row.sum() * 3 + squares(buffer), row, buffer


@idiom()
def view_used_before_and_after_a_write_to_its_base(T, x, w, m):
    y = x * 2
    part = y[:2]
    before = part + 0
    y[0] = w[2] * 10
    after = part + 0
    return squares(before) + 3 * squares(after), before, after


@idiom()
def write_to_the_base_then_to_an_old_view(T, x, w, m):
    y = x * 2
    part = y[1:3]
    y *= w
    part += x[:2]
    y -= 1
    part *= 3
    return squares(y) + squares(part), y, part


@idiom()
def overlapping_views(T, x, w, m):
    y = x * 2
    a, b = y[:3], y[1:]
    a *= w[:3]
    return squares(b) + squares(y), a, b, y


@idiom()
def overlapping_views_written_in_turn(T, x, w, m):
    y = x * 2
    a, b = y[:3], y[1:]
    a *= w[:3]
    b += x[:3]
    a -= 1
    b[0] = w[0]
    return squares(a) + b.sum() + squares(y), a, b, y


@idiom()
def view_written_from_its_overlapping_sibling(T, x, w, m):
    y = x * 2
    y[1:] += y[:-1].clone()
    return squares(y), y


@idiom()
def stale_view_of_a_stale_view(T, x, w, m):
    y = m * 2
    row = y[0]
    part = row[1:]
    y *= 3
    row += 1
    return squares(part) + row.sum(), part, row


@idiom()
def view_outlives_its_base(T, x, w, m):
    y = x * 2
    part = y[:2]
    y *= w
    del y
    part += 1
    return squares(part), part


@idiom()
def base_outlives_a_written_view(T, x, w, m):
    y = x * 2
    part = y[:2]
    part *= w[:2]
    del part
    return squares(y), y


def name_bound_anew_instead(T, x, w, m):
    y = x * 2
    part = y[:2] + 5
    y = y * w + 1
    return squares(y) + squares(part), y, part


@idiom(name_bound_anew_instead)
def name_bound_anew_while_a_view_lives(T, x, w, m):
    y = x * 2
    part = y[:2]
    y = y * w
    y += 1
    part += 5
    return squares(y) + squares(part), y, part


@idiom()
def base_used_by_linear_work_then_written_by_view(T, x, w, m):
    y = x * 2
    z = y + 1
    y[:2].mul_(5)
    return squares(z) + squares(y), y, z


@idiom()
def swap_halves(T, x, w, m):
    y = x * 2
    a, b = y[:2], y[2:]
    a[:], b[:] = b.clone() * w[0], a.clone()
    return (y * y * w).sum(), y, a, b


@idiom()
def swap_two_tensors(T, x, w, m):
    a, b = x * 2, w * 3
    a[:], b[:] = b.clone(), a.clone()
    return (a * a * b).sum(), a, b


@idiom()
def expanded_view_read_after_a_write_to_its_base(T, x, w, m):
    y = x[:3] * 2
    wide = y.expand(2, 3)
    y += w[:3]
    return (wide * m).sum() + squares(wide), wide


def expand_then_write_instead(T, x, w, m):
    y = x[:1] * 2
    return squares(y.expand(3) + 1), y


@idiom(expand_then_write_instead)
def expand_then_write(T, x, w, m):
    y = x[:1] * 2
    wide = y.expand(3)
    wide += T.tensor([1.0, 2.0, 3.0], dtype=T.float64)
    return squares(wide), y
