"""Minimal pairs: the same sentence with its verb in the right and in the wrong number."""

import random
from dataclasses import dataclass

from lmkit.core.errors import UsageError
from lmkit.data.grammar.lexicon import (
    ADJECTIVES,
    ADVERBS,
    ATTRACTORS,
    NUMBERS,
    OBJECTS,
    PREPOSITIONS,
    SUBJECTS,
    VERBS,
    Number,
    opposite,
)


@dataclass(frozen=True, slots=True)
class AgreementPair:
    """A sentence of the grammar, and the same with its verb in the wrong number.

    Attributes:
        good: Agrees.
        bad: Does not; the grammar never says it.
        prefix: The words before the verb, shared by both.
        distance: How many words stand between the subject's noun and its verb.
        attractors: How many nouns of the other number stand between them.
    """

    good: str
    bad: str
    prefix: str
    distance: int
    attractors: int

    def to_dict(self) -> dict[str, str]:
        """Return the pair as a line of a pairs file holds it."""
        return {"sentence_good": self.good, "sentence_bad": self.bad}


def agreement_pairs(distance: int, count: int, *, seed: int = 0) -> list[AgreementPair]:
    """Make minimal pairs of subject and verb that stand a number of words apart.

    Args:
        distance: Words between the subject's noun and its verb; 0 puts them side by side.
        count: How many pairs.
        seed: Equal seeds give equal pairs.

    Returns:
        Pairs in which half the subjects, at chance, are plural, as are half the nouns between.
    """
    if distance < 0 or count < 0:
        raise UsageError(f"distance and count are 0 or more, got {distance} and {count}")
    chance = random.Random(seed)
    return [_pair(distance, chance) for _ in range(count)]


def _pair(distance: int, chance: random.Random) -> AgreementPair:
    number = chance.choice(NUMBERS)
    noun = chance.choice(list(SUBJECTS))
    between, attractors = _between(distance, number, chance)
    verb = chance.choice(SUBJECTS[noun])
    rest = ["the", chance.choice(OBJECTS[verb])] if verb in OBJECTS else []
    prefix = " ".join(["the", noun.form(number), *between])
    good, bad = (
        " ".join([prefix, VERBS[verb].form(form), *rest, "."])
        for form in (number, opposite(number))
    )
    return AgreementPair(good, bad, prefix, distance, attractors)


def _between(distance: int, number: Number, chance: random.Random) -> tuple[list[str], int]:
    """Return `distance` words: phrases of three words, four with an adjective, or an adverb."""
    words: list[str] = []
    attractors = 0
    adverb = distance if distance < 3 else 1 if distance == 5 else 0
    phrases, longer = divmod(distance - adverb, 3)
    for phrase in range(phrases):
        other = chance.choice(NUMBERS)
        attractors += other != number
        # With one phrase or more, at most two words are left over: one adjective each.
        adjective = [chance.choice(ADJECTIVES)] if phrase < longer else []
        noun = chance.choice(ATTRACTORS).form(other)
        words += [chance.choice(PREPOSITIONS), "the", *adjective, noun]
    if adverb:
        words += chance.choice([words_ for words_ in ADVERBS if len(words_) == adverb])
    return words, attractors
