"""What each remedy proposes for a case of the gallery, from what shows without training; names of layers are told
without their numbers.
"""

import re

import keras
import numpy as np
import pytest
from gallery.case import find

from trainwell.edits import edited
from trainwell.recording import described
from trainwell.remedies import Case, NoRemedy, all_remedies, find_remedy
from trainwell.rules import find_rule, judge
from trainwell.training_spec import TrainingSpec

L = keras.layers


def case_of(spec, rule):
    spec = TrainingSpec.from_fit(spec.compiled(), **spec.data, **spec.fit)
    run = described(spec)
    finding = next(each for each in judge(run) if each.rule.name == rule)
    return Case(finding, run, spec)


def told(candidates):
    return [re.sub(r"_\d+\b", "", "; ".join(map(str, edits))) for edits in candidates]


SPLIT = "validation: 20% of all rows, drawn at random, in each class alike, each row once"

PROPOSED = [
    ("friedman-sgd-low", "learning-rate-too-low", "adam", ["optimizer: Adam(learning_rate=0.001)"]),
    ("wine-raw-columns", "unscaled-inputs", "batch-normalization", ["insert BatchNormalization after dense"]),
    (
        "topics-softmax",
        "softmax-on-multi-label",
        "binary-loss",
        ["dense: activation='sigmoid'; compile: loss='binary_crossentropy'; compile: metrics=['binary_accuracy']"],
    ),
    ("imbalanced-ignored", "class-imbalance", "class-weights", ["fit: class_weight={0: 0.5208, 1: 12.5}"]),
    ("sums-not-clipped", "exploding-gradients", "clip-gradients", ["optimizer: global_clipnorm=1"]),
    (
        "texts-doubled-before-split",
        "leaked-validation",
        "drop-duplicates",
        ["validation rows that are training rows too are left out"],
    ),
    (
        "texts-by-heart",
        "overfitting",
        "dropout",
        ["insert Dropout(rate=0.3) after dense and dense", "insert Dropout(rate=0.5) after dense and dense"],
    ),
    (
        "texts-by-heart",
        "overfitting",
        "early-stopping",
        ["fit: EarlyStopping(monitor='val_loss', patience=6, restore_best_weights=True)"],
    ),
    ("texts-by-heart", "overfitting", "fewer-units", ["dense: units=16; dense: units=8"]),
    ("friedman-noise-by-heart", "overfitting", "fewer-units", ["dense and dense: units=32"]),
    (
        "texts-by-heart",
        "overfitting",
        "l2-penalty",
        [f"dense and dense: kernel_regularizer=L2(l2={strength})" for strength in ("0.001", "0.01")],
    ),
    ("texts-by-heart", "overfitting", "l1-penalty", ["dense and dense: kernel_regularizer=L1(l1=0.0001)"]),
    (
        "texts-by-heart",
        "overfitting",
        "max-norm",
        ["dense and dense: kernel_constraint=MaxNorm(max_value=1, axis=0)"],
    ),
    (
        "counts-relative-error",
        "non-finite-loss",
        "finite-operations",
        [f"compile: loss='{name}'" for name in ("poisson", "mean_squared_error", "mean_absolute_error")],
    ),
    (
        "transfer-batch-norm-training",
        "frozen-base-batch-norm-training",
        "freeze-batch-norm",
        ["base/batch_normalization and base/batch_normalization: trainable=False"],
    ),
    (
        "patches-linear-head",
        "missing-output-activation",
        "from-logits",
        ["compile: loss=BinaryCrossentropy(from_logits=True)"],
    ),
    ("cancer-signed", "signed-labels", "hinge-loss", ["dense: activation='tanh'; compile: loss='hinge'"]),
    (
        "digits-batches-of-two",
        "batch-norm-on-tiny-batches",
        "layer-normalization",
        ["batch_normalization and batch_normalization: LayerNormalization in its place"],
    ),
    (
        "digits-negative-biases",
        "dying-relu",
        "leaky-activation",
        [
            f"dense and dense: activation='{name}'; dense and dense: kernel_initializer='he_normal', "
            "bias_initializer='zeros'"
            for name in ("elu", "leaky_relu")
        ],
    ),
    (
        "digits-momentum-too-slow",
        "batch-norm-statistics-not-settled",
        "lower-batch-norm-momentum",
        ["batch_normalization and batch_normalization: momentum=0.95"],
    ),
    (
        "residual-12-without-normalization",
        "exploding-gradients",
        "lower-learning-rate",
        ["optimizer: learning_rate=0.0005", "optimizer: learning_rate=5e-05"],
    ),
    (
        "digits-one-epoch",
        "stopped-too-early",
        "more-epochs",
        ["fit: epochs=24; fit: EarlyStopping(monitor='val_loss', patience=5, restore_best_weights=True)"],
    ),
    (
        "digits-bottleneck",
        "cannot-fit-one-batch",
        "more-layers",
        ["insert Dense(units=32, activation='relu', kernel_initializer='he_normal') after dense"],
    ),
    ("friedman-one-unit", "cannot-fit-one-batch", "more-units", ["dense: units=16"]),
    (
        "own-born-dead",
        "dying-relu",
        "more-units",
        ["dense, dense and 12 more: units=16", "dense, dense and 12 more: units=48"],
    ),
    (
        "own-residual-growth",
        "exploding-gradients",
        "scaled-residual-branches",
        ["dense, dense and 28 more: kernel_initializer=VarianceScaling(scale=0.0333)"],
    ),
    (
        "residual-12-without-normalization",
        "exploding-gradients",
        "normalized-residual-branches",
        ["insert LayerNormalization before dense, dense and 10 more"],
    ),
    (
        "patches-strides-of-large-pictures",
        "collapsed-feature-map",
        "less-pooling",
        ["remove max_pooling2d; conv2d: strides=1"],
    ),
    ("wine-labels-from-one", "labels-out-of-range", "more-output-units", ["dense: units=4"]),
    (
        "cancer-stopping-upside-down",
        "stopped-too-early",
        "more-patience",
        ["fit: EarlyStopping(monitor='val_loss', patience=8, restore_best_weights=True)"],
    ),
    ("digits-penalty-of-one", "over-regularized", "no-penalty", ["dense and dense: kernel_regularizer=None"]),
    (
        "digits-penalty-of-one",
        "over-regularized",
        "weaker-penalty",
        [f"dense and dense: kernel_regularizer=L1L2(l1=0, l2={strength})" for strength in ("0.01", "0.001")],
    ),
    (
        "digits-numbers-with-focal-loss",
        "wrong-label-encoding",
        "one-hot-labels",
        ["class numbers as one-hot rows of 10"],
    ),
    (
        "diabetes-raw-target",
        "unscaled-target",
        "output-bias-at-the-mean",
        ["dense: bias_initializer=Constant(value=151.9)"],
    ),
    (
        "diabetes-raw-target",
        "unscaled-target",
        "scale-target",
        ["insert Rescaling after the output: it learns a standardized target"],
    ),
    (
        "tanh-random-normal",
        "mismatched-initializer",
        "relu-activation",
        [
            f"dense, dense and dense: activation='{name}'; dense, dense and dense: kernel_initializer='he_normal'{more}"
            for name, more in (
                ("relu", ""),
                ("elu", ""),
                ("relu", "; insert BatchNormalization after dense, dense and dense"),
            )
        ],
    ),
    ("series-normalized-away", "constant-predictions", "remove-collapsing-layer", ["remove layer_normalization"]),
    ("patches-raw-bytes", "unscaled-inputs", "rescale-inputs", ["x divided by 255"]),
    (
        "sigmoid-12",
        "vanishing-gradients",
        "self-normalization",
        ["dense, dense and 10 more: activation='selu'; dense, dense and 10 more: kernel_initializer='lecun_normal'"],
    ),
    (
        "patches-strides-of-large-pictures",
        "collapsed-feature-map",
        "smaller-kernels",
        ["conv2d, conv2d and conv2d: kernel_size=1"],
    ),
    (
        "wine-sorted-validation-split",
        "unrepresentative-validation",
        "stratified-split",
        ["validation: 30% of all rows, drawn at random, in each class alike"],
    ),
    ("digits-momentum-too-slow", "batch-norm-statistics-not-settled", "train-longer", ["fit: epochs=48"]),
    (
        "own-copied-before-split",
        "leaked-validation",
        "split-before-copying",
        [
            f"{SPLIT}; fit: class_weight={{0: 0.5576, 1: 8.883}}",
        ],
    ),
]

REFUSED = [
    ("digits-adam-millionth", "learning-rate-too-low", "adam", "it is Adam already"),
    ("digits-adam-millionth", "learning-rate-too-low", "longer-schedule", "follows no schedule"),
    ("digits-adam-millionth", "learning-rate-too-low", "one-cycle", "no rate was measured"),
    ("digits-adam-millionth", "learning-rate-too-low", "raise-learning-rate", "no higher rate got further"),
    ("relu-12-small-normal", "mismatched-initializer", "lecun-initialization", "no initializer that could be edited"),
    ("digits-adam-half", "learning-rate-too-high", "warmup", "no rate was measured"),
    ("cancer-300-epochs", "trained-past-best-epoch", "fewer-epochs", "no validation loss"),
    ("digits-one-epoch", "stopped-too-early", "fix-early-stopping", "waits for what it should"),
    ("digits-one-epoch", "stopped-too-early", "more-patience", "nothing stops"),
    ("digits-zeros", "constant-initialization", "glorot-initialization", "no layer's activation asks for it"),
    ("subclassed-constant", "constant-initialization", "he-initialization", "stand in its own code"),
    ("relu-12-small-normal", "mismatched-initializer", "relu-activation", "no two flat sides"),
    ("conv-6-sigmoid", "vanishing-gradients", "self-normalization", "dense layers alone"),
    ("digits-numbers-with-focal-loss", "wrong-label-encoding", "one-hot-loss", "no one-hot rows"),
    ("digits-numbers-with-focal-loss", "wrong-label-encoding", "re-index-labels", "whole numbers"),
    ("wine-raw-columns", "unscaled-inputs", "rescale-inputs", "do not share a unit"),
    ("series-return-sequences", "broadcast-target", "reshape-target", "how many numbers"),
    ("cancer-softmax-on-one-unit", "softmax-on-one-unit", "more-units", "tells yes or no"),
    ("sums-not-clipped", "exploding-gradients", "scaled-residual-branches", "no branches add"),
    ("residual-12", "exploding-gradients", "normalized-residual-branches", "without being normalized"),
]


@pytest.mark.filterwarnings("ignore")  # of the one fault that Keras itself names
@pytest.mark.parametrize(
    ("name", "rule", "remedy", "edits"),
    [pytest.param(*each, marks=[] if at % 3 == 0 else pytest.mark.heavy) for at, each in enumerate(PROPOSED)],
    ids=[f"{each[2]}-{each[0]}" for each in PROPOSED],
)
def test_proposes(name, rule, remedy, edits):
    assert remedy in find_rule(rule).remedies
    assert told(find_remedy(remedy).propose(case_of(find(name).build(0), rule))) == edits


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "rule", "remedy", "why"), REFUSED, ids=[f"{each[2]}-{each[0]}" for each in REFUSED])
def test_refuses(name, rule, remedy, why):
    assert remedy in find_rule(rule).remedies
    with pytest.raises(NoRemedy, match=why):
        list(find_remedy(remedy).propose(case_of(find(name).build(0), rule)))


def deep_net(depth):
    rows = np.zeros((40, 5), "float32")
    hidden = [L.Dense(8, "relu", kernel_initializer="he_normal") for _ in range(depth)]
    model = keras.Sequential([keras.Input((5,)), *hidden, L.Dropout(0.2), L.Dense(1)])
    model.compile("sgd", "mse")
    spec = TrainingSpec.from_fit(model, rows, rows[:, :1], validation_data=(rows, rows[:, :1]))
    run = described(spec)
    finding = next(each for each in judge(run) if each.rule.name == "cannot-fit-one-batch")
    return Case(finding, run, spec)


@pytest.mark.parametrize("remedy", ["more-units", "more-layers"])
def test_a_deep_net_is_not_made_larger(remedy):
    assert list(find_remedy(remedy).propose(deep_net(3)))
    with pytest.raises(NoRemedy, match="hidden layers"):
        list(find_remedy(remedy).propose(deep_net(30)))


def test_in_a_net_that_normalizes_itself_dropout_is_alpha_dropout():
    (edits,) = find_remedy("self-normalization").propose(deep_net(30))
    assert [type(edit).__name__ for edit in edits] == ["ChangeLayers", "ChangeLayers", "ReplaceLayers"]
    assert edits[2].kind == "AlphaDropout"


def test_max_norm_holds_the_weights_of_each_unit():
    x = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("float32")
    y = (np.arange(64) % 2).astype("int32")
    layers = L.Conv2D(4, 3, activation="relu"), L.Reshape((36, 4)), L.Conv1D(5, 2), L.Flatten(), L.Dense(6), L.Dense(1)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    model.compile(keras.optimizers.SGD(0.5), keras.losses.BinaryCrossentropy(from_logits=True))
    spec = TrainingSpec.from_fit(model, x, y, validation_data=(x, y), epochs=2)
    run = described(spec)
    finding = next(each for each in judge(run) if each.rule.name == "overfitting")
    (edits,) = find_remedy("max-norm").propose(Case(finding, run, spec))
    held = edited(spec, edits)
    held.compiled().fit(x, y, epochs=2, verbose=0)
    for layer in held.model.layers:
        if layer.weights and layer is not held.model.layers[-1]:
            kernel = np.asarray(layer.kernel)
            assert np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), axis=0).max() <= 1 + 1e-5


def test_every_remedy_that_edits_is_asked_here_or_in_the_catalogue():
    from remedies.test_catalogue import STATIC  # noqa: PLC0415 -- its table
    from remedies.test_of_experiments import ASKED  # noqa: PLC0415 -- the same

    asked = set(ASKED) | {remedy for *_, remedy in STATIC} | {remedy for _, _, remedy, _ in (*PROPOSED, *REFUSED)}
    assert {name for name, each in all_remedies().items() if each.safety != "manual"} - asked == set()
