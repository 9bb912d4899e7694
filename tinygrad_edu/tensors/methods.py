"""The methods of Tensor that are functions too: `t.exp()` is `exp(t)`."""

from __future__ import annotations

from typing import Any

from tinygrad_edu import ops
from tinygrad_edu.functions import (
    arranging,
    counting,
    indexing,
    linalg,
    pointwise,
    reduction,
    shape,
    sorting,
    statistics,
    synonyms,
)
from tinygrad_edu.functions import numpy_names as numpy_names  # registers what answers NumPy's functions
from tinygrad_edu.tensors.in_place_methods import InPlaceMethods


class Methods(InPlaceMethods):
    """Everything that `t.name(...)` can be, apart from the graph: see `tensors/tensor.py` for that."""

    __slots__ = ()

    # Functions of each element

    abs = pointwise.abs
    absolute = pointwise.absolute
    acos = pointwise.acos
    acosh = pointwise.acosh
    add = pointwise.add
    addcdiv = pointwise.addcdiv
    addcmul = pointwise.addcmul
    allclose = pointwise.allclose
    arccos = pointwise.arccos
    arccosh = pointwise.arccosh
    arcsin = pointwise.arcsin
    arcsinh = pointwise.arcsinh
    arctan = pointwise.arctan
    arctan2 = pointwise.arctan2
    arctanh = pointwise.arctanh
    asin = pointwise.asin
    asinh = pointwise.asinh
    atan = pointwise.atan
    atan2 = pointwise.atan2
    atanh = pointwise.atanh
    bitwise_and = pointwise.bitwise_and
    bitwise_not = pointwise.bitwise_not
    bitwise_or = pointwise.bitwise_or
    bitwise_xor = pointwise.bitwise_xor
    ceil = pointwise.ceil
    clamp = pointwise.clamp
    clip = pointwise.clip
    cos = pointwise.cos
    cosh = pointwise.cosh
    count_nonzero = pointwise.count_nonzero
    div = pointwise.div
    divide = pointwise.divide
    eq = pointwise.eq
    equal = pointwise.equal
    erf = pointwise.erf
    exp = pointwise.exp
    exp2 = pointwise.exp2
    expm1 = pointwise.expm1
    floor = pointwise.floor
    floor_divide = pointwise.floor_divide
    frac = pointwise.frac
    ge = pointwise.ge
    gt = pointwise.gt
    hypot = pointwise.hypot
    isclose = pointwise.isclose
    isfinite = pointwise.isfinite
    isinf = pointwise.isinf
    isnan = pointwise.isnan
    le = pointwise.le
    lerp = pointwise.lerp
    log = pointwise.log
    log10 = pointwise.log10
    log1p = pointwise.log1p
    log2 = pointwise.log2
    logaddexp = pointwise.logaddexp
    logical_and = pointwise.logical_and
    logical_not = pointwise.logical_not
    logical_or = pointwise.logical_or
    logical_xor = pointwise.logical_xor
    logit = pointwise.logit
    lt = pointwise.lt
    maximum = pointwise.maximum
    minimum = pointwise.minimum
    mul = pointwise.mul
    multiply = pointwise.multiply
    nan_to_num = pointwise.nan_to_num
    ne = pointwise.ne
    neg = pointwise.neg
    negative = pointwise.negative
    pow = pointwise.pow
    reciprocal = pointwise.reciprocal
    relu = pointwise.relu
    remainder = pointwise.remainder
    round = pointwise.round
    rsqrt = pointwise.rsqrt
    sigmoid = pointwise.sigmoid
    sign = pointwise.sign
    sin = pointwise.sin
    sinc = pointwise.sinc
    sinh = pointwise.sinh
    sqrt = pointwise.sqrt
    square = pointwise.square
    sub = pointwise.sub
    subtract = pointwise.subtract
    tan = pointwise.tan
    tanh = pointwise.tanh
    true_divide = pointwise.true_divide
    trunc = pointwise.trunc
    xlogy = pointwise.xlogy
    clamp_max = synonyms.clamp_max
    clamp_min = synonyms.clamp_min
    copysign = synonyms.copysign
    deg2rad = synonyms.deg2rad
    fix = synonyms.fix
    fmax = synonyms.fmax
    fmin = synonyms.fmin
    fmod = synonyms.fmod
    greater = synonyms.greater
    greater_equal = synonyms.greater_equal
    less = synonyms.less
    less_equal = synonyms.less_equal
    not_equal = synonyms.not_equal
    positive = synonyms.positive
    rad2deg = synonyms.rad2deg
    sgn = synonyms.sgn
    clone = ops.clone

    def where(self, condition: Any, other: Any) -> Any:
        """Choose from this tensor where `condition` holds, from `other` elsewhere."""
        return ops.where(condition, self, other)

    # Reductions

    all = reduction.all
    amax = reduction.amax
    amin = reduction.amin
    any = reduction.any
    argmax = reduction.argmax
    argmin = reduction.argmin
    cumprod = reduction.cumprod
    cumsum = reduction.cumsum
    log_softmax = reduction.log_softmax
    logcumsumexp = reduction.logcumsumexp
    logsumexp = reduction.logsumexp
    max = reduction.max
    mean = reduction.mean
    min = reduction.min
    prod = reduction.prod
    softmax = reduction.softmax
    std = reduction.std
    sum = reduction.sum
    var = reduction.var

    aminmax = statistics.aminmax
    corrcoef = statistics.corrcoef
    cov = statistics.cov
    cummax = statistics.cummax
    cummin = statistics.cummin
    diff = statistics.diff
    dist = statistics.dist
    nanmean = statistics.nanmean
    nansum = statistics.nansum

    # Sorting, counting

    argsort = sorting.argsort
    median = sorting.median
    quantile = sorting.quantile
    sort = sorting.sort
    topk = sorting.topk
    kthvalue = statistics.kthvalue
    mode = statistics.mode
    argwhere = counting.argwhere
    bincount = counting.bincount
    bucketize = counting.bucketize
    histc = counting.histc
    isin = counting.isin
    nonzero = counting.nonzero
    unique = counting.unique
    unique_consecutive = counting.unique_consecutive

    # Linear algebra

    addmm = linalg.addmm
    bmm = linalg.bmm
    det = linalg.det
    diag = linalg.diag
    diagonal = linalg.diagonal
    dot = linalg.dot
    inner = linalg.inner
    inv = linalg.inv
    inverse = linalg.inverse
    kron = linalg.kron
    logdet = linalg.logdet
    matrix_power = linalg.matrix_power
    mm = linalg.mm
    mv = linalg.mv
    norm = linalg.norm
    outer = linalg.outer
    trace = linalg.trace
    tril = linalg.tril
    triu = linalg.triu
    cross = statistics.cross
    matmul = ops.matmul

    # Shape

    broadcast_to = shape.broadcast_to
    chunk = shape.chunk
    expand = shape.expand
    expand_as = shape.expand_as
    flatten = shape.flatten
    flip = shape.flip
    movedim = shape.movedim
    narrow = shape.narrow
    permute = shape.permute
    repeat = shape.repeat
    repeat_interleave = shape.repeat_interleave
    reshape = shape.reshape
    reshape_as = shape.view_as
    roll = shape.roll
    split = shape.split
    squeeze = shape.squeeze
    swapaxes = shape.swapaxes
    tile = shape.tile
    transpose = shape.transpose
    unbind = shape.unbind
    unflatten = shape.unflatten
    unsqueeze = shape.unsqueeze
    view = shape.view
    view_as = shape.view_as
    fliplr = arranging.fliplr
    flipud = arranging.flipud
    moveaxis = arranging.moveaxis
    ravel = arranging.ravel
    rot90 = arranging.rot90
    select = arranging.select
    swapdims = arranging.swapdims
    t = arranging.t
    take = arranging.take
    tensor_split = arranging.tensor_split

    # By index

    gather = indexing.gather
    index_add = indexing.index_add
    index_copy = indexing.index_copy
    index_fill = indexing.index_fill
    index_put = indexing.index_put
    index_select = indexing.index_select
    masked_fill = indexing.masked_fill
    masked_scatter = indexing.masked_scatter
    masked_select = indexing.masked_select
    scatter = indexing.scatter
    scatter_add = indexing.scatter_add
    take_along_dim = indexing.take_along_dim
