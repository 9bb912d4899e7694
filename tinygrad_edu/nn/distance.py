"""How far apart vectors are, and what angle is between them, as modules."""

from __future__ import annotations

from tinygrad_edu.nn import functional as F
from tinygrad_edu.nn.wrapping import Wrapper


class CosineSimilarity(Wrapper, function=F.cosine_similarity):
    """Compute the cosine of the angle between vectors along `dim`. See `functional.cosine_similarity`."""

    hidden = ("dim", "eps")

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__(dim=dim, eps=eps)


class PairwiseDistance(Wrapper, function=F.pairwise_distance):
    """Compute the p-norm of the difference of vectors. See `functional.pairwise_distance`."""

    hidden = ("p", "eps", "keepdim")

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__(p=p, eps=eps, keepdim=keepdim)
