"""Every optimizer of the allow-list trains stacked weights as it trains the single ones; the others say why not."""

from __future__ import annotations

import keras
import pytest
from keras import optimizers

from trainwell.engine.folding import elementwise, why_not

L = keras.layers


def net(**arguments):
    hidden = [L.Dense(8, "selu", **arguments) for _ in range(5)]
    return keras.Sequential([keras.Input((64,)), *hidden, L.Dense(10, "softmax")])


def decay():
    return optimizers.schedules.ExponentialDecay(0.01, 3, 0.9)


class WithoutConfig(optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.01 / (1.0 + keras.ops.cast(step, "float32"))


OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.05, loss_scale_factor=8.0),
    "SGD, momentum, nesterov, EMA": lambda: optimizers.SGD(
        0.02, momentum=0.9, nesterov=True, use_ema=True, ema_overwrite_frequency=6
    ),
    "RMSprop, centered, schedule": lambda: optimizers.RMSprop(WithoutConfig(), centered=True, momentum=0.5),
    "Adam, amsgrad, accumulation": lambda: optimizers.Adam(0.003, amsgrad=True, gradient_accumulation_steps=3),
    "AdamW": lambda: optimizers.AdamW(0.003, weight_decay=0.05),
    "Nadam, schedule": lambda: optimizers.Nadam(decay(), weight_decay=0.01),
    "Adamax, clipvalue": lambda: optimizers.Adamax(0.003, clipvalue=1e-3),
    "Adagrad, global_clipnorm": lambda: optimizers.Adagrad(0.02, global_clipnorm=0.1),
    "Adadelta, rate from a function": lambda: optimizers.Adadelta(lambda: 0.5),
    "Ftrl": lambda: optimizers.Ftrl(0.02, l2_regularization_strength=0.01),
    "Lion, EMA, accumulation": lambda: optimizers.Lion(
        1e-3, use_ema=True, gradient_accumulation_steps=2, weight_decay=0.1
    ),
}


@pytest.mark.heavy
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_folded_weights_are_updated_as_single_ones(make, compiled, assert_trains_the_same):
    model = compiled(net(kernel_regularizer="l2"), make())
    _, values = assert_trains_the_same(model)
    assert values[2][0] == 20, "optimizer.iterations"


def test_each_optimizer_of_the_list_is_tried_above():
    assert {type(make()) for make in OPTIMIZERS.values()} == set(elementwise._OPTIMIZERS)


class OwnSGD(optimizers.SGD):
    pass


def excluding():
    optimizer = optimizers.AdamW()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def patched():
    optimizer = optimizers.SGD()
    optimizer.update_step = lambda *_: None
    return optimizer


REFUSED = {
    "Lamb is not known": optimizers.Lamb,
    "Adafactor is not known": optimizers.Adafactor,
    "Muon is not known": lambda: optimizers.Muon(exclude_embeddings=False),
    "LossScaleOptimizer is not known": lambda: optimizers.LossScaleOptimizer(optimizers.SGD()),
    "OwnSGD is not known": OwnSGD,
    "clipnorm": lambda: optimizers.SGD(clipnorm=1.0),
    "excluded from weight decay": excluding,
    "method of its own, update_step": patched,
}


@pytest.mark.parametrize(("words", "make"), REFUSED.items(), ids=REFUSED)
def test_other_optimizers_say_why_not(words, make, compiled):
    model = compiled(net(), make())
    assert words in why_not(model, fewest_blocks=4)


def test_what_is_excluded_does_not_matter_without_weight_decay(compiled):
    optimizer = optimizers.Adam()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model = compiled(net(), optimizer)
    assert why_not(model, fewest_blocks=4) == ""


def test_an_optimizer_built_for_other_weights_is_refused(compiled):
    model = compiled(net(), "adam")
    model.layers[0].trainable = False
    assert "built for other weights" in why_not(model, fewest_blocks=4)


def test_an_optimizer_that_is_not_built_is_refused():
    model = net()
    model.compile("adam", "mse")
    assert why_not(model, fewest_blocks=4) == "the optimizer Adam is not built"


def test_settings_changed_since_are_carried_over(compiled):
    model = compiled(net(), "adam")
    model.optimizer.beta_1 = 0.5
    same = elementwise.same_for(model.optimizer, model.trainable_variables)
    assert same.beta_1 == 0.5
    model.optimizer.built_by_hand = True  # an attribute that no config knows
    assert elementwise.same_for(model.optimizer, model.trainable_variables) is not None


def test_a_schedule_is_followed_itself(compiled):
    model = compiled(net(), optimizers.SGD(schedule := decay()))
    same = elementwise.same_for(model.optimizer, model.trainable_variables)
    assert same._learning_rate is schedule


def test_variables_that_do_not_correspond_are_not_guessed(compiled):
    model = compiled(net(), "adam")
    members = {id(variable): (variable,) for variable in model.trainable_variables}
    same = elementwise.same_for(model.optimizer, model.trainable_variables)
    assert elementwise.stacking_between(model.optimizer, same, members) is not None
    model.optimizer.extra = keras.Variable(1.0)
    assert elementwise.stacking_between(model.optimizer, same, members) is None
