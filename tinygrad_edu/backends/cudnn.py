"""`torch.backends.cudnn`: not there. Its switches may be set, and change nothing: results are deterministic."""

enabled = False
benchmark = False
deterministic = True
allow_tf32 = False


def is_available() -> bool:
    """Return False."""
    return False
