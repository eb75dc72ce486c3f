"""Setups as Keras code, and the difference between two of them."""

from __future__ import annotations

from trainwell.source.writing import parts as parts
from trainwell.source.writing import spec_code as spec_code
from trainwell.source.writing import spec_patch as spec_patch
