"""Long sums in Rocq, cut into tails with names, so that reading one of their parts stays quick.

A sum ``a + (b + (c + ...))`` of blocks, sorted by columns, is ``t0 = a + (b + t1)`` with ``t1 = c + ...``. Lemma
``t0_skip`` says that a column that is none of those of a and b is a column of t1.
"""

from __future__ import annotations

from dataclasses import dataclass

from symsim.proof.rocq_terms import Lemmas, nested, steps, walk

LONG = 8
"""Sums up to this length are walked along as they are."""
SEGMENT = 6

OTHER = {"block": "block_other", "run": "run_there"}
"""The lemma that a part has nothing in another column."""


@dataclass(frozen=True)
class Sum:
    """A sum: its name, its type, the columns and texts of its parts, and what it is a function of.

    ``rule`` is what the lemmas about a part are called: ``block`` or ``run``; ``reading`` is a column of the sum at
    which ``s`` stands for its number, and ``binders`` what ``reading`` has free beside it.
    """

    word: str
    kind: str
    parts: tuple[tuple[int, str], ...]
    rule: str
    reading: str
    argument: str = ""
    binders: str = ""

    def column(self, of: str) -> str:
        """A column of a tail."""
        return self.reading.replace("SUM", f"{of}{self.argument}")


class Tails:
    """How to read a column off sums; the tails of long ones are written into ``lemmas`` on first use."""

    def __init__(self, lemmas: Lemmas) -> None:
        self.lemmas = lemmas
        self._cut: dict[str, list[list[tuple[int, str]]]] = {}

    def proof(self, what: Sum, column: int) -> str:
        """The tactics that prove what a column of a sum is."""
        word = what.word
        if len(what.parts) <= LONG:
            return f"rewrite /{word}; {walk([j == column for j, _ in what.parts], what.rule)}"
        if word not in self._cut:
            self._cut[word] = self._tails(what)
        segments = self._cut[word]
        here = next((k for k, segment in enumerate(segments) if any(j == column for j, _ in segment)), None)
        skips = [f"{word}_t{k}_skip //" for k in range(len(segments))]
        if here is None:
            return f"by rewrite {word}_tails {' '.join(skips)}."
        opened = f"rewrite {word}_tails {' '.join([*skips[:here], f'{word}_t{here}E'])}"
        hits = [j == column for j, _ in segments[here]]
        if here == len(segments) - 1:
            return f"{opened}; {walk(hits, what.rule)}"
        later = [any(hits[i + 1 :]) for i in range(len(hits))]
        path = [("take_" if later[i] else "end_") if hit else "off_" for i, hit in enumerate(hits)]
        rest = f"by rewrite {' '.join(skips[here + 1 :])}"
        return f"{opened}; {steps([*(step + what.rule for step in path), rest])}"

    def off(self, what: Sum) -> str:
        """The tactics that prove that a column in which no part stands is 0, under conditions that say so."""
        if len(what.parts) > LONG:
            if what.word not in self._cut:
                self._cut[what.word] = self._tails(what)
            skips = " ".join(f"{what.word}_t{k}_skip //" for k in range(len(self._cut[what.word])))
            return f"by move=> *; rewrite {what.word}_tails {skips}."
        other = f"{OTHER[what.rule]} ?add0r //"
        rewrites = [f"mulmxDl {other}"] * (len(what.parts) - 1) + ([other] if what.parts else ["mul0mx"])
        return f"by move=> *; rewrite /{what.word} {' '.join(rewrites)}."

    def _tails(self, what: Sum) -> list[list[tuple[int, str]]]:
        """The segments of a long sum; their lemmas, the last one first."""
        segments: list[list[tuple[int, str]]] = [[]]
        for j, text in what.parts:
            if len(segments[-1]) >= SEGMENT and segments[-1][-1][0] != j:
                segments.append([])
            segments[-1].append((j, text))
        word, argument = what.word, what.argument
        free = " Z" if argument else ""
        for k in reversed(range(len(segments))):
            after = f"{word}_t{k + 1}" if k + 1 < len(segments) else ""
            texts = [text for _, text in segments[k]] + ([f"{after}{argument}"] if after else [])
            name, text = f"{word}_t{k}", nested(texts)
            typed = f" (Z : {what.kind})" if argument else ""
            self.lemmas.lines.append(f"Definition {name}{typed} : {what.kind} := locked ({text}).")
            self.lemmas.add(f"{name}E", f"{name}{argument} = {text}", f"by rewrite /{name} -lock.", free)
            distinct = dict.fromkeys(j for j, _ in segments[k])
            conditions = "".join(f"({j} != s)%N -> " for j in distinct)
            other = f"{OTHER[what.rule]} ?add0r //"
            rewrites = [f"mulmxDl {other}"] * (len(texts) - 1) + ([] if after else [other])
            self.lemmas.add(
                f"{name}_skip",
                f"{conditions}{what.column(name)} = {what.column(after) if after else '0'}",
                f"by move=> *; rewrite {name}E {' '.join(rewrites)}.",
                f" (s : nat){what.binders}",
            )
        opened = " ".join(f"{word}_t{k}E" for k in range(len(segments)))
        self.lemmas.add(f"{word}_tails", f"{word}{argument} = {word}_t0{argument}", f"by rewrite {opened}.", free)
        return segments
