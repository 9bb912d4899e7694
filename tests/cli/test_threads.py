"""The number of threads of NumPy's matrix products."""

import pytest

from tinygrad_edu.cli import main, threads
from tinygrad_edu.cli.errors import CommandError
from tinygrad_edu.cli.threads import VARIABLES, one_blas_thread
from tinygrad_edu.system.threads import find_openblas


@pytest.fixture
def nothing_chosen(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_one_thread_inside_and_as_before_after(nothing_chosen):
    found = find_openblas()
    if found is None:  # NumPy with another library
        with one_blas_thread():
            return
    get, set_ = found
    before = get()
    set_(2)
    many = get()  # fewer, if there are no two cores
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        assert get() == 1
        _ = 1 / 0
    assert get() == many
    set_(before)


def test_training_uses_one_thread(nothing_chosen, monkeypatch):
    found = find_openblas() or (lambda: 1, lambda count: None)
    seen = []

    def begin(args):
        seen.append(found[0]())
        raise CommandError("that is enough")

    monkeypatch.setattr("tinygrad_edu.cli.train.begin", begin)
    before = found[0]()
    found[1](2)
    assert main(["train"]) == 2
    found[1](before)
    assert seen == [1]


def test_the_users_choice_is_left_alone(monkeypatch, nothing_chosen):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setattr(threads, "set_num_threads", lambda number: pytest.fail("it set another number"))
    with one_blas_thread():
        pass


def test_another_library_is_no_trouble(monkeypatch, nothing_chosen):
    monkeypatch.setattr(
        "tinygrad_edu.system.threads.importlib.import_module", lambda name: threads
    )  # no library at all
    assert find_openblas() is None
    with one_blas_thread():
        pass
