"""Setups as Keras code, and the difference between two of them."""


def setup_code(*a) -> str:
    return ""


def setup_patch(*a) -> str:
    return ""
