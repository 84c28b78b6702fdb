"""Atoms without symbols: exact numbers that know whether they are ints or floats, booleans and strings.

A number is a Python ``int`` where the language has an int, and a ``flint.fmpq`` (an exact rational, ``3`` included)
where it has a float: ``7/2*2`` is ``fmpq(7)`` and prints as ``7.0``. Booleans count as 0 and 1.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from flint import fmpq, fmpz

from symsim.rasp.faults import RaspError

Atom: TypeAlias = Any
"""``bool``, ``int``, ``fmpq`` (a float of the language), ``str``, or an ``Element`` of the exact field."""

LONGEST_BITS = 100_000
"""A number has at most so many binary digits above or below its fraction bar."""

LONGEST_STRING = 100_000
"""A string has at most so many characters."""

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def kind(value: Atom) -> str:
    """What an atom is, in words."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    return "a number" if isinstance(value, int | fmpq) else "a symbolic number"


def is_atom(value: Any) -> bool:
    """Whether a value is an atom that a program can hold."""
    return isinstance(value, bool | int | fmpq | str)


def is_number(value: Atom) -> bool:
    """Whether arithmetic takes the value; booleans count as 0 and 1."""
    return not isinstance(value, str)


def plain(value: Atom) -> Atom:
    """The value with a float that is whole as an int, so that equal numbers are one key of a dictionary."""
    return int(value.p) if isinstance(value, fmpq) and value.q == 1 else value


def numeric(value: Atom) -> Atom:
    """A number as the exact field has it: booleans are 0 and 1, whole floats are integers."""
    return int(value) if isinstance(value, bool) else plain(value)


def bits(value: Any) -> int:
    """Binary digits of the larger of numerator and denominator."""
    if isinstance(value, fmpq):
        return int(max(value.p.bit_length(), value.q.bit_length()))
    return int(value.bit_length())


def checked(value: Atom) -> Atom:
    """The number, if it is not too long."""
    if bits(value) > LONGEST_BITS:
        raise too_long()
    return value


def too_long() -> RaspError:
    """The error about a number that grows without end."""
    return RaspError(f"a number grows beyond {LONGEST_BITS} binary digits")


def binary(sign: str, a: Atom, b: Atom) -> Atom:
    """``a sign b`` for one of ``+ - * / % ^`` and the comparisons.

    >>> binary("*", binary("/", 7, 2), 2), binary("^", 4, fmpq(1, 2)), binary("%", -1, 3)
    (7, 2, 2)
    """
    if sign in ("==", "<", "<=", ">", ">=", "!="):
        return compare(sign, a, b)
    if isinstance(a, str) or isinstance(b, str):
        return _strings(sign, a, b)
    a, b = (int(v) if isinstance(v, bool) else v for v in (a, b))
    return ARITHMETIC[sign](a, b)


def compare(sign: str, a: Atom, b: Atom) -> bool:
    """A comparison. Atoms of different types are unequal and have no order."""
    if sign in ("==", "!="):
        same = a == b if isinstance(a, str) == isinstance(b, str) else False
        return bool(same) == (sign == "==")
    if isinstance(a, str) != isinstance(b, str):
        raise RaspError(f"{kind(a)} and {kind(b)} have no order: '{sign}' compares two numbers or two strings")
    return bool(_ORDERS[sign](a, b))


def _strings(sign: str, a: Atom, b: Atom) -> str:
    if sign == "+" and isinstance(a, str) and isinstance(b, str) and len(a) + len(b) <= LONGEST_STRING:
        return a + b
    if sign == "*" and isinstance(a, str) != isinstance(b, str):
        text, times = (a, b) if isinstance(a, str) else (b, a)
        if isinstance(times, int) and len(text) * max(times, 0) <= LONGEST_STRING:
            return str(text * times)
        if isinstance(times, int):
            raise RaspError(f"a string grows beyond {LONGEST_STRING} characters")
    if sign == "+" and isinstance(a, str) and isinstance(b, str):
        raise RaspError(f"a string grows beyond {LONGEST_STRING} characters")
    raise RaspError(f"'{sign}' does not work between {kind(a)} and {kind(b)}")


def _multiply(a: Atom, b: Atom) -> Atom:
    if bits(a) + bits(b) > LONGEST_BITS:
        return checked(a * b) if bits(a) + bits(b) <= 2 * LONGEST_BITS else _refuse()
    return a * b


def _refuse() -> Atom:
    raise too_long()


def _divide(a: Atom, b: Atom) -> Atom:
    if b == 0:
        raise RaspError("division by 0")
    return checked(fmpq(a) / b)


def _remainder(a: Atom, b: Atom) -> Atom:
    if b == 0:
        raise RaspError("the remainder of a division by 0")
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    return checked(a - b * fmpq((fmpq(a) / b).floor()))


def _power(a: Atom, b: Atom) -> Atom:
    exponent = fmpq(b)
    if exponent.q != 1:
        return _root(fmpq(a), exponent)
    times = int(exponent.p)
    if a == 0 and times < 0:
        raise RaspError("0 to a negative power: division by 0")
    if a not in (0, 1, -1) and bits(a) * abs(times) > 2 * LONGEST_BITS:
        raise too_long()
    if a in (1, -1, 0) and times:
        times = (2 if times % 2 == 0 else 1) * (1 if times > 0 else -1)
    whole = isinstance(a, int) and isinstance(b, int) and times >= 0
    return checked(a**times if whole else fmpq(a) ** times)


def _root(a: Any, exponent: Any) -> Any:
    """``a`` to a power that is no integer, where it is rational."""
    if a < 0:
        raise RaspError(f"({a})^({exponent}): a fractional power of a negative number is not real")
    if a == 0:
        return fmpq(0) if exponent > 0 else _divide(1, 0)
    degree = int(exponent.q)
    top, bottom = _exact_root(a.p, degree), _exact_root(a.q, degree)
    if top is None or bottom is None:
        raise RaspError(f"{a}^({exponent}) is no rational number, and powers are exact: it has no value here")
    return _power(fmpq(top, bottom), int(exponent.p))


def _exact_root(n: Any, degree: int) -> Any:
    if n == 1:
        return n
    if degree > int(n.bit_length()):
        return None
    found = fmpz(n).root(degree)
    return found if found**degree == n else None


ARITHMETIC: dict[str, Callable[[Atom, Atom], Atom]] = {
    "+": lambda a, b: checked(a + b),
    "-": lambda a, b: checked(a - b),
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "^": _power,
}


def unary(sign: str, a: Atom) -> Atom:
    """``-``, ``+``, ``round`` (halves to the even neighbour, as in the reference), ``not`` or ``indicator``."""
    if sign == "not":
        return not a
    if sign == "indicator":
        return 1 if a else 0
    if isinstance(a, str):
        raise RaspError(f"'{sign}' does not work on a string")
    if sign == "round":
        return half_even(a) if isinstance(a, fmpq) else int(a)
    return -a if sign == "-" else +a


def half_even(a: Any) -> int:
    """The nearest integer; the even one of two."""
    low = int(a.floor())
    rest = a - low
    if rest == fmpq(1, 2):
        return low + low % 2
    return low + int(rest > fmpq(1, 2))


def cast(to: str, value: Atom) -> Atom:
    """A token as ``str``, ``int`` (truncated), ``float``, ``bool``, or ``asis``."""
    if to == "asis":
        return value
    if to == "bool":
        return bool(value)
    if to == "str":
        return text(value)
    if isinstance(value, str):
        return _number(to, value)
    if to == "float":
        return fmpq(int(value) if isinstance(value, bool) else value)
    if isinstance(value, fmpq):
        return int(value.floor()) if value >= 0 else -int((-value).floor())
    return int(value)


def _number(to: str, word: str) -> Atom:
    stripped = word.strip()
    if len(stripped) <= 1000 and (_INTEGER if to == "int" else _DECIMAL).fullmatch(stripped):
        if to == "int":
            return int(stripped)
        exact = Fraction(stripped)
        return fmpq(exact.numerator, exact.denominator)
    raise RaspError(f"tokens_{to}: the token {word[:40]!r} is no {'integer' if to == 'int' else 'number'}")


def nearest_float(value: Any) -> float:
    """The machine number nearest to a rational; infinite where there is none."""
    try:
        return int(value.p) / int(value.q)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def text(value: Atom) -> str:
    """An atom in full, as ``str`` has it: floats with the digits that the machine's float would show.

    >>> text(fmpq(1, 3)), text(fmpq(7)), text(True)
    ('0.3333333333333333', '7.0', 'True')
    """
    if not isinstance(value, fmpq):
        return str(value)
    near = nearest_float(value)
    return repr(near) if near - near == 0 else str(value)
