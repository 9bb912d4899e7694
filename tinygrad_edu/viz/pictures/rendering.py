"""Turning DOT text into a picture: by Graphviz's program `dot`, else by the one that the package pygraphviz brings."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

SECONDS = 30.0  # a layout may take

# pygraphviz runs Graphviz inside the process that calls it. In a process of its own it can be stopped.
BY_PYGRAPHVIZ = """\
import sys, pygraphviz
source = sys.stdin.buffer.read().decode()
sys.stdout.buffer.write(pygraphviz.AGraph(string=source).draw(format=sys.argv[1], prog="dot"))
"""


class RenderError(RuntimeError):
    """Graphviz could not turn the text into a picture."""


def render_dot(source: str, format: str, seconds: float = SECONDS) -> bytes:
    """Return the bytes of a picture as a file ("svg", "png", "pdf").

    Raises:
        RenderError: there is no Graphviz, it failed, or it took longer than `seconds`.
    """
    command = renderer(format)
    if command is None:
        raise RenderError(
            f"draw: a picture as {format} needs Graphviz, and neither its program `dot` is installed (or on the PATH) "
            "nor the package pygraphviz, which brings its own. Install one of them: `pip install "
            "'tinygrad-edu[viz]'` needs nothing else; or `apt install graphviz`, `brew install graphviz`, "
            "`winget install graphviz`. What always works: drawing.save('graph.dot') and drawing.source, the same "
            "picture as text, and viz.explore(loss).save('graph.html'), a page that needs nothing but a browser"
        )
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"draw: laying the picture out took longer than {seconds:g} s and was stopped. Draw less of it: fold "
            "modules (collapse=1), or have fewer boxes (max_nodes=50); or give it more time "
            "(drawing.render('svg', seconds=300))"
        ) from None
    if done.returncode or not done.stdout:
        message = done.stderr.decode(errors="replace").strip()
        raise RenderError(f"draw: Graphviz failed: {message or f'exit code {done.returncode}'}")
    return done.stdout


def renderer(format: str) -> list[str] | None:
    """Return the command that reads DOT text and writes a picture; None if there is none."""
    program = shutil.which("dot")
    if program is not None:
        return [program, f"-T{format}"]
    if has_pygraphviz():
        return [sys.executable, "-c", BY_PYGRAPHVIZ, format]
    return None


def has_pygraphviz() -> bool:
    """Tell whether the package is installed, without loading it."""
    try:
        return importlib.util.find_spec("pygraphviz") is not None
    except ValueError:  # a program has put something in its place
        return False
