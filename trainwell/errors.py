"""Errors that a person can act on.

A message here says what happened, what was expected and what to do. The command line prints it alone and exits with 2;
anything else that escapes is a bug of ours and exits with 101.
"""

import re


class InputError(ValueError):
    """An input, option or file that cannot be used as given.

    Args:
        message: what happened and what was expected, naming the argument, file, row, column or layer.
        hint: what to do about it, one sentence or a few.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}\n{hint}" if hint else message)


class OutOfTimeError(Exception):
    """Work was ended since the budget was spent."""


class EditError(InputError):
    """An edit that cannot be applied to the TrainingSpec that it was tried on."""


def telling_line(error: Exception) -> str:
    """What was raised, in a line: the first one that says something, or the error's kind.

    Of what Keras tells around an error in a layer, in several lines and in colours, it is the error itself.
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).rpartition("Error encountered:")[2]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return (told or lines or [type(error).__name__])[0]


def is_memory(error: Exception) -> bool:
    """Return True if an error says that the memory did not suffice."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)
