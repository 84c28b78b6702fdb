"""Rewrites of formulas that keep their value: one law of the matrix language, used at one node."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symsim.formulas import Formula, apply, hadamard, identity, matrix, number, ones, softmax, trace
from symsim.formulas.functions import Apply, Softmax, Trace, Transposed
from symsim.formulas.substitution import mask_names, walk
from symsim.formulas.syntax import Hadamard, Name, Ones, Product, Scaled, Sum

Law = Callable[[Any, random.Random], Formula | None]


def rewritten_formula(formula: Formula, source: random.Random) -> tuple[str, Formula]:
    """A formula with one of its nodes written in another way, and the name of the law that says so.

    >>> X, Y = matrix("X", 2, 2), matrix("Y", 2, 2)
    >>> name, other = rewritten_formula(X @ Y, random.Random(0))
    >>> other.shape, other == X @ Y
    ((2, 2), False)
    """
    masks = set(mask_names(formula))
    nodes = [node for node in walk(formula) if not (isinstance(node, Name) and node.name in masks)]
    for _ in range(50):
        node, name = source.choice(nodes), source.choice(list(LAWS))
        new = LAWS[name](node, source)
        if new is not None and new != node:
            other = put(formula, node, new)
            if other != formula:
                return name, other
    return "A = 2 A - A", 2 * formula - formula


def put(formula: Formula, old: Formula, new: Formula) -> Formula:
    """The formula with ``new`` wherever ``old`` stands."""
    done: dict[Formula, Formula] = {}
    for node in walk(formula):
        parts = [done[part] for part in node.parts]
        same = all(a is b for a, b in zip(parts, node.parts, strict=True))
        done[node] = new if node == old else node if same else node.with_parts(parts)
    return done[formula]


def _name(shape: tuple[Any, Any], source: random.Random) -> Formula:
    """A matrix of the names that drawn formulas use."""
    return matrix(f"{source.choice('XY')}{shape[0]}{shape[1]}", *shape)


def _terms_moved(node: Any, source: random.Random) -> Formula | None:
    if not isinstance(node, Sum | Hadamard):
        return None
    terms = list(node.terms)
    source.shuffle(terms)
    return node.with_parts(terms)


def _distributed(node: Any, source: random.Random) -> Formula | None:
    """A product or a scaled sum, term by term."""
    if isinstance(node, Product):
        for k, term in enumerate(node.terms):
            if isinstance(term, Sum):
                before, after = node.terms[:k], node.terms[k + 1 :]
                return _summed([_product((*before, part, *after)) for part in term.terms])
    if isinstance(node, Scaled) and isinstance(node.parts[1], Sum):
        return _summed([node.parts[0] * part for part in node.parts[1].terms])
    if isinstance(node, Hadamard) and isinstance(node.terms[0], Sum):
        return _summed([hadamard(part, *node.terms[1:]) for part in node.terms[0].terms])
    return None


def _summed(terms: list[Formula]) -> Formula:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _product(terms: tuple[Formula, ...]) -> Formula:
    total = terms[0]
    for term in terms[1:]:
        total = total @ term
    return total


def _halved(node: Formula, source: random.Random) -> Formula | None:
    c = Fraction(source.choice([1, 2, -1, 5]), source.choice([2, 3, 4]))
    return number(c) * node + number(1 - c) * node


def _added_and_taken_away(node: Formula, source: random.Random) -> Formula | None:
    other = _name(node.shape, source)
    return node + other - other


def _times_identity(node: Any, source: random.Random) -> Formula | None:
    rows, cols = node.shape
    if source.random() < 0.5:
        return None if rows == 1 else identity(rows) @ node
    return None if cols == 1 else node @ identity(cols)


def _turned_twice(node: Any, source: random.Random) -> Formula | None:
    if isinstance(node, Product):
        return _product(tuple(term.T for term in reversed(node.terms))).T
    if isinstance(node, Sum):
        return _summed([term.T for term in node.terms]).T
    return None


def _turned_inside(node: Any, source: random.Random) -> Formula | None:
    """The transpose of a sum, a product or an entrywise function, brought inside."""
    if not isinstance(node, Transposed):
        return None
    inner = node.argument
    if isinstance(inner, Product):
        return _product(tuple(term.T for term in reversed(inner.terms)))
    if isinstance(inner, Sum):
        return _summed([term.T for term in inner.terms])
    if isinstance(inner, Apply):
        return apply(inner.function, inner.argument.T)
    return None


def _traces(node: Any, source: random.Random) -> Formula | None:
    if not isinstance(node, Trace):
        return None
    inner = node.argument
    if isinstance(inner, Product):
        return trace(_product((*inner.terms[1:], inner.terms[0])))
    return trace(inner.T)


def _scores_shifted(node: Any, source: random.Random) -> Formula | None:
    """All scores of a row shifted alike."""
    if not isinstance(node, Softmax):
        return None
    rows, cols = node.shape
    shift = _name((rows, 1), source) @ ones(1, cols)
    return softmax(node.argument + shift, causal=node.causal, mask=node.mask)


def _hidden_scores(node: Any, source: random.Random) -> Formula | None:
    """Scores that the mask hides are never read: they are set to 0."""
    if not isinstance(node, Softmax) or node.mask is None:
        return None
    return softmax(hadamard(node.argument, node.mask), causal=node.causal, mask=node.mask)


def _mask_squared(node: Any, source: random.Random) -> Formula | None:
    """What a mask hides has weight 0 already."""
    return hadamard(node, node.mask) if isinstance(node, Softmax) and node.mask is not None else None


def _squares(node: Any, source: random.Random) -> Formula | None:
    if isinstance(node, Apply) and node.function == "square":
        return hadamard(node.argument, node.argument)
    return None


def _ones_times(node: Any, source: random.Random) -> Formula | None:
    return hadamard(node, ones(*node.shape))


def _softmax_rows_sum_to_one(node: Any, source: random.Random) -> Formula | None:
    """A column of ones is the row sums of a softmax without a mask."""
    if isinstance(node, Ones) and node.cols == 1:
        n = node.rows
        return softmax(_name((n, n), source)) @ ones(n, 1)
    return None


LAWS: dict[str, Law] = {
    "terms in another order": _terms_moved,
    "(A + B) C = A C + B C": _distributed,
    "A = c A + (1 - c) A": _halved,
    "A = A + B - B": _added_and_taken_away,
    "A = I A": _times_identity,
    "A B = (B^T A^T)^T": _turned_twice,
    "(A B)^T = B^T A^T": _turned_inside,
    "tr(A B) = tr(B A)": _traces,
    "softmax(S + u 1^T) = softmax(S)": _scores_shifted,
    "softmax(S .* M, mask=M) = softmax(S, mask=M)": _hidden_scores,
    "softmax(S, mask=M) .* M = softmax(S, mask=M)": _mask_squared,
    "square(A) = A .* A": _squares,
    "A = A .* 1": _ones_times,
    "softmax(S) 1 = 1": _softmax_rows_sum_to_one,
}
