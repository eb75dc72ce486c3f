"""The section `experiments` of a Run: short trainings and evaluations that confirm or refute (`trainwell.experiments`)."""

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
        cross_validated: whether the learners were scored on training rows left out by turns, since there are no
            validation rows. The network has then been trained on the rows that it is scored on.
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
    cross_validated: bool = False
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


class LayoutRecord(Section):
    """How alike neighbouring entries of one input are, as given and in another layout of the same values.

    Args:
        input: name of the input; `""` for a single one.
        shape: shape of one row.
        given: correlation of neighbouring entries as given: over height and width, or over the steps.
        read_as: shape that one row of the array's memory is read as, in the smoothest other layout.
        order: order of the axes of `read_as` that gives the shape of the input again.
        other: correlation of neighbouring entries in that layout, the least one of its parts. Not recorded if the
            values can stand in no other layout.
        ends: correlation where two lines of that layout meet in memory: two features of a sequence, two lines of a
            picture with other sides. It is as high as `other` where one long series was cut into pieces on purpose.
    """

    input: str
    shape: list[int]
    given: float
    read_as: list[int] = []
    order: list[int] = []
    other: float | None = None
    ends: float | None = None


class PositionRecord(Section):
    """Whether neighbours in an array are neighbours in the picture or the sequence.

    Args:
        rows: rows that were looked at.
        inputs: the inputs that are pictures or sequences.
    """

    rows: int
    inputs: list[LayoutRecord] = []


class FirstActivationRecord(Section):
    """What the layers in front of the first weights make of the values of one input.

    Args:
        place: the layer.
        kind: its class.
        minimum: lowest value that it is given.
        maximum: highest value that it is given.
        low: lowest value that it returns.
        high: highest value that it returns.
        lost: share of the values that it turns into its lowest or highest value, though they were different ones. Not
            recorded if it is no activation.
        normalized: whether a normalization comes between it and the first weights.
    """

    place: str
    kind: str
    minimum: float
    maximum: float
    low: float
    high: float
    lost: float | None = None
    normalized: bool = False


class FirstActivationsRecord(Section):
    """The activations and rescalings in front of the first weights.

    Args:
        rows: rows that were looked at.
        layers: in the order of the calls.
    """

    rows: int
    layers: list[FirstActivationRecord] = []


class PeriodicTargetRecord(Section):
    """Whether both ends of one target's range are the same place.

    Args:
        target: name of the target; `""` for a single one.
        column: number of its column, counted from 0.
        low: beginning of the range that its values fill.
        period: length of that range.
        ends: share of the rows at one end of the range with a row of the other end among the nearest by their inputs.
        adjacent: the same for two parts of the range that lie side by side.
        apart: the same for two parts of the range that lie far from each other, round the end too.
        chance: how likely it is that rows of the two ends meet as often as they do if they meet no more often than
            other parts that lie far from each other.
    """

    target: str
    column: int
    low: float
    period: float
    ends: float
    adjacent: float
    apart: float
    chance: float


class PeriodicTargetsRecord(Section):
    """The targets whose values fill a range such as 0 to 360 or 0 to 24.

    Args:
        rows: rows that were looked at.
        columns: one for each such column.
    """

    rows: int
    columns: list[PeriodicTargetRecord] = []


class ExperimentsRecord(Section):
    """The experiments; `not_measured` says why one was not made.

    Args:
        references: other learners on the same rows.
        row_mixing: whether rows of a batch depend on each other.
        position: whether neighbours in an array are neighbours in the picture or the sequence.
        first_activation: what comes in front of the first weights.
        periodic_target: whether both ends of a target's range are the same place.
    """

    references: ReferencesRecord | None = None
    row_mixing: RowMixingRecord | None = None
    position: PositionRecord | None = None
    first_activation: FirstActivationsRecord | None = None
    periodic_target: PeriodicTargetsRecord | None = None
