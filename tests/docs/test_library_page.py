"""The page that lists the library is what the library is."""

from __future__ import annotations

from derivations import registry
from tests.library_page import PAGE, page


def test_the_page_is_made_from_the_library() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.library_page writes it anew"


def test_every_derivation_has_controls_cases_an_example_and_references() -> None:
    for derivation in registry:
        missing = [
            part
            for part in ("controls", "cases", "examples", "references", "does_not_say", "source", "ours")
            if not getattr(derivation, part)
        ]
        assert not missing and len(derivation.controls) >= 2, f"{derivation.name}: {missing}"
