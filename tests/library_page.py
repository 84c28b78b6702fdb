"""The page that lists the library, made from the derivations: ``python -m tests.library_page`` writes it."""

from __future__ import annotations

from derivations import registry
from symsim.cli.listing import methods
from symsim.derivation import Derivation
from tests.house.python_files import ROOT

PAGE = ROOT / "docs" / "reference" / "derivations.md"
HEAD = """# The library of derivations

Each derivation is a theorem about an encoder: its statement, the steps of its proof, changes that have to be refuted,
examples, and cases at other sizes. `symsim prove NAME` checks one, `symsim prove --all` all of them;
`symsim derive NAME --format html,pdf -o out` writes one for a reader. Commands take the sizes that a family has (`--n`,
`--d`, ...), and its other choices as `--option NAME=VALUE`.

*All sizes* means that the claim is proved with symbols for its sizes. Where an encoder exists at fixed sizes only, each
size is a claim of its own; the cases name those that are checked. This page is made from the library:
`python -m tests.library_page`.

"""
COLUMNS = ("name", "what it says", "machine", "decided by", "sizes", "cases", "controls")


def page() -> str:
    """The text of the page."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---|---|---|---|---|--:|--:|"]
    rows += [row(derivation) for derivation in registry]
    return HEAD + "\n".join(rows) + "\n"


def row(derivation: Derivation) -> str:
    """One derivation."""
    machine = derivation.construction.machine
    used = "; ".join(filter(None, (", ".join(machine.normalisers), ", ".join(machine.activations))))
    sizes = "all sizes" if derivation.claim.free_sizes else "fixed"
    if derivation.claim.domain is not None:
        sizes = "all words up to a length"
    cells = (
        f"`{derivation.name}`",
        plain(derivation.statement),
        used,
        ", ".join(methods(derivation)),
        sizes,
        str(len(derivation.cases)),
        str(len(derivation.controls)),
    )
    return f"| {' | '.join(cells)} |"


def plain(text: str) -> str:
    """A statement as a cell of a table."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("^", "\\^").replace("<", "\\<")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
