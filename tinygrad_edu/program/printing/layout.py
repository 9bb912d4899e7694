"""Long lines broken as `ruff format` breaks them."""

from __future__ import annotations

WIDTH = 120
OPENING, CLOSING = "([{", ")]}"


def statement(text: str, indent: str = "    ") -> list[str]:
    """Return a statement on one line, or broken at its last brackets if it is too long."""
    if len(indent) + len(text) <= WIDTH:
        return [indent + text]
    if text.startswith("return ") and len(parts := _parts(text.removeprefix("return "))) > 1:
        return [
            f"{indent}return (",
            *(line for part in parts for line in statement(f"{part},", f"{indent}    ")),
            f"{indent})",
        ]
    found = _last_brackets(text)
    if found is None:
        return [indent + text]
    start, end = found
    head, inner, tail = text[: start + 1], text[start + 1 : end], text[end:]
    parts = _parts(inner)
    deeper = indent + "    "
    together = len(deeper) + len(inner) <= WIDTH and not inner.endswith(",")
    if together:
        body = [deeper + inner]
    elif len(parts) > 1 or inner.endswith(","):
        body = [line for part in parts for line in statement(f"{part},", deeper)]
    else:
        body = statement(inner, deeper)
    return [indent + head, *body, indent + tail]


def _last_brackets(text: str) -> tuple[int, int] | None:
    """Return where the last pair of brackets that is inside of no other opens and closes, if something is in it."""
    depth, end = 0, 0
    for i in range(len(text) - 1, -1, -1):
        if text[i] in CLOSING:
            end = i if depth == 0 else end
            depth += 1
        elif text[i] in OPENING:
            depth -= 1
            if depth == 0 and end > i + 1:
                return i, end
    return None


def _parts(inner: str) -> list[str]:
    """Return what stands between the commas."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(inner):
        depth += (letter in OPENING) - (letter in CLOSING)
        if letter == "," and depth == 0:
            parts.append(inner[start:i].strip())
            start = i + 1
    return [*parts, inner[start:].strip()] if inner[start:].strip() else parts
