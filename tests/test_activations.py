import math
import subprocess
import sys

import jax
import keras
import numpy as np
import pytest

from trainwell.activations import ACTIVATIONS, SATURATION_SLOPE, find_activation, initializer_for
from trainwell.errors import InputError

NOT_ACTIVATIONS = {"get", "serialize", "deserialize"}
ELEMENTWISE = sorted(
    name for name, entry in ACTIVATIONS.items() if entry.elementwise and (entry.by_name or name == "threshold")
)


def public_names():
    return {
        name
        for name in dir(keras.activations)
        if callable(getattr(keras.activations, name)) and not name.startswith("_") and name not in NOT_ACTIVATIONS
    }


def function_of(name):
    function = getattr(keras.activations, name)
    return (lambda x: function(x, 0.0, 0.0)) if name == "threshold" else function


def slopes(name, x):
    return np.asarray(jax.vmap(jax.grad(function_of(name)))(np.float32(x)))


def test_each_public_activation_of_keras_has_an_entry():
    assert len(public_names()) >= 30
    assert {name for name in public_names() if find_activation(name) is None} == set()


def test_no_entry_is_of_something_that_keras_lacks():
    for entry in ACTIVATIONS.values():
        assert hasattr(keras.layers, entry.layer) if entry.layer else entry.name in public_names()
        assert hasattr(keras.layers, entry.dropout)


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=lambda entry: entry.name)
def test_an_activation_by_name_works_in_a_layer_with_its_initialiser(entry):
    if not entry.by_name:
        with pytest.raises((ValueError, TypeError)):
            keras.layers.Dense(4, activation=entry.name)(np.ones((2, 3), "float32"))
        return
    layer = keras.layers.Dense(4, activation=entry.name, kernel_initializer=entry.kernel_initializer)
    assert np.isfinite(layer(np.ones((2, 3), "float32"))).all()
    assert find_activation(layer) is entry


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_range_is_the_one_that_keras_computes(name):
    entry = ACTIVATIONS[name]
    values = np.asarray(function_of(name)(np.linspace(-80, 80, 160_001, dtype="float32")))
    for bound, reached in ((entry.low, values.min()), (entry.high, values.max())):
        if math.isfinite(bound):
            assert reached == pytest.approx(bound, abs=0.06 if name in {"softsign", "squareplus"} else 1e-5)
        elif name != "threshold":
            assert abs(reached) > 15
    assert values.min() >= entry.low - 1e-5
    assert values.max() <= entry.high + 1e-5


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_slope_is_small_within_the_flat_stretches_and_not_small_just_outside(name):
    for start, end in ACTIVATIONS[name].saturates:
        inside = np.linspace(max(start, -30) + 1e-3, min(end, 30) - 1e-3, 5001)
        assert np.abs(slopes(name, inside)).max() < SATURATION_SLOPE
        outside = [edge for edge in (start - 0.011, end + 0.011) if math.isfinite(edge)]
        assert np.abs(slopes(name, outside)).min() >= SATURATION_SLOPE


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_tails_that_are_not_listed_are_not_flat(name):
    entry = ACTIVATIONS[name]
    ends = [end for interval in entry.saturates for end in interval]
    for side in (-math.inf, math.inf):
        if side not in ends and name != "threshold":
            assert abs(slopes(name, [math.copysign(30, side)])[0]) >= SATURATION_SLOPE


def test_two_tails_are_those_of_sigmoid_and_its_kin():
    two = {name for name, entry in ACTIVATIONS.items() if entry.has_two_tails}
    assert two == {"tanh", "sigmoid", "softsign", "hard_tanh", "hard_sigmoid", "sparse_sigmoid"}


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish", "relu6"], "he"),
        (["selu"], "lecun"),
        (["tanh", "sigmoid", "softmax", "linear", None], "glorot"),
    ],
)
def test_the_chapter_s_initialisers(names, family):
    for name in names:
        assert initializer_for(name) == f"{family}_normal"
        assert initializer_for(name, distribution="uniform") == f"{family}_uniform"
    assert find_activation("selu").dropout == "AlphaDropout"


@pytest.mark.parametrize("entry", ["he", "lecun", "glorot"])
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_the_variance_of_each_initialiser(entry, distribution):
    wanted = {"he": 2 / 300, "lecun": 1 / 300, "glorot": 2 / 500}[entry]
    name = next(initializer_for(a.name, distribution=distribution) for a in ACTIVATIONS.values() if a.family == entry)
    drawn = np.asarray(keras.initializers.get(name)((300, 200)))
    assert drawn.var() == pytest.approx(wanted, rel=0.05)


layers = keras.layers
FORMS = [
    (lambda: keras.activations.relu, "relu"),
    (lambda: keras.ops.tanh, "tanh"),
    (lambda: layers.LeakyReLU(), "leaky_relu"),
    (lambda: layers.PReLU(), "prelu"),
    (lambda: layers.ELU(), "elu"),
    (lambda: layers.Softmax(), "softmax"),
    (lambda: layers.ReLU(), "relu"),
    (lambda: layers.ReLU(max_value=6), "relu6"),
    (lambda: layers.ReLU(negative_slope=0.1), "leaky_relu"),
    (lambda: layers.Activation("elu"), "elu"),
    (lambda: layers.Activation(layers.LeakyReLU(0.3)), "leaky_relu"),
    (lambda: layers.Dense(2), "linear"),
    (lambda: layers.Dense(2, activation="swish"), "silu"),
    (lambda: layers.Dense(2, activation=layers.PReLU()), "prelu"),
    (lambda: layers.Conv2D(2, 3, activation=keras.activations.mish), "mish"),
    (lambda: layers.LSTM(2), "tanh"),
    (lambda: layers.BatchNormalization(), None),
    (lambda: layers.Flatten(), None),
]


@pytest.mark.parametrize(("thing", "name"), FORMS)
def test_every_form_is_found_live_and_saved(thing, name):
    thing = thing()
    entry = None if name is None else ACTIVATIONS[name]
    assert find_activation(thing) is entry
    assert find_activation(keras.saving.serialize_keras_object(thing)) is entry
    if entry and hasattr(thing, "activation"):
        assert find_activation(thing.get_config()) is entry


def test_operations_of_a_functional_model_are_found():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.ops.leaky_relu(keras.ops.sigmoid(keras.activations.relu(inputs))))
    found = [find_activation(operation) for operation in model.operations[1:]]
    assert [entry.name for entry in found] == ["relu", "sigmoid", "leaky_relu"]


def test_what_is_not_keras_s_own_is_not_mistaken_for_it():
    def relu(x):
        return x

    @keras.saving.register_keras_serializable(package="mine")
    class ELU(keras.layers.Layer):
        pass

    assert find_activation(relu) is None
    assert find_activation(ELU()) is None
    assert find_activation(keras.saving.serialize_keras_object(ELU())) is None
    assert find_activation(keras.layers.ELU) is None
    assert find_activation(3) is None


def test_an_unknown_name_names_close_ones():
    with pytest.raises(InputError, match=r"activation='rellu' is not an activation that Keras has.\n.*'relu'"):
        initializer_for("rellu")
    with pytest.raises(InputError, match="Choose one of relu, leaky_relu"):
        initializer_for("qqqqq")
    with pytest.raises(InputError, match="by its shape"):
        initializer_for(lambda x: x)


def test_an_unknown_distribution_is_refused():
    with pytest.raises(InputError, match="distribution='gauss' was given, and 'normal' or 'uniform'"):
        initializer_for("relu", distribution="gauss")


def test_reading_the_table_loads_neither_keras_nor_numpy():
    code = "import sys, trainwell.activations; print({'keras', 'numpy', 'jax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
