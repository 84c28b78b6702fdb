"""The exports parse, escape what they are given, and are the same bytes on every run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from symsim.claims.construction import Construction
from symsim.encoder.layouts import Slots
from symsim.encoder.stored import content_hash
from symsim.flow import Dataflow, trace
from symsim.simulators.universal import universal

HOSTILE = "</style><script>alert('1')</script>\"|]&\\\x00\n--%%{"


def hostile() -> Construction:
    """A construction whose names want to break out of every format."""
    good = universal(2, 2)
    encoder = good.encoder
    slots = Slots(tuple((name + HOSTILE if name == "out" else name, size) for name, size in encoder.slots.parts))
    head = replace(encoder.layers[1].heads[0], name=HOSTILE)
    layers = (encoder.layers[0], replace(encoder.layers[1], heads=(head,), name=HOSTILE))
    return replace(
        good,
        name=HOSTILE,
        encoder=replace(encoder, slots=slots, layers=layers),
        readout=replace(good.readout, slot="out" + HOSTILE),
        cuts=(),
    )


CASES = {
    "rows, all sizes": lambda: universal("n", "d", d_v="v"),
    "rows": lambda: universal(2, 3),
    "encoder layer": lambda: universal("n", "d", d_k="k", d_v="v", d_ff="f", heads=2),
    "eight heads": lambda: universal("n", "d", heads=8),
    "hostile names": hostile,
}


@pytest.fixture(scope="module", params=sorted(CASES))
def flow(request: pytest.FixtureRequest) -> Dataflow:
    return trace(CASES[request.param]())


def test_json_has_every_node_and_edge(flow: Dataflow) -> None:
    data = json.loads(flow.to_json())
    assert data["schema_version"] == 1 and data["kind"] == "flow" and data["hash"] == content_hash(data)
    assert [(node["layer"], node["slot"]) for node in data["nodes"]] == sorted(
        flow.nodes, key=lambda node: (node[0], flow.construction.encoder.slots.names.index(node[1]))
    )
    assert {(tuple(e["source"]), tuple(e["target"])) for e in data["edges"]} == set(flow.edges)
    edited = {**data, "name": "another"}
    assert content_hash(edited) != data["hash"]


@pytest.mark.parametrize("everything", [False, True])
def test_svg_is_well_formed_and_fits_its_frame(flow: Dataflow, everything: bool) -> None:
    root = ElementTree.fromstring(flow.to_svg(everything=everything))
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == space + "svg"
    assert {element.tag.removeprefix(space) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "text", "tspan", "g", "path", "circle",
    }  # fmt: skip
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for rect in root.iter(space + "rect"):
        left, top = float(rect.get("x", 0)), float(rect.get("y", 0))
        assert left >= 0 and top >= 0
        assert left + float(rect.attrib["width"]) <= width + 1 and top + float(rect.attrib["height"]) <= height + 1
    assert root.find(space + "title") is not None and "computes" in str(root.findtext(space + "desc"))


def test_boxes_do_not_overlap(flow: Dataflow) -> None:
    root = ElementTree.fromstring(flow.to_svg())
    space = "{http://www.w3.org/2000/svg}"
    boxes = [group.find(space + "rect") for group in root.iter(space + "g")]
    places = [tuple(float(r.attrib[k]) for k in ("x", "y", "width", "height")) for r in boxes if r is not None]
    assert len(places) >= 8
    for i, (x, y, w, h) in enumerate(places):
        for u, v, a, b in places[:i]:
            assert x + w <= u or u + a <= x or y + h <= v or v + b <= y


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]


def test_html_has_no_scripts_and_no_links(flow: Dataflow) -> None:
    tags = _Tags()
    tags.feed(flow.to_html(everything=True))
    assert "script" not in tags.found and "svg" in tags.found
    assert "http://www.w3.org/2000/svg" in flow.to_html() and flow.to_html().count("http") == 1
    assert "<svg" in flow._repr_html_()


def test_dot_and_mermaid_name_every_node_once(flow: Dataflow) -> None:
    small = flow.reachable()
    dot, mermaid = flow.to_dot(), flow.to_mermaid()
    assert (
        len(re.findall(r"^    n\d+ \[label=", dot, re.M))
        == len(re.findall(r"^    n\d+\(", mermaid, re.M))
        == len(small)
    )
    assert len(re.findall(r"^  n\d+ -> n\d+ ", dot, re.M)) == len(small.edges)
    assert len(re.findall(r"^  n\d+ -->", mermaid, re.M)) == len(small.edges)
    assert len(re.findall(r"^    n\d+ \[label=", flow.to_dot(everything=True), re.M)) == len(flow)
    for line in dot.splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0
    for line in mermaid.splitlines():
        assert "<script" not in line and line.count('"') % 2 == 0


def test_hostile_names_stay_text() -> None:
    page = trace(hostile()).to_svg(everything=True)
    assert "<script" not in page and "&lt;script&gt;" in page and "\x00" not in page


SCRIPT = """
import hashlib, sys
from symsim.flow import trace
from symsim.simulators.universal import universal
layer = universal("n", "d", d_k="k", d_v="v", d_ff="f", heads=2)
for construction in (layer, universal(2, 2), universal(2, 2, realisation="scalars")):
    flow = trace(construction)
    for text in (flow.to_json(), flow.to_dot(), flow.to_mermaid(), flow.to_svg(), flow.to_html(everything=True)):
        print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_exports_do_not_depend_on_hash_seeds() -> None:
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True
        )
        found.add(run.stdout)
    assert len(found) == 1 and len(found.pop().split()) == 15
