"""``symsim list``: every derivation, with its source, machine, methods, sizes and the status of its last check."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from symsim.cli.options import Force, Json, Output
from symsim.cli.output import check_target, deliver
from symsim.cli.screen import coloured, say
from symsim.derivation.derivation import Derivation
from symsim.derivation.library import installed


def command(json_: Json = False, output: Output = None, force: Force = False) -> int:
    """List every derivation of the library: what it says, where from, and how its last check ended."""
    check_target(output, force)
    rows = [describe(derivation) for derivation in installed()]
    if not json_:
        for row in rows:
            _print(row)
    deliver(rows, json_, output, force)
    return 0


def _print(row: dict[str, Any]) -> None:
    machine = row["machine"]
    sizes = row["sizes"] if isinstance(row["sizes"], str) else "fixed"
    say(row["title"], [(row["name"], "bold"), (": ", "")])
    for word, text in (
        ("statement", row["statement"]),
        ("source", row["source"]),
        ("machine", ", ".join([*machine["normalisers"], *machine["activations"]])),
        ("methods", ", ".join(row["methods"])),
        ("sizes", sizes),
    ):
        say(text, [(f"  {word:<10} ", "")])
    say(lead=[(f"  {'last check':<10} ", ""), coloured(row["status"]) if row["status"] else ("not yet", "")])


def describe(derivation: Derivation) -> dict[str, Any]:
    """One derivation as data: ``{name, title, source, statement, machine, methods, sizes, status}``."""
    claim = derivation.stated
    return {
        "name": derivation.name,
        "title": derivation.title,
        "source": derivation.source,
        "statement": derivation.statement,
        "machine": derivation.construction.machine.to_dict(),
        "methods": methods(derivation),
        "sizes": claim.sizes_text(),
        "status": last_status().get(derivation.name),
    }


def methods(derivation: Derivation) -> list[str]:
    """The methods that decide the claim of a derivation, the one that is tried first in front."""
    claim = derivation.claim
    if claim.domain is not None:
        return ["exhaustive"]
    if claim.approximate:
        return ["ball"]
    if claim.free_sizes:
        return ["parametric"]
    piecewise = {"relu", "step", "maxmin"} & set(derivation.construction.machine.activations)
    return ["symbolic", "smt"] if piecewise else ["symbolic"]


def status_file() -> Path:
    """Where the verdicts of the last checks are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "symsim" / "status.json"


def last_status() -> dict[str, str]:
    """Name to verdict of the last check; empty where nothing is kept or it cannot be read."""
    try:
        data = json.loads(status_file().read_text())
    except (OSError, ValueError, RuntimeError):
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}


def remember(name: str, verdict: str) -> None:
    """Keep a verdict for ``list``; a folder that cannot be written is no error."""
    try:
        path = status_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({**last_status(), name: verdict}, indent=1, sort_keys=True) + "\n")
        os.replace(fresh, path)
    except (OSError, RuntimeError):
        return
