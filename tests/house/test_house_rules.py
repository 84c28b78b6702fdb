"""The rules of the house that a program can check: what may not be called, how long a file is, how fast the import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.python_files import ROOT, label, python_files, tree

LONGEST = 400
SCREEN = 60
SHIPPED = python_files("symsim", "derivations")
ALL = SHIPPED + python_files("tests", "benchmarks", "docs")

RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
GUESSES = {"sympify", "parse_expr", "nsimplify", "simplify", "equals"}
"""``sympify`` is ``eval`` in disguise; ``simplify`` and ``equals`` decide nothing here: canonical forms do."""

SHELLS = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}
FORBIDDEN_MODULES = {"pickle", "dill", "marshal", "shelve", "cloudpickle"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "common", "stuff"}


def offences(module: ast.Module) -> Iterator[str]:
    """Everything in a file that the house forbids outside tests, each as a sentence."""
    for node in ast.walk(module):
        if isinstance(node, ast.Assert):
            yield f"line {node.lineno}: assert vanishes under python -O"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"line {node.lineno}: imports {n}" for n in names if n.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.Call):
            yield from _call_offences(node)


def _call_offences(call: ast.Call) -> Iterator[str]:
    function = call.func
    if isinstance(function, ast.Name) and function.id in RUNS_TEXT | GUESSES:
        yield f"line {call.lineno}: calls {function.id}"
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        if function.attr in GUESSES or (owner, function.attr) in SHELLS | {("sympy", "S"), ("builtins", "eval")}:
            yield f"line {call.lineno}: calls {owner}.{function.attr}"
    for keyword in call.keywords:
        if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            yield f"line {call.lineno}: runs a shell"


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_shipped_file_calls_nothing_forbidden(path: Path) -> None:
    assert list(offences(tree(path))) == []


@pytest.mark.parametrize(
    "line",
    [
        "assert x", "eval('1')", "exec('1')", "import pickle", "from pickle import loads", "os.system('ls')",
        "subprocess.run('ls', shell=True)", "sympy.sympify('x')", "sympy.S('x')", "a.equals(b)", "sympy.simplify(x)",
        "compile('1', '', 'eval')",
    ],
)  # fmt: skip
def test_planted_offence_is_found(line: str) -> None:
    assert len(list(offences(ast.parse(line)))) == 1


@pytest.mark.parametrize("line", ["re.compile('x')", "subprocess.run(['ls'], shell=False)", "library.compile('f')"])
def test_harmless_call_is_told_apart(line: str) -> None:
    assert list(offences(ast.parse(line))) == []


@pytest.mark.parametrize("path", ALL, ids=label)
def test_file_says_what_it_does_and_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    assert lines <= LONGEST, f"{lines} lines: does it still do one thing?"
    docstring = ast.get_docstring(tree(path))
    assert docstring and docstring.splitlines()[0].strip(), "the first line says what the file does"
    assert path.stem not in VAGUE_NAMES, "the name says nothing"


def too_long(module: ast.Module) -> list[str]:
    """The functions that do not fit on a screen."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [f.name for f in functions if (f.end_lineno or f.lineno) - f.lineno >= SCREEN]


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_functions_fit_on_a_screen(path: Path) -> None:
    assert too_long(tree(path)) == []


def test_planted_long_function_is_found() -> None:
    assert too_long(ast.parse("def f():\n" + "    x = 1\n" * SCREEN)) == ["f"]
    assert too_long(ast.parse("def f():\n" + "    x = 1\n" * (SCREEN - 1))) == []


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_nothing_is_left_unfinished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [mark for mark in ("TODO", "FIXME", "XXX") if mark in text] == []


def test_importing_symsim_loads_nothing_heavy() -> None:
    code = "import sys, symsim; print([m for m in ('sympy', 'networkx', 'numpy', 'flint') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"]], ids=["ruff", "mypy"])
def test_static_checks_pass(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
