"""Matrices of numbers as LaTeX: exact and decimal, big ones cut short with dots."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from symsim.domains.exact import Exact, ExactMatrix
from symsim.errors import BadInput
from symsim.render.notation import Notation

LONGEST_DECIMAL = 6
"""Rationals with more places after the point are written as fractions."""


def shown(count: int, largest: int) -> list[int | None]:
    """Which of ``count`` rows are shown, None standing for dots.

    >>> shown(3, 4), shown(9, 4)
    ([0, 1, 2], [0, 1, None, 8])
    """
    if count <= largest:
        return list(range(count))
    return [*range(max(1, largest - 2)), None, count - 1]


def matrix_latex(entries: Sequence[Sequence[str]], notation: Notation) -> str:
    r"""A matrix of LaTeX entries; more than ``notation.largest`` rows or columns are cut short.

    >>> print(matrix_latex([["1", "2"]], Notation()))
    \begin{bmatrix} 1 & 2 \end{bmatrix}
    """
    rows, cols = shown(len(entries), notation.largest), shown(len(entries[0]), notation.largest)
    lines = []
    for i in rows:
        if i is None:
            lines.append(" & ".join(r"\ddots" if j is None else r"\vdots" for j in cols))
        else:
            lines.append(" & ".join(r"\cdots" if j is None else entries[i][j] for j in cols))
    body = r" \\ ".join(lines)
    return rf"\begin{{{notation.brackets}}} {body} \end{{{notation.brackets}}}"


def exact_entries(domain: Exact, value: ExactMatrix) -> list[list[str]]:
    """Every entry of a matrix of the exact field as LaTeX."""
    table = domain.to_sympy(value)
    if all(v.is_Rational and terminating(v) is not None for v in table) and any(v.q % 5 == 0 for v in table):
        return [[str(terminating(table[i, j])) for j in range(table.cols)] for i in range(table.rows)]
    return [[number_latex(table[i, j]) for j in range(table.cols)] for i in range(table.rows)]


def number_latex(value: Any) -> str:
    r"""An exact number as LaTeX: one fraction, exponentials as powers of e, positive exponents first.

    >>> import sympy
    >>> print(number_latex(sympy.exp(1) / (1 + sympy.exp(1))))
    \frac{e}{1 + e}
    """
    if value.is_Rational:
        return _rational(value)
    value = _lettered(value)
    above, below = value.as_numer_denom()
    if below == 1:
        return _sum(above)
    if below.is_Add and above.is_Mul and above.args[0].is_Rational and not above.args[0].is_Integer:
        above, below = above * above.args[0].q, below * above.args[0].q
    return rf"\frac{{{_sum(above)}}}{{{_sum(below)}}}"


def factors(value: Any) -> list[str]:
    """The factors of layer norms in an exact number or matrix, by their names in the field."""
    return sorted(s.name for s in value.free_symbols if s.name.startswith("normscale#"))


def factor_latex(name: str) -> str:
    r"""The letter of such a factor.

    >>> print(factor_latex("normscale#2"))
    \rho_{2}
    """
    return rf"\rho_{{{name.partition('#')[2]}}}"


def _lettered(value: Any) -> Any:
    """With the letter rho, and its index, for the factor of a norm."""
    import sympy

    return value.xreplace({s: sympy.Symbol("rho_" + s.name.partition("#")[2]) for s in value.free_symbols
                           if s.name.startswith("normscale#")})  # fmt: skip


def terminating(value: Any) -> str | None:
    """A rational as an exact decimal of at most ``LONGEST_DECIMAL`` places, or None.

    >>> import sympy
    >>> terminating(sympy.Rational(1, 8)), terminating(sympy.Rational(1, 3))
    ('0.125', None)
    """
    for places in range(LONGEST_DECIMAL + 1):
        scaled = value * 10**places
        if scaled.is_Integer:
            digits = str(abs(scaled)).rjust(places + 1, "0")
            body = digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}"
            return f"-{body}" if value < 0 else body
    return None


def _rational(value: Any) -> str:
    """Decimals for what has a power of ten below the line (other than a half or a quarter), fractions for the rest."""
    short = terminating(value)
    if value.is_Integer or (short is not None and value.q % 5 == 0):
        return str(short)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.p)}}}{{{value.q}}}"


def _decimal_exponents(latex: str) -> str:
    """Exponents such as 3/125 as exact decimals."""
    import sympy

    def shown(found: re.Match[str]) -> str:
        exact = _rational(sympy.Rational(int(found[2]), int(found[3])))
        return f"e^{{{found[1]}{exact}}}"

    return re.sub(r"e\^\{(-? ?)\\frac\{(\d+)\}\{(\d+)\}\}", shown, latex)


def _sum(value: Any) -> str:
    import sympy

    expanded = sympy.expand(value)
    terms = sorted(sympy.Add.make_args(expanded), key=_degree)
    text = ""
    for term in terms:
        part = _decimal_exponents(sympy.latex(term))
        text += part if not text else f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def _degree(term: Any) -> tuple[float, str]:
    import sympy

    exponents = [sympy.log(p).expand(force=True) for p in term.atoms(sympy.exp)]
    power = (
        float(sum((e for e in exponents if e.is_Rational), sympy.Integer(0))) if exponents else float(term.has(sympy.E))
    )
    return power, sympy.default_sort_key(term).__repr__()


def decimal_latex(text: str) -> str:
    r"""A decimal as LaTeX, ``1.5e-7`` as a power of ten.

    >>> print(decimal_latex("1.5e-7"), decimal_latex("-0.25"))
    1.5 \cdot 10^{-7} -0.25
    """
    digits, _, exponent = text.partition("e")
    if exponent:
        return rf"{digits} \cdot 10^{{{int(exponent)}}}"
    return digits


def plain_entries(value: Any, notation: Notation) -> list[list[str]]:
    """The entries of a sympy matrix as LaTeX, such as those of a witness."""
    if not hasattr(value, "rows"):
        raise BadInput(f"a matrix was expected, got {type(value).__name__}")
    return [[number_latex(value[i, j]) for j in range(value.cols)] for i in range(value.rows)]
