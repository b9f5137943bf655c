"""Spelling of a word as features that other words share: beginning, ending, shape and case.

A new word is assumed to behave like known words that are spelled alike: an unknown word in *-ingly*
like other adverbs, one with a capital like other names. Knows neither vectors nor frequencies.
"""

from collections.abc import Hashable
from typing import TypeAlias

Feature: TypeAlias = Hashable

SUFFIXES = {1: 0.5, 2: 1.0, 3: 2.0, 4: 3.0, 5: 3.0}  # letters of an ending: what it says
PREFIXES = {3: 0.5, 4: 1.0, 5: 2.0, 6: 3.0}  # letters of a beginning: what it says
SHAPE = 2.0  # what capitals, digits and hyphens say
ROOT = 2  # letters that an ending leaves over, at least


def spelling_features(token: str) -> dict[Feature, float]:
    """Return the features of a word and what each says about it.

    Args:
        token: A word with the space before it, if it has one.

    Returns:
        Weights above 0 by feature.
    """
    word, is_spaced = token.strip(), token[:1] == " "
    lower, is_capital = word.lower(), word[:1].isupper()
    found: dict[Feature, float] = {("shape", is_spaced, *_shape(word)): SHAPE}
    for length, weight in SUFFIXES.items():
        if len(lower) >= length + ROOT:
            found["suffix", lower[-length:], is_capital] = weight
    for length, weight in PREFIXES.items():
        if len(lower) > length:
            found["prefix", lower[:length]] = weight
    return found


def other_cases(token: str) -> tuple[str, ...]:
    """Return the same word in other case, or with and without its space; the likeliest first.

    Args:
        token: A word with the space before it, if it has one.
    """
    word = token.strip()
    space, other = (" ", "") if token[:1] == " " else ("", " ")
    cases = (word.lower(), word.capitalize(), word.upper())
    forms = (*(space + case for case in cases), other + word, *(other + case for case in cases))
    return tuple(dict.fromkeys(form for form in forms if form != token))


def _shape(word: str) -> tuple[bool, ...]:
    return (
        word[:1].isupper(),
        len(word) > 1 and word.isupper(),
        word.isalpha(),
        any(map(str.isdigit, word)),
        "-" in word,
    )
