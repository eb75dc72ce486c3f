"""What short trainings at several learning rates reached, beside what the training itself reached."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainwell.run.constant import constant_loss
from trainwell.run.curves import curve
from trainwell.run.losses import is_weighted, trained_to
from trainwell.run.missing import NotMeasured

if TYPE_CHECKING:
    from trainwell.run.run import Run

_LEARNED = 0.9  # of the constant answer's loss: a training below has begun to use the inputs


@dataclass(frozen=True)
class Rates:
    """The probe of the rates.

    Args:
        rate: that the model was compiled with; under a schedule its largest.
        steps: of each short training.
        first: loss before them.
        constant: loss of the best answer that ignores the inputs, penalties added; infinite where not comparable.
        reached: loss after these steps, by multiple of the rate; infinite where it diverged.
        longer: loss after more steps at the rate itself; infinite where it diverged.
        longer_steps: how many.
        end: loss that the whole training reached.
    """

    rate: float
    steps: int
    first: float
    constant: float
    reached: dict[float, float]
    longer: float
    longer_steps: int
    end: float

    @classmethod
    def of(cls, run: Run) -> Rates:
        """The rates of a Run.

        Raises:
            NotMeasured: no rate could be tried.
        """
        probe = run.probes.rates
        if probe is None:
            raise NotMeasured("no other learning rates were tried")
        reached = {
            factor: math.inf if last is None else last for factor, last in zip(probe.factors, probe.last, strict=True)
        }
        first, lowest = probe.first, reached[min(reached)]
        if first is None:
            raise NotMeasured("the loss is not a finite number before the first step, at whatever rate")
        # Where the lowest rate barely moves, all of its steps tell where it began, and a few of them are noise.
        first = max(first, lowest) if math.isfinite(lowest) else first
        constant, penalty = constant_loss(run), curve(run, "inference/penalty")
        comparable = math.inf
        if constant is not None and penalty is not None and not is_weighted(run):
            comparable = constant + penalty.first
        return cls(
            probe.rate,
            probe.steps,
            first,
            comparable,
            reached,
            math.inf if probe.longer.last is None else probe.longer.last,
            probe.longer.steps,
            trained_to(run),
        )

    @property
    def own(self) -> float:
        """What the rate itself reached."""
        return self.reached[1.0]

    def lower(self) -> tuple[float, float]:
        """The best multiple of at most a tenth, and what it reached."""
        return self._best([factor for factor in self.reached if factor < 1])

    def higher(self) -> tuple[float, float]:
        """The best multiple of at least ten, and what it reached."""
        return self._best([factor for factor in self.reached if factor >= 10])  # noqa: PLR2004 -- as it says

    def _best(self, factors: list[float]) -> tuple[float, float]:
        best = min(factors, key=lambda factor: self.reached[factor])
        return best, self.reached[best]

    def start(self, best: float) -> float:
        """From where the fall to the best loss counts.

        Falling to what a constant answer is worth is no learning, so it counts from there where the best went below.
        """
        return min(self.first, self.constant) if best < _LEARNED * self.constant < math.inf else self.first
