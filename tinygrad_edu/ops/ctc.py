"""Connectionist temporal classification: how likely a series of label probabilities is to spell a target.

From Graves, Fernández, Gomez and Schmidhuber: Connectionist temporal classification, ICML 2006.

An alignment names a label for each step; repeats taken once and blanks left out, it spells a text. Those that spell a
target go through the states of a line: the target's labels with a blank before, between and after them, 2 S + 1 states.
From step to step an alignment stays, goes on by one state, or by two where that leaves out a blank between two
different labels. So the sum over all of them is made step by step: αₜ[s] is the logarithm of the sum over the ways that
have reached state s at step t.
"""

import itertools

import numpy as np

from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import Sample, op
from tinygrad_edu.ops.fusing import are_arrays, through

NOTHING = -1e30  # the logarithm of 0 in the plain formula, whose slopes would be NaN at -∞


def line_of_states(targets, blank):
    """Return the label of each state (N, 2 S + 1), and to which of them a way leads from two states before."""
    N, S = targets.shape
    pairs = np.stack([np.full_like(targets, blank), targets], axis=2).reshape(N, 2 * S)
    labels = np.concatenate([pairs, np.full_like(targets, blank, shape=(N, 1))], axis=1)
    no_skips = np.zeros_like(labels, bool)[:, :2]
    return labels, np.concatenate([no_skips, labels[:, 2:] != labels[:, :-2]], axis=1)


def before(alpha, states, fill):
    """Return what stands so many states before: alpha (N, S) moved to the right, filled up from the left."""
    filling = np.full((alpha.shape[0], states), fill, alpha.dtype)
    return np.concatenate([filling, alpha], axis=1)[:, : alpha.shape[1]]


def three_ways(alpha, skips, fill):
    """Return what comes to each state in a step: from itself, from the one before, and from two before."""
    return alpha, before(alpha, 1, fill), np.where(skips, before(alpha, 2, fill), fill)


def start_and_ends(labels, target_lengths):
    """Tell in which states an alignment may begin, and in which it may end: the last label or the blank behind it."""
    states = np.arange(labels.shape[1])
    last = 2 * target_lengths[:, None]
    return states < 2, (states == last) | (states == last - 1)


def plain_ctc_loss(a, targets, input_lengths, target_lengths, *, blank=0):
    labels, skips = line_of_states(targets, blank)
    start, ends = start_and_ends(labels, target_lengths)
    emitted = np.take_along_axis(a, np.broadcast_to(labels, (a.shape[0], *labels.shape)), axis=2)
    alpha = np.where(start, emitted[0], NOTHING)
    for t in range(1, a.shape[0]):
        here = np.logaddexp.reduce(np.stack(three_ways(alpha, skips, NOTHING)), axis=0)
        alpha = np.where((t < input_lengths)[:, None], here + emitted[t], alpha)
    total = np.logaddexp.reduce(np.where(ends, alpha, NOTHING), axis=1)
    return np.where(input_lengths > 0, -total, np.where(target_lengths > 0, -NOTHING, 0.0))


def _by_all_alignments(a, targets, input_lengths, target_lengths, blank=0):
    y = np.zeros(a.shape[1])
    for n, (steps, length) in enumerate(zip(input_lengths, target_lengths, strict=True)):
        total = 0.0
        for path in itertools.product(range(a.shape[2]), repeat=steps):
            if [k for k, _ in itertools.groupby(path) if k != blank] == list(targets[n, :length]):
                total += np.exp(sum(a[t, n, k] for t, k in enumerate(path)))
        with np.errstate(divide="ignore"):
            y[n] = -np.log(total)
    return y


@op(
    formula="yₙ = -log Σ[π] exp(Σₜ a[t, n, πₜ])",
    where="πₜ: the label at step t of an alignment π that spells target n; q: the share of the alignments that have a "
    "label at a step, weighed by their probabilities",
    derivative=("-g q", "-", "-", "-"),
    samples=[
        Sample((4, 2, 3), np.array([[1, 2], [2, 2]]), np.array([4, 4]), np.array([2, 2])),
        Sample((4, 3, 3), np.array([[1, 1], [2, 0], [0, 0]]), np.array([3, 2, 4]), np.array([2, 1, 0])),
        Sample((3, 1, 2), np.array([[0, 0]]), np.array([3]), np.array([2]), blank=1),
    ],
    reference=_by_all_alignments,
)
def ctc_loss(a, targets, input_lengths, target_lengths, *, blank=0):
    """Compute how unlikely the targets are: log probabilities a (T, N, K) of labels at each step give (N).

    The targets (N, S) are labels, of which the first target_lengths (N) count, as of the steps the first input_lengths
    (N). ∞ where a target cannot be spelt in so many steps; its gradient is NaN, but where no gradient comes, 0.

    The gradient goes the ways back, each weighed by its share in the sum: all weights of a step add up to 1.
    """
    targets, input_lengths, target_lengths = (array_of(x) for x in (targets, input_lengths, target_lengths))
    if not are_arrays(a):
        return through(plain_ctc_loss, (a, targets, input_lengths, target_lengths), blank=blank)
    T, K, (labels, skips) = a.shape[0], a.shape[2], line_of_states(targets, blank)
    start, ends = start_and_ends(labels, target_lengths)
    running = np.arange(T)[:, None] < input_lengths
    emitted = np.take_along_axis(a, np.broadcast_to(labels, (T, *labels.shape)), axis=2)
    fill = a.dtype.type(-np.inf)
    alphas, sums = [np.where(start, emitted[0], fill)], [None]
    for t in range(1, T):
        stay, step, leap = three_ways(alphas[-1], skips, fill)
        sums.append(np.logaddexp(np.logaddexp(stay, step), leap))
        alphas.append(np.where(running[t, :, None], sums[t] + emitted[t], alphas[-1]))
    last = np.where(ends, alphas[-1], fill)
    total = np.logaddexp.reduce(last, axis=1)
    empty = np.where(target_lengths > 0, -fill, 0).astype(a.dtype)
    y = np.where(input_lengths > 0, -total, empty)

    def grad_a(g):
        with np.errstate(invalid="ignore"):  # ∞ - ∞ where there is no way
            weights = np.exp(last - total[:, None])
        shares = np.zeros(emitted.shape, a.dtype)
        for t in range(T - 1, -1, -1):
            shares[t] = np.where(running[t, :, None], weights, 0)
            if t:
                back = _one_step_back(weights, alphas[t - 1], sums[t], skips)
                weights = np.where(running[t, :, None], back, weights)
        of_label = (labels[:, :, None] == np.arange(K)).astype(a.dtype)
        shares = np.matmul(shares.swapaxes(0, 1), of_label).swapaxes(0, 1)
        g = g[:, None]
        return np.where(g == 0, 0, -g * shares)

    return y, (grad_a, None, None, None)


def _one_step_back(weights, alpha, sums, skips):
    """Part the weight of each state among the states one step before, by the share of each in the sum."""
    sums = np.where(np.isneginf(sums), 0, sums)  # where nothing leads to; its weight is 0
    came = weights * np.exp(alpha - sums)
    came[:, :-1] += weights[:, 1:] * np.exp(alpha[:, :-1] - sums[:, 1:])
    came[:, :-2] += np.where(skips, weights, 0)[:, 2:] * np.exp(alpha[:, :-2] - sums[:, 2:])
    return came
