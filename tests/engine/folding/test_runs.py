"""Which layers make a run, and which differences keep them from it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from trainwell.engine import compat
from trainwell.engine.folding import runs

L = keras.layers


def found(model, fewest_blocks=4):
    """The number of blocks and of layers a block, for each run."""
    return [(len(run.blocks), len(run.blocks[0])) for run in runs.find_runs(*compat.graph(model), fewest_blocks)]


def chain(*layers, shape=(6,)):
    return keras.Sequential([keras.Input(shape), *layers])


def dense(count, units=6, **arguments):
    return [L.Dense(units, **arguments) for _ in range(count)]


def test_the_first_layer_of_another_input_size_stays_outside():
    assert found(chain(*dense(5, 8))) == [(4, 1)]
    assert found(chain(*dense(4, 8))) == []


def test_short_runs_are_left_alone_by_default():
    assert found(chain(*dense(runs.FEWEST_BLOCKS - 1)), runs.FEWEST_BLOCKS) == []
    assert found(chain(*dense(runs.FEWEST_BLOCKS)), runs.FEWEST_BLOCKS) == [(runs.FEWEST_BLOCKS, 1)]


def test_layers_that_come_in_groups_are_folded_as_groups():
    pairs = [layer for _ in range(4) for layer in (L.Dense(6, use_bias=False), L.LeakyReLU())]
    assert found(chain(*pairs)) == [(4, 2)]
    triples = [layer for _ in range(4) for layer in (L.Dense(3), L.PReLU(), L.Dense(6))]
    assert found(chain(*triples)) == [(4, 3)]
    normalized = [layer for _ in range(5) for layer in (L.Dense(6), L.LayerNormalization(), L.Activation("relu"))]
    assert found(chain(*normalized)) == [(5, 3)]


def test_of_two_widths_there_are_two_runs():
    assert found(chain(*dense(5), *dense(6, 4))) == [(5, 1), (5, 1)]


def test_names_and_initial_values_do_not_matter():
    initializers = [keras.initializers.HeNormal(seed=at) for at in range(3)] + ["zeros"]
    assert found(chain(*[L.Dense(6, "selu", kernel_initializer=one) for one in initializers])) == [(4, 1)]


def test_layers_as_activations_are_compared_by_what_they_are():
    assert found(chain(*[L.Dense(6, activation=L.LeakyReLU(0.1)) for _ in range(4)])) == [(4, 1)]
    assert found(chain(*[L.Dense(6, activation=L.LeakyReLU(0.1 * at)) for at in range(4)])) == []
    assert found(chain(*[L.Dense(6, activation=L.Dropout(0.1)) for _ in range(4)])) == []


class OwnDense(L.Dense):
    pass


def same_name(slope):
    def activation(x):
        return slope * x

    return activation


def frozen(layer):
    layer.trainable = False
    return layer


def patched(layer):
    layer.call = lambda x: x
    return layer


DIFFERENT = {
    "activation": lambda at: L.Dense(6, "relu" if at == 2 else "tanh"),
    "bias": lambda at: L.Dense(6, use_bias=at != 2),
    "trainable": lambda at: frozen(L.Dense(6)) if at == 2 else L.Dense(6),
    "regularizer's strength": lambda at: L.Dense(6, kernel_regularizer=keras.regularizers.L2(0.1 + (at == 2))),
    "constraint": lambda at: L.Dense(6, kernel_constraint="non_neg" if at == 2 else None),
    "type": lambda at: L.Dense(6, dtype="mixed_bfloat16" if at == 2 else "float32"),
    "method of its own": lambda at: patched(L.Dense(6)) if at == 2 else L.Dense(6),
}
NEVER = {
    "class of one's own": lambda: OwnDense(6),
    "function of one's own": lambda: L.Dense(6, activation=same_name(2.0)),
    "activity regularizer": lambda: L.Dense(6, activity_regularizer="l2"),
    "orthogonal regularizer": lambda: L.Dense(6, kernel_regularizer="orthogonal_regularizer"),
    "regularizer of one's own": lambda: L.Dense(6, kernel_regularizer=keras.ops.max),
    "constraint by column": lambda: L.Dense(6, kernel_constraint=keras.constraints.MaxNorm(1.0)),
    "half precision": lambda: L.Dense(6, dtype="mixed_bfloat16"),
    "dropout": lambda: L.Dropout(0.1),
    "batch normalization": L.BatchNormalization,
    "random noise": lambda: L.GaussianNoise(0.1),
    "nothing to train": lambda: L.Activation("tanh"),
}


@pytest.mark.parametrize("make", DIFFERENT.values(), ids=DIFFERENT)
def test_a_layer_that_differs_ends_the_run(make):
    assert found(chain(*[make(at) for at in range(6)])) == []


@pytest.mark.parametrize("make", NEVER.values(), ids=NEVER)
def test_layers_that_are_never_folded(make):
    assert found(chain(*[make() for _ in range(6)])) == []


def test_quantized_layers_are_never_folded():
    model = chain(*dense(5))
    assert found(model) == [(5, 1)]
    model.layers[2].quantize("int8")
    assert found(model) == []


def test_a_layer_used_twice_ends_the_run():
    shared = L.Dense(6)
    inputs = x = keras.Input((6,))
    for layer in [*dense(2), shared, *dense(2), shared]:
        x = layer(x)
    assert found(keras.Model(inputs, x)) == []


def test_an_output_that_is_read_elsewhere_ends_the_run():
    inputs = x = keras.Input((6,))
    tensors = [inputs, *(x := layer(x) for layer in dense(6))]
    assert found(keras.Model(inputs, x)) == [(6, 1)]
    assert found(keras.Model(inputs, [tensors[3], x])) == []
    assert found(keras.Model(inputs, tensors[3] + x)) == []
    assert found(keras.Model(inputs, tensors[1] + tensors[5])) == [(4, 1)]


def test_a_run_may_be_read_by_several_and_lie_between_merges():
    left, right = keras.Input((6,)), keras.Input((6,))
    x = left + right
    for layer in dense(4):
        x = layer(x)
    model = keras.Model([left, right], [L.Dense(1)(x), L.Dense(2)(x), x])
    assert found(model) == [(4, 1)]


def test_masked_tensors_are_not_folded():
    embedding = L.Embedding(5, 6, mask_zero=True)
    assert found(chain(embedding, *dense(5), shape=(3,))) == []
    assert found(chain(L.Embedding(5, 6), *dense(5), shape=(3,))) == [(5, 1)]


def test_sizes_that_are_not_known_are_not_taken_for_equal():
    swap = [L.EinsumDense("abc,cd->bad", output_shape=(None, 6)) for _ in range(5)]
    assert found(chain(*swap, shape=(None, 6))) == []
    keep = [L.EinsumDense("abc,cd->abd", output_shape=(None, 6)) for _ in range(5)]
    assert found(chain(*keep, shape=(None, 6))) == [(5, 1)]


def test_a_block_computes_what_its_layers_compute():
    model = chain(*[layer for _ in range(4) for layer in (L.Dense(6, "tanh"), L.LayerNormalization())])
    (run,) = runs.find_runs(*compat.graph(model), 4)
    x = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")
    third = [of_blocks[2].value for of_blocks in run.variables]
    expected = run.blocks[2][1](run.blocks[2][0](x))
    np.testing.assert_allclose(run.apply_block(x, third), expected, atol=1e-6)
