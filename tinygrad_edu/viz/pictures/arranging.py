"""Which boxes and arrows there are, with given folds, before anything is known about what is in them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu.engine.value import Node
from tinygrad_edu.tensors.tensor import Tensor
from tinygrad_edu.viz.pictures.folding import Fold, Group, open_groups
from tinygrad_edu.viz.tracing.walking import key_of

LEAVES_OF_A_FOLD = 4  # more than these, and all are folded with what uses them
LEAVES = 12  # of one operation; more are one box


@dataclass(slots=True, eq=False)
class Item:
    """What a box is of: an operation or several, folded, by their interval; else a leaf, or several, as given.

    Attributes:
        group: the innermost module around it.
        start, end: the interval of operations; it is empty for leaves.
        fold: how they are folded.
        given: pairs of a source and its array: of a leaf, one; of what is folded, all that are in it.
    """

    group: Group | None
    start: int = 0
    end: int = 0
    fold: Fold | None = None
    given: list[tuple[Any, Any]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Link:
    """An arrow between two items, by their numbers; `index` is the input of an operation.

    Where it stands for many, there is no one index and no one source.
    """

    start: int
    end: int
    index: int | None
    source: Any
    uses: int = 1


@dataclass(slots=True, eq=False)
class Arrangement:
    """The boxes in the order of the computation, the arrows, and the modules around them, the outer ones first."""

    items: list[Item]
    links: list[Link]
    groups: list[Group]


class Graph:
    """A recorded graph, to be arranged with one set of folds or another.

    Parameters:
        nodes: the operations in their order.
        leaves: those among the results.
        groups: the modules that the operations were called in.
        homes: the dotted names of parameters, by key.
        hidden: the keys of constants that are not to be drawn; None to draw bare numbers, too.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        leaves: Sequence[Tensor],
        groups: Sequence[Group],
        homes: Mapping[Any, str],
        shown: Mapping[Any, str] | None,
    ) -> None:
        self.nodes, self.leaves, self.groups, self.homes, self.shown = nodes, leaves, groups, homes, shown
        self.index = {node: i for i, node in enumerate(nodes)}

    def arrange(self, folds: Sequence[Fold], most: float = math.inf) -> Arrangement:
        """Return the boxes and arrows that there are with these folds, which are in order and do not overlap.

        When there are more than `most` boxes, it stops.
        """
        around: list[Group | None] = [None] * len(self.nodes)
        opened = open_groups(self.groups, folds)
        for group in opened:  # the outer ones first
            around[group.start : group.end] = [group] * (group.end - group.start)
        items = [Item(None, given=[(leaf, leaf.array)]) for leaf in self.leaves]
        links: list[Link] = []
        place = [0] * len(self.nodes)  # of each operation, the number of its box
        waiting = list(folds)[::-1]
        seen: set[Any] = set()
        i = 0
        while i < len(self.nodes) and len(items) <= most:
            fold = waiting.pop() if waiting and waiting[-1].start == i else None
            end = fold.end if fold else i + 1
            before, given = self._inputs(i, end)
            item = Item(fold.parent if fold else around[i], i, end, fold)
            leaves = self._leaves(item, given)
            number = len(items) + len(leaves)
            for leaf, uses in leaves:
                self._move_to_user(leaf, item.group, seen)
                links += (Link(len(items), number, index, leaf.given[0][0], n) for index, n in uses)
                items.append(leaf)
            links += joined([Link(place[self.index[source]], number, index, source, n) for source, index, n in before])
            items.append(item)
            place[i:end] = [number] * (end - i)
            i = end
        return Arrangement(items, links, lived_in(opened, items))

    def _inputs(self, start: int, end: int) -> tuple[list[tuple[Node, int | None, int]], dict[Any, Uses]]:
        """Return what an interval of operations reads: the nodes before it, each with input and uses; leaves by key."""
        alone = end == start + 1
        before: dict[Any, list[Any]] = {}
        given: dict[Any, Uses] = {}
        for node in self.nodes[start:end]:
            for k, (source, array) in enumerate(zip(node.sources, node.arrays, strict=True)):
                index = k if alone else None
                if isinstance(source, Node):
                    if self.index[source] < start:
                        before.setdefault((source, index), [source, index, 0])[2] += 1
                    continue
                key = key_of(source)
                if self.shown is None or isinstance(source, Tensor) or key in self.shown:
                    uses = given.setdefault(key, Uses(source, array, {}))
                    uses.often[index] = uses.often.get(index, 0) + 1
        return [(source, index, n) for source, index, n in before.values()], given

    def _leaves(self, item: Item, given: Mapping[Any, Uses]) -> list[tuple[Item, list[tuple[int | None, int]]]]:
        """Return the items of the leaves that an item reads, with the inputs they are. Folds keep some themselves."""
        apart = dict(given)
        fold = item.fold
        if fold is not None:
            apart = {
                key: uses for key, uses in given.items()
                if isinstance(uses.source, Tensor | np.ndarray) and not any(self._lives_in(key, g) for g in fold.groups)
            }  # fmt: skip
            if len(apart) > LEAVES_OF_A_FOLD:
                apart = {}
            item.given = [(uses.source, uses.array) for key, uses in given.items() if key not in apart]
        found = [
            (
                Item(self._home(key, uses.source, item.group), given=[(uses.source, uses.array)]),
                list(uses.often.items()),
            )
            for key, uses in apart.items()
        ]
        if len(found) <= LEAVES:
            return found
        rest = found[LEAVES - 1 :]
        several = Item(item.group, given=[leaf.given[0] for leaf, _ in rest])
        return [*found[: LEAVES - 1], (several, [(None, sum(n for _, uses in rest for _, n in uses))])]

    def _move_to_user(self, leaf: Item, group: Group | None, seen: set[Any]) -> None:
        """Let a leaf that was seen before stand beside the operation that uses it again."""
        keys = [key_of(source) for source, _ in leaf.given]
        if len(keys) == 1 and keys[0] in seen:
            leaf.group = group
        seen.update(keys)

    def _lives_in(self, key: Any, group: Group) -> bool:
        """Tell whether a parameter belongs to a module, or to one inside it."""
        name = self.homes.get(key)
        return name is not None and (group.name == "" or name.startswith(f"{group.name}."))

    def _home(self, key: Any, source: Any, group: Group | None) -> Group | None:
        """Return the innermost module around an operation that a leaf of it belongs to."""
        if not isinstance(source, Tensor):
            return group if key not in self.homes else None
        while group is not None and not (source.tracked and self._lives_in(key, group)):
            group = group.parent
        return group


@dataclass(slots=True, eq=False)
class Uses:
    """A leaf or a constant: as given, its array, and how often each input of an operation is it."""

    source: Any
    array: Any
    often: dict[int | None, int]


def joined(links: list[Link]) -> list[Link]:
    """Return the arrows to one box, with one in place of many that come from the same box of what is folded."""
    often = Counter(link.start for link in links)
    found = [link for link in links if often[link.start] <= LEAVES]
    for start, count in often.items():
        if count > LEAVES:
            some = [link for link in links if link.start == start]
            found.append(Link(start, some[0].end, None, None, sum(link.uses for link in some)))
    return found


def lived_in(groups: Sequence[Group], items: Sequence[Item]) -> list[Group]:
    """Return the groups around more than one box. A box alone needs no frame and moves to the module around."""
    count = dict.fromkeys(groups, 0)
    for item in items:
        if item.group is not None:
            count[item.group] += 1
    for group in reversed(groups):  # the inner ones first
        if group.parent is not None:
            count[group.parent] += min(count[group], 2)
    kept = [group for group in groups if count[group] > 1]
    known = set(kept)
    for item in items:
        while item.group is not None and item.group not in known:
            item.group = item.group.parent
    return kept
