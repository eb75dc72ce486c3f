"""What the training of a case depends on, as a digest: the parts of the gallery and of trainwell that it goes through.

Of the gallery these are the functions, classes and values that the case's own function leads to, so that a new case
makes no other one stale. Of trainwell they are the modules that recording imports, without those that only judge or
show. Comments, docstrings and layout do not count. Versions of Keras, JAX and NumPy do not count either: judging is
pure, so a recording made with other versions is still a Run of that case.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gallery.case import Case

PACKAGE = Path(__file__).parent.parent.parent / "trainwell"
GALLERY = Path(__file__).parent
ROOTS = {"trainwell": PACKAGE, "gallery": GALLERY}
RECORDS = "trainwell.diagnosis.diagnose"  # what every case is recorded by
JUDGE = (
    "trainwell.condition",
    "trainwell.registry",
    "trainwell.report",
    "trainwell.rule",
    "trainwell.rules",
    "trainwell.run",
)
WRITTEN = tuple(f"trainwell.run.{each}" for each in ("compile", "data", "fit", "model", "probes", "run", "series"))
KEEP_PROGRAMS = ("trainwell.engine.compile_cache", "trainwell.engine.compile_store")
CHANGE_NO_RUN = (*JUDGE, *KEEP_PROGRAMS)
REGISTERS = {"case", "pair"}  # decorators that say what a case is, and not how it is trained
DIGITS = 16


def digest(case: Case) -> str:
    """Return the digest of everything that the training of `case` goes through."""
    texts, imported = _definitions(case.build.__module__, case.build.__name__)
    return _hash("\n".join([case.name, *sorted(texts), *_package(frozenset(imported))]))


@cache
def _package(imported: frozenset[str]) -> list[str]:
    """Digests of the modules of trainwell that recording, and some modules that a case imports, lead to."""
    return [module_digest(each) for each in sorted(_closure({RECORDS, *WRITTEN, *imported}))]


@cache
def module_digest(name: str) -> str:
    """Return the digest of one module, without comments, docstrings and layout."""
    return _hash(dump(ast.parse(_files()[name].read_text(encoding="utf-8"))))


def dump(node: ast.AST) -> str:
    """Return a text of a syntax tree that is the same for every version of Python.

    Args:
        node: of the tree; docstrings and the decorators that register cases are left out.

    Example:
    >>> dump(ast.parse("x = 1  # one")) == dump(ast.parse("x=(1)"))
    True
    """
    entries = []
    for name, value in _fields(node):
        if isinstance(value, ast.AST):
            entries.append(f"{name}={dump(value)}")
        elif isinstance(value, list):
            listed = (dump(each) if isinstance(each, ast.AST) else repr(each) for each in value)
            entries.append(f"{name}=[{','.join(listed)}]")
        else:
            entries.append(f"{name}={value!r}")
    return f"{type(node).__name__}({','.join(entries)})"


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    """The fields of a node that count, and are not empty: later versions of Python add fields that mostly are."""
    for name, value in ast.iter_fields(node):
        counted = value
        if name == "body" and _has_docstring(node):
            counted = value[1:]
        elif name == "decorator_list":
            counted = [each for each in value if not _registers(each)]
        if counted is not None and counted != []:
            yield name, counted


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one that count."""
    yield node
    for _, value in _fields(node):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _walk(each)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _has_docstring(node: ast.AST) -> bool:
    return isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and bool(
        ast.get_docstring(node, clean=False)
    )


def _registers(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id in REGISTERS


@cache
def _files() -> dict[str, Path]:
    """The file of each module, by its dotted name."""
    found = {}
    for root, folder in ROOTS.items():
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join([root, *(each for each in parts if each != "__init__")])] = path
    return found


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_files()[module].read_text(encoding="utf-8"))


@cache
def _imports(module: str) -> frozenset[str]:
    """The modules of trainwell that a module imports anywhere, when it is used or when it is loaded."""
    named = set(_names_of_imports(_tree(module)))
    if any(getattr(node, "attr", getattr(node, "id", "")) == "import_module" for node in ast.walk(_tree(module))):
        named |= {each for each in _files() if each.startswith(f"{module}.")}  # it imports some of these by name
    return frozenset(each for each in named if each in _files() and each.startswith("trainwell."))


def _names_of_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _closure(modules: Iterable[str]) -> set[str]:
    """The modules of trainwell that some modules lead to, those that change no Run left out."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        if module in WRITTEN or not any(module == each or module.startswith(f"{each}.") for each in CHANGE_NO_RUN):
            found.add(module)
            waiting += _imports(module)
    return found


@cache
def _top(module: str) -> dict[str, ast.stmt]:
    """What each name on the top level of a module stands for: the statement that defines or imports it."""
    found: dict[str, ast.stmt] = {}
    for node in _tree(module).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(each.asname or each.name).split(".")[0]: node for each in node.names}
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {each.id: node for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return found


def _definitions(module: str, name: str) -> tuple[set[str], set[str]]:
    """What a name of the gallery leads to: the texts of all definitions, and the modules of trainwell they import.

    A name that is not on the top level of its module, as that of a case registered in a loop, leads to all of it.
    """
    texts: set[str] = set()
    imported: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(module, name)]
    while waiting:
        place = waiting.pop()
        if place[0].startswith("trainwell"):
            imported.add(place[0])
        elif place not in seen:
            seen.add(place)
            text, leads_to = _definition(*place)
            texts.add(text)
            waiting += leads_to
    return texts, imported


@cache
def _definition(module: str, name: str) -> tuple[str, list[tuple[str, str]]]:
    """The text of one name of the gallery, and the modules and names that it uses."""
    statement = _top(module).get(name)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return "", list(_imported(statement, name))
    node = _tree(module) if statement is None else statement
    leads_to = [(module, each) for each in _used(node) if each in _top(module)]
    for alias, attribute in _attributes(node):
        target = _module_behind(module, alias)
        if target and attribute in _top(target):
            leads_to.append((target, attribute))
    return f"{module}.{name}={dump(node)}", leads_to


def _used(node: ast.AST) -> set[str]:
    return {each.id for each in _walk(node) if isinstance(each, ast.Name)}


def _attributes(node: ast.AST) -> set[tuple[str, str]]:
    """Names and their attributes, as `data` and `wine` of `data.wine(seed)`."""
    return {
        (each.value.id, each.attr)
        for each in _walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)
    }


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> Iterator[tuple[str, str]]:
    """Module and name behind a name that a statement imports; nothing where it is no module of ours.

    Of a module of the gallery that is imported whole, what is used of it is found by its attributes.
    """
    files = _files()
    for each in statement.names:
        if (each.asname or each.name).split(".")[0] != name:
            continue
        if isinstance(statement, ast.Import):
            if each.name in files and each.name.startswith("trainwell."):
                yield each.name, ""
        elif statement.module and f"{statement.module}.{each.name}" in files:
            whole = f"{statement.module}.{each.name}"
            if whole.startswith("trainwell"):
                yield whole, ""
        elif statement.module in files:
            yield statement.module, each.name


def _module_behind(module: str, alias: str) -> str | None:
    """The module of the gallery that a name stands for; `None` where it stands for something else."""
    statement = _top(module).get(alias)
    if isinstance(statement, ast.ImportFrom):
        for each in statement.names:
            whole = f"{statement.module}.{each.name}"
            if (each.asname or each.name) == alias and whole in _files() and whole.startswith("gallery."):
                return whole
    return None
