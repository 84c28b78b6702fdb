"""Which group of queries sees which group of keys, block by block: causal order, named 0/1 masks, and both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symsim.domains.attention_atoms import Group
from symsim.domains.block_coefficients import Dim, dim
from symsim.domains.block_matrix import BlockMatrix, recut, refinement, shown, together
from symsim.domains.hadamard import hadamard
from symsim.domains.layout import Sight
from symsim.domains.words import Sum, Word, letter
from symsim.errors import BadInput


@dataclass(frozen=True)
class Seen:
    """How a visible block is seen: by queries i >= j only (``causal``), and where the word ``mask``, if any, is 1."""

    causal: bool = False
    mask: Word = ()


def visible(scores: BlockMatrix, sight: Sight) -> tuple[BlockMatrix, list[dict[int, Seen]]]:
    """The scores cut as the sight needs them, and for each row part its visible column parts.

    Raises ``BadInput`` if the scores cannot be cut so, or if a mask is not made of zeros, ones and symbols.
    """
    row_sizes, col_sizes = (tuple(dim(size) for _, size in layout.parts) for layout in (sight.rows, sight.cols))
    rows, row_groups = refinement(scores.heights, row_sizes, "rows of the scores")
    cols, col_groups = refinement(scores.widths, col_sizes, "columns of the scores")
    scores = recut(scores, rows, cols)
    if sight.mask is not None:
        scores, mask = together(scores, sight.mask)
        _, row_groups = refinement(scores.heights, row_sizes, "rows of the scores")
        _, col_groups = refinement(scores.widths, col_sizes, "columns of the scores")
    queries = [(q, a) for q, pieces in enumerate(row_groups) for a in range(len(pieces))]
    keys = [(k, b) for k, pieces in enumerate(col_groups) for b in range(len(pieces))]
    queries = _with_empty(queries, scores.heights)
    keys = _with_empty(keys, scores.widths)
    found: list[dict[int, Seen]] = []
    for i, (q, a) in enumerate(queries):
        line: dict[int, Seen] = {}
        for j, (k, b) in enumerate(keys):
            how = _block(sight, q, k, a, b, row_groups[q], col_groups[k])
            word = _mask_word(mask.at(i, j)) if sight.mask is not None else ()
            if how == "none" or word is None:
                continue
            line[j] = Seen(how == "causal" and scores.widths[j] != 1, word)
        found.append(line)
    return scores, found


def _with_empty(groups: list[tuple[int, int]], sizes: Sequence[Dim]) -> list[tuple[int, int]]:
    """Parts of size 0 belong to no piece; they hold nothing, so any group will do."""
    waiting = iter(groups)
    return [(0, 0) if size == 0 else next(waiting) for size in sizes]


def _block(sight: Sight, q: int, k: int, a: int, b: int, rows: tuple[Dim, ...], cols: tuple[Dim, ...]) -> str:
    how = sight.block(sight.rows.parts[q][0], sight.cols.parts[k][0])
    if how != "causal" or (len(rows) == 1 and len(cols) == 1):
        return how
    if rows != cols:
        raise BadInput(
            f"causal sight inside a group needs equal cuts of its rows and columns: {shown(rows)}, {shown(cols)}"
        )
    return "causal" if a == b else ("all" if b < a else "none")


def _mask_word(mask: Sum) -> Word | None:
    """The mask as a word: empty where it is all ones, None where it is all zeros."""
    if not mask:
        return None
    if mask.same(Sum.ones(mask.rows, mask.cols)):
        return ()
    if len(mask.terms) == 1:
        (((scalars, word), c),) = mask.terms.items()
        if len(scalars) == 1 and not word:
            (word,), scalars = scalars, ()
        named = [part for part in word if part.kind == "symbol"]
        if (
            c == 1
            and not scalars
            and len(named) == 1
            and len(word) <= 2
            and all(part.kind in ("symbol", "one") for part in word)
        ):
            return word
    raise BadInput("a block of a mask is all zeros, all ones, or one named matrix (or row or column) of zeros and ones")


def sees_something(groups: Sequence[Group], sight: Sight, nonempty_rows: bool) -> bool:
    """Whether each row surely sees a key: of an unmasked group, or of a mask without empty rows."""
    if any(not group.mask for group in groups):
        return True
    if not nonempty_rows or sight.causal:
        return False
    return any(len(group.mask) == 1 and not group.mask[0].flip for group in groups)


def hidden(part: Sum, seen: Seen) -> Sum:
    """The block with 0 where the key is hidden."""
    if seen.causal:
        lower = letter("causal", part.rows, part.cols)
        part = hadamard(Sum.word((lower,), part.rows, part.cols), part)
    if seen.mask:
        part = hadamard(Sum.word(seen.mask, part.rows, part.cols), part)
    return part
