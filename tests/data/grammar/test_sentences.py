"""Sentences: subjects and verbs agree, and subjects do what they do."""

import random

from lmkit.data.grammar.lexicon import SUBJECTS, VERBS
from lmkit.data.grammar.rules import Grammar
from lmkit.data.grammar.sentences import SENTENCE, sentence_rules


def main_verb(words: list[str]) -> str:
    """Find the subject's verb by counting: every "that" opens a clause that one verb closes."""
    seeing = {"see", "like", "know", "follow", "fear"}
    seeing |= {word + "s" for word in seeing}
    forms = {form for verb in VERBS.values() for form in (verb.singular, verb.plural)}
    return next(word for word in words if word in forms - seeing)


def test_verbs_agree_over_any_distance_and_suit_their_subjects():
    grammar = Grammar(SENTENCE, sentence_rules())
    chance = random.Random(2)
    kinds = {
        form: (noun, form == noun.plural)
        for noun in SUBJECTS
        for form in (noun.singular, noun.plural)
    }
    for _ in range(1500):
        words = grammar.sample(chance)
        noun, is_plural = next(kinds[word] for word in words if word in kinds)
        usual = {
            VERBS[verb].plural if is_plural else VERBS[verb].singular for verb in SUBJECTS[noun]
        }
        assert main_verb(words) in usual, words


def test_no_two_rules_of_a_symbol_begin_alike():
    grammar = Grammar(SENTENCE, sentence_rules())
    for symbol in grammar.rules:
        assert grammar.choices(symbol)


def test_every_symbol_is_reached_or_is_a_start():
    rules = sentence_rules()
    used = {part for ways in rules.values() for rule in ways for part in rule.symbols}
    assert set(rules) - used <= {SENTENCE}
    assert not any(part.startswith("<") and part not in rules for part in used)
