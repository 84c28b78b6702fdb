"""Claims about all sizes as certificates: layouts of symbolic size, weights as multiples of identities."""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction, Placement
from symsim.domains.layout import Layout
from symsim.encoder.layers import FeedForward, Head, Layer
from symsim.formulas.functions import Apply, LayerNorm, Softmax, Transposed
from symsim.formulas.sizes import as_size, size_text
from symsim.formulas.syntax import Formula, Identity, Name, Number, Ones, Product, Scalar, Scaled, Sum, Zero
from symsim.proof import recheck_blocks
from symsim.proof.certificate_content import NotCertifiable, Tree, scalars_tree

_KINDS: dict[type[Formula], str] = {
    Sum: "sum",
    Product: "product",
    Scaled: "scaled",
    Transposed: "transpose",
    LayerNorm: "layernorm",
}
"""The operations whose parts are formulas, and nothing else."""


def blocks_body(claim: Claim) -> dict[str, Any]:
    """The content of the certificate of a claim for all sizes, without its hash and its text."""
    left = claim.left
    if claim.binary:
        raise NotCertifiable("a certificate for all sizes has no named masks")
    if not isinstance(left, Construction | Formula) or not isinstance(claim.right, Formula):
        raise NotCertifiable("a certificate for all sizes is about formulas and encoders")
    return {
        "kind": "blocks",
        "sizes": list(claim.free_sizes),
        "inputs": [[name, _size(rows), _size(cols)] for name, (rows, cols) in claim.inputs],
        "scalars": list(claim.scalars),
        "left": _encoder(left) if isinstance(left, Construction) else {"kind": "formula", "tree": tree(left)},
        "right": {"kind": "formula", "tree": tree(claim.right)},
        "side_conditions": [],
    }


@cache
def _size(size: Any) -> Any:
    """A size: a number, or the name of a symbol."""
    exact = as_size(int(size) if getattr(size, "is_Integer", False) else size)
    if not isinstance(exact, int) and not exact.is_Symbol:
        raise NotCertifiable(f"a block of a certificate has one size, and {size_text(exact)} is a sum or a product")
    return exact if isinstance(exact, int) else size_text(exact)


def tree(formula: Formula) -> Tree:
    """A formula of symbolic size as a tree.

    >>> from symsim.formulas.building import matrix
    >>> tree(matrix("X", "n", "d").T)
    ['transpose', ['name', 'X']]
    """
    if isinstance(formula, Name | Scalar):
        if isinstance(formula, Scalar) and formula.is_size:
            raise NotCertifiable("a certificate for all sizes does not compute with sizes")
        return ["name", formula.name]
    if isinstance(formula, Number):
        return ["number", str(formula.value)]
    if isinstance(formula, Identity):
        return ["identity", _size(formula.size)]
    if isinstance(formula, Ones):
        return ["ones", _size(formula.rows), _size(formula.cols)]
    if isinstance(formula, Zero):
        return ["scaled", ["number", "0"], ["ones", _size(formula.rows), _size(formula.cols)]]
    if isinstance(formula, Apply):
        if formula.function not in recheck_blocks.UNITS and formula.function in ("reciprocal", "log"):
            raise NotCertifiable(f"a certificate for all sizes has no {formula.function}")
        return ["apply", formula.function, tree(formula.argument)]
    if isinstance(formula, Softmax):
        return ["causal_softmax" if formula.causal else "softmax", tree(formula.argument)]
    if type(formula) not in _KINDS:
        raise NotCertifiable(f"a certificate for all sizes has no {type(formula).__name__.lower()}")
    return [_KINDS[type(formula)], *map(tree, formula.parts)]


# -- encoders ---------------------------------------------------------------------------------------------------------
def _encoder(construction: Construction) -> dict[str, Any]:
    encoder, read = construction.encoder, construction.readout
    slots, tokens = encoder.slots, encoder.tokens
    if read.group is None:
        raise NotCertifiable("a certificate for all sizes reads the rows of one group of tokens")
    return {
        "kind": "encoder",
        "slots": [[name, _size(size)] for name, size in slots.parts],
        "tokens": [[name, _size(size)] for name, size in tokens.parts],
        "layers": [_layer(layer, construction) for layer in encoder.layers],
        "placements": [_placement(placement, construction) for placement in construction.placements],
        "readout": [tokens.names.index(read.group), slots.names.index(read.slot)],
    }


def _placement(placement: Placement, construction: Construction) -> list[Any]:
    slots, tokens = construction.encoder.slots, construction.encoder.tokens
    height, width = _size(tokens.size(placement.group)), _size(slots.size(placement.slot))
    what: dict[str, Tree] = {
        "input": ["name", placement.name],
        "identity": ["identity", height],
        "ones": ["ones", height, width],
    }
    if placement.what not in what:
        raise NotCertifiable(f"a certificate for all sizes places no {placement.what} tokens")
    return [tokens.names.index(placement.group), slots.names.index(placement.slot), what[placement.what]]


def _layer(layer: Layer, construction: Construction) -> dict[str, Any]:
    slots, network = construction.encoder.slots, layer.feed_forward
    return {
        "heads": [_head(head, construction) for head in layer.heads],
        "feed_forward": None if network is None else _network(network, slots),
        "residual": layer.residual,
        "residual_2": network is None or network.residual,
    }


def _head(head: Head, construction: Construction) -> dict[str, Any]:
    slots, tokens, mask = construction.encoder.slots, construction.encoder.tokens, head.mask
    if mask.positions is not None or mask.matrix is not None:
        raise NotCertifiable("a certificate for all sizes has masks by token group only")
    if head.normaliser not in recheck_blocks.NORMALISERS:
        raise NotCertifiable(f"a certificate for all sizes has no {head.normaliser} heads")
    inner, middle = _cut(head.W_Q, 1), _cut(head.W_V, 1)
    widths = [size for _, size in slots.parts]
    return {
        "inner": [_size(size) for size in inner],
        "middle": [_size(size) for size in middle],
        "keys": [tokens.names.index(name) for name in mask.visible(tokens)],
        "causal": mask.causal,
        "normaliser": head.normaliser,
        "W_Q": _weight(head.W_Q, widths, inner),
        "W_K": _weight(head.W_K, widths, inner),
        "W_V": _weight(head.W_V, widths, middle),
        "W_O": _weight(head.W_O, middle, widths),
    }


def _network(network: FeedForward, slots: Layout) -> dict[str, Any]:
    if network.b_1 is not None or network.b_2 is not None:
        raise NotCertifiable("a certificate for all sizes has no biases of units")
    for name, _ in network.activations:
        if name not in recheck_blocks.UNITS:
            raise NotCertifiable(f"a certificate for all sizes has no {name} units")
    widths, hidden = [size for _, size in slots.parts], [size for _, size in network.activations]
    return {
        "activations": [[name, _size(size)] for name, size in network.activations],
        "W_1": _weight(network.W_1, widths, hidden),
        "W_2": _weight(network.W_2, hidden, widths),
    }


def _table(weight: Any) -> Any:
    if isinstance(weight, sympy.MatrixBase):
        raise NotCertifiable("a certificate for all sizes has weights in blocks only")
    return weight.blocks if isinstance(weight, sympy.BlockMatrix) else sympy.Matrix([[weight]])


def _cut(weight: Any, axis: int) -> list[Any]:
    """The sizes of the columns (or rows) of blocks."""
    table = _table(weight)
    if axis:
        return [table[0, j].shape[1] for j in range(table.cols)]
    return [table[i, 0].shape[0] for i in range(table.rows)]


def _weight(weight: Any, rows: list[Any], cols: list[Any]) -> list[Any]:
    """The blocks of a weight that are not zero: row, column, and the multiple of the identity that it is."""
    found_cuts, wanted = (_cut(weight, 0), _cut(weight, 1)), (rows, cols)
    if [list(map(_size, part)) for part in found_cuts] != [list(map(_size, part)) for part in wanted]:
        raise NotCertifiable("a weight is cut in another way than the slots")
    table, found = _table(weight), []
    for i in range(table.rows):
        for j in range(table.cols):
            block = table[i, j]
            if not block.is_ZeroMatrix:
                found.append([i, j, _multiple(block)])
    return found


def _multiple(block: Any) -> Tree:
    if isinstance(block, sympy.Identity):
        return ["number", "1"]
    if isinstance(block, sympy.MatMul) and len(block.args) == 2 and isinstance(block.args[1], sympy.Identity):
        return scalars_tree(sympy.expand(block.args[0]))
    raise NotCertifiable("a certificate for all sizes has multiples of identities as blocks of weights only")


def check_accepted(data: bytes) -> None:
    """``NotCertifiable`` where the checker's calculus is too weak for what was proved."""
    try:
        recheck_blocks.establish(data)
    except (ValueError, LookupError, TypeError) as error:
        raise NotCertifiable(f"the checker for all sizes does not see it: {error}") from None
