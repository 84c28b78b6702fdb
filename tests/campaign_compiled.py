"""Families of planted faults in compiled programs: over real tokens, and over all words of an alphabet.

The second opinion about words is dense numpy again: the layers run on the rows of the embedding table, and what they
write is compared with a Python function, at every word.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from typing import Any

import numpy as np

from symsim.errors import SymsimError
from symsim.proof import check
from symsim.rasp import load
from tests import second_opinion
from tests.campaign_blocks import Family
from tests.campaign_faults import LIMIT, tell
from tests.faults import Fault, distinct, doubles, faults
from tests.trial import GAP, Result, trial

ERRORS = (SymsimError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
Shapes = dict[str, tuple[int, int]]

MATRICES: dict[str, tuple[str, list[int], Shapes, tuple[int, int], Callable[[dict[str, Any]], Any]]] = {
    "matmul 2,2,2": ("matmul", [2, 2, 2], {"A": (2, 2), "B": (2, 2)}, (2, 2), lambda x: x["A"] @ x["B"]),
    "matmul 1,2,1": ("matmul", [1, 2, 1], {"A": (1, 2), "B": (2, 1)}, (1, 1), lambda x: x["A"] @ x["B"]),
    "transposition 2,2": ("transposition", [2, 2], {"A": (2, 2)}, (2, 2), lambda x: x["A"].T),
    "softmax 1,2": ("softmax", [1, 2], {"A": (1, 2)}, (1, 2), lambda x: second_opinion.softmax(x["A"])),
    "softmax 2,2": ("softmax", [2, 2], {"A": (2, 2)}, (2, 2), lambda x: second_opinion.softmax(x["A"])),
    "trace 2": ("trace", [2], {"A": (2, 2)}, (1, 1), lambda x: np.array([[np.trace(x["A"])]])),
    "sum 2,2": ("sum", [2, 2], {"A": (2, 2), "B": (2, 2)}, (2, 2), lambda x: x["A"] + x["B"]),
}
"""Program, arguments, operands, shape of the result, and what it is in numpy."""


def _sorted(word: Sequence[str]) -> list[Any]:
    return sorted(word)


def _dyck(word: Sequence[str]) -> list[Any]:
    """P where a prefix can still be balanced, T where it is, F where it cannot be."""
    out, depth, broken = [], 0, False
    for letter in word:
        depth += 1 if letter == "(" else -1
        broken = broken or depth < 0
        out.append("F" if broken else "P" if depth else "T")
    return out


def _often(word: Sequence[str]) -> list[Any]:
    return [list(word).count(a) for a in word]


def _double(word: Sequence[str]) -> list[Any]:
    return [len({b for b in word if list(word).count(b) == list(word).count(a)}) for a in word]


WORDS: dict[str, tuple[str, int, str, Callable[[Sequence[str]], list[Any]]]] = {
    "histogram": ("histogram", 3, "ab", _often),
    "histogram of 3": ("histogram", 2, "abc", _often),
    "reverse": ("reverse", 3, "ab", lambda word: list(word)[::-1]),
    "sorted": ("sorted", 3, "ab", _sorted),
    "double_histogram": ("double_histogram", 3, "ab", _double),
    "dyck1": ("dyck1", 3, "()", _dyck),
}
"""Program, length, alphabet, and what it is in Python."""
TWICE = 150
"""So many random pairs of changes of each."""


@cache
def planted(name: str) -> tuple[Any, list[Fault]]:
    """A compiled program and its faults; a name that ends in ``, twice`` stands for pairs of changes."""
    base = name.removesuffix(", twice")
    if base in MATRICES:
        program, args, inputs, shape, _ = MATRICES[base]
        length = sum(r * c for r, c in inputs.values())
        made: Any = load("library:matrices").compile(program, args, length=length, inputs=inputs, shape=shape)
    else:
        program, length, alphabet, _ = WORDS[base]
        made = load("library:sequences").compile(program, length=length, alphabet=alphabet)
    found = faults(made.encoder) if base == name else distinct(made.encoder, doubles(made.encoder, TWICE, seed=2))
    return made, list(found)


def attack(name: str, number: int) -> dict[str, Any]:
    """One fault on trial. An exception is a failure of this fault, not of the campaign."""
    made, found = planted(name)
    fault, base = found[number], name.removesuffix(", twice")
    try:
        if base in MATRICES:
            result = trial(made, fault, explain=False, limit=LIMIT, formula=MATRICES[base][4])
        else:
            result = trial_of_words(made, fault, WORDS[base][3])
    except ERRORS as error:
        result = Result(fault.kind, fault.name, "error", f"{type(error).__name__}: {error}")
    return {**asdict(result), "tried": 1, "wrong": [result.wrong] if result.wrong else []}


# -- words ------------------------------------------------------------------------------------------------------------
def trial_of_words(made: Any, fault: Fault, oracle: Callable[[Sequence[str]], list[Any]]) -> Result:
    """Decide a fault of an encoder for words, and confirm that at the witness, or at all words where it is proved."""
    start = time.perf_counter()
    changed = replace(made, layers=fault.encoder.layers)
    report = check(changed.claim, time_limit=LIMIT)
    verdict, seconds, wrong, support = str(report.verdict), time.perf_counter() - start, "", None
    if verdict == "refuted":
        word = tuple(report.witness.inputs["tokens"])
        support = len(word)
        wrong = "" if differs(changed, word, oracle) else f"refuted at {word}, where numpy sees no difference"
        shorter = (w for n in range(1, len(word)) for w in itertools.product(made.alphabet, repeat=n))
        if early := next((w for w in shorter if differs(changed, w, oracle)), None):
            wrong = f"the witness is {word}, and {early} is shorter"
    elif verdict == "proved":
        words = (w for n in range(1, made.length + 1) for w in itertools.product(made.alphabet, repeat=n))
        wrong = next((f"proved, but wrong at {w}" for w in words if differs(changed, w, oracle)), "")
    else:
        wrong = f"not decided: {report.reason}"
    return Result(fault.kind, fault.name, verdict, wrong, "", support, seconds)


def differs(made: Any, word: Sequence[str], oracle: Callable[[Sequence[str]], list[Any]]) -> bool:
    """Whether the layers, in numpy, write something else than the numbers of what the oracle gives."""
    codes = {value: float(code) for code, value in made.codes}
    numbers = [codes[value] if isinstance(value, str) else float(value) for value in oracle(word)]
    written = in_numpy(made, word)
    if np.isnan(written).any():
        return True
    return bool((abs(written - numbers) > GAP * np.maximum(1.0, abs(np.array(numbers)))).any())


def in_numpy(made: Any, word: Sequence[str]) -> Any:
    """What the layers write at a word; nan everywhere where a token is undefined anywhere."""
    table = second_opinion.floats(made.embedding)
    rows = [table[made.alphabet.index(letter) * made.length + p] for p, letter in enumerate(word)]
    H = np.vstack([*rows, second_opinion.floats(made.sink)])
    with np.errstate(all="ignore"):
        for heads, network, residual in second_opinion.copied(made.encoder_at(len(word))):
            H = second_opinion.layer(H, heads, network, residual)
            if np.isnan(H).any():
                return np.full(len(word), np.nan)
    return H[: len(word), made.slots.span(made.readout)[0]]


def families() -> list[Family]:
    """One family a program, and one of pairs of changes."""
    names = [name for base in (*MATRICES, *WORDS) for name in (base, f"{base}, twice")]
    return [
        Family(f"compiled {name}", lambda name=name: [f.name for f in planted(name)[1]], partial(attack, name), tell)  # type: ignore[misc]
        for name in names
    ]
