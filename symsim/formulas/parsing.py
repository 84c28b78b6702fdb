"""From text to formulas: the parser of the matrix language, and the declarations of shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import lark

from symsim.domains.layout import Size
from symsim.errors import BadInput
from symsim.formulas import inference
from symsim.formulas.inference import Draft
from symsim.formulas.reading import Reader, Vocabulary
from symsim.formulas.sizes import FUNCTIONS, OPERATIONS, as_size, check_name, substituted
from symsim.formulas.syntax import Formula, Name, Shape
from symsim.formulas.syntax_errors import unexpected_character, unexpected_token

LONGEST_TEXT = 10_000
"""A formula has at most this many characters."""


def parse(
    text: str,
    shapes: Mapping[str, Any],
    scalars: Iterable[str] = (),
    functions: Iterable[str] = (),
    *,
    sizes: Mapping[str, int] | None = None,
    shape: tuple[Any, Any] | None = None,
) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text
        The formula, such as ``softmax(X A X^T) X V``.
    shapes
        The declared matrices: ``{"X": ("n", "d")}``, or ``{"u": "n"}`` for a column. A size is an integer, a name, or
        a sum or product of them.
    scalars
        The names of declared scalars.
    functions
        Names that stand for any function of one variable, applied to every entry.
    sizes
        Sizes with a fixed value.
    shape
        The shape of the whole formula, where it is known: it gives a bare ``0`` or ``I`` its shape.

    Raises
    ------
    BadInput
        With line, column, a caret and what would be right.

    >>> parse("softmax(X X^T / tau) X", {"X": ("n", "d")}, scalars=["tau"])
    <softmax(1 / tau * X X^T) X: n x d>
    """
    vocabulary = _vocabulary(shapes, scalars, functions, sizes or {})
    reader = Reader(text, vocabulary)
    top = reader.draft(_tree(text, "formula", vocabulary.functions))
    if shape is not None:
        rows, cols = (substituted(_size(size), vocabulary.fixed) for size in shape)
        inference.alike([Draft(rows, cols, top.make), top])
    return reader.made(top)


def parse_size(text: str) -> Size:
    """Read a size.

    >>> parse_size("2*n + 1")
    2*n + 1
    """
    return Reader(text, Vocabulary()).size(_tree(text, "size", ()))


def parse_shape(text: str) -> tuple[str, Shape]:
    """Read the declaration of a matrix: its name, ``=``, its rows and its columns (one column where there are none).

    >>> parse_shape("X=n,d"), parse_shape("u=3")
    (('X', (n, d)), ('u', (3, 1)))
    """
    name, equals, _ = text.partition("=")
    if not equals:
        raise BadInput(f"{text!r} declares no shape: write X=n,d for a matrix or u=n for a column")
    name = check_name(name.strip(), "matrix")
    reader = Reader(text, Vocabulary())
    rows, cols = (1 if part is None else reader.size(part) for part in _tree(text, "declaration", ()).children[1:])
    return name, (rows, cols)


def parse_shapes(texts: Iterable[str]) -> dict[str, Shape]:
    """Read several declarations; a name may be declared once.

    >>> parse_shapes(["X=n,d", "A=d,d"])
    {'X': (n, d), 'A': (d, d)}
    """
    shapes: dict[str, Shape] = {}
    for text in texts:
        name, shape = parse_shape(text)
        if name in shapes:
            raise BadInput(f"the shape of '{name}' is declared twice")
        shapes[name] = shape
    _vocabulary(shapes, (), (), {})
    return shapes


def _size(value: Any) -> Size:
    return parse_size(value) if isinstance(value, str) else as_size(value)


def _vocabulary(
    shapes: Mapping[str, Any], scalars: Iterable[str], functions: Iterable[str], sizes: Mapping[str, int]
) -> Vocabulary:
    """The declared names, checked: every name means one thing."""
    fixed = {check_name(name, "size"): as_size(value) for name, value in sizes.items()}
    declared: dict[str, Name] = {}
    for name, shape in shapes.items():
        pair = tuple(shape) if isinstance(shape, tuple | list) else (shape, 1)
        if len(pair) != 2:
            raise BadInput(f"the shape of '{name}' has {len(pair)} sizes: give rows and columns")
        declared[name] = Name(check_name(name, "matrix"), _size(pair[0]), _size(pair[1]))
    return Vocabulary(
        matrices=declared,
        scalars=tuple(dict.fromkeys(check_name(name, "scalar") for name in scalars)),
        functions=tuple(dict.fromkeys(check_name(name, "function") for name in functions)),
        fixed=fixed,
    )


def _tree(text: str, start: str, functions: tuple[str, ...]) -> Any:
    """The parse tree of a text."""
    if not isinstance(text, str):
        raise BadInput(f"a formula is a text, got {type(text).__name__}")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"the formula has {len(text)} characters; at most {LONGEST_TEXT} are read")
    if not text.strip():
        raise BadInput("the formula is empty")
    parser = _parser(functions)
    try:
        return parser.parse(text, start=start)
    except lark.exceptions.UnexpectedCharacters as problem:
        raise unexpected_character(text, problem.pos_in_stream or 0) from None
    except lark.exceptions.UnexpectedToken as problem:
        raise unexpected_token(text, problem.token, _accepted(parser, text, start, problem.token)) from None


def _accepted(parser: lark.Lark, text: str, start: str, bad: Any) -> set[str]:
    """The terminals that could stand in place of the token ``bad``.

    The text in front of it is read again: the parser that failed has already closed what it could close.
    """
    again: Any = parser.parse_interactive(text, start=start)
    for token in again.lexer_thread.lex(again.parser_state):
        if bad.type != "$END" and token.start_pos >= bad.start_pos:
            break
        again.feed_token(token)
    return set(again.accepts())


@lru_cache(maxsize=32)
def _parser(functions: tuple[str, ...]) -> lark.Lark:
    words = dict.fromkeys((*FUNCTIONS, *OPERATIONS, *functions), "FUNCTION") | {"ones": "ONES", "I": "EYE"}

    def rename(token: lark.Token) -> lark.Token:
        token.type = "ZERO" if token == "0" else words.get(str(token), token.type)
        return token

    return lark.Lark(
        Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        start=["formula", "declaration", "size"],
        lexer_callbacks={"NAME": rename, "NUMBER": rename},
        propagate_positions=True,
    )
