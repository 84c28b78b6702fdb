"""The layer norm: its text, its value in every number system, and that proofs keep it as a function of whole rows."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symsim.claims.comparing import compare
from symsim.domains.arrays import Arrays
from symsim.domains.balls import Balls
from symsim.domains.blocks import Blocks
from symsim.domains.exact import Exact
from symsim.encoder.layers import FeedForward
from symsim.errors import BadInput
from symsim.formulas import evaluate, layernorm, matrix, parse, to_latex, to_text
from symsim.formulas.syntax import Formula
from symsim.proof import check

ROWS = [[1, 2, 6], [0, 0, 0], [-1, 1, 0]]


def norm(of: str = "X") -> Formula:
    return layernorm(matrix(of, 3, 3))


def by_hand(x: object) -> object:
    table = np.array(x, dtype=float)
    centred = table - table.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)


def test_floats_and_balls() -> None:
    floats, balls = Arrays(), Balls()
    found = np.asarray(evaluate(norm(), floats, {"X": floats.given(ROWS, 3, 3)}))
    np.testing.assert_allclose(found, by_hand(ROWS), rtol=0, atol=1e-14)
    enclosed = evaluate(norm(), balls, {"X": balls.given(ROWS, 3, 3)})
    for ball, value in zip(enclosed.ravel(), found.ravel(), strict=True):
        assert abs(float(ball.mid()) - value) < 1e-14
        assert float(ball.rad()) < 1e-20


def test_rows_are_read_one_by_one() -> None:
    exact = Exact()
    X = exact.variable("X", 3, 3)
    whole = evaluate(norm(), exact, {"X": X})
    assert exact.equal(evaluate(norm(), exact, {"X": X}, rows=[2]), exact.take(whole, [2])) is True
    assert exact.equal(evaluate(norm(), exact, {"X": X}, rows=[1]), exact.take(whole, [2])) is False


def test_text_comes_back() -> None:
    formula = parse("layernorm(X A) B", {"X": ("n", "d"), "A": ("d", "d"), "B": ("d", "v")})
    assert to_text(formula) == "layernorm(X A) B"
    assert to_latex(formula) == r"\operatorname{layernorm}(X A) B"
    with pytest.raises(BadInput, match="function of the language"):
        matrix("layernorm", 2, 2)


def test_blocks_keep_it_as_an_unknown_function_of_rows() -> None:
    n, d = sympy.symbols("n d")
    domain = Blocks()
    X = domain.variable("X", n, d)
    found = domain.row_function("layernorm", X)
    assert found is not None
    assert domain.equal(found, domain.row_function("layernorm", domain.add(X, domain.zeros(n, d)))) is True
    assert domain.equal(found, domain.row_function("other", X)) is None
    assert str(found) == "layernorm(X)"


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("layernorm(X) + layernorm(X)", "2 * layernorm(X)", "proved"),
        ("layernorm(X + X)", "layernorm(X)", "refuted"),
        ("layernorm(X)^T", "layernorm(X^T)", "refuted"),
        ("layernorm(X)", "X", "refuted"),
    ],
)
def test_claims_for_all_sizes(left: str, right: str, verdict: str) -> None:
    assert check(compare(left, right, {"X": ("n", "n")})).verdict == verdict


def test_laws_at_fixed_sizes() -> None:
    """A shift of a row changes nothing, and the norm of a single entry is 0."""
    assert check(compare("layernorm(X + u ones(2)^T)", "layernorm(X)", {"X": (2, 2), "u": (2, 1)})).verdict == "proved"
    assert check(compare("layernorm(X)", "0 * X", {"X": (2, 1)})).verdict == "proved"
    assert check(compare("layernorm(X)", "0 * X", {"X": (1, 2)})).verdict == "refuted"


def test_runs_of_units_stay_apart() -> None:
    """Two norms of two entries are not one norm of four."""
    eye = sympy.eye(4)
    apart = FeedForward(eye, None, eye, None, (("layernorm", 2), ("layernorm", 2)))
    assert apart.activations == (("layernorm", 2), ("layernorm", 2))
    assert FeedForward(eye, None, eye, None, ("layernorm",) * 4).activations == (("layernorm", 4),)
