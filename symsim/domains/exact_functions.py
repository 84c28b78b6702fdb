"""Functions of one variable over the exact field: opaque where the value is not exp-rational and its sign not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symsim.domains.field import Element, Value
from symsim.errors import Undefined

if TYPE_CHECKING:
    from symsim.domains.exact import Exact


def _reciprocal(domain: Exact, v: Value) -> Value:
    if domain.sign(v) in (1, -1):
        return domain.field.invert(v)
    if type(v) is not Element:
        raise Undefined("the reciprocal of 0 does not exist")
    domain.conditions.append(v)
    return domain.field.invert(v)


def _log(domain: Exact, v: Value) -> Value:
    """Opaque, and defined above 0 only."""
    sign = domain.sign(v)
    if sign in (0, -1):
        raise Undefined("the logarithm exists above 0 only")
    if type(v) is not Element and v == 1:
        return 0
    if sign is None:
        domain.positives.append(v)
    return domain.field.opaque("log", (v,))


def _silu(domain: Exact, v: Value) -> Value:
    field = domain.field
    return field.multiply(v, field.invert(field.add(1, field.exp(field.multiply(-1, v)))))


def _with_sign(name: str, at_positive: Value | None, at_negative: Value | None, at_zero: int) -> Any:
    """A function >= 0, linear on either side of 0: its value there (None: the argument or its opposite)."""

    def rule(domain: Exact, v: Value) -> Value:
        sign = domain.sign(v)
        if sign is None:
            return domain.field.opaque(name, (v,), nonnegative=True)
        if sign == 0:
            return at_zero
        fixed = at_positive if sign > 0 else at_negative
        return domain.field.multiply(sign, v) if fixed is None else fixed

    return rule


FUNCTIONS: dict[str, Callable[[Exact, Value], Value]] = {
    "exp": lambda domain, v: domain.field.exp(v),
    "reciprocal": _reciprocal,
    "log": _log,
    "silu": _silu,
    "relu": _with_sign("relu", None, 0, 0),
    "abs": _with_sign("abs", None, None, 0),
    "step": _with_sign("step", 1, 0, 1),
    "normscale": lambda domain, v: domain.field.opaque("normscale", (v,), nonnegative=True),
}
"""The functions with a rule; every other name is opaque."""
