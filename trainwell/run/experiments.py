"""The section `experiments` of a Run: short trainings and evaluations that confirm or refute what rules suspect."""

from __future__ import annotations

from typing import Literal

from trainwell.run.section import Section

_AS_MUCH = 0.9  # of what references save of a constant answer's loss


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
        network_loss: loss of the trained network on the held-out rows, without penalties.
        constant: score of the best answer that ignores the inputs.
        constant_loss: loss of the best answer that ignores the inputs, on training rows.
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
    network_loss: float | None = None
    constant: float | None = None
    constant_loss: float | None = None
    learners: list[LearnerRecord] = []
    gain: float | None = None
    gain_error: float | None = None
    chance: float | None = None
    network_chance: float | None = None
    attainable: float | None = None
    seconds: float = 0.0

    @property
    def best(self) -> LearnerRecord | None:
        """Return the learner with the best score; `None` without any."""
        return self.learners[0] if self.learners else None

    @property
    def possible(self) -> float:
        """Return what the best learner gains over a constant answer, in the score; 0 if that is not known."""
        return abs(self.best.score - self.constant) if self.best is not None and self.constant is not None else 0.0

    @property
    def wins_by_its_loss(self) -> bool:
        """Return True if the network saves nearly as much of its own loss on the held-out rows as the learners do."""
        if self.network_loss is None or self.attainable is None:
            return False
        if self.constant_loss is None or self.constant_loss <= self.attainable:
            return self.network_loss <= self.attainable
        return self.constant_loss - self.network_loss >= _AS_MUCH * (self.constant_loss - self.attainable)


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
        zero: variables whose gradient is 0 in all of these rows.
        zero_share: share of the trainable parameters that are in such variables.
        origin: the operation that the values that are not finite come from, if it is known.
        outputs: loss and gradient of each output, if there are several that share weights.
    """

    rows: int
    batch: int = 0
    finite_loss: bool = True
    non_finite: list[str] = []
    zero: list[str] = []
    zero_share: float = 0.0
    origin: OriginRecord | None = None
    outputs: list[OutputGradientRecord] = []


class BatchesRecord(Section):
    """What the batches of a source hold, from the batches that were read before the training: one epoch at most.

    Args:
        batches: batches whose rows were compared by their content, inputs and targets together.
        rows: rows of these batches.
        distinct_batches: batches that differ from all others, the order of their rows included.
        distinct_rows: rows that differ from all others.
        overlap: mean share of the rows of a batch that the batch before it held too.
        distinct_within: mean share of the rows of a batch that differ from the other rows of that batch.
        classes: number of classes of the target, if it holds one class a row.
        one_class: share of the batches whose rows are all of one class.
        between_batches: share of the target's variance that lies between batches, if it holds classes.
    """

    batches: int
    rows: int
    distinct_batches: int
    distinct_rows: int
    overlap: float | None = None
    distinct_within: float = 0.0
    classes: int | None = None
    one_class: float | None = None
    between_batches: float | None = None


class WeightsRecord(Section):
    """The weights of the rows: `sample_weight`, or what a source of batches yields third.

    Args:
        rows: rows whose weights were read.
        zero: rows whose weights are all zero.
        effective: rows that count, `(sum of weights)² / sum of squared weights`. Not recorded for a source of batches.
    """

    rows: int
    zero: int
    effective: float | None = None


class ClassWeight(Section):
    """How one class is weighted.

    Args:
        label: number of the class.
        rows: training rows of the class.
        weight: weight of each of its rows.
    """

    label: int
    rows: int
    weight: float


class ClassWeightsRecord(Section):
    """The weights of the classes of a target.

    Args:
        source: the argument of `fit` that they come from: `"class_weight"`, or `"sample_weight"` if all rows of a class
            have the same weight.
        classes: the classes that have training rows, in the order of their numbers.
    """

    source: str
    classes: list[ClassWeight] = []


class EmptyTargetsRecord(Section):
    """One-hot targets of an output, and those that are all zero.

    Args:
        output: name of the output; `""` for a single one.
        positions: one-hot vectors: one a row, or one for each position of each row.
        empty: those that are all zero.
        uncovered: those that are all zero, and are not left out by a mask or a weight of zero.
        unit: `"rows"` or `"positions"`.
    """

    output: str
    positions: int
    empty: int
    uncovered: int
    unit: Literal["rows", "positions"] = "rows"


class IdsRecord(Section):
    """The ids that reach an `Embedding`.

    Args:
        place: the call of the `Embedding`.
        input_dim: its number of rows; ids go from 0 to one less.
        minimum: lowest id.
        maximum: highest id.
        outside: ids below 0 or at or above `input_dim`.
        ids: number of ids that were read.
        part: `"training"` or `"validation"` rows.
        name: the input that the ids are from; `""` if layers in front of the `Embedding` made them.
    """

    place: str
    input_dim: int
    minimum: int
    maximum: int
    outside: int
    ids: int
    part: Literal["training", "validation"] = "training"
    name: str = ""


class IdsAsNumbersRecord(Section):
    """Whether whole numbers of an input tell more as categories than as sizes, by linear models on held-out rows.

    Args:
        name: name of the input.
        place: the first layer with weights that takes it.
        kind: class of that layer.
        distinct: number of distinct values.
        rows: rows that the linear models were fitted to.
        held_rows: rows that they were scored on.
        categories: share of the targets' variance explained with one column for each value.
        numbers: the same with the values as numbers, and in ranges of neighbouring values.
        gain: `categories` less `numbers`, where each counts as 0 at least.
        gain_error: standard error of `gain`.
    """

    name: str
    place: str
    kind: str
    distinct: int
    rows: int
    held_rows: int
    categories: float
    numbers: float
    gain: float
    gain_error: float


class InputIdsRecord(Section):
    """Inputs of whole numbers that reach layers which read them as sizes.

    Args:
        inputs: one entry for each input that was compared.
    """

    inputs: list[IdsAsNumbersRecord] = []


class EmbeddingIdsRecord(Section):
    """Ids that reach `Embedding` layers.

    Args:
        embeddings: one entry for each `Embedding` and part of the data.
    """

    embeddings: list[IdsRecord] = []


class OneHotRecord(Section):
    """One-hot targets.

    Args:
        outputs: one entry for each output whose targets are one-hot vectors or zeros.
    """

    outputs: list[EmptyTargetsRecord] = []


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


class FrozenLayersRecord(Section):
    """Frozen layers with a kernel and a bias.

    Args:
        layers: number of them.
        new: number of those whose bias is 0 throughout, as it begins.
        first: place of the first of these; `""` for none.
    """

    layers: int
    new: int = 0
    first: str = ""


class LossOrderRecord(Section):
    """A loss of the user's own, for right answers and for answers of other rows.

    Args:
        output: name of the output.
        right: loss of the targets as answers. Not recorded if it is not finite.
        other: mean loss of the same answers dealt to other rows.
    """

    output: str
    right: float | None = None
    other: float | None = None


class LossFunctionRecord(Section):
    """The losses of the user's own, as functions of the answers.

    Args:
        rows: rows that were asked about.
        first: loss of the model's first answers. Not recorded if it is not finite.
        losses: one for each output with such a loss.
    """

    rows: int
    first: float | None = None
    losses: list[LossOrderRecord] = []


class ExperimentsRecord(Section):
    """The experiments; `not_measured` says why one was not made.

    Args:
        not_concerned: names of experiments that found nothing in this training to look at.
        trials: remedies that were tried.
        references: other learners on the same rows.
        priors: the choice for classes of equal size, as a trial of no steps.
        frozen: whether frozen layers were ever trained.
        loss_function: whether losses of the user's own fall as the answers get better.
        row_mixing: whether rows of a batch depend on each other.
        gradients: loss and gradient before the training.
        batches: rows and classes of the batches of a source.
        weights: weights of the rows.
        class_weights: weights of the classes.
        one_hot: one-hot targets, and those that are all zero.
        embedding_ids: ids that reach `Embedding` layers.
        ids_as_numbers: whole numbers of inputs, as categories and as sizes.
        position: whether neighbours in an array are neighbours in the picture or the sequence.
        first_activation: what comes in front of the first weights.
        periodic_target: whether both ends of a target's range are the same place.
    """

    not_concerned: list[str] = []
    trials: list[TrialRecord] | None = None
    references: ReferencesRecord | None = None
    priors: TrialRecord | None = None
    frozen: FrozenLayersRecord | None = None
    loss_function: LossFunctionRecord | None = None
    row_mixing: RowMixingRecord | None = None
    gradients: GradientsRecord | None = None
    batches: BatchesRecord | None = None
    weights: WeightsRecord | None = None
    class_weights: ClassWeightsRecord | None = None
    one_hot: OneHotRecord | None = None
    embedding_ids: EmbeddingIdsRecord | None = None
    ids_as_numbers: InputIdsRecord | None = None
    position: PositionRecord | None = None
    first_activation: FirstActivationsRecord | None = None
    periodic_target: PeriodicTargetsRecord | None = None
