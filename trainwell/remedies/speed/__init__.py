"""Remedies of speed: one a file."""
