"""The Rocq theorem of a construction: for every field, every function in place of exp, all sizes and all inputs.

The emitted file is self-contained: our library of lemmas, the encoder with its weights, one lemma for every node of the
dataflow, the theorem, and ``Print Assumptions``. Weights, masks, tokens, read-out, cuts and formula come from the same
object that the parametric method proves. Only the kernel of Rocq decides: a wrong construction gives a file that it
refuses.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from symsim.claims.construction import Construction
from symsim.errors import BadInput
from symsim.formulas.sizes import size_text
from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_facts import Facts
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import HeadModel, Model, NetworkModel, model_of
from symsim.proof.rocq_weights import BlockWeight

LIBRARY = ("Places", "Layers", "Nodes")
"""The files of our library, in the order in which they build on each other."""


def rocq_library() -> str:
    """Our library of lemmas as one text: the files of ``symsim/proof/rocq`` without their ``Require`` of each other."""
    folder = files("symsim.proof") / "rocq"
    texts = [(folder / f"{name}.v").read_text() for name in LIBRARY]
    head, body = texts[0].split("\n\n", 1)
    rest = [text.split("\n\n", 1)[1] for text in texts[1:]]
    return "\n".join([head, "Import Order.TTheory Num.Theory.", "", body, *rest])


def rocq_theorem(construction: Construction, name: str = "") -> str:
    """The text of a ``.v`` file that states and proves what a construction of symbolic size computes.

    ``name`` is the name of the theorem (default: that of the construction). Raises ``BadInput`` for constructions with
    fixed sizes or parts that have no lemma, such as hard attention.
    """
    model = model_of(construction)
    names = Names(_words(construction, model))
    title = _identifier(name or construction.name)
    facts = Facts(model, names)
    proofs = _proofs(facts)
    return "\n".join([
        *_opening(construction, title),
        rocq_library(),
        *_encoder(model, names),
        *_statement(model, names),
        *proofs,
        "End Encoder.",
        *_theorem(model, names, title),
    ]) + "\n"


def _identifier(name: str) -> str:
    word = "".join(c if c.isalnum() and c.isascii() else "_" for c in name)
    if not word or not word[0].isalpha():
        raise BadInput(f"'{name}' is no name for a theorem: it starts with a letter")
    return word


def _sizes(construction: Construction) -> list[str]:
    """The size symbols in the order of the inputs."""
    found = [s for _, shape in construction.inputs for size in shape for s in getattr(size, "free_symbols", ())]
    layouts = (*construction.encoder.tokens.parts, *construction.encoder.slots.parts)
    found += [s for _, size in layouts for s in getattr(size, "free_symbols", ())]
    return list(dict.fromkeys(sorted((s.name for s in found), key=[s.name for s in found].index)))


def _words(construction: Construction, model: Model) -> list[str]:
    functions = [*model.functions, *gallina.applied(construction.computes)]
    return list(dict.fromkeys([
        *_sizes(construction), *construction.encoder.constants, *functions,
        *(name for name, _ in construction.inputs), *(cut.name for cut in construction.cuts),
    ]))


def _opening(construction: Construction, title: str) -> list[str]:
    arguments = ", ".join(name for name, _ in construction.inputs)
    return [
        f"(* {title}({arguments}) = {construction.computes} *)",
        "(* for every field F, every function e : F -> F in the place of exp, all sizes and all matrices. *)",
        "(* coqc FILE.v checks it: Coq 8.16, mathcomp 1.15, no other file. Written by symsim. *)",
        "",
        "(* ==== The library: the same text in every file ==== *)",
    ]


def _list(sizes: Any, names: Names) -> str:
    return "[:: " + "; ".join(gallina.size(size, names) for size in sizes) + "]%N"


def _weight(name: str, weight: BlockWeight, rows: str, cols: str, names: Names) -> list[str]:
    """The definition of one weight as a sum of blocks."""
    blocks = [
        f"block {rows} {cols} {i} {j} {'1%:M' if c == 1 else '(' + gallina.scalar(c, names) + ')%:M'}"
        for i, j, c in weight.blocks
    ]
    return [f"Definition {name} : 'M[F]_(sumn {rows}, sumn {cols}) :=", "  " + ("\n  + ".join(blocks) or "0") + "."]


def _encoder(model: Model, names: Names) -> list[str]:
    """Layouts, weights and layers: nothing here depends on an input."""
    construction = model.construction
    encoder = construction.encoder
    sizes = " ".join(names[word] for word in _sizes(construction))
    functions = dict.fromkeys([*model.functions, *gallina.applied(construction.computes)])
    out = [
        "",
        "(* ==== The encoder ==== *)",
        "Section Encoder.",
        "Variables (F : fieldType) (e : F -> F).",
        *([f"Variables {' '.join(names[word] for word in functions)} : F -> F."] if functions else []),
        f"Variables {sizes} : nat.",
        *([f"Variables {' '.join(names[word] for word in encoder.constants)} : F."] if encoder.constants else []),
        f"(* token groups: {', '.join(f'{i} {name}' for i, name in enumerate(encoder.tokens.names))} *)",
        f"Definition groups : seq nat := {_list(model.groups, names)}.",
        f"(* slots: {', '.join(f'{i} {name}' for i, name in enumerate(encoder.slots.names))} *)",
        f"Definition slots : seq nat := {_list(model.slots, names)}.",
        "Local Notation state := 'M[F]_(sumn groups, sumn slots).",
    ]
    for step in model.steps:
        label = encoder.layers[step.layer].name
        out += ["", f"(* Layer {step.layer + 1}{': ' + label if label else ''} *)"]
        for part in step.parts:
            out += _head(part, names) if isinstance(part, HeadModel) else _network(part, names)
        parts = [f"{'head' if isinstance(part, HeadModel) else 'units'}{part.name} H" for part in step.parts]
        start = "H" if step.residual else "0"
        out.append(f"Definition {step.name} (H : state) : state := {' + '.join([start, *parts])}.")
    whole = "H"
    for step in model.steps:
        whole = f"{step.name} ({whole})" if whole != "H" else f"{step.name} H"
    return [*out, f"Definition encoder (H : state) : state := {whole}."]


def _head(head: HeadModel, names: Names) -> list[str]:
    n = head.name
    mask = "(see_all F _)" if head.sees is None else f"(see_groups F groups [:: {'; '.join(map(str, head.sees))}]%N)"
    kind = "softmax_head e" if head.normaliser == "softmax" else "linear_head"
    return [
        f"Definition coordinates{n} : seq nat := {_list(head.Q.cols, names)}.",
        f"Definition values{n} : seq nat := {_list(head.V.cols, names)}.",
        *_weight(f"Q{n}", head.Q, "slots", f"coordinates{n}", names),
        *_weight(f"K{n}", head.K, "slots", f"coordinates{n}", names),
        *_weight(f"V{n}", head.V, "slots", f"values{n}", names),
        *_weight(f"O{n}", head.O, f"values{n}", "slots", names),
        f"Definition head{n} : state -> state := {kind} {mask} Q{n} K{n} V{n} O{n}.",
    ]


def _network(network: NetworkModel, names: Names) -> list[str]:
    n = network.name
    words = [{"identity": "id", "exp": "e"}.get(f) or names[f] for f in network.functions]
    runs = " + ".join(f"run {i} {word} Z" for i, word in enumerate(words))
    kind = f"'M[F]_(sumn groups, sumn hidden{n})"
    return [
        f"Definition hidden{n} : seq nat := {_list(network.W_1.cols, names)}.",
        *_weight(f"W1_{n}", network.W_1, "slots", f"hidden{n}", names),
        *_weight(f"W2_{n}", network.W_2, f"hidden{n}", "slots", names),
        f"Definition act{n} (Z : {kind}) : {kind} := {runs}.",
        f"Definition units{n} : state -> state := feed_forward act{n} W1_{n} 0 W2_{n} 0.",
    ]


def _statement(model: Model, names: Names) -> list[str]:
    """Inputs, tokens and read-out."""
    construction = model.construction
    encoder = construction.encoder
    out = ["", "(* Inputs, the tokens at the start, and where the result is read *)"]
    for word, shape in construction.inputs:
        out.append(f"Variable {names[word]} : {gallina.matrix_type(shape, names)}.")
    entries = {"identity": "1%:M", "ones": "(const_mx 1)"}
    blocks = [
        f"block groups slots {g} {s} {entries.get(kind) or names[word]} (* {encoder.tokens.names[g]}: {encoder.slots.names[s]} *)"
        for g, s, kind, word in model.contents
    ]
    shape = gallina.matrix_type(construction.readout.shape, names)
    g, s = model.group(construction.readout.group or ""), model.slot(construction.readout.slot)
    return [
        *out,
        "Definition tokens : state :=",
        "  " + "\n  + (".join(blocks) + ")" * (len(blocks) - 1) + ".",
        f"Definition readout (H : state) : {shape} := cell {g} {s} H.",
    ]


def _proofs(facts: Facts) -> list[str]:
    """The states one after the other, and a lemma for every node that the result needs."""
    model, names = facts.model, facts.names
    construction = model.construction
    values = ["tokens", *(f"{step.name} state{i}" for i, step in enumerate(model.steps))]
    states = []
    for i, value in enumerate(values):
        states.append(f"Definition state{i} : state := locked ({value}).")
        states.append(f"Lemma state{i}E : state{i} = {value}. Proof. by rewrite /state{i} -lock. Qed.")
    last = len(model.steps)
    for step in range(1, last + 1):
        for g, s, _ in model.cuts(step):
            facts.cell(step, g, s)
    g, s = model.group(construction.readout.group or ""), model.slot(construction.readout.slot)
    _, lemma = facts.cell(last, g, s)
    formula = gallina.formula(construction.computes, names)
    return [
        "",
        "(* The states, and what their slots hold: one lemma for a node *)",
        *states,
        *facts.lines,
        f"Theorem result : readout (encoder tokens) = {formula}.",
        f"Proof. rewrite /readout /encoder {' '.join(f'-state{i}E' for i in range(last + 1))} {lemma} {' '.join(f'?{word}' for word in facts.opened[::-1])}; same. Qed.",
    ]


def _theorem(model: Model, names: Names, title: str) -> list[str]:
    """The statement with its quantifiers, and what it rests on."""
    construction = model.construction
    sizes = " ".join(names[word] for word in _sizes(construction))
    functions = list(dict.fromkeys([*model.functions, *gallina.applied(construction.computes)]))
    scalars = construction.encoder.constants
    binders = ["(F : fieldType) (e : F -> F)"]
    binders += [f"({' '.join(names[word] for word in functions)} : F -> F)"] if functions else []
    binders.append(f"({sizes} : nat)")
    binders += [f"({' '.join(names[word] for word in scalars)} : F)"] if scalars else []
    binders += [f"({names[word]} : {gallina.matrix_type(shape, names)})" for word, shape in construction.inputs]
    used = {names[word] for word in _used_constants(model)}
    softmax = any(isinstance(part, HeadModel) and part.normaliser == "softmax" for step in model.steps for part in step.parts)
    exponential = softmax or any("exp" in part.functions for part in _networks(model))
    machine = [*(["e"] if exponential else []), *(names[word] for word in model.functions), sizes]
    machine += [names[word] for word in scalars if names[word] in used]
    placed = {word for *_, kind, word in model.contents if kind == "input"}
    inputs = " ".join(names[word] for word, _ in construction.inputs if word in placed)
    formula = gallina.formula(construction.computes, names)
    return [
        "",
        "(* ==== The theorem ==== *)",
        f"Theorem {title}_computes {' '.join(binders)} :",
        f"  @readout F {sizes} (@encoder F {' '.join(machine)} (@tokens F {sizes} {inputs}))",
        f"  = {formula}.",
        "Proof. exact: result. Qed.",
        f"Print Assumptions {title}_computes.",
    ]


def _networks(model: Model) -> list[NetworkModel]:
    return [part for step in model.steps for part in step.parts if isinstance(part, NetworkModel)]


def _used_constants(model: Model) -> set[str]:
    """The declared constants that occur in a weight."""
    weights = [w for step in model.steps for part in step.parts for w in vars(part).values() if isinstance(w, BlockWeight)]
    return {symbol.name for weight in weights for *_, c in weight.blocks for symbol in c.free_symbols}
