"""Numbers for block matrices: a small numpy evaluator of normal forms, which knows every kind of letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from symsim.domains.block_coefficients import to_sympy
from symsim.domains.block_matrix import BlockMatrix
from symsim.domains.words import Letter, Sum, Word

Array = np.ndarray[Any, np.dtype[np.float64]]

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "exp": np.exp,
    "relu": lambda x: np.maximum(x, 0),
    "step": lambda x: (x >= -1e-7).astype(float),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "abs": np.abs,
    "reciprocal": lambda x: 1 / x,
    "log": np.log,
    "f": lambda x: np.tanh(x + 0.3),
}


@dataclass
class Values:
    """Values of size and scalar symbols, and of matrix symbols (drawn when first asked for)."""

    numbers: dict[str, Any]
    seed: int = 0
    matrices: dict[tuple[str, int, int], Array] = field(default_factory=dict)

    def size(self, size: Any) -> int:
        return size if isinstance(size, int) else int(self.number(size))

    def number(self, value: Any) -> Fraction:
        shown = sympy.Rational(value) if isinstance(value, int | Fraction) else value
        exact = shown.xreplace({symbol: sympy.Rational(self.numbers[symbol.name]) for symbol in shown.free_symbols})
        return Fraction(int(exact.p), int(exact.q))

    def matrix(self, name: str, rows: int, cols: int) -> Array:
        """Small integers, so that ties and zeros occur; names with M are masks, with a 1 in each row."""
        if (name, rows, cols) not in self.matrices:
            rng = np.random.default_rng([self.seed, *name.encode(), rows, cols])
            drawn = rng.integers(-2, 3, (rows, cols)).astype(float)
            if name.startswith("M"):
                drawn = (drawn > 0).astype(float)
                drawn[np.arange(rows), rng.integers(0, cols, rows)] = 1
            self.matrices[name, rows, cols] = drawn
        return self.matrices[name, rows, cols]


def attend(kind: str, scores: Array, visible: Array) -> Array:
    """Row softmax or hard attention over the entries with ``visible`` 1."""
    out = np.zeros(scores.shape)
    for i, (row, seen) in enumerate(zip(scores, visible, strict=True)):
        keys = np.flatnonzero(seen > 0.5)
        if not len(keys):
            continue
        if kind == "softmax":
            out[i, keys] = np.exp(row[keys] - row[keys].max())
        else:
            best = keys[row[keys] >= row[keys].max() - 1e-7]
            out[i, {"average": best, "left": best[:1], "right": best[-1:]}[kind]] = 1
        out[i] /= out[i].sum()
    return out


def causal(rows: int, cols: int) -> Array:
    return np.tril(np.ones((rows, cols)))


def value(matrix: BlockMatrix, values: Values) -> Array:
    """The matrix at these values."""
    lines = [
        [sum_value(matrix.at(i, j), values) for j in range(len(matrix.col_parts))] for i in range(len(matrix.row_parts))
    ]
    return np.block(lines)


def sum_value(part: Sum, values: Values) -> Array:
    rows, cols = values.size(to_sympy(part.rows)), values.size(to_sympy(part.cols))
    result = np.zeros((rows, cols))
    for (scalars, word), c in part.terms.items():
        factor = float(values.number(to_sympy(c)))
        for scalar in scalars:
            factor *= float(word_value(scalar, 1, values)[0, 0])
        result += factor * word_value(word, rows, values)
    return result


def word_value(word: Word, rows: int, values: Values) -> Array:
    result = np.eye(rows)
    for part in word:
        result = result @ letter_value(part, values)
    return result


def letter_value(part: Letter, values: Values) -> Array:
    base = part.twin if part.flip else part
    found = KINDS[part.kind](base, values)
    return found.T if part.flip else found


def _shape(part: Letter, values: Values) -> tuple[int, int]:
    return values.size(to_sympy(part.rows)), values.size(to_sympy(part.cols))


def _hadamard(part: Letter, values: Values) -> Array:
    result = np.ones(_shape(part, values))
    for factor in part.payload:
        result = result * word_value(factor, result.shape[0], values)
    return result


def _attention(part: Letter, values: Values) -> Array:
    kind, _, _, index = part.payload
    scores, visible, span = [], [], (0, 0)
    for i, group in enumerate(part.content[0]):
        rows, cols = values.size(to_sympy(group.scores.rows)), values.size(to_sympy(group.scores.cols))
        seen = causal(rows, cols) if group.causal else np.ones((rows, cols))
        if group.mask:
            seen = seen * word_value(group.mask, rows, values)
        if i == index:
            start = sum(block.shape[1] for block in scores)
            span = start, start + cols
        scores += [sum_value(group.scores, values)] * values.size(to_sympy(group.count))
        visible += [seen] * values.size(to_sympy(group.count))
    return attend(kind, np.hstack(scores), np.hstack(visible))[:, span[0] : span[1]]


KINDS: dict[str, Callable[[Letter, Values], Array]] = {
    "symbol": lambda part, values: values.matrix(part.payload[0], *_shape(part, values)),
    "one": lambda part, values: np.ones(_shape(part, values)),
    "diag": lambda part, values: np.diag(word_value(part.payload, _shape(part, values)[0], values)[:, 0]),
    "hadamard": _hadamard,
    "function": lambda part, values: FUNCTIONS[part.payload[0]](sum_value(part.content[0], values)),
    "attention": _attention,
    "causal": lambda part, values: causal(*_shape(part, values)),
    "trace": lambda part, values: np.array([[np.trace(word_value(part.payload, _side(part, values), values))]]),
    "constant": lambda part, values: np.array([[p / q for p, q in line] for line in part.payload]),
}


def _side(part: Letter, values: Values) -> int:
    return values.size(to_sympy(part.payload[0].rows))


def kinds(matrix: BlockMatrix) -> set[str]:
    """The kinds of letters that occur in the normal form, inside atoms too."""
    found: set[str] = set()
    for part in matrix.blocks.values():
        _kinds_of_sum(part, found)
    return found


def _kinds_of_sum(part: Sum, found: set[str]) -> None:
    for scalars, word in part.terms:
        for inner in (*scalars, word):
            _kinds_of_word(inner, found)


def _kinds_of_word(word: Word, found: set[str]) -> None:
    for part in word:
        found.add(part.kind)
        if part.kind in ("diag", "trace"):
            _kinds_of_word(part.payload, found)
        elif part.kind == "hadamard":
            for factor in part.payload:
                _kinds_of_word(factor, found)
        elif part.kind == "function":
            _kinds_of_sum(part.content[0], found)
        elif part.kind == "attention":
            for group in part.content[0]:
                _kinds_of_sum(group.scores, found)
