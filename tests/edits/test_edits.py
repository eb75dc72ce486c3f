import pickle

import keras
import numpy as np
import pytest

from trainwell.edits import (
    Blueprint,
    ChangeFit,
    ChangeLayers,
    ChangeOptimizer,
    InsertLayers,
    NormalizeInputs,
    RemoveLayers,
    ReplaceLayers,
    ScaleTargets,
    SetTrainable,
    edited,
)
from trainwell.engine import copied
from trainwell.errors import EditError
from trainwell.training_spec import TrainingSpec

L = keras.layers


def spec(model, targets=1):
    x = np.random.default_rng(0).normal(5, 3, (64, 4)).astype("float32")
    y = 100 + 20 * x[:, :targets]
    compiling = {"optimizer": keras.optimizers.Adam(0.01), "loss": "mse"}
    return TrainingSpec(
        model, compiling, {"x": x, "y": y, "validation_data": (x[:16], y[:16])}, {"epochs": 2, "batch_size": 16}
    )


def sequential():
    return keras.Sequential([keras.Input((4,)), L.Dense(8, "relu", name="a"), L.Dense(8, "tanh", name="b"), L.Dense(1)])


def shared():
    inputs = keras.Input((4,))
    layer = L.Dense(4, "relu", name="shared")
    return keras.Model(inputs, L.Dense(1, name="end")(L.Add()([layer(inputs), layer(layer(inputs))])))


def nested():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(6, "sigmoid", name="deep")], name="inner")
    inputs = keras.Input((4,))
    return keras.Model(inputs, L.Dense(1, name="end")(inner(inputs)))


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(1)

    def call(self, inputs):
        return self.dense(inputs)


def outputs(model, x):
    return np.asarray(model(x))


@pytest.mark.parametrize("build", [sequential, shared, nested])
def test_without_edits_it_is_a_copy_that_computes_the_same(build):
    given = spec(build())
    copy = edited(given, ())
    assert copy.model is not given.model
    assert np.allclose(outputs(copy.model, given.data["x"]), outputs(given.model, given.data["x"]))


def test_the_setup_that_is_given_stays_as_it_is():
    given = spec(sequential())
    before, config = [each.copy() for each in given.model.get_weights()], given.model.get_config()
    edits = (ChangeLayers(("a",), {"units": 3}), ChangeOptimizer({"learning_rate": 1.0}), ChangeFit({"epochs": 9}))
    state = np.random.get_state()[1].copy()  # noqa: NPY002 -- the generator Keras uses
    edited(given, edits, seed=3)
    assert all(np.array_equal(one, other) for one, other in zip(before, given.model.get_weights(), strict=True))
    assert given.model.get_config() == config
    assert given.fit["epochs"] == 2
    assert float(given.compile["optimizer"].learning_rate) == pytest.approx(0.01)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002 -- the same


def test_a_layer_that_is_called_twice_gets_one_layer_called_twice():
    given = spec(shared())
    after = edited(given, (InsertLayers("BatchNormalization", ("shared",)),))
    normalizations = [layer for layer in after.model.layers if isinstance(layer, L.BatchNormalization)]
    assert len(normalizations) == 1
    entry = Blueprint.of(after.model).layer("shared_batch_normalization")
    assert len(entry["inbound_nodes"]) == len(Blueprint.of(after.model).layer("shared")["inbound_nodes"]) > 1


@pytest.mark.parametrize(("build", "place"), [(sequential, "a"), (shared, "shared"), (nested, "inner/deep")])
@pytest.mark.parametrize("side", ["after", "before"])
def test_what_was_inserted_is_removed_again(build, place, side):
    given = spec(build())
    inserted = f"{place}_dropout"
    after = edited(
        given, (InsertLayers("Dropout", arguments={"rate": 0.5}, **{side: (place,)}), RemoveLayers((inserted,)))
    )
    assert np.allclose(outputs(after.model, given.data["x"]), outputs(given.model, given.data["x"]))
    assert len(after.model.layers) == len(given.model.layers)


def test_a_nested_model_is_edited_too():
    after = edited(spec(nested()), (ChangeLayers(("inner/deep",), {"activation": "relu"}),))
    assert after.model.get_layer("inner").get_layer("deep").activation is keras.activations.relu


def test_weights_are_kept_where_shapes_allow_and_drawn_anew_where_an_initializer_changed():
    given = spec(sequential())
    after = edited(given, (ChangeLayers(("b",), {"kernel_initializer": "he_normal"}),), seed=1)
    a, b = (after.model.get_layer(name).get_weights()[0] for name in "ab")
    assert np.array_equal(a, given.model.get_layer("a").get_weights()[0])
    assert not np.array_equal(b, given.model.get_layer("b").get_weights()[0])
    again = edited(given, (ChangeLayers(("b",), {"kernel_initializer": "he_normal"}),), seed=1)
    assert np.array_equal(b, again.model.get_layer("b").get_weights()[0])


def test_inputs_are_normalized_and_targets_scaled_inside_the_model():
    given = spec(sequential())
    after = edited(given, (NormalizeInputs(), ScaleTargets()))
    first = np.asarray(after.model.layers[0](given.data["x"]))
    assert np.allclose(first.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(first.std(axis=0), 1, atol=1e-3)
    assert abs(outputs(after.model, given.data["x"]).mean() - given.data["y"].mean()) < 3 * given.data["y"].std()
    assert after.compile["loss_weights"] == [pytest.approx(given.data["y"].std() ** -2)]


@pytest.mark.parametrize(
    ("loss", "before", "output", "expected"),
    [
        (["mse", "mse"], None, "1", [1.0, 1.0 / 400]),
        (["mse", "mse"], [0.5, 2.0], "1", [0.5, 1.0 / 400]),
        (["mae", "mse"], None, "0", [1.0 / 20, 1.0]),
        ("mse", None, "1", [1.0, 1.0 / 400]),
        ({"one": "mse", "two": "mse"}, None, "two", {"one": 1.0, "two": 1.0 / 400}),
        ({"one": "mse", "two": "mse"}, {"one": 0.5, "two": 2.0}, "two", {"one": 0.5, "two": 1.0 / 400}),
        (["poisson", "mse"], None, "0", None),
    ],
)
def test_of_several_losses_the_one_of_the_scaled_target_is_weighted(loss, before, output, expected):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [L.Dense(1, name="one")(inputs), L.Dense(1, name="two")(inputs)])
    given = spec(model)
    x, _ = given.data["x"], given.data.pop("validation_data")
    column = 20 * (x[:, :1] - x[:, 0].mean()) / x[:, 0].std()
    given.data["y"] = {"one": column, "two": column} if isinstance(loss, dict) else [column, column]
    given.compile = {**given.compile, "loss": loss, "loss_weights": before}
    after = edited(given, (ScaleTargets(output),))
    found = after.compile["loss_weights"]
    if expected is None:
        assert found is None
        return
    assert found == (
        {name: pytest.approx(each, rel=1e-3) for name, each in expected.items()}
        if isinstance(expected, dict)
        else [pytest.approx(each, rel=1e-3) for each in expected]
    )
    if isinstance(expected, list):
        assert np.isfinite(after.compiled().evaluate(x, after.data["y"], verbose=0)).all()


def test_replacing_and_freezing():
    after = edited(
        spec(sequential()), (ReplaceLayers(("b",), "LayerNormalization"), SetTrainable(("a",), trainable=False))
    )
    assert isinstance(after.model.get_layer("b"), L.LayerNormalization)
    assert not after.model.get_layer("a").trainable


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (ChangeLayers(("none",), {"units": 1}), "no layer 'none'"),
        (ChangeLayers(("a",), {"untis": 1}), "no argument 'untis'"),
        (ChangeOptimizer({"momentum": 0.9}), "no argument 'momentum'"),
        (ChangeLayers(("a",), {"units": -1}), "No model can be built"),
    ],
)
def test_what_cannot_be_applied_says_why(edit, says):
    with pytest.raises(EditError, match=says):
        edited(spec(sequential()), (edit,))


def test_of_a_subclassed_model_all_but_layers_can_be_edited():
    model = Own()
    given = spec(model)
    model(given.data["x"])
    with pytest.raises(EditError, match="its layers are told by its own code"):
        edited(given, (ChangeLayers(("dense",), {"units": 2}),))
    after = edited(given, (ChangeOptimizer({"learning_rate": 0.5}),))
    before = model.get_weights()
    after.compiled().fit(given.data["x"], given.data["y"], epochs=1, verbose=0)
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))
    assert not np.array_equal(before[0], after.model.get_weights()[0])


def test_a_copy_of_a_subclassed_model_computes_the_same():
    model, x = Own(), np.ones((3, 4), "float32")
    model(x)
    assert np.allclose(outputs(copied(model), x), outputs(model, x))


def test_edits_are_plain_data():
    edit = InsertLayers("Dropout", ("a",), (), {"rate": 0.5})
    assert pickle.loads(pickle.dumps(edit)) == edit  # noqa: S301 -- our own
    assert str(edit) == "insert Dropout(rate=0.5) after a"
