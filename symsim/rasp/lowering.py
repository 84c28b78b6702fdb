"""A program as an encoder: heads for selectors that depend on positions only, units for element-wise operations.

Tokens are real numbers, one a position, with one-hot positions and one sink token behind them, which a query with
nothing to select falls back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flint import fmpq

from symsim.claims.construction import Construction, Placement, Readout
from symsim.claims.sides import Prepared, Rows
from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element
from symsim.domains.protocol import Domain
from symsim.encoder.layouts import TokenLayout
from symsim.errors import BadInput, Undefined
from symsim.rasp.arithmetic import is_number
from symsim.rasp.drafting import draft, one_hot, words
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.lowering_forms import Stock
from symsim.rasp.lowering_rules import Rules
from symsim.rasp.lowering_schedule import scheduled
from symsim.rasp.operators import what
from symsim.rasp.plans import TOKEN
from symsim.rasp.values import SOp, Value

LONGEST = 2000
"""A program is lowered at lengths up to this: weights hold a one-hot position a token."""


@dataclass(frozen=True)
class ProgramValues:
    """A program as a side of a claim: what it gives when it is run exactly, as a matrix.

    ``inputs`` are matrices, row by row one after the other, then zeros up to ``length``; the result is read row by row
    from the first positions.
    """

    node: SOp = field(repr=False)
    text: str
    inputs: tuple[tuple[str, tuple[int, int]], ...]
    length: int
    shape: tuple[int, int]

    def __str__(self) -> str:
        return self.text

    def at(self, sizes: Mapping[str, int]) -> ProgramValues:
        """The same side: its sizes are fixed."""
        return self

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Run the program over the exact field; raises ``Undefined`` where it divides by 0."""
        if not isinstance(domain, Exact):
            raise BadInput(f"a RASP program runs over exact numbers and symbols, not over {domain.name}")
        tokens = [inputs[name][i, j] for name, (rows, cols) in self.inputs for i in range(rows) for j in range(cols)]
        try:
            found = Run(tokens + [0] * (self.length - len(tokens)), domain).values(self.node)
        except RaspError as error:
            if "division by 0" in error.message:
                raise Undefined(str(error)) from None
            raise
        rows, cols = self.shape
        table = [[_number(value) for value in found[i * cols : (i + 1) * cols]] for i in range(rows)]
        entries = [{j: v for j, v in enumerate(row) if type(v) is Element or v} for row in table]

        def result(chosen: Rows = None) -> ExactMatrix:
            return ExactMatrix(entries if chosen is None else [entries[i] for i in chosen], cols)

        return result


def lowered(
    built: Value,
    length: int,
    text: str,
    inputs: Mapping[str, tuple[int, int]] | None = None,
    shape: tuple[int, int] | None = None,
    schedule: bool = True,
) -> Construction:
    """The encoder of an s-op at a length; its claim is that it computes what a run of the program gives.

    Parameters
    ----------
    built
        The s-op.
    length
        The number of positions of the program; the encoder has one more, the sink.
    text
        What the program is called in statements.
    inputs
        The operands by name in the order in which they stand in the input, each with its shape; behind them stand
        zeros. Without it one input ``tokens`` of ``length`` numbers.
    shape
        Of the result, which stands row by row in the first positions. Without it 1 x ``length``.
    schedule
        False: each operation has a layer of its own, in the order of the program.

    Raises
    ------
    RaspError
        With the place of what has no exact layer over real tokens, and the assumption that would allow it.
    """
    if not isinstance(built, SOp):
        raise RaspError(f"only s-ops become encoders, {text} gives {what(built)}")
    if not isinstance(length, int) or not 1 <= length <= LONGEST:
        raise BadInput(f"the length is a whole number from 1 to {LONGEST}, got {length!r}")
    operands = tuple((inputs or {"tokens": (1, length)}).items())
    rows, cols = shape or (1, length)
    given = sum(r * c for _, (r, c) in operands)
    if max(given, rows * cols) > length or min(rows, cols, *(min(pair) for _, pair in operands)) < 1:
        raise BadInput(f"{given} numbers in and {rows} x {cols} out do not fit a length of {length}")
    stock = Stock(length, given)
    rules = Rules(built, stock, (1 << rows * cols) - 1)
    plan, slot = scheduled(stock, rules.result, schedule)
    pads = [("pads", length - given)] if length > given else []
    tokens = TokenLayout((*((name, r * c) for name, (r, c) in operands), *pads, ("sink", 1)))
    return Construction(
        name=text,
        encoder=draft(plan, tokens),
        inputs=operands,
        placements=(*(Placement(name, TOKEN, "flat", name) for name, _ in operands), *one_hot(tokens)),
        readout=Readout(slot, (rows, cols)),
        computes=ProgramValues(built, text, operands, length, (rows, cols)),
        realisation="rasp",
        layer_notes=tuple(words(plan)),
    )


def _number(value: Any) -> Any:
    if not is_number(value):
        raise BadInput("the program gives strings, and an encoder over real tokens gives numbers")
    if isinstance(value, fmpq) and value.q == 1:
        return int(value.p)
    return int(value) if isinstance(value, bool) else value
