"""From text to formulas: the parser of the matrix language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import lark

from symsim.domains.layout import Size
from symsim.errors import BadInput, nearest
from symsim.formulas import building, inference
from symsim.formulas.inference import Draft
from symsim.formulas.sizes import FUNCTIONS, OPERATIONS, RESERVED, as_size, check_name, size_names, substituted
from symsim.formulas.syntax import Formula, Name, Number, Scalar, Shape
from symsim.formulas.syntax_errors import fault, unexpected_character, unexpected_token

LONGEST_TEXT = 10_000
LONGEST_DIGITS = 300
LONGEST_SIZE = 16
"""How many names and numbers one size may be made of."""


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
    if not isinstance(text, str):
        raise BadInput(f"a formula is a text, got {type(text).__name__}")
    known = _Known(shapes, scalars, functions, sizes or {})
    reader = _Reader(text, known)
    top = reader.read(_tree(text, "formula", known.functions))
    if shape is not None:
        inference.alike([Draft(known.size(shape[0]), known.size(shape[1]), top.make), top])
    return reader.made(top)


def parse_size(text: str) -> Size:
    """Read a size.

    >>> parse_size("2*n + 1")
    2*n + 1
    """
    size: Size = _Reader(text, _Known({}, (), (), {})).read(_tree(text, "size", ()))
    return size


def parse_shape(text: str) -> tuple[str, Shape]:
    """Read the declaration of a matrix: its name, ``=``, its rows and its columns (one column where there are none).

    >>> parse_shape("X=n,d"), parse_shape("u=3")
    (('X', (n, d)), ('u', (3, 1)))
    """
    name, equals, _ = text.partition("=")
    if not equals:
        raise BadInput(f"{text!r} declares no shape: write X=n,d for a matrix or u=n for a column")
    check_name(name.strip(), "matrix")
    tree = _tree(text, "declaration", ())
    reader = _Reader(text, _Known({}, (), (), {}))
    rows, cols = (1 if part is None else reader.read(part) for part in tree.children[1:])
    return name.strip(), (rows, cols)


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
    _Known(shapes, (), (), {})
    return shapes


class _Known:
    """The names that a formula may use."""

    def __init__(
        self, shapes: Mapping[str, Any], scalars: Iterable[str], functions: Iterable[str], sizes: Mapping[str, int]
    ) -> None:
        self.fixed = {check_name(name, "size"): as_size(value) for name, value in sizes.items()}
        self.matrices = {name: self._matrix(name, shape) for name, shape in shapes.items()}
        self.scalars = tuple(dict.fromkeys(check_name(name, "scalar") for name in scalars))
        self.functions = tuple(dict.fromkeys(check_name(name, "function") for name in functions))
        self.sizes = set(self.fixed)
        for shape in shapes.values():
            for size in shape if isinstance(shape, tuple | list) else (shape,):
                self.sizes.update(size_names(parse_size(size) if isinstance(size, str) else as_size(size)))
        roles: dict[str, str] = {}
        for role, names in (
            ("matrix", self.matrices),
            ("size", sorted(self.sizes)),
            ("scalar", self.scalars),
            ("function", self.functions),
        ):
            for name in names:
                if name in roles:
                    raise BadInput(f"'{name}' is declared as a {roles[name]} and as a {role}: use two names")
                roles[name] = role
        self.all = [*roles, *FUNCTIONS, *OPERATIONS]

    def size(self, value: Any) -> Size:
        """A size with the fixed ones put in."""
        return substituted(parse_size(value) if isinstance(value, str) else as_size(value), self.fixed)

    def _matrix(self, name: str, shape: Any) -> Name:
        pair = tuple(shape) if isinstance(shape, tuple | list) else (shape, 1)
        if len(pair) != 2:
            raise BadInput(f"the shape of '{name}' has {len(pair)} sizes: give rows and columns, or the rows of a column")
        return Name(name, self.size(pair[0]), self.size(pair[1]))


def _tree(text: str, start: str, functions: tuple[str, ...]) -> Any:
    """The parse tree of a text."""
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"the formula has {len(text)} characters; at most {LONGEST_TEXT} are read")
    if not text.strip():
        raise BadInput("the formula is empty")
    try:
        return _parser(functions).parse(text, start=start)
    except lark.exceptions.UnexpectedCharacters as problem:
        raise unexpected_character(text, problem.pos_in_stream) from None
    except lark.exceptions.UnexpectedToken as problem:
        accepted = problem.interactive_parser.accepts()
        raise unexpected_token(text, problem.token, accepted) from None


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


def _postorder(tree: Any) -> Iterator[Any]:
    """Every tree node after its children, without recursion: brackets may nest deeply."""
    stack = [(tree, False)]
    while stack:
        node, below_done = stack.pop()
        if below_done:
            yield node
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.children) if isinstance(child, lark.Tree))


class _Reader:
    """One text on its way from the parse tree to a formula."""

    def __init__(self, text: str, known: _Known) -> None:
        self.text = text
        self.known = known
        self.drafts: list[Draft] = []

    def read(self, tree: Any) -> Any:
        """The draft of a formula, or the value of a size."""
        done: dict[int, Any] = {}
        for node in _postorder(tree):
            children = [done[id(child)] if isinstance(child, lark.Tree) else child for child in node.children]
            rule: Callable[[list[Any]], Any] | None = getattr(self, f"_{node.data}", None)
            if rule is None:
                done[id(node)] = (str(node.data), children)
                continue
            try:
                value = rule(children)
            except BadInput as problem:
                raise fault(self.text, node.meta.start_pos, str(problem)) from None
            if isinstance(value, Draft):
                value.position = node.meta.start_pos
                self.drafts.append(value)
            done[id(node)] = value
        result = done[id(tree)]
        return result[0] if isinstance(result, tuple) else result

    def made(self, top: Draft) -> Formula:
        """The formula, made from the leaves up."""
        for draft in self.drafts:
            try:
                draft.made = draft.make()
            except BadInput as problem:
                raise fault(self.text, draft.position, str(problem)) from None
        return top.formula
