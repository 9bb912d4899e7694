"""Workers of a DataLoader: threads and processes."""

import collections
import itertools
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info

# Python 3.12 and later warn of forking beside threads, such as the BLAS library's, which the workers do not use.
pytestmark = pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")

KINDS = ["fork", "thread"] if "fork" in multiprocessing.get_all_start_methods() else ["thread"]
X = np.arange(60, dtype=np.float32).reshape(20, 3)


class Items(Dataset):
    """Each item is what `of` makes of its index."""

    def __init__(self, of, count=20):
        self.of, self.count = of, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.of(index)


def loader(of, kind="fork", **settings):
    return DataLoader(
        of if isinstance(of, IterableDataset) else Items(of),
        **{"batch_size": 4, "num_workers": 2, "multiprocessing_context": kind} | settings,
    )


def who(index):
    info = get_worker_info()
    return index, info.id, os.getpid(), threading.get_ident()


def uneven(index):
    """Later ones are ready sooner."""
    time.sleep(0.0005 * (20 - index))
    return index


SETTINGS = [
    {"batch_size": 3},
    {"batch_size": 3, "drop_last": True},
    {"batch_size": None},
    {"batch_size": 7, "shuffle": True},
    {"batch_sampler": [[1, 2], [3], [19, 4]], "batch_size": 1},
    {"sampler": [3, 3, 1, 7, 12], "batch_size": 2},
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_batches_and_their_order_are_those_without_workers(kind, settings):
    data = TensorDataset(X, np.arange(20))

    def passes(**more):
        tg.manual_seed(0)
        batches = DataLoader(data, **settings | more)
        return [[[part.tolist() for part in batch] for batch in batches] for _ in range(2)]

    expected = passes()
    assert passes(num_workers=3, multiprocessing_context=kind) == expected
    assert passes(num_workers=1, multiprocessing_context=kind, persistent_workers=True, prefetch_factor=1) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_order_does_not_depend_on_who_is_ready_first(kind):
    assert [i for batch in loader(uneven, kind, num_workers=3, batch_size=2) for i in batch.tolist()] == [*range(20)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_worker_makes_every_other_batch(kind):
    batches = list(loader(who, kind))
    assert [int(worker[0]) for _, worker, _, _ in batches] == [0, 1, 0, 1, 0]
    assert len({int(process[0]) for _, _, process, _ in batches}) == (2 if kind == "fork" else 1)
    assert len({int(thread[0]) for *_, thread in batches} - {threading.get_ident()}) == (2 if kind == "thread" else 0)
    assert get_worker_info() is None


def test_processes_of_a_new_interpreter():
    assert [batch.tolist() for batch in loader(plus_one, "spawn", num_workers=1)] == [
        [i + 1 for i in range(start, start + 4)] for start in range(0, 20, 4)
    ]


def plus_one(index):
    return index + 1


@pytest.mark.parametrize("persistent", [False, True])
def test_workers_stay_for_the_next_pass_if_wanted(persistent):
    batches = loader(who, KINDS[0], persistent_workers=persistent)
    first, second = ({int(member) for batch in batches for member in batch[2] * 10**9 + batch[3]} for _ in range(2))
    assert (first == second) is persistent


def test_a_pass_that_is_broken_off_leaves_the_next_one_whole():
    for persistent in (False, True):
        batches = loader(uneven, persistent_workers=persistent)
        for batch in batches:
            assert batch.tolist() == [0, 1, 2, 3]
            break
        assert [i for batch in batches for i in batch.tolist()] == [*range(20)]
        beside = zip(batches, batches, strict=True)
        assert all(one.tolist() == other.tolist() for one, other in beside)


def test_a_pass_that_is_broken_off_makes_no_more_batches():
    asked, gate = [], threading.Event()

    def of(index):
        asked.append(index)
        if index > 0:
            gate.wait(60)
        return index

    batches = loader(of, "thread", batch_size=1, prefetch_factor=5, persistent_workers=True)
    assert next(iter(batches)).item() == 0
    gate.set()
    assert len(list(batches)) == 20
    assert len(asked) <= 23, "beside the second pass, the first item and those that were being made"


def wrong(index):
    if index == 5:
        raise KeyError("no item five")
    return index


class AwkwardError(Exception):
    """It cannot be made anew from its arguments, as sending it to another process needs."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def awkward(index):
    raise AwkwardError(1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_dataset_raises_comes_with_the_place_where_it_did(kind):
    batches = iter(loader(wrong, kind))
    assert next(batches).tolist() == [0, 1, 2, 3]
    with pytest.raises(KeyError, match="no item five") as raised:
        next(batches)
    if kind != "thread":
        (note,) = raised.value.__notes__
        assert note.startswith("in worker 1 of the DataLoader:\nTraceback")
        assert 'raise KeyError("no item five")' in note


def test_exceptions_and_batches_that_cannot_be_sent():
    with pytest.raises(RuntimeError, match="AwkwardError: 1 and 2") as raised:
        list(loader(awkward))
    assert "in awkward" in raised.value.__notes__[0]
    with pytest.raises(Exception, match=r"pickle|local object"):  # the words are Python's, of several versions
        list(loader(lambda index: index, collate_fn=lambda items: lambda: items))


def dies(index):
    if index == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return index


def test_a_worker_that_dies_ends_the_pass():
    batches = iter(loader(dies))
    assert [next(batches).tolist()[0] for _ in range(2)] == [0, 4]
    with pytest.raises(RuntimeError, match=r"worker 0 \(process \d+\) has died, with exit code -9;.*num_workers=0"):
        next(batches)
    assert multiprocessing.active_children() == []


def half_a_batch(index):
    """The worker dies while it sends a batch larger than the pipe holds."""
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return np.zeros(10**6, np.uint8)


def test_a_worker_that_dies_while_it_sends(monkeypatch):
    receive, program = multiprocessing.connection.Connection.recv, os.getpid()

    def receive_late(pipe):
        for child in multiprocessing.active_children() if os.getpid() == program else ():
            child.join(60)
        return receive(pipe)

    monkeypatch.setattr(multiprocessing.connection.Connection, "recv", receive_late)
    with pytest.raises(RuntimeError, match="has died"):
        list(loader(half_a_batch, num_workers=1, batch_size=20))


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_takes_too_long(kind):
    gate = threading.Event()

    def stands_still(index):
        if index == 9:
            gate.wait(60)
        return index

    started = time.monotonic()
    with pytest.raises(RuntimeError, match=r"worker \d has not given its batch after 0.5 seconds \(timeout=\)"):
        list(loader(stands_still, kind, timeout=0.5))
    assert time.monotonic() - started < 30
    gate.set()


def refuses(number):
    raise OSError(f"worker {number} finds no folder")


@pytest.mark.parametrize("kind", KINDS)
def test_what_workers_do_when_they_begin(kind):
    seen = []

    def of(index):
        return get_worker_info().id

    def begin(number):
        seen.append(number)

    assert len(list(loader(of, kind, worker_init_fn=begin, persistent_workers=True))) == 5
    assert sorted(seen) == ([0, 1] if kind == "thread" else [])  # a process has its own list
    with pytest.raises(OSError, match="worker 0 finds no folder"):
        list(loader(of, kind, worker_init_fn=refuses))


def drawn(index):
    return tg.rand(1).item(), np.random.rand(), random.random(), get_worker_info().seed  # noqa: NPY002


def columns(batches):
    return [np.concatenate(column).tolist() for column in zip(*[[c.numpy() for c in b] for b in batches], strict=True)]


def test_random_numbers_of_processes():
    tg.manual_seed(0)
    batches = loader(drawn, batch_size=5)
    ours, theirs, pythons, seeds = columns(batches)
    for numbers in (ours, theirs, pythons):
        assert len(set(numbers)) == 20
    assert len(set(seeds)) == 2
    assert max(seeds) - min(seeds) == 1
    assert set(columns(batches)[0]).isdisjoint(ours), "another pass"
    tg.manual_seed(0)
    assert columns(loader(drawn, batch_size=5)) == [ours, theirs, pythons, seeds]


def test_our_random_numbers_do_not_depend_on_the_workers():
    def draw(**settings):
        tg.manual_seed(3)
        expected = tg.get_rng_state()
        numbers = columns(loader(lambda index: (tg.rand(1).item(),), batch_size=5, **settings))
        assert tg.get_rng_state() == expected, "the program's own numbers are as they were"
        return numbers

    assert len({str(draw(kind=kind, num_workers=n)) for kind in KINDS for n in (1, 3)}) == 1


class Stream(IterableDataset):
    """Each worker gives its part of `count` numbers."""

    def __init__(self, count=11, divide=True):
        self.count, self.divide = count, divide

    def __iter__(self):
        info = get_worker_info()
        if info is None or not self.divide:
            return iter(range(self.count))
        return iter(range(info.id, self.count, info.num_workers))


@pytest.mark.parametrize("kind", KINDS)
def test_streams(kind):
    assert [b.tolist() for b in loader(Stream(), kind, batch_size=2)] == [[0, 2], [1, 3], [4, 6], [5, 7], [8, 10], [9]]
    assert sorted(loader(Stream(), kind, batch_size=None, num_workers=3)) == [*range(11)]
    assert list(loader(Stream(2, divide=False), kind, batch_size=None)) == [0, 0, 1, 1]
    batches = loader(Stream(), kind, batch_size=4, drop_last=True, persistent_workers=True)
    assert [[b.tolist() for b in batches] for _ in range(2)] == [[[0, 2, 4, 6], [1, 3, 5, 7]]] * 2


def test_batches_are_made_ahead_but_not_without_limit():
    made = itertools.count()
    asked = []

    def of(index):
        asked.append(next(made))
        return index

    batches = iter(loader(of, "thread", batch_size=1, prefetch_factor=2))
    next(batches)
    deadline = time.monotonic() + 30
    while len(asked) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(asked) == 5


ORPHANS = """
import sys, time, os
from tinygrad_edu.data import DataLoader
def collate(items):
    return os.getpid()
if __name__ == "__main__":
    loader = DataLoader(range(1000), 1, num_workers=3, collate_fn=collate)
    batches = iter(loader)
    print(*[next(batches) for _ in range(3)], flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_workers_end_when_their_program_is_killed():
    program = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True)
    with program:
        workers = [int(pid) for pid in program.stdout.readline().split()]
        assert len(set(workers)) == 3
        program.kill()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "workers are left over"
        time.sleep(0.02)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


WRONG = {
    "a negative number of workers": ({"num_workers": -1}, "num_workers is a whole number that is not negative, not -1"),
    "a negative timeout": ({"num_workers": 1, "timeout": -1}, "timeout is a number of seconds"),
    "nothing ahead": ({"num_workers": 1, "prefetch_factor": 0}, "prefetch_factor is a positive whole number, not 0"),
    "ahead without workers": ({"prefetch_factor": 2}, "prefetch_factor is about workers, and num_workers is 0"),
    "kept without workers": ({"persistent_workers": True}, "persistent_workers is about workers"),
    "no such way to start": ({"num_workers": 1, "multiprocessing_context": "spoon"}, "one of .*'spawn'.*'thread'"),
}


@pytest.mark.parametrize("settings, message", WRONG.values(), ids=WRONG)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(X, **settings)


Point = collections.namedtuple("Point", "x y")


def test_batches_of_any_kind_come_through():
    tensor = tg.ones(2, 3)
    batch = next(iter(loader(lambda index: {"p": Point(tensor, "a"), "n": np.float16(2)})))
    assert batch["p"].x.shape == (4, 2, 3)
    assert [*batch["p"].y] == ["a"] * 4
    assert batch["n"].dtype == np.float16
