"""The library of theorems: derivations by name, our own and those that other packages bring along."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable
from importlib.metadata import entry_points

from symsim.derivation.derivation import Derivation
from symsim.domains.registry import Registry

GROUP = "symsim.derivations"
"""The entry-point group through which packages add derivations."""


def library(own: Iterable[Derivation]) -> Registry[Derivation]:
    """A registry of ``own`` derivations and of all that installed packages declare in the group ``symsim.derivations``.

    A package that fails to load is left out with a warning that names it.
    """
    registry: Registry[Derivation] = Registry("derivation")
    for derivation in own:
        registry.register(derivation)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found = entry.load()
        except Exception as error:
            warnings.warn(f"the derivation '{entry.name}' of {entry.value} cannot be loaded: {error}", stacklevel=2)
            continue
        if isinstance(found, Derivation):
            registry.register(found)
        else:
            warnings.warn(f"the entry point '{entry.name}' is no Derivation: {entry.value}", stacklevel=2)
    return registry


def installed() -> Registry[Derivation]:
    """The library that comes with symsim (the package ``derivations``) and everything that plugs into it.

    >>> "universal-simulator" in installed()
    True
    """
    return importlib.import_module("derivations").registry  # type: ignore[no-any-return]
