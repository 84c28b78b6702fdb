"""How the head of a selector scores: an integer lookup where selecting is an equality, one-hot classes for the rest.

A conjunction is a lookup for the conditions that are equalities, plus one-hot classes for the others: the two add up,
each is largest where its conditions hold and 1 less at least where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy

from symsim.rasp.alphabet_codes import Codes, Numbers, codes
from symsim.rasp.alphabet_features import Feature, Lookup, OneHot, Score
from symsim.rasp.alphabet_program import AlphabetProgram
from symsim.rasp.alphabet_selectors import comparisons, never_empty
from symsim.rasp.alphabet_table import Ids, determined, joined, numbered
from symsim.rasp.values import Combined, Indices, Selector, SOp, Tokens

ENCODINGS = ("one-hot", "integer")
"""How queries and keys can be written."""

MakeFeature = Callable[[Ids, tuple[Fraction, ...] | None, Sequence[SOp], str], Feature]


class Scores:
    """The scores of the selectors of one program under one encoding; ``feature`` makes features of contexts."""

    def __init__(self, program: AlphabetProgram, encoding: str, feature: MakeFeature) -> None:
        self.program, self.encoding, self.feature = program, encoding, feature

    def of(self, selector: Selector, counts: bool) -> Score:
        """The score of a selector; ``counts`` says that the sink is counted too.

        A lookup is taken where it is known as early as one-hot classes are.
        """
        plain = Score(None, self._classes(selector))
        if self.encoding == "one-hot":
            return plain
        follows = counts or not never_empty(self.program.choice(selector), self.program.table)
        found = self._whole(selector, follows) or self._parted(selector, follows)
        return found if found is not None and found.ready <= plain.ready else plain

    # -- one-hot classes ------------------------------------------------------------------------------------------
    def _classes(self, selector: Selector) -> OneHot:
        """One slot for queries and keys where that is narrower than one for each."""
        found = self.program.choice(selector)
        ask, answer = _nodes(selector)
        query, key = self.feature(found.queries, None, ask, "query"), self.feature(found.keys, None, answer, "key")
        rows, columns = tuple(range(query.width)), tuple(range(key.width))
        if query.constant or key.constant or query.mark == key.mark:
            return OneHot(query, key, found.table, rows, columns)
        both = joined([found.queries, found.keys], len(found.queries))
        both = numbered(numpy.where((found.queries < 0) & (found.keys < 0), -1, both))
        shared = self.feature(both, None, [*ask, *answer], "class")
        if shared.width >= query.width + key.width or shared.ready > max(query.ready, key.ready):
            return OneHot(query, key, found.table, rows, columns)
        kinds = range(shared.width)
        first = [int(numpy.flatnonzero(both == kind)[0]) for kind in kinds]
        rows, columns = (tuple(int(ids[c]) for c in first) for ids in (found.queries, found.keys))
        return OneHot(shared, shared, found.table, rows, columns)

    # -- lookups --------------------------------------------------------------------------------------------------
    def _whole(self, selector: Selector, follows: bool) -> Score | None:
        """A lookup for a whole selector, if it is an equality: of all numberings one that needs the fewest slots."""
        made = [self._lookup(selector, found, follows) for found in codes(selector, self.program)]
        scores = [Score(lookup, None) for lookup in made]
        return min(scores, key=lambda score: (score.ready, _width(score)), default=None)

    def _parted(self, selector: Selector, follows: bool) -> Score | None:
        """A lookup for the conditions of a conjunction that are equalities, one-hot classes for the others."""
        factors = _factors(selector)
        equal = [part for part in factors if any(found.blocks > 1 for found in codes(part, self.program))]
        if not equal or len(equal) == len(factors):
            return None
        rest = self._classes(_all([part for part in factors if part not in equal]))
        first = self._whole(_all(equal), follows)
        return Score(first.lookup, rest) if first is not None else None

    def _lookup(self, selector: Selector, found: Codes, follows: bool) -> Lookup:
        ask, answer = _nodes(selector)
        query, query_square = self._numbers(found.queries, found.query_numbers, ask, "query")
        key, key_square = self._numbers(found.keys, found.key_numbers, answer, "key")
        return Lookup(query, key, query_square if follows else None, key_square)

    def _numbers(self, ids: Ids, numbers: Numbers, nodes: Sequence[SOp], name: str) -> tuple[Feature, Feature]:
        """The number of each context and its square; 0 and 1 for a class without a number."""
        known = [0 if number is None else number for number in (*numbers, None)]
        squares = [1 if number is None else number * number for number in (*numbers, None)]
        said = self._called(ids, nodes, name)
        made = []
        for values, called in ((known, said), (squares, f"{said} squared" if any(known) else f"other {said}")):
            distinct = {value: rank for rank, value in enumerate(dict.fromkeys(values))}
            column = numpy.array([distinct[value] for value in values])[ids]  # -1 reads the last, which has no number
            order = dict.fromkeys(column.tolist())
            by_rank = list(distinct)
            exact = tuple(Fraction(by_rank[rank]) for rank in order)
            made.append(self.feature(numbered(column), exact, nodes, called))
        return made[0], made[1]

    def _called(self, ids: Ids, nodes: Sequence[SOp], name: str) -> str:
        """What numbers are, for people: of tokens, of positions, of a named s-op, or of queries or keys."""
        if len(set(nodes)) == 1:
            node = nodes[0]
            if node.name or isinstance(node, Indices | Tokens):
                return node.name or ("indices" if isinstance(node, Indices) else "tokens")
        length, place = self.program.table.length, self.program.table.place
        for of, by in (("token", place // length), ("position", place % length)):
            if determined(ids, [by]):
                return f"{of} number"
        return f"{name} number"


def _nodes(selector: Selector) -> tuple[list[SOp], list[SOp]]:
    """What the queries and what the keys of a selector are functions of."""
    found = comparisons(selector)
    return [part.query for part in found], [part.key for part in found]


def _width(score: Score) -> int:
    """How many columns a score needs that no head writes and no flag says."""
    marks = {feature.mark: feature.width for feature in score.reads if not feature.constant and not feature.direct}
    return sum(marks.values())


def _factors(selector: Selector, negated: bool = False) -> list[Selector]:
    """The conditions that a selector is the conjunction of."""
    if isinstance(selector, Combined):
        if selector.operator == "not":
            return _factors(selector.operands[0], not negated)
        if selector.operator == ("or" if negated else "and"):
            return [part for operand in selector.operands for part in _factors(operand, negated)]
    return [Combined("not", (selector,)) if negated else selector]


def _all(factors: Sequence[Selector]) -> Selector:
    """The conjunction of some conditions, at least one."""
    found = factors[0]
    for part in factors[1:]:
        found = Combined("and", (found, part))
    return found
