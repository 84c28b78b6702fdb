"""Reports say what was found and nothing else: they cannot be forged, and limits and disagreements come out."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sympy

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.report import NotProved, Report, Step, Verdict, Witness
from symsim.encoder.stored import canonical, content_hash
from symsim.errors import BadInput, Disagreement, SymsimError
from symsim.proof import METHODS, Evidence, Method, Options, check
from symsim.proof.evidence import judge
from symsim.simulators import universal

SQUARE = {"A": ("d", "d"), "B": ("d", "d")}
TRUE = compare("(A B)^T", "B^T A^T", SQUARE)
FALSE = compare("A B", "B A", SQUARE)
SCHEMA = set(
    "schema_version kind claim quantifiers verdict method sizes domain side_conditions error_bound reason witness "
    "machine cost steps certificate trusted seed limits seconds version hash".split()
)


@pytest.fixture
def method() -> Iterator[list[Method]]:
    """A place for a method that is forgotten after the test."""
    made: list[Method] = []
    yield made
    for item in made:
        METHODS.remove(item.name)


# -- forging ----------------------------------------------------------------------------------------------------------
def test_a_report_cannot_be_built() -> None:
    with pytest.raises(SymsimError, match="made by checking a claim"):
        Report(claim=FALSE, verdict=Verdict.PROVED, method="symbolic")
    with pytest.raises(SymsimError, match="made by checking a claim"):
        Report(FALSE, Verdict.PROVED, "symbolic", _seal=object())
    with pytest.raises(SymsimError, match="made by checking a claim"):
        Report(FALSE, Verdict.PROVED, "symbolic", _seal=True)


def test_a_report_cannot_be_changed_into_another() -> None:
    refuted, proved = check(FALSE), check(TRUE)
    assert (refuted.verdict, proved.verdict) == (Verdict.REFUTED, Verdict.PROVED)
    with pytest.raises(SymsimError, match="made by checking a claim"):
        dataclasses.replace(refuted, verdict=Verdict.PROVED)
    with pytest.raises(SymsimError, match="made by checking a claim"):
        dataclasses.replace(proved, claim=FALSE)
    with pytest.raises(SymsimError, match="made by checking a claim"):
        dataclasses.replace(proved)
    with pytest.raises(dataclasses.FrozenInstanceError):
        refuted.verdict = Verdict.PROVED  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del proved.claim
    assert not any("SEAL" in name.upper() for name in vars(proved)), "a report carries its seal about"


def test_copies_say_the_same() -> None:
    report = check(TRUE)
    assert copy.deepcopy(report).to_dict() == report.to_dict()
    assert pickle.loads(pickle.dumps(report)).to_dict() == report.to_dict()  # noqa: S301


def test_refuted_needs_a_witness(method: list[Method]) -> None:
    with pytest.raises(SymsimError, match="needs a witness"):
        judge(FALSE, Evidence(Verdict.REFUTED, "gut feeling"), Options(), 0.0)
    method.append(METHODS.register(Method("gut", lambda c: True, lambda c, o: Evidence(Verdict.REFUTED, "gut"))))
    with pytest.raises(SymsimError, match="needs a witness"):
        check(TRUE, method="gut")


# -- what a report says -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("claim", [TRUE, FALSE, universal(n=2, d=2).claim, universal(n="n", d="d").claim], ids=str)
def test_to_dict_is_the_published_object(claim: Claim) -> None:
    report = check(claim, seed=5, time_limit=60)
    data = report.to_dict()
    assert set(data) == SCHEMA
    assert json.loads(canonical(data)) == data
    assert data["verdict"] == str(report.verdict)
    assert (data["seed"], data["limits"]) == (5, {"time_limit": 60})
    assert data["hash"] == content_hash(data) == content_hash({**data, "seconds": 99.0})
    assert data["hash"] != content_hash({**data, "verdict": "undecided"})
    assert all(set(step) == {"name", "verdict", "method", "seconds"} for step in data["steps"])
    assert data["trusted"] == []
    assert data["sizes"] == "all" or claim.fixed
    assert claim.quantifiers() in data["claim"]


def test_the_dict_of_a_witness() -> None:
    data = check(FALSE).to_dict()["witness"]
    assert set(data) == {"inputs", "sizes", "left", "right", "first_difference"}
    assert data["sizes"] == {"d": 2}
    assert set(data["inputs"]) == {"A", "B"}
    assert all(isinstance(v, str) for table in data["inputs"].values() for row in table for v in row)
    A, B = (sympy.Matrix([[sympy.Rational(v) for v in row] for row in data["inputs"][name]]) for name in "AB")
    i, j = data["first_difference"]["row"] - 1, data["first_difference"]["column"] - 1
    assert (str((A * B)[i, j]), str((B * A)[i, j])) == (data["left"], data["right"])


def test_machine_and_cost_are_reported_for_encoders() -> None:
    data = check(universal(n=2, d=3).claim).to_dict()
    assert data["machine"]["normalisers"] == ["linear", "softmax"]
    assert data["cost"]["layers"] == 2
    assert data["cost"]["positions"] == 8
    assert check(TRUE).to_dict()["machine"] is None
    symbolic = check(universal(n="n", d="d").claim).to_dict()["cost"]
    assert symbolic["positions"] == "2*d + n"


def test_raise_if_not_proved() -> None:
    report = check(TRUE)
    assert report.raise_if_not_proved() is report
    with pytest.raises(NotProved, match=r"refuted: A B = B A for all d >= 1") as caught:
        check(FALSE).raise_if_not_proved()
    assert caught.value.report.witness is not None


def test_a_witness_prints_as_python() -> None:
    witness = check(FALSE).witness
    assert isinstance(witness, Witness)
    scope: dict[str, object] = {}
    exec(str(witness), scope)  # noqa: S102
    assert scope["A"] == witness["A"]
    big = Witness({"A": sympy.SparseMatrix(9, 9, {(3, 4): sympy.Rational(-1, 2)})}, {}, None, None, "0", "1", (0, 0))
    exec(str(big), scope)  # noqa: S102
    assert scope["A"] == big["A"]


def test_side_conditions_are_part_of_the_summary() -> None:
    report = check(compare("tau * (A / tau)", "A", SQUARE, scalars=["tau"]))
    assert report.verdict is Verdict.PROVED
    assert "provided that tau != 0" in report.summary()


# -- limits and methods -----------------------------------------------------------------------------------------------
def test_a_time_limit_gives_undecided_with_the_reason() -> None:
    start = time.perf_counter()
    report = check(universal(n=64, d=64).claim, method="symbolic", cut=False, time_limit=0.3)
    assert time.perf_counter() - start < 20  # the proof takes longer
    assert report.verdict is Verdict.UNDECIDED
    assert report.reason == "the time limit of 0.3 s was reached"
    assert report.to_dict()["limits"] == {"time_limit": 0.3}
    assert check(TRUE, time_limit=60).verdict is Verdict.PROVED


def test_a_time_limit_holds_in_a_witness_search() -> None:
    start = time.perf_counter()
    claim = compare("relu(X) - relu(0 - X)", "X", {"X": ("n", "d")})
    report = check(claim, time_limit=0.1)
    assert time.perf_counter() - start < 2
    assert report.verdict is Verdict.UNDECIDED


def test_methods_swallowing_errors_do_not_swallow_the_limit(method: list[Method]) -> None:
    def stubborn(claim: Claim, options: Options) -> Evidence:
        stop = time.perf_counter() + 20
        while time.perf_counter() < stop:
            try:
                time.sleep(0.01)
            except Exception:  # noqa: S110
                pass
        return Evidence(Verdict.UNDECIDED, "stubborn")

    method.append(METHODS.register(Method("stubborn", lambda c: True, stubborn)))
    start = time.perf_counter()
    assert check(TRUE, method="stubborn", time_limit=0.1).reason.startswith("the time limit")
    assert time.perf_counter() - start < 5


def test_checks_run_in_threads() -> None:
    found: list[Report] = []
    thread = threading.Thread(target=lambda: found.append(check(TRUE, time_limit=60)))
    thread.start()
    thread.join()
    assert found[0].verdict is Verdict.PROVED


@pytest.mark.parametrize("limit", [0, -1, float("nan"), "5"])
def test_a_time_limit_is_positive(limit: float) -> None:
    with pytest.raises(BadInput, match="has to be positive"):
        check(TRUE, time_limit=limit)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True])
def test_a_seed_is_a_whole_number(seed: int) -> None:
    with pytest.raises(BadInput, match="the seed is a whole number of at least 0"):
        check(TRUE, seed=seed)


def test_unknown_method() -> None:
    with pytest.raises(BadInput, match="unknown method 'symbolyc': did you mean 'symbolic'"):
        check(TRUE, method="symbolyc")


def test_method_that_does_not_apply() -> None:
    with pytest.raises(BadInput, match="'symbolic' does not apply: .* needs fixed sizes; d are free"):
        check(TRUE, method="symbolic")


def test_check_takes_claims() -> None:
    with pytest.raises(BadInput, match="takes a claim, got Construction; a construction has one as .claim"):
        check(universal(n=2, d=2))  # type: ignore[arg-type]


def test_disagreement_names_both(method: list[Method], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that claims to have proved what a witness refutes, beside a condition of the encoder, is caught."""

    def rash(claim: Claim, options: Options) -> Evidence:
        step = Step("all outputs", Verdict.PROVED, "rash")
        return Evidence(Verdict.PROVED, "rash", (step,), conditions=("X_1,1 != 0",))

    monkeypatch.chdir(tmp_path)
    method.append(METHODS.register(Method("rash", lambda c: True, rash)))
    wrong = universal(n=2, d=1).change(layer=1, head=0, mask=None)
    with pytest.raises(Disagreement, match=r"(?s)'rash' proved what a witness refutes.*left = "):
        check(wrong.claim, method="rash")
    assert check(universal(n=2, d=1).claim, method="rash").verdict is Verdict.PROVED
