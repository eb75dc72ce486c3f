from __future__ import annotations

import keras
import numpy as np
import pytest
from rules.runs import finding, static

from trainwell.run import Series

L = keras.layers
NORMAL = np.random.default_rng(0).normal(size=(200, 4))
Y = np.zeros((200, 1))


def judged(x, *layers):
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype if x.dtype.kind in "iu" else None), *layers])
    return finding(static(model, x, Y), "unscaled-inputs")


def first():
    return L.Dense(8, "relu", name="first")


@pytest.mark.parametrize(
    "x",
    [
        NORMAL,
        3 * NORMAL,
        NORMAL + 1000 * (np.arange(4) == 9),
        np.random.default_rng(0).uniform(0, 1, (200, 4)),
        np.eye(200),  # rare binary columns
        np.concatenate([NORMAL, np.ones((200, 1))], axis=1),
        np.zeros((200, 4)),
    ],
)
def test_inputs_near_1_are_in_order(x):
    assert judged(x, first(), L.Dense(1)).outcome in {"passed", "not applicable"}


def test_raw_columns_are_named():
    found = judged(NORMAL * [1, 300, 14, 1] + [13, 750, 100, 2], first(), L.Dense(1))
    assert found.outcome == "fault"
    assert "root mean square of" in found.message
    assert "'first'" in found.message


def test_one_raw_column_among_many_is_named():
    x = np.random.default_rng(0).normal(size=(200, 400))
    x[:, 7] *= 150
    found = judged(x, first(), L.Dense(1))
    assert found.outcome == "fault"
    assert found.message.startswith("Feature 7 of the inputs")


def test_inputs_divided_twice_are_named():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 4, 4, 1)) / 255.0**2
    found = judged(pixels, L.Flatten(), first(), L.Dense(1))
    assert found.outcome == "fault"
    assert "is larger than 0.00392" in found.message


def test_pixels_are_in_order_behind_a_rescaling_and_not_without():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 4, 4, 1)).astype("uint8")
    for rescaling in (L.Rescaling(1 / 255), L.Rescaling(1 / 127.5, offset=-1), L.Rescaling([0.01], offset=[-1.0])):
        assert judged(pixels, rescaling, L.Conv2D(2, 3), L.Flatten(), L.Dense(1)).outcome == "passed"
    assert judged(pixels, L.Conv2D(2, 3, activation="relu"), L.Flatten(), L.Dense(1)).outcome == "fault"


def test_pixels_are_in_order_where_a_normalization_follows_the_first_weights():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 4, 4, 1)).astype("float32")
    found = judged(pixels, L.Conv2D(2, 3, use_bias=False), L.BatchNormalization(), L.Flatten(), L.Dense(1))
    assert found.outcome == "passed"


@pytest.mark.parametrize("layer", [L.BatchNormalization, L.LayerNormalization])
def test_behind_a_normalization_it_does_not_apply(layer):
    assert judged(1000 * NORMAL, layer(), L.Dense(8), L.Dense(1)).outcome == "not applicable"


def test_tokens_have_no_scale():
    tokens = np.random.default_rng(0).integers(0, 5000, (200, 6)).astype("int32")
    found = judged(tokens, L.Embedding(5000, 2), L.Flatten(), L.Dense(1))
    assert found.outcome == "not applicable"


def test_frozen_first_weights_are_not_judged():
    base = L.Dense(8, "relu", trainable=False)
    assert judged(100 * NORMAL, base, L.Dense(1)).outcome == "not applicable"


def test_only_the_sick_one_of_two_inputs_is_named():
    one, other = keras.Input((4,), name="one"), keras.Input((4,), name="other")
    hidden = L.Concatenate()([one, other])
    model = keras.Model([one, other], L.Dense(1)(L.Dense(8, "relu")(hidden)))
    found = finding(static(model, [NORMAL, 5000 * NORMAL], Y), "unscaled-inputs")
    assert found.outcome == "fault"
    wrong = [each for each in found.evidence if each.measurements[0].threshold.margin(each.measurements[0].value) > 0]
    assert {each.where for each in wrong} == {"1"}


def lambda_run(scale):
    model = keras.Sequential([keras.Input((4,)), L.Lambda(lambda x: x * scale, name="own"), first(), L.Dense(1)])
    return static(model, 1000 * NORMAL, Y)


def test_a_layer_of_the_users_own_is_judged_by_its_outputs():
    run = lambda_run(0.001)
    assert finding(run, "unscaled-inputs").outcome == "not measured"
    for deviation, outcome in ((1.0, "passed"), (1000.0, "fault")):
        run.signals["inference/output_mean/own"] = Series.over("epoch", [0.0], start=0)
        run.signals["inference/output_deviation/own"] = Series.over("epoch", [deviation], start=0)
        assert finding(run, "unscaled-inputs").outcome == outcome


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = L.Dense(8, "relu", name="hidden")
        self.head = L.Dense(1, name="head")

    def call(self, x):
        return self.head(self.hidden(x * 1.0))


@pytest.mark.parametrize(("size", "outcome"), [(0.7, "passed"), (400.0, "fault")])
def test_a_subclassed_model_is_judged_by_its_first_layer(size, outcome):
    run = static(Subclassed(), NORMAL, Y)
    assert finding(run, "unscaled-inputs").outcome == "not measured"
    place = run.model.calls[0].place
    run.signals[f"output_mean/{place}"] = Series.over("step", [0.0])
    run.signals[f"output_deviation/{place}"] = Series.over("step", [size])
    run.signals[f"weight_rms/{place}/kernel"] = Series.over("step", [0.5])
    assert finding(run, "unscaled-inputs").outcome == outcome
