import io

import pytest
from rich.console import Console

from trainwell import progress
from trainwell.report.progress import LineProgress
from trainwell.report.training_figures import TrainingFigures


@pytest.fixture
def said():
    """What is shown of a training: sentences at once, figures where they are asked for."""
    console = Console(file=io.StringIO(), width=200)
    with progress.activated(LineProgress(console, everything=False)):
        yield lambda: console.file.getvalue().splitlines()


def train(figures, epochs, steps=10):
    """Call the hooks as the engine does; the validation loss falls to the second epoch and rises after it."""
    shown = []
    figures.on_train_begin()
    for epoch in range(epochs):
        figures.on_epoch_begin(epoch)
        for step in (4, 8, steps):
            figures.on_train_steps_end(step, {"loss": 1.0 / step, "accuracy": 0.5})
        value = 0.4 + abs(epoch - 1) / 10
        logs = {"loss": 0.25, "accuracy": 0.75, "val_loss": value, "val_accuracy": 0.7 + epoch / 10}
        figures.on_epoch_end(epoch, logs)
        shown.append(figures.figures())
    figures.on_train_end()
    return shown


def test_figures_of_each_epoch_and_a_sentence_at_the_end(said):
    shown = train(TrainingFigures(3, "accuracy"), 3)
    assert shown[0] == "loss 0.250 (validation 0.500, best 0.500), accuracy 0.750 (validation 0.700)"
    assert shown[2] == "loss 0.250 (validation 0.500, best 0.400), accuracy 0.750 (validation 0.900)"
    (last,) = said()
    assert last.startswith("Trained 3 of 3 epochs in ")
    assert last.endswith("best validation loss 0.400 in epoch 2")


def test_figures_are_the_detail_of_what_is_shown(said):
    figures = TrainingFigures(3, "accuracy")
    figures.on_train_steps_end(4, {"loss": 0.25, "accuracy": 0.5})
    assert progress.active().detail.startswith("loss 0.250, accuracy 0.500, ")
    assert progress.active().detail.endswith(" steps/s")
    assert not said()


def test_fewer_epochs_than_planned_are_told(said):
    train(TrainingFigures(20, "accuracy"), 2)
    assert "Trained 2 of 20 epochs" in said()[0]


def test_the_best_epoch_is_that_of_the_loss_not_of_the_metric(said):
    figures = TrainingFigures(3, "mae")
    figures.on_train_begin()
    for epoch, (loss, error) in enumerate(((3.0, 1.0), (1.0, 2.0), (1.0, 0.5))):
        figures.on_epoch_end(epoch, {"loss": 9.0, "mae": 2.5, "val_loss": loss, "val_mae": error})
    figures.stop()
    assert "best validation loss 1.000 in epoch 2" in said()[0]


def test_logs_are_shown_in_the_targets_units_and_the_loss_is_said_to_be_scaled(said):
    figures = TrainingFigures(1, "mae", scale={"mae": 100.0})
    figures.on_train_begin()
    figures.on_epoch_end(0, {"loss": 0.25, "mae": 0.5, "val_loss": 0.75, "val_mae": 0.6})
    assert figures.figures() == "scaled loss 0.250 (validation 0.750, best 0.750), mae 50 (validation 60)"
    figures.stop()
    assert said()[0].endswith("best validation loss of the scaled target 0.750 in epoch 1")


@pytest.mark.parametrize("scale", [{}, {"mae": 77.0}, {"accuracy": 1.0}])
def test_without_a_scaled_metric_the_loss_is_just_the_loss(said, scale):
    shown = train(TrainingFigures(1, "accuracy", scale), 1)
    assert "scaled" not in " ".join([*shown, *said()])


def test_one_step_a_second_is_singular():
    figures = TrainingFigures(1, "accuracy")
    figures._speed = 1.0
    assert figures.pace() == "1 step/s"
    figures._speed = 1.2
    assert figures.pace() == "1.2 steps/s"


def test_values_that_are_not_finite_are_never_best(said):
    figures = TrainingFigures(1, "accuracy")
    figures.on_train_begin()
    figures.on_epoch_end(0, {"loss": float("nan"), "val_loss": float("nan")})
    assert "loss not finite" in figures.figures()
    figures.stop()
    assert "best" not in said()[0]


def test_stopping_twice_or_before_the_start_says_nothing_more(said):
    figures = TrainingFigures(2, "accuracy")
    figures.stop()
    assert not said()
    figures.on_train_begin()
    figures.stop()
    figures.stop()
    assert len(said()) == 1


def test_a_training_has_epochs():
    with pytest.raises(ValueError, match="at least 1 epoch"):
        TrainingFigures(0, "accuracy")
