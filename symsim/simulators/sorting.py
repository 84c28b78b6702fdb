"""MaxMin of pairs and GroupSort of groups of any size, on all real numbers: networks of comparators, one round a layer.

Tokens are the numbers, one a position. A comparator of two places needs the difference of their numbers with one sign
at the first place and with the other sign at the second one. Two heads do that: one fetches the partner, one fetches
what stands at the second place. At a place with number x, partner y and second number z the new number is
``x + relu(z - x) - relu(z - y)``: the larger one at the first place, where z = y, and the smaller one at the second
place, where z = x. A place without a partner fetches itself, and both units are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.errors import BadInput, nearest
from symsim.formulas.building import add, apply, blocks, hadamard, matrix, ones
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.plans import TOKEN, Carried, Fetch, Note, Plan, Reading, Selection, Term, Units, Value, reading
from symsim.simulators.tokens import fixed, written

Round = dict[int, int]
"""The comparators of one round: first place to second place."""

NETWORKS = ("odd-even", "merge-exchange")
"""Neighbours in turn, as many rounds as places; or Batcher's network, of about half the square of a logarithm."""


def max_min(pairs: int = 1) -> Construction:
    """The larger and the smaller number of every row of X (``pairs`` x 2): one layer, two heads, two relu units.

    >>> max_min(2)(X=[[1, 3], [0, -2]])
    Matrix([
    [3,  1],
    [0, -2]])
    """
    (pairs,) = fixed("sorting.max_min_cost", pairs=pairs)
    return written("max_min", _network(pairs, 2, "odd-even"), {"X": (pairs, 2)}, _result(pairs, 2), max_min_of(pairs))


def max_min_of(pairs: Size) -> Formula:
    """What MaxMin computes: half the sum and half the distance, added and subtracted.

    >>> max_min_of("m").shape
    (m, 2)
    """
    X = matrix("X", as_size(pairs), 2)
    first_minus_second = blocks([[1], [-1]])
    distance = apply("abs", X @ first_minus_second)
    return Fraction(1, 2) * (X @ ones(2, 2) + distance @ first_minus_second.T)


def max_min_cost(pairs: Size) -> Cost:
    """What MaxMin costs, at an integer or symbolic number of pairs.

    >>> max_min_cost("m").heads
    (2,)
    """
    return counting.count(_network(as_size(pairs), 2, "odd-even"))


def group_sort(groups: int, size: int, network: str = "odd-even") -> Construction:
    """Every row of X (``groups`` x ``size``) sorted, the largest number first; one layer for each round of the network.

    ``network`` is ``"odd-even"`` (``size`` rounds from size 3 on) or ``"merge-exchange"`` (Batcher: t (t + 1) / 2
    rounds, 2^t the least power of two that is not below the size). With size 2 this is MaxMin.

    >>> group_sort(1, 4)(X=[[1, 3, 2, 3]])
    Matrix([[3, 3, 2, 1]])
    >>> len(group_sort(1, 8).encoder.layers), len(group_sort(1, 8, "merge-exchange").encoder.layers)
    (8, 6)
    """
    groups, size = fixed("sorting.group_sort_cost", groups=groups, size=size)
    plan = _network(groups, size, network)
    name = f"group_sort_{size}" if network == "odd-even" else f"merge_exchange_{size}"
    return written(name, plan, {"X": (groups, size)}, _result(groups, size), sorted_by_rank(groups, size))


def group_sort_cost(groups: Size, size: Size, network: str = "odd-even") -> Cost:
    """What GroupSort costs: an integer or symbolic number of groups, and for odd-even networks a size from 3 on.

    >>> group_sort_cost("m", "g").layers
    g
    """
    return counting.count(_network(as_size(groups), as_size(size), network))


def sorted_by_rank(groups: Size, size: int) -> Formula:
    """Sorting by definition: place k of a row gets the number that k numbers stand before, k counted from 0.

    Of two numbers the larger one stands before the other, and of equal ones the first. With a column of E for each
    pair of places, 1 at the first and -1 at the second, ``step(X E)`` says for each pair whether its first number
    stands before the second. So ``R = 1 [g - 1, .., 0] - step(X E) E^T`` counts what stands before each number, and
    column k of the result is the sum of the entries of a row at which R is k: ``(X .* step(-abs(R - k))) 1``. No
    network is in this, and the number of groups may be a symbol.

    >>> sorted_by_rank("m", 3).shape
    (m, 3)
    """
    rows = as_size(groups)
    X = matrix("X", rows, size)
    pairs = list(combinations(range(size), 2))
    signs = [[(place == first) - (place == second) for first, second in pairs] for place in range(size)]
    E = blocks(signs)
    before = ones(rows) @ blocks([[size - 1 - j for j in range(size)]]) - apply("step", X @ E) @ E.T
    terms = []
    for k in range(size):
        chosen = apply("step", -apply("abs", before - k * ones(rows, size) if k else before))
        place = blocks([[int(j == k) for j in range(size)]])
        terms.append(hadamard(X, chosen) @ ones(size) @ place)
    return add(*terms)


def rounds(size: int, network: str) -> list[Round]:
    """The rounds of a network that sorts so many places.

    >>> rounds(3, "odd-even")
    [{0: 1}, {1: 2}, {0: 1}]
    >>> rounds(4, "merge-exchange")
    [{0: 2, 1: 3}, {0: 1, 2: 3}, {1: 2}]
    """
    if network == "odd-even":
        count = size if size > 2 else size - 1
        return [{j: j + 1 for j in range(t % 2, size - 1, 2)} for t in range(count)]
    return _merge_exchange(size)


def _merge_exchange(size: int) -> list[Round]:
    """Batcher's network in the form of Knuth, The Art of Computer Programming 3, section 5.2.2, algorithm M."""
    top = 1
    while 2 * top < size:
        top *= 2
    found: list[Round] = []
    p = top if size > 1 else 0
    while p:
        q, r, d = top, 0, p
        while True:
            found.append({i: i + d for i in range(size - d) if i & p == r})
            if q == p:
                break
            d, q, r = q - p, q // 2, p
        p //= 2
    return found


# -- the plan ---------------------------------------------------------------------------------------------------------
def _result(groups: Size, size: Size) -> Value:
    return Value(TOKEN, groups, size, ready=1)


@dataclass(frozen=True)
class _Seen:
    """Which place of its group each place looks at, in every round."""

    rounds: list[Round] | None
    second: bool

    def __call__(self, t: int, j: int) -> int:
        """In round t, from place j: the second place of the comparator, or the partner; itself where there is none."""
        comparators = self.rounds[t] if self.rounds is not None else {}
        for first, second in comparators.items():
            if j in (first, second):
                return second if self.second or j == first else first
        return j


def _network(groups: Size, size: Size, network: str) -> Plan:
    """The plan; rounds are layers that use the same slots again, cleared at the end of each where there are several."""
    if network not in NETWORKS:
        raise BadInput(f"there is no sorting network '{network}': {nearest(network, NETWORKS)}")
    if isinstance(size, int) and size < 2:
        raise BadInput(f"a group has at least 2 numbers to sort, got {size}")
    if not isinstance(size, int) and network != "odd-even":
        raise BadInput(f"the rounds of network '{network}' are no polynomial in {size}: give the size as an integer")
    known = rounds(size, network) if isinstance(size, int) else None
    count = size if known is None else len(known)
    narrow = count != 1
    plan = Plan(groups * size + 1)
    given = Value(TOKEN, groups, size)
    own, second, partner = Term(TOKEN), Term(plan.slot("second")), Term(plan.slot("partner"))
    for slot, seen in ((second, _Seen(known, True)), (partner, _Seen(known, False))):
        wish = Selection(groups * size, groups * size, _own_group(size), _one_place(size, seen))
        carried = (Carried(reading(given), (slot,)),)
        plan.steps.append(Fetch(0, slot.slot, given, groups, size, wish, carried, count, narrow))
    for left, right, sign in ((second, own, 1), (second, partner, -1)):
        difference = Reading((left, Term(right.slot, -1)))
        plan.steps.append(Units(0, "relu", difference, (Term(TOKEN, sign),), count, narrow))
    if narrow:
        for slot in (second, partner):
            plan.steps.append(Units(0, "identity", Reading((slot,)), (Term(slot.slot, -1),), count, narrow))
    plan.notes.append(Note(0, (TOKEN,), _WORDS + (_CLEAR if narrow else ""), narrow))
    return plan


def _own_group(size: Size) -> Callable[[int, int], int]:
    return lambda i, j: i * size + j


def _one_place(size: Any, seen: _Seen) -> Callable[[int, int], list[tuple[int, int]]]:
    return lambda t, g: [(g // size, seen(t, g % size))]


_WORDS = (
    "One head brings the number at the second place of the comparator, one that of the partner. With own number x, "
    "partner y and second number z, two relu units add relu(z - x) - relu(z - y): the first place keeps the larger "
    "number, the second one the smaller."
)
_CLEAR = " Two identity units clear what was fetched."
