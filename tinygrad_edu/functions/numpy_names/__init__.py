"""NumPy's functions that are no operation of their own here, but a composition: with NumPy's parameters.

Importing this package registers them, so that `np.std(t)` on a Tensor is answered. Each is written in NumPy's
own words, as one would write it on arrays: what meets a Tensor is recorded, and types follow NumPy's rules.
"""

from tinygrad_edu.functions.numpy_names import calculus, elementwise, matrices, questions, shape, statistics

__all__ = ["calculus", "elementwise", "matrices", "questions", "shape", "statistics"]
