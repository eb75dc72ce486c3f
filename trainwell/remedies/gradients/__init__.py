"""Remedies of gradients: one a file."""
