"""How many threads matrix products run on.

The networks trained here are small: a second thread gains next to nothing. But where another program
wants the same cores, the threads wait for each other at every product, and training takes ten times
as long or more. One thread is also what makes the same seed give the same weights on a machine with
another number of cores: sums are then added up in the same order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tinygrad_edu.system.threads import get_num_threads, set_num_threads

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let OpenBLAS, which NumPy brings along on most systems, use one thread inside the `with` block.

    Nothing happens where NumPy uses another library, or where the user has chosen by an environment variable.
    """
    if any(name in os.environ for name in VARIABLES):
        yield
        return
    before = get_num_threads()
    set_num_threads(1)
    try:
        yield
    finally:
        set_num_threads(before)
