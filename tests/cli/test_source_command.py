"""`tinygrad-edu source`."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.program.steps import loaded, parameters
from tinygrad_edu.cli import main
from tinygrad_edu.data import DataLoader
from tinygrad_edu.training import RECIPES, build_model, build_transform
from tinygrad_edu.training.parts import LOSSES, OPTIMIZERS
from tinygrad_edu.vision.datasets import MNIST


def test_the_explainer_s_network_trains_to_the_same_weights(capsys):
    assert main(["source", "--recipe", "classic"]) == 0
    text = capsys.readouterr().out
    assert parameters(text)[:3] == ["images", "labels", "layer1_weight"]
    assert "# gradient of layer1_weight through linear: d_z1ᵀ @ flat\n    d_layer1_weight = d_z1.T @ flat\n" in text

    recipe = RECIPES["classic"]
    tg.manual_seed(recipe.seed)
    model = build_model(recipe)
    optimizer = OPTIMIZERS[recipe.optimizer](model.parameters(), recipe.lr, recipe.weight_decay)
    weights = [p.detach().numpy().copy() for p in model.parameters()]
    printed = loaded(text)
    data = MNIST(train=False, transform=build_transform(recipe))
    for count, (images, labels) in enumerate(DataLoader(data, recipe.batch_size)):
        optimizer.zero_grad()
        loss = LOSSES[recipe.loss](model(images), labels)
        loss.backward()
        optimizer.step()
        assert printed(images.numpy(), labels.numpy(), *weights) == loss.item()
        if count == 400:
            break
    assert all(np.array_equal(w, p.detach().numpy()) for w, p in zip(weights, model.parameters(), strict=True))


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_can_be_printed(recipe, capsys):
    assert main(["source", "--recipe", recipe, "--batch-size", "3"]) == 0
    assert parameters(capsys.readouterr().out)[:2] == ["images", "labels"]


def test_a_batch_of_nothing_is_refused(capsys):
    assert main(["source", "--batch-size", "0"]) == 2
    assert "--batch-size is a positive number of images, not 0" in capsys.readouterr().err
