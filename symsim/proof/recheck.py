"""Re-checks symbolic and exhaustive certificates with the Python standard library alone; runs as a single file.

No value of the prover is believed: tokens, layers, programs and formulas are computed again from the content, and
compared. Where a cut is proved, fresh symbols take the place of its formula on both sides. The claim that is printed is
made from the content. Exit status: 0 accepted, 1 rejected, 2 no certificate of these kinds. Blank lines are spared.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from fractions import Fraction
from typing import Any

__all__ = ["canonical", "claimed", "establish"]
MOST_BYTES, MOST_CELLS, MOST_CASES, MOST_WORK, LARGEST = 1 << 28, 1 << 22, 1 << 20, 1 << 31, 1 << 20000
ONE: Any = (frozenset(), 1)
UNIT: Any = {ONE: 1}
HARD = {"average-hard": slice(None), "unique-hard": slice(1), "unique-hard-right": slice(-1, None)}
STEPS: Any = {"relu": lambda v: max(v, 0), "step": lambda v: int(v >= 0), "abs": abs, "round": round}
BINARY: Any = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "==": lambda a, b: a == b, "%": lambda a, b: a % b}
SIDES = {kind: f"the {kind} with SHA-256 " for kind in ("encoder", "program", "formula")}
JOINTS = {"sum": " + ", "product": " ", "hadamard": " .* ", "scaled": " * "}
KEYS = {kind: f"schema_version kind claim hash left right side_conditions {more}"
        for kind, more in (("symbolic", "inputs"), ("exhaustive", "letters length"))}
KINDS = ("real", "0/1", "0/1, a 1 in each row,")
FORMS = {"name": "s", "number": "s", "matrix": "d", "hadamard": "tt", "identity": "i", "apply": "st", "reshape": "tii",
         "transpose": "t", "scaled": "tt", "ones": "ii", "binary": "stt", "softmax": "t tt", "causal_softmax": "t tt"}
def need(truth: Any, reason: str) -> None:  # reject for this reason unless it holds; any other error rejects as well
    if not truth:
        raise ValueError(reason)
def parts(data: Any, names: str) -> list[Any]:  # the values of an object that has exactly these keys
    need(isinstance(data, dict) and set(data) == set(names.split()), f"an object has other keys than {names}")
    return [data[name] for name in names.split()]
def whole(data: Any, least: int = 0, most: int = MOST_CELLS) -> int:  # an integer of a range
    need(type(data) is int and least <= data <= most, f"{data!r:.40} is no integer from {least} to {most}")
    return int(data)
def word(data: Any) -> str:  # a name: the only text that a certificate chooses and that is printed
    need(isinstance(data, str) and data.isidentifier() and data.isascii() and len(data) < 100, f"no name: {data!r:.40}")
    return str(data)
def rational(data: Any) -> Any:  # a number, written in lowest terms
    need(set(data) <= set("-/0123456789") and str(Fraction(data)) == data, f"{data!r:.40} is no number in lowest terms")
    return Fraction(data) if "/" in data else int(data)
def number(v: Any) -> Any:  # the number that a value is at all inputs
    need(v.keys() <= {ONE}, "the order of some values depends on the inputs")
    return v.get(ONE, 0)
def cells(matrix: Any) -> Any:  # the entries that are not 0, with their places
    return ((i, j, v) for i, row in enumerate(matrix[0]) for j, v in row.items())
def canonical(data: Any) -> bytes:
    """The one text of the data: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
def text(tree: Any, around: str = "") -> str:  # a formula for people
    kind, *args = tree
    below = [text(part, kind) if isinstance(part, list) else canonical(part).decode().strip('"') for part in args]
    if kind in ("name", "number", "transpose"):
        return f"{below[0]}^T" if kind == "transpose" else below[0]
    found = JOINTS[kind].join(below) if kind in JOINTS else f"{kind}({', '.join(below)})"
    loose = kind in JOINTS and around in (*JOINTS, "transpose") and not kind == around in ("sum", "product")
    return f"({found})" if loose else found
class Machine:
    """Exact arithmetic, and what is computed in it: matrices (rows as dictionaries, width), formulas, encoders.

    A value {(exponent, monomial): coefficient} sums coefficient * monomial * exp(exponent). A monomial is a product of
    primes, one a variable; an exponent is the frozen set of the terms of a polynomial. One over a value N is a variable
    w with w N = 1. Equal forms are equal functions wherever no N is 0. Unknown functions (relu of a symbol) are opaque.
    """

    def __init__(self) -> None:
        self.named, self.memo, self.primes = dict[str, Any](), dict[bytes, Any](), dict[Any, int]()
        self.sums, self.inverses, self.opaques, self.work = dict[Any, Any](), list[Any](), list[Any](), 0
    def symbol(self, name: Any) -> Any:
        if name not in self.primes:
            known = list(self.primes.values())
            self.primes[name] = next(n for n in itertools.count(max(known, default=1) + 1) if all(n % p for p in known))
        return {(frozenset(), self.primes[name]): 1}
    def dot(self, pairs: Any) -> Any:  # the sum of the products of the pairs
        out: Any = {}
        for a, b in pairs:
            self.work += len(a) * len(b)
            for ((x, m), c), ((y, k), f) in itertools.product(a.items(), b.items()):
                if x and y and (x, y) not in self.sums:
                    terms = dict(x)
                    terms.update((mono, terms.get(mono, 0) + factor) for mono, factor in y)
                    self.sums[x, y] = frozenset(item for item in terms.items() if item[1])
                key = self.sums[x, y] if x and y else x or y, m * k
                out[key] = out.get(key, 0) + c * f
        small = all(max(m, abs(c.numerator), c.denominator) < LARGEST for (_, m), c in out.items())
        need(small and self.work <= MOST_WORK, "the claim takes more arithmetic than this program spends")
        return {key: c for key, c in out.items() if c}
    def equal(self, a: Any, b: Any) -> bool:
        rest = self.dot([(a, UNIT), (b, {ONE: -1})])  # it is multiplied by every N as often as its w is in it
        for prime, below in reversed(self.inverses):
            while any(m % prime == 0 for _, m in rest):
                inside = {(e, m // prime): c for (e, m), c in rest.items() if m % prime == 0}
                rest = self.dot([(inside, UNIT), ({key: c for key, c in rest.items() if key[1] % prime}, below)])
        return not rest
    def inverse(self, a: Any) -> Any:
        need(not self.equal(a, {}), "a reciprocal of 0 is taken")
        low = min((e for e, _ in a), key=lambda e: sum(c * (m * 0x9E3779B97F4A7C15 % 1000000007) for m, c in e))
        lead = a[low, min(m for e, m in a if e == low)]
        unit = {(frozenset((m, -c) for m, c in low), 1): 1 / Fraction(lead)}
        normed = self.dot([(a, unit)])
        name = "inverse", frozenset(normed.items())
        if normed != UNIT and name not in self.primes:
            self.inverses.append((next(iter(self.symbol(name)))[1], normed))
        return self.dot([(unit, UNIT if normed == UNIT else self.symbol(name))])
    def apply(self, name: str, a: Any) -> Any:
        if name == "exp":  # a term of the exponent that has exponentials itself becomes a variable
            return {(frozenset((next(iter(self.symbol((e, m))))[1] if e else m, c) for (e, m), c in a.items()), 1): 1}
        if name in ("identity", "square", "reciprocal"):
            return a if name == "identity" else self.inverse(a) if name == "reciprocal" else self.dot([(a, a)])
        if name in STEPS and a.keys() <= {ONE}:
            return self.dot([({ONE: STEPS[name](a.get(ONE, 0))}, UNIT)])
        need(word(name) not in ("log", "maxmin", "layernorm", "round"), f"{name} is not checked here")
        found = [symbol for old, b, symbol in self.opaques if old == name and self.equal(a, b)]
        self.opaques += [] if found else [(name, a, self.symbol(("opaque", len(self.opaques))))]
        return found[0] if found else self.opaques[-1][2]
    def normalised(self, name: str, scores: Any, seen: Any) -> Any:  # the weights of one row over the keys it sees
        shown = {j: v for j, v in scores.items() if j in seen}
        if name == "linear" or not seen:
            return shown
        if name == "softmax":
            powers = {j: self.apply("exp", shown.get(j, {})) for j in seen}
            below = self.inverse(self.dot((v, UNIT) for v in powers.values()))
            return {j: self.dot([(v, below)]) for j, v in powers.items()}
        top = max([number(v) for v in shown.values()] + [0] * (len(shown) < len(seen)))
        best = [j for j in sorted(shown if top else seen) if number(shown.get(j, {})) == top][HARD[name]]
        return {j: {ONE: Fraction(1, len(best))} for j in best}
    def matrix(self, rows: Any, cols: Any, products: Any) -> Any:  # entry (i, j) sums a * b over the (i, j, a, b)
        need(whole(rows, 1) * whole(cols, 1) <= MOST_CELLS, "a matrix is too large")
        table: list[dict[int, Any]] = [{} for _ in range(rows)]
        for i, j, a, b in products:
            table[whole(i)].setdefault(whole(j, 0, cols - 1), []).append((a, b))
        return [{j: v for j, pairs in row.items() if (v := self.dot(pairs))} for row in table], cols
    def add(self, *terms: Any) -> Any:
        need(len({(len(rows), width) for rows, width in terms}) == 1, "matrices of different shape meet")
        return self.matrix(len(terms[0][0]), terms[0][1], ((*cell, UNIT) for term in terms for cell in cells(term)))
    def mul(self, a: Any, b: Any, *more: Any) -> Any:
        need(a[1] == len(b[0]), "matrices are multiplied whose inner sizes differ")
        out = self.matrix(len(a[0]), b[1], ((i, j, v, w) for i, k, v in cells(a) for j, w in b[0][k].items()))
        return self.mul(out, *more) if more else out
    def same(self, a: Any, b: Any) -> bool:
        pairs = zip(a[0], b[0], strict=True)
        return a[1] == b[1] and all(self.equal(p.get(j, {}), q.get(j, {})) for p, q in pairs for j in {*p, *q})
    def weight(self, data: Any) -> Any:
        (rows, cols), entries = parts(data, "shape entries")
        need(len({(i, j) for i, j, _ in entries}) == len(entries), "a weight has an entry twice")
        return self.matrix(rows, cols, (
            (i, j, self.value(v)[0][0][0] if isinstance(v, list) else {ONE: rational(v)}, UNIT) for i, j, v in entries))
    def value(self, tree: Any) -> Any:  # of a formula [kind, part, ..]; where it was cut, its fresh symbols
        if (key := canonical(tree)) not in self.memo:
            self.memo[key] = self.computed(*tree)
        return self.memo[key]
    def computed(self, kind: str, *args: Any) -> Any:
        form = "".join({list: "t", tuple: "t", str: "s", int: "i", dict: "d"}[type(part)] for part in args)
        need(form in FORMS.get(kind, "").split() or {*form} == {"t"} and kind in ("sum", "product"), f"{kind} {form}")
        below = [part if isinstance(part, tuple) else self.value(part) for part in args if type(part) in (list, tuple)]
        (a, width), (b, cols) = (below[0], below[-1]) if below else (([], 0), ([], 0))
        rows, entries = len(a), cells((a, width))
        if kind in ("name", "matrix", "sum", "product"):
            return self.named[args[0]] if kind == "name" else self.weight(args[0]) if kind == "matrix" else (
                self.add(*below) if kind == "sum" else self.mul(*below))
        need((rows, width) == ((1, 1) if kind == "scaled" else (len(b), cols)) and (
            kind != "reshape" or rows * width == args[1] * args[2]), f"the parts of {kind} do not fit")
        pairs = ((i, j, row.get(j, {}), b[i].get(j, {})) for i, row in enumerate(a) for j in range(width))
        if kind in ("softmax", "causal_softmax"):
            mask = [{j for j, v in row.items() if number(v)} for row in b] if form == "tt" else [range(width)] * rows
            sight = [[j for j in range(width) if j in mask[i] and (kind == "softmax" or j <= i)] for i in range(rows)]
            return [self.normalised("softmax", row, seen) for row, seen in zip(a, sight, strict=True)], width
        return self.matrix(*{  # type: ignore[no-untyped-call]  # rows, columns, products
            "number": lambda: (1, 1, [(0, 0, {ONE: rational(args[0])}, UNIT)]),
            "ones": lambda: (args[0], args[1], ((i, j, UNIT, UNIT) for i in range(args[0]) for j in range(args[1]))),
            "identity": lambda: (args[0], args[0], ((i, i, UNIT, UNIT) for i in range(args[0]))),
            "transpose": lambda: (width, rows, ((j, i, v, UNIT) for i, j, v in entries)),
            "scaled": lambda: (len(b), cols, ((*cell, a[0].get(0, {})) for cell in cells((b, cols)))),
            "hadamard": lambda: (rows, width, pairs),
            "reshape": lambda: (*args[1:], ((*divmod(i * width + j, args[2]), v, UNIT) for i, j, v in entries)),
            "apply": lambda: (rows, width, ((i, j, self.apply(args[0], v), UNIT) for i, j, v, _ in pairs)),
            "binary": lambda: (rows, width, (
                (i, j, {ONE: +BINARY[args[0]](number(v), number(w))}, UNIT) for i, j, v, w in pairs)),
        }[kind]())
    def head(self, data: Any, state: Any) -> Any:
        (ranges, causal), name, *weights = parts(data, "mask normaliser W_Q W_K W_V W_O")
        W_Q, W_K, W_V, W_O = map(self.weight, weights)
        scores, seen = self.mul(state, W_Q, self.computed("transpose", self.mul(state, W_K)))[0], range(len(state[0]))
        shown = dict.fromkeys(p for first, stop in ranges for p in seen[whole(first):whole(stop)])
        need(type(causal) is bool, "a mask does not say whether it is causal")
        sight = [{j: 1 for j in shown if j <= i} if causal else shown for i in seen]
        alpha = [self.normalised(name, row, keys) for row, keys in zip(scores, sight, strict=True)]
        return self.mul((alpha, len(seen)), self.mul(state, W_V, W_O))
    def layer(self, data: Any, state: Any) -> Any:
        heads, network, *residual = parts(data, "heads feed_forward residual residual_2")
        need(all(type(switch) is bool for switch in residual), "a residual connection is there or not")
        state = self.add(*([state] if residual[0] else []), *(self.head(head, state) for head in heads))
        if network is None:
            return state
        runs, *weights = parts(network, "activations W_1 b_1 W_2 b_2")
        W_1, b_1, W_2, b_2 = map(self.weight, weights)
        ones, names = self.computed("ones", len(state[0]), 1), [name for name, size in runs for _ in range(whole(size))]
        rows, width = self.add(self.mul(state, W_1), self.mul(ones, b_1))
        need(len(names) == width, "the activations do not fit the units")
        active = self.matrix(len(rows), width, (
            (i, u, self.apply(names[u], row.get(u, {})), UNIT) for i, row in enumerate(rows) for u in range(width)))
        return self.add(self.mul(active, W_2), self.mul(ones, b_2), *([state] if residual[1] else []))
    def side(self, side: Any) -> Any:
        if side["kind"] != "encoder":
            _, definitions, tree = parts(side, "kind definitions tree")
            outer, self.named, self.memo = (self.named, self.memo), {**self.named}, {**self.memo}
            for name, below in definitions:
                need(word(name) not in self.named, f"{name} names two things")
                self.named[name] = self.value(below)
            found, (self.named, self.memo) = self.value(tree), outer
            return found
        _, *layouts, layers, placements, readout, cuts = parts(side, "kind tokens slots layers placements readout cuts")
        height, across = (sum(whole(size, 1) for _, size in layout) for layout in layouts)
        state = self.matrix(height, across, (
            (top + i, left + j, v, UNIT) for top, left, tree in placements for i, j, v in cells(self.value(tree))))
        def spots(top: int, left: int, tall: int, wide: int) -> list[tuple[int, int]]:
            need(whole(tall, 1) * whole(wide, 1) <= MOST_CELLS, "what is read is too large")
            return list(itertools.product(range(whole(top), top + tall), range(whole(left), left + wide)))
        def held(places: Any, cols: int) -> Any:
            found = ((*divmod(k, cols), state[0][p].get(q, {}), UNIT) for k, (p, q) in enumerate(places))
            return self.matrix(len(places) // whole(cols, 1), cols, found)
        for number, layer in enumerate(layers):
            state = self.layer(layer, state)
            here = [(spots(*place), tree, self.value(tree)) for at, *place, tree in cuts if at == number]
            for places, tree, found in here:
                need(self.same(held(places, found[1]), found), f"a slot does not hold {text(tree)}")
            for places, tree, found in here:
                for k, (p, q) in enumerate(places):
                    state[0][p][q] = self.symbol((canonical(tree), k))
                self.memo[canonical(tree)] = held(places, found[1])
        need(all(whole(cut[0]) < len(layers) for cut in cuts), "a cut lies outside the layers")
        return held(spots(*readout[:4]), *readout[4:])
def cases(body: Any) -> Any:  # sides and inputs (None: a symbol) of each case that a claim ranges over
    if body["kind"] == "exhaustive":
        codes, length = [rational(code) for _, code in body["letters"]], whole(body["length"], 1, 99)
        need(1 <= len(set(codes)) == len(dict(body["letters"])) and len(codes) ** length <= MOST_CASES, "the words")
        for n in range(1, length + 1):  # "#" stands for the length of the word
            sides = [json.loads(canonical(body[side]).replace(b'"#"', str(n).encode())) for side in ("left", "right")]
            for row in itertools.product(range(len(codes)), repeat=n):
                columns = {"word": [codes[k] for k in row], "letter": row, "index": range(n)}
                yield *sides, {name: [[v] for v in column] for name, column in columns.items()}
        return
    inputs, bits = body["inputs"], sum(r * c for _, r, c, kind in body["inputs"] if kind != "real")
    need(len({name for name, *_ in inputs}) == len(inputs) and bits <= 20, "a name stands twice, or too many masks")
    for case in itertools.product((0, 1), repeat=bits):
        source = iter(case)
        given = {name: [[None if kind == "real" else next(source) for _ in range(c)] for _ in range(r)]
                 for name, r, c, kind in inputs}
        if all(any(row) for name, *_, kind in inputs if kind == KINDS[2] for row in given[name]):
            yield body["left"], body["right"], given
def claimed(body: Any) -> str:
    """The claim of a certificate, made from its content."""
    bare = [{**body[side], "cuts": []} for side in ("left", "right")]
    sides = [text(s["tree"]) if s["kind"] == "formula" and not s["definitions"] else
             SIDES[s["kind"]] + hashlib.sha256(canonical(s)).hexdigest() for s in bare]
    over = [f"{KINDS[KINDS.index(kind)]} {word(name)} ({whole(r, 1)} x {whole(c, 1)})"
            for name, r, c, kind in body.get("inputs", ())]
    if body["kind"] == "exhaustive":
        letters = ", ".join(f"{word(letter)} = {rational(code)}" for letter, code in body["letters"])
        over = [f"words of length 1 to {body['length']} over the letters {letters}"]
    given = "".join(f", provided that no entry of {text(tree)} is 0" for tree in body["side_conditions"])
    return f"{' = '.join(sides)} for all {', '.join(over)}{given}"
def opened(data: bytes) -> Any:  # the content of a certificate of a kind that is checked here
    body = json.loads(data) if len(data) <= MOST_BYTES else None
    need(isinstance(body, dict) and canonical(body.get("schema_version")) == b"1" and body.get("kind") in KEYS, "kind")
    return body
def establish(data: bytes) -> str:
    """The claim that a certificate establishes; raises an exception where it establishes none."""
    body = opened(data)
    need(canonical(body) + b"\n" == data, "the bytes are not canonical")
    parts(body, KEYS[body["kind"]])
    need(body.pop("hash") == hashlib.sha256(canonical(body)).hexdigest(), "the content does not match its hash")
    need(body["claim"] == claimed(body), f"the content claims something else: {claimed(body)!r}")
    for left, right, case in cases(body):
        machine = Machine()
        for name, table in case.items():
            machine.named[name] = machine.matrix(len(table), len(table[0]), [
                (i, j, machine.symbol((name, i, j)) if v is None else {ONE: v}, UNIT)
                for i, row in enumerate(table) for j, v in enumerate(row)])
        need(machine.same(machine.side(left), machine.side(right)), "the two sides differ")
        open_ = {p for p, below in machine.inverses if not all(m == 1 and c > 0 for (_, m), c in below.items())}
        given = [machine.computed("apply", "reciprocal", tree) for tree in body["side_conditions"]]
        need(open_ <= {next(iter(v))[1] for matrix in given for _, _, v in cells(matrix)}, "a denominator may be 0")
    return str(body["claim"])
def main(arguments: list[str], status: int = 2) -> int:  # check one file, print its claim, return the exit status
    try:
        with open(arguments[0], "rb") as stream:
            status = 2 - bool(opened(data := stream.read(MOST_BYTES + 1)))
        print("accepted:", establish(data))
        return 0
    except Exception as error:
        print("rejected:" if status == 1 else "no certificate:", f"{type(error).__name__}: {error}")
        return status
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
