"""What folds into one box: the operations of a module's call and, where these are many, runs of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from tinygrad_edu.viz.pictures.folding import Group, Path, find_groups

COMFORTABLE = 75  # operations; more, with their inputs, would not fit into a picture that can be read
RUN = 25  # parts of one group; where there are more, neighbours are put together


def make_groups(paths: Sequence[Path]) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the groups of a graph, and the group of each operation.

    Parameters:
        paths: of each operation, in the order in which they ran, the modules it was called in: name and class.

    A group is `{"name", "kind", "parent"}`, with the number of the group around it; group 0 is the whole graph.
    """
    groups: list[dict[str, Any]] = [{"name": "", "kind": "", "parent": -1}]
    inside = [0] * len(paths)
    numbers: dict[Group | None, int] = {None: 0}
    for group in find_groups(paths):  # the outer ones first
        numbers[group] = len(groups)
        groups.append({"name": group.name or group.kind, "kind": group.kind, "parent": numbers[group.parent]})
        inside[group.start : group.end] = [numbers[group]] * (group.end - group.start)
    if len(paths) > COMFORTABLE:
        put_neighbours_together(groups, inside)
    return groups, inside


class Part(NamedTuple):
    """A part of a group: an operation or a group, with its first and its last operation."""

    first: int
    last: int
    group: int | None


def put_neighbours_together(groups: list[dict[str, Any]], inside: list[int]) -> None:
    """Give each group with many parts groups of neighbours in it, and these again, until none has many."""
    parts: list[list[Part]] = [[] for _ in groups]
    for i, group in enumerate(inside):
        parts[group].append(Part(i, i, None))
    for number in range(len(groups) - 1, -1, -1):  # from the inside to the outside
        level = sorted(parts[number], key=attrgetter("first"))
        if number:
            parts[groups[number]["parent"]].append(Part(level[0].first, level[-1].last, number))
        while len(level) > RUN:
            level = [put_together(groups, inside, number, level[i : i + RUN]) for i in range(0, len(level), RUN)]


def put_together(groups: list[dict[str, Any]], inside: list[int], parent: int, parts: Sequence[Part]) -> Part:
    """Make a group of neighbouring parts of `parent`, and return it as a part."""
    number = len(groups)
    first, last = parts[0].first, parts[-1].last
    groups.append({"name": f"operations {first + 1} to {last + 1}", "kind": "", "parent": parent})
    for part in parts:
        if part.group is None:
            inside[part.first] = number
        else:
            groups[part.group]["parent"] = number
    return Part(first, last, number)
