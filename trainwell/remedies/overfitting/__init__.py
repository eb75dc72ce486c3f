"""Remedies of overfitting: one a file."""
