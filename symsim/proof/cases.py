"""The method ``smt``: claims with relu, abs, step, hard attention and programs that branch, by exact case splits.

Both sides are run over the exact field. A program that branches on a condition splits the run; relu, abs, step and the
weights of hard attention stay opaque while it runs and are split in the difference of the two sides alone, entry by
entry. In each case the sides have to be equal as formulas, or equal by what is assumed: linear reasoning with Farkas
multipliers, or equations solved for a symbol. Where they are not, a rational point of the case is searched for, at
which both sides are run again; z3 is asked last, and its word is named in the verdict.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from symsim.claims.claim import Claim
from symsim.claims.report import Step, Verdict, Witness
from symsim.domains.cases import MOST_CASES, Cases, TooManyCases, explore
from symsim.domains.cases_atoms import Name, piecewise, resolve, with_value
from symsim.domains.cases_path import ZERO, Cells, Contradiction, Path, Question
from symsim.domains.cases_signs import Signs
from symsim.domains.cases_solver import IMPOSSIBLE, Solver
from symsim.domains.equations import modulo
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element, Value
from symsim.domains.nested import NestedField
from symsim.domains.sympy_edge import to_sympy
from symsim.errors import Undefined
from symsim.formulas.syntax import Formula
from symsim.proof.case_parts import Place, parts
from symsim.proof.case_points import differing, witnesses
from symsim.proof.case_sides import Sides, run_sides
from symsim.proof.evidence import METHODS, NOWHERE, Evidence, Method, Options
from symsim.proof.masks import TooManyMasks, with_masks
from symsim.rasp.faults import RaspError

Done: TypeAlias = "list[tuple[Name, Value]]"
"""Piecewise functions that were resolved, innermost first, with their values."""
Leaf: TypeAlias = Callable[[Path, Value], Any]
NOT_ABOVE: Cells = ((-1, 0), (1,))
MOST_OPEN = 4
"""The search for a witness goes on through so many cases in which the sides differ."""


def applies(claim: Claim) -> bool | str:
    """Fixed sizes only."""
    return True if claim.fixed else f"case splits need fixed sizes; {', '.join(claim.free_sizes)} are free"


def decide(claim: Claim, options: Options) -> Evidence:
    """Prove the claim case by case, refute it by a witness, or say in which case the sides may differ."""
    steps: list[Step] = []
    conditions: dict[str, None] = {}
    words: list[tuple[str, ...]] = []
    try:
        for masks, name in with_masks(claim):
            start = time.perf_counter()
            try:
                tree = _grown(claim, masks)
            except (TooManyCases, RaspError) as error:
                return Evidence(Verdict.UNDECIDED, "smt", tuple(steps), reason=str(error))
            steps.append(tree.step(name, time.perf_counter() - start))
            if tree.witness is not None:
                return Evidence(Verdict.REFUTED, "smt", tuple(steps), tree.witness)
            if tree.open:
                return Evidence(
                    Verdict.UNDECIDED, "smt", tuple(steps), reason=tree.open[0], undefined=tree.undefined
                )
            conditions.update(dict.fromkeys(tree.conditions))
            words += [tree.solver.words] if tree.trusted else []
    except TooManyMasks as error:
        return Evidence(Verdict.UNDECIDED, "smt", reason=str(error))
    trusted = min(words, key=len, default=())
    return Evidence(Verdict.PROVED, "smt", tuple(steps), conditions=tuple(conditions), trusted=trusted)


def _grown(claim: Claim, masks: Mapping[str, Any]) -> _Tree:
    """The cases of a claim: part by part where its programs fall into parts, as a whole where that leaves some open.

    Whatever a program does anywhere, an error included, depends on the inputs of one part.
    """
    divided = parts(claim)
    if divided:
        tree = _Tree(claim, masks)
        try:
            for kept, places in divided:
                tree.grow(kept, places)
                if tree.witness is not None:
                    return tree
            if not tree.open and not tree.conditions:
                return tree
        except RaspError:
            pass  # a 0 in the place of an input may go where the program cannot
    tree = _Tree(claim, masks)
    tree.grow()
    return tree


@dataclass
class _Tree:
    """The cases of a claim at one value of its masks."""

    claim: Claim
    masks: Mapping[str, Any]
    closed: list[dict[str, Any]] = field(default_factory=list)
    """Every case: the entries it is about (none: all), what is assumed, what was found impossible on the way, and why
    the sides agree."""
    open: list[str] = field(default_factory=list)
    conditions: dict[str, None] = field(default_factory=dict)
    witness: Witness | None = None
    trusted: bool = False
    undefined: bool = False
    """Whether a side has no value at any input."""
    count: int = 0

    def __post_init__(self) -> None:
        self.field = NestedField()
        self.signs = Signs(self.field)
        self.solver = Solver(self.field)
        self._places = [(i, j) for i in range(self.claim.right.shape[0]) for j in range(self.claim.right.shape[1])]
        self._last: Path | None = None
        self._own: list[Value] = []
        self._below: list[Value] = []

    def grow(self, kept: frozenset[Place] | None = None, places: list[tuple[int, int]] | None = None) -> None:
        """Look at every case, until a witness is found or too many cases stay open.

        ``places`` are the entries that are looked at (None: all), and ``kept`` the entries of the inputs on which the
        programs of the claim depend there: others are 0 for the programs, so that nothing is asked about them.
        """
        self._places = places if places is not None else self._places
        for case in explore(partial(run_sides, self.claim, self.masks, kept), Path(self.signs)):
            if case.result is None:
                self._close(case.path, None, "the assumptions contradict each other")
            else:
                self._case(case.domain, case.result)
            if self._done():
                return

    def step(self, name: str, seconds: float) -> Step:
        """The split as a step; its detail is the list of cases as JSON."""
        verdict = Verdict.UNDECIDED if self.open or self.witness else Verdict.PROVED
        text = f"{name}: split into {self.count} case{'' if self.count == 1 else 's'}"
        return Step(text, verdict, "smt", seconds, json.dumps(self.closed))

    def _done(self) -> bool:
        return self.witness is not None or len(self.open) >= MOST_OPEN

    # -- one case of the run ----------------------------------------------------------------------------------------
    def _case(self, domain: Cases, sides: Sides) -> None:
        """One case of the run: what has to be assumed for both sides to exist, then every entry."""
        path = domain.path
        try:
            right, left = self._exists(domain, sides, path)
            if self.witness is not None:
                self._counted()
            elif not right:
                self._vacuous(path, sides.why)
            elif not left or sides.left is None or sides.right is None:
                self._no_left(path, sides.why or "the left side divides by 0")
            else:
                self._entries(path, sides.left, sides.right)
        except Contradiction:
            self._close(path, None, "the assumptions contradict each other")

    # -- where the sides exist --------------------------------------------------------------------------------------
    def _exists(self, domain: Cases, sides: Sides, path: Path) -> tuple[bool, bool]:
        """Whether the right and the left side exist in this case, side conditions aside."""
        exists = [sides.right is not None, sides.left is not None]
        self._own = domain.conditions[: sides.own]
        self._below = [v for v in domain.conditions if piecewise(self.field, [v])]
        asked = [(k >= sides.own, v, ZERO) for k, v in enumerate(domain.conditions)]
        asked += [(k >= sides.own_positives, v, NOT_ABOVE) for k, v in enumerate(domain.positives)]
        for left, value, cells in asked:
            if piecewise(self.field, [value]):
                self._resolve(path, value, [], lambda at, v, c=cells, own=left: self._needs(at, v, c, own), _ignore)  # type: ignore[misc]
            elif not self._needs(path, value, cells, left, whole=True):
                exists[left] = False
        return exists[0], exists[1]

    def _needs(self, path: Path, value: Value, cells: Cells, left: bool, whole: bool = False) -> bool:
        """Whether a value is, in a case, what a side needs it to be: not 0, or above 0; open ones become conditions."""
        try:
            answer = path.answer(value, cells)
        except Undefined:
            answer = 0
        if isinstance(answer, Question):
            self._assumed(path, value, cells)
            if left and self.witness is None and cells == ZERO:
                self.witness = self._failing(path, value)
        elif answer == 0 and not whole:
            (self._no_left if left else self._vacuous)(path, "a denominator is 0")
        return answer != 0

    def _assumed(self, path: Path, value: Value, cells: Cells) -> None:
        """A side condition: no factor of a denominator is 0 in this case, or the value is above 0."""
        signs = self.signs.factored(value)
        if cells == ZERO:
            excluded = [path.assume(form, (0,)) for form in (*signs.odd, *signs.even) if 0 in path.narrow(form)]
            self.conditions.update(dict.fromkeys(one.negated() for one in excluded))
        else:
            whole = " and ".join([*path.texts(), f"{to_sympy(self.field, value)} <= 0"])
            text = f"not ({whole})" if path.assumptions else f"{to_sympy(self.field, value)} > 0"
            self.conditions[text] = None

    def _failing(self, path: Path, value: Value) -> Witness | None:
        """A point of the case at which a denominator of the left side is 0 and the right side has a value."""
        for form in self.signs.factored(value).odd:
            try:
                if 0 in path.narrow(form):
                    return next(witnesses(self.claim, self.masks, path.assume(form, (0,)), 1), None)
            except Contradiction:
                continue
        return None

    def _no_left(self, path: Path, why: str) -> None:
        """The left side has no value here: a formula is then not meant, a machine or a program fails."""
        if isinstance(self.claim.left, Formula):
            self._vacuous(path, why)
        else:
            self._differs(path, 1, why)

    def _vacuous(self, path: Path, why: str) -> None:
        """The claim says nothing about this case, and that is a condition of it."""
        if not path.assumptions:
            self.open.append(f"{NOWHERE}: {why}")
            self.undefined = len(self.open) == 1
            return
        self.conditions[path.negated()] = None
        self._close(path, None, "a side has no value")

    # -- one case ---------------------------------------------------------------------------------------------------
    def _entries(self, path: Path, left: ExactMatrix, right: ExactMatrix) -> None:
        if all(self.field.equal(left[place], right[place]) for place in self._places):
            self._close(path, None, "equal as formulas")
            return
        for place in self._places:
            if not self.field.equal(left[place], right[place]):
                gap = self.field.reduce(self.field.add(left[place], right[place], -1))
                settle = partial(self._settle, place=place)
                self._resolve(path, gap, [], settle, partial(self._undefined, right=right[place]))
            if self._done():
                return

    def _resolve(
        self, path: Path, value: Value, done: Done, leaf: Leaf, undefined: Callable[[Path, Done], None]
    ) -> None:
        """Replace the piecewise functions in a value, innermost first; split where the path leaves one open.

        ``leaf`` gets every path and the value there, ``undefined`` the paths on which a denominator of it is 0.
        """
        while names := piecewise(self.field, [value]):
            name = names[0]
            try:
                found = resolve(self.field, path, name[1], self._now(self.field.arguments[name], done))
            except Undefined:
                undefined(path, done)
                return
            if isinstance(found, Question):
                for option in found.options:
                    try:
                        self._resolve(path.assume(found.form, option), value, done, leaf, undefined)
                    except Contradiction:
                        self._close(path, None, "the assumptions contradict each other")
                    if self._done():
                        return
                return
            done = [*done, (name, found.value)]
            try:
                value = with_value(self.field, name, found.value).value(value)
            except Undefined:
                undefined(path, done)
                return
        try:
            leaf(path, value)
        except Undefined:
            undefined(path, done)

    def _now(self, arguments: tuple[Value, ...], done: Done) -> tuple[Value, ...]:
        """Values with the functions in place that were resolved so far."""
        for name, value in done:
            arguments = tuple(map(with_value(self.field, name, value).value, arguments))
        return arguments

    def _undefined(self, path: Path, done: Done, right: Value) -> None:
        """A gap without a value: the right side has none either, or only the left one."""
        try:
            known = [v for v in self._own if not piecewise(self.field, [v])]
            exists = all(path.answer(v, ZERO) != 0 for v in known) and bool(self._now((right,), done))
        except Undefined:
            exists = False
        if exists:
            self._no_left(path, "the left side divides by 0")
        else:
            self._vacuous(path, "a denominator is 0")

    def _settle(self, path: Path, gap: Value, place: tuple[int, int]) -> None:
        """Whether a gap is 0 in a case, by what is assumed there."""
        if type(gap) is not Element and gap == 0:
            self._close(path, place, "equal as formulas")
        elif path.answer(gap, ZERO) == 0:
            self._close(path, place, "equal by linear reasoning")
        elif (equations := modulo(path, gap)) is not None:
            self._close(path, place, f"equal modulo {', '.join(equations)}")
        else:
            self._unless(path, self._below, lambda at: self._differs(at, gap, "the sides differ", place))

    def _unless(self, path: Path, below: list[Value], then: Callable[[Path], None]) -> None:
        """Go on where no denominator is 0: a fraction may have been cancelled before a function in it was resolved."""
        if not below:
            then(path)
            return

        def leaf(at: Path, value: Value) -> None:
            if at.answer(value, ZERO) != 0:
                self._unless(at, below[1:], then)

        self._resolve(path, below[0], [], leaf, _ignore)

    def _differs(self, path: Path, gap: Value, why: str, place: tuple[int, int] | None = None) -> None:
        found = differing(self.claim, self.masks, path, gap, self.solver)
        if isinstance(found, Witness):
            self._counted()
            self.witness = found
        elif found is IMPOSSIBLE:
            self.trusted = True
            self._close(path, place, f"impossible on the word of {' and '.join(self.solver.words)}")
        else:
            self._counted()
            self.open.append(f"{_where(path)}{why}, and no witness was found")

    def _close(self, path: Path, place: tuple[int, int] | None, why: str) -> None:
        """Note why a case is closed; entries that need no assumptions of their own are one case."""
        entry = [] if place is None else [[place[0] + 1, place[1] + 1]]
        if self._last is path and self.closed[-1]["because"] == why:
            self.closed[-1]["entries"] += entry
            return
        self._counted()
        self._last = path
        self.closed.append({"entries": entry, "case": path.texts(), "impossible": path.impossible(), "because": why})

    def _counted(self) -> None:
        self.count += 1
        if self.count > MOST_CASES:
            raise TooManyCases(f"there are more than {MOST_CASES} cases")


def _ignore(path: Path, done: Done) -> None:
    """A condition on a value that does not exist there, which another condition says."""


def _where(path: Path) -> str:
    return f"where {' and '.join(path.texts())}, " if path.assumptions else ""


METHOD = METHODS.register(Method("smt", applies, decide))
