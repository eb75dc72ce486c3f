"""The code of random edits does what the edits do: the same model, the same training, the same data.

The models are those of gallery cases, with fewer rows. What is drawn: which case, and which edits, in any order.
"""

from __future__ import annotations

import functools

import gallery
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split
from source.test_spec_code import data_of, essential, executed, layers_of, wired

from trainwell.edits import (
    ChangeCompile,
    ChangeFit,
    ChangeLayers,
    ChangeOptimizer,
    ClassNumbers,
    DivideInputs,
    DropDuplicates,
    DropMissingRows,
    ImputeInputs,
    InsertLayers,
    NormalizeInputs,
    OneHotLabels,
    RemoveCallbacks,
    RemoveLayers,
    ReplaceLayers,
    ReshapeTargets,
    ScaleTargets,
    SetSchedule,
    SetTrainable,
    SplitAnew,
    StandardizeInputs,
    StopEarly,
    edited,
)
from trainwell.errors import EditError
from trainwell.trees import rows_in, take

CASES = ("digits-dense", "wine-raw-columns", "friedman-dense", "waves-conv", "sick-multilabel-softmax")
ROWS = 60
OF_DATA = (
    DivideInputs(4.0),
    StandardizeInputs(),
    StandardizeInputs(together=True),
    ImputeInputs(),
    DropMissingRows(),
    DropDuplicates(),
    SplitAnew(0.25, pooled=True),
    SplitAnew(0.2),
)
OF_TRAINING = (
    ChangeFit({"epochs": 7}),
    ChangeFit({"batch_size": 16, "shuffle": False}),
    ChangeFit({"class_weight": {0: 2.0, 1: 1.0}}),
    StopEarly(5),
    StopEarly(3, mode="min"),
    RemoveCallbacks("EarlyStopping"),
    ChangeOptimizer({"learning_rate": 0.02}),
    ChangeOptimizer({"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}, "SGD"),
    ChangeOptimizer({"global_clipnorm": 1.0}),
    SetSchedule("OneCycle", {"peak": 0.05}),
    SetSchedule("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 100}),
    ChangeCompile({"metrics": ["mae"]}),
    ChangeCompile({"loss": "mean_squared_error"}),
)


@functools.cache
def spec_of(name):
    """The spec of a case with a few rows of each part."""
    spec = gallery.find(name).build(0)
    x, y = spec.data["x"], spec.data["y"]
    held = spec.data.get("validation_data") or (take(x, np.arange(ROWS, 2 * ROWS)), take(y, np.arange(ROWS, 2 * ROWS)))
    rows = np.arange(ROWS)
    spec.data = {
        "x": take(x, rows),
        "y": take(y, rows),
        "validation_data": tuple(take(part, rows[: rows_in(part)]) for part in held[:2]),
    }
    spec.fit.pop("validation_split", None)
    return spec


def edits_of(model):
    """Edits that name the layers of a model."""
    dense = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    names = [layer.name for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    found = [
        *(InsertLayers("Dropout", (each,), arguments={"rate": 0.25}) for each in dense[:-1]),
        *(InsertLayers("BatchNormalization", (each,)) for each in dense[:-1]),
        *(InsertLayers("LayerNormalization", before=(each,)) for each in dense[1:]),
        *(RemoveLayers((each.name,)) for each in model.layers if isinstance(each, keras.layers.Dropout)),
        *(SetTrainable((each,), trainable=False) for each in dense[:1]),
        ReplaceLayers(tuple(dense[:1]), "Dense", {"units": 5, "activation": "tanh", "use_bias": False}),
        ChangeLayers(tuple(dense[:-1]) or tuple(dense), {"kernel_regularizer": keras.regularizers.L2(1e-3)}),
        ChangeLayers(tuple(dense[:-1]) or tuple(dense), {"activation": "elu", "kernel_initializer": "he_normal"}),
        ChangeLayers(tuple(dense[:1]), {"units": 7}),
        ChangeLayers(tuple(names[:1]), {"trainable": False}),
        NormalizeInputs(),
        NormalizeInputs(together=True),
        ScaleTargets(),
        OneHotLabels(10),
        ClassNumbers(),
        ReshapeTargets((1,)),
    ]
    return [each for each in found if getattr(each, "layers", (1,))]


@pytest.mark.heavy
@pytest.mark.parametrize("name", CASES)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.filter_too_much], derandomize=True)
@given(data=st.data())
def test_the_code_does_what_the_edits_do(name, data):
    spec = spec_of(name)
    choices = (*OF_DATA, *OF_TRAINING, *edits_of(spec.model))
    edits = tuple(data.draw(st.lists(st.sampled_from(choices), min_size=1, max_size=4)))
    try:
        after = edited(spec, edits)
        after.checked()
    except EditError:  # this edit does not suit this model, which has tests of its own
        assume(False)
    given_data = {**data_of(spec), "train_test_split": train_test_split, "ROWS": ROWS}
    names = executed(after, edits, given_data, before=spec)
    model = names["model"]
    assert sorted(layers_of(model), key=str) == sorted(layers_of(after.model), key=str)
    assert wired(model) == wired(after.model)
    for part, expected in data_of(after).items():
        np.testing.assert_allclose(names[part], expected, rtol=1e-5, atol=1e-5)
    ours = after.compiled().optimizer
    assert essential(model.optimizer.get_config()) == essential(ours.get_config())
    for argument in set(after.fit) - {"callbacks", "shuffle"}:
        assert names["fit"].get(argument) == after.fit.get(argument)
    model.set_weights(after.model.get_weights())
    some = take(after.data["x"], np.arange(8))
    expected = keras.tree.map_structure(np.asarray, after.model(some, training=False))
    keras.tree.map_structure(
        lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5), model(some), expected
    )
