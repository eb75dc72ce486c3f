"""The sections `source` and `data` of a Run: inputs, targets, and how validation rows differ. No rows are kept."""

from __future__ import annotations

import math
from typing import Any, Literal

import msgspec

from trainwell.run.section import Section, number


class SourceRecord(Section):
    """Where the data come from.

    Args:
        name: short name.
        kind: `"built-in"`, `"csv"`, `"parquet"`, `"npz"`, `"images"` or `"arrays"`.
        path: path of the file or folder, without anyone's home folder.
        sha256: checksum of the file, or of all files.
        loading: options that the data were read with, as for `tw.datasets.load`.
    """

    name: str | None = None
    kind: str | None = None
    path: str | None = None
    sha256: str | None = None
    loading: dict[str, Any] = {}


class RowCounts(Section):
    """Number of rows of each part.

    Args:
        train: training rows. Not recorded if no whole epoch was seen.
        validation: validation rows.
        test: test rows.
    """

    train: int | None = None
    validation: int | None = None
    test: int | None = None


class NonFinite(Section):
    """NaN and infinity in an array.

    Args:
        count: number of values that are not finite.
        rows: number of rows with such a value.
        row: the first of these rows, counted from 0.
        column: position of its first such value within the row, one index for each axis.
        kind: `"NaN"` or `"infinity"`, of that value.
    """

    count: int = 0
    rows: int = 0
    row: int | None = None
    column: list[int] = []
    kind: str = ""


class InputRecord(Section):
    """One input array `(rows, ...)`; a feature is an entry of the last axis. Moments leave out what is not finite.

    Args:
        name: name of the input.
        shape: shape without the axis of the rows.
        rows: number of rows that were described.
        dtype: NumPy's name of the type.
        kind: `"number"`, or `"other"`, of which nothing below is recorded.
        non_finite: NaN and infinity.
        minimum: lowest value.
        maximum: highest value.
        mean: mean of all values.
        deviation: standard deviation of all values.
        whole_numbers: whether all values are whole numbers.
        distinct: number of distinct values, up to 1000.
        feature_means: means of the features, of 1024 at most.
        feature_deviations: standard deviations of the same features.
        constant_features: number of features that do not vary.
    """

    name: str
    shape: list[int] = []
    rows: int = 0
    dtype: str = ""
    kind: Literal["number", "other"] = "number"
    non_finite: NonFinite | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    whole_numbers: bool = False
    distinct: int = 0
    feature_means: list[float] = []
    feature_deviations: list[float] = []
    constant_features: int = 0

    @property
    def size(self) -> float:
        """Root mean square of all values; NaN if none is finite."""
        return math.hypot(number(self.mean), number(self.deviation))


class TargetRecord(InputRecord):
    """One target array `(rows, ...)`.

    Args:
        negative_share: share of negative values.
        binary: whether all values are 0 or 1.
        signed: whether all values are -1 or 1.
        one_hot: whether each row of the last axis holds a single 1 and else 0.
        rows_sum_to_one: share of the rows of the last axis that sum to 1.
        ones_per_row: mean number of ones in a row of the last axis, of wide targets of 0 and 1.
        class_counts: number of rows of each class, if targets are whole numbers or one-hot columns.
        percentiles: of each column (an entry of the last axis), or of all columns together if there are more than 16:
            the values below which 0.5 %, 1.5 % ... 99.5 % of the values lie.
        between_batches: share of the variance that lies between batches in the order of the rows; 1 / batch size if the
            order means nothing.
    """

    negative_share: float = 0.0
    binary: bool = False
    signed: bool = False
    one_hot: bool = False
    rows_sum_to_one: float = 0.0
    ones_per_row: float | None = None
    class_counts: dict[str, int] | None = None
    percentiles: list[list[float]] = []
    between_batches: float | None = None


class HeldInput(Section):
    """How one input differs in the validation rows.

    Args:
        non_finite: NaN and infinity in the validation rows.
        shift: distance of the means in standard deviations of the training rows, median over the features that vary in
            both parts.
        scale: standard deviation over that of the training rows, median over the same features.
        elsewhere: share of these features whose mean lies more than 4 deviations away or whose root mean square differs
            more than fourfold.
        mean: mean of the validation rows.
        deviation: standard deviation of the validation rows.
        minimum: lowest value of the validation rows.
        maximum: highest value of the validation rows.
    """

    non_finite: NonFinite
    shift: float | None = None
    scale: float | None = None
    elsewhere: float | None = None
    mean: float | None = None
    deviation: float | None = None
    minimum: float | None = None
    maximum: float | None = None


class HeldTarget(Section):
    """How one target differs in the validation rows.

    Args:
        non_finite: NaN and infinity in the validation rows.
        kind: what is compared: `"classes"` or `"values"`.
        distance: between the distributions: total variation for classes, Kolmogorov-Smirnov for values.
        noise: distance that chance alone would give.
        unseen: classes that occur in the validation rows only.
        class_counts: number of validation rows of each class.
        mean: mean of the validation rows.
        deviation: standard deviation of the validation rows.
        minimum: lowest value of the validation rows.
        maximum: highest value of the validation rows.
    """

    non_finite: NonFinite
    kind: Literal["classes", "values"]
    distance: float
    noise: float
    unseen: list[str] = []
    class_counts: dict[str, int] | None = None
    mean: float | None = None
    deviation: float | None = None
    minimum: float | None = None
    maximum: float | None = None


class SplitRecord(Section):
    """How the validation rows differ from the training rows.

    Args:
        rows: number of training rows.
        held_rows: number of validation rows.
        leaked: share of the validation rows whose inputs are those of a training row.
        repeated: share of the training rows whose inputs occur more than once among them.
        inputs: by name of the input; `null` for one that cannot be compared.
        targets: by name of the target; `null` for one that cannot be compared.
    """

    rows: int = 0
    held_rows: int = 0
    leaked: float | None = None
    repeated: float | None = None
    inputs: dict[str, HeldInput | None] = {}
    targets: dict[str, HeldTarget | None] = {}


class SeenRecord(Section):
    """Which rows the facts about data in batches are from.

    Args:
        rows: number of rows that were described.
        of: number of rows that were read.
        says: the same as a sentence.
    """

    rows: int
    of: int
    says: str


class DataRecord(Section):
    """The data.

    Args:
        name: name of the Dataset.
        task: `"binary"`, `"multi-class"` or `"regression"`.
        kind: `"table"`, `"image"` or `"array"`.
        target: name of the target.
        classes: names of the classes.
        rows: number of rows of each part.
        input_shape: shape of one row, or shapes by input.
        notes: what was noticed while the data were read, one sentence each.
        class_counts: rows of each class, by part.
        inputs: the training inputs.
        targets: the training targets.
        split: how the validation rows differ.
        split_kind: where the validation rows come from: `"validation_data"`, `"validation_split"`, or `""` without any.
        seen: which rows this section is from, if the data come in batches.
    """

    name: str | None = None
    task: str | None = None
    kind: str | None = None
    target: str | None = None
    classes: list[str] = []
    rows: RowCounts = msgspec.field(default_factory=RowCounts)
    input_shape: Any = None
    notes: list[str] = []
    class_counts: dict[str, list[int]] = {}
    inputs: list[InputRecord] | None = None
    targets: list[TargetRecord] | None = None
    split: SplitRecord | None = None
    split_kind: str | None = None
    seen: SeenRecord | None = None
