"""The methods of Tensor that write into its own memory: their names end in an underscore."""

from __future__ import annotations

from tinygrad_edu.tensors import in_place, in_place_forms, in_place_random
from tinygrad_edu.tensors.storage import StorageMethods


class InPlaceMethods(StorageMethods):
    """Every `t.name_(...)`."""

    __slots__ = ()

    abs_ = in_place_forms.abs_
    acos_ = in_place_forms.acos_
    add_ = in_place.add_
    addcdiv_ = in_place_forms.addcdiv_
    addcmul_ = in_place_forms.addcmul_
    asin_ = in_place_forms.asin_
    atan_ = in_place_forms.atan_
    bernoulli_ = in_place_random.bernoulli_
    ceil_ = in_place_forms.ceil_
    clamp_ = in_place_forms.clamp_
    clamp_max_ = in_place_forms.clamp_max_
    clamp_min_ = in_place_forms.clamp_min_
    clip_ = in_place_forms.clip_
    copy_ = in_place.copy_
    cos_ = in_place_forms.cos_
    cosh_ = in_place_forms.cosh_
    div_ = in_place.div_
    erf_ = in_place_forms.erf_
    exp2_ = in_place_forms.exp2_
    exp_ = in_place.exp_
    expm1_ = in_place_forms.expm1_
    exponential_ = in_place_random.exponential_
    fill_ = in_place.fill_
    fill_diagonal_ = in_place_forms.fill_diagonal_
    floor_ = in_place_forms.floor_
    frac_ = in_place_forms.frac_
    index_add_ = in_place_forms.index_add_
    index_copy_ = in_place_forms.index_copy_
    index_fill_ = in_place_forms.index_fill_
    index_put_ = in_place_forms.index_put_
    lerp_ = in_place_forms.lerp_
    log10_ = in_place_forms.log10_
    log1p_ = in_place_forms.log1p_
    log2_ = in_place_forms.log2_
    log_ = in_place_forms.log_
    masked_fill_ = in_place_forms.masked_fill_
    mul_ = in_place.mul_
    nan_to_num_ = in_place_forms.nan_to_num_
    neg_ = in_place.neg_
    normal_ = in_place_random.normal_
    pow_ = in_place.pow_
    random_ = in_place_random.random_
    reciprocal_ = in_place_forms.reciprocal_
    relu_ = in_place.relu_
    remainder_ = in_place_forms.remainder_
    round_ = in_place_forms.round_
    rsqrt_ = in_place_forms.rsqrt_
    scatter_ = in_place_forms.scatter_
    scatter_add_ = in_place_forms.scatter_add_
    scatter_reduce_ = in_place_forms.scatter_reduce_
    sigmoid_ = in_place.sigmoid_
    sign_ = in_place_forms.sign_
    sin_ = in_place_forms.sin_
    sinh_ = in_place_forms.sinh_
    sqrt_ = in_place.sqrt_
    square_ = in_place_forms.square_
    sub_ = in_place.sub_
    tan_ = in_place_forms.tan_
    tanh_ = in_place.tanh_
    tril_ = in_place_forms.tril_
    triu_ = in_place_forms.triu_
    trunc_ = in_place_forms.trunc_
    uniform_ = in_place_random.uniform_
    zero_ = in_place.zero_
