from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell import engine
from trainwell.engine.schedule_values import rates_of
from trainwell.probes import ProbeContext, baseline, one_batch, rates
from trainwell.probes.baseline import best_constant
from trainwell.trees import named

L = keras.layers
ROWS = 64


def bench(layers, x, y, loss="mse", rate=0.05, steps=60, optimizer=keras.optimizers.SGD, **arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
    model.compile(optimizer=optimizer(rate), loss=loss)
    inspection = engine.InferenceProbe(model, x, y, ())
    return ProbeContext(model, x, y, 16, steps, inspection, named(y), inspection().outputs, **arguments)


@pytest.fixture(scope="module")
def line():
    x = np.random.default_rng(0).normal(size=(ROWS, 3)).astype("float32")
    return x, x @ np.float32([[1.0], [-2.0], [0.5]])


def linear(line, **arguments):
    return bench([L.Dense(1)], *line, **arguments)


def test_the_first_loss_and_those_of_all_rates_are_told(line):
    seen = rates(linear(line))
    facts = seen.record
    assert facts.factors[:3] == [0.01, 0.1, 1.0]
    assert facts.steps == 60
    assert facts.last[facts.factors.index(1.0)] < 0.1 * facts.first
    assert set(seen.signals) == {f"probe/rates/{factor:g}" for factor in facts.factors}


def test_a_rate_that_diverges_has_no_last_loss(line):
    facts = rates(linear(line)).record
    assert facts.last[facts.factors.index(100.0)] is None


def test_a_rate_that_is_right_is_not_searched_beyond(line):
    assert rates(linear(line)).record.factors == [0.01, 0.1, 1.0, 2.0, 10.0, 100.0]


def test_a_rate_that_is_wrong_by_thousands_is_searched_further(line):
    low, high = rates(linear(line, rate=2e-5)).record, rates(linear(line, rate=1e3)).record
    assert max(low.factors) == 1e4
    assert min(high.factors) == 1e-4
    assert high.last[0] < 0.1 * high.first


def test_a_short_training_is_tried_for_longer(line):
    facts = rates(linear(line, rate=0.002, steps=20)).record
    assert facts.steps == 20
    assert facts.longer.steps == 200
    assert facts.longer.last < 0.7 * facts.last[facts.factors.index(1.0)]


def test_under_a_schedule_its_largest_rate_is_tried(line):
    warmup = keras.optimizers.schedules.CosineDecay(0.0, 50, warmup_target=0.05, warmup_steps=10)
    assert linear(line, rate=warmup).rate == pytest.approx(0.05, rel=0.05)


def test_a_linear_model_fits_a_batch_of_a_line(line):
    facts = one_batch(linear(line)).record
    assert facts.rows == 16
    assert facts.last < 0.01 * facts.constant


def test_noise_is_not_fit_by_a_line(line):
    noise = np.random.default_rng(1).normal(size=(ROWS, 1)).astype("float32")
    facts = one_batch(linear((line[0], noise))).record
    assert facts.last > 0.3 * facts.constant


def test_the_constant_is_the_best_one_for_the_batch(line):
    y = line[1]
    batch = np.linspace(0, ROWS - 1, 16).astype(int)
    assert one_batch(linear(line)).record.constant == pytest.approx(y[batch].var(), rel=1e-4)


def test_one_batch_searches_beyond_its_rates(line):
    facts = one_batch(linear(line, rate=1e-5)).record
    assert facts.rate == pytest.approx(0.01)
    assert facts.last < 0.05 * facts.constant


def test_probes_leave_the_model_as_it_was(line):
    one = linear(line)
    before = [np.array(each) for each in one.model.get_weights()]
    for probe in (baseline, one_batch, rates):
        probe(one)
    assert all(np.array_equal(*each) for each in zip(before, one.model.get_weights(), strict=True))


def test_a_constant_answer_to_values_is_worth_their_variance(line):
    assert baseline(linear(line)).record.loss == pytest.approx(line[1].var(), rel=1e-5)


def test_a_constant_answer_to_classes_is_worth_their_entropy():
    y = np.repeat([0, 1, 2, 2], ROWS // 4)
    x = np.zeros((ROWS, 2), "float32")
    entropy = -(0.5 * np.log(0.25) + 0.5 * np.log(0.5))
    for layers, loss in (
        ([L.Dense(3, "softmax")], "sparse_categorical_crossentropy"),
        ([L.Dense(3)], keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
    ):
        assert baseline(bench(layers, x, y, loss)).record.loss == pytest.approx(entropy, rel=1e-4)


def test_losses_that_are_not_finite_are_no_constants():
    outputs, target = np.zeros((4, 1), "float32"), np.ones((4, 1))
    assert best_constant(lambda _: float("nan"), outputs, {"": target}) is None


def test_a_schedule_with_branches_tells_all_its_rates_at_once():
    warmup = keras.optimizers.schedules.CosineDecay(0.0, 50, warmup_target=0.05, warmup_steps=10)
    steps = np.array([0, 5, 10, 35])
    assert rates_of(warmup, steps) == pytest.approx([float(warmup(int(step))) for step in steps])
