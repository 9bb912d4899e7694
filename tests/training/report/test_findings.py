"""What a report tells, as numbers: the counts add up, and the losses are those of the network."""

from dataclasses import replace

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.training.small import TESTED, images, start
from tinygrad_edu.data import DataLoader
from tinygrad_edu.system.generator import default_generator
from tinygrad_edu.training import RECIPES, calibrate, evaluate, report, save_checkpoint, save_record
from tinygrad_edu.training.report import Material, examine, gather_material
from tinygrad_edu.training.report import landscape as landscapes
from tinygrad_edu.training.report.landscape import principal_axes, survey
from tinygrad_edu.training.report.measures import (
    as_images,
    confused_pairs,
    percent,
    strongest,
    worst_mistakes,
)


def test_every_test_image_is_counted_once(run, findings):
    assert findings.confusion.sum() == findings.calibration.counts.sum() == 400
    targets = np.concatenate([labels.array for _, labels in run.test_loader])
    assert findings.confusion.sum(axis=1).tolist() == np.bincount(targets, minlength=10).tolist()
    assert findings.accuracy == pytest.approx(np.trace(findings.confusion) / 400)
    assert findings.accuracy == pytest.approx(evaluate(run.model, run.test_loader))
    assert sum(count for _, _, count in confused_pairs(findings.confusion)) == 400 - np.trace(findings.confusion)
    assert findings.missing == []
    assert findings.history == run.history


def test_calibration_by_hand():
    likely = np.array([[0.95, 0.05], [0.91, 0.09], [0.35, 0.65], [0.62, 0.38], [1.0, 0.0]])
    found = calibrate(likely, np.array([0, 1, 1, 1, 0]))
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 3]
    assert found.confidence[[6, 9]] == pytest.approx([0.635, (0.95 + 0.91 + 1) / 3])
    assert found.accuracy[[6, 9]] == pytest.approx([0.5, 2 / 3])
    assert found.error == pytest.approx((2 * 0.135 + 3 * abs(2 / 3 - 2.86 / 3)) / 5)
    assert np.isnan(found.accuracy[0])


def test_the_worst_mistakes_are_the_surest_ones():
    likely = np.array([[0.6, 0.4], [0.1, 0.9], [0.2, 0.8], [0.7, 0.3]])
    images = np.arange(4.0).reshape(4, 1, 1)
    found = worst_mistakes(images, likely, np.array([1, 0, 1, 0]))
    assert [(mistake.number, mistake.label, mistake.answer) for mistake in found] == [(1, 0, 1), (0, 1, 0)]
    assert found[0].pixels == 1
    assert found[0].own == pytest.approx(0.1)
    assert str(found[0]) == "a 0 read as 1 (90.0% sure, 0: 10.0%)"
    assert len(worst_mistakes(images, likely, np.array([1, 0, 1, 0]), most=1)) == 1
    assert worst_mistakes(images, likely, likely.argmax(axis=1)) == []


SHARES = {0: "0.0%", 1e-9: "<0.1%", 6e-4: "0.1%", 0.5: "50.0%", 0.9994: "99.9%", 1 - 1e-9: ">99.9%", 1: "100.0%"}


@pytest.mark.parametrize("share, text", SHARES.items())
def test_a_share_never_looks_like_none_or_all_if_it_is_not(share, text):
    assert percent(share) == text


def test_mistakes_and_pixels_are_those_of_the_images(findings):
    assert 0 < len(findings.mistakes) <= 12
    for mistake in findings.mistakes:
        pixels, label = (every[TESTED[mistake.number]].array for every in (images().data, images().targets))
        assert mistake.pixels == pytest.approx(pixels / 255, abs=1e-6)
        assert mistake.label == label != mistake.answer


def test_sureness_is_looked_at_on_digits_on_inverted_ones_and_on_noise(run, findings):
    assert [found.kind for found in findings.sureness] == ["digits", "inverted digits", "noise"]
    recipe = run.recipe
    pixels = np.concatenate([(x.array * recipe.std + recipe.mean).astype(np.float32) for x, _ in run.test_loader])
    noise = np.random.default_rng(0).random((400, 28, 28), np.float32)[:, None]
    for found, shown in zip(findings.sureness, (pixels, 1 - pixels, noise), strict=True):
        with tg.no_grad():
            likely = run.model(tg.tensor((shown - recipe.mean) / recipe.std, dtype=tg.float32)).softmax(dim=1).numpy()
        assert found.sure == pytest.approx(likely.max(axis=1), abs=1e-4)
        assert found.answers.sum() == 400
        assert found.mean == pytest.approx(found.sure.mean())
        assert found.above(0.5) == pytest.approx((found.sure > 0.5).mean())


def test_the_first_layer_as_images(run, findings):
    assert np.array_equal(findings.filters, run.model[1].weight.array.reshape(12, 28, 28))
    assert as_images(np.zeros((5, 100)), (28, 28)) is None
    assert as_images(np.zeros((5, 3, 4, 4)), (28, 28)) is None
    assert as_images(np.zeros((5, 1, 4, 4)), (28, 28)).shape == (5, 4, 4)
    filters = np.array([1.0, -3.0, 2.0]).reshape(3, 1, 1)
    assert strongest(filters, most=2).ravel().tolist() == [-3, 2]


def test_the_points_of_the_landscape_carry_the_true_loss(run, material):
    """The loss of the network as it was, computed by itself: at the points, and at their places on the plane."""
    record = material.record
    model = material.checkpoint.build_model()
    probe = next(iter(DataLoader(material.train_set, 256)))
    land = survey(model, run.loss_fn, probe, record)
    assert land.steps.tolist() == record.path_steps.tolist()
    assert len(land.path) == len(land.loss) == len(land.loss_below) == len(land.steps) + 1

    def loss_of(weights):
        twin = material.checkpoint.build_model()
        start = 0
        for parameter in twin.parameters():
            size = parameter.array.size
            parameter.array[...] = weights[start : start + size].reshape(parameter.array.shape)
            start += size
        with tg.no_grad():
            return run.loss_fn(twin(probe[0]), probe[1]).item()

    end = np.concatenate([parameter.array.ravel() for parameter in model.parameters()])
    assert np.array_equal(end, np.concatenate([w.ravel() for w in material.checkpoint.weights.values()]))  # as before
    assert land.loss[-1] == pytest.approx(loss_of(end), abs=1e-6)
    assert land.path[-1].tolist() == [0, 0]
    for i, row in enumerate(record.path.astype(np.float32)):  # rounded to float16
        assert land.loss[i] == pytest.approx(loss_of(row), abs=3e-3)
    place, directions, explained = principal_axes(record.path.astype(np.float32) - end)
    assert land.explained == explained
    for i in (0, 3):
        assert land.loss_below[i] == pytest.approx(loss_of(end + place[i].astype(np.float32) @ directions), abs=1e-5)
    corner = np.array([land.x[0], land.y[-1]], np.float32)
    assert land.surface[-1, 0] == pytest.approx(loss_of(end + corner @ directions), abs=1e-5)
    assert land.x[0] < land.path[:, 0].min() < land.path[:, 0].max() < land.x[-1]


def test_the_loss_of_a_point_is_that_of_the_network_at_that_time():
    run = start(replace(RECIPES["mlp"], hidden=(12, 8), batch_size=20, limit=300, epochs=1))
    probe = next(iter(DataLoader(run.train_loader.dataset, 256)))

    def loss():
        with tg.no_grad():
            return run.loss_fn(run.model(probe[0]), probe[1]).item()

    true = {0: loss()}
    for progress in run.train_epoch():
        true[progress.batches] = loss()
    land = survey(run.checkpoint().build_model(), run.loss_fn, probe, run.record())
    assert len(land.steps) > 10
    for step, seen in zip([*land.steps.tolist(), 15], land.loss.tolist(), strict=True):
        assert seen == pytest.approx(true[step], abs=1e-6)


def test_principal_axes():
    rng = np.random.default_rng(0)
    first, second, third = np.linalg.qr(rng.standard_normal((50, 3)))[0].T
    where = rng.standard_normal((7, 3)) * [5, 2, 0.3]
    vectors = where @ np.array([first, second, third])
    place, directions, explained = principal_axes(vectors)
    values = np.linalg.svd(vectors, compute_uv=False) ** 2
    assert explained == pytest.approx(tuple(values[:2] / values.sum()))
    assert directions @ directions.T == pytest.approx(np.eye(2), abs=1e-5)
    assert place == pytest.approx(vectors @ directions.T, abs=1e-4)
    for flat in (np.zeros((5, 9)), np.outer(np.arange(5.0), first), np.full((4, 3), np.nan), vectors[:1]):
        assert principal_axes(flat) is None


def test_looking_at_a_run_leaves_no_trace(run, monkeypatch):
    monkeypatch.setattr(landscapes, "GRID", 3)
    before = {name: tensor.array.copy() for name, tensor in run.model.state_dict().items()}
    state = default_generator.get_state()
    report(run)
    assert default_generator.get_state() == state
    assert all(np.array_equal(before[name], tensor.array) for name, tensor in run.model.state_dict().items())


def test_a_broken_survey_puts_the_weights_back(run, material):
    model = material.checkpoint.build_model()
    before = [parameter.array.copy() for parameter in model.parameters()]

    def interrupted(outputs, targets):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey(model, interrupted, next(iter(run.train_loader)), material.record)
    assert all(np.array_equal(a, b.array) for a, b in zip(before, model.parameters(), strict=True))


def test_the_path_ends_where_the_weights_do(material):
    """Where the run diverged afterwards, or was killed, the record goes on and the weights do not."""
    half = material.checkpoint.state | {"steps": 30}
    found = examine(replace(material, checkpoint=replace(material.checkpoint, state=half)))
    assert found.record.steps.max() == 60
    assert found.landscape.steps.max() == 30


WITHOUT = {
    "no record": (lambda record: None, "No record of the training was kept"),
    "another run's": (lambda record: replace(record, recipe=RECIPES["classic"]), "is of another run"),
    "no path": (lambda record: replace(record, path=record.path[:0], path_steps=record.path_steps[:0]), "too many"),
    "a path of one point": (lambda record: record.until(0), "spans no plane"),
}  # fmt: skip


@pytest.mark.parametrize("change, sentence", WITHOUT.values(), ids=WITHOUT)
def test_what_is_left_out_is_said(change, sentence, material):
    findings = examine(replace(material, record=change(material.record)))
    assert len(findings.missing) == 1
    assert sentence in findings.missing[0]
    assert findings.landscape is None
    assert (findings.record is None) == ("record" in sentence or "another" in sentence)


def test_a_run_is_found_by_its_folder(run, tmp_path, monkeypatch):
    monkeypatch.setattr(landscapes, "GRID", 3)
    save_checkpoint(run.checkpoint(), tmp_path / "weights.npz")
    assert gather_material(tmp_path).record is None
    save_record(run.record(), tmp_path / "record.npz")
    found = gather_material(str(tmp_path))
    assert isinstance(found, Material)
    assert found.record.steps.tolist() == run.record().steps.tolist()
    assert len(found.test_set) == 10_000
