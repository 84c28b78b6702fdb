"""The page about sessions: every line of it is typed, and the answers are compared."""

from __future__ import annotations

import re

from symsim.rasp.session import Session
from tests.rasp.dialogue import differences, exchanges
from tests.transcripts import ROOT

PAGE = (ROOT / "docs" / "tutorials" / "rasp-session.md").read_text(encoding="utf-8")
TALK = "".join(re.findall(r"^```text\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))


def test_the_page_is_one_session() -> None:
    assert len(list(exchanges(TALK))) > 35
    assert "\n\n".join(differences(TALK, Session())) == ""


def test_a_changed_page_is_noticed() -> None:
    assert len(differences(TALK.replace("[0, 1, 0.5, 0.333]", "[0, 1, 0.5, 0.334]"), Session())) == 1
    assert len(differences(TALK.replace(">> total = 0;", ">> total = 1;"), Session())) > 1
