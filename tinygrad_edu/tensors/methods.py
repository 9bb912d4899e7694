"""The methods of Tensor that are functions too: `t.exp()` is `exp(t)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_edu import ops
from tinygrad_edu.functions import calculus as calculus  # register what answers NumPy's functions
from tinygrad_edu.functions import (
    comparison,
    covariance,
    cumulative,
    decomposition,
    diagonals,
    indexing,
    joining,
    nan_reductions,
    norms,
    pointwise,
    products,
    reduction,
    scattering,
    searching,
    shape,
    sorting,
)
from tinygrad_edu.functions import padding as padding  # likewise
from tinygrad_edu.tensors.in_place_methods import InPlaceMethods

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor


class Methods(InPlaceMethods):
    """Everything that `t.name(...)` can be, apart from the graph: see `tensors/tensor.py` for that."""

    __slots__ = ()

    # Functions of each element

    abs = absolute = pointwise.abs
    acos = arccos = pointwise.acos
    acosh = arccosh = pointwise.acosh
    add = pointwise.add
    addcdiv = pointwise.addcdiv
    addcmul = pointwise.addcmul
    allclose = comparison.allclose
    asin = arcsin = pointwise.asin
    asinh = arcsinh = pointwise.asinh
    atan = arctan = pointwise.atan
    atan2 = arctan2 = pointwise.atan2
    atanh = arctanh = pointwise.atanh
    bitwise_and = comparison.bitwise_and
    bitwise_not = comparison.bitwise_not
    bitwise_or = comparison.bitwise_or
    bitwise_xor = comparison.bitwise_xor
    ceil = pointwise.ceil
    clamp = clip = comparison.clamp
    cos = pointwise.cos
    cosh = pointwise.cosh
    count_nonzero = reduction.count_nonzero
    div = divide = true_divide = pointwise.div
    eq = comparison.eq
    equal = comparison.equal
    erf = pointwise.erf
    erfc = pointwise.erfc
    exp = pointwise.exp
    exp2 = pointwise.exp2
    expm1 = pointwise.expm1
    float_power = pointwise.float_power
    floor = pointwise.floor
    floor_divide = comparison.floor_divide
    frac = pointwise.frac
    ge = greater_equal = comparison.ge
    gt = greater = comparison.gt
    heaviside = pointwise.heaviside
    hypot = pointwise.hypot
    isclose = comparison.isclose
    isfinite = comparison.isfinite
    isinf = comparison.isinf
    isnan = comparison.isnan
    le = less_equal = comparison.le
    lerp = pointwise.lerp
    log = pointwise.log
    log10 = pointwise.log10
    log1p = pointwise.log1p
    log2 = pointwise.log2
    logaddexp = pointwise.logaddexp
    logical_and = comparison.logical_and
    logical_not = comparison.logical_not
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    logit = pointwise.logit
    lt = less = comparison.lt
    maximum = comparison.maximum
    minimum = comparison.minimum
    mul = multiply = pointwise.mul
    nan_to_num = comparison.nan_to_num
    ne = not_equal = comparison.ne
    neg = negative = pointwise.neg
    pow = pointwise.pow
    reciprocal = pointwise.reciprocal
    relu = pointwise.relu
    remainder = pointwise.remainder
    round = pointwise.round
    rsqrt = pointwise.rsqrt
    sigmoid = pointwise.sigmoid
    sign = sgn = pointwise.sign
    sin = pointwise.sin
    sinc = pointwise.sinc
    sinh = pointwise.sinh
    sqrt = pointwise.sqrt
    square = pointwise.square
    sub = subtract = pointwise.sub
    tan = pointwise.tan
    tanh = pointwise.tanh
    trunc = fix = pointwise.trunc
    xlogy = pointwise.xlogy
    clamp_max = comparison.clamp_max
    clamp_min = comparison.clamp_min
    copysign = pointwise.copysign
    deg2rad = pointwise.deg2rad
    fmax = comparison.fmax
    fmin = comparison.fmin
    fmod = pointwise.fmod
    positive = pointwise.positive
    rad2deg = pointwise.rad2deg
    clone = ops.clone

    def where(self, condition: Any, other: Any) -> Tensor:
        """Choose from this tensor where `condition` holds, from `other` elsewhere."""
        return ops.where(condition, self, other)

    # Reductions

    all = reduction.all
    amax = reduction.amax
    amin = reduction.amin
    any = reduction.any
    argmax = reduction.argmax
    argmin = reduction.argmin
    cumprod = cumulative.cumprod
    cumsum = cumulative.cumsum
    log_softmax = reduction.log_softmax
    logcumsumexp = cumulative.logcumsumexp
    logsumexp = reduction.logsumexp
    max = reduction.max
    mean = reduction.mean
    min = reduction.min
    prod = reduction.prod
    softmax = reduction.softmax
    std = reduction.std
    sum = reduction.sum
    var = reduction.var

    aminmax = reduction.aminmax
    corrcoef = covariance.corrcoef
    cov = covariance.cov
    cummax = cumulative.cummax
    cummin = cumulative.cummin
    diff = cumulative.diff
    dist = norms.dist
    nanmean = nan_reductions.nanmean
    nansum = nan_reductions.nansum

    # Sorting, counting

    argsort = sorting.argsort
    median = sorting.median
    quantile = sorting.quantile
    sort = sorting.sort
    topk = sorting.topk
    kthvalue = sorting.kthvalue
    mode = sorting.mode
    argwhere = searching.argwhere
    bincount = searching.bincount
    bucketize = searching.bucketize
    histc = searching.histc
    isin = searching.isin
    nonzero = searching.nonzero
    unique = searching.unique
    unique_consecutive = searching.unique_consecutive

    # Linear algebra

    addmm = products.addmm
    bmm = products.bmm
    det = decomposition.det
    diag = diagonals.diag
    diagonal = diagonals.diagonal
    dot = products.dot
    inner = products.inner
    inverse = inv = decomposition.inverse
    kron = products.kron
    logdet = decomposition.logdet
    matrix_power = products.matrix_power
    mm = products.mm
    mv = products.mv
    norm = norms.norm
    outer = products.outer
    trace = diagonals.trace
    tril = diagonals.tril
    triu = diagonals.triu
    cross = products.cross
    matmul = ops.matmul

    # Shape

    broadcast_to = shape.broadcast_to
    chunk = joining.chunk
    expand = shape.expand
    expand_as = shape.expand_as
    flatten = shape.flatten
    flip = shape.flip
    movedim = moveaxis = shape.movedim
    narrow = indexing.narrow
    permute = shape.permute
    repeat = joining.repeat
    repeat_interleave = joining.repeat_interleave
    reshape = shape.reshape
    roll = shape.roll
    split = joining.split
    squeeze = shape.squeeze
    tile = joining.tile
    transpose = swapaxes = swapdims = shape.transpose
    unbind = joining.unbind
    unflatten = shape.unflatten
    unsqueeze = shape.unsqueeze
    view = shape.view
    view_as = reshape_as = shape.view_as
    fliplr = shape.fliplr
    flipud = shape.flipud
    ravel = shape.ravel
    rot90 = shape.rot90
    select = indexing.select
    t = shape.t
    take = indexing.take
    tensor_split = joining.tensor_split

    # By index

    gather = scattering.gather
    index_add = indexing.index_add
    index_copy = indexing.index_copy
    index_fill = indexing.index_fill
    index_put = indexing.index_put
    index_select = indexing.index_select
    masked_fill = indexing.masked_fill
    masked_scatter = indexing.masked_scatter
    masked_select = indexing.masked_select
    scatter = scattering.scatter
    scatter_add = scattering.scatter_add
    scatter_reduce = scattering.scatter_reduce
    take_along_dim = indexing.take_along_dim
