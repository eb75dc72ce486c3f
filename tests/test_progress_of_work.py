"""Real work on a terminal: its stages in order, one display, and the results of silent work."""

import io

import keras
import numpy as np
import pytest
from rich.console import Console

import trainwell as tw
from trainwell import progress
from trainwell.report import progress as shown

L = keras.layers


def rows(count=240):
    x = np.random.default_rng(0).normal(size=(count, 6)).astype("float32")
    return x, (x[:, 0] + x[:, 2] > 0).astype("int32")


def net(rate=1e-2, dropout=0.0):
    keras.utils.set_random_seed(0)
    keras.backend.clear_session()  # the layers' names begin anew
    hidden = [L.Dense(8, "relu", kernel_initializer="he_normal"), *([L.Dropout(dropout)] if dropout else [])]
    model = keras.Sequential([keras.Input((6,)), *hidden, L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


class Terminal:
    """A terminal, and what its display was told: texts of stages as they were opened, and shares."""

    def __init__(self, monkeypatch):
        settings = {"width": 80, "height": 40, "_environ": {"TERM": "xterm"}}
        self.console = Console(file=io.StringIO(), force_terminal=True, **settings)
        self.texts, self.shares, self.longest = [], [], 0
        monkeypatch.setattr(shown, "new_console", lambda: self.console)
        monkeypatch.setattr(
            shown.TerminalProgress, "changed", lambda display, _stage, *, opened: self._changed(display, opened=opened)
        )

    def _changed(self, display, *, opened):
        if opened and display.texts() and display.texts() != self.texts[-1:]:
            self.texts.append(display.texts())
        self.shares.append(display.share())
        lines = self.console.render_lines(display.drawn(), pad=False)
        self.longest = max(self.longest, *(sum(part.cell_length for part in line) for line in lines))

    @property
    def stages(self):
        """Phrases of the innermost stages, without counters, in the order in which they came up."""
        return list(dict.fromkeys(texts[-1].partition(" (")[0] for texts in self.texts))

    @property
    def written(self):
        return self.console.file.getvalue()


@pytest.fixture
def terminal(monkeypatch):
    return Terminal(monkeypatch)


DIAGNOSED = [
    "Looking at the model and the data",
    "Looking at the outputs before the training",
    "Checking the model with a few rows",
    "Measuring how good a constant prediction is",
    "Learning a single batch by heart",
    "Trying other learning rates",
    "Training the model",
    "Looking at the trained model",
    "Comparing with other learners",
]


def test_a_diagnosis_shows_its_stages_in_order_and_finds_the_same(terminal, capfd):
    x, y = rows()
    found = tw.diagnose(net(), x, y, epochs=3, validation_split=0.2, verbose=1)
    assert terminal.stages[: len(DIAGNOSED)] == DIAGNOSED
    assert all(each.startswith("Trying remedies ") for each in terminal.stages[len(DIAGNOSED) :])
    assert ["Training the model (epoch 1 of 3)"] in terminal.texts
    assert terminal.shares == sorted(terminal.shares)  # it never goes back
    assert terminal.shares[-1] == pytest.approx(1.0)
    assert terminal.longest <= 80
    assert "100 %" in terminal.written
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h") == 1
    silent = tw.diagnose(net(), x, y, epochs=3, validation_split=0.2, verbose=0)
    changed = found.run.differences(silent.run)
    assert {name for name in changed if "seconds" not in name} == set()
    for name, series in silent.run.signals.items():
        assert np.array_equal(found.run.signals[name].values, series.values, equal_nan=True), name
    assert [each.outcome for each in found.findings] == [each.outcome for each in silent.findings]
    assert capfd.readouterr() == ("", "")


def timeless(found):
    """A repair as plain data, without what a clock told."""
    plain = found.to_json()
    for trial in plain["trials"]:
        del trial["seconds"]
    return plain


@pytest.mark.heavy
def test_a_repair_shows_its_stages_in_order_and_finds_the_same(terminal, capfd):
    x, y = rows(800)
    given = {"x": x[:500], "y": y[:500], "validation_data": (x[500:], y[500:]), "epochs": 6}
    found = tw.repair(net(3.0), **given, verbose=1)
    assert found.outcome == "repaired"
    first = [texts[0] for texts in terminal.texts]
    outer = list(dict.fromkeys(text.partition(" (")[0] for text in first))
    assert outer[0] == "The model as it is"
    assert outer[1].startswith("Round 1: ")
    assert any(text.startswith("The whole training with ") for text in outer)
    assert outer[-1] in {"Proving the repair on held-out rows", "Training the repaired model on all of its rows"}
    assert next(texts[1] for texts in terminal.texts if len(texts) > 1) == DIAGNOSED[0]
    assert terminal.longest <= 80
    assert "100 %" in terminal.written
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h") == 1
    silent = tw.repair(net(3.0), **given, verbose=0)
    assert timeless(found) == timeless(silent)
    pairs = zip(found.model.get_weights(), silent.model.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    assert capfd.readouterr() == ("", "")


def test_the_random_streams_of_a_training_are_those_of_one_that_nobody_reports(terminal):
    x, y = rows()
    weights = []
    for verbose in (1, 0):
        model = net(dropout=0.3)
        with shown.show_progress(verbose), progress.stage("Training"):
            history = tw.fit(model, x, y, epochs=2, validation_split=0.2, verbose=0)
        weights.append([*model.get_weights(), np.random.rand(3), *history.history["loss"]])  # noqa: NPY002 -- Keras's
    alone = net(dropout=0.3)
    history = tw.fit(alone, x, y, epochs=2, validation_split=0.2, verbose=0)
    weights.append([*alone.get_weights(), np.random.rand(3), *history.history["loss"]])  # noqa: NPY002 -- as above
    for other in weights[1:]:
        assert all(np.array_equal(one, two) for one, two in zip(weights[0], other, strict=True))
    assert ["Training (epoch 1 of 2)"] in terminal.texts


def test_keras_own_loop_reports_its_epochs_too(terminal):
    x, y = rows()
    model = net()
    acts = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: None)
    with shown.show_progress(1), progress.stage("Training"):
        tw.fit(model, x, y, epochs=2, callbacks=[acts], verbose=0)
    assert ["Training (epoch 1 of 2)"] in terminal.texts
    assert terminal.shares[-1] is None
    assert 0.5 in terminal.shares


def test_a_range_test_shows_its_trainings(terminal):
    x, y = rows()
    tw.find_lr(net(), x, y, steps=32)
    assert terminal.stages[0] == "Testing learning rates from 1e-06 to 10"
    assert all(text.startswith("Training at the learning rate ") for text in terminal.stages[1:])
    assert terminal.shares[-1] == pytest.approx(1.0)


def test_copies_show_their_mean_epoch(terminal):
    x, y = rows()
    tw.fit_many(net(), x, y, seeds=[1, 2], epochs=3, how="threads")
    assert terminal.texts[1] == ["Training 2 copies of the model (epoch 1 of 3)"]
    shares = [share for share in terminal.shares if share is not None]
    assert shares == sorted(shares)
    assert {round(6 * share) for share in shares} == set(range(7))


def test_copies_in_one_program_show_their_epoch(terminal):
    x, y = rows()
    tw.fit_many(net(), x, y, seeds=[1, 2], epochs=2, how="vmap")
    assert list(dict.fromkeys(terminal.shares)) == [0.0, 0.5, 1.0]


def test_dropout_samples_show_their_share(terminal):
    x, _ = rows(100)
    tw.mc_predict(net(dropout=0.5), x, samples=20, batch_size=200)
    assert terminal.texts == [["Predicting 100 rows, each 20 times with dropout"]]
    assert terminal.shares[-1] == pytest.approx(1.0)


def test_a_pretraining_shows_each_layer(terminal):
    x, _ = rows()
    model = keras.Sequential([keras.Input((6,)), L.Dense(5, "elu"), L.Dense(4, "elu"), L.Dense(1)])
    tw.pretrain(model, x, "greedy", epochs=2)
    first = [texts[0] for texts in terminal.texts]
    assert first[0].startswith("Training an autoencoder for each layer (layer 1 of 2)")
    assert any("(layer 2 of 2, epoch 1 of 2)" in text for text in first)


def test_a_transfer_shows_its_stages(terminal):
    x, y = rows()
    tw.transfer(net(), L.Dense(1, "sigmoid"), x, y, head_epochs=1, epochs=2)
    assert terminal.stages == ["Training the new head", "Fine-tuning"]
    assert ["Fine-tuning (epoch 1 of 3)"] in terminal.texts


def test_a_comparison_shows_its_choices(terminal):
    tw.compare("wine", over="optimizer", choices=["sgd", "nadam"], seeds=2, epochs=1, depth=1, units=4)
    outer = [texts[0] for texts in terminal.texts]
    assert outer[0] == "Reading the data"
    choices = [text.partition(", ")[0].rstrip(")") for text in outer if text.startswith("Training with ")]
    assert list(dict.fromkeys(choices)) == ["Training with sgd (1 of 2", "Training with nadam (2 of 2"]
    assert "1/2 sgd" in terminal.written


@pytest.mark.parametrize(
    "work",
    [
        lambda: tw.diagnose(net(), *rows(), verbose="loud"),
        lambda: tw.repair(net(), *rows(), verbose="loud"),
        lambda: tw.find_lr(net(), *rows(), verbose="loud"),
        lambda: tw.fit_many(net(), *rows(), seeds=[1], verbose="loud"),
        lambda: tw.mc_predict(net(dropout=0.5), rows()[0], verbose="loud"),
        lambda: tw.pretrain(net(), rows()[0], verbose="loud"),
        lambda: tw.transfer(net(), L.Dense(1, "sigmoid"), *rows(), verbose="loud"),
        lambda: tw.compare("wine", over="optimizer", verbose="loud"),
        lambda: tw.train("wine", verbose="loud"),
        lambda: tw.techniques.try_learning_rates(net(), *rows(), verbose="loud"),
    ],
)
def test_another_verbose_is_refused(work):
    with pytest.raises(tw.InputError, match="`verbose` must be \"auto\", 0, 1 or 2, got 'loud'"):
        work()
