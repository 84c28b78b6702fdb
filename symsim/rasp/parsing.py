"""From text to programs: the parser of RASP and what it says about texts that are none."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

import lark

from symsim.errors import nearest
from symsim.rasp.faults import Place, RaspError, Source, Unfinished
from symsim.rasp.reading import Reader
from symsim.rasp.syntax import Program

LONGEST_TEXT = 50_000
"""A program has at most so many characters."""

WORDS = {
    "def": "DEF", "return": "RETURN", "for": "FOR", "in": "IN", "if": "IF", "else": "ELSE", "and": "AND", "or": "OR",
    "not": "NOT", "round": "ROUND", "indicator": "INDICATOR", "load": "LOAD", "draw": "DRAW", "set": "SET",
    "show": "SHOW", "example": "EXAMPLE", "examples": "EXAMPLES", "on": "SWITCH", "off": "SWITCH",
    "selector": "SELECTOR",
}  # fmt: skip
"""The words of the language; nothing can be named like one of them."""

_SIGNS = {
    "SEMICOLON": "';'", "COMMA": "','", "RPAR": "')'", "RSQB": "']'", "RBRACE": "'}'", "LBRACE": "'{'", "COLON": "':'",
    "ASSIGN": "'='", "IN": "'in'", "ELSE": "'else'", "RETURN": "'return'", "EXAMPLE": "'example'", "LPAR": "'('",
    "EXAMPLES": "'examples'", "SWITCH": "'on' or 'off'", "STRING": "a string in double quotes",
}  # fmt: skip
_OPERATORS = {"IF", "AND", "OR", "COMPARISON", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "CARET"}
_HINTS = {
    "!": "'not' negates, and '!=' stands in select only",
    "'": "strings stand in double quotes",
    "&": "write 'and'",
    "|": "write 'or'",
    "~": "write 'not'",
    ".": "a decimal has digits on both sides of its point",
    "'!='": "'!=' stands in select only: write not (a == b)",
    "'*'": "a power is written ^",
    "'='": "two values are compared with ==, and names alone can be assigned",
}

_lock = threading.Lock()


def parse(text: str, name: str = "", first: int = 1) -> Program:
    """Read a program; ``name`` is the file that errors speak of, ``first`` the number of the text's first line there.

    Raises ``RaspError`` with file, line, column, a caret and what was expected, for every text that is no program, and
    ``Unfinished`` where more text could make it one.

    >>> parse("x = 3; x + 1;").statements[1].value.operator
    '+'
    >>> parse("x = ;", "f.rasp")
    Traceback (most recent call last):
        ...
    symsim.rasp.faults.RaspError: f.rasp, line 1, column 5: unexpected ';': expected an expression
      x = ;
          ^
    """
    source = Source(name, text, first)
    if len(text) > LONGEST_TEXT:
        raise RaspError(f"the program has {len(text)} characters; at most {LONGEST_TEXT} are read: load parts of it")
    parser, reader, ends = _parser()
    with _lock:
        reader.source = source
        try:
            program: Program = parser.parse(text)  # type: ignore[assignment]
        except lark.exceptions.UnexpectedCharacters as problem:
            raise _bad_character(source, problem) from None
        except lark.exceptions.UnexpectedToken as problem:
            raise _bad_token(source, problem.token, _accepted(parser, ends.seen, problem.token)) from None
    return program


class _CommandEnds(lark.lark.PostLex):
    """Ends ``set example value`` where its line ends, unless a bracket is open; remembers the tokens of the text."""

    always_accept = ()

    def __init__(self) -> None:
        self.seen: list[lark.Token] = []

    def process(self, stream: Iterator[lark.Token]) -> Iterator[lark.Token]:
        self.seen = []
        for token in self._ended(stream):
            self.seen.append(token)
            yield token

    def _ended(self, stream: Iterator[lark.Token]) -> Iterator[lark.Token]:
        line, level, last = 0, 0, None
        for token in stream:
            if line and not level and (token.line or 0) > line:
                yield lark.Token.new_borrow_pos("_END_COMMAND", "", token)
                line = 0
            if token.type == "SET":
                line, level = token.line or 1, 0
            elif token.type in ("LPAR", "LSQB", "LBRACE"):
                level += 1
            elif token.type in ("RPAR", "RSQB", "RBRACE"):
                level -= 1
                line = max(line, token.line or 0) if line else 0
            last = token
            yield token
        if line and not level and last is not None:
            yield lark.Token.new_borrow_pos("_END_COMMAND", "", last)


@lru_cache(maxsize=1)
def _parser() -> tuple[lark.Lark, Reader, _CommandEnds]:
    def rename(token: lark.Token) -> lark.Token:
        token.type = WORDS.get(str(token), "NAME")
        return token

    reader, ends = Reader(), _CommandEnds()
    parser = lark.Lark(
        Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        lexer_callbacks={"NAME": rename},
        postlex=ends,
        transformer=reader,
    )
    return parser, reader, ends


def _accepted(parser: lark.Lark, seen: Sequence[lark.Token], bad: lark.Token) -> set[str]:
    """The terminals that could stand in place of ``bad``: the tokens before it are read again.

    The parser that failed has already closed what it could close.
    """
    again: Any = parser.parse_interactive("")
    for token in seen:
        if bad.type != "$END" and (token.start_pos or 0) >= (bad.start_pos or 0):
            break
        again.feed_token(token)
    return {str(terminal) for terminal in again.accepts()}


def _line_end(text: str, token: lark.Token) -> int:
    """Where the text before a token ends."""
    end = token.end_pos or 0
    return end if end >= len(text.rstrip()) else len(text[: token.start_pos].rstrip())


def _place(source: Source, position: int) -> Place:
    before = source.text[:position]
    return Place(source, before.count("\n") + source.first, position - before.rfind("\n"))


def _bad_character(source: Source, problem: Any) -> RaspError:
    position = problem.pos_in_stream or 0
    character = source.text[position : position + 1]
    if character == '"':
        return RaspError("this string does not end on its line: close it with a double quote", _place(source, position))
    hint = _HINTS.get(character, "")
    quote = '"' if character == "'" else "'"
    shown = f"{quote}{character}{quote}" if character.isprintable() else f"the character U+{ord(character):04X}"
    return RaspError(f"{shown} cannot stand here" + (f": {hint}" if hint else ""), _place(source, position))


def _bad_token(source: Source, token: lark.Token, accepted: Set[str]) -> RaspError:
    wanted = expectation(accepted)
    if token.type == "$END":
        return Unfinished(f"the program ends early: expected {wanted}", _place(source, len(source.text.rstrip())))
    if token.type == "_END_COMMAND":
        return RaspError(f"the line ends early: expected {wanted}", _place(source, _line_end(source.text, token)))
    found = f"unexpected '{token}'"
    place = _place(source, token.start_pos or 0)
    if str(token) in WORDS and "NAME" in accepted:
        return RaspError(f"{found}, a word of the language: expected {wanted}", place)
    if re.match(r'[\w"]', str(token)) and (close := _meant(source.text[: token.start_pos])):
        return RaspError(f"{found}: {close}", place)
    hint = _HINTS.get(f"'{token}'", "")
    return RaspError(f"{found}: {hint or f'expected {wanted}'}", place)


def _meant(before: str) -> str:
    """An offer of a word of the language that the last word of a text looks like."""
    last = re.search(r"[A-Za-z_][A-Za-z_0-9]{2,29}$", before[-200:].rstrip())
    if last is None or last[0] in WORDS:
        return ""
    offer = nearest(last[0], WORDS)
    return offer if offer.startswith("did") else ""


def expectation(accepted: Set[str]) -> str:
    """Terminals in words.

    >>> expectation({"NAME", "LPAR", "NOT", "INTEGER"}), expectation({"RPAR", "COMMA", "PLUS", "STAR"})
    ('an expression', "an operator, ',' or ')'")
    """
    words = []
    begins = "INTEGER" in accepted
    if begins:
        words.append("a statement" if "DEF" in accepted else "an expression")
    elif "NAME" in accepted:
        words.append("a name")
    elif "UNEQUAL" in accepted:
        words.append("one of == <= >= > < !=")
    elif _OPERATORS & accepted:
        words.append("an operator")
    if "_END_COMMAND" in accepted:
        words.append("the end of the line")
    for terminal, word in _SIGNS.items():
        starts = terminal in ("LPAR", "LBRACE", "STRING")
        calls = terminal in ("LPAR", "IN") and "CARET" in accepted and "ELSE" not in accepted
        if terminal in accepted and not (begins and starts) and not calls and not (terminal == "EXAMPLES" and begins):
            words.append(word)
    if accepted == {"$END"} or not words:
        words.append("the end")
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
