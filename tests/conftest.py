"""Set-up shared by all tests: the backend that trainwell chooses, before anything imports Keras."""

from __future__ import annotations

import trainwell

__all__ = ["trainwell"]
