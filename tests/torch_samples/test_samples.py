"""PyTorch's own samples, of every operation and module that this library has, too.

What still differs is listed in `known.toml`, with reasons. `python -m tests.torch_samples` measures it anew.
"""

import pytest

import tinygrad_edu as tg

reason = "PyTorch is not installed: pip install torch==2.13.0 expecttest"
torch = pytest.importorskip("torch", reason=reason)
pytest.importorskip("expecttest", reason=reason)
operations = pytest.importorskip("tests.torch_samples.operations")
modules = pytest.importorskip("tests.torch_samples.modules")
known = pytest.importorskip("tests.torch_samples.known")
compare = pytest.importorskip("tests.torch_samples.compare")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

FAST = 3  # samples of an operation where time is short


def check(name, findings, whole):
    unknown = known.unknown(findings)
    assert not unknown, "\n".join(map(str, unknown[:20]))
    left_over = known.stale(name, findings) if whole else []
    assert not left_over, f"known.toml lists what is not found any more: {left_over}"


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_operation(name):
    check(name, list(operations.findings(operations.OPERATIONS[name], FAST)), whole=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_operation_on_every_sample(name):
    info = operations.OPERATIONS[name]
    findings = [*operations.findings(info, references=True), *operations.error_findings(info)]
    check(name, findings, whole=True)


@pytest.mark.parametrize("name", modules.MODULES)
def test_module(name):
    check(name, list(modules.findings(name, FAST)), whole=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", modules.MODULES)
def test_module_on_every_sample(name):
    check(name, [*modules.findings(name), *modules.error_findings(name)], whole=True)


def test_the_table_is_in_order():
    keys = [(kind.outcome, kind.reason, kind.message) for kind in known.KINDS]
    assert keys == sorted(set(keys))
    for kind in known.KINDS:
        assert kind.outcome in known.OUTCOMES
        assert kind.reason
        assert kind.operations == sorted(set(kind.operations))
        assert set(kind.operations) <= operations.OPERATIONS.keys() | modules.MODULES.keys()


def test_most_operations_are_whole():
    listed = {name for kind in known.KINDS for name in kind.operations}
    assert len(operations.OPERATIONS.keys() - listed) >= 300


# outcome: (what stands for our cube, what it is compared with)
WRONG = {
    "accepts": (lambda x: x * x * x, lambda x: torch.ones(2) @ torch.ones(3)),
    "crash": (lambda x: x.shape[7], lambda x: x**3),
    "refused": (lambda x: tg.mean(x.long()), lambda x: x**3),
    "wrong dtype": (lambda x: (x * x * x).float(), lambda x: x**3),
    "wrong gradient": (lambda x: x * x * x.detach(), lambda x: x**3),
    "wrong second gradient": (
        lambda x: x**3 + tg.log(x) * (x - x.detach()),
        lambda x: x**3 + x.detach().log() * (x - x.detach()),
    ),
    "wrong shape": (lambda x: (x * x * x)[None], lambda x: x**3),
    "wrong value": (lambda x: x * x * x * 1.000001, lambda x: x**3),
}


@pytest.mark.parametrize("outcome", known.OUTCOMES)
def test_a_mistake_is_noticed(outcome):
    ours, theirs = WRONG[outcome]
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    call = compare.Call("cube", "", theirs, ours, second=True)
    assert [finding.outcome for finding in call.run((x,), {})] == [outcome]
    assert not list(compare.Call("cube", "", lambda x: x**3, lambda x: x * x * x, second=True).run((x,), {}))
