"""Certificates of case splits: the tree of cases that the checker ``recheck_cases`` follows, with Farkas multipliers.

The tree is grown over the checker's own arithmetic. Where its run leaves a comparison open, or a function in pieces
stays in a difference, the form that decides is split on; signs that the path excludes by linear reasoning are closed by
multipliers. Entries that ask about different variables are split apart, so that their cases add up.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from symsim.domains.farkas import Constraint, Infeasible, solve
from symsim.proof import recheck_cases
from symsim.proof.certificate_content import NotCertifiable, Tree, places

Value = dict[Any, Any]
"""A value of the checker: (exponent, monomial) to coefficient."""
Path = list[tuple[set[int], Value]]

MOST_NODES = 4000
"""A certificate has at most so many nodes."""
MOST_WORK = 2_000_000
"""So many products of terms, and entries, are computed for a certificate: some 15 s."""
MOST_TERMS = 200
"""Forms with more terms are not factored."""


@dataclass(frozen=True)
class _Question:
    """Whether the sign of a value is among ``wanted``; an open question splits, a closed one follows or fails."""

    value: Value
    wanted: frozenset[int]
    how: str


def cases_body(body: dict[str, Any]) -> dict[str, Any]:
    """The content of a certificate of cases for a claim about all real inputs; ``NotCertifiable`` where none is found.

    ``body`` holds the inputs, both sides and the side conditions as in a symbolic certificate.
    """
    if any(kind != "real" for *_, kind in body["inputs"]):
        raise NotCertifiable("a certificate of case splits has no masks that are inputs")
    claimed = {
        "kind": "cases",
        "inputs": [list(row[:3]) for row in body["inputs"]],
        "left": _unfolded(body["left"], body["inputs"]),
        "right": _unfolded(body["right"], body["inputs"]),
        "side_conditions": body["side_conditions"],
    }
    try:
        return {**claimed, "tree": _Tree(claimed).grown()}
    except (ValueError, KeyError, RecursionError, ZeroDivisionError) as error:
        raise NotCertifiable(f"the checker of case splits cannot follow the claim: {error}") from None


def check_followed(data: bytes) -> None:
    """``NotCertifiable`` where the checker does not accept the certificate."""
    try:
        recheck_cases.establish(data)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise NotCertifiable(f"the checker of case splits does not see it: {error}") from None


# -- encoders ---------------------------------------------------------------------------------------------------------
def _unfolded(side: dict[str, Any], inputs: list[Any]) -> dict[str, Any]:
    """An encoder as the formulas of its layers, one definition a step; other sides stay."""
    if side["kind"] != "encoder":
        return side
    height, across = (sum(size for _, size in side[layout]) for layout in ("tokens", "slots"))
    steps: list[Tree] = [["sum"]]
    for top, left, tree in side["placements"]:
        rows, cols = _shape(tree, inputs)
        steps[0].append(["product", _window(height, top, rows), tree, ["transpose", _window(across, left, cols)]])
    for layer in side["layers"]:
        state = ["name", f"state{len(steps)}"]
        heads = [_head(head, state, height) for head in layer["heads"]]
        steps.append(["sum", *[state] * layer["residual"], *heads])
        if layer["feed_forward"] is not None:
            steps += _network(layer["feed_forward"], len(steps), height, layer["residual_2"])
    top, left, tall, wide, cols = side["readout"]
    last = ["name", f"state{len(steps)}"]
    read = ["product", ["transpose", _window(height, top, tall)], last, _window(across, left, wide)]
    definitions = [[f"state{k + 1}", step] for k, step in enumerate(steps)]
    return {"kind": "formula", "definitions": definitions, "tree": ["reshape", read, tall * wide // cols, cols]}


def _shape(tree: Tree, inputs: list[Any]) -> tuple[int, int]:
    """The shape of what is placed among the tokens."""
    kind, *args = tree
    if kind == "name":
        return next((rows, cols) for name, rows, cols, *_ in inputs if name == args[0])
    rows, cols = args[0]["shape"] if kind == "matrix" else (args[0], args[0]) if kind == "identity" else args[-2:]
    return int(rows), int(cols)


def _window(rows: int, first: int, size: int) -> Tree:
    """A 0/1 matrix that picks some columns of what stands before it."""
    return places(rows, size, lambda k: (first + k, k))


def _head(head: dict[str, Any], state: Tree, height: int) -> Tree:
    """What a head adds to the tokens."""
    W_Q, W_K, W_V, W_O = (["matrix", head[part]] for part in ("W_Q", "W_K", "W_V", "W_O"))
    ranges, causal, *given = head["mask"]
    shown = sorted({p for first, stop in ranges for p in range(height)[first:stop]})
    behind = [(i, p) for i in range(height) for p in shown if p <= i or not causal]
    seen = [[i, p, "1"] for i, p in behind if not given or [i, p] in given[0]]
    mask = ["matrix", {"shape": [height, height], "entries": seen}]
    scores = ["product", state, W_Q, ["transpose", W_K], ["transpose", state]]
    name = "hadamard" if head["normaliser"] == "linear" else head["normaliser"]
    return ["product", [name, scores, mask], state, W_V, W_O]


def _network(network: dict[str, Any], count: int, height: int, residual: bool) -> list[Tree]:
    """The two steps of a feed-forward network; units with one activation at a time."""
    W_1, b_1, W_2, b_2 = (["matrix", network[part]] for part in ("W_1", "b_1", "W_2", "b_2"))
    state, before, ones = ["name", f"state{count}"], ["name", f"state{count + 1}"], ["ones", height, 1]
    ends = [0, *itertools.accumulate(size for _, size in network["activations"])]
    added: list[Tree] = []
    for at, (name, size) in zip(ends, network["activations"], strict=False):
        units = _window(ends[-1], at, size)
        added.append(["product", ["apply", name, ["product", before, units]], ["transpose", units], W_2])
    first = ["sum", ["product", state, W_1], ["product", ones, b_1]]
    return [first, ["sum", *[state] * residual, ["product", ones, b_2], *added]]


# -- the tree ---------------------------------------------------------------------------------------------------------
class _Tree:
    """Grows the tree of a claim over the arithmetic of the checker."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.machine = recheck_cases.Machine()
        self.targets, self.path = self.machine.claim(body)
        self.nodes = 0

    def grown(self) -> Tree:
        """The tree for all entries of the result and all denominators."""
        return self._grow(self.path, list(self.targets))

    def _counted(self, node: Tree) -> Tree:
        self.nodes += 1
        if self.nodes > MOST_NODES or self.machine.work > MOST_WORK:
            raise NotCertifiable(f"the certificate takes more than {MOST_NODES} cases, or too much arithmetic")
        return node

    def _grow(self, path: Path, targets: list[int]) -> Tree:
        """The tree for some entries, where a path holds."""
        self.machine.enter(path)
        asked = {target: self._question(target) for target in targets}
        closed = [target for target, question in asked.items() if question is None]
        if len(closed) == len(targets):
            return self._counted(["equal"])
        groups = self._apart({target: question for target, question in asked.items() if question is not None})
        if len(groups) == 1 and not closed:
            return self._split(path, *groups[0])
        children = [[closed, self._counted(["equal"])]] if closed else []
        for group, question in groups:
            self.machine.enter(path)
            children.append([group, self._split(path, group, question)])
        return self._counted(["each", children])

    def _question(self, target: int) -> _Question | None:
        """What has to be known about an entry first; None where it is settled."""
        try:
            value = self.machine.asked(target)
        except recheck_cases.Open as error:
            _, value, wanted = error.args
            return _Question(value, frozenset(wanted), "run")
        signs = self.machine.signs(value)
        gap = target < self.machine.gaps
        if signs <= {0} if gap else 0 not in signs:
            return None
        argument = self._piece(value)
        if argument is not None:
            return _Question(argument, frozenset({0, 1}), "piece")
        return _Question(value, frozenset({0} if gap else {-1, 1}), "closed")

    def _piece(self, value: Value) -> Value | None:
        """The argument of the oldest function in pieces in a value, which holds no other."""
        named = {prime: name for name, prime in self.machine.primes.items()}
        below = dict(self.machine.inverses)
        pieces: list[int] = []
        seen: set[int] = set()
        queue = [value]
        while queue:
            for prime in self._primes(queue.pop()) - seen:
                seen.add(prime)
                name = named[prime]
                if name[0] == "opaque" and not isinstance(name[1], int):
                    pieces += [prime] * (name[1] in recheck_cases.PIECES)
                    queue.append(dict(name[2]))
                elif prime in below:
                    queue.append(below[prime])
                elif isinstance(name[0], frozenset):
                    queue.append({name: 1})
        return dict(named[min(pieces)][2]) if pieces else None

    def _primes(self, value: Value) -> set[int]:
        """The variables in a value, in exponents too."""
        monomials = {m for _, m in value} | {mono for e, _ in value for mono, _ in e}
        return {p for p in self.machine.primes.values() if any(m % p == 0 for m in monomials)}

    def _apart(self, asked: dict[int, _Question]) -> list[tuple[list[int], _Question]]:
        """Entries that are looked at together: they ask the same, or the run asks about a common variable."""
        groups: list[tuple[list[int], _Question, set[Any]]] = []
        for target, question in asked.items():
            if question.how == "run":
                mark: set[Any] = set(self._primes(self.machine.normal(question.value)[1]))
            elif question.how == "piece":
                mark = {frozenset(self.machine.normal(question.value)[1].items())}
            else:
                mark = {("entry", target)}
            near = [group for group in groups if group[2] & mark]
            merged = [t for group in near for t in group[0]] + [target]
            first = near[0][1] if near else question
            marks = mark.union(*(group[2] for group in near))
            groups = [group for group in groups if not group[2] & mark] + [(merged, first, marks)]
        return [(sorted(targets), question) for targets, question, _ in groups]

    # -- one split ----------------------------------------------------------------------------------------------------
    def _split(self, path: Path, targets: list[int], question: _Question) -> Tree:
        """Split on a form that decides a question, or derive the sign of a product from those of its factors."""
        turn, form = self.machine.normal(question.value)
        factors = self._factors(form)
        if factors != [(form, 1)]:
            signs = self._signs(factors)
            if not len({turn * s in question.wanted for s in signs}) > 1:
                written = [[self._written(factor), part] for factor, power in factors for part in _parts(power)]
                longer = [*path, (signs, form)]
                return self._counted(["product", self._written(form), written, self._grow(longer, targets)])
        for factor, power in factors:
            other, factor = self.machine.normal(factor)
            known = self.machine.signs(factor)
            excluded = self._excluded(path, factor) if len(known) > 1 else {}
            if len(known) > 1 and (question.how != "closed" or excluded):
                wanted = {s * turn * other for s in question.wanted} if len(factors) == 1 and power == 1 else {0}
                cells = [wanted, {-1, 0, 1} - wanted] if len(factors) == 1 or power % 2 == 0 else [{1}, {0}, {-1}]
                return self._divided(path, targets, factor, excluded, cells)
        raise NotCertifiable("the certificate of a case would need more than linear reasoning")

    def _signs(self, factors: list[tuple[Value, int]]) -> set[int]:
        """The signs of the form that is a product, as far as those of its factors tell."""
        signs, product = {1}, recheck_cases.UNIT
        for factor, power in factors:
            signs = {s * t**power for s in signs for t in self.machine.signs(factor)}
            for _ in range(power):
                product = self.machine.dot([(product, factor)])
        unit = self.machine.normal(product)[0]
        return {unit * s for s in signs}

    def _divided(
        self, path: Path, targets: list[int], form: Value, excluded: dict[int, Tree], cells: list[set[int]]
    ) -> Tree:
        """A split on a form: signs that cannot be are closed, those of one cell stay together."""
        known = self.machine.signs(form)
        closed: dict[int, Tree] = {sign: [] for sign in (-1, 0, 1) if sign not in known} | excluded
        children = [[[sign], self._counted(["impossible", closed[sign]])] for sign in sorted(closed)]
        for cell in cells:
            if group := cell - set(closed):
                children.append([sorted(group), self._grow([*path, (group, form)], targets)])
        return self._counted(["split", self._written(form), children])

    # -- linear reasoning ---------------------------------------------------------------------------------------------
    def _excluded(self, path: Path, form: Value) -> dict[int, Tree]:
        """The signs that linear reasoning excludes, with multipliers for the path and the sign."""
        found = {sign: self._contradiction(path, form, sign) for sign in sorted(self.machine.signs(form))}
        return {sign: multipliers for sign, multipliers in found.items() if multipliers is not None}

    def _contradiction(self, path: Path, form: Value, sign: int) -> Tree | None:
        """Multipliers for the path, followed by a form with a sign, whose sum cannot be; None where there are none."""
        rows = [(k, signs, value) for k, (signs, value) in enumerate([*path, ({sign}, form)]) if not {-1, 1} <= signs]
        constraints = [_constraint(signs, value) for _, signs, value in rows]
        for key in dict.fromkeys(key for c in constraints for key in c.coefficients):
            if math.isqrt(key[1]) ** 2 == key[1]:
                constraints.append(Constraint({key: 1}, 0, ">" if key[1] == 1 else ">="))
        found = solve(constraints)
        if not isinstance(found, Infeasible):
            return None
        given = zip(rows, found.multipliers, strict=False)
        return [[k, str(_fraction(factor))] for (k, _, _), factor in given if factor]

    # -- factors and terms --------------------------------------------------------------------------------------------
    def _factors(self, form: Value) -> list[tuple[Value, int]]:
        """The irreducible factors of a form, exponentials taken for variables, with their powers."""
        exponents = list(dict.fromkeys(e for e, _ in form if e))
        primes = sorted({p for _, m in form for p in self.machine.primes.values() if m % p == 0})
        if len(form) > MOST_TERMS or not primes and len(exponents) < 2:
            return [(form, 1)]
        names = [f"v{p}" for p in primes] + [f"e{k}" for k in range(len(exponents))]
        context = fmpq_mpoly_ctx.get(names, Ordering.lex)
        terms = {}
        for (e, m), c in form.items():
            powers = tuple(_power(m, p) for p in primes) + tuple(int(e == other) for other in exponents)
            terms[powers] = fmpq(Fraction(c).numerator, Fraction(c).denominator)
        out: list[tuple[Value, int]] = []
        for factor, power in context.from_dict(terms).factor()[1]:
            value: Value = {}
            for powers, c in factor.to_dict().items():
                low = [(dict(e), k) for e, k in zip(exponents, map(int, powers[len(primes) :]), strict=True) if k]
                exponent: dict[int, Any] = {}
                for whole, k in low:
                    for mono, v in whole.items():
                        exponent[mono] = exponent.get(mono, 0) + k * v
                key = frozenset((mono, v) for mono, v in exponent.items() if v)
                m = math.prod(p**k for p, k in zip(primes, map(int, powers), strict=False))
                value[key, m] = _fraction(c)
            if len(value) > 1 or next(iter(value))[1] > 1:  # an exponential alone is above 0
                out.append((value, int(power)))
        return out if len(out) > 1 or any(power > 1 for _, power in out) else [(form, 1)]

    def _written(self, value: Value) -> Tree:
        """A value as data of the certificate."""
        named = {prime: name for name, prime in self.machine.primes.items()}
        out = []
        for (e, m), c in value.items():
            variables = []
            for prime in sorted(p for p in named if m % p == 0):
                if len(named[prime]) != 3 or not isinstance(named[prime][1], int):
                    raise NotCertifiable("a case is told apart by a function that the certificate cannot name")
                variables += [list(named[prime])] * _power(m, prime)
            exponent = self._written({(frozenset(), mono): v for mono, v in e}) if e else []
            out.append([str(Fraction(c)), variables, exponent])
        return sorted(out, key=recheck_cases.canonical)


def _constraint(signs: set[int], value: Value) -> Constraint:
    """What a path says of a form, as a linear constraint on its monomials."""
    turn = -1 if -1 in signs else 1
    terms = {key: fmpq(turn * Fraction(c).numerator, Fraction(c).denominator) for key, c in value.items()}
    constant: Any = terms.pop(recheck_cases.ONE, 0)
    return Constraint(terms, constant, "=" if signs == {0} else ">=" if 0 in signs else ">")


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q)) if isinstance(value, fmpq) else Fraction(value)


def _power(monomial: int, prime: int) -> int:
    count = 0
    while monomial % prime == 0:
        monomial, count = monomial // prime, count + 1
    return count


def _parts(power: int) -> list[int]:
    """A power as a sum of twos, and a one where it is odd."""
    return [2] * (power // 2) + [1] * (power % 2)
