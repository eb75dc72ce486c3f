"""Set-up shared by all tests: the backend that trainwell chooses, before anything imports Keras.

Compiled programs are kept in a folder of this run of the tests, which all its processes share: tests of the same nets
then compile them once, and nobody's own cache is touched.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import trainwell

__all__ = ["trainwell"]

if "TRAINWELL_COMPILE_CACHE" not in os.environ:
    folder = tempfile.mkdtemp(prefix="trainwell-tests-")
    os.environ["TRAINWELL_COMPILE_CACHE"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
