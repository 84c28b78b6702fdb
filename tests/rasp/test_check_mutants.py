"""Every single change of a matrix program: what is proved holds at random numbers, what is refuted differs there."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy

import symsim as ss
from symsim.rasp.interpreter import SHIPPED

CHANGES = {
    "+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "<": "<=", "==": "<", "0": "1", "1": "2",
    "r": "c", "c": "r", "k": "c", "and": "or", "exp": "-",
}  # fmt: skip
PARTS = {
    "transposition": ("_row", "_column", "_at", "_first", "transpose_of"),
    "matmul": ("product_of", "behind"),
    "softmax": ("softmax_of",),
}
SIZES = {"r": 2, "k": 3, "c": 2}
CASES: dict[str, tuple[str, str, dict[str, Any], list[int]]] = {
    "transposition": ("transposition(r, k)", "A^T", {"A": ("r", "k")}, [2, 3]),
    "matmul": ("matmul(r, k, c)", "A B", {"A": ("r", "k"), "B": ("k", "c")}, [2, 3, 2]),
    "softmax": ("softmax(r, k)", "softmax(A)", {"A": ("r", "k")}, [2, 3]),
}
TEXT = (SHIPPED / "matrices.rasp").read_text(encoding="utf-8")


def mutants(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The text of the library with one word of one of the functions changed, and what was changed."""
    for name in names:
        start = TEXT.index("{", TEXT.index(f"def {name}("))
        end = TEXT.index("}\n", start)
        for word in re.finditer(r"==|<|[-+*/%]|\b(?:0|1|r|c|k|and|exp)\b", TEXT[start:end]):
            at, new = start + word.start(), CHANGES[word[0]]
            yield TEXT[:at] + new + TEXT[at + len(word[0]) :], f"{name}, character {word.start()}: {word[0]} to {new}"


def expected(kind: str, A: Any, B: Any) -> list[Any]:
    """The result by sympy alone."""
    if kind == "transposition":
        return list(A.T)
    if kind == "matmul":
        return list(A * B)
    return [sympy.exp(A[i, j]) / sum(sympy.exp(v) for v in A.row(i)) for i in range(A.rows) for j in range(A.cols)]


def close(a: Any, b: Any) -> bool:
    return bool(abs(sympy.N(sympy.sympify(a) - sympy.sympify(b), 40)) < sympy.Float(10) ** -30)


@pytest.mark.parametrize("kind", CASES)
def test_every_verdict_stands_up_to_numbers(kind: str, tmp_path: Path) -> None:
    call, formula, shapes, args = CASES[kind]
    names = set(re.findall(r"\w+", " ".join(" ".join(shape) for shape in shapes.values())))
    sizes = {name: SIZES[name] for name in sorted(names)}
    draw = random.Random(3)
    seen = {"proved": 0, "refuted": 0, "undecided": 0}
    for number, (text, what) in enumerate(mutants(PARTS[kind])):
        path = tmp_path / f"m{number}.rasp"
        path.write_text(text)
        try:
            library = ss.rasp.load(path)
            (claim,) = ss.rasp.claims(library, call, formula, shapes, sizes)
            report = ss.check(claim)
        except ss.BadInput:
            continue  # the changed program cannot be read, or runs at no input
        seen[str(report.verdict)] += 1
        rows = {name: [SIZES[size] for size in shape] for name, shape in shapes.items()}
        if str(report.verdict) == "proved":
            given = {n: sympy.Matrix(r, c, lambda i, j: draw.randint(-3, 3)) for n, (r, c) in rows.items()}
        elif str(report.verdict) == "refuted" and report.witness.left is not None:
            given = report.witness.inputs
        else:
            continue
        tokens = [Fraction(int(v.p), int(v.q)) for name in shapes for v in given[name]]
        found = library.call(kind, args, tokens=tokens)
        wanted = expected(kind, given["A"], given.get("B"))
        same = all(close(a, b) for a, b in zip(found[: len(wanted)], wanted, strict=True))
        assert same == (str(report.verdict) == "proved"), what
    assert seen["refuted"] >= 10 and seen["undecided"] == 0, seen
