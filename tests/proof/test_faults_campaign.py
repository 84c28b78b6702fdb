"""The long attack goes on where it stopped, survives a torn record, and fails where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import campaign, campaign_faults

FAMILY = "R 2,1,1"
FAULTS = 140


def attacked(record: Path, capsys: pytest.CaptureFixture[str], minutes: float = 5) -> tuple[int, str]:
    status = campaign.main(["--family", FAMILY, "--record", str(record), "--jobs", "1", "--minutes", str(minutes)])
    return status, capsys.readouterr().out


def test_a_campaign_resumes_and_a_torn_line_loses_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "deep" / "faults.jsonl"
    assert attacked(record, capsys, minutes=0) == (
        0,
        f"0 blocks finished before, {FAULTS} left\n{FAULTS} of {FAULTS} blocks are left for another run\n"
        "0 passed, 0 failed\n",
    )
    status, told = attacked(record, capsys)
    assert status == 0 and told.endswith(f"{FAULTS} passed, 0 failed\n")
    whole = record.read_text()
    record.write_text(whole[: len(whole) // 2])
    status, told = attacked(record, capsys)
    assert status == 0 and told.endswith(f"{FAULTS} passed, 0 failed\n")
    before = int(told.split()[0])
    assert FAULTS // 2 - 2 <= before < FAULTS
    rows = [line for line in record.read_text().splitlines() if line.endswith("}") and line.startswith("{")]
    assert len(rows) == FAULTS
    assert attacked(record, capsys)[1].startswith(f"{FAULTS} blocks finished before, 0 left")


def test_a_wrong_decision_fails_the_campaign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "faults.jsonl"
    found = campaign.FAMILIES[FAMILY].blocks()
    row = {
        "family": FAMILY,
        "verdict": "proved",
        "tried": 1,
        "wrong": [],
        "why": "",
        "support": None,
        "seconds": 0.0,
        "code": campaign.sources(),
    }
    rows = [{**row, "name": name} for name in found]
    rows[3]["wrong"] = ["proved, but the sides differ"]
    record.write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert attacked(record, capsys) == (1, attacked(record, capsys)[1])
    assert f"{FAULTS - 1} passed, 1 failed" in attacked(record, capsys)[1]
    record.write_text("".join(json.dumps({**r, "code": "of other sources"}) + "\n" for r in rows))
    assert attacked(record, capsys, minutes=0)[1].startswith("0 blocks finished before")


def test_an_error_is_a_failure_of_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(campaign_faults, "trial", broken)
    row = campaign.attack(FAMILY, 0)
    assert (row["verdict"], row["wrong"]) == ("error", ["ValueError: no"])
