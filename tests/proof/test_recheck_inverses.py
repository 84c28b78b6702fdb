"""How the checker of certificates recognises reciprocals: one variable for all that differ by a factor it can see."""

from __future__ import annotations

from typing import Any

from symsim.proof import recheck


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
