"""PyTorch's functions, in terms of the operations; and NumPy's, where they are no operation of their own.

The operations speak NumPy (`axis`, `keepdims`); what a user calls speaks PyTorch (`dim`, `keepdim`).
The translation stands here. Most functions are also methods of Tensor; `tensors/methods.py` lists them.
Each takes Tensors, arrays and numbers, and answers with a Tensor if there is one among them.

What answers when NumPy's own function is called on a Tensor is marked `@answers(np.hstack)`: PyTorch's function where
the two agree, else one that is called `numpy_std` and written in NumPy's words, so that types follow NumPy's rules.
"""
