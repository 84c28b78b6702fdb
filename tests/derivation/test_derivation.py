"""The ``Derivation`` object: steps, controls, examples, cases, options, and what checking makes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symsim.claims.report import Verdict
from symsim.derivation import Derivation, State
from symsim.derivation.library import installed
from symsim.errors import BadInput
from symsim.formulas import matrix, sizes, softmax
from symsim.simulators.universal import universal

n, d = sizes("n d")
X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d)


def theorem(name: str = "theorem", **more: object) -> Derivation:
    """A small derivation of U with d_v = d."""
    settings = {"construction": universal(n, d), "computes": softmax(X @ A @ X.T) @ X @ V, **more}
    return Derivation(name=name, statement="U computes attention.", **settings)  # type: ignore[arg-type]


def test_step_that_holds_is_proved_and_its_docstring_is_the_reason() -> None:
    found = theorem()

    @found.step("A linear head multiplies.")
    def products(state: State):  # type: ignore[no-untyped-def]
        """Because of the row numbers."""
        yield state.slot("xa", layer=0, rows="X"), X @ A
        yield state.slot("xa", layer=0, rows="A, V"), 0

    checked = found.check()
    assert [item.report.verdict for item in checked.identities] == [Verdict.PROVED] * 2
    assert checked.identities[0].step.reason == "Because of the row numbers."
    assert checked.complete


def test_step_that_is_wrong_is_refuted_and_the_derivation_is_incomplete() -> None:
    found = theorem()

    @found.step("A linear head multiplies by the transpose, says somebody.")
    def wrong(state: State):  # type: ignore[no-untyped-def]
        yield state.slot("xa", layer=0, rows="X"), X @ A.T

    checked = found.check()
    assert checked.report.verdict is Verdict.PROVED
    assert checked.identities[0].report.verdict is Verdict.REFUTED
    assert not checked.complete


def test_zero_where_something_stands_is_refuted() -> None:
    found = theorem()

    @found.step("Nothing is written, says somebody.")
    def nothing(state: State):  # type: ignore[no-untyped-def]
        yield state.slot("out", layer=1, rows="A, V"), 0

    assert found.check().identities[0].report.verdict is Verdict.REFUTED


def test_control_that_changes_nothing_is_noticed() -> None:
    found = theorem()

    @found.control("No change at all.")
    def harmless(construction):  # type: ignore[no-untyped-def]
        return construction

    @found.control("The mask is gone.")
    def unmasked(construction):  # type: ignore[no-untyped-def]
        return construction.change(layer=1, head=0, mask=None)

    checked = found.check()
    assert [control.refuted for control in checked.controls] == [False, True]
    assert not checked.complete
    assert checked.controls[1].report.witness is not None


def test_wrong_theorem_is_refuted_with_a_witness() -> None:
    report = theorem(computes=softmax(X @ A.T @ X.T) @ X @ V).check().report
    assert report.verdict is Verdict.REFUTED
    assert report.witness is not None and report.witness.left != report.witness.right


def test_options_are_sizes_without_a_family_and_its_arguments_with_one() -> None:
    assert dict(theorem().construction_for(n=3, d=2).inputs)["X"] == (3, 2)
    many = theorem(family=universal).construction_for(n=2, d=2, heads=2, realisation=None)
    assert many.name == "multi_head"
    with pytest.raises(BadInput, match="colour"):
        theorem(family=universal).construction_for(n=2, d=2, colour="red")


def test_relative_is_checked_against_its_own_formula_and_has_no_steps() -> None:
    found = theorem(family=universal)

    @found.step("A linear head multiplies.")
    def products(state: State):  # type: ignore[no-untyped-def]
        yield state.slot("xa", layer=0, rows="X"), X @ A

    relative = found.check(n="n", d="d", heads=2)
    assert relative.report.verdict is Verdict.PROVED and relative.identities == ()
    own = found.check(n=2, d=1)
    assert own.report.claim.fixed and len(own.identities) == 1 and own.complete


def test_example_with_wrong_names_or_shapes_is_an_error() -> None:
    found = theorem()
    with pytest.raises(BadInput, match="gives X, A, V"):
        found.example(X=[[1]], A=[[1]])
    with pytest.raises(BadInput, match="V is 2 x 1, where d is 1"):
        found.example(X=[[1]], A=[[1]], V=[[1], [1]])
    assert len(found.examples) <= 1


def test_example_runs_exactly() -> None:
    found = theorem()
    example = found.example(X=[[1, 0], [0, 0]], A=[[0, 0], [0, 0]], V=[[2, 4], [0, 0]])
    construction = found.construction.at(found.sizes_of(example.shapes))
    trace = example.run(construction, found.computes_for(construction))
    assert trace.agrees
    assert trace.decimals(trace.result, 3) == [["1", "2"], ["1", "2"]] or trace.decimals(trace.result, 3) == [
        ["1.00", "2.00"],
        ["1.00", "2.00"],
    ]
    broken = construction.change(layer=1, head=0, mask=None)
    assert not example.run(broken, found.computes_for(construction)).agrees


@pytest.mark.parametrize("name", ["../x", "a b", "<b>", "", "A"])
def test_name_that_could_be_a_path_or_markup_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="cannot name a derivation"):
        theorem(name)


def test_shape_that_differs_from_the_result_is_refused() -> None:
    with pytest.raises(BadInput, match="the construction gives"):
        theorem(computes=X @ A @ X.T)


def test_places_that_do_not_exist_are_errors() -> None:
    state = State(universal(n, d))
    with pytest.raises(BadInput, match="there is no layer 2"):
        state.slot("xa", layer=2, rows="X")
    with pytest.raises(BadInput, match="did you mean 'xa'"):
        state.slot("xaa", layer=0, rows="X")
    with pytest.raises(BadInput, match="unknown part 'Z'"):
        state.slot("xa", layer=0, rows="Z")


def test_step_that_yields_neither_formula_nor_zero_is_an_error() -> None:
    found = theorem()

    @found.step("One.")
    def one(state: State):  # type: ignore[no-untyped-def]
        yield state.slot("xa", layer=0, rows="X"), 1

    with pytest.raises(BadInput, match="a formula or 0"):
        found.check()


def test_case_gives_claim_and_construction() -> None:
    found = theorem(family=universal)
    case = found.case("two heads", cut=False, n=2, d=2, heads=2)
    assert found.cases == [case] and not case.cut
    assert case.claim().fixed and case.construction().name == "multi_head"
    assert replace(case, options={}).claim() == found.claim


def test_a_relative_with_the_same_inputs_and_another_formula_keeps_its_own_claim() -> None:
    derivation = installed()["multi-head-attention"]
    relative = derivation.construction_for(n="n", d="d", d_v="d_v", d_k="d_k", heads=2, scale="tau")
    assert not derivation.instance(relative)
    assert str(derivation.claim_of(relative).right) == str(relative.computes)
    assert derivation.check(n="n", d="d", d_v="d_v", d_k="d_k", heads=2, scale="tau").report.verdict is Verdict.PROVED
    masked = installed()["attention-with-biases"]
    assert masked.check(n=2, d=1, heads=1, mask="causal").report.verdict is Verdict.PROVED
    assert derivation.instance(derivation.construction_for(n=3, d=2, d_v=1, d_k=1, heads=2))
