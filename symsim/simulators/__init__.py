"""Constructions: encoders with exact weights that compute a given formula."""

from symsim.simulators.universal import universal

__all__ = ["universal"]
