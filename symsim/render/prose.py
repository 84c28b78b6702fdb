"""Prose with mathematics in it: which words of a sentence are formulas, which name slots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from symsim.render.document import Code, Inline, Line, Math, Slot, Text
from symsim.render.mathml import readable
from symsim.render.notation import Notation

BREAK = re.compile(r"(\$[^$\n]+\$|`[^`\n]+`)")
CANDIDATE = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*(?:\^T)?")


class Prose:
    """Turns sentences into lines.

    Mathematics is what stands between dollar signs (where the subset of LaTeX knows it), known formulas, single letters
    other than the articles, words with an underscore such as ``x_ik``, and known matrix names side by side. ``slot xa``
    names the slot ``xa`` where there is one.

    >>> prose = Prose(["X", "A"], slots=["xa"])
    >>> [part for part in prose.line("A row x_i of X A goes to slot xa.") if not isinstance(part, Text)]
    [Math(latex='x_{i}'), Math(latex='X A'), Slot(name='xa')]
    """

    def __init__(
        self,
        names: Iterable[str] = (),
        slots: Iterable[str] = (),
        formulas: Mapping[str, str] | None = None,
        notation: Notation | None = None,
    ) -> None:
        self.names, self.slots = frozenset(names), frozenset(slots)
        self.notation = notation or Notation()
        self.formulas = dict(sorted((formulas or {}).items(), key=lambda item: (-len(item[0]), item[0])))

    def line(self, text: str) -> Line:
        """One paragraph; line breaks are blanks."""
        found: list[Inline] = []
        for piece in BREAK.split(" ".join(text.split())):
            if len(piece) > 2 and piece[0] == piece[-1] == "$" and readable(piece[1:-1]):
                found.append(Math(piece[1:-1]))
            elif len(piece) > 2 and piece[0] == piece[-1] == "`":
                found.append(Code(piece[1:-1]))
            elif piece:
                found.extend(self._known(piece))
        return tuple(_merged(found))

    def _known(self, text: str) -> Iterator[Inline]:
        """The text, with known formulas taken out first; those without a function are found as runs of names."""
        for formula, latex in self.formulas.items():
            if "(" in formula and formula in text:
                before, after = text.split(formula, 1)
                yield from self._known(before)
                yield Math(latex)
                yield from self._known(after)
                return
        yield from self._words(text)

    def _words(self, text: str) -> Iterator[Inline]:
        place = 0
        for found in self._runs(text):
            start, stop, part = found
            if start > place:
                yield Text(text[place:start])
            yield part
            place = stop
        if place < len(text):
            yield Text(text[place:])

    def _runs(self, text: str) -> Iterator[tuple[int, int, Inline]]:
        """Where mathematics and slots stand: neighbouring symbols make one formula."""
        run: list[re.Match[str]] = []
        for word in CANDIDATE.finditer(text):
            joined = bool(run) and text[run[-1].end() : word.start()] == " "
            if run and not (joined and self._alike(word[0], run[-1][0])):
                yield from self._formula(text, run)
                run = []
            slotted = text[: word.start()].lower().endswith("slot ") or "_" in word[0]
            if slotted and word[0] in self.slots:
                yield word.start(), word.end(), Slot(word[0])
            elif self._symbol(text, word) or (self._matrix(word[0]) and self._followed(text, word)):
                run.append(word)
        if run:
            yield from self._formula(text, run)

    def _formula(self, text: str, run: list[re.Match[str]]) -> Iterator[tuple[int, int, Inline]]:
        yield run[0].start(), run[-1].end(), Math(" ".join(self._latex(word[0]) for word in run))

    def _latex(self, word: str) -> str:
        name, flipped = (word[:-2], True) if word.endswith("^T") else (word, False)
        return self.notation.name(name) + (f"^{{{self.notation.transpose}}}" if flipped else "")

    def _alike(self, one: str, other: str) -> bool:
        """Whether two neighbours make one product: two matrices, or two symbols with indices."""
        return all(self._matrix(word) for word in (one, other)) or ("_" in one and "_" in other)

    def _matrix(self, word: str) -> bool:
        return word.removesuffix("^T") in self.names

    def _followed(self, text: str, word: re.Match[str]) -> bool:
        """Whether another matrix name comes right after this one, so that ``A X`` is a product and no article."""
        after = CANDIDATE.match(text, word.end() + 1)
        return text[word.end() : word.end() + 1] == " " and after is not None and self._matrix(after[0])

    def _symbol(self, text: str, word: re.Match[str]) -> bool:
        found = word[0]
        before = text[word.start() - 1 : word.start()]
        after = text[word.end() : word.end() + 1]
        if before in ("'", "\u2019", "-") or after in ("'", "(", "-"):
            return False
        if "^T" in found or ("_" in found and len(found.split("_")[0]) == 1):
            return True
        if len(found) != 1 or found == "a":
            return found in self.names and len(found) > 1
        if found in ("A", "I"):
            return found in self.names and word.start() > 0 and re.search(r"[.:!?]\s*\Z", text[: word.start()]) is None
        return found.islower() or found in self.names


def _merged(parts: list[Inline]) -> Iterator[Inline]:
    held = ""
    for part in parts:
        if isinstance(part, Text):
            held += part.text
            continue
        if held:
            yield Text(held)
            held = ""
        yield part
    if held:
        yield Text(held)
