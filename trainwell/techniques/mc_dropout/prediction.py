"""What MC dropout predicts: the mean, the spread, and for probabilities where the spread comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainwell.errors import InputError


@dataclass(frozen=True)
class MCPrediction:
    """What many passes with dropout on gave.

    Args:
        mean: `(rows, outputs)`, the mean over the samples: the prediction.
        std: `(rows, outputs)`, the standard deviation over the samples, divided by their number and not by one less.
        count: number of samples.
        output: what the outputs are: `"softmax"` classes, `"sigmoid"` labels, or `"linear"` values.
        expected_entropy: mean over the samples of each sample's own entropy, of the shape of `entropy`; `None` for
            values.
        samples: `(samples, rows, outputs)` where they were to be kept, or `None`.
    """

    mean: np.ndarray
    std: np.ndarray
    count: int
    output: str
    expected_entropy: np.ndarray | None = None
    samples: np.ndarray | None = None

    @property
    def entropy(self) -> np.ndarray:
        """Predictive entropy of the mean `H(p̄) = -Σ p̄ ln p̄`, in nats: all that is unsure.

        `(rows,)` for classes and for one sigmoid unit; `(rows, labels)` for several sigmoid units, each by itself.

        Raises:
            InputError: the outputs are values, which have no entropy.
        """
        self._require_probabilities("entropy")
        return entropies(self.mean, self.output).astype(self.mean.dtype)

    @property
    def mutual_information(self) -> np.ndarray:
        """Mutual information of prediction and weights `H(p̄) - mean H(p)`, in nats, of the shape of `entropy`.

        The part of the entropy on which the thinned nets disagree (also called BALD); the rest is in the data.

        Raises:
            InputError: the outputs are values.
        """
        expected = self._require_probabilities("mutual information")
        return np.maximum(self.entropy - expected, 0)  # below 0 by rounding alone

    def _require_probabilities(self, what: str) -> np.ndarray:
        if self.expected_entropy is None:
            raise InputError(
                f"There is no {what}: the model's outputs are not known to be probabilities.",
                'For values use std. Else end the model in a softmax or sigmoid, or say output="softmax" or "sigmoid".',
            )
        return self.expected_entropy


def entropies(shares: np.ndarray, output: str) -> np.ndarray:
    """Entropy in nats of probabilities.

    Args:
        shares: `(..., outputs)`, in [0, 1].
        output: `"softmax"` sums over the last axis; `"sigmoid"` takes each output as a yes or no, and drops a last axis
            of one output.
    """
    from scipy.special import entr  # noqa: PLC0415 -- importing it takes a moment

    shares = np.clip(shares.astype(np.float64), 0, 1)
    if output == "softmax":
        return entr(shares).sum(axis=-1)
    each = entr(shares) + entr(1 - shares)
    return each[..., 0] if each.shape[-1] == 1 else each
