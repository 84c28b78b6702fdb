"""Words in matrix symbols and their sums: the free part of the ``blocks`` normal form.

A *letter* is an interned matrix (a symbol, a column of ones, an atom such as one softmax block). A *word* is a product
of letters; the empty word is the identity. A *sum* of fixed shape maps (scalars, word) to a coefficient, where scalars
are the 1 x 1 factors: they commute and equal their transposes, so each is kept as the smaller of the two.
Laws that need an atom (``softmax(S) 1 = 1``) are registered by the file of that atom in ``PAIRS`` and ``SHAPES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from symsim.domains.block_coefficients import Coefficient, Dim, Key, coefficient_key, divide, tidy
from symsim.errors import BadInput


class Letter:
    """An interned matrix: equal letters are the same object, and the order is by structure, never by hash.

    ``payload`` is sortable and, with kind, shape and ``flip`` (transposed), says which matrix it is; ``content`` holds
    what printing and evaluation need.
    """

    __slots__ = ("kind", "rows", "cols", "payload", "flip", "content", "symmetric", "key", "_twin", "__weakref__")
    kind: str
    rows: Dim
    cols: Dim
    payload: Key
    flip: bool
    content: tuple[Any, ...]
    symmetric: bool
    key: Key
    _twin: Letter | None

    def __lt__(self, other: Letter) -> bool:
        return self is not other and self.key < other.key

    def __le__(self, other: Letter) -> bool:
        return self is other or self.key < other.key

    @property
    def twin(self) -> Letter:
        """The transposed letter."""
        if self._twin is None:
            if self.symmetric or (self.rows == 1 and self.cols == 1):
                self._twin = self
            else:
                args = (self.kind, self.cols, self.rows, self.payload, not self.flip, self.content)
                self._twin = letter(*args)
        return self._twin

    def __reduce__(self) -> Any:
        return letter, (self.kind, self.rows, self.cols, self.payload, self.flip, self.content, self.symmetric)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.rows} x {self.cols} {self.payload}{' transposed' if self.flip else ''}>"


Word: TypeAlias = tuple[Letter, ...]
Scalars: TypeAlias = tuple[Word, ...]
Term: TypeAlias = tuple[Coefficient, Scalars, Word]
Terms: TypeAlias = tuple[Term, ...]

_INTERNED: WeakValueDictionary[Key, Letter] = WeakValueDictionary()


def letter(
    kind: str, rows: Dim, cols: Dim, payload: Key = (), flip: bool = False, content: tuple[Any, ...] = (),
    symmetric: bool = False,
) -> Letter:  # fmt: skip
    """The letter with these parts, as seen (``rows`` and ``cols`` after the flip)."""
    flip = flip and not (rows == 1 and cols == 1)
    key = (kind, coefficient_key(rows), coefficient_key(cols), flip, payload)
    found = _INTERNED.get(key)
    if found is None:
        found = Letter()
        found.kind, found.rows, found.cols, found.payload, found.flip = kind, rows, cols, payload, flip
        found.content, found.symmetric, found.key, found._twin = content, symmetric, key, None
        _INTERNED[key] = found
    return found


def ones(size: Dim) -> Word:
    """The column of ones as a word (at size 1 it is the identity)."""
    return () if size == 1 else (letter("one", size, 1),)


def diagonal(column: Word, size: Dim) -> Word:
    """``diag(u)`` of one column word; ``diag(1) = I``."""
    if size == 1 or column == ones(size):
        return ()
    return (letter("diag", size, size, column, symmetric=True),)


@lru_cache(maxsize=1 << 16)
def flipped(word: Word) -> Word:
    """The transposed word."""
    return tuple(part.twin for part in reversed(word))


def units(word: Word) -> list[int]:
    """The boundaries of a word (0 before its first letter) at which the inner size is the number 1."""
    if not word:
        return []
    found = [0] if word[0].rows == 1 else []
    found.extend(i for i, part in enumerate(word, 1) if part.cols == 1)
    return found


# -- laws of atoms, registered by their files -------------------------------------------------------------------------
PairLaw: TypeAlias = Callable[[Letter, Letter], Terms | None]
ShapeLaw: TypeAlias = Callable[[Word], Term | None]

PAIRS: dict[tuple[str, str], PairLaw] = {}
"""Laws for two neighbouring letters, by their kinds."""
SHAPES: list[ShapeLaw] = []
"""Laws for a whole word with at most one inner size 1, or for a 1 x 1 word with none inside."""
SCALARS: list[Callable[[list[Word]], list[Word]]] = []
"""Laws that merge the 1 x 1 factors of a term (``exp(a) exp(b) = exp(a + b)``)."""


def multiply_scalars(a: Scalars, b: Scalars) -> Scalars:
    """The product of two families of 1 x 1 factors, in canonical order."""
    if not a or not b:
        return a or b
    merged = [*a, *b]
    for law in SCALARS:
        merged = law(merged)
    return tuple(sorted(merged))


def combine(parts: Iterable[Term], factor: Coefficient = 1, scalars: Scalars = ()) -> Iterator[Term]:
    """Each term times a coefficient and 1 x 1 factors."""
    for c, s, word in parts:
        yield factor if c == 1 else c * factor, multiply_scalars(s, scalars), word


@lru_cache(maxsize=1 << 16)
def reduce(word: Word) -> Terms:
    """The normal form of a product of letters.

    >>> reduce((letter("one", 3, 1).twin, letter("one", 3, 1)))
    ((3, (), ()),)
    """
    for j in range(len(word) - 1):
        law = PAIRS.get((word[j].kind, word[j + 1].kind))
        terms = law(word[j], word[j + 1]) if law is not None else None
        if terms is not None:
            return _inside(word[:j], terms, word[j + 2 :])
    cuts = units(word)
    if len(cuts) < 2:
        return _shaped(word)
    first, last = cuts[0], cuts[-1]
    result: Terms = tuple(reduce(word[:first] + word[last:]))
    for i, j in zip(cuts, cuts[1:], strict=False):
        result = tuple(t for c, s, _ in scalar(word[i:j]) for t in combine(result, c, s))
    return result


def _inside(before: Word, terms: Iterable[Term], after: Word) -> Terms:
    return tuple(t for c, s, middle in terms for t in combine(reduce(before + middle + after), c, s))


def _shaped(word: Word) -> Terms:
    for law in SHAPES:
        new = law(word)
        if new is not None:
            return _inside((), (new,), ())
    return ((1, (), word),)


@lru_cache(maxsize=1 << 16)
def scalar(word: Word) -> Terms:
    """The normal form of a 1 x 1 word without an inner size 1."""
    if len(word) == 2 and word[0].kind == word[1].kind == "one":
        return ((word[1].rows, (), ()),)
    for law in SHAPES:
        new = law(word)
        if new is not None:
            return _inside((), (new,), ())
    return ((1, (min(word, flipped(word)),), ()),)


def join(a: Word, b: Word) -> Terms:
    """The product of two words in normal form."""
    return reduce(a + b) if a and b else ((1, (), a or b),)


class Sum:
    """A matrix of fixed shape as a sum of words: ``terms[scalars, word]`` is a coefficient that is not zero.

    >>> x = Sum.word((letter("symbol", 2, 3, ("X",)),), 2, 3)
    >>> (x + x.scaled(-1)).terms
    {}
    """

    __slots__ = ("rows", "cols", "terms", "_key")

    def __init__(self, rows: Dim, cols: Dim, terms: dict[tuple[Scalars, Word], Coefficient]) -> None:
        self.rows, self.cols = rows, cols
        self.terms = {} if rows == 0 or cols == 0 else terms
        self._key: Key | None = None

    @classmethod
    def collect(cls, rows: Dim, cols: Dim, terms: Iterable[Term]) -> Sum:
        """The sum of terms, like terms added up."""
        found: dict[tuple[Scalars, Word], Coefficient] = {}
        for c, s, word in terms:
            _accumulate(found, (s, word), c)
        return cls(rows, cols, found)

    @classmethod
    def word(cls, word: Word, rows: Dim, cols: Dim) -> Sum:
        """One product of letters, brought to normal form."""
        return cls.collect(rows, cols, reduce(word))

    @classmethod
    def ones(cls, rows: Dim, cols: Dim) -> Sum:
        """The matrix of ones."""
        return cls.word(ones(rows) + flipped(ones(cols)), rows, cols)

    @property
    def key(self) -> Key:
        """A sortable key of the normal form: equal exactly for equal normal forms."""
        if self._key is None:
            items = sorted((s, w, coefficient_key(c)) for (s, w), c in self.terms.items())
            self._key = (coefficient_key(self.rows), coefficient_key(self.cols), tuple(items))
        return self._key

    def sorted_terms(self) -> list[Term]:
        """The terms in canonical order."""
        return [(self.terms[s, w], s, w) for s, w in sorted(self.terms)]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def same(self, other: Sum) -> bool:
        """Whether both normal forms are equal: then the matrices are, at all sizes and values."""
        return self.rows == other.rows and self.cols == other.cols and self.terms == other.terms

    def __add__(self, other: Sum) -> Sum:
        terms = dict(self.terms)
        for at, c in other.terms.items():
            _accumulate(terms, at, c)
        return Sum(self.rows, self.cols, terms)

    def scaled(self, factor: Coefficient) -> Sum:
        """The sum times a coefficient."""
        terms = {at: tidy(factor * c) for at, c in self.terms.items()} if factor != 0 else {}
        return Sum(self.rows, self.cols, terms)

    def times(self, number: Sum) -> Sum:
        """The sum times a 1 x 1 sum."""
        terms = (
            (c1 * c2, multiply_scalars(s1, s2), w)
            for (s1, w), c1 in self.terms.items()
            for (s2, _), c2 in number.terms.items()
        )
        return Sum.collect(self.rows, self.cols, terms)

    def divided(self, divisor: Coefficient) -> Sum:
        """The sum over a coefficient that is not zero."""
        return self.scaled(divide(1, divisor))

    def __sub__(self, other: Sum) -> Sum:
        return self + other.scaled(-1)

    def __matmul__(self, other: Sum) -> Sum:
        if self.cols != other.rows:
            raise BadInput(f"cannot multiply {self.rows} x {self.cols} by {other.rows} x {other.cols}")
        terms: dict[tuple[Scalars, Word], Coefficient] = {}
        for (s1, w1), c1 in self.terms.items():
            for (s2, w2), c2 in other.terms.items():
                for c, s, w in combine(join(w1, w2), c1 * c2, multiply_scalars(s1, s2)):
                    _accumulate(terms, (s, w), c)
        return Sum(self.rows, other.cols, terms)

    @property
    def T(self) -> Sum:
        """The transposed sum."""
        return Sum(self.cols, self.rows, {(s, flipped(w)): c for (s, w), c in self.terms.items()})

    def __repr__(self) -> str:
        return f"<Sum {self.rows} x {self.cols}: {self.sorted_terms()}>"


def _accumulate(terms: dict[tuple[Scalars, Word], Coefficient], at: tuple[Scalars, Word], c: Coefficient) -> None:
    known = terms.get(at)
    new = tidy(c if known is None else known + c)
    if new == 0:
        terms.pop(at, None)
    else:
        terms[at] = new


def add_all(rows: Dim, cols: Dim, parts: Sequence[Sum]) -> Sum:
    """The sum of several matrices of one shape."""
    terms: dict[tuple[Scalars, Word], Coefficient] = {}
    for part in parts:
        for at, c in part.terms.items():
            _accumulate(terms, at, c)
    return Sum(rows, cols, terms)
