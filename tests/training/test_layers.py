"""The layers that a recipe names: their shapes are those of the networks, and what cannot be is refused."""

from dataclasses import replace

import pytest

import tinygrad_edu as tg
from tinygrad_edu.training import RECIPES, build_model
from tinygrad_edu.training.layers import LAYERS, plan
from tinygrad_edu.training.recipes import state_shapes

EXAMPLES = {
    "conv": ["conv 3 5", "conv 3 5 2", "conv 3 3 1 1"],
    "maxpool": ["maxpool 2", "maxpool 3 2"],
    "avgpool": ["avgpool 2", "avgpool 3 1"],
    "batchnorm": ["batchnorm"],
    "linear": ["linear 7"],
    "flatten": ["flatten"],
    "dropout": ["dropout 0.5", "dropout 0"],
    **{name: [name] for name in ("relu", "sigmoid", "tanh", "gelu")},
}


def test_every_layer_has_examples():
    assert EXAMPLES.keys() == LAYERS.keys()
    assert all(layer.usage.split()[0] == name for name, layer in LAYERS.items())


@pytest.mark.parametrize("text", [text for texts in EXAMPLES.values() for text in texts])
@pytest.mark.parametrize("shape", [(4, 9, 8), (5,)])
def test_shapes_and_weights_are_those_of_the_layer(text, shape):
    if len(shape) == 1 and text.split()[0] in ("conv", "maxpool", "avgpool"):
        with pytest.raises(ValueError, match="does not fit into 5"):
            plan([text], shape)
        return
    (step,) = plan([text], shape)
    layer = step.make()
    assert layer(tg.rand(2, *shape)).shape == (2, *step.out)
    assert {name: tuple(x.shape) for name, x in layer.named_parameters()} == step.weights
    assert {name: tuple(x.shape) for name, x in layer.named_buffers()} == step.buffers


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_s_shapes_are_those_of_its_network(name):
    recipe = replace(RECIPES[name], layers=("conv 2 5", "batchnorm", "relu", *RECIPES[name].layers[3:]))
    held = build_model(recipe).state_dict()
    assert state_shapes(recipe) == {key: tuple(tensor.shape) for key, tensor in held.items()}
    assert held["0.weight"].array.std() > 0 and recipe.network[0] == "conv 2 5"


WRONG = [
    ("transformer 3", "expected one of conv CHANNELS SIZE"),
    ("", "expected one of conv"),
    (5, "expected one of conv"),
    ("conv 3", "expected conv CHANNELS SIZE"),
    ("conv 3 5 1 1 1", "expected conv CHANNELS SIZE"),
    ("conv 3 x", "with numbers for the capital letters"),
    ("conv 3 -5", "with numbers"),
    ("conv 3.5 5", "with whole numbers"),
    ("conv 3 30", "a window of 30 does not fit into 1 × 28 × 28"),
    ("conv 0 3", "its output would have the shape 0 × 26 × 26"),
    ("conv 3 3 0", "a window of 3 does not fit"),
    ("conv 999999999999999 3", "its output would have the shape"),
    ("linear 0", "its output would have the shape"),
    ("dropout 1", "a probability from 0 to below 1"),
    ("relu 2", "expected relu"),
    ("dropout " + "9" * 400, "with numbers"),
]


@pytest.mark.parametrize("text, message", WRONG)
def test_what_is_no_layer_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        replace(RECIPES["mlp"], layers=(text,))


def test_layers_that_fit_into_no_memory_are_refused_before_they_are_made():
    with pytest.raises(ValueError, match="whose weights fit into a memory"):
        replace(RECIPES["mlp"], layers=("conv 1000000 1", "flatten", "linear 90000000", "linear 90000000000000"))
    with pytest.raises(ValueError, match="at most 100 numbers"):
        replace(RECIPES["mlp"], layers=("relu",) * 101)
