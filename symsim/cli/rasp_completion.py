"""What could be typed next in a session: names, words of the language, and files after ``load``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symsim.rasp.session import Session

_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*$")
_LOADING = re.compile(r'\bload\s*"([^"\n]*)$')


def completions(session: Session, before: str) -> Iterator[tuple[str, int]]:
    """What could follow a text: each whole word, and how many characters before the cursor it replaces.

    >>> from symsim.rasp.session import Session
    >>> list(completions(Session(), "x = selector_w"))
    [('selector_width', 10)]
    """
    loading = _LOADING.search(before)
    if loading is not None:
        yield from ((name, len(loading[1])) for name in files_to_load(Path("."), loading[1]))
        return
    line = before.rsplit("\n", 1)[-1]
    word = _WORD.search(line)
    if word is None or line.count('"') % 2 or "#" in re.sub(r'"[^"]*"', "", line):
        return
    for name in session.names():
        if name.startswith(word[0]) and name != word[0]:
            yield name, len(word[0])


def files_to_load(folder: Path, begun: str) -> list[str]:
    """What could stand after ``load "``: files and folders that begin so, and what symsim ships.

    >>> files_to_load(Path("nowhere"), "library:s")
    ['library:sequences', 'library:standard']
    """
    from symsim.rasp.interpreter import SHIPPED

    ahead, _, last = begun.rpartition("/")
    found = [f"library:{file.stem}" for file in sorted(SHIPPED.glob("*.rasp"))]
    found = [name for name in found if name.startswith(begun)]
    lead = f"{ahead}/" if "/" in begun else ""
    try:
        entries = sorted((folder / lead).iterdir())
    except (OSError, ValueError):
        return found
    for entry in entries:
        if entry.name.startswith(last) and not entry.name.startswith("."):
            if entry.is_dir():
                found.append(f"{lead}{entry.name}/")
            elif entry.suffix == ".rasp":
                found.append(f"{lead}{entry.stem}")
    return found
