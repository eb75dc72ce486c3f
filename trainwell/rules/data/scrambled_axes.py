"""Pictures or sequences were reshaped where their axes should have been transposed.

Symptom
-------
The training looks ordinary and stays well below what others reach with the same data. Pictures look like coloured noise
or like several small copies if they are plotted.

Why it happens
--------------
A transpose moves the values with their axes. A reshape leaves all values in their order in memory and only counts them
off differently: from `(rows, 3, 28, 28)` to `(rows, 28, 28, 3)` three pixels that lay side by side become the red,
green and blue of one pixel. Shapes are right, so nothing raises. A convolution or a recurrent layer then sees
neighbours that are none.

How it is measured
------------------
Neighbouring entries of pictures and sequences are alike. Before the training their correlation is measured on up to 256
rows: as given, and with each row's memory read in the other layouts that a wrong reshape may have come from. It is a
fault where another layout is clearly smoother in all its parts. One long series that was cut into pieces on purpose is
smooth in every layout that keeps its order; it is told by the places where two lines of the other layout meet.

Known limits
------------
Pictures whose height and width were exchanged and are equal are not found, nor are arrays in which the axis of the rows
was reshaped too, pictures without smooth areas, or a reshape inside the model.

References:
----------
NumPy, "numpy.reshape": "the elements are read and placed using this index order"; "numpy.transpose". Field, "Relations
between the statistics of natural images and the response properties of cortical cells" (1987): neighbouring pixels of
natural images correlate by about 0.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainwell.rule import NotApplicable, Threshold, evidence, if_measured, need, rule

if TYPE_CHECKING:
    from trainwell.rule import Evidence
    from trainwell.run import LayoutRecord, Run

OTHER = Threshold(
    "other",
    0.5,
    "correlation",
    "above",
    "half of what is usual for natural images (Field, 1987): what is rough in every layout tells nothing",
)
ROUGHER = Threshold(
    "rougher",
    1.5,
    "times the other layout's",
    "above",
    "Fashion-MNIST and patches of scikit-learn's pictures: at most 0.4 as they are, 1.7 and more if reshaped",
)
MEETING = Threshold(
    "meeting",
    0.1,
    "correlation",
    "above",
    "by definition 0 for one long series; two features share no more than chance",
)

_SEQUENCE = 2  # axes of one row


@rule(
    id="TW020",
    family="data",
    severity="serious",
    fault_if=OTHER & ROUGHER & if_measured(MEETING),
    needs=("experiment:position",),
    remedies=("transpose-axes",),
    proof="facts",
)
def scrambled_axes(run: Run) -> list[Evidence]:
    """Compares the correlation of neighbours as given with that in another layout."""
    record = need(run.experiments.position, "the experiment position")
    found = [_evidence(each, each.other) for each in record.inputs if each.other is not None]
    if not found:
        raise NotApplicable("no input is a picture or a sequence whose values could stand in another layout")
    return found


def _evidence(layout: LayoutRecord, other: float) -> Evidence:
    what = "steps" if len(layout.shape) == _SEQUENCE else "pixels"
    where = f"input {layout.input!r}" if layout.input else "inputs"
    read_as = ", ".join(["rows", *map(str, layout.read_as)])
    order = (0, *(axis + 1 for axis in layout.order))
    rougher = (1 - layout.given) / max(1 - other, 1e-6)
    given = ", ".join(["rows", *map(str, layout.shape)])
    if other > OTHER.value and rougher > ROUGHER.value:
        says = (
            f"The {where} {'was' if layout.input else 'were'} probably reshaped to ({given}) where a transpose was "
            f"needed: read as ({read_as}) and transposed with {order}, neighbouring {what} correlate {other:.2f}; as "
            f"given {layout.given:.2f}."
        )
    else:
        says = (
            f"Neighbouring {what} of the {where} ({given}) correlate {layout.given:.2f} as given, and {other:.2f} if "
            f"read as ({read_as}) and transposed with {order}."
        )
    measured = [(other, OTHER), (rougher, ROUGHER)]
    if layout.ends is not None:
        measured.append((other - layout.ends, MEETING))
    return evidence(layout.input, *measured, says=says)
