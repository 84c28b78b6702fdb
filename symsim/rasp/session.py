"""A session without a terminal: text in, what is printed out; a statement that fails changes nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from symsim.errors import BadInput, SymsimError
from symsim.rasp import syntax as s
from symsim.rasp.display import Display, message
from symsim.rasp.drawing import drawing
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError, pointer
from symsim.rasp.interpreter import Interpreter, Outcome
from symsim.rasp.parsing import WORDS, parse
from symsim.rasp.values import SOp

HELP = "\n".join(
    "\t" + line
    for line in (
        "statements end with a semicolon:",
        "  x = indices + 1;          an s-op, shown on the example",
        "  s = select(indices, indices, <);      a selector",
        "  def f(a) { return a + 1; }            a function",
        '  x("hey");  x([1, 2]);     run on an input',
        '  draw(x, "hey");           how the values come about, layer by layer; a picture',
        '  load "file";              a .rasp file; also load "library:sequences";',
        "commands stand on a line of their own, without one:",
        '  set example "hey"         show example        exit()',
        "  examples off              s-op examples off   selector examples off",
        "  full seq display on",
    )
)

MORE_WORDS = (
    "select", "aggregate", "range", "zip", "len", "s-op", "exit()", "quit()", "full seq display", "help",
)  # fmt: skip
"""What can be typed besides names and the words of the language."""

Picture = Callable[[SOp, Run], str]
"""Draws an s-op with its values at an input, and says in one line where the picture is."""


@dataclass(frozen=True)
class Reply:
    """What a session says about one statement: a text that may be empty, or the error that it ended in."""

    text: str = ""
    error: SymsimError | None = None

    def __str__(self) -> str:
        return self.text if self.error is None else said(self.error)


class Session:
    """A session: names, example and settings; :meth:`enter` takes what is typed.

    ``cast`` says what ``tokens`` is at the start; ``example`` is the input that definitions are shown on, a string or a
    list of tokens; ``picture`` is called by ``draw``. Raises ``RaspError`` for an example that is no input.

    >>> session = Session()
    >>> for typed in ("a = 3;", "b = a / 0;", "b = a + 1;"):
    ...     print(str(next(session.enter(typed))).expandtabs(4))
        value: a =  3
        !! division by 0
             b = a / 0;
                   ^
        value: b =  4
    """

    def __init__(self, cast: str = "str", example: Any = "hello", picture: Picture | None = None) -> None:
        self._interpreter = Interpreter(cast)
        self._picture = picture
        Run(example)  # refuses what is no input
        settings = self._interpreter.settings
        settings.sop_example = settings.selector_example = example

    @property
    def left(self) -> bool:
        """Whether ``exit()`` or ``quit()`` was said."""
        return self._interpreter.settings.left

    def enter(self, text: str, first: int = 1) -> Iterator[Reply]:
        """Run the statements of a text in order, up to the first that fails; ``first`` is the number of its first line.

        Each is run when its reply is asked for. ``KeyboardInterrupt`` leaves the statement undone as well.
        """
        if text.strip() == "help":
            yield Reply(HELP)
            return
        try:
            program = parse(text, first=first)
        except RaspError as error:
            yield Reply(error=error)
            return
        for statement in program.statements:
            reply = self._reply(partial(self._run, program, statement))
            yield reply
            if reply.error is not None or self.left:
                return

    def load(self, name: str) -> Reply:
        """Load a file, or ``library:NAME``, as a ``load`` statement would."""
        return self._reply(lambda: self._shown(s.Load, self._interpreter.load_named(name)))

    def names(self) -> list[str]:
        """All names that can be used now, and the words of the language, sorted."""
        known = {name for name in self._interpreter.scope.known() if not name.startswith("_")}
        return sorted({*known, *WORDS, *MORE_WORDS})

    def example(self) -> Any:
        """The input that s-ops are shown on."""
        return self._interpreter.settings.sop_example

    def _reply(self, run: Callable[[], str]) -> Reply:
        """What ``run`` says; if it fails, names and settings are as before."""
        interpreter = self._interpreter
        names, settings = dict(interpreter.scope.names), copy.copy(interpreter.settings)
        done = False
        try:
            reply = Reply(run())
            done = True
        except SymsimError as error:
            reply = Reply(error=error)
        except RecursionError:
            reply = Reply(error=BadInput("the program nests too deep: name parts of it"))
        except MemoryError:
            reply = Reply(error=BadInput("the memory ran out: take smaller inputs or lists"))
        finally:
            if not done:
                interpreter.scope.names = names
                interpreter.settings = settings
        return reply

    def _run(self, program: s.Program, statement: s.Statement) -> str:
        outcomes = self._interpreter.run(s.Program(program.source, (statement,)))
        return self._shown(type(statement), outcomes)

    def _shown(self, kind: type, outcomes: list[Outcome]) -> str:
        display = Display(self._interpreter.settings)
        if kind is s.ShowExample:
            return "\n".join(display.example(str(o.name).removesuffix(" example"), o.value) for o in outcomes)
        if kind is s.Load:
            return display.loaded(outcomes)
        lines = [display.outcome(found) for found in outcomes]
        for found in outcomes:
            if found.drawn is not None:
                lines.append(drawing(*found.drawn))
                if self._picture is not None:
                    lines.append(f"\t {self._picture(*found.drawn)}")
        return "\n".join(lines)


def said(error: SymsimError) -> str:
    """An error in a session: one line, and below it the line of the program with a caret, where there is one.

    The place is named where it is in a file; what was typed speaks for itself.
    """
    place = error.place if isinstance(error, RaspError) else None
    if place is None:
        return f"\t!! {message(error)}"
    where = f"{place}: " if place.source.name else ""
    below = "".join(f"\n\t   {line}" for line in pointer(place).split("\n"))
    return f"\t!! {where}{message(error)}{below}"
