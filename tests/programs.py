"""The one way in which a test asks for a program from outside, such as pdflatex."""

from __future__ import annotations

import os
import shutil

import pytest


def needs(program: str, *instead: str) -> str:
    """The path of an outside program, or of the first of its substitutes that is there.

    Where it is missing the test is skipped with the reason; with ``SYMSIM_REQUIRE_TOOLS=1`` it fails.
    """
    for name in (program, *instead):
        path = shutil.which(name)
        if path is not None:
            return path
    reason = f"needs the program '{program}', which is not on PATH ('make tools' installs it on Debian)"
    if os.environ.get("SYMSIM_REQUIRE_TOOLS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
