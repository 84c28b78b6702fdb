"""Faults in the pieces of realisation P, planted in the text of their definitions; coqc has to refuse every one."""

from __future__ import annotations

from symsim.proof.rocq_pieces import pieces_theorem

PIECE_FAULTS: dict[str, tuple[str, str]] = {
    "the sink's key is 1": ("if k == sink then 2%:R^-1 else", "if k == sink then 1 else"),
    "no transposition": ("(fun a i j => a == j * r + i)", "(fun a i j => a == i * c + j)"),
    "b_jt instead of b_tj": ("(fun a i j => (i == t) && (j == a))", "(fun a i j => (i == a) && (j == t))"),
    "half a product": ("((a + b) ^+ 2 - (a - b) ^+ 2) / 4%:R", "((a + b) ^+ 2 - (a - b) ^+ 2) / 2%:R"),
    "an operand is not cleared": ("else if c == left then a - a else", "else if c == left then a else"),
    "mean instead of sum": (":= (c%:R * row_mean S q + flag q)^-1", ":= (row_mean S q + flag q)^-1"),
    "a column for a row": ("(fun a i j => i == a) flagged", "(fun a i j => j == a) flagged"),
    "exp(0) is not taken off": ("(\\col_p - flag p)", "(\\col_p (0 * flag p))"),
    "no sink": ("if [exists k, wanted (asks q) k]", "if true"),
}
"""What a definition or a statement says, and what it says with the fault."""


def faulty_pieces(fault: str) -> str:
    """The file with this fault in it."""
    right, wrong = PIECE_FAULTS[fault]
    text = pieces_theorem()
    if right not in text:
        raise ValueError(f"the fault '{fault}' fits nowhere")
    return text.replace(right, wrong)
