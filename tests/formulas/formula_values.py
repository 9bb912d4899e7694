"""What a formula is worth: its tree evaluated with NumPy, to hold the registry's texts to what the operations compute.

Σ, mean and their like go along the operation's axes, and keep them. Formulas with indices are evaluated element by
element, with loops: slow and plain.
"""

import itertools
import math

import numpy as np

from tinygrad_edu.formulas import to_text
from tinygrad_edu.formulas.names import FIXED, exchange, symbols
from tinygrad_edu.formulas.trees import (
    Big,
    Call,
    Cases,
    Chain,
    Fence,
    Fraction,
    Index,
    Name,
    Number,
    Power,
    Root,
    Sequence,
    Words,
    children,
    walk,
)


def transposed(a):
    return np.swapaxes(a, -1, -2)


class Identity:
    """A multiple of the identity matrix, as large as what it is added to."""

    __array_ufunc__ = None

    def __init__(self, scale=1.0):
        self.scale = scale

    def __rmul__(self, scale):
        return Identity(self.scale * scale)

    def __add__(self, other):
        return self.scale * np.eye(other.shape[-1]) + other

    def __sub__(self, other):
        return self + -other


def halved_lower_triangle(a):
    return np.tril(a) * (1 - 0.5 * np.eye(a.shape[-1]))


def diagonal_matrix(a):
    return np.expand_dims(a, -1) * np.eye(a.shape[-1])


def determinant(a):
    return np.linalg.det(a)[..., None, None]


FUNCTIONS = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "atan2": np.arctan2, "exp": np.exp, "log": np.log, "sign": np.sign, "trunc": np.trunc, "round": np.round,
    "erf": np.vectorize(math.erf, otypes=[float]), "σ": lambda a: 1 / (1 + np.exp(-a)),
    "φ": lambda a: np.exp(-a * a / 2) / math.sqrt(2 * math.pi),
    "det": determinant, "diag": diagonal_matrix, "triu": np.triu, "sym": lambda a: (a + transposed(a)) / 2,
    "C": lambda a: np.tril(a) + transposed(np.tril(a, -1)),
}  # fmt: skip
"""Φ is a function of matrices in one formula, and of numbers in another: the formula's own table says which."""

SIGNS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "·": lambda a, b: b.__rmul__(a) if isinstance(b, Identity) else a * b,
    "@": lambda a, b: a @ b,
    "and": np.logical_and,
    "or": np.logical_or,
    "xor": np.logical_xor,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
    "^": np.bitwise_xor,
}
PREFIXES = {"": lambda a: a, "-": lambda a: -a, "not": np.logical_not, "~": np.invert}
COMPARISONS = {
    "==": np.equal, "!=": np.not_equal, "≠": np.not_equal, "<": np.less, "≤": np.less_equal, "<=": np.less_equal,
    ">": np.greater, "≥": np.greater_equal, ">=": np.greater_equal,
}  # fmt: skip
MATRIX_POWERS = {
    Name("ᵀ"): transposed,
    Name("+"): np.linalg.pinv,
    Chain(("-",), (Number("1"),)): np.linalg.inv,
    Chain(("-",), (Name("ᵀ"),)): lambda a: transposed(np.linalg.inv(a)),
}
REDUCTIONS = {
    "mean": lambda a, axis: np.mean(a, axis=axis, keepdims=True),
    "var": lambda a, axis: np.var(a, axis=axis, keepdims=True),
    "count": lambda a, axis: np.sum(a, axis=axis, keepdims=True),
    "max": lambda a, axis: np.max(a, axis=axis, keepdims=True),
    "min": lambda a, axis: np.min(a, axis=axis, keepdims=True),
    "softmax": lambda a, axis: np.exp(a) / np.sum(np.exp(a), axis=axis, keepdims=True),
}
BIGS = {"Σ": np.sum, "Π": np.prod}
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)


class Evaluator:
    """The values of names, the axes that a sum goes along, and how far indices go where no array says it."""

    def __init__(self, values, axis, functions, sizes):
        self.values = {"π": math.pi, "∞": math.inf, "I": Identity(), "dt": 1.0} | values
        self.axis = axis
        self.functions = FUNCTIONS | functions
        self.sizes = sizes

    def value(self, tree):
        """Return what a tree is worth."""
        match tree:
            case Number(text):
                return float(text)
            case Name(text):
                return self.values[text]
            case Chain():
                return self.chain(tree)
            case Cases(((value, Name(condition)),), otherwise) if isinstance(self.values[condition], bool):
                return self.value(value if self.values[condition] else otherwise)
            case Cases(branches, otherwise):
                result = self.value(otherwise)
                for value, condition in reversed(branches):
                    result = np.where(self.value(condition), self.value(value), result)
                return result
            case Fraction(top, bottom):
                return self.value(top) / self.value(bottom)
            case Power(base, exponent) if exponent in MATRIX_POWERS:
                return MATRIX_POWERS[exponent](self.value(base))
            case Power(base, exponent):
                return self.value(base) ** self.value(exponent)
            case Index(base, places):
                return self.value(base)[self.place(places)]
            case Root(body):
                return np.sqrt(self.value(body))
            case Big():
                return self.big(tree)
            case Call():
                return self.call(tree)
            case Fence("|", (body,), "|"):
                return np.abs(self.value(body))
            case Fence("⌊", (body,), "⌋"):
                return np.floor(self.value(body))
            case Fence("⌈", (body,), "⌉"):
                return np.ceil(self.value(body))
            case Fence("⟨", (one, other), "⟩"):
                return np.sum(self.value(one) * self.value(other), axis=(-2, -1), keepdims=True)
        raise NotImplementedError(tree)

    def place(self, places):
        """Return an index: that of an element among the last axes, or whatever the parameter `index` is."""
        if places == (Name("index"),):
            return self.values["index"]
        return (..., *(int(self.value(place)) for place in places))

    def chain(self, tree):
        signs, items = tree.signs, tree.items
        if Name("…") in items:
            return self.series(tree)
        values = [self.value(item) for item in items]
        if len(signs) > 1 and signs[1] in COMPARISONS:
            return np.logical_and.reduce(
                [COMPARISONS[sign](*pair) for sign, pair in zip(signs[1:], itertools.pairwise(values), strict=True)]
            )
        result = PREFIXES[signs[0]](values[0])
        for sign, value in zip(signs[1:], values[1:], strict=True):
            result = SIGNS[sign](result, value)
        return result

    def series(self, tree):
        """Evaluate `a₀ + … + aᵢ`, or a product `a₀ … aᵢ`, whose first and last operand differ in an index."""
        first, _, last = tree.items
        start, end = difference(first, last)
        sign = SIGNS[tree.signs[1]]
        ends = range(int(self.value(start)), int(self.value(end)) + 1)
        values = [self.value(exchange(last, {end.text: Number(str(k))})) for k in ends]
        result = values[0]
        for value in values[1:]:
            result = sign(result, value)
        return result

    def call(self, tree):
        function, arguments = tree.function, tree.arguments
        if isinstance(function, Index) and function.base.text == "log":
            return np.log(self.value(arguments[0])) / np.log(self.value(function.places[0]))
        if isinstance(function, Index):  # max over indices
            values = [e.value(arguments[0]) for e in self.over([p.text for p in function.places], arguments[0])]
            return {"max": np.max}[function.base.text](values, axis=0)
        values = list(map(self.value, arguments))
        if function.text in {"max", "min"} and len(values) == 2:
            return {"max": np.maximum, "min": np.minimum}[function.text](*values)
        if function.text in REDUCTIONS:
            return REDUCTIONS[function.text](values[0], self.axis)
        return self.functions[function.text](*values)

    def big(self, tree):
        if tree.sign == "∫":
            low, high = self.value(tree.lower[0]), self.value(tree.upper)
            t = low + (np.expand_dims(high, -1) - low) * (NODES + 1) / 2
            return np.sum(WEIGHTS * self.given(t=t).value(tree.body), axis=-1) * (high - low) / 2
        if not tree.lower:
            return BIGS[tree.sign](self.value(tree.body), axis=self.axis, keepdims=True)
        conditions = [place for place in tree.lower if isinstance(place, Chain)]
        values = [e.value(tree.body) for e in self.over(bound(tree), tree.body) if all(map(e.value, conditions))]
        return BIGS[tree.sign](values, axis=0)

    def given(self, **values):
        return Evaluator(self.values | values, self.axis, self.functions, self.sizes)

    def over(self, names, body, sizes=()):
        """Yield an evaluator for each value of the indices `names`, whose sizes are read off what they index."""
        sizes = dict(sizes) | {name: self.size(name, body) for name in names if name not in dict(sizes)}
        for indices in itertools.product(*(range(sizes[name]) for name in names)):
            yield self.given(**dict(zip(names, indices, strict=True)))

    def size(self, name, body):
        if name in self.sizes:
            return self.sizes[name]
        for part in walk(body):
            if isinstance(part, Index) and Name(name) in part.places and part.base.text in self.values:
                array = self.values[part.base.text]
                return array.shape[part.places.index(Name(name)) - len(part.places)]
        raise LookupError(f"nothing says how far {name} goes")

    def elements(self, places, body, shape):
        """Evaluate a formula for each element of an array; add up what the places name twice, as a scatter does."""
        if all(isinstance(place, Name) for place in places):
            sizes = dict(zip([p.text for p in places], shape[len(shape) - len(places) :], strict=True))
            sums = False
        else:  # y[s p + d i] = Σ …: the sum is over all that comes to one place
            sizes, body, sums = {}, body.body, True
        names = [part.text for place in places for part in walk(place) if isinstance(part, Name)]
        names += [part.text for part in walk(body) if isinstance(part, Name) and sums]
        names = [name for name in dict.fromkeys(names) if name not in self.values]
        result = np.zeros(shape)
        for evaluator in self.over(names, body, sizes):
            place = evaluator.place(places)
            result[place] = result[place] * sums + evaluator.value(body)
        return result


def difference(first, last):
    """Return the two leaves that two trees differ in."""
    pairs = {(a, b) for a, b in zip(walk(first), walk(last), strict=True) if a != b and not list(children(a))}
    (pair,) = pairs
    return pair


def bound(big):
    """Return the indices that a sum goes over: the first name of each place, `k` in `Σ[k ≥ i]`."""
    return [(place.items[0] if isinstance(place, Chain) else place).text for place in big.lower]


def open_indices(tree, values):
    """Return the indices that the formula of one element leaves open, in the alphabet's order."""
    closed = {name for big in walk(tree) if isinstance(big, Big) for name in bound(big)}
    found = {name.text for name in symbols(tree)} - closed - set(values) - FIXED
    return [Name(text) for text in sorted(found)]


def statements(tree):
    """Return the parts of a text with commas between. A part that has words in it is a text."""
    groups = [[]]
    for item in tree.items if isinstance(tree, Sequence) else (tree,):
        if isinstance(item, Words) and item.text.startswith(","):
            groups.append([])
            item = Words(item.text[1:].strip())
        if item != Words(""):
            groups[-1].append(item)
    return [
        group[0] if len(group) == 1 and not isinstance(group[0], Words) else to_text(Sequence(tuple(group)))
        for group in groups
    ]
