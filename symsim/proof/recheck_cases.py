"""Re-checks certificates of case splits with the Python standard library alone; runs as a single file.

No value of the prover is believed. The tree has to cover every sign of every form that it splits on. At a leaf, all
entries of both sides are computed again with the signs that the path gives, and have to be equal, and denominators not
0; or the path is impossible, which a sum of its forms with multipliers has to show. The claim that is printed is made
from the content. Exit status: 0 accepted, 1 rejected, 2 no certificate of this kind. Blank lines are spared.
"""
from __future__ import annotations

import hashlib
import itertools
import json
import math
import sys
from fractions import Fraction
from typing import Any

__all__ = ["canonical", "claimed", "establish"]
MOST_BYTES, MOST_CELLS, MOST_WORK, LARGEST, DEPTH = 1 << 28, 1 << 22, 1 << 31, 1 << 20000, 4000
ONE: Any = (frozenset(), 1)
UNIT: Any = {ONE: 1}
CELLS: Any = {"<": {-1}, "<=": {-1, 0}, "==": {0}, "%": None}
PIECES = {"relu": (1, 0), "abs": (1, -1), "step": (1, 0)}  # from 0 on, and below: times the argument, step times 1
SIDES = {kind: f"the {kind} with SHA-256 " for kind in ("program", "formula")}
JOINTS = {"sum": " + ", "product": " ", "hadamard": " .* ", "scaled": " * "}
FORMS = dict(part.split(":") for part in (
    "name:s number:s matrix:d hadamard:tt identity:i apply:st reshape:tii transpose:t scaled:tt ones:ii binary:stt "
    "softmax:t,tt causal_softmax:t,tt average-hard:tt unique-hard:tt unique-hard-right:tt").split())
Open: Any = type("Open", (ValueError,), {"__doc__": "A path leaves open whether the sign of a value is among some."})
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
    need(v.keys() <= {ONE}, "a number is needed that does not depend on the inputs")
    return v.get(ONE, 0)
def canonical(data: Any) -> bytes:
    """The one text of the data: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
def text(tree: Any, around: str = "") -> str:  # a formula for people
    kind, *args = tree
    below = [text(part, kind) if isinstance(part, list) else str(part) for part in args]
    if kind in ("name", "number", "transpose"):
        return f"{below[0]}^T" if kind == "transpose" else below[0]
    found = JOINTS[kind].join(below) if kind in JOINTS else f"{kind}({', '.join(below)})"
    loose = kind in JOINTS and around in (*JOINTS, "transpose") and not kind == around in ("sum", "product")
    return f"({found})" if loose else found
def bound(v: Any) -> set[int]:  # the signs of a value that its terms leave it: squares and exponentials are known
    for turn in (1, -1):
        if v and all(turn * c > 0 and math.isqrt(m) ** 2 == m for (_, m), c in v.items()):
            return {turn} if any(m == 1 for _, m in v) else {0, turn}
    return {-1, 0, 1} if v else {0}
class Machine:  # exact arithmetic under a path of signs, and the entries of formulas that are computed in it
    # A value {(exponent, monomial): coefficient} sums coefficient * monomial * exp(exponent). A monomial is a product
    # of primes, one a variable; an exponent the frozen set of the terms of a polynomial; one over a value N a
    # variable w with w N = 1. Functions in pieces are opaque until the path says which piece, others stay opaque. A
    # node (rows, columns, rule, places) is a formula; its rule gives the pairs of factors that sum to an entry.
    def __init__(self) -> None:
        self.primes, self.sums, self.memo, self.known = [dict[Any, Any]() for _ in range(4)]
        self.inverses, self.divisors, self.work = list[Any](), list[Any](), 0
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
    def minus(self, a: Any, b: Any) -> Any:
        return self.dot([(a, UNIT), (b, {ONE: -1})])
    def cleared(self, v: Any) -> Any:  # times N^2, or an N above 0, for every N that it is divided by: the sign stays
        for prime, below in reversed(self.inverses):
            while any(m % prime == 0 for _, m in v):
                inside = {(e, m // prime): c for (e, m), c in v.items() if m % prime == 0}
                once, times = (UNIT, below) if bound(below) == {1} else (below, self.dot([(below, below)]))
                v = self.dot([(inside, once), ({key: c for key, c in v.items() if key[1] % prime}, times)])
        return v
    def unit(self, v: Any) -> tuple[Any, Any]:  # the leading coefficient of a value, and one over the leading term
        low = min((e for e, _ in v), key=lambda e: sum(c * (m * 0x9E3779B97F4A7C15 % 1000000007) for m, c in e))
        lead = v[low, min(m for e, m in v if e == low)]
        return lead, {(frozenset((m, -c) for m, c in low), 1): 1 / Fraction(lead)}
    def normal(self, v: Any) -> tuple[int, Any]:  # a sign and a form: their product has the sign of the value
        if not (v := self.cleared(v)):
            return 1, v
        lead, unit = self.unit(v)
        v, turn = self.dot([(v, unit)]), 1 if lead > 0 else -1
        other = next((key for key in v if key != ONE), ONE)
        if len(v) == 2 and other[1] == 1 and v.get(ONE) == 1 and v[other] == -1:  # 1 - exp(a) has the sign of -a
            again, v = self.normal({(frozenset(), m): c for m, c in other[0]})
            turn *= -again
        return turn, v
    def signs(self, v: Any) -> set[int]:  # the signs that a value can have on this path
        turn, form = self.normal(v)
        return {turn * sign for sign in self.known.get(frozenset(form.items()), bound(form))}
    def holds(self, v: Any, wanted: set[int]) -> int:  # whether the sign of a value is among those
        if not (found := self.signs(v)) <= wanted and found & wanted:
            raise Open("the path leaves a comparison open", v, wanted)
        return int(found <= wanted)
    def compared(self, a: Any, b: Any, wanted: Any) -> Any:
        return self.holds(self.minus(a, b), wanted) if wanted else number(a) % number(b)
    def inverse(self, a: Any) -> Any:
        need(self.cleared(a), "a reciprocal of 0 is taken")
        normed = self.dot([(a, unit := self.unit(a)[1])])
        name = "inverse", frozenset(normed.items())
        if normed != UNIT and name not in self.primes:
            self.inverses.append((next(iter(self.symbol(name)))[1], normed))
        return self.dot([(unit, UNIT if normed == UNIT else self.symbol(name))])
    def apply(self, name: str, a: Any) -> Any:
        if name == "exp":  # a term of the exponent that has exponentials itself becomes a variable
            return {(frozenset((next(iter(self.symbol((e, m))))[1] if e else m, c) for (e, m), c in a.items()), 1): 1}
        if name in ("identity", "square", "reciprocal", "round"):
            return {ONE: round(number(a))} if name == "round" else self.inverse(a) if name == "reciprocal" else (
                self.dot([(a, a)]) if name == "square" else a)
        if name in PIECES and ((found := self.signs(a)) <= {0, 1} or found <= {-1, -(name == "step")}):
            return self.dot([(UNIT if name == "step" else a, {ONE: PIECES[name][not found <= {0, 1}]})])
        return self.symbol(("opaque", name, frozenset(a.items())))
    def row(self, name: str, row: Any) -> Any:  # the weights of a row of scores
        best: list[int] = []
        if "softmax" in name and row:
            powers = {j: self.apply("exp", v) for j, v in row.items()}
            below = self.inverse(self.dot((v, UNIT) for v in powers.values()))
            return {j: self.dot([(v, below)]) for j, v in powers.items()}
        for j in row:
            gap = self.minus(row[j], row[best[0]]) if best else UNIT
            best = [j] if self.holds(gap, {0, 1} if name == "unique-hard-right" else {1}) else (
                best + [j] * (name == "average-hard" and self.holds(gap, {0})))
        return {j: {ONE: Fraction(1, len(best))} for j in best}
    def entry(self, node: Any, i: int, j: int) -> Any:
        if (key := (id(node), i, j)) not in self.memo:
            self.work += 1
            self.memo[key] = self.dot(node[2](i, j))
        return self.memo[key]
    def built(self, tree: Any, scope: Any) -> Any:  # the node of a formula [kind, part, ..]
        if tree[0] != "name" and (key := canonical(tree)) not in scope:
            scope[key] = rows, cols, *_ = self.made(scope, *tree)
            need(whole(rows, 1) * whole(cols, 1) <= MOST_CELLS, "a matrix is too large")
        return scope[word(*tree[1:]) if tree[0] == "name" else key]
    def made(self, scope: Any, kind: str, *args: Any) -> Any:
        form = "".join({list: "t", str: "s", int: "i", dict: "d"}[type(part)] for part in args)
        need(form in FORMS.get(kind, "").split(",") or {*form} == {"t"} and kind in ("sum", "product"), kind)
        if kind == "product" and form != "tt":  # (a b) c
            return self.built(["product", ["product", *args[:-1]], args[-1]] if args[1:] else args[0], scope)
        below, e = [self.built(part, scope) for part in args if isinstance(part, list)], self.entry
        a, b = (below[0], below[-1]) if below else ((1, 1, None, None),) * 2
        rows, cols = shape = a[:2]
        need(a[1] == b[0] if kind == "product" else shape == (1, 1) if kind == "scaled" else all(
            shape == c[:2] for c in below) and (kind != "reshape" or rows * cols == args[1] * args[2]), "misfit")
        need({"number": rational, "apply": word}.get(kind, type)(args[0]) not in ("log", "maxmin", "layernorm"), kind)
        if [kind, args[0]] in (["apply", "reciprocal"], ["binary", "%"]):
            self.divisors += [(b, i, j) for i in range(rows) for j in range(cols)]
        def product(i: int, j: int) -> Any:  # a weight says where its entries are
            inner = b[3][1].get(j, ()) if b[3] else a[3][0].get(i, ()) if a[3] else range(cols)
            return ((v, e(b, k, j)) for k in inner if (v := e(a, i, k)))
        def weighted(i: int, j: int) -> Any:
            seen = [k for k in range(cols) if (kind[0] != "c" or k <= i) and (a is b or number(e(b, i, k)))]
            return [(self.row(kind, {k: e(a, i, k) for k in seen}).get(j, {}), UNIT)]
        rules: dict[str, Any] = {
            "matrix": lambda: self.weight(args[0], scope),
            "sum": lambda: (*shape, lambda i, j: [(e(part, i, j), UNIT) for part in below], None),
            "product": lambda: (rows, b[1], product, None),
            "number": lambda: (1, 1, lambda i, j: [({ONE: rational(args[0])}, UNIT)], None),
            "ones": lambda: (*args, lambda i, j: [(UNIT, UNIT)], None),
            "identity": lambda: (*args, *args, lambda i, j: [(UNIT, UNIT)] * (i == j), None),
            "transpose": lambda: (cols, rows, lambda i, j: [(e(a, j, i), UNIT)], a[3] and a[3][::-1]),
            "scaled": lambda: (*b[:2], lambda i, j: [(e(a, 0, 0), e(b, i, j))], None),
            "hadamard": lambda: (*shape, lambda i, j: [(e(a, i, j), e(b, i, j))], None),
            "reshape": lambda: (*args[1:], lambda i, j: [(e(a, *divmod(i * args[2] + j, cols)), UNIT)], None),
            "apply": lambda: (*shape, lambda i, j: [(self.apply(args[0], e(a, i, j)), UNIT)], None),
            "binary": lambda: (*shape, lambda i, j, wanted=CELLS[args[0]]: [(
                {ONE: self.compared(e(a, i, j), e(b, i, j), wanted)}, UNIT)], None),
        }
        return rules.get(kind, lambda: (*shape, weighted, None))()
    def weight(self, data: Any, scope: Any) -> Any:
        ((rows, cols), entries), table = parts(data, "shape entries"), dict[Any, Any]()
        places: tuple[dict[int, list[int]], ...] = {}, {}
        for i, j, v in entries:
            need((i, j) not in table, "a weight has an entry twice")
            places[0].setdefault(whole(i, 0, rows - 1), []).append(j)
            places[1].setdefault(whole(j, 0, cols - 1), []).append(i)
            table[i, j] = self.built(v if isinstance(v, list) else ["number", v], scope)
        return rows, cols, lambda i, j: [(self.entry(table[i, j], 0, 0), UNIT)] if (i, j) in table else [], places
    def side(self, side: Any, scope: Any) -> Any:
        _, definitions, tree = parts(side, "kind definitions tree")
        for name, below in definitions:
            need(word(name) not in scope, f"{name} names two things")
            scope[name] = self.built(below, scope)
        return self.built(tree, scope)
    def written(self, terms: Any) -> Any:  # a value from [[coefficient, [[name, i, j], ..], terms of the exponent], ..]
        out: list[Any] = []
        for factor, variables, exponent in terms:
            out.append(self.dot([(self.apply("exp", self.written(exponent)), {ONE: rational(factor)})]))
            for name, i, j in variables:
                out[-1] = self.dot([(out[-1], self.symbol((word(name), whole(i), whole(j))))])
        return self.dot((v, UNIT) for v in out)
    def check(self, targets: Any, path: Any, kind: str, *args: Any) -> None:  # what a tree shows where the path holds
        if kind not in ("split", "each"):
            self.enter(path)
        if kind == "split":
            need({sign for signs, _ in args[1] for sign in signs} == {-1, 0, 1}, "a split leaves a sign out")
            for signs, child in args[1]:
                self.check(targets, [*path, ({*signs}, self.written(args[0]))], *child)
        elif kind == "each":
            need({*targets} <= {target for some, _ in args[0] for target in some}, "an entry is left out")
            for some, child in args[0]:
                self.check(some, path, *child)
        elif kind == "product":  # a form by its factors
            v, out, signs = self.written(args[0]), UNIT, {1}
            for factor, power in ((self.written(terms), power) for terms, power in args[1]):
                out = self.dot([(self.dot([(out, factor)]), factor if whole(power, 1, 2) == 2 else UNIT)])
                signs = {s * t**power for s in signs for t in self.signs(factor)}
            (turn, form), (other, same) = self.normal(v), self.normal(out)
            need(form == same, "a form is not the product of its factors")
            self.check(targets, [*path, ({sign * turn * other for sign in signs}, v)], *args[2])
        elif kind == "impossible":  # the sum of forms with multipliers is >= 0 (> 0) on the path
            total, least = [], {0, 1}
            for (signs, v), factor in ((path[whole(k)], rational(factor)) for k, factor in args[0]):
                need(signs == {0} or not {-1, 1} <= signs and factor > 0, "a multiplier is not above 0")
                total.append((v, {ONE: -factor if -1 in signs else factor}))
                least = least if 0 in signs else {1}
            need(set() in self.known.values() or not bound(self.dot(total)) & least, "a sum contradicts nothing")
        else:
            need(kind == "equal" and not args, "a case is closed in no known way")
            for target in targets:
                found = self.signs(self.asked(whole(target)))
                need(found <= {0} if target < self.gaps else 0 not in found, f"entry {target} is open")
    def enter(self, path: Any) -> None:  # note what a path says of the forms in it
        self.memo, self.known = {}, {}
        for signs, v in path:
            turn, form = self.normal(v)
            key = frozenset(form.items())
            self.known[key] = {sign for sign in self.known.get(key, bound(form)) if sign * turn in signs}
    def asked(self, target: int) -> Any:  # the gap between the sides at an entry of the result, or a denominator
        return self.entry(*self.divisors[target - self.gaps]) if target >= self.gaps else self.minus(
            *(self.entry(side, *divmod(target, side[1])) for side in self.sides))
    def claim(self, body: Any) -> Any:  # the targets, which are entries and then denominators, and the first path
        inputs: Any = {word(name): (whole(rows, 1), whole(cols, 1), lambda i, j, name=name: [
            (self.symbol((name, i, j)), UNIT)], None) for name, rows, cols in body["inputs"]}
        conditions = [self.built(tree, dict(inputs)) for tree in body["side_conditions"]]
        need(len(inputs) == len(body["inputs"]) and not self.divisors, "two inputs of one name, or a condition divides")
        self.sides = [self.side(body[side], dict(inputs)) for side in ("left", "right")]
        need(self.sides[0][:2] == self.sides[1][:2], "the two sides differ in shape")
        self.gaps = math.prod(self.sides[0][:2])
        return range(self.gaps + len(self.divisors)), [
            ({-1, 1}, self.entry(t, i, j)) for t in conditions for i in range(t[0]) for j in range(t[1])]
def claimed(body: Any) -> str:
    """The claim of a certificate, made from its content."""
    sides = [text(s["tree"]) if s["kind"] == "formula" and not s["definitions"] else
             SIDES[s["kind"]] + hashlib.sha256(canonical(s)).hexdigest() for s in (body["left"], body["right"])]
    over = [f"real {word(name)} ({whole(rows, 1)} x {whole(cols, 1)})" for name, rows, cols in body["inputs"]]
    given = "".join(f", provided that no entry of {text(tree)} is 0" for tree in body["side_conditions"])
    return f"{' = '.join(sides)} for all {', '.join(over)}{given}"
def opened(data: bytes) -> Any:  # the content of a certificate of the kind that is checked here
    body = json.loads(data) if len(data) <= MOST_BYTES else None
    need(isinstance(body, dict) and canonical([body.get("schema_version"), body.get("kind")]) == b'[1,"cases"]', "kind")
    return body
def establish(data: bytes) -> str:
    """The claim that a certificate establishes; raises an exception where it establishes none."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), DEPTH))
    body, machine = opened(data), Machine()
    need(canonical(body) + b"\n" == data, "the bytes are not canonical")
    parts(body, "schema_version kind claim hash inputs left right side_conditions tree")
    need(body.pop("hash") == hashlib.sha256(canonical(body)).hexdigest(), "the content does not match its hash")
    need(body["claim"] == claimed(body), f"the content claims something else: {claimed(body)!r}")
    machine.check(*machine.claim(body), *body["tree"])
    return str(body["claim"])
def main(arguments: list[str]) -> int:  # check one file, print the claim that it establishes, return the exit status
    status = 2
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
