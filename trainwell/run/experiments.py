"""The section `experiments` of a Run: short trainings and evaluations that confirm or refute what rules suspect."""

from __future__ import annotations

from trainwell.run.section import Section


class LearnerRecord(Section):
    """One reference learner.

    Args:
        name: such as `"gradient boosting"`.
        score: by the metric of the section, on the held-out rows.
        error: standard error of `score`.
        loss: of its answers under the model's own loss. Not recorded if they have no form that the loss takes.
    """

    name: str
    score: float
    error: float
    loss: float | None = None


class ReferencesRecord(Section):
    """What other learners reach on the rows that the network is trained on, and the network beside them.

    Args:
        metric: name of the score; more is better.
        rows: training rows that the learners were fitted to.
        columns: columns that they saw.
        held_rows: rows that all scores are from.
        trained_on: whether the held-out rows are training rows that were held out from the learners alone, since there
            are no validation rows. The network has then been trained on the rows that it is scored on.
        network: score of the trained network.
        network_error: standard error of `network`.
        constant: score of the best answer that ignores the inputs.
        learners: the learners, the best one first.
        gain: score of the best learner less that of the network, on the same rows.
        gain_error: standard error of `gain`.
        chance: p-value of the best learner: how often a learner fitted to shuffled targets scores as well.
        network_chance: p-value of the network: how often its answers, dealt to other rows, score as well.
        attainable: lowest loss that the learners reach, under the model's own loss.
        seconds: time that it took.
    """

    metric: str
    rows: int = 0
    columns: int = 0
    held_rows: int = 0
    trained_on: bool = False
    network: float | None = None
    network_error: float | None = None
    constant: float | None = None
    learners: list[LearnerRecord] = []
    gain: float | None = None
    gain_error: float | None = None
    chance: float | None = None
    network_chance: float | None = None
    attainable: float | None = None
    seconds: float = 0.0


class RowMixingRecord(Section):
    """Whether the output for a row depends on other rows of its batch, in inference mode.

    Args:
        rows: rows whose batch was filled up with other rows.
        changed: largest change of their outputs, as a share of the deviation of all outputs.
        place: first layer whose output changed; `""` if none is known.
    """

    rows: int
    changed: float
    place: str = ""


class TrialRecord(Section):
    """A remedy that was tried, beside the training as it is: same first weights, same steps, same held-out rows.

    Args:
        rule: id of the rule whose fault it would answer.
        remedy: name of the remedy.
        change: the edits as text.
        metric: name of the score; more is better.
        steps: steps of each training.
        seeds: number of paired trainings.
        before: mean score without the remedy, on the held-out rows.
        after: mean score with it.
        gain: `after` less `before`, over the same rows.
        gain_error: standard error of `gain`.
        loss_before: loss of the held-out rows without the remedy. Not recorded if the remedy changes what a loss means.
        loss_after: the same with it.
        failed: why it could not be trained; `""` where it could.
    """

    rule: str
    remedy: str
    change: str = ""
    metric: str = ""
    steps: int = 0
    seeds: int = 0
    before: float | None = None
    after: float | None = None
    gain: float | None = None
    gain_error: float | None = None
    loss_before: float | None = None
    loss_after: float | None = None
    failed: str = ""


class OriginRecord(Section):
    """The operation that gives the first value which is not finite.

    Args:
        operation: in words, such as `"square root"`.
        function: function of `keras.ops` that the user's code calls for it, such as `"sqrt"`; `""` if none.
        dtype: data type of its result.
        place: layer that it is in; `""` for the loss.
        source: line of the user's code as `"file:line"`; `""` if it is in no code of the user's own.
        code: that line.
        in_derivative: whether its own result is finite, and its derivative is not.
    """

    operation: str
    function: str = ""
    dtype: str = ""
    place: str = ""
    source: str = ""
    code: str = ""
    in_derivative: bool = False


class OutputGradientRecord(Section):
    """The loss of one output at the first weights.

    Args:
        output: name of the output.
        loss: its term of the loss, weighted. Not recorded if the loss could not be taken apart.
        gradient: norm of its gradient with respect to the weights that the losses of several outputs reach.
    """

    output: str
    loss: float | None = None
    gradient: float | None = None


class GradientsRecord(Section):
    """The loss and its gradient at the first weights, in training mode.

    Args:
        rows: training rows that were looked at, up to the first batch whose loss or gradient is not finite.
        batch: rows of one batch.
        finite_loss: whether the loss of the last batch is finite.
        non_finite: variables whose gradient is not finite.
        origin: the operation that the values that are not finite come from, if it is known.
        outputs: loss and gradient of each output, if there are several that share weights.
    """

    rows: int
    batch: int = 0
    finite_loss: bool = True
    non_finite: list[str] = []
    origin: OriginRecord | None = None
    outputs: list[OutputGradientRecord] = []


class ExperimentsRecord(Section):
    """The experiments; `not_measured` says why one was not made.

    Args:
        trials: remedies that were tried.
        references: other learners on the same rows.
        row_mixing: whether rows of a batch depend on each other.
        gradients: loss and gradient before the training.
    """

    trials: list[TrialRecord] | None = None
    references: ReferencesRecord | None = None
    row_mixing: RowMixingRecord | None = None
    gradients: GradientsRecord | None = None
