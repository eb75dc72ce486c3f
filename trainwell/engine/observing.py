"""A training step that also reads signals, from values that it computes anyway: no second pass, the same weights.

While the step is traced, three functions are replaced: `jax.value_and_grad`, through whose auxiliary outputs the
readings of the forward pass leave it; `keras.Operation.__call__`, through which every layer's call goes; and the
optimizer's `stateless_apply`, which sees gradients, and weights before and after. They act for the thread that traces
and are gone afterwards; the model's layers are not touched.

What is not optimal: values inside a function that JAX transforms (a loop, a checkpoint, a gradient taken by other means
than `jax.value_and_grad`) cannot be seen from outside it, and neither can time steps within a recurrent layer. The
readings say so of each layer and variable concerned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import keras

from trainwell.engine import compat
from trainwell.engine.compat.patching import patched, patched_layer_calls, patched_value_and_grad
from trainwell.engine.layer_outputs import TRANSFORMED, LayerOutputs
from trainwell.engine.layer_paths import LayerPaths
from trainwell.engine.packing import Entry, stacked
from trainwell.engine.signal_batch import Reading, SignalBatch
from trainwell.signals import WHOLE_MODEL, Of, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

ObservedStep = Callable[[Any, Any], tuple[Any, Any, SignalBatch]]

_OF_VARIABLES: tuple[Of, ...] = ("gradient", "weight", "update")
_thread = threading.local()


def observed(model: keras.Model, signals: Sequence[Signal]) -> ObservedStep:
    """`model.train_step`, reading signals: the same logs and state, bit for bit.

    Args:
        model: a compiled model, built with its optimizer before the step is traced.
        signals: what to read.

    Returns:
        A stateless function `(state, batch) -> (logs, state, readings)`, for JAX to transform like the step itself.
    """

    def step(state: Any, batch: Any) -> tuple[Any, Any, SignalBatch]:
        observation = _Observation(model, signals)
        with ExitStack() as stack:
            # Models may be traced within each other, and on several threads at once.
            stack.callback(setattr, _thread, "observation", getattr(_thread, "observation", None))
            _thread.observation = observation
            stack.enter_context(patched_value_and_grad(_patch_value_and_grad))
            stack.enter_context(patched_layer_calls(_patch_call))
            stack.enter_context(patched(model.optimizer, "stateless_apply", _patch_apply))
            logs, new_state = model.train_step(state, batch)
        return logs, new_state, observation.result()

    return step


def observed_call(model: keras.Model, signals: Sequence[Signal]) -> Callable[..., tuple[Any, list[str], SignalBatch]]:
    """`model(...)`, reading signals of outputs.

    Args:
        model: a built model.
        signals: what to read, all of them of outputs.

    Returns:
        A function of the model's own arguments that gives the model's outputs, the places where those were read, and
        the readings; the places are known once JAX has traced it.
    """

    def call(*arguments: Any, **options: Any) -> tuple[Any, list[str], SignalBatch]:
        observation = _Observation(model, signals)
        with ExitStack() as stack:
            stack.callback(setattr, _thread, "observation", getattr(_thread, "observation", None))
            _thread.observation = observation
            stack.enter_context(patched_layer_calls(_patch_call))
            outputs = model(*arguments, **options)
        last = observation.outputs.places_of(outputs)
        return outputs, last, observation.result()

    return call


class _Observation:
    """One tracing of one step, or of one call."""

    def __init__(self, model: keras.Model, signals: Sequence[Signal]) -> None:
        self._model = model
        self._signals = signals
        self._places = LayerPaths(model)
        self._level = compat.trace_level()
        self._found: list[Reading] = []
        self._losses: list[Any] = []
        self._scale: Any = 1.0  # of the loss, in mixed precision
        self._applications = 0
        self._variables: list[str] = []
        self._seen: set[int] = set()
        self.outputs = LayerOutputs(self._places, self._of("output"), self._is_visible)

    def result(self) -> SignalBatch:
        """All that was read; once, when the step is traced."""
        self._found += self.outputs.reduced()
        for number, loss in enumerate(self._losses, 1):
            self._keep_number("loss", loss / self._scale, number)
        declared = {signal.name: signal.shape for signal in self._signals}
        for name, shape in ((reading.signal, tuple(reading.values.shape[1:])) for reading in self._found):
            if shape != declared[name]:
                raise ValueError(f"Signal {name!r} gave {shape}, where {declared[name]} was declared.")
        everywhere = [where for reading in self._found for where in reading.where]
        places = dict.fromkeys([WHOLE_MODEL, *self.outputs.places, *self._variables, *everywhere])
        return SignalBatch.pack(self._found, list(places), self._not_measured())

    def value_and_grad(self, original: Callable[..., Any], function: Callable[..., Any], **options: Any) -> Any:
        """`jax.value_and_grad(function, **options)`, with the readings among the auxiliary outputs."""
        has_aux = options.pop("has_aux", False)
        names: list[tuple[str, tuple[str, ...]]] = []

        def with_readings(*args: Any, **kwargs: Any) -> tuple[Any, tuple[Any, list[Any]]]:
            level, found = self._level, self._found
            self._level, self._found = compat.trace_level(), []
            try:
                result = function(*args, **kwargs)
                inner = self._found + self.outputs.reduced()
            finally:
                self.outputs.let_go()
                self._level, self._found = level, found
            names[:] = [(reading.signal, reading.where) for reading in inner]
            value, aux = result if has_aux else (result, None)
            return value, (aux, [reading.values for reading in inner])

        transformed = original(with_readings, has_aux=True, **options)

        def value_and_gradients(*args: Any, **kwargs: Any) -> Any:
            if not self._is_visible():
                return original(function, has_aux=has_aux, **options)(*args, **kwargs)
            self._found += self.outputs.reduced()  # of what was called outside the gradient
            (value, (aux, values)), gradients = transformed(*args, **kwargs)
            self._found += [Reading(*name, one) for name, one in zip(names, values, strict=True)]
            self._losses.append(jax.lax.stop_gradient(value))
            return ((value, aux) if has_aux else value), gradients

        return value_and_gradients

    def apply(self, original: Callable[..., Any], before: Any, gradients: Any, weights: Any) -> Any:
        """`optimizer.stateless_apply`, with its gradients, weights and updates read."""
        new_weights, after = original(before, gradients, weights)
        if not self._is_visible():
            return new_weights, after
        self._applications += 1
        optimizer = self._model.optimizer
        with keras.StatelessScope(state_mapping=list(zip(optimizer.variables, before, strict=True))):
            self._scale = optimizer.scale_loss(1.0)
            if not isinstance(optimizer, keras.optimizers.MultiOptimizer):  # it has several, and none to tell
                self._keep_number("learning_rate", jnp.asarray(optimizer.learning_rate), self._applications)
        variables = compat.optimized_variables(optimizer)
        self._seen |= {id(variable) for variable in variables}
        where = [_numbered(self._places.of_variable(variable), self._applications) for variable in variables]
        self._variables += where
        old = [_row(weight) for weight in weights]
        values: dict[Of, list[Any]] = {
            "gradient": [_row(gradient) / self._scale for gradient in gradients],
            "weight": old,
            "update": [_row(new) - one for new, one in zip(new_weights, old, strict=True)],
        }
        for of, rows in values.items():
            wanted = self._of(of) or (of == "gradient" and self._of("gradients"))
            stacks = stacked([Entry(*one) for one in zip(where, rows, strict=True)]) if wanted else []
            if of == "gradient":
                self._keep_number("gradients", [stack.values for stack in stacks], self._applications)
            self._found += [
                Reading(signal.name, stack.where, stack.reduced(signal.reduce))
                for stack in stacks
                for signal in self._of(of)
            ]
        return new_weights, after

    def _keep_number(self, of: Of, value: Any, number: int) -> None:
        """Keeps what the signals of the whole model read, the first time or a later time within the step."""
        for signal in self._of(of):
            self._found.append(
                Reading(signal.name, (_numbered(WHOLE_MODEL, number),), jnp.asarray(signal.reduce(value))[None])
            )

    def _not_measured(self) -> dict[str, str]:
        found = self.outputs.not_measured() if self._of("output") else {}
        if any(self._of(of) for of in _OF_VARIABLES):
            for variable in self._model.trainable_variables:
                if id(variable) not in self._seen:
                    found[self._places.of_variable(variable)] = "its gradient does not reach the model's optimizer"
        read = {reading.signal for reading in self._found}
        missing = [signal for signal in self._signals if signal.is_of_whole_model and signal.name not in read]
        several = self._applications and isinstance(self._model.optimizer, keras.optimizers.MultiOptimizer)
        rates = [signal.name for signal in missing if several and signal.of == "learning_rate"]
        others = [signal.name for signal in missing if signal.name not in rates]
        reasons = [f"{', '.join(rates)}: the optimizer has several"] if rates else []
        reasons += [f"{', '.join(others)}: the step takes no gradient, or {TRANSFORMED}"] if others else []
        if reasons:
            found[WHOLE_MODEL] = "; ".join(reasons)
        return found

    def _of(self, of: Of) -> list[Signal]:
        return [signal for signal in self._signals if signal.of == of]

    def _is_visible(self) -> bool:
        return compat.trace_level() == self._level


def _patch_value_and_grad(original: Callable[..., Any]) -> Callable[..., Any]:
    def value_and_grad(fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, **options: Any) -> Any:
        observation: _Observation | None = getattr(_thread, "observation", None)
        if observation is None:
            return original(fun, argnums, has_aux, **options)
        return observation.value_and_grad(original, fun, argnums=argnums, has_aux=has_aux, **options)

    return value_and_grad


def _patch_call(original: Callable[..., Any]) -> Callable[..., Any]:
    def __call__(self: keras.Operation, *args: Any, **kwargs: Any) -> Any:  # noqa: N807 -- the name that it replaces
        observation: _Observation | None = getattr(_thread, "observation", None)
        if observation is None:
            return original(self, *args, **kwargs)
        return observation.outputs.call(original, self, *args, **kwargs)

    return __call__


def _patch_apply(original: Callable[..., Any]) -> Callable[..., Any]:
    def stateless_apply(optimizer_variables: Any, grads: Any, trainable_variables: Any) -> Any:
        observation: _Observation | None = getattr(_thread, "observation", None)
        if observation is None:
            return original(optimizer_variables, grads, trainable_variables)
        return observation.apply(original, optimizer_variables, grads, trainable_variables)

    return stateless_apply


def _row(value: Any) -> Any:
    return jnp.reshape(value, (1, -1)).astype(jnp.float32)


def _numbered(where: str, number: int) -> str:
    return where if number == 1 else f"{where}:{number}"
