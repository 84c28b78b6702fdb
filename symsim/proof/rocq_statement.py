"""The statement of an emitted Rocq theorem: layouts, weights, layers, tokens and read-out as definitions of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symsim.claims.construction import Construction
from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_language import Names, comment
from symsim.proof.rocq_model import HeadModel, Model, NetworkModel
from symsim.proof.rocq_start import strip
from symsim.proof.rocq_terms import nested
from symsim.proof.rocq_weights import BlockWeight


def sizes(construction: Construction) -> list[str]:
    """The names of the size symbols, inputs first."""
    layouts = (*construction.encoder.tokens.parts, *construction.encoder.slots.parts)
    found = [size for _, shape in construction.inputs for size in shape] + [size for _, size in layouts]
    symbols = [s.name for size in found for s in sorted(getattr(size, "free_symbols", ()), key=str)]
    return list(dict.fromkeys(symbols))


def functions(model: Model) -> list[str]:
    """The opaque functions of the encoder and of the formula."""
    return list(dict.fromkeys([*model.functions, *gallina.applied(model.construction.computes)]))


def encoder(model: Model, names: Names, passes: int = 1) -> list[str]:
    """Layouts, weights and layers, which may be passed several times: nothing here depends on an input."""
    machine = model.construction.encoder
    layouts = (("token groups", "groups", machine.tokens.names, model.groups),) + (
        ("slots", "slots", machine.slots.names, model.slots),
    )
    out = ["Variables (F : fieldType) (e : F -> F)."]
    out += [f"Variable {names[word]} : {gallina.function_type(word)}." for word in functions(model)]
    out.append(f"Variables {' '.join(names[word] for word in sizes(model.construction))} : nat.")
    if machine.constants:
        out.append(f"Variables {' '.join(names[word] for word in machine.constants)} : F.")
    for what, word, parts, widths in layouts:
        out.append(f"(* {what}: {', '.join(f'{i} {comment(part)}' for i, part in enumerate(parts))} *)")
        out.append(f"Definition {word} : seq nat := {_sizes(widths, names)}.")
    out.append("Local Notation state := 'M[F]_(sumn groups, sumn slots).")
    whole = "H"
    for step in model.steps:
        label = comment(machine.layers[step.layer].name)
        out += ["", f"(* Layer {step.layer + 1}{': ' + label if label else ''} *)"]
        for part in step.parts:
            out += _head(part, names) if isinstance(part, HeadModel) else _network(part, names)
        parts_ = [f"{'head' if isinstance(part, HeadModel) else 'units'}{part.name} H" for part in step.parts]
        sum_ = " + ".join(["H" if step.residual else "0", *parts_])
        out.append(f"Definition {step.name} (H : state) : state := {sum_}.")
        whole = f"{step.name} H" if whole == "H" else f"{step.name} ({whole})"
    if passes > 1:
        out += ["", f"Definition one_pass (H : state) : state := {whole}."]
        whole = "one_pass (" * (passes - 1) + "one_pass H" + ")" * (passes - 1)
    return [*out, "", f"Definition encoder (H : state) : state := {whole}."]


def states(model: Model, start: str) -> list[str]:
    """Names for the states one after the other, which stay closed."""
    out = []
    for i, value in enumerate([start, *(f"{step.name} state{i}" for i, step in enumerate(model.steps))]):
        out.append(f"Definition state{i} : state := locked ({value}).")
        out.append(f"Lemma state{i}E : state{i} = {value}. Proof. by rewrite /state{i} -lock. Qed.")
    return out


def folded(last: int) -> str:
    """The rewriting that turns layers of layers into the name of the last state."""
    return " ".join(f"-state{i}E" for i in range(last + 1))


def _sizes(parts: Sequence[Any], names: Names) -> str:
    return "[:: " + "; ".join(gallina.size(size, names) for size in parts) + "]%N"


def _weight(name: str, weight: BlockWeight, rows: str, cols: str, names: Names) -> list[str]:
    """The definition of one weight as a sum of blocks."""
    blocks = []
    for i, j, c in weight.blocks:
        multiple = "1%:M" if c == 1 else f"{gallina.scalar(c, names)}%:M"
        blocks.append(f"block {rows} {cols} {i} {j} {multiple}")
    return [f"Definition {name} : 'M[F]_(sumn {rows}, sumn {cols}) :=", f"  {nested(blocks)}."]


def _head(head: HeadModel, names: Names) -> list[str]:
    n = head.name
    kind = "causal_groups" if head.causal else "see_groups"
    keys = "see_all F _" if head.sees is None else f"{kind} F groups [:: {'; '.join(map(str, head.sees))}]%N"
    kind = "softmax_head e" if head.normaliser == "softmax" else "linear_head"
    return [
        f"Definition coordinates{n} : seq nat := {_sizes(head.Q.cols, names)}.",
        f"Definition values{n} : seq nat := {_sizes(head.V.cols, names)}.",
        *_weight(f"Q{n}", head.Q, "slots", f"coordinates{n}", names),
        *_weight(f"K{n}", head.K, "slots", f"coordinates{n}", names),
        *_weight(f"V{n}", head.V, "slots", f"values{n}", names),
        *_weight(f"O{n}", head.O, f"values{n}", "slots", names),
        f"Definition head{n} : state -> state := {kind} ({keys}) Q{n} K{n} V{n} O{n}.",
    ]


def _network(network: NetworkModel, names: Names) -> list[str]:
    n = network.name
    kind = f"'M[F]_(sumn groups, sumn hidden{n})"
    runs = [f"run {i} ({gallina.activation(name, names)}) Z" for i, name in enumerate(network.functions)]
    return [
        f"Definition hidden{n} : seq nat := {_sizes(network.W_1.cols, names)}.",
        *_weight(f"W1_{n}", network.W_1, "slots", f"hidden{n}", names),
        *_weight(f"W2_{n}", network.W_2, f"hidden{n}", "slots", names),
        f"Definition act{n} (Z : {kind}) : {kind} := {nested(runs)}.",
        f"Definition units{n} : state -> state := feed_forward act{n} W1_{n} 0 W2_{n} 0.",
    ]


def tokens(model: Model, names: Names) -> list[str]:
    """Inputs, the tokens at the start, and the read-out."""
    construction = model.construction
    groups, slots = construction.encoder.tokens.names, construction.encoder.slots.names
    rows = []
    for g, parts in model.strips.items():
        where = comment(f"{groups[g]}: {', '.join(slots[s] for s, *_ in parts)}")
        rows.append(f"stack groups slots {g} ({strip(model, names, g)}) (* {where} *)\n  ")
    kind = gallina.matrix_type(construction.readout.shape, names)
    g, s = result(model)
    return [
        *(f"Variable {names[word]} : {gallina.matrix_type(shape, names)}." for word, shape in construction.inputs),
        "Definition tokens : state :=",
        f"  {nested(rows)}.",
        f"Definition readout (H : state) : {kind} := cell {g} {s} H.",
    ]


def result(model: Model) -> tuple[int, int]:
    """Group and slot of the read-out."""
    readout = model.construction.readout
    return model.group(readout.group or ""), model.slot(readout.slot)


def fixed_binders(model: Model, names: Names) -> list[str]:
    """Everything over which a theorem quantifies but the inputs: field, functions, sizes, scalars."""
    constants = model.construction.encoder.constants
    binders = ["(F : fieldType) (e : F -> F)"]
    binders += [f"({names[word]} : {gallina.function_type(word)})" for word in functions(model)]
    binders.append(f"({' '.join(names[word] for word in sizes(model.construction))} : nat)")
    return binders + ([f"({' '.join(names[word] for word in constants)} : F)"] if constants else [])


def theorem(model: Model, names: Names, title: str, right: str = "") -> list[str]:
    """The statement with all its quantifiers, and what it rests on; ``right`` in place of the formula."""
    construction = model.construction
    constants = construction.encoder.constants
    all_sizes = " ".join(names[word] for word in sizes(construction))
    binders = fixed_binders(model, names)
    binders += [f"({names[word]} : {gallina.matrix_type(shape, names)})" for word, shape in construction.inputs]
    machine = [*(["e"] if _exponential(model) else []), *(names[word] for word in model.functions), all_sizes]
    machine += [names[word] for word in constants if word in _used(model)]
    placed = {word for *_, kind, word in model.contents if kind == "input"}
    inputs = [names[word] for word, _ in construction.inputs if word in placed]
    return [
        f"Theorem {title}_computes",
        *(f"    {binder}" for binder in binders),
        f"  : @readout F {all_sizes} (@encoder F {' '.join(machine)} (@tokens F {all_sizes} {' '.join(inputs)}))",
        f"    = {right or gallina.formula(construction.computes, names)}.",
        "Proof. exact: result. Qed.",
        f"Print Assumptions {title}_computes.",
    ]


def _parts(model: Model) -> list[HeadModel | NetworkModel]:
    return [part for step in model.steps for part in step.parts]


def _exponential(model: Model) -> bool:
    """Whether the encoder itself uses e."""
    return any(
        part.normaliser == "softmax" if isinstance(part, HeadModel) else "exp" in part.functions
        for part in _parts(model)
    )


def _used(model: Model) -> set[str]:
    """The declared constants that occur in a weight."""
    weights = [weight for part in _parts(model) for weight in vars(part).values() if isinstance(weight, BlockWeight)]
    return {symbol.name for weight in weights for *_, c in weight.blocks for symbol in c.free_symbols}
