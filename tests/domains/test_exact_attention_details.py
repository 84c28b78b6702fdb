"""Weights over the exact field and its functions in detail: rows, visible keys, ties, signs, unknown orders."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import sympy
from flint import fmpq

from symsim.domains.exact import Exact
from symsim.domains.exact_functions import FUNCTIONS
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element
from symsim.domains.layout import Sight
from symsim.errors import BadInput, Undefined

x, y, z = sympy.symbols("x y z")
exp, Q = sympy.exp, sympy.Rational
HALF, THIRD = Q(1, 2), Q(1, 3)


def given(domain: Exact, table: list[list[Any]]) -> ExactMatrix:
    return domain.given(table, len(table), len(table[0]))


def entry(expr: Any) -> tuple[Exact, Any]:
    domain = Exact()
    return domain, domain.scalar(sympy.sympify(expr))


def weighed(kind: str, table: list[list[Any]], mask: Any = None, causal: bool = False) -> tuple[Exact, ExactMatrix]:
    domain = Exact()
    scores = given(domain, table)
    sight = Sight.plain(scores.height, scores.width, causal, None if mask is None else given(domain, mask))
    if kind == "softmax":
        return domain, domain.softmax(scores, sight)
    return domain, domain.hide(scores, sight) if kind == "hide" else domain.hard(scores, sight, kind)


def same(found: tuple[Exact, ExactMatrix], table: list[list[Any]]) -> bool:
    domain, weights = found
    assert all(type(v) is Element or v != 0 for row in weights.entries for v in row.values())
    assert domain.shape(weights) == (len(table), len(table[0]))
    return domain.equal(weights, given(domain, table)) is True


# -- signs ------------------------------------------------------------------------------------------------------------
def test_signs_and_cells() -> None:
    for expr, sign in ((exp(x), 1), (-exp(x), -1), (x, None), (sympy.E - 3, -1), (sympy.E - 2, 1), (0, 0), (-3, -1)):
        domain, value = entry(expr)
        assert domain.sign(value) == sign
        for cells in ([[-1], [0], [1]], [[-1, 0], [1]], [[0, 1], [-1]]):
            wanted = None if sign is None else next(k for k, cell in enumerate(cells) if sign in cell)
            assert domain.which(value, cells) == wanted


# -- softmax ----------------------------------------------------------------------------------------------------------
def softmax(row: list[Any], seen: list[int]) -> list[Any]:
    total = sum(exp(row[j]) for j in seen)
    return [exp(v) / total if j in seen else 0 for j, v in enumerate(row)]


@pytest.mark.parametrize(
    "row", [[x, y, 0], [0, 0, 0], [1, -1, 2], [x, x, x + 1], [exp(x), 1, exp(x)], [0, y / (x + 1), 3]], ids=str
)
@pytest.mark.parametrize("seen", [[0, 1, 2], [0, 2], [1], []], ids=str)
def test_softmax_is_the_quotient(row: list[Any], seen: list[int]) -> None:
    mask = [[int(j in seen) for j in range(3)]]
    assert same(weighed("softmax", [row], mask), [softmax(row, seen)])
    if len(seen) == 3:
        assert same(weighed("softmax", [row]), [softmax(row, seen)])
        assert not same(weighed("softmax", [row]), [softmax([row[0] + 1, *row[1:]], seen)])


def test_softmax_of_powers_of_2() -> None:
    log2 = sympy.log(2)
    domain = Exact()
    power = domain.scalar(2**x)
    (prime,) = domain.field.logs
    log = domain.field.variable(("log", prime))
    scores = ExactMatrix([{0: Element({domain.field.zero_exponent: log}, ())}], 2)  # log 2 against 0
    assert domain.equal(domain.softmax(scores, Sight.plain(1, 2)), given(domain, [[Q(2, 3), THIRD]]))
    assert type(power) is Element and log2 != 0


def test_who_sees_what() -> None:
    table = [[1, 5, 2], [x, 5, 7], [0, 0, 0]]
    found = weighed("softmax", table, causal=True)
    assert same(found, [softmax(row, list(range(i + 1))) for i, row in enumerate(table)])
    both = weighed("softmax", table, [[0, 1, 1], [1, 1, 1], [1, 0, 1]], causal=True)
    assert same(both, [[0, 0, 0], softmax(table[1], [0, 1]), [HALF, 0, HALF]])
    assert same(weighed("average", table, causal=True), [[1, 0, 0], [0, 1, 0], [THIRD, THIRD, THIRD]]) is False
    assert same(weighed("left", [[1, 5, 2], [6, 5, 7], [0, 0, 0]], causal=True), [[1, 0, 0], [1, 0, 0], [1, 0, 0]])
    assert same(weighed("hide", table), table)
    assert same(weighed("hide", table, causal=True), [[1, 0, 0], [x, 5, 0], [0, 0, 0]])
    assert same(weighed("hide", table, [[0, 1, 1], [1, 1, 1], [0, 0, 0]]), [[0, 5, 2], [x, 5, 7], [0, 0, 0]])
    assert same(weighed("hide", table, [[0, 1, 1]] * 3, causal=True), [[0, 0, 0], [0, 5, 0], [0, 0, 0]])


@pytest.mark.parametrize("kind", ["softmax", "average", "hide"])
def test_bad_masks_and_shapes(kind: str) -> None:
    for wrong in (2, -1, HALF, x):
        with pytest.raises(BadInput, match="entries 0 and 1 only"):
            weighed(kind, [[1, 2]], [[1, wrong]])
    domain = Exact()
    scores = given(domain, [[1, 2], [3, 4]])
    act: dict[str, Callable[[Sight], Any]] = {
        "softmax": lambda s: domain.softmax(scores, s), "hide": lambda s: domain.hide(scores, s),
        "average": lambda s: domain.hard(scores, s, "average"),
    }  # fmt: skip
    for rows, cols in ((2, 3), (3, 2), (1, 1)):
        with pytest.raises(BadInput, match=f"the sight is {rows} x {cols}, the scores 2 x 2"):
            act[kind](Sight.plain(rows, cols))
    with pytest.raises(BadInput, match="unknown ties 'lef'"):
        domain.hard(scores, Sight.plain(2, 2), "lef")


# -- hard attention ---------------------------------------------------------------------------------------------------
def hard(row: list[Any], seen: list[int], ties: str) -> list[Any]:
    """By the definition, for numbers."""
    if not seen:
        return [0] * len(row)
    best = [j for j in seen if row[j] == max(row[k] for k in seen)]
    if ties == "average":
        return [Q(1, len(best)) if j in best else 0 for j in range(len(row))]
    return [int(j == (best[0] if ties == "left" else best[-1])) for j in range(len(row))]


@pytest.mark.parametrize("ties", ["average", "left", "right"])
def test_hard_attention_over_numbers(ties: str) -> None:
    rows = [list(row) for row in product((-2, 0, HALF, 3), repeat=3)]
    assert same(weighed(ties, rows), [hard(row, [0, 1, 2], ties) for row in rows])
    masks = [list(row) for row in product((0, 1), repeat=3)]
    for mask in masks:
        seen = [j for j in range(3) if mask[j]]
        some = rows[:: 5]
        assert same(weighed(ties, some, [mask] * len(some)), [hard(row, seen, ties) for row in some])


@pytest.mark.parametrize("ties", ["average", "left", "right"])
def test_hard_attention_over_symbols_of_known_order(ties: str) -> None:
    """The same orders as numbers, shifted by one symbol, and with a symbol that is hidden."""
    rows = [list(row) for row in product((-1, 0, 2), repeat=3)]
    wanted = [hard(row, [0, 1, 2], ties) for row in rows]
    assert same(weighed(ties, [[v + x for v in row] for row in rows]), wanted)
    hidden = [[exp(y), *row] for row in rows]
    assert same(weighed(ties, hidden, [[0, 1, 1, 1]] * len(rows)), [[0, *row] for row in wanted])
    assert same(weighed(ties, [[exp(x), 0, 0]]), [[1, 0, 0]]) and same(weighed(ties, [[-exp(x), 0, -1]]), [[0, 1, 0]])
    assert same(weighed(ties, [[x, 1]], [[0, 0]]), [[0, 0]])


def test_unknown_orders_are_opaque() -> None:
    for ties in ("average", "left", "right"):
        table = [[x, y, x - 1], [x + z, y + z, x + z - 1], [x, y, -5 + y], [0, y - x, -1], [y, x, x - 1]]
        domain, found = weighed(ties, table)
        names = [name for name in domain.field.names.values() if isinstance(name, tuple) and name[0] == "opaque"]
        assert [name[1] for name in names[:2]] == [f"{ties}-hard[0]", f"{ties}-hard[1]"]
        rows = [[row.get(j, 0) for j in range(3)] for row in found.entries]
        equal = domain.field.equal
        for i in range(4):
            assert [equal(a, b) for a, b in zip(rows[0], rows[i], strict=True)] == [True] * 3
            assert rows[i][2] == 0 and type(rows[i][0]) is type(rows[i][1]) is Element
        assert not equal(rows[0][0], rows[0][1]) and not equal(rows[0][0], rows[4][0])
        assert {next(iter(domain.field.variable(name).terms)) for name in names} <= domain.field.nonnegative
    first, second = (weighed(kind, [[x, y]])[1] for kind in ("left", "right"))
    assert first.entries != second.entries
    domain = Exact()
    scores = given(domain, [[x, y]])
    plain = [domain.hard(scores, Sight.plain(1, 2), kind)[0, 0] for kind in ("average", "left", "right")]
    assert not any(domain.field.equal(plain[i], plain[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_what_stays_open_may_be_equal_keys() -> None:
    """The third key is of unknown order and never wins against the first; what is left are equal keys."""
    domain = Exact()
    top = domain.field.symbol("x")
    above = domain.field.add(top, domain.apply("abs", domain.field.symbol("y")))
    below = domain.field.add(top, -1)
    scores = ExactMatrix([{0: top, 1: below, 2: top}, {0: below, 1: above, 2: top}], 3)
    found = domain.hard(scores, Sight.plain(2, 3), "average")
    assert found.entries[0] == {0: fmpq(1, 2), 2: fmpq(1, 2)}
    assert found[1, 0] == 0 and type(found[1, 1]) is Element and type(found[1, 2]) is Element
    low, opaque = domain.field.symbol("z"), domain.apply("f", top)
    high = domain.field.add(domain.field.add(low, domain.apply("exp", top)), domain.apply("exp", opaque))
    single = ExactMatrix([{0: opaque, 1: low, 2: high}], 3)
    row = domain.hard(single, Sight.plain(1, 3), "left").entries[0]
    assert set(row) == {0, 2} and all(type(v) is Element for v in row.values())


def test_a_score_0_is_compared_as_0() -> None:
    """Beside a symbol 0 is beaten by 1/2, and beats nothing that is above it."""
    for ties in ("average", "left", "right"):
        domain, found = weighed(ties, [[x, 0, HALF], [x, -1, HALF], [x, -2, HALF], [x, 0, -3], [x, 0, 0]])
        rows = [[row.get(j, 0) for j in range(3)] for row in found.entries]
        for row in rows[:3]:
            assert row[1] == 0 and type(row[0]) is type(row[2]) is Element
            assert domain.field.equal(row[0], rows[0][0]) and domain.field.equal(row[2], rows[0][2])
        assert rows[3][2] == 0 and type(rows[3][0]) is type(rows[3][1]) is Element
        assert all(type(v) is Element for v in rows[4])


def test_one_key_that_beats_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the others is not known."""
    domain = Exact()
    field = domain.field
    u, v, w = (field.symbol(name) for name in "uvw")
    above = [field.add(w, u, -1), field.add(w, v, -1)]
    monkeypatch.setattr(domain, "sign", lambda value: 1 if any(field.equal(value, a) for a in above) else None)
    for ties in ("average", "left", "right"):
        assert domain.hard(ExactMatrix([{0: u, 1: v, 2: w}], 3), Sight.plain(1, 3), ties).entries == [{2: 1}]


def test_beaten_keys_leave_equal_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs that are known for some pairs only: keys 0 and 2 are equal and beat key 1 at last."""
    for ties, wanted in (("average", {0: fmpq(1, 2), 2: fmpq(1, 2)}), ("left", {0: 1}), ("right", {2: 1})):
        domain = Exact()
        u, v = domain.field.symbol("u"), domain.field.symbol("v")
        row = {0: u, 1: v, 2: u}
        known = domain.field.add(u, v, -1)
        honest = domain.sign

        def sign(value: Any, field: Any = domain.field, known: Any = known, honest: Any = honest) -> int | None:
            if field.equal(value, known):
                return 1
            return None if field.equal(field.multiply(-1, value), known) else honest(value)

        monkeypatch.setattr(domain, "sign", sign)
        assert domain.hard(ExactMatrix([row], 3), Sight.plain(1, 3), ties).entries == [wanted]
        assert domain._unknown_order(row, [1, 2, 0], "average") == {0: fmpq(1, 2), 2: fmpq(1, 2)}


# -- functions --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [0, 1, 2, -1, fmpq(1, 2), fmpq(-5, 3)])
def test_functions_at_numbers(number: Any) -> None:
    domain = Exact()
    known = {"relu": max(number, 0), "abs": abs(number), "step": int(number >= 0)}
    for name, value in known.items():
        found = domain.apply(name, number)
        assert found == value and type(found) is not Element
    if number == 0:
        with pytest.raises(Undefined, match="reciprocal of 0"):
            domain.apply("reciprocal", number)
    else:
        assert domain.apply("reciprocal", number) == 1 / fmpq(number)
    if number <= 0:
        with pytest.raises(Undefined, match="logarithm"):
            domain.apply("log", number)
    else:
        found = domain.apply("log", number)
        assert (found == 0) if number == 1 else type(found) is Element
    assert domain.conditions == [] == domain.positives


def test_functions_of_symbols() -> None:
    domain = Exact()
    field = domain.field
    v, e = field.symbol("x"), domain.scalar(exp(x))
    minus = field.multiply(-1, e)
    assert domain.apply("relu", e) is e or field.equal(domain.apply("relu", e), e)
    assert domain.apply("relu", minus) == 0 and field.equal(domain.apply("abs", minus), e)
    assert field.equal(domain.apply("abs", e), e) and domain.apply("step", e) == 1 and domain.apply("step", minus) == 0
    for name in ("relu", "abs", "step", "normscale"):
        found = domain.apply(name, v)
        (prime,) = found.num[field.zero_exponent].terms
        assert field.names[prime][:2] == ("opaque", name) and prime in field.nonnegative
        assert field.equal(domain.apply(name, v), found) and not field.equal(found, v)
    assert field.equal(domain.apply("silu", v), domain.scalar(x / (1 + exp(-x))))
    assert field.equal(domain.apply("exp", v), e) and domain.apply("exp", 0) == 1 and domain.apply("silu", 0) == 0
    before = set(field.nonnegative)
    (prime,) = domain.apply("log", v).num[field.zero_exponent].terms
    assert field.names[prime][:2] == ("opaque", "log")
    domain.apply("strange", v)
    assert field.nonnegative == before
    assert set(FUNCTIONS) == {"exp", "reciprocal", "log", "silu", "relu", "abs", "step", "normscale"}


def test_conditions_of_functions() -> None:
    domain = Exact()
    field = domain.field
    v, e = field.symbol("x"), domain.scalar(exp(x))
    minus = field.multiply(-1, e)
    for value in (e, minus, domain.scalar(sympy.E - 3)):
        assert field.equal(field.multiply(domain.apply("reciprocal", value), value), 1)
    assert domain.conditions == []
    assert field.equal(field.multiply(domain.apply("reciprocal", v), v), 1)
    assert domain.conditions == [v]
    for value in (minus, domain.scalar(sympy.E - 3)):
        with pytest.raises(Undefined, match="logarithm"):
            domain.apply("log", value)
    assert field.equal(domain.apply("log", e), domain.apply("log", e)) and domain.positives == []
    assert not field.equal(domain.apply("log", v), domain.apply("log", e)) and domain.positives == [v]
