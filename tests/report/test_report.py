import subprocess
import sys

import pytest

from trainwell import report


def test_the_room_gives_its_names():
    assert report.Sample.__name__ == "Sample"
    assert set(report._HOMES) <= set(dir(report))
    for name in report._HOMES:
        assert callable(getattr(report, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="trees"):
        _ = report.trees


def test_importing_the_room_imports_nothing_heavy():
    heavy = "{'matplotlib', 'jinja2', 'PIL', 'keras', 'jax'}"
    code = f"import sys, trainwell.report, trainwell.report.terminal; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
