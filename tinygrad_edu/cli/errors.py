"""What a command raises when something it was given is wrong."""


class CommandError(ValueError):
    """An argument or a file is wrong. The message is shown on one line, without a traceback."""
