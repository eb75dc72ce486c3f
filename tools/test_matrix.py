"""Run the quick tests in one environment per supported set of versions, and print a table of the results.

    python tools/test_matrix.py [--only NAME] [PYTEST ARGUMENT ...]

Environments are made under `.matrix/` and kept for the next call; `make clean` removes them. All other arguments go to
pytest, and a path among them replaces the default choice of tests. An environment without an interpreter is left out,
and the table says so. The exit code is 1 if tests failed, an environment could not be installed, or none was run.

"Newest" is what the package index serves on the day, so the same commit can pass today and fail tomorrow.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".matrix"
QUICK = ["-m", "not slow and not heavy"]
FAST_COMPILE = (  # as in the Makefile: these tests spend most of their time in the compiler
    "--xla_cpu_parallel_codegen_split_count=1 --xla_cpu_multi_thread_eigen=false --xla_backend_optimization_level=0"
)
SHOWN = ("keras", "keras-nightly", "jax", "numpy", "scipy", "scikit-learn", "pyarrow")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]


@dataclass(frozen=True)
class Environment:
    """One column of the matrix.

    Args:
        name: what `--only` takes.
        python: version of the interpreter, such as `"3.12"`.
        requirements: what is installed beside trainwell itself.
        optional: True if a machine need not have the interpreter.
    """

    name: str
    python: str
    requirements: tuple[str, ...]
    optional: bool = False


def lowest(requirement: str) -> str:
    """Return the requirement pinned to its lower bound: `a==1.2` for `a>=1.2,<3`.

    >>> lowest("numpy>=2.0,<3")
    'numpy==2.0'
    """
    name, bounds = re.fullmatch(r"([\w-]+)>=([\w.]+)(?:,.*)?", requirement).groups()  # pyright: ignore[reportOptionalMemberAccess] -- a bound is missing, and the traceback shows where
    return f"{name}=={bounds}"


def with_keras_nightly() -> tuple[str, ...]:
    """Return the requirements with `keras-nightly`, which provides the module `keras`, in place of `keras`."""
    return ("keras-nightly", *(each for each in REQUIREMENTS if not each.startswith("keras>=")))


ENVIRONMENTS = (
    Environment("3.11", "3.11", (*REQUIREMENTS, "keras==3.15.*", "jax==0.10.2")),
    Environment("3.12", "3.12", (*REQUIREMENTS, "keras==3.15.*")),
    Environment("3.13", "3.13", (*REQUIREMENTS, "keras==3.15.*")),
    Environment("nightly", "3.12", with_keras_nightly()),
    Environment("lowest", "3.11", tuple(map(lowest, REQUIREMENTS))),
    Environment("3.14", "3.14", (*REQUIREMENTS, "keras==3.15.*"), optional=True),
)


@dataclass
class Result:
    """What came of one environment: the versions, the counts of tests, and the minutes that the tests took."""

    name: str
    outcome: str = "passed"
    versions: str = ""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    minutes: float = 0.0


def find_python(version: str) -> str | None:
    """Return an interpreter of that version, from PATH or from the folders of pyenv, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which(f"python{version}"), sys.executable]
    candidates += sorted(map(str, pyenv.glob(f"versions/{version}*/bin/python")), reverse=True)
    test = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    for candidate in filter(None, candidates):  # a shim of pyenv is on PATH also where its version is switched off
        if subprocess.run([candidate, "-c", test], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def set_up(environment: Environment, python: str) -> Path:
    """Return the interpreter of the environment, which is installed first if its requirements have changed."""
    folder = FOLDER / environment.name
    done = folder / "requirements.json"
    wanted = json.dumps(sorted(environment.requirements))
    made = folder / "bin" / "python"
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return made
    shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--quiet", "--python", python, folder], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", made]
    else:
        subprocess.run([ROOT / "tools" / "make_venv.sh", python, folder], check=True)
        install = [made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *environment.requirements], check=True)
    subprocess.run([*install, "--no-deps", "--editable", ROOT], check=True)  # its "keras" may be keras-nightly
    done.write_text(wanted, encoding="utf-8")
    return made


def versions(python: Path) -> str:
    """Return the versions of Python and of the packages that matter most."""
    code = (
        "import importlib.metadata as m, json, platform; "
        "print(json.dumps([platform.python_version(), {d.name.lower(): d.version for d in m.distributions()}]))"
    )
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout
    own, installed = json.loads(answer)
    return ", ".join([f"python {own}", *(f"{name} {installed[name]}" for name in SHOWN if name in installed)])


def runs(arguments: list[str]) -> list[tuple[list[str], str]]:
    """Return the calls of pytest: arguments, and flags for the compiler."""
    if any((ROOT / argument.partition("::")[0]).exists() for argument in arguments if not argument.startswith("-")):
        return [([], FAST_COMPILE)]
    return [(["tests/engine"], ""), (["--ignore=tests/engine", "--ignore=tests/gallery"], FAST_COMPILE)]


def test(environment: Environment, python: Path, arguments: list[str]) -> Result:
    """Run the tests in one environment, and count their outcomes."""
    result = Result(environment.name, versions=versions(python))
    began = time.monotonic()
    for number, (chosen, flags) in enumerate(runs(arguments)):
        report = FOLDER / f"{environment.name}-{number}.xml"
        report.unlink(missing_ok=True)
        command = [python, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", *QUICK, *chosen, *arguments]
        settings = {**os.environ, "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()}
        subprocess.run([*command, f"--junit-xml={report}"], cwd=ROOT, env=settings, check=False)
        count(report, result)
    result.minutes = (time.monotonic() - began) / 60
    if result.failed or not result.passed:
        result.outcome = "failed"
    return result


def count(report: Path, result: Result) -> None:
    """Add the counts of one report to the result. A run that wrote none counts as one failure."""
    if not report.exists():
        result.failed += 1
        return
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 -- written by our own pytest
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        result.passed += total - skipped - failed
        result.skipped += skipped
        result.failed += failed


def run(environment: Environment, arguments: list[str]) -> Result:
    """Find the interpreter, set the environment up, and run the tests."""
    python = find_python(environment.python)
    if python is None:
        print(f"{environment.name}: no Python {environment.python} was found; the environment is left out.", flush=True)
        return Result(environment.name, outcome="no interpreter")
    print(f"{environment.name}: {python}", flush=True)
    try:
        made = set_up(environment, python)
    except subprocess.CalledProcessError as error:
        print(f"{environment.name}: could not be installed: {error}", flush=True)
        return Result(environment.name, outcome="not installed")
    return test(environment, made, arguments)


def table(results: list[Result]) -> str:
    """Return the results as lines of text."""
    heading = ("environment", "outcome", "passed", "failed", "skipped", "minutes", "versions")
    rows = [
        (each.name, each.outcome, each.passed, each.failed, each.skipped, f"{each.minutes:.1f}", each.versions)
        for each in results
    ]
    cells = [tuple(map(str, row)) for row in (heading, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def main() -> int:
    """Run the matrix, or one environment of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[each.name for each in ENVIRONMENTS], help="run this environment alone")
    options, arguments = parser.parse_known_args()
    chosen = [each for each in ENVIRONMENTS if options.only in {None, each.name}]
    results = [run(environment, arguments) for environment in chosen]
    print(f"\n{table(results)}")
    required = {each.name for each in chosen if not each.optional}
    missing = [each.name for each in results if each.outcome == "no interpreter" and each.name in required]
    if missing:
        print(f"Not run, for want of an interpreter: {', '.join(missing)}.")
    failed = any(each.outcome in {"failed", "not installed"} for each in results)
    return int(failed or not any(each.outcome == "passed" for each in results))


if __name__ == "__main__":
    sys.exit(main())
