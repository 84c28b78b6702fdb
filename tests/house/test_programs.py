"""The helper for outside programs: it finds, skips with a reason, and fails where every tool is required."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.programs import needs

MISSING = "no-such-program-anywhere"


def test_a_program_that_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert needs(MISSING, Path(sys.executable).name)


def test_a_missing_program_skips_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMSIM_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"'{MISSING}'.*make tools"):
        needs(MISSING)


def test_a_missing_program_fails_where_tools_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMSIM_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match=f"'{MISSING}'.*make tools"):
        needs(MISSING)
