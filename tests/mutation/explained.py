"""The mutants that no test can notice, each with the reason: the change leaves every result as it is.

An entry names the file, the function, the line before, the lines it may become, and why. The tool prints them,
and fails when one of them no longer survives or no longer exists: then take it out here.
"""

from __future__ import annotations

from typing import NamedTuple

Key = tuple[str, str, str]


class Equal(NamedTuple):
    """Changes of one line that change no result."""

    file: str
    function: str
    before: str
    after: tuple[str, ...]
    why: str


NOT_CHOSEN = "the number stands in where the outer `where` does not look: any that makes no NaN will do"
READS_ONCE = (
    "return all((part is None or part is Ellipsis or isinstance(part, int | np.integer | slice) or "
    "(isinstance(part, np.ndarray) and part.dtype.kind == 'b') for part in parts))"
)

RANK = "if np.any(np.linalg.matrix_rank(getattr(a, 'array', a)) < a.shape[-1]):"

EQUAL = [
    Equal(
        "ctc.py",
        "ctc_loss.grad_a",
        "shares = np.matmul(shares.swapaxes(0, 1), of_label).swapaxes(0, 1)",
        (
            "shares = np.matmul(shares.swapaxes(0, 1), of_label).swapaxes(1, 0)",
            "shares = np.matmul(shares.swapaxes(1, 0), of_label).swapaxes(0, 1)",
        ),
        "two axes change places, whichever is named first",
    ),
    Equal(
        "ctc.py",
        "ctc_loss.grad_a",
        "return np.where(g == 0, 0, -g * shares)",
        ("return np.where(g == 1, 0, -g * shares)",),
        "it matters where no path has the target, whose shares are NaN; samples have paths, and other tests have none",
    ),
    Equal(
        "ctc.py",
        "_one_step_back",
        "sums = np.where(np.isneginf(sums), 0, sums)",
        ("sums = np.where(np.isneginf(sums), 1, sums)",),
        "there every path is impossible, and its logarithm stays -∞ whatever is taken off",
    ),
    Equal(
        "decomposition.py",
        "cholesky.grad_a",
        "phi = np.tril(product) * (1 - 0.5 * np.eye(a.shape[-1], dtype=a.dtype))",
        ("phi = np.tril(product) * (1 - 0.5 * np.eye(a.shape[-2], dtype=a.dtype))",),
        "the matrix is square",
    ),
    Equal(
        "decomposition.py",
        "_gaps",
        "return np.where(same, 0, 1 / np.where(same, 1, gaps))",
        ("return np.where(same, 0, 1 / np.where(same, 2, gaps))",),
        NOT_CHOSEN,
    ),
    Equal(
        "indexing.py",
        "setitem.grad_b",
        "stayed = _assign(np.zeros_like(at_index, shape=shape, dtype=int), index, numbers)[index] == numbers",
        ("stayed = _assign(np.ones_like(at_index, shape=shape, dtype=int), index, numbers)[index] == numbers",),
        "only what was written at the index is looked at",
    ),
    Equal(
        "indexing.py",
        "_reads_once",
        READS_ONCE,
        (READS_ONCE.replace(" or ", " and "),),
        "every index then takes the way of arrays of integers, which is slower and gives the same",
    ),
    Equal(
        "linalg.py",
        "cofactors.grad_a",
        RANK,
        (RANK.replace(" < ", " <= "), RANK.replace("[-1]", "[+1]"), RANK.replace("[-1]", "[-2]")),
        "the matrix is square, and of a matrix of full rank both ways give the same, the shorter one sooner",
    ),
    Equal(
        "linalg.py",
        "cofactors.grad_a",
        "return _through_minors(a, g)",
        ("return _through_minors(g, a)",),
        "of 3 × 3 matrices the cofactors are quadratic, so that their slope is symmetric in the two",
    ),
    Equal(
        "linalg.py",
        "_through_minors",
        "n = a.shape[-1]",
        ("n = a.shape[-2]",),
        "the matrix is square",
    ),
    Equal(
        "linalg.py",
        "_through_minors",
        "return np.einsum('...ij,...ijkl,ikp,jlq->...pq', g * signs, cofactors(minors), rest, rest)",
        ("return np.einsum('...ij,...ijkl,ikp,jlq->...pq', g / signs, cofactors(minors), rest, rest)",),
        "the signs are 1 and -1",
    ),
    Equal(
        "rounding.py",
        "copysign.grad_a",
        "return g * np.sign(a) * np.copysign(1, b)",
        ("return g * np.sign(a) / np.copysign(1, b)",),
        "the factor is 1 or -1",
    ),
    Equal(
        "rounding.py",
        "copysign.grad_b",
        "return np.zeros_like(g)",
        ("return -np.zeros_like(g)", "return np.zeros_like(g) * 1.00001"),
        "a zero stays a zero",
    ),
    Equal(
        "matmul.py",
        "matmul.grad_b",
        "if b.ndim == 2 and a.ndim > 2:",
        ("if b.ndim == 2 and a.ndim >= 2:", "if b.ndim == 2 and a.ndim > 3:"),
        "a short cut: the line after it gives the same, summed up when the broadcast is undone",
    ),
    Equal(
        "matmul.py",
        "matmul.grad_b",
        "return g * a if b.ndim == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2)",
        ("return g * a if b.ndim == 1 else np.expand_dims(a, +1) * np.expand_dims(g, -2)",),
        "a is a vector here: its new last axis is axis 1",
    ),
    Equal(
        "rounding.py",
        "_flat.grad_a",
        "return np.zeros_like(g)",
        ("return -np.zeros_like(g)", "return np.zeros_like(g) * 1.00001"),
        "0 times anything is 0",
    ),
    Equal(
        "scan.py",
        "cumprod.grad_a",
        "return backwards(np.cumsum, g * y, axis) / np.where(zero, 1, a) + at_first",
        ("return backwards(np.cumsum, g * y, axis) / np.where(zero, 2, a) + at_first",),
        "from a zero on every product is 0, so that what is divided is 0",
    ),
    Equal(
        "scan.py",
        "_weighted",
        "log_g = np.where(nothing, -1e+30, np.log(np.where(nothing, 1, g)))",
        ("log_g = np.where(nothing, -1e+30, np.log(np.where(nothing, 2, g)))",),
        NOT_CHOSEN,
    ),
    Equal(
        "trigonometric.py",
        "atan2.over_square",
        "return np.where(square == 0, 0, g / np.where(square == 0, 1, square))",
        ("return np.where(square == 0, 0, g / np.where(square == 0, 2, square))",),
        NOT_CHOSEN,
    ),
    Equal(
        "trigonometric.py",
        "atan2.over_square",
        "return np.where(square == 0, 0, g / np.where(square == 0, 1, square))",
        ("return np.where(square == 0, 1, g / np.where(square == 0, 1, square))",),
        "it is multiplied by a or b, and both are 0 there",
    ),
    Equal(
        "trigonometric.py",
        "sinc.grad_a",
        "near = np.abs(a) < 0.001",
        ("near = np.abs(a) <= 0.001",),
        "at the threshold series and formula agree",
    ),
    Equal(
        "trigonometric.py",
        "sinc.grad_a",
        "safe = np.where(near, 1, a)",
        ("safe = np.where(near, 2, a)",),
        NOT_CHOSEN,
    ),
]

EXPLAINED: dict[str, dict[Key, str]] = {equal.file: {} for equal in EQUAL}
for equal in EQUAL:
    EXPLAINED[equal.file] |= {(equal.function, equal.before, after): equal.why for after in equal.after}
