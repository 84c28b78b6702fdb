"""The numbers of the authors' demo: every printed intermediate against numpy, which knows nothing of symsim."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from symsim.cli import numbers
from tests.cli.conftest import Command

X = np.array([0.8, 0.2, 0.5, 0.1, 0.9, 0.4, 0.6, 0.3, 0.7]).reshape(3, 3)
A = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]).reshape(3, 3)
V = np.array([0.1, 0.7, 0.4, 1, 0.3, 0.9, 0.5, 0.2, 0.6]).reshape(3, 3)
S = X @ A @ X.T
W = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
INPUTS = {"X": X, "A": A, "V": V}
ROWS = {"XA": X @ A, "XV": X @ V, "Y": W @ X @ V}
SCALARS = {"XT": X.T, "XA": X @ A, "XV": X @ V, "S": S, "W": W, "Y": W @ X @ V}

S_PRINTED = """\
  S = XA XT   (layer 2, slot s)
      189/200  969/1000  1071/1000 = 0.945  0.969  1.071
    1143/1000   287/250    639/500 = 1.143  1.148  1.278
    1197/1000   121/100    168/125 = 1.197   1.21  1.344
"""


def printed(text: str) -> dict[str, np.ndarray]:
    """The matrices of a part of the output by name, from their decimals."""
    found: dict[str, list[float]] = {}
    for line in text.splitlines():
        if re.match(r"  [A-Z]", line):
            name = line.split()[0]
            found[name] = []
        elif line.startswith("    "):
            found[name] += [float(word) for word in line.split(" = ")[-1].split() if not word.startswith("(")]
    return {name: np.array(values).reshape(3, 3) for name, values in found.items() if values}


@pytest.fixture
def parts(symsim: Command) -> list[str]:
    """The inputs, realisation R, realisation P and the comparison, as they are printed."""
    out = symsim("prove", "universal-simulator").out
    demo = out[out.index("The numbers of the authors' demo") :]
    return demo.split("\n\n")[:4]


def test_every_intermediate_agrees_with_numpy_to_15_digits(parts: list[str]) -> None:
    assert [part.splitlines()[0] for part in parts[1:3]] == ["  Realisation R (rows)", "  Realisation P (scalars)"]
    for part, expected in zip(parts, (INPUTS, ROWS, SCALARS), strict=False):
        found = printed(part)
        found.pop("Realisation", None)
        assert list(found) == list(expected)
        for name, value in expected.items():
            assert np.allclose(found[name], value, rtol=1e-15, atol=2e-16), name


def test_rationals_are_printed_as_rationals_and_short_exponentials_as_symbols(parts: list[str]) -> None:
    assert S_PRINTED in parts[2]
    assert "    (1,1) 1/(1 + exp(3/125) + exp(63/500)) = 0.316598718052983" in parts[2]
    assert max(len(line) for part in parts for line in part.splitlines()) <= 80


def test_realisations_equal_the_formula_exactly(parts: list[str]) -> None:
    said = re.fullmatch(r"  Realisation R \(rows\) (.*)\n  Realisation P \(scalars\) (.*)", parts[3])
    assert said is not None
    for sentence in said.groups():
        assert re.fullmatch(r"equals the formula exactly; float64 is off by \d\.\de-1[67]", sentence)


def test_a_wrong_encoder_is_noticed() -> None:
    from derivations import registry

    derivation = registry["universal-simulator"]
    example = derivation.examples[-1]
    right = numbers.run(derivation, example)
    assert [item.agree for item in right] == [True, True]
    wrong = derivation.construction_for(n=3, d=3).change(layer=1, head=0, mask=None)
    trace = example.run(wrong, derivation.computes_for(wrong))
    distance = numbers._distance(trace, numbers.by_floats(derivation, example, trace.construction))
    item = numbers.Numbers("rows", trace, distance)
    assert not trace.agrees and distance > 0.01 and not item.agree


@pytest.mark.parametrize(
    ("value", "text"),
    [("1/8", "0.125"), ("-3", "-3"), ("0", "0"), ("1/3", "0.3333333333333333"), ("-1/16", "-0.0625"), ("12/5", "2.4")],
)
def test_decimals_of_rationals(value: str, text: str) -> None:
    assert numbers._decimal(Fraction(value)) == text
