"""Every optimizer at a sane rate, each on a table of values and on digits; and schedules."""

import keras
from keras import optimizers

from gallery.case import case
from gallery.frozen.healthy.images import digits_dense
from gallery.frozen.healthy.tables import friedman_dense
from trainwell.techniques import one_cycle

OPTIMIZERS = {
    "sgd": (lambda: optimizers.SGD(0.05), friedman_dense),
    "momentum": (lambda: optimizers.SGD(0.01, momentum=0.9), digits_dense),
    "nesterov": (lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True), digits_dense),
    "adagrad": (lambda: optimizers.Adagrad(0.03), friedman_dense),
    "rmsprop": (lambda: optimizers.RMSprop(1e-3), digits_dense),
    "adam": (lambda: "adam", digits_dense),
    "adamax": (lambda: optimizers.Adamax(5e-3), friedman_dense),
    "nadam": (lambda: optimizers.Nadam(1e-3), digits_dense),
    "adamw": (lambda: optimizers.AdamW(2e-3, weight_decay=0.01), friedman_dense),
    "lion": (lambda: optimizers.Lion(3e-4), digits_dense),
}


def _register(name, make, task):
    @case(name=f"optimizer-{name}", note=f"{name} at a rate that suits it.")
    def build(seed):
        return task(seed, optimizer=make(), epochs=15)


for _name, (_make, _task) in OPTIMIZERS.items():
    _register(_name, _make, _task)


@case(note="SGD whose rate falls along a cosine after a short warmup.")
def schedule_cosine(seed):
    rate = optimizers.schedules.CosineDecay(1e-3, 400, alpha=0.02, warmup_target=0.1, warmup_steps=40)
    return digits_dense(seed, optimizer=optimizers.SGD(rate, momentum=0.9), epochs=12)


@case(note="One cycle of the rate, up to one that would be too high for the start.")
def schedule_one_cycle(seed):
    return friedman_dense(seed, optimizer=one_cycle(optimizers.SGD(0.1, momentum=0.9), 0.1, 29 * 15), epochs=15)


@case(note="The rate halved whenever the validation loss stands still.")
def schedule_on_plateau(seed):
    halve = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_lr=1e-5)
    return friedman_dense(seed, callbacks=[halve], epochs=20)
