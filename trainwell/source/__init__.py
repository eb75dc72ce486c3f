"""Setups as Keras code, and the difference between two of them."""

from __future__ import annotations

from trainwell.source.writing import parts as parts
from trainwell.source.writing import setup_code as setup_code
from trainwell.source.writing import setup_patch as setup_patch
