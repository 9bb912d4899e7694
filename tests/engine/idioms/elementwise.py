"""Writing every element, numbers of no dimension, writing a tensor into itself."""

from tests.engine.idioms.table import idiom, squares

# Every element: copy, fill, clamp, functions that keep what they overwrite


@idiom()
def copy_with_broadcasting(T, x, w, m):
    y = m * 2
    y.copy_(x[:3])
    return squares(y), y


@idiom()
def fill_and_zero(T, x, w, m):
    y, z = x * 2, w * 2
    y.fill_(3.0)
    z.zero_()
    z += x
    return squares(y) + squares(z), y, z


@idiom()
def clamp(T, x, w, m):
    y = x * w
    y.clamp_(-0.4, 1.0)
    y[1:].clamp_(min=0.0)
    return squares(y), y


@idiom(lambda T, x, w, m: (squares((x * w).exp().sigmoid().tanh().sqrt()), (x * w).exp().sigmoid().tanh().sqrt()))
def functions_that_keep_their_result(T, x, w, m):
    y = x * w
    y.exp_().sigmoid_().tanh_().sqrt_()
    return squares(y), y


@idiom(lambda T, x, w, m: (squares((x * w).exp().sigmoid()), (x * w).exp().sigmoid()))
def function_whose_result_is_overwritten_by_itself(T, x, w, m):
    y = (x * w).exp()
    y = y.sigmoid_()
    return squares(y), y


@idiom()
def functions_that_need_the_overwritten_value(T, x, w, m):
    y = x * w
    y.pow_(2).sin_()
    return squares(y), y


@idiom(lambda T, x, w, m: (squares((x * w + 5).reciprocal() / w), (x * w + 5).reciprocal() / w))
def reciprocal_and_division(T, x, w, m):
    y = x * w + 5
    y.reciprocal_()
    y /= w
    return squares(y), y


@idiom(lambda T, x, w, m: ((x * 2 * (x * 2)).sum(), x * 2 * (x * 2)))
def multiply_by_itself(T, x, w, m):
    h = x * 2
    h *= h
    return h.sum(), h


@idiom()
def add_itself(T, x, w, m):
    h = x * 2
    h += h
    return squares(h), h


@idiom()
def subtract_itself(T, x, w, m):
    h = x * 2
    h -= h
    h += w
    return squares(h), h


@idiom(lambda T, x, w, m: (squares(x * 2 / (x * 2)) + squares(x), x * 2 / (x * 2)))
def divide_by_itself(T, x, w, m):
    h = x * 2
    h /= h
    return squares(h) + squares(x), h


@idiom()
def write_itself_under_a_new_axis(T, x, w, m):
    h = x * 2
    h[None] = h
    return squares(h), h


@idiom(lambda T, x, w, m: (squares(x * 2 * w), x * 2 * w))
def write_itself_everywhere(T, x, w, m):
    h = x * 2
    h[:] = h
    h[...] = h * w
    h.copy_(h)
    return squares(h), h


@idiom()
def write_a_part_of_itself(T, x, w, m):
    h = x * 2
    h[:2] = h[2:]
    h[3] = h[0]
    return (h * h * w).sum(), h


@idiom()
def augmented_assignment_of_every_kind(T, x, w, m):
    y = x * 1
    y += w
    y *= x
    y -= w
    y /= w
    y **= 2
    return y.sum(), y


@idiom()
def scaled_addition(T, x, w, m):
    y = x * 2
    y.add_(w, alpha=3).sub_(x, alpha=0.5)
    y.addcmul_(x, w, value=2).lerp_(w, 0.25)
    return squares(y), y


@idiom()
def zero_dimensional(T, x, w, m):
    s = x.sum()
    s += w[0]
    s *= x[1]
    s.clamp_(min=-100.0)
    return s * s, s


@idiom()
def zero_dimensional_in_a_loop(T, x, w, m):
    total = T.zeros((), dtype=T.float64)
    for v in x * w:
        total += v * v
    return total * total, total


@idiom()
def write_into_a_zero_dimensional(T, x, w, m):
    s = x[0] * 2
    s[...] = w[1]
    s[()] += x[2]
    return s * s, s


@idiom()
def empty(T, x, w, m):
    y = x * 2
    y[4:].mul_(w[4:])
    y[x > 99] = 7.0
    e = x[:0] * 2
    e += 1
    e[:] = w[:0]
    return squares(y) + e.sum(), y, e


@idiom(is_slope=False)
def float32_written_with_float64(T, x, w, m):
    y = x.to(T.float32) * 2
    y[1:3] = w[:2]
    y += x
    y[:1].mul_(w[0])
    return squares(y), y


@idiom()
def write_everything_then_read_a_part(T, x, w, m):
    y = x * 2
    part = y[1:]
    y[:] = w * 3
    part[0] = part[0] * 1
    return squares(y), y
