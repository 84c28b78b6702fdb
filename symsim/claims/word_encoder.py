"""An encoder for all words over a finite alphabet up to a length: one set of weights, an embedding table, a read-out.

The tokens are the word and, behind it, one *sink* token. What a token starts with is a row of a fixed table, one row
for each token of the alphabet at each position. Weights do not depend on the length of the word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

import sympy
from flint import fmpq

from symsim.claims.construction import Construction, Placement, Readout
from symsim.claims.real_values import RealValue
from symsim.claims.sequences import SequenceClaim
from symsim.claims.sides import Prepared, Rows
from symsim.domains.alphabet import Alphabet
from symsim.domains.exact import Exact
from symsim.domains.polynomials import fraction
from symsim.domains.protocol import Domain
from symsim.encoder.cost import Cost, cost
from symsim.encoder.layers import Encoder, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.machine import Machine, machine
from symsim.encoder.running import run
from symsim.encoder.weights import as_weight
from symsim.errors import BadInput, SymsimError, nearest

WORD, SINK = "word", "sink"
"""The token groups: the word, and one token behind it."""

FIRST_BATCH = 64
"""So many words are run side by side at first; a wrong encoder is wrong at a short word, mostly."""

MOST_ENTRIES = 2_000_000
"""So many entries a token matrix of all words of a batch has."""


@dataclass(frozen=True)
class WordEncoder:
    """Layers, an embedding table and a read-out, for all words of length 1 to ``length`` over ``alphabet``.

    ``embedding`` has one row a token and position: token number a at position p (both from 0) is row
    ``a * length + p``; it has D columns. ``sink`` is the row of the sink. The value of a position stands in
    ``readout``, a slot of width 1; ``codes`` says which values are written as numbers there, a string for instance.
    ``computes`` is the side of a claim that the encoder is said to equal. Raises ``BadInput`` where the parts do not
    fit.

    >>> one = sympy.Matrix([[3], [5]])
    >>> copy = WordEncoder("copy", Slots((("out", 1),)), (), ("a", "b"), 1, one, [[0]], "out", ((Fraction(3), "a"),))
    >>> copy.values(("a",)), copy.values(("b",))
    (['a'], [5])
    """

    name: str
    slots: Slots
    layers: tuple[Layer, ...]
    alphabet: tuple[Any, ...]
    length: int
    embedding: Any
    sink: Any
    readout: str
    codes: tuple[tuple[Fraction, Any], ...] = ()
    computes: Any = field(default=None, compare=False, repr=False)
    layer_notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        for part, rows in (("embedding", len(self.alphabet) * self.length), ("sink", 1)):
            object.__setattr__(self, part, as_weight(getattr(self, part), part))
            if getattr(self, part).shape != (rows, self.slots.total):
                found = " x ".join(map(str, getattr(self, part).shape))
                raise BadInput(f"{self.name}: {part} is {found}, and {rows} x {self.slots.total} is needed")
        if self.slots.size(self.readout) != 1:
            raise BadInput(f"{self.name}: the value of a position is one number, so slot {self.readout} has width 1")
        self.encoder_at(1)  # raises where the layers do not fit the slots

    def __str__(self) -> str:
        return f"the encoder of {self.name}"

    # -- the machine at one length --------------------------------------------------------------------------------
    def encoder_at(self, n: int) -> Encoder:
        """The encoder for words of n tokens: n + 1 positions, the same weights at every n."""
        if not 1 <= n <= self.length:
            raise BadInput(f"{self.name}: words have 1 to {self.length} tokens, got {n}")
        return Encoder(self.slots, TokenLayout(((WORD, n), (SINK, 1))), self.layers)

    @property
    def encoder(self) -> Encoder:
        """The encoder for the longest words."""
        return self.encoder_at(self.length)

    @property
    def cost(self) -> Cost:
        """Layers, heads, width, positions, units and parameters at the longest words; the table is not counted."""
        return cost(self.encoder)

    @cached_property
    def machine(self) -> Machine:
        """The machine model, with what the tokens know before the first layer."""
        known = "a table row for each token at each position, one row for the sink"
        return machine(self.encoder, f"{known}; slots {', '.join(self.placed)}")

    @property
    def placed(self) -> tuple[str, ...]:
        """The slots that hold something before the first layer."""
        columns = {j for _, j in (*self.embedding.todok(), *self.sink.todok())}
        spans = [(name, self.slots.span(name)) for name in self.slots.names]
        return tuple(name for name, (start, stop) in spans if columns & set(range(start, stop)))

    # -- words ----------------------------------------------------------------------------------------------------
    def rows(self, word: Sequence[Any]) -> list[int]:
        """The row of the embedding for each token of a word; ``BadInput`` for other tokens and lengths."""
        if not 1 <= len(word) <= self.length:
            raise BadInput(f"{self.name}: words have 1 to {self.length} tokens, got {len(word)}")
        for token in word:
            if token not in self.alphabet:
                known = [str(letter) for letter in self.alphabet]
                raise BadInput(f"{self.name}: the alphabet has no {token!r}: {nearest(str(token), known)}")
        return [self.alphabet.index(token) * self.length + p for p, token in enumerate(word)]

    def tokens(self, domain: Domain[Any], word: Sequence[Any]) -> Any:
        """The token matrix before the first layer, (n + 1) x D, over a flat number system."""
        return self._joined(domain, domain.take(domain.constant(self.embedding), self.rows(word)), len(word))

    def _joined(self, domain: Domain[Any], table: Any, n: int) -> Any:
        """The rows of the n tokens, and the row of the sink behind them."""
        grid = {(WORD, "all"): table, (SINK, "all"): domain.constant(self.sink)}
        return domain.assemble(grid, TokenLayout(((WORD, n), (SINK, 1))), Slots((("all", self.slots.total),)))

    def encode(self, word: Sequence[Any]) -> Any:
        """The token matrix of a word, as a sympy matrix."""
        domain = Exact()
        return domain.to_sympy(self.tokens(domain, word))

    def decode(self, numbers: Sequence[Any]) -> list[Any]:
        """What numbers in the read-out slot stand for; one without a code is itself, an ``int`` where it is whole."""
        known = dict(self.codes)
        found = []
        for number in numbers:
            if not isinstance(number, int | fmpq | Fraction):
                raise BadInput(f"{self.name}: a value in slot {self.readout} is no rational number")
            value = fraction(number) if isinstance(number, fmpq) else Fraction(number)
            found.append(known.get(value, int(value) if value.denominator == 1 else value))
        return found

    def values(self, tokens: tuple[Any, ...]) -> list[Any]:
        """The exact values at a word: encode, run, decode. One that is not rational is a :class:`RealValue`.

        >>> from symsim.encoder.layers import FeedForward
        >>> network = FeedForward([[1]], None, [[1]], None, "exp")
        >>> made = WordEncoder("e", Slots((("out", 1),)), (Layer((), network),), ("a",), 1, [[1]], [[0]], "out")
        >>> str(made.values(("a",))[0])
        '1 + E = 3.71828182846...'
        """
        domain, n = Exact(), len(tokens)
        state = run(domain, self.encoder_at(n), self.tokens(domain, tokens), range(n))
        column = domain.columns(state, self.slots, [self.readout])
        condition = " and ".join(domain.side_conditions())
        return [self._value(domain, column[p, 0], condition) for p in range(n)]

    def _value(self, domain: Exact, number: Any, condition: str) -> Any:
        """A value of a run over the exact field; ``condition`` is under which it is the value, empty for always."""
        if isinstance(number, int | fmpq) and not condition:
            return self.decode([number])[0]
        codes = {value: code for code, value in self.codes if isinstance(value, str)}
        return RealValue(domain, number, codes, f"it is not known whether {condition}" if condition else "")

    def values_of_all(self, words: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        """The values at many words, all of one length, in order: computed side by side, a batch at a time.

        Where a value does not exist the words before it come first, and then the error.
        """
        source, size, domain = iter(words), FIRST_BATCH, None
        while batch := list(islice(source, size)):
            n = len(batch[0])
            domain = Alphabet(batch) if domain is None else domain.over(batch)
            try:
                found: Iterable[list[Any]] = self._together(domain, batch)
            except SymsimError:
                found = map(self.values, batch)
            yield from found
            size = max(1, MOST_ENTRIES // ((n + 1) * self.slots.total))

    def _together(self, domain: Alphabet, words: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
        """The values at words of one length, over a number system whose inputs are these words."""
        n = len(words[0])
        table = domain.choose(domain.constant(self.embedding), [self.rows(word) for word in words])
        state = run(domain, self.encoder_at(n), self._joined(domain, table, n), range(n))
        column = domain.transpose(domain.columns(state, self.slots, [self.readout]))
        return [row for row, in domain.read(column, lambda number: self.decode([number])[0])]

    def part(self, tokens: tuple[Any, ...], position: int) -> str:
        """The slot that holds the value of a position."""
        return f"slot {self.readout} after layer {len(self.layers)}"

    @property
    def sample(self) -> tuple[Any, ...]:
        """A longest word, for pictures: the tokens of the alphabet in turn."""
        return tuple(self.alphabet[p % len(self.alphabet)] for p in range(self.length))

    # -- for users ------------------------------------------------------------------------------------------------
    @property
    def claim(self) -> SequenceClaim:
        """That the values are those of ``computes``, at all words."""
        if self.computes is None:
            raise BadInput(f"{self.name}: nothing is said about what it computes: give computes")
        return SequenceClaim(self, self.computes, self.alphabet, self.length)

    def at_word(self, word: Sequence[Any]) -> Construction:
        """The construction that starts from one word: its dataflow can be traced and drawn."""
        table = self.embedding.extract(self.rows(word), list(range(self.slots.total)))
        placements = []
        for group, rows in ((WORD, table), (SINK, self.sink)):
            for slot in self.placed:
                start, stop = self.slots.span(slot)
                block = sympy.ImmutableSparseMatrix(rows[:, start:stop])
                placements.append(Placement(group, slot, "constant", matrix=block))
        return Construction(
            name=f"{self.name} at {' '.join(map(str, word))}",
            encoder=self.encoder_at(len(word)),
            inputs=(),
            placements=tuple(placements),
            readout=Readout(self.readout, (len(word), 1), WORD),
            computes=ValuesAtWord(self, tuple(word)) if self.computes is not None else None,
            realisation="rasp",
            layer_notes=self.layer_notes,
        )

    def change(self, layer: int, head: int | None = None, **parts: Any) -> WordEncoder:
        """The same with parts of one layer or head replaced, as ``Encoder.change``: how faults are planted."""
        return replace(self, layers=self.encoder.change(layer, head, **parts).layers)


@dataclass(frozen=True)
class ValuesAtWord:
    """What an encoder for words has to write at one word: the values as the column of their numbers."""

    encoder: WordEncoder = field(repr=False)
    word: tuple[Any, ...]

    def __str__(self) -> str:
        return str(self.encoder.computes)

    @property
    def shape(self) -> tuple[int, int]:
        """One number a token."""
        return len(self.word), 1

    def at(self, sizes: Mapping[str, int]) -> ValuesAtWord:
        """The same side: its sizes are fixed."""
        return self

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """The numbers, over a flat number system; ``BadInput`` for a value that the encoder has no number for."""
        numbers = {value: number for number, value in self.encoder.codes}
        column = []
        for value in self.encoder.computes.values(self.word):
            if isinstance(value, RealValue):
                raise BadInput(f"{self.encoder.name}: the value {value} is no rational number")
            if isinstance(value, str) and value not in numbers:
                raise BadInput(f"{self.encoder.name}: there is no number for '{value}'")
            column.append([numbers[value] if isinstance(value, str) else Fraction(value)])
        table = domain.given(column, len(column), 1)

        def result(rows: Rows = None) -> Any:
            return table if rows is None else domain.take(table, rows)

        return result
