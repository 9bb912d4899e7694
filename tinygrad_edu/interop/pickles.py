"""A pickle read without running it: numbers, texts and containers, and what a table of known names makes of them.

A pickle is a program for a machine with a stack. Python's own reader lets it call any function of any module. Here the
instructions are taken apart by the tables of `pickletools`, and a machine that knows the harmless ones follows them.
Everything else is refused.
"""

from __future__ import annotations

import io
import pickletools
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tinygrad_edu.system.files import FormatError

MAX_STEPS = 1_000_000  # instructions; each takes at most some 200 bytes. A state of 1,000 tensors has 50,000
MAX_DEPTH = 50  # of containers inside each other
INSTRUCTIONS = {instruction.code.encode("latin-1"): instruction for instruction in pickletools.opcodes}
PLAIN = (str, int, float, bool, type(None))


class Known:
    """What a name of a module stands for in the pickle: something to call on arguments, or to give to such a call."""

    def __init__(self, name: str, meaning: Any) -> None:
        self.name, self.meaning = name, meaning


def read_pickle(content: bytes, known: Mapping[str, Any], persistent: Callable[[Any], Any], tensor: type) -> Any:
    """Return the nested dictionaries, lists and tuples of plain values and tensors that a pickle describes.

    Parameters:
        content: the pickle.
        known: what may be called on arguments, or given to such a call, by module and name: "collections.OrderedDict".
        persistent: makes a value of an identifier of something that is stored elsewhere.
        tensor: the type of values that are allowed beside plain ones.

    Raises:
        FormatError: it needs anything else, is damaged, or is nested too deeply or in a circle.
    """
    machine = _Machine(known, persistent)
    try:
        for count, (name, argument) in enumerate(_instructions(content)):
            if count > MAX_STEPS:
                raise FormatError(f"its pickle has more than {MAX_STEPS:,} instructions")
            machine.follow(name, argument)
        (result,) = machine.stack
    except FormatError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error, RecursionError) as error:
        raise FormatError(f"its pickle is damaged ({' '.join(str(error).split()):.80})") from None
    _check(result, tensor)
    return result


def _instructions(content: bytes) -> Iterator[tuple[str, Any]]:
    """Take a pickle apart into instructions and their arguments, as `pickletools.genops` does for harmless ones alone.

    That one also reads the arguments of others, and warns of what it finds in some.
    """
    file = io.BytesIO(content)
    while code := file.read(1):
        instruction = INSTRUCTIONS[code]
        name = instruction.name
        if name == "STOP":
            return
        if name not in IGNORED and name not in VALUES and name not in STEPS:
            raise FormatError(f"its pickle has the instruction {name}, which tensors and containers do not need")
        if name == "GLOBAL":
            yield name, [file.readline().decode().rstrip("\n") for _ in range(2)]
        else:
            yield name, instruction.arg.reader(file) if instruction.arg else None
    raise ValueError("it has no end")


class _Machine:
    """The stack of values, the places on it that were marked, and the values that were numbered to be used again."""

    def __init__(self, known: Mapping[str, Any], persistent: Callable[[Any], Any]) -> None:
        self.known, self.persistent = known, persistent
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def follow(self, name: str, argument: Any) -> None:
        """Do what one instruction says."""
        if name in VALUES:
            self.stack.append(VALUES[name](argument))
        elif name in STEPS:
            STEPS[name](self, argument)

    def pop(self, count: int) -> list[Any]:
        """Take so many values off the stack."""
        if count > len(self.stack) - (self.marks[-1] if self.marks else 0):
            raise ValueError("it takes more values than there are")
        values = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return values

    def pop_marked(self) -> list[Any]:
        """Take all values above the last mark off the stack, and the mark."""
        values = self.stack[self.marks[-1] :]
        del self.stack[self.marks.pop() :]
        return values

    def find(self, module: Any, name: Any) -> None:
        """Put what a name of a module stands for on the stack."""
        path = f"{module}.{name}"
        if path not in self.known:
            raise FormatError(
                f"it holds {path:.80}, and reading that could run any program; save tensors alone: "
                "torch.save(model.state_dict(), path)"
            )
        self.stack.append(Known(path, self.known[path]))

    def call(self) -> None:
        """Call one of the known on arguments."""
        function, arguments = self.pop(2)
        if not (isinstance(function, Known) and isinstance(arguments, tuple)):
            raise ValueError("it calls what is no function")
        values = [value.meaning if isinstance(value, Known) else value for value in arguments]
        self.stack.append(function.meaning(*values))

    def build(self) -> None:
        """Leave out what PyTorch notes beside a dictionary: the versions of layers."""
        (state,) = self.pop(1)
        if not (isinstance(self.stack[-1], dict) and isinstance(state, dict) and set(state) <= {"_metadata"}):
            raise FormatError("it sets attributes of objects; save tensors alone: torch.save(model.state_dict(), path)")

    def set_items(self, items: list[Any]) -> None:
        """Add keys and values, which alternate, to the dictionary on the stack."""
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2 or not all(isinstance(key, PLAIN) for key in items[::2]):
            raise ValueError("it uses what is no dictionary, or something else than text and numbers as a key")
        target.update(zip(items[::2], items[1::2], strict=True))

    def extend(self, items: list[Any]) -> None:
        """Add values to the list on the stack."""
        if not isinstance(self.stack[-1], list):
            raise ValueError("it adds to what is no list")
        self.stack[-1].extend(items)


IGNORED = {"PROTO", "FRAME"}

VALUES: dict[str, Callable[[Any], Any]] = {
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_DICT": lambda _: {},
    "EMPTY_LIST": lambda _: [],
    "EMPTY_TUPLE": lambda _: (),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"), lambda number: number),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), lambda text: text),
}
"""Instructions that put a value on the stack."""

STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.pop_marked())),
    "TUPLE1": lambda machine, _: machine.stack.append(tuple(machine.pop(1))),
    "TUPLE2": lambda machine, _: machine.stack.append(tuple(machine.pop(2))),
    "TUPLE3": lambda machine, _: machine.stack.append(tuple(machine.pop(3))),
    "APPEND": lambda machine, _: machine.extend(machine.pop(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.pop_marked()),
    "SETITEM": lambda machine, _: machine.set_items(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_marked()),
    "GLOBAL": lambda machine, argument: machine.find(*argument),
    "STACK_GLOBAL": lambda machine, _: machine.find(*machine.pop(2)),
    "REDUCE": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.build(),
    "BINPERSID": lambda machine, _: machine.stack.append(machine.persistent(*machine.pop(1))),
    "MEMOIZE": lambda machine, _: machine.memo.update({len(machine.memo): machine.stack[-1]}),
    **dict.fromkeys(
        ("BINPUT", "LONG_BINPUT"), lambda machine, number: machine.memo.update({number: machine.stack[-1]})
    ),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda machine, number: machine.stack.append(machine.memo[number])),
}
"""Instructions that do something with what is there."""


def _check(result: Any, tensor: type) -> None:
    """Refuse what is no plain value, tensor or container, and containers that are nested too deeply or in a circle."""
    depths: dict[int, int] = {}  # of containers, how deep inside others each was found
    waiting: list[Any] = [[result]]
    while waiting:
        holder = waiting.pop()
        depth = depths.get(id(holder), 0) + 1
        if depth > MAX_DEPTH:
            raise FormatError(f"its containers are nested more than {MAX_DEPTH} deep, or contain themselves")
        for value in holder.values() if isinstance(holder, dict) else holder:
            if isinstance(value, dict | list | tuple):
                if depths.get(id(value), 0) < depth:
                    depths[id(value)] = depth
                    waiting.append(value)
            elif not isinstance(value, (*PLAIN, tensor)):
                raise FormatError(
                    f"it holds {getattr(value, 'name', type(value).__name__)} where no tensor is described"
                )
