"""Grammars: every probability exact, checked by enumerating a small one."""

import math
import random
from collections import Counter

import pytest

from lmkit.core.errors import UsageError
from lmkit.data.grammar.rules import LINE_END, Grammar, Rule

SMALL = Grammar(
    "<line>",
    {
        "<line>": [Rule(3, ("the", "<noun>", "<verb>")), Rule(1, ("<name>", "<verb>"))],
        "<noun>": [Rule(1, ("dog",)), Rule(2, ("old", "<bare>")), Rule(1, ("cat",))],
        "<bare>": [Rule(1, ("dog",)), Rule(1, ("cat",))],
        "<name>": [Rule(0.5, ("anna",)), Rule(0.25, ("ben",))],
        "<verb>": [Rule(1, ("runs", LINE_END)), Rule(1, ("sees", "<name>", LINE_END))],
    },
)
RECURSIVE = Grammar("<a>", {"<a>": [Rule(0.6, ("x", "<a>")), Rule(0.4, (LINE_END,))]})


def every_line(grammar: Grammar) -> dict[str, float]:
    """Expand a finite grammar, rule by rule, into all its lines."""
    lines: Counter[str] = Counter()
    open_forms = [((grammar.start,), 1.0)]
    while open_forms:
        form, probability = open_forms.pop()
        at = next((i for i, symbol in enumerate(form) if symbol in grammar.rules), None)
        if at is None:
            lines[" ".join(form[:-1])] += probability
            continue
        for rule in grammar.rules[form[at]]:
            share = rule.weight / sum(r.weight for r in grammar.rules[form[at]])
            open_forms.append((form[:at] + rule.symbols + form[at + 1 :], probability * share))
    return dict(lines)


def test_probabilities_of_all_lines_sum_to_one_and_are_those_of_the_derivations():
    lines = every_line(SMALL)
    for line, probability in lines.items():
        assert math.exp(SMALL.log_probability(line)) == pytest.approx(probability)
    assert sum(math.exp(SMALL.log_probability(line)) for line in lines) == pytest.approx(1)


def test_entropy_and_length_equal_the_sums_over_all_lines():
    lines = every_line(SMALL)
    entropy = -sum(p * math.log2(p) for p in lines.values())
    length = sum(p * (len(line.split()) + 1) for line, p in lines.items())
    assert SMALL.entropy_per_line == pytest.approx(entropy, rel=1e-12)
    assert SMALL.words_per_line == pytest.approx(length, rel=1e-12)


def test_recursion_has_the_entropy_of_the_geometric_distribution():
    bits = -(0.6 * math.log2(0.6) + 0.4 * math.log2(0.4))
    assert RECURSIVE.entropy_per_line == pytest.approx(bits / 0.4, rel=1e-11)
    assert RECURSIVE.words_per_line == pytest.approx(1 / 0.4, rel=1e-11)


def test_next_words_agree_with_the_probability_of_lines():
    words = ["the", "old", "dog", "sees", "ben"]
    steps = list(SMALL.word_log_probabilities([*words, LINE_END]))
    assert sum(steps) == pytest.approx(SMALL.log_probability(" ".join(words)))
    for at, word in enumerate(words):
        guesses = SMALL.next_words(words[:at])
        assert sum(guesses.values()) == pytest.approx(1)
        assert math.log(guesses[word]) == pytest.approx(steps[at])


@pytest.mark.parametrize("line", ["", "the dog", "the dog runs runs", "runs", "the wolf runs"])
def test_other_lines_have_no_probability(line):
    assert SMALL.log_probability(line) == -math.inf


def test_nothing_may_follow_what_cannot_stand():
    assert SMALL.next_words(["wolf"]) == {}
    assert SMALL.next_words(["the", "dog", "runs"]) == {LINE_END: 1.0}


def test_samples_come_as_often_as_their_probability():
    chance = random.Random(5)
    drawn = Counter(" ".join(SMALL.sample(chance)[:-1]) for _ in range(4000))
    for line, probability in every_line(SMALL).items():
        spread = math.sqrt(probability * (1 - probability) / 4000)
        assert abs(drawn[line] / 4000 - probability) < 4.5 * spread


def test_two_rules_with_the_same_first_word_are_refused():
    unclear = Grammar(
        "<a>", {"<a>": [Rule(1, ("x",)), Rule(1, ("<b>",))], "<b>": [Rule(1, ("x",))]}
    )
    with pytest.raises(UsageError, match="begin with 'x'"):
        unclear.choices("<a>")
