"""Writing by mask and by index."""

from tests.engine.idioms.table import idiom, squares


@idiom()
def write_by_mask(T, x, w, m):
    y = x * 2
    y[x > 0] = w[:3]
    return squares(y), y


@idiom()
def number_by_mask(T, x, w, m):
    y = m * 2
    y[m < 0] = 0.1  # no short binary number: a detour by float32 shows
    return squares(y), y


@idiom()
def add_by_mask(T, x, w, m):
    y = x * 2
    y[x > 0.6] += w[:2]
    y[x < 0] *= w[0]
    return squares(y), y


@idiom()
def multiply_by_integer_mask_of_rows(T, x, w, m):
    y = m * 2
    y[T.tensor([False, True])] *= x[:3]
    return squares(y), y


@idiom()
def add_by_index(T, x, w, m):
    y = x * 2
    y[T.tensor([2, 0])] += w[:2]
    return squares(y), y


def add_a_number_by_repeated_index_instead(T, x, w, m):
    y = x * 2 + w[0] * T.tensor([0.0, 1.0, 0.0, 1.0], dtype=T.float64)
    return squares(y), y


@idiom(add_a_number_by_repeated_index_instead, wrong_there=True)
def add_a_number_by_repeated_index(T, x, w, m):
    y = x * 2
    y[T.tensor([1, 1, 3])] += w[0]
    return squares(y), y


@idiom()
def multiply_by_list_of_indices(T, x, w, m):
    y = m * 2
    y[:, [2, 0]] *= x[:2]
    return squares(y), y


@idiom()
def write_by_pairs_of_indices(T, x, w, m):
    y = m * 2
    y[T.tensor([0, 1]), T.tensor([2, 1])] = x[:2]
    return squares(y), y


@idiom()
def index_of_a_view(T, x, w, m):
    y = m * 2
    y.T[T.tensor([2, 0])] = w.view(2, 2)
    return squares(y), y


@idiom()
def advanced_index_gives_a_copy(T, x, w, m):
    y = x * 2
    part = y[T.tensor([0, 1])]
    part += 5
    y[[2, 3]].mul_(7)
    return squares(y) + squares(part), y, part


@idiom()
def mask_gives_a_copy(T, x, w, m):
    y = x * 2
    part = y[x > 0]
    part *= w[:3]
    return squares(y) + squares(part), y, part


@idiom()
def mask_of_nothing(T, x, w, m):
    y = x[:1] * 2
    y[T.tensor([False])] *= w[0]
    y[T.tensor([False])] = 7.0
    return squares(y), y


@idiom()
def flip_gives_a_copy(T, x, w, m):
    y = x * 2
    back = y.flip(0)
    back *= w
    with T.no_grad():
        y[:2].flip(0).add_(5)
    return squares(y) + 3 * squares(back), y, back


@idiom()
def number_written_through_views(T, x, w, m):
    y, buffer = x * 2, T.ones(4, dtype=T.float64)
    y[:1], buffer[0], buffer[1:][0] = 0.1, 0.7, -1.1
    y[1] = 0.3
    y[2:].fill_(0.6)
    y += 0.1
    return (y * buffer * w).sum(), y, buffer


def index_that_changes_instead(T, x, w, m):
    y = T.cat([w[:2], x[2:] * 2])
    picked = y[:2] * 3
    return squares(y) + squares(picked), y, picked, T.tensor([2, 3])


@idiom(index_that_changes_instead)
def index_that_changes_afterwards(T, x, w, m):
    y = x * 2
    i = T.tensor([0, 1])
    y[i] = w[:2]
    picked = y[i] * 3
    i += 2
    return squares(y) + squares(picked), y, picked, i


@idiom()
def index_add(T, x, w, m):
    y = x * 2
    y.index_add_(0, T.tensor([0, 2, 0]), w[:3])
    return squares(y), y


@idiom()
def index_add_on_a_view(T, x, w, m):
    y = m * 2
    y.T.index_add_(0, T.tensor([1, 1]), w.view(2, 2))
    return squares(y), y


@idiom()
def scatter(T, x, w, m):
    y = m * 2
    y.scatter_(1, T.tensor([[0, 2], [1, 0]]), w.view(2, 2))
    return squares(y), y


@idiom()
def masked_fill(T, x, w, m):
    y = x * w
    y.masked_fill_(x < 0.6, -3.0)
    y[:2].masked_fill_(T.tensor([True, False]), 2.0)
    return squares(y), y
