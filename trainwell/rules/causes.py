"""Groups of faults that explain others: what spoils the data, or the way through the model, shows in many places."""

from __future__ import annotations

IN_DATA = (
    *(f"TW00{number}" for number in range(1, 8)),
    *(f"TW01{number}" for number in range(4, 10)),
    *(f"TW02{number}" for number in range(4)),
)
"""Faults of inputs and targets that training shows as something else."""
ON_THE_WAY = (*(f"TW12{number}" for number in range(2, 10)), "TW130")
"""Faults by which rows, outputs or inputs are spoiled within the model, or its steps are."""
