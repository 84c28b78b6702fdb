"""HTML pages: well formed, no network, escaped, readable colours, a stepper that works without a mouse."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

import symsim as ss
from symsim.flow.colours import contrast
from symsim.formulas import sizes
from symsim.render import html
from symsim.render.templates import text_of
from tests.programs import needs
from tests.render.pages import HOSTILE, checked, hostile

n, d, d_v, d_k = sizes("n d d_v d_k")
VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr", "rect", "path", "circle", "line", "mspace"}


class Page(HTMLParser):
    """Reads a page and notes what does not fit together."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.names: list[str] = []
        self.targets: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.names.append(value or "")
            if name == "href":
                self.targets.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return html(checked())


def test_tags_fit_together_and_links_lead_somewhere(page: str) -> None:
    for text in (page, html(hostile()), html(ss.simulators.universal(n, d, d_v, d_k=d_k, heads=2))):
        found = Page(text)
        assert found.wrong == [] and found.open == []
        assert len(set(found.names)) == len(found.names)
        assert {target[1:] for target in found.targets if target.startswith("#")} <= set(found.names)


def test_no_network_is_touched(page: str) -> None:
    found = Page(page)
    for tag, name, value in found.attributes:
        assert not (name in ("src", "srcset", "data", "action") or (name == "href" and not value.startswith("#"))), (
            tag,
            value,
        )
        assert "url(" not in value and "javascript:" not in value and not name.startswith("on")
    assert "@import" not in page and "url(" not in page
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


def test_hostile_texts_are_text() -> None:
    text = html(hostile())
    assert "<script>alert" not in text
    found = Page(text)
    said = " ".join(found.words)
    assert "<script>alert(1)</script>" in said and "\\input{/etc/passwd}" in said
    assert HOSTILE.split()[0] in "".join(found.words)
    assert text.count("<script>") == 1


def test_page_has_a_language_a_title_and_headings(page: str) -> None:
    assert '<html lang="en">' in page and "<title>One encoder simulates every attention head</title>" in page
    assert len(re.findall("<h2", page)) == 11
    assert page.index('id="claim"') < page.index('id="verdict"') < page.index('id="layers"') < page.index('id="limits"')


def test_colours_have_enough_contrast(page: str) -> None:
    light, dark = text_of("style.css").split("@media screen")
    for sheet in (light, dark):
        values = dict(re.findall(r"--([a-z]+):(#[0-9a-f]{3,6})\b", sheet))
        full = {name: "#" + "".join(2 * c for c in v[1:]) if len(v) == 4 else v for name, v in values.items()}
        for ground in ("page", "surface"):
            for ink in ("ink", "muted", "good", "bad", "open", "link"):
                assert contrast(full[ink], full[ground]) >= 4.5, (ink, ground)
    for fill, text, line in re.findall(r"--fill:(#\w{6});--text:(#\w{6});--line:(#\w{6})", page):
        assert contrast(fill, text) >= 4.5 and line


def test_dark_mode_print_and_keyboard_are_thought_of(page: str) -> None:
    assert "prefers-color-scheme:dark" in page and "@media print" in page
    script = text_of("stepper.js")
    assert "ArrowRight" in script and "location.hash" in script and "aria-live" in page
    assert page.count("<button") == 4 and 'class="skip"' in page


def test_stepper_walks_through_every_write(page: str) -> None:
    steps = [int(step) for step in re.findall(r'data-step="(\d+)"', page)]
    frames = page.split('<ol class="frames"')[1].split("</ol>")[0].count("<li>")
    assert sorted(steps) == list(range(1, frames)) and frames == 6


def test_browser_shows_the_position_in_the_address(page: str, tmp_path: Path) -> None:
    program = needs("chromium", "chromium-browser", "google-chrome")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    profile, address = f"--user-data-dir={tmp_path / 'profile'}", f"file://{tmp_path / 'page.html'}#step-2"
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000"]
    command = [program, *switches, profile, "--dump-dom", address]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "2 of 5" in shown
    assert shown.count("waiting") - page.count("waiting") == 3
    assert 'class="slotted s5 current"' in shown


def test_report_in_a_notebook_is_a_page(page: str) -> None:
    report = ss.check(ss.simulators.universal(2, 2).change(layer=1, head=0, mask=None).claim)
    shown = report._repr_html_()
    assert "refuted" in shown and Page(shown).wrong == []
    assert report.witness is not None and report.witness.node.split(",")[0] in " ".join(Page(shown).words)


def test_boxes_of_the_dataflow_open_the_cards(page: str) -> None:
    drawing = page.split('<figure class="drawing">')[1].split("</figure>")[0]
    assert drawing.count('<a href="#layer-1">') >= 3 and drawing.count('<a href="#layer-2">') >= 2
    assert drawing.count('<a href="#tokens">') == 4
