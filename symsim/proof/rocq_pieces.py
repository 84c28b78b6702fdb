"""The pieces of realisation P, proved for all sizes in Rocq: which theorem of ``rocq/Scalars.v`` stands behind which.

The theorems are about average-hard heads whose queries and keys read one-hot positions, with a sink token, over entries
in row-major order, as :mod:`symsim.simulators.pieces` builds them; sizes, matrices and the ordered field are arbitrary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from symsim.errors import BadInput, nearest

LIBRARY = "Scalars"
"""The file with the theorems."""


@dataclass(frozen=True)
class Piece:
    """A piece of realisation P and its theorems.

    ``theorem`` says what the piece computes at every entry of the result, ``outside`` that it writes nothing that is
    read elsewhere, or that it is defined there; ``statement`` is what both say, in words.
    """

    theorem: str
    outside: str
    statement: str

    @property
    def text(self) -> str:
        """The theorem as it stands in the file."""
        body = library()
        start = body.index(f"Theorem {self.theorem} ")
        return body[start : body.index("\nProof.", start)]


PIECES: Mapping[str, Piece] = MappingProxyType(
    {
        "fetch": Piece(
            "fetch",
            "route_outside",
            "Where the keys of some positions hold the group that a query asks for, the head brings the mean of their "
            "values; where no key holds it, it brings the value of the sink.",
        ),
        "transposition": Piece(
            "transposition",
            "transposition_outside",
            "For all r and c, one head brings entry (j, i) of an r x c matrix to position (i, j) of the result, and 0 "
            "to every other position.",
        ),
        "product": Piece(
            "wide_product",
            "wide_product_outside",
            "For all m, k and n, 2 k heads in one layer and square units write the entries of A B, for A of m x k and "
            "B of k x n, and 0 at every other position.",
        ),
        "product-narrow": Piece(
            "narrow_product",
            "narrow_product_outside",
            "For all m, k and n, k layers of two heads each write the entries of A B through the same two operand "
            "slots, which are 0 again afterwards, and 0 at every other position.",
        ),
        "row-softmax": Piece(
            "row_softmax",
            "row_softmax_defined",
            "For all r and c and every function e in the place of exp, a mean over the own row, a reciprocal and a "
            "product give e(S_ij) over the sum of row i; where e is positive and e(0) = 1, the reciprocal unit meets "
            "a positive number at every position.",
        ),
    }
)
"""Every piece by its name."""


def piece(name: str) -> Piece:
    """The piece of this name; ``BadInput`` where there is none.

    >>> piece("transposition").text.splitlines()[0]
    "Theorem transposition S (X : 'M[F]_(r, c)) : holds S source s X ->"
    """
    if name not in PIECES:
        raise BadInput(f"there is no piece '{name}' of realisation P: {nearest(name, PIECES)}")
    return PIECES[name]


def library() -> str:
    """The definitions and theorems about the pieces, a file that needs no other one of ours."""
    return (files("symsim.proof") / "rocq" / f"{LIBRARY}.v").read_text(encoding="utf-8")


def pieces_theorem() -> str:
    """A ``.v`` file with all the theorems, and ``Print Assumptions`` about them together."""
    names = [name for one in PIECES.values() for name in (one.theorem, one.outside)]
    together = ", ".join(f"@{name}" for name in [*names, "narrow_product_clears"])
    return f"{library()}\nDefinition pieces := ({together}).\nPrint Assumptions pieces.\n"
