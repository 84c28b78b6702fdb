"""What comes from outside is shown as text: on the terminal, in JSON, on pages and in drawings."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import symsim as ss
from symsim.claims.construction import Construction
from symsim.cli import run
from symsim.errors import visible
from symsim.render import html, latex, markdown

STEERING = "\x1b[31m\u202e\u2066\x9b\u200f"
"""A colour for terminals, marks that turn a line around, a control character of eight bits, a mark of direction."""
EVIL = "</title></style><script>alert('1')</script>\"|]&" + STEERING
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program with strings that steer."""
    file = tmp_path / "f.rasp"
    file.write_text(f'f = "<script>{STEERING}" if indices == 0 else tokens;\n', encoding="utf-8")
    return file


def named() -> Construction:
    """A construction of which every name is evil."""
    good = ss.simulators.universal(n=2, d=2)
    head = replace(good.encoder.layers[1].heads[0], name=EVIL)
    layers = (good.encoder.layers[0], replace(good.encoder.layers[1], heads=(head,), name=EVIL))
    return replace(good, name=EVIL, encoder=replace(good.encoder, layers=layers), layer_notes=(EVIL, EVIL))


@pytest.mark.parametrize("json_", [[], ["--json"]], ids=["text", "json"])
def test_values_of_a_program_do_not_steer_the_terminal(
    program: Path, capsys: pytest.CaptureFixture[str], json_: list[str]
) -> None:
    words = ["--call", "f", "--alphabet", f"a,{STEERING}", "--length", "2", "--against-call", f"{program}:tokens"]
    assert run(["rasp", "check", str(program), *words, *json_]) == 1
    printed = capsys.readouterr()
    assert not RAW.search(printed.out + printed.err) and "script" in printed.out
    if json_:
        assert STEERING in json.loads(printed.out)["domain"]["alphabet"]


def test_errors_do_not_steer_the_terminal(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["check", f"X {STEERING}", "X", "--shape", "X=n,d"], ["list", STEERING]):
        assert run(words) == 2
        assert not RAW.search(capsys.readouterr().err)
    program.write_text(f"f = {STEERING};\n", encoding="utf-8")
    assert run(["rasp", "run", str(program), "--call", "f", "--tokens", "1"]) == 2
    assert not RAW.search(capsys.readouterr().err)


def test_pages_and_drawings_show_it_as_text() -> None:
    flow = ss.trace(named())
    report = ss.check(named().claim)
    drawings = [flow.to_svg(everything=True), flow.to_html(), flow.to_dot(), flow.to_mermaid()]
    for page in (html(named()), html(report), markdown(named()), latex(named()), *drawings):
        assert not RAW.search(page)
    for page in (html(named()), html(report), *drawings[:2]):
        assert "<script>alert" not in page and "</title></style>" not in page


def test_what_is_looked_for_is_there_without_escaping() -> None:
    assert RAW.search(named().name) and RAW.search(STEERING[0]) and not RAW.search(visible(STEERING))
    assert all(RAW.search(c) for c in "\x1b\u202e\u2066\x9b\u200f")
