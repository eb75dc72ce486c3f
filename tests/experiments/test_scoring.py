import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.errors import InputError
from trainwell.experiments.scoring import choose_metric, outputs_of, scores
from trainwell.targets import kind_of_target
from trainwell.training_spec import TrainingSpec

L = keras.layers


def spec(y, model=None, loss="mse"):
    return TrainingSpec(model, {"optimizer": "sgd", "loss": loss}, {"x": np.zeros((len(y), 1)), "y": np.asarray(y)}, {})


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (np.arange(100) % 10, "classes"),
        (np.arange(100) % 10 + 1, "classes"),
        (np.where(np.arange(100) % 2, 1.0, -1.0), "classes"),
        ((np.arange(100) % 2)[:, None].astype("float32"), "classes"),
        (np.eye(3)[np.arange(90) % 3], "one-hot"),
        (np.random.default_rng(0).integers(0, 2, (100, 4)), "labels"),
        (np.random.default_rng(0).normal(size=100), "values"),
        (np.arange(100), "values"),
        (np.arange(60).reshape(20, 3) % 3, "classes"),
        (np.full(10, np.nan), "values"),
    ],
)
def test_kinds_of_targets(y, kind):
    assert kind_of_target(y) == kind


def test_the_metric_is_chosen_by_the_targets():
    assert choose_metric(spec(np.arange(100) % 10)).name == "accuracy"
    assert choose_metric(spec(np.arange(100) % 10 == 0)).name == "balanced accuracy"
    assert choose_metric(spec(np.random.default_rng(0).normal(size=50))).name == "R²"


def test_numbers_of_events_are_values_and_digits_as_numbers_are_classes():
    counts = np.random.default_rng(0).poisson(2.0, (200, 1)).astype("float32")
    assert choose_metric(spec(counts, loss="poisson")).name == "R²"
    assert choose_metric(spec((np.arange(200) % 10).astype("int32"))).name == "accuracy"


def test_divided_class_numbers_are_classes_to_a_loss_of_class_numbers():
    parts = (np.arange(100) % 10 / 255).astype("float32")
    amounts = np.linspace(0, 1, 100)
    assert choose_metric(spec(parts, loss="sparse_categorical_crossentropy")).name == "accuracy"
    assert choose_metric(spec(parts)).name == "R²"
    assert choose_metric(spec(amounts, loss="sparse_categorical_crossentropy")).name == "R²"
    one_hot = np.eye(10)[np.arange(100) % 10]
    assert choose_metric(spec(one_hot, loss="sparse_categorical_crossentropy")).name == "accuracy"
    assert choose_metric(spec(np.linspace(0, 1, 100), loss={})).name == "R²"
    always_first = np.eye(10)[np.zeros(100, int)]
    assert rowwise("accuracy", always_first, parts).mean() == pytest.approx(0.1)


def rowwise(name, outputs, targets, *, logits=False):
    return choose_metric(spec(targets), name).rowwise(np.asarray(outputs, float), np.asarray(targets), logits)


def test_a_class_may_be_told_by_a_column_or_by_a_unit():
    truth = np.arange(30) % 3
    columns = np.eye(3)[truth]
    columns[:3] = np.eye(3)[(truth[:3] + 1) % 3]
    assert rowwise("accuracy", columns, truth).mean() == pytest.approx(0.9)
    assert rowwise("accuracy", columns, np.eye(3)[truth]).mean() == pytest.approx(0.9)
    assert rowwise("accuracy", truth[:, None] + 0.3, truth).mean() == 1


@pytest.mark.parametrize("y", [np.array([0, 1] * 10), np.array([0.0, 1.0] * 10)[:, None], np.array([-1, 1] * 10)])
def test_yes_or_no_of_one_unit(y):
    sure = np.where(y.reshape(-1, 1) > 0, 0.9, 0.1)
    assert rowwise("accuracy", sure if y.min() == 0 else 2 * sure - 1, y).mean() == 1
    assert rowwise("accuracy", np.where(y.reshape(-1, 1) > 0, 0.3, -2), y, logits=True).mean() == 1
    assert rowwise("accuracy", np.ones((20, 1)), y).mean() == 0.5


def test_balanced_accuracy_counts_classes_alike():
    truth = np.array([0] * 96 + [1] * 4)
    assert rowwise("accuracy", np.zeros((100, 1)), truth).mean() == 0.96
    assert rowwise("balanced accuracy", np.zeros((100, 1)), truth).mean() == pytest.approx(0.5)


def test_several_labels_a_row():
    truth = np.random.default_rng(0).integers(0, 2, (200, 3))
    assert rowwise("balanced accuracy", truth * 0.8, truth).mean() == pytest.approx(1)
    assert rowwise("balanced accuracy", np.zeros((200, 3)), truth).mean() == pytest.approx(0.5, abs=0.01)


def test_several_labels_at_each_step_of_a_sequence():
    truth = np.random.default_rng(0).integers(0, 2, (60, 4, 3))
    assert rowwise("balanced accuracy", truth * 0.8, truth).mean() == pytest.approx(1)
    assert rowwise("balanced accuracy", np.zeros(truth.shape), truth).mean() == pytest.approx(0.5)


def test_padded_one_hot_targets_are_scored():
    truth = np.eye(3)[np.arange(200).reshape(50, 4) % 3]
    truth[:, 2:] = 0
    assert rowwise("balanced accuracy", truth, truth).mean() == pytest.approx(1)


def test_r2_of_the_mean_is_0_and_the_worst_is_bounded():
    truth = np.random.default_rng(0).normal(5, 3, (100, 1))
    assert rowwise("R²", truth, truth).mean() == 1
    assert rowwise("R²", np.full((100, 1), truth.mean()), truth).mean() == pytest.approx(0, abs=1e-9)
    assert rowwise("R²", np.full((100, 1), np.nan), truth).mean() == -10
    assert rowwise("R²", np.full((100, 1), 1e30), truth).mean() == -10


def test_answers_that_are_no_numbers_are_never_right():
    truth = np.arange(20) % 2
    assert rowwise("accuracy", np.full((20, 2), np.nan), truth).sum() == 0
    assert rowwise("accuracy", np.full((20, 1), np.nan), truth).sum() == 0


def test_a_missing_target_counts_for_nothing():
    truth = np.random.default_rng(0).normal(size=(50, 2))
    truth[0] = np.nan
    assert rowwise("R²", np.nan_to_num(truth), truth).mean() == 1


@given(st.integers(2, 6), st.integers(0, 2**16))
def test_scores_of_classes_lie_between_0_and_their_weights(classes, seed):
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, 40)
    found = rowwise("balanced accuracy", generator.normal(size=(40, classes)), truth)
    assert 0 <= found.mean() <= 1 + 1e-9


def test_a_loss_of_keras_and_a_function_of_ones_own():
    truth = np.random.default_rng(0).normal(size=(30, 1))
    metric = choose_metric(spec(truth), "mean_absolute_error")
    assert metric.direction == "min"
    assert metric.value(metric.rowwise(truth + 1, truth, False)) == pytest.approx(1)

    def nearness(targets, outputs):
        return -np.abs(targets - outputs)[:, 0]

    metric = choose_metric(spec(truth), nearness, "max")
    assert metric.name == "nearness"
    assert metric.value(metric.rowwise(truth + 2, truth, False)) == pytest.approx(-2)


@pytest.mark.parametrize(
    ("name", "direction", "says"),
    [
        ("acuracy", None, "There is no metric 'acuracy'"),
        ("accuracy", "min", "more accuracy is better"),
        ("accuracy", "up", "direction is 'up'"),
        (np.subtract, None, "its direction is not known"),
    ],
)
def test_a_metric_that_cannot_be_used_is_refused(name, direction, says):
    with pytest.raises(InputError, match=says):
        choose_metric(spec(np.arange(100) % 2), name, direction)


def test_a_function_must_give_a_number_for_each_row():
    metric = choose_metric(spec(np.arange(100) % 2), np.vdot, "max")
    with pytest.raises(InputError, match="100 rows"):
        metric.rowwise(np.zeros((100, 1)), np.arange(100) % 2, False)


def test_several_outputs_count_alike():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, {"a": L.Dense(1, name="a")(inputs), "b": L.Dense(1, name="b")(inputs)})
    x = np.random.default_rng(0).normal(size=(600, 2)).astype("float32")
    outputs = outputs_of(model, x)
    assert outputs["a"].shape == (600, 1)
    y = {
        "a": outputs["a"],
        "b": np.full((600, 1), outputs["b"].mean()) + np.random.default_rng(0).normal(size=(600, 1)),
    }
    both = TrainingSpec(model, {"loss": "mse"}, {"x": x, "y": y}, {})
    metric = choose_metric(both)
    alone = metric.rowwise(outputs["b"], y["b"], False)
    assert np.allclose(scores(both, x, y, metric), (1 + alone) / 2)


def test_copies_do_not_hide_that_a_class_is_rare():
    x, y = np.arange(100.0)[:, None], (np.arange(100) < 10).astype(int)
    chosen = np.concatenate([np.arange(100), np.repeat(np.arange(10), 8)])
    copied = TrainingSpec(None, {}, {"x": x[chosen], "y": y[chosen]}, {})
    assert choose_metric(copied).name == "balanced accuracy"
