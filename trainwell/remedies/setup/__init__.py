"""Remedies of setup: one a file."""
