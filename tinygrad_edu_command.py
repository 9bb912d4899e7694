"""The command `tinygrad-edu`, from before its library is loaded: that takes a moment, in which Ctrl-C may come."""

import sys


def main() -> int:
    """Load the library and run the command."""
    try:
        from tinygrad_edu.cli import main as run

        return run()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
