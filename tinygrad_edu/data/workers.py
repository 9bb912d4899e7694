"""The workers of a DataLoader: threads or processes that make batches ahead of time.

The loader has one thread for each worker, which hands it one task after the other and waits for the answer. A worker
in a process of its own is asked over a pipe that nobody else writes to: when the process dies, its end of the pipe
closes, and whoever waits knows.
"""

from __future__ import annotations

import itertools
import multiprocessing
import pickle
import random
import signal
import threading
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.data.fetching import End, Fetcher
from tinygrad_edu.system.generator import draw_from_in_this_thread, manual_seed
from tinygrad_edu.system.threads import set_num_threads

Task = tuple[tuple[int, ...], int, Any]
"""What a worker is asked for: the seed of the pass, the number of the batch in it, and the batch's indices."""

_here = threading.local()


@dataclass(frozen=True)
class WorkerInfo:
    """What `get_worker_info` tells.

    Attributes:
        id: the worker's number, from 0 on.
        num_workers: how many there are.
        seed: a number of this worker's own in the pass in which it began.
        dataset: the dataset, the worker's own copy of it in a process.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


def get_worker_info() -> WorkerInfo | None:
    """Return which of a DataLoader's workers this is, or None in the main program.

    A stream that is read by several workers asks here which part of it to give; otherwise each gives all of it.
    """
    return getattr(_here, "info", None)


class Worker:
    """What a worker does: it makes the batches that it is asked for."""

    def __init__(self, fetcher: Fetcher, number: int, of: int, worker_init_fn: Callable[[int], None] | None) -> None:
        self.fetcher, self.number, self.of, self.worker_init_fn = fetcher, number, of, worker_init_fn
        self.seed: tuple[int, ...] | None = None

    def __call__(self, task: Task) -> Any:
        seed, batch, indices = task
        if seed != self.seed:
            self._begin(seed)
        # By the batch, not by the worker: so the numbers do not depend on how many workers there are.
        draw_from_in_this_thread(np.random.default_rng([*seed, batch]))
        return self.fetch(indices)

    def _begin(self, seed: tuple[int, ...]) -> None:
        """Begin a pass."""
        if self.seed is None:
            _here.info = WorkerInfo(self.number, self.of, own_seed(seed, self.number), self.fetcher.dataset)
            if self.worker_init_fn is not None:
                self.worker_init_fn(self.number)
        self.seed, self.fetch = seed, self.fetcher.begin()

    def close(self) -> None:
        """Nothing is to be done for a worker in this process."""


class Process:
    """A worker in a process of its own: it is called as the worker would be."""

    def __init__(self, context: Any, worker: Worker) -> None:
        self.number = worker.number
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(self.pipe, theirs, worker), daemon=True)
        self.process.start()
        theirs.close()  # the worker has the only one, and it closes with the worker

    def __call__(self, task: Task) -> Any:
        try:
            self.pipe.send(task)
            good, answer = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(5)
            raise RuntimeError(
                f"DataLoader: worker {self.number} (process {self.process.pid}) has died, with exit code "
                f"{self.process.exitcode}; a negative one is the signal that ended it, and -9 mostly means that memory "
                "ran out. Use fewer workers, or num_workers=0 to see what happens"
            ) from None
        if good:
            return answer
        raise answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join()


def serve(parents: Any, pipe: Any, worker: Worker) -> None:
    """Answer a worker's tasks in its process, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    parents.close()
    set_num_threads(1)
    seeded = False
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if not seeded:
            seed_process(own_seed(task[0], worker.number))
            seeded = True
        try:
            pipe.send((True, worker(task)))
        except BrokenPipeError:
            return
        except Exception as error:
            pipe.send((False, portable(error, worker.number)))


def own_seed(seed: tuple[int, ...], number: int) -> int:
    """Return a worker's own seed: that of the pass, and its number added."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) + number


def seed_process(seed: int) -> None:
    """Seed what a dataset may draw from in this process, as PyTorch does."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - it is what programs draw from that know no other
    manual_seed(seed)


def portable(error: Exception, number: int) -> Exception:
    """Return an exception with its traceback as a note, as something that can be sent to another process."""
    note = f"in worker {number} of the DataLoader:\n{traceback.format_exc()}"
    error.add_note(note)
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
        error.add_note(note)
    return error


class Workers:
    """The workers of one DataLoader.

    Parameters:
        fetcher: makes the batches.
        number: how many workers.
        context: "thread", or what processes are started by: a context of multiprocessing or the name of one ("fork",
            "spawn", "forkserver"), or None for the system's usual one.
        worker_init_fn: called with the worker's number when it begins.
    """

    def __init__(
        self, fetcher: Fetcher, number: int, context: Any, worker_init_fn: Callable[[int], None] | None
    ) -> None:
        workers = [Worker(fetcher, i, number, worker_init_fn) for i in range(number)]
        self.members: list[Any] = list(workers)
        if context != "thread":
            kind = multiprocessing.get_context(context) if context is None or isinstance(context, str) else context
            self.members = [Process(kind, worker) for worker in workers]
        # One thread for each, so that a worker has one task at a time. They start after the processes: a process
        # that is made by forking has no use for half a thread.
        self.threads = [ThreadPoolExecutor(1, f"DataLoader worker {i}") for i in range(number)]
        self.close = weakref.finalize(self, end, self.members, self.threads)

    def load(
        self, tasks: Iterable[tuple[int, Any]], seed: tuple[int, ...], ahead: int, timeout: float
    ) -> Iterator[Any]:
        """Give the batches of `tasks`, in their order, while up to `ahead` more for each worker are being made.

        Raises:
            RuntimeError: a worker has died, or a batch took longer than `timeout` seconds (0: any time).
            Exception: what the dataset raised, with the worker's traceback as a note.
        """
        tasks, turns = iter(tasks), itertools.cycle(range(len(self.members)))
        running = set(range(len(self.members)))
        waiting: deque[tuple[int, Future[Any]]] = deque()

        def hand_out() -> None:
            while running and len(waiting) < ahead * len(self.members) and (task := next(tasks, None)) is not None:
                worker = next(worker for worker in turns if worker in running)
                waiting.append((worker, self.threads[worker].submit(self.members[worker], (seed, *task))))

        try:
            hand_out()
            while waiting:
                worker, future = waiting.popleft()
                if not wait([future], timeout or None).done:
                    raise RuntimeError(
                        f"DataLoader: worker {worker} has not given its batch after {timeout:g} seconds (timeout=)"
                    )
                batch = future.result()
                if batch is End:
                    running.discard(worker)
                hand_out()
                if batch is not End:
                    yield batch
        finally:
            for _, future in waiting:
                future.cancel()


def end(members: list[Any], threads: list[ThreadPoolExecutor]) -> None:
    """End processes at once, and threads after the batch that they are at, for which nobody waits."""
    for thread in threads:
        thread.shutdown(wait=False, cancel_futures=True)
    for member in members:
        member.close()
