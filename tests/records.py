"""Changing records of a Run by hand."""

from __future__ import annotations


def update(record, **values):
    """Set several values of a record; an unknown name raises."""
    for name, value in values.items():
        setattr(record, name, value)
