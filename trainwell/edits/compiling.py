"""Edits of what the model is compiled with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras

from trainwell.edits.edit import Edit
from trainwell.edits.wording import call, told
from trainwell.errors import EditError

if TYPE_CHECKING:
    from trainwell.edits.edit import Draft


_MORE = 1.5  # of weight: a schedule has more settings than a rate


@dataclass(frozen=True)
class ChangeCompile(Edit):
    """Compiles with other arguments.

    Args:
        arguments: of `keras.Model.compile`.
        output: where `loss`, `metrics` or `loss_weights` are given for each output: the one that is meant.
    """

    part = "compile"
    arguments: dict[str, Any]
    output: str = ""

    def change(self, draft: Draft) -> None:
        for name, given in self.arguments.items():
            before = draft.compile.get(name)
            if self.output and isinstance(before, dict):
                draft.compile[name] = {**before, self.output: given}
            elif self.output and isinstance(before, (list, tuple)) and self.output.isdecimal():
                draft.compile[name] = [given if at == int(self.output) else each for at, each in enumerate(before)]
            else:
                draft.compile[name] = given

    def __str__(self) -> str:
        where = f" of {self.output}" if self.output else ""
        return f"compile{where}: {told(self.arguments)}"


@dataclass(frozen=True)
class ChangeOptimizer(Edit):
    """Gives the optimizer other arguments, or takes another optimizer.

    Args:
        arguments: such as `{"learning_rate": 1e-3}` or `{"global_clipnorm": 1.0}`; a rate may be a schedule.
        kind: a class of `keras.optimizers`; the TrainingSpec's own where not given, and it keeps its other arguments.
    """

    part = "compile"
    arguments: dict[str, Any] = field(default_factory=dict)
    kind: str = ""

    def change(self, draft: Draft) -> None:
        optimizer: Any = keras.optimizers.get(draft.compile.get("optimizer", "rmsprop"))
        kind = getattr(keras.optimizers, self.kind) if self.kind else type(optimizer)
        config = {} if self.kind else optimizer.get_config()
        for name, given in self.arguments.items():
            if not self.kind and name not in config:
                raise EditError(f"{kind.__name__} has no argument {name!r}.", f"It has: {', '.join(config)}.")
            is_schedule = isinstance(given, keras.optimizers.schedules.LearningRateSchedule)
            config[name] = keras.saving.serialize_keras_object(given) if is_schedule else given
        clipping = {"clipnorm", "clipvalue", "global_clipnorm"}
        if clipping & set(self.arguments):  # Keras takes one of them alone
            config.update(dict.fromkeys(clipping - set(self.arguments)))
        try:
            draft.compile["optimizer"] = kind.from_config(config)
        except (TypeError, ValueError) as error:
            raise EditError(f"{kind.__name__} cannot be made: {error}", "Give arguments that it takes.") from error

    def __str__(self) -> str:
        return f"optimizer: {call(self.kind, self.arguments) if self.kind else told(self.arguments)}"


@dataclass(frozen=True)
class SetSchedule(Edit):
    """Gives the optimizer a learning-rate schedule over all steps of the training.

    Args:
        kind: `"OneCycle"` of `trainwell.techniques`, or a schedule of `keras.optimizers.schedules`.
        arguments: for it; `steps` is filled in where the kind is `"OneCycle"`.
    """

    part = "compile"
    kind: str
    arguments: dict[str, Any]

    def change(self, draft: Draft) -> None:
        if self.kind == "OneCycle":
            from trainwell.techniques import OneCycle  # noqa: PLC0415 -- one of many edits

            steps = draft.spec.steps_per_epoch * draft.fit.get("epochs", 1)
            schedule = OneCycle(**{"steps": steps, **self.arguments})
        else:
            schedule = getattr(keras.optimizers.schedules, self.kind)(**self.arguments)
        ChangeOptimizer({"learning_rate": schedule}).change(draft)

    def within(self, steps: int) -> SetSchedule:
        name = "steps" if self.kind == "OneCycle" else "decay_steps"
        return replace(self, arguments={**self.arguments, name: steps})

    @property
    def weight(self) -> float:
        return _MORE

    def __str__(self) -> str:
        return f"learning rate: {call(self.kind, self.arguments)}"
