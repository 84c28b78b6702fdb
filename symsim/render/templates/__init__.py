"""The skeletons of pages: jinja2 templates that only put finished pieces together."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


@cache
def _environment(kind: str) -> Environment:
    marks: dict[str, Any] = {}
    if kind == "tex":  # braces and percent signs are LaTeX's own
        marks = {
            "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<",
            "variable_end_string": ">>",
            "comment_start_string": "<#", "comment_end_string": "#>",
        }  # fmt: skip
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=kind == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **marks,
    )


def template(name: str) -> Any:
    """The template of that file name; those of HTML escape everything that is not marked as safe."""
    return _environment(name.split(".")[-2]).get_template(name)


def text_of(name: str) -> str:
    """A file of this folder as it stands, such as a style sheet."""
    return (FOLDER / name).read_text(encoding="utf-8")
