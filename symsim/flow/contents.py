"""What a slot holds on the tokens of one group, as text and LaTeX: a formula where the number system knows one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symsim.claims.construction import Construction
from symsim.domains.block_matrix import BlockMatrix
from symsim.domains.protocol import Domain
from symsim.errors import BadInput, Undefined
from symsim.formulas.evaluation import Evaluation
from symsim.formulas.latex import name_latex, size_latex, to_latex
from symsim.formulas.printing import to_text
from symsim.formulas.sizes import size_text

LONGEST_TABLE = 16
"""Matrices of numbers with more entries are not written out."""


@dataclass(frozen=True)
class Content:
    """What one slot holds on one token group.

    ``zero``: 0 for all inputs (at these inputs, where they are numbers). ``read``: something that reaches the result
    reads it. ``text`` and ``latex`` are empty where no short formula is known.
    """

    group: str
    zero: bool
    read: bool
    text: str = ""
    latex: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"group": self.group, "zero": self.zero, "read": self.read, "text": self.text, "latex": self.latex}


@dataclass(frozen=True)
class Held:
    """A cut of the construction at a node: what the slot is said to hold, and whether that was decided here.

    ``decided`` is True where the number system found both equal, for all inputs that the trace ran on; None where it
    cannot tell or did not look.
    """

    name: str
    text: str
    latex: str
    group: str | None
    decided: bool | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"name": self.name, "text": self.text, "latex": self.latex, "group": self.group, "decided": self.decided}


class Describer:
    """Finds the texts of blocks over one number system; ``symbolic`` says that the inputs are free symbols."""

    def __init__(self, domain: Domain[Any], inputs: Mapping[str, Any], symbolic: bool) -> None:
        self.domain = domain
        self._known = self._inputs(inputs) if symbolic and domain.flat else []

    def _inputs(self, inputs: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
        found = []
        for name, value in inputs.items():
            latex = name_latex(name)
            found.append((name, latex, value))
            if self.domain.shape(value)[1] != 1:
                found.append((f"entries of {name}", rf"\operatorname{{vec}}({latex})", self.domain.flatten(value)))
        return found

    def texts(self, block: Any) -> tuple[bool, str, str]:
        """Whether a block is zero for sure, and its text and LaTeX (empty where none is known)."""
        domain = self.domain
        if isinstance(block, BlockMatrix):
            return not block.blocks, *_of_blocks(block)
        rows, cols = domain.shape(block)
        if domain.equal(block, domain.zeros(rows, cols)):
            return True, "0", "0"
        for text, latex, value in self._candidates(rows, cols):
            if domain.shape(value) == (rows, cols) and domain.equal(block, value):
                return False, text, latex
        return False, *_table(domain, block)

    def _candidates(self, rows: Any, cols: Any) -> list[tuple[str, str, Any]]:
        found = list(self._known)
        if not found or (rows == cols and rows > 1):
            size = size_latex(rows)
            found.append((f"I({size_text(rows)})", f"I_{{{size}}}", self.domain.identity(rows)))
        ones = (f"ones({size_text(rows)})", rf"\mathbf{{1}}_{{{size_latex(rows)}}}", self.domain.ones(rows, cols))
        return [*found, ones] if cols == 1 else found


def _of_blocks(block: BlockMatrix) -> tuple[str, str]:
    if not block.blocks:
        return "0", "0"
    rows, cols = [name for name, _ in block.row_parts], [name for name, _ in block.col_parts]
    texts = [[block.entry_text(r, c) for c in cols] for r in rows]
    latex = [[block.entry_latex(r, c) for c in cols] for r in rows]
    if len(rows) == len(cols) == 1:
        return texts[0][0], latex[0][0]
    return _joined(texts, latex)


def _joined(texts: Sequence[Sequence[str]], latex: Sequence[Sequence[str]]) -> tuple[str, str]:
    text = "; ".join(", ".join(line) for line in texts)
    lines = r" \\ ".join(" & ".join(line) for line in latex)
    return f"[{text}]", rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}"


def _table(domain: Domain[Any], block: Any) -> tuple[str, str]:
    """A small matrix of numbers, written out."""
    rows, cols = domain.shape(block)
    if rows * cols > LONGEST_TABLE:
        return "", ""
    entries = _numbers(domain, block)
    if entries is None:
        return "", ""
    return _joined([[text for text, _ in line] for line in entries], [[latex for _, latex in line] for line in entries])


def _numbers(domain: Domain[Any], block: Any) -> list[list[tuple[str, str]]] | None:
    to_sympy = getattr(domain, "to_sympy", None)
    if to_sympy is not None:
        from sympy import latex

        table = to_sympy(block)
        if any(not v.is_Rational for v in table):
            return None
        return [[(str(v), latex(v)) for v in table.row(i)] for i in range(table.rows)]
    dense = getattr(domain, "dense", None)
    array = dense(block) if dense is not None else block
    if getattr(array, "ndim", 0) != 2:
        return None
    shown = [[f"{float(v):.6g}" if isinstance(v, float) else str(v) for v in line] for line in array.tolist()]
    return [[(v, v) for v in line] for line in shown]


def held(
    construction: Construction,
    domain: Domain[Any] | None,
    states: Sequence[Any],
    inputs: Mapping[str, Any],
    settled: frozenset[str] = frozenset(),
) -> dict[tuple[int, str], list[Held]]:
    """The cuts of a construction by node; each formula is compared with what the slot holds where there are values.

    Those in ``settled`` were compared before, and the states hold their names.
    """
    found: dict[tuple[int, str], list[Held]] = {}
    names = dict(inputs)
    for cut in construction.cuts:
        if cut.layer >= len(construction.encoder.layers) or cut.slot not in construction.encoder.slots.names:
            continue
        decided = None
        if domain is not None:
            value = construction.slot_value(domain, states[cut.layer + 1], cut.slot, cut.group, cut.formula.shape)
            try:
                decided = cut.name in settled or domain.equal(value, Evaluation(domain, names).value(cut.formula))
            except (BadInput, Undefined):
                decided = None
            names[cut.name] = value
        item = Held(cut.name, to_text(cut.formula), to_latex(cut.formula), cut.group, decided)
        found.setdefault((cut.layer + 1, cut.slot), []).append(item)
    return found
