"""Re-checks certificates for all sizes with the Python standard library alone; runs as a single file.

Matrices are cut into blocks of symbolic size, and a block is a sum of words: products of inputs, transposes, ones, and
opaque matrices (a softmax, a function of entries or of rows) over blocks in normal form. The layers are run again from
the weights, which are multiples of identities, and the block that is read is compared with the formula, word by word.
Equal sums of words are equal matrices at all sizes. Exit status: 0 accepted, 1 rejected, 2 no certificate of this kind.
"""

from __future__ import annotations

import hashlib
import json
import sys
from fractions import Fraction
from typing import Any

__all__ = ["canonical", "claimed", "establish"]

MOST_BYTES, MOST_WORDS = 1 << 24, 1 << 20
KEYS = "schema_version kind claim hash left right side_conditions sizes inputs scalars"
JOINTS = {"sum": " + ", "product": " ", "scaled": " * "}
FORMS = dict(name="s", number="s", ones="ss", identity="s", scaled="tt", transpose="t", apply="st", softmax="t",
             causal_softmax="t", layernorm="t")  # the parts of an operation: texts or sizes, and trees
NORMALISERS = ("linear", "softmax")
_FAMILY = "the encoders with SHA-256 "
UNITS = ("relu", "square", "exp", "step", "silu", "identity", "layernorm")


def need(truth: Any, reason: str) -> None:  # reject for this reason unless it holds; any other error rejects as well
    if not truth:
        raise ValueError(reason)


def parts(data: Any, names: str) -> list[Any]:  # the values of an object that has exactly these keys
    need(isinstance(data, dict) and set(data) == set(names.split()), f"an object has other keys than {names}")
    return [data[name] for name in names.split()]


def word(data: Any) -> str:  # a name: the only text that a certificate chooses and that is printed
    need(isinstance(data, str) and data.isidentifier() and data.isascii() and len(data) < 100, f"no name: {data!r:.40}")
    return str(data)


def rational(data: Any) -> Any:  # a number, written in lowest terms
    need(set(data) <= set("-/0123456789") and str(Fraction(data)) == data, f"{data!r:.40} is no number in lowest terms")
    return Fraction(data) if "/" in data else int(data)


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


class Blocks:
    """Blocks (rows, columns, {(scalars, word): coefficient}) and what is computed with them.

    A word is a tuple of letters ``(what, rows, columns, transposed)``; the empty word is an identity. ``what`` is the
    name of an input, ``ones``, or the number of an opaque matrix: one for each function with the normal forms that it
    is applied to. A function of rows is any function of a whole row of its block, a layer norm for one.
    """

    def __init__(self, sizes: Any, inputs: Any, scalars: Any) -> None:
        self.sizes, self.scalars = [word(name) for name in sizes], [word(name) for name in scalars]
        self.numbers, self.memo = dict[Any, int](), dict[bytes, Any]()
        self.named = {word(name): self.letter(("input", name), self.size(r), self.size(c)) for name, r, c in inputs}
        names = [*self.sizes, *self.scalars, *self.named]
        need(len(set(names)) == len(self.sizes) + len(self.scalars) + len(inputs), "a name stands for two things")

    def size(self, data: Any) -> Any:
        need(data in self.sizes if isinstance(data, str) else type(data) is int and data >= 1, f"no size: {data!r:.40}")
        return data

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def letter(self, what: Any, rows: Any, cols: Any) -> Any:
        if what == "ones" and rows == cols == 1:
            return rows, cols, {((), ()): 1}
        return rows, cols, {((), ((what, rows, cols, False),)): 1}

    def add(self, *terms: Any) -> Any:
        out: dict[Any, Any] = {}
        need(len({term[:2] for term in terms}) == 1, "blocks of different shape are added")
        for _, _, some in terms:
            for key, c in some.items():
                out[key] = out.get(key, 0) + c
        return *terms[0][:2], {key: c for key, c in out.items() if c}

    def mul(self, a: Any, b: Any, *more: Any) -> Any:
        need(a[1] == b[0] and len(a[2]) * len(b[2]) <= MOST_WORDS, "blocks do not fit, or there are too many words")
        out: dict[Any, Any] = {}
        for (s, u), c in a[2].items():
            for (t, v), f in b[2].items():
                key = tuple(sorted(s + t)), u + v
                out[key] = out.get(key, 0) + c * f
        found = a[0], b[1], {key: c for key, c in out.items() if c}
        return self.mul(found, *more) if more else found

    def transposed(self, a: Any) -> Any:
        def turned(letter: Any) -> Any:
            what, rows, cols, flag = letter
            return (what, cols, rows, False) if what == "ones" else (what, rows, cols, not flag)

        return a[1], a[0], {(s, tuple(map(turned, reversed(w)))): c for (s, w), c in a[2].items()}

    def opaque(self, rows: Any, cols: Any, *what: Any) -> Any:  # a matrix that is known by how it was made
        return self.letter(self.numbers.setdefault((rows, cols, *what), len(self.numbers)), rows, cols)

    def apply(self, name: str, a: Any) -> Any:  # a function of every entry
        need(name not in ("reciprocal", "log", "maxmin", "layernorm"), f"{name} is no function of every single entry")
        return a if name == "identity" else self.opaque(*a[:2], "entries", word(name), frozenset(a[2].items()))

    def norm(self, a: Any) -> Any:  # a function of every row
        return self.opaque(*a[:2], "rows", frozenset(a[2].items()))

    def softmax(self, scores: list[Any], causal: bool) -> list[Any]:
        """The weights of a row of blocks of scores; what is constant along rows is dropped where there is one block."""
        if len(scores) == 1:
            rows, cols, terms = scores[0]
            scores = [(rows, cols, {(s, w): c for (s, w), c in terms.items() if not (w and w[-1][:2] == ("ones", 1))})]
        all_ = tuple((cols, frozenset(terms.items())) for _, cols, terms in scores)
        need(not causal or scores[0][0] == scores[0][1], "a causal mask needs a square block")
        return [self.opaque(rows, cols, "softmax", causal, all_, k) for k, (rows, cols, _) in enumerate(scores)]

    # -- formulas -------------------------------------------------------------------------------------------------
    def value(self, tree: Any) -> Any:
        if (key := hashlib.sha256(canonical(tree)).digest()) not in self.memo:
            self.memo[key] = self.computed(*tree)
        return self.memo[key]

    def computed(self, kind: str, *args: Any) -> Any:
        form = "".join("t" if isinstance(part, list) else "s" for part in args)
        need(form == FORMS.get(kind) or kind in ("sum", "product") and {*form} == {"t"}, f"{kind} {form}")
        below = [self.value(part) if isinstance(part, list) else part for part in args]
        if kind == "name":
            return (1, 1, {((args[0],), ()): 1}) if args[0] in self.scalars else self.named[args[0]]
        if kind == "number":
            return 1, 1, {((), ()): c} if (c := rational(args[0])) else {}
        if kind == "ones":
            return self.letter("ones", self.size(args[0]), self.size(args[1]))
        if kind == "identity":
            return self.size(args[0]), self.size(args[0]), {((), ()): 1}
        if kind == "sum":
            return self.add(*below)
        if kind == "product":
            return self.mul(*below)
        if kind == "transpose":
            return self.transposed(below[0])
        if kind == "scaled":
            return self.scaled(below[0], below[1])
        if kind == "apply":
            return self.apply(*below)
        return self.norm(*below) if kind == "layernorm" else self.softmax(below, kind == "causal_softmax")[0]

    def scaled(self, c: Any, a: Any) -> Any:
        need(c[:2] == (1, 1) and all(not w for _, w in c[2]), "a coefficient is made of numbers and scalars")
        return *a[:2], self.mul((a[0], a[0], c[2]), a)[2]

    # -- encoders -------------------------------------------------------------------------------------------------
    def weight(self, data: Any, rows: Any, cols: Any) -> dict[Any, Any]:
        """A weight {(i, j): coefficient} of multiples of identities between two layouts."""
        found = {}
        for i, j, tree in data:
            need(type(i) is type(j) is int and 0 <= i < len(rows) and 0 <= j < len(cols), "a block lies outside")
            need(rows[i] == cols[j] and (i, j) not in found, "a block is not square, or there twice")
            found[i, j] = self.value(tree)
        return found

    def times(self, row: list[Any], weight: Any, cols: Any) -> list[Any]:
        """A row of blocks times a weight."""
        out = []
        for j, width in enumerate(cols):
            zero: Any = (row[0][0], width, {})
            out.append(self.add(zero, *(self.scaled(c, row[i]) for (i, k), c in weight.items() if k == j)))
        return out

    def head(self, data: Any, state: Any, widths: list[Any]) -> list[list[Any]]:
        inner, middle, seen, causal, name, *weights = parts(data, "inner middle keys causal normaliser W_Q W_K W_V W_O")
        inner, middle = [self.size(s) for s in inner], [self.size(s) for s in middle]
        layouts = (widths, inner), (widths, inner), (widths, middle), (middle, widths)
        W_Q, W_K, W_V, W_O = (self.weight(w, *layout) for w, layout in zip(weights, layouts, strict=True))
        need(name in NORMALISERS and type(causal) is bool and len(set(seen)) == len(seen), "a head is malformed")
        need(not causal or name == "softmax" and len(seen) == 1, "a causal softmax head sees one group of tokens")
        need(all(type(k) is int and 0 <= k < len(state) for k in seen) and seen == sorted(seen), "a mask is malformed")
        keys = [self.times(state[k], W_K, inner) for k in seen]
        values = [self.times(state[k], W_V, middle) for k in seen]
        out = []
        for g, row in enumerate(state):
            query = self.times(row, W_Q, inner)
            columns = [[self.transposed(k) for k in key] for key in keys]
            scores = [self.add((row[0][0], key[0][1], {}), *(self.mul(q, k) for q, k in zip(query, key, strict=True)))
                      for key in columns]
            blind = causal and g < seen[0]  # a group behind the one that is seen sees all of it
            alpha = [] if blind else scores if name == "linear" else self.softmax(scores, causal and g == seen[0])
            pairs = list(zip(alpha, values, strict=not blind))
            mixed = [self.add((row[0][0], width, {}), *(self.mul(w, v[m]) for w, v in pairs))
                     for m, width in enumerate(middle)]
            out.append(self.times(mixed, W_O, widths))
        return out

    def layer(self, data: Any, state: Any, widths: list[Any]) -> Any:
        heads, network, *residual = parts(data, "heads feed_forward residual residual_2")
        need(all(type(switch) is bool for switch in residual), "a residual connection is there or not")
        found = [state] * residual[0] + [self.head(head, state, widths) for head in heads]
        state = [[self.add(*blocks) for blocks in zip(*rows, strict=True)] for rows in zip(*found, strict=True)]
        if network is None:
            return state
        units, W_1, W_2 = parts(network, "activations W_1 W_2")
        need(all(name in UNITS for name, _ in units), "an unknown activation")
        hidden = [self.size(size) for _, size in units]
        up, down = self.weight(W_1, widths, hidden), self.weight(W_2, hidden, widths)
        out = []
        for row in state:
            active = [self.norm(h) if name == "layernorm" else self.apply(name, h)
                      for (name, _), h in zip(units, self.times(row, up, hidden), strict=True)]
            written = self.times(active, down, widths)
            out.append([self.add(a, b) for a, b in zip(row, written, strict=True)] if residual[1] else written)
        return out

    def side(self, side: Any) -> Any:
        if side["kind"] != "encoder":
            return self.value(parts(side, "kind tree")[1])
        _, slots, tokens, layers, placements, readout = parts(side, "kind slots tokens layers placements readout")
        widths = [self.size(size) for _, size in slots]
        state: Any = [[(self.size(size), width, {}) for width in widths] for _, size in tokens]
        for group, slot, tree in placements:
            need(type(group) is type(slot) is int and min(group, slot) >= 0, "a placement is malformed")
            state[group][slot] = self.add(state[group][slot], self.value(tree))
        for layer in layers:
            state = self.layer(layer, state, widths)
        need(all(type(k) is int and k >= 0 for k in readout), "the read-out is malformed")
        return state[readout[0]][readout[1]]


def claimed(body: Any) -> str:
    """The claim of a certificate, made from its content."""
    hashes = {side: hashlib.sha256(canonical(body[side])).hexdigest() for side in ("left", "right")}
    kinds: Any = {"formula": lambda side: text(body[side]["tree"]), "encoder": lambda side: _FAMILY + hashes[side]}
    sides = [kinds[body[side]["kind"]](side) for side in ("left", "right")]
    real = [f"{word(name)} ({r} x {c})" for name, r, c in body["inputs"]] + [word(name) for name in body["scalars"]]
    sizes = ", ".join(map(word, body["sizes"]))
    return f"{' = '.join(sides)} for all sizes {sizes} >= 1 and all real {', '.join(real)}"


def opened(data: bytes) -> Any:  # the content of a certificate of this kind
    body: Any = json.loads(data) if len(data) <= MOST_BYTES else None
    need(isinstance(body, dict) and canonical(body.get("schema_version")) == b"1", "no certificate of schema version 1")
    need(body["kind"] == "blocks", "no certificate for all sizes")
    return body


def establish(data: bytes) -> str:
    """The claim that a certificate establishes; raises an exception where it establishes none."""
    body = opened(data)
    need(canonical(body) + b"\n" == data, "the bytes are not canonical")
    parts(body, KEYS)
    need(body.pop("hash") == hashlib.sha256(canonical(body)).hexdigest(), "the content does not match its hash")
    need(body["claim"] == claimed(body), f"the content claims something else: {claimed(body)!r}")
    need(body["side_conditions"] == [], "side conditions are not checked for all sizes")
    blocks = Blocks(body["sizes"], body["inputs"], body["scalars"])
    need(blocks.side(body["left"]) == blocks.side(body["right"]), "the two sides differ")
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
