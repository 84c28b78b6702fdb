"""Equality modulo the equations of a path: solved for a symbol and put in, or divided out."""

from __future__ import annotations

from symsim.domains.cases_path import ZERO, Assumption, Path, assumption_text
from symsim.domains.field import Element, Value
from symsim.domains.polynomials import Poly, divide
from symsim.domains.substituting import Substitution
from symsim.errors import Undefined


def modulo(path: Path, gap: Value) -> list[str] | None:
    """The equations of a path under which a value is 0, as texts; None where they are not seen to make it 0.

    >>> from symsim.domains.cases_signs import Signs
    >>> from symsim.domains.nested import NestedField
    >>> F = NestedField()
    >>> x, y = F.symbol("x"), F.symbol("y")
    >>> path = Path(Signs(F))
    >>> question = path.answer(F.add(x, y, -1), ZERO)
    >>> modulo(path.assume(question.form, (0,)), F.add(F.exp(x), F.exp(y), -1))
    ['x - y = 0']
    """
    forms = path.forced()
    texts = [assumption_text(path.signs, Assumption(form, (0,))) for form in forms]
    equations: list[Value] = [Element(form.num, ()) for form in forms]
    try:
        while True:
            solved = next((found for e in equations if (found := _solved(path, e)) is not None), None)
            if solved is None:
                break
            substitution = Substitution(path.signs.field, solved)
            gap = substitution.value(gap)
            equations = [substitution.value(e) for e in equations]
    except Undefined:
        return None
    if type(gap) is not Element:
        return texts if gap == 0 and texts else None
    divided = any(type(e) is Element and path.signs.field.divide_nums(gap.num, e.num) is not None for e in equations)
    return texts if divided or texts and path.answer(gap, ZERO) == 0 else None


def _solved(path: Path, equation: Value) -> dict[int, Value] | None:
    """An equation solved for a symbol that stands alone in one of its terms, if there is one."""
    if type(equation) is not Element or equation.den:
        return None
    poly = path.signs.field.polynomial(equation)
    if poly is None:
        return None
    for prime in sorted(poly.terms):
        name = path.signs.field.names.get(prime)
        alone = isinstance(name, str) and sum(mono % prime == 0 for mono in poly.terms) == 1
        if alone:
            return {prime: _rest(path, poly, prime)}
    return None


def _rest(path: Path, poly: Poly, prime: int) -> Value:
    field = path.signs.field
    whole = field.element({field.zero_exponent: poly})
    own = field.multiply(poly.terms[prime], field.symbol(field.names[prime]))
    return field.multiply(divide(-1, poly.terms[prime]), field.add(whole, own, -1))
