"""No file that is shipped hands a text from outside to something that runs it; names are followed through imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.python_files import label, python_files, tree

SHIPPED = python_files("symsim", "derivations")

RUN = (
    "eval", "exec", "compile", "__import__", "builtins", "code", "codeop", "runpy", "pickle", "dill", "cloudpickle",
    "marshal", "shelve", "joblib", "yaml", "ctypes", "cffi", "pty", "os.system", "os.popen", "os.exec", "os.spawn",
    "os.posix_spawn", "subprocess.getoutput", "subprocess.getstatusoutput", "commands", "xml", "lxml",
    "sympy.sympify", "sympy.S", "sympy.parse_expr", "sympy.parsing", "sympy.lambdify", "sympy.nsimplify",
    "sympy.core.sympify", "sympy.utilities.lambdify", "numpy.fromfile", "torch.load", "tempfile.mktemp",
)  # fmt: skip
"""What runs or unpacks a text; ``sympify``, ``S`` and ``parse_expr`` are ``eval`` when they get one."""

BUILT_IN = ("eval", "exec", "compile", "__import__")
NETWORK = ("socket", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "webbrowser")

PROCESSES = {
    "symsim/render/files.py": "pdflatex, without shell escape",
    "symsim/cli/doctor.py": "programs that say their version",
    "symsim/cli/recheck.py": "the checker, in a Python of its own",
}
"""The only files that start programs."""

IMPORTS = {
    "symsim/__init__.py": "public names, from a fixed table",
    "symsim/cli/application.py": "commands, from a fixed table",
    "symsim/cli/doctor.py": "required libraries, from a fixed table",
    "symsim/derivation/library.py": "the library of this package, by its fixed name",
    "symsim/cli/rasp_check.py": "--oracle MODULE:CALLABLE: the user's own code, asked for by name",
}
"""The only files that import a module whose name is a value."""


def findings(module: ast.Module, file: str = "") -> list[str]:
    """Everything in a file that is forbidden, each as a sentence."""
    known = _imported(module)
    modules = [name for name in (*RUN, *NETWORK) if "." not in name]
    found = [f"imports {name}" for name in dict.fromkeys(known.values()) if _is(name, tuple(modules))]
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            found += [f"line {node.lineno}: {text}" for text in _call(node, known, file)]
    return found


def _imported(module: ast.Module) -> dict[str, str]:
    """What each imported name is in full."""
    known = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                known[alias.asname or first] = alias.name if alias.asname else first
                known[alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return known


def _full(node: ast.expr, known: dict[str, str]) -> str:
    """The dotted name of what is called, with imports followed; empty where it is no name."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id if node.id in BUILT_IN else f"own {node.id}")
    if isinstance(node, ast.Attribute):
        owner = _full(node.value, known)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _is(name: str, listed: tuple[str, ...]) -> bool:
    exact = any(name == item or name.startswith(f"{item}.") for item in listed)
    return exact or name.startswith(("os.exec", "os.spawn"))


def _call(call: ast.Call, known: dict[str, str], file: str) -> Iterator[str]:
    name = _full(call.func, known)
    if _is(name, RUN) or name.endswith((".sympify", ".lambdify")):
        yield f"calls {name}"
    if _is(name, NETWORK):
        yield f"reaches for the network: {name}"
    if name in ("numpy.load", "numpy.lib.npyio.load") and not _says(call, "allow_pickle", False):
        yield "numpy.load without allow_pickle=False"
    if any(keyword.arg == "shell" for keyword in call.keywords) and not _says(call, "shell", False):
        yield "runs a shell"
    if name.startswith("subprocess.") and file not in PROCESSES:
        yield "starts a program"
    if name.startswith("subprocess.") and call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr):
        yield "starts a program from one text"
    if name in ("importlib.import_module", "importlib.util.spec_from_file_location") and file not in IMPORTS:
        yield "imports a module whose name is a value"


def _says(call: ast.Call, keyword: str, value: object) -> bool:
    return any(
        k.arg == keyword and isinstance(k.value, ast.Constant) and k.value.value is value for k in call.keywords
    )


@pytest.mark.parametrize("path", SHIPPED, ids=label)
def test_nothing_from_outside_is_run(path: Path) -> None:
    assert findings(tree(path), label(path)) == []


@pytest.mark.parametrize(
    "code",
    [
        "eval(x)", "exec(x)", "compile(x, '', 'eval')", "__import__(x)", "import pickle", "from pickle import loads",
        "import numpy as np\nnp.load(f)", "import numpy\nnumpy.load(f, allow_pickle=True)", "import yaml",
        "import os\nos.system(x)", "import os as o\no.popen(x)", "from os import system as s\ns(x)",
        "import os\nos.execvp('ls', a)", "import subprocess\nsubprocess.run(a, shell=True)",
        "import subprocess\nsubprocess.run(['ls'])", "from subprocess import Popen as P\nP(a)",
        "from subprocess import getoutput\ngetoutput('ls')", "import sympy\nsympy.sympify(x)",
        "from sympy import S as number\nnumber(x)", "import sympy as sp\nsp.parse_expr(x)", "import sympy\nsympy.S(x)",
        "from sympy.parsing.sympy_parser import parse_expr as p\np(x)", "import sympy\nsympy.lambdify(x, y)",
        "import torch\ntorch.load(f)", "import importlib\nimportlib.import_module(x)", "import socket",
        "from urllib.request import urlopen\nurlopen(x)", "import builtins\nbuiltins.eval(x)", "import marshal",
        "import sympy.core.sympify as y\ny.sympify(x)",
    ],
)  # fmt: skip
def test_planted_violation_is_found(code: str) -> None:
    assert findings(ast.parse(code), "symsim/other.py")


@pytest.mark.parametrize(
    "code",
    [
        "import re\nre.compile(x)", "library.compile('f')", "import numpy as np\nnp.load(f, allow_pickle=False)",
        "import sympy\nsympy.Symbol(x)", "import json\njson.loads(x)", "self.eval_rows(x)",
        "import os\nos.replace(a, b)", "import html\nhtml.escape(x)",
    ],
)  # fmt: skip
def test_harmless_code_is_told_apart(code: str) -> None:
    assert findings(ast.parse(code), "symsim/other.py") == []


def test_exceptions_are_needed() -> None:
    """A file that no longer starts programs or imports by name loses its exception."""
    files = {label(path): path.read_text(encoding="utf-8") for path in SHIPPED}
    for file in PROCESSES:
        assert "subprocess" in files[file], file
    for file in IMPORTS:
        assert "import_module" in files[file], file
