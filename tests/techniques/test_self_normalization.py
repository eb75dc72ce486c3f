import keras
import numpy as np
import pytest

from trainwell import datasets
from trainwell.errors import InputError
from trainwell.recipes import find_recipe
from trainwell.recording import describe_model
from trainwell.techniques.self_normalization import broken_conditions, self_normalization_problems

layers = keras.layers
STANDARD = np.random.default_rng(0).normal(size=(200, 6)).astype("float32")


def selu(units=8, initializer="lecun_normal", **options):
    return layers.Dense(units, activation="selu", kernel_initializer=initializer, **options)


def stack(*hidden):
    return keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(2, activation="softmax", name="out")])


def found(model, x=None):
    return [(problem.condition, problem.layer) for problem in self_normalization_problems(model, x)]


def test_a_net_that_meets_all_conditions_has_no_problems():
    assert found(stack(selu(), layers.AlphaDropout(0.1), selu()), STANDARD) == []


def test_the_chapter_s_recipe_meets_them_and_its_convolutional_net_cannot():
    digits, recipe = datasets.load("digits"), find_recipe("self-normalizing")
    assert found(recipe.spec(digits, net="dense", depth=3).model, digits.train.x) == []
    conv = recipe.spec(digits, net="conv", depth=1).model
    assert {condition for condition, _ in found(conv)} == {"dense"}


@pytest.mark.parametrize(
    ("hidden", "wanted"),
    [
        (lambda: [selu(initializer="glorot_uniform", name="a")], [("initializer", "a")]),
        (lambda: [selu(initializer="he_normal", name="a")], [("initializer", "a")]),
        (lambda: [selu(initializer=keras.initializers.Constant(0.1), name="a")], [("initializer", "a")]),
        (lambda: [selu(initializer="lecun_uniform")], []),
        (lambda: [selu(initializer=keras.initializers.VarianceScaling(1.0, "fan_in"))], []),
        (
            lambda: [selu(initializer=keras.initializers.VarianceScaling(2.0, "fan_in"), name="a")],
            [("initializer", "a")],
        ),
        (lambda: [layers.Dense(4, name="a"), layers.Activation("selu")], [("initializer", "a")]),
        (
            lambda: [layers.Dense(4, name="a"), layers.AlphaDropout(0.1), layers.Activation("selu")],
            [("initializer", "a")],
        ),
        (lambda: [selu(), layers.Dropout(0.1, name="d"), selu()], [("dropout", "d")]),
        (lambda: [selu(), layers.GaussianDropout(0.1, name="d"), selu()], [("dropout", "d")]),
        (lambda: [selu(), layers.BatchNormalization(name="n"), selu()], [("normalization", "n")]),
        (lambda: [layers.BatchNormalization(), selu()], []),
        (lambda: [selu(kernel_regularizer="l2", name="a")], [("penalty", "a")]),
        (lambda: [selu(kernel_constraint=keras.constraints.MaxNorm(1.0), name="a")], [("penalty", "a")]),
        (
            lambda: [
                layers.Reshape((6, 1)),
                layers.Conv1D(3, 2, activation="selu", kernel_initializer="lecun_normal", name="c"),
                layers.Flatten(),
            ],
            [("dense", "c")],
        ),
        (
            lambda: [
                layers.Reshape((6, 1)),
                layers.SimpleRNN(3, activation="selu", kernel_initializer="lecun_normal", name="r"),
            ],
            [("dense", "r")],
        ),
    ],
)
def test_each_broken_condition_is_named_with_its_layer(hidden, wanted):
    hidden = hidden()
    assert found(stack(*hidden), STANDARD) == wanted


def test_paths_that_join_are_named_also_where_they_are_operations():
    inputs = keras.Input((8,))
    first = selu()(inputs)
    model = keras.Model(inputs, layers.Dense(1)(layers.Add(name="skip")([first, selu()(first)])))
    assert found(model) == [("sequential", "skip")]
    second = selu()(first) + first
    assert [condition for condition, _ in found(keras.Model(inputs, second))] == ["sequential"]
    assert found(keras.Model(inputs, selu()(first) * 2.0)) == []


def test_inputs_may_be_joined_and_nested_models_are_looked_into():
    one, other = keras.Input((3,), name="one"), keras.Input((3,), name="other")
    joined = layers.Concatenate()([one, other])
    inner = keras.Sequential([keras.Input((6,)), selu(), layers.Dropout(0.5, name="deep")])
    assert found(keras.Model([one, other], layers.Dense(1)(inner(joined)))) == [("dropout", "deep")]


@pytest.mark.parametrize(
    ("x", "is_broken"),
    [
        (STANDARD, False),
        (STANDARD + 0.5, True),
        (STANDARD * 2, True),
        (STANDARD * 0.5, True),
        (np.abs(STANDARD), True),
        ([STANDARD], False),
    ],
)
def test_inputs_must_be_standardised(x, is_broken):
    assert found(stack(selu()), x) == ([("input", "")] if is_broken else [])


def test_inputs_that_the_model_normalises_are_not_looked_at():
    normalization = layers.Normalization()
    normalization.adapt(STANDARD * 9 + 5)
    assert found(stack(normalization, selu()), STANDARD * 9 + 5) == []


def test_rescaling_within_the_model_counts():
    assert found(stack(layers.Rescaling(1 / 3, offset=-2.0), selu()), STANDARD * 3 + 6) == []
    problem = self_normalization_problems(stack(layers.Rescaling(1 / 255), selu()), np.full((9, 6), 255.0))[0]
    assert problem.what == "x has mean 1 and deviation 0 behind the model's Rescaling, and 0 and 1 were expected."
    assert "keras.layers.Normalization" in problem.remedy


def test_inputs_are_named():
    one, other = keras.Input((6,), name="one"), keras.Input((6,), name="other")
    model = keras.Model({"one": one, "other": other}, layers.Dense(1)(selu()(layers.Concatenate()([one, other]))))
    problems = self_normalization_problems(model, {"one": STANDARD, "other": STANDARD + 1})
    assert [problem.what.split(" has ")[0] for problem in problems] == ["x['other']"]


def test_each_problem_says_what_to_do():
    model = stack(selu(initializer="he_normal", name="a"), layers.Dropout(0.1, name="d"), selu())
    initializer, dropout = self_normalization_problems(model)
    assert initializer.what == "The layer 'a' begins with HeNormal, whose variance is not 1 / fan in."
    assert initializer.remedy == 'Give it kernel_initializer="lecun_normal".'
    assert dropout.remedy == "Take keras.layers.AlphaDropout in its place."


def test_a_run_s_facts_are_judged_alike():
    model = stack(selu(initializer="he_normal", name="a"), layers.Dropout(0.1, name="d"), selu())
    assert broken_conditions(describe_model(model).layers) == self_normalization_problems(model)


def test_a_model_without_selu_is_refused():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, "relu")], name="net")
    with pytest.raises(InputError, match="The model 'net' has no layer with activation='selu'"):
        self_normalization_problems(model)
    assert broken_conditions(describe_model(model).layers) is None


@pytest.mark.parametrize("x", [np.array([["a"]]), np.zeros((0, 6))])
def test_inputs_without_numbers_are_refused(x):
    with pytest.raises(InputError, match="x holds no numbers"):
        self_normalization_problems(stack(selu()), x)
