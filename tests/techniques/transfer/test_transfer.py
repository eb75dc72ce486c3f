"""Transfer: what is frozen stays bit for bit, what is unfrozen moves, and the base is never touched."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.errors import InputError

L = keras.layers
QUICK = {"head_epochs": 1, "epochs": 1, "head_learning_rate": 0.05, "learning_rate": 0.01}


def everything(model):
    """All that training could change in a model."""
    return {
        "weights": [np.array(weight) for weight in model.get_weights()],
        "optimizer": [variable.numpy() for variable in model.optimizer.variables] if model.optimizer else [],
        "flags": [(layer.name, layer.trainable) for layer in model.layers],
        "paths": [variable.path for variable in model.variables],
        "compiled": (id(model.optimizer), id(model.train_function), model.compiled),
        "nodes": [len(layer._inbound_nodes) for layer in model.layers],
    }


def assert_same(before, after):
    for key, value in before.items():
        if key in {"weights", "optimizer"}:
            for one, other in zip(value, after[key], strict=True):
                np.testing.assert_array_equal(one, other, err_msg=key)
        else:
            assert value == after[key], key


def head():
    return L.Dense(4, "softmax", name="new")


class Weights(keras.callbacks.Callback):
    """The weights at the end of each epoch, by layer."""

    def __init__(self):
        super().__init__()
        self.at = []

    def on_epoch_end(self, epoch, logs=None):
        del epoch, logs
        self.at.append({layer.name: layer.get_weights() for layer in self.model.layers})


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.heavy
def test_frozen_weights_stay_bit_for_bit_and_move_afterwards(base, second):
    weights = Weights()
    result = tw.transfer(base, head(), *second, **QUICK, callbacks=[weights])
    after_head, after_all = weights.at
    for layer in base.layers[:-1]:
        assert same(after_head[layer.name], layer.get_weights()), layer.name
        assert not same(after_all[layer.name], layer.get_weights()), layer.name
    assert not same(after_head["new"], after_all["new"])
    assert [(stage.name, stage.trainable, stage.epochs) for stage in result.stages] == [
        ("head", ("new",), 1),
        ("fine-tuning", ("low", "middle", "high", "new"), 1),
    ]
    assert [stage.weights for stage in result.stages] == [100, 64 * 48 + 48 + 48 * 32 + 32 + 32 * 24 + 24 + 100]
    assert result.stages[0].learning_rates == {"new": 0.05}
    assert set(result.stages[1].learning_rates.values()) == {0.01}
    assert float(result.model.optimizer.learning_rate) == pytest.approx(0.01)
    assert result.history == {
        name: result.stages[0].history[name] + result.stages[1].history[name] for name in ("accuracy", "loss")
    }


@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.heavy
def test_the_base_is_not_touched(base, second, trainable):
    base.trainable = trainable
    try:
        before = everything(base)
        result = tw.transfer(base, head(), *second, **QUICK, rate_decay=0.5)
        assert_same(before, everything(base))
        assert all(stage.history["loss"] for stage in result.stages)
        assert len(result.stages[1].trainable) == 4, "flags of the base do not matter to the copy"
        assert not set(map(id, base.variables)) & set(map(id, result.model.variables))
    finally:
        base.trainable = True


class Seed(keras.callbacks.Callback):
    """Seeds the order of the rows: a network that is made in another way has drawn other numbers before."""

    def on_train_begin(self, logs=None):
        del logs
        keras.utils.set_random_seed(5)


@pytest.mark.heavy
def test_each_stage_is_the_training_that_keras_does(base, second):
    new = L.Dense(4, "softmax", kernel_initializer="zeros")
    arguments = {"validation_split": 0.2, "callbacks": [Seed()]}
    result = tw.transfer(base, new, *second, **QUICK, **arguments)
    layers = tw.techniques.reuse_layers(base)
    model = keras.Model(layers.input, new(layers.output))
    layers.trainable = False
    for rate, epoch in ((0.05, 0), (0.01, 1)):
        model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(*second, initial_epoch=epoch, epochs=epoch + 1, verbose=0, **arguments)
        assert history.history == result.stages[epoch].history
        layers.trainable = True
    for ours, theirs in zip(result.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_same_seed_gives_the_same_network_and_the_head_is_copied(base, second):
    new = head()
    found = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        found.append(tw.transfer(base, new, *second, **QUICK).model.get_weights())
    assert same(*found)
    assert not new.built


def test_the_top_layers_alone(base, second):
    result = tw.transfer(base, head(), *second, **QUICK, unfreeze=2)
    model = result.model
    assert same(model.get_layer("low").get_weights(), base.get_layer("low").get_weights())
    assert not same(model.get_layer("middle").get_weights(), base.get_layer("middle").get_weights())
    assert result.stages[1].trainable == ("middle", "high", "new")


@pytest.mark.heavy
def test_gradually_from_the_top_with_the_epochs_shared_out(base, second):
    weights = Weights()
    result = tw.transfer(base, head(), *second, **{**QUICK, "epochs": 4}, unfreeze="gradual", callbacks=[weights])
    assert [(stage.name, stage.epochs, stage.trainable[0]) for stage in result.stages] == [
        ("head", 1, "new"),
        ("fine-tuning 1/3", 1, "high"),
        ("fine-tuning 2/3", 1, "middle"),
        ("fine-tuning 3/3", 2, "low"),
    ]
    start = {layer.name: layer.get_weights() for layer in base.layers}
    moved = [[name for name in ("low", "middle", "high") if not same(at[name], start[name])] for at in weights.at]
    assert moved == [[], ["high"], ["middle", "high"], ["low", "middle", "high"], ["low", "middle", "high"]]


def test_more_layers_than_epochs_are_unfrozen_several_at_once(base, second):
    result = tw.transfer(base, head(), *second, **{**QUICK, "epochs": 2}, unfreeze="gradual")
    assert [stage.trainable for stage in result.stages[1:]] == [("high", "new"), ("low", "middle", "high", "new")]


@pytest.mark.heavy
@pytest.mark.parametrize("batch_norm", ["frozen", "train"])
def test_batch_normalization(normalized_base, second, batch_norm):
    weights = Weights()
    result = tw.transfer(
        normalized_base, [L.BatchNormalization(), head()], *second, **QUICK, callbacks=[weights], batch_norm=batch_norm
    )
    before = normalized_base.get_layer("normal").get_weights()
    after_head, after_all = (at["normal"] for at in weights.at)
    assert same(before, after_head)
    if batch_norm == "frozen":
        assert same(before, after_all)
        assert "normal" not in result.stages[1].trainable
    else:
        assert not any(np.array_equal(one, other) for one, other in zip(before, after_all, strict=True))
        assert result.stages[1].trainable[:2] == ("low", "normal")
    of_head = result.model.get_layer(result.head[0])
    assert not np.array_equal(of_head.get_weights()[2], np.zeros(24)), "the head's own is trained from the beginning"


@pytest.mark.heavy
def test_frozen_batch_normalization_is_in_inference_mode(normalized_base, second):
    """Training accuracy of one whole batch is that of prediction, which batch statistics would change."""
    x, y = second
    model = tw.transfer(normalized_base, head(), x, y, head_epochs=1, epochs=0).model
    features = keras.Model(model.input, model.get_layer("high").output)
    np.testing.assert_array_equal(features(x[:32], training=True), features(x[:32], training=False))


def test_lower_layers_learn_at_lower_rates(base, second):
    result = tw.transfer(base, head(), *second, **QUICK, rate_decay=0.5)
    assert result.stages[1].learning_rates == {"low": 0.00125, "middle": 0.0025, "high": 0.005, "new": 0.01}
    assert isinstance(result.model.optimizer, keras.optimizers.MultiOptimizer)
    assert not isinstance(result.stages[0], keras.optimizers.MultiOptimizer)


def test_one_step_moves_each_layer_by_its_rate(base, second):
    """SGD: a step is the rate times the gradient, which is the same under every rate."""
    x, y = second

    def moved(decay):
        keras.utils.set_random_seed(1)
        weights = tw.transfer(
            base, head(), x[:32], y[:32], head_epochs=0, epochs=1, learning_rate=0.1, rate_decay=decay
        ).model
        return {n: weights.get_layer(n).get_weights()[0] - base.get_layer(n).get_weights()[0] for n in ("low", "high")}

    plain, decayed = moved(None), moved(0.5)
    np.testing.assert_allclose(decayed["high"], plain["high"] * 0.5, atol=1e-6)
    np.testing.assert_allclose(decayed["low"], plain["low"] * 0.125, atol=1e-6)
    assert np.abs(plain["low"]).max() > 1e-3


@pytest.mark.heavy
def test_several_rates_train_in_keras_to_the_same_weights(base, second, tmp_path):
    path = tmp_path / "b.keras"
    optimizer = keras.optimizers.Adam(beta_1=0.8)
    tw.transfer(base, head(), *second, **QUICK, rate_decay=0.3, optimizer=optimizer).model.save(path)
    models = []
    for fit in (keras.Model.fit, tw.fit):
        model = keras.models.load_model(path)
        rates = [float(each.learning_rate) for each in model.optimizer.optimizers]
        assert rates == pytest.approx([0.01 * 0.3**3, 0.01 * 0.3**2, 0.01 * 0.3, 0.01])
        assert {each.beta_1 for each in model.optimizer.optimizers} == {0.8}
        keras.utils.set_random_seed(2)
        fit(model, *second, epochs=2, verbose=0)
        models.append(model)
    keras_s, ours = models
    for one, other in zip(ours.variables, keras_s.variables, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)
    for one, other in zip(ours.optimizer.variables, keras_s.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)


def test_a_callback_ends_its_stage_and_epochs_are_counted_on(base, second):
    epochs = []
    count = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append((epoch, *logs)[0]))
    stop = keras.callbacks.EarlyStopping("loss", min_delta=1e9, patience=1)
    arguments = {**QUICK, "head_epochs": 5, "epochs": 6}
    result = tw.transfer(base, head(), *second, **arguments, callbacks=[count, stop])
    assert [stage.epochs_run for stage in result.stages] == [2, 2]
    assert epochs == [0, 1, 2, 3]
    assert "2 of 5" in str(result)


@pytest.mark.heavy
def test_an_auxiliary_task_helps_where_labels_are_few(digits):
    """Odd or even from 20 labels: on layers that learned to tell the digits of other rows, and from scratch."""
    x, y = digits

    def network(*answer):
        return keras.Sequential([keras.Input((64,)), L.Dense(48, "relu"), L.Dense(32, "relu"), *answer])

    keras.utils.set_random_seed(0)
    base = network(L.Dense(10, "softmax"))
    base.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    tw.fit(base, x[:1000], y[:1000], epochs=15, verbose=0)
    few = np.concatenate([1000 + np.flatnonzero(y[1000:] == label)[:2] for label in range(10)])
    rest = np.setdiff1d(np.arange(1000, len(y)), few)
    accuracies = []
    for seed in range(2):
        keras.utils.set_random_seed(seed)
        answer = L.Dense(1, "sigmoid")
        rates = {"head_learning_rate": 0.01, "learning_rate": 0.001, "optimizer": "adam"}
        b = tw.transfer(base, answer, x[few], y[few] % 2, head_epochs=40, epochs=40, **rates).model
        keras.utils.set_random_seed(seed)
        scratch = network(answer)
        scratch.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
        tw.fit(scratch, x[few], y[few] % 2, epochs=80, verbose=0)
        accuracies.append([((m.predict(x[rest], verbose=0)[:, 0] > 0.5) == y[rest] % 2).mean() for m in (b, scratch)])
    transferred, alone = np.mean(accuracies, axis=0)
    assert transferred > 0.83 > alone + 0.01


@pytest.mark.heavy
def test_the_stages_are_a_table_of_80_columns(base, second):
    x, y = second
    result = tw.transfer(base, head(), x, y, **QUICK, unfreeze=1, rate_decay=0.5, validation_data=(x[:20], y[:20]))
    text = str(result)
    assert max(map(len, text.splitlines())) <= 80
    assert "Reused: 3 layers, low to high. Head: new." in text
    assert "0.005 to 0.01" in text
    assert "val_accuracy" in text
    assert [line.split()[-1] for line in text.splitlines()[3:]] == ["new", "high"]


@pytest.mark.slow
def test_the_chapter_s_bags_and_boots(tmp_path):
    """A: Fashion-MNIST's classes 0 to 7, B: 8 and 9, at the chapter's rates; its test accuracy is printed as 0.9915."""
    data = tw.datasets.load("fashion-mnist")
    x = np.concatenate([data.train.x, data.validation.x]).astype("float32") / 255
    y = np.concatenate([data.train.y, data.validation.y])
    keras.utils.set_random_seed(42)
    hidden = [L.Dense(units, "relu", kernel_initializer="he_normal") for units in (300, 100)]
    a = keras.Sequential([keras.Input((28, 28)), L.Flatten(), *hidden, L.Dense(8, "softmax")])
    a.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    tw.fit(a, x[y < 8], y[y < 8], epochs=10, validation_split=0.1, verbose=0)
    a.save(tmp_path / "a.keras")
    of_b = y >= 8
    b = tw.transfer(tmp_path / "a.keras", L.Dense(1, "sigmoid"), x[of_b], y[of_b] - 8, validation_split=0.1)
    assert [(stage.name, stage.epochs) for stage in b.stages] == [("head", 4), ("fine-tuning", 16)]
    test = data.test.y >= 8
    _, accuracy = b.model.evaluate(data.test.x[test] / 255, data.test.y[test] - 8, verbose=0)
    assert accuracy >= 0.97


# --- what is refused ------------------------------------------------------------------------------------------------


def sigmoid(units=1):
    return L.Dense(units, "sigmoid")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"head_epochs": -1}, "head_epochs must be a whole number"),
        ({"epochs": -1}, "epochs must be a whole number"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"head_learning_rate": 0}, "head_learning_rate must be"),
        ({"learning_rate": -1e-3}, "learning_rate must be"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"rate_decay": 0}, "rate_decay must be"),
        ({"rate_decay": 1.1}, "rate_decay must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"validation_split": 1.0}, r"validation_split must be in \[0, 1\)"),
        ({"unfreeze": 0}, "unfreeze must be 'all', 'gradual', or from 1 to 3"),
        ({"unfreeze": 4}, "from 1 to 3"),
        ({"unfreeze": "top"}, "not 'top'"),
        ({"batch_norm": "on"}, "batch_norm must be"),
        ({"head_epochs": 0, "epochs": 0}, "nothing is trained"),
        ({"optimizer": "sdg"}, "no optimizer of Keras"),
        ({"optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())}, "around other optimizers"),
        ({"validation_data": np.zeros((3, 64))}, r"validation_data must be \(x, y\)"),
        ({"validation_data": (np.zeros((3, 63)), np.zeros(3))}, "x of validation_data has rows of shape"),
        ({"validation_data": (np.zeros((3, 64)), np.full(3, 4))}, "y of validation_data has labels"),
    ],
)
def test_arguments_are_refused(base, second, arguments, words):
    with pytest.raises(InputError, match=words):
        tw.transfer(base, head(), *second, **arguments)


def test_a_head_that_trains_nothing_is_refused(base, second):
    with pytest.raises(InputError, match="head has no weights"):
        tw.transfer(base, L.Softmax(), *second, reuse="answer")


@pytest.mark.heavy
def test_a_base_of_batch_normalization_alone_stays_frozen(second):
    normal = keras.Sequential([keras.Input((64,)), L.BatchNormalization()])
    with pytest.raises(InputError, match="None of the reused layers has weights to unfreeze"):
        tw.transfer(normal, head(), *second)
    assert tw.transfer(normal, head(), *second, **QUICK, batch_norm="train").stages[1].trainable[0] != "new"
