"""Each function of `compat` does what its docstring says, whatever Keras calls the parts that it uses."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import scipy.sparse

from trainwell.engine import compat


def iterator(x, y=None, **options):
    defaults = {"batch_size": 2, "steps_per_epoch": None, "shuffle": False}
    return compat.epoch_iterator(x, y, None, **{**defaults, **options})


def test_adapter_gives_arrays_in_the_types_keras_feeds():
    adapter = iterator(np.zeros((5, 2)), np.arange(5), class_weight=dict.fromkeys(range(5), 2.0)).data_adapter
    x, y, weight = compat.standardize_arrays(compat.adapter_arrays(adapter))
    assert x.dtype == "float32"
    assert y.dtype.kind == "i"
    np.testing.assert_array_equal(weight, np.full(5, 2.0))
    assert adapter.batch_size == 2


def test_a_memory_map_stays_one(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((4, 2)))
    x = compat.adapter_arrays(iterator(np.load(tmp_path / "x.npy", mmap_mode="r")).data_adapter)
    assert isinstance(x, np.memmap)


def test_sparse_matrices_and_text_are_no_arrays():
    assert compat.adapter_arrays(iterator(scipy.sparse.eye(4).tocsr()).data_adapter) is None
    assert compat.adapter_arrays(iterator(np.array(["a", "b"])).data_adapter) is None


def test_an_iterator_gives_the_batches_of_each_epoch():
    batches = iterator(np.arange(5))
    assert batches.num_batches == 3
    for _ in range(2):
        assert [x.tolist() for x in compat.batches_of_epoch(batches)] == [[0, 1], [2, 3], [4]]
    batches = iterator(np.arange(5), steps_per_epoch=2)
    seen = [[x.tolist() for x in compat.batches_of_epoch(batches)]]
    with pytest.warns(UserWarning, match="ran out of data"):
        seen.append([x.tolist() for x in compat.batches_of_epoch(batches)])
    assert seen == [[[0, 1], [2, 3]], [[4]]]


def test_validation_split_takes_the_last_rows():
    (x, y, weight), (val_x, val_y, _) = compat.validation_split(np.arange(10), np.arange(10), None, 0.3)
    assert x.tolist() == list(range(7))
    assert val_y.tolist() == [7, 8, 9]
    assert weight is None
    assert len(val_x) == 3
    assert len(y) == 7


def test_validation_split_cuts_memory_maps_without_reading(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(10.0))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    (x, y, _), (val_x, _, _) = compat.validation_split(mapped, np.arange(10), None, 0.25)
    assert isinstance(x, np.memmap)
    assert isinstance(val_x, np.memmap)
    assert (x.tolist(), y.tolist(), val_x.tolist()) == (list(range(7)), list(range(7)), [7, 8, 9])


def test_building_makes_all_variables_from_one_batch_where_it_needs_one():
    model = keras.Sequential([keras.layers.Dense(3)])
    model.compile("adam", "mse", metrics=["mae"])
    asked = []

    def batch():
        asked.append(1)
        return np.zeros((2, 4), "float32"), np.zeros((2, 3), "float32")

    for _ in range(2):
        compat.build(model, batch)
    assert asked == [1]
    assert model.optimizer.built
    assert model.layers[0].kernel.shape == (4, 3)


def test_building_from_an_iterator_makes_all_variables():
    model = keras.Sequential([keras.layers.Dense(3)])
    model.compile("adam", "mse", metrics=["mae"])
    compat.build_from_iterator(model, iterator(np.zeros((2, 4)), np.zeros((2, 3))))
    assert model.optimizer.built
    assert model.metrics_variables


def test_epoch_logs_are_the_metrics_or_the_step_s_own():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
    assert set(compat.epoch_logs(model, {"loss": 5.0})) == {"loss"}
    assert compat.epoch_logs(model, {"loss": 5.0})["loss"] != 5.0
    assert compat.epoch_logs(model, {"own": 5.0}) == {"own": 5.0}


def test_initial_epoch_prefers_what_a_callback_set():
    model = keras.Sequential([keras.layers.Dense(1)])
    assert compat.initial_epoch(model, 4) == 4
    model._initial_epoch = 2
    assert compat.initial_epoch(model, 4) == 2


@pytest.mark.parametrize(("hook", "default"), [("on_epoch_end", False), ("on_train_batch_end", True)])
def test_default_hooks_are_told_from_overridden_ones(hook, default):
    assert compat.is_default_method(keras.callbacks.EarlyStopping(), hook) is default


def test_logs_become_python_floats():
    assert compat.pythonify_logs({"a": np.float32(1.5)}) == {"a": 1.5}


def test_unpack_fills_what_is_missing():
    assert compat.unpack((1,)) == (1, None, None)
    assert compat.unpack((1, 2)) == (1, 2, None)


def test_sublayers_are_layers_in_order_and_a_functional_model_s_operations():
    first, second = keras.layers.Dense(2), keras.layers.Dense(2)
    assert compat.sublayers(keras.Sequential([first, second])) == [first, second]
    inputs = keras.Input((2,))
    model = keras.Model(inputs, first(inputs) + 1.0)
    assert [type(one).__name__ for one in compat.sublayers(model)] == ["InputLayer", "Dense", "Add"]
    assert [one.name for one in compat.sublayers(keras.layers.LSTM(2))] == ["lstm_cell"]


def test_optimized_variables_are_those_of_stateless_apply():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    for optimizer in (keras.optimizers.SGD(), keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())):
        optimizer.build(model.trainable_variables)
        found = compat.optimized_variables(optimizer)
        assert all(one is other for one, other in zip(found, model.trainable_variables, strict=True))


def test_shape_inference_is_told_from_computing():
    seen = []

    class Asks(keras.layers.Layer):
        def call(self, x):
            seen.append(compat.in_symbolic_scope())
            return x

    layer = Asks()
    layer(keras.Input((2,)))
    layer(np.ones((1, 2)))
    assert seen == [True, False]


def functional_model():
    inputs = keras.Input((2,))
    hidden = keras.layers.Dense(2, name="hidden")(inputs)
    return keras.Model(inputs, keras.layers.Dropout(0.5, name="drop")(hidden) + hidden)


def test_a_plain_graph_lists_its_calls_in_order():
    model = functional_model()
    assert compat.is_plain_graph(model)
    nodes, outputs = compat.graph(model)
    assert [node.operation.name for node in nodes][:2] == ["hidden", "drop"]
    assert nodes[0].only_input is model.inputs[0]
    assert nodes[2].only_input is None
    assert [id(tensor) for tensor in nodes[2].inputs] == [id(nodes[1].outputs[0]), id(nodes[0].outputs[0])]
    assert outputs[0] is nodes[2].outputs[0]


def test_a_call_in_a_graph_knows_its_arguments():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dropout(0.5)(inputs, training=True))
    (node,), _ = compat.graph(model)
    assert node.only_input is None
    assert len(node.arguments) == 1
    assert node.arguments[0] is model.inputs[0]
    assert node.keywords == {"training": True}


def test_subclasses_and_unbuilt_models_are_no_plain_graph():
    class Own(keras.Sequential):
        pass

    layers = [keras.Input((2,)), keras.layers.Dense(2)]
    assert compat.is_plain_graph(keras.Sequential(layers))
    assert not compat.is_plain_graph(Own(layers))
    assert not compat.is_plain_graph(keras.Sequential(layers[1:]))


def test_a_graph_is_called_as_by_keras_and_with_other_functions_instead():
    model, x = functional_model(), np.ones((3, 2), "float32")
    called = compat.call_graph(model, x, training=False, instead={})
    np.testing.assert_array_equal(called, model(x, training=False))
    instead = {id(model.get_layer("hidden")): lambda x: 0 * x + 1, id(model.get_layer("drop")): lambda x, **_: 5 * x}
    np.testing.assert_array_equal(compat.call_graph(model, x, training=True, instead=instead), np.full((3, 2), 6))
    trained = compat.call_graph(model, np.ones((50, 2)), training=True, instead={})
    assert not np.allclose(trained, model(np.ones((50, 2)), training=False)), "dropout is told of training"


def test_a_compilation_is_shared_with_its_very_objects():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    compat.share_compilation(other, model)
    assert other.compiled
    assert list(map(id, other.metrics)) == list(map(id, model.metrics))


def test_a_stateless_scope_asks_for_what_it_does_not_hold():
    held, asked, unknown = (keras.Variable([1.0]) for _ in range(3))
    values = {id(asked): 7.0}

    def missing(key, value_of):
        return values[key] + value_of(held)[0] if key in values else None

    compat.extend_stateless_scope(missing)  # outside of a scope there is nothing to do
    with keras.StatelessScope([(held, np.array([2.0], "float32"))]) as scope:
        compat.extend_stateless_scope(missing)
        compat.extend_stateless_scope(missing)
        assert (float(held.value[0]), float(asked.value), float(unknown.value[0])) == (2.0, 9.0, 1.0)
        asked.assign([3.0])
    assert scope.get_current_value(asked) == 3.0


def test_a_forgotten_value_reads_as_zeros_and_can_be_assigned():
    variable = keras.Variable(np.ones((2, 3)), dtype="float32")
    compat.release_value(variable)
    assert (variable.shape, variable.dtype) == ((2, 3), "float32")
    np.testing.assert_array_equal(variable.value, np.zeros((2, 3)))
    variable.assign(np.full((2, 3), 4.0))
    np.testing.assert_array_equal(variable.value, np.full((2, 3), 4.0))


def test_masks_are_seen_on_tensors_symbolic_or_not():
    masking = keras.layers.Masking()
    assert compat.is_masked(masking(np.zeros((1, 2, 3), "float32")))
    assert compat.is_masked(masking(keras.Input((2, 3))))
    assert not compat.is_masked(keras.Input((2, 3)))


def test_layers_that_are_called_in_another_way_are_told():
    layer = keras.layers.Dense(2)
    layer.build((None, 2))
    assert not compat.is_quantized_or_rematerialized(layer)
    layer.quantize("int8")
    assert compat.is_quantized_or_rematerialized(layer)
    with keras.RematScope(mode="full"):
        assert compat.is_quantized_or_rematerialized(keras.layers.Dense(2))


@pytest.mark.parametrize("make", [lambda: keras.layers.Dense(2, "relu"), keras.optimizers.Adam, functional_model])
def test_own_methods_are_those_that_somebody_put_there(make):
    instance = make()
    assert compat.own_methods(instance) == []
    instance.get_config = dict
    assert compat.own_methods(instance) == ["get_config"]


def test_settings_of_an_optimizer_come_without_its_rate():
    class Unwritable(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 * step

    for rate in (0.1, schedule := Unwritable()):
        optimizer = keras.optimizers.SGD(rate, momentum=0.5)
        settings = compat.settings_without_rate(optimizer)
        assert (settings["momentum"], settings["name"], "learning_rate" in settings) == (0.5, optimizer.name, False)
    assert compat.learning_rate_source(optimizer) is schedule
    optimizer = keras.optimizers.SGD(0.1)
    assert compat.learning_rate_source(optimizer) is optimizer.learning_rate


def test_weights_excluded_from_weight_decay_are_told():
    for arguments, expected in (
        ({}, False),
        ({"var_names": ["bias"]}, True),
        ({"var_list": [keras.Variable(1.0)]}, True),
    ):
        optimizer = keras.optimizers.AdamW()
        optimizer.exclude_from_weight_decay(**arguments)
        assert compat.excludes_from_weight_decay(optimizer) is expected
    assert not compat.excludes_from_weight_decay(keras.optimizers.AdamW())


def test_position_of_a_variable_is_its_place_among_those_built_for():
    weights = [keras.Variable(np.ones((2,)), name="a"), keras.Variable(np.ones((3,)), name="b")]
    optimizer = keras.optimizers.SGD(momentum=0.9)
    optimizer.build(weights)
    assert [compat.variable_index(optimizer, weight) for weight in weights] == [0, 1]


def test_slots_and_single_variables_are_all_of_an_optimizer_s():
    weights = [keras.Variable(np.ones((2,)), name="a"), keras.Variable(np.ones((3,)), name="b")]
    optimizer = keras.optimizers.Nadam(use_ema=True, gradient_accumulation_steps=2)
    optimizer.build(weights)
    slots, singles = compat.optimizer_slots(optimizer)
    assert all([variable.shape for variable in slot] == [(2,), (3,)] for slot in slots.values())
    found = [id(variable) for slot in slots.values() for variable in slot] + list(map(id, singles.values()))
    assert sorted(found) == sorted(map(id, optimizer.variables))
    assert len(singles) == 3, "iterations, learning rate, and a product"


def test_names_made_up_inside_do_not_count():
    before = int(keras.layers.Dense(1, name=None).name.rpartition("_")[2] or 0)
    with compat.preserve_auto_names():
        keras.layers.Dense(1)
        keras.layers.Dense(1)
    assert keras.layers.Dense(1).name == f"dense_{before + 1}"


@pytest.mark.heavy
def test_states_of_seed_generators_are_found_in_nested_layers_and_move_with_each_draw():
    attention = keras.layers.MultiHeadAttention(1, 2, dropout=0.5)
    inputs = keras.Input((3, 2))
    inner = keras.Sequential([keras.Input((3, 2)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    model = keras.Model(inputs, inner(attention(inputs, inputs)))
    states = compat.seed_states(model)
    assert len(states) == 2
    assert {id(state) for state in states} <= {id(variable) for variable in model.non_trainable_variables}
    before = [np.asarray(state.value) for state in states]
    model(np.ones((1, 3, 2)), training=True)
    for state, value in zip(states, before, strict=True):
        np.testing.assert_array_equal(np.asarray(state.value) - value, [0, 1])
