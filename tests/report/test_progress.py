import io
import sys

import pytest
from rich.console import Console

from trainwell.report.console import is_live
from trainwell.report.progress import TrainingProgress


def train(progress, epochs, steps=10):
    """Calls the hooks as the engine does; the validation loss falls to the second epoch and rises after it."""
    progress.set_model(None)
    progress.set_params({})
    progress.on_train_begin()
    for epoch in range(epochs):
        progress.on_epoch_begin(epoch)
        for step in (4, 8, steps):
            progress.on_train_steps_end(step, {"loss": 1.0 / step, "accuracy": 0.5})
        value = 0.4 + abs(epoch - 1) / 10
        logs = {"loss": 0.25, "accuracy": 0.75, "val_loss": value, "val_accuracy": 0.7 + epoch / 10}
        progress.on_epoch_end(epoch, logs)
    progress.on_train_end()


def plain(**settings):
    file = io.StringIO()
    return file, Console(file=file, width=80, **settings)


def test_without_a_terminal_each_epoch_is_one_line():
    file, console = plain()
    train(TrainingProgress(3, 10, "accuracy", console), 3)
    lines = file.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(
        "epoch 1/3: loss 0.250 (validation 0.500, best 0.500), accuracy 0.750 (validation 0.700)"
    )
    assert lines[2].startswith(
        "epoch 3/3: loss 0.250 (validation 0.500, best 0.400), accuracy 0.750 (validation 0.900)"
    )
    assert "steps/s" in lines[2]
    assert lines[3].startswith("Trained 3 of 3 epochs in ")
    assert lines[3].endswith("best validation loss 0.400 in epoch 2")
    assert "\x1b" not in file.getvalue()


def test_fewer_epochs_than_planned_are_told():
    file, console = plain()
    train(TrainingProgress(20, 10, "accuracy", console), 2)
    assert "Trained 2 of 20 epochs" in file.getvalue()


def test_the_best_epoch_is_that_of_the_loss_not_of_the_metric():
    file, console = plain()
    progress = TrainingProgress(3, 10, "mae", console)
    progress.on_train_begin()
    for epoch, (loss, error) in enumerate(((3.0, 1.0), (1.0, 2.0), (1.0, 0.5))):
        progress.on_epoch_begin(epoch)
        progress.on_epoch_end(epoch, {"loss": 9.0, "mae": 2.5, "val_loss": loss, "val_mae": error})
    progress.stop()
    assert "best validation loss 1.000 in epoch 2" in file.getvalue()


def test_logs_are_shown_in_the_targets_units_and_the_loss_is_said_to_be_scaled():
    file, console = plain()
    progress = TrainingProgress(1, 10, "mae", console, scale={"mae": 100.0})
    progress.on_train_begin()
    progress.on_epoch_end(0, {"loss": 0.25, "mae": 0.5, "val_loss": 0.75, "val_mae": 0.6})
    progress.stop()
    lines = file.getvalue().splitlines()
    assert lines[0] == "epoch 1/1: scaled loss 0.250 (validation 0.750, best 0.750), mae 50 (validation 60)"
    assert lines[1].startswith("Trained 1 of 1 epoch in ")
    assert lines[1].endswith("best validation loss of the scaled target 0.750 in epoch 1")


@pytest.mark.parametrize("scale", [{}, {"mae": 77.0}, {"accuracy": 1.0}])
def test_without_a_scaled_metric_the_loss_is_just_the_loss(scale):
    file, console = plain()
    train(TrainingProgress(1, 10, "accuracy", console, scale), 1)
    assert "scaled" not in file.getvalue()


@pytest.mark.parametrize(("planned", "done"), [(1, 1), (18, 18), (19, 19), (200, 200), (200, 77), (1000, 3)])
def test_a_log_has_about_twenty_lines_with_the_first_and_the_last_epoch(planned, done):
    file, console = plain()
    train(TrainingProgress(planned, 10, "accuracy", console), done)
    *lines, last = file.getvalue().splitlines()
    epochs = [int(line.partition("/")[0].removeprefix("epoch")) for line in lines]
    assert epochs == sorted(set(epochs))
    assert (epochs[0], epochs[-1]) == (1, done)
    assert len(epochs) <= 20
    assert last.startswith("Trained ")
    if planned <= 18:
        assert len(epochs) == done


def test_one_step_a_second_is_singular():
    _, console = plain()
    progress = TrainingProgress(1, 10, "accuracy", console)
    progress._speed = 1.0
    assert progress.pace() == "1 step/s"
    progress._speed = 1.2
    assert progress.pace() == "1.2 steps/s"


def test_values_that_are_not_finite_are_never_best():
    file, console = plain()
    progress = TrainingProgress(1, 10, "accuracy", console)
    progress.on_train_begin()
    progress.on_epoch_end(0, {"loss": float("nan"), "val_loss": float("nan")})
    progress.stop()
    assert "loss not finite" in file.getvalue()
    assert "best" not in file.getvalue()


def test_on_a_terminal_the_bar_moves_within_the_epoch_and_one_line_remains():
    file, console = plain(force_terminal=True, _environ={"TERM": "xterm"})
    progress = TrainingProgress(2, 10, "accuracy", console)
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    done = []
    for step in (4, 8, 10):
        progress.on_train_steps_end(step, {"loss": 0.5, "accuracy": 0.5})
        done.append(progress._bar.tasks[0].completed)
    progress.on_epoch_begin(1)
    progress.on_train_steps_end(5, {"loss": 0.5, "accuracy": 0.5})
    assert [*done, progress._bar.tasks[0].completed] == [4, 8, 10, 15]
    progress._bar.refresh()
    assert "epoch 2/2" in file.getvalue()
    assert "loss 0.500, accuracy 0.500" in file.getvalue()
    progress.on_train_end()
    assert file.getvalue().rstrip().splitlines()[-1].endswith("steps/s in the last epoch)")
    assert progress._bar is None


def test_an_interruption_leaves_the_terminal_clean():
    file, console = plain(force_terminal=True, _environ={"TERM": "xterm"})
    before = sys.stdout
    progress = TrainingProgress(2, 10, "accuracy", console)
    progress.on_train_begin()
    progress.on_epoch_begin(0)
    with pytest.raises(KeyboardInterrupt), progress:
        raise KeyboardInterrupt
    assert sys.stdout is before
    text = file.getvalue()
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor was hidden and is back
    assert "Trained 0 of 2 epochs" in text


def test_stopping_twice_or_before_the_start_says_nothing_more():
    file, console = plain()
    progress = TrainingProgress(2, 10, "accuracy", console)
    progress.stop()
    assert file.getvalue() == ""
    progress.on_train_begin()
    progress.stop()
    once = file.getvalue()
    progress.stop()
    assert file.getvalue() == once


def test_a_terminal_that_cannot_move_its_cursor_gets_lines():
    assert not is_live(Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"}))


def test_a_notebook_without_widgets_gets_lines(monkeypatch):
    console = Console(file=io.StringIO(), force_jupyter=True)
    monkeypatch.setattr("trainwell.report.console.find_spec", lambda _: None)
    assert not is_live(console)
    monkeypatch.setattr("trainwell.report.console.find_spec", lambda _: object())
    assert is_live(console)


@pytest.mark.parametrize(("epochs", "steps"), [(0, 10), (3, 0)])
def test_a_training_has_epochs_and_steps(epochs, steps):
    with pytest.raises(ValueError, match="at least 1 epoch and 1 step"):
        TrainingProgress(epochs, steps, "accuracy")
