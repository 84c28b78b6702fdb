"""The same claim with the same seed gives the same bytes, whatever the hash seed of the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from symsim.encoder.stored import content_hash, to_dict
from symsim.flow import trace
from symsim.proof import check
from symsim.simulators import universal

ROOT = Path(__file__).resolve().parents[2]


def run(mode: str, seed: str, *options: str) -> str:
    """What the table prints in a process of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *options, "-m", "tests.proof.table", mode]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_files_are_the_same_bytes_under_two_hash_seeds() -> None:
    first, second = run("files", "1"), run("files", "2")
    assert first == second
    reports = [json.loads(line) for line in first.splitlines() if line.startswith("{") and '"verdict"' in line]
    assert len(reports) > 30
    assert {report["verdict"] for report in reports} == {"proved", "refuted", "undecided"}
    for report in reports:
        assert report["schema_version"] == 1
        assert report["hash"] == content_hash(report)
    assert len({report["hash"] for report in reports}) == len(reports)


def test_every_kind_of_file_carries_its_schema_and_its_hash() -> None:
    U = universal(n=2, d=2)
    encoder, flow, report = to_dict(U.encoder), trace(U).to_dict(), check(U.claim).to_dict()
    for kind, data in (("encoder", encoder), ("flow", flow), ("report", report)):
        assert data["kind"] == kind
        assert isinstance(data["schema_version"], int)
        assert data["hash"] == content_hash(data)
    assert json.loads(trace(U).to_json()) == json.loads(json.dumps(flow))
    assert trace(U).to_json() == trace(universal(n=2, d=2)).to_json()


def test_a_check_may_be_repeated() -> None:
    for claim in (universal(n=2, d=2).claim, universal(n=2, d=2).change(1, 0, mask=None).claim):
        assert check(claim, seed=1).to_dict()["hash"] == check(claim, seed=1).to_dict()["hash"]
        assert check(claim, seed=1).to_dict()["hash"] != check(claim, seed=2).to_dict()["hash"]
