"""The tokens at the start, as Rocq lemmas: the rows of each token group, and what each of their slots holds.

The rows of group g are a sum of few parts, ``strip{g}``. So a slot is read in as many steps as there are groups, once a
group, and then in as many as the group has slots.
"""

from __future__ import annotations

from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import Model
from symsim.proof.rocq_terms import Lemmas, Term, Value, atom, nested, shown, steps, walk

Column = list[tuple[int, Value]]
"""What a slot holds in the token groups in which it is not zero."""


def strip(model: Model, names: Names, g: int) -> str:
    """The rows of token group g at the start, as a sum of slots.

    >>> from symsim.proof.rocq_model import model_of
    >>> from symsim.simulators import universal
    >>> strip(model_of(universal(n="n", d="d")), Names(["n", "d", "X", "A", "V"]), 1)
    'put groups slots 1 1 1%:M + (put groups slots 1 2 A)'
    """
    entries = {"identity": "1%:M", "ones": "(const_mx 1)"}
    parts = [(s, entries.get(kind) or names[word]) for s, kind, word in model.strips[g]]
    return nested([f"put groups slots {g} {s} {what}" for s, what in parts])


class Start:
    """Lemmas about ``state0``, which is ``tokens``: written into ``lemmas`` on their first use."""

    def __init__(self, model: Model, names: Names, lemmas: Lemmas, unfold: str = "tokens") -> None:
        self.model, self.names, self.lemmas = model, names, lemmas
        self._rows: dict[int, str] = {}
        self._slots: dict[tuple[int, int], tuple[Value, str]] = {}
        for g in model.strips:
            text = strip(model, names, g)
            kind = "'M[F]_(nth 0%N groups " + f"{g}, sumn slots)"
            lemmas.lines.append(f"Definition strip{g} : {kind} := locked ({text}).")
            lemmas.add(f"strip{g}E", f"strip{g} = {text}", f"by rewrite /strip{g} -lock.")
            conditions = "".join(f"({t} != s)%N -> " for t, *_ in model.strips[g])
            count = len(model.strips[g])
            off = " ".join([*["mulmxDl"] * (count - 1), *["put_other ?add0r //"] * count]) or "mul0mx"
            lemmas.add(
                f"strip{g}_off",
                f"{conditions}strip{g} *m (place F slots s)^T = 0",
                f"by move=> *; rewrite strip{g}E {off}.",
                " (s : nat)",
            )
        terms = nested([f"stack groups slots {g} strip{g}" for g in model.strips])
        opened = " ".join(f"strip{g}E" for g in model.strips)
        lemmas.add("state0_strips", f"state0 = {terms}", f"by rewrite state0E /{unfold} {opened}.")

    def cell(self, g: int, s: int) -> tuple[Value, str]:
        """What slot s of group g holds, and the lemma that says so."""
        value: Value = ()
        if any(t == s for t, *_ in self.model.strips[g]):
            value, read = self.slot(g, s)
            proof = f"exact: (cell_rows {self._of_group(g)} {read})."
        else:
            proof = f"by apply: (cell_rows {self._of_group(g)}); apply: strip{g}_off."
        return value, self.lemmas.add(f"state0_{g}_{s}", f"cell {g} {s} state0 = {shown(value)}", proof)

    def _of_group(self, g: int) -> str:
        """The lemma that the rows of group g are its strip."""
        if g not in self._rows:
            groups = list(self.model.strips)
            after = groups.index(g)
            path = ["off_rows"] * after + ["hit_rows"] + ["off_rows"] * (len(groups) - after - 2) + ["last_off_rows"]
            if after == len(groups) - 1:
                path = ["off_rows"] * after + ["last_hit_rows"]
            proof = f"rewrite state0_strips; {steps(path)}"
            self._rows[g] = self.lemmas.add(f"rows{g}", f"place F groups {g} *m state0 = strip{g}", proof)
        return self._rows[g]

    def slot(self, g: int, s: int) -> tuple[Value, str]:
        """What the rows of group g hold in a slot that is filled, and the lemma."""
        if (g, s) not in self._slots:
            here = [t for t, *_ in self.model.strips[g]]
            kind, name = next((kind, name) for t, kind, name in self.model.strips[g] if t == s)
            value, size = self._content(kind, name), (self.model.groups[g], self.model.slots[s])
            proof = f"rewrite strip{g}E; {walk([t == s for t in here], 'put')}"
            if kind == "ones":
                text = f"(const_mx 1 : {gallina.matrix_type(size, self.names)})"
                if size == (1, 1):
                    proof = f"transitivity {text}; last exact: const11. {proof}"
                else:
                    value = atom(text[1:-1])
            statement = f"strip{g} *m (place F slots {s})^T = {shown(value)}"
            self._slots[g, s] = value, self.lemmas.add(f"strip{g}_{s}", statement, proof)
        return self._slots[g, s]

    def _content(self, kind: str, name: str) -> Value:
        """What a placement writes; a single 1 is an identity as well."""
        return atom(self.names[name]) if kind == "input" else (Term(),)

    def column(self, s: int) -> tuple[Column, str]:
        """What slot s holds in the groups in which it is filled, and how to prove it."""
        groups = list(self.model.strips)
        hits = [any(t == s for t, *_ in self.model.strips[g]) for g in groups]
        found: Column = []
        path = []
        for i, (g, hit) in enumerate(zip(groups, hits, strict=True)):
            last = "last_" if i == len(groups) - 1 else ""
            if not hit:
                path.append(f"{last}off_column strip{g}_off")
                continue
            value, lemma = self.slot(g, s)
            found.append((g, value))
            step = "take_" if last or any(hits[i + 1 :]) else "end_"
            path.append(f"{last}{step}column {lemma}")
        return found, f"rewrite state0_strips; {steps(path)}"
