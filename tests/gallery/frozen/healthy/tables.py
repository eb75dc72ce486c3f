"""Healthy dense nets on tables: classes, several labels at once, values, counts."""

import keras

from gallery.case import case
from gallery.data import cancer, counts, diabetes, friedman, imbalanced, moons, three_targets, topics, wine
from gallery.nets import BINARY, HE, SPARSE, L, adam, dense, sequential, setup, sgd

L2 = keras.regularizers.L2


@case(note="Three wines from 13 scaled measurements, one small hidden layer.")
def wine_dense(seed, *, rows=None, head="softmax", loss=SPARSE, metrics=("accuracy",), **fit):
    model = sequential((13,), dense(16), L.Dense(3, head))
    fit = {"epochs": 25, "batch_size": 16, **fit}
    return setup(model, rows or wine(seed).standardized(), loss, adam(5e-3), metrics=metrics, **fit)


@case(note="Three wines in 13 raw measurements; a Normalization layer, adapted to the training rows, scales them.")
def wine_normalization_layer(seed):
    rows = wine(seed)
    scale = L.Normalization()
    scale.adapt(rows.x)
    model = sequential((13,), scale, dense(16), L.Dense(3, "softmax"))
    return setup(model, rows, SPARSE, adam(5e-3), epochs=25, batch_size=16)


@case(note="Benign or malignant: scaled measurements, one sigmoid, binary cross-entropy.")
def cancer_dense(seed, *, rows=None, head="sigmoid", loss=BINARY, optimizer=None, epochs=15):
    model = sequential((30,), dense(16, kernel_regularizer=L2(3e-3)), L.Dense(1, head))
    return setup(model, rows or cancer(seed).standardized(), loss, optimizer or adam(2e-3), epochs=epochs)


@case(note="Benign or malignant with a linear head, and a loss that is told so.")
def cancer_logits(seed, *, head=None):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    setting = cancer_dense(seed, head=head, loss=loss)
    setting.compile["metrics"] = [keras.metrics.BinaryAccuracy(threshold=0.0)]
    return setting


@case(note="Benign or malignant, with every kind of metric.")
def cancer_many_metrics(seed):
    setup = cancer_dense(seed)
    m = keras.metrics
    setup.compile["metrics"] = ["accuracy", m.AUC(), m.Precision(), m.Recall(), m.F1Score(threshold=0.5)]
    setup.compile["weighted_metrics"] = [m.BinaryCrossentropy()]
    for part, y in (("y", setup.data["y"]), ("validation_data", setup.data["validation_data"][1])):
        column = y[:, None].astype("float32")
        setup.data[part] = column if part == "y" else (setup.data["validation_data"][0], column)
    return setup


@case(note="Benign or malignant from 60 patients only: a narrow net, a penalty and some dropout.")
def cancer_few_rows(seed):
    penalty = {"kernel_regularizer": L2(0.03)}
    model = sequential((30,), dense(6, **penalty), L.Dropout(0.2), L.Dense(1, "sigmoid", **penalty))
    return setup(model, cancer(seed).first(60).standardized(), BINARY, adam(5e-3), epochs=30, batch_size=16)


@case(note="A long training that early stopping ends, which also restores the best weights.")
def cancer_early_stopping(seed, *, callbacks=None, epochs=80):
    stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    model = sequential((30,), dense(32), dense(16), L.Dense(1, "sigmoid"))
    callbacks = [stopping] if callbacks is None else callbacks
    rows = cancer(seed).standardized()
    return setup(model, rows, BINARY, adam(1e-3), epochs=epochs, callbacks=callbacks)


@case(note="A rare class, weighted so that both classes count the same.")
def imbalanced_weighted(seed, *, class_weight=None):
    rows = imbalanced(seed).standardized()
    share = rows.y.mean()
    weight = {0: 0.5 / (1 - share), 1: 0.5 / share} if class_weight is None else class_weight
    metrics = ["accuracy", keras.metrics.Recall(), keras.metrics.AUC()]
    model = sequential((6,), dense(8, kernel_regularizer=L2(3e-3)), L.Dense(1, "sigmoid"))
    return setup(model, rows, BINARY, adam(3e-3), metrics=metrics, epochs=15, class_weight=weight)


@case(note="Two half circles that only a hidden layer can tell apart.")
def moons_dense(seed, *, activation="relu"):
    model = sequential((2,), dense(32, activation), dense(32, activation), L.Dense(1, "sigmoid"))
    return setup(model, moons(seed).standardized(), BINARY, adam(5e-3), epochs=15)


@case(note="A class from two softmax units with one-hot targets and soft labels.")
def moons_label_smoothing(seed):
    rows = moons(seed).standardized()
    setting = setup(
        sequential((2,), dense(32), dense(32), L.Dense(2, "softmax")),
        rows,
        keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
        adam(5e-3),
        epochs=15,
    )
    held_y = keras.utils.to_categorical(rows.held_y, 2)
    return _with_targets(setting, keras.utils.to_categorical(rows.y, 2), held_y)


def _with_targets(setting, y, held_y):
    setting.data["y"], setting.data["validation_data"] = y, (setting.data["validation_data"][0], held_y)
    return setting


@case(note="Several topics at once: a sigmoid for each.")
def topics_dense(seed, *, head="sigmoid", loss=BINARY):
    model = sequential((20,), dense(32, kernel_regularizer=L2(1e-3)), L.Dense(5, head))
    rows = topics(seed).standardized()
    metrics = ["binary_accuracy"] if loss == BINARY else ["accuracy"]
    setting = setup(model, rows, loss, adam(3e-3), metrics=metrics, epochs=15)
    return _with_targets(setting, rows.y.astype("float32"), rows.held_y.astype("float32"))


@case(note="A straight line through 10 features, the target scaled.")
def diabetes_linear(seed):
    rows = diabetes(seed).standardized().with_standardized_target()
    return setup(sequential((10,), L.Dense(1)), rows, "mse", sgd(0.01, 0.9), metrics=["mae"], epochs=15)


@case(note="Progression of diabetes, inputs and target scaled, a small net with a penalty.")
def diabetes_dense(seed, *, rows=None, head=None, loss="mse", metrics=("mae",), **fit):
    rows = rows or diabetes(seed).standardized().with_standardized_target()
    model = sequential((10,), dense(16, kernel_regularizer=L2(0.05)), L.Dense(1, head))
    return setup(model, rows, loss, adam(5e-3), metrics=metrics, **{"epochs": 25, **fit})


@case(note="A smooth function of 10 features, inputs and target scaled.")
def friedman_dense(seed, *, rows=None, hidden=None, head=(), loss="mse", optimizer=None, metrics=("mae",), **fit):
    rows = rows or friedman(seed).standardized().with_standardized_target()
    hidden = [dense(32), dense(32)] if hidden is None else hidden
    model = sequential((10,), *hidden, L.Dense(1), *head)
    return setup(model, rows, loss, optimizer or adam(3e-3), metrics=metrics, **{"epochs": 15, **fit})


def smooth_absolute_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.sqrt(keras.ops.square(y_pred - y_true) + 0.01) - 0.1, axis=-1)


@case(note="The same function, learned with a loss function of our own.")
def friedman_custom_loss(seed):
    return friedman_dense(seed, loss=smooth_absolute_error)


class SquaredError(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_pred - y_true), axis=-1)


@case(note="The same function with a loss class of our own, targets and outputs both in a column.")
def friedman_loss_class(seed):
    return friedman_dense(seed, loss=SquaredError())


@case(note="The same function; the last fifth of the shuffled rows validates.")
def friedman_validation_split(seed):
    setting = friedman_dense(seed)
    del setting.data["validation_data"]
    setting.fit["validation_split"] = 0.2
    return setting


@case(note="The same function under much noise: fewer units, and a penalty.")
def friedman_noisy(seed, *, hidden=None, epochs=40):
    rows = friedman(seed, rows=800, noise=3.0).standardized().with_standardized_target()
    return friedman_dense(seed, rows=rows, hidden=hidden or [dense(24, kernel_regularizer=L2(0.01))], epochs=epochs)


@case(note="Some rows of the same function count more than others.")
def friedman_sample_weight(seed):
    setting = friedman_dense(seed)
    setting.fit["sample_weight"] = (1 + (setting.data["y"][:, 0] > 0)).astype("float32")
    return setting


@case(note="Three values from one net, a linear unit for each.")
def three_targets_dense(seed):
    model = sequential((8,), dense(48), dense(48), L.Dense(3))
    return setup(model, three_targets(seed), "mse", adam(3e-3), metrics=["mae"], epochs=25)


@case(note="Numbers of events: a rate above 0 and the Poisson loss.")
def counts_poisson(seed, *, loss="poisson"):
    model = sequential((6,), dense(16, kernel_regularizer=L2(1e-3)), L.Dense(1, "softplus"))
    return setup(model, counts(seed), loss, adam(5e-3), metrics=["mae"], epochs=15)


@case(note="A target that lies in [-0.9, 0.9], and a tanh output that reaches it.")
def friedman_tanh_output(seed):
    rows = friedman(seed).standardized().with_standardized_target()
    low, high = rows.y.min(), rows.y.max()
    setting = friedman_dense(seed, head=[L.Activation("tanh")])
    scaled = [0.9 * (2 * (y - low) / (high - low) - 1) for y in (rows.y, rows.held_y)]
    return _with_targets(setting, *scaled)


@case(note="Max-norm and dropout in a net on tumours.")
def cancer_max_norm(seed):
    limited = {"kernel_constraint": keras.constraints.MaxNorm(1.5), **HE}
    layers = [L.Dense(32, "relu", **limited), L.Dropout(0.3), L.Dense(1, "sigmoid")]
    return setup(sequential((30,), *layers), cancer(seed).standardized(), BINARY, adam(2e-3), epochs=15)
