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


class HingeEmbeddingLoss(_ToTarget, function=F.hinge_embedding_loss):
    """The distance of what belongs together; by how much others are too near. See `functional.hinge_embedding_loss`."""

    @takes_old_reduction
    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)


class MultiMarginLoss(_Weighted, function=F.multi_margin_loss):
    """How much the score of a class fails to exceed the others by a margin. See `functional.multi_margin_loss`."""

    @takes_old_reduction
    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, *, reduction: str = "mean"
    ) -> None:
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: expected p to be 1 or 2, got {p}")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected a weight (K), got shape {tuple(weight.shape)}")
        super().__init__(weight, p=p, margin=margin, reduction=reduction)


class MultiLabelMarginLoss(_ToTarget, function=F.multilabel_margin_loss):
    """How much the scores of several classes fail to exceed others by 1. See `functional.multilabel_margin_loss`."""

    @takes_old_reduction
    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class SoftMarginLoss(_ToTarget, function=F.soft_margin_loss):
    """How much a score fails to have the sign of its target, smoothly. See `functional.soft_margin_loss`."""

    @takes_old_reduction
    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class MultiLabelSoftMarginLoss(_Weighted, function=F.multilabel_soft_margin_loss):
    """The cross entropy of a yes or no for each class, averaged. See `functional.multilabel_soft_margin_loss`."""

    @takes_old_reduction
    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean") -> None:
        super().__init__(weight, reduction=reduction)


class GaussianNLLLoss(_Loss, function=F.gaussian_nll_loss):
    """The negative log likelihood of a normal distribution. See `functional.gaussian_nll_loss`."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(full=full, eps=eps, reduction=reduction)

    def forward(self, input: Any, target: Any, var: Any) -> Tensor:
        return super().forward(input, target, var)


class PoissonNLLLoss(_Loss, function=F.poisson_nll_loss):
    """The negative log likelihood of a Poisson distribution. See `functional.poisson_nll_loss`."""

    @takes_old_reduction
    def __init__(
        self, log_input: bool = True, full: bool = False, *, eps: float = 1e-8, reduction: str = "mean"
    ) -> None:
        super().__init__(log_input=log_input, full=full, eps=eps, reduction=reduction)

    def forward(self, log_input: Any, target: Any) -> Tensor:  # PyTorch's names
        return super().forward(log_input, target)


class CTCLoss(_Loss, function=F.ctc_loss):
    """The negative log likelihood of a label sequence, by connectionist classification. See `functional.ctc_loss`."""

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(blank=blank, reduction=reduction, zero_infinity=zero_infinity)

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Tensor:
        return super().forward(log_probs, targets, input_lengths, target_lengths)
