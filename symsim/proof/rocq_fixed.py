"""The Rocq theorem of a construction of fixed sizes: one lemma for every node of its dataflow, decided by ``field``.

The emitted file is self-contained: the library ``Fixed.v``, the encoder with its weights as lists of numbers, the
tokens, a lemma for every cell of the token matrix that the result depends on, the theorem, and ``Print Assumptions``.
It is about every ordered field and every positive function in the place of exp. A hard head whose scores are constants
is shown to be a fixed mean; the kernel computes the maximum with whole numbers.
"""

from __future__ import annotations

from importlib.resources import files

from symsim.claims.construction import Construction
from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_export import identifier
from symsim.proof.rocq_fixed_arguments import Arguments
from symsim.proof.rocq_fixed_formula import formula
from symsim.proof.rocq_fixed_model import HeadData, Model, NetworkData, Step
from symsim.proof.rocq_fixed_nodes import Nodes
from symsim.proof.rocq_language import Names

LIBRARY = "Fixed"
"""The file of our library that is about fixed sizes."""

WORDS = """
    weight Weight below above normaliser Linear Softmax Hard Mean head Head kind sees inner WQ WK WV WO seen
    total mean coef read score best attend writes attention network Network W1 b1 units W2 b2 bias drive
    feed_forward square reciprocal look written mul tr add scaled had each ones causal_softmax totalE coefE
    silent column_silent attention_silent feed_forward_silent fixed zread zscore zbest constant settled zreadE
    zscoreE as_mean bestE as_means all_settled attention_means fixed_written fixed_attention fixed_feed_forward
    given entries constants e_pos decided i j N consts known
""".split()
"""Names that an emitted file makes or uses."""


def fixed_theorem(construction: Construction, name: str = "") -> str:
    """The text of a ``.v`` file that states and proves what a construction of fixed size computes, entry by entry.

    ``name`` is the name of the theorem (default: that of the construction). Raises ``BadInput`` for symbolic sizes and
    for parts that have no definition, such as hard attention over scores that depend on the inputs.

    >>> from symsim.simulators import universal
    >>> text = fixed_theorem(universal(n=1, d=1))
    >>> print(text[text.index("Theorem U_computes") :].strip())
    Theorem U_computes
        (F : realFieldType) (e : F -> F) (e_pos : forall x, 0 < e x)
        (X A V : state F) (i j : nat) : (i < 1)%N -> (j < 1)%N ->
      readout (encoder e (tokens X A V)) i j
      = mul 1 (mul 1 (softmax e 1 (mul 1 (mul 1 X A) (tr X))) X) V i j.
    Proof. exact: result. Qed.
    Print Assumptions U_computes.
    """
    model = Model(construction)
    names, title = _names(model), identifier(name or construction.name)
    formulas = Arguments(model, names)
    proofs = _proofs(model, names, formulas, Nodes(model, names, formulas))
    parts = [
        _opening(model, title),
        [_heading("The library: the same text in every file"), library()],
        [_heading("The encoder: its weights are numbers")],
        _encoder(model, names),
        [_heading("The tokens at the start, and where the result is read")],
        _tokens(model, names),
        [_heading("What cells hold after every step: one lemma for a node")],
        ["Section Proofs.", *_variables(model, names), *proofs, "End Proofs."],
        [_heading("The theorem")],
        _theorem(model, names, title),
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def library() -> str:
    """Our definitions and lemmas for fixed sizes as one text."""
    return (files("symsim.proof") / "rocq" / f"{LIBRARY}.v").read_text(encoding="utf-8")


def _names(model: Model) -> Names:
    construction = model.construction
    matrices = [*(name for name, _ in construction.inputs), *(cut.name for cut in construction.cuts)]
    return Names([*WORDS, *model.opaque, *matrices])


def _heading(text: str) -> str:
    return f"\n(* ==== {text} ==== *)"


def _opening(model: Model, title: str) -> list[str]:
    construction = model.construction
    shapes = ", ".join(f"{name} is {rows} x {cols}" for name, (rows, cols) in construction.inputs)
    arguments = ", ".join(name for name, _ in construction.inputs)
    return [
        f"(* {gallina.comment(f'{title}({arguments}) = {construction.computes}, where {shapes},')}",
        "   for every ordered field F, every positive e : F -> F in the place of exp, and all matrices.",
        "   Written by symsim; coqc checks it (Coq 8.16, mathcomp 1.15, algebra-tactics) and needs no other file. *)",
    ]


def _variables(model: Model, names: Names) -> list[str]:
    """Of the section with the proofs: the field, the functions and the inputs."""
    inputs = " ".join(names[name] for name, _ in model.construction.inputs)
    return [
        f"Variables {_binders(model, names)} (e_pos : forall x, 0 < e x).",
        f"Variables {inputs} : state F.",
    ]


def _binders(model: Model, names: Names) -> str:
    """The field and the functions as arguments of a definition."""
    return "(F : realFieldType) (e : F -> F)" + "".join(f" ({names[word]} : F -> F)" for word in model.opaque)


def _functions(model: Model, names: Names) -> str:
    """The functions as they are handed on."""
    return " ".join(["e", *(names[word] for word in model.opaque)])


# -- the encoder ------------------------------------------------------------------------------------------------------
def _encoder(model: Model, names: Names) -> list[str]:
    lines, whole = [], "H"
    binders, functions = _binders(model, names), _functions(model, names)
    for s, step in enumerate(model.steps, start=1):
        for h, head in enumerate(step.heads, start=1):
            lines += [f"Definition head{s}_{h} : head :=", f"  {_head(model, head)}."]
        if step.network is not None:
            lines += [f"Definition network{s} {binders} : network F :=", f"  {_network(step.network, names)}."]
        else:
            heads = "; ".join(f"head{s}_{h + 1}" for h in range(len(step.heads)))
            lines.append(f"Definition attention{s}_heads : seq head := [:: {heads}].")
        whole = _applied_step(step, s, functions, whole if whole == "H" else f"({whole})")
    return [*lines, f"Definition encoder {binders} (H : state F) : state F :=", f"  {whole}."]


def _applied_step(step: Step, s: int, functions: str, state: str) -> str:
    stay = "true" if step.stay else "false"
    if step.network is not None:
        return f"feed_forward {stay} (network{s} {functions}) {state}"
    return f"attention e {stay} attention{s}_heads {state}"


def _head(model: Model, head: HeadData) -> str:
    rows = [_numbers(row) for row in head.sees]
    sees = f"nseq {model.positions} {rows[0]}" if len(set(rows)) == 1 else f"[:: {'; '.join(rows)}]"
    weights = "\n    ".join(weight.text for weight in (head.Q, head.K, head.V, head.O))
    return f"Head {head.kind} ({sees}) {head.inner}\n    {weights}"


def _numbers(numbers: tuple[int, ...] | list[int]) -> str:
    """A list of numbers, as a range where it is one."""
    if len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"(iota {numbers[0]} {len(numbers)})"
    return f"[:: {'; '.join(map(str, numbers))}]%N" if numbers else "[::]"


def _network(network: NetworkData, names: Names) -> str:
    words = {"exp": "e", "identity": "id", "square": "@square F", "reciprocal": "@reciprocal F"}
    units = "; ".join(words.get(unit) or names[unit] for unit in network.units)
    parts = (network.W_1.text, network.b_1.text, f"[:: {units}]", network.W_2.text, network.b_2.text)
    return "Network\n    " + "\n    ".join(parts)


def _tokens(model: Model, names: Names) -> list[str]:
    given = "; ".join(f"({row}, {col}, Posz {z})" if z >= 0 else f"({row}, {col}, Negz {-z - 1})"
                      for (row, col), z in sorted(model.given.items()))
    inputs = "; ".join(f"({row}%N, {col}%N, {names[name]} {i}%N {j}%N)"
                       for (row, col), (name, i, j) in sorted(model.inputs.items()))
    words = " ".join(names[name] for name, _ in model.construction.inputs)
    read = model.construction.readout
    row, col = model.place(read.slot, read.group, read.shape, 0, 0)
    place = f"({row} + i)%N ({col} + j)%N" if read.group is not None else f"(i * {read.shape[1]} + j)%N {col}%N"
    return [
        f"Definition given : seq (nat * nat * int) := [:: {given}]%N." if given else
        "Definition given : seq (nat * nat * int) := [::].",
        f"Definition entries (F : realFieldType) ({words} : state F) : seq (nat * nat * F) := [:: {inputs}].",
        f"Definition tokens (F : realFieldType) ({words} : state F) : state F := written (entries {words}) given.",
        f"Definition readout (F : realFieldType) (H : state F) : state F := fun i j => H {place}.",
        f"Definition constants : seq nat := {_numbers(list(model.constants))}.",
    ]


# -- the proofs -------------------------------------------------------------------------------------------------------
def _proofs(model: Model, names: Names, formulas: Arguments, nodes: Nodes) -> list[str]:
    read = model.construction.readout
    height, width = (int(size) for size in read.shape)
    last = len(model.steps)
    for s in range(1, last + 1):
        for p, c in model.cuts(s):
            nodes.cell(s, p, c)
    cells = [model.place(read.slot, read.group, read.shape, i, j) for i in range(height) for j in range(width)]
    for p, c in cells:
        nodes.cell(last, p, c)
    lemmas = " | ".join(f"rewrite node_{last}_{p}_{c}" for p, c in cells)
    folded = " ".join(f"-state{s}E" for s in range(last + 1))
    whole = formula(model.construction.computes, names)
    arguments = " ".join(names[name] for name, _ in model.construction.inputs)
    state = f"encoder {_functions(model, names)} (tokens {arguments})"
    return [
        "Ltac decided := first [reflexivity | by field; nonzero e_pos].",
        *formulas.lines,
        *_states(model, names, nodes),
        *nodes.lines,
        f"Lemma result i j : (i < {height})%N -> (j < {width})%N -> readout ({state}) i j = {whole} i j.",
        "Proof.",
        f"rewrite /encoder {folded} /readout.",
        f"case: i => {_cases(height)} //; case: j => {_cases(width)} // _ _;",
        f"  [ {lemmas} ]; first [by rewrite {formulas.unfolded} | rewrite {formulas.folded} {formulas.unfolded};",
        f"  spelled_out; rewrite {formulas.equal}; decided].",
        "Qed.",
    ]


def _cases(size: int) -> str:
    """The pattern that splits a number into 0, ..., size - 1 and the rest."""
    return "[|" * size + "k" + "]" * size


def _states(model: Model, names: Names, nodes: Nodes) -> list[str]:
    """The states one after the other, what stays constant in them, and that hard heads are means."""
    arguments = " ".join(names[name] for name, _ in model.construction.inputs)
    values = [f"tokens {arguments}"]
    functions = _functions(model, names)
    values += [_applied_step(step, s, functions, f"state{s - 1}") for s, step in enumerate(model.steps, start=1)]
    lines = []
    for s, value in enumerate(values):
        lines.append(f"Definition state{s} : state F := locked ({value}).")
        lines.append(f"Lemma state{s}E : state{s} = {value}. Proof. by rewrite /state{s} -lock. Qed.")
        if model.constants:
            network = s > 0 and model.steps[s - 1].network is not None
            rule = "fixed_written" if s == 0 else "fixed_feed_forward" if network else "fixed_attention"
            end = " => //" if s == 0 else f"; [exact: fixed{s - 1} | by vm_compute]"
            proof = f"rewrite state{s}E; apply: {rule}{end}"
            fact = f"fixed {model.positions} constants (look (Posz 0) given) state{s}"
            lines += [f"Lemma fixed{s} : {fact}.", f"Proof. {proof}. Qed."]
        if any(key[0] == s for key in nodes.picks):
            lines += _means(model, nodes, s)
    return lines


def _means(model: Model, nodes: Nodes, s: int) -> list[str]:
    step = model.steps[s - 1]
    picks = [nodes.picks.get((s, h), []) for h in range(len(step.heads))]
    rows = [f"[:: {'; '.join(map(_numbers, table))}]" if table else "[::]" for table in picks]
    stay = "true" if step.stay else "false"
    word = f"attention{s}"
    return [
        f"Definition {word}_picks : seq (seq (seq nat)) :=\n  [:: {f'{chr(10)}   ; '.join(rows)}].",
        f"Lemma state{s}M i c : (i < {model.positions})%N -> "
        f"state{s} i c = attention e {stay} (as_means {word}_heads {word}_picks) state{s - 1} i c.",
        f"Proof. rewrite state{s}E; apply: attention_means fixed{s - 1} _; by vm_compute. Qed.",
    ]


def _theorem(model: Model, names: Names, title: str) -> list[str]:
    height, width = model.construction.readout.shape
    inputs = " ".join(names[name] for name, _ in model.construction.inputs)
    whole = formula(model.construction.computes, names)
    return [
        f"Theorem {title}_computes",
        f"    {_binders(model, names)} (e_pos : forall x, 0 < e x)",
        f"    ({inputs} : state F) (i j : nat) : (i < {height})%N -> (j < {width})%N ->",
        f"  readout (encoder {_functions(model, names)} (tokens {inputs})) i j",
        f"  = {whole} i j.",
        "Proof. exact: result. Qed.",
        f"Print Assumptions {title}_computes.",
    ]
