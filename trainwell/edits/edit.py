"""An Edit: one change to a TrainingSpec, made in a draft, so that the given spec stays as it is."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import keras

from trainwell import engine
from trainwell.edits.blueprint import Blueprint, is_graph
from trainwell.engine.generators import preserve_rng
from trainwell.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainwell.training_spec import TrainingSpec

Part = Literal["model", "compile", "fit", "data"]


@dataclass
class Draft:
    """A TrainingSpec while it is edited; its dictionaries are copies, its arrays are not and must not be written into.

    Args:
        spec: the TrainingSpec that is edited; not changed.
        compile, data, fit: as of `TrainingSpec`.
    """

    spec: TrainingSpec
    compile: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: TrainingSpec) -> Draft:
        """A draft that holds what the TrainingSpec holds."""
        return cls(spec, dict(spec.compile), dict(spec.data), dict(spec.fit))

    @functools.cached_property
    def blueprint(self) -> Blueprint:
        """The model's configuration and weights, read when the first edit of the model asks for them.

        Raises:
            EditError: the model cannot be rebuilt from its configuration.
        """
        return Blueprint.of(self.spec.model)

    @property
    def held(self) -> tuple[Any, ...] | None:
        """The validation data that are given apart; `None` where there are none, or `fit` splits them off."""
        return self.data.get("validation_data")

    def finished(self, *, seed: int | None, keep_weights: bool) -> TrainingSpec:
        """The edited TrainingSpec, with a model, an optimizer and metrics of its own."""
        if seed is not None:
            keras.utils.set_random_seed(seed)
        if is_graph(self.spec.model):
            model = self.blueprint.build(keep_weights=keep_weights)
        else:
            model = engine.copied(self.spec.model)
        return replace(self.spec, model=model, compile=own_objects(self.compile), data=self.data, fit=self.fit)


@dataclass(frozen=True)
class Edit:
    """One change to a TrainingSpec; `str` tells it in one line.

    Subclasses are plain data: they can be compared, printed, pickled, and applied to any spec that has what they name.
    """

    part: ClassVar[Part]
    by_row: ClassVar[bool] = True  # of an edit of the data: whether it changes each row by itself

    def change(self, draft: Draft) -> None:
        """Makes the change.

        Raises:
            EditError: it cannot be made on this TrainingSpec.
        """
        raise NotImplementedError

    @property
    def weight(self) -> float:
        """How much it changes, to choose the smaller of two that do equally well; 1 for one argument."""
        return {"compile": 1.0, "fit": 1.0, "data": 1.0, "model": 2.0}[self.part]

    def within(self, steps: int) -> Edit:
        """The same for a training of so many steps: what is laid out over a whole training is laid out over those."""
        del steps
        return self

    def code(self) -> Sequence[str]:
        """Lines of Python that prepare the data for it; none where it shows in the model, `compile` or `fit` alone.

        They read and assign the names `x_train`, `y_train`, `x_val` and `y_val`.
        """
        return ()

    def expressions(self) -> dict[str, dict[str, str]]:
        """By layer, arguments whose values the lines of `code` compute, and the expressions that stand for them."""
        return {}


def edited(
    spec: TrainingSpec, edits: Iterable[Edit], *, seed: int | None = None, keep_weights: bool = True
) -> TrainingSpec:
    """A TrainingSpec with edits applied in their order; the one given, its model and its arrays stay as they are.

    Args:
        spec: with a built model.
        edits: to be applied; with none, a copy is made.
        seed: from which weights that are new or not kept are drawn; the generators' own states where not given.
        keep_weights: carry weights over wherever a layer has the shapes that it had and was not told to be drawn anew.

    Raises:
        EditError: one of them cannot be applied; its text says why.
    """
    draft = Draft.of(spec)
    with preserve_rng():
        for edit in edits:
            edit.change(draft)
        return draft.finished(seed=seed, keep_weights=keep_weights)


def own_objects(arguments: dict[str, Any]) -> dict[str, Any]:
    """Compile arguments with optimizers and metrics of their own, in the state of new ones."""
    made: Any = keras.tree.map_structure(_new, arguments, none_is_leaf=True)
    return made


def _new(value: Any) -> Any:
    if isinstance(value, (keras.optimizers.Optimizer, keras.metrics.Metric)):
        try:
            return type(value).from_config(value.get_config())
        except (TypeError, NotImplementedError) as error:
            raise EditError(
                f"{type(value).__name__} cannot be made anew from its configuration: {error}", "Give it a get_config()."
            ) from error
    return value
