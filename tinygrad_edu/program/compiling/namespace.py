"""Names for the things that a piece of generated Python uses."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.program.tracing.places import Place


class Names:
    """What a piece of Python source calls by which name."""

    def __init__(self) -> None:
        self.world: dict[str, Any] = {}
        self.known: dict[Any, str] = {}
        self.kept: list[Any] = []

    def of(self, x: Any, kind: str) -> str:
        """Return the name of an object, a new one if it has none."""
        if id(x) not in self.known:
            self.known[id(x)] = f"{kind}{len(self.known)}"
            self.world[self.known[id(x)]] = x
            self.kept.append(x)
        return self.known[id(x)]

    def literal(self, x: Any) -> str:
        """Return an expression for a value that never changes."""
        if x is None or x.__class__ in (bool, int) or (x.__class__ is float and x - x == 0):
            return f"({x!r})" if x.__class__ in (int, float) and x < 0 else repr(x)
        if x is Ellipsis:
            return "..."
        if x.__class__ is str:
            return repr(x)
        return self.of(x, "c")

    def place(self, place: Place) -> str:
        """Return an expression that reads a place."""
        holder = self.of(place.holder, "h")
        if place.is_attribute:
            return f"{holder}.{place.key}"
        return f"{holder}[{self.literal(place.key)}]"
