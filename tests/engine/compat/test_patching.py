"""A function is replaced within the context, and is itself again afterwards."""

from __future__ import annotations

import types

import keras
import pytest

from trainwell.engine.compat import MissingNameError
from trainwell.engine.compat.patching import patched


class Greeter:
    def greet(self):
        return "hello"


def louder(original):
    return lambda *arguments: original(*arguments).upper()


def test_it_stands_in_for_an_object_s_a_class_s_and_a_module_s_function():
    one, other, module = Greeter(), Greeter(), types.ModuleType("module")
    module.greet = greet = lambda: "hello"
    with patched(one, "greet", louder), patched(module, "greet", louder):
        assert (one.greet(), other.greet(), module.greet()) == ("HELLO", "hello", "HELLO")
    with patched(Greeter, "greet", louder):
        assert other.greet() == "HELLO"
    assert vars(one) == {}
    assert module.greet is greet
    assert one.greet() == "hello"


def test_several_open_at_once_are_one_and_the_last_takes_it_out():
    greeter = Greeter()
    first, second = patched(greeter, "greet", louder), patched(greeter, "greet", lambda _: lambda: "never made")
    first.__enter__()
    second.__enter__()
    assert greeter.greet() == "HELLO"
    first.__exit__(None, None, None)
    assert greeter.greet() == "HELLO"
    second.__exit__(None, None, None)
    assert vars(greeter) == {}


def test_an_exception_takes_it_out_and_a_missing_function_leaves_nothing():
    greeter = Greeter()
    with pytest.raises(RuntimeError, match="out"), patched(greeter, "greet", louder):
        raise RuntimeError("out")
    with pytest.raises(MissingNameError, match=r"Greeter\.sing"), patched(greeter, "sing", louder):
        pass
    with patched(greeter, "greet", louder):
        assert greeter.greet() == "HELLO"
    assert vars(greeter) == {}


def test_keras_does_not_notice():
    optimizer = keras.optimizers.SGD()
    before = dict(vars(optimizer))
    with patched(optimizer, "scale_loss", lambda _: lambda loss: -loss):
        assert optimizer.scale_loss(1.0) == -1.0
    assert vars(optimizer) == before
