"""Mutants of one file, each run against tests: ``python -m tests.mutants symsim/proof/recheck.py --tests FILE ..``.

Every small change of the file (``tests.mutations``) is put in its place in a process of its own, where the tests run
until one fails. A mutant that no test notices has survived; survivors are printed. Finished mutants are noted in
``.campaign/mutants.jsonl``, so that a killed run goes on where it stopped, as long as file and tests are the same.
"""

from __future__ import annotations

import argparse
import ast
import gc
import hashlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.runner import runtestprotocol

from tests.mutations import Mutant, changed, mutants

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".campaign" / "mutants.jsonl"
KEPT = ("sympy", "numpy", "flint", "networkx", "hypothesis")
"""Loaded once, before the processes part."""

QUIET = ("-q", "--no-header", "-p", "no:cacheprovider")

MEMORY = 3 << 30
"""Bytes that one mutant may use."""


class Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module of the package, with the given syntax tree instead of its own."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)  # type: ignore[arg-type]

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        return self.source_to_code(self.tree, str(self.path))  # type: ignore[arg-type]

    def get_source(self, fullname: str) -> str:
        return ast.unparse(self.tree)


def module_name(path: Path) -> str:
    """The dotted name of a file of the project."""
    return ".".join(path.resolve().relative_to(ROOT).with_suffix("").parts)


def in_a_child(run: Callable[[], bool], seconds: int) -> str:
    """What becomes of a mutant that ``run`` plants and tests: ``killed``, ``too slow`` or ``survived``."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 3
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            signal.alarm(seconds)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            status = int(not run())
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        return "too slow" if os.WTERMSIG(ended) == signal.SIGALRM else "killed"
    return "killed" if os.WEXITSTATUS(ended) else "survived"


def planted(path: Path, source: str, mutant: Mutant | None) -> Planted:
    """The mutant in the place of its file, for all imports that follow; None is the file as it is."""
    tree = ast.parse(source)
    if mutant is not None:
        changed(tree, mutant.number)
    return Planted(module_name(path), path, tree)


class Loaded:
    """Tests that are collected once, in the process that all mutants branch off; they run until one fails.

    The package is imported anew around each mutant, and the files of the tests are run again in their place, so that
    their functions see what they import now. Where nobody imports single names of the file (``whole``) it is faster to
    put the mutant inside the module that is there.
    """

    def __init__(
        self, path: Path, source: str, whole: bool, attack: Callable[[Callable[[Mutant | None], bool]], None]
    ) -> None:
        self.path, self.source, self.whole, self.attack = path, source, whole, attack

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        tests = {item.module.__name__: item.module for item in session.items if isinstance(item, pytest.Function)}
        module = importlib.import_module(module_name(self.path))
        gc.freeze()

        def passes(mutant: Mutant | None) -> bool:
            there = planted(self.path, self.source, mutant)
            if self.whole:
                there.exec_module(module)
            else:
                anew(there, tests)
            items = session.items
            return not any(
                report.failed
                for item, after in zip(items, [*items[1:], None], strict=True)
                for report in runtestprotocol(item, nextitem=after, log=False)
            )

        self.attack(passes)
        return True


KEEP: list[ModuleType] = []
"""What was imported before, so that nothing of it is cleared away."""


def anew(there: Planted, tests: dict[str, ModuleType]) -> None:
    """Import the package and what else the tests import anew, with the mutant in its place."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("symsim", "tests", "derivations")]:
        if name not in tests:
            KEEP.append(sys.modules.pop(name))
    sys.meta_path.insert(0, there)
    for test in tests.values():
        if test.__spec__ is not None and test.__spec__.loader is not None:
            test.__spec__.loader.exec_module(test)


def finished(record: Path, key: str) -> dict[str, str]:
    """What earlier runs of the same file and tests found; a torn line is passed over."""
    out = {}
    for line in record.read_text(encoding="utf-8").splitlines() if record.exists() else ():
        try:
            row = json.loads(line)
            if row["key"] == key:
                out[row["mutant"]] = row["became"]
        except (ValueError, KeyError, TypeError):
            continue
    return out


def main(arguments: list[str] | None = None) -> int:
    """0 where at least ``--least`` percent are killed, 1 where fewer are or the file itself fails its tests."""
    options = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    options.add_argument("file", type=Path)
    options.add_argument("--tests", nargs="+", required=True)
    options.add_argument("--seconds", type=int, default=20, help="for one mutant; longer counts as killed")
    options.add_argument("--minutes", type=float, default=60, help="how long in all")
    options.add_argument("--least", type=float, default=95.0, help="percent that have to be killed")
    options.add_argument("--whole", action="store_true", help="nobody imports single names of the file: faster")
    options.add_argument("--every", type=int, default=1, help="only every so manieth mutant")
    options.add_argument("--record", type=Path, default=RECORD, help="where finished mutants are noted")
    chosen = options.parse_args(arguments)
    for name in KEPT:
        importlib.import_module(name)
    source = chosen.file.read_text(encoding="utf-8")
    key = hashlib.sha256("\0".join([source, *(Path(t.split("::")[0]).read_text() for t in chosen.tests)]).encode())
    key = f"{chosen.file} {key.hexdigest()[:16]}"
    found = mutants(source)[:: chosen.every]
    done = finished(chosen.record, key)
    until = time.monotonic() + 60 * chosen.minutes

    def attack(passes: Callable[[Mutant | None], bool]) -> None:
        if in_a_child(lambda: passes(None), 10 * chosen.seconds) != "survived":
            raise SystemExit("the file as it is does not pass these tests")
        chosen.record.parent.mkdir(parents=True, exist_ok=True)
        with chosen.record.open("a", encoding="utf-8") as record:
            for mutant in found:
                if mutant.name in done or time.monotonic() > until:
                    continue
                done[mutant.name] = in_a_child(lambda mutant=mutant: passes(mutant), chosen.seconds)  # type: ignore[misc]
                record.write(json.dumps({"key": key, "mutant": mutant.name, "became": done[mutant.name]}) + "\n")
                record.flush()

    pytest.main([*QUIET, *chosen.tests], plugins=[Loaded(chosen.file, source, chosen.whole, attack)])
    return told(chosen.file, found, done, chosen.least)


def told(file: Path, found: list[Mutant], done: dict[str, str], least: float) -> int:
    """Print the survivors and the count."""
    tried = [mutant for mutant in found if mutant.name in done]
    counts = Counter(done[mutant.name] for mutant in tried)
    for mutant in (mutant for mutant in tried if done[mutant.name] == "survived"):
        print(f"line {mutant.line}: {mutant.name}")
    dead = counts["killed"] + counts["too slow"]
    print(f"{file}: {len(found)} mutants, {len(tried)} tried, {dead} killed ({counts['too slow']} of them too slow), "
          f"{counts['survived']} survived: {100 * dead / max(len(tried), 1):.1f} % killed")
    return int(not tried or 100 * dead < least * len(tried))


if __name__ == "__main__":
    sys.exit(main())
