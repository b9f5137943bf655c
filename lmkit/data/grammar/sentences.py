"""Rules for single sentences: agreement over distance, and subjects with their verbs.

A subject's noun fixes the verbs it takes and the number they agree in, however many words stand
between: prepositional phrases with nouns of either number, relative clauses, clauses inside those.
"""

from collections.abc import Iterable
from typing import TypeVar

from lmkit.data.grammar.lexicon import (
    ADJECTIVES,
    ADVERBS,
    ATTRACTORS,
    NUMBERS,
    OBJECTS,
    PREPOSITIONS,
    SEEING,
    SUBJECTS,
    TIMES,
    VERBS,
    Number,
    Word,
)
from lmkit.data.grammar.rules import LINE_END, Rule

SENTENCE = "<sentence>"
Rules = dict[str, list[Rule]]
T = TypeVar("T")


def sentence_rules() -> Rules:
    """Return the rules of one-sentence lines, which start from `SENTENCE`."""
    rules: Rules = {
        SENTENCE: [
            Rule(6, ("the", "<head>")),
            Rule(1, ("a", "<head singular>")),
            Rule(1, ("every", "<head singular>")),
            Rule(1, ("some", "<head plural>")),
            Rule(1, ("many", "<head plural>")),
        ],
        "<adjective>": [Rule(weight, (word,)) for weight, word in _falling(ADJECTIVES)],
        "<preposition>": [Rule(weight, (word,)) for weight, word in _falling(PREPOSITIONS)],
        "<adverb>": [Rule(1, words) for words in ADVERBS],
        "<time>": [Rule(1, words) for words in TIMES],
    }
    _add_heads(rules)
    _add_attractors(rules)
    _add_relative_clauses(rules)
    for noun in SUBJECTS:
        for number in NUMBERS:
            _add_predicate(rules, noun, number)
    for verb, objects in OBJECTS.items():
        things = [Rule(weight, (thing,)) for weight, thing in _falling(objects)]
        rules[f"<{verb} what>"] = [Rule(6, ("the", f"<{verb} thing>"))]
        rules[f"<{verb} thing>"] = [Rule(1, ("<adjective>", f"<{verb} bare>")), *_scaled(things, 3)]
        rules[f"<{verb} bare>"] = things
    return rules


def _add_heads(rules: Rules) -> None:
    """Add subjects: an optional adjective and a noun, then all that depends on the noun."""
    for name, numbers in (("", NUMBERS), (" singular", NUMBERS[:1]), (" plural", NUMBERS[1:])):
        nouns = [
            Rule(weight, (noun.form(number), f"<after {noun.singular} {number}>"))
            for number in numbers
            for weight, noun in _falling(SUBJECTS)
        ]
        rules[f"<head{name}>"] = [Rule(1, ("<adjective>", f"<noun{name}>")), *_scaled(nouns, 3)]
        rules[f"<noun{name}>"] = nouns


def _add_attractors(rules: Rules) -> None:
    nouns = [
        Rule(weight, (noun.form(number),))
        for number in NUMBERS
        for weight, noun in _falling(ATTRACTORS)
    ]
    rules["<attractor>"] = [Rule(1, ("<adjective>", "<bare attractor>")), *_scaled(nouns, 3)]
    rules["<bare attractor>"] = nouns


def _add_relative_clauses(rules: Rules) -> None:
    """Add clauses about the subject, e.g. "the farmers near the wall know": it has its own verb."""
    for number in NUMBERS:
        seeing = [Rule(weight, (verb.form(number),)) for weight, verb in _falling(SEEING)]
        rules[f"<seeing {number}>"] = seeing
        rules[f"<seen by {number}>"] = [
            *_scaled(seeing, 0.7),
            Rule(0.2, ("<preposition>", "the", "<attractor>", f"<seen by {number}>")),
            Rule(0.1, ("that", "the", "<clause>", f"<seeing {number}>")),
        ]
    nouns = [
        Rule(weight, (noun.form(number), f"<seen by {number}>"))
        for number in NUMBERS
        for weight, noun in _falling(SUBJECTS)
    ]
    rules["<clause>"] = nouns


def _add_predicate(rules: Rules, noun: Word, number: Number) -> None:
    """Add all that follows a subject: modifiers, adverb, verb, object, end; the verb agrees."""
    who = f"{noun.singular} {number}"
    verbs = [
        Rule(weight, (*_verb_phrase(verb, number), f"<end {who}>"))
        for weight, verb in _falling(SUBJECTS[noun])
    ]
    bare = [Rule(rule.weight, (*rule.symbols[:-1], "<end>")) for rule in verbs]
    predicate = [*_scaled(verbs, 0.8), Rule(0.2, ("<adverb>", f"<verb {who}>"))]
    rules[f"<after {who}>"] = [
        *_scaled(predicate, 0.5),
        Rule(0.3, ("<preposition>", "the", "<attractor>", f"<modified {who}>")),
        Rule(0.2, ("that", f"<relative {who}>")),
    ]
    rules[f"<modified {who}>"] = [
        *_scaled(predicate, 0.65),
        Rule(0.35, ("<preposition>", "the", "<attractor>", f"<modified {who}>")),
    ]
    rules[f"<relative {who}>"] = [
        Rule(1, ("the", "<clause>", f"<predicate {who}>")),
        Rule(1, (f"<seeing {number}>", "the", "<attractor>", f"<predicate {who}>")),
    ]
    rules[f"<predicate {who}>"] = predicate
    rules[f"<verb {who}>"] = verbs
    rules[f"<end {who}>"] = [
        Rule(0.8, ("<end>",)),
        Rule(0.2, ("and", f"<second verb {who}>")),
    ]
    rules[f"<second verb {who}>"] = bare
    rules["<end>"] = [Rule(2, (".", LINE_END)), Rule(1, ("<time>", ".", LINE_END))]


def _verb_phrase(verb: str, number: Number) -> tuple[str, ...]:
    form = VERBS[verb].form(number)
    return (form, f"<{verb} what>") if verb in OBJECTS else (form,)


def _falling(values: Iterable[T]) -> list[tuple[float, T]]:
    """Return values with weights 1, 1/2, 1/3 ...: some words are common and some are rare."""
    return [(1 / rank, value) for rank, value in enumerate(values, start=1)]


def _scaled(rules: list[Rule], share: float) -> list[Rule]:
    """Return rules whose weights add up to `share`."""
    total = sum(rule.weight for rule in rules)
    return [Rule(share * rule.weight / total, rule.symbols) for rule in rules]
