"""Losses as modules. The formulas, shapes and errors stand at the functions in `nn/functional/`."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.functional.losses.reduction import takes_old_reduction
from tinygrad_edu.nn.wrapping import Wrapper
from tinygrad_edu.tensors.tensor import Tensor


class _Loss(Wrapper):
    """A loss. PyTorch prints none of its options."""

    def extra_repr(self) -> str:
        return ""


class _ToTarget(_Loss):
    """A loss that compares an input with a target."""

    def forward(self, input: Any, target: Any) -> Tensor:
        return super().forward(input, target)


class _Weighted(_ToTarget):
    """A loss whose weights, constants, are part of its state."""

    weight: Tensor | None

    def __init__(self, weight: Tensor | None, **options: Any) -> None:
        super().__init__(weight=weight, **options)
        self.register_buffer("weight", weight)


class SumSquaredError(_ToTarget, function=F.sum_squared_error):
    """Σ (input - target)². See `functional.sum_squared_error`."""

    def __init__(self) -> None:
        super().__init__()


class MSELoss(_ToTarget, function=F.mse_loss):
    """The mean squared error. See `functional.mse_loss`."""

    @takes_old_reduction
    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class L1Loss(_ToTarget, function=F.l1_loss):
    """The mean absolute error. See `functional.l1_loss`."""

    @takes_old_reduction
    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class CrossEntropyLoss(_Weighted, function=F.cross_entropy):
    """The cross entropy of scores with class indices or class probabilities. See `functional.cross_entropy`.

    It applies log_softmax itself: the network before it ends in plain scores, without a softmax.
    """

    @takes_old_reduction
    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing)


class NLLLoss(_Weighted, function=F.nll_loss):
    """The negative log likelihood of class indices. See `functional.nll_loss`."""

    @takes_old_reduction
    def __init__(self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(weight, ignore_index=ignore_index, reduction=reduction)


class BCEWithLogitsLoss(_Weighted, function=F.binary_cross_entropy_with_logits):
    """The cross entropy of sigmoid(scores) with probabilities. See `functional.binary_cross_entropy_with_logits`."""

    pos_weight: Tensor | None

    @takes_old_reduction
    def __init__(
        self, weight: Tensor | None = None, *, reduction: str = "mean", pos_weight: Tensor | None = None
    ) -> None:
        super().__init__(weight, reduction=reduction, pos_weight=pos_weight)
        self.register_buffer("pos_weight", pos_weight)


class BCELoss(_Weighted, function=F.binary_cross_entropy):
    """The cross entropy of probabilities with probabilities. See `functional.binary_cross_entropy`."""

    @takes_old_reduction
    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean") -> None:
        super().__init__(weight, reduction=reduction)


class SmoothL1Loss(_ToTarget, function=F.smooth_l1_loss):
    """The absolute error, rounded off with a square where it is below beta. See `functional.smooth_l1_loss`."""

    @takes_old_reduction
    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction, beta=beta)


class HuberLoss(_ToTarget, function=F.huber_loss):
    """The squared error, a line where it exceeds delta. See `functional.huber_loss`."""

    @takes_old_reduction
    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction, delta=delta)


class KLDivLoss(_ToTarget, function=F.kl_div):
    """The Kullback-Leibler divergence of probabilities from logarithms of probabilities. See `functional.kl_div`."""

    @takes_old_reduction
    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction, log_target=log_target)


class MarginRankingLoss(_Loss, function=F.margin_ranking_loss):
    """How much one number fails to exceed another by a margin. See `functional.margin_ranking_loss`."""

    @takes_old_reduction
    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)


class CosineEmbeddingLoss(_Loss, function=F.cosine_embedding_loss):
    """How much the angle of two vectors is not what it should be. See `functional.cosine_embedding_loss`."""

    @takes_old_reduction
    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)


class TripletMarginLoss(_Loss, function=F.triplet_margin_loss):
    """How much a positive fails to be nearer than a negative, by a margin. See `functional.triplet_margin_loss`."""

    @takes_old_reduction
    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, *, reduction: str = "mean"
    ) -> None:
        super().__init__(margin=margin, p=p, eps=eps, swap=swap, reduction=reduction)
