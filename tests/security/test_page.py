"""The page on files from strangers names the limits that the code has, and the exceptions that the tests know."""

from __future__ import annotations

import re

from symsim.claims import claim, sequences
from symsim.cli import doctor, inputs
from symsim.domains import cases
from symsim.encoder import stored, untrusted
from symsim.formulas import parsing
from symsim.proof import exhaustive, masks, recheck
from symsim.rasp import arithmetic, claiming, expressions, interpreter, operators, reading
from symsim.rasp import parsing as rasp_parsing
from symsim.rasp.evaluate import LONGEST_INPUT, MOST_CELLS
from symsim.render import files
from tests.house.python_files import ROOT
from tests.security.test_static import PROCESSES

PAGE = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")
LIMITS = {
    "a formula": (parsing.LONGEST_TEXT, inputs.LONGEST),
    "a matrix of fixed size": (claim.MOST_ENTRIES,),
    "0/1 masks that a claim ranges over": (masks.MOST_MASKS,),
    "a JSON file": (untrusted.MOST_BYTES, untrusted.MOST_DIGITS),
    "an encoder in it": (stored.MOST_BLOCKS, stored.MOST_POWER),
    "inputs for `--at`": (inputs.MOST_BYTES, inputs.LONGEST),
    "a RASP program": (
        rasp_parsing.LONGEST_TEXT,
        interpreter.MOST_FILES,
        reading.DEEPEST,
        interpreter.DEEPEST_CALLS,
        expressions.MOST_STEPS,
    ),
    "what it computes": (
        LONGEST_INPUT,
        arithmetic.LONGEST_BITS,
        arithmetic.LONGEST_STRING,
        operators.LONGEST_LIST,
        MOST_CELLS,
    ),
    "claims about words": (sequences.LONGEST, exhaustive.MOST_INPUTS),
    "a range of `--sizes`": (claiming.MOST_CLAIMS,),
    "a certificate": (recheck.MOST_BYTES, recheck.MOST_CELLS, recheck.MOST_CASES),
    "case splits": (cases.MOST_CASES,),
    "pdflatex": (files.SECONDS,),
}


def rows() -> dict[str, str]:
    """The table of limits: what is read, and its limits."""
    table = PAGE.partition("## What is bounded\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (.*?) \| (.*) \|$", table, re.MULTILINE)
    return {what: limit for what, limit in found if what != "what is read" and set(what) != {"-"}}


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    found = rows()
    assert set(found) == set(LIMITS)
    for what, limits in LIMITS.items():
        numbers = re.findall(r"\d+", found[what])
        assert [limit for limit in limits if str(limit) not in numbers] == [], what


def test_the_exceptions_are_named() -> None:
    assert len(PROCESSES) == sum(f"| `{word}" in PAGE for word in ("derive", "doctor", "recheck"))
    assert "--oracle MODULE:CALLABLE" in PAGE and "your own code" in PAGE
    assert f"at most {doctor.SECONDS} seconds" in PAGE
