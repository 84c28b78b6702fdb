"""cvc5 as a second opinion: where z3 calls a case impossible, the same question goes to another solver.

What both say is still the word of solvers, and named as such. Where cvc5 finds possible what z3 finds impossible, one
of them is wrong, and nothing is decided. cvc5 is optional; its limits are a count of its own steps and a clock.
"""

from __future__ import annotations

import importlib.util

NAME = "cvc5"
STEPS = 2_000_000
MILLISECONDS = 5000
"""A question ends after so many steps of cvc5, or so long."""


def available() -> bool:
    """Whether cvc5 can be imported."""
    return importlib.util.find_spec("cvc5") is not None


def opinion(question: str) -> str:
    """``sat``, ``unsat`` or ``unknown``: what cvc5 says of a question in SMT-LIB 2; ``unknown`` where it is missing.

    >>> opinion("(set-logic QF_LRA) (declare-fun x () Real) (assert (< x x)) (check-sat)") in ("unsat", "unknown")
    True
    """
    if not available():
        return "unknown"
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("rlimit-per", str(STEPS))
    solver.setOption("tlimit-per", str(MILLISECONDS))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, question, "case")
    symbols, said = parser.getSymbolManager(), "unknown"
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols).strip()
        said = answer if answer in ("sat", "unsat") else said
    return said
