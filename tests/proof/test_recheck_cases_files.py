"""The checker of case splits on whole files: what it prints, what it refuses, and its limits, by hand and fast."""

from __future__ import annotations

import json
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from symsim.proof import recheck_cases
from tests.proof.sealing import X, Y, canonical, constant, formula, number

EQUAL = ["equal"]
INPUTS = [["X", 1, 1], ["Y", 1, 1], ["Z", 2, 3]]
Z = ["name", "Z"]
OVER = ["apply", "reciprocal", X]
ENTRY = [["1", [["X", 0, 0]], []]]
EVERYWHERE = " for all real X (1 x 1), real Y (1 x 1), real Z (2 x 3)"


def minus(part: Any) -> list[Any]:
    return ["scaled", number(-1), part]


def exp(part: Any) -> list[Any]:
    return ["apply", "exp", part]


def case(left: Any, right: Any, tree: Any = EQUAL, **changes: Any) -> dict[str, Any]:
    sides = [side if isinstance(side, dict) else formula(side) for side in (left, right)]
    return {"schema_version": 1, "kind": "cases", "inputs": INPUTS, "left": sides[0], "right": sides[1],
            "side_conditions": [], "tree": tree, **changes}  # fmt: skip


def sealed(body: dict[str, Any]) -> bytes:
    body = json.loads(canonical(body))
    if "claim" not in body:
        body["claim"] = recheck_cases.claimed(body)
    return canonical({**body, "hash": sha256(canonical(body)).hexdigest()}) + b"\n"


def established(left: Any, right: Any, tree: Any = EQUAL, **changes: Any) -> str:
    return recheck_cases.establish(sealed(case(left, right, tree, **changes)))


# -- formulas and how they are printed --------------------------------------------------------------------------------
PRINTED: list[tuple[Any, Any, str]] = [
    (["transpose", ["transpose", Z]], Z, "Z^T^T = Z"),
    (["transpose", ["sum", Z, Z]], ["scaled", number(2), ["transpose", Z]], "(Z + Z)^T = 2 * Z^T"),
    (["product", ["sum", X, Y], X], ["sum", ["product", X, X], ["product", X, Y]], "(X + Y) X = (X X) + (X Y)"),
    (["product", ["product", X, Y], X], ["product", X, ["product", Y, X]], "X Y X = X Y X"),
    (["sum", ["sum", X, Y], X], ["sum", X, X, Y], "X + Y + X = X + X + Y"),
    (["hadamard", Z, ["hadamard", Z, Z]], ["hadamard", ["hadamard", Z, Z], Z], "Z .* (Z .* Z) = (Z .* Z) .* Z"),
    (["scaled", X, ["scaled", Y, Z]], ["scaled", ["product", Y, X], Z], "X * (Y * Z) = (Y X) * Z"),
    (["transpose", ["scaled", number("-1/2"), Z]], ["scaled", number("-1/2"), ["transpose", Z]],
     "(-1/2 * Z)^T = -1/2 * Z^T"),
    (["ones", 2, 3], ["product", ["ones", 2, 1], ["ones", 1, 3]], "ones(2, 3) = ones(2, 1) ones(1, 3)"),
    (["product", ["identity", 2], Z], Z, "identity(2) Z = Z"),
    (["apply", "abs", ["apply", "square", Z]], ["hadamard", Z, Z], "apply(abs, apply(square, Z)) = Z .* Z"),
    (["reshape", ["transpose", ["reshape", Z, 3, 2]], 6, 1], ["reshape", ["transpose", ["reshape", Z, 3, 2]], 6, 1],
     "reshape(reshape(Z, 3, 2)^T, 6, 1) = reshape(reshape(Z, 3, 2)^T, 6, 1)"),
    (["softmax", ["scaled", number(0), Z]], ["scaled", number("1/3"), ["ones", 2, 3]],
     "softmax(0 * Z) = 1/3 * ones(2, 3)"),
    (["binary", "==", number(1), number(1)], number(1), "binary(==, 1, 1) = 1"),
    (constant((1, 2)), constant((1, 2)),
     "matrix({'entries': [[0, 0, '1'], [0, 1, '2']], 'shape': [1, 2]}) = "
     "matrix({'entries': [[0, 0, '1'], [0, 1, '2']], 'shape': [1, 2]})"),
]


@pytest.mark.parametrize(("left", "right", "claim"), PRINTED, ids=[row[2][:40] for row in PRINTED])
def test_claim_is_printed_in_full(left: Any, right: Any, claim: str) -> None:
    assert established(left, right) == claim + EVERYWHERE


def test_programs_and_formulas_with_definitions_are_printed_by_their_hash() -> None:
    program = formula(["name", "a"], [["a", ["sum", X, Y]]], kind="program")
    other = formula(["name", "b"], [["b", ["sum", Y, X]]])
    first, second = (sha256(canonical(side)).hexdigest() for side in (program, other))
    sides = f"the program with SHA-256 {first} = the formula with SHA-256 {second}"
    assert established(program, other) == sides + EVERYWHERE
    bare = formula(X, kind="program")
    assert established(bare, X).startswith(f"the program with SHA-256 {sha256(canonical(bare)).hexdigest()} = X")
    given = established(["apply", "step", OVER], ["apply", "step", OVER], side_conditions=[X, ["sum", X, Y]])
    assert given.endswith(EVERYWHERE + ", provided that no entry of X is 0, provided that no entry of X + Y is 0")


SAME: list[tuple[Any, Any]] = [
    (exp(["sum", X, Y]), ["hadamard", exp(Y), exp(X)]),
    (["hadamard", exp(X), exp(minus(X))], number(1)),
    (exp(["sum", exp(X), X]), ["hadamard", exp(exp(X)), exp(X)]),
    (exp(["product", X, Y]), exp(["product", Y, X])),
    (["hadamard", exp(["product", X, exp(Y)]), exp(minus(["product", exp(Y), X]))], number(1)),
    (exp(minus(X)), ["apply", "reciprocal", exp(X)]),
    (["product", ["apply", "reciprocal", ["sum", exp(X), exp(Y)]], ["sum", exp(Y), exp(X)]], number(1)),
    (["apply", "reciprocal", ["sum", exp(X), exp(X)]], ["scaled", number("1/2"), exp(minus(X))]),
    (["product", ["softmax", Z], ["ones", 3, 1]], ["ones", 2, 1]),
    (["causal_softmax", ["reshape", ["scaled", number(0), ["ones", 4, 1]], 2, 2]], constant((1, 0), ("1/2", "1/2"))),
    (["softmax", Z, constant((1, 0, 0), (0, 0, 0))], constant((1, 0, 0), (0, 0, 0))),
    (["average-hard", constant((3, 5, 5)), ["ones", 1, 3]], constant((0, "1/2", "1/2"))),
    (["unique-hard", constant((3, 5, 5)), ["ones", 1, 3]], constant((0, 1, 0))),
    (["unique-hard-right", constant((3, 5, 5)), ["ones", 1, 3]], constant((0, 0, 1))),
    (["average-hard", constant((3, 5, 5)), constant((1, 0, 0))], constant((1, 0, 0))),
    (["unique-hard", constant((-3, 0)), constant((1, 0))], constant((1, 0))),
    (["average-hard", constant((3, 5)), constant((0, 0))], constant((0, 0))),
    (["apply", "relu", number("-5/2")], number(0)),
    (["apply", "relu", number("5/2")], number("5/2")),
    (["apply", "abs", number(-3)], number(3)),
    (["apply", "step", number(0)], number(1)),
    (["apply", "step", number(-1)], number(0)),
    (["apply", "round", number("5/2")], number(2)),
    (["apply", "step", exp(X)], number(1)),
    (["apply", "relu", minus(exp(X))], number(0)),
    (["apply", "abs", minus(["sum", exp(X), ["product", X, X]])], ["sum", exp(X), ["product", X, X]]),
    (["apply", "relu", ["apply", "reciprocal", ["sum", exp(X), number(1)]]],
     ["apply", "reciprocal", ["sum", number(1), exp(X)]]),
    (["binary", "<", number(1), number(2)], number(1)),
    (["binary", "<", number(2), number(2)], number(0)),
    (["binary", "<=", number(2), number(2)], number(1)),
    (["binary", "<=", number(3), number(2)], number(0)),
    (["binary", "==", number(3), number(2)], number(0)),
    (["binary", "%", number(-1), number(3)], number(2)),
    (["binary", "<", ["scaled", number(0), X], exp(X)], number(1)),
    (["product", constant((1, 2), (0, 3)), constant((0, 1), (5, 0))], constant((10, 1), (15, 0))),
    (["product", ["transpose", constant((1, 2), (0, 3))], constant((1,), (1,))], constant((1,), (5,))),
    (["product", constant((1,), (1,)), X, constant((1, 1))], ["scaled", X, ["ones", 2, 2]]),
]


@pytest.mark.parametrize(("left", "right"), SAME, ids=[f"{k}" for k in range(len(SAME))])
def test_equal_without_cases(left: Any, right: Any) -> None:
    assert established(left, right)
    rows, cols, *_ = recheck_cases.Machine().built(right, {n: (r, c, None, None) for n, r, c in INPUTS})
    with pytest.raises(ValueError, match="entry 0 is open"):
        established(left, ["sum", right, constant(*([int(i == j == 0) for j in range(cols)] for i in range(rows)))])


# -- what is refused --------------------------------------------------------------------------------------------------
GOOD = sealed(case(["sum", X, Y], ["sum", Y, X]))
CONTENT: dict[str, Any] = json.loads(GOOD)


@pytest.mark.parametrize(
    "tree",
    [
        [], ["sum"], ["product"], ["sum", X, "X"], ["transpose", X, X], ["transpose", "X"], ["scaled", X],
        ["name", "W"], ["name", "X", "X"], ["name", 1], ["number", 2], ["number", "2/4"], ["number", "1.0"],
        ["number", "+1"], ["number", " 1"], ["number", "1e3"], ["number", "-0"], ["number", "1/0"], ["number", ""],
        ["ones", 0, 1], ["ones", -1, 1], ["ones", True, 1], ["ones", "1", 1], ["ones", 1], ["identity", 0],
        ["identity"], ["apply", "relu"], ["apply", X, X], ["apply", "log", X], ["apply", "maxmin", X],
        ["apply", "layernorm", X], ["apply", "a b", X], ["apply", "1", X], ["apply", "é", X], ["apply", "a" * 100, X],
        ["apply", "identity", "X"], ["softmax"], ["softmax", X, X, X], ["softmax", Z, X], ["causal_softmax", "X"],
        ["average-hard", X], ["unique-hard", Z, ["ones", 3, 2]], ["hadamard", X], ["hadamard", X, Y, X],
        ["hadamard", Z, X], ["binary", "<", X], ["binary", "!=", X, X], ["binary", "<", Z, X],
        ["reshape", Z, 2], ["reshape", Z, 4, 2], ["reshape", Z, True, 6], ["layernorm", X], ["oracle", X],
        ["matrix", {"shape": [1, 1]}], ["matrix", {"shape": [1, 1], "entries": [], "note": 0}],
        ["matrix", {"shape": [1], "entries": []}], ["matrix", {"shape": [1, 1], "entries": [[0, 1, "1"]]}],
        ["matrix", {"shape": [1, 1], "entries": [[-1, 0, "1"]]}], ["matrix", {"shape": [0, 1], "entries": []}],
        ["matrix", {"shape": [1, 1], "entries": [[0, 0, 1]]}],
        ["matrix", {"shape": [1, 1], "entries": [[0, 0, "2/4"]]}],
        ["matrix", {"shape": [1, 1], "entries": [[0, 0, "1"], [0, 0, "1"]]}],
        ["matrix", {"shape": [1, 1], "entries": [[0, 0]]}],
    ],
    ids=str,
)  # fmt: skip
def test_malformed_formulas_are_refused_though_both_sides_are_the_same(tree: Any) -> None:
    body = case(formula(tree), formula(tree))
    with pytest.raises(Exception):  # noqa: B017
        recheck_cases.establish(sealed(body))


def test_a_long_name_is_a_name_up_to_99_letters() -> None:
    assert established(["apply", "a" * 99, X], ["apply", "a" * 99, X])


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": [*INPUTS, ["X", 1, 1]]}, {"inputs": [*INPUTS, ["X Y", 1, 1]]}, {"inputs": [*INPUTS, ["W", 0, 1]]},
        {"inputs": [*INPUTS, ["W", 1, "1"]]}, {"inputs": [*INPUTS, ["W", 1, True]]}, {"inputs": [*INPUTS, ["W", 1]]},
        {"inputs": [*INPUTS, ["W", 1, 1, "real"]]}, {"side_conditions": None}, {"side_conditions": [OVER]},
        {"side_conditions": [["binary", "%", X, Y]]}, {"side_conditions": [["name", "W"]]}, {"note": 1},
        {"kind": "blocks"}, {"schema_version": 2}, {"schema_version": True}, {"schema_version": 1.0},
        {"claim": "0 = 1"},
        {"left": {**formula(X), "note": 1}}, {"left": {"kind": "formula", "tree": X}}, {"left": X},
        {"left": {**formula(X), "kind": "encoder"}}, {"left": formula(X, [["X", Y]])}, {"left": formula(X, [["1", Y]])},
        {"left": formula(X, [["a", X], ["a", X]])}, {"left": formula(X, [["a", ["name", "b"]], ["b", X]])},
        {"tree": []}, {"tree": ["equal", 1]}, {"tree": ["sure"]}, {"tree": ["impossible", []]}, {"tree": ["each", []]},
        {"tree": ["split", ENTRY, [[[1], EQUAL], [[0], EQUAL]]]},
        {"tree": ["split", ENTRY, [[[1], EQUAL], [[0], EQUAL], [[-1], ["sure"]]]]},
        {"tree": ["split", [["2/4", [], []]], [[[1, 0, -1], EQUAL]]]},
        {"tree": ["split", [["1", [["X", -1, 0]], []]], [[[1, 0, -1], EQUAL]]]},
        {"tree": ["split", [["1", [["X Y", 0, 0]], []]], [[[1, 0, -1], EQUAL]]]},
        {"tree": ["product", ENTRY, [[ENTRY, 0]], EQUAL]}, {"tree": ["product", ENTRY, [], EQUAL]},
        {"tree": ["product", ENTRY, [[ENTRY, True]], EQUAL]},
    ],
    ids=str,
)  # fmt: skip
def test_other_fields_are_checked(changes: dict[str, Any]) -> None:
    assert established(X, X) and established(X, X, ["split", ENTRY, [[[1, 0, -1], EQUAL]]])
    assert established(X, X, ["product", ENTRY, [[ENTRY, 1]], EQUAL])
    with pytest.raises(Exception):  # noqa: B017
        recheck_cases.establish(sealed(case(X, X, **{"tree": EQUAL, **changes})))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-1], "not canonical"),
        (GOOD + b"\n", "not canonical"),
        (GOOD.replace(b'","', b'", "', 1), "not canonical"),
        (GOOD.replace(b'{"', b'{"claim":"0 = 1","', 1), "not canonical"),
        (canonical({**CONTENT, "hash": "0" * 64}) + b"\n", "hash"),
        (canonical({**CONTENT, "claim": "X = Y"}) + b"\n", "hash"),
        (sealed({**{k: v for k, v in CONTENT.items() if k != "hash"}, "claim": "X = Y"}), "claims something else"),
        (canonical({k: v for k, v in CONTENT.items() if k != "claim"}) + b"\n", "other keys"),
        (b"[]", "kind"), (b"null", "kind"), (b'{"kind":"cases"}', "kind"),
    ],
)  # fmt: skip
def test_bytes_that_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        recheck_cases.establish(data)


def test_keys_in_another_order_are_not_canonical() -> None:
    """Not even where the hash is that of the text as it stands."""
    body = {key: CONTENT[key] for key in sorted(CONTENT, reverse=True) if key != "hash"}
    text = json.dumps(body, separators=(",", ":"))
    turned = {**body, "hash": sha256(text.encode()).hexdigest()}
    with pytest.raises(ValueError, match="not canonical"):
        recheck_cases.establish(json.dumps(turned, separators=(",", ":")).encode() + b"\n")


def test_exit_status_and_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "F.json"
    cases = [
        (GOOD, 0, f"accepted: {CONTENT['claim']}\n"),
        (sealed(case(X, Y)), 1, "rejected: ValueError: entry 0 is open\n"),
        (canonical({**CONTENT, "kind": "blocks"}) + b"\n", 2, "no certificate: ValueError: kind\n"),
        (b"{", 2, "no certificate: JSONDecodeError: "),
    ]
    for data, status, told in cases:
        path.write_bytes(data)
        assert recheck_cases.main([str(path)]) == status
        assert capsys.readouterr().out.startswith(told)
    assert recheck_cases.main([]) == recheck_cases.main([str(tmp_path / "none")]) == 2


# -- limits -----------------------------------------------------------------------------------------------------------
def test_a_file_may_have_so_many_bytes_and_not_one_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "F.json").write_bytes(GOOD)
    monkeypatch.setattr(recheck_cases, "MOST_BYTES", len(GOOD))
    assert recheck_cases.establish(GOOD) and recheck_cases.main([str(tmp_path / "F.json")]) == 0
    monkeypatch.setattr(recheck_cases, "MOST_BYTES", len(GOOD) - 1)
    with pytest.raises(ValueError, match="kind"):
        recheck_cases.establish(GOOD)
    assert recheck_cases.main([str(tmp_path / "F.json")]) == 2


def test_a_matrix_may_have_so_many_entries_and_not_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck_cases, "MOST_CELLS", 6)
    assert established(Z, Z)
    monkeypatch.setattr(recheck_cases, "MOST_CELLS", 5)
    with pytest.raises(ValueError, match="too large"):
        established(["transpose", Z], ["transpose", Z])


def test_work_and_numbers_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work that the checker counts for a claim is what it may spend, and no less."""
    machine = recheck_cases.Machine()
    body = case(["product", ["sum", X, Y], ["sum", X, Y]], ["product", ["sum", X, Y], ["sum", Y, X]])
    machine.check(*machine.claim(body), *body["tree"])
    assert machine.work > 10
    monkeypatch.setattr(recheck_cases, "MOST_WORK", machine.work)
    assert recheck_cases.establish(sealed(body))
    monkeypatch.setattr(recheck_cases, "MOST_WORK", 10)
    with pytest.raises(ValueError, match="more arithmetic"):
        recheck_cases.establish(sealed(body))
    monkeypatch.undo()
    for value in (Fraction(3 * 7), Fraction(-3 * 7), Fraction(1, 3 * 7)):
        power = ["product", number(value), number(value)]
        monkeypatch.setattr(recheck_cases, "LARGEST", 442)
        assert established(power, power)
        monkeypatch.setattr(recheck_cases, "LARGEST", 441)
        with pytest.raises(ValueError, match="more arithmetic"):
            established(power, power)


# -- trees ------------------------------------------------------------------------------------------------------------
def form(*terms: Any) -> list[Any]:
    """A form from ``(coefficient, inputs)``, such as ``("2", "XY")``."""
    return [[c, [[name, 0, 0] for name in names], []] for c, names in terms]


def sign(tree: Any) -> list[Any]:
    return ["apply", "step", tree]


XS, YS, SUM = form(("1", "X")), form(("1", "Y")), form(("1", "X"), ("1", "Y"))


def corner(last: Any, *multipliers: Any) -> list[Any]:
    """X at least 0, Y above 0; then what is left of X + Y is excluded by multipliers."""
    leaf = ["split", last, [[[1], EQUAL], [[0, -1], ["impossible", [list(pair) for pair in multipliers]]]]]
    return ["split", XS, [[[0, 1], ["split", YS, [[[1], leaf], [[0, -1], EQUAL]]]], [[-1], EQUAL]]]


def test_a_contradiction_between_different_forms() -> None:
    """X >= 0 and Y > 0 and X + Y <= 0, times 1, 1 and 1; other multipliers and other forms contradict nothing."""
    assert established(X, X, corner(SUM, (0, "1"), (1, "1"), (2, "1")))
    assert established(X, X, corner(form(("1/2", "X"), ("3", "Y")), (0, "1/2"), (1, "3"), (2, "1")))
    for multipliers in [((0, "1"), (1, "1"), (2, "-1")), ((0, "1"), (1, "1")), ((0, "1"), (1, "1"), (2, "2")),
                        ((0, "1"), (2, "1")), ((1, "1"), (2, "1")), ((0, "-1"), (1, "1"), (2, "1")), ((2, "1"),),
                        ()]:  # fmt: skip
        with pytest.raises(ValueError, match="contradicts nothing|not above 0"):
            established(X, X, corner(SUM, *multipliers))
    with pytest.raises(ValueError, match="contradicts nothing"):
        established(X, X, corner(form(("1", "X"), ("-1", "Y")), (0, "1"), (1, "1"), (2, "1")))


def test_sums_that_are_at_most_0_have_to_be_strict_somewhere() -> None:
    """X >= 0 and X + Y >= 0 and Y <= 0 and so on: all of them may be 0."""
    weak = ["split", XS, [[[0, 1], ["split", form(("1", "X"), ("1", "YY")), [
        [[1], EQUAL], [[0, -1], ["impossible", [[0, "1"], [1, "1"]]]]]]], [[-1], EQUAL]]]  # fmt: skip
    with pytest.raises(ValueError, match="contradicts nothing"):
        established(X, X, weak)
    strict = ["split", XS, [[[1], ["split", form(("1", "X"), ("1", "YY")), [
        [[1], EQUAL], [[0, -1], ["impossible", [[0, "1"], [1, "1"]]]]]]], [[0, -1], EQUAL]]]  # fmt: skip
    assert established(X, X, strict)


def test_one_minus_an_exponential_has_the_sign_of_its_exponent_turned_round() -> None:
    each = ["split", XS, [[[1], EQUAL], [[0], EQUAL], [[-1], EQUAL]]]
    fewer, more = ["sum", number(1), minus(exp(X))], ["sum", exp(X), number(-1)]
    assert established(sign(fewer), sign(minus(X)), each) and established(sign(more), sign(X), each)
    assert established(sign(["sum", exp(X), minus(exp(Y))]), sign(["sum", X, minus(Y)]), [
        "split", form(("1", "X"), ("-1", "Y")), [[[1, 0], EQUAL], [[-1], EQUAL]]])  # fmt: skip
    assert established(["binary", "<", exp(X), number(1)], ["binary", "<", X, number(0)], each)
    for wrong in ((sign(fewer), sign(X)), (sign(more), sign(minus(X))), (sign(more), number(1))):
        with pytest.raises(ValueError, match="open"):
            established(*wrong, each)


def test_weights_whose_entries_are_formulas() -> None:
    def column(*entries: Any) -> list[Any]:
        return ["matrix", {"shape": [2, 1], "entries": [[i, 0, entry] for i, entry in enumerate(entries)]}]

    two = ["sum", X, X]
    assert established(column(X, "2"), ["sum", ["product", constant((1,), (0,)), X], constant((0,), (2,))])
    assert established(column(two, two), ["scaled", two, ["ones", 2, 1]])
    with pytest.raises(ValueError, match="entry 1 is open"):
        established(column(X, X), column(X, Y))


def test_all_targets_and_no_more_are_asked_for() -> None:
    assert established(Z, Z, ["each", [[[0, 1, 2], EQUAL], [[3, 4, 5], EQUAL]]])
    assert established(Z, Z, ["each", [[[0, 1, 2, 3], EQUAL], [[3, 4, 5], EQUAL]]])
    for left_out in range(6):
        with pytest.raises(ValueError, match="left out"):
            established(Z, Z, ["each", [[[k for k in range(6) if k != left_out], EQUAL]]])


def test_long_chains_of_definitions_are_followed() -> None:
    chain = [["s1", X], *([f"s{k}", ["sum", ["name", f"s{k - 1}"], X]] for k in range(2, 601))]
    assert established(formula(["name", "s600"], chain), ["scaled", number(600), X])


def test_what_is_computed_may_have_so_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck_cases, "MOST_CELLS", 6)
    assert established(["transpose", Z], ["transpose", Z])
    with pytest.raises(ValueError, match="too large"):
        established(["ones", 7, 1], ["ones", 7, 1])
