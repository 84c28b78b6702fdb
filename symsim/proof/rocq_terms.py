"""Values and proof steps of emitted Rocq lemmas as text: products, sums, sequences of tactics."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Term:
    """A product ``c1 * c2 *: A *m B``; without factors a multiple of the identity.

    >>> Term(("tau",), ("Q", "K^T")).text, Term().text
    ('tau *: (Q *m K^T)', '1%:M')
    """

    coefficients: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The product as Gallina."""
        scale = " * ".join(self.coefficients)
        scale = scale if len(self.coefficients) < 2 else f"({scale})"
        if not self.factors:
            return f"{scale}%:M" if scale else "1%:M"
        body = " *m ".join(self.factors)
        return f"{scale} *: ({body})" if scale else body


Value = tuple[Term, ...]
"""A sum of products; without terms zero."""

NEGATIVE = "(- 1)"


def _is_word(text: str) -> bool:
    return text.replace("_", "a").replace("'", "a").isalnum()


def atom(text: str) -> Value:
    """A value that stands for itself."""
    return (Term((), (text if _is_word(text) else f"({text})",)),)


def shown(value: Value) -> str:
    """A value as Gallina."""
    return " + ".join(term.text for term in value) or "0"


def times(*factors: Value) -> Value:
    """The product; a sum of several terms is one bracketed factor.

    >>> shown(times(atom("A"), plus([atom("B"), atom("C")])))
    'A *m (B + C)'
    """
    if not all(factors):
        return ()
    single = [factor if len(factor) == 1 else atom(shown(factor)) for factor in factors]
    return (Term(tuple(c for (f,) in single for c in f.coefficients), tuple(x for (f,) in single for x in f.factors)),)


def plus(values: Sequence[Value]) -> Value:
    """The sum, without a term and its negative.

    >>> plus([atom("A"), (Term((NEGATIVE,), ("A",)),), atom("B")]) == atom("B")
    True
    """
    out: list[Term] = []
    for term in (term for value in values for term in value):
        opposite = Term(term.coefficients[1:], term.factors)
        if term.coefficients[:1] == (NEGATIVE,) and opposite in out:
            out.remove(opposite)
        else:
            out.append(term)
    return tuple(out)


def transposed(value: Value) -> Value:
    """The transpose, factor by factor.

    >>> shown(transposed(times(atom("X"), atom("A"))))
    'A^T *m X^T'
    """
    if len(value) > 1:
        return atom(f"({shown(value)})^T")
    return tuple(Term(term.coefficients, tuple(map(_transposed, term.factors[::-1]))) for term in value)


def _transposed(factor: str) -> str:
    if factor.endswith("^T") and _is_word(factor[:-2]):
        return factor[:-2]
    return f"{factor}^T" if _is_word(factor) else f"({factor})^T"


def nested(terms: Sequence[str]) -> str:
    """A sum, bracketed to the right as the lemmas about sums of blocks want it.

    >>> nested(["a", "b", "c"]), nested([])
    ('a + (b + (c))', '0')
    """
    return " + (".join(terms) + ")" * (len(terms) - 1) if terms else "0"


def repeat(rule: str, count: int) -> list[str]:
    """A rewriting rule, used that often: a rule without a count could open definitions."""
    return [f"{count}!{rule}"] if count > 0 else []


def steps(tactics: Sequence[str]) -> str:
    """Tactics one after the other, repetitions counted.

    >>> steps(["off_row", "off_row", "last_hit"])
    'do 2 off_row; last_hit.'
    """
    runs = [(tactic, len(list(run))) for tactic, run in itertools.groupby(tactics)]
    return "; ".join(tactic if count == 1 else f"do {count} {tactic}" for tactic, count in runs) + "."


def walk(hits: Sequence[bool], what: str) -> str:
    """The tactics that read a column part off a sum of blocks, given which of the blocks stand in it."""
    if not hits:
        return f"exact: {what}_none."
    later = [any(hits[i + 1 :]) for i in range(len(hits))]
    path = [("take_" if later[i] else "end_") if hit else "off_" for i, hit in enumerate(hits[:-1])]
    return steps([step + what for step in path] + [("last_take_" if hits[-1] else "last_off_") + what])


@dataclass
class Lemmas:
    """The lemmas of a file in the order in which they were needed."""

    lines: list[str] = field(default_factory=list)

    def add(self, name: str, statement: str, proof: str, binders: str = "") -> str:
        """Append a lemma; its name."""
        self.lines += [f"Lemma {name}{binders} : {statement}.", f"Proof. {proof} Qed."]
        return name
