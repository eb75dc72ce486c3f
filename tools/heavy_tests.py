"""Enter the tests that take more than a second into tests/heavy.txt, by the times that pytest printed.

    .venv/bin/python -m pytest -m "not slow and not heavy" --durations=0 > times.txt
    .venv/bin/python tools/heavy_tests.py times.txt

`make test` leaves these tests to `make test-heavy`. Measure on an idle machine; `--scale 0.5` halves the times of a
busy one. Tests that are no longer there are taken out.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "heavy.txt"
LIMIT = 1.0  # seconds


def slow_tests(text: str, scale: float) -> set[str]:
    """Return the tests whose own time, without that of their fixtures, is above the limit."""
    found = re.findall(r"^([\d.]+)s call +(\S.*)$", text, re.MULTILINE)
    return {name for seconds, name in found if scale * float(seconds) > LIMIT}


def is_there(name: str) -> bool:
    """Return True if the file of a test is there and holds its function or class."""
    path, _, rest = name.partition("::")
    file, called = ROOT / path, rest.partition("[")[0].rpartition("::")[2].rpartition(".")[2]
    return file.is_file() and re.search(rf"\b{re.escape(called)}\b", file.read_text(encoding="utf-8")) is not None


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("times", nargs="+", type=Path, help="what pytest printed with --durations=0")
    parser.add_argument("--scale", type=float, default=1.0, help="what measured times are multiplied with")
    chosen = parser.parse_args()
    names = set(LIST.read_text(encoding="utf-8").split("\n"))
    for path in chosen.times:
        names |= slow_tests(path.read_text(encoding="utf-8", errors="replace"), chosen.scale)
    LIST.write_text("\n".join(sorted(filter(is_there, filter(None, names)))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
