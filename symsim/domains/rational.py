"""Linear relations between rational functions modulo polynomials, over QQ (for exponents such as ``x / (x + 1)``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import QQ
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import ring

from symsim.domains.polynomials import Number, Poly, constant, fraction, number

if TYPE_CHECKING:
    from symsim.domains.nested import NestedField

Ratio = tuple[Poly, Poly]


def relation(field: NestedField, target: Ratio, known: list[Ratio]) -> tuple[list[Number], Poly] | None:
    """Weights w and a polynomial r with ``target = sum w known + r``, or None if there are none.

    The ratios are brought over one common denominator in lowest terms; a combination is a polynomial exactly if its
    remainder modulo that denominator is 0 (one polynomial is a Groebner basis, so remainders are linear), and the
    ``known`` ones are independent modulo polynomials, so the weights are unique.
    """
    polys = [p for ratio in [target, *known] for p in ratio]
    primes = sorted({q for p in polys for mono in p.terms for q in field.factors(mono)})
    if not primes:
        return None
    generators, *_ = ring([f"v{q}" for q in primes], QQ)
    tops, bottoms = [], []
    for top, bottom in [target, *known]:
        a, b = _to_ring(field, generators, primes, top), _to_ring(field, generators, primes, bottom)
        shared = a.gcd(b)
        tops.append(a.quo(shared))
        bottoms.append(b.quo(shared))
    common = bottoms[0]
    for b in bottoms[1:]:
        common = common.lcm(b)
    numerators = [a * common.quo(b) for a, b in zip(tops, bottoms, strict=True)]
    remainders = [n.rem([common]) for n in numerators]
    monomials = sorted({m for r in remainders for m in r.keys()})
    if not monomials:
        weights: list[Any] = [QQ(0)] * len(known)
    else:
        table = [[r.get(m, QQ(0)) for r in [*remainders[1:], remainders[0]]] for m in monomials]
        reduced, pivots = DomainMatrix(table, (len(monomials), len(known) + 1), QQ).rref()
        if len(known) in pivots or len(pivots) != len(known):
            return None
        dense = reduced.to_list()
        weights = [dense[i][len(known)] for i in range(len(known))]
    rest = numerators[0]
    for w, n in zip(weights, numerators[1:], strict=True):
        rest = rest - n * w
    quotient, remainder = rest.div(common)
    if remainder:
        return None
    return [number(_flint(w)) for w in weights], _from_ring(field, primes, quotient)


def _flint(value: Any) -> Any:
    import flint

    return flint.fmpq(int(value.numerator), int(value.denominator))


def _to_ring(field: NestedField, generators: Any, primes: list[int], poly: Poly) -> Any:
    place = {q: i for i, q in enumerate(primes)}
    out = {}
    for mono, coeff in poly.terms.items():
        powers = [0] * len(primes)
        for q in field.factors(mono):
            powers[place[q]] += 1
        exact = fraction(coeff)
        out[tuple(powers)] = QQ(exact.numerator, exact.denominator)
    return generators.from_dict(out)


def _from_ring(field: NestedField, primes: list[int], poly: Any) -> Poly:
    terms: dict[int, Number] = {}
    value: Number = 0
    for powers, coeff in poly.items():
        mono, at_point = 1, 1
        for q, k in zip(primes, powers, strict=True):
            mono *= q**k
            at_point *= field.variables[field.names[q]].value ** k
        terms[mono] = number(_flint(coeff))
        value = number(value + terms[mono] * at_point)
    return Poly(terms, value) if terms else constant(0)
