"""The table of the bug zoo, made from its pages: ``python -m tests.rasp.zoo`` writes it into the index."""

from __future__ import annotations

import re

from tests.transcripts import ROOT, transcripts

FOLDER = ROOT / "docs" / "bugzoo"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.stem != "index")
WITHOUT_MISTAKE = ("machine-numbers",)
"""Pages about claims that are true, and proved."""
HEAD = ["| page | refuted | where it fails | proved for the repair |", "|---|---|---|---|"]
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def claims(text: str) -> list[str]:
    """What the checks of a page, or of a part of one, print, in order."""
    outputs = [shown.below for block in transcripts(text) for shown in block]
    return [text for text in outputs if "proved (" in text or "refuted (" in text]


def table() -> str:
    """One row a page: the first claim that is refuted, its witness, and the last proof."""
    rows = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        name = f"[{text.splitlines()[0].removeprefix('# ')}]({page.name})"
        repair = _proved(claims(text.partition("## The repair\n")[2].partition("\n## ")[0])[-1])
        if page.stem in WITHOUT_MISTAKE:
            rows.append(f"| {name} | nothing | in floats only | {repair} |")
            continue
        first = next(output for output in claims(text) if "refuted (" in output)
        lines = first.splitlines()
        said = next(k for k, line in enumerate(lines) if line.startswith("refuted (")) + 1
        end = next(k for k, line in enumerate(lines) if line.startswith("# "))
        inputs = [_plain(line) for line in lines[said + 1 : end] if re.match(r"[A-Za-z]\w* = ", line)]
        apart = re.search(r"# (?:entry \S+ \S+ )?left = (.*), right = (.*)", first)
        if apart is None:
            raise ValueError(f"{page.name} shows no witness")
        claim = re.split(r" for (?:all|the) ", lines[said])[0]
        values = [_code(value.rpartition(" = ")[2]) for value in apart.groups()]
        where = f"{', '.join(map(_code, inputs))}: {values[0]} where {values[1]} is right"
        rows.append(f"| {name} | {_code(claim)} | {where} | {repair} |")
    return "\n".join([*HEAD, *rows]) + "\n"


def _proved(text: str) -> str:
    """The last claim of a proof, and at how many sizes it stands."""
    lines = text.splitlines()
    said = next(k for k, line in enumerate(lines) if line.startswith("proved (")) + 1
    claim, _, inputs = lines[said].partition(" for ")
    sizes = re.match(r"(\d+) choices of sizes", text)
    where = f" and {int(sizes[1]) - 1} smaller sizes" if sizes else ""
    condition = re.search(r"^provided that (.*)", text, re.MULTILINE)
    provided = f", provided that {_code(condition[1])}" if condition else ""
    return f"{_code(claim)}{where}, for {inputs.split(' (')[0]}{provided}"


def _plain(text: str) -> str:
    """A matrix as rows of numbers."""
    text = re.sub(r"Rational\((-?\d+), (\d+)\)", r"\1/\2", text)
    return re.sub(r"Matrix\((.*)\)", r"\1", text)


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


if __name__ == "__main__":
    index = FOLDER / "index.md"
    text = index.read_text(encoding="utf-8")
    index.write_text(TABLE.sub(lambda _: table(), text), encoding="utf-8")
