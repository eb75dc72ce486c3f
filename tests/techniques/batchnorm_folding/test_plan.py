"""Graphs: what is folded in branches, nested models and several outputs, and the reason of each refusal."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

import trainwell as tw

L = keras.layers
explain = tw.techniques.explain_batchnorm_folding


def norm(name="norm", **options):
    return L.BatchNormalization(name=name, **options)


def sequential(*layers, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *layers])


def refusal(model, trained):
    """The reason why nothing of a model with one layer `norm` is folded."""
    plan = explain(trained(model))
    assert plan.folded == ()
    assert [kept.batchnorm.split("/")[-1] for kept in plan.kept] == ["norm"]
    with pytest.raises(tw.InputError, match="No BatchNormalization layer") as caught:
        tw.fold_batchnorm(model)
    assert plan.kept[0].reason in caught.value.message
    return plan.kept[0].reason


def same(model, off, x):
    folded = tw.fold_batchnorm(model)
    assert off(model, folded, x) <= 1e-5
    return folded


def test_branches_fold_each_into_their_own_layer(trained, off, left):
    inputs = keras.Input((4,), name="rows")
    one = L.ReLU()(norm("first")(L.Dense(3, name="a")(inputs)))
    two = norm("second")(L.Dense(3, "tanh", name="b")(inputs))
    outputs = L.Dense(2, name="out")(two) + L.Dense(2)(one)
    model = trained(keras.Model(inputs, outputs))
    plan = explain(model)
    assert [(fold.batchnorm, fold.into, fold.direction) for fold in plan.folded] == [
        ("first", ("a",), "before"),
        ("second", ("out",), "after"),
    ]
    folded = same(model, off, np.random.default_rng(0).normal(size=(6, 4)))
    assert left(folded) == []
    assert [tensor.name for tensor in folded.inputs] == ["rows"]


def test_one_that_two_layers_read_goes_into_both(trained, off, left):
    inputs = keras.Input((4,))
    hidden = norm()(L.Dense(3, "relu")(inputs))
    model = trained(keras.Model(inputs, [L.Dense(2, name="a")(hidden), L.Dense(1, name="b")(L.Dropout(0.5)(hidden))]))
    assert explain(model).folded[0].into in {("a", "b"), ("b", "a")}
    folded = same(model, off, np.random.default_rng(0).normal(size=(6, 4)))
    assert left(folded) == []
    assert folded.output_names == model.output_names


def test_one_that_cannot_go_into_all_that_read_it_stays_whole(trained):
    inputs = keras.Input((4,))
    hidden = norm()(L.Dense(3, "relu")(inputs))
    model = keras.Model(inputs, [L.Dense(2)(hidden), L.ReLU(name="other")(hidden)])
    assert "'other' (ReLU) stands there" in refusal(model, trained)


def test_an_output_keeps_the_name_of_the_layer_that_gave_it(trained, off):
    inputs = {"x": keras.Input((4,), name="x")}
    outputs = {
        "y": norm("y")(L.Dropout(0.5)(L.Dense(3, name="dense")(inputs["x"]))),
        "z": L.Dense(2, name="z")(inputs["x"]),
    }
    model = trained(keras.Model(inputs, outputs))
    folded = same(model, off, {"x": np.random.default_rng(0).normal(size=(6, 4))})
    assert folded.output_names == model.output_names
    assert set(folded.input) == {"x"}
    assert set(folded.output) == {"y", "z"}


def test_inside_nested_models_that_are_called_twice(trained, off, left):
    tower = sequential(L.Dense(3), norm(), L.ReLU(), L.Dense(3, name="d"))
    tower.name = "tower"
    a, b = keras.Input((4,)), keras.Input((4,))
    inner = keras.Input((3,))
    block = keras.Model(inner, L.Dense(2)(norm("deep")(L.ReLU()(inner))), name="block")
    top = keras.Sequential([keras.Input((3,)), block], name="top")
    model = trained(keras.Model([a, b], top(L.Add()([tower(a), tower(b, training=False)]))))
    assert {fold.batchnorm for fold in explain(model).folded} == {"tower/norm", "top/block/deep"}
    folded = same(model, off, [np.random.default_rng(i).normal(size=(6, 4)) for i in (0, 1)])
    assert left(folded) == []
    assert type(folded.get_layer("tower")) is keras.Sequential


def test_a_layer_shared_by_two_places_stays_shared(trained, off):
    inputs, shared = keras.Input((4,)), L.Dense(4, name="shared")
    model = trained(keras.Model(inputs, L.Dense(2)(norm()(L.ReLU()(shared(shared(inputs)))))))
    folded = same(model, off, np.random.default_rng(0).normal(size=(6, 4)))
    assert len(folded.weights) == 4


def test_some_stay_and_a_line_says_so(trained, off, left, caplog):
    model = trained(sequential(L.Dense(3), norm("goes"), L.ReLU(), norm("stays"), L.ReLU()))
    folded = same(model, off, np.random.default_rng(0).normal(size=(6, 4)))
    assert left(folded) == ["stays"]
    assert "1 of 2 BatchNormalization layers stay" in caplog.text
    plan = str(explain(model))
    assert plan.splitlines()[0] == "1 folded, 1 kept"
    assert "goes: into dense" in plan
    assert "stays: kept. Not into what comes before: 're_lu" in plan


def test_a_nonlinear_activation_on_both_sides(trained):
    reason = refusal(sequential(L.Dense(3, "relu", name="d"), norm(), L.Activation("relu", name="act")), trained)
    assert reason == (
        "Not into what comes before: 'd' has the activation relu. Not into what follows: 'act' (the activation relu) "
        "stands there, through which a scale and a shift cannot be moved."
    )


def test_the_model_s_input_and_output(trained):
    reason = refusal(sequential(norm(), L.Softmax(name="soft")), trained)
    assert "it takes an input of the model" in reason
    assert "what it gives is an output" in refusal(sequential(L.Dense(3, "relu"), norm()), trained)


def test_a_layer_that_is_called_twice(trained):
    inputs, dense = keras.Input((4,)), L.Dense(4, name="d")
    assert "'d' is called 2 times" in refusal(keras.Model(inputs, L.ReLU()(norm()(dense(dense(inputs))))), trained)
    shared = norm()
    outputs = L.Dense(2)(shared(L.Dense(3)(inputs))) + L.Dense(2)(shared(L.Dense(3)(inputs)))
    assert refusal(keras.Model(inputs, outputs), trained) == "'norm' is called 2 times."


def test_a_layer_of_a_nested_model_that_is_called_outside_it_too(trained):
    inputs, shared = keras.Input((4,)), L.Dense(4, name="shared")
    inner = keras.Sequential([keras.Input((4,)), shared, norm(), L.ReLU()], name="inner")
    assert "'shared' is called 2 times" in refusal(keras.Model(inputs, inner(shared(inputs))), trained)


def test_an_output_that_also_goes_elsewhere(trained):
    inputs = keras.Input((4,))
    hidden = L.Dense(4, name="d")(inputs)
    outputs = L.Add(name="sum")([L.ReLU()(norm()(hidden)), hidden])
    assert "the output of 'd' also goes to 'sum'" in refusal(keras.Model(inputs, outputs), trained)
    outputs = [L.ReLU()(norm()(hidden)), hidden]
    assert "the output of 'd' is an output of the model too" in refusal(keras.Model(inputs, outputs), trained)


def test_an_axis_that_is_not_that_of_the_channels(trained):
    reason = refusal(sequential(L.Conv1D(3, 2), norm(axis=1), L.ReLU(), shape=(6, 4)), trained)
    assert "scale and shift differ along an axis other than the channels" in reason
    reason = refusal(
        sequential(L.Conv1D(3, 2, data_format="channels_last"), norm(axis=1), L.Dense(2), shape=(6, 4)), trained
    )
    assert reason.count("differ along an axis") == 1, "the same reason on both sides is told once"


def test_a_model_inside_on_either_side(trained):
    inner = keras.Sequential([keras.Input((3,)), L.Dense(3)], name="inner")
    reason = refusal(sequential(inner, norm(), inner_copy(inner), shape=(3,)), trained)
    assert "'inner' is a model of its own" in reason
    assert "'inner2' is a model of its own" in reason


def inner_copy(inner):
    return keras.Sequential(
        [keras.Input((3,)), *map(keras.layers.Dense.from_config, [inner.layers[0].get_config()])], name="inner2"
    )


def test_batch_statistics_while_predicting(trained):
    inputs = keras.Input((4,))
    called = keras.Model(inputs, norm()(L.Dense(3)(inputs), training=True))
    assert refusal(called, trained).startswith("It is called with training=True")
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3), norm()])
    outer = keras.Sequential([keras.Input((4,)), inner], name="outer")
    called = keras.Model(inputs, outer(inputs, training=True))
    assert refusal(called, trained).startswith("Its model is called with training=True")


def test_dropout_that_stays_on(trained):
    inputs = keras.Input((4,))
    hidden = norm()(L.Dropout(0.5, name="drop")(L.Dense(3)(inputs), training=True))
    assert "'drop' (Dropout) is called with training=True" in refusal(keras.Model(inputs, L.ReLU()(hidden)), trained)


@pytest.mark.parametrize("policy", ["mixed_float16", "float16", "bfloat16", "mixed_bfloat16"])
def test_half_precision(policy, trained):
    model = sequential(L.Dense(3, dtype=policy, name="d"), norm(dtype=policy), L.ReLU())
    assert "'norm' computes in" in refusal(model, trained)
    model = sequential(L.Dense(3, dtype=policy, name="d"), norm(), L.ReLU())
    assert "'d' computes in" in refusal(model, trained)


def test_float64_is_folded_too(trained, off):
    with jax.enable_x64(True):
        model = trained(sequential(L.Dense(3, dtype="float64"), norm(dtype="float64"), L.LeakyReLU(dtype="float64")))
        folded = tw.fold_batchnorm(model)
        assert {weight.dtype for weight in folded.weights} == {"float64"}
        # Keras's own layer is off by 1e-7 there: it rounds to float32 within.
        assert off(model, folded, np.random.default_rng(0).normal(size=(6, 4))) < 1e-6


def test_whole_numbers(trained):
    inputs = keras.Input((4,), dtype="uint8")
    assert "It takes uint8" in refusal(keras.Model(inputs, L.Dense(2)(norm()(inputs))), trained)


def test_quantized_layers(trained):
    model = trained(sequential(L.Dense(3, name="d"), norm(), L.ReLU()))
    model.layers[0].quantize("int8")
    assert "'d' is quantized to int8" in explain(model).kept[0].reason


def test_a_mean_far_from_zero(trained, off):
    model = trained(sequential(norm(), L.Dense(3)))
    layer = model.layers[0]
    layer.set_weights([np.ones(4), np.zeros(4), np.full(4, 29.0), np.ones(4)])
    same(model, off, 29 + np.random.default_rng(0).normal(size=(600, 4)))
    layer.moving_mean.assign(np.full(4, 31.0))
    assert "more than 30 standard deviations" in refusal(model, lambda model: model)


def test_weights_that_are_not_finite(trained):
    model = trained(sequential(L.Dense(3), norm(), L.ReLU()))
    model.layers[1].moving_mean.assign(np.full(3, np.nan))
    assert "not all finite" in refusal(model, lambda model: model)


def test_layers_of_classes_of_their_own(trained):
    class Own(L.BatchNormalization):
        pass

    class OwnDense(L.Dense):
        pass

    reason = refusal(sequential(L.Dense(3), Own(name="norm"), L.ReLU()), trained)
    assert reason == "It is a Own, which may compute something else."
    assert "'d' (OwnDense) stands there" in refusal(sequential(OwnDense(3, name="d"), norm(), L.ReLU()), trained)
    model = sequential(L.Dense(3, name="d"), norm(), L.ReLU())
    model.layers[0].call = lambda x: 2 * L.Dense.call(model.layers[0], x)
    assert "'d' has a method of its own, call()" in refusal(model, trained)


def test_inside_of_other_layers(trained):
    model = sequential(L.TimeDistributed(norm(), name="steps"), L.Dense(2), shape=(3, 4))
    assert refusal(model, trained) == "It is inside of 'steps' (TimeDistributed), which calls it in its own way."


def test_several_tensors_and_operations(trained):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, L.ReLU()(norm()(L.Dense(3)(inputs) * 2)))
    assert "is an operation that is no layer" in refusal(model, trained)
    model = keras.Model(inputs, L.ReLU()(norm()(L.Add(name="sum")([L.Dense(3)(inputs), L.Dense(3)(inputs)]))))
    assert "'sum' (Add) is called with more than one tensor" in refusal(model, trained)


def test_models_that_cannot_be_searched():
    class Own(keras.Model):
        def call(self, x):
            return x

    class Based(keras.Model):
        pass

    for wrong, message, hint in (
        (3, "model= is a int", "keras.Model"),
        (Own(name="own"), "'own' is a Own, a class of its own", "Sequential or Functional"),
        (keras.Sequential([L.Dense(3), norm()], name="open"), "'open' is not built", "keras.Input"),
        (sequential(L.Dense(3)), "has no BatchNormalization layer", "as it is"),
    ):
        with pytest.raises(tw.InputError, match=message) as caught:
            tw.fold_batchnorm(wrong)
        assert hint in caught.value.hint
    inputs = keras.Input((4,))
    based = Based(inputs, norm()(L.Dense(3)(inputs)))
    with pytest.raises(tw.InputError, match="is a Based") as caught:
        explain(based)
    assert "keras.Model(model.input, model.output)" in caught.value.hint
    assert len(tw.fold_batchnorm(keras.Model(based.input, based.output)).layers) == 2
