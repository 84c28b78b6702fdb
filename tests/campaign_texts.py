"""A family of texts that are no programs, or hardly: nothing but ``RaspError`` comes of them, and each is read in time.

What is read is also run, and then nothing but ``RaspError`` may come of that either.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from symsim.rasp import Interpreter, RaspError, parse
from symsim.rasp.parsing import LONGEST_TEXT, WORDS
from tests.campaign_blocks import Family, tell, trials

ROOT = Path(__file__).resolve().parent.parent
SIZE = 100
"""So many texts a block."""

BLOCKS = 100

SLOW = 2.0
"""Seconds within which a text is read."""

LIMIT = 30.0
"""Seconds within which a text is read and run."""

MOST_STATEMENTS = 200
"""So many statements of a text are run."""

SIGNS = (
    "x y f 0 1 2.5 10 + - * / % ^ == < <= > >= != = ( ) [ ] { } , ; : True False indices length tokens s-op exit() "
    "select( aggregate( range( zip( len( min( max( sort( full_s selector_width( tokens_int tokens_float e exp("
)
STRANGE = ['"', "->", "!", "&", "'", "\ufeff", "λ", "\0"]
TOKENS = [*WORDS, *SIGNS.split(), '"a"', "full seq display", "\n", "# c\n", *STRANGE]

OPENING = [
    "(", "[", "{", '{"a": ', "f(", "f[", "-", "+", "not ", "round(", "indicator(", "select(", "aggregate(", "a if ",
    "a if b else ", "[x for x in ", "{x: y for x, y in ", "x = ", "def f(a) { ", "for x in y { ", "a[", "a(", "a + ",
    "a ^ ", "a and ", "a == ", "a in ", "x, ", "return ", "set example ", "show ", "draw(", "tokens, ",
]  # fmt: skip
CLOSING = {"(": ")", "[": "]", "{": "}"}

LINES = [
    "x = indices;", "y = select(indices, x, ==);", "def f(a) { return a + 1; }", "x = x + 1;", "x = f(x);",
    'set example "hello"', "examples off", "for i in range(3) { x = x + i; }", "x, y = y, x;", "[i for i in range(9)];",
    '{"a": 1}["a"];', "aggregate(select(indices, indices, <), tokens, 0);", "# nothing", "show example", "x;",
    "for i in range(1000) { x = x + i; }", "x = [x, x];", "z = 9; for i in range(40) { z = z ^ 9; }", "x = x / 0;",
    "def g(a) { return g(a + 1); } g(1);", "x = {1: x, 2: x};", "def f(a) { return f; }",
    "z = 3; for i in range(30) { z = z * z; }", "x = e ^ x;", "x = exp(x);", "x = x[0];", "[1, 2][x];", '"abc"[1];',
    "for i in range(99) { x = select(x, x, ==); x = selector_width(x); }", "z = round(7/2) ^ -1;", "sort(x, x);",
    "set example [1/3, 2, 0]", "set example [e, 1]", "x = x % 3;", "x = x if x > 2 else -x;", "draw(x);",
    'load "nowhere";', "for i, j in zip([1, 2], [3, 4]) { x = x * i + j; }",
]  # fmt: skip


@cache
def library() -> list[str]:
    """Programs of the shipped library, and those of the pages."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("symsim/rasp/library/*.rasp"))]
    for page in sorted(ROOT.glob("docs/**/*.md")):
        texts += re.findall(r"```(?:text|rasp)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return texts


# -- texts --------------------------------------------------------------------------------------------------------
def soup(draw: random.Random) -> str:
    """Words and signs of the language in any order."""
    between = draw.choice([" ", " ", "", "\n"])
    return between.join(draw.choice(TOKENS) for _ in range(int(2 ** draw.uniform(0, 9))))


def characters(draw: random.Random) -> str:
    """Characters of any kind."""
    pools = ["()[]{};,=", "0123456789.eE+-", 'abc"#\n ;', "".join(map(chr, range(256))), "λ\u2028\U0001f600e\u0301 x=;"]
    pool = "".join(draw.sample(pools, draw.randint(1, 3)))
    return "".join(draw.choice(pool) for _ in range(int(2 ** draw.uniform(0, 10))))


def mutant(draw: random.Random) -> str:
    """A program of the library with words lost, doubled, changed over or put in."""
    parts = re.findall(r'"[^"\n]*"|\w+|\s+|[^\w\s]', draw.choice(library()))
    if draw.random() < 0.5:
        start = draw.randrange(len(parts))
        parts = parts[start : start + draw.randint(5, 200)]
    for _ in range(draw.choice([1, 1, 1, 2, 3, 6])):
        i, j = draw.randrange(len(parts) + 1), draw.randrange(len(parts) + 1)
        change = draw.randrange(5)
        if change == 0:
            del parts[i : i + draw.randint(1, 4)]
        elif change == 1:
            parts.insert(i, draw.choice(TOKENS))
        elif change == 2:
            parts[i : i + 1] = [draw.choice(TOKENS)]
        elif change == 3:
            parts[min(i, j) : min(i, j)] = parts[min(i, j) : max(i, j)][:100]
        elif parts:
            i, j = i % len(parts), j % len(parts)
            parts[i], parts[j] = parts[j], parts[i]
    return "".join(parts)[:LONGEST_TEXT]


def nested(draw: random.Random) -> str:
    """What opens, one in the other, closed or not."""
    kinds = draw.choices(OPENING, k=draw.randint(1, 4))
    depth = int(2 ** draw.uniform(0, 12))
    opened = [kinds[k % len(kinds)] for k in range(depth)]
    inner = draw.choice(["1", "x", "", soup(draw)])
    closed = "".join(CLOSING[c] for piece in reversed(opened) for c in reversed(piece) if c in CLOSING)
    end = draw.choice([";", "", "; }", closed[: len(closed) // 2]])
    return "".join(opened) + inner + draw.choice([closed, ""]) + end


def long(draw: random.Random) -> str:
    """One piece many times, up to the longest text and beyond, perhaps with a mistake at the end."""
    piece = draw.choice([*LINES, *OPENING, draw.choice(TOKENS), soup(draw), draw.choice(library())])
    piece += draw.choice([" ", "\n", ""])
    length = draw.choice([LONGEST_TEXT, LONGEST_TEXT + 1, LONGEST_TEXT // 2, 5000])
    end = draw.choice(["", ";", "x = ;", '"', ")", "}", soup(draw)])
    return (piece * (length // max(len(piece), 1) + 1))[: max(length - len(end), 0)] + end


def program(draw: random.Random) -> str:
    """Lines that are right, in any order, and perhaps one that is not."""
    lines = [*LINES[:3], *draw.choices(LINES[: draw.choice([15, len(LINES)])], k=draw.randint(1, 40))]
    if draw.random() < 0.3:
        lines.insert(draw.randrange(len(lines)), soup(draw))
    return "\n".join(lines)


KINDS = (soup, characters, mutant, mutant, nested, long, program, program)


# -- reading and running --------------------------------------------------------------------------------------------
def read(text: str) -> str:
    """Read a text, and run what is read; raises what is wrong with that."""
    start = time.process_time()
    try:
        found = parse(text)
    except RaspError as error:
        told = str(error)
        if not error.message or len(told) > 1000:
            raise AssertionError(f"an error of {len(told)} characters") from error
        found = None
    seconds = time.process_time() - start
    if seconds > SLOW:
        raise AssertionError(f"{seconds:.1f} s to read {len(text)} characters")
    if found is None:
        return "refused"
    session, stopped = Interpreter("asis"), False
    for statement in found.statements[:MOST_STATEMENTS]:  # as a session does: a mistake ends a statement only
        try:
            session.run(replace(found, statements=(statement,)))
        except RaspError as error:
            stopped = stopped or bool(str(error))
    return "read, stopped" if stopped else "read, run"


def texts(number: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """The texts of a block."""
    draw = random.Random(number)
    for k in range(SIZE):
        text = KINDS[k % len(KINDS)](draw)
        yield text, partial(read, text)


def attack(number: int) -> dict[str, Any]:
    """One block: texts drawn from a seed."""
    return trials(f"seed {number}", texts(number), LIMIT)


def families() -> list[Family]:
    """10,000 texts."""
    return [Family("texts", lambda: [f"seed {k}" for k in range(BLOCKS)], attack, tell)]
