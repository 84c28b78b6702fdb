"""Encoders for words as JSON: weights, embedding table and codes, exact, with a schema version and a content hash."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import sympy

from symsim.claims.word_encoder import WordEncoder
from symsim.encoder import stored
from symsim.errors import BadInput

KIND = "word encoder"


def save(encoder: WordEncoder) -> str:
    """The JSON text of an encoder for words; what it computes is no part of it."""
    data = {
        "schema_version": stored.SCHEMA_VERSION,
        "kind": KIND,
        "name": encoder.name,
        "alphabet": [_token(token) for token in encoder.alphabet],
        "length": encoder.length,
        "encoder": stored.to_dict(encoder.encoder),
        "embedding": stored.weight_data(encoder.embedding),
        "sink": stored.weight_data(encoder.sink),
        "readout": encoder.readout,
        "codes": [[str(number), _token(value)] for number, value in encoder.codes],
        "notes": list(encoder.layer_notes),
    }
    return json.dumps({**data, "hash": stored.content_hash(data)}, sort_keys=True, indent=1) + "\n"


def load(text: str, computes: Any = None) -> WordEncoder:
    """The encoder that :func:`save` wrote; ``computes`` is the side of its claim, if one is wanted.

    Raises ``BadInput`` as ``symsim.encoder.stored.load`` does.
    """
    data = stored.checked(text, KIND)
    try:
        encoder = stored.from_dict(data["encoder"])
        return WordEncoder(
            name=_text(data["name"]),
            slots=encoder.slots,
            layers=encoder.layers,
            alphabet=tuple(_read_token(token) for token in data["alphabet"]),
            length=int(data["length"]),
            embedding=_explicit(data["embedding"]),
            sink=_explicit(data["sink"]),
            readout=_text(data["readout"]),
            codes=tuple((_number(number), _read_token(value)) for number, value in data["codes"]),
            computes=computes,
            layer_notes=tuple(_text(note) for note in data["notes"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"a field of the {KIND} is missing or malformed: {type(error).__name__}: {error}") from None


def _token(token: Any) -> list[Any]:
    if isinstance(token, bool | str):
        return ["boolean" if isinstance(token, bool) else "string", token]
    return ["number", str(Fraction(token))]


def _read_token(data: Any) -> Any:
    kind, value = data
    if (kind == "boolean" and isinstance(value, bool)) or (kind == "string" and isinstance(value, str)):
        return value
    if kind != "number":
        raise BadInput(f"{data!r} is no token: it is a string, a boolean or a number")
    number = _number(value)
    return int(number) if number.denominator == 1 else number


def _number(text: Any) -> Fraction:
    entry = stored.read_weight({"shape": [1, 1], "entries": [[0, 0, text]]})[0, 0]
    return Fraction(int(entry.p), int(entry.q))


def _explicit(data: Any) -> Any:
    table = stored.read_weight(data)
    if not isinstance(table, sympy.MatrixBase):
        raise BadInput("an embedding is a table of numbers")
    return table


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{value!r} is no text")
    return value
