"""A claim from two formulas, or from their texts: what ``symsim check`` is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from symsim.claims.claim import Claim
from symsim.errors import BadInput, nearest
from symsim.formulas.parsing import parse
from symsim.formulas.sizes import as_size, shape_text, size_names
from symsim.formulas.substitution import mask_names, names, scalar_names, substitute_sizes
from symsim.formulas.syntax import Formula, Number

Text: TypeAlias = "str | Formula"


def compare(
    left: Text,
    right: Text,
    shapes: Mapping[str, Any],
    scalars: Iterable[str] = (),
    sizes: Mapping[str, int] | None = None,
    nonempty_rows: bool = False,
    functions: Iterable[str] = (),
) -> Claim:
    """The claim ``left = right`` about two formulas of one shape.

    Parameters
    ----------
    left, right
        Formulas, or texts of the matrix language. A bare ``0`` or ``I`` on one side takes the shape of the other.
    shapes
        The declared matrices in the order in which they are listed: ``{"X": ("n", "d")}``. Those that occur are inputs.
    scalars
        The names of free scalars such as ``tau``.
    sizes
        Sizes with a fixed value; the others range over the integers >= 1.
    nonempty_rows
        Whether masks are to have a 1 in each row.
    functions
        Names that stand for any function of one variable, applied to every entry.

    Raises
    ------
    BadInput
        For a text that cannot be read, sides of different shape, and a fixed size that occurs nowhere.

    >>> compare("(X A)^T", "A^T X^T", {"X": ("n", "d"), "A": ("d", "d")}).statement()
    '(X A)^T = A^T X^T for all d, n >= 1 and all real X, A (X: n x d, A: d x d)'
    """
    fixed = dict(sizes or {})
    declared = (tuple(scalars), tuple(functions))
    _check_sizes(fixed, (left, right), shapes)
    a, b = _alike(left, right, shapes, declared, fixed)
    shape_of = _inputs(a, b)
    order = [name for name in shapes if name in shape_of] + [name for name in shape_of if name not in shapes]
    masks = dict.fromkeys((*mask_names(a), *mask_names(b)))
    if nonempty_rows and not masks:
        raise BadInput("rows of masks are to be nonempty, and neither side has a mask: write softmax(S, mask=M)")
    return Claim(
        name=f"{a} = {b}",
        left=a,
        right=b,
        inputs=tuple((name, shape_of[name]) for name in order),
        scalars=tuple(dict.fromkeys((*scalar_names(a), *scalar_names(b)))),
        binary=tuple(name for name in order if name in masks),
        nonempty_rows=nonempty_rows,
        written=(" ".join(str(left).split()), " ".join(str(right).split())),
    )


def _check_sizes(fixed: Mapping[str, int], sides: tuple[Text, Text], shapes: Mapping[str, Any]) -> None:
    """Refuse a fixed size that occurs nowhere, such as a misspelt one."""
    known: dict[str, None] = {}
    for shape in shapes.values():
        for size in shape if isinstance(shape, tuple | list) else (shape,):
            known.update(dict.fromkeys(_words(size) if isinstance(size, str) else size_names(as_size(size))))
    words = {word for side in sides for word in _words(str(side))}
    for name in fixed:
        if name not in known and name not in words:
            raise BadInput(f"the size '{name}' is fixed and occurs nowhere: {nearest(name, known)}")


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z0-9_]*", text)


def _alike(
    left: Text, right: Text, shapes: Mapping[str, Any], declared: tuple[Any, Any], fixed: Mapping[str, int]
) -> tuple[Formula, Formula]:
    """Both sides read, where one may need the shape of the other; ``BadInput`` where their shapes differ."""

    def read(side: Text, like: Formula | None = None) -> Formula:
        if isinstance(side, Formula):
            return substitute_sizes(side, fixed)
        return parse(side, shapes, *declared, sizes=fixed, shape=None if like is None else like.shape)

    found: list[Formula | BadInput] = []
    for side in (left, right):
        try:
            found.append(read(side))
        except BadInput as problem:
            found.append(problem)
    a, b = found
    if isinstance(a, BadInput):
        a = read(left, b) if isinstance(b, Formula) else read(left)
    if isinstance(b, BadInput):
        b = read(right, a)
    if a.shape != b.shape:
        a, b = _stretched(lambda: (read(left, b), b)) or _stretched(lambda: (a, read(right, a))) or (a, b)
    if a.shape != b.shape:
        shown = f"{a} is {shape_text(a.shape)}, {b} is {shape_text(b.shape)}"
        hint = "; ones(n) is a column of n ones" if isinstance(a, Number) or isinstance(b, Number) else ""
        raise BadInput(f"the two sides have different shapes: {shown}{hint}")
    return a, b


def _stretched(again: Any) -> tuple[Formula, Formula] | None:
    """Both sides, one read again with the shape of the other; None where that does not make them alike."""
    try:
        a, b = again()
    except BadInput:
        return None
    return (a, b) if a.shape == b.shape else None


def _inputs(a: Formula, b: Formula) -> dict[str, Any]:
    """The matrices of both sides with their shapes; a name has one shape."""
    found = names(a)
    for name, shape in names(b).items():
        if found.setdefault(name, shape) != shape:
            raise BadInput(f"'{name}' has two shapes: {shape_text(found[name])} and {shape_text(shape)}")
    return found
