import inspect
import types

import gallery
import keras
import numpy as np
import pytest
from sklearn.model_selection import train_test_split

import trainwell as tw
from trainwell.edits import (
    Blueprint,
    ChangeLayers,
    ChangeOptimizer,
    DivideInputs,
    DropMissingRows,
    ImputeInputs,
    InsertLayers,
    NormalizeInputs,
    ReindexLabels,
    ScaleTargets,
    SplitAnew,
    StandardizeInputs,
    StopEarly,
    edited,
)
from trainwell.edits.blueprint import is_graph
from trainwell.edits.rows import ClassNumbers, DropDuplicates, OneHotLabels, ReshapeTargets
from trainwell.source import parts, spec_code, spec_patch
from trainwell.training_spec import TrainingSpec

L = keras.layers
PART = 25
CASES = list(gallery.sick() + gallery.healthy())
AUTOMATIC = ("name", "build_config", "dtype", "registered_name", "module", "build_input_shape")


def own_names(spec):
    """What the user's own code would hold: functions and classes by their names."""
    found, lambdas = {}, 0
    for value in (Blueprint.of(spec.model).custom if is_graph(spec.model) else {}).values():
        name = value.__name__
        if name == "<lambda>":
            lambdas += 1
            name = "your_lambda" if lambdas == 1 else f"your_lambda_{lambdas}"
        found[name] = value
    for value in keras.tree.flatten(spec.compile):
        if inspect.isfunction(value):
            found[value.__name__] = value
        elif not isinstance(value, str) and value is not None:
            found[type(value).__name__] = type(value)
    return found


def executed(spec, edits=(), data=None, before=None):
    """The names after the script has run, up to `fit`, which is recorded."""
    building, fitting = parts(spec, edits, before=before)
    names = {**own_names(spec), **(data or {})}
    exec(building, names)  # noqa: S102 -- our own code
    calls = []
    model, names["model"] = names["model"], types.SimpleNamespace(fit=lambda *a, **k: calls.append((a, k)))
    exec(fitting, names)  # noqa: S102 -- the same
    return {**names, "model": model, "fit": calls[0][1]}


def essential(config):
    if isinstance(config, dict):
        if config.get("class_name") == "__keras_tensor__":
            return config["config"]["keras_history"][1:]
        return {key: essential(each) for key, each in config.items() if key not in AUTOMATIC and key != "keras_history"}
    if isinstance(config, (list, tuple)):
        return [essential(each) for each in config]
    return config


def told_by(layer):
    config = essential(layer.get_config())
    if isinstance(layer, L.Normalization):  # an adapted one holds what it found as weights
        config.update(mean=np.asarray(layer.mean).tolist(), variance=np.asarray(layer.variance).tolist())
    return config


def layers_of(model):
    return [
        (type(layer).__name__, layers_of(layer) if hasattr(layer, "layers") else told_by(layer))
        for layer in model.layers
        if not isinstance(layer, (keras.layers.InputLayer, keras.layers.Lambda))
    ]


def lambdas_of(model):
    return [each.function for each in model._flatten_layers() if isinstance(each, keras.layers.Lambda)]


def wired(model):
    """Which operation reads which tensors, from the outputs backwards; names do not matter, sharing does."""
    config = Blueprint.of(model).config["config"]
    if "output_layers" not in config:
        return None
    entries = {entry["config"].get("name", entry.get("name")): entry for entry in config["layers"]}
    numbers = {}

    def tensor(history):
        name, call, output = history
        seen = (name, call) in numbers
        number = numbers.setdefault((name, call), len(numbers))
        first = [*(each for each, _ in numbers)].index(name)
        if seen or not entries[name]["inbound_nodes"]:
            return number, first, output
        node = entries[name]["inbound_nodes"][call]
        return number, first, output, entries[name]["class_name"], arguments([node["args"], node["kwargs"]])

    def arguments(tree):
        if isinstance(tree, dict):
            if tree.get("class_name") == "__keras_tensor__":
                return tensor(tree["config"]["keras_history"])
            return {name: arguments(each) for name, each in tree.items() if each is not None}
        return [arguments(each) for each in tree] if isinstance(tree, (list, tuple)) else tree

    def ends(tree):
        if isinstance(tree, dict):
            return {name: ends(each) for name, each in tree.items()}
        return tensor(tree) if isinstance(tree[0], str) else [ends(each) for each in tree]

    return [ends(config["output_layers"]), ends(config["input_layers"])]


def trained_shapes(model):
    return sorted(variable.shape for variable in model.trainable_variables)


def check(spec):
    given = ("sample_weight", "sample_weight_val", "x_train", "y_train", "x_val", "y_val")
    data = dict.fromkeys(given, 0)
    names = executed(spec, data=data)
    model = names["model"]
    assert sorted(layers_of(model), key=str) == sorted(layers_of(spec.model), key=str)
    assert trained_shapes(model) == trained_shapes(spec.model)
    assert wired(model) == wired(spec.model)
    assert lambdas_of(model) == lambdas_of(spec.model)
    ours = spec.compiled().optimizer
    assert type(model.optimizer) is type(ours)
    assert essential(model.optimizer.get_config()) == essential(ours.get_config())
    assert str(model.loss) == str(spec.model.loss) or type(model.loss) is type(spec.model.loss)
    for name in set(spec.fit) - {"callbacks", "sample_weight", "shuffle"}:
        assert names["fit"].get(name) == spec.fit.get(name)
    assert ("sample_weight" in names["fit"]) == ("sample_weight" in {**spec.fit, **spec.data})
    assert [vars(each) for each in names["fit"].get("callbacks", [])] == [
        vars(each) for each in spec.fit.get("callbacks", [])
    ]


def named(cases):
    return {"argvalues": cases, "ids": [each.name for each in cases]}


@pytest.mark.parametrize("case", **named(CASES[::PART]))
def test_the_code_builds_what_it_was_made_from(case):
    spec = case.build(0)
    if not is_graph(spec.model):
        assert f"model = {type(spec.model).__name__}(...)" in spec_code(spec)
        return
    check(spec)


@pytest.mark.slow
@pytest.mark.parametrize("case", **named([each for at, each in enumerate(CASES) if at % PART]))
def test_all_code_builds_what_it_was_made_from(case):
    test_the_code_builds_what_it_was_made_from(case)


def tabular(rows=120, held=40):
    generator = np.random.default_rng(0)
    x = generator.normal(3, 2, (rows, 4)).astype("float32")
    y = (np.arange(rows) % 3).astype("int32")
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(3, "softmax")])
    data = {
        "x": x,
        "y": y,
        "validation_data": (generator.normal(3, 2, (held, 4)).astype("float32"), np.arange(held) % 3),
    }
    compiling = {"optimizer": keras.optimizers.Adam(1e-2), "loss": "sparse_categorical_crossentropy"}
    return TrainingSpec(model, compiling, data, {"epochs": 3, "batch_size": 16})


def data_of(spec):
    x, y = spec.data["validation_data"]
    return {"x_train": spec.data["x"], "y_train": spec.data["y"], "x_val": x, "y_val": y}


def spoiled():
    spec = tabular()
    spec.data["x"][3, 1] = np.nan
    spec.data["x"][5, 2] = np.inf
    return spec


def doubled():
    spec = tabular()
    x, _y = spec.data["validation_data"]
    x[:10] = spec.data["x"][:10]
    return spec


def one_hot():
    spec = tabular()
    x, y = spec.data["validation_data"]
    spec.data.update(y=np.eye(3)[spec.data["y"]], validation_data=(x, np.eye(3)[y]))
    return spec


def counted_from_1():
    spec = tabular()
    x, y = spec.data["validation_data"]
    spec.data.update(y=spec.data["y"] + 1, validation_data=(x, y + 1))
    return spec


@pytest.mark.parametrize(
    ("spec", "edits"),
    [
        (counted_from_1, (ReindexLabels((1, 2, 3)),)),
        (tabular, (OneHotLabels(3),)),
        (one_hot, (ClassNumbers(),)),
        (tabular, (ReshapeTargets((1,)),)),
        (spoiled, (DropMissingRows(),)),
        (spoiled, (ImputeInputs(),)),
        (doubled, (DropDuplicates(),)),
        (tabular, (SplitAnew(0.25, pooled=True, by_class=True),)),
        (doubled, (SplitAnew(0.25, pooled=True, distinct=True),)),
        (tabular, (SplitAnew(0.2),)),
        (tabular, (StandardizeInputs(),)),
        (tabular, (DivideInputs(2.0), StandardizeInputs(together=True))),
        (spoiled, (DropMissingRows(), DivideInputs(4.0))),
    ],
    ids=lambda value: " ".join(type(edit).__name__ for edit in value) if isinstance(value, tuple) else "",
)
def test_the_lines_for_the_data_do_what_the_edits_do(spec, edits):
    spec = spec()
    after = edited(spec, edits)
    names = executed(after, edits, {**data_of(spec), "train_test_split": train_test_split})
    for name, expected in data_of(after).items():
        assert names[name].shape == expected.shape
        assert np.allclose(names[name], expected, rtol=1e-5, atol=1e-6)


def test_what_is_measured_on_the_data_is_measured_by_the_code():
    spec = tabular()
    spec.data["x"][:, 3] = 7  # varies in no row
    edits = (NormalizeInputs(),)
    after = edited(spec, edits)
    names = executed(after, edits, data_of(spec))
    ours, theirs = after.model.layers[0].get_config(), names["model"].layers[0].get_config()
    assert np.allclose(ours["mean"], theirs["mean"], rtol=1e-4)
    assert np.allclose(ours["variance"], theirs["variance"], rtol=1e-4)
    assert "x_mean, x_variance = x_train.mean" in spec_code(after, edits)


def test_a_standardized_target_is_measured_by_the_code():
    spec = tabular()
    x, _ = spec.data["validation_data"]
    spec.model = keras.Sequential([keras.Input((4,)), L.Dense(1)])
    spec.compile["loss"] = "mse"
    spec.data.update(y=spec.data["x"][:, :1] * 100 + 7, validation_data=(x, x[:, :1] * 100 + 7))
    after = edited(spec, (ScaleTargets(),))
    names = executed(after, (ScaleTargets(),), data_of(spec))
    ours, theirs = after.model.layers[-1].get_config(), names["model"].layers[-1].get_config()
    assert ours["scale"] == pytest.approx(theirs["scale"], rel=1e-4)
    assert ours["offset"] == pytest.approx(theirs["offset"], rel=1e-4)


def test_the_difference_shows_what_was_changed_and_no_more():
    spec = tabular()
    first = spec.model.layers[0].name
    edits = (
        ChangeLayers((first,), {"activation": "elu", "kernel_initializer": "he_normal"}),
        InsertLayers("Dropout", (first,), (), {"rate": 0.3}),
        ChangeOptimizer({"learning_rate": 0.001}),
        StopEarly(5),
    )
    patch = spec_patch(spec, edited(spec, edits), edits)
    added = [line[1:].strip() for line in patch.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert 'keras.layers.Dense(8, activation="elu", kernel_initializer="he_normal"),' in added
    assert any("Dropout(0.3" in line for line in added)
    assert any("EarlyStopping" in line for line in added)
    assert spec_patch(spec, spec) == ""


def test_lines_are_no_longer_than_they_should_be():
    for case in CASES[::25]:
        longest = max(len(line) for line in spec_code(case.build(0)).splitlines() if not line.startswith("#"))
        assert longest <= 120


def test_many_equal_layers_are_one_line():
    layers = [L.Dense(100, "relu") for _ in range(99)]
    model = keras.Sequential([keras.Input((4,)), *layers, L.Dense(3, "softmax")])
    spec = tabular()
    spec.model = model
    assert '*[keras.layers.Dense(100, activation="relu") for _ in range(99)]' in spec_code(spec)
    check(spec)


def test_a_schedule_of_ours_is_imported():
    spec = tabular()
    spec.compile["optimizer"] = keras.optimizers.SGD(tw.techniques.OneCycle(0.1, 100), momentum=0.9)
    code = spec_code(spec)
    assert code.startswith("import trainwell as tw")
    check(spec)


def of_model(model, compiled=None, data=None, **fitted):
    rows = {"x": np.zeros((20, 4), "float32"), "y": np.zeros((20, 1), "float32")}
    return TrainingSpec(
        model, {"optimizer": "adam", "loss": "mse", **(compiled or {})}, data or rows, {"epochs": 2, **fitted}
    )


def test_states_slices_and_operations_are_read_where_they_stand():
    inputs = keras.Input((5, 4))
    _, _, memory = L.LSTM(3, return_state=True)(inputs)
    first = keras.ops.concatenate([inputs[:, 0, 1:3], inputs[..., 2][:, ::2], -memory], axis=-1)
    check(of_model(keras.Model(inputs, L.Dense(1)(first))))


def test_one_state_alone_is_read_where_it_stands():
    inputs = keras.Input((5, 4))
    output, _, _ = L.LSTM(3, return_state=True)(inputs)
    check(of_model(keras.Model(inputs, L.Dense(1)(output))))


def test_a_nested_model_may_give_a_dictionary():
    inner_inputs = keras.Input((4,))
    inner = keras.Model(inner_inputs, {"q": L.Dense(2)(inner_inputs), "p": L.Dense(2, "relu")(inner_inputs)})
    inputs = keras.Input((4,))
    found = inner(inputs)
    check(of_model(keras.Model(inputs, L.Dense(1)(found["p"] - found["q"]))))


def test_a_recurrent_layer_in_both_directions_is_written_as_it_was_given():
    layers = L.Bidirectional(L.LSTM(3, return_sequences=True)), L.TimeDistributed(L.Dense(2)), L.Flatten(), L.Dense(1)
    spec = of_model(keras.Sequential([keras.Input((5, 4)), *layers]))
    assert "keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True))," in spec_code(spec)
    check(spec)


def test_outputs_that_compile_names_keep_their_names():
    inputs = keras.Input((4,))
    one, other = L.Dense(1), L.Dense(1)
    model = keras.Model(inputs, [one(inputs), other(inputs)])
    spec = of_model(model, {"loss": {one.name: "mse", other.name: "mae"}})
    assert f'keras.layers.Dense(1, name="{one.name}")' in spec_code(spec)
    built = executed(spec, data={"x_train": 0, "y_train": 0})["model"]
    assert built.output_names == model.output_names


def test_a_function_of_ones_own_is_not_keras_s_of_that_name():
    def log(x):
        return keras.ops.log(keras.ops.abs(x) + 1)

    spec = of_model(keras.Sequential([keras.Input((4,)), L.Lambda(log), L.Lambda(keras.ops.log), L.Dense(1)]))
    code = spec_code(spec)
    assert "# From your own code: log." in code
    assert "Lambda(log)" in code
    assert "Lambda(keras.ops.log)" in code


def test_functions_without_a_name_are_told_apart():
    layers = L.Lambda(lambda x: x + 1), L.Lambda(lambda x: 2 * x), L.Dense(1)
    check(of_model(keras.Sequential([keras.Input((4,)), *layers])))


def test_arguments_that_are_not_the_usual_ones_are_told():
    model = keras.Sequential([keras.Input((4,)), L.Dense(3, dtype="mixed_float16"), L.Dense(1)])
    x, y = np.zeros((20, 4), "float32"), np.zeros((20, 1), "float32")
    spec = of_model(
        model,
        {"metrics": [keras.metrics.MeanAbsoluteError(name="error")]},
        {"x": x, "y": y, "validation_data": (x, y, np.ones(20))},
        validation_freq=2,
        initial_epoch=1,
        sample_weight=np.ones(20),
        callbacks=[keras.callbacks.EarlyStopping(mode="max", min_delta=0.1)],
    )
    code = spec_code(spec)
    for told in (
        'dtype="mixed_float16"',
        'name="error"',
        "validation_freq=2",
        "initial_epoch=1",
        'mode="max"',
        "sample_weight=sample_weight",
        "(x_val, y_val, sample_weight_val)",
        "x_val, y_val, sample_weight and sample_weight_val are your data.",
    ):
        assert told in code
    check(spec)


def test_what_an_adapted_layer_found_is_told():
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(0).normal(3, 2, (40, 4)))
    spec = of_model(keras.Sequential([keras.Input((4,)), layer, L.Dense(1)]))
    built = executed(spec, data={"x_train": 0, "y_train": 0})["model"]
    x = np.random.default_rng(1).normal(3, 2, (5, 4)).astype("float32")
    assert np.allclose(built.layers[0](x), layer(x), atol=1e-5)


@pytest.mark.parametrize("pooled", [True, False])
def test_rows_are_split_off_where_there_were_none_apart(pooled):
    spec = tabular()
    spec.data.pop("validation_data")
    spec.fit["validation_split"] = 0.2
    edits = (DivideInputs(2.0), SplitAnew(0.25, pooled=pooled))
    after = edited(spec, edits)
    names = executed(after, edits, {"x_train": spec.data["x"], "y_train": spec.data["y"]}, before=spec)
    for name, expected in data_of(after).items():
        assert np.array_equal(names[name], expected)
