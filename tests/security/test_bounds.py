"""Hostile texts and files are refused within seconds and megabytes: formulas, encoders, inputs, programs, commands."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house.python_files import ROOT
from tests.security.hostile import KINDS, VALUES

SECONDS, MEGABYTES = 2.0, 500
LIMIT = 3 << 30


def broken(kind: str) -> list[str]:
    """Every text of a kind that is neither read nor refused, or takes too long or too much, as a sentence."""
    program = [sys.executable, "-m", "tests.security.hostile", kind]
    done = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    found = [] if done.returncode == 0 and rows else [f"ended with {done.returncode}: {done.stderr[-300:]}"]
    for number, text, outcome, seconds, megabytes in rows:
        if outcome not in ("read", "refused") or seconds > SECONDS or megabytes > MEGABYTES:
            found.append(f"{kind} {number}, {text!r}: {outcome}, {seconds} s, {megabytes} MB")
    return found


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "planted"])
def test_hostile_texts_are_read_or_refused(kind: str) -> None:
    assert broken(kind) == []


def test_what_breaks_a_bound_is_noticed() -> None:
    found = broken("planted")
    assert len(found) == 3
    assert "ValueError" in found[0] and "slow" in found[1] and "fat" in found[2]


def test_the_values_are_as_bad_as_they_look() -> None:
    """A parser without bounds fails on some of them."""
    assert any(isinstance(value, str) and len(value) > 4300 and value.isdecimal() for value in VALUES)
    with pytest.raises(ValueError, match="4300 digits"):
        int("9" * 5000)


NEVER_ENDS = "/dev/zero"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "X", "X", "--shape", "X=1000000000,1000000000"], "at fixed sizes there are at most"),
        (["check", "X X", "X", "--shape", "X=n,n", "--size", "n=999999999"], "at fixed sizes there are at most"),
        (["check", "I(1000000000)", "I(1000000000)", "--shape", "X=2,2"], "at fixed sizes there are at most"),
        (["check", "X", "X", "--shape", "X=n,d", "--at", NEVER_ENDS], "at most so many are read"),
        (["rasp", "run", NEVER_ENDS, "--call", "f", "--tokens", "1"], "at most so many are read"),
        (
            ["rasp", "run", "library:matrices", "--call", "transposition(2, 2)", "--tokens", "1"]
            + ["--positions", "99999999999"],
            "an input has at most",
        ),
        (
            ["rasp", "compile", "library:sequences", "--call", "reverse", "--alphabet", "a,b"]
            + ["--length", "1000000000"],
            "inputs have at most",
        ),
        (
            ["rasp", "check", "library:sequences", "--call", "reverse", "--alphabet", "a,b", "--length", "9000"]
            + ["--against-call", "library:sequences:reverse"],
            "there are more than 1e+18 inputs",
        ),
        (["recheck", "deep.json"], "no certificate"),
        (["recheck", "long.json"], "no certificate"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_commands_refuse_in_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "long.json").write_text('{"kind": "symbolic", "schema_version": ' + "7" * 10**6 + "}")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))

    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "symsim", *arguments],
        capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}, check=False,
        preexec_fn=limited, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1
    assert time.perf_counter() - start < 10
