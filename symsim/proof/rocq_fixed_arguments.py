"""Arguments of softmax and of entrywise functions at fixed sizes: matrices with names, and a lemma for every entry.

A function about which nothing is known gives equal values only at equal arguments. So every argument in a formula gets
a name, and a lemma says which polynomial each entry is, in the one form in which scores of heads are written as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symsim.errors import BadInput
from symsim.formulas import functions, syntax
from symsim.formulas.syntax import Formula
from symsim.proof.rocq_fixed_formula import formula
from symsim.proof.rocq_fixed_model import Model
from symsim.proof.rocq_fixed_values import Value, applied, atom, inverse, number, product, quotient, scaled, total
from symsim.proof.rocq_language import Names


class Arguments:
    """The cuts and the arguments in them, and the arguments in what the construction is claimed to compute."""

    def __init__(self, model: Model, names: Names) -> None:
        self.names = names
        self.lines: list[str] = []
        self.cuts: dict[Formula, str] = {}
        self.whole: dict[Formula, str] = {}
        self.rewrites: list[str] = []
        self.words: list[str] = []
        self._entries = Entries(names)
        self._texts: dict[tuple[Value, int, int], str] = {}
        known: dict[str, Formula] = {}
        full = Entries(names, known)
        for cut in model.construction.cuts:
            for node in arguments(cut.formula):
                for i, j in _places(node):
                    self._texts.setdefault((full.at(node, i, j), i, j), self._entries.at(node, i, j).text)
                self._name(node, self.cuts, "argument")
            word = names[cut.name]
            self._define(word, formula(cut.formula, names, self.cuts))
            self.words.append(word)
            known[cut.name] = cut.formula
        for node in arguments(model.construction.computes):
            self._name(node, self.whole, "whole")

    def _define(self, word: str, term: str) -> None:
        self.lines.append(f"Definition {word} : state F := locked ({term}).")
        self.lines.append(f"Lemma unfold_{word} : {word} = {term}. Proof. by rewrite /{word} -lock. Qed.")

    def _name(self, node: Formula, known: dict[Formula, str], kind: str) -> None:
        """A name for an argument, and what each of its entries is in terms of earlier cuts."""
        if node in known:
            return
        word = f"node_{kind}_{len(known) + 1}"
        self._define(word, formula(node, self.names, known))
        known[node] = word
        unfolded = f"unfold_{word}" + (f" {self.unfolded}" if kind == "whole" else "")
        for i, j in _places(node):
            value = self._entries.at(node, i, j)
            text = self._texts.get((value, i, j), "") if kind == "whole" else value.text
            if text:
                proof = f"rewrite {unfolded}; spelled_out; rewrite {self.equal}; decided."
                self.lines += [f"Lemma {word}_{i}_{j} : {word} {i} {j} = {text}.", f"Proof. {proof} Qed."]
                self.rewrites.append(f"{word}_{i}_{j}")

    @property
    def equal(self) -> str:
        """Rewrites entries of arguments, where they occur."""
        return " ".join(f"?{name}" for name in self.rewrites) or "//"

    @property
    def unfolded(self) -> str:
        """Rewrites the names of cuts, where they occur, the last one first."""
        return " ".join(f"?unfold_{word}" for word in reversed(self.words))

    @property
    def folded(self) -> str:
        """Gives arguments in the claimed formula their names, the inner ones first."""
        return " ".join(f"-?unfold_{word}" for word in self.whole.values())


def arguments(node: Formula) -> list[Formula]:
    """The arguments of softmax and of functions in a formula, the inner ones first.

    >>> from symsim.formulas import matrix, relu, softmax
    >>> X = matrix("X", 2, 2)
    >>> [str(part) for part in arguments(relu(softmax(X @ X) @ X))]
    ['X X', 'softmax(X X) X']
    """
    found = [inner for part in node.parts for inner in arguments(part)]
    if isinstance(node, functions.Softmax | functions.Apply):
        found.append(node.argument)
    return list(dict.fromkeys(found))


def _places(node: Formula) -> list[tuple[int, int]]:
    rows, cols = node.shape
    return [(i, j) for i in range(int(rows)) for j in range(int(cols))]


class Entries:
    """Entries of formulas as polynomials; names that are ``known`` are replaced by their formulas."""

    def __init__(self, names: Names, known: Mapping[str, Formula] | None = None) -> None:
        self.names, self.known = names, {} if known is None else known

    def at(self, node: Any, i: int, j: int) -> Value:
        """One entry."""
        rules: dict[type, Callable[[], Value]] = {
            syntax.Name: lambda: self._name(node, i, j),
            syntax.Product: lambda: self._product(node, i, j),
            syntax.Sum: lambda: total(self.at(part, i, j) for part in node.parts),
            syntax.Hadamard: lambda: self._times([self.at(part, i, j) for part in node.parts]),
            syntax.Ones: lambda: number(1),
            functions.Transposed: lambda: self.at(node.parts[0], j, i),
        }
        if type(node) in rules:
            return rules[type(node)]()
        if isinstance(node, syntax.Scaled) and isinstance(node.coefficient, syntax.Number):
            return scaled(Fraction(node.coefficient.value), self.at(node.matrix, i, j))
        if isinstance(node, functions.Apply):
            value = self.at(node.argument, i, j)
            if node.function == "reciprocal":
                return inverse(value)
            return applied("e" if node.function == "exp" else self.names[node.function], value)
        if isinstance(node, functions.Softmax) and node.mask is None:
            keys = range(i + 1 if node.causal else int(node.shape[1]))
            powers = {k: applied("e", self.at(node.argument, i, k)) for k in keys}
            return quotient(powers[j], total(powers.values())) if j in powers else number(0)
        raise BadInput(f"the Rocq export has no definition for the formula {node} at fixed sizes")

    def _name(self, node: syntax.Name, i: int, j: int) -> Value:
        name = node.name
        return self.at(self.known[name], i, j) if name in self.known else atom(f"{self.names[name]} {i} {j}")

    def _product(self, node: Formula, i: int, j: int) -> Value:
        first, *rest = node.parts
        row = {k: self.at(first, i, k) for k in range(int(first.shape[1]))}
        for number_, part in enumerate(rest, start=1):
            columns = range(int(part.shape[1])) if number_ < len(rest) else (j,)
            row = {c: total(product(value, self.at(part, k, c)) for k, value in row.items()) for c in columns}
        return row[j]

    def _times(self, values: list[Value]) -> Value:
        out = number(1)
        for value in values:
            out = product(out, value)
        return out
