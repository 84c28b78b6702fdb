"""A call of a RASP program as one side of a claim: operands and result stand in the first positions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from flint import fmpq

from symsim.claims.claim import Claim
from symsim.claims.sides import Prepared, Rows
from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element
from symsim.domains.layout import Size
from symsim.domains.protocol import Domain
from symsim.errors import BadInput, nearest
from symsim.formulas.parsing import parse, parse_size
from symsim.formulas.sizes import as_size, check_name, size_names, substituted
from symsim.formulas.substitution import mask_names
from symsim.formulas.syntax import Formula
from symsim.rasp.arithmetic import kind
from symsim.rasp.domain_run import DomainRun
from symsim.rasp.evaluate import LONGEST_INPUT, Run
from symsim.rasp.faults import RaspError
from symsim.rasp.loading import Library, padded
from symsim.rasp.operators import what
from symsim.rasp.scopes import FIXED, Scope
from symsim.rasp.values import Aggregate, Constant, Indices, Select, SOp, Tokens

MOST_CLAIMS = 1000
"""A range of sizes makes at most so many claims."""


@dataclass(frozen=True)
class ProgramCall:
    """``call`` in ``library`` at given sizes, as a side of a claim.

    The tokens are the operands row by row in their order, then zeros up to the largest of input, result and
    ``positions``; the result, a matrix of the given shape, is read row by row from the first positions. Size names are
    names in the call.
    """

    library: Library
    call: str
    operands: tuple[tuple[str, tuple[Size, Size]], ...]
    shape: tuple[Size, Size]
    sizes: tuple[tuple[str, int], ...] = ()
    positions: Size | None = None
    scalars: tuple[str, ...] = ()
    """Operands of shape 1 x 1 whose names stand in the call for their value at every position."""

    def __str__(self) -> str:
        if '"' in self.call:
            return self.call + (f" at {', '.join(f'{k} = {v}' for k, v in self.sizes)}" if self.sizes else "")
        known = dict(self.sizes)
        return re.sub(r"[A-Za-z_][A-Za-z0-9_]*", lambda word: str(known.get(word[0], word[0])), self.call)

    def at(self, sizes: Mapping[str, int]) -> ProgramCall:
        """The same call at concrete sizes."""
        operands = tuple((name, (substituted(r, sizes), substituted(c, sizes))) for name, (r, c) in self.operands)
        rows, cols = (substituted(size, sizes) for size in self.shape)
        positions = None if self.positions is None else substituted(self.positions, sizes)
        known = tuple({**dict(self.sizes), **sizes}.items())
        return replace(self, operands=operands, shape=(rows, cols), sizes=known, positions=positions)

    def built(self) -> SOp:
        """The s-op that the call builds; ``RaspError`` where it builds something else."""
        session = self.library.session
        outer = session.scope
        session.scope = Scope("call", outer, names={**dict(self.sizes), **self._scalar_values()})
        try:
            found = self.library.expression(self.call)
        finally:
            session.scope = outer
        if not isinstance(found, SOp):
            raise RaspError(f"--call {self.call} gives {what(found)}: a claim is about an s-op")
        return found

    def _scalar_values(self) -> dict[str, SOp]:
        """For each scalar the s-op that has its value at every position."""
        found: dict[str, SOp] = {}
        start = 0
        for name, (rows, cols) in self.operands:
            if name in self.scalars:
                place = Select(Indices(name="indices"), Constant(start), "==")
                found[name] = Aggregate(place, Tokens("float", name="tokens_float"), None, name=name)
            start += rows * cols
        return found

    def length(self) -> int:
        """The number of positions."""
        cells = sum(rows * cols for _, (rows, cols) in self.operands)
        total = max(cells, self.shape[0] * self.shape[1], self.positions or 0)
        if not isinstance(total, int):
            raise BadInput("a program runs at fixed sizes")
        if total > LONGEST_INPUT:
            raise BadInput(f"the program would need {total} positions; the limit is {LONGEST_INPUT}")
        return total

    def run(self, domain: Exact, inputs: Mapping[str, Any]) -> Run:
        """The run of the program on operands over the exact field."""
        tokens = [inputs[name][i, j] for name, (r, c) in self.operands for i in range(r) for j in range(c)]
        return Run(padded(tokens, self.length()), domain)

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Run the program over a number system; over others than ``exact`` it may branch on positions only."""
        rows, cols = self.shape
        if not isinstance(domain, Exact):
            operands = {name: (inputs[name], shape) for name, shape in self.operands}
            matrix = DomainRun(domain, operands, self.length()).matrix(self.built(), rows, cols)

            def some(chosen: Rows = None) -> Any:
                return matrix if chosen is None else domain.take(matrix, chosen)

            return some
        found = [self._number(v) for v in self.run(domain, inputs).values(self.built())[: rows * cols]]
        table = [found[i * cols : (i + 1) * cols] for i in range(rows)]
        whole = [{j: v for j, v in enumerate(row) if type(v) is Element or v} for row in table]

        def result(chosen: Rows = None) -> ExactMatrix:
            return ExactMatrix(whole if chosen is None else [whole[i] for i in chosen], cols)

        return result

    def _number(self, value: Any) -> Any:
        if isinstance(value, str):
            raise BadInput(f"{self.call} gives {kind(value)}: against a formula a program gives numbers")
        if isinstance(value, bool) or isinstance(value, fmpq) and value.q == 1:
            return int(value.p) if isinstance(value, fmpq) else int(value)
        return value


def claims(
    library: Library,
    call: str,
    against: str | Formula | tuple[Library, str],
    shapes: Mapping[str, Any],
    sizes: Mapping[str, int | Iterable[int]] | None = None,
    positions: str | int | None = None,
    scalars: Iterable[str] = (),
    nonempty_rows: bool = False,
) -> list[Claim]:
    """The claims that a program computes a matrix formula, one for every choice of sizes.

    An operand that the formula uses as a mask, as in ``softmax(S, mask=M)``, ranges over all entries 0 and 1.

    Parameters
    ----------
    library
        What :func:`symsim.rasp.load` gave.
    call
        An expression such as ``matmul(r, k, c)``; size names stand for numbers in it.
    against
        A formula of the matrix language; or another program, as its library and its call, which then has to give the
        same numbers at all positions.
    shapes
        The operands in the order in which they stand in the input: ``{"A": ("r", "k"), "B": ("k", "c")}``.
    sizes
        For every size name a number, or the numbers that it runs through.
    positions
        The least number of positions, such as ``"r*k + k*c"``.
    scalars
        Names such as ``tau`` for one number in the formula and in the call; their values stand behind the operands.
    nonempty_rows
        Masks have a 1 in every row.

    Raises
    ------
    BadInput
        For a size that has no value or occurs nowhere, and for a text that cannot be read.

    >>> from symsim import check
    >>> from symsim.rasp import load
    >>> made = claims(load("library:matrices"), "transposition(r, c)", "A^T", {"A": ("r", "c")}, {"r": 2, "c": [1, 3]})
    >>> [str(check(claim).verdict) for claim in made]
    ['proved', 'proved']
    """
    named = tuple(scalars)
    declared = _declared(shapes, named)
    least = parse_size(positions) if isinstance(positions, str) else positions
    given = {name: _values(name, value) for name, value in (sizes or {}).items()}
    _check_sizes(declared, least, given, call, against[1] if isinstance(against, tuple) else str(against))
    made = prod(map(len, given.values()))
    if made > MOST_CLAIMS:
        raise BadInput(f"the sizes have {made} combinations; at most {MOST_CLAIMS} are checked")
    base = ProgramCall(library, " ".join(call.split()), tuple(declared.items()), (1, 1), (), least, named)
    return [
        _claim(base, against, dict(zip(given, chosen, strict=True)), nonempty_rows)
        for chosen in itertools.product(*given.values())
    ]


def _declared(shapes: Mapping[str, Any], named: tuple[str, ...]) -> dict[str, tuple[Size, Size]]:
    """The shapes of the operands, and of the scalars behind them."""
    declared = {name: _shape(shape) for name, shape in shapes.items()}
    if not declared:
        raise BadInput("a program needs an input: declare its operands, such as --shape A=r,k")
    for name in named:
        check_name(name, "scalar")
        if name in declared or name in FIXED or named.count(name) > 1:
            raise BadInput(f"the scalar '{name}' is another name already: choose a name of its own")
    return {**declared, **{name: (1, 1) for name in named}}


def _claim(
    base: ProgramCall, against: str | Formula | tuple[Library, str], sizes: dict[str, int], nonempty_rows: bool
) -> Claim:
    side = base.at(sizes)
    if isinstance(against, tuple):
        side = replace(side, shape=(1, side.length()))
        other = replace(side, library=against[0], call=" ".join(against[1].split()))
        texts = str(side), str(other)
        return Claim(name=f"{side} = {other}", left=side, right=other, inputs=side.operands, written=texts)
    formula = parse(against, dict(base.operands), sizes=sizes) if isinstance(against, str) else against
    masks = mask_names(formula)
    if nonempty_rows and not masks:
        raise BadInput("rows of masks are to be nonempty, and the formula has no mask: write softmax(S, mask=M)")
    side = replace(side, shape=formula.shape)
    return Claim(
        name=f"{side} = {against}",
        left=side,
        right=formula,
        inputs=side.operands,
        binary=masks,
        nonempty_rows=nonempty_rows,
        written=(str(side), " ".join(str(against).split())),
    )


def _shape(shape: Any) -> tuple[Size, Size]:
    pair: Sequence[Any] = tuple(shape) if isinstance(shape, tuple | list) else (shape, 1)
    if len(pair) != 2:
        raise BadInput(f"a shape has rows and columns, got {len(pair)} sizes")
    rows, cols = (parse_size(size) if isinstance(size, str) else as_size(size) for size in pair)
    return rows, cols


def _values(name: str, value: int | Iterable[int]) -> list[int]:
    found = [value] if isinstance(value, int) else list(value)
    if not found or any(not isinstance(v, int) or isinstance(v, bool) or v < 1 for v in found):
        raise BadInput(f"the size {name} takes integers >= 1, got {value!r}")
    if name in FIXED:
        raise BadInput(f"'{name}' cannot name a size: it belongs to the RASP language")
    return found


def _check_sizes(
    shapes: Mapping[str, tuple[Size, Size]], least: Size | None, given: Mapping[str, Any], call: str, against: str
) -> None:
    """Every size has a value, and every value belongs to a size: of an operand, or a name in the texts."""
    parts = [*(size for shape in shapes.values() for size in shape), *([] if least is None else [least])]
    needed = list(dict.fromkeys(name for size in parts for name in size_names(size)))
    missing = [name for name in needed if name not in given]
    if missing:
        raise BadInput(f"a program runs at fixed sizes, and {missing[0]} has none: give --sizes {missing[0]}=1..3")
    words = "".join(c if c.isalnum() or c == "_" else " " for c in f"{call} {against}").split()
    for name in given:
        if name not in needed and name not in words:
            raise BadInput(f"the size '{name}' is fixed and occurs nowhere: {nearest(name, needed)}")
