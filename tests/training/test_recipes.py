"""Recipes: what they build, and what they refuse."""

from dataclasses import asdict, replace

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.training import RECIPES, Recipe, build_model, build_optimizer, build_transform, confidences
from tinygrad_edu.training.parts import ACTIVATIONS, INITS, LEARNING_RATES, LOSSES, OPTIMIZERS, squared_error
from tinygrad_edu.training.recipes import state_shapes


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_ready_recipes(recipe):
    model = build_model(recipe)
    assert sum(parameter.numel() for parameter in model.parameters()) == recipe.parameter_count
    assert Recipe.from_dict(asdict(recipe)) == recipe
    images = build_transform(recipe).batch(np.zeros((3, 28, 28), np.uint8))
    assert model(images).shape == (3, 10)


def test_the_classic_recipe_is_the_textbooks():
    classic = RECIPES["classic"]
    assert [p.shape for p in build_model(classic).parameters()][::2] == [(16, 784), (16, 16), (10, 16)]
    names = [type(layer).__name__ for layer in build_model(classic)]
    assert names == ["Flatten", "Linear", "Sigmoid", "Linear", "Sigmoid", "Linear", "Sigmoid"]
    assert (classic.loss, classic.optimizer, classic.schedule) == ("squared_error", "sgd", "constant")
    assert (classic.mean, classic.std) == (0, 1)
    tg.manual_seed(0)
    weights = np.concatenate([parameter.array.ravel() for parameter in build_model(classic).parameters()])
    assert abs(weights.mean()) < 0.03
    assert abs(weights.std() - 1) < 0.02


def test_squared_error():
    outputs = tg.tensor([[0.5, 0.0] + [0.0] * 8, [0.0, 1.0] + [0.0] * 8], requires_grad=True)
    loss = squared_error(outputs, tg.tensor([0, 2]))
    assert loss.item() == ((0.5 - 1) ** 2 + 1 + 1) / 2
    assert loss.dtype == np.float32


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("init", INITS)
def test_every_start(init, activation):
    tg.manual_seed(0)
    model = build_model(replace(RECIPES["mlp"], init=init, activation=activation))
    weight = model[1].weight.array
    if init == "zeros":
        assert not weight.any()
    else:
        gain = {"relu": 2**0.5, "sigmoid": 1, "tanh": 5 / 3}[activation]
        expected = {"normal": 1, "kaiming": gain / 784**0.5, "xavier": gain * (2 / (784 + 256)) ** 0.5}[init]
        assert weight.std() == pytest.approx(expected, rel=0.01)
    assert model[1].bias.array.any() == (init == "normal")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_optimizer_makes_every_loss_smaller(optimizer, loss):
    tg.manual_seed(0)
    recipe = replace(
        RECIPES["mlp"], hidden=(32,), optimizer=optimizer, loss=loss, lr=LEARNING_RATES[optimizer], epochs=1
    )
    model = build_model(recipe)
    descent, _ = build_optimizer(recipe, model.parameters(), 30)
    images, labels = tg.rand(20, 1, 28, 28), tg.randint(10, (20,))
    losses = []
    for _ in range(30):
        descent.zero_grad()
        value = LOSSES[loss](model(images), labels)
        value.backward()
        descent.step()
        losses.append(value.item())
    assert losses[-1] < 0.9 * losses[0]


def test_schedules():
    def rates(schedule):
        recipe = replace(RECIPES["mlp"], lr=2.0, schedule=schedule, epochs=2)
        optimizer, change = build_optimizer(recipe, [tg.ones(1, requires_grad=True)], 2)
        found = []
        for _ in range(5):
            found.append(optimizer.param_groups[0]["lr"])
            change.step()
        return found

    assert rates("constant") == [2.0] * 5
    assert rates("cosine") == pytest.approx([2.0, 1 + 0.5**0.5, 1.0, 1 - 0.5**0.5, 0.0])


@pytest.mark.parametrize("hidden", [(), (3,), (4, 2, 5)])
@pytest.mark.parametrize("name", RECIPES)
def test_the_shapes_are_those_of_the_network(name, hidden):
    recipe = replace(RECIPES[name], hidden=hidden)
    held = build_model(recipe).state_dict()
    assert state_shapes(recipe) == {name: tuple(tensor.shape) for name, tensor in held.items()}


def test_confidences():
    scores = tg.tensor([[1.0, 2.0, 4.0]])
    assert confidences(RECIPES["mlp"], scores).sum().item() == pytest.approx(1)
    assert confidences(RECIPES["classic"], scores) is scores


WRONG = [
    ({"epochs": 0}, "expected epochs to be a whole number from 1 up, got 0"),
    ({"epochs": 2.0}, "got 2.0"),
    ({"batch_size": True}, "batch_size .* got True"),
    ({"seed": -1}, "seed to be a whole number from 0 up, got -1"),
    ({"limit": 0}, "limit .* got 0"),
    ({"lr": 0}, "lr to be above 0"),
    ({"std": -1}, "expected std to be above 0, got -1"),
    ({"lr": 10**400}, "expected lr to be a number, got 1000"),
    ({"mean": -(10**400)}, "expected mean to be a number, got -1000"),
    ({"lr": float("nan")}, "expected lr to be a number, got nan"),
    ({"lr": "fast"}, "expected lr to be a number, got 'fast'"),
    ({"std": 0.0}, "above 0"),
    ({"hidden": (16, 0)}, r"hidden to be positive whole numbers, got \(16, 0\)"),
    ({"hidden": ("a",)}, "positive whole numbers"),
    ({"hidden": (1,) * 60_000}, "at most 100 numbers, .* got 60000"),
    ({"hidden": (10**30,)}, "whose weights fit into a memory"),
    ({"hidden": (2**40, 2**40)}, "whose weights fit into a memory"),
    ({"batch_size": 10**30}, "batch_size .* from 1 up to 9223372036854775807"),
    ({"epochs": 10**400}, "epochs .* from 1 up to 9223372036854775807"),
    ({"activation": "gelu"}, "activation to be one of relu, sigmoid, tanh, got 'gelu'"),
    ({"init": []}, r"init to be one of normal, kaiming, xavier, zeros, got \[\]"),
    ({"name": "x" * 41}, "a name of letters"),
    ({"name": "../mlp"}, "a name of letters, digits and _, got '../mlp'"),
]


@pytest.mark.parametrize("change, message", WRONG)
def test_what_cannot_be_trained_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(RECIPES["mlp"], **change)


@pytest.mark.parametrize(
    "values", [None, {}, {**asdict(RECIPES["mlp"]), "more": 1}, {**asdict(RECIPES["mlp"]), "hidden": 5}]
)
def test_what_is_no_recipe_is_refused(values):
    with pytest.raises(ValueError, match="recipe: expected"):
        Recipe.from_dict(values)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_what_was_smoothed_in_training_is_shown_smoothed_in_the_end(loss):
    recipe = replace(RECIPES["best"], layers=("conv 2 3",), hidden=(), image=(6, 5), loss=loss)
    tg.manual_seed(0)
    model = build_model(recipe)
    plain = nn.Sequential(*model)
    x = tg.randn(3, 1, 6, 5)
    assert (model(x) == plain(x)).all()

    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[..., 1:, :] + padded[..., :-1, :]
    smooth = (rows[..., 1:] + rows[..., :-1]) / 4
    views = [smooth[..., i : i + 6, j : j + 5] for i in (0, 1) for j in (0, 1)]
    expected = np.mean([confidences(recipe, plain(tg.tensor(view))).detach().numpy() for view in views], axis=0)
    with tg.no_grad():
        found = confidences(recipe, model.eval()(x)).numpy()
        assert np.allclose(found, expected, atol=1e-6) and not np.allclose(found, confidences(recipe, plain(x)).numpy())
        assert (model[:1](x) == model[0](x)).all()
    assert type(build_model(replace(recipe, augment="shift"))) is nn.Sequential
