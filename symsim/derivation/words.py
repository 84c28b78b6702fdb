"""Derivations about encoders for words: a theorem about every word over a finite alphabet up to a length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.derivation.derivation import Derivation, Step
from symsim.errors import BadInput


@dataclass(frozen=True)
class WordPlace:
    """What a slot of width 1 holds at each position of a word after a layer, counted from 0; -1 is before the first.

    As a side of a claim it gives one number a position.
    """

    construction: WordEncoder
    slot: str
    layer: int

    def __post_init__(self) -> None:
        layers = self.construction.layers
        if not -1 <= self.layer < len(layers):
            raise BadInput(f"there is no layer {self.layer}: layers count from 0 to {len(layers) - 1}, -1 is the start")
        _ = self.encoder  # a slot that is unknown or too wide is an error here, where its author can see it

    @cached_property
    def encoder(self) -> WordEncoder:
        """The layers up to this one, read at the slot."""
        layers = self.construction.layers[: self.layer + 1]
        return replace(self.construction, layers=layers, readout=self.slot, codes=())

    def __str__(self) -> str:
        when = "at the start" if self.layer < 0 else f"after layer {self.layer + 1}"
        return f"slot {self.slot} of each position {when}"

    def values(self, tokens: tuple[Any, ...]) -> list[Any]:
        """The numbers at a word."""
        return self.encoder.values(tokens)

    def values_of_all(self, words: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        """The numbers at many words, all of one length."""
        return self.encoder.values_of_all(words)

    def part(self, tokens: tuple[Any, ...], position: int) -> str:
        """Where the number of a position stands."""
        return str(self)


@dataclass(frozen=True)
class WordState:
    """What a step looks at: the slots of an encoder for words after each layer."""

    construction: WordEncoder

    def slot(self, name: str, layer: int) -> WordPlace:
        """The place that slot ``name``, of width 1, is after ``layer``, counted from 0; -1 is before the first."""
        return WordPlace(self.construction, name, layer)

    @property
    def last(self) -> int:
        """The number of the last layer, counted from 0."""
        return len(self.construction.layers) - 1


@dataclass(frozen=True)
class WordExample:
    """A word, at which a page shows what every slot of width 1 holds after every layer."""

    word: tuple[Any, ...]
    title: str = ""

    def run(self, encoder: WordEncoder) -> list[tuple[str, list[list[Any]]]]:
        """For each slot of width 1 that is not 0 everywhere: its numbers at the start and after each layer."""
        found = []
        for slot in (name for name in encoder.slots.names if encoder.slots.size(name) == 1):
            rows = [WordPlace(encoder, slot, k).values(self.word) for k in range(-1, len(encoder.layers))]
            if any(value != 0 for row in rows for value in row):
                found.append((slot, rows))
        return found


@dataclass(eq=False, repr=False)
class WordDerivation(Derivation):
    """A theorem about an encoder for all words over an alphabet up to a length.

    ``construction`` is a ``WordEncoder`` and ``computes`` the other side of its claim, usually a Python function from
    a word to one value a position, or a program. A step yields pairs of a place (``state.slot("count", layer=0)``, a
    slot of width 1) and a Python function from the word to one number a position; each is checked at every word.
    ``family`` builds encoders from options such as ``p=3, length=4``. Raises ``BadInput`` where there is no claim.

    >>> from symsim.rasp import load
    >>> made = load("library:sequences").compile("histogram", length=3, alphabet="ab")
    >>> theorem = WordDerivation("often", "How often each letter occurs.", made, made.computes)
    >>> theorem.check().report.method
    'exhaustive'
    """

    construction: Any
    computes: Any
    examples: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._check_name()
        if self.computes is None:
            raise BadInput(f"{self.name}: say what the encoder computes")
        self.construction = replace(self.construction, computes=as_side(self.name, self.computes))

    @property
    def shapes(self) -> tuple[tuple[str, tuple[Any, Any]], ...]:
        """None: the input is a word."""
        return ()

    def instance(self, construction: Any) -> bool:
        """Whether an encoder is the one of this derivation, perhaps with changed layers."""
        mine = self.construction
        return bool((construction.name, construction.alphabet) == (mine.name, mine.alphabet))

    def construction_for(self, **options: Any) -> Any:
        """The encoder with these options of the family; without options the derivation's own."""
        given = {name: value for name, value in options.items() if value is not None}
        if not given:
            return self.construction
        if self.family is None:
            raise BadInput(f"{self.name} is about one encoder: it takes no options")
        try:
            return self.family(**given)
        except TypeError as error:
            raise BadInput(f"{self.name}: {error}") from None

    def at(self, sizes: Mapping[str, Any]) -> Any:
        """The encoder: there are no size symbols."""
        return self.construction

    def small(self) -> Any:
        """The encoder at which controls are planted."""
        return self.construction

    def computes_for(self, construction: Any) -> Any:
        """What an encoder of the family is claimed to compute."""
        return construction.computes

    def claim_of(self, construction: Any) -> Any:
        """The claim about an encoder of the family."""
        return construction.claim

    @property
    def stated(self) -> Any:
        """The claim as it is stated."""
        return self.claim

    def identities(self, construction: Any) -> Iterator[tuple[Step, Any, Any]]:
        """What each step says: the place, and the function that gives its numbers."""
        for step in self.steps:
            places: Iterable[tuple[Any, Any]] = step.identities(WordState(construction))  # type: ignore[arg-type]
            for place, function in places:
                yield step, place, as_side(step.name, function)

    def identity_claim(self, name: str, place: Any, formula: Any) -> Any:
        """The claim that a place holds what a function gives, at every word."""
        made = place.construction
        return SequenceClaim(place, formula, made.alphabet, made.length)

    def example(self, title: str = "", **inputs: Sequence[Any]) -> Any:
        """Add a worked example: ``word=`` a string of letters or a list of tokens."""
        if list(inputs) != ["word"]:
            raise BadInput(f"an example of {self.name} gives word, got {', '.join(inputs) or 'nothing'}")
        word = tuple(inputs["word"])
        self.construction.rows(word)
        self.examples.append(WordExample(word, title))
        return self.examples[-1]


def as_side(name: str, what: Any) -> Any:
    """A side of a claim about words: a Python function as an oracle, other sides as they are."""
    if hasattr(what, "values_of_all"):
        return what
    if not callable(what):
        raise BadInput(f"{name}: a function of the word gives one value a position, got {what!r}")
    function: Callable[[list[Any]], Sequence[Any]] = what
    called = getattr(function, "__name__", name).replace("_", " ").strip()
    return Oracle(name if called == "<lambda>" else called, lambda word: [_exact(v) for v in function(word)])


def _exact(value: Any) -> Any:
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value
