"""The experiments hold what the notes print, and the nets are the notes' nets."""

from __future__ import annotations

import re

import keras
import pytest

from trainwell.errors import InputError
from trainwell.reproduce import nets
from trainwell.reproduce.experiment import BASE, TEST, VALIDATION
from trainwell.reproduce.experiments import EXPERIMENTS, find_experiments

# The ends of the notes' log lines, as they stand there.
LOGS = {
    ("leaky-relu", VALIDATION): """
        val_accuracy: 0.7320 - val_loss: 0.8586
        val_accuracy: 0.7796 - val_loss: 0.6925
        val_accuracy: 0.8006 - val_loss: 0.6223
        val_accuracy: 0.8146 - val_loss: 0.5803
        val_accuracy: 0.8228 - val_loss: 0.5517
        val_accuracy: 0.8280 - val_loss: 0.5305""",
    ("selu-100", VALIDATION): """
        val_accuracy: 0.7370 - val_loss: 0.7414
        val_accuracy: 0.7440 - val_loss: 0.6803
        val_accuracy: 0.8092 - val_loss: 0.5551
        val_accuracy: 0.7968 - val_loss: 0.5602
        val_accuracy: 0.8126 - val_loss: 0.5314""",
    ("relu-100", VALIDATION): """
        val_accuracy: 0.3750 - val_loss: 1.5514
        val_accuracy: 0.4614 - val_loss: 1.3588
        val_accuracy: 0.6514 - val_loss: 0.9037
        val_accuracy: 0.5820 - val_loss: 0.9765
        val_accuracy: 0.6082 - val_loss: 1.0349""",
    ("batch-norm", VALIDATION): """
        val_accuracy: 0.8202 - val_loss: 0.5456
        val_accuracy: 0.8442 - val_loss: 0.4686
        val_accuracy: 0.8524 - val_loss: 0.4330
        val_accuracy: 0.8590 - val_loss: 0.4120
        val_accuracy: 0.8626 - val_loss: 0.3977
        val_accuracy: 0.8658 - val_loss: 0.3871""",
    ("transfer", VALIDATION): """
        val_accuracy: 0.9233 - val_loss: 0.3211
        val_accuracy: 0.9367 - val_loss: 0.2624
        val_accuracy: 0.9525 - val_loss: 0.2277
        val_accuracy: 0.9583 - val_loss: 0.2038
        val_accuracy: 0.9633 - val_loss: 0.1786
        val_accuracy: 0.9692 - val_loss: 0.1592""",
    ("transfer", BASE): "val_accuracy: 0.7160 - val_loss: 0.9051",
    ("transfer", TEST): "accuracy: 0.9915 - loss: 0.0710",
}
EPOCHS = {"leaky-relu": 10, "selu-100": 5, "relu-100": 5, "batch-norm": 10, "transfer": 4 + 16}


def test_every_printed_value_is_there_and_no_other():
    printed = {(name, series): values for name, each in EXPERIMENTS.items() for series, values in each.printed.items()}
    read = {place: tuple(map(float, re.findall(r"accuracy: (\S+)", log))) for place, log in LOGS.items()}
    assert printed == read
    assert {name: EXPERIMENTS[name].epochs for name in EPOCHS} == EPOCHS


def test_experiments_without_printed_figures_are_there_as_well():
    assert [name for name, each in EXPERIMENTS.items() if not each.printed] == [
        "bn-dropout",
        "elu-dropout",
        "dropout-nadam",
    ]


def test_the_nets_of_100_layers_have_five_seeds_and_the_others_ten():
    assert {name: each.seeds for name, each in EXPERIMENTS.items() if each.seeds != 10} == {
        "selu-100": 5,
        "relu-100": 5,
    }


def test_standardised_and_split_as_in_the_notes():
    assert {name for name, each in EXPERIMENTS.items() if each.preparation.standardize} == {
        "selu-100",
        "relu-100",
        "dropout-nadam",
    }
    assert {name for name, each in EXPERIMENTS.items() if each.preparation.held_out == "last"} == {
        "bn-dropout",
        "elu-dropout",
    }


@pytest.mark.parametrize(
    ("name", "parameters", "hidden", "optimizer"),
    [
        ("leaky_relu", 266_610, "Dense LeakyReLU Dense LeakyReLU", "SGD"),
        ("selu_100", 235_500 + 30_100 + 98 * 10_100 + 1_010, " ".join(["Dense"] * 100), "SGD"),
        ("relu_100", 235_500 + 30_100 + 98 * 10_100 + 1_010, " ".join(["Dense"] * 100), "SGD"),
        (
            "batch_norm",
            266_610 + 4 * (784 + 300 + 100),
            "BatchNormalization Dense BatchNormalization Dense BatchNormalization",
            "SGD",
        ),
        ("transfer", 266_610 - 202, "Dense Dense", "SGD"),
        ("bn_dropout", 266_610 + 4 * 300, "Dense BatchNormalization Dense Dropout", "Adam"),
        ("elu_dropout", 266_610, "Dense Dropout Dense Dropout", "Adam"),
        ("dropout_nadam", 266_610, "Dropout Dense Dropout Dense Dropout", "Nadam"),
    ],
)
@pytest.mark.heavy
def test_a_net_is_that_of_the_notes(name, parameters, hidden, optimizer):
    model = nets.builder(name)()
    assert model.count_params() == parameters
    assert [type(layer).__name__ for layer in model.layers] == ["Flatten", *hidden.split(), "Dense"]
    assert type(model.optimizer).__name__ == optimizer
    assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) == pytest.approx(1e-3)


@pytest.mark.heavy
def test_activations_initialisers_and_rates_of_dropout_are_those_of_the_notes():
    def hidden(name):
        dense = [layer for layer in nets.builder(name)().layers if isinstance(layer, keras.layers.Dense)][:-1]
        return {(layer.activation.__name__, type(layer.kernel_initializer).__name__) for layer in dense}

    found = {each.net: hidden(each.net) for each in EXPERIMENTS.values()}
    assert found == {
        "leaky_relu": {("linear", "HeNormal")},
        "selu_100": {("selu", "LecunNormal")},
        "relu_100": {("relu", "HeNormal")},
        "batch_norm": {("relu", "GlorotUniform")},
        "transfer": {("relu", "HeNormal")},
        "bn_dropout": {("relu", "HeNormal")},
        "elu_dropout": {("elu", "HeNormal")},
        "dropout_nadam": {("elu", "HeNormal")},
    }
    rates = {
        each.net: {layer.rate for layer in nets.builder(each.net)().layers if isinstance(layer, keras.layers.Dropout)}
        for each in EXPERIMENTS.values()
    }
    assert {net: rate for net, rate in rates.items() if rate} == {
        "bn_dropout": {0.5},
        "elu_dropout": {0.2},
        "dropout_nadam": {0.2},
    }


@pytest.mark.parametrize(("name", "close"), [("leaky_relu", "leaky-relu"), ("selu100", "selu-100"), ("al", "all")])
def test_an_unknown_name_leads_to_the_closest(name, close):
    with pytest.raises(InputError, match=f"Did you mean '{close}'") as caught:
        find_experiments(name)
    assert "batch-norm" in caught.value.hint


def test_a_name_like_none_gets_the_list():
    with pytest.raises(InputError, match="The names are: all, leaky-relu"):
        find_experiments("xyzzy")
