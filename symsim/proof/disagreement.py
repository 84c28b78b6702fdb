"""A disagreement of two methods: the error that names them, and a file with all that is needed to reproduce it."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from symsim.claims import stored_words
from symsim.claims.construction import Construction
from symsim.claims.report import package_version
from symsim.claims.word_encoder import WordEncoder
from symsim.encoder import stored
from symsim.errors import Disagreement, SymsimError
from symsim.formulas.sizes import size_text
from symsim.proof.evidence import Evidence, Options
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.sequences import SequenceProgram
from symsim.rasp.values import Node

SCHEMA_VERSION = 1
WITNESS = "witness"
"""What the witness search is called where methods are named."""
LIBRARIES = ("sympy", "numpy", "python-flint", "networkx", "z3-solver")


def disagreement(claim: Any, options: Options, first: Evidence, second: Evidence) -> Disagreement:
    """The error that says that ``first`` holds what ``second`` refutes; ``.report`` has all that is needed to see it.

    >>> from symsim.claims.comparing import compare
    >>> from symsim.claims.report import Verdict
    >>> pair = [Evidence(verdict, name) for verdict, name in ((Verdict.PROVED, "one"), (Verdict.REFUTED, "two"))]
    >>> error = disagreement(compare("A", "A", {"A": (1, 1)}), Options(), *pair)
    >>> str(error)
    "the methods 'one' and 'two' disagree, proved and refuted: A = A for all real A (A: 1 x 1)"
    >>> error.report["claim"]["left"]
    {'kind': 'text', 'text': 'A'}
    """
    if second.method == WITNESS:
        said = f"'{first.method}' {first.verdict} what a witness refutes: {claim.statement()}\n{second.witness}"
    else:
        said = f"the methods '{first.method}' and '{second.method}' disagree, {first.verdict} and {second.verdict}: "
        said += claim.statement()
    return Disagreement(said, _data(claim, options, first, second))


def saved(error: Disagreement, path: Path | None) -> Disagreement:
    """The same error after its report was written, to ``path`` or to a file of its own in the current folder."""
    if not error.report:
        return error
    place = path or Path(f"disagreement-{error.report['hash'][:12]}.json")
    try:
        place.write_text(json.dumps(error.report, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        note = f"all that is needed to reproduce it is in {place}"
    except OSError as problem:
        note = f"{place} cannot be written: {problem.strerror or problem}"
    return Disagreement(f"{error}\n{note}", error.report)


def _data(claim: Any, options: Options, first: Evidence, second: Evidence) -> dict[str, Any]:
    data = {
        "schema_version": SCHEMA_VERSION,
        "kind": "disagreement",
        "claim": {
            "statement": claim.statement(),
            "inputs": [[name, *map(size_text, shape)] for name, shape in claim.inputs],
            "scalars": list(claim.scalars),
            "binary": list(claim.binary),
            "nonempty_rows": claim.nonempty_rows,
            "domain": claim.domain,
            "left": side_data(claim.left),
            "right": side_data(claim.right),
        },
        "options": {"cut": options.cut, "time_limit": options.time_limit, "seed": options.seed},
        "evidence": [first.to_dict(), second.to_dict()],
        "versions": versions(),
    }
    return {**data, "hash": stored.content_hash(data)}


def side_data(side: Any) -> dict[str, Any]:
    """One side as plain data: its encoder with all weights, its program with its text, or what it is called."""
    try:
        if isinstance(side, Construction):
            return _construction(side)
        if isinstance(side, WordEncoder):
            return {"kind": "word encoder", "encoder": json.loads(stored_words.save(side))}
    except SymsimError as error:
        return {"kind": "text", "text": f"{side}; it cannot be stored: {error}"}
    if isinstance(side, ProgramCall):
        sizes = {"sizes": dict(side.sizes), "positions": side.length()}
        return {"kind": "program", "call": side.call, **sizes, "sources": _sources(side.built())}
    if isinstance(side, SequenceProgram):
        return {"kind": "program", "call": side.call, "sources": _sources(side.built)}
    return {"kind": "text", "text": str(side)}


def _sources(built: Node) -> dict[str, str]:
    """The texts of all files in which a part of an s-op was built, by their names."""
    found: dict[str, str] = {}
    seen, waiting = {id(built)}, [built]
    while waiting:
        node = waiting.pop()
        if node.place is not None:
            found[Path(node.place.source.name).name] = node.place.source.text
        new = [part for part in node.inputs if id(part) not in seen]
        seen.update(map(id, new))
        waiting += new
    return dict(sorted(found.items()))


def _construction(side: Construction) -> dict[str, Any]:
    placements = [
        {"group": p.group, "slot": p.slot, "what": p.what, "name": p.name, "matrix": stored.weight_data(p.matrix)}
        for p in side.placements
    ]
    cuts = [[c.name, c.layer, c.slot, c.group, str(c.formula)] for c in side.cuts]
    shape = [size_text(size) for size in side.readout.shape]
    return {
        "kind": "construction",
        "name": side.name,
        "realisation": side.realisation,
        "encoder": stored.to_dict(side.encoder),
        "placements": placements,
        "readout": {"slot": side.readout.slot, "group": side.readout.group, "shape": shape},
        "cuts": cuts,
        "computes": str(side.computes),
    }


def versions() -> dict[str, str]:
    """The versions of this package, of Python and of the libraries that decide."""
    found = {"symsim": package_version(), "python": platform.python_version(), "machine": platform.machine()}
    return {**found, **{name: version_of(name) or "not installed" for name in LIBRARIES}}


def version_of(package: str) -> str | None:
    """The version of an installed package; None where it is not there.

    >>> version_of("no-such-package") is None
    True
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return None
