"""What is raised where a Run does not hold what is asked of it."""

from __future__ import annotations


class NotMeasured(Exception):  # noqa: N818 -- an answer, not an error
    """Raised if a Run lacks what is asked of it; its text says why, as a part of a sentence."""
