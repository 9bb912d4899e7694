"""The in-place forms of functions: `t.scatter_(…)` is `scatter` in the memory of t. See `in_place.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions import comparison, diagonals, indexing, pointwise, scattering
from tinygrad_edu.tensors.in_place import in_place

abs_ = in_place("abs_", pointwise.abs)
acos_ = in_place("acos_", pointwise.acos)
addcdiv_ = in_place("addcdiv_", pointwise.addcdiv)
addcmul_ = in_place("addcmul_", pointwise.addcmul)
asin_ = in_place("asin_", pointwise.asin)
atan_ = in_place("atan_", pointwise.atan)
ceil_ = in_place("ceil_", pointwise.ceil)
cos_ = in_place("cos_", pointwise.cos)
cosh_ = in_place("cosh_", pointwise.cosh)
erf_ = in_place("erf_", pointwise.erf)
exp2_ = in_place("exp2_", pointwise.exp2)
expm1_ = in_place("expm1_", pointwise.expm1)
floor_ = in_place("floor_", pointwise.floor)
frac_ = in_place("frac_", pointwise.frac)
index_add_ = in_place("index_add_", indexing.index_add)
index_put_ = in_place("index_put_", indexing.index_put)
lerp_ = in_place("lerp_", pointwise.lerp)
log_ = in_place("log_", pointwise.log)
log10_ = in_place("log10_", pointwise.log10)
log1p_ = in_place("log1p_", pointwise.log1p)
log2_ = in_place("log2_", pointwise.log2)
masked_fill_ = in_place("masked_fill_", indexing.masked_fill)
nan_to_num_ = in_place("nan_to_num_", comparison.nan_to_num)
reciprocal_ = in_place("reciprocal_", pointwise.reciprocal)
remainder_ = in_place("remainder_", pointwise.remainder)
round_ = in_place("round_", pointwise.round)
rsqrt_ = in_place("rsqrt_", pointwise.rsqrt)
scatter_add_ = in_place("scatter_add_", scattering.scatter_add)
sign_ = in_place("sign_", pointwise.sign)
sin_ = in_place("sin_", pointwise.sin)
sinh_ = in_place("sinh_", pointwise.sinh)
square_ = in_place("square_", pointwise.square)
tan_ = in_place("tan_", pointwise.tan)
tril_ = in_place("tril_", diagonals.tril)
triu_ = in_place("triu_", diagonals.triu)
trunc_ = in_place("trunc_", pointwise.trunc)


def _fill_diagonal(input: Any, fill_value: float, wrap: bool = False) -> Any:
    if input.ndim < 2 or (input.ndim > 2 and len(set(input.shape)) > 1) or wrap:
        raise ValueError(
            f"fill_diagonal_: expected a matrix, or dimensions of one size, without wrap=True, got {tuple(input.shape)}"
        )
    return ops.setitem(input, fill_value, index=(np.arange(min(input.shape)),) * input.ndim)


scatter_ = in_place("scatter_", scattering.scatter)
scatter_reduce_ = in_place("scatter_reduce_", scattering.scatter_reduce)
index_fill_ = in_place("index_fill_", indexing.index_fill)
index_copy_ = in_place("index_copy_", indexing.index_copy)
clamp_ = in_place("clamp_", comparison.clamp)
fill_diagonal_ = in_place("fill_diagonal_", _fill_diagonal)
clamp_min_ = in_place("clamp_min_", comparison.clamp_min)
clamp_max_ = in_place("clamp_max_", comparison.clamp_max)
clip_ = in_place("clip_", comparison.clamp)
