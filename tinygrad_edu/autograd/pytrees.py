"""Nested dicts, lists and tuples: their leaves in order, and the same nest around other leaves.

Whatever is not a dict, a list or a tuple is a leaf; None is a nest without leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a nest, in order."""
    if tree is None:
        return []
    if isinstance(tree, dict | list | tuple):
        return [leaf for branch in (tree.values() if isinstance(tree, dict) else tree) for leaf in leaves(branch)]
    return [tree]


def rebuild(tree: Any, new: Iterator[Any]) -> Any:
    """Return a nest like `tree` whose leaves are taken from `new`."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: rebuild(branch, new) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        branches = [rebuild(branch, new) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else type(tree)(branches)  # a named tuple, or not
    return next(new)


def convert(tree: Any, function: Callable[[Any], Any]) -> Any:
    """Return a nest like `tree` with `function` applied to each leaf."""
    return rebuild(tree, iter([function(leaf) for leaf in leaves(tree)]))


def leaves_along(tree: Any, other: Any, what: str) -> list[Any]:
    """Return the leaves of `other`, which must be nested as `tree` is, in the order of those of `tree`.

    Raises:
        ValueError: the nests differ; `what` names `other` in the message.
    """
    if tree is None and other is None:
        return []
    if isinstance(tree, dict) and isinstance(other, dict) and tree.keys() == other.keys():
        return [leaf for key, branch in tree.items() for leaf in leaves_along(branch, other[key], what)]
    if isinstance(tree, list | tuple) and isinstance(other, list | tuple) and len(tree) == len(other):
        pairs = zip(tree, other, strict=True)
        return [leaf for branch, other_branch in pairs for leaf in leaves_along(branch, other_branch, what)]
    if tree is None or isinstance(tree, dict | list | tuple):
        raise ValueError(f"{what}: expected the nest {outline(tree)}, got {outline(other)}")
    return [other]


def outline(tree: Any) -> str:
    """Write a nest with a dot for each leaf: `{w: ·, b: [·, ·]}`."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {outline(branch)}" for key, branch in tree.items()) + "}"
    if isinstance(tree, list | tuple):
        left, right = "[]" if isinstance(tree, list) else "()"
        return left + ", ".join(outline(branch) for branch in tree) + right
    return "None" if tree is None else "·"
