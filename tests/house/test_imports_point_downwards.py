"""A room imports only rooms before it: read from the syntax trees, so that nothing has to be run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.python_files import ROOT, label, python_files, tree

ROOMS = (
    "domains", "formulas", "encoder", "claims", "rasp", "simulators", "flow", "proof", "learn", "variants",
    "derivation", "render", "testing", "cli",
)  # fmt: skip
EVERYBODY = {"errors"}
"""Modules beside the rooms that every room may import."""

FRONT = {"__init__", "__main__"}
"""Modules that open the house and may import any room."""

LAZY = {"_repr_html_", "_repr_latex_", "latex", "html", "markdown"}
"""Methods that may import ``symsim.render`` inside themselves: what a notebook or a reader sees of an object."""


def imported(module: ast.Module) -> Iterator[tuple[str, int, str | None]]:
    """Every imported module: its dotted name, the line, and the function around it if there is one.

    ``from symsim import x`` gives ``symsim.x``: a room or a public name.
    """

    def walk(node: ast.AST, function: str | None) -> Iterator[tuple[str, int, str | None]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, child.lineno, function
            elif isinstance(child, ast.ImportFrom):
                whole = child.module or "."
                names = [f"symsim.{alias.name}" for alias in child.names] if whole == "symsim" else [whole]
                for name in names:
                    yield ("." * child.level + name), child.lineno, function
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from walk(child, child.name)
            else:
                yield from walk(child, function)

    return walk(module, None)


def upward(module: ast.Module, room: str) -> list[str]:
    """The imports in a file of ``room`` that do not point downwards, each as a sentence."""
    if room in FRONT:
        return []
    below = set(ROOMS[: ROOMS.index(room) + 1]) if room in ROOMS else set()
    found = []
    for name, line, function in imported(module):
        parts = name.split(".")
        if parts[0] in ("derivations", "tests", "benchmarks"):
            found.append(f"line {line}: {room} imports {name}")
        if parts[0] != "symsim" or len(parts) > 1 and (parts[1] in below | EVERYBODY or parts[1].startswith("__")):
            continue
        if len(parts) > 1 and parts[1] == "render" and function in LAZY:
            continue
        found.append(f"line {line}: {room} imports {name}")
    return found


def private(module: ast.Module) -> list[str]:
    """The imports in a file of ``derivations`` that a user of the package could not write, each as a sentence."""
    return [
        f"line {line}: a derivation imports {name}"
        for name, line, _ in imported(module)
        if name.split(".")[0] == "symsim" and (name.count(".") > 1 or any(p.startswith("_") for p in name.split(".")))
    ]


def room_of(path: Path) -> str:
    """The room of a file of symsim, or the name of a module beside the rooms."""
    first = path.relative_to(ROOT / "symsim").parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", python_files("symsim"), ids=label)
def test_room_imports_only_rooms_before_it(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS or room in EVERYBODY | FRONT, f"{room} is no room of house.md"
    assert upward(tree(path), room) == []


@pytest.mark.parametrize("path", python_files("derivations"), ids=label)
def test_derivation_imports_only_what_users_import(path: Path) -> None:
    assert private(tree(path)) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("domains", "from symsim.encoder import Head"),
        ("domains", "import symsim.proof.symbolic"),
        ("claims", "from symsim import render"),
        ("claims", "import symsim"),
        ("render", "def latex(self):\n    from symsim.cli import main"),
        ("flow", "def draw(self):\n    from symsim.render import svg"),
        ("flow", "from symsim.render import svg"),
        ("proof", "from derivations import registry"),
        ("errors", "from symsim.domains import layout"),
    ],
)
def test_planted_upward_import_is_found(room: str, line: str) -> None:
    assert len(upward(ast.parse(line), room)) == 1


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("encoder", "from symsim.domains.layout import Layout"),
        ("encoder", "from symsim.encoder.heads import Head"),
        ("domains", "from symsim.errors import BadInput"),
        ("claims", "from symsim import __version__"),
        ("flow", "class D:\n    def _repr_html_(self):\n        from symsim.render import svg"),
        ("__init__", "from symsim.cli import main"),
    ],
)
def test_downward_import_is_not_found(room: str, line: str) -> None:
    assert upward(ast.parse(line), room) == []


@pytest.mark.parametrize("line", ["from symsim.proof.symbolic import decide", "from symsim import _lazy"])
def test_planted_private_import_is_found(line: str) -> None:
    assert len(private(ast.parse(line))) == 1


@pytest.mark.parametrize("line", ["from symsim import Derivation", "from symsim.simulators import universal"])
def test_public_import_is_not_found(line: str) -> None:
    assert private(ast.parse(line)) == []
