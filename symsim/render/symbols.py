"""The symbols of a claim, each introduced before it is used, and the claim once more with a name for each part."""

from __future__ import annotations

from collections.abc import Iterable

from symsim.claims.claim import Claim
from symsim.domains.blocks import Blocks
from symsim.errors import SymsimError
from symsim.formulas.functions import Apply, LayerNorm, Softmax
from symsim.formulas.sizes import size_names
from symsim.formulas.substitution import replace, walk
from symsim.formulas.syntax import Formula
from symsim.render.breaking import width
from symsim.render.context import Context, Shown, listed, phrase
from symsim.render.document import Block, Equations, Line, Math, Paragraph


def symbols(context: Context) -> list[Line]:
    """Every symbol of the claim, and what it stands for."""
    notation, claim = context.notation, context.stated
    items: list[Line] = []
    sizes = ordered_sizes(claim)
    if sizes:
        words = (
            "{names} are sizes: integers, at least 1."
            if len(sizes) > 1
            else "{names} is a size: an integer, at least 1."
        )
        items.append(phrase(words, names=listed([notation.name(s) for s in sizes])))
    items += _matrices(context, claim)
    words = "{c} is a real number, a constant of the architecture: it may stand in weights."
    items += [phrase(words, c=Math(notation.name(name))) for name in claim.scalars]
    top, unit, ones = f"M^{{{notation.transpose}}}", "I_{k}", r"\mathbf{1}_{k}"
    words = "{T} is the transpose of a matrix {M}; {I} is the identity of size {k}, and {o} the column of {k} ones."
    items.append(phrase(words, T=Math(top), M=Math("M"), I=Math(unit), o=Math(ones), k=Math("k")))
    items += _functions(context)
    words = "{U} is the encoder described below. {encode} puts the inputs into tokens, {decode} reads the result. "
    parts = {"U": Math("U"), "encode": Math(r"\operatorname{encode}"), "decode": Math(r"\operatorname{decode}")}
    items.append(phrase(words + "Both are fixed placements; section 4 shows them.", **parts))
    return items


def _matrices(context: Context, claim: Claim) -> Iterable[Line]:
    """The inputs; those of one shape together."""
    notation = context.notation
    kinds: dict[tuple[str, str], list[str]] = {}
    for name, shape in claim.inputs:
        kind = "with entries 0 and 1" if name in claim.binary else "of real numbers"
        kinds.setdefault((kind, notation.shape(shape)), []).append(notation.name(name))
    for (kind, size), names in kinds.items():
        words = f"{{M}} is a matrix {kind} of shape {{shape}}."
        if len(names) > 1:
            words = f"{{M}} are matrices {kind} of shape {{shape}}."
        yield phrase(words, M=listed(names), shape=Math(size))


def _functions(context: Shown) -> list[Line]:
    """The functions in the claim, and what they do."""
    nodes = list(walk(context.computes)) if isinstance(context.computes, Formula) else []
    items: list[Line] = []
    kinds = {(node.causal, node.mask is not None) for node in nodes if isinstance(node, Softmax)}
    for causal, masked in sorted(kinds):
        where = r"\sum_{k}" if not (causal or masked) else r"\sum_{k \, \text{visible}}"
        rule = rf"\operatorname{{softmax}}(S)_{{ij}} = \frac{{\exp(S_{{ij}})}}{{{where} \exp(S_{{ik}})}}"
        name = r"\operatorname{softmax}" + (r"_{\mathrm{causal}}" if causal else "")
        seen = " over the columns up to the diagonal" if causal else ""
        seen += " over the columns where the mask is 1" if masked else ""
        hidden = "; the other entries are 0" if causal or masked else ""
        items.append(phrase(f"{{f}} acts on each row{seen}: {{rule}}{hidden}.", f=Math(name), rule=Math(rule)))
    if any(isinstance(node, Apply) and node.function == "relu" for node in nodes):
        relu, act = Math(r"\operatorname{relu}"), Math(r"\operatorname{relu}(x) = \max(x, 0)")
        items.append(phrase("{relu} acts on each entry: {act}.", relu=relu, act=act))
    if any(isinstance(node, LayerNorm) for node in nodes):
        items.append(norm_rule())
    return items


def norm_rule() -> Line:
    """What a layer norm does to a row."""
    rule = r"\operatorname{layernorm}(z)_{j} = \frac{z_{j} - m}{\sqrt{v + 1/100000}}"
    words = "{norm} acts on each row {z}: {rule} with the mean {m} and the variance {v} of the entries of {z}."
    parts = {"norm": r"\operatorname{layernorm}", "z": "z", "rule": rule, "m": "m", "v": "v"}
    return phrase(words, **{name: Math(latex) for name, latex in parts.items()})


def ordered_sizes(claim: Claim) -> list[str]:
    """The size symbols of a claim in the order in which the inputs use them."""
    names = [name for _, shape in claim.inputs for size in shape for name in size_names(size)]
    return list(dict.fromkeys([*names, *claim.free_sizes]))


def in_parts(context: Context) -> list[Block]:
    """A long claim once more, with the nodes of the dataflow as names for its parts, where that is the same formula."""
    construction, notation = context.construction, context.notation
    cuts, computes = construction.cuts, context.computes
    if not isinstance(computes, Formula) or width(notation.formula(computes)) <= notation.width or len(cuts) < 2:
        return []
    whole: dict[str, Formula] = {}
    for cut in cuts:
        whole[cut.name] = replace(cut.formula, whole)
    if construction.fixed or not _same(context, computes, whole[cuts[-1].name]):
        return []
    lines = tuple(f"{notation.name(cut.name)} = {notation.formula(cut.formula)}" for cut in cuts)
    words = "With a name for each part, the right side is {last}, where"
    return [Paragraph(phrase(words, last=Math(notation.name(cuts[-1].name)))), Equations(lines)]


def _same(context: Context, one: Formula, other: Formula) -> bool:
    """Whether two formulas have one normal form."""
    domain = Blocks(scalars=context.encoder.constants)
    inputs = {name: domain.variable(name, *shape) for name, shape in context.construction.inputs}
    try:
        return domain.equal(one.evaluate(domain, inputs), other.evaluate(domain, inputs)) is True
    except SymsimError:
        return False
