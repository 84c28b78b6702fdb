"""What occurs in a formula, and formulas with something else in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as replaced
from typing import Any

from symsim.domains.layout import Size
from symsim.errors import BadInput
from symsim.formulas.building import formula as as_formula
from symsim.formulas.functions import Softmax
from symsim.formulas.sizes import shape_text, size_names, substituted
from symsim.formulas.syntax import Formula, Identity, Name, Ones, Scalar, Shape, Zero, described


def walk(formula: Formula) -> Iterator[Formula]:
    """Every different sub-formula once, what stands below first, in the order of the text.

    >>> from symsim.formulas.building import matrix
    >>> X = matrix("X", "n", "n")
    >>> [str(part) for part in walk(X @ X.T + X)]
    ['X', 'X^T', 'X X^T', 'X X^T + X']
    """
    seen: set[Formula] = set()
    stack: list[tuple[Formula, bool]] = [(formula, False)]
    while stack:
        node, below_done = stack.pop()
        if node in seen:
            continue
        if below_done:
            seen.add(node)
            yield node
        else:
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(node.parts))


def names(formula: Formula) -> dict[str, Shape]:
    """The matrix variables with their shapes, in the order of the text, masks included.

    Raises ``BadInput`` where one name has two shapes.

    >>> from symsim.formulas.building import matrix
    >>> names(matrix("X", "n", "d") @ matrix("A", "d", "d"))
    {'X': (n, d), 'A': (d, d)}
    """
    found: dict[str, Shape] = {}
    for node in walk(formula):
        if isinstance(node, Name) and found.setdefault(node.name, node.shape) != node.shape:
            shapes = f"{shape_text(found[node.name])} and {shape_text(node.shape)}"
            raise BadInput(f"'{node.name}' has two shapes in one formula: {shapes}")
    return found


def mask_names(formula: Formula) -> tuple[str, ...]:
    """The names that stand for masks, that is for matrices with entries 0 and 1."""
    masks = [node.mask.name for node in walk(formula) if isinstance(node, Softmax) and node.mask is not None]
    return tuple(dict.fromkeys(masks))


def scalar_names(formula: Formula) -> tuple[str, ...]:
    """The declared scalars, in the order of the text; sizes used as numbers are not among them."""
    found = [node.name for node in walk(formula) if isinstance(node, Scalar) and not node.is_size]
    return tuple(dict.fromkeys(found))


def free_sizes(formula: Formula) -> tuple[str, ...]:
    """The names of the sizes that are still symbols, sorted.

    >>> from symsim.formulas.building import matrix
    >>> free_sizes(matrix("X", "n", 3).T)
    ('n',)
    """
    found: set[str] = set()
    for node in walk(formula):
        if isinstance(node, Name | Zero | Ones | Identity):
            for size in node.shape:
                found.update(size_names(size))
        elif isinstance(node, Scalar) and node.is_size:
            found.add(node.name)
    return tuple(sorted(found))


def rebuilt(formula: Formula, leaf: Callable[[Formula], Formula]) -> Formula:
    """The formula with ``leaf`` applied to every node that has nothing below it; products stay flat."""
    done: dict[Formula, Formula] = {}
    for node in walk(formula):
        parts = [done[part] for part in node.parts]
        if not parts:
            done[node] = leaf(node)
        else:
            unchanged = all(new is old for new, old in zip(parts, node.parts, strict=True))
            done[node] = node if unchanged else node.with_parts(parts)
    return done[formula]


def substitute_sizes(formula: Formula, values: Mapping[str, Size]) -> Formula:
    """The formula with sizes replaced by integers or by other sizes, also where a size is used as a number.

    >>> from symsim.formulas.building import matrix, ones
    >>> f = matrix("X", "n", "d") @ ones("d")
    >>> substitute_sizes(f, {"n": 3, "d": 2})
    <X ones(2): 3 x 1>
    """

    def leaf(node: Formula) -> Formula:
        if isinstance(node, Scalar):
            return as_formula(values[node.name]) if node.is_size and node.name in values else node
        changed = {name: substituted(getattr(node, name), values) for name in _SIZES.get(type(node), ())}
        if all(getattr(node, name) == size for name, size in changed.items()):
            return node
        return replaced(node, **changed)

    return rebuilt(formula, leaf)


_SIZES: dict[type[Formula], tuple[str, ...]] = {
    Name: ("rows", "cols"),
    Zero: ("rows", "cols"),
    Ones: ("rows", "cols"),
    Identity: ("size",),
}


def replace(formula: Formula, mapping: Mapping[Any, Formula]) -> Formula:
    """The formula with variables replaced by formulas of the same shape, all at once.

    ``mapping`` is keyed by name or by the variable itself. A mask can be replaced by a variable only.

    >>> from symsim.formulas.building import matrix
    >>> X, A, Y = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("Y", "n", "d")
    >>> replace(Y @ Y.T, {"Y": X @ A})
    <X A (X A)^T: n x n>
    """
    by_name = {key.name if isinstance(key, Name | Scalar) else str(key): value for key, value in mapping.items()}

    def leaf(node: Formula) -> Formula:
        if not isinstance(node, Name | Scalar) or node.name not in by_name:
            return node
        new = by_name[node.name]
        if not isinstance(new, Formula) or new.shape != node.shape:
            got = described(new) if isinstance(new, Formula) else repr(new)
            raise BadInput(f"{described(node)} cannot be replaced by {got}: the shapes have to be equal")
        return new

    return rebuilt(formula, leaf)
