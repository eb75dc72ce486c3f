"""Remedies of data: one a file."""
