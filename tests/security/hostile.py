"""Reads hostile texts in a process of its own, one kind a run: ``python -m tests.security.hostile KIND``.

One line of JSON a text: its number, what became of it, its seconds on a processor, and the megabytes of the process.
"""

from __future__ import annotations

import copy
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import sympy

from symsim.claims import stored_constructions, stored_words
from symsim.claims.word_encoder import WordEncoder
from symsim.cli.inputs import read_inputs
from symsim.encoder import stored
from symsim.encoder.layouts import Slots
from symsim.errors import BadInput
from symsim.formulas.parsing import parse, parse_shape
from symsim.rasp.loading import load
from symsim.simulators.universal import universal

BYTES, SECONDS = 4 << 30, 120
WORDS = """X A S u tau n 0 I T ones exp softmax relu diag tr det inv causal mask= ( ) [ ] { } , ; + - * / .* ^ ^T ^-1
1 2.5 1e300 1e9999 .5 1/3 0x1 X.T X' = == @ \\ $ " # ' __import__ eval lambda \x00 \u202e \u00b2 \u0661""".split()
DEEP: Any = []
for _ in range(300):
    DEEP = [DEEP]
MANY = {"symbols": ["tau"] * 30, "terms": [[[100] * 30, "1"]] * 50}
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 10**9, "", "x", "__import__('os')", "9" * 5000, "1/" + "9" * 4000, "n" * 999,
    "n*" * 200 + "n", "+".join(["n"] * 400), "2*" * 300 + "2", "\u00b2", "\u0661", [], {}, [[]], DEEP, MANY,
    {"shape": [10**9, 10**9], "entries": []}, {"shape": [10**30, 10**30], "entries": []},
    {"shape": [10**9, 1], "entries": [[0, 0, "1"]]}, {"shape": [-1, -1], "entries": []},
    {"shape": ["a", 2], "entries": []}, {"rows": [1] * 3000, "cols": [1] * 3000, "blocks": []},
    {"rows": [10**9] * 3, "cols": ["n"] * 2000, "blocks": []},
    {"rows": ["n*n*n*n*n*n*n*n*n*n"] * 30, "cols": ["(n"], "blocks": []},
)  # fmt: skip
"""What is put into every field of a stored encoder."""
TEXTS = (
    "", "{", "[" * 100_000, '{"kind":' * 5000, '{"kind": "encoder", "kind": "encoder"}', '{"schema_version": NaN}',
    '{"schema_version": 1e999999}', '{"schema_version": ' + "7" * 10**6 + "}", '{"kind": "encoder", "x": -Infinity}',
    '{"kind": "encoder", "schema_version": 1.0, "hash": 0}', "\ufeff{}", '"' + "a" * 10**6, "null", "\x00" * 1000,
    '{"kind": "encoder", "schema_version": true, "hash": "0"}', '{"a": "\\ud800"}',
    "{" + '"a": 1, ' * 10**5 + '"b": 1}',
)  # fmt: skip
"""What is no stored encoder at all."""


def drawn(count: int, most: int) -> Iterator[str]:
    """Texts of words of the language and of words that are none."""
    chosen = random.Random(7)
    for _ in range(count):
        yield " ".join(chosen.choices(WORDS, k=chosen.randint(1, most)))


def formulas() -> Iterator[tuple[Callable[[str], Any], str]]:
    shapes = {"X": ("n", "d"), "A": ("d", "d"), "S": ("n", "n"), "u": "n"}
    more = ["(" * 9999, "X " * 4999, "-" * 9999 + "X", "[" * 9999, "X^T" * 3000, "exp(" * 2000, "1/" * 4999 + "1"]
    more += ["softmax(" * 1000 + "S" + ")" * 1000, "9" * 9999, "X" * 9999, "tau*" * 2499 + "tau", "\u202e" * 9999]
    for text in (*drawn(1500, 30), *more):
        yield lambda text: parse(text, shapes, ["tau"]), text


def declarations() -> Iterator[tuple[Callable[[str], Any], str]]:
    more = ["X=" + "n*" * 5000 + "n", "X=" + "9" * 9999, "X=" + "(" * 5000, "=,", "X=n,d,e,f", "X=\u0661"]
    more += ["X=" + "n+" * 4000, "X=" + ",".join("n" * 4000)]
    for text in (*(f"X={text}" for text in drawn(500, 8)), *more):
        yield parse_shape, text


def encoders() -> Iterator[tuple[Callable[[str], Any], str]]:
    yield from ((stored.load, text) for text in TEXTS)
    yield from ((stored.load, text) for text in _changed(stored.to_dict(universal(n=2, d=1).encoder)))


def words() -> Iterator[tuple[Callable[[str], Any], str]]:
    table = sympy.Matrix([[3], [5]])
    copy_ = WordEncoder("copy", Slots((("out", 1),)), (), ("a", "b"), 1, table, [[0]], "out", ((Fraction(3), "a"),))
    yield from ((stored_words.load, text) for text in TEXTS)
    yield from ((stored_words.load, text) for text in _changed(json.loads(stored_words.save(copy_))))


def constructions() -> Iterator[tuple[Callable[[str], Any], str]]:
    yield from ((stored_constructions.load, text) for text in TEXTS)
    yield from ((stored_constructions.load, text) for text in _changed(json.loads(universal(n=2, d=1).to_json())))


def inputs() -> Iterator[tuple[Callable[[str], Any], str]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "at.json"

        def read(text: str) -> Any:
            file.write_text(text, encoding="utf-8", errors="surrogatepass")
            return read_inputs(file)

        for value in (*VALUES, "1e300", "1e301", "1/0", "1e", "--1", "0x1", 1.5):
            yield read, json.dumps({"X": [[value]]})
        names = ", ".join(f'"n{i}": 1' for i in range(60_000))
        for text in (*TEXTS, "{" + names + "}", '{"X": [[1e999999]]}', '{"X": [[' + "1," * 400_000 + "1]]}"):
            yield read, text


def programs() -> Iterator[tuple[Callable[[str], Any], str]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "f.rasp"

        def run(text: str) -> Any:
            file.write_text(text, encoding="utf-8")
            return load(file).call("f", tokens=[1, 2, 3])

        loop = "def g(n) { return %s; }\nf = g(%s);"
        for text in (
            "f = tokens" + "+1" * 20_000 + ";", "f = " + "(" * 40_000, "f = " + "[" * 40_000,
            "f = " + "9" * 40_000 + ";", loop % ("g(n+1)", "0"), loop % ("g(n)+g(n)", "0"), "f = 2^2^2^2^2^2;",
            "f = 9^9^9;", "f = 10^100000 * tokens;",
            "x = tokens;\n" + "x = x + x;\n" * 4000 + "f = x;", "x = 2;\n" + "x = x * x;\n" * 60 + "f = x;",
            'x = "a";\n' + "x = x + x;\n" * 60 + "f = x;", "x = [1];\n" + "x = x + x;\n" * 60 + "f = x;",
            "f = [f for f in f];", "load \"/etc/passwd\";", "load \"f\";\nf = 1;", "\x00" * 40_000, "f = `ls`;",
        ):  # fmt: skip
            yield run, text


def planted() -> Iterator[tuple[Callable[[str], Any], str]]:
    """Readers that break each bound, so that a test can see that it would be noticed."""
    yield lambda text: None, "fine"
    yield lambda text: int(text), "no number"
    yield lambda text: sum(range(3 * 10**8)), "slow"
    yield lambda text: len(bytearray(700 << 20)), "fat"


KINDS: dict[str, Callable[[], Iterator[tuple[Callable[[str], Any], str]]]] = {
    f.__name__: f for f in (formulas, declarations, encoders, words, constructions, inputs, programs, planted)
}


def _changed(data: dict[str, Any]) -> Iterator[str]:
    """The file with each of its fields replaced, and signed again; one field stands for others of the same list."""
    fields = dict.fromkeys(tuple(0 if isinstance(key, int) else key for key in path) for path in _paths(data))
    for path in (path for path in fields if path and path[0] != "hash"):
        for value in VALUES:
            changed = copy.deepcopy(data)
            place: Any = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
            if path[0] == "encoder" and len(path) > 1:
                changed["encoder"]["hash"] = stored.content_hash(changed["encoder"])
            yield json.dumps({**changed, "hash": stored.content_hash(changed)})


def _paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data[:1]) if isinstance(data, list) else ()
    for key, value in items:
        yield from _paths(value, (*path, key))


def outcome(read: Callable[[str], Any], text: str) -> str:
    """What becomes of a text: it is read, refused, or something else happens."""
    try:
        read(text)
    except BadInput as error:
        return "refused" if str(error).strip() else "refused without a word"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:200]
    return "read"


def peak() -> int:
    """The peak memory of this process in megabytes; ``ru_maxrss`` would count the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) // 1024


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for number, (read, text) in enumerate(KINDS[sys.argv[1]]()):
        start = time.process_time()
        found = outcome(read, text)
        seconds = time.process_time() - start
        megabytes = peak()
        print(json.dumps([number, text[:60], found, round(seconds, 3), megabytes]), flush=True)


if __name__ == "__main__":
    main()
