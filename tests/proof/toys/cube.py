"""A toy activation in one object: the cube of each unit."""

from __future__ import annotations

from symsim.encoder.activations import Activation

CUBE = Activation("cube", lambda domain, hidden: domain.hadamard(hidden, domain.hadamard(hidden, hidden)), r"(\cdot)^3")
