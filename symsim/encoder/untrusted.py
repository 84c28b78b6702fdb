"""Files from strangers, read within bounds: so many bytes, so many values, exact numbers only, no key twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from symsim.errors import BadInput

MOST_BYTES = 64 * 2**20
"""A JSON file has at most so many bytes,"""
MOST_DIGITS = 1000
"""and an integer in it at most so many digits."""


def read_text(path: str | Path, most: int = MOST_BYTES) -> str:
    """The text of a file of at most ``most`` bytes; no more is read, also where a device never ends.

    Raises ``BadInput`` for a file that cannot be read, is longer, or is no text in UTF-8.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > most:
        raise BadInput(f"{path} has more than {most} bytes; at most so many are read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no text in UTF-8: {error.reason} at byte {error.start}") from None


def parse_json(text: str, what: str = "this text", numbers: bool = False) -> Any:
    """The values of a JSON text; ``numbers`` leaves them as texts, otherwise there are integers and no others.

    Raises ``BadInput``, which calls the text ``what``, for a text that is torn or nested too deep, for numbers that are
    not exact or have too many digits, and for a key that an object has twice.

    >>> parse_json('{"a": [1, "1/2"]}'), parse_json("[1.50]", numbers=True)
    ({'a': [1, '1/2']}, ['1.50'])
    """

    def refuse(word: str) -> Any:
        raise BadInput(f"{what} holds {_short(word)}, which is no exact number")

    def integer(word: str) -> int:
        if len(word) > MOST_DIGITS:
            raise BadInput(f"{what} holds an integer of {len(word)} digits; at most {MOST_DIGITS} are read")
        return int(word)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise BadInput(f"{what} gives '{_short(name)}' twice")
            found[name] = value
        return found

    parse_int, parse_float = (str, str) if numbers else (integer, refuse)
    decoder = json.JSONDecoder(
        parse_int=parse_int, parse_float=parse_float, parse_constant=refuse, object_pairs_hook=unique
    )
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{what} is no complete JSON: {error}") from None
    except RecursionError:
        raise BadInput(f"{what} is nested too deep") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:36] + " ..."
