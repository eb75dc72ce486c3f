import pytest

from trainwell.report import descriptions
from trainwell.run import Run


def test_facts_in_words():
    assert descriptions.phrase({"class_name": "L2", "config": {"l2": 0.01}}) == "L2 (l2 0.01)"
    assert descriptions.phrase({"seed": 42, "none": None}) == "seed 42"
    assert descriptions.phrase([1, 2.5, "three", True]) == "1, 2.5, three, yes"


def test_the_model_in_one_phrase(run):
    assert descriptions.model(run) == "dense network, 2 hidden layers, 266,610 parameters"
    assert descriptions.model(Run()) == ""


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["Dense"], "no hidden layer"),
        (["Flatten", "Dense", "Dense"], "1 hidden layer"),
        (["Conv2D", "MaxPooling2D", "SeparableConv2D", "Dense", "Dropout", "Dense", "Rescaling"], "3 hidden layers"),
        (["LSTM", "Flatten"], "2 layers"),
        ([], ""),
    ],
)
def test_hidden_layers_are_those_with_weights_but_the_output(classes, words):
    assert (
        descriptions.hidden_layers(
            Run.from_plain({"model": {"layers": [{"name": name, "class": name} for name in classes]}})
        )
        == words
    )


def test_the_loss_of_a_regression_is_that_of_the_scaled_target(run, regression):
    assert dict(descriptions.training(regression))["Loss"] == "mean squared error, on the scaled target"
    assert dict(descriptions.training(run))["Loss"] == "mean squared error"


def test_one_step_a_second_is_singular():
    assert descriptions.per_second(1.0) == "1 step per second"
    assert descriptions.per_second(0.5) == "0.5 steps per second"


def test_shapes_lose_the_batch_axis():
    assert descriptions.dimensions([None, 28, 28]) == "28 \N{MULTIPLICATION SIGN} 28"
    assert descriptions.dimensions([None, None, 3]) == "any \N{MULTIPLICATION SIGN} 3"
    assert descriptions.dimensions({"odd": 1}) == ""


def test_the_settings_of_a_layer_leave_defaults_out():
    config = {"filters": 32, "kernel_size": [3, 3], "strides": [1, 1], "activation": "linear", "use_bias": False}
    assert descriptions.settings(config) == "filters 32, kernel size 3 \N{MULTIPLICATION SIGN} 3, no bias"


def test_the_optimizer_with_the_settings_in_force(run):
    assert descriptions.optimizer(run) == "Nadam (beta 1 0.9)"


def test_the_training_in_pairs(run):
    pairs = dict(descriptions.training(run))
    assert pairs["Epochs"] == "6 of 20 epochs, the best was epoch 5"
    assert pairs["Learning rate"] == "0.00123 (range test)"
    assert pairs["Time"] == "1 min 23 s"
    assert pairs["Ended"] == "early stopping"


def test_people_and_folders_are_not_named(run):
    words = str(descriptions.data(run) + descriptions.environment(run))
    assert "someone" not in words
    assert "/home" not in words
    assert "pets.csv" in words


def test_nothing_is_said_of_an_empty_run():
    assert descriptions.data(Run()) == descriptions.training(Run()) == descriptions.environment(Run()) == []
