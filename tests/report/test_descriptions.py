from trainwell.report import descriptions
from trainwell.run import Run


def test_facts_in_words():
    assert descriptions.phrase({"class_name": "L2", "config": {"l2": 0.01}}) == "L2 (l2 0.01)"
    assert descriptions.phrase({"seed": 42, "none": None}) == "seed 42"
    assert descriptions.phrase([1, 2.5, "three", True]) == "1, 2.5, three, yes"


def test_the_model_in_one_phrase(run):
    assert descriptions.model(run) == "dense network of 2 layers, 266,610 parameters"
    assert descriptions.model(Run()) == ""


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


def test_facts_of_later_versions_are_shown_too(run):
    run.facts["fit"]["warm_restarts"] = 3
    assert dict(descriptions.training(run))["Warm restarts"] == "3"


def test_people_and_folders_are_not_named(run):
    words = str(descriptions.data(run) + descriptions.environment(run))
    assert "someone" not in words
    assert "/home" not in words
    assert "pets.csv" in words


def test_nothing_is_said_of_an_empty_run():
    assert descriptions.data(Run()) == descriptions.training(Run()) == descriptions.environment(Run()) == []
