"""What to say about a text that cannot be read: line, column, the line itself, a caret, and what would be right."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from symsim.errors import BadInput

_WORDS = {
    "LPAR": "'('",
    "RPAR": "')'",
    "COMMA": "','",
    "SEMICOLON": "';'",
    "RSQB": "']'",
    "EQUAL": "'='",
    "$END": "the end",
}
_HINTS = {
    "^": "after ^ write T for the transpose or -1 for the inverse",
    "'": "the transpose is written X^T",
    "@": "a blank multiplies matrices: X A",
    "=": "a formula is one side of an equation: give the two sides apart",
    ".": "the entrywise product is written .*",
    "{": "use round parentheses",
    "}": "use round parentheses",
}
_WIDTH = 60
"""How many characters of a long line are shown on either side of the caret."""


def fault(text: str, position: int, message: str) -> BadInput:
    r"""The error about the character at ``position`` of ``text``.

    >>> print(fault("X +", 3, "the formula ends early"))
    line 1, column 4: the formula ends early
      X +
         ^
    """
    position = max(0, min(position, len(text)))
    begin = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[begin : end if end >= 0 else len(text)]
    column = position - begin
    left = max(0, column - _WIDTH)
    shown = "".join(c if c.isprintable() else " " for c in line[left : column + _WIDTH])
    where = f"line {text.count(chr(10), 0, position) + 1}, column {column + 1}"
    return BadInput(f"{where}: {message}\n  {shown}\n  {' ' * (column - left)}^")


def unexpected_character(text: str, position: int) -> BadInput:
    """The error about a character that begins nothing in the language."""
    character = text[position]
    hint = "a number has one point" if character in "0123456789" else _HINTS.get(character)
    quote = '"' if character == "'" else "'"
    shown = f"{quote}{character}{quote}" if character.isprintable() else f"the character U+{ord(character):04X}"
    return fault(text, position, f"{shown} cannot stand here" + (f": {hint}" if hint else ""))


def unexpected_token(text: str, token: Any, accepted: Set[str]) -> BadInput:
    """The error about a word or sign that stands where another is needed."""
    at_end = token.type == "$END"
    position = len(text.rstrip()) if at_end else token.start_pos
    found = "the text ends early" if at_end else f"unexpected '{token}'"
    hint = _HINTS.get(str(token), "") if token.type == "EQUAL" else ""
    wanted = hint or f"expected {expectation(accepted)}"
    return fault(text, position, f"{found}: {wanted}")


def expectation(accepted: Set[str]) -> str:
    """The terminals of the grammar in words.

    >>> expectation({"NAME", "NUMBER", "FUNCTION", "LPAR"}), expectation({"COMMA", "RPAR"})
    ('a formula', "')' or ','")
    """
    words = []
    if "FUNCTION" in accepted:
        words.append("a formula")
    elif "NUMBER" in accepted:
        words.append("a size (a number, a name, or sums and products of them)")
    elif "NAME" in accepted:
        words.append("a name")
    if "STAR" in accepted or "PLUS" in accepted:
        words[:] = ["an operator" if "MINUS" in accepted else "'+' or '*'"]
    for terminal, word in _WORDS.items():
        opens = terminal == "LPAR" and ("NUMBER" in accepted or "NAME" in accepted)
        if terminal in accepted and not opens:
            words.append(word)
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "something else"
