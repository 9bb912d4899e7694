"""The DataLoader: a dataset in batches, shuffled or not."""

from __future__ import annotations

import copy
import itertools
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_edu.data.collate import default_collate, default_convert
from tinygrad_edu.data.dataset import IterableDataset, TensorDataset
from tinygrad_edu.data.fetching import End, Fetcher
from tinygrad_edu.data.sampling import BatchSampler, RandomSampler, SequentialSampler, plain
from tinygrad_edu.data.workers import Workers
from tinygrad_edu.system.generator import Generator, get_rng_state, numpy_generator, set_rng_state
from tinygrad_edu.tensors.tensor import Tensor


class DataLoader:
    """Go through a dataset in batches: `for images, labels in DataLoader(dataset, batch_size=64, shuffle=True)`.

    Over Tensors, arrays and datasets that make a batch at once (see `dataset.py`) there is no Python
    loop over items.

    Parameters:
        dataset: a Dataset or anything else with `__getitem__` and `__len__`; or an IterableDataset. A Tensor or an
            array gives batches of its rows. A tuple of Tensors or arrays is a TensorDataset of them.
        batch_size: the number of items in a batch; None gives the items one by one, unbatched.
        shuffle: draw a new order each time the loader is gone through.
        sampler: indices in the order in which to take them, gone through anew each time.
        batch_sampler: lists of indices, a batch each; takes the place of the four other settings.
        collate_fn: makes a batch of a list of items; `default_collate` if not given.
        drop_last: leave out the last batch if it is smaller than the others.
        generator: what draws the order; the default generator if not given.
        num_workers: how many workers make batches ahead of time; with 0, batches are made here when they are asked for.
            The batches are the same, and so is their order.
        prefetch_factor: how many batches each worker makes ahead; 2 if not given.
        persistent_workers: keep the workers after a pass for the next one.
        timeout: the seconds to wait for a batch of a worker; 0 for any time.
        worker_init_fn: called with the worker's number, from 0 on, when it begins; see `get_worker_info`.
        multiprocessing_context: how workers are started: "fork", "spawn" or "forkserver" for processes, or such a
            context of `multiprocessing`; the system's usual one if not given. Ours is "thread": nothing is copied to
            or from a thread, and NumPy's work on large arrays runs beside the main program's; Python's own does not.
        pin_memory, pin_memory_device: accepted and ignored, as there is no other memory to copy to.

    Random numbers: a process is seeded as PyTorch's workers are (`random`, `numpy.random` and the default generator).
    What the library draws from the default generator while it makes a batch, for transforms and the like, depends on
    the pass and the batch alone, in threads and processes alike, however many there are. With 0 workers it is drawn
    from the default generator itself.

    `state_dict()`, between batches or passes, tells the order of the pass begun last and how far it has come; a loader
    of the same data and settings that loads it gives the remaining batches next.

    Raises:
        ValueError: the settings exclude each other, or a number is out of its range.
        TypeError: the dataset has no length or cannot be indexed.
        RuntimeError: (in a pass) a worker has died, or took longer than `timeout`. What the dataset raises comes as it
            is, with the worker's traceback as a note.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
    ) -> None:
        if isinstance(dataset, tuple) and dataset and all(isinstance(x, Tensor | np.ndarray) for x in dataset):
            dataset = TensorDataset(*dataset)
        if isinstance(dataset, IterableDataset):
            if shuffle or sampler is not None or batch_sampler is not None:
                raise ValueError("DataLoader: a stream has the order that it has; leave out shuffle and samplers")
        elif not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
            raise TypeError(
                f"DataLoader: a dataset needs __getitem__ and __len__, which {type(dataset).__name__} does not have; "
                "for a generator, pass list(generator), or derive from IterableDataset"
            )
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError("DataLoader: batch_sampler takes the place of batch_size, shuffle, sampler and drop_last")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: with a sampler there is nothing to shuffle; leave out one of the two")
        if batch_size is None and drop_last:
            raise ValueError("DataLoader: drop_last is about batches, and batch_size=None makes none")
        if batch_size is not None and (not isinstance(batch_size, int) or batch_size < 1):
            raise ValueError(f"DataLoader: batch_size is a positive whole number or None, not {batch_size!r}")
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        self.dataset = dataset
        self.is_stream = isinstance(dataset, IterableDataset)
        self.batch_size = None if batch_sampler is not None else batch_size
        self.shuffle, self.drop_last, self.generator = shuffle, drop_last, generator
        self.sampler: Any = sampler
        if isinstance(batch_sampler, BatchSampler):
            self.sampler = batch_sampler.sampler
        elif sampler is None and not self.is_stream:
            self.sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.batch_sampler: Any = batch_sampler
        if batch_sampler is None and batch_size is not None and not self.is_stream:
            self.batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)
        self.collate_fn: Callable[[Any], Any] = collate_fn or (
            default_convert if batch_size is None else default_collate
        )
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers, self.multiprocessing_context = persistent_workers, multiprocessing_context
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self._workers: Workers | None = None
        self._passes = 0
        self._pass: Pass | None = None
        self._resumed: Pass | None = None

    def __len__(self) -> int:
        """Return the number of batches."""
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        items = self.dataset if self.is_stream else self.sampler
        return len(items if self.batch_size is None else BatchSampler(items, self.batch_size, self.drop_last))

    def __iter__(self) -> Iterator[Any]:
        here = self._pass = self._resumed or self._begin()
        self._resumed = None
        for batch in self._batches(here):
            here.position += 1
            yield batch
        if self._pass is here:  # and no other has begun since
            self._pass = None

    def _begin(self) -> Pass:
        """Draw the order of a new pass, and a seed for what is drawn by its workers."""
        order = self.sampler.order() if hasattr(self.sampler, "order") and self._is_cut() else None
        self._passes += 1
        random = get_rng_state() if order is None else None
        if not self.num_workers:
            return Pass(order, (0,), random=random)
        # From a copy of the generator, so that the orders are the same with workers and without.
        draw = copy.deepcopy(numpy_generator(self.generator))
        return Pass(order, (int(draw.integers(2**63)), self._passes), random=random)

    def _is_cut(self) -> bool:
        """Whether a batch, or an item, is a piece of the sampler's order."""
        return self.batch_sampler is None or type(self.batch_sampler) is BatchSampler

    def _batches(self, here: Pass) -> Iterator[Any]:
        """Give the batches of a pass that are left."""
        tasks: Iterator[tuple[int, Any]] = enumerate(
            itertools.repeat(None) if self.is_stream else self._indices(here.order)
        )
        make = self._by_workers(tasks, here.seed) if self.num_workers else self._by_itself(tasks)
        if here.position:  # what was given is left out: indices, or the batches of a stream, and the numbers they drew
            now = get_rng_state()
            if here.random is not None:
                set_rng_state(here.random)
            for _ in itertools.islice(make if self.is_stream else tasks, here.position):
                pass
            set_rng_state(now)
        yield from make

    def _indices(self, order: Any) -> Iterable[Any]:
        """Give the indices of each batch, or the index of each item where there are no batches."""
        if order is None:
            return self.sampler if self.batch_sampler is None else self.batch_sampler
        return plain(order) if self.batch_sampler is None else self.batch_sampler.cut(order)

    def _by_itself(self, tasks: Iterable[tuple[int, Any]]) -> Iterator[Any]:
        fetch = self._fetcher().begin()
        for _, indices in tasks:
            batch = fetch(indices)
            if batch is End:
                return
            yield batch

    def _by_workers(self, tasks: Iterable[tuple[int, Any]], seed: tuple[int, ...]) -> Iterator[Any]:
        workers, self._workers = self._workers, None  # while a pass runs they are its own: another may begin beside it
        if workers is None:
            workers = Workers(self._fetcher(), self.num_workers, self.multiprocessing_context, self.worker_init_fn)
        kept = self.persistent_workers
        try:
            yield from workers.load(tasks, seed, self.prefetch_factor or 1, self.timeout)
        except Exception:
            kept = False
            raise
        finally:
            if kept and self._workers is None:
                self._workers = workers
            else:
                workers.close()

    def _fetcher(self) -> Fetcher:
        stream = self.dataset if self.is_stream else None
        if stream is not None and self.batch_size is not None:
            stream = BatchSampler(stream, self.batch_size, self.drop_last)
        return Fetcher(self.dataset, self.collate_fn, self.batch_sampler is not None, stream)

    def state_dict(self) -> dict[str, Any]:
        """Return where the pass begun last stands, for a later `load_state_dict`.

        Returns:
            a dictionary of plain numbers, lists and one array: `position`, how many of the pass's batches were given (0
            if none is under way); `order`, its indices (N,) if they were drawn, or None; `random`, where that is not
            known, the default generator's state when it began; `seed`, what its workers' random numbers depend on;
            `passes`, how many were begun; `batch_size`; `generator`, the state of the loader's own generator, if it has
            one. The default generator's is kept by whoever keeps that of the program (`get_rng_state`).
        """
        here = self._resumed or self._pass or Pass(None, (0,))
        known = here.order is None or isinstance(here.order, range)
        own = self._own_generator()
        return {
            "position": here.position,
            "order": None if known else np.array(here.order),
            "seed": list(here.seed),
            "random": here.random,
            "batch_size": self.batch_size,
            "passes": self._passes,
            "generator": None if own is None else numpy_generator(own).bit_generator.state,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where another loader of the same data and settings was: the next pass gives what that one had left.

        A sampler of one's own, or a stream, must give the same again when the default generator is as it was when the
        pass began: what was taken from it already is gone through and left out.

        Raises:
            ValueError: the state belongs to other data.
        """
        order, position = state_dict["order"], int(state_dict["position"])
        if order is not None and (not hasattr(self.sampler, "order") or len(order) != len(self.sampler)):
            raise ValueError(
                f"DataLoader.load_state_dict: the state has an order of {len(order)} indices, which does not fit this "
                "loader; make it of the same data, with the same shuffle, sampler and batch size"
            )
        cut = state_dict.get("batch_size", self.batch_size)
        if position and cut != self.batch_size:
            raise ValueError(
                f"DataLoader.load_state_dict: the state is {position} batches of {cut} into a pass, and this loader "
                f"makes batches of {self.batch_size}; make it with the same batch size"
            )
        if order is None and isinstance(self.sampler, SequentialSampler) and self._is_cut():
            order = self.sampler.order()
        self._passes = int(state_dict["passes"])
        seed, random = tuple(map(int, state_dict["seed"])), state_dict.get("random")
        self._resumed = Pass(order, seed, position, random) if position else None
        self._pass = None
        own = self._own_generator()
        if own is not None and state_dict["generator"] is not None:
            numpy_generator(own).bit_generator.state = state_dict["generator"]

    def _own_generator(self) -> Any:
        return self.generator or getattr(self.sampler, "generator", None)


@dataclass
class Pass:
    """One pass through the data: its order, if that is known from the start, its seed, and the batches given so far.

    Where the order is not known, `random` is the state of the default generator at the start: it may be drawn from it.
    """

    order: Any
    seed: tuple[int, ...]
    position: int = 0
    random: Any = None


def check_workers(number: int, timeout: float, prefetch_factor: int | None, persistent: bool, context: Any) -> None:
    """Raise ValueError unless the settings about workers make sense together."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError(f"DataLoader: num_workers is a whole number that is not negative, not {number!r}")
    if timeout < 0:
        raise ValueError(f"DataLoader: timeout is a number of seconds, or 0 for any time, not {timeout!r}")
    if prefetch_factor is not None and prefetch_factor < 1:
        raise ValueError(f"DataLoader: prefetch_factor is a positive whole number, not {prefetch_factor!r}")
    settings = {"prefetch_factor": prefetch_factor, "persistent_workers": persistent, "timeout": timeout}
    given = [name for name, value in (settings | {"multiprocessing_context": context}).items() if value]
    if not number and given:
        raise ValueError(f"DataLoader: {given[0]} is about workers, and num_workers is 0; leave out one of the two")
    known = [*multiprocessing.get_all_start_methods(), "thread"]
    if isinstance(context, str) and context not in known:
        raise ValueError(f"DataLoader: multiprocessing_context is one of {known}, not {context!r}")
