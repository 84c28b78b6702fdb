"""The ``Derivation`` object: a statement, the construction behind it, its steps, controls, examples and cases."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.derivation.examples import Example
from symsim.derivation.places import Place, State
from symsim.encoder.cost import Cost
from symsim.errors import BadInput
from symsim.formulas.sizes import as_size
from symsim.formulas.substitution import substitute_sizes
from symsim.formulas.syntax import Formula

if TYPE_CHECKING:
    from symsim.derivation.checked import CheckedDerivation

Identities = Iterator[tuple[Place, Any]]

SMALL = 2
"""Controls are refuted where every size is this: small enough to print, large enough for rows to differ."""


@dataclass(frozen=True)
class Step:
    """A step of a proof: ``title`` says what holds, ``reason`` why, and ``identities(state)`` which slots hold what."""

    name: str
    title: str
    reason: str
    identities: Callable[[State], Identities]


@dataclass(frozen=True)
class Control:
    """A change of the construction that has to be refuted: ``title`` says what goes wrong."""

    name: str
    title: str
    reason: str
    change: Callable[[Construction], Construction]


@dataclass(frozen=True)
class Case:
    """One row of the table that ``prove`` prints: a construction of the family, proved cut at dataflow nodes or not."""

    derivation: Derivation
    title: str
    cut: bool
    options: Mapping[str, Any]

    def construction(self) -> Construction:
        """The construction of this case."""
        return self.derivation.construction_for(**self.options)

    def claim(self) -> Claim:
        """What is asserted in this case."""
        return self.derivation.claim_of(self.construction())


@dataclass(eq=False)
class Derivation:
    """A theorem about a construction.

    ``name`` is the name on the command line; ``statement`` one sentence; ``construction`` the encoder with its encoding
    and read-out, usually of symbolic size; ``computes`` the formula of its result. ``source`` is the paper, ``ours``
    says what is not the paper's. ``family`` builds constructions from options such as ``n=3, heads=2``; without it,
    options are values of the size symbols. A construction that exists at fixed sizes only is shown at some of them:
    then ``inputs`` are the shapes of its inputs in size symbols, ``computes`` is written in these, and ``cost`` is the
    cost at these symbols. ``weights_depend_on`` names the sizes on which the weights depend, which is checked; where
    none are named it is found out. ``piece`` names a piece of realisation P that is a theorem of Rocq for all sizes
    (see ``symsim.proof.rocq_pieces``). ``does_not_say`` and ``references`` close the page. Steps, controls, examples
    and cases are added with the methods of these names. Raises ``BadInput`` where ``computes`` has another shape than
    the result.

    >>> from symsim.formulas.building import matrix, softmax
    >>> from symsim.simulators.universal import universal
    >>> X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "d")
    >>> theorem = Derivation("u", "U computes attention.", universal("n", "d"), softmax(X @ A @ X.T) @ X @ V)
    >>> @theorem.step("A linear head multiplies.")
    ... def products(state):
    ...     yield state.slot("xa", layer=0, rows="X"), X @ A
    >>> [str(place) for _, place, _ in theorem.identities(theorem.construction)]
    ['slot xa of rows X after layer 1']
    """

    name: str
    statement: str
    construction: Construction
    computes: Formula
    title: str = ""
    source: str = ""
    ours: str = ""
    family: Callable[..., Construction] | None = None
    inputs: Mapping[str, tuple[Any, Any]] | None = None
    cost: Cost | None = None
    weights_depend_on: tuple[str, ...] | None = None
    piece: str = ""
    does_not_say: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._check_name()
        if self.inputs is not None and list(self.inputs) != [name for name, _ in self.construction.inputs]:
            raise BadInput(f"{self.name}: the construction has other inputs than {', '.join(self.inputs)}")
        formula = self.computes_for(self.construction)
        if tuple(formula.shape) != tuple(self.construction.shape):
            raise BadInput(
                f"{self.name}: the construction gives {self.construction.shape}, the formula {formula.shape}"
            )

    def _check_name(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", self.name):
            raise BadInput(f"{self.name!r} cannot name a derivation: small letters and digits, words joined by '-'")
        self.title = self.title or self.name

    def __repr__(self) -> str:
        return f"<Derivation {self.name}: {self.statement}>"

    # -- writing one ----------------------------------------------------------------------------------------------
    def step(self, title: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a generator of (place, formula) pairs: a step of the proof. Its docstring is the reason."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.steps.append(Step(function.__name__, title, inspect.getdoc(function) or "", function))
            return function

        return add

    def control(self, title: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a function that breaks a construction: the claim about the result has to be refuted."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.controls.append(Control(function.__name__, title, inspect.getdoc(function) or "", function))
            return function

        return add

    def example(self, title: str = "", **inputs: Any) -> Example:
        """Add a worked example: one matrix of numbers for each input."""
        wanted = [name for name, _ in self.construction.inputs]
        if sorted(inputs) != sorted(wanted):
            raise BadInput(f"an example of {self.name} gives {', '.join(wanted)}, got {', '.join(inputs) or 'nothing'}")
        self.examples.append(Example(inputs, title))
        self.sizes_of(self.examples[-1].shapes)
        return self.examples[-1]

    def case(self, title: str, cut: bool = True, **options: Any) -> Case:
        """Add a row to the table that ``prove`` prints."""
        self.cases.append(Case(self, title, cut, options))
        return self.cases[-1]

    # -- sizes ----------------------------------------------------------------------------------------------------
    @property
    def shapes(self) -> tuple[tuple[str, tuple[Any, Any]], ...]:
        """The inputs with their shapes, in size symbols where the statement has them."""
        if self.inputs is None:
            return self.construction.inputs
        return tuple((name, (as_size(rows), as_size(cols))) for name, (rows, cols) in self.inputs.items())

    @property
    def price(self) -> Cost:
        """The cost as the statement has it: in size symbols, where they are known."""
        return self.cost or self.construction.cost

    def sizes_of(self, shapes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
        """The values of the size symbols at which the inputs have these shapes; ``BadInput`` where there are none."""
        found: dict[str, Any] = {}
        for name, shape in self.shapes:
            if name not in shapes:
                raise BadInput(f"{self.name} has an input {name}, which has no shape here")
            for ours, given in zip(shape, shapes[name], strict=True):
                wanted = given if isinstance(ours, int) else found.setdefault(str(ours), given)
                if given != (ours if isinstance(ours, int) else wanted):
                    raise BadInput(f"{name} is {shapes[name][0]} x {shapes[name][1]}, where {ours} is {wanted}")
        return found

    def instance(self, construction: Construction) -> bool:
        """Whether a construction is the one of this derivation, perhaps at other sizes or with a changed encoder.

        Relatives of the family, with a mask or a scale for instance, compute something else.
        """
        mine = self.construction
        same = [name for name, _ in construction.inputs] == [name for name, _ in mine.inputs]
        if not same or (construction.name, construction.realisation) != (mine.name, mine.realisation):
            return False
        if not isinstance(mine.computes, Formula) or construction.computes == mine.computes:
            return True
        try:
            sizes = self.sizes_of(dict(construction.inputs))
        except BadInput:
            return False
        own = substitute_sizes(mine.computes, sizes) if self.inputs is None else self.at(sizes).computes
        return bool(construction.computes == own)

    def construction_for(self, **options: Any) -> Construction:
        """The construction with these options of the family, or sizes; without options the derivation's own."""
        given = {name: value for name, value in options.items() if value is not None}
        if not given:
            return self.construction
        if self.family is not None:
            try:
                return self.family(**given)
            except TypeError as error:
                raise BadInput(f"{self.name}: {error}") from None
        return self.construction.at(given)

    def at(self, sizes: Mapping[str, Any]) -> Construction:
        """The construction of this derivation at these values of the size symbols of its statement."""
        if self.inputs is None or self.family is None:
            return self.construction.at(sizes)
        return self.family(**sizes)

    def computes_for(self, construction: Construction) -> Formula:
        """What a construction of the family is claimed to compute: the formula of the derivation for an instance."""
        if not (isinstance(self.computes, Formula) and self.instance(construction)):
            own: Formula = construction.computes
            return own
        return substitute_sizes(self.computes, self.sizes_of(dict(construction.inputs)))

    def claim_of(self, construction: Construction) -> Claim:
        """The claim about a construction of the family."""
        return replace(construction.claim, right=self.computes_for(construction))

    @property
    def claim(self) -> Claim:
        """The claim of the derivation about the construction that it shows."""
        return self.claim_of(self.construction)

    @property
    def stated(self) -> Claim:
        """The claim as it is stated: in size symbols, even where a construction exists at fixed sizes only."""
        if self.inputs is None:
            return self.claim
        return Claim(self.name, self.computes, self.computes, self.shapes, self.construction.encoder.constants)

    def identities(self, construction: Construction) -> Iterator[tuple[Step, Place, Formula]]:
        """What each step says about a construction that is an instance: the place and the formula that it holds."""
        from symsim.formulas.building import zeros

        sizes = self.sizes_of(dict(construction.inputs))
        for step in self.steps:
            for place, formula in step.identities(State(construction, sizes)):
                if not isinstance(formula, Formula):
                    if formula != 0:
                        raise BadInput(f"step {step.name}: a slot holds a formula or 0, not {formula!r}")
                    formula = zeros(*place.shape)
                yield step, place, substitute_sizes(formula, sizes)

    def identity_claim(self, name: str, place: Place, formula: Formula) -> Claim:
        """The claim that a place holds what a formula says."""
        construction = place.construction
        return Claim(name, place, formula, construction.inputs, construction.encoder.constants)

    def small(self) -> Construction:
        """The construction at which controls are planted: every free size is 2, small enough to print."""
        return self.construction.at(dict.fromkeys(self.claim.free_sizes, SMALL))

    # -- checking and showing -------------------------------------------------------------------------------------
    def check(
        self, method: str = "auto", cut: bool = True, time_limit: float | None = None, seed: int = 0, **options: Any
    ) -> CheckedDerivation:
        """Prove the identity of every step and the claim, and refute every control.

        ``options`` go to the family (``n=2, d=2, heads=2, realisation="scalars"``), or are values of size symbols;
        none: the claim as it is stated.
        """
        from symsim.derivation.checked import check

        return check(self, options, method=method, cut=cut, time_limit=time_limit, seed=seed)

    def latex(self) -> str:
        """The derivation written out, as a LaTeX document; it is checked on the way."""
        from symsim.render import latex

        return latex(self)

    def html(self) -> str:
        """The derivation written out, as a page for a browser that touches no network; it is checked on the way."""
        from symsim.render import html

        return html(self)

    def markdown(self) -> str:
        """The derivation written out, as Markdown; it is checked on the way."""
        from symsim.render import markdown

        return markdown(self)

    def _repr_html_(self) -> str:
        return self.html()
