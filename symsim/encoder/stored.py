"""Encoders as JSON: exact, with a schema version and a content hash; read back they are equal to what was written."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from typing import Any

import sympy

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.untrusted import parse_json
from symsim.errors import BadInput
from symsim.formulas.sizes import as_size, size_symbol, size_text

SCHEMA_VERSION = 1
MOST_POWER = 100
"""A constant occurs in a weight to at most this power."""
MOST_BLOCKS = 10_000
"""A weight is cut into at most so many blocks."""
_RATIONAL = re.compile(r"-?\d{1,5000}(/[1-9]\d{0,5000})?\Z")


def canonical(data: Any) -> str:
    """The canonical JSON text of plain data: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def content_hash(data: dict[str, Any]) -> str:
    """SHA-256 of the canonical text of ``data`` without its own ``hash``, ``seconds`` and dates."""
    return hashlib.sha256(canonical(_timeless(data)).encode()).hexdigest()


def _timeless(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _timeless(v) for k, v in data.items() if k not in ("hash", "seconds", "date")}
    return [_timeless(v) for v in data] if isinstance(data, list) else data


def to_dict(encoder: Encoder) -> dict[str, Any]:
    """An encoder as plain data."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "kind": "encoder",
        "slots": [[name, _size(size)] for name, size in encoder.slots.parts],
        "tokens": [[name, _size(size)] for name, size in encoder.tokens.parts],
        "constants": list(encoder.constants),
        "layers": [_layer(layer) for layer in encoder.layers],
    }
    return {**data, "hash": content_hash(data)}


def save(encoder: Encoder) -> str:
    """The JSON text of an encoder."""
    return json.dumps(to_dict(encoder), sort_keys=True, indent=1) + "\n"


def load(text: str) -> Encoder:
    """The encoder that :func:`save` wrote.

    Raises ``BadInput`` for torn JSON, another schema, values that are not exact, and content that does not match its
    hash.
    """
    return from_dict(checked(text, "encoder"))


def checked(text: str, kind: str) -> dict[str, Any]:
    """The plain data in a JSON text of one kind: complete, of this schema, and with the right hash."""
    data = parse_json(text)
    if not isinstance(data, dict) or data.get("kind") != kind:
        raise BadInput(f"this JSON holds no {kind}: its 'kind' has to be '{kind}'")
    if data.get("schema_version") != SCHEMA_VERSION:
        version = data.get("schema_version")
        raise BadInput(f"schema_version {version!r} is not known; this program reads {SCHEMA_VERSION}")
    try:
        found = content_hash(data)
    except RecursionError:
        raise BadInput(f"this JSON is nested too deeply to be a {kind}") from None
    if data.get("hash") != found:
        raise BadInput("the content does not match its hash: the file was edited or damaged")
    return data


def from_dict(data: dict[str, Any]) -> Encoder:
    """The encoder of plain data."""
    try:
        return Encoder(
            slots=Slots(tuple((name, _read_size(size)) for name, size in data["slots"])),
            tokens=TokenLayout(tuple((name, _read_size(size)) for name, size in data["tokens"])),
            layers=tuple(_read_layer(layer) for layer in data["layers"]),
            constants=tuple(data["constants"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"a field of the encoder is missing or malformed: {type(error).__name__}: {error}") from None


def _size(size: Any) -> Any:
    return size if isinstance(size, int) else size_text(as_size(size))


def _read_size(size: Any) -> Any:
    if isinstance(size, int):
        if size < 0:
            raise BadInput(f"{size} is no size")
        return size
    if len(size) > 1000:
        raise BadInput("a size is longer than 1000 characters")
    total: Any = 0
    for summand in size.split("+"):
        product: Any = 1
        for factor in summand.split("*"):
            factor = factor.strip()
            product = product * (int(factor) if factor.isdecimal() else size_symbol(factor))
        total = total + product
    return as_size(total)


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "residual": layer.residual,
        "heads": [_head(head) for head in layer.heads],
        "feed_forward": _network(layer.feed_forward) if layer.feed_forward else None,
    }


def _head(head: Head) -> dict[str, Any]:
    mask = head.mask
    return {
        "name": head.name,
        "normaliser": head.normaliser,
        "mask": {
            "keys": list(mask.keys) if mask.keys is not None else None,
            "positions": list(mask.positions) if mask.positions is not None else None,
            "causal": mask.causal,
            "matrix": weight_data(mask.matrix),
        },
        **{part: weight_data(getattr(head, part)) for part in ("W_Q", "W_K", "W_V", "W_O")},
    }


def _network(network: FeedForward) -> dict[str, Any]:
    return {
        "activations": [[name, _size(size)] for name, size in network.activations],
        "residual": network.residual,
        **{part: weight_data(getattr(network, part)) for part in ("W_1", "b_1", "W_2", "b_2")},
    }


def weight_data(weight: Any) -> Any:
    """A weight as plain data; None stays None."""
    if weight is None:
        return None
    if isinstance(weight, sympy.MatrixBase):
        entries = [[int(i), int(j), _entry(v)] for (i, j), v in sorted(weight.todok().items())]
        return {"shape": [int(weight.rows), int(weight.cols)], "entries": entries}
    table = weight.blocks if isinstance(weight, sympy.BlockMatrix) else sympy.Matrix([[weight]])
    places = [(i, j) for i in range(table.rows) for j in range(table.cols) if not table[i, j].is_ZeroMatrix]
    return {
        "rows": [_size_of(table[i, 0].shape[0]) for i in range(table.rows)],
        "cols": [_size_of(table[0, j].shape[1]) for j in range(table.cols)],
        "blocks": [[i, j, *_block(table[i, j])] for i, j in places],
    }


def _size_of(size: Any) -> Any:
    return int(size) if getattr(size, "is_Integer", False) else _size(size)


def _block(block: Any) -> list[Any]:
    if isinstance(block, sympy.Identity):
        return ["identity", "1"]
    if isinstance(block, sympy.MatMul) and len(block.args) == 2 and isinstance(block.args[1], sympy.Identity):
        return ["identity", _entry(block.args[0])]
    if isinstance(block, sympy.OneMatrix):
        return ["ones", "1"]
    if isinstance(block, sympy.MatMul) and len(block.args) == 2 and isinstance(block.args[1], sympy.OneMatrix):
        return ["ones", _entry(block.args[0])]
    raise BadInput(f"a block {block} cannot be stored: only multiples of identities and of ones")


def _entry(value: Any) -> Any:
    if value.is_Rational:
        return str(value)
    poly = sympy.Poly(value, *sorted(value.free_symbols, key=str))
    names = [str(g) for g in poly.gens]
    return {"symbols": names, "terms": [[list(powers), str(c)] for powers, c in sorted(poly.terms())]}


def _read_entry(value: Any) -> Any:
    if isinstance(value, dict):
        symbols = [sympy.Symbol(name) for name in value["symbols"]]
        total = sympy.Integer(0)
        for powers, coefficient in value["terms"]:
            if any(not isinstance(power, int) or not 0 <= power <= MOST_POWER for power in powers):
                raise BadInput(f"{powers!r} are no powers of constants: they are 0 to {MOST_POWER}")
            factors = [symbol**power for symbol, power in zip(symbols, powers, strict=True)]
            total += _read_entry(coefficient) * sympy.Mul(*factors)
        return total
    if not isinstance(value, str) or not _RATIONAL.match(value):
        raise BadInput(f"{value!r} is no exact entry: write it as a string such as '1/2'")
    exact = Fraction(value)
    return sympy.Rational(exact.numerator, exact.denominator)


def read_weight(data: Any) -> Any:
    """The weight of :func:`weight_data`."""
    if data is None:
        return None
    if "shape" in data:
        rows, cols = data["shape"]
        entries = {(int(i), int(j)): _read_entry(v) for i, j, v in data["entries"]}
        if rows * cols > 10**9 or any(not (0 <= i < rows and 0 <= j < cols) for i, j in entries):
            raise BadInput(f"an entry lies outside its {rows} x {cols} weight")
        return sympy.ImmutableSparseMatrix(rows, cols, entries)
    if not (isinstance(data["rows"], list) and isinstance(data["cols"], list)):
        raise BadInput("the rows and cols of a weight in blocks are lists of sizes")
    if len(data["rows"]) * len(data["cols"]) > MOST_BLOCKS:
        raise BadInput(f"a weight in blocks has at most {MOST_BLOCKS} of them")
    heights, widths = [_read_size(s) for s in data["rows"]], [_read_size(s) for s in data["cols"]]
    given = {(i, j): (kind, _read_entry(c)) for i, j, kind, c in data["blocks"]}
    table = []
    for i, height in enumerate(heights):
        table.append([_read_block(given.get((i, j)), height, width) for j, width in enumerate(widths)])
    return sympy.BlockMatrix(table)


def _read_block(block: Any, height: Any, width: Any) -> Any:
    if block is None:
        return sympy.ZeroMatrix(height, width)
    kind, coefficient = block
    if kind not in ("identity", "ones"):
        raise BadInput(f"unknown block '{kind}'")
    base = sympy.Identity(height) if kind == "identity" else sympy.OneMatrix(height, width)
    return base if coefficient == 1 else sympy.MatMul(coefficient, base)


def _read_layer(data: Any) -> Layer:
    heads = []
    for item in data["heads"]:
        mask = item["mask"]
        parts = {part: read_weight(item[part]) for part in ("W_Q", "W_K", "W_V", "W_O")}
        sight = Mask(mask["keys"], mask["positions"], bool(mask["causal"]), read_weight(mask["matrix"]))
        heads.append(Head(**parts, mask=sight, normaliser=item["normaliser"], name=item["name"]))
    network = None
    if data["feed_forward"] is not None:
        item = data["feed_forward"]
        runs = tuple((name, _read_size(size)) for name, size in item["activations"])
        parts = {part: read_weight(item[part]) for part in ("W_1", "b_1", "W_2", "b_2")}
        network = FeedForward(**parts, activations=runs, residual=bool(item["residual"]))
    return Layer(tuple(heads), network, bool(data["residual"]), data["name"])
