"""What is drawn as one box: modules, and the middle of what is too long.

The operations of a graph have an order, that in which they were recorded. A call of a module is an interval of it, and
so is everything that is folded: then what is folded can be drawn as one operation, and no arrow goes back. All of it is
linear in the number of operations, and without recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

NAMED = 20  # modules, in an error
REPEATED = 3  # modules of one structure in a row, and more, are drawn as one, with their number

Path = tuple[tuple[str, str], ...]
"""The modules that an operation belongs to, the outermost first: of each its dotted name and its class."""


@dataclass(slots=True, eq=False)
class Group:
    """The operations of one call of a module, with those of the modules inside.

    Attributes:
        name: the dotted name that the module has in the outermost one; "" for that one itself.
        kind: the name of its class.
        level: how deep it is: the outermost one is 0, its children are 1.
        parent: the group that it lies in.
        start, end: its operations, as an interval of all of them.
    """

    name: str
    kind: str
    level: int
    parent: Group | None
    start: int
    end: int = 0


@dataclass(slots=True, eq=False)
class Fold:
    """An interval of operations that is one box: modules of one structure, or else a run of whatever came there."""

    start: int
    end: int
    parent: Group | None
    groups: Sequence[Group] = ()

    def __len__(self) -> int:
        return self.end - self.start


def find_groups(paths: Sequence[Path]) -> list[Group]:
    """Return the calls of modules that operations with these paths were in, each after the one that it lies in."""
    groups: list[Group] = []
    stack: list[Group] = []
    for i, path in enumerate((*paths, ())):
        same = 0
        while same < min(len(stack), len(path)) and (stack[same].name, stack[same].kind) == path[same]:
            same += 1
        for ended in stack[same:]:
            ended.end = i
        del stack[same:]
        for name, kind in path[same:]:
            parent = stack[-1] if stack else None
            level = parent.level + 1 if parent else int(name != "")
            stack.append(Group(name, kind, level, parent, i))
            groups.append(stack[-1])
    return groups


class Folding:
    """The ways in which a graph can be folded.

    Parameters:
        shapes: of each operation, what it has in common with those of the same kind: its name, its shape.
        groups: the calls of modules.
    """

    def __init__(self, shapes: Sequence[object], groups: Sequence[Group]) -> None:
        self.count = len(shapes)
        self.groups = groups
        self.structures = {group: hash(tuple(shapes[group.start : group.end])) for group in groups}

    def fit(
        self, collapse: int | str | Sequence[str] | None, limit: int, size: Callable[[list[Fold]], int]
    ) -> list[Fold]:
        """Return what to fold: what `collapse` asks for, and then what it takes to have no more than `limit` boxes.

        First come modules that are repeated, then all modules, those deep inside first, and then runs: of a long list
        of boxes in a row, the middle.

        Parameters:
            collapse: modules by their level, or by name or class (with * for anything).
            limit: how many boxes there may be.
            size: how many there are with these folds.
        """
        if collapse is not None:
            check_modules(collapse, self.groups)
        folds = [] if collapse is None else self.merged(self.topmost(matcher(collapse)))
        if collapse is None and size(folds) > limit:
            folds = self.repeats()
            levels = [group.level for group in self.groups]
            alone = levels.count(0) < 2  # one network around everything is not folded: nothing would be left
            for level in range(max(levels, default=0), int(alone) - 1, -1):
                if size(folds) <= limit:
                    break
                folds = self.merged(self.topmost(matcher(level)))
        if size(folds) <= limit:
            return folds
        low, high = 1, limit  # of a list of boxes, so many are kept; 1 is sure to be few
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if size(self.runs(folds, middle)) <= limit else (low, middle)
        return self.runs(folds, low)

    def topmost(self, wanted: Callable[[Group], bool]) -> list[Group]:
        """Return the wanted groups that lie in no other wanted one."""
        end = 0
        found = []
        for group in self.groups:  # in the order of their starts, the outer ones first
            if group.start >= end and wanted(group):
                found.append(group)
                end = group.end
        return found

    def merged(self, groups: Iterable[Group]) -> list[Fold]:
        """Return a fold for each group, or one for several of the same structure in a row."""
        folds = []
        for row in self.rows(groups):
            together = [row] if len(row) >= REPEATED else [[group] for group in row]
            folds += [Fold(some[0].start, some[-1].end, some[0].parent, some) for some in together]
        return folds

    def repeats(self) -> list[Fold]:
        """Return a fold of all but the first of several groups of the same structure in a row, the outer ones first."""
        folds: list[Fold] = []
        siblings: dict[Group | None, list[Group]] = {}
        for group in self.groups:
            siblings.setdefault(group.parent, []).append(group)
        for some in siblings.values():
            for row in self.rows(some):
                if len(row) >= REPEATED:
                    folds.append(Fold(row[1].start, row[-1].end, row[0].parent, row[1:]))
        folds.sort(key=lambda fold: (fold.start, -fold.end))
        end = 0
        outer = []
        for fold in folds:
            if fold.start >= end:
                outer.append(fold)
                end = fold.end
        return outer

    def rows(self, groups: Iterable[Group]) -> list[list[Group]]:
        """Return the groups again, those together that follow one another and have the same structure."""
        rows: list[list[Group]] = []
        for group in groups:
            last = rows[-1][-1] if rows else None
            if last is not None and self.alike(last, group):
                rows[-1].append(group)
            else:
                rows.append([group])
        return rows

    def alike(self, one: Group, next_one: Group) -> bool:
        """Tell whether a group follows another one at once and has the same structure."""
        return (
            (one.parent, one.kind, one.end) == (next_one.parent, next_one.kind, next_one.start)
            and self.structures[one] == self.structures[next_one]
        )  # fmt: skip

    def runs(self, folds: Sequence[Fold], most: int) -> list[Fold]:
        """Return the folds and, of each list of more than `most` boxes in a row, a fold of its middle."""
        first, last = most - most // 2, most // 2
        found: list[Fold] = []
        waiting: list[tuple[Group | None, int, int]] = [(None, 0, self.count)]
        inside = self.children(folds)
        while waiting:
            parent, start, end = waiting.pop()
            items = in_a_row(inside.get(parent, []), start, end)
            middle = items[first : len(items) - last]
            if len(middle) > 1:
                found.append(Fold(begin_of(middle[0]), end_of(middle[-1]), parent))
                items = items[:first] + items[len(items) - last :]
            found += [item for item in items if isinstance(item, Fold)]
            waiting += [(item, item.start, item.end) for item in items if isinstance(item, Group)]
        return sorted(found, key=begin_of)

    def children(self, folds: Sequence[Fold]) -> dict[Group | None, list[Group | Fold]]:
        """Return the folds and the open groups that lie in each open group, and in none."""
        found: dict[Group | None, list[Group | Fold]] = {}
        items: list[Group | Fold] = [*open_groups(self.groups, folds), *folds]
        for item in sorted(items, key=begin_of):
            found.setdefault(item.parent, []).append(item)
        return found


def open_groups(groups: Iterable[Group], folds: Sequence[Fold]) -> list[Group]:
    """Return the groups that lie in no fold."""
    waiting = sorted(folds, key=begin_of, reverse=True)
    found = []
    for group in groups:
        while waiting and waiting[-1].end <= group.start:
            waiting.pop()
        fold = waiting[-1] if waiting else None
        inside = fold is not None and fold.start <= group.start and group.end <= fold.end
        # A fold may be all that there is in a group: then it is in the group.
        if not inside or (fold is not None and fold.parent is not None and group.level <= fold.parent.level):
            found.append(group)
    return found


def in_a_row(items: Iterable[Group | Fold], start: int, end: int) -> list[Group | Fold | int]:
    """Return what lies in an interval: the groups and folds, and between them operations by their numbers."""
    row: list[Group | Fold | int] = []
    for item in items:
        row += range(start, item.start)
        row.append(item)
        start = item.end
    return [*row, *range(start, end)]


def begin_of(item: Group | Fold | int) -> int:
    """Return the number of the first operation."""
    return item if isinstance(item, int) else item.start


def end_of(item: Group | Fold | int) -> int:
    """Return the number after that of the last operation."""
    return item + 1 if isinstance(item, int) else item.end


def matcher(collapse: int | str | Sequence[str]) -> Callable[[Group], bool]:
    """Return what tells whether a group is asked to be folded."""
    if isinstance(collapse, int):
        return lambda group: group.level >= collapse
    patterns = [collapse] if isinstance(collapse, str) else collapse
    return lambda group: any(fnmatchcase(name, p) for p in patterns for name in (group.name, group.kind))


def check_modules(collapse: int | str | Sequence[str], groups: Sequence[Group]) -> None:
    """Raise ValueError where modules are to be folded that there are none of."""
    if not groups:
        raise ValueError(
            f"draw: collapse={collapse!r} folds modules, and none are known of this graph. Call them inside "
            "`with viz.trace() as t:` and pass trace=t; or pass model="
        )
    for name in [collapse] if isinstance(collapse, str) else () if isinstance(collapse, int) else collapse:
        if not any(map(matcher(name), groups)):
            known = list(
                dict.fromkeys(f"{group.name} ({group.kind})" if group.name else group.kind for group in groups)
            )
            more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
            raise ValueError(
                f"draw: no operation was recorded in a module with the name or class collapse={name!r}; there are "
                f"{', '.join(known[:NAMED])}{more}. Write a dotted name or a class, with * for anything"
            )
