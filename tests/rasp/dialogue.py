"""Conversations with a session as texts: what was typed after the prompts, and what was answered below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from symsim.rasp.lines import gathered
from symsim.rasp.session import Session

PROMPT, MORE = ">> ", ".. "


@dataclass(frozen=True)
class Exchange:
    """One text that was typed, and the answer that stands below it."""

    typed: str
    answer: str


def exchanges(text: str) -> Iterator[Exchange]:
    """The exchanges of a conversation. Tabs are blanks up to each eighth column, blanks at line ends are nothing."""
    for part in re.split(r"^>> ?", text, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        typed = [lines.pop(0)]
        while lines and re.match(r"\.\.( |$)", lines[0]):
            typed.append(lines.pop(0)[len(MORE) :])
        yield Exchange("\n".join(typed), plain("\n".join(lines)))


def plain(text: str) -> str:
    """A text without tabs, without blanks at the ends of lines and without empty lines at its end."""
    return "\n".join(line.expandtabs().rstrip() for line in text.split("\n")).rstrip()


def answer(session: Session, typed: str) -> str:
    """What a session answers to a text."""
    return plain("\n".join(text for text in (str(reply) for reply in session.enter(typed)) if text))


def differences(text: str, session: Session) -> list[str]:
    """Replay a conversation, and say where the session answers something else."""
    found = []
    for exchange in exchanges(text):
        if exchange.typed.strip() and len(list(gathered(iter(exchange.typed.splitlines(keepends=True))))) != 1:
            found.append(f"is not typed in one go: {exchange.typed}")
        given = answer(session, exchange.typed)
        if given != exchange.answer:
            found.append(f">> {exchange.typed}\n{given}\ninstead of\n{exchange.answer}")
    return found
