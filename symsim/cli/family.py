"""Options that describe a member of a family: read, checked against what the family takes, and completed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from symsim.errors import BadInput, nearest
from symsim.formulas.sizes import as_size

WORDS = {"true": True, "false": False}


def named(items: Iterable[str] | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of ``--option NAME=VALUE`` beside those that have an option of their own.

    A value is a whole number, a rational number, ``true``, ``false``, or a word. Raises ``BadInput`` for anything that
    is no such pair and for a name that was given before.

    >>> named(["layers=3", "scale=1/2", "mask=causal"], {"n": 4})
    {'n': 4, 'layers': 3, 'scale': Fraction(1, 2), 'mask': 'causal'}
    """
    found = dict(given)
    for item in items or ():
        name, sign, value = (part.strip() for part in item.partition("="))
        name = name.replace("-", "_")
        if not (sign and name and value):
            raise BadInput(f"--option takes NAME=VALUE, such as layers=3, got '{item}'")
        if name in found:
            raise BadInput(f"the option '{name}' is given twice")
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return text
    return number.numerator if number.denominator == 1 else number


def member(derivation: Any, given: Mapping[str, Any], general: bool = False) -> dict[str, Any]:
    """What the family of a derivation is called with: the options given, and the sizes that it needs besides.

    A size that is not given is the symbol of its name, or what the page shows where constructions have fixed sizes.
    With ``general`` sizes that have a default are symbols too, as far as the statement has them. No options: none.
    Raises ``BadInput`` for an option that the family does not have, and names the nearest one.
    """
    if not given:
        return {}
    known = _parameters(derivation)
    wanted = {name: _read(derivation, name, value, known) for name, value in given.items()}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if derivation.family is None:
        return wanted
    shown = _shown(derivation)
    if general:
        separate = any(name in wanted for name in ("heads", "projections", "d_ff"))
        free = {*derivation.claim.free_sizes, *(("d_v", "d_k") if separate else ())}
        wanted = {**{name: as_size(name) for name in known if name in free}, **wanted}
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in wanted:
            if shown is not None and name not in shown:
                raise BadInput(f"{derivation.name} needs the option '{name}' as well: --option {name}=VALUE")
            wanted[name] = as_size(name) if shown is None else shown[name]
    return wanted


def _parameters(derivation: Any) -> dict[str, inspect.Parameter]:
    """The options of the family by name; without a family, the sizes of the statement."""
    family: Callable[..., Any] | None = derivation.family
    if family is None:
        kind = inspect.Parameter.KEYWORD_ONLY
        return {name: inspect.Parameter(name, kind, default=None) for name in derivation.claim.free_sizes}
    several = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {name: p for name, p in inspect.signature(family).parameters.items() if p.kind not in several}


def _read(derivation: Any, name: str, value: Any, known: Mapping[str, inspect.Parameter]) -> Any:
    """A value as the family takes it; None for what the family does not have and need not have."""
    if name not in known:
        if name == "realisation" and value == getattr(derivation.construction, "realisation", None):
            return None
        raise BadInput(f"{derivation.name} has no option '{name}': {nearest(name, known)}")
    kind = str(known[name].annotation)
    if kind == "bool" and not isinstance(value, bool):
        raise BadInput(f"the option '{name}' is true or false, got '{value}'")
    if kind == "int" and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadInput(f"{name} is a whole number, got '{value}'")
    return value


def _shown(derivation: Any) -> dict[str, Any] | None:
    """The sizes of the page, for constructions that exist at fixed sizes only; None where sizes may be symbols."""
    if not getattr(derivation.construction, "fixed", True):
        return None
    shapes = getattr(derivation, "inputs", None)
    return {} if shapes is None else derivation.sizes_of(dict(derivation.construction.inputs))
