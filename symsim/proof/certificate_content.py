"""The sides of a claim as the plain data of a certificate: formulas as trees, encoders with their exact weights.

What a certificate cannot say raises ``NotCertifiable`` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import sympy

from symsim.claims.construction import Construction, Cut, Placement
from symsim.claims.word_encoder import WordEncoder
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import TokenLayout
from symsim.encoder.masks import Mask
from symsim.errors import SymsimError
from symsim.formulas.functions import (
    Apply,
    Blocks,
    Determinant,
    Diag,
    Inverse,
    LayerNorm,
    Softmax,
    Trace,
    Transposed,
)
from symsim.formulas.norms import written_out
from symsim.formulas.syntax import (
    Formula,
    Hadamard,
    Identity,
    Name,
    Number,
    Ones,
    Product,
    Scalar,
    Scaled,
    Sum,
    Zero,
)
from symsim.proof import certificate_determinants, recheck

Tree = list[Any]
"""``[kind, part, ..]``, where a part is a tree, a name, a number or a size."""


NORMALISERS_KNOWN = ("softmax", "linear", "average-hard", "unique-hard", "unique-hard-right")
ACTIVATIONS_KNOWN = ("relu", "square", "exp", "reciprocal", "step", "identity", "silu")
"""The parts of an encoder that the checker computes itself."""


class NotCertifiable(SymsimError):
    """A claim that no certificate can say; the message says why."""


# -- formulas ---------------------------------------------------------------------------------------------------------
def tree(formula: Formula) -> Tree:
    """A formula of fixed size as a tree.

    >>> from symsim.formulas.building import matrix, softmax
    >>> X = matrix("X", 2, 1)
    >>> tree(softmax(X @ X.T))
    ['softmax', ['product', ['name', 'X'], ['transpose', ['name', 'X']]]]
    """
    rule = _TREES.get(type(formula))
    if rule is None:
        raise NotCertifiable(f"{formula}: a certificate has no {type(formula).__name__.lower()}")
    return rule(formula)


def _over(kind: str) -> Callable[[Any], Tree]:
    return lambda formula: [kind, *map(tree, formula.parts)]


def _softmax(formula: Softmax) -> Tree:
    mask = [] if formula.mask is None else [tree(formula.mask)]
    return ["causal_softmax" if formula.causal else "softmax", tree(formula.argument), *mask]


def _apply(formula: Apply) -> Tree:
    if formula.function == "log":
        raise NotCertifiable("a certificate has no logarithm: it exists above 0 only")
    return ["apply", formula.function, tree(formula.argument)]


def _scalar(formula: Scalar) -> Tree:
    if formula.is_size:
        raise NotCertifiable(f"the size {formula.name} is free")
    return ["name", formula.name]


def _hadamard(formula: Hadamard) -> Tree:
    first, *more = map(tree, formula.terms)
    for part in more:
        first = ["hadamard", first, part]
    return first


def _diag(formula: Diag) -> Tree:
    """A column, repeated, times the identity entry by entry."""
    n = formula.shape[0]
    return ["hadamard", ["product", tree(formula.argument), ["ones", 1, n]], ["identity", n]]


def _trace(formula: Trace) -> Tree:
    """The sum of the entries on the diagonal."""
    n = formula.argument.shape[0]
    return ["product", ["ones", 1, n], ["hadamard", tree(formula.argument), ["identity", n]], ["ones", n, 1]]


def _square(kind: Callable[[Tree, int], Tree]) -> Callable[[Any], Tree]:
    def written(formula: Determinant | Inverse) -> Tree:
        order = formula.argument.shape[0]
        if order > certificate_determinants.HIGHEST_ORDER:
            most = certificate_determinants.HIGHEST_ORDER
            raise NotCertifiable(f"{formula}: a certificate has determinants and inverses up to order {most}")
        return kind(tree(formula.argument), order)

    return written


def _blocks(formula: Blocks) -> Tree:
    """The sum of the blocks, each put into its place by 0/1 matrices on both sides; blocks of numbers are a matrix."""
    rows, cols = formula.shape
    known = [b.value for line in formula.grid for b in line if isinstance(b, Number)]
    if len(known) == sum(map(len, formula.grid)):
        table = [[*divmod(k, cols), str(value)] for k, value in enumerate(known) if value]
        return ["matrix", {"shape": [rows, cols], "entries": table}]
    terms, top = [], 0
    for line in formula.grid:
        left = 0
        for block in line:
            height, width = block.shape
            before = places(rows, height, lambda i, top=top: (top + i, i))  # type: ignore[misc]
            after = places(width, cols, lambda i, left=left: (i, left + i), width)  # type: ignore[misc]
            terms.append(["product", before, tree(block), after])
            left += width
        top += line[0].shape[0]
    return ["sum", *terms]


def places(rows: int, cols: int, place: Callable[[int], tuple[int, int]], ones: int | None = None) -> Tree:
    """A 0/1 matrix whose ones stand at ``place(0)``, ``place(1)``, ..., one for each column or ``ones`` of them."""
    entries = [[*place(i), "1"] for i in range(cols if ones is None else ones)]
    return ["matrix", {"shape": [rows, cols], "entries": entries}]


_TREES: dict[type[Formula], Callable[[Any], Tree]] = {
    Name: lambda f: ["name", f.name],
    Number: lambda f: ["number", str(f.value)],
    Scalar: _scalar,
    Identity: lambda f: ["identity", f.size],
    Zero: lambda f: ["scaled", ["number", "0"], ["ones", f.rows, f.cols]],
    Ones: lambda f: ["ones", f.rows, f.cols],
    Sum: _over("sum"),
    Product: _over("product"),
    Hadamard: _hadamard,
    Scaled: _over("scaled"),
    Transposed: _over("transpose"),
    Diag: _diag,
    Trace: _trace,
    Determinant: _square(certificate_determinants.determinant),
    Inverse: _square(certificate_determinants.inverse),
    Apply: _apply,
    LayerNorm: lambda f: tree(written_out(f)),
    Softmax: _softmax,
    Blocks: _blocks,
}


def formula_side(formula: Formula) -> dict[str, Any]:
    """A formula as a side."""
    return {"kind": "formula", "definitions": [], "tree": tree(formula)}


# -- encoders over words ----------------------------------------------------------------------------------------------
def word_side(encoder: WordEncoder) -> dict[str, Any]:
    """An encoder over words as a side; ``#`` stands for the length of the word."""
    table, length = encoder.embedding, encoder.length
    rows, width = table.shape
    row = ["sum", ["scaled", ["number", str(length)], ["name", "letter"]], ["name", "index"]]
    numbers = {"shape": [1, rows], "entries": [[0, j, str(j)] for j in range(1, rows)]}
    chosen = ["binary", "==", ["product", row, ["ones", 1, rows]], ["product", ["ones", "#", 1], ["matrix", numbers]]]
    left = encoder.slots.span(encoder.readout)[0]
    return {
        "kind": "encoder",
        "slots": [list(part) for part in encoder.slots.parts],
        "tokens": [["word", "#"], ["sink", 1]],
        "layers": [layer_data(layer, _word_mask) for layer in encoder.layers],
        "placements": [
            [0, 0, ["product", chosen, ["matrix", weight_data(table)]]],
            ["#", 0, ["matrix", weight_data(encoder.sink)]],
        ],
        "readout": [0, left, "#", 1, 1],
        "cuts": [],
    }


def _word_mask(mask: Mask) -> list[Any]:
    if mask.matrix is not None or mask.positions is not None:
        raise NotCertifiable("a certificate about words has masks by token group only")
    ranges = {"word": [0, "#"], "sink": ["#", recheck.MOST_CELLS]}
    if mask.keys is None:
        return [[[0, recheck.MOST_CELLS]], mask.causal]
    return [[ranges[name] for name in ranges if name in mask.keys], mask.causal]


# -- encoders ---------------------------------------------------------------------------------------------------------
def encoder_side(construction: Construction, cuts: tuple[tuple[Cut, Tree], ...] = ()) -> dict[str, Any]:
    """A construction of fixed size as a side, with the nodes that are to be proved one by one.

    The tree of a node is its whole formula: where an earlier node occurs in it, its tree stands.
    """
    encoder, read = construction.encoder, construction.readout
    return {
        "kind": "encoder",
        "slots": [list(part) for part in encoder.slots.parts],
        "tokens": [list(part) for part in encoder.tokens.parts],
        "layers": [layer_data(layer, partial(_mask, tokens=encoder.tokens)) for layer in encoder.layers],
        "placements": [_placement(construction, placement) for placement in construction.placements],
        "readout": [*_region(encoder, read.slot, read.group, read.shape), read.shape[1]],
        "cuts": [[c.layer, *_region(encoder, c.slot, c.group, c.formula.shape), whole] for c, whole in cuts],
    }


def composed(construction: Construction) -> tuple[tuple[Cut, Tree], ...]:
    """The cuts of a construction with their whole trees."""
    known: dict[str, Tree] = {}
    for cut in construction.cuts:
        known[cut.name] = _put(tree(cut.formula), known)
    return tuple((cut, known[cut.name]) for cut in construction.cuts)


def _put(formula: Tree, known: Mapping[str, Tree]) -> Tree:
    if formula[0] == "name":
        return known.get(formula[1], formula)
    return [_put(part, known) if isinstance(part, list) else part for part in formula]


def flat(formula: Tree) -> Tree:
    """A tree with sums in sums and products in products spliced in."""
    out: Tree = []
    for part in formula:
        below = flat(part) if isinstance(part, list) else part
        spliced = isinstance(below, list) and below[0] == formula[0] in ("sum", "product")
        out += below[1:] if spliced else [below]
    return out


def _region(encoder: Encoder, slot: str, group: str | None, shape: tuple[int, int]) -> list[int]:
    """First position, first column, and how many of each a result takes up."""
    left, right = encoder.slots.span(slot)
    top, bottom = encoder.tokens.span(group) if group is not None else (0, shape[0] * shape[1])
    return [top, left, bottom - top, right - left]


def _placement(construction: Construction, placement: Placement) -> list[Any]:
    encoder = construction.encoder
    height, width = encoder.tokens.size(placement.group), encoder.slots.size(placement.slot)
    what: dict[str, Callable[[], Tree]] = {
        "input": lambda: ["name", placement.name],
        "flat": lambda: ["reshape", ["name", placement.name], height, 1],
        "identity": lambda: ["identity", height],
        "ones": lambda: ["ones", height, width],
        "constant": lambda: ["matrix", weight_data(placement.matrix)],
    }
    top, left = encoder.tokens.span(placement.group)[0], encoder.slots.span(placement.slot)[0]
    return [top, left, what[placement.what]()]


def layer_data(layer: Layer, mask: Callable[[Mask], list[Any]]) -> dict[str, Any]:
    """A layer with its weights, without the names that its author gave; ``mask`` writes the mask of a head."""
    network = layer.feed_forward
    if not layer.heads and not layer.residual:
        raise NotCertifiable("a certificate has no layer that starts from zeros")
    return {
        "heads": [_head(head, mask) for head in layer.heads],
        "feed_forward": None if network is None else _network(network),
        "residual": layer.residual,
        "residual_2": network is None or network.residual,
    }


def _head(head: Head, mask: Callable[[Mask], list[Any]]) -> dict[str, Any]:
    if head.normaliser not in NORMALISERS_KNOWN:
        raise NotCertifiable(f"a certificate has no {head.normaliser} heads")
    return {
        "normaliser": head.normaliser,
        "mask": mask(head.mask),
        **{part: weight_data(getattr(head, part)) for part in ("W_Q", "W_K", "W_V", "W_O")},
    }


def _mask(mask: Mask, tokens: TokenLayout) -> list[Any]:
    """The ranges of positions whose keys may be seen, and whether a query sees only what is not behind it.

    Behind them what a matrix of zeros and ones shows, query and key; only a certificate of cases can say that.
    """
    ranges = [list(tokens.span(name)) for name in mask.visible(tokens)]
    if mask.positions is not None:
        seen = {p for start, stop in ranges for p in range(start, stop)} & set(mask.positions)
        ranges = [[p, p + 1] for p in sorted(seen)]
    joined: list[Any] = []
    for start, stop in ranges:
        if joined and joined[-1][1] == start:
            joined[-1][1] = stop
        else:
            joined.append([start, stop])
    shown = [] if mask.matrix is None else [[[int(i), int(j)] for i, j in sorted(mask.matrix.todok())]]
    return [joined, mask.causal, *shown]


def arbitrary_masks(construction: Construction) -> bool:
    """Whether a head of a construction has a matrix of zeros and ones as its mask."""
    return any(head.mask.matrix is not None for layer in construction.encoder.layers for head in layer.heads)


def _network(network: FeedForward) -> dict[str, Any]:
    for name, _ in network.activations:
        if name not in ACTIVATIONS_KNOWN:
            raise NotCertifiable(f"a certificate has no {name} units")
    zero = {"b_1": network.units, "b_2": network.width}
    biases = {name: {"shape": [1, width], "entries": []} for name, width in zero.items() if not getattr(network, name)}
    given = [part for part in ("W_1", "b_1", "W_2", "b_2") if part not in biases]
    weights = {part: weight_data(getattr(network, part)) for part in given}
    return {"activations": [list(run) for run in network.activations], **weights, **biases}


def weight_data(weight: Any) -> dict[str, Any]:
    """An explicit weight: its shape and the entries that are not 0."""
    entries = [[int(i), int(j), _entry(v)] for (i, j), v in sorted(weight.todok().items())]
    return {"shape": [int(weight.rows), int(weight.cols)], "entries": entries}


def _entry(value: Any) -> Any:
    """A rational as text; a polynomial in declared scalars as a tree."""
    return str(value) if value.is_Rational else scalars_tree(sympy.expand(value))


def scalars_tree(value: Any) -> Tree:
    """A polynomial in declared scalars as a tree."""
    if value.is_Rational:
        return ["number", str(value)]
    if value.is_Symbol:
        return ["name", str(value.name)]
    if value.is_Pow:
        return ["product", *[scalars_tree(value.base)] * int(value.exp)]
    return ["sum" if value.is_Add else "product", *map(scalars_tree, value.args)]
