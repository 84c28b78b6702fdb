"""Short ways to run programs in the tests of RASP."""

from __future__ import annotations

from typing import Any

from symsim.rasp import Interpreter, parse
from symsim.rasp.notation import outcome, printed


def said(text: str, cast: str = "str") -> list[str]:
    """What a session says about every outcome of a program."""
    return [outcome(o.name, o.value) for o in Interpreter(cast).run(parse(text))]


def last(text: str, cast: str = "str") -> str:
    """The value of the last statement, as it is printed."""
    return printed(Interpreter(cast).run(parse(text))[-1].value)


def values(text: str, given: str, cast: str = "str") -> Any:
    """The values of the s-op that the last statement of a program is, at an input."""
    found = Interpreter(cast).run(parse(f"{text.rstrip().removesuffix(';')};"))[-1].value
    from symsim.rasp import evaluate

    return evaluate(found, given).values
