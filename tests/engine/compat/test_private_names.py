"""Private names stand in `compat` alone, and a training survives the loss of any of them."""

from __future__ import annotations

import ast
import logging
import re
from pathlib import Path

import keras
import numpy as np
import pytest

import trainwell as tw
from trainwell.engine import compat
from trainwell.engine.compat import private

ROOT = Path(tw.__file__).parent
COMPAT = ROOT / "engine" / "compat"
PRIVATE_MODULE = re.compile(r"keras\.src|jax\._src|jax\.extend")
PATCHED = ("value_and_grad", "__call__", "conv_general_dilated", "conv_transpose", "reduce_window", "stateless_apply")

IN_LOOPS = ("_compile_loss", "_loss_tracker", "_metrics", "_standardize_inputs", "_run_through_graph", "_value")
"""Names that `compat` looks up one after the other."""


def looked_up(*modules):
    """Return the private names that `compat`, or some of its modules, look up by `imported` and `attribute`."""
    found = set() if modules else set(PATCHED)
    for path in COMPAT.glob("*.py"):
        if modules and path.stem not in modules:
            continue
        tree = ast.parse(path.read_text())
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "imported":
                module, name = node.args
                found.add(f"{_text(module, constants)}.{name.value}")
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "attribute":
                found |= {node.args[1].value} if isinstance(node.args[1], ast.Constant) else set()
            elif isinstance(node, ast.Constant) and node.value in IN_LOOPS:
                found.add(node.value)
    return sorted(found)


def _text(node, constants):
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return constants[node.id]
    return "".join(part.value if isinstance(part, ast.Constant) else constants[part.value.id] for part in node.values)


def test_only_compat_names_private_modules():
    offenders = {path for path in ROOT.rglob("*.py") if PRIVATE_MODULE.search(path.read_text())}
    assert {path.relative_to(ROOT) for path in offenders if path.parent != COMPAT} == set()


@pytest.mark.parametrize("path", sorted(COMPAT.glob("*.py")), ids=lambda path: path.stem)
def test_compat_looks_private_names_up_by_its_two_functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert not PRIVATE_MODULE.search(ast.unparse(node))
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr):
            owner = ast.unparse(node.value)
            own = owner in {"self", "other", "_thread"} or (node.attr, path.stem) == ("_epoch", "shuffling")
            assert own, f"{owner}.{node.attr}"


def test_the_list_of_names_is_not_empty():
    names = looked_up()
    assert "keras.src.trainers.epoch_iterator.EpochIterator" in names
    assert "jax._src.compiler._cache_write" in names
    assert "_symbolic_build" in names
    assert len(names) > 30


def test_a_missing_name_says_what_is_missing_in_which_versions(monkeypatch):
    with pytest.raises(compat.MissingNameError, match=r"keras.src.nowhere.Nothing is missing in keras.* with jax"):
        private.imported("keras.src.nowhere", "Nothing")
    with pytest.raises(compat.MissingNameError, match=r"Sequential\._nothing"):
        private.attribute(keras.Sequential(), "_nothing")
    monkeypatch.setattr(private, "_absent", {"_functional"})
    with pytest.raises(compat.MissingNameError, match=r"Sequential\._functional"):
        private.attribute(keras.Sequential(), "_functional")
    assert private.attribute(keras.Sequential(), "_functional", 3) == 3


def test_an_optional_part_is_turned_off_and_said_once(caplog, monkeypatch):
    monkeypatch.setattr(private, "_said", set())

    def needs_it():
        return private.imported("keras.src.nowhere", "Nothing")

    with caplog.at_level(logging.WARNING, "trainwell"):
        assert [compat.attempt("a part", needs_it, 5) for _ in range(2)] == [5, 5]
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(
        "trainwell: a part is turned off, because keras.src.nowhere.Nothing is missing"
    )


def data():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 8, 8, 1)).astype("float32")
    return x, (x.mean(axis=(1, 2, 3)) > 0).astype("int32")


def compiled():
    """A small model that every optional part has something to do in: a convolution, and a run of equal layers."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    blocks = [layers.Dense(4, "tanh") for _ in range(4)]
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(4), *blocks]
    )
    model.add(layers.Dense(2, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def trained_by_keras():
    model = compiled()
    model.fit(*data(), epochs=2, batch_size=16, verbose=0)
    return model.get_weights()


FOR_FOLDING = {*looked_up("graph", "variables"), "_loss_tracker", "_metrics"}
"""What folding needs; signals are read of a model that is not folded."""


@pytest.mark.heavy
@pytest.mark.parametrize("name", looked_up())
def test_a_training_survives_the_loss_of_each_name(name, trained_by_keras, monkeypatch, caplog):
    """It trains because the engine's loop is what must survive."""
    monkeypatch.setattr(private, "_absent", {name})
    model, folds = compiled(), name in FOR_FOLDING
    with caplog.at_level(logging.WARNING, "trainwell"):
        tw.fit(
            model,
            *data(),
            epochs=2,
            batch_size=16,
            verbose=0,
            fold=folds,
            recording=None if folds or compat.missing_for_training(model) else tw.Recording(every=1),
        )
    for ours, theirs in zip(model.get_weights(), trained_by_keras, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)
