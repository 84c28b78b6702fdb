"""One program over an alphabet: which heads its values are functions of, and what its values are at every word."""

from __future__ import annotations

from fractions import Fraction

from symsim.rasp.alphabet_selectors import Choice, choice, comparisons, counted
from symsim.rasp.alphabet_table import Column, Table
from symsim.rasp.values import Aggregate, Selector, SOp, ordered


class AlphabetProgram:
    """The s-ops of a program, run on every word.

    ``below`` says for each s-op which heads it is a function of, beside its place; ``sources`` what each head selects;
    ``live`` which heads matter; ``columns`` the values; ``codes`` a number for each string.
    """

    def __init__(self, root: SOp, table: Table) -> None:
        self.root, self.table = root, table
        self.order = [node for node in ordered([root]) if isinstance(node, SOp)]
        self.sources: dict[SOp, Selector] = {}
        self.below = self._below(root)
        self.live = self._live(root)
        self.columns = table.columns
        table.fill(root, self._wanted(root))
        self.codes = self._codes()
        self._choices: dict[tuple[Selector, bool], Choice] = {}

    def choice(self, selector: Selector, merged: bool = True) -> Choice:
        """The classes of a selector, found once."""
        if (selector, merged) not in self._choices:
            self._choices[selector, merged] = choice(selector, self.table, merged)
        return self._choices[selector, merged]

    # -- the graph ------------------------------------------------------------------------------------------------
    def _below(self, root: SOp) -> dict[SOp, frozenset[SOp]]:
        below: dict[SOp, frozenset[SOp]] = {}
        for node in self.order:
            selector = counted(node)
            if selector is None and isinstance(node, Aggregate):
                selector = node.selector
            if selector is not None:
                self.sources[node] = selector
                below[node] = frozenset([node])
            else:
                below[node] = frozenset().union(*(below[part] for part in node.inputs if isinstance(part, SOp)))
        return below

    def _live(self, root: SOp) -> set[SOp]:
        live: set[SOp] = set()
        open_ = [*self.below[root]]
        while open_:
            node = open_.pop()
            if node not in live:
                live.add(node)
                open_ += [leaf for read in self._reads(node) for leaf in self.below[read]]
        return live

    def _reads(self, node: SOp) -> list[SOp]:
        """The s-ops that the head for a node compares and carries."""
        found = [part for compared in comparisons(self.sources[node]) for part in (compared.key, compared.query)]
        if counted(node) is None and isinstance(node, Aggregate):
            found.append(node.value)
        return list(dict.fromkeys(found))

    def _wanted(self, root: SOp) -> list[SOp]:
        live = [node for node in self.order if node in self.live]
        return list(dict.fromkeys([root, *live, *(read for node in live for read in self._reads(node))]))

    # -- numbers for values ---------------------------------------------------------------------------------------
    def _codes(self) -> dict[str, Fraction]:
        """A number for each string; beyond all numbers where one s-op gives both, so that no mean is taken for one."""
        words = dict.fromkeys(token for token in self.table.alphabet if isinstance(token, str))
        columns = list(self.columns.values())
        words.update(dict.fromkeys(atom for column in columns for atom in column.atoms if isinstance(atom, str)))
        mixed = any(column.strings and not all(isinstance(a, str) for a in column.atoms) for column in columns)
        sizes = [abs(atom) for column in columns for atom in column.atoms if not isinstance(atom, str)] if mixed else []
        first = 1 + int(max(sizes, default=Fraction(0)).__ceil__())
        return {word: Fraction(first + k) for k, word in enumerate(words)}

    def coded(self, column: Column) -> tuple[Fraction, ...]:
        """The numbers for the values of a column."""
        return tuple(self.codes[atom] if isinstance(atom, str) else atom for atom in column.atoms)
