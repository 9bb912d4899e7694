"""PyTorch's samples of every module that this library has, too: state dict, outputs, buffers, gradients."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.common_utils import set_rng_seed

import tinygrad_edu as tg
from tests.torch_samples.compare import Call, DifferenceError, Finding, arguments, close, failure
from tests.torch_samples.operations import SEED, spread
from tests.torch_samples.translate import OutOfScopeError, Translation

MODULES = {
    info.name.removeprefix("nn."): info
    for info in module_db
    if info.name.startswith("nn.") and hasattr(tg.nn, info.name.removeprefix("nn."))
}
RANDOM = {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d"}


def findings(name: str, count: int | None = None) -> Iterator[Finding]:
    """Yield every difference on `count` samples of a module (None: all of them), in training and in evaluation."""
    info = MODULES[name]
    for training in (True, False):
        set_rng_seed(SEED)
        cases = info.module_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=True, training=training)
        for case in spread(cases, count):
            yield from differences(name, info, case, training)


def differences(name: str, info: Any, case: Any, training: bool) -> Iterator[Finding]:
    args, kwargs = case.constructor_input.args, case.constructor_input.kwargs
    words = f"{name}({arguments(args, kwargs)}) in {'training' if training else 'evaluation'}"
    translation = Translation()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = info.module_cls(*args, **kwargs).double().train(training)
    try:
        ours = getattr(tg.nn, name)(*translation(list(args)), **translation(kwargs)).double().train(training)
        if info.is_lazy:
            see(theirs, ours, case.forward_input)
        copy_state(theirs, ours)
        if case.forward_input is None:
            return
        call = Call(
            name,
            "",
            forward(torch, theirs),
            forward(tg, ours),
            random=name in RANDOM and training,
            second=info.supports_gradgrad,
        )
        pairs = [(p, dict(ours.named_parameters())[key]) for key, p in theirs.named_parameters()]
        for finding in call.run(case.forward_input.args, case.forward_input.kwargs, known=pairs):
            yield Finding(name, finding.outcome, finding.message, f"{words}: {finding.arguments}")
        state = ours.state_dict()
        for key, value in theirs.state_dict().items():
            close(state[key], value, "wrong value")
    except OutOfScopeError:
        return
    except DifferenceError as difference:
        yield Finding(name, difference.outcome, difference.message, words)
    except Exception as error:
        yield Finding(name, *failure(error), words)


def forward(library: Any, module: Any) -> Any:
    return lambda *args, **kwargs: module(*args, **kwargs)


def see(theirs: Any, ours: Any, given: Any) -> None:
    """Show two lazy modules their first input, so that they know their sizes."""
    translation = Translation()
    with torch.no_grad(), tg.no_grad():
        theirs(*given.args, **given.kwargs)
        ours(*translation(list(given.args)), **translation(given.kwargs))


def copy_state(theirs: Any, ours: Any) -> None:
    """Give our module the state of PyTorch's; the names and shapes are to be the same."""
    state = {key: value.detach().numpy().copy() for key, value in theirs.state_dict().items()}
    shapes = {key: value.shape for key, value in state.items()}
    mine = {key: tuple(value.shape) for key, value in ours.state_dict().items()}
    if shapes != mine:
        raise DifferenceError("wrong shape", f"state dict {mine}, not {shapes}")
    ours.load_state_dict({key: tg.as_tensor(value) for key, value in state.items()})


def error_findings(name: str) -> Iterator[Finding]:
    """Yield what PyTorch's module refuses, by its own list, and ours does not."""
    info = MODULES[name]
    if info.module_error_inputs_func is None:
        return
    for training in (True, False):
        set_rng_seed(SEED)
        for case in info.module_error_inputs_func(
            info, device="cpu", dtype=torch.float64, requires_grad=False, training=training
        ):
            made = case.module_error_input
            built, given = made.constructor_input, made.forward_input
            call = Call(name, "", use(info.module_cls, given), use(getattr(tg.nn, name), given), random=True)
            yield from call.run(built.args, built.kwargs)


def use(module: Any, given: Any) -> Any:
    """Return a call that builds a module and runs it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        made = module(*args, **kwargs)
        if given is None:
            return None
        if isinstance(made, torch.nn.Module):
            return made.double()(*given.args, **given.kwargs)
        translation = Translation()
        return made.double()(*translation(list(given.args)), **translation(given.kwargs))

    return call
