"""`torch.cuda.amp`: the same as `tinygrad_edu.amp`."""

from tinygrad_edu.amp import GradScaler, autocast

__all__ = ["GradScaler", "autocast"]
