"""Every layer and loss in a step that is compiled, and in one that is printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.nn.module_cases import CASES, SIGNS, Case
from tests.program.compiled_steps import require_equal
from tinygrad_edu import func, nn
from tinygrad_edu.nn import functional as F
from tinygrad_edu.program.tracing.arrays import TraceError

ROW, ROWS, IMAGE, VOLUME = (3, 4), (2, 4, 9), (2, 4, 6, 7), (2, 4, 3, 6, 5)
LABELS, CHANCES = np.array([3, 0, 1]), np.linspace(0.1, 0.9, 12).reshape(3, 4)
WEIGHTS = tg.tensor([1.0, 2.0, 3.0, 4.0])
SPELLED = np.array([[1, 2, 3], [2, 1, 3]])


class CTC(nn.CTCLoss):
    def forward(self, scores: Any, labels: Any) -> Any:  # type: ignore[override]
        return super().forward(F.log_softmax(scores, dim=-1), labels, (6, 5), (3, 2))


MORE = {
    "Linear": [Case(4, 3, on=[ROW]), Case(4, 3, bias=False, on=[(4,)])],
    "Dropout": [Case(0.3, on=[ROW])],
    "Dropout1d": [Case(0.5, on=[ROWS])],
    "Dropout2d": [Case(0.5, on=[IMAGE])],
    "Dropout3d": [Case(0.5, on=[VOLUME])],
    "MultiheadAttention": [Case(6, 2, dropout=0.2, on=[(4, 2, 6)] * 3)],
    "TransformerEncoderLayer": [Case(6, 2, 5, 0.1, batch_first=True, on=[(2, 4, 6)])],
    "LSTM": [Case(3, 4, 2, dropout=0.3, on=[(5, 2, 3)])],
    "RNN": [Case(3, 4, nonlinearity="relu", on=[(5, 2, 3)])],
    "PReLU": [Case(4, on=[ROW])],
    "CrossEntropyLoss": [
        Case(on=[ROW, LABELS]), Case(label_smoothing=0.1, on=[ROW, LABELS]), Case(weight=WEIGHTS, on=[ROW, LABELS]),
        Case(ignore_index=1, on=[ROW, LABELS]), Case(on=[ROW, CHANCES]),
    ],
    "NLLLoss": [Case(on=[ROW, LABELS]), Case(weight=WEIGHTS, ignore_index=0, on=[ROW, LABELS])],
    "MSELoss": [Case(on=[ROW, ROW]), Case(reduction="none", on=[ROW, ROW])],
    "L1Loss": [Case(on=[ROW, ROW])],
    "SumSquaredError": [Case(on=[ROW, ROW])],
    "BCEWithLogitsLoss": [Case(on=[ROW, CHANCES]), Case(pos_weight=WEIGHTS, on=[ROW, CHANCES])],
    "GaussianNLLLoss": [Case(full=True, on=[ROW, ROW, CHANCES])],
    "HingeEmbeddingLoss": [Case(on=[(3,), SIGNS])],
    "MultiLabelMarginLoss": [Case(on=[ROW, np.array([[0, 2, -1, 1], [1, -1, 0, 0], [3, 2, 1, 0]])])],
    "MultiLabelSoftMarginLoss": [Case(weight=WEIGHTS, on=[ROW, np.round(CHANCES)])],
    "MultiMarginLoss": [Case(p=2, weight=WEIGHTS, on=[ROW, LABELS])],
    "PoissonNLLLoss": [Case(full=True, on=[ROW, 3 * CHANCES])],
    "SoftMarginLoss": [Case(on=[ROW, np.sign(CHANCES - 0.5)])],
    "CTCLoss": [Case(on=[(6, 2, 4), SPELLED])],
}  # fmt: skip
ALL = [(name, case) for table in (CASES, MORE) for name, cases in table.items() for case in cases]


def batch(case: Case, seed: int, dtype: Any) -> list[Any]:
    """Return what a module is called on: floats are drawn, labels and given numbers are shuffled."""
    rng = np.random.default_rng(seed)
    drawn = [rng.uniform(-2, 2, x) if isinstance(x, tuple) else rng.permuted(x) for x in case.on]
    return [tg.tensor(x.astype(dtype) if x.dtype.kind == "f" else x) for x in drawn]


def flat(results: Any) -> list[Any]:
    return [x for part in results for x in flat(part)] if isinstance(results, tuple) else [results]


def training(name: str, case: Case, dtype: Any, mode: bool) -> Any:
    """Return a module with a factor before it, so that there is something to train; an optimizer; and a step."""
    tg.manual_seed(0)
    layer = CTC() if name == "CTCLoss" else case.build(nn, name)
    model = nn.ModuleDict({"layer": layer}).to(getattr(tg, np.dtype(dtype).name)).train(mode)
    model.factor = nn.Parameter(tg.tensor(0.75, dtype=getattr(tg, np.dtype(dtype).name)))
    options = {key: tg.tensor(x) if isinstance(x, np.ndarray) else x for key, x in case.call.items()}
    update = tg.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)

    def step(x: Any, *others: Any) -> Any:
        update.zero_grad()
        x = x * model.factor if x.is_floating_point() else x
        results = [y for y in flat(model["layer"](x, *others, **options)) if y is not None]
        loss = sum(tg.tanh(y + 0.3).sum() for y in results)
        loss.backward()
        update.step()
        return loss.detach()

    return model, update, step


OF_VALUES = [(name, case) for name, case in ALL if name == "EmbeddingBag" and case.options]
"""Layers with shapes that depend on values: of bags of different sizes."""
TRACED = [pair for pair in ALL if pair not in OF_VALUES]


@pytest.mark.parametrize("run", [tg.compile, lambda step: lambda *args: func.source(step, *args)], ids=["run", "print"])
def test_what_cannot_be_traced_is_an_error_that_names_the_line(run) -> None:
    for name, case in OF_VALUES:
        step = training(name, case, np.float32, True)[2]
        step(*batch(case, 1, np.float32))
        with pytest.raises(TraceError, match=r"test_every_layer\.py"):
            for seed in range(3):
                run(step)(*batch(case, seed, np.float32))


@pytest.mark.parametrize(("name", "case"), TRACED, ids=lambda v: str(v).replace(" ", "-"))
def test_a_compiled_layer_trains_as_the_engine_does(name: str, case: Case) -> None:
    """Each batch comes twice: the comparison, in the second call, does not find what was taken for a constant."""
    for dtype, mode in ((np.float32, True), (np.float64, False)):
        (model, update, step), (other, others, compiled) = (training(name, case, dtype, mode) for _ in range(2))
        compiled, losses = tg.compile(compiled), []
        for run in (step, compiled):
            tg.manual_seed(1)
            losses.append([run(*batch(case, seed // 2, dtype)).item() for seed in range(6)])
        np.testing.assert_array_equal(*losses)
        require_equal((model, update), (other, others))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), TRACED, ids=lambda v: str(v).replace(" ", "-"))
def test_a_layer_is_printed(name: str, case: Case) -> None:
    """The text is compared with the step before it is returned, on other data too."""
    for dtype, mode in ((np.float32, True), (np.float64, False)):
        step = training(name, case, dtype, mode)[2]
        step(*batch(case, 1, dtype))
        assert func.source(step, *batch(case, 0, dtype))
