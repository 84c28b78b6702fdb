"""Deciding claims: methods, witnesses, and the one place where verdicts are made."""

from symsim.proof.checking import check
from symsim.proof.evidence import METHODS, Evidence, Method, Options

__all__ = ["METHODS", "Evidence", "Method", "Options", "check"]
