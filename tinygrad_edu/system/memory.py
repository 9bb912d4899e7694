"""Keeping freed memory for the next training step.

A step makes the same large arrays as the one before, and frees them again. The C library (glibc's malloc)
returns an array of more than 128 kB to the operating system at once, so that every step would have it mapped,
page by page, and cleared anew: thousands of page faults a step. But when a larger mapped array is freed it
takes the hint, and from then on keeps arrays up to that size for later. So one such array, which nobody ever
writes to, is made and freed here. Where there is another allocator it changes nothing.
"""

import numpy as np

LARGEST_HINT = 32 * 2**20  # bytes: glibc learns from nothing larger


def keep_freed_memory() -> None:
    """Let the C library keep the memory of freed arrays for the next ones. It takes about a microsecond."""
    np.empty(LARGEST_HINT - 8192, np.uint8)
