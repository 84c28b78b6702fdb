"""Constructions: calling one encodes, runs and decodes; inputs are checked by name; cuts have names of their own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.encoder.layers import Encoder, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.errors import BadInput
from symsim.formulas import matrix, softmax
from symsim.proof import check
from symsim.simulators import universal
from symsim.simulators.heads import head

U = universal(n=2, d=2)
I2 = [[1, 0], [0, 1]]


def attention(X: Any, A: Any, V: Any) -> Any:
    """What U computes, in numpy."""
    S = X @ A @ X.T
    weights = np.exp(S - S.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ X @ V


KINDS: list[Any] = [
    [[1, -1], [2, 0]],
    ((1, -1), (2, 0)),
    [[Fraction(1), Fraction(-1)], [Fraction(2), 0]],
    sympy.Matrix([[1, -1], [2, 0]]),
    sympy.ImmutableSparseMatrix([[1, -1], [2, 0]]),
    np.array([[1, -1], [2, 0]]),
    [[1.0, -1.0], [2.0, 0.0]],
]


@pytest.mark.parametrize("X", KINDS, ids=lambda X: type(X).__name__)
def test_inputs_of_every_kind(X: Any) -> None:
    found = U(X=X, A=I2, V=I2)
    assert isinstance(found, sympy.MatrixBase)
    expected = attention(np.array([[1.0, -1], [2, 0]]), np.eye(2), np.eye(2))
    assert np.allclose(np.array(found.evalf(20).tolist(), dtype=float), expected)
    assert U.encode(X=X, A=I2, V=I2).shape == (6, U.encoder.slots.total)


def test_floats_in_numpy_arrays_stay_floats() -> None:
    rng = np.random.default_rng(0)
    X, A, V = (rng.normal(size=(2, 2)) for _ in range(3))
    found = U(X=X, A=A, V=V)
    assert isinstance(found, np.ndarray)
    assert np.allclose(found, attention(X, A, V), atol=1e-12)


def test_symbols_go_through() -> None:
    a = sympy.Symbol("a")
    found = universal(n=2, d=1)(X=[[a], [0]], A=[[1]], V=[[1]])
    assert sympy.simplify(found[0, 0] - a * sympy.exp(a**2) / (sympy.exp(a**2) + 1)) == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X": [[1, 1]]}, "X: expected a 2 x 2 matrix, got 1 x 2"),
        ({"A": [[1, 1], [1]]}, "A: the rows of a matrix have one length"),
        ({"V": []}, "V: expected a 2 x 2 matrix, got 0 x 0"),
        ({"V": [[], []]}, "V: expected a 2 x 2 matrix, got 2 x 0"),
        ({"X": 3}, "X: expected a 2 x 2 matrix, got 1 x 1"),
        ({"X": None}, "X: expected a 2 x 2 matrix"),
        ({"X": [[0.1, 1], [1, 1]]}, r"X: the float 0.1 at row 1, column 1 .*Fraction\('0.1'\).*--rationalize"),
        ({"A": [[1, 1], [1, float("nan")]]}, "A: nan at row 2, column 2 is no number"),
        ({"A": [[1, 1], [1, float("inf")]]}, "A: inf at row 2, column 2 is no number"),
        ({"A": np.array([[1, 1], [1, np.nan]])}, "A: .*NaN or infinite"),
        ({"A": [[sympy.oo, 1], [1, 1]]}, "A: .*has to be finite"),
        ({"A": [[sympy.I, 1], [1, 1]]}, "A: .*not exp-rational"),
        ({"A": [[sympy.pi, 1], [1, 1]]}, "A: .*not exp-rational"),
        ({"A": [["__import__('os')", 1], [1, 1]]}, "A: .* is no rational number"),
        ({"A": [[1j, 1], [1, 1]]}, "A: .* is no rational number"),
        ({"W": I2}, "there is no input 'W': known: A, V, X"),
    ],
    ids=str,
)
def test_bad_inputs_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        U(**{"X": I2, "A": I2, "V": I2, **changed})
    with pytest.raises(BadInput, match=message):
        U.encode(**{"X": I2, "A": I2, "V": I2, **changed})


def test_missing_inputs_and_free_sizes() -> None:
    with pytest.raises(BadInput, match="missing inputs: A, V"):
        U(X=I2)
    with pytest.raises(BadInput, match="the sizes are symbols: build the construction at fixed sizes"):
        universal(n="n", d="d")(X=I2, A=I2, V=I2)


def test_heads_are_given_as_lists_or_stacked() -> None:
    many = universal(n=2, d=2, heads=2)
    W = [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]
    listed = many(X=I2, W_Q=W, W_K=W, W_V=W, W_O=W)
    stacked = many(X=I2, W_Q=W, W_K=W, W_V=W, W_O=[*W[0], *W[1]])
    assert listed == stacked
    with pytest.raises(BadInput, match="W_O takes a list of 2 matrices, or one matrix of 4 rows"):
        many(X=I2, W_Q=W, W_K=W, W_V=W, W_O=W[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "0 is not a size"),
        ({"d": -2}, "-2 is not a size"),
        ({"n": 1.5}, "1.5 is not a size"),
        ({"d_v": "2d"}, "cannot name a size"),
        ({"heads": 0}, "heads is a whole number of at least 1, got 0"),
        ({"heads": "two"}, "heads is a whole number of at least 1, got 'two'"),
        ({"heads": True}, "heads is a whole number"),
        ({"realisation": "row"}, "unknown realisation 'row': did you mean 'rows'"),
        ({"realisation": "scalars", "n": "n"}, "symbolic sizes need realisation='rows'"),
        ({"realisation": "softmax", "heads": 2}, "use realisation='rows'"),
        ({"scale": 2}, "a scale needs separate projections"),
    ],
    ids=str,
)
def test_simulators_that_do_not_exist(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        universal(**{"n": 2, "d": 2, **options})


# -- what tokens hold -------------------------------------------------------------------------------------------------
def test_the_encoding_computes_nothing() -> None:
    """A constant with the symbols of X and A would bring X A into the tokens, and be taken for the input by a proof."""
    entry = [[sympy.Symbol(f"X_{i},1") for _ in range(2)] for i in (1, 2)]
    with pytest.raises(BadInput, match="what slot xa of X holds is no constant: it has the symbol 'X_1,1'"):
        Placement("X", "xa", "constant", matrix=entry)
    with pytest.raises(BadInput, match="it has the symbol 'A'"):
        Placement("A", "xa", "constant", matrix=sympy.MatrixSymbol("A", 2, 2))
    with pytest.raises(BadInput, match="what slot x of X holds: unknown kind 'inputs': did you mean 'input'"):
        Placement("X", "x", "inputs", "X")
    with pytest.raises(BadInput, match="float 0.5 in what slot x of X holds"):
        Placement("X", "x", "constant", matrix=[[0.5]])
    with pytest.raises(BadInput, match="slot x of X is filled twice"):
        replace(U, placements=(*U.placements, Placement("X", "x", "ones")))
    assert Placement("X", "x", "constant", matrix=[[1, 0]]).matrix == sympy.Matrix([[1, 0]])


# -- cuts -------------------------------------------------------------------------------------------------------------
def two_steps(names: tuple[str, str]) -> Construction:
    """Layer 1 writes X A; layer 2 computes softmax(X X^T) X; the claim is about softmax(X A (X A)^T) X A, and false."""
    slots = Slots((("x", 2), ("id", 2), ("a", 2), ("xa", 2), ("out", 2)))
    tokens = TokenLayout((("X", 2), ("A", 2)))
    X, A = matrix("X", 2, 2), matrix("A", 2, 2)
    layers = (
        Layer((head(slots, ["x"], ["id"], {"a": "xa"}, "linear"),)),
        Layer((head(slots, ["x"], ["x"], {"x": "out"}, "softmax", Mask(keys=("X",))),)),
    )
    return Construction(
        name="two steps",
        encoder=Encoder(slots, tokens, layers),
        inputs=(("X", (2, 2)), ("A", (2, 2))),
        placements=(
            Placement("X", "x", "input", "X"),
            Placement("A", "id", "identity"),
            Placement("A", "a", "input", "A"),
        ),
        readout=Readout("out", (2, 2), "X"),
        computes=softmax(X @ A @ (X @ A).T) @ X @ A,
        cuts=(Cut(names[0], 0, "xa", X @ A, "X"), Cut(names[1], 1, "out", softmax(X @ X.T) @ X, "X")),
    )


def test_a_cut_may_not_be_called_like_an_input() -> None:
    """Else ``X`` in the second cut is X in its proof and X A in the composition, and the false claim is proved."""
    with pytest.raises(BadInput, match="'X' names two inputs or cuts of one construction"):
        two_steps(("X", "Y"))
    with pytest.raises(BadInput, match="'Y' names two inputs or cuts"):
        two_steps(("Y", "Y"))
    honest = two_steps(("P", "Y"))
    assert check(honest.claim).verdict == "refuted"
    X = matrix("X", 2, 2)
    assert check(replace(honest, computes=softmax(X @ X.T) @ X).claim, method="symbolic").verdict == "proved"
