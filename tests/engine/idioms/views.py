"""Writing into one view: every way of making one."""

from tests.engine.idioms.table import idiom, squares


@idiom()
def multiply_a_slice(T, x, w, m):
    y = x * 2
    y[:2].mul_(5)
    return squares(y), y


@idiom()
def add_to_a_slice_that_has_a_name(T, x, w, m):
    y = x * 2
    p = y[:2]
    p += x[1:3]
    return squares(y), y, p


@idiom()
def read_the_slice_after_writing_to_it(T, x, w, m):
    y = x * 2
    p = y[:2]
    p *= w[:2]
    return squares(p) + y.sum(), y, p


@idiom()
def write_into_a_row_of_a_view(T, x, w, m):
    y = x * 2
    y.view(2, 2)[0] = w[2:]
    return squares(y), y


@idiom()
def relu_after_reshape(T, x, w, m):
    h = x * w
    h = h.reshape(2, 2)
    h.relu_()
    return squares(h), h


@idiom()
def relu_on_a_reshape_then_read_the_base(T, x, w, m):
    h = x * w
    h.reshape(2, 2).relu_()
    return squares(h), h


@idiom()
def reshape_that_has_to_copy(T, x, w, m):
    y = m * 2
    flat = y.T.reshape(6)
    flat.mul_(3)
    return squares(y) + flat.sum(), y, flat


@idiom()
def element_that_has_a_name(T, x, w, m):
    y = x * 2
    p = y[0]
    p += 10
    return squares(y), y, p


@idiom()
def add_to_an_element(T, x, w, m):
    y = x * 2
    y[0].add_(10)
    y[-1].mul_(w[0])
    return squares(y), y


@idiom()
def fill_an_element_of_a_matrix(T, x, w, m):
    y = m * 2
    y[0, 1].fill_(7.0)
    y[1][2].copy_(x[0])
    return squares(y), y


@idiom()
def transposed(T, x, w, m):
    y = m * 2
    y.T.add_(x[:2])
    return squares(y), y


@idiom()
def matrix_transposed(T, x, w, m):
    y = m * 2
    y.mT.mul_(w[:2])
    return squares(y), y


@idiom()
def transpose_by_dims(T, x, w, m):
    y = m * 2
    t = y.transpose(0, 1)
    t[1] = x[:2]
    return squares(y) + t.sum(), y, t


@idiom()
def permute(T, x, w, m):
    y = (m * 2).view(1, 2, 3)
    y.permute(2, 0, 1).mul_(w[:2])
    return squares(y), y


@idiom()
def movedim(T, x, w, m):
    y = m * 2
    y.movedim(0, 1).sub_(x[:2])
    return squares(y), y


@idiom()
def diagonal(T, x, w, m):
    y = m * 2
    y.diagonal().add_(x[:2])
    return squares(y), y


@idiom()
def diagonal_above(T, x, w, m):
    y = m * 2
    d = y.diagonal(1)
    d *= x[2:]
    return squares(y) + squares(d), y, d


@idiom()
def narrow(T, x, w, m):
    y = x * 2
    y.narrow(0, 1, 2).mul_(w[:2])
    return squares(y), y


@idiom()
def select(T, x, w, m):
    y = m * 2
    y.select(1, 2).copy_(x[:2])
    return squares(y), y


@idiom()
def squeeze(T, x, w, m):
    y = (x * 2).view(1, 4)
    y.squeeze(0).mul_(w)
    return squares(y), y


@idiom()
def unsqueeze(T, x, w, m):
    y = x * 2
    y.unsqueeze(0).add_(w)
    return squares(y), y


@idiom()
def flatten(T, x, w, m):
    y = m * 2
    f = y.flatten()
    f[1:5] = x * w
    return squares(y), y, f


@idiom()
def view_as(T, x, w, m):
    y = x * 2
    y.view_as(T.zeros(2, 2))[1] *= w[0]
    return squares(y), y


@idiom()
def unflatten(T, x, w, m):
    y = x * 2
    y.unflatten(0, (2, 2))[:, 0] = w[:2]
    return squares(y), y


@idiom()
def every_other_of_a_flat_view(T, x, w, m):
    y = m * 2
    y.view(-1)[::2].mul_(x[:3])
    return squares(y), y


@idiom()
def new_axis(T, x, w, m):
    y = x * 2
    y[:, None].mul_(w[:, None])
    return squares(y), y


@idiom(lambda T, x, w, m: (squares(x * 2 * w * x), x * 2 * w * x))
def ellipsis_and_everything(T, x, w, m):
    y = x * 2
    y[...].mul_(w)
    y[:] = y * x
    return squares(y), y


@idiom()
def squeeze_that_drops_nothing(T, x, w, m):
    y = x * 2
    s = y.sum()
    same = y.squeeze()
    s.squeeze().tanh_()
    y *= w
    return squares(same) + 3 * s, y, s, same


@idiom()
def ellipsis_of_a_number(T, x, w, m):
    s = x.sum()
    e = s[...]
    e += w[0]
    e += s
    return s * s + e, s, e
