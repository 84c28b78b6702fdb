"""Claims about listed inputs as certificates about words of one letter: letter k stands for the k-th input.

The entries of all inputs stand in tables, one row a letter, and every side reads the row of its letter. So the checker
of words runs both sides at every listed input, and knows of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symsim.claims.listed import ListedClaim
from symsim.proof import recheck
from symsim.proof.certificate_content import NotCertifiable, Tree

MOST_READS = 2_000_000
"""So many entries of tables are read when a certificate is checked: every table once for every input."""
_GIVEN = ("word", "letter", "index")
"""Names that the checker of words gives itself."""


def listed_body(claim: ListedClaim, left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """The content of the certificate of a listed claim whose sides are written for all inputs.

    ``NotCertifiable`` where the tables are too large, or an input is called ``word``, ``letter`` or ``index``.
    """
    count, cells = len(claim.points), sum(rows * cols for _, (rows, cols) in claim.inputs)
    if count * count * cells > MOST_READS:
        raise NotCertifiable(f"{count} inputs of {cells} entries are too many for a certificate of listed inputs")
    if taken := [name for name, _ in claim.inputs if name in _GIVEN]:
        raise NotCertifiable(f"a certificate of listed inputs has no input called {taken[0]}")
    tables = {name: _read(claim, name, *shape) for name, shape in claim.inputs}
    return {
        "kind": "exhaustive",
        "letters": [[f"p{k + 1}", str(k)] for k in range(count)],
        "length": 1,
        "left": _reading(left, tables),
        "right": _reading(right, tables),
        "side_conditions": [],
    }


def check_run(data: bytes) -> None:
    """``NotCertifiable`` where the checker does not see that the sides are equal at every input."""
    try:
        recheck.establish(data)
    except (ValueError, LookupError, TypeError) as error:
        raise NotCertifiable(f"the checker does not see it at every input: {error}") from None


def _read(claim: ListedClaim, name: str, rows: int, cols: int) -> Tree:
    """An input as a formula of the letter: its row of the table, in the shape of the input."""
    count = len(claim.points)
    flat = [[entry for row in point[name] for entry in row] for point in claim.points]
    entries = [[k, j, str(v)] for k, line in enumerate(flat) for j, v in enumerate(line) if v != 0]
    numbers = {"shape": [1, count], "entries": [[0, k, str(k)] for k in range(1, count)]}
    chosen = ["binary", "==", ["product", ["name", "letter"], ["ones", 1, count]], ["matrix", numbers]]
    table = ["matrix", {"shape": [count, rows * cols], "entries": entries}]
    return ["reshape", ["product", chosen, table], rows, cols]


def _reading(side: dict[str, Any], tables: Mapping[str, Tree]) -> dict[str, Any]:
    """A side that reads its inputs from the tables."""
    if side["kind"] == "encoder":
        return {**side, "placements": [[top, left, _put(tree, tables)] for top, left, tree in side["placements"]]}
    return {**side, "definitions": [*([name, table] for name, table in tables.items()), *side["definitions"]]}


def _put(tree: Tree, tables: Mapping[str, Tree]) -> Tree:
    if tree[0] == "name":
        return tables.get(tree[1], tree)
    return [_put(part, tables) if isinstance(part, list) else part for part in tree]
