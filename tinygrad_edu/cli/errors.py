"""What a command raises when something it was given is wrong."""

from tinygrad_edu.system.files import FormatError


class CommandError(FormatError):
    """An argument, or a file that one names, is wrong. The message is shown on one line, without a traceback."""
