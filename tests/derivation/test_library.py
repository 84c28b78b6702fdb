"""The library: our derivations by name, plug-ins through entry points, and broken plug-ins that harm nobody."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from symsim.derivation import Derivation, library
from symsim.derivation.library import GROUP, installed
from symsim.errors import BadInput
from symsim.formulas import matrix, softmax
from symsim.simulators.universal import universal


def toy(name: str) -> Derivation:
    X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "d")
    return Derivation(name, "A toy.", universal("n", "d"), softmax(X @ A @ X.T) @ X @ V)


@dataclass
class Entry:
    """Stands for an entry point of another package."""

    name: str
    value: str
    found: Any

    def load(self) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_own_derivations_are_found_by_name_and_a_wrong_name_offers_the_nearest() -> None:
    registry = installed()
    assert registry["universal-simulator"].statement.startswith("For all n, d, d_v")
    with pytest.raises(BadInput, match="did you mean 'universal-simulator'"):
        registry["universal-simulater"]


def test_plugins_are_added_and_broken_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        Entry("good", "a:b", toy("plugged-in")),
        Entry("bad", "c:d", ImportError("gone")),
        Entry("odd", "e:f", 3),
    ]
    module = sys.modules["symsim.derivation.library"]
    monkeypatch.setattr(module, "entry_points", lambda group: entries if group == GROUP else [])
    with pytest.warns(UserWarning) as warned:
        registry = library([toy("own")])
    assert registry.names() == ["own", "plugged-in"]
    texts = sorted(str(w.message) for w in warned)
    assert len(texts) == 2 and "'bad'" in texts[0] and "gone" in texts[0] and "'odd'" in texts[1]


def test_two_derivations_of_one_name_are_an_error() -> None:
    with pytest.raises(BadInput, match="registered already"):
        library([toy("own"), toy("own")])
