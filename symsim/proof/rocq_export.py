"""The Rocq theorem of a construction: for every field, every function in place of exp, all sizes and all inputs.

The emitted file is self-contained: our library of lemmas, the encoder with its weights, one lemma for every node of the
dataflow, the theorem, and ``Print Assumptions``. Weights, masks, tokens, read-out, cuts and formula come from the same
object that the parametric method proves. Only the kernel of Rocq decides: a wrong construction gives a file that it
refuses.
"""

from __future__ import annotations

from importlib.resources import files

from symsim.claims.construction import Construction
from symsim.errors import BadInput
from symsim.proof import rocq_language as gallina
from symsim.proof import rocq_statement as statement
from symsim.proof.rocq_facts import Facts
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_loop import Loop, Passes, loop_of
from symsim.proof.rocq_model import Model, model_of

LIBRARY = ("Places", "Layers", "Nodes")
"""The files of our library, in the order in which they build on each other."""


def rocq_theorem(construction: Construction, name: str = "") -> str:
    """The text of a ``.v`` file that states and proves what a construction of symbolic size computes.

    ``name`` is the name of the theorem (default: that of the construction). Raises ``BadInput`` for constructions with
    fixed sizes or parts that have no lemma, such as hard attention.

    >>> from symsim.simulators import universal
    >>> text = rocq_theorem(universal(n="n", d="d", d_v="d_v"))
    >>> print(text[text.index("Theorem U_computes") :].strip())
    Theorem U_computes
        (F : fieldType) (e : F -> F)
        (n d d_v : nat)
        (X : 'M[F]_(n, d))
        (A : 'M[F]_(d, d))
        (V : 'M[F]_(d, d_v))
      : @readout F n d d_v (@encoder F e n d d_v (@tokens F n d d_v X A V))
        = softmax e (X *m A *m X^T) *m X *m V.
    Proof. exact: result. Qed.
    Print Assumptions U_computes.
    """
    title = identifier(name or construction.name)
    loop = loop_of(construction)
    found = None if loop is None else _loop(loop, title)
    return found or _whole(construction, title)


def _whole(construction: Construction, title: str) -> str:
    """All layers one after the other."""
    model = model_of(construction)
    names = Names(_words(model))
    parts = [
        _opening(construction, title),
        [_heading("The library: the same text in every file"), rocq_library()],
        [_heading("The encoder: weights and layers depend on the sizes only"), "Section Encoder."],
        statement.encoder(model, names),
        [_heading("The inputs, the tokens at the start, and where the result is read")],
        statement.tokens(model, names),
        [_heading("What the slots hold after every step: one lemma for a node")],
        _proofs(model, names),
        ["End Encoder.", _heading("The theorem")],
        statement.theorem(model, names, title),
    ]
    return _text(parts)


def _loop(loop: Loop, title: str) -> str | None:
    """One lemma of a pass, applied as often as there are passes; None where the layers are no such loop."""
    model = model_of(loop.one)
    names = Names(_words(model))
    passes = Passes(loop, model, names)
    moved = passes.moved()
    if moved is None or not passes.claims(moved):
        return None
    result, right = passes.result(moved)
    whole = model_of(loop.whole)
    parts = [
        _opening(loop.whole, title, f"{loop.passes} passes of what one pass computes"),
        [_heading("The library: the same text in every file"), rocq_library()],
        [_heading("What one pass simulates")],
        passes.simulated(),
        [_heading("The encoder: weights and layers depend on the sizes only"), "Section Encoder."],
        statement.encoder(model, names, loop.passes),
        [_heading("One pass, from any state in which it may start: one lemma for a node")],
        passes.one_pass(),
        passes.passed(moved),
        [_heading("The inputs, the tokens at the start, and where the result is read")],
        statement.tokens(whole, names),
        result,
        ["End Encoder.", _heading("The theorem")],
        statement.theorem(whole, names, title, right),
    ]
    return _text(parts)


def _text(parts: list[list[str]]) -> str:
    return "\n".join(line for part in parts for line in part) + "\n"


def rocq_library() -> str:
    """Our library of lemmas as one text: its files without their imports of each other."""
    folder = files("symsim.proof") / "rocq"
    texts = [(folder / f"{name}.v").read_text(encoding="utf-8") for name in LIBRARY]
    imports, body = texts[0].split("\n\n", 1)
    rest = [text.split("\n\n", 1)[1] for text in texts[1:]]
    return "\n".join([imports, "Import Order.TTheory Num.Theory.", "", body, *rest])


def _heading(text: str) -> str:
    return f"\n(* ==== {text} ==== *)"


def identifier(name: str) -> str:
    """A name as that of a theorem: what is no ASCII letter or digit becomes _.

    >>> identifier("linear attention")
    'linear_attention'
    """
    word = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    if not word[:1].isalpha():
        raise BadInput(f"'{name}' cannot name a theorem: it starts with a letter")
    return word


def _words(model: Model) -> list[str]:
    """Everything that has a name: sizes, constants, functions, inputs, cuts."""
    construction = model.construction
    inputs, cuts = [name for name, _ in construction.inputs], [cut.name for cut in construction.cuts]
    known = [*statement.sizes(construction), *construction.encoder.constants, *statement.functions(model)]
    for word in known:
        if word in inputs or word in cuts:
            raise BadInput(f"'{word}' names a size, scalar or function and a matrix: the Rocq export wants two names")
    return list(dict.fromkeys([*known, *inputs, *cuts]))


def _opening(construction: Construction, title: str, claim: str = "") -> list[str]:
    arguments = ", ".join(name for name, _ in construction.inputs)
    return [
        f"(* {gallina.comment(f'{title}({arguments}) = {claim or construction.computes}')}",
        "   for every field F, every function e : F -> F in the place of exp, all sizes and all matrices.",
        "   Written by symsim; coqc checks it (Coq 8.16 with mathcomp 1.15) and needs no other file. *)",
    ]


def _proofs(model: Model, names: Names) -> list[str]:
    """The states one after the other, and a lemma for every node that the result needs."""
    facts = Facts(model, names)
    last = len(model.steps)
    for step in range(1, last + 1):
        for g, s, _ in model.cuts(step):
            facts.cell(step, g, s)
    _, lemma = facts.cell(last, *statement.result(model))
    unfolded = " ".join(f"?{name}" for name in reversed(facts.unfolding))
    formula = gallina.formula(model.construction.computes, names)
    return [
        *statement.states(model, "tokens"),
        *facts.lemmas.lines,
        f"Theorem result : readout (encoder tokens) = {formula}.",
        f"Proof. rewrite /readout /encoder {statement.folded(last)} {lemma} {unfolded}; same. Qed.",
    ]
