"""RASP programs as definitions of a certificate: one matrix formula for each operation, over columns of numbers.

A sequence is a column with one row a position, a selector a 0/1 matrix with one row a query. A boolean is 0 or 1. A
string is a number, its *code*: equal strings have equal codes and different ones different codes, so comparing for
equality, choosing and fetching is the same on both; what would tell them apart is not certified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symsim.proof.certificate_content import NotCertifiable, Tree, places
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.lowering import ProgramValues
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Euler,
    Indices,
    Lookup,
    Member,
    Node,
    Select,
    SOp,
    Tokens,
    ordered,
)

LENGTH = "#"
"""Stands for the length of the word in certificates about all words."""
HIGHEST_POWER = 20
_BOOLEAN = ("==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "indicator")
_ORDERED = ("<", "<=", ">", ">=")


def symbolic_program(side: ProgramCall | ProgramValues) -> dict[str, Any]:
    """A program as a side about all real operands.

    They stand in the tokens row by row, zeros behind them, and the result in the first positions.

    >>> from symsim.rasp import load
    >>> from symsim.rasp.claiming import claims
    >>> claim, = claims(load("library:matrices"), "transposition(r, c)", "A^T", {"A": ("r", "c")}, {"r": 1, "c": 2})
    >>> sorted(symbolic_program(claim.left))
    ['definitions', 'kind', 'tree']
    """
    if isinstance(side, ProgramCall):
        built, operands, length = side.built(), side.operands, side.length()
    else:
        built, operands, length = side.node, side.inputs, side.length
    top, terms = 0, []
    for name, (rows, cols) in operands:
        cells = rows * cols
        column = ["reshape", ["name", name], cells, 1]
        terms.append(["product", places(length, cells, lambda i, top=top: (top + i, i)), column])  # type: ignore[misc]
        top += cells
    index = ["matrix", {"shape": [length, 1], "entries": [[i, 0, str(i)] for i in range(1, length)]}]
    writer = _Writer(terms[0] if len(terms) == 1 else ["sum", *terms], index, length, {}, text=False)
    found = writer.written(built)
    rows, cols = side.shape
    chosen = ["product", places(rows * cols, length, lambda i: (i, i), rows * cols), found]
    return {"kind": "program", "definitions": writer.definitions, "tree": ["reshape", chosen, rows, cols]}


def word_program(built: SOp, codes: Mapping[Any, Any], text: bool) -> dict[str, Any]:
    """A program as a side about all words; ``codes`` gives every string a number, ``text``: the letters are strings."""
    writer = _Writer(["name", "word"], ["name", "index"], LENGTH, codes, text)
    found = writer.written(built)
    return {"kind": "program", "definitions": writer.definitions, "tree": found}


def strings_of(built: SOp) -> list[str]:
    """The strings that a program mentions, sorted."""
    found: set[str] = set()
    for node in ordered([built]):
        atoms: tuple[Any, ...] = ()
        if isinstance(node, Constant):
            atoms = (node.value,)
        elif isinstance(node, Member):
            atoms = node.atoms
        elif isinstance(node, Aggregate):
            atoms = (node.default,)
        elif isinstance(node, Lookup):
            atoms = tuple(atom for entry in _entries(node) for atom in entry)
        found.update(atom for atom in atoms if isinstance(atom, str))
    return sorted(found)


def gives_text(built: SOp, text: bool) -> bool:
    """Whether the values of an s-op are strings, where the letters are (``text``) or are not."""
    known: dict[Node, bool] = {}
    for node in ordered([built]):
        if isinstance(node, Tokens):
            known[node] = text
        elif isinstance(node, Constant):
            known[node] = isinstance(node.value, str)
        elif isinstance(node, Aggregate):
            known[node] = known[node.value]
        elif isinstance(node, Lookup):
            known[node] = any(isinstance(value, str) for _, value in _entries(node))
        elif isinstance(node, Elementwise):
            known[node] = any(known[part] for part in node.operands[1:]) if node.operator == "if" else False
        else:
            known[node] = False
    return known[built]


def _entries(node: Lookup) -> list[tuple[Any, Any]]:
    """Keys and values of a table; the places of a list or a string are counted from 0, and from the end from -1."""
    table = node.container
    if isinstance(table, dict):
        return list(table.items())
    return [(place, table[place]) for place in range(-len(table), len(table))]


class _Writer:
    """Writes the operations of a program as definitions, each after those that it reads."""

    def __init__(self, tokens: Tree, index: Tree, length: Any, codes: Mapping[Any, Any], text: bool) -> None:
        self.tokens, self.index, self.length, self.codes, self.text = tokens, index, length, codes, text
        self.definitions: list[list[Any]] = []
        self.known: dict[Node, Tree] = {}
        self.texts: dict[Node, bool] = {}

    def written(self, built: SOp) -> Tree:
        """The name of the last definition."""
        rules: dict[type, Callable[[Any], Tree]] = {
            Indices: lambda node: self.index,
            Tokens: self._cast,
            Constant: lambda node: self._everywhere(node.value),
            Euler: lambda node: ["apply", "exp", self._everywhere(1)],
            Elementwise: self._elementwise,
            Lookup: self._lookup,
            Member: self._member,
            Select: self._select,
            Combined: self._combined,
            Aggregate: self._aggregate,
        }
        for node in ordered([built]):
            if type(node) not in rules:
                raise NotCertifiable(f"a certificate has no {type(node).__name__.lower()} operation of programs")
            self.texts[node] = isinstance(node, SOp) and gives_text(node, self.text)
            name = f"s{len(self.definitions) + 1}"
            self.definitions.append([name, rules[type(node)](node)])
            self.known[node] = ["name", name]
        return self.known[built]

    def _ones(self) -> Tree:
        return ["ones", self.length, 1]

    def _everywhere(self, atom: Any) -> Tree:
        if isinstance(atom, str):
            if atom not in self.codes:
                raise NotCertifiable("a certificate about numbers has no strings")
            atom = self.codes[atom]
        elif isinstance(atom, bool):
            atom = int(atom)
        value = atom if isinstance(atom, int | Fraction) else Fraction(int(atom.p), int(atom.q))
        return ["scaled", ["number", str(value)], self._ones()]

    def _cast(self, node: Tokens) -> Tree:
        if node.cast not in ("asis", "str" if self.text else "float"):
            raise NotCertifiable(f"a certificate reads tokens as they are, not as {node.cast}")
        return self.tokens

    # -- truth ----------------------------------------------------------------------------------------------------
    def _not(self, value: Tree, whole: Tree | None = None) -> Tree:
        return ["sum", whole or self._ones(), _negative(value)]

    def _true(self, node: SOp) -> Tree:
        """1 where a value counts as true."""
        if isinstance(node, Elementwise) and node.operator in _BOOLEAN or isinstance(node, Member):
            return self.known[node]
        if self.texts[node]:
            raise NotCertifiable("a certificate does not ask whether a string is empty")
        return self._not(["binary", "==", self.known[node], self._everywhere(0)])

    def _compared(self, relation: str, a: Tree, b: Tree, whole: Tree | None = None) -> Tree:
        if relation == "!=":
            return self._not(["binary", "==", a, b], whole)
        if relation in (">", ">="):
            return ["binary", relation.replace(">", "<"), b, a]
        return ["binary", relation, a, b]

    def _check(self, relation: str, first: Node, second: Node) -> None:
        """Codes keep the equality of two strings, and their order where they were chosen so."""
        texts = self.texts[first], self.texts[second]
        if any(texts) and not all(texts):
            raise NotCertifiable("a certificate does not compare a string with a number")
        inorder = [self.codes[word] for word in sorted(self.codes)]
        if any(texts) and relation in _ORDERED and inorder != sorted(inorder):
            raise NotCertifiable("the encoder writes strings as numbers in another order than that of the alphabet")

    # -- operations -----------------------------------------------------------------------------------------------
    def _elementwise(self, node: Elementwise) -> Tree:
        sign, operands = node.operator, node.operands
        if sign in ("and", "or", "not", "if", "indicator"):
            return self._logic(sign, operands)
        parts = [self.known[operand] for operand in operands]
        if sign in (*_ORDERED, "==", "!="):
            self._check(sign, operands[0], operands[1])
            return self._compared(sign, *parts)
        if any(self.texts[operand] for operand in operands):
            raise NotCertifiable(f"a certificate has no '{sign}' of strings")
        rules: dict[str, Callable[[], Tree]] = {
            "+": lambda: ["sum", *parts],
            "-": lambda: ["sum", parts[0], _negative(parts[1])],
            "*": lambda: ["hadamard", *parts],
            "/": lambda: ["hadamard", parts[0], ["apply", "reciprocal", parts[1]]],
            "%": lambda: ["binary", "%", *parts],
            "^": lambda: self._power(operands[0], operands[1]),
            "negative": lambda: _negative(parts[0]),
            "positive": lambda: parts[0],
            "round": lambda: ["apply", "round", parts[0]],
            "exp": lambda: ["apply", "exp", parts[0]],
        }
        return rules[sign]()

    def _logic(self, sign: str, operands: tuple[SOp, ...]) -> Tree:
        truths = [self._true(operand) for operand in (operands[:1] if sign == "if" else operands)]
        if sign == "if":
            if self.texts[operands[1]] != self.texts[operands[2]]:
                raise NotCertifiable("a certificate does not choose between a string and a number")
            then, otherwise = (self.known[operand] for operand in operands[1:])
            return ["sum", ["hadamard", truths[0], then], ["hadamard", self._not(truths[0]), otherwise]]
        if sign == "and":
            return ["hadamard", *truths]
        if sign == "or":
            return self._not(["hadamard", *map(self._not, truths)])
        return self._not(truths[0]) if sign == "not" else truths[0]

    def _power(self, base: SOp, exponent: SOp) -> Tree:
        if isinstance(base, Euler):
            return ["apply", "exp", self.known[exponent]]
        times = exponent.value if isinstance(exponent, Constant) else None
        if isinstance(times, bool) or not isinstance(times, int) or abs(times) > HIGHEST_POWER:
            raise NotCertifiable(f"a certificate has powers up to {HIGHEST_POWER}, and powers of e")
        factor = self.known[base] if times >= 0 else ["apply", "reciprocal", self.known[base]]
        found = self._ones()
        for _ in range(abs(times)):
            found = ["hadamard", found, factor]
        return found

    def _member(self, node: Member) -> Tree:
        missed = self._ones()
        for atom in node.atoms:
            if isinstance(atom, str) == self.texts[node.item]:
                same = ["binary", "==", self.known[node.item], self._everywhere(atom)]
                missed = ["hadamard", missed, self._not(same)]
        return self._not(missed)

    def _lookup(self, node: Lookup) -> Tree:
        """The value of the one key that is equal, over how many are: where there is none, that has no value."""
        entries = _entries(node)
        if len({isinstance(value, str) for _, value in entries}) != 1:
            raise NotCertifiable("a certificate has no table of strings and numbers, and no empty one")
        same, values = [], []
        for key, value in entries:
            if isinstance(key, str) == self.texts[node.index]:
                same.append(["binary", "==", self.known[node.index], self._everywhere(key)])
                values.append(["hadamard", same[-1], self._everywhere(value)])
        if not same:
            raise NotCertifiable("a table is read with a key that it cannot have")
        return ["hadamard", ["sum", *values], ["apply", "reciprocal", ["sum", *same]]]

    # -- selectors ------------------------------------------------------------------------------------------------
    def _square(self) -> Tree:
        return ["ones", self.length, self.length]

    def _select(self, node: Select) -> Tree:
        self._check(node.operator, node.key, node.query)
        keys = ["product", self._ones(), ["transpose", self.known[node.key]]]
        queries = ["product", self.known[node.query], ["ones", 1, self.length]]
        return self._compared(node.operator, keys, queries, self._square())

    def _combined(self, node: Combined) -> Tree:
        parts = [self.known[operand] for operand in node.operands]
        if node.operator == "and":
            return ["hadamard", *parts]
        if node.operator == "or":
            return self._not(["hadamard", *(self._not(part, self._square()) for part in parts)], self._square())
        return self._not(parts[0], self._square())

    def _aggregate(self, node: Aggregate) -> Tree:
        """The sum over the selected positions by their number; the default where there are none."""
        selector = self.known[node.selector]
        count = ["product", selector, self._ones()]
        empty = ["binary", "==", count, self._everywhere(0)]
        total = ["product", selector, self.known[node.value]]
        mean = ["hadamard", total, ["apply", "reciprocal", ["sum", count, empty]]]
        if node.default is None:
            return mean
        return ["sum", mean, ["hadamard", self._everywhere(node.default), empty]]


def _negative(tree: Tree) -> Tree:
    return ["scaled", ["number", "-1"], tree]
