"""What every s-op of a program is at every position of every word over an alphabet, up to a length.

A *context* is a position of a word. A column holds one small integer a context, and what each integer stands for; so
functions of columns are found, and compared, on whole arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy
from flint import fmpq

from symsim.domains.field import Element
from symsim.rasp.arithmetic import Atom, plain
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.values import SOp

Ids = Any
"""A numpy array of integers, one a context."""

MOST_WORDS = 50_000
"""A program is lowered over an alphabet with at most so many words up to the length."""


@dataclass(frozen=True, eq=False)
class Column:
    """The values of an s-op: ``ids[c]`` says which of ``atoms`` (strings and ``Fraction``) it is in context c."""

    ids: Ids
    atoms: tuple[Any, ...]
    booleans: bool = False

    @property
    def strings(self) -> bool:
        """Whether some value is a string."""
        return any(isinstance(atom, str) for atom in self.atoms)


class Table:
    """The contexts of all words of length 1 to ``length`` over an alphabet, and columns for s-ops.

    Context numbers go word by word, short words first. ``place`` is the row of the embedding: token number times
    ``length`` plus position; ``word`` the number of the word.
    """

    def __init__(self, alphabet: Sequence[Any], length: int) -> None:
        self.alphabet, self.length = tuple(alphabet), length
        count = sum(len(self.alphabet) ** n for n in range(1, length + 1))
        if count > MOST_WORDS:
            raise RaspError(
                f"there are {count} words of length up to {length} over {len(self.alphabet)} tokens, and every one is "
                f"looked at: the limit is {MOST_WORDS}. A shorter length or a smaller alphabet would allow it"
            )
        self.words = [w for n in range(1, length + 1) for w in itertools.product(self.alphabet, repeat=n)]
        number = {token: a for a, token in enumerate(self.alphabet)}
        self.place = numpy.array([number[t] * length + p for w in self.words for p, t in enumerate(w)])
        self.word = numpy.array([k for k, w in enumerate(self.words) for _ in w])
        self.columns: dict[SOp, Column] = {}

    @property
    def places(self) -> int:
        """How many rows the embedding has."""
        return len(self.alphabet) * self.length

    def fill(self, root: SOp, nodes: Iterable[SOp]) -> None:
        """Run the program on every word and keep the columns of some of its nodes.

        Raises ``RaspError`` with the place where a word has no value, or a kept value is not rational.
        """
        wanted = list(nodes)
        known: list[dict[Atom, int]] = [{} for _ in wanted]
        found: list[list[int]] = [[] for _ in wanted]
        booleans = [True for _ in wanted]
        run: Run | None = None
        for word in self.words:
            run = Run(word) if run is None else run.again(word)
            try:
                run.values(root)
            except RaspError as error:
                shown = ", ".join(map(str, word))
                message = f"{error.message}: there is no value at [{shown}], and one is needed at every word"
                raise RaspError(message, error.place) from None
            for k, node in enumerate(wanted):
                ids = known[k]
                for value in run.values(node):
                    if type(value) is Element:
                        raise _irrational(node)
                    booleans[k] = booleans[k] and isinstance(value, bool)
                    found[k].append(ids.setdefault(plain(value), len(ids)))
        for node, ids, row, truth in zip(wanted, known, found, booleans, strict=True):
            self.columns[node] = Column(numpy.array(row), tuple(_atom(value) for value in ids), truth)


def _irrational(node: SOp) -> RaspError:
    return RaspError(
        "this gives values that are not rational, and heads carry and compare rational numbers: apply a function that "
        "gives rational values first, or lower over real tokens, without an alphabet",
        node.place,
    )


def _atom(value: Atom) -> Any:
    if isinstance(value, str):
        return value
    return Fraction(int(value.p), int(value.q)) if isinstance(value, fmpq) else Fraction(int(value))


# -- arrays of classes ------------------------------------------------------------------------------------------------
def joined(columns: Sequence[Ids], size: int) -> Ids:
    """One class a context for the tuple of some columns; classes are numbered in the order in which they occur.

    >>> joined([numpy.array([4, 4, 7]), numpy.array([0, 1, 0])], 3).tolist()
    [0, 1, 2]
    """
    key = numpy.zeros(size, dtype=numpy.int64)
    for column in columns:
        _, dense = numpy.unique(column, return_inverse=True)
        key = key * (int(dense.max()) + 1) + dense
        _, key = numpy.unique(key, return_inverse=True)
    return numbered(key)


def numbered(ids: Ids) -> Ids:
    """The same classes, numbered in the order in which they occur; -1 stays -1."""
    values, first, inverse = numpy.unique(ids, return_index=True, return_inverse=True)
    order = numpy.argsort(numpy.where(values < 0, len(ids), first), kind="stable")
    rank = numpy.empty(len(values), dtype=numpy.int64)
    rank[order] = numpy.arange(len(values))
    rank[values < 0] = -1
    return rank[inverse]


def determined(ids: Ids, by: Sequence[Ids]) -> bool:
    """Whether a column is a function of others.

    >>> x = numpy.array([0, 0, 1])
    >>> determined(x, [numpy.array([5, 6, 7])]), determined(numpy.array([5, 6, 7]), [x])
    (True, False)
    """
    below = joined(by, len(ids))
    return int(joined([below, ids], len(ids)).max()) == int(below.max())


def representatives(ids: Ids) -> Ids:
    """For each class 0, 1, ... the first context in it."""
    values, first = numpy.unique(ids, return_index=True)
    return first[values >= 0]
