"""Normal forms keep their value: random expressions, brought to normal form, against numpy at random small sizes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from symsim.domains.block_matrix import BlockMatrix
from symsim.domains.blocks import Blocks
from symsim.domains.layout import Layout, Sight
from symsim.errors import Undefined
from tests.domains.block_values import FUNCTIONS, Array, Values, attend, causal, kinds, value

N, D, TAU = sympy.symbols("n d tau")
SIZES = [N, D, 1, 2, N + D]
LARGEST = 1e5


class OutOfRange(Exception):
    """A value is too large, or undefined: another expression has to be drawn."""


def expect(in_range: bool) -> None:
    if not in_range:
        raise OutOfRange


@dataclass
class Both:
    """One matrix twice: as a normal form, and as numbers."""

    form: BlockMatrix
    array: Array


class Builder:
    """Draws random expressions, and builds them over ``blocks`` and over numpy at once."""

    def __init__(self, rng: random.Random, values: Values) -> None:
        self.rng, self.values = rng, values
        self.domain = Blocks(scalars=("tau",), nonempty_rows=True)

    def pick(self, *options: Any) -> Any:
        return self.rng.choice(options)

    def expression(self, rows: Any, cols: Any, depth: int) -> Both:
        """A random expression of this shape."""
        made = self.leaf(rows, cols) if depth == 0 else self.node(rows, cols, depth - 1)
        height, width = self.values.size(rows), self.values.size(cols)
        assert made.array.shape == (height, width)
        expect(bool(np.all(np.isfinite(made.array)) and np.all(np.abs(made.array) < LARGEST)))
        return made

    def variable(self, name: str, rows: Any, cols: Any) -> Both:
        array = self.values.matrix(name, self.values.size(rows), self.values.size(cols))
        return Both(self.domain.variable(name, rows, cols), array)

    def ones(self, rows: Any, cols: Any) -> Both:
        return Both(self.domain.ones(rows, cols), np.ones((self.values.size(rows), self.values.size(cols))))

    def leaf(self, rows: Any, cols: Any) -> Both:
        kinds = ["A", "A", "B", "zero", "ones", "left", "right"]
        if rows == cols:
            kinds.append("identity")
        if isinstance(rows, int) and isinstance(cols, int):
            kinds.append("explicit")
        kind = self.pick(*kinds)
        height, width = self.values.size(rows), self.values.size(cols)
        if kind in ("A", "B"):
            return self.variable(kind, rows, cols)
        if kind == "zero":
            return Both(self.domain.zeros(rows, cols), np.zeros((height, width)))
        if kind == "ones":
            return self.ones(rows, cols)
        if kind == "identity":
            return Both(self.domain.identity(rows), np.eye(height))
        if kind == "explicit":
            table = [self.rng.randint(-1, 1) for _ in range(height * width)]
            matrix = sympy.Matrix(height, width, table)
            return Both(self.domain.constant(matrix), np.array(table, float).reshape(height, width))
        if kind == "left":
            return self.product(self.variable("u", rows, 1), self.ones(1, cols))
        return self.product(self.ones(rows, 1), self.transpose(self.variable("v", cols, 1)))

    def node(self, rows: Any, cols: Any, depth: int) -> Both:
        options = ["add", "add", "scale", "product", "product", "transpose", "hadamard", "entrywise"]
        options += ["attention", "quotient", "share", "part"]
        options += ["diag", "diag", "linear"] if rows == cols else ["linear"]
        options += ["trace"] * 4 if rows == cols == 1 else []
        return getattr(self, f"make_{self.pick(*options)}")(rows, cols, depth)

    def make_add(self, rows: Any, cols: Any, depth: int) -> Both:
        a, b = self.expression(rows, cols, depth), self.expression(rows, cols, self.pick(0, depth))
        return Both(self.domain.add(a.form, b.form), a.array + b.array)

    def make_scale(self, rows: Any, cols: Any, depth: int) -> Both:
        a = self.expression(rows, cols, depth)
        factor = self.pick(-1, 2, Fraction(1, 3), TAU, 1 / N, (N + TAU) / (N + D))
        number = float(self.values.number(factor))
        return Both(self.domain.scale(self.domain.scalar(factor), a.form), number * a.array)

    def make_product(self, rows: Any, cols: Any, depth: int) -> Both:
        inner = self.pick(*SIZES, rows)
        return self.product(self.expression(rows, inner, depth), self.expression(inner, cols, self.pick(0, depth)))

    def product(self, a: Both, b: Both) -> Both:
        return Both(self.domain.product(a.form, b.form), a.array @ b.array)

    def make_transpose(self, rows: Any, cols: Any, depth: int) -> Both:
        return self.transpose(self.expression(cols, rows, depth))

    def transpose(self, a: Both) -> Both:
        return Both(self.domain.transpose(a.form), a.array.T)

    def make_hadamard(self, rows: Any, cols: Any, depth: int) -> Both:
        a, b = self.expression(rows, cols, depth), self.expression(rows, cols, self.pick(0, depth))
        return Both(self.domain.hadamard(a.form, b.form), a.array * b.array)

    def make_diag(self, rows: Any, cols: Any, depth: int) -> Both:
        a = self.expression(rows, 1, depth)
        return Both(self.domain.diag(a.form), np.diag(a.array[:, 0]))

    def make_trace(self, rows: Any, cols: Any, depth: int) -> Both:
        side = self.pick(*SIZES)
        a = self.expression(side, side, depth)
        return Both(self.domain.trace(a.form), np.array([[np.trace(a.array)]]))

    def make_entrywise(self, rows: Any, cols: Any, depth: int) -> Both:
        name = self.pick(*FUNCTIONS, "exp", "exp", "reciprocal")
        return self.applied(name, self.expression(rows, cols, depth))

    def applied(self, name: str, a: Both) -> Both:
        if name == "log":
            expect(bool(np.all(a.array > 1e-6)))
        if name == "reciprocal":
            expect(bool(np.all(np.abs(a.array) > 1e-6)))
        if name == "exp":
            expect(bool(np.all(np.abs(a.array) < 10)))
        with np.errstate(all="ignore"):
            array = FUNCTIONS[name](a.array)
        return Both(self.domain.entrywise(name, a.form), array)

    def make_attention(self, rows: Any, cols: Any, depth: int) -> Both:
        """Attention over one to three groups of keys, one of which is returned."""
        widths = [cols] + [self.pick(*SIZES, cols) for _ in range(self.pick(0, 0, 1, 2))]
        groups = [self.expression(rows, width, self.pick(0, depth)) for width in widths]
        if self.pick(True, False, False) and len(groups) > 1 and widths[1] == cols:
            groups[1] = groups[0]
        chosen = self.pick(*range(len(widths)))
        widths[0], widths[chosen] = widths[chosen], widths[0]
        groups[0], groups[chosen] = groups[chosen], groups[0]
        line, keys = Layout((("q", rows),)), Layout(tuple((f"k{i}", width) for i, width in enumerate(widths)))
        form, array = self.domain.beside([g.form for g in groups], keys), np.hstack([g.array for g in groups])
        form = BlockMatrix((("q", form.row_parts[0][1]),), form.col_parts, form.blocks)
        if self.pick(True, True, False):
            shift = self.product(self.expression(rows, 1, 0), self.ones(1, sum(widths)))
            form, array = self.domain.add(form, shift.form), array + shift.array
        seen = np.ones(array.shape)
        mask = None
        if self.pick(True, False, False):
            named = [self.pick(self.variable("M", rows, width), self.ones(rows, width)) for width in widths]
            mask = self.domain.beside([m.form for m in named], keys)
            seen = seen * np.hstack([m.array for m in named])
        ordered = len(widths) == 1 and self.pick(True, False, False)
        sight = Sight(line, keys, ordered, mask, ("q", *keys.names))
        if ordered:
            sight = Sight.plain(rows, cols, True, mask)
            seen = seen * causal(*array.shape)
        kind = self.pick("softmax", "softmax", "softmax", "average", "left", "right")
        got = self.domain.softmax(form, sight) if kind == "softmax" else self.domain.hard(form, sight, kind)
        span = self.values.size(sum(widths[:chosen])), self.values.size(sum(widths[: chosen + 1]))
        own = self.domain.columns(got, keys, [f"k{chosen}"])
        return Both(own, attend(kind, array, seen)[:, span[0] : span[1]])

    def make_quotient(self, rows: Any, cols: Any, depth: int) -> Both:
        """Softmax written as a quotient, with a weight for each key."""
        above = self.applied("exp", self.expression(rows, cols, depth))
        each = self.applied("exp", self.expression(cols, 1, 0))
        if self.pick(True, False):
            each = self.ones(cols, 1)
        below = self.applied("reciprocal", self.product(above, each))
        scale = Both(self.domain.diag(below.form), np.diag(below.array[:, 0]))
        return self.product(scale, above)

    def make_share(self, rows: Any, cols: Any, depth: int) -> Both:
        """``a .* reciprocal(a)`` or ``a .* reciprocal(a + b)``."""
        a, b = self.expression(rows, cols, self.pick(0, depth)), self.expression(rows, cols, 0)
        below = Both(self.domain.add(a.form, b.form), a.array + b.array) if self.pick(True, False) else a
        over = self.applied("reciprocal", below)
        return Both(self.domain.hadamard(a.form, over.form), a.array * over.array)

    def make_linear(self, rows: Any, cols: Any, depth: int) -> Both:
        a, mask = self.expression(rows, cols, depth), self.variable("M", rows, cols)
        form = self.domain.hide(a.form, Sight.plain(rows, cols, True, mask.form))
        return Both(form, a.array * mask.array * causal(*a.array.shape))

    def make_part(self, rows: Any, cols: Any, depth: int) -> Both:
        """One block of a product of two-by-two block matrices."""
        inner = Layout((("a", self.pick(*SIZES)), ("b", self.pick(*SIZES))))
        total = Both(self.domain.zeros(rows, cols), np.zeros((self.values.size(rows), self.values.size(cols))))
        row, column = {}, {}
        for name, size in inner.parts:
            one, two = self.expression(rows, size, 0), self.expression(size, cols, depth)
            row["", name], column[name, ""] = one.form, two.form
            total.array = total.array + one.array @ two.array
        left = self.domain.assemble(row, Layout((("", rows),)), inner)
        right = self.domain.assemble(column, inner, Layout((("", cols),)))
        return Both(self.domain.product(left, right), total.array)


def check(seed: int) -> set[str]:
    """One random expression: the kinds of letters in its normal form."""
    rng = random.Random(seed)
    numbers = {"n": rng.randint(1, 3), "d": rng.randint(1, 3), "tau": sympy.Rational(3, 2)}
    build = Builder(rng, Values(numbers, rng.randint(0, 20)))
    try:
        made = build.expression(rng.choice(SIZES), rng.choice(SIZES), rng.randint(1, 4))
    except Undefined as reason:
        raise OutOfRange from reason
    got = value(made.form, build.values)
    scale = max(1.0, float(np.max(np.abs(made.array))))
    assert np.allclose(got, made.array, atol=1e-6 * scale), (seed, str(made.form), got, made.array)
    return kinds(made.form)


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_normal_forms_keep_their_value(seed: int) -> None:
    try:
        check(seed)
    except OutOfRange:
        assume(False)


def test_random_expressions_meet_every_kind_of_letter() -> None:
    found: set[str] = set()
    for seed in range(1200):
        try:
            found |= check(seed)
        except OutOfRange:
            continue
    assert found >= {"symbol", "one", "diag", "hadamard", "function", "attention", "causal", "trace", "constant"}
