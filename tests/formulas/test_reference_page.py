"""The reference page of the language: its Python examples run, its errors are the ones that are raised."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from symsim.errors import BadInput
from symsim.formulas import parse

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "formulas.md"
SHAPES = {
    "X": ("n", "d"),
    "Y": ("n", "d"),
    "A": ("d", "d"),
    "V": ("d", "v"),
    "S": ("n", "n"),
    "M": ("n", "n"),
    "u": "n",
}
BLOCKS = {"A": ("n", "n"), "B": ("n", "m"), "C": ("m", "n"), "D": ("m", "m")}


def test_python_examples_run() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 15 and failed == 0


def test_everything_in_the_table_is_read() -> None:
    table = PAGE.read_text(encoding="utf-8").split("## What can be written")[1].split("A mask is")[0]
    texts = [
        text for row in table.splitlines() if row.startswith("| `") for text in re.findall("`(.*?)`", row.split("|")[1])
    ]
    assert len(texts) > 30
    for text in texts:
        shape = {"I": ("n", "n"), "ones": ("n", 1)}.get(text)
        shapes = BLOCKS if text.startswith("[") else SHAPES
        parse(text, shapes | {"K": ("m", "m")}, scalars=["tau"], shape=shape)


@pytest.mark.parametrize("text", ["softmax([S, 0])", "sofmax(S)", "X X"])
def test_errors_on_the_page_are_raised(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, SHAPES)
    message = "\n".join("    " + line for line in str(caught.value).splitlines())
    assert message in PAGE.read_text(encoding="utf-8")
