"""Runs statements: assignments, functions, loops, files that load files, and what is said to a session."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from symsim.encoder.untrusted import read_text
from symsim.errors import BadInput
from symsim.rasp import syntax as s
from symsim.rasp.evaluate import Run
from symsim.rasp.expressions import Expressions, iterated, unpack
from symsim.rasp.faults import Place, RaspError
from symsim.rasp.operators import what
from symsim.rasp.parsing import LONGEST_TEXT, parse
from symsim.rasp.scopes import Scope
from symsim.rasp.values import Euler, Function, Indices, Pattern, Primitive, Sequence, SOp, Tokens, Value

DEEPEST_CALLS = 100
"""Functions call each other at most so deep."""

MOST_FILES = 100
"""A program loads at most so many files."""

CASTS = ("asis", "str", "int", "float", "bool")
SHIPPED = Path(__file__).with_name("library")
STANDARD = SHIPPED / "standard.rasp"
PYTHON_FRAMES = 20_000


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: a name and its value, or a bare value (the result of a run).

    ``drawn`` is what ``draw`` was asked for: the s-op, and the run that holds the values of its parts.
    """

    name: str | None
    value: Value
    drawn: tuple[SOp, Run] | None = None


@dataclass
class Settings:
    """What session commands set."""

    sop_example: Any = "hello"
    selector_example: Any = "hello"
    sop_examples: bool = True
    selector_examples: bool = True
    full_display: bool = False
    left: bool = False


class Interpreter(Expressions):
    """A session: its names, its example, its limits.

    ``cast`` says what ``tokens`` is until a program assigns it: ``str`` as in the reference interpreter, or ``asis``.

    >>> session = Interpreter()
    >>> [outcome.value for outcome in session.run(parse("a, b = 3, 4; a^2 + b;"))]
    [3, 4, 13]
    """

    def __init__(self, cast: str = "str", base: Scope | None = None) -> None:
        super().__init__()
        if cast not in CASTS:
            raise RaspError(f"tokens are read {', '.join(CASTS)}, not '{cast}'")
        self.base = base if base is not None else library()
        fixed = frozenset(self.base.names) - {"tokens", "exp", "e"}
        self._ground = Scope("console", self.base)
        self._ground.names["tokens"] = Tokens(cast, name="tokens")
        self.scope = Scope("console", self._ground, fixed)
        self.settings = Settings()
        self._calls = 0
        self._files: list[Path] = []
        self._loaded = 0
        self._statements: dict[type, Callable[[Any, Scope], list[Outcome]]] = {
            s.Evaluate: self._evaluate,
            s.Assign: self._assign,
            s.Define: self._define,
            s.For: self._loop,
            s.Load: self._load,
            s.Draw: self._draw,
            s.SetExample: self._set_example,
            s.ShowExample: self._show_example,
            s.SwitchExamples: self._switch_examples,
            s.SwitchFullDisplay: self._switch_full_display,
            s.Leave: self._leave,
        }

    def ground(self) -> Scope:
        return self.base

    def run(self, program: s.Program, scope: Scope | None = None) -> list[Outcome]:
        """Run the statements of a program and give what they gave, in order."""
        with self.fresh():
            self.settings.left = False
            return self._run(program, scope or self.scope)

    def expression(self, text: str) -> Value:
        """What an expression stands for in the session, such as ``matmul(3, 2, 4)``."""
        try:
            program = parse(f"{text};")
        except RaspError as error:
            early = error.message.replace("unexpected ';'", "the expression ends early")
            raise RaspError(early if error.column == len(text) + 1 else error.message, error.place) from None
        if len(program.statements) != 1 or not isinstance(program.statements[0], s.Evaluate):
            raise RaspError(f"{text!r} is no single expression, such as f(3, 2)")
        with self.fresh():
            return self.value(program.statements[0].value, self.scope)

    def apply(self, function: Function, arguments: list[Value]) -> Value:
        """Call a function of a program from outside."""
        with self.fresh():
            return self.call(function, arguments, None)

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Room for the nesting that the limits allow, and counters that begin at 0."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, PYTHON_FRAMES))
        self.steps = self.level = self._calls = self._loaded = 0
        self.origin = None
        self._files = []
        try:
            yield
        finally:
            sys.setrecursionlimit(before)

    def _run(self, program: s.Program, scope: Scope) -> list[Outcome]:
        out: list[Outcome] = []
        for statement in program.statements:
            out += self._execute(statement, scope)
            if self.settings.left:
                break
        return out

    def _execute(self, statement: s.Statement, scope: Scope) -> list[Outcome]:
        self.deeper(statement.place)
        try:
            found = self._statements[type(statement)](statement, scope)
        except RaspError as error:
            raise error.at(statement.place) from None
        self.level -= 1
        return found

    # -- statements ---------------------------------------------------------------------------------------------------
    def _evaluate(self, node: s.Evaluate, scope: Scope) -> list[Outcome]:
        value = self.value(node.value, scope)
        ran = isinstance(value, Sequence | Pattern)
        if not ran:
            scope.names["out"] = value
        if isinstance(node.value, s.Name):
            return [Outcome(node.value.name, value)]
        return [Outcome(None if ran else "out", value)]

    def _assign(self, node: s.Assign, scope: Scope) -> list[Outcome]:
        values = [self.value(value, scope) for value in node.values]
        value = values[0] if len(values) == 1 else values
        unpack(scope, node.names, value, node.place)
        return [Outcome(name, scope.get(name, node.place)) for name in node.names]

    def _define(self, node: s.Define, scope: Scope) -> list[Outcome]:
        function = Function(node, scope)
        scope.assign(node.name, function, node.place)
        return [Outcome(node.name, function)]

    def _loop(self, node: s.For, scope: Scope) -> list[Outcome]:
        for entry in iterated(self.value(node.iterable, scope), "a loop"):
            unpack(scope, node.names, entry, node.place)
            for statement in node.body:
                self._execute(statement, scope)
        return []

    def _draw(self, node: s.Draw, scope: Scope) -> list[Outcome]:
        value = self.value(node.sop, scope)
        if not isinstance(value, SOp):
            raise RaspError(f"draw takes an s-op, got {what(value)}")
        given = self.settings.sop_example if node.input is None else self.value(node.input, scope)
        run = Run(_input(given))
        return [Outcome(None, run.result(value), (value, run))]

    def call(self, function: Function, arguments: list[Value], place: Place | None) -> Value:
        definition = function.definition
        if len(arguments) != len(definition.parameters):
            raise RaspError(
                f"{function.name}({', '.join(definition.parameters)}) takes {len(definition.parameters)} "
                f"argument{'' if len(definition.parameters) == 1 else 's'}, got {len(arguments)}",
                place,
            )
        if self._calls >= DEEPEST_CALLS:
            raise RaspError(f"functions call each other deeper than {DEEPEST_CALLS} calls: does it end?", place)
        inside = self.origin is None and place is not None and function.scope is self.base
        if inside:
            self.origin = place
        self._calls += 1
        try:
            return self._body(definition, arguments, Scope(function.scope.file, function.scope))
        except RaspError as error:
            raise (type(error)(f"in {function.name}: {error.message}", place) if inside else error) from None
        finally:
            self._calls -= 1
            if inside:
                self.origin = None

    def _body(self, definition: s.Define, arguments: list[Value], scope: Scope) -> Value:
        for name, value in zip(definition.parameters, arguments, strict=True):
            scope.assign(name, value, definition.place)
        for statement in definition.body:
            self._execute(statement, scope)
        results = [self.value(result, scope) for result in definition.results]
        return results[0] if len(results) == 1 else results

    # -- files --------------------------------------------------------------------------------------------------------
    def _load(self, node: s.Load, scope: Scope) -> list[Outcome]:
        here = self._files[-1].parent if self._files else Path(node.place.source.name or ".").parent
        return self.load(_found(node.file, here), scope)

    def load_named(self, name: str) -> list[Outcome]:
        """Load a file, or ``library:NAME``, from outside, as the statement ``load`` does."""
        with self.fresh():
            return self.load(_found(name, None), self.scope)

    def load(self, path: Path, scope: Scope) -> list[Outcome]:
        """Run a file in a scope of its own and assign its public names in ``scope``."""
        path = path.resolve()
        if path in self._files:
            raise RaspError(f"{path.name} loads itself: {' > '.join(p.name for p in [*self._files, path])}")
        self._loaded += 1
        if self._loaded > MOST_FILES:
            raise RaspError(f"more than {MOST_FILES} files are loaded")
        inner = Scope(path.stem, self._ground, self.scope.library, exports=scope)
        self._files.append(path)
        outcomes = self._run(read(path), inner)
        self.settings.left = False  # what a file leaves is the file, not the session
        self._files.pop()
        last = {o.name: o for o in outcomes if o.name is not None and o.name != "out" and not o.name.startswith("_")}
        return list(last.values())

    # -- commands -----------------------------------------------------------------------------------------------------
    def _set_example(self, node: s.SetExample, scope: Scope) -> list[Outcome]:
        example = self.value(node.value, scope)
        Run(_input(example))  # refuses what is no input
        if node.scope != "selector":
            self.settings.sop_example = example
        if node.scope != "s-op":
            self.settings.selector_example = example
        return []

    def _show_example(self, node: s.ShowExample, scope: Scope) -> list[Outcome]:
        examples = {"s-op": self.settings.sop_example, "selector": self.settings.selector_example}
        return [Outcome(f"{word} example", examples[word]) for word in examples if node.scope in ("", word)]

    def _switch_examples(self, node: s.SwitchExamples, scope: Scope) -> list[Outcome]:
        if node.scope != "selector":
            self.settings.sop_examples = node.on
        if node.scope != "s-op":
            self.settings.selector_examples = node.on
        return []

    def _switch_full_display(self, node: s.SwitchFullDisplay, scope: Scope) -> list[Outcome]:
        self.settings.full_display = node.on
        return []

    def _leave(self, node: s.Leave, scope: Scope) -> list[Outcome]:
        self.settings.left = True
        return []


def read(path: Path) -> s.Program:
    """The program in a file; errors name the file as it was given."""
    try:
        text = read_text(path, 4 * LONGEST_TEXT)
    except BadInput as error:
        raise RaspError(str(error)) from None
    return _parsed(text, str(path))


@lru_cache(maxsize=16)
def _parsed(text: str, name: str) -> s.Program:
    """Syntax trees are frozen, so one reading of a file serves all sessions of a process."""
    return parse(text, name)


def shipped(name: str) -> Path:
    """The file of ``library:NAME``, which symsim ships."""
    known = sorted(file.stem for file in SHIPPED.glob("*.rasp"))
    word = name.removeprefix("library:")
    if word not in known:
        raise RaspError(f"symsim ships no '{word}': there is {', '.join(known)}")
    return SHIPPED / f"{word}.rasp"


def _found(name: str, beside: Path | None) -> Path:
    """The file that is meant, in the folder of the file that loads it or in the current folder."""
    if name.startswith("library:"):
        return shipped(name)
    folders = [Path(".")] if beside is None else [beside, Path(".")]
    for candidate in (folder / word for folder in folders for word in (f"{name}.rasp", name)):
        if "\0" not in name and candidate.is_file():
            return candidate
    where = "" if beside is None else " beside this one, nor in the current folder"
    raise RaspError(f"there is no file {name.removesuffix('.rasp')}.rasp{where}")


def _input(value: Value) -> Any:
    if not isinstance(value, str | list) or not value:
        raise RaspError(f"an input is a string or a list of atoms that is not empty, got {what(value)}")
    return value


@lru_cache(maxsize=1)
def library() -> Scope:
    """The names that every program starts with: built in, or written in RASP (``library/standard.rasp``)."""
    bottom = Scope("built in")
    bottom.names.update({"True": True, "False": False, "indices": Indices(name="indices"), "e": Euler(name="e")})
    bottom.names.update({f"tokens_{cast}": Tokens(cast, name=f"tokens_{cast}") for cast in CASTS})
    bottom.names["exp"] = Primitive("exp")
    session = Interpreter("asis", base=bottom)
    scope = Scope(STANDARD.stem, bottom)
    session.run(read(STANDARD), scope)
    scope.names.pop("out", None)
    scope.names.update(bottom.names)
    return scope
