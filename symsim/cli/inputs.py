"""The inputs of ``check --at``: named matrices and numbers in a JSON file, read exactly, and both sides at them."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.sides import prepare
from symsim.domains.exact import Exact
from symsim.encoder.untrusted import parse_json, read_text
from symsim.errors import BadInput, Undefined, nearest
from symsim.formulas.sizes import shape_text

MOST_BYTES = 2**20
"""A file of inputs has at most so many bytes."""
LONGEST = 300
"""The most digits of a number, and the largest exponent: what the matrix language takes too."""
NUMBER = re.compile(r"[+-]?(\d+(/\d+)?|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)", re.ASCII)
EXAMPLE = '{"X": [[1, 0.5], ["1/3", 2]], "tau": 2}'


def values_at(claim: Claim, path: Path) -> dict[str, Any]:
    """Both sides at the inputs of a JSON file, as rows of exact texts, and whether they are equal there.

    Raises ``BadInput`` where the file does not give the inputs of the claim, or a side does not exist there.
    """
    given = read_inputs(path)
    _check_names(claim, given, path)
    matrices = {name: _matrix(given[name], f"{path}, {name}") for name, _ in claim.inputs}
    scalars = {name: _scalar(given[name], f"{path}, {name}") for name in claim.scalars}
    claim = claim if claim.fixed else claim.at(_sizes(claim, matrices, path))
    for name, shape in claim.inputs:
        found = (len(matrices[name]), len(matrices[name][0]))
        if found != shape:
            raise BadInput(f"{path}: {name} is {shape_text(found)}, and has to be {shape_text(shape)}")
    _check_masks(claim, matrices, path)
    domain = Exact()
    try:
        inputs = {name: domain.given(matrices[name], *shape) for name, shape in claim.inputs}
        left, right = (prepare(side, domain, inputs, scalars)(None) for side in (claim.left, claim.right))
    except Undefined as error:
        raise BadInput(f"{path}: a side has no value at these inputs: {error}") from None
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    texts = [[[str(entry) for entry in row] for row in domain.to_sympy(side).tolist()] for side in (left, right)]
    return {"left": texts[0], "right": texts[1], "equal": domain.equal(left, right) is True}


def read_inputs(path: Path) -> dict[str, Any]:
    """Named matrices and numbers of a JSON file, every number an exact rational; decimals and texts "1/3" are exact.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
    ...     _ = file.write('{"tau": 0.1, "u": ["1/3", 2]}'), file.flush()
    ...     read_inputs(Path(file.name))
    {'tau': Fraction(1, 10), 'u': [Fraction(1, 3), Fraction(2, 1)]}
    """
    text = read_text(path, MOST_BYTES)
    try:
        data = parse_json(text, str(path), numbers=True)
    except BadInput as error:
        raise BadInput(f"{error}; it should look like {EXAMPLE}") from None
    if not isinstance(data, dict):
        raise BadInput(f"{path} has to hold an object that names the inputs, such as {EXAMPLE}")
    return {name: _exact(value, f"{path}, {name}") for name, value in data.items()}


def _exact(value: Any, where: str) -> Any:
    """Lists of texts as lists of rationals; nothing else is taken."""
    if isinstance(value, list):
        return [_exact(item, where) for item in value]
    if isinstance(value, str) and len(value) <= LONGEST and value.isascii() and value.isdecimal():
        return Fraction(int(value))
    shown = json.dumps(value)
    shown = shown if len(shown) <= 40 else shown[:36] + " ..."
    if not isinstance(value, str) or not NUMBER.fullmatch(value.strip()):
        raise BadInput(f'{where}: {shown} is no number; write an integer, a decimal or a text such as "1/3"')
    exponent = value.lower().partition("e")[2].lstrip("+-0")
    if len(value) > 2 * LONGEST or len(exponent) > 3 or (exponent and int(exponent) > LONGEST):
        raise BadInput(f"{where}: {shown} is too long: at most {LONGEST} digits, and an exponent up to {LONGEST}")
    try:
        return Fraction(value.strip())
    except ZeroDivisionError:
        raise BadInput(f"{where}: {shown} divides by zero") from None


def _check_names(claim: Claim, given: dict[str, Any], path: Path) -> None:
    wanted = [*(name for name, _ in claim.inputs), *claim.scalars]
    missing = [name for name in wanted if name not in given]
    if missing:
        raise BadInput(f"{path} does not give {', '.join(missing)}; it has to name {', '.join(wanted)}")
    for name in given:
        if name not in wanted:
            raise BadInput(f"{path} gives '{name}', which the formulas do not use: {nearest(name, wanted)}")


def _matrix(value: Any, where: str) -> list[list[Fraction]]:
    """Rows of equal length; a flat list is a column, and a number is a 1 x 1 matrix."""
    value = value if isinstance(value, list) else [value]
    rows = [row if isinstance(row, list) else [row] for row in value]
    if not rows or not all(rows):
        raise BadInput(f"{where} is empty: a matrix has at least one row and one column")
    lengths = [len(row) for row in rows]
    if len(set(lengths)) > 1:
        raise BadInput(f"{where}: the rows have different lengths: {', '.join(map(str, lengths))}")
    if any(isinstance(entry, list) for row in rows for entry in row):
        raise BadInput(f"{where} is nested too deep: a matrix is a list of rows, a row a list of numbers")
    return rows


def _scalar(value: Any, where: str) -> Fraction:
    if isinstance(value, list):
        raise BadInput(f"{where} is a scalar: give one number, not a list")
    return Fraction(value)


def _sizes(claim: Claim, matrices: dict[str, list[list[Fraction]]], path: Path) -> dict[str, int]:
    """The sizes that the shapes of the given matrices imply."""
    found: dict[str, tuple[int, str]] = {}
    for name, shape in claim.inputs:
        rows = matrices[name]
        for symbol, size in zip(shape, (len(rows), len(rows[0])), strict=True):
            if isinstance(symbol, int) or not symbol.is_Symbol:
                continue
            known, origin = found.setdefault(symbol.name, (size, name))
            if known != size:
                shown = f"{path}: {name} is {len(rows)} x {len(rows[0])}"
                raise BadInput(f"{shown}, so {symbol} would be {size}, but {origin} says {symbol} = {known}")
    missing = [name for name in claim.free_sizes if name not in found]
    if missing:
        raise BadInput(f"the inputs in {path} leave {', '.join(missing)} open: fix it with --size {missing[0]}=2")
    return {name: size for name, (size, _) in found.items()}


def _check_masks(claim: Claim, matrices: dict[str, list[list[Fraction]]], path: Path) -> None:
    for name in claim.binary:
        if any(entry not in (0, 1) for row in matrices[name] for entry in row):
            raise BadInput(f"{path}, {name} is a mask: its entries are 0 and 1")
        if claim.nonempty_rows and not all(any(row) for row in matrices[name]):
            raise BadInput(f"{path}, {name} has a row without a 1, which --mask-rows nonempty excludes")
