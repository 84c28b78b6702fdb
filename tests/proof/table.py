"""A script that other tests run in a process of its own: claims of all kinds, and what is found about each.

``python -m tests.proof.table verdicts`` prints one verdict a claim, ``python -m tests.proof.table files`` every file
that the package writes about some of them, without seconds.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.report import Report
from symsim.encoder.masks import Mask
from symsim.encoder.stored import canonical, save
from symsim.errors import BadInput, SymsimError
from symsim.proof import check
from symsim.simulators import universal
from tests.pairs import PAIRS


def claims() -> list[Claim]:
    """Claims about formulas and about right and wrong encoders, at fixed and at all sizes."""
    found = [pair.claim() for number, pair in enumerate(PAIRS) if number % 4 == 0 or pair.verdict == "undecided"]
    for U in (universal(n=2, d=2), universal(n="n", d="d")):
        wrong = (
            U.change(1, 0, mask=None),
            U.change(1, 0, mask=Mask(keys=("X",), causal=True)),
            U.change(1, 0, normaliser="linear"),
            U.change(0, residual=False),
        )
        found += [U.claim, *(construction.claim for construction in wrong)]
    found += [universal(n=2, d=2, heads=2).claim, universal(n="n", d="d", heads=2, d_ff="f").claim]
    found += [universal(n=2, d=1, realisation="scalars").claim]
    return found


def verdicts() -> None:
    """One verdict a line, with the sizes of the witness, and what happens to forged reports and bad input."""
    for claim in claims():
        report = check(claim)
        print(report.verdict, report.witness.sizes if report.witness else "", claim.name)
    for attempt in (lambda: replace(report, verdict="proved"), lambda: Report(claims()[0], "proved", "none")):  # type: ignore[arg-type]
        try:
            attempt()
        except SymsimError as error:
            print("refused:", error)
    try:
        universal(n=2, d=2)(X=[[0.5, 1], [1, 1]], A=[[1, 0], [0, 1]], V=[[1, 0], [0, 1]])
    except BadInput as error:
        print("refused:", error)


def timeless(data: Any) -> Any:
    """Plain data without seconds."""
    if isinstance(data, dict):
        return {key: timeless(value) for key, value in data.items() if key != "seconds"}
    return [timeless(value) for value in data] if isinstance(data, list) else data


def files() -> None:
    """Reports, encoders and dataflow graphs as they are written."""
    for claim in claims():
        print(canonical(timeless(check(claim, seed=3).to_dict())))
    from symsim.flow import trace

    for U in (
        universal(n=2, d=2),
        universal(n="n", d="d", heads=2, d_ff="f"),
        universal(n=2, d=1, realisation="scalars"),
    ):
        print(save(U.encoder))
        print(trace(U).to_json())


if __name__ == "__main__":
    {"verdicts": verdicts, "files": files}[sys.argv[1]]()
