"""How a sick case of the forum part is registered together with its repaired twin."""

import functools

from gallery.case import case


def pair(*, fault, note, repaired, also=(), harm="skill", judged_on="own"):
    """Registers a function from a seed to a sick TrainingSpec, and what it makes with `fix=True` as the healthy twin.

    `repaired` is the note of the twin; the other arguments are as of `Case`.
    """

    def register(function):
        twin = f"{function.__name__.replace('_', '-')}-repaired"

        @case(name=twin, note=repaired)
        @functools.wraps(function)
        def build(seed):
            return function(seed, fix=True)

        return case(fault=fault, also=also, note=note, twin=twin, harm=harm, judged_on=judged_on)(function)

    return register
