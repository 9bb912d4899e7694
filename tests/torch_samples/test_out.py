"""Whatever takes `out=` here takes it in PyTorch, and writes the same into it, on PyTorch's own samples."""

import pytest

import tinygrad_edu as tg
from tinygrad_edu.tensors.out import FUNCTIONS

reason = "PyTorch is not installed: pip install torch==2.13.0 expecttest"
torch = pytest.importorskip("torch", reason=reason)
pytest.importorskip("expecttest", reason=reason)
operations = pytest.importorskip("tests.torch_samples.operations")
compare = pytest.importorskip("tests.torch_samples.compare")
translate = pytest.importorskip("tests.torch_samples.translate")

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::UserWarning")]  # PyTorch's, of how it is called

TAKEN = {
    info.name: info
    for info in operations.OPERATIONS.values()
    if info.supports_out and info.name in FUNCTIONS and info.op.__name__ != "<lambda>"
}


def test_most_are_compared():
    assert len(TAKEN) > 130


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_the_same_is_written(name):
    info, compared = TAKEN[name], 0
    for sample in operations.spread(
        operations.samples_of(info, torch.float64 if torch.float64 in info.dtypes else torch.int64), 5
    ):
        translated = translate.Translation()
        args = (sample.input, *sample.args)
        ours, params = translated(args), translated(sample.kwargs)
        with torch.no_grad(), tg.no_grad():
            plain = info.op(*args, **sample.kwargs)
            places = [torch.empty_like(part) for part in compare.flat(plain)]
            try:
                theirs = info.op(*args, **sample.kwargs, out=places if len(places) > 1 else places[0])
            except (TypeError, RuntimeError):
                continue  # this way to call it takes no out=
            our_places = [tg.tensor(part.numpy()) * 0 for part in compare.flat(plain)]
            result = getattr(tg, name)(*ours, **params, out=our_places if len(places) > 1 else our_places[0])
        assert [part is place for part, place in zip(compare.flat(result), our_places, strict=True)] == [True] * len(
            places
        )
        for a, b in zip(our_places, compare.flat(theirs), strict=True):
            compare.close(a, b, "wrong value")
        compared += 1
    assert compared
