"""Random programs with views, writes in place and NumPy buffers, as lists of lines that run on either library.

A line is a string that uses the library as T: `t3 = t1[1:]`, `t3 += w`, `with T.no_grad(): t3.zero_()`. A program
starts with the leaves x of shape (4,), w (3,) and m (2, 3). What PyTorch refuses is mostly dropped again while the
program is written, so that most programs have an answer to compare.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from tests.properties.draft import LEAVES, Draft, Program

# Views


def index_of_axis(draft: Draft, size: int) -> str:
    if not size:
        return ":"
    low, high = sorted(draft.rng.sample(range(size + 1), 2))
    return draft.rng.choice([str(draft.rng.randrange(-size, size)), f"{low}:{high}", f"{low}:", "::2", ":", "..."])


def basic_index(draft: Draft, t: Any) -> str:
    """Draw numbers, slices, new axes and at most one ellipsis."""
    parts = [index_of_axis(draft, size) for size in t.shape[: draft.rng.randint(0, t.ndim)]] or ["..."]
    parts = [part for i, part in enumerate(parts) if part != "..." or "..." not in parts[:i]]
    if draft.rng.random() < 0.15:
        parts.insert(draft.rng.randint(0, len(parts)), "None")
    return ", ".join(parts)


def advanced_index(draft: Draft, t: Any) -> str:
    """Draw a list of different numbers, or a mask, for one of the first two axes."""
    axis = draft.rng.randrange(min(t.ndim, 2))
    size = t.shape[axis]
    chosen = draft.rng.sample(range(size), draft.rng.randint(0, size))
    mask = [i in chosen for i in range(size)]
    return ":, " * axis + draft.rng.choice([f"T.tensor({mask})", f"T.tensor({chosen or mask})", str(chosen or mask)])


def view(draft: Draft, t: Any) -> str:
    """Draw what is appended to a tensor's name to make a view of it."""
    rng, n = draft.rng, t.ndim
    options = [f"[{basic_index(draft, t)}]"] * 6
    options += [".view(-1)", ".reshape(-1)", ".flatten()", ".unsqueeze(0)", ".unsqueeze(-1)", ".squeeze()"]
    options += [f".expand(2, *{tuple(t.shape)})", ".detach()", f".view_as(T.zeros({t.numel()}, 1))"]
    if n:
        axis = rng.randrange(n)
        size = t.shape[axis]
        options += [f".{how}(2, {axis})[{rng.randrange(2)}]" for how in ("chunk", "tensor_split")]
        options += [f".split(1, {axis})[-1]", f".unbind({axis})[0]", f".select({axis}, -1)", f"[{size // 2}:]"]
        options += [f".narrow({axis}, {size // 2}, {size - size // 2})", f".unflatten({axis}, (-1, 1))"]
        options += [f".reshape({size}, -1)", f".view({size}, -1)"]
    if n > 1:
        order = rng.sample(range(n), n)
        options += [f".permute({', '.join(map(str, order))})", ".transpose(0, 1)", ".mT", ".movedim(0, -1)"]
        options += [".diagonal()", ".diagonal(1)", ".flatten()", ".view(-1)[::2]"]
    if n == 2:
        options += [".T", ".t()"]
    return rng.choice(options)


# Lines


def is_number(operand: str) -> bool:
    return operand[-1].isdigit() and not operand[0].isalpha()


def take_a_view(draft: Draft) -> str:
    a = draft.pick()
    return f"{draft.new_name()} = {a}{view(draft, draft.names[a])}"


def take_several_views(draft: Draft) -> str:
    a = draft.pick(lambda t: t.ndim > 0 and t.shape[0] > 1)
    return f"{draft.new_name()}, {draft.new_name()} = {a}.{draft.rng.choice(['chunk', 'tensor_split'])}(2)" if a else ""


def write(draft: Draft) -> str:
    """Write into every element of a tensor, or of a view without a name."""
    a = draft.pick()
    t, name = draft.names[a], a
    if draft.rng.random() < 0.3:
        name = a + view(draft, t)
        try:
            t = eval(name, draft.names)
        except (RuntimeError, TypeError, ValueError, IndexError):
            return ""
    b = draft.operand(t.shape, t)
    number = draft.number()
    simple = [f"add_({b})", f"sub_({b}, alpha={number})", f"mul_({b})", f"mul_({number})", f"div_({abs(number) + 1})"]
    simple += ["neg_()", "relu_()", "sigmoid_()", "tanh_()", "sin_()", "zero_()", f"fill_({number})"]
    simple += [f"clamp_({-abs(number)}, {abs(number) / 2})"]
    if not draft.overlaps_itself(t):  # PyTorch warns, once, where it does
        simple += [f"masked_fill_({name} > 0.123, {number})"]
    if not is_number(b):
        simple += [f"copy_({b})"] * 3
    if name == a and draft.rng.random() < 0.5:
        return f"{a} {draft.rng.choice(['+=', '-=', '*='])} {b}"
    return f"{name}.{draft.rng.choice(simple)}"


def write_by_index(draft: Draft) -> str:
    a = draft.pick(lambda t: t.ndim > 0 and not draft.overlaps_itself(t))
    if not a:
        return ""
    t = draft.names[a]
    basic = draft.rng.random() < 0.7
    index = (basic_index if basic else advanced_index)(draft, t)
    if draft.rng.random() < 0.1:
        return f"{a}[{a} > 0.123] {draft.rng.choice(['=', '+=', '*='])} {draft.number()}"
    try:
        target = eval(f"{a}[{index}]", draft.names)
    except (RuntimeError, TypeError, ValueError, IndexError):
        return ""
    b = draft.operand(target.shape, target if basic else t, by_element=basic)
    return f"{a}[{index}] {draft.rng.choice(['=', '=', '+=', '-=', '*='])} {b}"


def index_add(draft: Draft) -> str:
    a = draft.pick(lambda t: t.ndim > 0 and t.shape[0] > 0 and not draft.overlaps_itself(t))
    if not a:
        return ""
    t = draft.names[a]
    rows = [draft.rng.randrange(t.shape[0]) for _ in range(2)]
    shape = (2, *t.shape[1:])
    b = draft.operand(shape, t, by_element=False)
    return "" if is_number(b) else f"{a}.index_add_(0, T.tensor({rows}), {b}.expand({shape}))"


def compute(draft: Draft) -> str:
    """Compute a new tensor, most often by an operation that keeps no value."""
    a = draft.pick()
    t, name = draft.names[a], draft.new_name()
    b, number = draft.operand(t.shape), draft.number()
    options = [f"{a} + {b}", f"{a} - {b}", f"{a} * {number}", f"{a} * {b}", f"{a}.clone()", f"T.stack([{a}, {a}])"]
    options += [
        f"{a}.sin()",
        f"{a}.tanh()",
        f"{a}.sigmoid()",
        f"{a}.relu()",
        f"{a}.sum()",
        f"T.where({a} > 0.1, {a}, {b})",
    ]
    if t.ndim:
        options += [f"{a}.sum(0)", f"{a}.mean(-1, keepdim=True)", f"T.cat([{a}, {a} * {number}])", f"{a}.cumsum(0)"]
        options += [f"{a}[{advanced_index(draft, t)}]", f"{a}[T.tensor([0, 0])]", f"{a}[{a} > 0.123]", f"{a}.flip(0)"]
    if t.ndim == 2:
        options += [f"{a} @ {a}.T"]
    return f"{name} = {draft.rng.choice(options)}"


def make_a_buffer(draft: Draft) -> str:
    shape = draft.rng.choice([(), (1,), (3,), (4,), (2, 3), (3, 2), (2, 2)])
    return f"{draft.new_name()} = T.{draft.rng.choice(['zeros', 'ones'])}({shape}, dtype=T.float64)"


def share_with_numpy(draft: Draft) -> str:
    if draft.rng.random() < 0.5:
        a = draft.pick(lambda t: not t.requires_grad)
        return f"{draft.new_name('n')} = {a}.numpy()" if a else ""
    n = draft.new_name("n")
    shape = draft.rng.choice([(3,), (4,), (2, 3)])
    return f"{n} = np.full({shape}, {draft.number()}); {draft.new_name()} = T.from_numpy({n})"


def write_through_numpy(draft: Draft) -> str:
    """Write into an array whose memory nothing tracked was computed from: neither library could notice that."""
    arrays = [n for n, a in draft.names.items() if isinstance(a, np.ndarray) and a.ndim and a.size]
    tracked = draft.seen | set(draft.tensors(lambda t: t.requires_grad))
    free = [n for n in arrays if not draft.sharing(draft.names[n]) & tracked]
    if not free:
        return ""
    n = draft.rng.choice(free)
    return f"{n}[{draft.rng.randrange(len(draft.names[n]))}] = {draft.number()}"


def without_recording(draft: Draft) -> str:
    line = draft.rng.choice([take_a_view, write, write, write_by_index, compute])(draft)
    return line and f"with T.no_grad(): {line}"


def loss_of(draft: Draft, a: str) -> str:
    return draft.rng.choice([f"{a}.sum()", f"({a} * {a}).sum()", f"({a} * {draft.number()}).sum()", f"{a}.sin().sum()"])


def tracked(draft: Draft) -> str:
    """Pick a tensor that leads to a leaf (in PyTorch a view made under no_grad requires a gradient, and does not)."""
    return draft.pick(draft.reaches_a_leaf)


def backward(draft: Draft) -> str:
    return f"{loss_of(draft, tracked(draft))}.backward(retain_graph=True)"


def gradient(draft: Draft) -> str:
    """Compute the gradient of a leaf, or of a result, and use it further on, often with a graph of its own."""
    more = draft.rng.choice(["create_graph", "create_graph", "retain_graph"])
    loss = loss_of(draft, tracked(draft))
    # Its memory is PyTorch's own affair: that of a sum is one number, seen many times.
    return f"{draft.new_name()} = T.autograd.grad({loss}, [{tracked(draft)}], {more}=True)[0].clone()"


def keep_gradient(draft: Draft) -> str:
    # Of a view whose base is written to, PyTorch forgets the hooks, recorded or not; so does not everybody.
    a = draft.pick(lambda t: not t.is_leaf and not t._is_view() and draft.reaches_a_leaf(t))
    return f"{a}.retain_grad()" if a else ""


def hook(draft: Draft) -> str:
    a = draft.pick(lambda t: not t._is_view() and draft.reaches_a_leaf(t))
    return f"{a}.register_hook(lambda g: None if g is None else g * {draft.number()})"  # PyTorch's zero can be None


def forget(draft: Draft) -> str:
    a = draft.pick()
    return f"del {a}" if a not in LEAVES else ""


KINDS = {
    take_a_view: 30,
    take_several_views: 3,
    write: 28,
    write_by_index: 14,
    index_add: 3,
    compute: 22,
    make_a_buffer: 7,
    share_with_numpy: 3,
    write_through_numpy: 3,
    without_recording: 6,
    backward: 3,
    gradient: 3,
    keep_gradient: 4,
    hook: 2,
    forget: 3,
}


@cache
def generate(seed: int, torch: Any) -> Program:
    """Write the program of a seed: lines of all kinds, then a loss of some of the tensors, and its backward pass."""
    draft = Draft(seed, torch)
    length, going = draft.rng.randint(4, 22), True
    for _ in range(4 * length):
        kind = draft.rng.choices(list(KINDS), list(KINDS.values()))[0]
        line = kind(draft)
        if line:
            going = draft.attempt(line)
        if not going or len(draft.lines) >= length:
            break
    if going:
        draft.attempt("loss = (x * 0.5).sum()")
        found = draft.tensors(lambda t: t.requires_grad and t is not draft.names.get("loss"))
        for a in draft.rng.sample(found, min(len(found), draft.rng.randint(1, 6))):
            draft.attempt(f"loss = loss + {loss_of(draft, a)}")
    return [*draft.lines, "loss.backward()"] if going else draft.lines
