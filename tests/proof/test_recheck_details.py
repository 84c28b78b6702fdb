"""How the checker of certificates recognises what is the same: reciprocals, unknown functions; and its exact bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symsim.proof import recheck
from tests.proof.sealing import SQUARES, X, sealed, stack, symbolic


def exp(machine: Any, value: Any) -> Any:
    return machine.apply("exp", value)


def test_reciprocals_of_multiples_share_their_variable() -> None:
    machine = recheck.Machine()
    x, y, z = (machine.symbol(name) for name in "xyz")
    both = machine.dot([(x, recheck.UNIT), (y, recheck.UNIT)])
    for value in (both, machine.dot([(both, {recheck.ONE: 3})]), machine.dot([(both, exp(machine, z))]),
                  machine.dot([(both, {recheck.ONE: -1})])):
        found = machine.inverse(value)
        assert machine.equal(machine.dot([(found, value)]), recheck.UNIT)
    assert len(machine.inverses) == 1
    machine.inverse(machine.dot([(both, x)]))
    assert len(machine.inverses) == 2


def test_what_is_one_term_without_variables_needs_no_variable() -> None:
    machine = recheck.Machine()
    for value in (recheck.UNIT, {recheck.ONE: 5}, exp(machine, machine.symbol("x"))):
        assert machine.equal(machine.dot([(machine.inverse(value), value)]), recheck.UNIT)
    assert machine.inverses == []


def test_the_order_of_the_terms_makes_no_difference() -> None:
    machine = recheck.Machine()
    powers = [exp(machine, machine.symbol(name)) for name in "abcdef"]
    for _ in powers:
        powers = [*powers[1:], powers[0]]
        machine.inverse(machine.dot([(power, recheck.UNIT) for power in powers]))
        machine.inverse(machine.dot([(power, exp(machine, machine.symbol("z"))) for power in reversed(powers)]))
    assert len(machine.inverses) == 1


def test_work_is_the_number_of_products() -> None:
    machine = recheck.Machine()
    three = machine.dot([(machine.symbol(name), recheck.UNIT) for name in "xyz"])
    machine.work = 0
    machine.dot([(three, three)])
    assert machine.work == 9


def test_an_unknown_function_of_one_value_is_one_variable() -> None:
    machine = recheck.Machine()
    x = machine.symbol("x")
    assert machine.apply("silu", x) == machine.apply("silu", x) != machine.apply("gelu", x)
    assert len(machine.opaques) == 2
    assert machine.apply("silu", {recheck.ONE: 3}) == machine.apply("silu", {recheck.ONE: 3})


def test_as_large_as_allowed_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck, "MOST_CELLS", 4)
    recheck.establish(sealed(symbolic(stack(), X, SQUARES[:1])))
    monkeypatch.setattr(recheck, "MOST_CELLS", 3)
    with pytest.raises(ValueError, match="too large"):
        recheck.establish(sealed(symbolic(stack(), X, SQUARES[:1])))
    monkeypatch.undo()
    wide = [["X", 5, 5, "real"]]  # entries that are real are no bits of masks
    recheck.establish(sealed(symbolic(X, X, wide)))
    assert len(list(recheck.cases(symbolic(X, X, SQUARES[:1])))) == 1


def test_masks_with_a_one_in_each_row() -> None:
    for kind, count in (("0/1", 16), (recheck.KINDS[2], 9)):
        body = symbolic(["name", "M"], ["name", "M"], [["M", 2, 2, kind]])
        assert len(list(recheck.cases(body))) == count


def test_the_claim_does_not_depend_on_the_cuts() -> None:
    bare, cut = stack(), stack(cuts=((0, 0, 0, 2, 2, X),))
    claims = {recheck.claimed(symbolic(side, X, SQUARES[:1])) for side in (bare, cut)}
    assert len(claims) == 1


def test_a_file_of_the_largest_size_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = sealed(symbolic(X, X, SQUARES[:1]))
    path = tmp_path / "F.json"
    path.write_bytes(data)
    monkeypatch.setattr(recheck, "MOST_BYTES", len(data))
    assert recheck.main([str(path)]) == 0
    monkeypatch.setattr(recheck, "MOST_BYTES", len(data) - 1)
    assert recheck.main([str(path)]) == 2
