"""Words that finish a begun one."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lmkit.inference.context import Context
from lmkit.inference.next_words import best_guesses
from lmkit.inference.search import WordQuery, search_words
from lmkit.inference.vocabulary import Place, Vocabulary, place_after
from lmkit.models.base import Model
from lmkit.results import Guess
from lmkit.text.scripts import UNSPACED

_MISSPELLED = math.log(0.05)  # added for one letter mistyped
_LONGEST = 200  # letters; what is longer is no begun word
_LONGEST_SLIP = 64  # letters; in longer words no slip is looked for: too many positions


@dataclass(frozen=True, slots=True)
class Begun:
    """A text that ends inside a word.

    Attributes:
        before: The text before the word.
        prefix: The letters typed of it; empty where the text ends between words.
        place: Place of the word.
    """

    before: str
    prefix: str
    place: Place


def split_begun(text: str) -> Begun:
    """Cut a text before the word that it ends inside of."""
    start = len(text)
    while start and _is_inside_word(text[start - 1]):
        start -= 1
    while start < len(text) and not text[start].isalnum():
        start += 1
    before, prefix = text[:start], text[start:]
    return Begun(before, prefix, place_after(before) if prefix else Place.ANYWHERE)


def complete_word(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    begun: Begun,
    *,
    k: int,
    own: Sequence[Guess] = (),
) -> tuple[Guess, ...]:
    """Return the words that finish a begun one, best first, given the letters typed.

    The whole vocabulary is searched. A word known in lower case is offered with the capitals of
    the prefix, and where none begins in lower case as typed, words with a capital are offered.
    Where no known word begins so, subword and character models spell on, and a word model offers
    the words whose beginning is one slip away: a letter too many, too few, another, or two
    exchanged.

    Args:
        model: The model that read `context`.
        vocabulary: Its tokens.
        context: The text before the begun word.
        begun: The letters typed and the place of the word.
        k: Number of words.
        own: Words the vocabulary lacks with the probability of each here, whatever it begins with.

    Returns:
        At most `k` words, with probabilities among all words that begin so.
    """
    if len(begun.prefix) > _LONGEST:
        return ()
    begun = replace(begun, prefix=vocabulary.tokenizer.requoted(begun.prefix))
    start = begun.prefix.casefold()
    own = [guess for guess in own if guess.word.casefold().startswith(start)]
    spellings = [(begun.prefix, 0.0), *_other_cases(begun.prefix)]
    guesses = _search_all(model, vocabulary, context, begun, spellings=spellings, k=k, own=own)
    if not guesses and begun.prefix.islower():
        names = [(begun.prefix[:1].upper() + begun.prefix[1:], 0.0)]
        guesses = _search_all(model, vocabulary, context, begun, spellings=names, k=k)
    if not guesses and begun.prefix:
        slips = [(prefix, _MISSPELLED) for prefix in _one_slip_away(begun.prefix, vocabulary)]
        guesses = _search_all(model, vocabulary, context, begun, spellings=slips, k=k)
    return guesses


def _search_all(
    model: Model,
    vocabulary: Vocabulary,
    context: Context,
    begun: Begun,
    *,
    spellings: list[tuple[str, float]],
    k: int,
    own: Sequence[Guess] = (),
) -> tuple[Guess, ...]:
    guesses = list(own)
    total = math.fsum(guess.probability for guess in own)
    for prefix, cost in spellings:
        query = WordQuery(k=k, prefix=prefix, place=begun.place)
        found = search_words(model, vocabulary, context, query)
        total += math.exp(found.prefix_log_prob + cost)
        guesses += [
            Guess(_recased(word.word, begun.prefix, prefix), math.exp(word.log_prob + cost))
            for word in found.words
        ]
    shared = [Guess(guess.word, guess.probability / total) for guess in guesses if total > 0]
    return tuple(
        Guess(guess.word, min(1.0, guess.probability)) for guess in best_guesses(shared, k)
    )


def _other_cases(prefix: str) -> list[tuple[str, float]]:
    """Return the other cases in which the vocabulary may have a prefix with capitals."""
    ways = dict.fromkeys((prefix.lower(), prefix[:1] + prefix[1:].lower()))
    has_capital = prefix[:1].isupper()
    return [(way, 0.0) for way in ways if has_capital and way != prefix]


def _recased(word: str, typed: str, prefix: str) -> str:
    """Give a word found under `prefix` the capitals of what was typed."""
    if prefix == typed or not typed[:1].isupper():
        return word
    if len(typed) > 1 and typed.isupper():
        return word.upper()
    if word.casefold().startswith(typed.casefold()):
        return typed + word[len(typed) :]
    return word[:1].upper() + word[1:]


def _one_slip_away(prefix: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the beginnings one slip away from a prefix, those that known words begin with."""
    if not vocabulary.is_whole or len(prefix) > _LONGEST_SLIP:
        return
    letters = vocabulary.letters
    seen = {prefix}
    for place in range(len(prefix) + 1):
        head, tail = prefix[:place], prefix[place:]
        ways = [head + tail[1:], head + tail[1:2] + tail[:1] + tail[2:]]
        ways += [head + letter + rest for letter in letters for rest in (tail, tail[1:])]
        for way in ways:
            if way not in seen and len(way) > 1 and len(vocabulary.beginning_with(f" {way}")):
                seen.add(way)
                yield way


def _is_inside_word(character: str) -> bool:
    if UNSPACED.match(character):
        return False
    return character.isalnum() or character in "'’-"
