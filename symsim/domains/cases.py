"""Exact values under conditions: a question whose answer depends on the symbols splits the run into cases.

A run over :class:`Cases` is an ordinary run over the exact field, except that a question about the sign of a value is
answered by the path of assumptions so far, or, where the path leaves it open, adds one. :func:`explore` runs a
computation again for every answer, depth first and in a fixed order, so that the cases together are all inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from symsim.domains.cases_path import Contradiction, Path, Question
from symsim.domains.cases_signs import Signs
from symsim.domains.exact import Exact
from symsim.domains.field import Value
from symsim.errors import SymsimError

T = TypeVar("T")

MOST_CASES = 4000
"""A computation is split into at most so many cases."""


class TooManyCases(SymsimError):
    """A computation has more cases than are looked at."""


@dataclass
class Choice:
    """A question that came up in a run, the option that is tried, and the path behind it."""

    question: Question
    option: int
    before: Path
    after: Path


class Cases(Exact):
    """The exact field on one path of assumptions.

    ``choices`` are the answers to the questions that came up so far, in order; new ones are appended. ``path`` is the
    path at this point of the run.
    """

    name = "cases"

    def __init__(self, path: Path, choices: list[Choice]) -> None:
        super().__init__()
        self.field = path.signs.field
        self.path = path
        self._choices = choices
        self._asked = 0

    def sign(self, v: Value) -> int | None:
        found = super().sign(v)
        return self.path.sign(v) if found is None else found

    def which(self, v: Value, cells: Sequence[Sequence[int]]) -> int:
        """The number of the cell of signs that ``v`` lies in on this path."""
        found = super().which(v, cells)
        while found is None:
            answer = self.path.answer(v, tuple(tuple(cell) for cell in cells))
            found = answer if isinstance(answer, int) else None
            if not isinstance(answer, int):
                self._choose(answer)
        return found

    def _choose(self, question: Question) -> None:
        """Take the path on which the question has the answer that is tried now."""
        if self._asked == len(self._choices):
            after = self.path.assume(question.form, question.options[0])
            self._choices.append(Choice(question, 0, self.path, after))
        choice = self._choices[self._asked]
        if choice.question != question:
            raise SymsimError("a computation asked different questions when it was run again")
        self.path = choice.after
        self._asked += 1


@dataclass(frozen=True)
class Case(Generic[T]):
    """One case: what a run gave under the assumptions of ``domain.path``; ``result`` is None where there is none."""

    domain: Cases
    result: T | None

    @property
    def path(self) -> Path:
        """The assumptions of the case."""
        return self.domain.path


def explore(run: Callable[[Cases], T], start: Path | None = None, most: int = MOST_CASES) -> Iterator[Case[T]]:
    """Every case of a computation: ``run`` is called once for each, over a domain that knows the case.

    ``run`` has to ask the same questions whenever it gets the same answers. Cases that contradict themselves have the
    result None. Raises ``TooManyCases`` beyond ``most``.

    >>> def larger(domain):
    ...     x, y = domain.field.symbol("x"), domain.field.symbol("y")
    ...     return (x, y)[domain.which(domain.field.add(x, y, -1), ((0, 1), (-1,)))]
    >>> [case.path.texts() for case in explore(larger)]
    [['x - y >= 0'], ['x - y < 0']]
    """
    root = start or Path(Signs(Exact().field))
    choices: list[Choice] = []
    for _ in range(most):
        domain = Cases(root, choices)
        try:
            result = run(domain)
        except Contradiction:
            result = None
        yield Case(domain, result)
        if not _advance(choices):
            return
    raise TooManyCases(f"there are more than {most} cases")


def _advance(choices: list[Choice]) -> bool:
    """Go on to the next option of the last question that has one."""
    while choices:
        last = choices[-1]
        if last.option + 1 < len(last.question.options):
            signs = last.question.options[last.option + 1]
            after = last.before.assume(last.question.form, signs)
            choices[-1] = Choice(last.question, last.option + 1, last.before, after)
            return True
        choices.pop()
    return False
