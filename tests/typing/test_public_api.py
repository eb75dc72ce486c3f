"""The public API is visible to type checkers and editors, and `public_api.py` uses all of it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import trainwell as tw

ROOT = Path(__file__).parents[2]
NAMESPACES = ["trainwell", *(f"trainwell.{name}" for name in tw.__all__ if isinstance(getattr(tw, name), ModuleType))]
USED = ast.parse(Path(__file__).with_name("public_api.py").read_text(encoding="utf-8"))


def visible(namespace):
    """Return the names that the text of a package exports to a type checker: those imported `as` themselves."""
    text = Path(importlib.import_module(namespace).__file__).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names if alias.asname == alias.name}


def public():
    """Return every public function, class and value, by its full name."""
    names = {f"{namespace}.{name}" for namespace in NAMESPACES for name in visible(namespace)}
    return {name: thing_at(name) for name in sorted(names) if not isinstance(thing_at(name), ModuleType)}


def thing_at(name):
    home, _, last = name.rpartition(".")
    return getattr(importlib.import_module(home), last)


def dotted(node):
    """Return `trainwell.a.b` for the expression `tw.a.b`, and None for other expressions."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id != "tw":
        return None
    return ".".join(["trainwell", *reversed(parts)])


def documented_imports():
    """Return what the Python examples of README and docs import from trainwell."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    blocks = [
        block for page in pages for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    ]
    return {name for block in blocks for name in imports_of(ast.parse(block))}


def imports_of(tree):
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        f"{node.module}.{each.name}" for node in nodes for each in node.names if node.module.startswith("trainwell")
    }


def test_every_public_name_is_used():
    assert set(public()) - {dotted(node) for node in ast.walk(USED)} == set()


def test_every_public_function_is_called():
    called = {dotted(node.func) for node in ast.walk(USED) if isinstance(node, ast.Call)}
    functions = {name for name, thing in public().items() if inspect.isfunction(thing)}
    assert len(functions) > len(tw.__all__)
    assert functions - called == set()


def test_what_the_docs_import_is_used():
    used = imports_of(USED) | {dotted(node) for node in ast.walk(USED)}
    assert documented_imports() - used == set()


@pytest.mark.parametrize("namespace", [*NAMESPACES, "trainwell.report"])
def test_names_that_are_loaded_late_are_visible_too(namespace):
    package = importlib.import_module(namespace)
    assert set(getattr(package, "_HOMES", ())) <= visible(namespace)
    if namespace == "trainwell":
        assert visible(namespace) == set(tw.__all__) == set(package._HOMES)


@pytest.mark.parametrize("name", [name for name, thing in public().items() if callable(thing)])
def test_no_signature_is_hidden(name):
    parameters = inspect.signature(thing_at(name)).parameters.values()
    hidden = [each.name for each in parameters if each.kind in {each.VAR_POSITIONAL, each.VAR_KEYWORD}]
    assert hidden == []


KEEP_THE_TYPE = {"compile_cache.kept()"}
"""Decorators that type checkers know to return the type that they are given."""


@pytest.mark.parametrize("name", [name for name, thing in public().items() if inspect.isfunction(thing)])
def test_text_and_signature_are_those_of_the_source(name):
    """A checker reads the source, so neither may be replaced when the module is loaded."""
    function = thing_at(name)
    assert "__signature__" not in vars(function)
    source = ast.parse(Path(inspect.getsourcefile(inspect.unwrap(function))).read_text(encoding="utf-8"))
    (written,) = [node for node in source.body if getattr(node, "name", None) == function.__name__]
    assert {ast.unparse(each) for each in written.decorator_list} <= KEEP_THE_TYPE
    assert inspect.getdoc(function) == ast.get_docstring(written)
    arguments = written.args
    assert list(inspect.signature(function).parameters) == [
        each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    ]


def test_the_types_are_shipped():
    assert Path(tw.__file__).with_name("py.typed").exists()
