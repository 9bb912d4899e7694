"""Turning recording off and on: as a context, as a decorator, and for each thread by itself."""

import threading

import pytest

import tinygrad_edu as tg


@pytest.fixture
def x():
    return tg.tensor([2.0], requires_grad=True)


def test_contexts_nest_and_restore(x):
    assert tg.is_grad_enabled()
    with tg.no_grad():
        assert not (x * x).requires_grad
        with tg.enable_grad():
            assert (x * x).requires_grad
        assert not tg.is_grad_enabled()
        with tg.set_grad_enabled(True):
            assert tg.is_grad_enabled()
        assert not tg.is_grad_enabled()
    assert tg.is_grad_enabled()


def test_restored_after_an_error():
    with pytest.raises(ZeroDivisionError), tg.no_grad():
        _ = 1 / 0
    assert tg.is_grad_enabled()


DECORATORS = {
    "no_grad": lambda f: tg.no_grad(f),
    "no_grad()": lambda f: tg.no_grad()(f),
    "set_grad_enabled(False)": lambda f: tg.set_grad_enabled(False)(f),
}


@pytest.mark.parametrize("decorator", DECORATORS)
def test_decorators(x, decorator):
    @DECORATORS[decorator]
    def square(t):
        """Square it."""
        return t * t

    assert not square(x).requires_grad
    assert square.__name__ == "square"
    assert (x * x).requires_grad
    with tg.no_grad():
        assert tg.enable_grad()(lambda: x * x)().requires_grad


def test_a_decorated_function_may_call_itself(x):
    @tg.no_grad()
    def countdown(n):
        return n if n == 0 else countdown(n - 1)

    assert countdown(5) == 0
    assert tg.is_grad_enabled()


def test_a_generator_is_refused():
    with pytest.raises(TypeError, match=r"is a generator.*inside it instead"):

        @tg.no_grad()
        def numbers():
            yield 1


def test_set_grad_enabled_acts_at_once():
    try:
        tg.set_grad_enabled(False)
        assert not tg.is_grad_enabled()
    finally:
        tg.set_grad_enabled(True)


def test_a_new_thread_starts_enabled():
    seen = []
    with tg.no_grad():
        thread = threading.Thread(target=lambda: seen.append(tg.is_grad_enabled()))
        thread.start()
        thread.join()
        assert seen == [True]
        assert not tg.is_grad_enabled()


def test_one_object_entered_twice():
    off = tg.no_grad()
    with off:
        with tg.enable_grad(), off:
            assert not tg.is_grad_enabled()
        assert not tg.is_grad_enabled()
    assert tg.is_grad_enabled()
