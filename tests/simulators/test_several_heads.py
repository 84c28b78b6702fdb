"""Cross attention, linear attention and Linformer with several heads: against numpy written by hand; planted faults."""

from __future__ import annotations

from typing import Any

import pytest

from symsim.errors import BadInput
from symsim.proof import check
from symsim.simulators import cross_attention, linear_attention, linformer, looped, unwritten
from tests.simulators.test_family import agree, drawn, shares


def split(g: dict[str, Any], heads: int) -> list[dict[str, Any]]:
    """The parameters of each head, without its number."""
    return [{name[:-1]: value for name, value in g.items() if name[-1] == str(h)} for h in range(1, heads + 1)]


@pytest.mark.parametrize("heads", [2, 4])
def test_cross_attention_in_numpy(heads: int) -> None:
    U = cross_attention(5, 3, 2, d_y=4, d_k=3, d_v=2, heads=heads)
    g = drawn(U)
    X, Y = g["X"], g["Y"]
    expected = sum(shares(Y @ p["W_Q"] @ (X @ p["W_K"]).T) @ X @ p["W_V"] @ p["W_O"] for p in split(g, heads))
    assert U.shape == (3, 4)
    agree(U, g, expected)


@pytest.mark.parametrize("heads", [2, 4])
def test_linear_attention_in_numpy(heads: int) -> None:
    U = linear_attention(4, 3, d_v=2, d_k=5, heads=heads)
    g = drawn(U)
    X = g["X"]
    agree(U, g, sum(X @ p["W_Q"] @ p["W_K"].T @ X.T @ X @ p["W_V"] @ p["W_O"] for p in split(g, heads)))
    one = linear_attention(4, 3, d_v=2, projections=True)
    g = drawn(one)
    agree(one, g, g["X"] @ g["W_Q"] @ g["W_K"].T @ g["X"].T @ g["X"] @ g["W_V"])


@pytest.mark.parametrize("heads", [2, 4])
def test_linformer_in_numpy(heads: int) -> None:
    U = linformer(6, 3, 2, d_k=4, d_v=2, heads=heads)
    g = drawn(U)
    X, E, F = g["X"], g["E"], g["F"]
    rows = (shares(X @ p["W_Q"] @ (E @ X @ p["W_K"]).T) @ F @ X @ p["W_V"] @ p["W_O"] for p in split(g, heads))
    agree(U, g, sum(rows))


def test_one_keyword_stands_for_all_heads() -> None:
    U = cross_attention(2, 1, 1, heads=2)
    parts: dict[str, Any] = {"W_Q": [[[1]], [[0]]], "W_K": [[[1]], [[1]]], "W_V": [[[2]], [[4]]], "W_O": [[1], [1]]}
    assert U(X=[[1], [1]], Y=[[3]], **parts).tolist() == [[6]]


@pytest.mark.parametrize("build", [cross_attention, linformer])
def test_numbers_of_heads_are_checked(build: Any) -> None:
    with pytest.raises(BadInput, match="heads is a whole number of at least 1"):
        build(2, 2, 2, heads=0)
    with pytest.raises(BadInput, match="heads is a whole number of at least 1"):
        linear_attention(2, 2, heads=True + 0.5)  # type: ignore[arg-type]


def test_a_fault_in_the_reset_is_the_same_at_symbolic_and_at_fixed_sizes() -> None:
    general = unwritten(looped("n", "d", 2), layer=1, source="a_2", target="a")
    fixed = unwritten(looped(2, 3, 2), layer=1, source="a_2", target="a")
    assert general.at({"n": 2, "d": 3}).encoder.layers == fixed.encoder.layers
    assert check(fixed.claim).verdict == "refuted"
    for source, target in (("a", "a_2"), ("id", "id")):
        with pytest.raises(BadInput, match="no unit of layer 1 reads slot"):
            unwritten(looped("n", "d", 2), layer=1, source=source, target=target)
    with pytest.raises(BadInput, match="no unit of layer 0"):
        unwritten(looped(2, 3, 2), layer=0, source="a", target="a")
    with pytest.raises(BadInput, match="did you mean 'xa'"):
        unwritten(looped(2, 3, 2), layer=1, source="xaa", target="xa")
