"""Records of models, losses and the environment are plain data for every kind of model, and name no person."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

import trainwell
from trainwell.recording import describe_compile, describe_model, machine, public_path, versions
from trainwell.recording.array_description import describe_target
from trainwell.recording.compile_description import describe_losses, describe_metrics
from trainwell.techniques import OneCycle

L = keras.layers


class Subclassed(keras.Model):
    """A model that tells only its layers."""

    def __init__(self):
        super().__init__(name="mine")
        self.hidden = L.Dense(3)
        self.head = L.Dense(1)

    def call(self, inputs):
        return self.head(self.hidden(inputs))


def strict(record):
    """The record after a way through strict JSON."""
    text = json.dumps(record.to_plain(), allow_nan=False)
    return type(record).from_plain(json.loads(text))


def test_a_convolutional_model():
    layers = [
        keras.Input((8, 8, 1)),
        L.Normalization(axis=None, mean=3.0, variance=2.0, name="standardize"),
        L.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L2(1e-4), name="conv"),
        L.BatchNormalization(name="norm"),
        L.Flatten(name="flat"),
        L.Dense(2, name="head"),
    ]
    model = keras.Sequential(layers, name="net")
    model.get_layer("head").trainable = False
    facts = strict(describe_model(model))
    assert facts.name == "net"
    assert facts.parameters == model.count_params() == sum(layer.parameters for layer in facts.layers)
    conv = facts.layers[1]
    assert (conv.name, conv.kind, conv.output_shape) == ("conv", "Conv2D", [None, 6, 6, 4])
    assert (conv.parameters, conv.trainable) == (3 * 3 * 4 + 4, True)
    assert conv.config["kernel_regularizer"]["config"]["l2"] == pytest.approx(1e-4)
    assert facts.layers[2].parameters == 16
    assert facts.layers[-1].trainable is False


def test_a_model_of_several_inputs():
    numeric, codes = keras.Input((3,), name="numeric"), keras.Input((1,), dtype="int32", name="codes")
    scaled = L.Normalization(mean=np.arange(3.0), variance=np.ones(3), name="standardize")(numeric)
    embedded = L.Embedding(20, 4, name="embedding")(codes[:, 0])
    model = keras.Model({"numeric": numeric, "codes": codes}, L.Concatenate(name="features")([scaled, embedded]))
    layers = {layer.name: layer for layer in strict(describe_model(model)).layers}
    assert layers["standardize"].config["mean"] == [0.0, 1.0, 2.0]
    assert layers["features"].output_shape == [None, 7]
    assert layers["embedding"].parameters == 80


def test_a_layer_called_twice_counts_once_and_has_the_shape_of_its_first_call():
    shared, inputs = L.Dense(3, name="shared"), keras.Input((3,))
    layers = {layer.name: layer for layer in describe_model(keras.Model(inputs, shared(shared(inputs)))).layers}
    assert layers["shared"].output_shape == [None, 3]
    assert layers["shared"].parameters == 12


def test_a_subclassed_model_tells_what_it_knows():
    model = Subclassed()
    model(np.zeros((2, 5), "float32"))
    facts = strict(describe_model(model))
    assert facts.parameters == 5 * 3 + 3 + 3 + 1
    assert [(layer.kind, layer.parameters, layer.output_shape) for layer in facts.layers] == [
        ("Dense", 18, None),
        ("Dense", 4, None),
    ]


class Scaled(L.Layer):
    """A layer that keeps a function, and so cannot tell its configuration."""

    def __init__(self, function):
        super().__init__(name="scaled")
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


def test_a_layer_that_does_not_tell_its_configuration_is_left_without_one():
    model = keras.Sequential([keras.Input((3,)), Scaled(lambda tensor: tensor * 2)])
    layer = describe_model(model).layers[0]
    assert (layer.name, layer.config, layer.output_shape) == ("scaled", None, [None, 3])


def test_an_optimizer_under_a_schedule():
    optimizer = keras.optimizers.SGD(OneCycle(0.5, 100), momentum=0.9, nesterov=True)
    facts = strict(describe_compile({"optimizer": optimizer, "loss": "mse", "metrics": ["mae"]}))
    assert facts.optimizer.kind == "SGD"
    assert facts.optimizer.config["momentum"] == 0.9
    assert facts.optimizer.config["learning_rate"]["config"]["peak"] == 0.5
    assert (facts.loss, facts.metrics) == ("mse", ["mae"])


def test_losses_and_metrics_given_as_objects_are_named():
    loss, metric = keras.losses.Huber(), keras.metrics.AUC(name="area")
    facts = strict(describe_compile({"optimizer": keras.optimizers.Adam(), "loss": loss, "metrics": [metric]}))
    assert (facts.loss, facts.metrics) == ("huber_loss", ["area"])


def test_no_metrics_is_an_empty_list():
    for arguments in ({}, {"metrics": None}):
        assert describe_compile({"optimizer": keras.optimizers.SGD(), "loss": "mse", **arguments}).metrics == []


def test_a_loss_given_as_a_function_is_told_by_its_name():
    def pinball(y_true, y_pred):
        return keras.ops.mean(y_true - y_pred)

    assert describe_compile({"optimizer": keras.optimizers.SGD(), "loss": pinball}).loss == "pinball"


def test_an_optimizer_given_by_its_name():
    expected = describe_compile({"optimizer": keras.optimizers.Adam(name="same"), "loss": "mse"}).optimizer
    found = describe_compile({"optimizer": "adam", "loss": "mse"}).optimizer
    found.config["name"] = "same"
    assert found == expected
    assert describe_compile({}).optimizer.kind == "RMSprop", "as Keras takes it"


def test_no_loss_is_none_and_several_are_told_each():
    assert describe_compile({"optimizer": "sgd"}).loss is None
    facts = strict(describe_compile({"optimizer": "sgd", "loss": {"a": "mse", "b": keras.losses.Huber()}}))
    assert facts.loss == {"a": "mse", "b": "huber_loss"}
    facts = strict(describe_compile({"optimizer": "sgd", "metrics": [["mae"], [keras.metrics.AUC]]}))
    assert facts.metrics == [["mae"], ["AUC"]]
    assert describe_compile({"optimizer": "sgd", "loss": partial(keras.losses.huber, delta=2.0)}).loss == "partial"


def test_a_package_that_is_not_installed_as_one_is_left_out(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    known = {"python": platform.python_version(), "trainwell": trainwell.__version__, "keras": keras.__version__}
    assert versions() == known


def test_the_environment_names_versions_and_no_person():
    found = machine().to_plain()
    assert versions()["keras"] == keras.__version__
    assert {"python", "trainwell", "jax", "numpy", "scikit-learn"} <= set(versions())
    assert set(found) == {"system", "processor", "cores"}
    assert found["cores"] == os.cpu_count()
    assert str(Path("~").expanduser()) not in json.dumps([versions(), found])


@pytest.fixture
def ann(tmp_path, monkeypatch):
    """A home folder, and a working folder in it."""
    home = tmp_path / "home" / "ann"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "work")
    return home


@pytest.mark.parametrize(
    ("below_home", "shown"),
    [
        ("work/data/pets.csv", "data/pets.csv"),
        ("data/pets.csv", "~/data/pets.csv"),
        ("workshop/pets.csv", "~/workshop/pets.csv"),
        ("Größe 1/pets.csv", "~/Größe 1/pets.csv"),
    ],
)
def test_a_path_in_the_home_folder_is_told_from_there(ann, below_home, shown):
    assert public_path(ann / below_home) == shown
    assert public_path(str(ann / below_home)) == shown


def test_a_relative_path_stays(ann):
    assert public_path("data/pets.csv") == "data/pets.csv"
    assert str(ann) not in public_path("../data/pets.csv")


def test_a_path_elsewhere_is_told_in_full(ann):
    assert public_path("/data/pets.csv") == "/data/pets.csv"
    assert public_path(f"{ann}ette/pets.csv") == f"{ann}ette/pets.csv", "another person's folder is not below this one"


def test_dots_do_not_lead_around_it(ann):
    assert "ann" not in public_path(f"../../{ann.name}/data/pets.csv")


def test_a_link_to_the_home_folder_does_not_lead_around_it(ann, monkeypatch):
    link = ann.parent / "link"
    link.symlink_to(ann)
    monkeypatch.setenv("HOME", str(link))
    monkeypatch.chdir("/")
    assert "ann" not in public_path(ann / "pets.csv")


def test_a_link_in_the_working_folder_does_not_lead_around_it(ann, monkeypatch):
    (ann / "data").mkdir()
    (ann.parent / "here").mkdir()
    (ann.parent / "here" / "data").symlink_to(ann / "data")
    monkeypatch.chdir(ann.parent / "here")
    assert public_path("data/pets.csv") == "~/data/pets.csv"


def test_a_working_folder_above_the_home_folder_does_not_name_it(ann, monkeypatch):
    monkeypatch.chdir(ann.parent)
    assert public_path("ann/pets.csv") == "~/pets.csv"
    assert public_path("ann") == "~"
    assert public_path("other/pets.csv") == "other/pets.csv"


@pytest.mark.parametrize("path", ["/home/bob/data/pets.csv", "/Users/bob/data/pets.csv"])
@pytest.mark.usefixtures("ann")
def test_homes_of_others_are_not_named_either(monkeypatch, path):
    assert public_path(path) == ".../data/pets.csv"
    monkeypatch.chdir("/")
    assert public_path(path) == ".../data/pets.csv"
    monkeypatch.setenv("HOME", "/")
    assert public_path(path) == ".../data/pets.csv"


def test_the_working_folder_itself_is_a_dot(ann):
    assert public_path("") == public_path(ann / "work") == "."


@pytest.mark.usefixtures("ann")
def test_an_account_without_a_home_is_no_error(monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert public_path("data/pets.csv") == "data/pets.csv"
    assert public_path("/data/pets.csv") == "/data/pets.csv"


def test_links_in_a_circle_are_no_error(ann):
    (ann / "work" / "round").symlink_to("round")
    assert public_path("round").endswith("round")


def losses(loss, outputs=("",), layers=()):
    return [(each.output, each.name) for each in describe_losses({"loss": loss}, outputs, layers)]


def test_losses_are_told_by_the_outputs_though_they_are_given_by_their_layers():
    assert losses({"b": "mse", "a": None}, ["0", "1"], ["a", "b"]) == [("1", "mean_squared_error")]
    assert losses({"b": "mse"}, [""], ["b"]) == [("", "mean_squared_error")]
    assert losses({"y": "mse"}, ["x", "y"], ["a", "b"]) == [("y", "mean_squared_error")]


def test_metrics_are_told_by_the_outputs_though_they_are_given_by_their_layers():
    (found,) = describe_metrics({"metrics": {"b": ["mae"]}}, ["0", "1"], ["a", "b"])
    assert (found.output, found.kind) == ("1", "MeanAbsoluteError")


def test_a_loss_that_keras_chooses_by_the_shapes():
    assert losses("crossentropy") == losses("CE") == [("", "crossentropy")]


def test_a_partial_loss_is_the_function_within():
    (found,) = describe_losses({"loss": partial(keras.losses.binary_crossentropy, from_logits=True)}, [""])
    assert (found.name, found.of_keras, found.from_logits) == ("binary_crossentropy", True, True)
    assert found.is_object is False


def test_a_function_of_the_users_own_is_not_of_keras():
    wrapped = type(keras.losses.MeanSquaredError()).__mro__[1](lambda y, p: y - p)
    for loss in (wrapped, lambda y, p: y - p):
        assert describe_losses({"loss": loss}, [""])[0].of_keras is False
    assert describe_losses({"loss": wrapped}, [""])[0].is_object is True


def test_percentiles_are_told_by_column():
    y = np.stack([np.arange(100.0), np.full(100, 7.0)], axis=1)
    first, second = describe_target(y).percentiles
    assert first[0] == pytest.approx(0.495)
    assert first[-1] == pytest.approx(98.505)
    assert set(second) == {7.0}
    assert len(describe_target(np.zeros((5, 17))).percentiles) == 1
    assert describe_target(np.full((5, 1), np.nan)).percentiles == []


class Squared(keras.losses.Loss):
    """A loss object of the user's own."""

    def call(self, y_true, y_pred):
        return keras.ops.square(y_true - y_pred)


class Flat(Squared):
    """One that brings both to the same shape."""

    def call(self, y_true, y_pred):
        return super().call(keras.ops.reshape(y_true, (-1,)), keras.ops.reshape(y_pred, (-1,)))


class Picky(Squared):
    """One that takes three outputs."""

    def call(self, y_true, y_pred):
        if y_pred.shape[-1] != 3:
            raise ValueError("three outputs")
        return super().call(y_true, y_pred)


@pytest.mark.parametrize(("loss", "expected"), [(Squared(), True), (Flat(), False), (Picky(), None), ("mse", None)])
def test_whether_a_loss_minds_flat_targets(loss, expected):
    assert describe_losses({"loss": loss}, [""])[0].flat_differs is expected
