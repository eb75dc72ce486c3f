"""What is done with each BatchNormalization layer of a model, in words: which go where, and why the others stay."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fold:
    """One BatchNormalization layer that goes into its neighbours.

    Args:
        batchnorm: its name; inside of a nested model, `model/name`.
        into: the names of the layers whose weights take it in.
        direction: `"before"` where those layers come before it, `"after"` where they come after it.
    """

    batchnorm: str
    into: tuple[str, ...]
    direction: str


@dataclass(frozen=True)
class KeptLayer:
    """One BatchNormalization layer that stays.

    Args:
        batchnorm: its name; inside of a nested model, `model/name`.
        reason: why, as a sentence.
    """

    batchnorm: str
    reason: str


@dataclass(frozen=True)
class FoldingPlan:
    """What `fold_batchnorm` does with each BatchNormalization layer of a model.

    Args:
        folded: those that go, in the order of the model, then of each model inside it.
        kept: those that stay.
    """

    folded: tuple[Fold, ...]
    kept: tuple[KeptLayer, ...]

    def __str__(self) -> str:
        lines = [f"{len(self.folded)} folded, {len(self.kept)} kept"]
        lines += [f"  {fold.batchnorm}: into {' and '.join(fold.into)}" for fold in self.folded]
        lines += [f"  {kept.batchnorm}: kept. {kept.reason}" for kept in self.kept]
        return "\n".join(lines)
