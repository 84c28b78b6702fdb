"""The terminal of ``symsim rasp repl``: prompts, completion, history, and more lines where a statement goes on.

All of it is prompt_toolkit's work; where that is missing, plain ``input`` asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symsim.rasp.session import Session

PROMPT, MORE = ">> ", ".. "
GOES_ON = "the statement goes on: it ends with a semicolon. Ctrl-C drops it"

Ask = Callable[[], str]
"""Asks for the next statements; raises ``EOFError`` where the user leaves."""


def reader(session: Session, **terminal: Any) -> Ask:
    """What asks for statements; ``input`` and ``output`` of prompt_toolkit may be given."""
    try:
        import prompt_toolkit  # noqa: F401
    except ImportError:
        return plain
    return _prompt(session, terminal)


def plain() -> str:
    """Ask line by line, without editing."""
    from symsim.rasp.lines import unfinished

    try:
        text = input(PROMPT)
        while unfinished(text):
            text += "\n" + input(MORE)
    except (EOFError, KeyboardInterrupt):
        print()
        raise
    return text


def history_file() -> Path | None:
    """Where statements are remembered: in the user's data folder; None where it cannot be written."""
    given = os.environ.get("XDG_DATA_HOME", "")
    try:
        folder = (Path(given) if os.path.isabs(given) else Path.home() / ".local" / "share") / "symsim"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "rasp-history"
        with path.open("ab"):
            return path
    except (OSError, RuntimeError):
        return None


def _prompt(session: Session, terminal: dict[str, Any]) -> Ask:
    """The prompt of prompt_toolkit; a statement of several lines is one text, in the history too."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer, Completion
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.shortcuts import CompleteStyle

    from symsim.cli.rasp_completion import completions

    class Names(Completer):
        """Completes names, words and files."""

        def get_completions(self, document: Any, complete_event: Any) -> Iterator[Completion]:
            for text, back in completions(session, document.text_before_cursor):
                yield Completion(text, start_position=-back)

    def goes_on() -> bool:
        return "\n" in asking.default_buffer.text

    asking: PromptSession[str] = PromptSession(
        history=_history(),
        completer=Names(),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,
        multiline=Condition(goes_on),
        key_bindings=_keys(),
        prompt_continuation=lambda width, line_number, wrap_count: MORE if wrap_count == 0 else " " * len(MORE),
        **terminal,
    )
    return lambda: asking.prompt(PROMPT, bottom_toolbar=lambda: GOES_ON if goes_on() else None)


def _keys() -> Any:
    """The enter key ends what is complete, and begins a line otherwise."""
    from prompt_toolkit.key_binding import KeyBindings

    from symsim.rasp.lines import unfinished

    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: Any) -> None:
        buffer = event.current_buffer
        if unfinished(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    return keys


def _history() -> Any:
    """A history in its file, as far as there is one."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class Remembered(FileHistory):
        """A history that does without its file where that is full or gone."""

        def store_string(self, string: str) -> None:
            with suppress(OSError):
                super().store_string(string)

        def load_history_strings(self) -> Iterator[str]:
            with suppress(OSError):
                yield from super().load_history_strings()

    path = history_file()
    return InMemoryHistory() if path is None else Remembered(str(path))
