"""What a user holds: the Tensor, ways to make one, its types, how it prints and how it is saved.

Read `tensor.py` first. What it is made of stands in layers, each adding methods to the one before: `operators`,
`storage`, `in_place_methods`, `methods`; `backward` starts a backward pass.
"""
