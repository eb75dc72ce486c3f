"""The sections `result` and `machine` of a Run."""

from __future__ import annotations

from trainwell.run.section import Section


class ResultRecord(Section):
    """Figures on the test part; those of classes or those of values are recorded.

    Args:
        rows: number of test rows.
        accuracy: share of rows with the right class.
        balanced_accuracy: mean recall of the classes.
        recall: share of the rows of each class that were answered with it.
        majority_class: most frequent class of the training rows.
        baseline_accuracy: accuracy of always answering with that class.
        confusion: number of rows by true class (row) and answer (column).
        r2: coefficient of determination.
        mae: mean absolute error, in the unit of the target.
        baseline: mean of the training targets.
        baseline_mae: mean absolute error of always answering with that mean.
    """

    rows: int | None = None
    accuracy: float | None = None
    balanced_accuracy: float | None = None
    recall: dict[str, float] = {}
    majority_class: str | None = None
    baseline_accuracy: float | None = None
    confusion: list[list[int]] = []
    r2: float | None = None
    mae: float | None = None
    baseline: float | None = None
    baseline_mae: float | None = None


class MachineRecord(Section):
    """The machine, without anything that names a person.

    Args:
        system: operating system.
        processor: architecture of the processor.
        cores: number of cores.
    """

    system: str | None = None
    processor: str | None = None
    cores: int | None = None
