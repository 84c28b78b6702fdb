"""The pieces of realisation P for all sizes in Rocq: accepted, refused with faults, about the heads that we build."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sympy

from symsim.claims.construction import Construction
from symsim.encoder.layers import Head
from symsim.errors import BadInput
from symsim.proof.rocq_pieces import PIECES, library, piece, pieces_theorem
from symsim.simulators import scalars
from tests.programs import needs
from tests.rocq_piece_faults import PIECE_FAULTS, faulty_pieces
from tests.rocq_theorems import LONGEST, NO_AXIOM, compiled

# -- what the kernel says ---------------------------------------------------------------------------------------------


def test_pieces_are_accepted_for_all_sizes_without_axioms(tmp_path: Path) -> None:
    needs("coqc")
    done = compiled(pieces_theorem(), "pieces", tmp_path)
    assert (done.status, done.output) == (0, NO_AXIOM)
    assert done.seconds < LONGEST


@pytest.mark.parametrize("fault", ["the sink's key is 1", "an operand is not cleared"])
def test_planted_fault_is_refused(fault: str, tmp_path: Path) -> None:
    needs("coqc")
    done = compiled(faulty_pieces(fault), "pieces", tmp_path)
    assert done.status == 1 and "Error" in done.output, done.output


def test_every_fault_changes_the_file() -> None:
    assert len({faulty_pieces(fault) for fault in PIECE_FAULTS} | {pieces_theorem()}) == len(PIECE_FAULTS) + 1


# -- the theorems are about the heads that are built ------------------------------------------------------------------
Group = Callable[[int, int], int]
Wish = Callable[[int, int, int], bool]


class Route:
    """The weights of ``route s m n rows cols g group wish`` in the file, written out for N positions."""

    def __init__(self, s: int, m: int, n: int, rows: int, cols: int, g: int, group: Group, wish: Wish) -> None:
        self.source, self.result, self.g, self.group, self.wish = (s, m, n), (rows, cols), g, group, wish

    def queries(self, positions: int) -> sympy.Matrix:
        """The unit vector of the group of every position."""
        rows, cols = self.result
        asks = [self.group(*divmod(q, cols)) if q < rows * cols else self.g for q in range(positions)]
        return sympy.Matrix(positions, self.g + 1, lambda q, a: int(int(a) == asks[int(q)]))

    def keys(self, positions: int) -> sympy.Matrix:
        """The groups that want a position, and 1/2 for the sink."""
        s, m, n = self.source

        def entry(k: int, a: int) -> sympy.Rational:
            if k == positions - 1:
                return sympy.Rational(1, 2)
            inside = s <= k < s + m * n
            return sympy.Integer(int(inside and a < self.g and self.wish(a, *divmod(k - s, n))))

        return sympy.Matrix(positions, self.g + 1, lambda k, a: entry(int(k), int(a)))


def _left(s: int, m: int, k: int, n: int, t: int) -> Route:
    return Route(s, m, k, m, n, m, lambda i, j: i, lambda a, i, j: i == a and j == t)


def _right(s: int, m: int, k: int, n: int, t: int) -> Route:
    return Route(s, k, n, m, n, n, lambda i, j: j, lambda a, i, j: i == t and j == a)


def _transposed(r: int, c: int) -> Route:
    return Route(0, r, c, c, r, c * r, lambda i, j: i * r + j, lambda a, i, j: a == j * r + i)


def _own_row(r: int, c: int) -> Route:
    return Route(0, r, c, r, c, r, lambda i, j: i, lambda a, i, j: i == a)


def _heads(u: Construction) -> list[Head]:
    return [head for layer in u.encoder.layers for head in layer.heads]


def _product(m: int, k: int, n: int) -> list[Route]:
    return [route for t in range(k) for route in (_left(0, m, k, n, t), _right(m * k, m, k, n, t))]


BUILT = [
    (scalars.transposition(2, 3), [_transposed(2, 3)]),
    (scalars.transposition(3, 1), [_transposed(3, 1)]),
    (scalars.product(2, 3, 2), _product(2, 3, 2)),
    (scalars.product(2, 3, 1, narrow=True), _product(2, 3, 1)),
    (scalars.row_softmax(2, 3), [_own_row(2, 3)]),
]


@pytest.mark.parametrize(("u", "routes"), BUILT)
def test_heads_of_the_construction_are_those_of_the_theorem(u: Construction, routes: list[Route]) -> None:
    positions, slots = int(u.encoder.tokens.total), u.encoder.slots
    top, bottom = slots.span("pos")
    found = [(sympy.Matrix(head.W_Q), sympy.Matrix(head.W_K)) for head in _heads(u)]
    for query, key in found:  # nothing but the position is read
        for weight in (query, key):
            assert sympy.Matrix(weight[:top, :]).is_zero_matrix and sympy.Matrix(weight[bottom:, :]).is_zero_matrix
    expected = [(route.queries(positions), route.keys(positions)) for route in routes]
    shown = [(query[top:bottom, :], key[top:bottom, :]) for query, key in found]
    assert sorted(map(str, shown)) == sorted(map(str, expected))


def test_mean_of_a_row_reads_exp_minus_the_flag() -> None:
    u = scalars.row_softmax(2, 3)
    (head,), slots = _heads(u), u.encoder.slots
    top, _ = slots.span("pos")
    flagged = {slots.span("w_exp")[0]: 1, **{top + p: -1 for p in range(6, int(u.encoder.tokens.total))}}
    assert {row: int(v) for (row, _), v in head.W_V.todok().items()} == flagged


# -- names for pages --------------------------------------------------------------------------------------------------
def test_every_piece_names_theorems_of_the_file() -> None:
    body = library()
    for one in PIECES.values():
        assert re.search(rf"^(Theorem|Lemma) {one.outside} ", body, re.MULTILINE)
        assert one.text.startswith(f"Theorem {one.theorem} ") and one.text.endswith(".") and one.statement
    with pytest.raises(BadInput, match="transposition"):
        piece("transpositon")


def test_no_proof_is_left_out() -> None:
    assert not re.search(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Abort)\b", library())
