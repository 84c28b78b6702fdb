"""The family of realisation R in certificates for all sizes, and none for the same with a fault.

Each is accepted by a copy of the checker that runs alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from symsim.claims.construction import Construction, Readout
from symsim.errors import BadInput
from symsim.formulas import ones
from symsim.formulas.syntax import Zero
from symsim.proof import check, recheck_blocks
from symsim.proof.certificate import rechecked
from symsim.proof.certificate_blocks import blocks_body
from symsim.simulators import looped_pass, universal
from tests.certificate_numbers import holds
from tests.proof.sealing import canonical
from tests.simulators.family import FAMILY, LOOPS, Member

FAULTS = [(name, fault) for name, member in FAMILY.items() for fault in member.faults]
LOOP_FAULTS = ("reset forgotten", "parameters not moved", "old parameters kept", "working slot not cleared")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but a copy of the checker."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copy(recheck_blocks.__file__, folder / "checker.py")
    return folder


def accepted(alone: Path, construction: Construction) -> dict[str, Any]:
    """The content of its certificate, which the copy accepts without this package and without site packages."""
    report = check(construction.claim)
    assert report.certificate, report.certifier.reason
    (alone / "F.json").write_bytes(report.certifier.data)
    command = [sys.executable, "-I", "-S", "checker.py", "F.json"]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
    content: dict[str, Any] = json.loads(report.certifier.data)
    assert (done.returncode, done.stdout) == (0, f"accepted: {content['claim']}\n")
    assert content["kind"] == "blocks" and content["sizes"] == sorted(construction.claim.free_sizes)
    return content


def forged(construction: Construction) -> bytes:
    """What would be the certificate of a construction, whether its claim is true or not."""
    body = json.loads(canonical({"schema_version": 1, **blocks_body(construction.claim)}))
    body["claim"] = recheck_blocks.claimed(body)
    return canonical({**body, "hash": sha256(canonical(body)).hexdigest()}) + b"\n"


@pytest.mark.parametrize("member", FAMILY.values(), ids=FAMILY)
def test_every_member_has_an_accepted_certificate(member: Member, alone: Path) -> None:
    U = member.general()
    content = accepted(alone, U)
    inputs = [f"{name} ({rows} x {cols})" for name, (rows, cols) in U.claim.inputs]
    assert content["claim"].endswith(f" and all real {', '.join([*inputs, *U.claim.scalars])}")
    assert holds(content, points=1)


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_has_an_accepted_certificate(name: str, passes: int, alone: Path) -> None:
    content = accepted(alone, LOOPS[name].general(passes))
    assert len(content["left"]["layers"]) == passes * LOOPS[name].length


@pytest.mark.parametrize("name", LOOPS)
def test_one_pass_and_the_state_at_its_end_have_accepted_certificates(name: str, alone: Path) -> None:
    """The next stream, and slot by slot that the next pass starts in such a state again."""
    lemma = looped_pass(layers=2, **LOOPS[name].options)
    accepted(alone, lemma)
    last = len(lemma.encoder.layers) - 1
    ends = [cut for cut in lemma.cuts if cut.layer == last and cut.slot != "x"]
    moved = [cut for cut in ends if not isinstance(cut.formula, Zero)]
    assert len({cut.group for cut in moved}) == len(lemma.encoder.tokens.names) - 1 - ("padding" in LOOPS[name].options)
    for number, cut in enumerate(ends if name == "bare" else [*moved[::6], ends[len(ends) // 2]]):
        slot = replace(lemma, readout=Readout(cut.slot, cut.formula.shape, cut.group), computes=cut.formula, cuts=())
        assert rechecked(forged(slot)).startswith("the encoders with SHA-256 ")
        if number == 0:
            with pytest.raises(BadInput, match="the two sides differ"):
                rechecked(forged(replace(slot, computes=ones(*cut.formula.shape))))


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[f"{name}: {fault}" for name, fault in FAULTS])
def test_a_faulty_member_has_none(name: str, fault: str) -> None:
    member = FAMILY[name]
    assert rechecked(forged(member.general()))
    with pytest.raises(BadInput, match="the two sides differ|a causal softmax head sees"):
        rechecked(forged(member.faults[fault](member.general())))


@pytest.mark.parametrize("fault", LOOP_FAULTS)
@pytest.mark.parametrize("name", ["bare", "causal, padded", "post-norm", "pre-norm"])
def test_a_faulty_loop_has_none(name: str, fault: str) -> None:
    with pytest.raises(BadInput, match="the two sides differ"):
        rechecked(forged(LOOPS[name].faults[fault](LOOPS[name].general(2))))


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_norm_in_another_place_has_none(norm: str) -> None:
    """The norm is one function of rows: that of other rows is another matrix, and so is an entrywise function."""
    U = universal("n", "d", d_ff="f", norm=norm)
    other = universal("n", "d", d_ff="f", norm="post" if norm == "pre" else "pre")
    plain = universal("n", "d", d_ff="f")
    for wrong in (other.computes, plain.computes):
        with pytest.raises(BadInput, match="the two sides differ"):
            rechecked(forged(replace(U, computes=wrong)))
    content = json.loads(forged(U))
    for name in ("relu", "identity", "silu"):
        text = canonical({key: value for key, value in content.items() if key not in ("claim", "hash")})
        body = json.loads(text.replace(b'["layernorm",', b'["apply","%s",' % name.encode()))
        body["left"] = content["left"]
        body["claim"] = recheck_blocks.claimed(body)
        with pytest.raises(BadInput, match="the two sides differ"):
            rechecked(canonical({**body, "hash": sha256(canonical(body)).hexdigest()}) + b"\n")
