"""Setups as Keras code, and the difference between two of them."""
