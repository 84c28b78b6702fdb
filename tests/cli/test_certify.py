"""``symsim certify`` and ``symsim recheck``: what they write, print and return."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Command


def test_certify_and_recheck(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "U.json"
    done = symsim("certify", "universal-simulator", "--n", "2", "--d", "1", "-o", path)
    assert done.status == 0 and "re-checked: the encoder" in done.out
    assert symsim("recheck", path).status == 0
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"1"', b'"2"', 1))
    assert symsim("recheck", path).status == 1
    path.write_bytes(data[:-9])
    assert symsim("recheck", path).status == 2
    assert symsim("recheck", tmp_path / "none.json").status == 2


def test_certificate_of_a_check(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "F.json"
    formulas = ("check", "(X A)^T", "A^T X^T", "--shape", "X=n,d", "--shape", "A=d,d", "--certificate", path)
    assert symsim(*formulas).status == 0 and "all sizes d, n" in symsim("recheck", path).out
    program = ("rasp", "check", "library:matrices", "--call", "transposition(r,c)", "--against", "A^T")
    more = ("--shape", "A=r,c", "--sizes", "r=2", "--certificate", path, "--force")
    assert symsim(*program, *more, "--sizes", "c=3").status == 0
    assert "the program" in symsim("recheck", path).out
    assert "fix the sizes" in symsim(*program, *more, "--sizes", "c=1..2").err
    assert symsim(*formulas[:-1], tmp_path, "--force").status == 2


def test_proof_without_a_certificate(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "F.json"
    done = symsim("check", "tr(X Y)", "tr(Y X)", "--shape", "X=n,d", "--shape", "Y=d,n", "--certificate", path)
    assert done.status == 3 and "has no trace" in done.out and not path.exists()


def test_nothing_is_replaced_without_force(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "U.json"
    path.write_text("mine")
    assert symsim("certify", "universal-simulator", "--n", "1", "--d", "1", "-o", path).status == 2
    assert path.read_text() == "mine"
    assert symsim("certify", "universal-simulator", "--n", "1", "--d", "1", "-o", path, "--force").status == 0


def test_rocq_writes_the_theorem_for_all_sizes(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "U.v"
    done = symsim("certify", "universal-simulator", "--rocq", path)
    assert done.status == 0 and done.out.endswith(f"wrote {path}: 'coqc {path}' checks it\n")
    assert path.read_text().endswith("Print Assumptions U_computes.\n")
    assert symsim("certify", "universal-simulator").status == 2


def test_rocq_writes_the_theorem_for_the_sizes_that_are_given(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "two.v"
    done = symsim("certify", "universal-simulator", "--n", "2", "--d", "1", "--realisation", "P", "--rocq", path)
    assert done.status == 0 and done.out.endswith(f"wrote {path}: 'coqc {path}' checks it\n")
    assert re.search(r"Lemma node_2_0_(\d+) : state2 0 \1 = XA 0 0\.\n", path.read_text())
    assert path.read_text().endswith("Print Assumptions U_P_computes.\n")
    options = ("--n", "2", "--d", "1", "--realisation", "S", "--rocq", tmp_path / "S.v")
    soft = symsim("certify", "universal-simulator", *options)
    assert soft.status == 2 and "distance" in soft.err
    words = symsim("certify", "match2", "--rocq", tmp_path / "M.v")
    assert words.status == 2 and "about words" in words.err


def test_an_enclosed_claim_has_no_certificate_and_the_exit_status_says_so(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "S.json"
    done = symsim("certify", "softmax-only", "-o", path)
    assert done.status == 3 and "there is no certificate: the claim is not proved, it is enclosed" in done.out
    assert not path.exists()
