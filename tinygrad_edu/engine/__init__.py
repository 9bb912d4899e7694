"""The engine: what an operation is, how one is recorded, and how gradients travel back.

Read in this order: `op`, `broadcasting`, then `tinygrad_edu/ops/arithmetic.py`, then `graph`,
then `tinygrad_edu/tensors/tensor.py`. The rest of the folder serves these.
"""
