"""Match2 modulo p, with residue 0, matches with itself, repeats and no match. arXiv 2306.02896; the encoder is ours."""

from __future__ import annotations

from dataclasses import replace

from symsim.derivation import WordDerivation
from symsim.simulators import match2

P, LENGTH = 5, 4

derivation = WordDerivation(
    name="match2",
    title="One hard head decides Match2",
    statement="For p = 5 and all words of length 1 to 4 over 0, .., 4, one encoder of one layer and one head marks "
    "every token x_i for which there is a j, i itself included, with x_i + x_j = 0 (mod p). With other numbers in its "
    "table it does so for the other p and lengths that are named.",
    construction=match2(P, LENGTH),
    computes=match2(P, LENGTH).computes,
    family=match2,
    source="Sanford, Hsu, Telgarsky: Representational Strengths and Limitations of Transformers. arXiv 2306.02896. "
    "As a program: arXiv 2506.18739.",
    ours="The paper solves the task with one softmax unit whose embeddings are points of the circle. This encoder "
    "looks up whole numbers with a hard head instead, and is exact. The program for it in arXiv 2506.18739 searches "
    "for the residue p - x, which for x = 0 is none: it is refuted below. The right side of the claim, match2_by_sums, "
    "is the definition as a program: does a residue occur that adds up with x to a multiple of p?",
)


def own_residue(word):
    """The number itself, for the tokens 0, .., p - 1."""
    return list(word)


def wanted_residue(word):
    """(p - x) mod p for every x."""
    return [(P - x) % P for x in word]


def its_square(word):
    """The square of x."""
    return [x * x for x in word]


def square_of_the_wanted(word):
    """The square of (p - x) mod p."""
    return [y * y for y in wanted_residue(word)]


def whether_a_partner_occurs(word):
    """The definition of Match2."""
    return [int(any((x + y) % P == 0 for y in word)) for x in word]


@derivation.step("Every token knows its own residue x and the one that it looks for, (p - x) mod p.")
def known(state):
    """Both stand in the table that tokens start from. For x = 0 it is 0: p itself is no residue."""
    yield state.slot("residue", layer=-1), own_residue
    yield state.slot("token number", layer=-1), wanted_residue


@derivation.step("Squares of both numbers stand beside them.")
def squares(state):
    """Let token i look for y = (p - x_i) mod p. Its score for token j is 2 y x_j - x_j^2, and for the sink y^2 - 1/2.

    That is y^2 more than -(y - x_j)^2 and -1/2, and what all scores of a row have in common changes no maximum. The
    score is the product of the query (2 y, -1, y^2 - 1/2) and the key (x_j, x_j^2, 0) of a token or (0, 0, 1) of the
    sink: three columns, whatever p is.
    """
    yield state.slot("residue squared", layer=-1), its_square
    yield state.slot("token number squared", layer=-1), square_of_the_wanted


@derivation.step("The head finds a partner if there is one, and the sink if there is none.")
def found(state):
    """Up to y^2, a partner has score 0, every other token -1 or less, since numbers are whole, and the sink -1/2.

    An average-hard head takes the mean of the values at the largest score. Partners have the value 1, and a mean of
    ones is 1, however many they are: so a repeated token changes nothing. The sink has the value 0. No token is hidden
    from itself, so a token with 2 x = 0 (mod p) is its own partner.
    """
    yield state.slot("result", layer=0), whether_a_partner_occurs


def with_table(construction, change):
    """The encoder with another table; ``change(x, entries)`` alters the named entries of the row of a token."""
    slots = construction.slots
    places = {name: slots.span(name)[0] for name in slots.names}
    table = construction.embedding.as_mutable()
    for number, token in enumerate(construction.alphabet):
        for row in range(number * construction.length, (number + 1) * construction.length):
            for name, value in change(token).items():
                table[row, places[name]] = value
    return replace(construction, embedding=table)


@derivation.control("A token 0 finds no partner: no residue is p. This is the fault of the published program.")
def residue_p(construction):
    """Tokens look for p - x, not for (p - x) mod p."""
    return with_table(construction, lambda x: {"token number": P - x, "token number squared": (P - x) ** 2})


@derivation.control("The sink beats every token: nothing is ever marked.")
def loud_sink(construction):
    """The sink has the score 1 instead of -1/2."""
    return with_sink(construction, 1)


@derivation.control("Where no partner occurs, the nearest residue is taken for one.")
def silent_sink(construction):
    """The sink has the score -p^2 instead of -1/2, below every token."""
    return with_sink(construction, -P * P)


def with_sink(construction, score):
    """The encoder whose sink has the score y^2 + ``score`` for a token that looks for y."""
    word = construction.slots.span("word flag")[0]
    W_Q = construction.layers[0].heads[0].W_Q.as_mutable()
    W_Q[word, 2] = score
    return construction.change(layer=0, head=0, W_Q=W_Q)


@derivation.control("A softmax weight is never 1: values between 0 and 1 come out.")
def soft(construction):
    """The head is a softmax head."""
    return construction.change(layer=0, head=0, normaliser="softmax")


@derivation.control("Partners are no longer told from other tokens.")
def without_squares(construction):
    """The squares of the residues are 0 in the table."""
    return with_table(construction, lambda x: {"residue squared": 0})


derivation.example("A match with itself, repeats, and none", word=[0, 1, 1, 3])
derivation.example("Two that match each other", word=[2, 3, 1, 2])

derivation.does_not_say = (
    "The claim is about the p and the lengths that are named: all words are run. The weights of the head are the same "
    "for all p >= 3, and only the table differs. For p = 1 and p = 2 every token matches itself, and there is no layer "
    "at all.",
    "Numbers in the table grow to p^2. The paper counts bits and dimensions instead, and shows that one unit is enough "
    "for Match2 while Match3 is hard. Nothing is said about Match3 here.",
    "The paper's softmax unit with points of the circle is not built: its numbers are no rationals.",
    "Nothing is said about training: the weights are written down, not learned.",
)
derivation.references = (
    "Sanford, Hsu, Telgarsky: Representational Strengths and Limitations of Transformers. arXiv 2306.02896, 2023.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for p, length in ((1, 4), (2, 5), (3, 6), (4, 5), (6, 4), (7, 3)):
    derivation.case(f"p = {p}, all words of length 1 to {length}", p=p, length=length)
