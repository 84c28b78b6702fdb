"""Claims about all input sequences over a finite alphabet up to a length."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from symsim.errors import BadInput

Tokens = tuple[Any, ...]
LONGEST = 10_000
"""Inputs have at most so many tokens,"""
MOST = 10**18
"""and there are at most so many of the full length."""


class SequenceSide(Protocol):
    """One side: gives one exact value a position (``int``, ``Fraction``, ``bool``, ``str``) for every input."""

    def values(self, tokens: Tokens) -> list[Any]:
        """The values at an input; an error where there are none."""
        ...

    def values_of_all(self, words: Iterable[Tokens]) -> Iterator[list[Any]]:
        """The values at many inputs, all of one length, one after the other; the error where there are none."""
        ...

    def part(self, tokens: Tokens, position: int) -> str:
        """Where the value at a position is made, in words; empty where nothing is known."""
        ...


@dataclass(frozen=True)
class Oracle:
    """A Python function from a list of tokens to a list with one value a position."""

    name: str
    function: Callable[[list[Any]], Sequence[Any]]

    def __str__(self) -> str:
        return self.name

    def values(self, tokens: Tokens) -> list[Any]:
        """What the function returns, checked: one exact value a position."""
        try:
            found = self.function(list(tokens))
        except Exception as error:
            shown = f"{type(error).__name__}: {error}"
            raise BadInput(f"{self.name} failed at [{', '.join(map(str, tokens))}] with {shown}") from error
        if isinstance(found, str) or not hasattr(found, "__len__") or len(found) != len(tokens):
            raise BadInput(f"{self.name} has to return a list of {len(tokens)} values, one a token, got {found!r}")
        for value in found:
            if not isinstance(value, bool | int | str | Fraction):
                kind = type(value).__name__
                raise BadInput(f"{self.name} returned {value!r}, a {kind}: return int, Fraction, bool or str")
        return list(found)

    def values_of_all(self, words: Iterable[Tokens]) -> Iterator[list[Any]]:
        """What the function returns, input by input."""
        return map(self.values, words)

    def part(self, tokens: Tokens, position: int) -> str:
        """Nothing: a Python function shows no parts."""
        return ""


@dataclass(frozen=True)
class SequenceClaim:
    """``left = right`` for all sequences over ``alphabet`` of length 1 to ``length``.

    Raises ``BadInput`` for an alphabet without a token or with one twice, and for a length below 1.

    >>> claim = SequenceClaim(Oracle("f", list), Oracle("g", list), ("a", "b"), 3)
    >>> claim.statement(), claim.count
    ('f = g for all inputs of length 1 to 3 over {a, b}', 14)
    """

    left: Any
    right: Any
    alphabet: tuple[Any, ...]
    length: int
    fixed: ClassVar[bool] = True
    free_sizes: ClassVar[tuple[str, ...]] = ()
    written: ClassVar[None] = None
    nonempty_rows: ClassVar[bool] = False
    inputs: ClassVar[tuple[Any, ...]] = ()
    scalars: ClassVar[tuple[str, ...]] = ()
    binary: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not self.alphabet:
            raise BadInput("the alphabet is empty: give at least one token")
        for k, token in enumerate(self.alphabet):
            if token in self.alphabet[:k]:
                raise BadInput(f"the alphabet holds {token} twice")
        if len({isinstance(token, str) for token in self.alphabet}) > 1:
            raise BadInput("the alphabet mixes strings and numbers: the tokens of one input have one type")
        if isinstance(self.length, bool) or not isinstance(self.length, int) or self.length < 1:
            raise BadInput(f"the length is an integer >= 1, got {self.length!r}")
        if self.length > LONGEST:
            raise BadInput(f"inputs have at most {LONGEST} tokens, got a length of {self.length}")
        if self.length * math.log2(len(self.alphabet)) > math.log2(MOST):
            raise BadInput(f"there are more than {MOST:.0e} inputs: take a shorter length or fewer tokens")

    @property
    def name(self) -> str:
        """The two sides."""
        return f"{self.left} = {self.right}"

    @property
    def machine(self) -> Any:
        """The machine model of the left side, where it is a machine."""
        return getattr(self.left, "machine", None)

    @property
    def cost(self) -> Any:
        """What the left side costs, where it is a machine."""
        return getattr(self.left, "cost", None)

    @property
    def count(self) -> int:
        """The number of inputs."""
        return sum(len(self.alphabet) ** n for n in range(1, self.length + 1))

    def words_of(self, length: int) -> Iterator[Tokens]:
        """All inputs of one length, in the order of the alphabet."""
        return itertools.product(self.alphabet, repeat=length)

    def quantifiers(self) -> str:
        """What the claim ranges over, in words."""
        lengths = f"1 to {self.length}" if self.length > 1 else "1"
        return f"for all inputs of length {lengths} over {{{', '.join(map(str, self.alphabet))}}}"

    def statement(self) -> str:
        """The claim in one line of text."""
        return f"{self.left} = {self.right} {self.quantifiers()}"

    def sizes_text(self) -> Any:
        """The lengths as data."""
        return {"length": f"1..{self.length}"}

    @property
    def domain(self) -> dict[str, Any]:
        """The alphabet, the length and the number of inputs, as data."""
        return {"alphabet": [str(token) for token in self.alphabet], "length": self.length, "inputs": self.count}
