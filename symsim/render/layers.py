"""The cards of the layers: weights as blocks, scores, what is written where, the identities and who decided them."""

from __future__ import annotations

from symsim.derivation import CheckedIdentity
from symsim.encoder.layers import Head
from symsim.encoder.normalisers import NORMALISERS
from symsim.formulas.syntax import Zero
from symsim.render import document as doc
from symsim.render.breaking import width
from symsim.render.context import Context, HeadBlocks, Shown, block, listed, phrase, sentence, verdict
from symsim.render.document import (
    Block,
    Card,
    Code,
    Display,
    Equations,
    Frame,
    Line,
    Listing,
    Math,
    Paragraph,
    Section,
    Slot,
    Stepper,
    Strong,
    Table,
    Text,
)
from symsim.render.notation import word_latex
from symsim.render.symbols import norm_rule
from symsim.render.weight_blocks import head_strip, network_strip, paths

FEW_KEYS = 6
"""Scores of heads with more groups of keys are no table."""
FEW_RUNS = 4
"""In networks with more runs of units than this the runs are not named one by one."""


def layers_section(context: Context) -> Section:
    """How a head works, the walk through the layers, and one card a layer."""
    blocks: list[Block] = [*how_it_works(context)]
    if not context.construction.fixed:
        blocks.append(stepper(context))
    blocks += [_card(context, layer) for layer in range(len(context.encoder.layers))]
    return Section("layers", "Layer by layer", tuple(blocks))


def how_it_works(context: Shown) -> list[Block]:
    """The definition of a layer, with the symbols that the cards use."""
    top, W = f"^{{{context.notation.transpose}}}", context.notation.weight
    b = "b" if W == "W" else W.lower()
    heads = any(layer.heads for layer in context.encoder.layers)
    networks = any(layer.feed_forward for layer in context.encoder.layers)
    found: list[Block] = []
    if heads:
        found += [
            Paragraph(sentence("A head has four weights. From the token matrix ", Math("H"), " it computes")),
            Equations(
                (rf"S = (H {W}_Q)(H {W}_K){top}", r"P = \operatorname{normalise}(S)", rf"P \, (H {W}_V) \, {W}_O")
            ),
            Paragraph(
                sentence(
                    "These are the scores, one row a query and one column a key; the weights, "
                    "which the normaliser makes of the visible scores of each row; "
                    "and what the head adds to ",
                    Math("H"),
                    ".",
                )
            ),  # fmt: skip
            Paragraph(
                sentence(
                    *rational(context),
                    "; no input is in them. ",
                    Math("P[R, R']"),
                    " is the block of the queries ",
                    Math("R"),
                    " and the keys ",
                    Math("R'"),
                    ".",
                )
            ),  # fmt: skip
        ]
        found += normalisers(context)
    if networks:
        found += [
            Paragraph(sentence("A feed-forward network adds the following to ", Math("H"), ", at every position:")),
            Display(rf"\operatorname{{act}}(H {W}_1 + \mathbf{{1}} {b}_1) \, {W}_2 + \mathbf{{1}} {b}_2"),
        ]
        if "layernorm" in context.construction.machine.activations:
            words = "An activation acts on each entry, with one exception: a run of layernorm units acts on rows. "
            found.append(Paragraph((Text(words), *norm_rule())))
    return found


def rational(context: Shown) -> Line:
    """What kind of numbers the weights are."""
    constants = [context.notation.name(name) for name in context.encoder.constants]
    if not constants:
        return sentence("All weights are fixed rational numbers")
    return sentence(
        "All weights are rational numbers, or polynomials in ", *listed(constants), " with such coefficients"
    )


RULES = {
    "softmax": ("{P}", r"P_{ij} = \frac{\exp(S_{ij})}{\sum_{k} \exp(S_{ik})}"),
    "linear": ("{P}", r"P_{ij} = S_{ij}"),
    "average-hard": (
        "{P} for each of the {m} visible keys with the largest score, and 0 for the others",
        r"P_{ij} = \frac{1}{m}",
    ),
    "unique-hard": ("{P} for the left-most visible key with the largest score, and 0 for the others", r"P_{ij} = 1"),
    "unique-hard-right": (
        "{P} for the right-most visible key with the largest score, and 0 for the others",
        r"P_{ij} = 1",
    ),
}
"""What the normalisers do, for readers."""


def normalisers(context: Shown) -> list[Block]:
    """The rules of the normalisers that occur."""
    items: list[Line] = []
    for name in context.construction.machine.normalisers:
        if name in RULES:
            words, rule = RULES[name]
            items.append((Text(f"{name}: "), *phrase(words, P=Math(rule), m=Math("m")), Text(".")))
    tail = (
        "Sums run over the keys that the mask leaves visible. Hidden keys have the weight 0, and a query that sees no "
        "key has a row of zeros."
    )
    lead = sentence("The normalisers here are")
    return [Paragraph(lead), Listing(tuple(items)), Paragraph(sentence(tail))] if items else []


def stepper(context: Shown) -> Stepper:
    """The picture of the last state, and the order in which its cells were written."""
    picture = context.picture(len(context.encoder.layers))
    steps, frames = context.steps(), []
    for layer, slot, group in steps:
        latex = context.content(layer, slot, group)
        where = (Slot(slot), " of the rows ", Math(context.notation.name(group)))
        if not latex:
            frames.append(Frame(slot, group, layer, sentence(f"Layer {layer} clears slot ", *where, ".")))
            continue
        unread = "" if context.read(layer, slot, group) else " Nothing that reaches the result reads it."
        line = sentence(f"Layer {layer} writes slot ", *where, ": ", Math(latex), f".{unread}")
        frames.append(Frame(slot, group, layer, line))
    places = [(slot, group) for slot in context.encoder.slots.names for group in context.encoder.tokens.names]
    cells = {place: cell for place in places if (cell := _history(context, steps, place)) is not None}
    shown = doc.TokenPicture(picture.slots, picture.groups, cells)
    return Stepper(shown, sentence("The tokens before the first layer."), tuple(frames))


def _history(context: Shown, steps: list[tuple[int, str, str]], place: tuple[str, str]) -> doc.Cell | None:
    """What a place holds from which write on: the last content, and what stood there before."""
    writes = [(k, layer) for k, (layer, *where) in enumerate(steps, 1) if tuple(where) == place]
    held = [(k, layer, context.content(layer, *place)) for k, layer in [(0, 0), *writes]]
    if not held[0][2]:
        held = held[1:]
    if not held:
        return None
    step, layer, last = held[-1]
    ends = [k for k, _, _ in held[1:]]
    earlier = tuple((a, b, context.shortened(latex)) for (a, _, latex), b in zip(held, ends, strict=False))
    read = context.read(layer, *place) if step else True
    return doc.Cell(context.shortened(last) if last else "", False, read, step, earlier)


def _card(context: Context, layer: int) -> Card:
    part = context.encoder.layers[layer]
    identities = [item for item in context.checked.identities if item.place.layer == layer]
    blocks: list[Block] = []
    if identities:
        blocks += _reasons(context, identities)
    elif layer < len(context.construction.layer_notes):
        blocks.append(Paragraph(context.prose.line(context.construction.layer_notes[layer])))
    for index, head in enumerate(part.heads[: context.notation.heads]):
        blocks += _head(context, layer, head, "" if len(part.heads) == 1 else str(index + 1))
    if len(part.heads) > context.notation.heads:
        blocks.append(Paragraph(sentence(f"And {len(part.heads) - context.notation.heads} more heads of this layer.")))
    if part.feed_forward is not None:
        blocks += _network(context, layer)
    if identities:
        blocks.append(Paragraph(sentence(Strong("What is written."), " Formula, then substitution, then result:")))
        blocks += _identities(context, identities)
        blocks.append(_decided(context, identities))
    if not context.construction.fixed:
        blocks += context.pictured(layer + 1, _caption(context, layer + 1))
    title = [Text(f"Layer {layer + 1}"), *([Text(": "), *context.prose.line(part.name)] if part.name else [])]
    return Card(f"layer-{layer + 1}", tuple(title), tuple(blocks))


def _reasons(context: Context, identities: list[CheckedIdentity]) -> list[Block]:
    found: list[Block] = []
    for step in dict.fromkeys(item.step for item in identities):
        found.append(Paragraph((Strong("Step. "), *context.prose.line(step.title))))
        if step.reason:
            found.append(Paragraph(context.prose.line(step.reason)))
    return found


def _head(context: Context, layer: int, head: Head, number: str) -> list[Block]:
    normaliser = NORMALISERS[head.normaliser]
    which = f"Head {number}." if number else "Its head."
    masked = _sight(context, head)
    named = head.name and head.name != context.encoder.layers[layer].name
    title = (Text(" "), *context.prose.line(head.name), Text(":")) if named else ()
    kind = f"normaliser is {head.normaliser} ({normaliser.field_name or normaliser.name}), and the head "
    strip = head_strip(head, context.encoder.slots, context.notation, number)
    lead = sentence(Strong(which), *title, " the " if named else " The ", kind, *masked, f". {blockwise(strip)}")
    found: list[Block] = [Paragraph(lead), strip]
    blocks = context.head_blocks(layer, head)
    if blocks is not None:
        found += _scores(context, layer, blocks, linear=normaliser.linear)
    return found


def blockwise(strip: doc.WeightStrip) -> str:
    """How to read a table of weights."""
    other = any(latex.startswith("C_") for _, row in strip.rows for latex in row.values())
    constant = "; C is a block with other constants" if other else ""
    return f"Its weights, block by block; what is not named is zero{constant}:"


def _sight(context: Context, head: Head) -> Line:
    """What a head sees, in words."""
    mask = head.mask
    if mask.kind == "none":
        return sentence("sees all tokens")
    if mask.keys is not None and mask.kind == "keys " + ", ".join(mask.keys):
        return sentence(
            "sees only the tokens ", *listed([context.notation.name(name) for name in mask.keys]), ": a key mask"
        )
    return sentence(f"has the mask: {mask.kind}")


def _scores(context: Context, layer: int, blocks: HeadBlocks, linear: bool) -> list[Block]:
    notation = context.notation
    names = context.encoder.tokens.names
    zero = [g for g in names if not any((g, key) in blocks.scores for key in blocks.seen)]
    read = {g for slot, g in context.written(layer + 1) if context.read(layer + 1, slot, g)}
    groups = [g for g in names if g in read and g not in zero]
    unread = [g for g in names if g not in read and g not in zero]
    found: list[Block] = [Paragraph(sentence("Its scores ", Math("S"), ", block by block:"))]
    found += _score_blocks(context, blocks, groups)
    if zero:
        found.append(
            Paragraph(sentence("All scores of the queries ", *listed([notation.name(g) for g in zero]), " are 0."))
        )
    if unread:
        words = " Nothing that reaches the result reads what the queries "
        found.append(Paragraph(sentence(words.strip() + " ", *listed([notation.name(g) for g in unread]), " receive.")))
    if linear:
        found.append(Paragraph(sentence("The head is linear: its weights are its scores, ", Math("P = S"), ".")))
    return found


def _score_blocks(context: Context, blocks: HeadBlocks, groups: list[str]) -> list[Block]:
    """The scores of some groups of queries as a table; with many groups of keys, one by one and without the zeros."""
    notation = context.notation
    if len(blocks.seen) <= FEW_KEYS:
        head = (sentence("queries"), *(sentence("keys ", Math(notation.name(key))) for key in blocks.seen))
        rows = (
            (Math(notation.name(g)), *(Math(blocks.scores.get((g, key), "0")) for key in blocks.seen)) for g in groups
        )
        return [Table(head, tuple(tuple(sentence(cell) for cell in row) for row in rows))]
    alike: dict[tuple[str, str], list[str]] = {}
    for (g, key), latex in blocks.scores.items():
        if g in groups:
            alike.setdefault((g, latex), []).append(key)
    lines = []
    for (g, latex), keys in alike.items():
        left = " = ".join(f"S[{notation.name(g)}, {notation.name(key)}]" for key in keys)
        lines.append(f"{left} = {latex}")
    names = listed([notation.name(g) for g in groups])
    return [Equations(tuple(lines)), Paragraph(sentence("All other scores of the queries ", *names, " are 0."))]


def _network(context: Context, layer: int) -> list[Block]:
    network = context.encoder.layers[layer].feed_forward
    if network is None:
        return []
    size = context.notation.size
    units = "unit" if network.units == 1 else "units"
    strip = network_strip(network, context.encoder.slots, context.notation)
    lead: list[doc.Inline] = [Strong("Feed-forward network."), Text(" It has "), Math(size(network.units))]
    kinds = list(dict.fromkeys(name for name, _ in network.activations))
    if len(kinds) == 1 or len(network.activations) > FEW_RUNS:
        lead.append(Text(f" hidden {units}, with the activation {', '.join(kinds)}"))
    else:
        lead.append(Text(f" hidden {units}: "))
        for k, (name, count) in enumerate(network.activations):
            lead += [Text(", then " if k else ""), Math(size(count)), Text(f" {name}")]
    return [Paragraph((*lead, Text(f". {blockwise(strip)}"))), strip]


def _identities(context: Context, identities: list[CheckedIdentity]) -> list[Block]:
    """One chain for each identity; those of one line stand side by side."""
    chains = [_identity(context, item) for item in identities]
    lines = [chain for chain in chains if len(chain.rest) == 1 and width(chain.rest[0][1]) <= context.notation.width]
    short = tuple(f"{chain.first} = {chain.rest[0][1]}" for chain in lines)
    return [*(chain for chain in chains if chain not in lines), *([Equations(short)] if short else [])]


def _identity(context: Context, item: CheckedIdentity) -> Display:
    place, notation = item.place, context.notation
    formula = context.derivation_formula(item)
    groups = r" \cup ".join(notation.name(group) for group in place.groups)
    left = rf"H_{{{place.layer + 1}}}[{groups}{', ' if groups else ''}\mathsf{{{word_latex(place.slot)}}}]"
    node = context.node_at(place)
    result = "0" if isinstance(formula, Zero) else notation.formula(node.formula if node else formula)
    if len(place.groups) > 1 or context.construction.fixed or place.layer < 0:
        return Display(left, (("=", result),))
    lines = _substitution(context, place.layer, place.slot, place.groups[0])
    rest = [line for line in lines if line[1] != result]
    end = [("=", notation.name(node.name))] if node else []
    return Display(left, (*rest, ("=", result), *end))


def _substitution(context: Context, layer: int, slot: str, group: str) -> list[tuple[str, str]]:
    """The formula of a write, and the same with the blocks put in."""
    part, notation = context.encoder.layers[layer], context.notation
    if part.feed_forward is not None:
        return []
    before = block(layer, group, slot, notation)
    formula = [before] if part.residual else []
    terms = [context.content(layer, slot, group) or "0"] if part.residual else []
    for index, head in enumerate(part.heads):
        mark = "P" if len(part.heads) == 1 else f"P^{{({index + 1})}}"
        blocks = context.head_blocks(layer, head)
        for source, target, factor in paths(head, context.encoder.slots, notation):
            if target != slot or blocks is None:
                continue
            tail = rf" \, {factor}" if factor else ""
            value = rf"H_{{{layer}}}[R, \mathsf{{{word_latex(source)}}}]{tail}"
            formula.append(rf"\sum_{{R}} {mark}[{notation.name(group)}, R] \, {value}")
            for key in blocks.seen:
                weight, value = blocks.weights.get((group, key)), context.content(layer, source, key)
                if weight and value:
                    terms.append(f"{_factor(weight)} \\cdot {_factor(value)}{tail}")
    shown = [term for term in terms if term != "0"] or ["0"]
    kept = terms if len(shown) == 1 and len(terms) > 1 else shown
    return [("=", " + ".join(formula)), ("=", " + ".join(kept))] if len(formula) > part.residual else []


def _factor(latex: str) -> str:
    """LaTeX as a factor of a product: in parentheses where it is a product or a sum."""
    simple = " " not in latex or (latex.startswith(r"\operatorname") and latex.endswith(")") and _one_call(latex))
    return latex if simple else f"({latex})"


def _one_call(latex: str) -> bool:
    depth = 0
    for place, char in enumerate(latex):
        depth += (char == "(") - (char == ")")
        if depth == 0 and char == ")":
            return place == len(latex) - 1
    return False


def _decided(context: Context, identities: list[CheckedIdentity]) -> Table:
    rows = []
    for item in identities:
        place = item.place
        groups = [context.notation.name(g) for g in place.groups]
        there = sentence(", rows ", *listed(groups)) if groups else sentence(", first positions")
        where = (*sentence("slot ", Slot(place.slot)), *there)
        rows.append((where, (verdict(item.report.verdict),), (Code(item.report.method),)))
    return Table((sentence("Identity"), sentence("Verdict"), sentence("Method")), tuple(rows))


def _caption(context: Shown, layer: int) -> Line:
    written = context.written(layer)
    unread = [(s, g) for s, g in written if context.content(layer, s, g) and not context.read(layer, s, g)]
    found: list[doc.Inline] = [
        Text(f"The token matrix after layer {layer}. Arrows point to the slots that the layer writes.")
    ]
    if unread:
        slots = list(dict.fromkeys(s for s, _ in unread))
        groups = list(dict.fromkeys(g for _, g in unread))
        found.append(Text(" Pale cells are written too, and nothing that reaches the result reads them: slot "))
        for k, slot in enumerate(slots):
            found += [Text(", "), Slot(slot)] if k else [Slot(slot)]
        found += [Text(" of the rows "), *listed([context.notation.name(g) for g in groups]), Text(".")]
    return tuple(found)
