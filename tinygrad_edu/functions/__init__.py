"""PyTorch's functions, in terms of the operations.

The operations speak NumPy (`axis`, `keepdims`); what a user calls speaks PyTorch (`dim`, `keepdim`).
The translation stands here. Most functions are also methods of Tensor; `tensors/methods.py` lists them.
Each takes Tensors, arrays and numbers, and answers with a Tensor if there is one among them.
"""
