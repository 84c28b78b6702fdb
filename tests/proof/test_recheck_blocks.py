"""The checker of certificates for all sizes on formulas and whole files: what it accepts, and what it rejects.

Everything is written by hand and sealed without the package, so that only the checker is on trial: these are the tests
that its mutants have to pass.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from symsim.proof import recheck_blocks
from tests.proof.block_sealing import (
    GRAM,
    INPUTS,
    ONE,
    TWO,
    S,
    X,
    Y,
    blocks,
    established,
    formula,
    sealed,
    tau,
    turned,
    u,
)
from tests.proof.sealing import canonical

ALL = " for all sizes n, d >= 1 and all real X (n x d), Y (n x d), S (n x n), u (n x 1), tau"
ROW = ["ones", 1, "n"]
NEGATIVE = ["number", "-1"]


def norm(tree: Any) -> Any:
    return ["layernorm", tree]


def relu(tree: Any) -> Any:
    return ["apply", "relu", tree]


EQUAL: list[tuple[Any, Any, str]] = [
    (turned(turned(X)), X, "X^T^T = X"),
    (turned(["product", X, turned(Y), S]), ["product", turned(S), Y, turned(X)], "(X Y^T S)^T = S^T Y X^T"),
    (turned(["sum", X, Y]), ["sum", turned(Y), turned(X)], "(X + Y)^T = Y^T + X^T"),
    (["product", S, ["sum", X, Y]], ["sum", ["product", S, Y], ["product", S, X]], "S (X + Y) = (S Y) + (S X)"),
    (["product", ["product", S, S], X], ["product", S, ["product", S, X]], "S S X = S S X"),
    (["scaled", TWO, X], ["sum", X, X], "2 * X = X + X"),
    (["scaled", ["number", "-1/2"], ["sum", X, X]], ["scaled", NEGATIVE, X], "-1/2 * (X + X) = -1 * X"),
    (["sum", X, ["scaled", NEGATIVE, X]], ["scaled", ["number", "0"], ["ones", "n", "d"]],
     "X + (-1 * X) = 0 * ones(n, d)"),
    (["scaled", ["number", "0"], X], ["product", S, ["scaled", ["number", "0"], X]], "0 * X = S (0 * X)"),
    (["sum", X, X, ["scaled", ["number", "-2"], X], Y], Y, "X + X + (-2 * X) + Y = Y"),
    (["product", ["sum", S, ["identity", "n"]], ["sum", S, ["scaled", NEGATIVE, ["identity", "n"]]]],
     ["sum", ["product", S, S], ["scaled", NEGATIVE, ["identity", "n"]]],
     "(S + identity(n)) (S + (-1 * identity(n))) = (S S) + (-1 * identity(n))"),
    (["product", ["identity", "n"], X, ["identity", "d"]], X, "identity(n) X identity(d) = X"),
    (["scaled", tau, ["scaled", tau, X]], ["scaled", ["product", tau, tau], X], "tau * (tau * X) = (tau tau) * X"),
    (["product", ["scaled", tau, S], X], ["product", S, ["scaled", tau, X]], "(tau * S) X = S (tau * X)"),
    (["scaled", ["sum", tau, ONE], X], ["sum", ["scaled", tau, X], X], "(tau + 1) * X = (tau * X) + X"),
    (turned(["scaled", tau, X]), ["scaled", tau, turned(X)], "(tau * X)^T = tau * X^T"),
    (["ones", 1, 1], ONE, "ones(1, 1) = 1"),
    (turned(["ones", "n", "d"]), ["ones", "d", "n"], "ones(n, d)^T = ones(d, n)"),
    (["apply", "identity", X], X, "apply(identity, X) = X"),
    (relu(["sum", X, Y]), relu(["sum", Y, X]), "apply(relu, X + Y) = apply(relu, Y + X)"),
    (["apply", "gelu", ["sum", X, X]], ["apply", "gelu", ["scaled", TWO, X]],
     "apply(gelu, X + X) = apply(gelu, 2 * X)"),
    (norm(["sum", X, Y]), norm(["sum", Y, X]), "layernorm(X + Y) = layernorm(Y + X)"),
    (norm(norm(["scaled", TWO, X])), norm(norm(["sum", X, X])),
     "layernorm(layernorm(2 * X)) = layernorm(layernorm(X + X))"),
    (["product", turned(norm(X)), norm(X)], turned(["product", turned(norm(X)), norm(X)]),
     "layernorm(X)^T layernorm(X) = (layernorm(X)^T layernorm(X))^T"),
    (["softmax", ["sum", S, ["product", u, ROW]]], ["softmax", S], "softmax(S + (u ones(1, n))) = softmax(S)"),
    (["softmax", ["sum", ["scaled", TWO, S], ["product", S, u, ROW], ["ones", "n", "n"],
                  ["product", X, ["ones", "d", 1], ROW]]],
     ["softmax", ["sum", S, S, ["ones", "n", "n"]]],
     "softmax((2 * S) + (S u ones(1, n)) + ones(n, n) + (X ones(d, 1) ones(1, n))) = softmax(S + S + ones(n, n))"),
    (["causal_softmax", ["sum", GRAM, ["product", u, ROW]]], ["causal_softmax", turned(GRAM)],
     "causal_softmax((X X^T) + (u ones(1, n))) = causal_softmax((X X^T)^T)"),
    (["product", ["softmax", S], X], ["product", ["softmax", ["scaled", ONE, S]], X],
     "softmax(S) X = softmax(1 * S) X"),
    (["softmax", X], ["softmax", ["sum", X, ["product", u, ["ones", 1, "d"]]]],
     "softmax(X) = softmax(X + (u ones(1, d)))"),
    (["product", turned(u), u], turned(["product", turned(u), u]), "u^T u = (u^T u)^T"),
]


@pytest.mark.parametrize(("left", "right", "claim"), EQUAL, ids=[row[2][:50] for row in EQUAL])
def test_equal_sides_are_accepted_and_their_claim_is_printed(left: Any, right: Any, claim: str) -> None:
    assert established(left, right) == claim + ALL


DIFFERENT: list[tuple[Any, Any]] = [
    (X, Y),
    (X, turned(X)),
    (turned(S), S),
    (["product", S, turned(S)], ["product", turned(S), S]),
    (["sum", X, Y], X),
    (["sum", X, X], X),
    (["scaled", TWO, X], X),
    (["scaled", tau, X], X),
    (["scaled", ["product", tau, tau], X], ["scaled", tau, X]),
    (["scaled", NEGATIVE, X], X),
    (["scaled", ["number", "0"], X], X),
    (["identity", "n"], ["ones", "n", "n"]),
    (["ones", "n", "n"], ["scaled", TWO, ["ones", "n", "n"]]),
    (["ones", 1, "n"], ["ones", 1, "d"]),
    (["ones", "n", 1], ["ones", 1, "n"]),
    (["product", ["ones", "n", 1], ROW], ["identity", "n"]),
    (relu(X), X),
    (relu(X), ["apply", "step", X]),
    (relu(X), relu(Y)),
    (relu(X), relu(["scaled", TWO, X])),
    (norm(X), X),
    (norm(X), norm(Y)),
    (norm(X), norm(["scaled", TWO, X])),
    (norm(S), turned(norm(turned(S)))),
    (norm(X), relu(X)),
    (norm(X), ["apply", "rows", X]),
    (norm(norm(X)), norm(X)),
    (norm(["product", u, ["ones", 1, "d"]]), norm(["ones", "n", "d"])),
    (["softmax", S], ["softmax", turned(S)]),
    (["softmax", S], ["causal_softmax", S]),
    (["softmax", S], ["apply", "softmax", S]),
    (["softmax", ["sum", S, ["product", ["ones", "n", 1], turned(u)]]], ["softmax", S]),
    (["softmax", ["sum", S, ["product", ["ones", "n", 1], ROW, S]]], ["softmax", S]),
    (["softmax", ["sum", S, ["identity", "n"]]], ["softmax", S]),
    (["softmax", ["sum", S, ["ones", "n", "n"]]], ["softmax", ["scaled", TWO, S]]),
    (["softmax", ["product", X, ["ones", "d", "n"]]], ["softmax", ["product", Y, turned(X)]]),
    (["softmax", ["scaled", tau, S]], ["softmax", S]),
]


@pytest.mark.parametrize(("left", "right"), DIFFERENT, ids=[f"{k}" for k in range(len(DIFFERENT))])
def test_different_sides_are_rejected(left: Any, right: Any) -> None:
    for first, second in ((left, right), (right, left)):
        with pytest.raises(ValueError, match="the two sides differ"):
            established(first, second)


@pytest.mark.parametrize(
    "tree",
    [
        [],
        ["sum"],
        ["product"],
        ["sum", X, "X"],
        ["product", "n", X],
        ["sum", X, S],
        ["sum", X, turned(X)],
        ["product", X, X],
        ["product", X, turned(X), turned(X)],
        ["transpose", X, X],
        ["transpose", "X"],
        ["scaled", X],
        ["scaled", TWO, X, X],
        ["scaled", X, X],
        ["scaled", ["product", turned(u), u], X],
        ["scaled", "2", X],
        ["name", "Z"],
        ["name", "n"],
        ["name", X],
        ["name", "X", "X"],
        ["number", 2],
        ["number", "2/4"],
        ["number", "1.0"],
        ["number", "+1"],
        ["number", "1e3"],
        ["number", " 1"],
        ["number", "1_0"],
        ["number", "1/0"],
        ["number", "-0"],
        ["number", "01"],
        ["number", ""],
        ["number", "1", "2"],
        ["ones", "n"],
        ["ones", "n", "m"],
        ["ones", "n", "X"],
        ["ones", 0, "n"],
        ["ones", -1, "n"],
        ["ones", True, "n"],
        ["ones", 1.0, "n"],
        ["ones", ["number", "1"], 1],
        ["identity", 0],
        ["identity", "tau"],
        ["identity"],
        ["apply", "relu"],
        ["apply", X],
        ["apply", X, X],
        ["apply", "relu", X, X],
        ["apply", "identity", "X"],
        ["apply", "relu", "X"],
        ["apply", "reciprocal", X],
        ["apply", "log", X],
        ["apply", "maxmin", X],
        ["apply", "layernorm", X],
        ["apply", "1", X],
        ["apply", "", X],
        ["apply", "a b", X],
        ["apply", "é", X],
        ["apply", "a" * 100, X],
        ["softmax", S, S],
        ["softmax", "S"],
        ["softmax"],
        ["causal_softmax", X],
        ["causal_softmax", S, S],
        ["layernorm", X, X],
        ["layernorm", "X"],
        ["layernorm"],
        ["hadamard", X, X],
        ["matrix", {"shape": [1, 1], "entries": []}],
        ["oracle", X],
        [["sum"], X],
    ],
    ids=str,
)
def test_malformed_formulas_are_rejected_though_both_sides_are_the_same(tree: Any) -> None:
    body = blocks(formula(tree), formula(tree))
    with pytest.raises(Exception):  # noqa: B017
        recheck_blocks.claimed(body)
        recheck_blocks.establish(sealed(body))


def test_a_long_name_is_a_name_up_to_99_letters() -> None:
    tree = ["apply", "a" * 99, X]
    assert established(tree, tree).startswith("apply(aaaa")


@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": ["n", "d", "n"]},
        {"sizes": ["n", "d", "X"]},
        {"sizes": ["n", "d", "tau"]},
        {"sizes": ["n"]},
        {"sizes": ["n", "d", "n m"]},
        {"sizes": ["n", "d", 1]},
        {"scalars": ["tau", "tau"]},
        {"scalars": ["tau", "X"]},
        {"scalars": ["tau", "1"]},
        {"inputs": [*INPUTS, ["X", "n", "d"]]},
        {"inputs": [*INPUTS, ["X y", "n", "d"]]},
        {"inputs": [*INPUTS, ["Z", "m", "d"]]},
        {"inputs": [*INPUTS, ["Z", "n", 0]]},
        {"inputs": [*INPUTS, ["Z", "n", "X"]]},
        {"inputs": [*INPUTS, ["Z", "n"]]},
        {"side_conditions": [X]},
        {"side_conditions": None},
        {"note": "proved by hand"},
        {"kind": "symbolic"},
        {"kind": ["blocks"]},
        {"schema_version": 2},
        {"schema_version": True},
        {"schema_version": 1.0},
        {"schema_version": "1"},
        {"claim": "1 = 2"},
        {"claim": None},
        {"left": {"kind": "formula", "tree": X, "definitions": []}},
        {"left": {"kind": "program", "tree": X}},
        {"left": {"kind": "formula"}},
        {"left": X},
    ],
    ids=str,
)
def test_other_fields_are_checked(changes: dict[str, Any]) -> None:
    assert established(X, X)
    with pytest.raises(Exception):  # noqa: B017
        recheck_blocks.establish(sealed(blocks(X, X, **changes)))


def test_input_of_the_name_of_a_letter_is_another_letter() -> None:
    inputs = [*INPUTS, ["ones", "n", "d"], ["input", 1, "n"]]
    for tree in (["ones", "n", "d"], X):
        with pytest.raises(ValueError, match="differ"):
            established(["name", "ones"], tree, inputs=inputs)
    with pytest.raises(ValueError, match="differ"):
        established(["softmax", ["sum", S, ["product", u, ["name", "input"]]]], ["softmax", S], inputs=inputs)


def test_a_number_as_a_size_and_no_scalars() -> None:
    claim = established(["name", "A"], ["name", "A"], inputs=[["A", 2, "n"]], sizes=["n"], scalars=[])
    assert claim == "A = A for all sizes n >= 1 and all real A (2 x n)"


# -- whole files ------------------------------------------------------------------------------------------------------
GOOD = sealed(blocks(["sum", X, Y], ["sum", Y, X]))
CONTENT: dict[str, Any] = json.loads(GOOD)


def rehashed(**changes: Any) -> bytes:
    """The certificate with other fields and the old claim and hash."""
    return canonical({**CONTENT, **changes}) + b"\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-1], "not canonical"),
        (GOOD + b"\n", "not canonical"),
        (b" " + GOOD, "not canonical"),
        (GOOD.replace(b'","', b'", "', 1), "not canonical"),
        (GOOD.replace(b'{"', b'{"claim":"1 = 2","', 1), "not canonical"),
        (json.dumps(CONTENT).encode() + b"\n", "not canonical"),
        (rehashed(hash="0" * 64), "hash"),
        (rehashed(claim="X = Y"), "hash"),
        (rehashed(sizes=["d", "n"]), "hash"),
        (sealed(blocks(["sum", X, Y], ["sum", Y, X]), claim=CONTENT["claim"].replace("all real", "some")),
         "claims something else"),
        (canonical({k: v for k, v in CONTENT.items() if k != "claim"}) + b"\n", "other keys"),
        (rehashed(kind="cases"), "no certificate for all sizes"),
        (rehashed(schema_version=0), "no certificate of schema version 1"),
        (b"[]", "no certificate"),
        (b"null", "no certificate"),
    ],
)
def test_bytes_that_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        recheck_blocks.establish(data)


def test_keys_in_another_order_are_not_canonical() -> None:
    """Not even where the hash is that of the text as it stands."""
    body = {key: CONTENT[key] for key in sorted(CONTENT, reverse=True) if key != "hash"}
    text = json.dumps(body, separators=(",", ":"))
    turned = {**body, "hash": sha256(text.encode()).hexdigest()}
    with pytest.raises(ValueError, match="not canonical"):
        recheck_blocks.establish(json.dumps(turned, separators=(",", ":")).encode() + b"\n")


def test_exit_status_and_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "F.json"
    cases = [
        (GOOD, 0, f"accepted: {CONTENT['claim']}\n"),
        (sealed(blocks(X, Y)), 1, "rejected: ValueError: the two sides differ\n"),
        (rehashed(hash=""), 1, "rejected: ValueError: the content does not match its hash\n"),
        (rehashed(kind="cases"), 2, "no certificate: ValueError: no certificate for all sizes\n"),
        (b"{", 2, "no certificate: JSONDecodeError: "),
        (b"[" * 99999, 2, "no certificate: RecursionError: "),
    ]
    for data, status, told in cases:
        path.write_bytes(data)
        assert recheck_blocks.main([str(path)]) == status
        assert capsys.readouterr().out.startswith(told)
    assert recheck_blocks.main([]) == recheck_blocks.main([str(tmp_path / "none")]) == 2


def test_a_file_may_have_so_many_bytes_and_not_one_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "F.json").write_bytes(GOOD)
    monkeypatch.setattr(recheck_blocks, "MOST_BYTES", len(GOOD))
    assert recheck_blocks.establish(GOOD) and recheck_blocks.main([str(tmp_path / "F.json")]) == 0
    monkeypatch.setattr(recheck_blocks, "MOST_BYTES", len(GOOD) - 1)
    with pytest.raises(ValueError, match="no certificate"):
        recheck_blocks.establish(GOOD)
    assert recheck_blocks.main([str(tmp_path / "F.json")]) == 2


def test_a_product_may_have_so_many_words_and_not_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = ["product", ["sum", S, turned(S)], ["sum", X, Y, ["ones", "n", "d"]]]
    monkeypatch.setattr(recheck_blocks, "MOST_WORDS", 6)
    assert established(tree, tree)
    monkeypatch.setattr(recheck_blocks, "MOST_WORDS", 5)
    with pytest.raises(ValueError, match="too many words"):
        established(tree, tree)


def test_growing_powers_are_refused_in_time() -> None:
    tree: Any = ["sum", S, turned(S)]
    for _ in range(6):
        tree = ["product", tree, tree]
    with pytest.raises(ValueError, match="too many words"):
        established(tree, tree)
