"""One text on its way from the parse tree to a formula: what each rule of the grammar means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import lark

from symsim.domains.layout import Size
from symsim.errors import BadInput, nearest
from symsim.formulas import building, inference
from symsim.formulas.inference import Draft
from symsim.formulas.sizes import FUNCTIONS, OPERATIONS, RESERVED, as_size, check_name, size_names, substituted
from symsim.formulas.syntax import Formula, Name, Number, Scalar
from symsim.formulas.syntax_errors import fault

LONGEST_NUMBER = 300
"""A number in a text has at most this many digits, and an exponent of at most this size."""
LONGEST_SIZE = 16
"""A size in a text is made of at most this many names and numbers."""


@dataclass
class Vocabulary:
    """The names that a formula may use; ``fixed`` gives values to sizes.

    Raises ``BadInput`` where one name has two meanings.
    """

    matrices: dict[str, Name] = field(default_factory=dict)
    scalars: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    fixed: dict[str, Size] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = dict.fromkeys(name for m in self.matrices.values() for size in m.shape for name in size_names(size))
        self.sizes = tuple({**sizes, **self.fixed})
        self.matrices = {
            name: Name(name, substituted(m.rows, self.fixed), substituted(m.cols, self.fixed))
            for name, m in self.matrices.items()
        }
        self.roles: dict[str, str] = {}
        groups = {"matrix": self.matrices, "size": self.sizes, "scalar": self.scalars, "function": self.functions}
        for role, names in groups.items():
            for name in names:
                if name in self.roles:
                    raise BadInput(f"'{name}' is declared as a {self.roles[name]} and as a {role}: use two names")
                self.roles[name] = role

    def unknown(self, name: str) -> BadInput:
        """What to say about a name that nothing declares."""
        if name in RESERVED:
            return BadInput(f"'{name}' is reserved: {RESERVED[name]}")
        for cut in range(1, len(name)):
            if name[:cut] in self.matrices and name[cut:] in self.matrices:
                return BadInput(f"unknown name '{name}': a product is written with a blank, {name[:cut]} {name[cut:]}")
        advice = nearest(name, [*self.roles, *FUNCTIONS, *OPERATIONS])
        return BadInput(f"unknown name '{name}': {advice if '?' in advice else nearest(name, self.roles)}")


class _Length(NamedTuple):
    """A size, and how many names and numbers it is made of."""

    size: Size
    atoms: int


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


class Reader:
    """Reads parse trees of one text. A method ``_rule`` gives the meaning of the rule of that name."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.drafts: list[Draft] = []

    def size(self, tree: Any) -> Size:
        """The size that a tree says."""
        return self._value(tree).size

    def draft(self, tree: Any) -> Draft:
        """The draft of the formula that a tree says."""
        draft: Draft = self._value(tree)
        return draft

    def made(self, top: Draft) -> Formula:
        """The formula of a draft, made from the leaves up."""
        for draft in self.drafts:
            try:
                draft.made = draft.make()
            except BadInput as problem:
                raise fault(self.text, draft.position, str(problem)) from None
        return top.formula

    def _value(self, tree: Any) -> Any:
        done: dict[int, Any] = {}
        for node in _postorder(tree):
            children = [done[id(child)] if isinstance(child, lark.Tree) else child for child in node.children]
            try:
                value = getattr(self, f"_{node.data}")(*children)
            except BadInput as problem:
                raise fault(self.text, node.meta.start_pos, str(problem)) from None
            if isinstance(value, Draft):
                value.position = node.meta.start_pos
                self.drafts.append(value)
            done[id(node)] = value
        return done[id(tree)]

    # -- sums and products ----------------------------------------------------------------------------------------
    def _sum(self, first: Draft, *rest: Any) -> Draft:
        return inference.summed([first, *rest[1::2]], [False, *(sign == "-" for sign in rest[::2])])

    def _hadamard(self, *factors: Draft) -> Draft:
        return inference.hadamard(factors)

    def _negated(self, _minus: Any, argument: Draft) -> Draft:
        return inference.mapped(argument, building.negative)

    def _product(self, first: Draft, *rest: tuple[str, Draft]) -> Draft:
        return inference.product([first, *(factor for _, factor in rest)], ["beside", *(sign for sign, _ in rest)])

    def _beside(self, factor: Draft) -> tuple[str, Draft]:
        return "beside", factor

    def _times(self, factor: Draft) -> tuple[str, Draft]:
        return "times", factor

    def _over(self, factor: Draft) -> tuple[str, Draft]:
        return "over", factor

    def _transposed(self, argument: Draft, _sign: Any) -> Draft:
        return inference.transposed(argument)

    def _inverse(self, argument: Draft, _sign: Any) -> Draft:
        return inference.inverse(argument)

    # -- atoms ----------------------------------------------------------------------------------------------------
    def _name(self, token: Any) -> Draft:
        name = str(token)
        known = self.vocabulary
        if name in known.matrices:
            return inference.known(known.matrices[name])
        if name in known.scalars:
            return inference.known(Scalar(name))
        if name in known.fixed:
            return inference.known(building.formula(known.fixed[name]))
        if name in known.sizes:
            return inference.known(Scalar(name, is_size=True))
        raise known.unknown(name)

    def _number(self, token: Any) -> Draft:
        digits, _, exponent = str(token).lower().partition("e")
        if len(digits) > LONGEST_NUMBER or len(exponent) > 6 or abs(int(exponent or 0)) > LONGEST_NUMBER:
            raise BadInput(f"a number has at most {LONGEST_NUMBER} digits and an exponent of at most {LONGEST_NUMBER}")
        return inference.known(Number(Fraction(str(token))))

    def _bare_zero(self, _token: Any) -> Draft:
        return inference.bare_zero()

    def _bare_eye(self, _token: Any) -> Draft:
        return inference.bare_eye()

    def _bare_ones(self, _token: Any) -> Draft:
        return inference.bare_ones()

    def _zeros(self, _token: Any, rows: _Length, cols: _Length) -> Draft:
        return inference.known(building.zeros(rows.size, cols.size))

    def _eye(self, _token: Any, size: _Length) -> Draft:
        return inference.known(building.identity(size.size))

    def _ones(self, _token: Any, rows: _Length, cols: _Length | None) -> Draft:
        return inference.known(building.ones(rows.size, cols.size if cols is not None else 1))

    def _row(self, *blocks: Draft) -> tuple[Draft, ...]:
        return blocks

    def _blocks(self, *rows: tuple[Draft, ...]) -> Draft:
        return inference.blocks(rows)

    # -- functions ------------------------------------------------------------------------------------------------
    def _option(self, name: Any, value: Any) -> tuple[str, str | None]:
        return str(name), None if value is None else str(value)

    def _call(self, token: Any, argument: Draft, *options: tuple[str, str | None]) -> Draft:
        function = str(token)
        if function == "softmax":
            return self._softmax(argument, options)
        if options:
            raise BadInput(f"{function} takes one argument; only softmax has options")
        special = _SPECIAL.get(function)
        if special is not None:
            return special(argument)
        return inference.mapped(argument, lambda inner: building.apply(function, inner))

    def _softmax(self, argument: Draft, options: tuple[tuple[str, str | None], ...]) -> Draft:
        chosen = dict(options)
        if len(chosen) < len(options):
            raise BadInput("softmax has an option twice")
        for option, value in options:
            if (option, value is None) not in (("causal", True), ("mask", False)):
                shown = option if value is None else f"{option}={value}"
                raise BadInput(f"softmax has no option '{shown}': write softmax(S, causal) or softmax(S, mask=M)")
        mask = chosen.get("mask")
        if mask is not None and mask not in self.vocabulary.matrices:
            raise self.vocabulary.unknown(mask)
        return inference.softmax(argument, "causal" in chosen, None if mask is None else self.vocabulary.matrices[mask])

    # -- sizes ----------------------------------------------------------------------------------------------------
    def _size_name(self, token: Any) -> _Length:
        name = check_name(str(token), "size")
        role = self.vocabulary.roles.get(name, "size")
        if role != "size":
            raise BadInput(f"'{name}' is a {role}, and a size is needed here")
        return _Length(self.vocabulary.fixed.get(name, as_size(name)), 1)

    def _size_number(self, token: Any) -> _Length:
        if not str(token).isdecimal() or len(token) > 18:
            raise BadInput(f"{token} is not a size: a size is a whole number of at most 18 digits")
        return _Length(as_size(int(token)), 1)

    def _size_sum(self, first: _Length, *rest: Any) -> _Length:
        return self._combined([first, *(part for part in rest if isinstance(part, _Length))], product=False)

    def _size_product(self, *parts: _Length) -> _Length:
        return self._combined(list(parts), product=True)

    @staticmethod
    def _combined(parts: list[_Length], product: bool) -> _Length:
        atoms = sum(part.atoms for part in parts)
        if atoms > LONGEST_SIZE:
            raise BadInput(f"a size is made of at most {LONGEST_SIZE} names and numbers")
        total = parts[0].size
        for part in parts[1:]:
            total = total * part.size if product else total + part.size
        return _Length(as_size(total), atoms)


_SPECIAL = {
    "diag": inference.diag,
    "tr": inference.trace,
    "det": inference.determinant,
    "inv": inference.inverse,
    "layernorm": inference.layernorm,
}
"""The functions of one argument that change its shape, or ask something of it."""
