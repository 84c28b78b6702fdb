"""``rasp check``: determinants, scalars, masks, and claims about listed inputs alone."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import symsim as ss
from symsim.claims.comparing import compare
from symsim.claims.listed import ListedClaim, at_random
from symsim.claims.report import NotProved
from symsim.cli import main
from symsim.errors import BadInput

MATRICES = "library:matrices"
SQUARE = {"A": ("n", "n")}
PROGRAMS = """
def at(i) {
    return aggregate(select(indices, i, ==), tokens_float);
}
def rows(r, c) {
    return select((indices - indices % c) / c, (indices - indices % c) / c, ==) and select(indices, r * c, <);
}
def normalised(weights, r, c) {
    return weights / (c * aggregate(rows(r, c), weights) if indices < r * c else 1) if indices < r * c else 0;
}
def tempered(r, c, t) {
    return normalised(exp(tokens_float / t), r, c);
}
def masked(r, c) {
    seen = at(indices + r * c);
    total = c * aggregate(rows(r, c), exp(tokens_float) * seen) if indices < r * c else 1;
    return exp(tokens_float) * seen / (total if aggregate(rows(r, c), seen) > 0 else 1) if indices < r * c else 0;
}
def masked_bare(r, c) {
    return normalised(exp(tokens_float) * at(indices + r * c), r, c);
}
def causal(n) {
    row, column = (indices - indices % n) / n, indices % n;
    return normalised(exp(tokens_float) if column <= row else 0, n, n);
}
def strict(n) {
    row, column = (indices - indices % n) / n, indices % n;
    return normalised(exp(tokens_float) if column < row or row == 0 else 0, n, n);
}
"""


@pytest.fixture
def library(tmp_path: Path) -> Any:
    path = tmp_path / "inputs.rasp"
    path.write_text(PROGRAMS)
    return ss.rasp.load(path)


def verdicts(library: Any, call: str, against: str, shapes: Any, sizes: Any, **more: Any) -> list[Any]:
    return [ss.check(claim) for claim in ss.rasp.claims(library, call, against, shapes, sizes, **more)]


# -- determinants -----------------------------------------------------------------------------------------------------
def test_the_determinant_is_proved_and_nothing_near_it() -> None:
    library = ss.rasp.load(MATRICES)
    found = verdicts(library, "determinant(n)", "det(A)", SQUARE, {"n": range(1, 5)})
    assert [(str(r.verdict), r.side_conditions) for r in found] == [("proved", ())] * 4
    for wrong in ("-det(A)", "det(A) + det(A)", "det(A + I)", "tr(A)"):
        (report,) = verdicts(library, "determinant(n)", wrong, SQUARE, {"n": 3})
        assert str(report.verdict) == "refuted", wrong


def test_the_inverse_of_order_4_has_one_readable_condition() -> None:
    (report,) = verdicts(ss.rasp.load(MATRICES), "inverse(n)", "inv(A)", SQUARE, {"n": 4})
    assert (str(report.verdict), report.side_conditions) == ("proved", ("det(A) != 0",))


# -- scalars and masks ------------------------------------------------------------------------------------------------
def test_scalars_stand_in_formula_and_call(library: Any) -> None:
    shapes, sizes = {"S": ("r", "c")}, {"r": 2, "c": range(1, 4)}
    found = verdicts(library, "tempered(r, c, tau)", "softmax(S / tau)", shapes, sizes, scalars=["tau"])
    assert [str(r.verdict) for r in found] == ["proved"] * 3
    assert found[0].side_conditions == ("tau != 0",)
    assert found[0].claim.statement().endswith("for all real S, tau (S: 2 x 1, tau: 1 x 1)")
    (report,) = verdicts(library, "tempered(r, c, tau)", "softmax(tau S)", shapes, {"r": 1, "c": 2}, scalars=["tau"])
    assert str(report.verdict) == "refuted" and set(report.witness.inputs) == {"S", "tau"}


@pytest.mark.parametrize("name", ["S", "r", "indices", "exp", "2"])
def test_scalars_have_names_of_their_own(library: Any, name: str) -> None:
    with pytest.raises(BadInput):
        ss.rasp.claims(library, "causal(r)", "softmax(S)", {"S": ("r", "r")}, {"r": 2}, scalars=[name])


def test_masks_range_over_all_entries_0_and_1(library: Any) -> None:
    shapes = {"S": ("r", "c"), "M": ("r", "c")}
    (report,) = verdicts(library, "masked(r, c)", "softmax(S, mask=M)", shapes, {"r": 2, "c": 2})
    assert str(report.verdict) == "proved" and len(report.steps) == 16
    assert report.claim.quantifiers() == "for all real S and all M with entries 0 and 1"
    (wrong,) = verdicts(library, "masked_bare(r, c)", "softmax(S, mask=M)", shapes, {"r": 2, "c": 2})
    assert str(wrong.verdict) == "refuted"
    assert 0 in [sum(wrong.witness["M"].row(i)) for i in range(2)], "it is wrong for rows that see nothing"
    (right,) = verdicts(
        library, "masked_bare(r, c)", "softmax(S, mask=M)", shapes, {"r": 2, "c": 2}, nonempty_rows=True
    )
    assert str(right.verdict) == "proved" and "with a 1 in each row" in right.claim.statement()
    (unmasked,) = verdicts(library, "masked(r, c)", "softmax(S .* M, mask=M)", shapes, {"r": 1, "c": 2})
    assert str(unmasked.verdict) == "proved", "hidden scores do not matter"
    (mixed,) = verdicts(library, "masked(r, c)", "softmax(S + 2 * M, mask=M) + 0 * S", shapes, {"r": 1, "c": 2})
    assert str(mixed.verdict) == "proved", "a row shift"
    (half,) = verdicts(library, "masked(r, c)", "softmax(2 * S, mask=M)", shapes, {"r": 1, "c": 2})
    assert str(half.verdict) == "refuted" and list(half.witness["M"]) == [1, 1], "one visible key is no difference"


def test_too_many_masks_are_undecided(library: Any) -> None:
    shapes = {"S": ("r", "c"), "M": ("r", "c")}
    (report,) = verdicts(library, "masked(r, c)", "softmax(S, mask=M)", shapes, {"r": 4, "c": 4})
    assert str(report.verdict) == "undecided" and "2^16 masks" in report.reason


def test_causal_masks(library: Any) -> None:
    shapes = {"S": ("n", "n")}
    found = verdicts(library, "causal(n)", "softmax(S, causal)", shapes, {"n": range(1, 5)})
    assert [str(r.verdict) for r in found] == ["proved"] * 4
    (wrong,) = verdicts(library, "strict(n)", "softmax(S, causal)", shapes, {"n": 3})
    assert str(wrong.verdict) == "refuted"


# -- listed inputs ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("call", "against"), [("determinant(n)", "det(A)"), ("inverse(n)", "inv(A)")])
def test_order_8_is_exact_on_random_rationals(call: str, against: str) -> None:
    (claim,) = ss.rasp.claims(ss.rasp.load(MATRICES), call, against, SQUARE, {"n": 8})
    report = ss.check(at_random(claim, 3, seed=1))
    assert (str(report.verdict), report.method, len(report.steps)) == ("proved", "exhaustive", 3)
    assert "for the 3 inputs drawn at random with seed 1 and no other" in report.summary()
    data = report.to_dict()
    points = data["domain"]["points"]
    assert len(points) == data["domain"]["inputs"] == 3
    entries = {Fraction(entry) for point in points for row in point["A"] for entry in row}
    assert len(entries) > 50 and all(abs(v.numerator) <= 9 and v.denominator <= 9 for v in entries)


def test_one_wrong_entry_of_order_8_is_refuted_at_a_listed_input(tmp_path: Path) -> None:
    text = (Path(ss.rasp.__file__).parent / "library" / "matrices.rasp").read_text()
    assert text.count("return _first(m / scalar, n * n);") == 1
    path = tmp_path / "wrong.rasp"
    path.write_text(text.replace("return _first(m / scalar", "return _first(m / scalar + indicator(indices == 61)"))
    (claim,) = ss.rasp.claims(ss.rasp.load(path), "inverse(n)", "inv(A)", SQUARE, {"n": 8})
    report = ss.check(at_random(claim, 2))
    assert str(report.verdict) == "refuted" and report.witness.place == (7, 5)
    assert report.witness["A"].inv() == report.witness.right
    with pytest.raises(NotProved):
        report.raise_if_not_proved()


def test_what_is_wrong_elsewhere_is_no_matter() -> None:
    """A claim about a list says nothing about other inputs, and says so."""
    left, right = "A .* A", "A"
    claim = compare(left, right, {"A": (1, 1)})
    listed = ListedClaim(
        claim.name, claim.left, claim.right, claim.inputs, points=({"A": [[Fraction(1)]]}, {"A": [[Fraction(0)]]})
    )
    assert str(ss.check(listed).verdict) == "proved"
    assert listed.statement() == "A .* A = A for the 2 inputs listed and no other (A: 1 x 1)"
    assert str(ss.check(claim).verdict) == "refuted"
    with pytest.raises(BadInput, match="finitely many inputs is decided by 'exhaustive'"):
        ss.check(listed, method="symbolic")


def test_a_point_where_nothing_is_known_stays_undecided() -> None:
    claim = at_random(compare("exp(exp(A + B)) / exp(exp(B + A))", "1", {"A": (1, 1), "B": (1, 1)}), 2)
    assert str(ss.check(claim).verdict) == "proved"
    assert str(ss.check(at_random(compare("exp(A)", "A + 1", {"A": (1, 1)}), 5)).verdict) == "refuted"


BAD_LISTS: list[tuple[dict[str, Any], str]] = [
    ({"points": ()}, "lists 1 to 10000 inputs, got 0"),
    ({"points": ({},)}, "input 1 has to give A as a 1 x 2 table"),
    ({"points": ({"A": [[1]]},)}, "input 1 has to give A as a 1 x 2 table"),
    ({"points": ({"A": [[1, 2]]},), "binary": ("A",)}, "A is a mask, and its entries are 0 and 1"),
    ({"points": ({"A": [[1, 2]]},), "scalars": ("tau",)}, "no free scalars"),
]


@pytest.mark.parametrize(("parts", "message"), BAD_LISTS, ids=[message for _, message in BAD_LISTS])
def test_lists_are_checked(parts: dict[str, Any], message: str) -> None:
    claim = compare("A + A", "2 A", {"A": (1, 2)})
    with pytest.raises(BadInput, match=message):
        ListedClaim(claim.name, claim.left, claim.right, claim.inputs, **parts)


def test_random_inputs_are_the_same_for_one_seed_and_respect_masks() -> None:
    claim = compare("softmax(S, mask=M)", "softmax(S, mask=M)", {"S": (2, 2), "M": (2, 2)}, nonempty_rows=True)
    one, two, other = at_random(claim, 20, seed=4), at_random(claim, 20, seed=4), at_random(claim, 20, seed=5)
    assert one.points == two.points != other.points
    assert all(set(row) <= {0, 1} and any(row) for point in one.points for row in point["M"])
    with pytest.raises(BadInput, match="fixed sizes; n are free"):
        at_random(compare("A", "A", {"A": ("n", "n")}), 1)
    with pytest.raises(BadInput, match="from 1 to 10000, got 0"):
        at_random(claim, 0)
    with pytest.raises(BadInput, match="has no value at 100 random inputs"):
        at_random(compare("A", "inv(A - A)", {"A": (2, 2)}), 1)


# -- the command ------------------------------------------------------------------------------------------------------
def test_the_command_takes_scalars_masks_and_random_inputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inputs.rasp").write_text(PROGRAMS)
    file = str(tmp_path / "inputs.rasp")
    start = ["rasp", "check", file, "--sizes", "r=1,c=2", "--shape", "S=r,c"]
    tempered = [*start, "--call", "tempered(r, c, tau)", "--against", "softmax(S / tau)"]
    assert main([*tempered, "--scalar", "tau"]) == 0
    assert "provided that tau != 0" in capsys.readouterr().out
    masked = [*start, "--shape", "M=r,c", "--call", "masked_bare(r, c)", "--against", "softmax(S, mask=M)"]
    assert main(masked) == 1
    assert main([*masked, "--mask-rows", "nonempty"]) == 0
    capsys.readouterr()
    order8 = ["rasp", "check", MATRICES, "--call", "inverse(n)", "--shape", "A=n,n", "--sizes", "n=8"]
    assert main([*order8, "--against", "inv(A)", "--at-random", "2", "--seed", "7", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["verdict"], data["method"], data["domain"]["inputs"]) == ("proved", "exhaustive", 2)
    assert data["quantifiers"] == "for the 2 inputs drawn at random with seed 7 and no other"
    assert main([*order8, "--against", "inv(A^T)", "--at-random", "2"]) == 1
    assert "A = " in capsys.readouterr().out


BAD: list[tuple[list[str], str]] = [
    (["--at-random", "0"], "--at-random takes an integer >= 1, got 0"),
    (["--at-random", "10001"], "the number of random inputs is an integer from 1 to 10000, got 10001"),
    (["--mask-rows", "some"], "--mask-rows takes any or nonempty, got 'some'"),
    (["--mask-rows", "nonempty"], "the formula has no mask"),
    (["--scalar", "A"], "the scalar 'A' is another name already"),
    (["--at-random", "2", "--method", "symbolic"], "finitely many inputs is decided by 'exhaustive'"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_status_2(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    start = ["rasp", "check", MATRICES, "--call", "inverse(n)", "--against", "inv(A)", "--shape", "A=n,n"]
    assert main([*start, "--sizes", "n=2", *options]) == 2
    assert message in capsys.readouterr().err
