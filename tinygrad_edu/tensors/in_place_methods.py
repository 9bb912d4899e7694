"""The methods of Tensor that write into its own memory: their names end in an underscore."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions import comparison, diagonals, indexing, pointwise, scattering
from tinygrad_edu.tensors import in_place as basic
from tinygrad_edu.tensors import in_place_random
from tinygrad_edu.tensors.in_place import in_place
from tinygrad_edu.tensors.storage import StorageMethods


def _fill(input: Any, value: Any) -> Any:
    return ops.setitem(input, value, index=...)


def _fill_diagonal(input: Any, fill_value: float, wrap: bool = False) -> Any:
    if input.ndim < 2 or (input.ndim > 2 and len(set(input.shape)) > 1) or wrap:
        raise ValueError(
            f"fill_diagonal_: expected a matrix, or dimensions of one size, without wrap=True, got {tuple(input.shape)}"
        )
    return ops.setitem(input, fill_value, index=(np.arange(min(input.shape)),) * input.ndim)


class InPlaceMethods(StorageMethods):
    """Every `t.name_(...)`."""

    __slots__ = ()

    abs_ = in_place("abs_", pointwise.abs)
    acos_ = in_place("acos_", pointwise.acos)
    add_ = basic.add_
    addcdiv_ = in_place("addcdiv_", pointwise.addcdiv)
    addcmul_ = in_place("addcmul_", pointwise.addcmul)
    asin_ = in_place("asin_", pointwise.asin)
    atan_ = in_place("atan_", pointwise.atan)
    bernoulli_ = in_place_random.bernoulli_
    ceil_ = in_place("ceil_", pointwise.ceil)
    clamp_ = in_place("clamp_", comparison.clamp)
    clamp_max_ = in_place("clamp_max_", comparison.clamp_max)
    clamp_min_ = in_place("clamp_min_", comparison.clamp_min)
    clip_ = in_place("clip_", comparison.clamp)
    copy_ = in_place("copy_", _fill)
    cos_ = in_place("cos_", pointwise.cos)
    cosh_ = in_place("cosh_", pointwise.cosh)
    div_ = basic.div_
    erf_ = in_place("erf_", pointwise.erf)
    exp2_ = in_place("exp2_", pointwise.exp2)
    exp_ = in_place("exp_", pointwise.exp)
    expm1_ = in_place("expm1_", pointwise.expm1)
    exponential_ = in_place_random.exponential_
    fill_ = in_place("fill_", _fill)
    fill_diagonal_ = in_place("fill_diagonal_", _fill_diagonal)
    floor_ = in_place("floor_", pointwise.floor)
    frac_ = in_place("frac_", pointwise.frac)
    index_add_ = in_place("index_add_", indexing.index_add)
    index_copy_ = in_place("index_copy_", indexing.index_copy)
    index_fill_ = in_place("index_fill_", indexing.index_fill)
    index_put_ = in_place("index_put_", indexing.index_put)
    lerp_ = in_place("lerp_", pointwise.lerp)
    log10_ = in_place("log10_", pointwise.log10)
    log1p_ = in_place("log1p_", pointwise.log1p)
    log2_ = in_place("log2_", pointwise.log2)
    log_ = in_place("log_", pointwise.log)
    masked_fill_ = in_place("masked_fill_", indexing.masked_fill)
    mul_ = basic.mul_
    nan_to_num_ = in_place("nan_to_num_", comparison.nan_to_num)
    neg_ = in_place("neg_", pointwise.neg)
    normal_ = in_place_random.normal_
    pow_ = basic.pow_
    random_ = in_place_random.random_
    reciprocal_ = in_place("reciprocal_", pointwise.reciprocal)
    relu_ = in_place("relu_", pointwise.relu)
    remainder_ = in_place("remainder_", pointwise.remainder)
    round_ = in_place("round_", pointwise.round)
    rsqrt_ = in_place("rsqrt_", pointwise.rsqrt)
    scatter_ = in_place("scatter_", scattering.scatter)
    scatter_add_ = in_place("scatter_add_", scattering.scatter_add)
    scatter_reduce_ = in_place("scatter_reduce_", scattering.scatter_reduce)
    sigmoid_ = in_place("sigmoid_", pointwise.sigmoid)
    sign_ = in_place("sign_", pointwise.sign)
    sin_ = in_place("sin_", pointwise.sin)
    sinh_ = in_place("sinh_", pointwise.sinh)
    sqrt_ = in_place("sqrt_", pointwise.sqrt)
    square_ = in_place("square_", pointwise.square)
    sub_ = basic.sub_
    tan_ = in_place("tan_", pointwise.tan)
    tanh_ = in_place("tanh_", pointwise.tanh)
    tril_ = in_place("tril_", diagonals.tril)
    triu_ = in_place("triu_", diagonals.triu)
    trunc_ = in_place("trunc_", pointwise.trunc)
    uniform_ = in_place_random.uniform_
    zero_ = in_place("zero_", lambda t: _fill(t, 0))
